"""The inbox and the cursors.

What was heard is stored before it is acknowledged, and how far we have heard is remembered.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from bot.storage.ledger import CURSORS, INBOX, upsert
from bot.words import Word


class Letter(Word, frozen=True):
    """A piece of news that waits to be handled."""

    id: int
    external: str
    body: bytes
    received_at: datetime


def store(connection: Connection, source: str, news: Sequence[tuple[str, bytes]], now: datetime) -> None:
    """Keep (external id, body) pairs; one kept before is left as it is."""
    if news:
        connection.execute(
            upsert(connection, INBOX).on_conflict_do_nothing(index_elements=["source", "external"]),
            [{"source": source, "external": e, "body": b, "received_at": now, "outcome": ""} for e, b in news],
        )


def waiting(connection: Connection, source: str, after: int = 0, limit: int = 100) -> list[Letter]:
    """Letters not handled yet with an id above `after`, oldest first."""
    c = INBOX.c
    query = (
        select(c.id, c.external, c.body, c.received_at)
        .where(c.source == source, c.done_at.is_(None), c.id > after)
        .order_by(c.id)
        .limit(limit)
    )
    return [
        Letter(id=i, external=external, body=body, received_at=at)
        for i, external, body, at in connection.execute(query)
    ]


def latest(connection: Connection, source: str) -> datetime | None:
    """When the latest letter came that is still remembered."""
    found: datetime | None = connection.scalar(select(func.max(INBOX.c.received_at)).where(INBOX.c.source == source))
    return found


def close(connection: Connection, letters: Sequence[int], now: datetime, outcome: str = "") -> None:
    """Tick letters off without an event: answered, malformed, or of no interest. What they said is not kept."""
    connection.execute(
        update(INBOX).where(INBOX.c.id.in_(letters)).values(done_at=now, outcome=outcome[:500], body=b"")
    )


def cursor(connection: Connection, name: str) -> int | None:
    """How far `name` has been heard."""
    return connection.scalar(select(CURSORS.c.value).where(CURSORS.c.name == name))


def cursors(connection: Connection, prefix: str) -> dict[str, tuple[int, int | None]]:
    """{rest of the name: (value, until)} of all cursors whose name begins with `prefix`."""
    query = select(CURSORS.c.name, CURSORS.c.value, CURSORS.c.until).where(
        CURSORS.c.name.startswith(prefix, autoescape=True)
    )
    return {name.removeprefix(prefix): (value, until) for name, value, until in connection.execute(query)}


def set_cursor(connection: Connection, name: str, value: int, until: int | None = None) -> None:
    """Put a cursor where it belongs, forward or back; with `until` it is a gap still to fill."""
    connection.execute(delete(CURSORS).where(CURSORS.c.name == name))
    connection.execute(insert(CURSORS).values(name=name, value=value, until=until))


def drop_cursor(connection: Connection, name: str) -> None:
    """Forget a cursor."""
    connection.execute(delete(CURSORS).where(CURSORS.c.name == name))
