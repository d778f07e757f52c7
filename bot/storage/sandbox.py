"""The sandbox's own books: its purchases as JSON, found by name, by member, by when something is due or was changed."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.storage.ledger import table, upsert
from bot.storage.tables import SandboxRow

SANDBOX = table(SandboxRow)


def put(
    connection: Connection,
    *,
    external: str,
    community: int,
    member: int,
    data: str,
    due_at: datetime | None,
    changed_at: datetime,
) -> None:
    """Write a purchase as it is now."""
    values = {"data": data, "due_at": due_at, "changed_at": changed_at}
    connection.execute(  # whose it is is not written again: somebody may have been merged with somebody else
        upsert(connection, SANDBOX).on_conflict_do_update(index_elements=["external"], set_=values),
        {"external": external, "community_id": community, "member_id": member, **values},
    )


def find(connection: Connection, external: str) -> str | None:
    """A purchase; None for one that was never heard of."""
    found: str | None = connection.scalar(select(SANDBOX.c.data).where(SANDBOX.c.external == external))
    return found


def of_member(connection: Connection, community: int, member: int) -> list[str]:
    """A member's purchases, oldest first."""
    c = SANDBOX.c
    query = select(c.data).where(c.community_id == community, c.member_id == member).order_by(c.id)
    return list(connection.scalars(query))


def of_buyer(connection: Connection, external: str) -> list[str]:
    """All purchases of whoever made this one, oldest first."""
    c = SANDBOX.c
    row = connection.execute(select(c.community_id, c.member_id).where(c.external == external)).first()
    return [] if row is None else of_member(connection, row.community_id, row.member_id)


def due(connection: Connection, now: datetime) -> list[str]:
    """The names of purchases for which something is due by `now`, the earliest first."""
    c = SANDBOX.c
    return list(connection.scalars(select(c.external).where(c.due_at <= now).order_by(c.due_at, c.id)))


def next_due(connection: Connection) -> datetime | None:
    """When something is due next."""
    found: datetime | None = connection.scalar(select(func.min(SANDBOX.c.due_at)))
    return found


def changed(connection: Connection, since: datetime, after: int, limit: int) -> list[tuple[int, str]]:
    """(id, purchase) of those changed since a time, with an id above `after`."""
    c = SANDBOX.c
    query = select(c.id, c.data).where(c.changed_at >= since, c.id > after).order_by(c.id).limit(limit)
    return [(number, data) for number, data in connection.execute(query)]
