"""Levels: the numbers that users of each product know, one announcement for each new height, and beginning again."""

from datetime import date, timedelta
from fractions import Fraction
from math import floor
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.effects import Announce, Nudge
from bot.engine.curves import CURVES, HIGHEST, Curve, LevelRules, check_curve, thresholds
from bot.engine.earning import GuardRules, PrestigeRules
from bot.engine.ledger import Past
from bot.engine.levels import level_of, progress, stand, teller, way_up
from bot.engine.rules import Gate, Rules
from bot.events import Account, AdjustmentUndone, Crowned, DayEnded, MessagePosted, PointsAdjusted, Prestiged
from bot.state import Contact, Engagement, MemberState, Standing
from bot.storage.replay import Fold
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
PRESETS: dict[Curve, dict[int, int]] = {
    "mee6": MEE6,
    "lurkr": {1: 100, 2: 150, 3: 300, 5: 900, 10: 4_150, 50: 120_150},
    "amari": {1: 35, 2: 55, 3: 115, 5: 355, 10: 1_655, 50: 48_055},
    "levelup": {1: 100, 2: 400, 3: 900, 10: 10_000, 50: 250_000},
    "polaris": {1: 151, 2: 408, 3: 777, 10: 7_000, 50: 255_000},
}
"""Each curve's points at which a level begins, worked out by hand."""
ANN = Account(platform="p", space="s", user="u")
POST = MessagePosted(key="m", at=START, who=ANN, channel="c", text=Features())
AGAIN = Prestiged(key="p", at=START, who=ANN)
curves = st.builds(
    LevelRules,
    curve=st.just("custom"),
    cubic=st.sampled_from((0, 0.1, 0.5, 1)),
    square=st.integers(0, 6),
    linear=st.one_of(st.integers(1, 60), st.sampled_from((1.1, 2.7, 100.1))),
    constant=st.integers(0, 120),
)


@pytest.mark.parametrize(
    ("curve", "level", "points"), [(curve, *one) for curve, totals in PRESETS.items() for one in totals.items()]
)
def test_a_preset_has_the_numbers_that_its_users_know(curve: Curve, level: int, points: int) -> None:
    rules = LevelRules(curve=curve)
    assert thresholds(rules)[level] == points
    assert level_of(points, rules) == level
    assert level_of(points - 1, rules) == level - 1


def test_every_preset_is_in_that_table_and_rises() -> None:
    assert set(PRESETS) == set(CURVES) == set(get_args(Curve)) - {"custom"}
    for curve in PRESETS:
        check_curve(LevelRules(curve=curve))


def test_the_curve_as_shipped_is_mee6s(shipped: Rules) -> None:
    assert shipped.levels == LevelRules(curve="mee6")


def test_mee6s_next_level_takes_5_n_n_50_n_100() -> None:
    totals = thresholds(LevelRules())
    assert [totals[n + 1] - totals[n] for n in range(HIGHEST)] == [5 * n * n + 50 * n + 100 for n in range(HIGHEST)]


@pytest.mark.parametrize(("points", "level"), [(-1_000, 0), (-1, 0), (0, 0), (99, 0), (10**12, HIGHEST)])
def test_the_ends_of_the_curve(points: int, level: int) -> None:
    assert level_of(points, LevelRules()) == level


@given(curves, st.integers(-100, 20_000))
def test_a_polynomial_is_what_counting_up_level_by_level_gives(curve: LevelRules, points: int) -> None:
    terms = [
        (Fraction(str(factor)), power)
        for power, factor in enumerate((curve.constant, curve.linear, curve.square, curve.cubic))
    ]
    level = 0
    while level < HIGHEST and points >= floor(sum(factor * (level + 1) ** power for factor, power in terms)):
        level += 1
    assert level_of(points, curve) == level


def test_a_factor_counts_as_it_is_written() -> None:
    assert thresholds(LevelRules(curve="custom", linear=0.7, constant=1))[10] == 8
    assert thresholds(LevelRules(curve="custom", linear=100.1))[10] == 1_001


@pytest.mark.parametrize(
    ("totals", "begins"),
    [
        ((10, 30, 60), {1: 10, 2: 30, 3: 60, 4: 90, 5: 120}),
        ((10,), {1: 10, 2: 20, 3: 30}),
    ],
)
def test_a_list_goes_on_in_the_steps_of_its_last(totals: tuple[int, ...], begins: dict[int, int]) -> None:
    found = thresholds(LevelRules(curve="custom", totals=totals))
    assert {level: found[level] for level in begins} == begins


