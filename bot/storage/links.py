"""Who did what to whom, read from the log: the other side of `bot/engine/social.py`.

Only the fields that are needed are taken out of each line's JSON. Whoever is in the hashes of others' lines is looked
for among the community's accounts, so that a person who was erased, or was never here, is nobody. To read a new kind of
event that links two members, enter it in `KINDS`.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, case, func, or_, select

from bot.engine.social import NOWHERE, Kind, Link, Place, Post, Seen, Talk
from bot.events import INTERNAL, person
from bot.storage import bulk
from bot.storage.ledger import ACCOUNTS, EVENTS, MEMBERS, table
from bot.storage.store import Connection
from bot.storage.tables import ChannelRow
from bot.words import replace

LIMIT = 500_000
"""Lines of the log that are read at most; beyond them the window begins later."""
CHUNK = 10_000


class _By(NamedTuple):
    """A kind of event that is about whoever received something: the `kind` of link, and the field naming the giver."""

    kind: Kind
    field: str


KINDS: dict[str, _By] = {
    "ReactionReceived": _By("reaction", "giver"),
    "ThanksReceived": _By("thanks", "giver"),
    "AnswerAccepted": _By("accepted", "by"),
}
WITHDRAWN = {"ReactionWithdrawn": "ReactionReceived", "ThanksWithdrawn": "ThanksReceived"}
"""What takes one of the `KINDS` back: the same message, giver and emoji (thanks have none)."""
POSTED, EDITED, DELETED = "MessagePosted", "MessageEdited", "MessageDeleted"


class _Text(msgspec.Struct, gc=False):
    question: bool = False


class _Line(msgspec.Struct, gc=False):
    """The fields of a line that are needed, of whatever event it is."""

    type: str
    of: str = ""
    emoji: str = ""
    giver: str = ""
    by: str = ""
    reply_to: str = ""
    channel: str = ""
    topic: str = ""
    mentions: tuple[str, ...] = ()
    text: _Text = msgspec.field(default_factory=_Text)


_decode = msgspec.json.Decoder(_Line).decode


def _is(*types: str) -> ColumnElement[bool]:
    """The lines of these types: the tag is what a line begins with."""
    return or_(*[EVENTS.c.data.startswith(f'{{"type":"{name}"') for name in types])


def talk(
    connection: Connection,
    community: int,
    since: datetime,
    *,
    channel: str | None = None,
    topic: str | None = None,
    limit: int = LIMIT,
) -> Talk:
    """What the members of a community said and did to each other from `since` on, on all platforms.

    A deleted message takes with it what it said and the reactions it had. Links to oneself, by whichever account, to
    the erased and to strangers are left out. With a `channel` (or a `topic`, too) only what happened there is told.
    The cost is bounded: of more than `limit` lines the latest are read, and the answer is marked `cut`.
    """
    begins = _window(connection, community, since, limit)
    members = _members(connection, community)
    log = _Log(members, _persons(connection, community))
    wanted = _is(POSTED, EDITED, DELETED, *KINDS, *WITHDRAWN)
    query = (
        select(EVENTS.c.key, EVENTS.c.member_id, EVENTS.c.at, EVENTS.c.data)
        .where(EVENTS.c.community_id == community, EVENTS.c.at >= begins, wanted)
        .order_by(EVENTS.c.id)
    )
    for key, member, at, data in connection.execute(query.execution_options(yield_per=CHUNK)):
        log.take(key, member, at, _decode(data))
    log.recall(connection, community)
    return Talk(
        since=begins,
        posts=tuple(sorted([post for post in log.posts() if _there(post.place, channel, topic)], key=_post_order)),
        links=tuple(sorted([link for link in log.links() if _there(link.place, channel, topic)], key=_link_order)),
        members=members,
        cut=begins > since,
    )


def _there(place: Place, channel: str | None, topic: str | None) -> bool:
    return channel in (None, place.channel) and topic in (None, place.topic)


def _post_order(post: Post) -> tuple[datetime, str]:
    return post.at, post.key


def _link_order(link: Link) -> tuple[datetime, int, int, str, str, str]:
    return link.at, link.source, link.target, link.kind, link.of, link.by


def _window(connection: Connection, community: int, since: datetime, limit: int) -> datetime:
    """Where a window from `since` on begins, so that there are at most `limit` lines in it (or that many at once)."""
    at = EVENTS.c.at
    inside = (EVENTS.c.community_id == community, at >= since)
    if (connection.scalar(select(func.count()).where(*inside)) or 0) <= limit:
        return since
    latest: datetime = connection.scalars(
        select(at).where(*inside).order_by(at.desc()).offset(limit - 1).limit(1)
    ).one()
    return latest


def _members(connection: Connection, community: int) -> dict[int, Seen]:
    """When each member was first heard of, and when they first wrote. Who was never heard of is not among them."""
    wrote = func.min(case((_is(POSTED), EVENTS.c.at)))
    query = (
        select(EVENTS.c.member_id, func.min(EVENTS.c.at), wrote)
        .join(MEMBERS, MEMBERS.c.id == EVENTS.c.member_id)
        .where(EVENTS.c.community_id == community, MEMBERS.c.community_id == community)
        .group_by(EVENTS.c.member_id)
        .order_by(EVENTS.c.member_id)
    )
    return {member: Seen(since, first) for member, since, first in connection.execute(query)}


def _persons(connection: Connection, community: int) -> dict[str, int]:
    """The member behind each hash by which events name others: one for each account, and the member's own."""
    query = select(ACCOUNTS.c.platform, ACCOUNTS.c.external, ACCOUNTS.c.member_id).where(
        ACCOUNTS.c.community_id == community
    )
    found: dict[str, int] = {}
    for platform, user, member in connection.execute(query):
        found[person(platform, user)] = found[person(INTERNAL, str(member))] = member
    return found


