"""How good a ranking is: where one hidden item stands among all that the member had not yet taken."""

import numpy as np

from bot.engine.recommend.past import Floats, Ints, Matrix

TOP = 10


def ranks(scores: Floats, taken: Matrix, hidden: Ints) -> Floats:
    """For each row of `scores` (members by items), at which place from 0 its hidden item stands.

    Items the member took (`taken`, the same rows) are no candidates. Among equals it stands in the middle, so that no
    order of the items helps anybody. NaN is worse than every number.
    """
    known = np.where(np.isnan(scores), -np.inf, scores)
    own = known[np.arange(len(hidden)), hidden][:, None]
    cells = taken.tocoo()
    free = np.ones(scores.shape, bool)
    free[cells.row, cells.col] = False
    above = ((known > own) & free).sum(axis=1)
    equal = ((known == own) & free).sum(axis=1)
    return np.asarray(above + (equal - 1) / 2, np.float64)


def ndcg(places: Floats, top: int = TOP) -> Floats:
    """NDCG@top for one relevant item each: 1 / log₂(place + 2), or 0 from place `top` on (places count from 0)."""
    return np.where(places < top, 1 / np.log2(places + 2), 0)


def recall(places: Floats, top: int = TOP) -> Floats:
    """Recall@top for one relevant item each: 1 where it is among the first `top`, else 0."""
    return (places < top).astype(np.float64)


def error(values: Floats) -> float:
    """The standard error of the mean; 0 of fewer than two."""
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
