"""Levels: what the points amount to."""

from bisect import bisect_right
from functools import lru_cache

from bot.effects import Announce, Effect
from bot.engine.rules import LevelRules, Rules
from bot.events import Event
from bot.state import MemberState, Standing

HIGHEST = 1_000
"""No curve is followed further than this."""


@lru_cache(maxsize=64)
def thresholds(rules: LevelRules) -> tuple[int, ...]:
    """The total points at which each level begins; index 0 is level 0, at 0 points."""
    totals = [0]
    for level in range(HIGHEST):
        totals.append(totals[-1] + rules.square * level * level + rules.linear * level + rules.constant)
    return tuple(totals)


def level_of(points: int, rules: LevelRules) -> int:
    """The level that `points` amount to."""
    return bisect_right(thresholds(rules), points, 1) - 1  # level 0 has no lower end


def progress(points: int, rules: LevelRules) -> tuple[int, int, int]:
    """(level, points since it began, points it takes to the next)."""
    totals = thresholds(rules)
    level = level_of(points, rules)
    above = totals[min(level + 1, HIGHEST)]
    return level, points - totals[level], max(above - totals[level], 1)


def stand(event: Event, state: MemberState, rules: Rules) -> tuple[Standing, tuple[Effect, ...]]:
    """Follow the points, and announce each new height once."""
    was = state.standing
    level = level_of(state.engagement.points, rules.levels)
    if level <= was.announced:
        return (was if level == was.level else Standing(level=level, announced=was.announced)), ()
    effects = (Announce(notice="level_up", values={"level": level}),) if rules.levels.announce else ()
    return Standing(level=level, announced=level), effects
