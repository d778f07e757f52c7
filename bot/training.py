"""Learning who leaves from a community's log, every night and by hand, and estimating everybody by it.

All that takes time is done over there (`bot/apart.py`), which reads the database by itself and hands back what is to be
written; here it is written, a little at a time, so that the writer never waits for it. A community of a few thousand
events is done in a thread: to start a process takes longer.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import numpy as np
import structlog

from bot.apart import Tell, apart
from bot.engine.activity import Ints, Log, micros
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
from bot.engine.churn.model import Model, OtherFeaturesError, Prior, checked, of_prior
from bot.engine.churn.renewals import dues
from bot.engine.churn.snapshots import Dues
from bot.engine.churn.training import LAPSED, SILENT
from bot.storage import activity, books, models, scores
from bot.storage.store import Store
from bot.words import Word, from_json, to_json

P = ParamSpec("P")
R = TypeVar("R")
SHIPPED_PRIOR = Path(__file__).parent / "engine/churn/prior.json"
SMALL = 20_000
"""Events up to which a thread will do."""

_log = structlog.get_logger()


class Made(Word, frozen=True):
    """A model that was trained: what is stored of it, and what its training says."""

    kind: str
    data: bytes
    learnt: Learnt


class Estimates(Word, frozen=True):
    """Everybody's estimates by one target."""

    target: str
    found: tuple[Estimate, ...] = ()


@lru_cache(maxsize=1)
def shipped_prior() -> Prior:
    """The prior that Lyceum brings. Raises OtherFeaturesError when it is not of these features."""
    prior = from_json(Prior, SHIPPED_PRIOR.read_bytes())
    checked(prior.logistic)
    return prior


class _Read:
    """A community's log and renewals, read from a database that somebody else may be writing to."""

    def __init__(self, tell: Tell, address: str, community: int) -> None:
        self.store = Store(address)
        try:
            self.log: Log = self.store.look(activity.read, community, lambda done, of: tell("log", done, of))
            sold = self.store.look(books.sold, community)
            self.dues: Dues = dues((one.member, one.truths) for one in sold)
            self.without: Ints = np.array(self.store.look(scores.without, community), np.int64)
            self.models = {kind: self.store.look(models.newest, community, kind) for kind in TARGETS}
        finally:
            self.store.close()


def learnt(tell: Tell, address: str, community: int, now: datetime) -> list[Made]:
    """Learn both targets of a community anew; done over there."""
    read, at = _Read(tell, address, community), micros(now)
    rows, when = silences_of(read.log, at, tell, read.without)
    found = [learn(SILENT, read.log, rows, when, shipped_prior(), tell)]
    rows, when = lapses_of(read.log, read.dues, at, read.without)
    found.append(learn(LAPSED, read.log, rows, when, None, tell))
    return [Made(kind=one.target, data=to_json(one.model) if one.model else b"", learnt=one) for one in found]


def estimated(tell: Tell, address: str, community: int, now: datetime) -> list[Estimates]:
    """Estimate everybody of a community by the models that hold; done over there."""
    read, at = _Read(tell, address, community), micros(now)
    found = []
    for target in TARGETS:
        model = _model(read.models[target], target)
        if model is None:
            of: list[Estimate] = []
        elif target == SILENT:
            of = silent_now(model, read.log, at, read.without)
        else:
            of = lapsing_now(model, read.log, read.dues, at, read.without)
        found.append(Estimates(target=target, found=tuple(of)))
    return found


def _model(stored: models.Trained | None, target: str) -> Model | None:
    """The model that holds. One of other features than today's is none: the prior stands in till the next night."""
    if stored is not None:
        try:
            model = from_json(Model, stored.data)
            checked(model.logistic)
        except (ValueError, OtherFeaturesError):
            _log.warning("a stored model does not fit this version; it is learnt anew tonight", kind=target)
        else:
            return model
    return of_prior(shipped_prior()) if target == SILENT else None


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
    """Estimate everybody anew; returns how many members have a score."""
    told = 0
    for one in await done(store, estimated, tell, community, now):
        told += len(one.found)
        for first in range(0, len(one.found), scores.CHUNK):
            await store.write(scores.put, community, one.target, now, one.found[first : first + scores.CHUNK])
        await store.write(scores.tidy, community, one.target, now)
    return told
