"""Recounting a community: everybody's points, level, badges and gates as the log says under other rules.

First `fold` reads the log, member by member, and puts what comes of it into a `Drawer` (a temporary file), while events
go on. Then `put` stores it in the writer's transaction, folding again only those of whom there was news meanwhile. The
fold is deterministic, so that going back to the rules before gives exactly what was before.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Any, Self

import msgspec
from sqlalchemy import Connection, func, select

from bot.effects import ShowLevel
from bot.engine.ledger import Tally
from bot.engine.rules import Rules
from bot.events import member_account
from bot.state import MemberState
from bot.storage import bulk, counted, entries, ledger, outbox
from bot.storage.entries import DAYS, ENTRIES
from bot.storage.ledger import EVENTS, MEMBERS, Seat
from bot.storage.reach import Reached, reach
from bot.storage.replay import WINDOW, Replayed, rebook, replays
from bot.storage.shifts import Comparison, Effects, Shift
from bot.storage.store import Store
from bot.words import Word, from_json

SLICE = 200
"""Members who are folded in one look at the database."""
IN_MEMORY = 4_000_000
"""Bytes of a drawer that are kept in memory; the rest is in a file."""

Told = Callable[[int, int], None]
"""Hears how many members are done, of how many."""


class Line(Word, frozen=True):
    """A member, counted: `found` is what is to be stored, None if it is so already; `booked`: the ledger differs."""

    shift: Shift
    found: Replayed | None = None
    booked: bool = False


class Drawer:
    """Counted members, put away until they are stored; `since` is the last event of all that can be in it."""

    def __init__(self) -> None:
        self.since = 0
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by `__exit__`
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Line).decode

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, line: Line) -> None:
        """Put a member away."""
        data = self._encode(line)
        self._file.write(len(data).to_bytes(4, "big"))
        self._file.write(data)

    def empty(self, since: int) -> None:
        """Begin anew."""
        self.since = since
        self._file.seek(0)
        self._file.truncate()

    def __iter__(self) -> Iterator[Line]:
        self._file.seek(0)
        while size := self._file.read(4):
            yield self._decode(self._file.read(int.from_bytes(size, "big")))


def everybody(connection: Connection, community: int) -> tuple[int, list[int]]:
    """The last event there is, and all members of a community."""
    last = connection.scalar(select(func.max(EVENTS.c.id))) or 0
    c = MEMBERS.c
    return last, list(connection.scalars(select(c.id).where(c.community_id == community).order_by(c.id)))


async def fold(
    store: Store, community: int, rules: Rules, drawer: Drawer | None = None, told: Told | None = None
) -> Effects:
    """Count a community under `rules`, in a reader's thread, slice by slice; nothing is stored.

    What comes of it goes into the drawer, if there is one. Memory: one member's ledger and a few thousand rows.
    """
    since, members = await store.read(everybody, community)
    if drawer is not None:
        drawer.empty(since)
    comparison = Comparison()
    for start in range(0, len(members), SLICE):
        await store.read(_fold_slice, members[start : start + SLICE], rules, comparison, drawer)
        if told is not None:
            told(min(start + SLICE, len(members)), len(members))
    return comparison.effects()


def fold_now(connection: Connection, community: int, rules: Rules, drawer: Drawer) -> None:
    """The same in the transaction at hand: nothing can come between."""
    since, members = everybody(connection, community)
    drawer.empty(since)
    for start in range(0, len(members), SLICE):
        _fold_slice(connection, members[start : start + SLICE], rules, Comparison(), drawer)


def _fold_slice(
    connection: Connection, members: Sequence[int], rules: Rules, comparison: Comparison, drawer: Drawer | None
) -> None:
    for line in lines(connection, members, rules):
        comparison.add(line.shift)
        if drawer is not None:
            drawer.add(line)


def put(
    connection: Connection,
    community: int,
    rules: Rules,
    drawer: Drawer,
    *,
    why: str,
    now: datetime,
    tagged: bool = True,
) -> Effects:
    """Store what a drawer holds, in the writer's transaction; returns what that changed.

    `why` begins the keys of the effects and must be new. Nobody is told of a level: only doors open and close, and at
    names stands the new one (everybody's, if it was not so before: `tagged`).
    """
    fresh = _news(connection, community, drawer.since)
    comparison = Comparison()
    moved: list[Reached] = []
    for some in _some(_current(connection, drawer, fresh, rules)):
        _store(connection, community, some)
        outbox.post(connection, [_tag(community, line, why) for line in some if _shown_anew(line, rules, tagged)], now)
        for line in some:
            comparison.add(line.shift)
            if line.shift.was != line.shift.open:
                seat = Seat(member=line.shift.member, community=community)
                moved.append(Reached(seat=seat, was=line.shift.was, open=line.shift.open))
    counted.note(connection, community, rules)
    reach(connection, moved, why, now)
    return comparison.effects()


def _shown_anew(line: Line, rules: Rules, tagged: bool) -> bool:
    """Whether somebody's level is to be shown at their name now, and was not."""
    was, level = line.shift.level
    here = line.shift.listed if line.found is None else line.found.state.contact.here
    return rules.levels.tags and here and (level != was or (level > 0 and not tagged))


def _tag(community: int, line: Line, why: str) -> outbox.Wanted:
    seat = Seat(member=line.shift.member, community=community)
    heard, level = member_account(community, seat.member), ShowLevel(level=line.shift.level[1])
    return outbox.Wanted(seat=seat, key=f"{why}:{seat.member}:level", heard=heard, effect=level)


def _news(connection: Connection, community: int, since: int) -> list[int]:
    c = EVENTS.c
    query = select(c.member_id).where(c.id > since, c.community_id == community).distinct()
    return sorted(connection.scalars(query))


def _current(connection: Connection, drawer: Drawer, fresh: Sequence[int], rules: Rules) -> Iterator[Line]:
    """The drawer's lines, and instead of those that are out of date new ones."""
    stale = set(fresh)
    yield from (line for line in drawer if line.shift.member not in stale)
    for start in range(0, len(fresh), SLICE):
        yield from lines(connection, fresh[start : start + SLICE], rules)


def _some(found: Iterable[Line]) -> Iterator[list[Line]]:
    """Lines in lists that are written at once."""
    some: list[Line] = []
    size = 0
    for line in found:
        some.append(line)
        size += 1 + (len(line.found.entries) if line.found else 0)
        if size >= WINDOW:
            yield some
            some, size = [], 0
    yield some


def _store(connection: Connection, community: int, some: Sequence[Line]) -> None:
    changed = {line.shift.member: line.found for line in some if line.found is not None}
    ledger.keep(connection, {member: found.state for member, found in changed.items()})
    booked = {line.shift.member: line.found for line in some if line.booked and line.found is not None}
    rebook(connection, community, booked)


# ---------------------------------------------------------------------- counting


def lines(connection: Connection, members: Sequence[int], rules: Rules) -> Iterator[Line]:
    """What the log says of these members under `rules`, beside what is stored of them."""
    stored = _stored(connection, members)
    some: dict[int, Replayed] = {}
    size = 0
    for member, found in replays(connection, members, rules):
        some[member] = found
        size += 1 + len(found.entries)
        if size >= WINDOW:
            yield from _compared(connection, some, stored)
            some, size = {}, 0
    yield from _compared(connection, some, stored)


def _stored(connection: Connection, members: Sequence[int]) -> dict[int, Any]:
    c = MEMBERS.c
    query = select(c.id, c.name, c.alias, c.listed, c.state).where(bulk.among(connection, c.id, members))
    return {row.id: row for row in connection.execute(query)}


def _compared(connection: Connection, some: dict[int, Replayed], stored: dict[int, Any]) -> Iterator[Line]:
    days = _days(connection, list(some))
    alike = [member for member, found in some.items() if days.get(member, {}) == found.days]
    same = _same_entries(connection, alike, some)
    for member, found in some.items():
        row = stored.get(member)
        if row is None:
            continue  # gone meanwhile: what is stored finds that out
        before = from_json(MemberState, row.state)
        booked = member not in same
        kept = before == found.state and not booked
        shift = _shift(row, before, found.state)
        yield Line(shift=shift, found=None if kept else found, booked=booked)


def _days(connection: Connection, members: Sequence[int]) -> dict[int, dict[int, Tally]]:
    c = DAYS.c
    found: dict[int, dict[int, Tally]] = {}
    query = select(c.member_id, c.day, c.data).where(bulk.among(connection, c.member_id, members))
    for member, day, data in connection.execute(query):
        found.setdefault(member, {})[day] = from_json(Tally, data)
    return found


def _same_entries(connection: Connection, members: Sequence[int], some: dict[int, Replayed]) -> set[int]:
    """Those whose stored ledger is the one that was found."""
    c = ENTRIES.c
    booked: dict[int, list[Any]] = {member: [] for member in members}
    query = select(ENTRIES).where(bulk.among(connection, c.member_id, members)).order_by(c.member_id, c.id)
    for row in connection.execute(query):
        booked[row.member_id].append(entries.entry(row))
    return {member for member, lines_ in booked.items() if tuple(lines_) == some[member].entries}


def _shift(row: Any, before: MemberState, after: MemberState) -> Shift:
    had, has = {won.badge for won in before.honours.won}, {won.badge for won in after.honours.won}
    return Shift(
        member=row.id,
        name=row.alias or row.name,
        points=(before.engagement.points, after.engagement.points),
        level=(before.standing.level, after.standing.level),
        was=before.access.open,
        open=after.access.open,
        won=tuple(sorted(has - had)),
        lost=tuple(sorted(had - has)),
        listed=row.listed,
    )
