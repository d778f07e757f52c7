"""How good predictions of churn are, on an archive: by later time, beside the recency rule and A(t), with few rows too.

The protocol: snapshots every 28 days; the last few of them are the test; learnt is only from rows whose outcome was
known when the first of those was taken. Nothing of the test chooses anything. Beside it, *rolled*: each of many later
snapshots by the model of its own night, chosen and learnt anew, as the bot does at work. That has more rows, so that
less of a calibration error is chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.engine.activity import Floats, Ints, Log
from bot.engine.churn.archive import ArchiveProblem, fingerprint
from bot.engine.churn.features import NAMES
from bot.engine.churn.forest import LEAF
from bot.engine.churn.forest import grow as grow_forest
from bot.engine.churn.forest import probability as forest_probability
from bot.engine.churn.model import Prior, fit, predict, sigmoid
from bot.engine.churn.scores import Scores, auc, brier, scores
from bot.engine.churn.snapshots import Rows, moments, silences
from bot.engine.churn.training import ALONE_RIDGE, Hindsight, Tell, Validation, train, trained, weights
from bot.words import N_, Word

TEST, LONG_TEST, LARGE = 6, 10, 1_000
"""The last 6 snapshots are the test, or the last 10 where those 6 hold fewer than 1,000 rows."""
FEW, DRAWS = 50, 40
"""Labelled rows of a young community, and how many such are drawn."""
BASELINES = {"recency": "silence", "A(t), half-life 28 days": "level_28", "A(t), half-life 60 days": "level_60"}
"""{what it is called: its one feature}; a logistic regression makes a probability of it."""
MOVED = "prior, own base rate"
"""What the prior is called that was moved to how many leave here at all, and not otherwise."""
LEAST = 50
"""Rows that the training part and the test must have, each; and what must be known before a snapshot is rolled."""
ROLLED = 3_000
"""The latest snapshots that together hold so many rows are rolled, or all."""
RIGID = 1e6
"""A ridge by which nothing moves but the intercept."""


@dataclass(frozen=True, slots=True, eq=False)
class Archive:
    """An archive, ready to be measured: its rows, its snapshots, and what tells it from others."""

    name: str
    rows: Rows
    snapshots: Ints
    fingerprint: str
    events: int


class Line(Word, frozen=True):
    """What a model scores on the test."""

    model: str
    scores: Scores


class Spread(Word, frozen=True):
    """A model learnt from few rows, drawn again and again: mean, standard deviation and worst AUC; mean Brier."""

    model: str
    draws: int
    auc: float
    deviation: float
    worst: float
    brier: float


class Report(Word, frozen=True):
    """One archive. `prior` says whose prior was used, '' for none; `train` and `test` are counts of rows.

    `lines` are of models that learnt from all rows of before the test, `few` of such as learnt from `FEW` of them,
    `rolled` of models that learnt anew for each of `rolled_snapshots`;
    `method`, `ridge` and `calibration` are what the validation chose for the model with the prior.
    """

    name: str
    events: int
    snapshots: int
    test_snapshots: int
    train: int
    test: int
    prior: str
    method: str
    ridge: float
    calibration: str
    validation: Validation
    lines: tuple[Line, ...]
    few: tuple[Spread, ...] = ()
    rolled: tuple[Line, ...] = ()
    rolled_snapshots: int = 0


def prepare(name: str, log: Log) -> Archive:
    """Snapshots and features of a log. Raises ArchiveProblem where nothing can be seen in it."""
    if not len(log.at):
        raise ArchiveProblem(N_("There is no message of a member in it."))
    when = moments(log, int(log.at[-1]))
    rows = silences(log, (int(at) for at in when))
    if not len(rows):
        raise ArchiveProblem(N_("It is too short: it takes at least 56 days of messages to see who went silent."))
    return Archive(name, rows, when, fingerprint(log), len(log.at))


def held_out(archive: Archive, snapshots: int | None = None) -> Ints:
    """The snapshots of the test: so many, or as the protocol says. Raises ArchiveProblem when too little is left."""
    count = snapshots or TEST
    chosen = archive.snapshots[-count:]
    if snapshots is None and (archive.rows.at >= chosen[0]).sum() < LARGE:
        chosen = archive.snapshots[-LONG_TEST:]
    asked = int((archive.rows.at >= chosen[0]).sum())
    known = len(archive.rows.learnable(int(chosen[0])))
    if asked < LEAST or known < LEAST:
        raise ArchiveProblem(
            N_("It is too small: {test} rows to test on and {known} to learn from; each must be at least {least}."),
            test=asked, known=known, least=LEAST,
        )  # fmt: skip
    return chosen


def measure(
    archive: Archive, prior: Prior | None, *, snapshots: int | None = None, few: int = DRAWS, forest: bool = True,
    tell: Tell = lambda _: None, seen: Hindsight | None = None,
) -> Report:  # fmt: skip
    """Everything about one archive; `seen` is what was worked out of its rows already.

    Raises ArchiveProblem, and ValueError for a prior that was learnt from it.
    """
    if prior is not None and archive.fingerprint in prior.sources:
        raise ValueError("this prior was learnt from this very archive: nothing can be measured with it")
    when = held_out(archive, snapshots)
    first = int(when[0])
    known, asked = archive.rows.learnable(first), archive.rows[archive.rows.at >= first]
    lines = [Line(model=name, scores=scores(asked.left, _one(known, asked, of))) for name, of in BASELINES.items()]
    seen = seen or Hindsight(archive.rows)
    alone, validation = trained(seen, first, None, forest=forest, tell=tell)
    lines.append(Line(model="own rows only", scores=scores(asked.left, predict(alone, asked.x))))
    if forest:
        tell("random forest")
        lines.append(Line(model="random forest", scores=scores(asked.left, _forest(known, asked))))
    chosen = alone
    if prior is not None:
        given = sigmoid(prior.logistic.log_odds(asked.x))
        lines.append(Line(model="prior only", scores=scores(asked.left, given)))
        lines.append(Line(model=MOVED, scores=scores(asked.left, _moved(known, asked, prior))))
        chosen, validation = trained(seen, first, prior, forest=forest, tell=tell)
        lines.append(Line(model="own rows and prior", scores=scores(asked.left, predict(chosen, asked.x))))
    tell("each night anew")
    moments = rolling(archive)
    rolled = _rolled(seen, moments, prior, forest=forest)
    return Report(
        name=archive.name, events=archive.events, snapshots=len(archive.snapshots), test_snapshots=len(when),
        train=len(known), test=len(asked), prior=chosen.prior,
        method="random forest" if chosen.forest else "logistic regression",
        ridge=chosen.ridge, calibration=chosen.calibration.kind,
        validation=validation, lines=tuple(lines), rolled=rolled, rolled_snapshots=len(moments),
        few=_few(known, asked, prior, few, forest, tell) if few else (),
    )  # fmt: skip


def _one(known: Rows, asked: Rows, feature: str) -> Floats:
    """By one feature alone."""
    column = NAMES.index(feature)

    def alone(rows: Rows) -> Rows:
        only = np.zeros_like(rows.x)
        only[:, column] = rows.x[:, column]
        return Rows(only, rows.left, rows.at, rows.known, rows.member)

    found = fit(alone(known).x, known.left, np.ones(len(known)), 1.0)
    return sigmoid(found.log_odds(alone(asked).x))


def _forest(known: Rows, asked: Rows, leaf: int = LEAF, seed: int = 0) -> Floats:
    grown = grow_forest(known.x, known.left, np.ones(len(known)), seed, leaf=leaf)
    return forest_probability(grown, asked.x)


def _moved(known: Rows, asked: Rows, prior: Prior) -> Floats:
    """By the prior, moved by one number to how many leave here at all."""
    found = fit(known.x, known.left, weights(known), RIGID, prior.logistic)
    return sigmoid(found.log_odds(asked.x))


# ---------------------------------------------------------------------- each night anew


def rolling(archive: Archive) -> list[int]:
    """The latest snapshots that are rolled."""
    found, rows = [], 0
    for moment in archive.snapshots[::-1].tolist():
        if rows >= ROLLED or len(archive.rows.learnable(moment)) < LEAST:
            break
        here = int((archive.rows.at == moment).sum())
        found += [moment] if here else []
        rows += here
    return found[::-1]


def _rolled(seen: Hindsight, moments: Sequence[int], prior: Prior | None, *, forest: bool) -> tuple[Line, ...]:
    """What was said of all rows of these snapshots in their nights, pooled."""
    if not moments:
        return ()
    left = np.concatenate([seen.rows.left[seen.rows.at == one] for one in moments])
    told = {"own rows only": [seen.forecast(one, None, forest=forest) for one in moments]}
    if prior is not None:
        told[MOVED] = [seen.regression(one, RIGID, prior.logistic) for one in moments]
        told["own rows and prior"] = [seen.forecast(one, prior, forest=forest) for one in moments]
    return tuple(Line(model=name, scores=scores(left, np.concatenate(of))) for name, of in told.items())


# ---------------------------------------------------------------------- a young community


def _few(known: Rows, asked: Rows, prior: Prior | None, draws: int, forest: bool, tell: Tell) -> tuple[Spread, ...]:
    """Each model learnt from `FEW` rows drawn without looking at their outcomes, `draws` times (seeds 0, 1, …)."""
    found: dict[str, list[tuple[float, float]]] = {}
    for seed in range(draws):
        tell(f"{FEW} rows, draw {seed + 1} of {draws}")
        sample = known[np.sort(np.random.default_rng(seed).choice(len(known), FEW, replace=False))]
        for name, p in _young(sample, asked, prior, forest, seed).items():
            found.setdefault(name, []).append((auc(asked.left, p), brier(asked.left, p)))
    return tuple(_spread(name, of) for name, of in found.items())


def _young(sample: Rows, asked: Rows, prior: Prior | None, forest: bool, seed: int) -> dict[str, Floats]:
    ones = np.ones(len(sample))
    predicted = {name: _one(sample, asked, of) for name, of in BASELINES.items()}
    for ridge in (1.0, 10.0, ALONE_RIDGE, 1_000.0):
        found = fit(sample.x, sample.left, ones, ridge)
        predicted[f"own rows only, ridge {ridge:g}"] = sigmoid(found.log_odds(asked.x))
    if forest:
        predicted["random forest"] = _forest(sample, asked, 5, seed)
    if prior is not None:
        predicted[MOVED] = _moved(sample, asked, prior)
        model, _ = train(sample, prior)
        predicted["own rows and prior"] = predict(model, asked.x)
    return predicted


def _spread(name: str, of: Sequence[tuple[float, float]]) -> Spread:
    values = np.array([area for area, _ in of])
    return Spread(model=name, draws=len(of), auc=float(values.mean()), deviation=float(values.std()),
                  worst=float(values.min()), brier=float(np.mean([score for _, score in of])))  # fmt: skip
