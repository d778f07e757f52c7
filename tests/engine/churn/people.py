"""A made-up community: members who come by their own rate, and leave by it; seeded."""

from datetime import timedelta

import numpy as np

from bot.engine.activity import Log
from tests.insight.logs import at, log_of


def community(seed: int, members: int = 120, days: int = 500) -> Log:
    """Each comes on a day of their own, is active on a share of days of their own, and is gone after a while."""
    chance = np.random.default_rng(seed)
    told = []
    for member in range(1, members + 1):
        rate = chance.beta(0.6, 3)
        first = int(chance.integers(0, days - 60))
        stay = int(chance.exponential(60 + 400 * rate))
        came = [first, *(day for day in range(first + 1, min(first + stay + 1, days)) if chance.random() < rate)]
        told += [(at(day) + timedelta(minutes=int(chance.integers(0, 600))), member, "MessagePosted") for day in came]
    return log_of(told, questions=list(range(0, len(told), 7)))
