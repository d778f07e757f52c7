"""Trained models: the newest of a kind and the one before are kept, which stands in where the newest can't be read.

What a kind's `data` and `report` are is known by who trains it (`bot/training.py`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select

from bot.storage.ledger import table
from bot.storage.tables_retention import ModelRow
from bot.words import Word

MODELS = table(ModelRow)
KEPT = 2


class Trained(Word, frozen=True):
    """A model as `data`, trained at `at`, and what its training reported."""

    kind: str
    at: datetime
    data: bytes
    report: dict[str, Any] = {}


def put(
    connection: Connection, community: int, kind: str, at: datetime, data: bytes, report: Mapping[str, Any]
) -> None:
    """Let a model hold from now on; the one that held is kept, and those before it go, in the same transaction.

    `report` is whatever JSON can say.
    """
    row = {"community_id": community, "kind": kind, "at": at, "data": data}
    connection.execute(insert(MODELS).values(**row, report=msgspec.json.encode(report).decode()))
    c = MODELS.c
    mine = (c.community_id == community, c.kind == kind)
    stay = connection.scalars(select(c.id).where(*mine).order_by(c.at.desc(), c.id.desc()).limit(KEPT)).all()
    connection.execute(delete(MODELS).where(*mine, c.id.not_in(stay)))


def kept(connection: Connection, community: int, kind: str, most: int = KEPT) -> list[Trained]:
    """What there is, the newest first: the first that can be read holds."""
    c = MODELS.c
    query = select(MODELS).where(c.community_id == community, c.kind == kind).order_by(c.at.desc(), c.id.desc())
    return [
        Trained(kind=row.kind, at=row.at, data=row.data, report=msgspec.json.decode(row.report, type=dict[str, Any]))
        for row in connection.execute(query.limit(most))
    ]


def newest(connection: Connection, community: int, kind: str) -> Trained | None:
    """The model that was trained last."""
    return next(iter(kept(connection, community, kind, 1)), None)


def before(connection: Connection, community: int, kind: str) -> Trained | None:
    """The model that held before it."""
    return next(iter(kept(connection, community, kind)[1:]), None)


def when(connection: Connection, community: int, kind: str) -> datetime | None:
    """When the model that holds was trained: to tell cheaply whether there is a newer one."""
    c = MODELS.c
    query = select(c.at).where(c.community_id == community, c.kind == kind)
    found: datetime | None = connection.scalar(query.order_by(c.at.desc(), c.id.desc()).limit(1))
    return found
