"""The two models: fitted as SciPy would, tried on time they never saw, and silent where there is too little of it."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import lsq_linear, minimize

from bot.engine.activity import Floats, History, history
from bot.engine.cohorts import Weeks, weeks
from bot.engine.momentum import (
    LEAST_DAYS,
    LEAST_WEEKS,
    RECENT,
    Momentum,
    Stickiness,
    TooShort,
    _Sums,
    bounded,
    fit_series,
    momentum,
    scores,
    smoothed,
    stickiness,
)
from tests.insight.logs import Told, at, log_of

UTC = ZoneInfo("UTC")
POST = "MessagePosted"
SHARES = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)


def community(total: int, seed: int = 3, members: int = 12, until: int = 0) -> History:
    """Members who come in spells; the last day, or that before `until`, is whole."""
    random = np.random.default_rng(seed)
    told: list[Told] = [(at(0, 0), 1, POST)]
    for who in range(1, members + 1):
        here = False
        for day in range(total):
            here = random.random() < (0.8 if here else 0.12)
            if here:
                told.append((at(day, 8 + who / 10), who, POST))
    return history(log_of(told), UTC, at(until or total, 1))


def slow_smoothed(seen: Floats, alpha: float) -> list[float]:
    state, found = seen[0] / (1 - alpha), []
    for n, value in enumerate(seen):
        state = state if n == 0 else alpha * state + value
        found.append(state)
    return found


def test_the_fit_of_a_series_is_the_least_squares_one() -> None:
    random = np.random.default_rng(5)
    seen = np.round(20 + 6 * np.sin(np.arange(120) / 9) + random.normal(0, 3, 120)).clip(0)

    def loss(both: Floats) -> float:
        forecast = both[1] * np.array(slow_smoothed(seen, both[0]))[:-1]
        return float(np.square(seen[1:] - forecast).sum())

    starts = [(0.1, 0.9), (0.5, 0.5), (0.9, 0.1)]
    best = min((minimize(loss, one, bounds=[(0, 0.999), (0, None)]) for one in starts), key=lambda one: one.fun)
    alpha, beta = fit_series(seen)
    assert loss(np.array([alpha, beta])) <= best.fun * (1 + 1e-9)
    assert [alpha, beta] == pytest.approx(best.x.tolist(), abs=2e-3)


@given(st.lists(st.integers(0, 30), min_size=2, max_size=20), st.floats(0, 0.999))
def test_smoothing_is_the_recursion_it_says(values: list[int], alpha: float) -> None:
    seen = np.array(values, np.float64)
    assert smoothed(seen, np.array([alpha]))[:, 0].tolist() == pytest.approx(slow_smoothed(seen, alpha))


@pytest.mark.parametrize("start", [0, 7, 20])
def test_sums_over_member_days_equal_going_through_each_of_them(start: int) -> None:
    story, alphas = community(70, members=6), np.array([0.0, 0.4, 0.9])
    begin = story.first + start
    cross, square, state = _Sums(story, begin, 60).run(alphas)
    expected_cross, expected_square = np.zeros(3), np.zeros(3)
    for who in range(len(story.people)):
        active = {int(day) for day in story.when[story.who == who] if story.first <= day < 60}
        s, last = np.zeros(3), -999
        for day in range(story.first, 60):
            if day >= begin and day - last <= RECENT:
                expected_cross += s * (day in active)
                expected_square += s * s
            s = alphas * s + (day in active)
            last = day if day in active else last
        assert state[who] == pytest.approx(s)
    assert cross == pytest.approx(expected_cross)
    assert square == pytest.approx(expected_square)


def test_the_activity_model_forecasts_one_day_ahead_and_is_tried_on_the_last_quarter() -> None:
    story = community(160)
    found = momentum(story)
    assert isinstance(found, Momentum)
    seen = np.array([len({int(w) for w in story.who[story.when == day]}) for day in range(160)], np.float64)
    assert (story.first, story.end) == (0, 160)
    assert found.actual.tolist() == seen[1:].tolist()
    alpha, beta = fit_series(seen[:120])
    assert (found.community.keep, found.community.gain) == (alpha, beta)
    forecast = beta * np.array(slow_smoothed(seen, alpha))
    assert found.forecast == pytest.approx(forecast[:-1])
    assert found.tomorrow == pytest.approx(forecast[-1])
    assert (found.community.steps, found.held_out) == (40, 119)
    assert found.community.model.rmse == pytest.approx(np.sqrt(np.mean((forecast[119:-1] - seen[120:]) ** 2)))
    assert found.community.last.mae == pytest.approx(np.mean(np.abs(seen[119:-1] - seen[120:])))
    assert found.community.week == scores(seen[120:], seen[113:-7])
    assert found.members.better
    assert found.members.model.rmse < 0.45


def test_what_comes_later_changes_no_parameter_and_no_earlier_forecast() -> None:
    short, long = momentum(community(161, until=160)), momentum(community(161))
    assert isinstance(short, Momentum)
    assert isinstance(long, Momentum)
    assert (short.community.keep, short.members.keep) == (long.community.keep, long.members.keep)
    assert long.forecast[:-1].tolist() == short.forecast.tolist()
    assert long.forecast[-1] == short.tomorrow


def test_trial_of_members_equals_going_through_each_of_them() -> None:
    story = community(120, members=5)
    found = momentum(story)
    assert isinstance(found, Momentum)
    fit, cut = found.members, 90
    errors: list[tuple[float, float, float]] = []
    for who in range(len(story.people)):
        active = {int(day) for day in story.when[story.who == who]}
        a = 0.0
        for day in range(120):
            if day >= cut and any(day - n in active for n in range(1, RECENT + 1)):
                truth = float(day in active)
                errors.append((fit.gain * a - truth, (day - 1 in active) - truth, (day - 7 in active) - truth))
            a = fit.keep * a + (day in active)
        assert found.scores[who] == pytest.approx(fit.gain * a)
    table = np.array(errors)
    assert fit.steps == len(errors)
    assert fit.week is not None
    measured = [fit.model.rmse, fit.last.rmse, fit.week.rmse]
    assert measured == pytest.approx(np.sqrt((table**2).mean(axis=0)).tolist())
    assert [fit.model.mae, fit.last.mae, fit.week.mae] == pytest.approx(np.abs(table).mean(axis=0).tolist())


@given(
    st.lists(st.tuples(*[SHARES] * 3), min_size=2, max_size=12).map(lambda rows: np.array(rows, np.float64)),
    st.sampled_from([(1.0, 1.0), (1.0, 0.0), (0.0, 1.0), (0.0, 0.0), (-1.0, 1.0)]),
)
def test_the_fit_within_bounds_is_scipys(rows: Floats, signs: tuple[float, float]) -> None:
    first, second, truth = rows[:, 0] * signs[0], rows[:, 1] * signs[1], rows[:, 2]
    gamma, delta = bounded(first, second, truth)
    assert 0 <= gamma <= 0.999
    assert delta >= 0
    best = lsq_linear(np.stack([first, second], axis=1), truth, bounds=([0, 0], [0.999, np.inf]))
    assert np.square(gamma * first + delta * second - truth).sum() <= 2 * best.cost + 1e-9


def weekly(base: list[int], retention: list[float], useful: list[float]) -> Weeks:
    return Weeks(
        tuple(at(7 * n).date() for n in range(len(base))), np.array(base), np.array(retention), np.array(useful)
    )


def test_the_retention_model_finds_what_retention_is_made_of() -> None:
    random = np.random.default_rng(7)
    useful, retention = random.uniform(0.1, 0.9, 60), [0.5]
    for n in range(1, 60):
        retention.append(0.4 * retention[-1] + 0.3 * useful[n])
    found = stickiness(weekly([10] * 60, retention, useful.tolist()))
    assert isinstance(found, Stickiness)
    assert [found.fit.keep, found.fit.gain] == pytest.approx([0.4, 0.3])
    assert found.fit.model.rmse == pytest.approx(0.0, abs=1e-9)
    assert found.fit.better
    assert (found.fit.steps, found.held_out) == (15, 45)
    assert found.next == pytest.approx(0.4 * retention[-1] + 0.3 * useful[-1])


def test_weeks_in_which_nobody_could_stay_are_left_out() -> None:
    base = [10] * 40
    base[5] = 0
    values = [0.5] * 40
    values[5] = float("nan")
    found = stickiness(weekly(base, values, [0.2] * 40))
    assert isinstance(found, Stickiness)
    assert 5 not in found.weeks
    assert len(found.weeks) == 39


def test_below_the_minimum_they_say_so() -> None:
    assert momentum(community(LEAST_DAYS - 1)) == TooShort(have=83, need=84)
    assert isinstance(momentum(community(LEAST_DAYS)), Momentum)
    few = [0.5] * (LEAST_WEEKS - 1)
    assert stickiness(weekly([3] * 23, few, few)) == TooShort(have=23, need=24)
    assert stickiness(weeks(community(20))) == TooShort(have=1, need=24)
