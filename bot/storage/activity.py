"""The log of a community as arrays (`bot.engine.activity.Log`), read in one pass, a few thousand lines at a time.

Of a line only what is counted is decoded. It takes about 6 µs and keeps about 40 bytes an event (`docs/numbers.md`).
"""

from array import array
from collections.abc import Callable, Iterable

import msgspec
import numpy as np
from sqlalchemy import BigInteger, Connection, func, select, type_coerce

from bot.engine.activity import KINDS, MESSAGE, Ints, Log, Place
from bot.events import person
from bot.storage.ledger import ACCOUNTS, EVENTS, MEMBERS, table
from bot.storage.tables import ChannelRow

CHANNELS = table(ChannelRow)
CHUNK = 500
"""Lines fetched at a time. The interpreter's lock is held for a chunk: of 5,000 the event loop would wait 0.2 s."""
_NUMBERS = {one.event: number for number, one in enumerate(KINDS)}
Tell = Callable[[int, int], None]
"""Is told how many of how many lines were read."""


class _Text(msgspec.Struct, gc=False):
    question: bool = False
    mood: int = 0


class _Line(msgspec.Struct, gc=False):
    """What is read of an event's JSON."""

    type: str
    key: str
    channel: str = ""
    topic: str = ""
    reply_to: str = ""
    mentions: tuple[str, ...] = ()
    text: _Text | None = None


_NO_TEXT = _Text()


class _Columns:
    """The arrays as they grow, 4 or 8 bytes an entry."""

    def __init__(self, platforms: set[str], people: dict[str, int]) -> None:
        self.platforms, self.people = platforms, people
        self.at, self.member, self.thread = array("q"), array("q"), array("q")
        self.key, self.reply_to = array("q"), array("q")
        self.kind, self.question, self.place = array("b"), array("b"), array("i")
        self.mood = array("b")
        self.mentioning, self.mentioned = array("q"), array("q")
        self.places: dict[tuple[str, str], int] = {}

    def add(self, member: int, at: int, line: _Line) -> None:
        """Take in one event."""
        kind = _NUMBERS.get(line.type)
        if kind is None:
            return
        platform = line.key.partition(":")[0]
        where = (platform if platform in self.platforms else "", line.channel)
        for name in line.mentions:
            whom = self.people.get(name)
            if whom is not None and whom != member:
                self.mentioning.append(len(self.at))
                self.mentioned.append(whom)
        self.at.append(at)
        self.member.append(member)
        self.kind.append(kind)
        self.place.append(self.places.setdefault(where, len(self.places)))
        self.thread.append(hash((where, line.topic)) or 1 if line.topic else 0)
        text = line.text or _NO_TEXT
        self.question.append(text.question)
        self.mood.append(text.mood)
        # Keys are kept as 64-bit hashes: among ten million the chance that any two are alike is one in 400,000.
        self.key.append(hash(line.key) if kind == MESSAGE else 0)
        self.reply_to.append(hash(line.reply_to) if line.reply_to else 0)


def size(connection: Connection) -> int:
    """At most how many events the log has, all communities together: their highest number, which costs nothing."""
    return connection.scalar(select(func.max(EVENTS.c.id))) or 0


def read(connection: Connection, community: int, tell: Tell | None = None) -> Log:
    """All that counts of a community's log. `tell`, if given, hears of the progress."""
    c = ACCOUNTS.c
    accounts = connection.execute(select(c.platform, c.external, c.member_id).where(c.community_id == community))
    people = {person(platform, user): member for platform, user, member in accounts}
    platforms = set(connection.scalars(select(c.platform).where(c.community_id == community).distinct()))
    found = _Columns(platforms, people)
    decode = msgspec.json.Decoder(_Line).decode
    e = EVENTS.c
    total = 0
    if tell is not None:
        total = connection.scalar(select(func.count()).where(e.community_id == community)) or 0
    query = select(e.member_id, type_coerce(e.at, BigInteger), e.data).where(e.community_id == community)
    lines = connection.execute(query.execution_options(yield_per=CHUNK))
    done = 0
    for chunk in lines.partitions():
        for member, at, data in chunk:
            found.add(member, at, decode(data))
        done += len(chunk)
        if tell is not None:
            tell(done, total)
    here = connection.scalars(select(MEMBERS.c.id).where(MEMBERS.c.community_id == community, MEMBERS.c.here))
    return _log(found, _named(connection, community, found.places), here)


def _named(connection: Connection, community: int, places: Iterable[tuple[str, str]]) -> tuple[Place, ...]:
    c = CHANNELS.c
    query = select(c.platform, c.external, c.name).where(c.community_id == community)
    names = {(platform, external): name for platform, external, name in connection.execute(query)}
    return tuple(
        Place(platform=platform, channel=channel, name=names.get((platform, channel), ""))
        for platform, channel in places
    )


def _array(values: "array[int]", kind: type[np.signedinteger]) -> Ints:
    return np.frombuffer(values, dtype=values.typecode).astype(kind) if values else np.zeros(0, kind)


def _log(found: _Columns, places: tuple[Place, ...], here: Iterable[int]) -> Log:
    """In the order of time, each reply with the message it answers."""
    at = _array(found.at, np.int64)
    order = np.argsort(at, kind="stable")
    key, reply_to = _array(found.key, np.int64)[order], _array(found.reply_to, np.int64)[order]
    by_key = np.argsort(key, kind="stable")
    spot = np.searchsorted(key[by_key], reply_to)
    spot = by_key[np.minimum(spot, max(len(key) - 1, 0))] if len(key) else spot
    answers = np.where((reply_to != 0) & (key[spot] == reply_to), spot, -1) if len(key) else spot
    rank = np.empty(len(at), np.int64)
    rank[order] = np.arange(len(at))
    mentioning, mentioned = _known(found, rank, order)
    return Log(
        at=at[order],
        member=_array(found.member, np.int64)[order],
        kind=_array(found.kind, np.int8)[order],
        place=_array(found.place, np.int32)[order],
        thread=_array(found.thread, np.int64)[order],
        answers=answers.astype(np.int64),
        question=_array(found.question, np.int8)[order].astype(np.bool_),
        places=places,
        mentioning=mentioning,
        mentioned=mentioned,
        here=np.fromiter(here, np.int64),
        mood=_array(found.mood, np.int8)[order],
    )


def _known(found: _Columns, rank: Ints, order: Ints) -> tuple[Ints, Ints]:
    """The mentions of members who had been heard of by then: whoever came later was nobody yet when it was written."""
    mentioning, mentioned = rank[_array(found.mentioning, np.int64)], _array(found.mentioned, np.int64)
    members, first = np.unique(_array(found.member, np.int64)[order], return_index=True)
    if not len(mentioning) or not len(members):
        return mentioning, mentioned
    spot = np.minimum(np.searchsorted(members, mentioned), len(members) - 1)
    known = (members[spot] == mentioned) & (first[spot] <= mentioning)
    return mentioning[known], mentioned[known]


def names(connection: Connection, community: int) -> dict[int, str]:
    """{member: name} of a community."""
    c = MEMBERS.c
    query = select(c.id, c.name).where(c.community_id == community)
    return {row.id: row.name for row in connection.execute(query)}
