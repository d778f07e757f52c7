"""What members wrote, and whether anybody heeded it: the unanswered message of a newcomer, the last message of anybody.

Read from the log, for many members at once.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, Connection, select

from bot.engine.nudges.person import Person, Post, Reach
from bot.storage import bulk
from bot.storage.ledger import EVENTS, MEMBERS

NEW = timedelta(days=7)
"""How long somebody is a newcomer whose unanswered message is looked for."""
FEW = 10
"""Messages after which they are none any more."""
HEEDED = timedelta(hours=6)
"""Whatever others write in the same channel within this time of a message is taken for an answer to it."""
LATEST = 20_000
"""Lines of the log looked through for answers, at most."""
POSTED = "MessagePosted"
ANSWERING = ("ReactionReceived", "ThanksReceived", "AnswerAccepted", "MessageDeleted")
"""What of the author's own log says that a message was heeded, or is gone."""


class _Line(msgspec.Struct, gc=False):
    """The fields of a line of the log that are needed."""

    type: str
    key: str
    channel: str = ""
    topic: str = ""
    reply_to: str = ""
    of: str = ""


_line = msgspec.json.Decoder(_Line).decode


def questions(
    connection: Connection, people: Mapping[int, Person], reaches: Mapping[int, tuple[Reach, ...]], now: datetime
) -> dict[int, Post]:
    """The latest message of each newcomer of the last days, if nobody heeded it."""
    new = [number for number, one in people.items() if _newcomer(one, now)]
    if not new:
        return {}
    c = EVENTS.c
    query = select(c.id, c.member_id, c.community_id, c.at, c.data).where(
        bulk.among(connection, c.member_id, new), c.at > now - NEW, _is_one_of(POSTED, *ANSWERING)
    )
    posts: dict[int, tuple[int, datetime, _Line, int]] = {}
    over: set[str] = set()
    for number, member, community, at, data in connection.execute(query.order_by(c.id)):
        line = _line(data)
        if line.type == POSTED:
            posts[member] = number, at, line, community
        else:
            over.add(line.of)
    open_ = {member: post for member, post in posts.items() if post[2].key not in over and not post[2].reply_to}
    heeded = _heeded(connection, open_)
    found: dict[int, Post] = {}
    for member, (_, at, line, _) in open_.items():
        if member not in heeded:
            found.update(_posted(member, line, at, reaches))
    return found


def _newcomer(one: Person, now: datetime) -> bool:
    done = one.state.engagement
    came = one.state.contact.joined_at or done.first_at
    return came is not None and now - came < NEW and 0 < done.messages < FEW


def _heeded(connection: Connection, posts: Mapping[int, tuple[int, datetime, _Line, int]]) -> set[int]:
    """Whose message was answered by others, as far as the log says."""
    if not posts:
        return set()
    c = EVENTS.c
    communities = {community for *_, community in posts.values()}
    first = min(number for number, *_ in posts.values())
    query = (
        select(c.member_id, c.at, c.data, c.community_id)
        .where(c.id > first, c.community_id.in_(communities), _is_one_of(POSTED))
        .order_by(c.id)
        .limit(LATEST)
    )
    found: set[int] = set()
    for writer, at, data, community in connection.execute(query):
        line = _line(data)
        for member, (_, asked_at, asked, home) in posts.items():
            near = (line.channel, line.topic) == (asked.channel, asked.topic) and asked_at <= at <= asked_at + HEEDED
            if writer != member and home == community and (line.reply_to == asked.key or near):
                found.add(member)
    return found


def last_posts(
    connection: Connection, people: Mapping[int, Person], reaches: Mapping[int, tuple[Reach, ...]]
) -> dict[int, Post]:
    """The last message of each; the database looks back from the end of each one's own log."""
    c, own = EVENTS.c, EVENTS.alias("own")
    last = (
        select(own.c.id)
        .where(own.c.member_id == MEMBERS.c.id, own.c.data.startswith(_begins(POSTED), autoescape=True))
        .order_by(own.c.id.desc())
        .limit(1)
        .correlate(MEMBERS)
        .scalar_subquery()
    )
    query = select(c.member_id, c.at, c.data).select_from(MEMBERS).join(EVENTS, c.id == last)
    found: dict[int, Post] = {}
    for member, at, data in connection.execute(query.where(bulk.among(connection, MEMBERS.c.id, people))):
        found.update(_posted(member, _line(data), at, reaches))
    return found


def _posted(member: int, line: _Line, at: datetime, reaches: Mapping[int, tuple[Reach, ...]]) -> dict[int, Post]:
    """{member: a message by the account it must have come from}, that on its platform; none if that is gone."""
    platform = line.key.partition(":")[0]
    for one in reaches.get(member, ()):
        if one.platform == platform:
            post = Post(key=line.key, channel=line.channel, at=at, platform=platform, space=one.space, user=one.user)
            return {member: post}
    return {}


def _begins(kind: str) -> str:
    return f'{{"type":"{kind}",'


def _is_one_of(*kinds: str) -> ColumnElement[bool]:
    either = EVENTS.c.data.startswith(_begins(kinds[0]), autoescape=True)
    for kind in kinds[1:]:
        either |= EVENTS.c.data.startswith(_begins(kind), autoescape=True)
    return either
