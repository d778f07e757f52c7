"""Learning who leaves from a community's log, every night and by hand, and estimating everybody by it.

All that takes time is done over there (`bot/apart.py`), which reads the database by itself and hands back what is to be
written; here it is written, a little at a time, so that the writer never waits for it. A community of a few thousand
events is done in a thread: to start a process takes longer.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import isnan
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import numpy as np
import structlog

from bot.apart import Tell, apart
from bot.engine.activity import Ints, Log, before, micros
from bot.engine.churn.learning import (
    TARGETS,
    Estimate,
    Learnt,
    lapses_of,
    lapsing_now,
    learn,
    silences_of,
    silent_now,
)
from bot.engine.churn.model import Model, Prior, checked, of_prior, sound
from bot.engine.churn.renewals import dues, ending
from bot.engine.churn.snapshots import Dues
from bot.engine.churn.training import LAPSED, SILENT
from bot.engine.segments.clusters import Clusters
from bot.engine.segments.figures import GROUPED, Figures, figures
from bot.engine.segments.naming import Placed, segmented
from bot.storage import activity, books, inbox, models, scores, segments
from bot.storage.models import Trained
from bot.storage.segments import Facts
from bot.storage.store import Connection, Store
from bot.words import Word, from_json, to_json

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
SHIPPED_PRIOR = Path(__file__).parent / "engine/churn/prior.json"
SEGMENTS = "segments"
"""The kind of model that the groups of members are."""
WEEK = timedelta(days=7)
SMALL = 20_000
"""Events up to which a thread will do."""

STALE = timedelta(hours=36)
"""Estimates are of last night; older ones (the bot was off, or is new) are made anew when somebody asks."""
AGAIN = timedelta(hours=1)
"""After a failure it is tried again: not at each question, for it takes the processor for minutes."""

_log = structlog.get_logger()


class Made(Word, frozen=True):
    """A model that was trained: what is stored of it, and what its training says."""

    kind: str
    data: bytes
    learnt: Learnt


class Estimates(Word, frozen=True):
    """Everybody's estimates: {target: how likely who leaves}, and what kind of member each is.

    `clusters` are the groups that hold from now on, None where those that held still do.
    """

    scored: dict[str, tuple[Estimate, ...]]
    placed: tuple[tuple[Placed, Facts], ...]
    clusters: Clusters | None = None


@lru_cache(maxsize=1)
def shipped_prior() -> Prior:
    """The prior that Lyceum brings. Raises OtherFeaturesError when it is not of these features."""
    prior = from_json(Prior, SHIPPED_PRIOR.read_bytes())
    checked(prior.logistic)
    return prior


class _Read:
    """A community's log and renewals, read from a database that somebody else may be writing to."""

    def __init__(self, tell: Tell, address: str, community: int, now: datetime) -> None:
        self.now = now
        self.store = Store(address)
        try:
            self.log: Log = self.store.look(activity.read, community, lambda done, of: tell("log", done, of))
            sold = [(one.member, one.truths) for one in self.store.look(books.sold, community)]
            self.dues: Dues = dues(sold)
            self.ending = ending(sold, micros(now))
            self.without: Ints = np.array(self.store.look(scores.without, community), np.int64)
            kinds = (*TARGETS, SEGMENTS)
            self.models = {kind: self.store.look(models.kept, community, kind) for kind in kinds}
            self.groups = self.store.look(segments.groups, community)
            self.paying: Ints = np.array(self.store.look(segments.paying, community, now), np.int64)
            self.paid = self.store.look(segments.paid, community)
        finally:
            self.store.close()


def learnt(tell: Tell, address: str, community: int, now: datetime) -> list[Made]:
    """Learn both targets of a community anew; done over there."""
    read, at = _Read(tell, address, community, now), micros(now)
    rows, when = silences_of(read.log, at, tell, read.without)
    found = [learn(SILENT, read.log, rows, when, shipped_prior(), tell)]
    rows, when = lapses_of(read.log, read.dues, at, read.without)
    found.append(learn(LAPSED, read.log, rows, when, shipped_prior(), tell))
    return [Made(kind=one.target, data=to_json(one.model) if one.model else b"", learnt=one) for one in found]


def estimated(tell: Tell, address: str, community: int, now: datetime) -> Estimates:
    """Estimate everybody of a community by the models that hold; done over there."""
    read, at = _Read(tell, address, community, now), micros(now)
    scored: dict[str, tuple[Estimate, ...]] = {}
    for target in TARGETS:
        tell(target, 0, 0)
        model, _ = holding(read.models[target], target)
        if model is None:
            scored[target] = ()
        elif target == SILENT:
            scored[target] = tuple(silent_now(model, read.log, at, read.without))
        else:
            scored[target] = tuple(lapsing_now(model, read.log, read.dues, at, read.without, read.ending))
    tell(SEGMENTS, 0, 0)
    placed, clusters = _segmented(read, at)
    return Estimates(scored=scored, placed=placed, clusters=clusters)


def _segmented(read: _Read, at: int) -> tuple[tuple[tuple[Placed, Facts], ...], Clusters | None]:
    """Everybody's segment, and the groups where they were made anew: once a week."""
    log = before(read.log, at)
    held, since = _groups(read.models[SEGMENTS])
    everybody = np.union1d(log.member, log.here).astype(np.int64)
    members = everybody[~np.isin(everybody, read.without)]
    if not len(members):
        return (), None
    found = figures(log, at, members)
    due = since is None or not since <= read.now < since + WEEK
    placed, clusters = segmented(found, log.here, read.paying, held, read.groups if held else {}, anew=due)
    return tuple(zip(placed, _facts(read, found, placed), strict=True)), clusters if due else None


