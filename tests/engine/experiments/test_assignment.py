"""Which arm a member is in: stable, in proportion, independent between tests, and moved only where a share grew."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, kstest

from bot.engine.experiments.assignment import holdout, pick, unit

SALTS = st.text(max_size=12)
MEMBERS = range(1, 2_001)
SHARES = st.floats(0, 1)
WEIGHTS = st.dictionaries(st.sampled_from("abcd"), st.floats(0.1, 10), min_size=1)


def test_is_the_same_for_ever() -> None:
    """Members would change arms in the midst of a test if these ever changed."""
    assert unit("7:quiet", 42) == pytest.approx(0.8554419636311268, abs=1e-15)
    assert [member for member in range(60) if holdout("7:quiet", member, 0.1)] == [25, 30, 33, 43, 49, 55]
    assert "".join(pick("7:wording", member, {"a": 1, "b": 1}) for member in range(12)) == "bbbbaabbbaaa"


@given(SALTS, SHARES, SHARES)
def test_raising_a_share_only_adds_members(salt: str, one: float, other: float) -> None:
    small, large = ({m for m in MEMBERS[:200] if holdout(salt, m, share)} for share in sorted((one, other)))
    assert small <= large
    assert not any(holdout(salt, member, 0) for member in MEMBERS[:50])
    assert all(holdout(salt, member, 1) for member in MEMBERS[:50])


@given(SALTS, WEIGHTS, st.sampled_from("abcde"), st.floats(0, 10))
def test_a_heavier_or_a_new_arm_only_draws_members_to_itself(
    salt: str, weights: dict[str, float], arm: str, more: float
) -> None:
    heavier = dict(reversed({**weights, arm: weights.get(arm, 0) + more}.items()))
    for member in MEMBERS[:100]:
        was, now = pick(salt, member, weights), pick(salt, member, heavier)
        assert now in {was, arm}


def test_shares_are_kept_and_salts_split_independently() -> None:
    salts = [f"test {number}" for number in range(20)]
    drawn = np.array([[unit(salt, member) for member in MEMBERS] for salt in salts])
    assert kstest(drawn.ravel(), "uniform").pvalue > 0.001
    correlations = np.corrcoef(drawn)[np.triu_indices(20, 1)] * np.sqrt(len(MEMBERS))
    assert abs(correlations).max() < 4.5  # 190 standard normal values
    kept = [holdout("1:quiet", member, 0.1) for member in range(20_000)]
    assert sum(kept) == pytest.approx(2_000, abs=4 * np.sqrt(1_800))
    arms = Counter(pick("1:wording", member, {"a": 5, "b": 3, "c": 2, "nobody": 0}) for member in range(20_000))
    wanted = {"a": 10_000, "b": 6_000, "c": 4_000}
    assert arms.keys() == wanted.keys()
    assert sum((arms[arm] - many) ** 2 / many for arm, many in wanted.items()) < chi2.ppf(0.999, 2)


def test_says_what_is_no_share() -> None:
    with pytest.raises(ValueError, match="from 0 to 1, not 10"):
        holdout("x", 1, 10)
    for weights in ({}, {"a": 0.0}, {"a": 1.0, "b": -1.0}):
        with pytest.raises(ValueError, match="weights"):
            pick("x", 1, weights)
