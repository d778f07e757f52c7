"""Replay: what the log says of members under given rules, folded anew from the first event to the last, as heard."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, select

from bot.engine.decide import decide
from bot.engine.ledger import Entry, Past, Tally, hangs_on, lasting, noted, refused, standing
from bot.engine.points import QUALITY, today
from bot.engine.rules import Rules
from bot.events import Event, MessagePosted
from bot.state import MemberState
from bot.storage import bulk, entries, ledger
from bot.storage.ledger import EVENTS, Seat
from bot.words import Word

WINDOW = 2_000
"""Events, or lines of the ledger, that are held at a time besides those of one member."""
_event: Callable[[str], Event] = msgspec.json.Decoder(Event).decode
"""Reads a line of the log; made once, as it costs ten times what it takes to read one."""


class Replayed(Word, frozen=True):
    """What the log comes to: state, ledger, and what each day has; `last` is the row of the last event."""

    state: MemberState
    entries: tuple[Entry, ...]
    days: dict[int, Tally]
    last: int = 0


class Fold:
    """One member's events, folded one after the other with the ledger they make."""

    def __init__(self, rules: Rules) -> None:
        self.state = MemberState()
        self.entries: list[Entry] = []
        self.days: dict[int, Tally] = {}
        self.last = 0
        self._rules = rules
        self._hung: dict[str, list[Entry]] = {}

    def hear(self, event: Event, *, answers: bool) -> None:
        """Take in the next event; `answers` says that it answers a message of another member."""
        of = hangs_on(event)
        hung = tuple(self._hung.get(of, ()))
        past = Past(
            before=self.state,
            answers=answers,
            standing=standing(hung) if hung else (),
            hung=hung,
            tally=self._tally,
        )
        decision = decide(event, self.state, self._rules, past)
        self.state = decision.state
        if isinstance(event, MessagePosted) and (why := self.state.guard.verdict):
            day = today(event, self.state, self._rules)
            self.days[day] = refused(self._tally(day), {why: 1})
        for entry in decision.entries:
            self.days[entry.day] = noted(self._tally(entry.day), entry, quality=entry.way in QUALITY)
            if lasting(entry):
                self.entries.append(entry)
                if entry.of:
                    self._hung.setdefault(entry.of, []).append(entry)

    def _tally(self, day: int) -> Tally:
        return self.days.get(day) or Tally()

    def done(self) -> Replayed:
        """What it comes to."""
        return Replayed(state=self.state, entries=tuple(self.entries), days=self.days, last=self.last)


def replayed(connection: Connection, member: int, rules: Rules) -> Replayed:
    """What the log says of one member."""
    ((_, found),) = replays(connection, [member], rules)
    return found


def replays(connection: Connection, members: Sequence[int], rules: Rules) -> Iterator[tuple[int, Replayed]]:
    """Each member's log, folded; those who never did anything come last."""
    c = EVENTS.c
    query = select(c.member_id, c.id, c.data).where(bulk.among(connection, c.member_id, members))
    log = connection.execute(query.order_by(c.member_id, c.id), execution_options={"yield_per": WINDOW})
    whose, current = 0, Fold(rules)
    silent = set(members)
    for window in log.partitions():
        heard: list[tuple[int, int, Event]] = [(member, n, _event(data)) for member, n, data in window]
        answered = _answered(connection, [event for _, _, event in heard])
        booked = _booked(connection, [event for _, _, event in heard], answered)
        for member, number, event in heard:
            if member != whose:
                if whose:
                    yield whose, current.done()
                whose, current = member, Fold(rules)
                silent.discard(member)
            current.last = number
            current.hear(event, answers=event.key in booked or _answers(member, number, event, answered))
    if whose:
        yield whose, current.done()
    for member in sorted(silent):
        yield member, Fold(rules).done()


def _answered(connection: Connection, events: Sequence[Event]) -> dict[str, tuple[int, int]]:
    """{key: (row, whose)} of the messages that these answer."""
    replies = {event.reply_to for event in events if isinstance(event, MessagePosted) and event.reply_to}
    if not replies:
        return {}
    c = EVENTS.c
    query = select(c.key, c.id, c.member_id).where(bulk.among(connection, c.key, list(replies)))
    return {key: (number, member) for key, number, member in connection.execute(query)}


def _booked(connection: Connection, events: Sequence[Event], answered: Mapping[str, object]) -> set[str]:
    """The keys of those that answer what is not in the log any more: whoever wrote it was erased, and they answered.

    That they did is known by the ledger alone, which is why a replay comes before what is booked is cleared.
    """
    replies = [one for one in events if isinstance(one, MessagePosted) and one.reply_to]
    lost = [one.key for one in replies if one.reply_to not in answered]
    if not lost:
        return set()
    e = entries.ENTRIES.c
    query = select(e.of).where(bulk.among(connection, e.of, lost), e.way == "reply", e.undoes == "")
    return set(connection.scalars(query))


def _answers(member: int, number: int, event: Event, answered: dict[str, tuple[int, int]]) -> bool:
    """Whether it answers a message of somebody else that was heard before."""
    if not isinstance(event, MessagePosted) or event.reply_to not in answered:
        return False
    row, author = answered[event.reply_to]
    return row < number and author != member


def write(connection: Connection, seat: Seat, found: Replayed) -> None:
    """Make what a replay came to the stored state and ledger of the member."""
    ledger.keep(connection, {seat.member: found.state})
    rebook(connection, seat.community, {seat.member: found})


def rebook(connection: Connection, community: int, some: Mapping[int, Replayed]) -> None:
    """Make what replays came to the ledger of these members, in place of what was booked for them."""
    if not some:
        return
    entries.clear(connection, list(some))
    entries.book(
        connection,
        [
            entries.line(Seat(member=member, community=community), one)
            for member, found in some.items()
            for one in found.entries
        ],
    )
    entries.tally(
        connection,
        {(member, day): (community, one) for member, found in some.items() for day, one in found.days.items()},
    )
