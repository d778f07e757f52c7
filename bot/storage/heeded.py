"""What members wrote, and whether anybody heeded it: the unanswered message of a newcomer, the last message of anybody.

The log is followed by a cursor: each line is read once, a bounded number at a time, and what waits is a table. Whoever
asks in between looks at the few lines since (`bot/engine/nudges/heeding.py`).
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, func, select

from bot.engine.nudges.heeding import Asked, Said, follow
from bot.engine.nudges.person import Person, Post, Reach
from bot.state import MemberState
from bot.storage import bulk, inbox
from bot.storage.ledger import EVENTS, MEMBERS, table
from bot.storage.tables import micros
from bot.storage.tables_nudges import UnheededRow
from bot.words import Word, from_json, replace

NEW = timedelta(days=7)
"""How long somebody is a newcomer whose unanswered message is looked for."""
FEW = 10
"""Messages after which they are none any more."""
AT_ONCE = 2_000
"""Lines of the log that are followed at a time, at most."""
AGAIN = 500
"""Lines that are followed once more with those that came since: what is told late stands a little behind."""
LATEST = 20_000
"""So many lines back the log is followed where that begins, or was left far behind: an archive was imported."""
FOLLOWED = "nudges:followed"
POSTED = "MessagePosted"
ANSWERING = ("ReactionReceived", "ThanksReceived", "AnswerAccepted", "MessageDeleted")
"""What of the author's own log says that a message was heeded, or is gone."""
UNHEEDED = table(UnheededRow)
_FIELDS = ("line", "community_id", "member_id", "key", "channel", "topic", "at")


class _Line(msgspec.Struct, gc=False):
    """The fields of a line of the log that are needed."""

    type: str
    key: str
    channel: str = ""
    topic: str = ""
    reply_to: str = ""
    of: str = ""


_line = msgspec.json.Decoder(_Line).decode


class Followed(Word, frozen=True):
    """The log followed on, from the line `since` to `to`: what waits now of those who are `named`."""

    since: int | None
    to: int
    named: frozenset[int] = frozenset()
    waiting: tuple[Asked, ...] = ()


def questions(
    connection: Connection, people: Mapping[int, Person], reaches: Mapping[int, tuple[Reach, ...]], now: datetime
) -> dict[int, Post]:
    """The latest message of each newcomer of the last days, if nobody heeded it.

    What is not followed yet is looked at here, `AT_ONCE` lines at most; where more waits nothing is said.
    """
    new = {number for number, one in people.items() if _newcomer(one.state, now)}
    since, last = _where(connection)
    if not new or last - since > AT_ONCE:
        return {}
    found: dict[int, Post] = {}
    for member, one in follow(_waiting(connection, new), _said(connection, since, last), new).items():
        if one.at > now - NEW:
            found.update(_posted(member, one.key, one.channel, one.at, reaches))
    return found


def _newcomer(state: MemberState, now: datetime) -> bool:
    done = state.engagement
    came = state.contact.joined_at or done.first_at
    return came is not None and now - came < NEW and 0 < done.messages < FEW


def go_on(connection: Connection, now: datetime) -> Followed | None:
    """Follow the log on from where it was left, at most `AT_ONCE` lines; None where nothing came. Nothing is stored."""
    since, last = _where(connection)
    stored = inbox.cursor(connection, FOLLOWED)
    if last == (stored or 0):
        return None
    to = min(last, since + AT_ONCE)
    said = _said(connection, since, to)
    waiting = _waiting(connection)
    writers = {one.member for one in said if one.key} | waiting.keys()
    query = select(MEMBERS.c.id, MEMBERS.c.state).where(bulk.among(connection, MEMBERS.c.id, writers))
    new = {number for number, state in connection.execute(query) if _newcomer(from_json(MemberState, state), now)}
    found = follow({member: one for member, one in waiting.items() if one.at > now - NEW}, said, new)
    changed = {member for member in found.keys() | waiting.keys() if found.get(member) != waiting.get(member)}
    left = tuple(found[member] for member in sorted(changed & found.keys()))
    return Followed(since=stored, to=to, named=frozenset(changed), waiting=left)


def keep(connection: Connection, found: Followed) -> None:
    """Write down how far the log was followed, unless somebody else has followed it on meanwhile."""
    if inbox.cursor(connection, FOLLOWED) != found.since:
        return
    connection.execute(delete(UNHEEDED).where(bulk.among(connection, UNHEEDED.c.member_id, found.named)))
    rows = [
        (one.line, one.community, one.member, one.key, one.channel, one.topic, micros(one.at)) for one in found.waiting
    ]
    bulk.insert(connection, UNHEEDED, _FIELDS, rows)
    inbox.set_cursor(connection, FOLLOWED, found.to)


def unite(connection: Connection, keep: int, other: int) -> None:
    """Of two members who become one the later post waits."""
    c = UNHEEDED.c
    both = connection.scalars(select(c.id).where(c.member_id.in_((keep, other))).order_by(c.line.desc())).all()
    connection.execute(delete(UNHEEDED).where(c.id.in_(both[1:])))


def _where(connection: Connection) -> tuple[int, int]:
    """(the line to which the log was followed, the last line there is)."""
    last = connection.scalar(select(func.max(EVENTS.c.id))) or 0
    stored = inbox.cursor(connection, FOLLOWED)
    return min(max(stored or 0, last - LATEST), last), last


def _said(connection: Connection, since: int, to: int) -> list[Said]:
    """The lines from a little before `since` to `to`, as far as they matter."""
    c = EVENTS.c
    query = (
        select(c.id, c.community_id, c.member_id, c.at, c.data)
        .where(c.id > since - AGAIN, c.id <= to, _is_one_of(POSTED, *ANSWERING))
        .order_by(c.id)
    )
    found = []
    for number, community, member, at, data in connection.execute(query):
        line = _line(data)
        one = Said(line=number, community=community, member=member, at=at)
        if line.type == POSTED:
            place = {"channel": line.channel, "topic": line.topic}
            found.append(replace(one, key=line.key, reply_to=line.reply_to, **place))
        else:
            found.append(replace(one, of=line.of))
    return found


def _waiting(connection: Connection, members: Collection[int] | None = None) -> dict[int, Asked]:
    c = UNHEEDED.c
    query = select(UNHEEDED)
    if members is not None:
        query = query.where(bulk.among(connection, c.member_id, members))
    return {
        row.member_id: Asked(
            line=row.line,
            community=row.community_id,
            member=row.member_id,
            key=row.key,
            channel=row.channel,
            topic=row.topic,
            at=row.at,
        )
        for row in connection.execute(query)
    }


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
        line = _line(data)
        found.update(_posted(member, line.key, line.channel, at, reaches))
    return found


def _posted(
    member: int, key: str, channel: str, at: datetime, reaches: Mapping[int, tuple[Reach, ...]]
) -> dict[int, Post]:
    """{member: a message by the account it must have come from}, that on its platform; none if that is gone."""
    platform = key.partition(":")[0]
    for one in reaches.get(member, ()):
        if one.platform == platform:
            post = Post(key=key, channel=channel, at=at, platform=platform, space=one.space, user=one.user)
            return {member: post}
    return {}


def _begins(kind: str) -> str:
    return f'{{"type":"{kind}",'


def _is_one_of(*kinds: str) -> ColumnElement[bool]:
    either = EVENTS.c.data.startswith(_begins(kinds[0]), autoescape=True)
    for kind in kinds[1:]:
        either |= EVENTS.c.data.startswith(_begins(kind), autoescape=True)
    return either
