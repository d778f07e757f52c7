"""A logistic regression that is drawn towards a prior: few own rows leave it as it is, many make it their own.

Minimised is Σ wᵢ·logloss(yᵢ, b + zᵢ·β) + λ/2·‖β - β₀‖² with the features z scaled as the prior scales them; without a
prior β₀ is 0 and z is scaled by the rows themselves, which with λ = 100 is scikit-learn's C = 0.01. The sum grows with
the rows and the ridge does not, so the prior fades by itself.
"""

from typing import TypeAlias

import numpy as np

from bot.engine.activity import Bools, Floats
from bot.engine.churn.calibration import Calibration, calibrated
from bot.engine.churn.features import NAMES, Matrix
from bot.engine.churn.forest import Forest, whole
from bot.engine.churn.forest import probability as forest_probability
from bot.words import Word

Numbers: TypeAlias = tuple[float, ...]
FLAT = 1e-9
"""A feature that varies less than this is the same for all: it says nothing."""
INTERCEPT = 1.0
"""The ridge of the intercept, towards the prior's: it matters only where all rows are alike, or nearly."""
STEPS = 100


class Logistic(Word, frozen=True):
    """log-odds = intercept + Σ weights · (x - mean) / scale."""

    names: tuple[str, ...]
    mean: Numbers
    scale: Numbers
    weights: Numbers
    intercept: float

    def scaled(self, x: Matrix) -> Matrix:
        """The features as the weights take them."""
        return np.asarray((x - np.array(self.mean)) / np.array(self.scale), np.float64)

    def log_odds(self, x: Matrix) -> Floats:
        """Of each row, before calibration."""
        return np.asarray(self.scaled(x) @ np.array(self.weights) + self.intercept, np.float64)


class Prior(Word, frozen=True):
    """What was learnt elsewhere, with its source: to draw a community's own model towards.

    `sources` are the fingerprints of the logs it was learnt from: nothing may be measured on those.
    """

    about: str
    target: str
    rows: int
    sources: tuple[str, ...]
    logistic: Logistic


class Model(Word, frozen=True):
    """What predicts: the regression, or the forest where that won, and the calibration after it.

    `center` is the mean of the own rows' features, which reasons compare with; `rows`, `ridge` and `prior` say how it
    was learnt.
    """

    target: str
    logistic: Logistic
    calibration: Calibration
    center: Numbers
    rows: int
    ridge: float
    prior: str = ""
    forest: Forest | None = None


class OtherFeaturesError(ValueError):
    """A prior or a model was learnt with other features than this version computes."""


def checked(logistic: Logistic) -> Logistic:
    """The same. Raises OtherFeaturesError when it is not of today's features, or not whole."""
    sizes = {len(one) for one in (logistic.mean, logistic.scale, logistic.weights)}
    if logistic.names != NAMES or sizes != {len(NAMES)}:
        different = sorted(set(logistic.names) ^ set(NAMES))
        raise OtherFeaturesError(
            "it was learnt with other features than this Lyceum computes "
            f"({', '.join(different[:5]) or 'in another order or number'}): learn it again"
        )
    if not min(logistic.scale) > 0 or not np.isfinite([*logistic.weights, *logistic.mean, logistic.intercept]).all():
        raise OtherFeaturesError("it has numbers that can't be used: learn it again")
    return logistic


def sound(model: Model, target: str) -> Model:
    """The same. Raises OtherFeaturesError when it can't predict this target today, whatever happened to it."""
    checked(model.logistic)
    curve, forest = model.calibration, model.forest
    if model.target != target or len(model.center) != len(NAMES) or len(curve.xs) != len(curve.ys):
        raise OtherFeaturesError("it is of another target or other features: learn it again")
    if curve.kind == "isotonic" and not curve.xs:
        raise OtherFeaturesError("its calibration is not whole: learn it again")
    if forest is not None and not (forest.trees and all(whole(tree, len(NAMES)) for tree in forest.trees)):
        raise OtherFeaturesError("its forest is not whole: learn it again")
    return model


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + e⁻ˣ), also for very large x."""
    return np.exp(-np.logaddexp(0, -x))


def fit(x: Matrix, left: Bools, weight: Floats, ridge: float, prior: Logistic | None = None) -> Logistic:
    """Learn from rows. Raises ValueError for no rows, or a ridge that is not above 0."""
    if not len(x) or ridge <= 0:
        raise ValueError("there must be rows, and the ridge must be above 0")
    if prior is None:
        mean, scale = x.mean(axis=0), x.std(axis=0)
        scale = np.where(scale > FLAT, scale, 1.0)
        names, start = NAMES, np.zeros(x.shape[1] + 1)
        start[-1] = _odds(float(weight @ left), float(weight.sum()))
    else:
        names, mean, scale = prior.names, np.array(prior.mean), np.array(prior.scale)
        start = np.array([*prior.weights, prior.intercept])
    z = np.column_stack([(x - mean) / scale, np.ones(len(x))])
    strength = np.append(np.full(x.shape[1], ridge), INTERCEPT)
    found = solve(z, left.astype(np.float64), weight, start, strength)
    return Logistic(names=names, mean=_tuple(mean), scale=_tuple(scale), weights=_tuple(found[:-1]),
                    intercept=float(found[-1]))  # fmt: skip


def _odds(left: float, all_: float) -> float:
    return float(np.log((left + 0.5) / (all_ - left + 0.5)))


def _tuple(values: Floats) -> Numbers:
    return tuple(float(one) for one in values)


def solve(z: Matrix, y: Floats, weight: Floats, middle: Floats, strength: Floats) -> Floats:
    """The coefficients: Newton's method, halving a step that does not go down. The target is strictly convex."""

    def cost(at: Floats) -> float:
        odds = z @ at
        return float(weight @ (np.logaddexp(0, odds) - y * odds) + strength @ (at - middle) ** 2 / 2)

    at, now = middle.copy(), cost(middle)
    for _ in range(STEPS):
        p = sigmoid(z @ at)
        slope = z.T @ (weight * (p - y)) + strength * (at - middle)
        curve = (z * (weight * p * (1 - p))[:, None]).T @ z + np.diag(strength)
        step = np.linalg.solve(curve, slope)
        size = 1.0
        while (then := cost(at - size * step)) > now and size > 1e-6:
            size /= 2
        if then > now or float(np.abs(size * step).max()) < 1e-9:
            break
        at, now = at - size * step, then
    return at


def raw(model: Model, x: Matrix) -> Floats:
    """Probabilities before calibration."""
    if model.forest is not None:
        return forest_probability(model.forest, x)
    return sigmoid(model.logistic.log_odds(x))


def predict(model: Model, x: Matrix) -> Floats:
    """For each row, how likely they leave."""
    return calibrated(model.calibration, raw(model, x))


def of_prior(prior: Prior) -> Model:
    """The prior as it is: what a community has that has no labelled row yet."""
    return Model(target=prior.target, logistic=prior.logistic, calibration=Calibration(), center=prior.logistic.mean,
                 rows=0, ridge=0.0, prior=prior.about)  # fmt: skip
