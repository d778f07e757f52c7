"""The regression, its prior, the forest and the choice by later time."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.activity import Floats
from bot.engine.churn import forest, training
from bot.engine.churn.calibration import Calibration, calibrated
from bot.engine.churn.features import NAMES, Matrix
from bot.engine.churn.model import (
    Logistic,
    Model,
    OtherFeaturesError,
    Prior,
    checked,
    fit,
    of_prior,
    predict,
    sigmoid,
    solve,
)  # fmt: skip
from bot.engine.churn.scores import auc
from bot.engine.churn.snapshots import HORIZON, Rows, moments, silences, together
from bot.engine.churn.training import (
    ALONE_RIDGE,
    ALWAYS,
    ENOUGH,
    FEW_RIDGE,
    Hindsight,
    choose,
    guessed,
    learn_prior,
    train,
    trained,
    weights,
)
from bot.training import SHIPPED_PRIOR
from bot.words import from_json, replace, to_json
from tests.engine.churn.people import community

WIDTH = len(NAMES)


def drawn(seed: int, size: int, truth: Floats, offset: float = 0.0, each: int = 50) -> Rows:
    """Rows whose log-odds are x·truth + offset, `each` at a snapshot."""
    chance = np.random.default_rng(seed)
    x = chance.normal(size=(size, WIDTH))
    left = chance.random(size) < sigmoid(x @ truth + offset)
    at = np.arange(size) // each * HORIZON
    return Rows(x, left, at, at + HORIZON, np.arange(size))


def truth(*weights: float) -> Floats:
    return np.array([*weights, *np.zeros(WIDTH - len(weights))])


def prior_of(weights: Floats, intercept: float = 0.0) -> Prior:
    ones = (1.0,) * WIDTH
    one = Logistic(names=NAMES, mean=(0.0,) * WIDTH, scale=ones, weights=tuple(weights.tolist()), intercept=intercept)
    return Prior(about="made up", target="silent", rows=1, sources=("x",), logistic=one)


@given(st.integers(0, 1_000), st.sampled_from([0.01, 1.0, 100.0]), st.floats(-40, 40))
@settings(max_examples=40)
def test_the_solution_is_where_the_slope_is_zero(seed: int, ridge: float, far: float) -> None:
    """The target is strictly convex: there is one such place, and it is the minimum."""
    chance = np.random.default_rng(seed)
    z = np.column_stack([chance.normal(size=(30, 4)) * [1, 5, 0.1, 1], np.ones(30)])
    y, weight = (chance.random(30) < 0.3).astype(np.float64), chance.random(30)
    middle, strength = np.full(5, far), np.full(5, ridge)
    found = solve(z, y, weight, middle, strength)
    slope = z.T @ (weight * (sigmoid(z @ found) - y)) + strength * (found - middle)
    assert np.abs(slope).max() < 1e-5 * max(1.0, ridge * abs(far))


def test_the_prior_is_what_no_row_contradicts_and_fades_as_rows_grow() -> None:
    prior, real = prior_of(truth(1.0)), truth(0.0, 1.0)
    away = []
    for size in (5, 50, 500, 20_000):
        rows = drawn(1, size, real)
        found = fit(rows.x, rows.left, np.ones(size), FEW_RIDGE, prior.logistic)
        away.append((found.weights[0], found.weights[1]))
    assert away[0] == pytest.approx((1.0, 0.0), abs=0.02)
    assert away[-1] == pytest.approx((0.0, 1.0), abs=0.1)
    assert all(was[0] > now[0] and was[1] < now[1] for was, now in pairwise(away))


def test_with_fifty_rows_a_good_prior_beats_the_rows_alone() -> None:
    real = truth(0.8, -0.6, 0.5, 0.4, -0.3, 0.3)
    rows, later = drawn(2, 50, real), drawn(3, 2_000, real)
    with_prior, _ = train(rows, prior_of(real * 0.7, 0.5))
    alone, _ = train(rows)
    assert auc(later.left, predict(with_prior, later.x)) > auc(later.left, predict(alone, later.x)) + 0.05


def test_no_row_is_the_prior_itself_and_neither_is_an_error() -> None:
    prior = prior_of(truth(1.0))
    model, validation = train(together(()), prior)
    x = np.eye(WIDTH)[:2]
    assert model == of_prior(prior)
    assert validation.tried == ()
    assert predict(model, x).tolist() == pytest.approx([sigmoid(np.array(1.0)), 0.5])
    with pytest.raises(ValueError, match="nothing to learn from"):
        train(together(()))


@pytest.mark.parametrize("left", [True, False])
def test_where_all_did_the_same_the_numbers_stay_finite(left: bool) -> None:
    rows = drawn(4, 20, truth())
    same = Rows(rows.x * 0 + 3.0, np.full(20, left), rows.at, rows.known, rows.member)
    model, _ = train(same)
    p = predict(model, same.x)
    assert np.isfinite(p).all()
    assert (p > 0.9).all() if left else (p < 0.1).all()


def test_nothing_is_learnt_from_what_was_not_known_yet() -> None:
    """Where outcomes are mere chance, whoever looked ahead would seem to predict them."""
    rows = drawn(5, 1_200, truth())
    model, validation = train(rows, forest=False)
    assert all(0.4 < one.auc < 0.6 for one in validation.tried)
    assert auc(rows.left, predict(model, rows.x)) > 0.6  # on what it learnt from it seems to


def test_what_is_worked_out_once_is_what_is_learnt_at_each_instant() -> None:
    """Also where the outcomes of one snapshot are known one after the other, as those of renewals are."""
    rows = drawn(8, 700, truth(1.0, -0.5))
    late = Rows(rows.x, rows.left, rows.at, rows.known + np.arange(700) % 3 * HORIZON // 2, rows.member)
    seen = Hindsight(late)
    for until in (9 * HORIZON + HORIZON // 2, 12 * HORIZON, 6 * HORIZON):
        assert trained(seen, until, None, forest=False) == train(late.learnable(until), forest=False)


def test_a_forest_is_taken_where_it_wins_and_tells_each_night_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "FOLD_TREES", 10)
    rows = drawn(9, 1_200, truth(), each=100)
    crossed = Rows(rows.x, rows.x[:, 0] * rows.x[:, 1] > 0, rows.at, rows.known, rows.member)
    seen = Hindsight(crossed)
    last = choose(seen, ALWAYS, None)
    assert last.method == "forest"
    assert min(last.validation.tried, key=lambda one: one.brier).method == "forest"
    moment = 11 * HORIZON
    told = choose(seen, moment, None)
    assert told.method == "forest"
    assert seen.forecast(moment, None).tolist() == calibrated(told.curve, seen.forest(moment)).tolist()
    assert auc(crossed.left[crossed.at == moment], seen.forecast(moment, None)) > 0.55


def test_a_guess_weighs_no_more_than_no_prior() -> None:
    shipped = prior_of(truth(1.0), 0.7)
    guess = guessed(shipped)
    assert (guess.target, guess.rows, guess.logistic.weights[:2], guess.logistic.intercept) == (
        "lapsed", 0, (0.5, 0.0), -2.0,
    )  # fmt: skip
    rows = drawn(10, 60, truth())
    assert [train(rows, one)[0].ridge for one in (None, guess, shipped)] == [ALONE_RIDGE, ALONE_RIDGE, FEW_RIDGE]


def test_the_past_counts_less_than_the_present() -> None:
    rows = drawn(6, 100, truth(), each=10)
    found = weights(rows)
    assert found[-1] == 1
    assert found[0] == pytest.approx(np.mean([0.5 ** (9 / half) for half in (6, 12, 24)]))


def test_a_model_is_chosen_on_later_snapshots_and_is_the_same_every_time() -> None:
    log = community(1)
    rows = silences(log, moments(log, int(log.at[-1])).tolist())
    assert len(rows) > ENOUGH
    model, validation = train(rows, forest=False)
    assert (model, validation) == train(rows, forest=False)
    assert validation.folds == 8
    assert validation.rows == sum(int((rows.at == moment).sum()) for moment in np.unique(rows.at)[-8:])
    best = min(validation.tried, key=lambda one: one.brier)
    assert (best.method, best.ridge) == ("logistic", model.ridge)
    assert best.auc > 0.65
    assert set(validation.calibrations) >= {"none"}


def test_a_model_and_a_prior_are_json_and_back() -> None:
    log = community(2, members=60)
    rows = silences(log, moments(log, int(log.at[-1])).tolist())
    prior = learn_prior(rows, "made up", ("abc",))
    assert from_json(Prior, to_json(prior)) == prior
    model, _ = train(rows[np.arange(60)], prior)
    again = from_json(Model, to_json(model))
    assert again == model
    assert predict(again, rows.x).tobytes() == predict(model, rows.x).tobytes()


def test_a_prior_of_other_features_is_refused() -> None:
    one = prior_of(truth(1.0)).logistic
    assert checked(one) is one
    for broken in (
        replace(one, names=("other", *NAMES[1:])),
        replace(one, names=NAMES[::-1]),
        replace(one, weights=one.weights[1:]),
        replace(one, scale=(0.0, *one.scale[1:])),
        replace(one, weights=(float("nan"), *one.weights[1:])),
    ):
        with pytest.raises(OtherFeaturesError, match="learn it again"):
            checked(broken)


def test_the_shipped_prior_fits_says_whence_it_is_and_fears_silence() -> None:
    prior = from_json(Prior, SHIPPED_PRIOR.read_bytes())
    assert checked(prior.logistic) is prior.logistic
    assert "freeCodeCamp" in prior.about
    assert "Open Database License" in prior.about
    assert len(prior.sources) == 1
    log = community(3)
    rows = silences(log, moments(log, int(log.at[-1])).tolist())
    assert auc(rows.left, predict(of_prior(prior), rows.x)) > 0.7


def test_a_forest_is_asked_as_scikit_learn_asks_it_and_is_json() -> None:
    rows = drawn(7, 300, truth(2.0))
    x: Matrix = rows.x.astype(np.float32).astype(np.float64)
    grown = forest.grow(x, rows.left, np.ones(300), trees=5)
    again = from_json(forest.Forest, to_json(grown))
    assert again == grown
    assert grown == forest.grow(x, rows.left, np.ones(300), trees=5)
    assert len(grown.trees) == 5

    def walk(tree: forest.Tree, one: Floats) -> float:
        node = 0
        while tree.feature[node] >= 0:
            node = tree.left[node] if one[tree.feature[node]] <= tree.threshold[node] else tree.right[node]
        return tree.value[node]

    expected = [float(np.mean([walk(tree, one) for tree in grown.trees])) for one in x]
    assert forest.probability(again, x).tolist() == pytest.approx(expected)
    assert auc(rows.left, forest.probability(again, x)) > 0.8
    model = replace(of_prior(prior_of(truth())), forest=again, calibration=Calibration())
    assert predict(model, x).tolist() == pytest.approx(expected)
