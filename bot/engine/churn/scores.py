"""How good probabilities are: ROC AUC, Brier score, expected calibration error."""

import numpy as np

from bot.engine.activity import Bools, Floats
from bot.words import Word

BINS = 10
"""Of the calibration error: of equal width, from 0 to 1."""
DRAWS, SEED = 400, 5


class Scores(Word, frozen=True):
    """`auc`: that one who left has a higher probability than one who stayed; NaN is 0.5 where all did the same.

    `brier`: the mean of (p - y)². `ece`: Σ over ten bins of equal width of their share · |mean p - share who left|;
    `noise` is what it would be, on average, if the probabilities were exactly right, for so many rows.
    """

    rows: int
    left: float
    auc: float
    brier: float
    ece: float
    noise: float


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


def noise(p: Floats) -> float:
    """The mean calibration error of outcomes drawn from these very probabilities (seeded): what chance alone makes."""
    chance = np.random.default_rng(SEED)
    return float(np.mean([calibration_error(chance.random(len(p)) < p, p) for _ in range(DRAWS)]))


def scores(left: Bools, p: Floats) -> Scores:
    """All of them. Raises ValueError for no rows."""
    if not len(left):
        raise ValueError("there are no rows to score")
    return Scores(rows=len(left), left=float(left.mean()), auc=auc(left, p), brier=brier(left, p),
                  ece=calibration_error(left, p), noise=noise(p))  # fmt: skip
