"""Differences and their intervals, beside what scipy, least squares and published examples say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bot.engine.experiments.compare import difference, each_arm_needs, moments, needed, rates, running, wilson

RNG = np.random.default_rng(5)
BEFORE = RNG.gamma(2, 1, 300)
ARM = RNG.random(300) < 0.4
AFTER = BEFORE * 0.8 + RNG.normal(size=300) + 0.3 * ARM


def test_without_a_past_it_is_welchs_test() -> None:
    flat = np.zeros(300)
    found = difference(moments(AFTER[ARM], flat[ARM]), moments(AFTER[~ARM], flat[~ARM]))
    theirs = stats.ttest_ind(AFTER[ARM], AFTER[~ARM], equal_var=False)
    assert found.by == pytest.approx(AFTER[ARM].mean() - AFTER[~ARM].mean())
    assert found.by / found.error == pytest.approx(theirs.statistic)
    assert found.removed == 0


def test_cuped_is_the_arm_of_a_regression_on_the_past() -> None:
    found = difference(moments(AFTER[ARM], BEFORE[ARM]), moments(AFTER[~ARM], BEFORE[~ARM]))
    columns = np.column_stack([np.ones(300), ARM, BEFORE])
    theirs, left, *_ = np.linalg.lstsq(columns, AFTER, rcond=None)
    assert found.by == pytest.approx(theirs[1])
    within = sum(((AFTER[side] - AFTER[side].mean()) ** 2).sum() for side in (ARM, ~ARM))
    assert found.removed == pytest.approx(1 - left[0] / within)
    assert found.error == pytest.approx(
        np.sqrt(left[0] / 297 * np.linalg.inv(columns.T @ columns)[1, 1]), rel=0.05
    )  # theirs takes the variance of both arms for one


@given(st.integers(0, 2**32), st.floats(-5, 5))
def test_what_was_before_moves_no_difference_that_is_the_same_in_both_arms(seed: int, more: float) -> None:
    """An effect that was added to one arm is found as it is, whatever scale and origin the past is told in."""
    rng = np.random.default_rng(seed)
    before, noise, arm = rng.random(60), rng.normal(size=60), np.arange(60) % 2 == 0
    found = [
        difference(*(moments((before + noise + more * side)[arm == side], past[arm == side]) for side in (True, False)))
        for past in (before, before * 28 + 3)
    ]
    plain = difference(*(moments((before + noise)[arm == side], before[arm == side]) for side in (True, False)))
    assert found[0].by == pytest.approx(found[1].by, abs=1e-6)
    assert found[0].by - plain.by == pytest.approx(more, abs=1e-9)


def test_each_look_sees_what_was_ready() -> None:
    look = np.array([0, 2, 2, 1, 5])
    found = running(np.array([1, 1, 1, 0, 1], bool), np.arange(5.0), np.ones(5), look, 4)
    assert found.n.tolist() == [1, 1, 3, 3]
    assert found.y.tolist() == [0, 0, 3, 3]
    assert found.xy.tolist() == [0, 0, 3, 3]


def test_intervals_are_those_of_newcombes_papers() -> None:
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 0) == (0, 1)
    assert rates(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert rates(0, 20, 0, 10) == pytest.approx((-0.2775, 0.1611), abs=5e-5)


def test_says_how_many_members_an_arm_needs() -> None:
    assert [each_arm_needs(*one) for one in ((0.12, 0.05), (0.12, 0.03), (0.25, 0.05))] == [775, 2033, 1248]
    assert needed(0.1875, 0.05, 0.1) == pytest.approx(needed(0.1875, 0.05) / 4 * (1 / 0.1 + 1 / 0.9), rel=0.001)
