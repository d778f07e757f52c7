"""The list for one member: what may be shown, in which order, how varied, and why. Everything here is by column."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from bot.engine.recommend.blend import TRACE
from bot.engine.recommend.content import vectors
from bot.engine.recommend.model import Model
from bot.engine.recommend.past import Bools, Floats, Ints
from bot.words import Word

VARIETY = 0.2
"""How much being alike to what already is in the list counts against an item, 0 to 1."""
POOL = 10
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
    it (None: all), `next_opens` whether the next plan would (None: there is none). `circles` may explain an item.
    """

    known: tuple[int, ...] = ()
    never: frozenset[int] = frozenset()
    interests: tuple[str, ...] = ()
    opens: Bools | None = None
    next_opens: Bools | None = None
    circles: tuple[Circle, ...] = ()


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

    def total(self) -> Floats:
        return self.popular + sum(one for one in self[1:] if one is not None)


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
    score = _score(model, viewer)
    total = score.total()
    opened, locked = _allowed(len(total), viewer)
    places = wanted // LOCKED_SHARE
    pool = [*_best(total, opened, wanted * POOL), *_best(total, locked, places * POOL)]
    picked = _varied(model, total, sorted(pool, key=lambda item: (-total[item], item)), wanted, variety,
                     _Limits(frozenset(_where(locked)), places, groups, most_alike))  # fmt: skip
    return tuple(
        Suggestion(item=item, score=float(total[item]), reason=_reason(model, viewer, score, item), locked=barred)
        for item, barred in ((one, bool(locked[one])) for one in picked)
    )


def scores(model: Model, viewer: Viewer) -> Floats:
    """The score of every item for the viewer, whether it may be shown or not; under a millisecond at 10,000 items.

    What a member states counts as much as popularity does, also where texts did not help the others: no past can tell.
    """
    return _score(model, viewer).total()


def _score(model: Model, viewer: Viewer) -> _Score:
    made, recipe = model.made, model.recipe
    known = list(viewer.known)
    popular = max(recipe.popularity, TRACE) * made.popular / made.scales.popularity
    items = made.weights[known].sum(axis=0) / made.scales.items if made.weights is not None and known else None
    content = interest = None
    if made.texts is not None and known and recipe.content:
        content = recipe.content / made.scales.content * _alike(model, made.texts[known].sum(axis=0) / len(known))
    if made.texts is not None and viewer.interests:
        stated = vectors(model.terms, viewer.interests)
        weight = max(recipe.content, recipe.popularity, TRACE) / made.scales.content
        interest = weight * _alike(model, stated.sum(axis=0) / len(viewer.interests))
    return _Score(popular, items, content, interest)


def _alike(model: Model, profile: Floats) -> Floats:
    """How alike each item's text is to a profile: only the profile's own terms are looked up."""
    own = np.asarray(profile, np.float32).ravel()
    held = np.flatnonzero(own)
    return np.asarray(own[held] @ model.by_term[held]) if model.by_term is not None else np.zeros(0)


def _allowed(items: int, viewer: Viewer) -> tuple[Bools, Bools]:
    """What may be shown as opened and what as locked."""
    free = np.ones(items, bool)
    free[[*viewer.known, *viewer.never]] = False
    opens = np.ones(items, bool) if viewer.opens is None else viewer.opens
    later = np.zeros(items, bool) if viewer.next_opens is None else viewer.next_opens
    return free & opens, free & later & ~opens


def _where(flags: Bools) -> list[int]:
    return [int(one) for one in np.flatnonzero(flags)]


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
    locked: frozenset[int]
    places: int
    groups: Ints | None
    most_alike: int | None


def _varied(model: Model, total: Floats, pool: list[int], wanted: int, variety: float, limits: _Limits) -> list[int]:
    """Greedy maximal marginal relevance: (1 − v)·score − v·likeness to the likest one picked, scores scaled to 0…1."""
    if not pool:
        return []
    top, low = total[pool[0]], total[pool[-1]]
    worth = (total[pool] - low) / (top - low if top > low else 1)
    texts = model.made.texts
    alike = np.zeros((len(pool), len(pool))) if texts is None else (texts[pool] @ texts[pool].T).toarray()
    likest = np.zeros(len(pool))
    left = np.ones(len(pool), bool)
    picked: list[int] = []
    while len(picked) < wanted:
        free = [at for at in np.flatnonzero(left) if _fits(pool[at], picked, limits)]
        if not free:
            break
        marginal = (1 - variety) * worth[free] - variety * likest[free]
        at = free[int(np.argmax(marginal))]
        picked.append(pool[at])
        left[at] = False
        likest = np.maximum(likest, alike[at])
    return picked


def _fits(item: int, picked: Sequence[int], limits: _Limits) -> bool:
    if item in limits.locked and sum(one in limits.locked for one in picked) >= limits.places:
        return False
    if limits.groups is None or limits.most_alike is None:
        return True
    return sum(int(limits.groups[one] == limits.groups[item]) for one in picked) < limits.most_alike


def _reason(model: Model, viewer: Viewer, score: _Score, item: int) -> Reason:
    """The part that lifts the item most above the usual item, and what is behind that part."""
    given = {name: part for name, part in zip(_Score._fields, score, strict=True) if part is not None}
    lifts = {name: float(part[item] - part.mean()) for name, part in given.items()}
    name = max(lifts, key=lambda one: lifts[one])
    if lifts[name] <= 0:
        return Reason(kind="new")
    if name == "items" and model.made.weights is not None:
        return Reason(kind="took", item=_most(viewer.known, model.made.weights[list(viewer.known), item]))
    if name == "content":
        return Reason(kind="alike", item=_most(viewer.known, _likeness(model, item, list(viewer.known))))
    if name == "interest":
        stated = (vectors(model.terms, viewer.interests) @ model.by_term[:, [item]]).toarray().ravel()  # type: ignore[index]
        return Reason(kind="interest", name=viewer.interests[int(np.argmax(stated))])
    return _popular(model, viewer, item)


def _likeness(model: Model, item: int, others: list[int]) -> Floats:
    texts = model.made.texts
    return np.zeros(len(others)) if texts is None else (texts[others] @ texts[[item]].T).toarray().ravel()


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
