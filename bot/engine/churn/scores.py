"""How good probabilities are: ROC AUC, Brier score, expected calibration error, and what chance makes of that."""

import numpy as np

from bot.engine.activity import Bools, Floats
from bot.words import Word

BINS = 10
"""Of the calibration errors."""
DRAWS, SEED = 400, 5


class Scores(Word, frozen=True):
    """`auc`: that one who left has a higher probability than one who stayed; 0.5 where all did the same.

    `brier`: the mean of (p - y)². `ece`: Σ over ten bins of equal width of their share · |mean p - share who left|
    (Naeini and others 2015). Few rows have one by chance: `noise` is what exactly right probabilities would have on
    average, and `chance` how often they would have at least this one. `debiased` is the calibration error without what
    chance adds to it (`debiased_error`).
    """

    rows: int
    left: float
    auc: float
    brier: float
    ece: float
    noise: float
    chance: float
    debiased: float


def auc(left: Bools, p: Floats) -> float:
    """The area under the ROC curve, ties counting half (Mann and Whitney's U); 0.5 where all did the same."""
    gone = int(left.sum())
    stayed = len(left) - gone
    if not gone or not stayed:
        return 0.5
    _, spot, counts = np.unique(p, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[spot]  # of equals, the middle of their ranks
    return float((rank[left].sum() - gone * (gone + 1) / 2) / (gone * stayed))


def brier(left: Bools, p: Floats) -> float:
    """The mean of (p - y)²."""
    return float(np.mean((p - left) ** 2))


def calibration_error(left: Bools, p: Floats) -> float:
    """The expected calibration error over `BINS` bins of equal width."""
    spot = np.minimum((p * BINS).astype(np.int64), BINS - 1)
    return float(np.abs(np.bincount(spot, p - left, BINS)).sum() / len(p))


def debiased_error(left: Bools, p: Floats) -> float:
    """The root of the mean squared calibration error over `BINS` bins of equal counts, each without its own variance.

    From the square of a bin's error, ȳ(1 - ȳ) / (n - 1) is taken off, which is what chance adds to it (Bröcker 2012,
    Kumar and others 2019, section 5). 0 where nothing is left, or a bin would hold less than two rows.
    """
    if len(p) < 2 * BINS:
        return 0.0
    order, square = np.argsort(p, kind="stable"), 0.0
    for part in np.array_split(order, BINS):
        share = float(left[part].mean())
        square += len(part) * (float(p[part].mean() - share) ** 2 - share * (1 - share) / (len(part) - 1))
    return float(np.sqrt(max(square / len(p), 0.0)))


def by_chance(p: Floats) -> Floats:
    """The calibration errors of outcomes drawn from these very probabilities, `DRAWS` times (seeded)."""
    chance = np.random.default_rng(SEED)
    return np.array([calibration_error(chance.random(len(p)) < p, p) for _ in range(DRAWS)])


def scores(left: Bools, p: Floats) -> Scores:
    """All of them. Raises ValueError for no rows."""
    if not len(left):
        raise ValueError("there are no rows to score")
    ece, drawn = calibration_error(left, p), by_chance(p)
    return Scores(
        rows=len(left), left=float(left.mean()), auc=auc(left, p), brier=brier(left, p),
        ece=ece, noise=float(drawn.mean()), chance=float((1 + (drawn >= ece).sum()) / (1 + DRAWS)),
        debiased=debiased_error(left, p),
    )  # fmt: skip
