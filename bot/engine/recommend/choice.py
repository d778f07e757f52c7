"""How far to trust the blend over plain popularity: decided on the community's own past, carefully.

Each member's last item is hidden, everything is fitted on the rest, and every recipe is asked for it. With a hundred
members such a measurement is mostly noise, and taking the best of 180 recipes takes the luckiest. So:

1. the usual recipe is replaced by the one that beats it most surely (largest lower bound of the gain: mean − 1 standard
   error, members paired), if any does;
2. what results must beat popularity by half a standard error, else popularity it is.
"""

from collections.abc import Iterable, Iterator
from itertools import product

import numpy as np

from bot.engine.recommend.blend import POPULARITY, USUAL, YOUNG, Parts, Recipe, by_content, by_items, mixed, parts
from bot.engine.recommend.measure import error, ndcg, ranks
from bot.engine.recommend.past import Floats, Ints, Matrix, Past, gram, held_out, spread
from bot.words import Word, replace

LAMBDAS = (10.0, 30.0, 100.0, 300.0, 1000.0)
SHRINKS = (10.0, 50.0)
FAMILIES = (*(("ease", one) for one in LAMBDAS), *(("cosine", one) for one in SHRINKS), ("content", 0.0))
POPULARITIES = (0.0, 0.1, 0.3, 1.0, 3.0)
CONTENTS = (0.0, 0.1, 0.3, 0.6, 1.0)
ASKED = 4_000
"""Members that are asked, evenly spread: more would not change the choice."""
FEWEST = 20
"""With fewer to ask nothing is measured: popularity it is, and texts decide between what is about as popular."""
AT_ONCE = 250
SURER = 1.0
"""Standard errors by which another recipe must beat the usual one."""
GUARD = 0.5
"""Standard errors by which the choice must beat popularity."""


class Chosen(Word, frozen=True):
    """The recipe, and what it was chosen by: mean NDCG@10 of `asked` members, and the gain over popularity.

    `gain` is the mean of the paired differences and `gain_error` its standard error; all 0 where nobody was asked.
    """

    recipe: Recipe = POPULARITY
    asked: int = 0
    ndcg: float = 0.0
    ndcg_popularity: float = 0.0
    gain: float = 0.0
    gain_error: float = 0.0


def choose(known: Past, texts: Matrix | None) -> Chosen:
    """The recipe for this community. Deterministic; the cost is an EASE for each λ of `LAMBDAS`."""
    hidden = held_out(known)
    rows = spread(np.arange(len(hidden.rows)), ASKED)
    if len(rows) < FEWEST:
        return Chosen(asked=len(rows), recipe=POPULARITY if texts is None else YOUNG)
    asked, items = hidden.taken[hidden.rows[rows]], hidden.items[rows]
    both = gram(hidden.taken)
    tried: dict[Recipe, Floats] = {}
    for family, strength in FAMILIES:
        if family == "content" and texts is None:
            continue
        first = Recipe(family=family, strength=strength)  # type: ignore[arg-type]
        tried.update(_try(parts(hidden.taken, both, texts, first), tuple(_amounts(first, texts)), asked, items))
    return decide(tried)


def _amounts(first: Recipe, texts: Matrix | None) -> Iterator[Recipe]:
    """Every amount of popularity and content with this family; popularity alone belongs to the family of none."""
    if first.family == "content":
        yield POPULARITY
        for content in CONTENTS[1:]:
            yield replace(first, popularity=1.0, content=content)
        return
    if texts is None and (first.family, first.strength) == FAMILIES[0]:
        yield POPULARITY
    for popularity, content in product(POPULARITIES, CONTENTS if texts is not None else (0.0,)):
        yield replace(first, popularity=popularity, content=content)


def _try(made: Parts, recipes: Iterable[Recipe], asked: Matrix, items: Ints) -> dict[Recipe, Floats]:
    """For each recipe, the NDCG@10 of each member asked."""
    popular = (made.popular / made.scales.popularity)[None, :].astype(np.float32)
    found: dict[Recipe, list[Floats]] = {recipe: [] for recipe in recipes}
    for start in range(0, asked.shape[0], AT_ONCE):
        rows = asked[start : start + AT_ONCE]
        own = None if made.weights is None else by_items(made.weights, rows) / np.float32(made.scales.items)
        text = None if made.texts is None else by_content(made.texts, rows) / np.float32(made.scales.content)
        for recipe, places in found.items():
            plain = recipe.family == "popularity"
            score = mixed(popular, None if plain else own, text, recipe)
            score = np.broadcast_to(score, rows.shape)
            places.append(ndcg(ranks(score, rows, items[start : start + AT_ONCE])))
    return {recipe: np.concatenate(places) for recipe, places in found.items()}


def decide(tried: dict[Recipe, Floats]) -> Chosen:
    """The two rules of this module, on each recipe's NDCG@10 of the same members; `POPULARITY` must be among them."""
    plain = tried[POPULARITY]
    usual = next((one for one in (USUAL, replace(USUAL, content=0.0)) if one in tried), POPULARITY)
    best, surest = usual, 0.0
    for recipe, got in tried.items():
        gain = got - tried[usual]
        bound = float(gain.mean()) - SURER * error(gain)
        if bound > surest + 1e-12:
            best, surest = recipe, bound
    gain = tried[best] - plain
    if float(gain.mean()) <= GUARD * error(gain):
        best, gain = POPULARITY, plain - plain
    return Chosen(
        recipe=best,
        asked=len(plain),
        ndcg=float(tried[best].mean()),
        ndcg_popularity=float(plain.mean()),
        gain=float(gain.mean()),
        gain_error=error(gain),
    )
