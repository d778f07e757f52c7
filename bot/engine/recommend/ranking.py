"""The list for one member: what may be shown, in which order, how varied, and why. Everything here is by column."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from bot.engine.recommend.blend import TRACE
from bot.engine.recommend.content import vector
from bot.engine.recommend.lean import column, summed
from bot.engine.recommend.model import Model
from bot.engine.recommend.past import Bools, Floats, Ints
from bot.engine.recommend.rows import Row, Rows, added, row
from bot.words import Word

VARIETY = 0.2
"""How much being alike to what already is in the list counts against an item, 0 to 1."""
FEW = 24
"""Terms of a profile up to which it is faster to look each of them up than to read all texts."""
POOL = 6
"""From how many times the wanted number the list is picked."""
LOCKED_SHARE = 4
"""Of so many places, one at most shows what the next plan would open."""
CIRCLE_LEAST = 3
"""Members of a circle who took an item, at least, to call it popular there."""
CIRCLE_LIFT = 1.5
"""How many times as popular as in the whole community it must be there."""


class Circle(NamedTuple):
    """People the member belongs to, like 'those who answer in #rust': how many (`people`) took each item (`took`)."""

    name: str
    people: int
    took: Ints


class Viewer(NamedTuple):
    """Whom the list is for.

    `known` are columns that say what they like: begun, finished, liked. `never` are columns not to show: finished,
    dismissed for ever, just shown. `interests` are their words. `opens` says for each item whether their plan opens
    it (None: all), `next_opens` whether the next plan would (None: there is none). `circles` may explain an item. `fit`
    is added to each item's score, in units of the spread of popularity: how well its level and language suit them.
    """

    known: tuple[int, ...] = ()
    never: frozenset[int] = frozenset()
    interests: tuple[str, ...] = ()
    opens: Bools | None = None
    next_opens: Bools | None = None
    circles: tuple[Circle, ...] = ()
    fit: Floats | None = None


class Reason(Word, frozen=True):
    """Why: because they took `item`, it is alike to `item`, it matches an interest, it is popular in a circle or here.

    `new` is an item that nothing is known of yet.
    """

    kind: Literal["took", "alike", "interest", "circle", "popular", "new"]
    item: int | None = None
    name: str = ""


class Suggestion(Word, frozen=True):
    """One item (a column) with its score and reason; `locked` marks what only the next plan opens."""

    item: int
    score: float
    reason: Reason
    locked: bool = False


class _Score(NamedTuple):
    """Each part of the score by item; the score is their sum."""

    popular: Floats
    items: Floats | None
    content: Floats | None
    interest: Floats | None
    fit: Floats | None

    def total(self) -> Floats:
        return self.popular + sum(one for one in self[1:] if one is not None)

    def speaking(self) -> dict[str, Floats]:
        """The parts that may be a reason, by name."""
        parts = zip(self._fields, self, strict=True)
        return {name: part for name, part in parts if part is not None and name != "fit"}


def recommend(
    model: Model,
    viewer: Viewer,
    wanted: int,
    variety: float = VARIETY,
    groups: Ints | None = None,
    most_alike: int | None = None,
) -> tuple[Suggestion, ...]:
    """The best `wanted` items for the viewer, best first; fewer where there are no more.

    What they know or shall never see is not in it, nor what neither their plan nor the next one opens; of the latter
    there is one in `LOCKED_SHARE` at most. The first is the one with the highest score; each further one is picked by
    maximal marginal relevance (Carbonell and Goldstein 1998) on the likeness of texts, and at most `most_alike` are of
    one of the `groups` (None: no limit).
    """
    if not len(model.items):
        return ()
    stated = _stated(model, viewer)
    score = _score(model, viewer, stated)
    total = score.total()
    usual = {name: float(part.mean()) for name, part in score.speaking().items()}
    opened, locked = _allowed(len(total), viewer)
    places = wanted // LOCKED_SHARE
    pool = [*_best(total, opened, wanted * POOL), *_best(total, locked, places * POOL)]
    pool.sort(key=lambda item: (-total[item], item))
    picked = _varied(model, total, pool, wanted, variety, _Limits(locked, places, groups, most_alike))
    return tuple(
        Suggestion(
            item=one,
            score=float(total[one]),
            reason=_reason(model, viewer, stated, score, usual, one),
            locked=bool(locked[one]),
        )
        for one in picked
    )


def scores(model: Model, viewer: Viewer) -> Floats:
    """The score of every item for the viewer, whether it may be shown or not; under a millisecond at 10,000 items.

    What a member states counts as much as popularity does, also where texts did not help the others: no past can tell.
    """
    return _score(model, viewer, _stated(model, viewer)).total()


def _stated(model: Model, viewer: Viewer) -> list[Row]:
    """The viewer's interests as texts."""
    return [] if model.made.texts is None else [vector(model.terms, one) for one in viewer.interests]


def _score(model: Model, viewer: Viewer, stated: Sequence[Row]) -> _Score:
    made, recipe = model.made, model.recipe
    known = list(viewer.known)
    popular = max(recipe.popularity, TRACE) * made.popular / made.scales.popularity
    items = summed(made.weights, known) / made.scales.items if made.weights is not None and known else None
    content = interest = None
    if made.texts is not None and known and recipe.content:
        taken = [row(made.texts, one) for one in known]
        content = recipe.content / made.scales.content * _alike(model, taken)
    if made.texts is not None and stated:
        weight = max(recipe.content, recipe.popularity, TRACE) / made.scales.content
        interest = weight * _alike(model, stated)
    fit = None if viewer.fit is None else max(recipe.popularity, TRACE) * viewer.fit
    return _Score(popular, items, content, interest, fit)