def _groups(kept: Sequence[Trained]) -> tuple[Clusters | None, datetime | None]:
    """The groups that hold, and since when. Those of other columns than today's are passed over."""
    for stored in kept:
        try:
            held = from_json(Clusters, stored.data)
        except ValueError:
            held = None
        if held is not None and {len(held.mean), len(held.scale), *map(len, held.centroids)} == {len(GROUPED)}:
            return held, stored.at
        _log.warning("stored groups of members do not fit this version; those before stand in", at=stored.at)
    return None, None


def _facts(read: _Read, found: Figures, placed: list[Placed]) -> list[Facts]:
    paying = set(read.paying.tolist())
    return [
        Facts(
            silence=round(float(found.silence[n])),
            tenure=round(float(found.tenure[n])),
            active=round(float(found.active[n])),
            level=round(float(found.level[n]), 2),
            helped=round(float(found.helped[n])),
            asked=round(float(found.asked[n])),
            learnt=round(float(found.learnt[n])),
            people=round(float(found.people[n])),
            topics=round(float(found.topics[n])),
            mood=_felt(float(found.mood[n])),
            mood_before=_felt(float(found.mood_before[n])),
            paying=one.member in paying,
            paid=read.paid.get(one.member, {}),
            group=one.group,
        )
        for n, one in enumerate(placed)
    ]


def _felt(mood: float) -> int | None:
    return None if isnan(mood) else round(mood)


def holding(kept: Sequence[Trained], target: str) -> tuple[Model | None, Trained | None]:
    """(the model that holds, how it was stored): the newest that can be read and is of today's features.

    Where there is none of those, the prior stands in till the next night, which was never stored; of a target that has
    no prior there is none.
    """
    for stored in kept:
        try:
            return sound(from_json(Model, stored.data), target), stored
        except ValueError as error:
            _log.warning("a stored model can't be used; what was before it stands in", kind=target, at=stored.at,
                         why=str(error))  # fmt: skip
    return (of_prior(shipped_prior()) if target == SILENT else None), None


def held(connection: Connection, community: int, target: str) -> Trained | None:
    """How the model was stored by which everybody is estimated; None where that is the prior, or nothing."""
    return holding(models.kept(connection, community, target), target)[1]


# ---------------------------------------------------------------------- here


def logged(community: int) -> Tell:
    """Progress as lines in the log: each thing once when it begins, and long ones by the quarter."""
    last: list[tuple[str, int]] = [("", -1)]

    def tell(what: str, done: int, of: int) -> None:
        now = what, 4 * done // of if of else 0
        if now != last[0]:
            last[0] = now
            _log.info("learning", community=community, what=what, done=done, of=of)

    return tell


async def done(
    store: Store, work: Callable[Concatenate[Tell, str, P], R], tell: Tell, *args: P.args, **options: P.kwargs
) -> R:
    """Have `work(tell, the database's address, …)` done, in a process of its own where there is much to read."""
    if await store.read(activity.size) <= SMALL:
        return await asyncio.to_thread(work, tell, store.address, *args, **options)
    return await apart(work, tell, store.address, *args, **options)


async def train(store: Store, community: int, now: datetime, tell: Tell) -> list[Learnt]:
    """Learn a community's models anew and let them hold; what is too little to learn from changes nothing."""
    found = await done(store, learnt, tell, community, now)
    for one in found:
        if one.data:
            report = {"rows": one.learnt.rows, "left": one.learnt.left, "report": one.learnt.report}
            await store.write(models.put, community, one.kind, now, one.data, report)
    return [one.learnt for one in found]


async def estimate(store: Store, community: int, now: datetime, tell: Tell) -> int:
    """Estimate everybody anew; returns how many members were put into a segment."""
    found = await done(store, estimated, tell, community, now)
    for target, scored in found.scored.items():
        for part in _parts(scored):
            await store.write(scores.put, community, target, now, part)
        await store.write(scores.tidy, community, target, [one.member for one in scored])
    if found.clusters is not None:
        await store.write(
            models.put, community, SEGMENTS, now, to_json(found.clusters), {"groups": found.clusters.names}
        )
    for placed in _parts(found.placed):
        await store.write(segments.put, community, now, placed)
    await store.write(segments.tidy, community, [one.member for one, _ in found.placed])
    await store.write(inbox.set_cursor, f"estimated:{community}", int(now.timestamp()))
    return len(found.placed)


def _parts(found: Sequence[T]) -> Iterator[Sequence[T]]:
    """A little at a time: between two of them the writer does what waits."""
    return (found[first : first + scores.CHUNK] for first in range(0, len(found), scores.CHUNK))


async def estimated_at(store: Store, community: int) -> datetime | None:
    """When everybody was estimated last."""
    seconds = await store.read(inbox.cursor, f"estimated:{community}")
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


class Freshness:
    """Estimates for whoever asks: what last night did not is done now, once for all who ask.

    Each community has a turn of its own: who asks in one never waits for another's. After a failure what was estimated
    last is told for `AGAIN`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._failed: dict[int, datetime] = {}

    async def fresh(self, community: int, now: datetime) -> None:
        """Estimate everybody of a community anew where that is due."""
        if not await self._due(community, now):
            return
        async with self._turns[community]:
            if not await self._due(community, now):
                return
            try:
                await estimate(self._store, community, now, logged(community))
            except Exception:  # noqa: BLE001 - whatever it is, it must not take away what is known already
                self._failed[community] = now
                _log.exception("estimating failed; what was estimated last is told", community=community)
            else:
                self._failed.pop(community, None)

    async def _due(self, community: int, now: datetime) -> bool:
        at, failed = await estimated_at(self._store, community), self._failed.get(community)
        known = at is not None and at <= now < at + STALE
        return not known and not (failed is not None and failed <= now < failed + AGAIN)
