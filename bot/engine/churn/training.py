"""Learning a model: how much ridge, how fast the past fades, which calibration, forest or not: all by later time.

A fold is a snapshot that is predicted from what was known when it was taken. Nothing later is ever learnt from.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from bot.engine.activity import Bools, Floats
from bot.engine.churn.calibration import Calibration, chosen
from bot.engine.churn.forest import Forest, grow, probability
from bot.engine.churn.model import Logistic, Model, Prior, checked, fit, of_prior, sigmoid
from bot.engine.churn.scores import auc, brier
from bot.engine.churn.snapshots import HORIZON, Rows, together
from bot.words import Word

RIDGES = (50.0, 100.0, 200.0, 400.0)
HALF_LIVES = (6.0, 12.0, 24.0)
"""In 28 days: the past fades by the mean of these, fast at first and slowly later. To choose one was mere noise."""
FEW_RIDGE, ALONE_RIDGE = 200.0, 100.0
"""What is taken while there are too few rows to choose: near the prior, or C = 0.01 where there is none."""
ENOUGH, FOLDS, LEAST_FOLDS = 300, 8, 4
"""Rows from which on is chosen; the latest snapshots that are predicted for it, and how many are needed."""
FOREST_ROWS = 1_000
"""A forest is tried from so many rows on."""
FOLD_TREES = 100
PRIOR_RIDGE = 300.0
"""Of a prior: what it learns of another community is to hold here, too."""
SILENT, LAPSED = "silent", "lapsed"
"""The targets, as `snapshots` defines them."""
Tell = Callable[[str], None]


class Tried(Word, frozen=True):
    """One way to learn, and how it did on later snapshots."""

    method: str
    ridge: float
    auc: float
    brier: float


class Validation(Word, frozen=True):
    """What was tried on how many `rows` of `folds` later snapshots, and the Brier score of each calibration."""

    rows: int = 0
    folds: int = 0
    tried: tuple[Tried, ...] = ()
    calibrations: dict[str, float] = {}


def train(
    rows: Rows, prior: Prior | None = None, *, forest: bool = True, tell: Tell = lambda _: None
) -> tuple[Model, Validation]:
    """The model of a community's labelled rows, and how it was chosen.

    Raises ValueError when there is neither a row nor a prior, OtherFeaturesError for a prior that does not fit.
    """
    start = None if prior is None else checked(prior.logistic)
    if not len(rows):
        if prior is None:
            raise ValueError("nothing to learn from: no member has been seen for four weeks and another four yet")
        return of_prior(prior), Validation()
    folds = list(_folds(rows)) if len(rows) >= ENOUGH else []
    if len(folds) < LEAST_FOLDS:
        ridge = ALONE_RIDGE if prior is None else FEW_RIDGE
        return _model(rows, prior, ridge, Calibration()), Validation()
    asked = together(fold.asked for fold in folds)
    tried: list[tuple[Tried, Floats]] = []
    for ridge in RIDGES:
        tell(f"ridge {ridge:g}")
        p = np.concatenate([_predicted(fold, ridge, start) for fold in folds])
        tried.append((_tried("logistic", ridge, asked.left, p), p))
    best, p = min(tried, key=lambda one: one[0].brier)
    if forest and len(rows) >= FOREST_ROWS:
        tell("random forest")
        other = np.concatenate([_grown(fold) for fold in folds])
        tried.append((_tried("forest", 0.0, asked.left, other), other))
    winner, p = min(tried, key=lambda one: one[0].brier)
    moments = np.unique(asked.at)
    curve, calibrations = chosen(asked.left, p, asked.at >= moments[len(moments) // 2])
    grown = None
    if winner.method == "forest":
        grown = grow(rows.x, rows.left, weights(rows))
    model = _model(rows, prior, best.ridge, curve, grown)
    return model, Validation(rows=len(asked), folds=len(folds), tried=tuple(one for one, _ in tried),
                             calibrations=calibrations)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Fold:
    """What was known when a snapshot was taken, and the rows of that snapshot."""

    known: Rows
    asked: Rows


def _folds(rows: Rows) -> Iterator[_Fold]:
    for moment in np.unique(rows.at)[-FOLDS:]:
        known = rows.learnable(int(moment))
        if len(known) >= ENOUGH // 3:
            yield _Fold(known, rows[rows.at == moment])


def weights(rows: Rows) -> Floats:
    """What each row counts: 1 for the latest, less for older ones."""
    age = (rows.at.max() - rows.at) / HORIZON
    return np.asarray(np.mean([0.5 ** (age / half) for half in HALF_LIVES], axis=0), np.float64)


def _predicted(fold: _Fold, ridge: float, prior: Logistic | None) -> Floats:
    found = fit(fold.known.x, fold.known.left, weights(fold.known), ridge, prior)
    return sigmoid(found.log_odds(fold.asked.x))


def _grown(fold: _Fold) -> Floats:
    found = grow(fold.known.x, fold.known.left, weights(fold.known), trees=FOLD_TREES)
    return probability(found, fold.asked.x)


def _tried(method: str, ridge: float, left: Bools, p: Floats) -> Tried:
    return Tried(method=method, ridge=ridge, auc=auc(left, p), brier=brier(left, p))


def _model(rows: Rows, prior: Prior | None, ridge: float, curve: Calibration, forest: Forest | None = None) -> Model:
    start = None if prior is None else prior.logistic
    return Model(
        target=SILENT if prior is None else prior.target,
        logistic=fit(rows.x, rows.left, weights(rows), ridge, start),
        calibration=curve,
        center=tuple(map(float, rows.x.mean(axis=0))),
        rows=len(rows),
        ridge=ridge,
        prior="" if prior is None else prior.about,
        forest=forest,
    )


def learn_prior(rows: Rows, about: str, sources: tuple[str, ...], target: str = SILENT) -> Prior:
    """A prior from other communities' rows, all counting alike. Raises ValueError for no rows."""
    found = fit(rows.x, rows.left, np.ones(len(rows)), PRIOR_RIDGE)
    return Prior(about=about, target=target, rows=len(rows), sources=sources, logistic=found)
