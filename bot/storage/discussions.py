"""Who wrote where, for ranking discussions: read from the log a piece at a time, and what the places are called.

Of a message only its place is decoded. Nothing is kept here that the log does not have; what was read is held by
`bot/discussing.py`.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

import msgspec
import numpy as np
from sqlalchemy import BigInteger, Connection, func, or_, select, type_coerce

from bot.engine.recommend.past import Ints
from bot.storage import bulk
from bot.storage.gates import GATES
from bot.storage.ledger import ACCOUNTS, EVENTS, MEMBERS, SPACES, table
from bot.storage.tables import ChannelRow

CHANNELS = table(ChannelRow)
LINES = 500_000
"""Of the log's lines so many of the latest are looked through, whosever they are."""
CHUNK = 500
LATELY = 2_000
"""Messages of a member by which it is known where they write."""
_POSTED, _DELETED = '{"type":"MessagePosted"', '{"type":"MessageDeleted"'


class Spot(NamedTuple):
    """A discussion: a thread or topic in a channel, or ('') the channel itself."""

    platform: str
    channel: str
    topic: str = ""

    @property
    def address(self) -> str:
        """The id of the place where it goes on."""
        return self.topic or self.channel

    @property
    def room(self) -> tuple[str, str]:
        """What one is in or not: a channel of Discord, a chat of Telegram with all its topics."""
        return self.platform, self.channel.partition("/")[0]


class News(NamedTuple):
    """What a look at the log brought: rows of `Heard` that came, and rows that were there before and are gone."""

    came: list[int]
    gone: list[int]


class Heard:
    """What was read so far, a row for each message: `at` (microseconds), `member`, `spot` (an index of `spots`).

    `message` is its id on the platform (0: none that is a number), `to` whether it answers somebody; what was deleted
    since is not `there`. `newest` is the row of each discussion's latest message, -1 for none. `answers` counts how
    often a member answered somebody in a channel: {member: {(platform, channel): times}}. `upto` is the number of the
    last line read.
    """

    def __init__(self) -> None:
        self.at, self.member, self.spot = array("q"), array("q"), array("q")
        self.message, self.there, self.to = array("q"), bytearray(), bytearray()
        self.spots: list[Spot] = []
        self.newest: list[int] = []
        self.answers: defaultdict[int, Counter[tuple[str, str]]] = defaultdict(Counter)
        self.upto = 0
        self._key = array("q")
        self._numbers: dict[Spot, int] = {}
        self._gone: set[int] = set()

    def add(self, member: int, at: int, key: str, line: "_Line") -> None:
        """Take in a message."""
        spot = Spot(key.partition(":")[0], line.channel, line.topic)
        number = self._numbers.setdefault(spot, len(self.spots))
        if number == len(self.spots):
            self.spots.append(spot)
            self.newest.append(-1)
        hashed = hash(key)
        there = hashed not in self._gone
        row = len(self.at)
        self.at.append(at)
        self.member.append(member)
        self.spot.append(number)
        self.message.append(_number(key.rpartition(":")[2]))
        self.there.append(there)
        self.to.append(bool(line.reply_to))
        self._key.append(hashed)
        if there and (self.newest[number] < 0 or at >= self.at[self.newest[number]]):
            self.newest[number] = row
        if there and line.reply_to:
            self.answers[member][spot[:2]] += 1

    def drop(self, keys: Collection[str]) -> list[int]:
        """Take out the messages with these keys, and whatever comes with one of them later; returns their rows."""
        hashed = np.fromiter((hash(key) for key in keys), np.int64, len(keys))
        self._gone.update(hashed.tolist())
        there = np.frombuffer(bytes(self.there), np.bool_)
        rows = np.flatnonzero(np.isin(np.array(self._key, np.int64), hashed) & there).tolist()
        for row in rows:
            self.there[row] = False
            if self.to[row]:
                self.answers[self.member[row]][self.spots[self.spot[row]][:2]] -= 1
        for spot in {self.spot[row] for row in rows}:
            self.newest[spot] = self._newest(spot)
        return rows

    def _newest(self, spot: int) -> int:
        there = np.frombuffer(bytes(self.there), np.bool_)
        rows = np.flatnonzero((np.array(self.spot, np.int64) == spot) & there)
        return int(rows[np.argmax(np.array(self.at, np.int64)[rows])]) if len(rows) else -1

    def last(self, spot: int) -> int:
        """When somebody wrote in a discussion last; 0 for never."""
        return self.at[self.newest[spot]] if self.newest[spot] >= 0 else 0

    def latest(self, spot: int) -> str:
        """The id of the latest message of a discussion that is there still; '' for none, or none with a number."""
        message = self.message[self.newest[spot]] if self.newest[spot] >= 0 else 0
        return str(message) if message else ""

    def columns(self) -> tuple[Ints, Ints, Ints]:
        """(at, member, spot) of what is still there, in the order of time."""
        at, member, spot = (np.array(one, np.int64) for one in (self.at, self.member, self.spot))
        order = np.argsort(at, kind="stable")
        order = order[np.frombuffer(bytes(self.there), np.bool_)[order]]
        return at[order], member[order], spot[order]


