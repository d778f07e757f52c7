"""Keeping the database small."""

from datetime import datetime

from sqlalchemy import Connection, delete

from bot.storage.ledger import INBOX, POISON
from bot.storage.outbox import OUTBOX


def prune(connection: Connection, effects_before: datetime, news_before: datetime) -> int:
    """Delete effects settled and news handled before the given times; returns how many rows."""
    return sum(
        connection.execute(delete(rows).where(when < before)).rowcount
        for rows, when, before in (
            (OUTBOX, OUTBOX.c.done_at, effects_before),
            (POISON, POISON.c.at, effects_before),
            (INBOX, INBOX.c.done_at, news_before),
        )
    )
