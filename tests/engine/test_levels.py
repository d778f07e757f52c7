"""Levels: the numbers MEE6 users know, and one announcement for each new height."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.effects import Announce
from bot.engine.levels import HIGHEST, level_of, progress, stand, thresholds
from bot.engine.rules import LevelRules, Rules
from bot.events import Account, MessagePosted
from bot.state import Engagement, MemberState, Standing
from bot.text import Features
from tests.conftest import START

MEE6 = {
    1: 100,
    2: 255,
    3: 475,
    4: 770,
    5: 1_150,
    6: 1_625,
    7: 2_205,
    8: 2_900,
    9: 3_720,
    10: 4_675,
    20: 23_850,
    30: 67_525,
    50: 268_375,
    100: 1_899_250,
}
POST = MessagePosted(key="m", at=START, who=Account(platform="p", space="s", user="u"), channel="c", text=Features())
curves = st.builds(
    LevelRules,
    square=st.integers(0, 6),
    linear=st.integers(0, 60),
    constant=st.integers(1, 120),
    announce=st.booleans(),
)


@pytest.mark.parametrize(("level", "points"), MEE6.items())
def test_the_curve_as_shipped_is_mee6s(level: int, points: int, rules: Rules) -> None:
    assert rules.levels == LevelRules()
    assert thresholds(rules.levels)[level] == points
    assert level_of(points, rules.levels) == level
    assert level_of(points - 1, rules.levels) == level - 1


@pytest.mark.parametrize(("points", "level"), [(-1_000, 0), (-1, 0), (0, 0), (99, 0), (10**12, HIGHEST)])
def test_the_ends_of_the_curve(points: int, level: int) -> None:
    assert level_of(points, LevelRules()) == level


@given(curves, st.integers(-100, 20_000))
def test_the_level_is_what_counting_up_step_by_step_gives(curve: LevelRules, points: int) -> None:
    level = total = 0
    while points >= (total := total + curve.square * level**2 + curve.linear * level + curve.constant):
        level += 1
        if level == HIGHEST:
            break
    assert level_of(points, curve) == level


@given(curves, st.integers(0, 20_000))
def test_progress_is_the_way_between_two_levels(curve: LevelRules, points: int) -> None:
    level, done, needed = progress(points, curve)
    assert level == level_of(points, curve)
    assert thresholds(curve)[level] + done == points
    assert level == HIGHEST or 0 <= done < needed == thresholds(curve)[level + 1] - thresholds(curve)[level]


def test_progress_at_the_very_top_divides_by_no_zero() -> None:
    assert progress(10**12, LevelRules())[0::2] == (HIGHEST, 1)


def test_a_new_height_is_announced_once() -> None:
    rules = Rules()

    def at(points: int, was: Standing) -> tuple[Standing, tuple[object, ...]]:
        return stand(POST, MemberState(engagement=Engagement(points=points), standing=was), rules)

    first, told = at(260, Standing())
    assert (first, told) == (
        Standing(level=2, announced=2),
        (Announce(notice="level_up", values={"level": 2}),),
    )
    fallen, told = at(120, first)
    assert (fallen, told) == (Standing(level=1, announced=2), ())
    again, told = at(260, fallen)
    assert (again, told) == (Standing(level=2, announced=2), ())
    higher, told = at(480, again)
    assert (higher, told) == (
        Standing(level=3, announced=3),
        (Announce(notice="level_up", values={"level": 3}),),
    )
    same = at(481, higher)
    assert same[0] is higher


def test_a_creator_may_want_no_announcements() -> None:
    rules = Rules(levels=LevelRules(announce=False))
    state = MemberState(engagement=Engagement(points=260))
    assert stand(POST, state, rules) == (Standing(level=2, announced=2), ())
