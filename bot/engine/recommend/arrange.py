"""A trained model fitted to the library as it is now: what is new has a place in it, what is gone has none."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from bot.engine.recommend.content import NEAREST, vectors
from bot.engine.recommend.model import Model
from bot.engine.recommend.past import Bools, Floats, Ints, Matrix


def arranged(model: Model, items: Ints, texts: Sequence[str]) -> Model:
    """The model with these items as its columns, in this order: equals in score are shown in it.

    What the model does not know has nobody who took it; its weights are those of the `NEAREST` items likest by text,
    and nothing follows from it for others. Texts are read anew with the vocabulary of the night. Raises ValueError
    where `texts` are not one for each item.
    """
    if len(items) != len(texts):
        raise ValueError(f"there are {len(texts)} texts for {len(items)} items")
    place = {int(one): at for at, one in enumerate(model.items)}
    old = np.array([place.get(int(one), -1) for one in items], np.int64)
    known = old >= 0
    about = vectors(model.terms, texts) if model.made.texts is not None else None
    popular = np.zeros(len(items))
    popular[known] = model.made.popular[old[known]]
    weights = None if model.made.weights is None else _moved(model.made.weights, old, known, about)
    made = model.made._replace(popular=popular, weights=weights, texts=about)
    return model._replace(items=items, made=made, by_term=None if about is None else about.T.tocsr())


def _moved(weights: Any, old: Ints, known: Bools, about: Matrix | None) -> Any:
    """B for the new columns: known ones where they are now, new ones from the likest."""
    kept, new = np.flatnonzero(known), np.flatnonzero(~known)
    size = (len(old), len(old))
    whole = _cells(sparse.coo_matrix(weights[old[kept]][:, old[kept]]), kept, kept, size)
    if about is not None and len(new) and len(kept):
        columns = sparse.coo_matrix(whole[:, kept] @ _likeness(about, kept, new))
        whole = (whole + _cells(columns, np.arange(len(old)), new, size)).tocsr()
    whole.sort_indices()
    return whole.toarray() if isinstance(weights, np.ndarray) else whole


def _cells(part: Any, rows: Ints, columns: Ints, size: tuple[int, int]) -> Matrix:
    """A part of a matrix put at these rows and columns of a larger one."""
    cells = (part.data, (rows[part.row], columns[part.col]))
    return sparse.csr_matrix(cells, shape=size, dtype=np.float32)


def _likeness(about: Matrix, kept: Ints, new: Ints) -> Any:
    """Known items by new ones: how much each new one takes of each known one, summing to 1 where anything is alike."""
    alike: Floats = np.asarray((about[kept] @ about[new].T).todense(), np.float32)
    if len(kept) > NEAREST:
        border = np.partition(alike, len(kept) - NEAREST, axis=0)[len(kept) - NEAREST]
        alike = np.where(alike >= border, alike, 0)
    total = alike.sum(axis=0)
    return sparse.csr_matrix(alike / np.where(total > 0, total, 1))
