"""Level curves: how many points it takes to be at each level. A new preset is one entry in `CURVES`."""

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Annotated, Literal

import msgspec

from bot.engine.strict import Strict
from bot.words import N_, Problem

HIGHEST = 1_000
"""No curve is followed further than this."""

Curve = Literal["mee6", "lurkr", "amari", "levelup", "polaris", "custom"]
Factor = Annotated[float, msgspec.Meta(ge=-1_000_000, le=1_000_000)]

CURVES: dict[str, Callable[[int], int]] = {
    # MEE6: 5L² + 50L + 100 from level L to the next; this is the sum of it, in whole numbers.
    "mee6": lambda n: (10 * n**3 + 135 * n**2 + 455 * n) // 6,
    "lurkr": lambda n: 50 * n**2 - 100 * n + 150,
    "amari": lambda n: 20 * n**2 - 40 * n + 55,
    "levelup": lambda n: 100 * n**2,
    "polaris": lambda n: n**3 + 50 * n**2 + 100 * n,
}
"""The points in all at which level n begins, for n from 1 on, as the documentation of each product has it."""


class LevelRules(Strict, frozen=True):
    """The curve, by name or one's own, and how a new level is told.

    With `curve` = "custom" level n begins at cubic·n³ + square·n² + linear·n + constant points, rounded down, or at
    the n-th of `totals`; after those each level takes what the last of them took. `announce` a new level in the
    channel, privately or not at all; only `every` n-th; or only those that open something (`rewards_only`). With `tags`
    the level stands at the member's name where the platform can show it (Telegram).
    """

    curve: Curve = "mee6"
    cubic: Factor = 0
    square: Factor = 0
    linear: Factor = 0
    constant: Factor = 0
    totals: tuple[Annotated[int, msgspec.Meta(ge=1, le=10**12)], ...] = ()
    announce: Literal["channel", "private", "off"] = "channel"
    every: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 1
    rewards_only: bool = False
    tags: bool = False


def total(level: int, rules: LevelRules) -> int:
    """The points at which `level` (from 1 on) begins."""
    if rules.curve != "custom":
        return CURVES[rules.curve](level)
    if not rules.totals:
        cubic, square, linear, constant, whole = _terms(rules)
        return (((cubic * level + square) * level + linear) * level + constant) // whole
    if level <= len(rules.totals):
        return rules.totals[level - 1]
    last = rules.totals[-1]
    step = last - (rules.totals[-2] if len(rules.totals) > 1 else 0)
    return last + step * (level - len(rules.totals))


@lru_cache(maxsize=64)
def _terms(rules: LevelRules) -> tuple[int, ...]:
    """The factors as they are written (0.7 is seven tenths), in whole numbers of the last one."""
    factors = [Fraction(str(one)) for one in (rules.cubic, rules.square, rules.linear, rules.constant)]
    whole = lcm(*[one.denominator for one in factors])
    return (*[int(one * whole) for one in factors], whole)


@lru_cache(maxsize=64)
def thresholds(rules: LevelRules) -> tuple[int, ...]:
    """The points at which each level begins; index 0 is level 0, at 0 points."""
    return (0, *[total(level, rules) for level in range(1, HIGHEST + 1)])


def check_curve(rules: LevelRules) -> None:
    """Raises Problem that says at which level a curve does not rise."""
    steps = thresholds(rules)
    for level in range(1, HIGHEST + 1):
        if steps[level] <= steps[level - 1]:
            message = N_(
                "levels: level {level} would begin at {points} points and level {before} at {less}; "
                "each must take more than the one before"
            )
            raise Problem(message, level=level, points=steps[level], before=level - 1, less=steps[level - 1])