@given(curves, st.integers(0, 20_000))
def test_progress_is_the_way_between_two_levels(curve: LevelRules, points: int) -> None:
    level, done, needed = progress(points, curve)
    assert level == level_of(points, curve)
    assert thresholds(curve)[level] + done == points
    assert level == HIGHEST or 0 <= done < needed == thresholds(curve)[level + 1] - thresholds(curve)[level]


def test_progress_at_the_very_top_divides_by_no_zero() -> None:
    assert progress(10**12, LevelRules())[0::2] == (HIGHEST, 1)


# ---------------------------------------------------------------------- new heights


def at(points: int, was: Standing, rules: Rules) -> tuple[Standing, tuple[object, ...]]:
    return stand(POST, MemberState(engagement=Engagement(points=points), standing=was), rules, Past())


def test_a_new_height_is_announced_once() -> None:
    rules = Rules()
    first, told = at(260, Standing(), rules)
    assert (first, told) == (
        Standing(level=2, announced=2),
        (Announce(notice="level_up", values={"level": 2}),),
    )
    fallen, told = at(120, first, rules)
    assert (fallen, told) == (Standing(level=1, announced=2), ())
    again, told = at(260, fallen, rules)
    assert (again, told) == (Standing(level=2, announced=2), ())
    higher, told = at(480, again, rules)
    assert (higher, told) == (
        Standing(level=3, announced=3),
        (Announce(notice="level_up", values={"level": 3}),),
    )
    same = at(481, higher, rules)
    assert same[0] is higher


def climbed(**how: Any) -> list[tuple[int, type[object]]]:
    """(level, kind of effect) of what is said of somebody who climbs to level 6: one by one, at last two at once."""
    gates = (Gate(name="a", level=2), Gate(name="b", level=5), Gate(name="c", level=3, crown=True))
    rules = Rules(levels=LevelRules(curve="custom", linear=10, **how), gates=gates)
    standing = Standing()
    said: list[tuple[int, type[object]]] = []
    for points in (10, 20, 30, 40, 60):
        standing, told = at(points, standing, rules)
        said += [(effect.values["level"], type(effect)) for effect in told]  # type: ignore[attr-defined]
    assert standing == Standing(level=6, announced=6)
    return said


@pytest.mark.parametrize(
    ("how", "levels", "kind"),
    [
        ({}, [1, 2, 3, 4, 6], Announce),
        ({"announce": "channel"}, [1, 2, 3, 4, 6], Announce),
        ({"announce": "private"}, [1, 2, 3, 4, 6], Nudge),
        ({"announce": "off"}, [], Announce),
        ({"every": 2}, [2, 4, 6], Announce),
        ({"every": 3}, [3, 6], Announce),
        ({"every": 5}, [6], Announce),  # the fifth was passed over on the way
        ({"every": 7}, [], Announce),
        ({"rewards_only": True}, [2, 6], Announce),  # 5 opens something; the crown's gate is not reached by levels
        ({"rewards_only": True, "announce": "private"}, [2, 6], Nudge),
        ({"rewards_only": True, "announce": "off"}, [], Announce),
    ],
)
def test_what_is_said_of_a_climb(how: dict[str, Any], levels: list[int], kind: type[object]) -> None:
    assert climbed(**how) == [(level, kind) for level in levels]


# ---------------------------------------------------------------------- beginning again

GRAND = Rules(levels=LevelRules(curve="custom", linear=10), prestige=PrestigeRules(level=3), guard=GuardRules(on=False))


def grand(points: int, standing: Standing, rules: Rules = GRAND) -> tuple[Standing, tuple[object, ...]]:
    return stand(AGAIN, MemberState(engagement=Engagement(points=points), standing=standing), rules, Past())


def test_who_begins_again_is_at_level_0_with_a_star_and_climbs_by_new_points() -> None:
    crown = date(2026, 12, 1)
    was = Standing(level=4, announced=4, prestige=1, base=5, crowned=crown)
    now, told = grand(45, was)
    assert now == Standing(level=0, announced=0, prestige=2, base=45, crowned=crown)
    assert told == (Announce(notice="prestige", values={"times": 2}),)
    assert at(54, now, GRAND) == (now, ())
    assert at(55, now, GRAND)[0] == Standing(level=1, announced=1, prestige=2, base=45, crowned=crown)
    assert at(30, now, GRAND) == (now, ())  # what was taken back since leaves them at 0
    assert way_up(MemberState(engagement=Engagement(points=58), standing=now), GRAND) == (1, 3, 10)
    assert way_up(MemberState(engagement=Engagement(points=30), standing=now), GRAND) == (0, 0, 10)


