"""Learning a model: how much ridge, how fast the past fades, which calibration, forest or not: all by later time.

A fold is a snapshot that is predicted from what was known when it was taken. Nothing later is ever learnt from.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from bot.engine.activity import Bools, Floats
from bot.engine.churn.calibration import Calibration, calibrated, chosen
from bot.engine.churn.forest import Forest, grow, probability
from bot.engine.churn.model import Logistic, Model, Prior, checked, fit, of_prior, sigmoid
from bot.engine.churn.scores import auc, brier
from bot.engine.churn.snapshots import HORIZON, Rows, together
from bot.words import Word, replace

RIDGES = (50.0, 100.0, 200.0, 400.0)
HALF_LIVES = (6.0, 12.0, 24.0)
"""In 28 days: the past fades by the mean of these, fast at first and slowly later. To choose one was mere noise."""
FEW_RIDGE, ALONE_RIDGE = 200.0, 100.0
"""What is taken while there are too few rows to choose: near the prior, or C = 0.01 where there is none."""
ENOUGH, FOLDS, LEAST_FOLDS = 300, 8, 4
"""Rows from which on is chosen; the latest snapshots that are predicted for it, and how many are needed."""
FOREST_ROWS = 1_000
"""A forest is tried from so many rows on."""
FOLD_TREES = 50
"""Of a forest that is only asked whether forests win: twice as many are better by a ten-thousandth of Brier score."""
PRIOR_RIDGE = 300.0
"""Of a prior: what it learns of another community is to hold here, too."""
GUESSED, GUESSED_INTERCEPT = 0.5, -2.0
"""What of the weights for falling silent is guessed to hold for not renewing; and that one of eight does not."""
ALWAYS = int(np.iinfo(np.int64).max)
"""An instant by which everything is known."""
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


class Choice(Word, frozen=True):
    """How to learn: `method` is 'logistic' or 'forest'; and how that was chosen."""

    method: str
    ridge: float
    curve: Calibration = Calibration()
    validation: Validation = Validation()


class Hindsight:
    """What each snapshot would have been predicted as from what was known when it was taken, each worked out once.

    All that chooses and measures asks for the same folds again and again: choices of later instants share most of them.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self._regressions: dict[tuple[int, float, Logistic | None], Floats] = {}
        self._forests: dict[int, Floats] = {}

    def regression(self, moment: int, ridge: float, prior: Logistic | None) -> Floats:
        """How likely each row of a snapshot leaves, by a regression."""
        key = moment, ridge, prior
        if key not in self._regressions:
            known, asked = self._fold(moment)
            found = fit(known.x, known.left, weights(known), ridge, prior)
            self._regressions[key] = sigmoid(found.log_odds(asked.x))
        return self._regressions[key]

    def forest(self, moment: int) -> Floats:
        """The same by a forest."""
        if moment not in self._forests:
            known, asked = self._fold(moment)
            found = grow(known.x, known.left, weights(known), trees=FOLD_TREES)
            self._forests[moment] = probability(found, asked.x)
        return self._forests[moment]

    def _fold(self, moment: int) -> tuple[Rows, Rows]:
        return self.rows.learnable(moment), self.rows[self.rows.at == moment]

    def forecast(self, moment: int, prior: Prior | None, *, forest: bool = True) -> Floats:
        """What would have been said of each row of a snapshot in that night: by all that was chosen until then."""
        choice = choose(self, moment, prior, forest=forest)
        if choice.method == "forest":
            return calibrated(choice.curve, self.forest(moment))
        start = None if prior is None else prior.logistic
        return calibrated(choice.curve, self.regression(moment, choice.ridge, start))


def train(
    rows: Rows, prior: Prior | None = None, *, forest: bool = True, tell: Tell = lambda _: None
) -> tuple[Model, Validation]:
    """The model of a community's labelled rows, and how it was chosen.

    Raises ValueError when there is neither a row nor a prior, OtherFeaturesError for a prior that does not fit.
    """
    return trained(Hindsight(rows), ALWAYS, prior, forest=forest, tell=tell)


def trained(
    seen: Hindsight, until: int, prior: Prior | None, *, forest: bool = True, tell: Tell = lambda _: None
) -> tuple[Model, Validation]:
    """The same, of the rows whose outcome was known at an instant."""
    if prior is not None:
        checked(prior.logistic)
    rows = seen.rows.learnable(until)
    if not len(rows):
        if prior is None:
            raise ValueError("nothing to learn from: no member has been seen for four weeks and another four yet")
        return of_prior(prior), Validation()
    choice = choose(seen, until, prior, forest=forest, tell=tell)
    grown = grow(rows.x, rows.left, weights(rows)) if choice.method == "forest" else None
    return _model(rows, prior, choice.ridge, choice.curve, grown), choice.validation


def choose(
    seen: Hindsight, until: int, prior: Prior | None, *, forest: bool = True, tell: Tell = lambda _: None
) -> Choice:
    """How to learn from what was known at an instant, by the latest snapshots whose outcome was known then."""
    rows = seen.rows.learnable(until)
    folds = _folds(rows) if len(rows) >= ENOUGH else []
    if len(folds) < LEAST_FOLDS:  # a prior that is a guess, learnt from no row, is worth no more than none
        return Choice(method="logistic", ridge=FEW_RIDGE if prior is not None and prior.rows else ALONE_RIDGE)
    asked = together(rows[rows.at == moment] for moment in folds)

    def told(predicted: Callable[[int], Floats]) -> Floats:
        return np.concatenate([predicted(one)[seen.rows.known[seen.rows.at == one] <= until] for one in folds])

    start = None if prior is None else prior.logistic
    tried: list[tuple[Tried, Floats]] = []
    for ridge in RIDGES:
        tell(f"ridge {ridge:g}")
        p = told(partial(seen.regression, ridge=ridge, prior=start))
        tried.append((_tried("logistic", ridge, asked.left, p), p))
    best, _ = min(tried, key=lambda one: one[0].brier)
    if forest and len(rows) >= FOREST_ROWS:
        tell("random forest")
        other = told(seen.forest)
        tried.append((_tried("forest", 0.0, asked.left, other), other))
    winner, p = min(tried, key=lambda one: one[0].brier)
    curve, calibrations = chosen(asked.left, p, asked.at >= folds[len(folds) // 2])
    validation = Validation(
        rows=len(asked), folds=len(folds), tried=tuple(one for one, _ in tried), calibrations=calibrations
    )
    return Choice(method=winner.method, ridge=best.ridge, curve=curve, validation=validation)


def _folds(rows: Rows) -> list[int]:
    """The latest snapshots that had enough to learn from when they were taken."""
    moments: list[int] = np.unique(rows.at)[-FOLDS:].tolist()
    return [moment for moment in moments if len(rows.learnable(moment)) >= ENOUGH // 3]


def weights(rows: Rows) -> Floats:
    """What each row counts: 1 for the latest, less for older ones."""
    age = (rows.at.max() - rows.at) / HORIZON
    return np.asarray(np.mean([0.5 ** (age / half) for half in HALF_LIVES], axis=0), np.float64)


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


def guessed(prior: Prior) -> Prior:
    """A prior for not renewing where there is none: half of what speaks for falling silent speaks for that, too."""
    one = prior.logistic
    weights = tuple(GUESSED * weight for weight in one.weights)
    return replace(prior, target=LAPSED, rows=0, about=f"a guess: half of what speaks for silence by {prior.about}",
                   logistic=replace(one, weights=weights, intercept=GUESSED_INTERCEPT))  # fmt: skip
