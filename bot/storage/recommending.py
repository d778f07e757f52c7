"""What recommending reads: who took what, and what somebody was shown lately."""

from array import array
from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
from sqlalchemy import BigInteger, ColumnElement, Connection, and_, case, func, or_, select, type_coerce

from bot.engine.recommend.shelf import LIKED_STARS, Taken
from bot.storage import bulk
from bot.storage.ledger import EVENTS
from bot.storage.library import CONTENT, whole
from bot.storage.outbox import OUTBOX
from bot.storage.studies import STUDIES, of_member
from bot.storage.tables import micros

__all__ = ["acts", "of_member", "recent", "rows", "taken", "taken_by", "whole"]

CHUNK = 20_000
_SHOWN = '{"type":"ContentShown"'
_NUDGED = '"notice":"recommendation"'


def _took() -> ColumnElement[bool]:
    """As `bot.engine.recommend.shelf.took` says."""
    c = STUDIES.c
    acted = or_(c.opened_at.is_not(None), c.finished_at.is_not(None), c.saved_at.is_not(None), c.liked)
    return and_(c.dismissed_at.is_(None), or_(c.stars == 0, c.stars >= LIKED_STARS), acted)


def taken(connection: Connection, community: int) -> Taken:
    """Who took what, in the order in which they first did. What is liked only has the time at which it was shown."""
    c = STUDIES.c
    times = [type_coerce(one, BigInteger) for one in (c.finished_at, c.opened_at, c.saved_at, c.shown_at)]
    query = select(c.member_id, c.content_id, *times).where(c.community_id == community, _took())
    member, item, at = array("q"), array("q"), array("q")
    for who, what, *acted, shown in connection.execute(query.order_by(c.id).execution_options(yield_per=CHUNK)):
        member.append(who)
        item.append(what)
        at.append(min([one for one in acted if one is not None], default=shown or 0))
    return Taken(*[np.array(one, np.int64) for one in (member, item, at)])


def taken_by(connection: Connection, community: int, members: Collection[int]) -> list[tuple[int, int]]:
    """(member, item) of what these members took."""
    c = STUDIES.c
    query = select(c.member_id, c.content_id).where(c.community_id == community, _took())
    return [(who, item) for who, item in connection.execute(query.where(bulk.among(connection, c.member_id, members)))]


def acts(connection: Connection, community: int, since: datetime | None) -> int:
    """How often since then somebody opened, finished or saved something that is still there, and did not dismiss it.

    Only what can be learnt from counts: else there would always be something to learn, and never anything learnt.
    """
    c, mine = STUDIES.c, CONTENT.c.community_id == community
    gone = select(CONTENT.c.id).where(mine, CONTENT.c.archived)
    there = select(CONTENT.c.id).where(mine, CONTENT.c.archived.is_(False), CONTENT.c.course_id.not_in(gone))
    after = micros(since) if since is not None else 0
    new = [case((type_coerce(one, BigInteger) > after, 1), else_=0) for one in (c.opened_at, c.finished_at, c.saved_at)]
    query = select(func.sum(new[0] + new[1] + new[2])).where(
        c.community_id == community, _took(), c.content_id.in_(there)
    )
    return int(connection.scalar(query) or 0)


class _Shown(msgspec.Struct):
    items: tuple[str, ...] = ()
    place: str = ""


class _Nudged(msgspec.Struct):
    values: dict[str, Any] = {}


def recent(
    connection: Connection, member: int, since: datetime, until: datetime, places: Collection[str]
) -> frozenset[int]:
    """The items of the library that a member was shown between two times in these places, or was nudged about."""
    c, o = EVENTS.c, OUTBOX.c
    query = select(c.data).where(c.member_id == member, c.at >= since, c.at < until, c.data.startswith(_SHOWN))
    decode, effect = msgspec.json.Decoder(_Shown).decode, msgspec.json.Decoder(_Nudged).decode
    found = [decode(data) for data in connection.scalars(query)]
    told = select(o.effect).where(o.member_id == member, o.due_at >= since, o.due_at < until)
    nudged = [effect(data).values.get("item") for data in connection.scalars(told.where(o.effect.contains(_NUDGED)))]
    named = [*(item for one in found if one.place in places for item in one.items), *nudged]
    return frozenset(int(item) for item in named if isinstance(item, str) and item.isdecimal())


def rows(connection: Connection, community: int) -> int:
    """How many rows there are of what members did with items."""
    return connection.scalar(select(func.count()).where(STUDIES.c.community_id == community)) or 0