def test_points_set_by_hand_begin_the_way_up_anew_until_that_is_undone() -> None:
    """A reset after a star: what is earned then brings levels again; taken back, all is as it was."""
    fold = Fold(GRAND)

    def hand(key: str, **change: Any) -> tuple[int, tuple[int, int, int]]:
        fold.hear(PointsAdjusted(key=key, at=START, who=ANN, **change), answers=False)
        return fold.state.standing.base, way_up(fold.state, GRAND)

    def undone(of: str) -> tuple[int, tuple[int, int, int]]:
        fold.hear(AdjustmentUndone(key=f"{of}:undone", at=START, who=ANN, of=of), answers=False)
        return fold.state.standing.base, way_up(fold.state, GRAND)

    assert hand("a", by=45) == (0, (4, 5, 10))
    fold.hear(AGAIN, answers=False)
    assert hand("b", by=12) == (45, (1, 2, 10))
    assert hand("reset", to=0) == (0, (0, 0, 10))
    assert hand("c", by=25) == (0, (2, 5, 10))
    assert undone("reset") == (45, (3, 7, 10))
    assert hand("less", by=-40) == (42, (0, 0, 10))
    assert undone("less") == (45, (3, 7, 10))
    assert fold.state.standing.lowered == {}


@pytest.mark.parametrize(("announce", "told"), [("private", Nudge), ("off", None)])
def test_a_star_is_told_as_levels_are(announce: Any, told: type[Announce | Nudge] | None) -> None:
    rules = Rules(levels=LevelRules(curve="custom", linear=10, announce=announce), prestige=PrestigeRules(level=3))
    now, said = grand(45, Standing(level=4, announced=4), rules)
    assert now == Standing(prestige=1, base=45)
    assert said == (() if told is None else (told(notice="prestige", values={"times": 1}),))


@pytest.mark.parametrize(("level", "needed"), [(2, 3), (9, 0)])
def test_who_may_not_begin_again_stays_as_they_are(level: int, needed: int) -> None:
    was = Standing(level=level, announced=level)
    rules = Rules(levels=GRAND.levels, prestige=PrestigeRules(level=needed))
    assert grand(level * 10, was, rules) == (was, ())


# ---------------------------------------------------------------------- the crown


def test_a_crown_is_worn_to_its_day_and_the_longer_one_holds() -> None:
    def crowned(was: Standing, until: date) -> Standing:
        event = Crowned(key=f"c:{until}", at=START, who=ANN, place=1, until=until)
        return stand(event, MemberState(standing=was), Rules(), Past())[0]

    def ended(was: Standing, day: date) -> Standing:
        event = DayEnded(key=f"d:{day}", at=START, who=ANN, day=day)
        return stand(event, MemberState(standing=was), Rules(), Past())[0]

    until = START.date() + timedelta(days=7)
    worn = crowned(Standing(), until)
    assert worn == Standing(crowned=until)
    assert crowned(worn, until - timedelta(days=3)) == worn
    assert crowned(worn, until + timedelta(days=7)).crowned == until + timedelta(days=7)
    assert ended(worn, until - timedelta(days=2)) == worn
    assert ended(worn, until - timedelta(days=1)) == Standing()  # `until` is the first day without it
    assert ended(worn, until + timedelta(days=30)) == Standing()


@pytest.mark.parametrize("contact", [Contact(hidden=True), Contact(alias="Fox")])
def test_who_hides_is_told_alone(contact: Contact) -> None:
    rules = Rules(levels=LevelRules(curve="custom", linear=10))
    state = MemberState(engagement=Engagement(points=25), contact=contact)
    assert teller(state, rules) is Nudge
    assert teller(MemberState(), rules) is Announce
    post = MessagePosted(
        key="m", at=START, who=Account(platform="p", space="s", user="1"), channel="c", text=Features()
    )
    assert stand(post, state, rules, Past())[1] == (Nudge(notice="level_up", values={"level": 2}),)
