"""Hearing: who wrote where in a community, held in memory and kept up with the log a piece at a time.

`consult` asks something of what was heard. The log is read once, and after that only what is new; nothing of it is made
anew for a message that came or went.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar
from weakref import WeakKeyDictionary

import msgspec
import numpy as np
import structlog

from bot.app import App
from bot.engine.discussions.scene import Scene
from bot.engine.discussions.weights import Learnt, Said
from bot.engine.recommend.content import learn as vocabulary
from bot.engine.recommend.content import vectors
from bot.engine.recommend.past import Matrix
from bot.storage import discussions, models
from bot.storage.discussions import Heard, Spot
from bot.storage.store import Connection
from bot.words import from_json

KIND = "discussions"
"""What learnt weights are called among the models that are stored."""
SINCE = timedelta(days=180)
"""What is older says nothing of today's discussions."""
FRESH = timedelta(minutes=5)
"""What is said is heard after so long."""
ANEW = timedelta(hours=12)
"""After so long everything is read again, without who was erased since."""
KEPT = 20
"""Communities that are held at most, the one asked about longest ago dropped first."""

V = TypeVar("V")

_log = structlog.get_logger()


class Known:
    """A community as it was heard: from the beginning at `whole`, and up to `at`.

    `names` are those of channels, threads and topics; `learnt` says how much each part of the ranking counts.
    """

    def __init__(self, whole: datetime) -> None:
        self.whole = whole
        self.at: datetime | None = None
        self.heard = Heard()
        self.names: Mapping[tuple[str, str], str] = {}
        self.learnt = Learnt()
        self._channel: list[int] = []
        self._channels: dict[tuple[str, str], int] = {}
        self.scene = Scene(self._channel)

    def hear(self, connection: Connection, community: int, now: datetime) -> None:
        """Take in what is new in the log."""
        heard, scene = self.heard, self.scene
        came, gone = discussions.hear(connection, community, heard, now - SINCE)
        begun = len(heard.spots) - len(self._channel)
        for spot in heard.spots[len(self._channel) :]:
            self._channel.append(self._channels.setdefault(spot[:2], len(self._channels)))
        for row in came:
            scene.hear(heard.at[row], heard.member[row], heard.spot[row])
        for row in gone:
            spot_ = heard.spot[row]
            scene.forget(heard.at[row], heard.member[row], spot_, heard.last(spot_))
        names = discussions.names(connection, community)
        if begun or names != self.names:
            self.names = names
            scene.rename(_titles(heard, names))
        self.learnt = _weights(connection, community)
        self.at = now

    def called(self, spot: Spot) -> tuple[str, str]:
        """(title, channel's name) of a discussion."""
        return called(spot, self.names)


def called(spot: Spot, names: Mapping[tuple[str, str], str]) -> tuple[str, str]:
    """(title, channel's name) of a discussion; '' for what has none."""
    return names.get((spot.platform, spot.topic), "") if spot.topic else "", names.get(spot[:2], "")


def said(heard: Heard, names: Mapping[tuple[str, str], str]) -> Said:
    """What was heard, in the order of time, with the titles of threads and the names of channels as texts."""
    at, member, spot = heard.columns()
    channels: dict[tuple[str, str], int] = {}
    channel = [channels.setdefault(one[:2], len(channels)) for one in heard.spots]
    return Said(at, member, spot, np.array(channel, np.int64), _titles(heard, names))


def _titles(heard: Heard, names: Mapping[tuple[str, str], str]) -> Matrix:
    texts = [" ".join(called(one, names)) for one in heard.spots]
    return vectors(vocabulary(texts), texts)


def _weights(connection: Connection, community: int) -> Learnt:
    for stored in (models.newest(connection, community, KIND), models.before(connection, community, KIND)):
        if stored is not None:
            try:
                return from_json(Learnt, stored.data)
            except msgspec.DecodeError:
                _log.warning("weights of discussions can't be read; those before stand in")
    return Learnt()


class _Memory:
    """What one application has heard, {community: what}; of each one thing is done at a time."""

    def __init__(self) -> None:
        self.turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.known: dict[int, Known] = {}


_MEMORIES: WeakKeyDictionary[App, _Memory] = WeakKeyDictionary()


async def consult(app: App, community: int, question: Callable[[Known], V]) -> V:
    """What a question, asked in a thread, finds out of what was heard in a community; it must not keep any of it."""
    memory, now = _MEMORIES.setdefault(app, _Memory()), app.clock()
    async with memory.turns[community]:
        known = memory.known.pop(community, None)  # it is changed in place: what was begun and broke off is not kept
        if known is None or known.at is None or not known.at <= now < known.whole + ANEW:
            known = Known(now)
        if known.at is None or now >= known.at + FRESH:
            await app.store.read(known.hear, community, now)
        memory.known[community] = known
        while len(memory.known) > KEPT:
            del memory.known[next(iter(memory.known))]
        return await asyncio.to_thread(question, known)
