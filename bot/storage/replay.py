"""Replay: what the log says of members under given rules, folded anew from the first event to the last, as heard."""

from collections.abc import Collection, Iterator

from sqlalchemy import Connection, select

from bot.engine.decide import decide
from bot.engine.ledger import Entry, Past, Tally, hangs_on, noted, refused, standing
from bot.engine.points import QUALITY, today
from bot.engine.rules import Rules
from bot.events import Event, MessagePosted
from bot.state import MemberState
from bot.storage import bulk, entries, ledger
from bot.storage.ledger import EVENTS, Seat
from bot.words import Word, from_json


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
        past = Past(
            before=self.state,
            answers=answers,
            standing=standing(self._hung.get(of, ())) if of else (),
            tally=self._tally,
        )
        decision = decide(event, self.state, self._rules, past)
        self.state = decision.state
        if isinstance(event, MessagePosted) and (why := self.state.guard.verdict):
            day = today(event, self.state, self._rules)
            self.days[day] = refused(self._tally(day), {why: 1})
        for entry in decision.entries:
            self.days[entry.day] = noted(self._tally(entry.day), entry, quality=entry.way in QUALITY)
            if entry.worth or entry.coins:
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
    fold = Fold(rules)
    heard = list(_log(connection, member))
    answered = _answered(connection, member, [event for _, event in heard])
    for number, event in heard:
        fold.last = number
        fold.hear(event, answers=isinstance(event, MessagePosted) and answered.get(event.reply_to, number) < number)
    return fold.done()


def _log(connection: Connection, member: int) -> Iterator[tuple[int, Event]]:
    query = select(EVENTS.c.id, EVENTS.c.data).where(EVENTS.c.member_id == member).order_by(EVENTS.c.id)
    for number, data in connection.execute(query):
        yield number, from_json(Event, data)


def _answered(connection: Connection, member: int, events: Collection[Event]) -> dict[str, int]:
    """The rows of the messages of other members that these answer, by key: what was heard later was not known then."""
    replies = {event.reply_to for event in events if isinstance(event, MessagePosted) and event.reply_to}
    if not replies:
        return {}
    c = EVENTS.c
    query = select(c.key, c.id).where(bulk.among(connection, c.key, list(replies)), c.member_id != member)
    return {row.key: row.id for row in connection.execute(query)}


def write(connection: Connection, seat: Seat, found: Replayed) -> None:
    """Make what a replay came to the stored state and ledger of the member."""
    entries.clear(connection, [seat.member])
    ledger.keep(connection, {seat.member: found.state})
    entries.book(connection, [entries.line(seat, entry) for entry in found.entries])
    entries.tally(connection, {(seat.member, day): (seat.community, one) for day, one in found.days.items()})
