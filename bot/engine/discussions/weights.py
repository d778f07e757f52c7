"""How much each part counts: as two public archives said, or as a community's own past says.

Whoever joined a discussion chose it among those open to them then. Conditional logistic regression (D. McFadden,
'Conditional logit analysis of qualitative choice behavior', 1974) makes such choices likeliest; what is likeliest is
not always what brings them to the top of a list, so a grid of other weights is tried by that as well.
"""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from bot.engine.discussions.scene import Scene
from bot.engine.recommend.measure import error, ndcg
from bot.engine.recommend.past import Floats, Ints, Matrix
from bot.words import Word

Weights = tuple[float, float, float, float]
USUAL: Weights = (1.0, 0.5, 0.3, 0.5)
"""About what is learnt on each of two public archives (`docs/discussions.md`); content, which neither has, is set."""
RIDGE = 3.0
"""How strongly weights are drawn towards the usual ones."""
FEWEST = 50
"""With fewer choices to learn from, the usual weights hold."""
GRID = ((0.0, 0.25, 0.5, 1.0), (0.0, 0.15, 0.3, 0.6, 1.0, 1.5), (0.0, 0.25, 0.5, 1.0))
"""Weights of place, people and content that are tried beside a heat of 1."""
MOST = 3_000
"""The latest choices are learnt from."""


class Said(NamedTuple):
    """Who wrote where, oldest first: microseconds since 1970, numbers of member and discussion.

    `channel` says for each discussion in which channel it is, by number; `titles` are their texts as vectors, or None.
    """

    at: Ints
    member: Ints
    spot: Ints
    channel: Ints
    titles: Matrix | None = None


class Choice(NamedTuple):
    """A discussion was joined: the row of `values` that was chosen, of those that were open then."""

    values: Floats
    chosen: int


class Learnt(Word, frozen=True):
    """Weights of `PARTS`, from so many choices (0: the usual ones)."""

    weights: Weights = USUAL
    choices: int = 0


def choices(said: Said, since: int = 0, most: int | None = None) -> list[Choice]:
    """Each first message of a member in a discussion that went on, and what was open to them just before.

    Of choices before `since` (microseconds) nothing is told, but they are heard. With `most`, so many, evenly spread.
    """
    scene = Scene(said.channel.tolist(), said.titles)
    rows = list(zip(said.at.tolist(), said.member.tolist(), said.spot.tolist(), strict=True))
    wanted = _joins(rows, since)
    if most is not None and len(wanted) > most:
        wanted = [wanted[at] for at in np.linspace(0, len(wanted) - 1, most).astype(int)]
    asked, found = set(wanted), []
    for row, (at, member, spot) in enumerate(rows):
        if row in asked:
            features = scene.features(member, at)
            if spot in features.spots and len(features.spots) > 1:
                found.append(Choice(features.values, features.spots.index(spot)))
        scene.hear(at, member, spot)
    return found


def _joins(rows: Sequence[tuple[int, int, int]], since: int) -> list[int]:
    """The rows of first messages of a member who had written before, in a discussion of somebody else's."""
    seen: set[tuple[int, int]] = set()
    begun: set[int] = set()
    known: set[int] = set()
    found = []
    for row, (at, member, spot) in enumerate(rows):
        if (member, spot) not in seen and spot in begun and member in known and at >= since:
            found.append(row)
        seen.add((member, spot))
        begun.add(spot)
        known.add(member)
    return found


class _Table(NamedTuple):
    """Choices as one table: `values` of all of them, where each begins, which row was chosen, whose each row is."""

    values: Floats
    starts: Ints
    chosen: Ints
    group: Ints


def _table(given: Sequence[Choice]) -> _Table:
    sizes = np.array([len(one.values) for one in given], np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    chosen = starts + np.array([one.chosen for one in given], np.int64)
    return _Table(
        np.concatenate([one.values for one in given]), starts, chosen, np.repeat(np.arange(len(given)), sizes)
    )


def gains(given: Sequence[Choice], weights: Sequence[float]) -> Floats:
    """NDCG@10 of each choice by these weights; among equals what was chosen stands in the middle."""
    return _gains(_table(given), np.asarray(weights, np.float64))


def _gains(table: _Table, weights: Floats) -> Floats:
    score = table.values @ weights
    own = score[table.chosen][table.group]
    above = np.add.reduceat(score > own, table.starts, dtype=np.int64)
    equal = np.add.reduceat(score == own, table.starts, dtype=np.int64)
    return ndcg(above + (equal - 1) / 2)


def learn(given: Sequence[Choice]) -> Learnt:
    """The weights by which the community's own choices come first; with few choices the usual ones.

    Tried are those of the regression and a grid about the usual ones. Others than the usual are taken only where they
    are better by more than a standard error, members' choices paired: of several, those with the largest lower bound.
    """
    given = given[-MOST:]
    if len(given) < FEWEST:
        return Learnt()
    table = _table(given)
    usual, best, surest = _gains(table, np.array(USUAL)), USUAL, 0.0
    for weights in (_likeliest(table), *product((1.0,), *GRID)):
        gain = _gains(table, np.array(weights)) - usual
        bound = float(gain.mean()) - error(gain)
        if bound > surest + 1e-12:
            best, surest = weights, bound
    return Learnt(weights=best, choices=len(given))


def _likeliest(table: _Table) -> Weights:
    """The weights that make what was chosen likeliest."""
    usual = np.array(USUAL)

    def loss(weights: Floats) -> tuple[float, Floats]:
        score = table.values @ weights
        score = score - np.maximum.reduceat(score, table.starts)[table.group]
        odds = np.exp(score)
        total = np.add.reduceat(odds, table.starts)
        share = odds / total[table.group]
        off = weights - usual
        value = float(np.log(total).sum() - score[table.chosen].sum() + RIDGE / 2 * off @ off)
        return value, table.values.T @ share - table.values[table.chosen].sum(axis=0) + RIDGE * off

    first, second, third, fourth = (float(one) for one in minimize(loss, usual, jac=True, method="L-BFGS-B").x)
    return first, second, third, fourth
