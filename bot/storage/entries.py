"""The ledger of points as the event path reads and writes it: what hangs on something, and what a day has so far."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, delete, select

from bot.engine.ledger import Entry, Tally
from bot.engine.points import ADJUSTED, PRAISED
from bot.storage import bulk
from bot.storage.ledger import Seat, table
from bot.storage.tables import DayRow, EntryRow, micros
from bot.words import from_json, to_json

ENTRIES, DAYS = table(EntryRow), table(DayRow)
Day = tuple[int, int]
"""(member, ordinal of the day)."""

_BOOKED = (
    "community_id",
    "member_id",
    "key",
    "way",
    "day",
    "at",
    "worth",
    "points",
    "coins",
    "of",
    "channel",
    "undoes",
    "note",
    "by",
)
_TALLIED = ("community_id", "member_id", "day", "points", "quality", "data")


def line(seat: Seat, entry: Entry) -> bulk.Row:
    """An entry as a row."""
    return (
        seat.community,
        seat.member,
        entry.key,
        entry.way,
        entry.day,
        micros(entry.at),
        entry.worth,
        entry.points,
        entry.coins,
        entry.of,
        entry.channel,
        entry.undoes,
        entry.note,
        entry.by,
    )


def book(connection: Connection, lines: Sequence[bulk.Row]) -> None:
    """Append to the ledger, in this order."""
    bulk.insert(connection, ENTRIES, _BOOKED, lines)


def tally(connection: Connection, days: Mapping[Day, tuple[int, Tally]]) -> None:
    """Keep what days have; `days` is {(member, day): (community, tally)}.

    The columns are for the boards of some days: they leave out what a creator gave or an import brought, so that
    nobody wins a week by the points of years elsewhere.
    """
    rows = [
        (community, member, day, *_earned(one), to_json(one).decode())
        for (member, day), (community, one) in days.items()
    ]
    bulk.upsert(connection, DAYS, _TALLIED, ("member_id", "day"), rows)


def _earned(day: Tally) -> tuple[int, int]:
    """Points and quality points of a day without those given by hand; these have no limit, so all of them count."""
    praised = day.worth.get(PRAISED, 0)
    return day.points - day.worth.get(ADJUSTED, 0) - praised, day.quality - praised


def entry(row: Any) -> Entry:
    """A row of the ledger as an entry."""
    return Entry(
        key=row.key,
        way=row.way,
        day=row.day,
        at=row.at,
        worth=row.worth,
        points=row.points,
        coins=row.coins,
        of=row.of,
        channel=row.channel,
        undoes=row.undoes,
        note=row.note,
        by=row.by,
    )


def hanging(
    connection: Connection, things: Collection[str], members: Collection[int]
) -> dict[tuple[int, str], list[Entry]]:
    """All that was ever booked to these members for these things, by member and thing, in the order booked."""
    found: dict[tuple[int, str], list[Entry]] = {}
    if things:
        c = ENTRIES.c
        whose = c.member_id + 0  # by the index of things: that of a member would find all that was ever booked to them
        theirs = bulk.among(connection, c.of, list(things)), bulk.among(connection, whose, list(members))
        for row in connection.execute(select(ENTRIES).where(*theirs).order_by(c.id)):
            found.setdefault((row.member_id, row.of), []).append(entry(row))
    return found


def tallies(connection: Connection, days: Iterable[Day]) -> dict[Day, Tally]:
    """What each of these days has so far; a blank one where nothing was booked."""
    found = dict.fromkeys(days, Tally())
    if found:
        listed = {
            "members": bulk.listing(connection, {member for member, _ in found}),
            "days": bulk.listing(connection, {day for _, day in found}),
        }
        for member, day, data in connection.execute(_tallies(connection.dialect.name), listed):
            if (member, day) in found:
                found[member, day] = from_json(Tally, data)
    return found


@cache
def _tallies(dialect: str) -> Select[int, int, str]:
    c = DAYS.c
    return select(c.member_id, c.day, c.data).where(
        bulk.listed(dialect, c.member_id, "members"), bulk.listed(dialect, c.day, "days")
    )


def clear(connection: Connection, members: Collection[int]) -> None:
    """Take everything that was booked for these members out of the ledger."""
    for rows in (ENTRIES, DAYS):
        connection.execute(delete(rows).where(bulk.among(connection, rows.c.member_id, list(members))))
