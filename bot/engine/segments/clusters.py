"""Groups of members by k-means (Lloyd 1982) whose centroids are carried on: a group stays what it is from week to week.

The first time the best of several starts is taken (k-means++, Arthur and Vassilvitskii 2007). From then on last week's
centroids are the start, and the scale of the columns stays as it was; where a start from nothing fits much better, its
groups are taken and matched to the old ones by the least distance in all (Kuhn's Hungarian method). A member moves only
to a group that is clearly nearer than theirs. Lloyd's steps are a few lines of numpy: to load scikit-learn for them
would take the bot's process 100 MB and two seconds.
"""

import numpy as np
from scipy.optimize import linear_sum_assignment

from bot.engine.activity import Ints
from bot.engine.churn.features import Matrix
from bot.words import Word

GROUPS = 5
STARTS, STEPS = 8, 60
BETTER = 0.9
"""A start from nothing must leave less than this share of the squares, so that all groups are formed anew."""
NEARER = 0.7
"""How near another group must be, measured by the distance to one's own, so that a member moves."""
WIDE = 3.0
"""Standard deviations at which a column ends: one who writes a thousand a week is no group of their own."""
_FLAT = 1e-9


class Clusters(Word, frozen=True):
    """Centroids in columns scaled by (x - mean) / scale; `names` are those of the groups."""

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    centroids: tuple[tuple[float, ...], ...]
    names: tuple[str, ...] = ()

    def scaled(self, x: Matrix) -> Matrix:
        """The columns as distances are measured in them."""
        z = (x - np.array(self.mean)) / np.array(self.scale)
        return np.asarray(np.clip(z, -WIDE, WIDE), np.float64)

    @property
    def middles(self) -> Matrix:
        """The centroids as an array."""
        return np.array(self.centroids, np.float64)

    @property
    def typical(self) -> Matrix:
        """The centroids in the columns' own units."""
        return np.asarray(self.middles * np.array(self.scale) + np.array(self.mean), np.float64)


def grouped(x: Matrix, before: Clusters | None, groups: int = GROUPS) -> Clusters:
    """The groups of some members; `before` are last week's. Raises ValueError for fewer members than groups."""
    groups = groups if before is None else len(before.centroids)
    if len(x) < groups:
        raise ValueError(f"{len(x)} members are too few for {groups} groups")
    if before is None:
        scale = x.std(axis=0)
        empty = Clusters(mean=_tuple(x.mean(axis=0)), scale=_tuple(np.where(scale > _FLAT, scale, 1.0)), centroids=())
        return _with(empty, _best(empty.scaled(x), groups))
    z = before.scaled(x)
    carried, anew = _lloyd(z, before.middles), _best(z, groups)
    if _squares(z, anew) < BETTER * _squares(z, carried):
        near = _distances(before.middles, anew)
        _, matched = linear_sum_assignment(near)
        carried = anew[matched]
    return _with(before, carried)


def assigned(clusters: Clusters, x: Matrix, was: Ints) -> Ints:
    """The group of each member; `was` is the one they were in (-1: none), which they leave only for a nearer one."""
    if not len(x):
        return np.zeros(0, np.int64)
    far = np.sqrt(_distances(clusters.scaled(x), clusters.middles))
    best = far.argmin(axis=1)
    rows = np.arange(len(x))
    known = (was >= 0) & (was < far.shape[1])
    mine = np.where(known, was, 0)
    stays = known & (far[rows, best] > NEARER * far[rows, mine])
    return np.where(stays, mine, best)


def _with(clusters: Clusters, middles: Matrix) -> Clusters:
    return Clusters(mean=clusters.mean, scale=clusters.scale, centroids=tuple(_tuple(one) for one in middles),
                    names=clusters.names)  # fmt: skip


def _tuple(values: Matrix) -> tuple[float, ...]:
    return tuple(float(one) for one in values)


def _distances(z: Matrix, middles: Matrix) -> Matrix:
    """The squares of the distances, rows × groups."""
    found = (z * z).sum(axis=1)[:, None] - 2 * z @ middles.T + (middles * middles).sum(axis=1)[None, :]
    return np.asarray(np.maximum(found, 0), np.float64)


def _squares(z: Matrix, middles: Matrix) -> float:
    return float(_distances(z, middles).min(axis=1).sum())


def _lloyd(z: Matrix, middles: Matrix) -> Matrix:
    """Until nothing moves; a group that nobody is nearest to stays where it is."""
    for _ in range(STEPS):
        nearest = _distances(z, middles).argmin(axis=1)
        counts = np.bincount(nearest, minlength=len(middles))
        sums = np.stack([np.bincount(nearest, column, len(middles)) for column in z.T], axis=1)
        moved = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], middles)
        if np.abs(moved - middles).max() < 1e-6:
            break
        middles = moved
    return middles


def _best(z: Matrix, groups: int) -> Matrix:
    found = [_lloyd(z, _spread(z, groups, np.random.default_rng(seed))) for seed in range(STARTS)]
    return min(found, key=lambda middles: _squares(z, middles))


def _spread(z: Matrix, groups: int, chance: np.random.Generator) -> Matrix:
    """Starts that lie apart: each further one drawn by the square of its distance to the nearest so far."""
    middles = z[[int(chance.integers(len(z)))]]
    while len(middles) < groups:
        far = _distances(z, middles).min(axis=1)
        total = far.sum()
        drawn = chance.choice(len(z), p=far / total) if total > 0 else chance.integers(len(z))
        middles = np.concatenate([middles, z[[int(drawn)]]])
    return middles
