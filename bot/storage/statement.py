"""A member's statement of account: where their points come from, the last entries, and what did not count."""

from sqlalchemy import BigInteger, Connection, cast, func, literal_column, or_, select

from bot.engine.ledger import Entry, Tally
from bot.storage.entries import DAYS, ENTRIES, entry
from bot.words import Word, from_json


class Sum(Word, frozen=True):
    """What one way to earn came to, and what of it was taken back: how often, and how many points (or coins)."""

    way: str
    times: int
    points: int
    coins: int
    undone: int
    lost: int
    """Points taken back; a number from 0 on, unless what was taken back was a deduction."""


def sums(connection: Connection, member: int) -> list[Sum]:
    """Every way by which anything was booked for a member, those that brought most first."""
    c = ENTRIES.c
    undoing = c.undoes != literal_column("''")  # a value of its own in each place would be another one to PostgreSQL
    query = select(
        c.way,
        undoing.label("back"),
        func.count().label("times"),
        cast(func.sum(c.points), BigInteger).label("points"),
        cast(func.sum(c.coins), BigInteger).label("coins"),
    )
    found: dict[str, Sum] = {}
    for row in connection.execute(query.where(c.member_id == member).group_by(c.way, undoing)):
        was = found.get(row.way, Sum(way=row.way, times=0, points=0, coins=0, undone=0, lost=0))
        back = bool(row.back)
        found[row.way] = Sum(
            way=row.way,
            times=was.times if back else row.times,
            points=was.points if back else row.points,
            coins=was.coins + row.coins,
            undone=row.times if back else was.undone,
            lost=-row.points if back else was.lost,
        )
    return sorted(found.values(), key=lambda one: (one.lost - one.points, one.way))


def latest(connection: Connection, member: int, offset: int, limit: int) -> tuple[list[Entry], int]:
    """(entries, how many there are): the last ones first, without what brought nothing."""
    c = ENTRIES.c
    theirs = c.member_id == member, or_(c.worth != 0, c.coins != 0)
    query = select(ENTRIES).where(*theirs).order_by(c.id.desc()).offset(offset).limit(limit)
    total = connection.scalar(select(func.count()).where(*theirs)) or 0
    return [entry(row) for row in connection.execute(query)], total


def days(connection: Connection, member: int, since: int) -> list[Tally]:
    """What each day from `since` (an ordinal) on came to, in order."""
    query = select(DAYS.c.data).where(DAYS.c.member_id == member, DAYS.c.day >= since).order_by(DAYS.c.day)
    return [from_json(Tally, data) for data in connection.scalars(query)]


def booked(connection: Connection, member: int, key: str, last: int = 50) -> list[Entry]:
    """What an event that was just handled brought, among a member's `last` entries."""
    return [one for one in latest(connection, member, 0, last)[0] if one.key == key]
