"""Which wording to send next: more often what works, and each now and then, so that none is given up too soon.

Thompson sampling (Thompson, Biometrika 25, 1933) with its probabilities worked out instead of drawn: each wording is
sent as often as it is likely to be the best. It is for wording only. A price or a trial is compared at fixed shares:
nobody should be shown what looks worse for longer than the comparison needs, nor what looks better before it is known.

What follows from results is no sample: a wording that was unlucky early is sent less, and its rate stays too low. So a
floor of `FLOOR` a wording is drawn evenly among all, apart from the rest, and only that is reported from.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.special import betainc, betaln

from bot.engine.experiments.assignment import holdout, pick

FLOOR = 0.05
_NODES = 200
_PLACES, _WEIGHTS = leggauss(_NODES)


def likely_best(results: Mapping[str, tuple[int, int]]) -> dict[str, float]:
    """{wording: the chance that it is the best} from {wording: (how many times it worked, of how many)}.

    With a uniform prior of each rate: ∫ beta density of one · Π of the others' distribution functions.
    """
    return dict(zip(results, _chances(tuple(results.values())), strict=True))


@lru_cache(maxsize=64)
def _chances(results: tuple[tuple[int, int], ...]) -> tuple[float, ...]:
    shapes = np.array([(good + 1, n - good + 1) for good, n in results], float)
    means = shapes[:, 0] / shapes.sum(1)
    reach = 9 * np.sqrt(means * (1 - means) / (shapes.sum(1) + 1))
    low, high = max((means - reach).min(), 0.0), min((means + reach).max(), 1.0)
    place = np.clip((low + high) / 2 + (high - low) / 2 * _PLACES, 1e-12, 1 - 1e-12)
    a, b = shapes[:, :1], shapes[:, 1:]
    density = np.exp((a - 1) * np.log(place) + (b - 1) * np.log1p(-place) - betaln(a, b))
    below = betainc(a, b, place)
    parts = [(density[one] * np.delete(below, one, 0).prod(0) * _WEIGHTS).sum() for one in range(len(shapes))]
    found = np.maximum(np.array(parts), 0)
    return tuple((found / found.sum()).tolist())


def evenly(salt: str, member: int, arms: int, floor: float = FLOOR) -> bool:
    """Whether a member is of the floor, whose wording is drawn evenly whatever the results say."""
    return holdout(f"{salt}\0floor", member, min(floor * arms, 1))


def choose(salt: str, member: int, results: Mapping[str, tuple[int, int]], floor: float = FLOOR) -> tuple[str, bool]:
    """(the wording of a member, whether it was drawn evenly: of the floor, which is what is reported from)."""
    arms = sorted(results)
    if evenly(salt, member, len(arms), floor):
        return pick(f"{salt}\0even", member, dict.fromkeys(arms, 1.0)), True
    return pick(f"{salt}\0best", member, likely_best(results)), False
