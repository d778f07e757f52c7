"""Personal data, table by table: what each holds, why, for how long, and how it is exported and erased.

A new table needs an entry in `HOLDINGS`; a test compares them with the schema.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select

from bot.storage.ledger import ACCOUNTS, ERASED, EVENTS, MEMBERS, POISON, digest, table
from bot.storage.outbox import OUTBOX
from bot.storage.tables import ChannelRow, CommunityRow, CursorRow, GateRow, InboxRow, SpaceRow
from bot.words import Word

Where = Callable[[Table, int], Any]


def _by_member(rows: Table, member: int) -> Any:
    return rows.c.member_id == member


def _by_id(rows: Table, member: int) -> Any:
    return rows.c.id == member


class Holding(Word, frozen=True):
    """One table: `about` finds the rows of a member, None where the table holds nothing personal."""

    table: Table
    what: str
    why: str
    kept: str
    about: Where | None = None


HOLDINGS = (
    Holding(
        table=EVENTS,
        what="what you did: that you wrote, reacted, joined; lengths and counts, never the text",
        why="points, levels and the numbers of the community",
        kept="until you erase it",
        about=_by_member,
    ),
    Holding(
        table=OUTBOX,
        what="what the bot did for you: access granted, messages sent",
        why="so that each is done once",
        kept="30 days",
        about=_by_member,
    ),
    Holding(
        table=ACCOUNTS,
        what="your user id and name on each platform",
        why="to know you again",
        kept="until you erase it",
        about=_by_member,
    ),
    Holding(
        table=MEMBERS,
        what="your name, points, level, language and wishes",
        why="to show and to use them",
        kept="until you erase it",
        about=_by_id,
    ),
    Holding(
        table=ERASED,
        what="a hash of an account that was erased",
        why="so that its past is not taken in again",
        kept="for good",
    ),
    Holding(
        table=table(InboxRow),
        what="news from a platform as it came, until it is handled",
        why="so that none is lost",
        kept="emptied when handled; the id is kept for 7 days",
    ),
    Holding(table=POISON, what="an event that broke a rule", why="to mend the rule", kept="30 days"),
    Holding(table=table(CommunityRow), what="the community and its settings", why="to run it", kept="for good"),
    Holding(table=table(SpaceRow), what="its guilds and groups", why="to run it", kept="for good"),
    Holding(table=table(ChannelRow), what="its channels", why="to run it", kept="for good"),
    Holding(table=table(GateRow), what="what stands behind a gate", why="to run it", kept="for good"),
    Holding(table=table(CursorRow), what="how far it was heard", why="so that none is lost", kept="for good"),
)


def export(connection: Connection, member: int) -> dict[str, Any]:
    """Everything stored about a member: {table: {what, why, kept, rows}}, ready for JSON."""
    return {
        holding.table.name: {
            "what": holding.what,
            "why": holding.why,
            "kept": holding.kept,
            "rows": list(_rows(connection, holding, member)),
        }
        for holding in HOLDINGS
        if holding.about is not None
    }


def _rows(connection: Connection, holding: Holding, member: int) -> Iterator[dict[str, Any]]:
    assert holding.about is not None  # noqa: S101 - asked only of tables that have it
    for row in connection.execute(select(holding.table).where(holding.about(holding.table, member))).mappings():
        yield {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def erase(connection: Connection, community: int, member: int, now: datetime) -> None:
    """Delete everything about a member, and leave hashes of their accounts that keep the past from coming back."""
    query = select(ACCOUNTS.c.platform, ACCOUNTS.c.external).where(ACCOUNTS.c.member_id == member)
    gone = [digest(platform, user, community) for platform, user in connection.execute(query)]
    for holding in HOLDINGS:
        if holding.about is not None:
            connection.execute(delete(holding.table).where(holding.about(holding.table, member)))
    if gone:
        connection.execute(delete(ERASED).where(ERASED.c.digest.in_(gone)))
        connection.execute(insert(ERASED), [{"digest": one, "at": now} for one in gone])
