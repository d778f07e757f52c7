"""Splits are checked by proportions, deliveries and the hash; harm ends an experiment; wordings shift to what works."""

import numpy as np
import pytest
from scipy import stats

from bot.engine.experiments.assignment import pick
from bot.engine.experiments.harm import harmful
from bot.engine.experiments.sampling import Split, delivery, ratio
from bot.engine.experiments.thompson import choose, likely_best


def test_proportions_are_pearsons() -> None:
    weights_ = {"a": 1.0, "b": 2.0, "none": 0.0}
    assert ratio({"a": 120, "b": 180}, weights_) == pytest.approx(stats.chisquare([120, 180], [100, 200]).pvalue)
    assert ratio({"a": 2, "b": 9}, weights_) == 1  # too few to say
    assert ratio({"a": 7}, {"a": 1.0}) == 1


def test_deliveries_are_compared_as_a_table_of_four() -> None:
    theirs = stats.chi2_contingency([[180, 20], [150, 50]], correction=False).pvalue
    assert delivery({"a": 180, "b": 150}, {"a": 20, "b": 50}) == pytest.approx(theirs)
    assert delivery({"a": 180, "b": 150}, {}) == 1
    assert delivery({"a": 18, "b": 15}, {"a": 1}) == 1


@pytest.mark.parametrize(
    ("split", "wrong"),
    [
        (Split(), False),
        (Split(ratio=0.0009), True),
        (Split(delivery=0.0009), True),
        (Split(misplaced=2, of=10), False),
        (Split(misplaced=3, of=100), True),
        (Split(misplaced=19, of=1000), False),
    ],
)
def test_a_split_is_wrong_when_any_check_says_so(split: Split, wrong: bool) -> None:
    assert split.wrong is wrong


def test_an_arm_that_harms_is_named() -> None:
    exposed = {"now": 400, "dear": 400}
    assert not harmful({"now": 2, "dear": 5}, exposed, "now")
    assert harmful({"now": 2, "dear": 12}, exposed, "now") == "dear"
    assert not harmful({"now": 12, "dear": 2}, exposed, "now")
    assert not harmful({"now": 0, "dear": 2}, exposed, "now")  # two members are no pattern
    assert harmful({"now": 0, "dear": 3}, {"now": 4_000, "dear": 400}, "now") == "dear"


def test_the_chance_of_being_best_is_what_drawing_says() -> None:
    results = {"a": (12, 100), "b": (16, 100), "c": (3, 10)}
    rng = np.random.default_rng(3)
    drawn = np.column_stack([rng.beta(good + 1, n - good + 1, 200_000) for good, n in results.values()])
    theirs = np.bincount(drawn.argmax(1), minlength=3) / 200_000
    assert list(likely_best(results).values()) == pytest.approx(theirs.tolist(), abs=0.005)
    assert likely_best({"a": (0, 0), "b": (0, 0)}) == pytest.approx({"a": 0.5, "b": 0.5})
    sure = likely_best({"a": (5_000, 50_000), "b": (15_000, 50_000)})
    assert sure["b"] == pytest.approx(1)


def test_no_wording_is_given_up_and_the_floor_is_drawn_evenly() -> None:
    results = {"a": (0, 500), "b": (250, 500)}
    drawn = [choose("s", member, results) for member in range(4_000)]
    even = [arm for arm, evenly in drawn if evenly]
    assert len(even) == pytest.approx(400, abs=80)
    assert even.count("a") == pytest.approx(len(even) / 2, abs=40)
    assert {arm for arm, evenly in drawn if not evenly} == {"b"}
    again = [choose("s", member, {"a": (9, 9), "b": (0, 9)}) for member in range(4_000)]
    assert [arm for arm, evenly in again if evenly] == even  # the results move nobody of the floor


def test_the_floor_is_no_part_of_another_split() -> None:
    even = [member for member in range(4_000) if choose("s", member, {"a": (0, 0), "b": (0, 0)})[1]]
    there = sum(pick("s", member, {"a": 1, "b": 1}) == "a" for member in even)
    assert there == pytest.approx(len(even) / 2, abs=45)
