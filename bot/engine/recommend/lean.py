"""Item weights small enough to store and to hold: of many items each keeps the weights that speak loudest for it.

On 8,196 paid courses NDCG@10 with all weights is 0.0771 ± 0.0028; with the 100 largest of each column it is 0.0777,
with 50 0.0784, with 20 0.0761. 10,000 items then take 8 MB instead of 400 MB.
"""

from typing import Any

import numpy as np
from scipy import sparse

from bot.engine.recommend.past import Floats, Matrix
from bot.engine.recommend.rows import added, row

DENSE = 1_000
"""Up to so many items all weights are kept: 4 MB."""
KEPT = 100
"""Weights that an item keeps, the largest by amount."""
BLOCK = 256
"""Columns looked at together: a copy of a whole large matrix would take as much memory again."""


def lean(weights: Floats, kept: int = KEPT, dense: int = DENSE) -> Any:
    """The weights as they are, or, of more than `dense` items, as CSR with the `kept` largest of each column."""
    if len(weights) <= max(dense, kept):
        return weights
    blocks = [_block(weights[:, start : start + BLOCK], kept) for start in range(0, len(weights), BLOCK)]
    made = sparse.hstack(blocks, format="csr").astype(np.float32)
    made.sort_indices()
    return made


def _block(weights: Floats, kept: int) -> Matrix:
    size = np.abs(weights)
    border = np.partition(size, len(size) - kept, axis=0)[len(size) - kept]
    return sparse.csc_matrix(np.where(size >= border, weights, 0))


def summed(weights: Any, rows: list[int]) -> Floats:
    """The sum of some rows of B, dense or lean."""
    if isinstance(weights, np.ndarray):
        return np.asarray(weights[rows].sum(axis=0))
    return added([row(weights, at) for at in rows], weights.shape[1])


def column(weights: Any, rows: list[int], item: int) -> Floats:
    """What each of these items says for `item`."""
    if isinstance(weights, np.ndarray):
        return np.asarray(weights[rows, item])
    found = np.zeros(len(rows), np.float32)
    for at, one in enumerate(row(weights, here) for here in rows):
        place = int(np.searchsorted(one.columns, item))
        if place < len(one.columns) and one.columns[place] == item:
            found[at] = one.data[place]
    return found