def _number(message: str) -> int:
    """A message's id as a number; 0 for what is none, or fits in no column."""
    found = int(message) if message.isdecimal() and len(message) < 20 else 0
    return found if found < 1 << 63 else 0


class _Line(msgspec.Struct, gc=False):
    """What is read of an event's JSON."""

    type: str
    channel: str = ""
    topic: str = ""
    reply_to: str = ""
    of: str = ""


def hear(connection: Connection, community: int, heard: Heard, since: datetime) -> News:
    """Read on where `heard` ends, of what happened from `since` on."""
    c = EVENTS.c
    newest = connection.scalar(select(func.max(c.id))) or 0
    begin = max(heard.upto, newest - LINES)
    told = or_(c.data.startswith(_POSTED), c.data.startswith(_DELETED))
    query = select(c.key, c.member_id, type_coerce(c.at, BigInteger), c.data).where(
        c.id > begin, c.id <= newest, c.community_id == community, c.at >= since, told
    )
    decode = msgspec.json.Decoder(_Line).decode
    before, deleted = len(heard.at), list[str]()
    for chunk in connection.execute(query.order_by(c.id).execution_options(yield_per=CHUNK)).partitions():
        for key, member, at, data in chunk:
            line = decode(data)
            if line.type == "MessageDeleted":
                deleted.append(line.of)
            else:
                heard.add(member, at, key, line)
    heard.upto = newest
    gone = heard.drop(deleted) if deleted else []
    came = [row for row in range(before, len(heard.at)) if heard.there[row]]
    return News(came, [row for row in gone if row < before])


def names(connection: Connection, community: int) -> dict[tuple[str, str], str]:
    """What channels, threads and topics are called: {(platform, id): name}."""
    c = CHANNELS.c
    query = select(c.platform, c.external, c.name).where(c.community_id == community)
    return {(platform, external): name for platform, external, name in connection.execute(query)}


def gates(connection: Connection, community: int) -> dict[tuple[str, str], set[str]]:
    """The gates before channels and chats: {(platform, id): names of gates, any of which opens it}."""
    c = GATES.c
    query = select(c.platform, c.target, c.gate).where(c.community_id == community, c.kind.in_(("channel", "chat")))
    found: dict[tuple[str, str], set[str]] = {}
    for platform, target, gate in connection.execute(query):
        found.setdefault((platform, target), set()).add(gate)
    return found


def accounts(connection: Connection, member: int) -> dict[str, str]:
    """Who a member is on each platform: {platform: user id}."""
    c = ACCOUNTS.c
    query = select(c.platform, c.external).where(c.member_id == member).order_by(c.id)
    return {row.platform: row.external for row in connection.execute(query)}


def rooms(connection: Connection, member: int) -> set[tuple[str, str]]:
    """(platform, id) of the channels, threads and chats that a member's latest messages were written in."""
    c = EVENTS.c
    query = select(c.key, c.data).where(c.member_id == member, c.data.startswith(_POSTED))
    decode = msgspec.json.Decoder(_Line).decode
    found = set()
    for key, data in connection.execute(query.order_by(c.id.desc()).limit(LATELY)):
        line, platform = decode(data), key.partition(":")[0]
        found |= {Spot(platform, one).room for one in (line.channel, line.topic) if one}
    return found


def shown(connection: Connection, community: int, members: Collection[int]) -> dict[int, str]:
    """Of these members those who are here and do not hide, by the names they show."""
    c = MEMBERS.c
    query = select(c.id, c.name, c.alias).where(c.community_id == community, c.here, c.listed)
    rows = connection.execute(query.where(bulk.among(connection, c.id, members)))
    return {row.id: row.alias or row.name for row in rows}


def spaces(connection: Connection, community: int) -> dict[str, list[str]]:
    """The community's spaces on each platform, by their ids there."""
    c = SPACES.c
    found: dict[str, list[str]] = {}
    for platform, external in connection.execute(select(c.platform, c.external).where(c.community_id == community)):
        found.setdefault(platform, []).append(external)
    return found
