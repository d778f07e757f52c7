"""Pasts of made-up communities, small and seeded, in which who took what is known to mean something."""

from typing import Any

import numpy as np

from bot.engine.recommend.past import Ints, Past, past
from bot.engine.recommend.trial import Rows

TOPICS = ("rust ownership", "python asyncio", "素描 绘画", "finance 投资")


def rows(members: int = 120, items: int = 24, each: int = 4, seed: int = 0, tastes: bool = True) -> Rows:
    """Members with one of four tastes take items of theirs four times of five (`tastes`), by a popularity law.

    Item n is about topic n mod 4. Without `tastes` everybody draws from the same law, so that popularity is the truth.
    """
    chance = np.random.default_rng(seed)
    law = 1 / np.arange(1, items + 1)
    drawn = []
    for member in range(members):
        likes = law.copy()
        if tastes:
            likes[np.arange(items) % 4 != member % 4] /= 20
        drawn += [(member, int(one), at) for at, one in enumerate(
            chance.choice(items, each, replace=False, p=likes / likes.sum()))]  # fmt: skip
    table = np.array(drawn)
    texts = [f"{TOPICS[item % 4]} lesson {item}" for item in range(items)]
    return Rows(table[:, 0], table[:, 1], table[:, 2], table[:, 2] == each - 1, texts)


def known(given: Rows, items: int | None = None) -> Past:
    """All of it as a past."""
    many = len(given.texts or ()) if items is None else items
    return past(given.member, given.item, given.at, int(given.member.max()) + 1, many)


def cells(*taken: tuple[int, ...], items: int) -> Past:
    """A past from each member's items, in the order in which they took them."""
    pairs = [(member, item, at) for member, own in enumerate(taken) for at, item in enumerate(own)]
    table: Ints = np.array(pairs or np.zeros((0, 3)), np.int64)
    return past(table[:, 0], table[:, 1], table[:, 2], len(taken), items)


def dense(matrix: Any) -> Any:
    return matrix.toarray()
