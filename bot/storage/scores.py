"""Who is likely to leave: what the latest scoring said of each member, with its reasons.

Read by `/risk`, by nudges (`likely`) and by whoever plans for one member (`of_member`).
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, delete, func, select

from bot.engine.churn.learning import Estimate
from bot.engine.churn.reasons import Reason
from bot.storage import bulk
from bot.storage.ledger import MEMBERS, table
from bot.storage.tables import micros
from bot.storage.tables_retention import ScoreRow
from bot.words import Word, to_json

SCORES = table(ScoreRow)
_WHOLE = 1_000_000
_COLUMNS = ("community_id", "member_id", "target", "millionths", "reasons", "at")
_REASONS = msgspec.json.Decoder(tuple[Reason, ...]).decode
CHUNK = 2_000
"""Members whose scores are written in one transaction."""
FORBIDDEN = '"estimated":false'
"""How the state of whoever forbade estimates reads."""


class Score(Word, frozen=True):
    """A member leaves by `target` with the probability `p`, as was estimated `at`."""

    member: int
    name: str
    target: str
    p: float
    at: datetime
    reasons: tuple[Reason, ...] = ()


def put(connection: Connection, community: int, target: str, at: datetime, scored: Sequence[Estimate]) -> None:
    """Write the scores of some members, in the place of what stood there. Who forbade estimates meanwhile has none."""
    c = SCORES.c
    members = [one.member for one in scored]
    old = (c.community_id == community, c.target == target, bulk.among(connection, c.member_id, members))
    connection.execute(delete(SCORES).where(*old))
    estimable = set(connection.scalars(select(MEMBERS.c.id).where(
        bulk.among(connection, MEMBERS.c.id, members), MEMBERS.c.community_id == community, ~forbidden(),
    )))  # fmt: skip
    rows = [
        (community, one.member, target, round(one.p * _WHOLE), to_json(one.reasons).decode(), micros(at))
        for one in scored
        if one.member in estimable
    ]
    bulk.insert(connection, SCORES, _COLUMNS, rows)


def tidy(connection: Connection, community: int, target: str, scored: Collection[int]) -> None:
    """Delete the scores of everybody who was not scored this time."""
    c = SCORES.c
    others = (c.community_id == community, c.target == target, ~bulk.among(connection, c.member_id, scored))
    connection.execute(delete(SCORES).where(*others))


def forbidden() -> ColumnElement[bool]:
    """That a row of the members' table is of somebody who forbade estimates."""
    return MEMBERS.c.state.contains(FORBIDDEN)


def without(connection: Connection, community: int) -> list[int]:
    """The members who forbade estimates."""
    return list(connection.scalars(select(MEMBERS.c.id).where(MEMBERS.c.community_id == community, forbidden())))


def risky(connection: Connection, community: int, target: str, limit: int = 10, offset: int = 0) -> list[Score]:
    """The members most likely to leave by a target, the likeliest first."""
    c = SCORES.c
    query = (
        select(SCORES, MEMBERS.c.name)
        .join(MEMBERS, MEMBERS.c.id == c.member_id)
        .where(c.community_id == community, c.target == target)
        .order_by(c.millionths.desc(), c.member_id)
    )
    return [_score(row) for row in connection.execute(query.limit(limit).offset(offset))]


def likely(connection: Connection, community: int, target: str, least: float) -> list[Score]:
    """The members who leave by a target with a probability of at least `least`, the likeliest first."""
    found = risky(connection, community, target, limit=_WHOLE)
    return [one for one in found if one.p >= least]


def count(connection: Connection, community: int, target: str, least: float = 0.0) -> int:
    """How many members have a score, of at least so much."""
    c = SCORES.c
    mine = (c.community_id == community, c.target == target, c.millionths >= round(least * _WHOLE))
    return connection.scalar(select(func.count()).where(*mine)) or 0


def when(connection: Connection, community: int, target: str) -> datetime | None:
    """When the latest scoring was."""
    c = SCORES.c
    query = select(c.at).where(c.community_id == community, c.target == target).order_by(c.id.desc()).limit(1)
    found: datetime | None = connection.scalar(query)
    return found


def of_member(connection: Connection, member: int) -> dict[str, Score]:
    """{target: what is said of one member}."""
    c = SCORES.c
    query = select(SCORES, MEMBERS.c.name).join(MEMBERS, MEMBERS.c.id == c.member_id).where(c.member_id == member)
    return {row.target: _score(row) for row in connection.execute(query.order_by(c.millionths))}


def _score(row: Row[Any]) -> Score:
    values = row._mapping
    return Score(
        member=values["member_id"],
        name=values["name"],
        target=values["target"],
        p=values["millionths"] / _WHOLE,
        at=values["at"],
        reasons=_REASONS(values["reasons"]),
    )