class _Log:
    """What was read so far. Lines come in the order heard, which need not be that in which they happened."""

    def __init__(self, members: dict[int, Seen], persons: dict[str, int]) -> None:
        self._members, self._persons = members, persons
        self._posts: dict[str, Post] = {}
        self._said: list[tuple[str, str, tuple[str, ...]]] = []
        self._received: dict[tuple[str, str, str, str, str], tuple[datetime, int]] = {}
        self._places: dict[tuple[str, str], Place] = {}
        self._gone: set[str] = set()

    def take(self, key: str, member: int, at: datetime, line: _Line) -> None:
        """A line of the log."""
        if line.type == POSTED:
            self._post(key, member, at, line)
            if line.reply_to or line.mentions:
                self._said.append((key, line.reply_to, line.mentions))
        elif line.type == EDITED:
            if line.of in self._posts:
                self._posts[line.of] = replace(self._posts[line.of], question=line.text.question)
        elif line.type == DELETED:
            self._gone.add(line.of)
        elif line.type in KINDS:
            self._received[self._receipt(key, line, line.type)] = at, member
        else:
            self._received.pop(self._receipt(key, line, WITHDRAWN[line.type]), None)

    @staticmethod
    def _receipt(key: str, line: _Line, kind: str) -> tuple[str, str, str, str, str]:
        """What is received once; where no message is named, each time is another."""
        return kind, line.of, getattr(line, KINDS[kind].field), line.emoji, "" if line.of else key

    def _post(self, key: str, member: int, at: datetime, line: _Line) -> None:
        place = self._places.setdefault((line.channel, line.topic), Place(line.channel, line.topic))
        self._posts[key] = Post(key, member, at, place, line.text.question, reply=bool(line.reply_to))

    def recall(self, connection: Connection, community: int) -> None:
        """Look up the messages from before the window that something in it was done to."""
        self._recent = set(self._posts)
        known = {reply_to for _, reply_to, _ in self._said} | {receipt[1] for receipt in self._received}
        old = sorted(known - self._recent - {""})
        for first in range(0, len(old), CHUNK):
            keys = bulk.among(connection, EVENTS.c.key, old[first : first + CHUNK])
            query = select(EVENTS.c.key, EVENTS.c.member_id, EVENTS.c.at, EVENTS.c.data)
            for key, member, at, data in connection.execute(
                query.where(EVENTS.c.community_id == community, keys, _is(POSTED))
            ):
                self._post(key, member, at, _decode(data))

    def posts(self) -> Iterator[Post]:
        """The messages of the window that are still there."""
        for key, post in self._posts.items():
            if key in self._recent and key not in self._gone and post.member in self._members:
                yield post

    def links(self) -> Iterator[Link]:
        """The links of the window between two members of the community."""
        for link in (*self._spoken(), *self._given()):
            if link.source != link.target and link.source in self._members and link.target in self._members:
                yield link

    def _spoken(self) -> Iterator[Link]:
        """Replies and mentions. That a platform names the author replied to among the mentions is no second link."""
        for key, reply_to, mentions in self._said:
            if key in self._gone:
                continue
            post = self._posts[key]
            source, at, place = post.member, post.at, post.place
            answered = self._posts.get(reply_to)
            if answered is not None:
                yield Link(source, answered.member, "reply", at, reply_to, key, place, answered.question)
            named = {self._persons[one] for one in mentions if one in self._persons}
            for target in named - {answered.member if answered else None}:
                yield Link(source, target, "mention", at, "", key, place, question=False)

    def _given(self) -> Iterator[Link]:
        """What was received and not taken back: of several emojis under one message the first."""
        first: dict[tuple[str, str, str, int, str], Link] = {}
        for (event, of, giver, _, other), (at, target) in self._received.items():
            source, post = self._persons.get(giver), self._posts.get(of)
            if source is None or of in self._gone:
                continue
            place, question = (post.place, post.question) if post else (NOWHERE, False)
            link = Link(source, target, KINDS[event].kind, at, of, "", place, question)
            known = first.setdefault((event, of, other, source, link.kind), link)
            if at < known.at:
                first[event, of, other, source, link.kind] = link
        yield from first.values()


def names(connection: Connection, community: int, wanted: Iterable[int]) -> dict[int, tuple[str, bool]]:
    """(name, whether they are here) of those of the members who are in the community."""
    query = select(MEMBERS.c.id, MEMBERS.c.name, MEMBERS.c.here).where(
        MEMBERS.c.community_id == community, bulk.among(connection, MEMBERS.c.id, list(wanted))
    )
    return {member: (name, here) for member, name, here in connection.execute(query)}


def channel_names(connection: Connection, community: int) -> dict[str, str]:
    """The name of each channel that is known, by its id."""
    rows = table(ChannelRow)
    query = select(rows.c.external, rows.c.name).where(rows.c.community_id == community)
    return {row.external: row.name for row in connection.execute(query)}