def _alike(model: Model, texts: Sequence[Row]) -> Floats:
    """How alike each item's text is to the mean of these: where they have few terms, only those are looked up."""
    many = np.float32(len(texts))
    if model.made.texts is not None and sum(len(one.columns) for one in texts) > FEW:
        return np.asarray(model.made.texts @ (added(texts, len(model.terms.words)) / many))
    found = [
        (row(model.by_term, column), weight / many)
        for one in texts
        for column, weight in zip(one.columns, one.data, strict=True)
    ]
    return added([Row(one.columns, one.data * weight) for one, weight in found], len(model.items))


def _allowed(items: int, viewer: Viewer) -> tuple[Bools, Bools]:
    """What may be shown as opened and what as locked."""
    free = np.ones(items, bool)
    free[[*viewer.known, *viewer.never]] = False
    opens = np.ones(items, bool) if viewer.opens is None else viewer.opens
    later = np.zeros(items, bool) if viewer.next_opens is None else viewer.next_opens
    return free & opens, free & later & ~opens


def _best(total: Floats, allowed: Bools, most: int) -> list[int]:
    """The `most` best of those allowed, best first; equals in their order."""
    columns = np.flatnonzero(allowed)
    if most <= 0 or not len(columns):
        return []
    if len(columns) > most:
        border = np.partition(total[columns], len(columns) - most)[len(columns) - most]
        columns = columns[total[columns] >= border]
    return [int(one) for one in columns[np.argsort(-total[columns], kind="stable")][:most]]


class _Limits(NamedTuple):
    """At most `places` of the `locked` items, and at most `most_alike` of a group."""

    locked: Bools
    places: int
    groups: Ints | None
    most_alike: int | None


def _varied(model: Model, total: Floats, pool: list[int], wanted: int, variety: float, limits: _Limits) -> list[int]:
    """Greedy maximal marginal relevance: (1 − v)·score − v·likeness to the likest one picked, scores scaled to 0…1."""
    if not pool:
        return []
    top, low = total[pool[0]], total[pool[-1]]
    worth = (1 - variety) * (total[pool] - low) / (top - low if top > low else 1)
    about = None if model.made.texts is None or not variety else Rows(model.made.texts, pool)
    likest = np.zeros(len(pool))
    left = np.ones(len(pool), bool)
    picked: list[int] = []
    while len(picked) < wanted and left.any():
        at = int(np.argmax(np.where(left, worth - variety * likest, -np.inf)))
        picked.append(pool[at])
        left[at] = False
        left &= _fitting(pool, picked, limits)
        if about is not None and len(picked) < wanted:
            likest = np.maximum(likest, about.times(at))
    return picked


def _fitting(pool: list[int], picked: list[int], limits: _Limits) -> Bools:
    """Which of the pool may still be picked, of those that are left."""
    fits = np.ones(len(pool), bool)
    if limits.locked[picked].sum() >= limits.places:
        fits &= ~limits.locked[pool]
    if limits.groups is not None and limits.most_alike is not None:
        full, many = np.unique(limits.groups[picked], return_counts=True)
        fits &= ~np.isin(limits.groups[pool], full[many >= limits.most_alike])
    return fits


def _reason(
    model: Model, viewer: Viewer, stated: Sequence[Row], score: _Score, usual: dict[str, float], item: int
) -> Reason:
    """The part that lifts the item most above the usual item, and what is behind that part."""
    lifts = {name: float(part[item]) - usual[name] for name, part in score.speaking().items()}
    name = max(lifts, key=lambda one: lifts[one])
    if lifts[name] <= 0:
        return Reason(kind="new")
    if name == "items" and model.made.weights is not None:
        return Reason(kind="took", item=_most(viewer.known, column(model.made.weights, list(viewer.known), item)))
    if name == "content":
        texts = [row(model.made.texts, one) for one in viewer.known]
        return Reason(kind="alike", item=_most(viewer.known, _likeness(model, item, texts)))
    if name == "interest":
        return Reason(kind="interest", name=viewer.interests[int(np.argmax(_likeness(model, item, stated)))])
    return _popular(model, viewer, item)


def _likeness(model: Model, item: int, texts: Sequence[Row]) -> Floats:
    """How alike an item's text is to each of these."""
    own = added([row(model.made.texts, item)], len(model.terms.words))
    return np.array([one.data @ own[one.columns] for one in texts])


def _most(known: tuple[int, ...], gives: Floats) -> int:
    return known[int(np.argmax(gives))]


def _popular(model: Model, viewer: Viewer, item: int) -> Reason:
    """Popular in the circle where it is most so beyond the whole community; else popular here."""
    everywhere = max(float(model.made.popular[item]), 1.0) / max(model.members, 1)
    found = [
        (float(one.took[item]) / one.people / everywhere, -at, one.name)
        for at, one in enumerate(viewer.circles)
        if one.took[item] >= CIRCLE_LEAST
    ]
    best = max(found, default=None)
    if best is not None and best[0] >= CIRCLE_LIFT:
        return Reason(kind="circle", name=best[2])
    return Reason(kind="popular")
