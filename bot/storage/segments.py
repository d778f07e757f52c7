"""What kind of member each is: the segment they are in, since when, what they were before, and the figures behind it.

Read by `/segments`, `/profile`, and by campaigns (`members_of`).
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, select

from bot.engine.segments.naming import Placed
from bot.storage import bulk
from bot.storage.ledger import MEMBERS, table
from bot.storage.sales import PAYMENTS, SUBSCRIPTIONS
from bot.storage.scores import SCORES, forbidden
from bot.storage.tables import micros
from bot.storage.tables_retention import SegmentRow
from bot.words import Word, from_json, to_json

SEGMENTS = table(SegmentRow)
_COLUMNS = ("community_id", "member_id", "segment", "before", "since", "data")
_PAYS = ("active", "past_due")


class Facts(Word, frozen=True):
    """What a member's segment rests on, as `bot.engine.segments.figures.Figures` says, rounded.

    `paid` is {currency: minor units} in all, what was paid back taken off; `mood` and `mood_before` None where too
    little is known; `group` the group that they are in (-1: none).
    """

    silence: int = 0
    tenure: int = 0
    active: int = 0
    level: float = 0.0
    helped: int = 0
    asked: int = 0
    learnt: int = 0
    people: int = 0
    topics: int = 0
    mood: int | None = None
    mood_before: int | None = None
    paying: bool = False
    paid: dict[str, int] = {}
    group: int = -1


class Standing(Word, frozen=True):
    """The segment of a member, `since` when, and what they were `before` ('': nothing yet)."""

    member: int
    name: str
    segment: str
    before: str
    since: datetime
    facts: Facts


def paying(connection: Connection, community: int, now: datetime) -> list[int]:
    """The members who pay now: something recurring that costs, and is paid to a later date."""
    c = SUBSCRIPTIONS.c
    query = select(c.member_id).distinct().where(c.community_id == community, c.status.in_(_PAYS), c.amount > 0)
    return list(connection.scalars(query.where(c.until.is_(None) | (c.until > now))))


def paid(connection: Connection, community: int) -> dict[int, dict[str, int]]:
    """{member: {currency: minor units}} of what each paid in all, what was paid back taken off."""
    c = PAYMENTS.c
    query = select(c.member_id, c.currency, c.kind, func.sum(c.amount)).where(c.community_id == community)
    found: dict[int, dict[str, int]] = {}
    for member, currency, kind, amount in connection.execute(query.group_by(c.member_id, c.currency, c.kind)):
        mine = found.setdefault(member, {})
        mine[currency] = mine.get(currency, 0) + (int(amount) if kind == "charge" else -int(amount))
    return found


def groups(connection: Connection, community: int) -> dict[int, int]:
    """{member: the group they are in}."""
    c = SEGMENTS.c
    query = select(c.member_id, c.data).where(c.community_id == community)
    return {member: from_json(Facts, data).group for member, data in connection.execute(query)}


def put(connection: Connection, community: int, now: datetime, placed: Sequence[tuple[Placed, Facts]]) -> None:
    """Write the segments of some members. Who stays where they were is there since then; who forbade it has none."""
    c = SEGMENTS.c
    members = [one.member for one, _ in placed]
    mine = (c.community_id == community, bulk.among(connection, c.member_id, members))
    old = {row.member_id: row for row in connection.execute(select(SEGMENTS).where(*mine).order_by(c.since))}
    there = set(connection.scalars(select(MEMBERS.c.id).where(
        bulk.among(connection, MEMBERS.c.id, members), MEMBERS.c.community_id == community, ~forbidden(),
    )))  # fmt: skip
    connection.execute(delete(SEGMENTS).where(*mine))
    rows = []
    for one, facts in placed:
        was = old.get(one.member)
        before, since = "" if was is None else was.segment, now
        if was is not None and was.segment == one.segment:
            before, since = was.before, was.since
        if one.member in there:
            rows.append((community, one.member, one.segment, before, micros(since), to_json(facts).decode()))
    bulk.insert(connection, SEGMENTS, _COLUMNS, rows)


def tidy(connection: Connection, community: int, placed: Collection[int]) -> None:
    """Delete the segments of everybody who was not placed."""
    c = SEGMENTS.c
    others = (c.community_id == community, ~bulk.among(connection, c.member_id, placed))
    connection.execute(delete(SEGMENTS).where(*others))


def of_member(connection: Connection, member: int) -> Standing | None:
    """The segment of one member."""
    c = SEGMENTS.c
    found = _standings(connection, c.member_id == member)
    return found[-1] if found else None


def of_community(connection: Connection, community: int) -> list[Standing]:
    """Everybody's."""
    return _standings(connection, SEGMENTS.c.community_id == community)


def members_of(connection: Connection, community: int, wanted: Collection[str]) -> list[int]:
    """The members in any of these segments, in the order of their numbers."""
    c = SEGMENTS.c
    query = select(c.member_id).distinct().where(c.community_id == community, c.segment.in_(wanted))
    return list(connection.scalars(query.order_by(c.member_id)))


def sizes(connection: Connection, community: int) -> dict[str, int]:
    """{segment: how many are in it}."""
    c = SEGMENTS.c
    query = select(c.segment, func.count(func.distinct(c.member_id))).where(c.community_id == community)
    return {row[0]: row[1] for row in connection.execute(query.group_by(c.segment))}


def forget(connection: Connection, members: Collection[int]) -> None:
    """Delete whatever was estimated of members: their segments, and how likely they are to leave."""
    connection.execute(delete(SEGMENTS).where(bulk.among(connection, SEGMENTS.c.member_id, list(members))))
    connection.execute(delete(SCORES).where(bulk.among(connection, SCORES.c.member_id, list(members))))


def _standings(connection: Connection, which: ColumnElement[bool]) -> list[Standing]:
    c = SEGMENTS.c
    query = select(SEGMENTS, MEMBERS.c.name).join(MEMBERS, MEMBERS.c.id == c.member_id)
    return [
        Standing(
            member=row.member_id,
            name=row.name,
            segment=row.segment,
            before=row.before,
            since=row.since,
            facts=from_json(Facts, row.data),
        )
        for row in connection.execute(query.where(which).order_by(c.since, c.member_id))
    ]
