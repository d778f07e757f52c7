"""Scores and calibration, against values worked out by hand."""

import numpy as np
import pytest

from bot.engine.churn.calibration import Calibration, calibrated, chosen, learnt
from bot.engine.churn.model import sigmoid
from bot.engine.churn.scores import auc, brier, by_chance, calibration_error, debiased_error, scores


def test_area_under_the_curve_counts_pairs_and_half_of_ties() -> None:
    left = np.array([True, True, False, False])
    assert auc(left, np.array([0.9, 0.8, 0.2, 0.1])) == 1
    assert auc(left, np.array([0.9, 0.1, 0.2, 0.2])) == 0.5
    assert auc(left, np.array([0.5, 0.5, 0.5, 0.1])) == (0.5 + 1 + 0.5 + 1) / 4
    assert auc(np.array([True, True]), np.array([0.1, 0.2])) == 0.5


def test_brier_and_calibration_error_by_hand() -> None:
    left = np.array([True, False, False, True])
    p = np.array([0.95, 0.91, 0.3, 1.0])
    assert brier(left, p) == pytest.approx((0.05**2 + 0.91**2 + 0.3**2) / 4)
    # The last bin holds three: their mean is 0.95333, two thirds left. The bin from 0.3 on holds one who stayed.
    assert calibration_error(left, p) == pytest.approx(abs(0.95 + 0.91 + 1.0 - 2) / 4 + 0.3 / 4)


def test_chance_alone_makes_less_error_with_more_rows() -> None:
    p = np.linspace(0.01, 0.99, 100)
    assert 0.05 < by_chance(p).mean() < 0.15
    assert by_chance(np.tile(p, 100)).mean() < 0.015
    right = scores(np.random.default_rng(7).random(100) < p, p)
    assert right.noise == pytest.approx(by_chance(p).mean())
    assert right.chance == pytest.approx((1 + (by_chance(p) >= right.ece).sum()) / 401)
    wrong = scores(np.ones(100, np.bool_), p)
    assert wrong.chance == 1 / 401
    assert wrong.ece == pytest.approx(0.5)
    with pytest.raises(ValueError, match="no rows"):
        scores(np.zeros(0, np.bool_), np.zeros(0))


def test_the_debiased_error_takes_off_what_chance_adds() -> None:
    left, p = np.tile([True, False, False, False], 10), np.full(40, 0.55)
    # Each of ten bins holds one who left and three who stayed.
    assert debiased_error(left, p) == pytest.approx((0.3**2 - 0.25 * 0.75 / 3) ** 0.5)
    assert debiased_error(left, np.full(40, 0.25)) == 0
    assert debiased_error(left[:19], p[:19]) == 0
    # Over many draws of right probabilities the squares are 0 on average, where those of the plain errors are not.
    chance, q = np.random.default_rng(8), np.linspace(0.1, 0.9, 200)
    squares = [debiased_error(chance.random(200) < q, q) ** 2 for _ in range(300)]
    assert np.median(squares) < 0.001 < np.mean([calibration_error(chance.random(200) < q, q) ** 2 for _ in range(99)])


def made(seed: int, size: int, slope: float, offset: float) -> tuple[np.ndarray, np.ndarray]:
    """(left, p): who left by log-odds slope · logit(p) + offset."""
    chance = np.random.default_rng(seed)
    odds = chance.normal(size=size) * 1.5
    return chance.random(size) < sigmoid(slope * odds + offset), sigmoid(odds)


def test_platt_finds_the_stretch_and_the_move() -> None:
    curve = learnt("platt", *made(1, 20_000, 0.5, 1.0))
    assert (curve.slope, curve.offset) == pytest.approx((0.5, 1.0), abs=0.05)
    assert calibrated(Calibration(), np.array([0.2])).tolist() == [0.2]


def test_isotonic_never_turns_the_order_and_mends_the_error() -> None:
    left, p = made(2, 5_000, 0.4, 0.8)
    curve = learnt("isotonic", left, p)
    mended = calibrated(curve, p)
    assert (np.diff(mended[np.argsort(p)]) >= 0).all()
    assert calibration_error(left, mended) < 0.02 < calibration_error(left, p)
    assert 0 < mended.min() < mended.max() < 1


def test_a_curve_is_chosen_only_where_it_wins_later() -> None:
    left, p = made(3, 4_000, 0.3, 1.0)
    later = np.arange(4_000) >= 2_000
    curve, tried = chosen(left, p, later)
    assert curve.kind != "none"
    assert tried[curve.kind] == min(tried.values()) < tried["none"]
    right, q = made(4, 300, 1.0, 0.0)
    assert set(chosen(right, q, np.arange(300) >= 150)[1]) == {"none", "platt"}
    assert chosen(right[:90], q[:90], np.arange(90) >= 45)[0] == Calibration()
    # What held before, and not later, is not taken.
    turned = np.where(np.arange(4_000) < 2_000, left, made(3, 4_000, 1.0, 0.0)[0])
    assert chosen(turned, p, later)[0] == Calibration()
