"""Whether the split is what it should be: members arriving in other proportions than drawn make it void.

Three looks at it, because the first is nearly blind below 2,000 members: the proportions, what was delivered in each
arm, and whether members are where the hash puts them.
"""

from collections.abc import Mapping
from typing import NamedTuple

from scipy.special import chdtrc

LEVEL = 0.001
"""Below this chance a split is called wrong."""
MERGED = 0.02
"""The part of the members who may be in another arm than the hash says, for they were two."""
LEAST = 5
"""Members an arm should have for the chi-square to mean anything."""


class Split(NamedTuple):
    """What was found: the chance of these proportions, and of deliveries failing so differently; who is misplaced.

    So many members `of` all looked at are in another arm than the hash says. A few are no fault: those who became one
    member out of two keep the arm they had.
    """

    ratio: float = 1.0
    delivery: float = 1.0
    misplaced: int = 0
    of: int = 0

    @property
    def wrong(self) -> bool:
        """Whether something is wrong with it."""
        return min(self.ratio, self.delivery) < LEVEL or self.misplaced > max(2, MERGED * self.of)


def ratio(members: Mapping[str, int], weights: Mapping[str, float]) -> float:
    """The chance of proportions as far from the weights: Pearson's chi-square. 1 where too few are there to say.

    Fabijan et al., 'Diagnosing sample ratio mismatch in online controlled experiments', KDD 2019.
    """
    total, weight = sum(members.values()), sum(weights.values())
    expected = {arm: total * part / weight for arm, part in weights.items() if part}
    if len(expected) < 2 or min(expected.values()) < LEAST:
        return 1.0
    square = sum((members.get(arm, 0) - many) ** 2 / many for arm, many in expected.items())
    return float(chdtrc(len(expected) - 1, square))


def delivery(delivered: Mapping[str, int], failed: Mapping[str, int]) -> float:
    """The chance of deliveries failing as differently between arms that should be delivered alike; 1 for too few."""
    arms = [arm for arm in delivered if delivered[arm] + failed.get(arm, 0)]
    good, bad = sum(delivered[arm] for arm in arms), sum(failed.get(arm, 0) for arm in arms)
    if len(arms) < 2 or not good or not bad:
        return 1.0
    square = 0.0
    for arm in arms:
        n = delivered[arm] + failed.get(arm, 0)
        for seen, all_ in ((delivered[arm], good), (failed.get(arm, 0), bad)):
            expected = n * all_ / (good + bad)
            if expected < LEAST:
                return 1.0
            square += (seen - expected) ** 2 / expected
    return float(chdtrc(len(arms) - 1, square))
