"""The blend: popularity + item weights + texts, brought to one scale and summed, so that each score can be explained.

    score(j) = a·p(j)/σₚ + Σₖ B[k, j]/σ_B + b·cos(text of j, mean text of k)/σ_T

over the items k that the member took. σ is each part's standard deviation over items (root mean square over members),
so the parts are alike in weight for the usual member, and someone who took less than usual is shown what is popular.
"""

from typing import Any, Literal, NamedTuple

import numpy as np

from bot.engine.recommend.content import from_nearest
from bot.engine.recommend.ease import cosine, ease
from bot.engine.recommend.past import Bools, Floats, Matrix, spread, takers
from bot.words import Word

SCALED_BY = 1_000
"""Members the scales are taken from."""
NO_SCALE = 1.0
LEAST = 1e-9
TRACE = 1e-3
"""The least weight of popularity: where nothing else is known, it is the order."""


class Recipe(Word, frozen=True):
    """What is mixed: weights of items by `family` (λ or shrinkage is `strength`), a = `popularity`, b = `content`."""

    family: Literal["popularity", "content", "ease", "cosine"] = "ease"
    strength: float = 100.0
    popularity: float = 0.3
    content: float = 0.3


PLAIN = ("popularity", "content")
"""Families without weights of items."""
POPULARITY = Recipe(family="popularity", strength=0.0, popularity=1.0, content=0.0)
YOUNG = Recipe(family="content", strength=0.0, popularity=1.0, content=0.3)
"""Where nothing can be measured yet: popularity, and texts between what is about as popular."""
USUAL = Recipe()
"""What won or came second on every small data set that was measured: the first guess, left only for good reason."""


class Scales(NamedTuple):
    """The standard deviation σ of each part."""

    popularity: float
    items: float
    content: float


class Parts(NamedTuple):
    """What the blend of a community is made from: `popular` is takers by item, `weights` B or None, `texts` or None.

    B is dense, or as CSR once it was made lean.
    """

    popular: Floats
    weights: Any
    texts: Matrix | None
    scales: Scales


def weights_of(family: str, strength: float, both: Floats, texts: Matrix | None) -> Floats | None:
    """B of a family from the Gram matrix, cold items filled in from their texts; None where a family has none."""
    if family in PLAIN:
        return None
    made = ease(both, strength) if family == "ease" else cosine(both, strength)
    warm = np.diag(both) > 0
    return made if texts is None or warm.all() else from_nearest(made, texts, warm)


def parts(taken: Matrix, both: Floats, texts: Matrix | None, recipe: Recipe) -> Parts:
    """All parts, and their scales, from who took what (and its Gram matrix `both`, which the caller may keep).

    Families of `PLAIN` do not look at `both`.
    """
    made = weights_of(recipe.family, recipe.strength, both, texts)
    popular = takers(taken)
    warm = popular > 0
    sample = taken[spread(np.flatnonzero(np.diff(taken.indptr) > 0), SCALED_BY)]
    return Parts(
        popular,
        made,
        texts,
        Scales(
            _scale(popular[None, :], warm),
            NO_SCALE if made is None else _scale(by_items(made, sample), warm),
            NO_SCALE if texts is None else _scale(by_content(texts, sample), warm),
        ),
    )


def _scale(scores: Floats, warm: Bools) -> float:
    """Over warm items only: an item that nobody took yet changes nobody's scores of the others."""
    if not warm.any() or not len(scores):
        return NO_SCALE
    found = float(np.sqrt(scores[:, warm].var(axis=1, dtype=np.float64).mean()))
    return found if found > LEAST else NO_SCALE


def by_items(weights: Floats, taken: Matrix) -> Floats:
    """X·B: for each row of `taken`, the sum of the rows of B of its items."""
    return np.asarray(taken @ weights)


def by_content(texts: Matrix, taken: Matrix) -> Floats:
    """For each row of `taken`, how alike each item's text is to the mean of the texts of its items."""
    many: Floats = np.maximum(np.diff(taken.indptr), 1).astype(np.float32)
    alike: Floats = np.asarray((taken @ texts @ texts.T).todense(), np.float32)
    return np.asarray(alike / many[:, None])


def mixed(popular: Floats, items: Floats | None, content: Floats | None, recipe: Recipe) -> Floats:
    """The parts, already scaled, in the recipe's amounts. Popularity keeps a trace: it decides between equals."""
    total: Floats = np.asarray(max(recipe.popularity, TRACE) * popular)
    if items is not None:
        total = total + items
    if content is not None and recipe.content:
        total = total + recipe.content * content
    return total


def scores(made: Parts, recipe: Recipe, taken: Matrix) -> Floats:
    """Members (rows of `taken`) by items."""
    return mixed(
        (made.popular / made.scales.popularity)[None, :].repeat(taken.shape[0], 0),
        None if made.weights is None else by_items(made.weights, taken) / made.scales.items,
        None if made.texts is None or not recipe.content else by_content(made.texts, taken) / made.scales.content,
        recipe,
    )
