"""Probabilities made honest: a curve from what a model says to how many really left, chosen by later time.

*Platt*: log-odds are stretched and moved, two numbers. *Isotonic*: any rising curve, as many steps as the data bear; it
needs many rows. Each is learnt from predictions made for later snapshots than the model had learnt from, on the
earlier of those, and judged on the later; none is chosen unless it wins there.
"""

from typing import Literal, TypeAlias

import numpy as np
from scipy.optimize import isotonic_regression

from bot.engine.activity import Bools, Floats
from bot.engine.churn.scores import brier
from bot.words import Word

Kind: TypeAlias = Literal["none", "platt", "isotonic"]
LEAST, LEAST_STEPS = 100, 1_000
"""Rows that Platt's and the isotonic curve need."""
_EDGE = 1e-6


class Calibration(Word, frozen=True):
    """`kind`; `slope` and `offset` of log-odds for Platt, the corners `xs`, `ys` of the isotonic curve."""

    kind: Kind = "none"
    slope: float = 1.0
    offset: float = 0.0
    xs: tuple[float, ...] = ()
    ys: tuple[float, ...] = ()


def log_odds(p: Floats) -> Floats:
    """log(p / (1 - p)), of probabilities kept off 0 and 1."""
    p = np.clip(p, _EDGE, 1 - _EDGE)
    return np.log(p) - np.log1p(-p)


def calibrated(calibration: Calibration, p: Floats) -> Floats:
    """The probabilities by the curve."""
    if calibration.kind == "none":
        return p
    if calibration.kind == "platt":
        return np.exp(-np.logaddexp(0, -(calibration.slope * log_odds(p) + calibration.offset)))
    return np.interp(p, calibration.xs, calibration.ys)


def learnt(kind: Kind, left: Bools, p: Floats) -> Calibration:
    """A curve from predictions and what became of them."""
    if kind == "platt":
        return _platt(left, p)
    return _isotonic(left, p) if kind == "isotonic" else Calibration()


def _platt(left: Bools, p: Floats) -> Calibration:
    """Newton's method from the identity, with a ridge of one towards it, so that few rows move it little."""
    odds, at = log_odds(p), np.array([1.0, 0.0])
    z = np.column_stack([odds, np.ones(len(odds))])
    for _ in range(50):
        q = np.exp(-np.logaddexp(0, -(z @ at)))
        slope = z.T @ (q - left) + (at - [1.0, 0.0])
        step = np.linalg.solve((z * (q * (1 - q))[:, None]).T @ z + np.eye(2), slope)
        at = at - step
        if float(np.abs(step).max()) < 1e-9:
            break
    return Calibration(kind="platt", slope=float(max(at[0], 0.05)), offset=float(at[1]))


def _isotonic(left: Bools, p: Floats) -> Calibration:
    """Steps by pooling adjacent violators, joined by lines between their middles, so that order is kept."""
    order = np.argsort(p, kind="stable")
    found = isotonic_regression(left[order].astype(np.float64))
    edges = found.blocks
    sizes = np.diff(edges)
    xs = np.add.reduceat(p[order], edges[:-1]) / sizes
    ys = (np.add.reduceat(left[order].astype(np.float64), edges[:-1]) + 0.5) / (sizes + 1)
    return Calibration(kind="isotonic", xs=tuple(map(float, xs)), ys=tuple(map(float, np.maximum.accumulate(ys))))


def chosen(left: Bools, p: Floats, later: Bools) -> tuple[Calibration, dict[str, float]]:
    """The curve that wins on the later predictions, learnt from all; and the Brier score of each there."""
    tried: dict[str, float] = {"none": brier(left[later], p[later])} if later.any() else {}
    kinds: list[Kind] = ["platt"] if (~later).sum() >= LEAST else []
    kinds += ["isotonic"] if (~later).sum() >= LEAST_STEPS else []
    for kind in kinds if later.any() else []:
        curve = learnt(kind, left[~later], p[~later])
        tried[kind] = brier(left[later], calibrated(curve, p[later]))
    best: Kind = "none"
    for kind in kinds if later.any() else []:
        best = kind if tried[kind] < tried[best] else best
    return learnt(best, left, p), tried
