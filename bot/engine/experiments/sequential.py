"""Looking every day without fooling oneself: boundaries that spend the error, and intervals that hold at all times.

A test with a planned size is looked at by `boundaries` (O'Brien and Fleming's shape, by Lan and DeMets' spending): it
keeps nearly all the power of a single look at the end. What runs without an end, as the hold-outs of nudges do, has no
size to plan by and is looked at by `always`, a confidence sequence, which is wider and never runs out.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import ceil
from typing import Any

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.special import ndtr, ndtri

from bot.engine.experiments.compare import Floats

ALPHA = 0.045
"""The error of a test: half a point of the 5 % is kept back for what normal theory misses in small samples."""
STEP = 0.01
"""The part of the planned information that must be new before it is looked at again: a hundred looks at most."""
_REACH = 6.5
"""How many standard deviations of the path the quadrature covers."""
_NONE = 1e-12
"""Less error than this is not spent: the boundary is out of reach."""


def spent(fraction: Any, alpha: float = ALPHA) -> Any:
    """The error that may have been spent by a `fraction` of the information, two-sided.

    Lan and DeMets, Biometrika 70 (1983): 2 − 2Φ(z(1 − a/2) / √t) for each side's a = α / 2.
    """
    return 4 * ndtr(-ndtri(1 - alpha / 4) / np.sqrt(np.clip(fraction, 1e-12, 1)))


@lru_cache(maxsize=256)
def boundaries(fractions: tuple[float, ...], alpha: float = ALPHA) -> tuple[float, ...]:
    """How many standard errors a difference must exceed at each look, given the information at each, rising to 1.

    The path of Σ information · difference is Brownian: its density among the tests not stopped before is carried from
    look to look by quadrature (Armitage, McPherson and Rowe, JRSS A 132, 1969) and each boundary is where the error
    spent since the last look lies beyond it.
    """
    found: list[float] = []
    path, mass, time, before = np.zeros(1), np.ones(1), 0.0, 0.0
    for fraction in fractions:
        step = np.sqrt(fraction - time)
        total = float(spent(fraction, alpha))
        edge = _edge(path, mass, step, total - before, np.sqrt(fraction))
        if np.isfinite(edge):
            before = total
        found.append(edge / np.sqrt(fraction))
        reach = min(edge, _REACH * np.sqrt(fraction))
        nodes, weights = _points(ceil(float(reach / step) / 4))
        place = reach * nodes
        kernel = np.exp(-0.5 * ((place[:, None] - path) / step) ** 2) / (step * np.sqrt(2 * np.pi))
        path, mass, time = place, (kernel @ mass) * reach * weights, fraction
    return tuple(map(float, found))


def _edge(path: Floats, mass: Floats, step: float, error: float, deviation: float) -> float:
    """Where the path has to be for no more than `error` to lie beyond; ∞ when there is nothing to spend."""
    if error < _NONE:
        return np.inf
    low, high = 0.0, (_REACH + 2) * deviation
    for _ in range(9):
        tried = np.linspace(low, high, 18)
        beyond = ndtr((path - tried[:, None]) / step) + ndtr((-path - tried[:, None]) / step)
        last = int(((beyond @ mass) > error).sum())  # falls along `tried`: so many are too near
        low, high = float(tried[max(last - 1, 0)]), float(tried[min(last, 17)])
    return high


@lru_cache(maxsize=64)
def _points(fours: int) -> tuple[Floats, Floats]:
    """Nodes and weights for a range that is four times so many steps to each side: two points a step, or more."""
    return leggauss(max(32, 16 * fours))


def looks_taken(fractions: Sequence[float]) -> list[int]:
    """Which of many looks count: those with enough new information, to the first at which all that was planned is in.

    The indices of `fractions`, which never fall.
    """
    taken: list[int] = []
    last = 0.0
    for index, fraction in enumerate(fractions):
        if fraction >= 1 or fraction - last >= STEP:
            taken.append(index)
            last = fraction
        if fraction >= 1:
            break
    return taken


def always(n: Any, error: Any, alpha: float = ALPHA, best_at: float = 1000.0) -> Any:
    """Half the width of an interval that holds at all looks at once, whenever one looks; narrowest about `best_at`.

    The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, 'Time-uniform central limit
    theory and asymptotic confidence sequences', Annals of Statistics 52 (2024), eq. (2) of arXiv 2103.06476, for the
    difference's influence of each of `n` members: with v = nρ², error · √(2 (v + 1)/v · ln(√(v + 1) / α)).
    """
    squared = (-2 * np.log(alpha) + np.log(-2 * np.log(alpha)) + 1) / best_at
    v = np.maximum(n, 1e-9) * squared
    return error * np.sqrt(2 * (v + 1) / v * np.log(np.sqrt(v + 1) / alpha))
