"""Live sessions whose attendance is taken."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from bot.storage.entries import ENTRIES
from bot.storage.ledger import table
from bot.storage.tables import SessionRow
from bot.words import Word

SESSIONS = table(SessionRow)
LATEST = 10
"""So many are looked at at once."""


class Session(Word, frozen=True):
    """A session: who says that they are here from `opens_at` to `closes_at` was there; so many did."""

    id: int
    title: str
    opens_at: datetime
    closes_at: datetime
    attended: int = 0


def key(session: int, member: int) -> str:
    """The key of the event by which a member attends a session: once."""
    return f"attend:{session}:{member}"


def begin(connection: Connection, community: int, title: str, now: datetime, closes_at: datetime) -> int:
    """Open a session; returns its id."""
    row = insert(SESSIONS).values(community_id=community, title=title, opens_at=now, closes_at=closes_at)
    made: int = connection.execute(row.returning(SESSIONS.c.id)).scalar_one()
    return made


def close(connection: Connection, community: int, session: int, now: datetime) -> bool:
    """Close a session before its time; False when it is closed, or not of this community."""
    c = SESSIONS.c
    mine = (c.id == session, c.community_id == community, c.closes_at > now)
    return connection.execute(update(SESSIONS).where(*mine).values(closes_at=now)).rowcount == 1


def find(connection: Connection, community: int, session: int) -> Session | None:
    """A session of a community."""
    return next(iter(_sessions(connection, community, SESSIONS.c.id == session)), None)


def open_now(connection: Connection, community: int, now: datetime) -> list[Session]:
    """The sessions that are open, the newest first."""
    return _sessions(connection, community, SESSIONS.c.closes_at > now)


def latest(connection: Connection, community: int) -> list[Session]:
    """The newest sessions of a community, ten at most."""
    return _sessions(connection, community)


def _sessions(connection: Connection, community: int, *which: ColumnElement[bool]) -> list[Session]:
    c, e = SESSIONS.c, ENTRIES.c
    query = select(SESSIONS).where(c.community_id == community, *which).order_by(c.id.desc()).limit(LATEST)
    rows = connection.execute(query).all()
    counts = select(e.of, func.count(func.distinct(e.member_id))).where(
        e.community_id == community, e.of.in_([of(row.id) for row in rows]), e.undoes == ""
    )
    attended: dict[str, int] = {row[0]: row[1] for row in connection.execute(counts.group_by(e.of))}
    return [
        Session(
            id=row.id,
            title=row.title,
            opens_at=row.opens_at,
            closes_at=row.closes_at,
            attended=attended.get(of(row.id), 0),
        )
        for row in rows
    ]


def of(session: int) -> str:
    """What the points of a session hang on."""
    return f"session:{session}"
