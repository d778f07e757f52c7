"""A community's own models of both targets, each with what it was worth on later time, and today's estimates by them.

What is learnt from is what `snapshots` says; how, `training`. A community that has too little is given the prior, and
for the target *lapsed*, for which that is a mere guess, nothing.
"""

from collections.abc import Callable

import numpy as np

from bot.engine.activity import ACTS, Ints, Log
from bot.engine.churn import trial
from bot.engine.churn.archive import ArchiveProblem, fingerprint
from bot.engine.churn.features import features
from bot.engine.churn.model import Model, Prior, predict
from bot.engine.churn.reasons import Reason, reasons
from bot.engine.churn.renewals import upcoming
from bot.engine.churn.snapshots import HORIZON, Dues, Rows, lapses, moments, present, silences
from bot.engine.churn.training import ALWAYS, FOREST_ROWS, LAPSED, SILENT, Hindsight, guessed, trained
from bot.engine.churn.trial import Archive, Report
from bot.words import N_, Word, Words, replace

TARGETS = (SILENT, LAPSED)
SNAPSHOTS = 39
"""Three years of snapshots at most are learnt from: what is older counts for nearly nothing, and costs as much."""
LEAST_LAPSES, LEAST_OF_EACH = 50, 5
"""Renewals that must be known, and of how many either outcome, before anything is said of the next ones."""
Tell = Callable[[str, int, int], None]


class Learnt(Word, frozen=True):
    """A model of a target, None where there is too little to learn from: of `rows` in all, `left` of them went.

    `report` is what models were worth on the community's own later time (`trial`); None where it is too short for it.
    """

    target: str
    rows: int
    left: int
    model: Model | None = None
    report: Report | None = None


class Estimate(Word, frozen=True):
    """How likely a member is to leave, and why."""

    member: int
    p: float
    reasons: tuple[Reason, ...] = ()


def silences_of(log: Log, now: int, tell: Tell, without: Ints) -> tuple[Rows, Ints]:
    """(rows of the target *silent* whose outcome is known at `now`, their snapshots), without some members."""
    when = moments(log, min(now, _end(log)))[-SNAPSHOTS:]
    rows = silences(log, map(int, when), lambda done, of: tell("snapshots", done, of))
    return _but(rows, without), when


def _end(log: Log) -> int:
    """When the last activity is over: an archive that was brought ends there, and nobody in it went silent by that."""
    active = log.at[ACTS[log.kind]]
    return int(active[-1]) + 1 if len(active) else 0


def lapses_of(log: Log, dues: Dues, now: int, without: Ints) -> tuple[Rows, Ints]:
    """The same of the target *lapsed*. Renewals of 28 days are one snapshot, taken at its start: later ones are few."""
    rows = _but(lapses(log, dues, now), without)
    start = (rows.at - now) // HORIZON * HORIZON + now
    return Rows(rows.x, rows.left, start, rows.known, rows.member), np.unique(start)


def _but(rows: Rows, without: Ints) -> Rows:
    return rows[~np.isin(rows.member, without)] if len(rows) else rows


def learn(target: str, log: Log, rows: Rows, when: Ints, shipped: Prior, tell: Tell) -> Learnt:
    """Measure on the latest snapshots what models are worth, then learn one from all rows.

    `shipped` is the prior for the target *silent*; for the other there is what is guessed from it.
    """
    prior: Prior | None = shipped if target == SILENT else guessed(shipped)
    found = Learnt(target=target, rows=len(rows), left=int(rows.left.sum()))
    of_each = min(found.left, found.rows - found.left)
    if target == LAPSED and (found.rows < LEAST_LAPSES or of_each < LEAST_OF_EACH):
        return found
    own = fingerprint(log)
    if prior is not None and own in prior.sources:  # it is the very archive that the prior was learnt from
        prior = None if found.rows >= LEAST_LAPSES else replace(prior, sources=())
    tell("validation", 0, 0)
    report, seen = None, Hindsight(rows)
    if found.rows:
        try:
            report = trial.measure(
                Archive(target, rows, when, own, len(log.at)),
                prior,
                snapshots=None if len(when) >= 2 * trial.LONG_TEST else max(len(when) // 2, 1),
                few=0,
                forest=found.rows >= FOREST_ROWS,
                tell=lambda what: tell(what, 0, 0),
                seen=seen,
            )
        except ArchiveProblem:
            report = None
    model, _ = trained(seen, ALWAYS, prior, tell=lambda what: tell(what, 0, 0))
    return replace(found, model=replace(model, target=target), report=report)


def silent_now(model: Model, log: Log, now: int, without: Ints) -> list[Estimate]:
    """For everybody who was active in the last 28 days and is here: how likely they are silent in the next 28."""
    members = present(log, now)
    members = members[~np.isin(members, without) & np.isin(members, log.here)]
    return _estimates(model, log, now, members)


def lapsing_now(
    model: Model, log: Log, dues: Dues, now: int, without: Ints, ending: frozenset[int] = frozenset()
) -> list[Estimate]:
    """For everybody whose paid period ends within a week: how likely it is not renewed.

    The model knows only what they did. Of those in `ending`, who cancelled, that is noted first.
    """
    members = np.unique(dues.member[upcoming(dues, now)])
    found = _estimates(model, log, now, members[~np.isin(members, without)])
    cancelled = Reason(group="cancelled", log_odds=0.0, words=Words(message=N_("cancelled already")), noted=True)
    return [replace(one, reasons=(cancelled, *one.reasons)) if one.member in ending else one for one in found]


def _estimates(model: Model, log: Log, now: int, members: Ints) -> list[Estimate]:
    if not len(members):
        return []
    x = features(log, now, members.astype(np.int64))
    return [
        Estimate(member=int(member), p=float(p), reasons=why)
        for member, p, why in zip(members, predict(model, x), reasons(model, x), strict=True)
    ]
