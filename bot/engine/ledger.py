"""The ledger: every award is an entry with its reason, what it hangs on, and the day it counts for.

Of each way to earn no more counts on a day than its cap: what counts of a day is min(cap, Σ worth), whatever is taken
back later and in whatever order. So an entry says what it is `worth`, and by how many `points` that changed what
counts.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from bot.events import (
    AdjustmentUndone,
    Attended,
    ContentFinished,
    Event,
    ItemReturned,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    PaymentReturned,
    ReactionWithdrawn,
    ThanksWithdrawn,
)
from bot.state import MemberState
from bot.words import Word, replace


class Entry(Word, frozen=True):
    """What one event changed: `worth` before the day's cap and `points` after it, by the `way` it was earned.

    It hangs on `of` (a message, a purchase): when that goes, so does it, by an entry that `undoes` it (its key). `day`
    is an ordinal. `coins` are changed only by what is not points. `note` says why in a word, `by` who brought it about
    (a hash of `bot.events.person`, or a creator's name).
    """

    key: str
    way: str
    day: int
    at: datetime
    worth: int = 0
    points: int = 0
    coins: int = 0
    of: str = ""
    channel: str = ""
    undoes: str = ""
    note: str = ""
    by: str = ""


class Tally(Word, frozen=True):
    """A member's day: the sum of what was worth something by each way, and why how many messages were worth nothing."""

    worth: dict[str, int] = {}
    points: int = 0
    quality: int = 0
    refused: dict[str, int] = {}


FOR_ITSELF = frozenset({"reply", "attendance", "content"})
"""The ways that are counted for themselves, whatever they are worth.

An answer goes with its message; what was attended or finished is so once, also where two who did it are one since.
"""


def lasting(entry: Entry) -> bool:
    """Whether an entry stays in the ledger: what brings and takes nothing is counted on its day only."""
    return bool(entry.worth or entry.coins or entry.undoes or entry.way in FOR_ITSELF)


def noted(tally: Tally, entry: Entry, *, quality: bool) -> Tally:
    """The day with one more entry; one that is worth nothing says why. Coins are of no day."""
    if not lasting(entry):
        return refused(tally, {entry.note: 1})
    if not entry.worth:
        return tally
    return replace(
        tally,
        worth={**tally.worth, entry.way: tally.worth.get(entry.way, 0) + entry.worth},
        points=tally.points + entry.points,
        quality=tally.quality + (entry.points if quality else 0),
    )


def refused(tally: Tally, more: Mapping[str, int]) -> Tally:
    """The day with so many more messages that were worth nothing; `more` is {why: how many}."""
    was = tally.refused
    return replace(tally, refused={**was, **{why: was.get(why, 0) + count for why, count in more.items()}})


def standing(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Those that no other undoes."""
    entries = tuple(entries)
    undone = {(entry.undoes, entry.way) for entry in entries if entry.undoes}
    return tuple([entry for entry in entries if not entry.undoes and (entry.key, entry.way) not in undone])


def hangs_on(event: Event) -> str:
    """The thing whose entries an event may take back, or may not earn twice; '' if none."""
    match event:
        case MessagePosted():  # nearly all: asked first
            return ""
        case MessageDeleted() | MessageEdited() | ReactionWithdrawn() | ThanksWithdrawn():
            return event.of
        case AdjustmentUndone() | ItemReturned():
            return event.of
        case PaymentReturned():
            return event.payment.subscription
        case Attended():
            return event.session
        case ContentFinished():
            return event.item
        case _:
            return ""


def _blank(day: int) -> Tally:
    return Tally()


class Past(Word, frozen=True):
    """What has to be looked up to decide on an event: the state `before` it, and what the log and the ledger say.

    `answers`: the message answers one of another member. `standing` are the entries that hang on what the event is
    about, `hung` all that ever did. `tally` gives what was booked for a day (its ordinal) so far.
    """

    before: MemberState = MemberState()
    answers: bool = False
    standing: tuple[Entry, ...] = ()
    hung: tuple[Entry, ...] = ()
    tally: Callable[[int], Tally] = _blank
