"""Verdicts: never too soon, the same whoever looks when, and none where the split is broken."""

import numpy as np
import pytest

from bot.engine.experiments.judge import Data, Design, judge, rows, wanted
from bot.engine.experiments.sampling import Split
from bot.engine.experiments.sequential import always
from bot.words import replace

HALVES = Design(weights={"old": 1, "new": 1}, control="old", planned=400)
HELD = Design(weights={"sent": 9, "held": 1}, control="held")


def members(
    old: float, new: float, *, n: int = 400, share: float = 0.5, seed: int = 1, per_day: int = 10, dim: bool = False
) -> Data:
    """Members of two arms with these rates, so many a day from day 100 on; their past tells a little."""
    rng = np.random.default_rng(seed)
    arm = (np.arange(n) % 10 >= share * 10).astype(np.int64)
    taste = np.zeros(n) if dim else rng.random(n)
    did = rng.random(n) < np.where(arm, new, old) * (0.5 + taste if not dim else 1)
    return rows(arm, 100 + np.arange(n) // per_day, did, taste)


def test_says_how_many_are_missing_before_anything_else() -> None:
    found = judge(HALVES, members(0.2, 0.9), 102)
    assert (found.kind, found.n, found.of) == ("early", 30, 400)
    assert found.contrasts[0].by is None
    assert [(one.name, one.assigned, one.ready) for one in found.arms] == [("old", 200, 15), ("new", 200, 15)]
    assert found.arms[0].mean is not None


def test_nothing_at_all_is_no_error() -> None:
    none = rows([], [], [], [])
    found = judge(HALVES, none, 100)
    assert (found.kind, found.n, [one.mean for one in found.arms]) == ("early", 0, [None, None])
    assert judge(HELD, none, 100).of > 1_000


def test_a_difference_is_found_early_and_stays_found() -> None:
    data = members(0.2, 0.7)
    kinds = [judge(HALVES, data, day).kind for day in range(100, 150)]
    first = kinds.index("better")
    assert 4 < first < 30
    assert set(kinds[:first]) == {"early"}
    assert set(kinds[first:]) == {"better"}
    found = judge(HALVES, data, 150).contrasts[0]
    assert found.low is not None
    assert found.high is not None
    assert 0.2 < found.low < 0.5 < found.high < 0.8


def test_worse_and_no_difference_are_said_as_such() -> None:
    worse = judge(HALVES, members(0.6, 0.3), 200)
    assert (worse.kind, worse.contrasts[0].kind) == ("worse", "worse")
    same = judge(HALVES, members(0.3, 0.3), 200)
    (one,) = same.contrasts
    assert (same.kind, one.kind) == ("none", "none")
    assert one.low is not None
    assert one.high is not None
    assert -0.15 < one.low < 0 < one.high < 0.15


def test_a_broken_split_comes_before_any_result() -> None:
    lost = members(0.2, 0.9)
    kept = (lost.arm == 1) | (np.arange(400) % 3 == 0)
    broken = Data(*(column[kept] for column in lost))
    found = judge(HALVES, broken, 200)
    assert found.kind == "fault"
    assert found.ratio < 0.001
    assert judge(HALVES, members(0.2, 0.9), 200, Split(delivery=1e-6)).kind == "fault"
    assert judge(HALVES, members(0.2, 0.9), 200, Split(misplaced=50, of=400)).kind == "fault"


def test_the_past_narrows_the_interval() -> None:
    data = members(0.4, 0.45, n=400, seed=3)
    told = data._replace(before=data.outcome * 0.7 + data.before * 0.3)
    blind = data._replace(before=np.zeros(400))
    wide, narrow = (judge(HALVES, one, 200).contrasts[0] for one in (blind, told))
    assert wide.removed == 0
    assert narrow.removed > 0.5
    assert wide.low is not None
    assert wide.high is not None
    assert narrow.low is not None
    assert narrow.high is not None
    assert narrow.high - narrow.low < 0.7 * (wide.high - wide.low)


def test_what_is_not_ready_is_not_looked_at() -> None:
    data = members(0.3, 0.3)
    later = data._replace(outcome=np.where(data.ready > 120, 1 - data.outcome, data.outcome))
    assert judge(HALVES, data, 120) == judge(HALVES, later, 120)


def test_rare_outcomes_wait_and_end_by_an_exact_interval() -> None:
    data = members(0.0, 0.01, dim=True)
    found = judge(HALVES, data, 120)
    assert (found.kind, found.contrasts[0].by) == ("early", None)
    (one,) = judge(HALVES, data, 200).contrasts
    assert one.kind == "none"
    assert one.low is not None
    assert one.high is not None
    assert -0.03 < one.low <= 0 <= one.high < 0.05


def test_a_hold_out_without_an_end_says_how_many_it_needs() -> None:
    early = judge(HELD, members(0.3, 0.33, share=0.1, seed=2), 200)
    assert (early.kind, early.n) == ("early", 400)
    assert early.of == pytest.approx(16_000, rel=0.35)
    late = judge(HELD, members(0.3, 0.6, n=3_000, share=0.1, per_day=50), 200)
    assert late.kind == "better"
    same = members(0.3, 0.3, n=60_000, share=0.1, per_day=1_000, seed=7)
    assert judge(HELD, same, 200).kind == "none"


def test_what_nobody_does_is_said_to_make_no_difference_once_enough_did_not() -> None:
    """And not that so many of fewer members are too few."""
    few = judge(HELD, members(0, 0, n=1_000, share=0.1, dim=True), 300)
    assert (few.kind, few.n < few.of) == ("early", True)
    many = judge(HELD, members(0, 0, n=6_000, share=0.1, per_day=100, dim=True), 300)
    (one,) = many.contrasts
    assert (many.kind, one.by) == ("none", 0)
    square = always(6_000, 1.0, HELD.level) ** 2
    assert one.low == pytest.approx(-square / (600 + square))
    assert one.high == pytest.approx(square / (5_400 + square))


def test_more_arms_share_the_error() -> None:
    three = Design(weights={"a": 1, "b": 1, "c": 1}, control="b", planned=600)
    assert three.arms == ("b", "a", "c")
    assert three.level == HALVES.level / 2
    assert wanted(three, 0.2) > wanted(HALVES, 0.2)
    rng = np.random.default_rng(4)
    arm = np.arange(600) % 3
    did = rng.random(600) < np.array([0.2, 0.2, 0.6])[arm]
    found = judge(three, rows(arm, 100 + np.arange(600) // 20, did, np.zeros(600)), 200)
    assert found.kind == "better"
    assert [(one.arm, one.kind) for one in found.contrasts] == [("a", "none"), ("c", "better")]


def test_means_are_judged_like_rates() -> None:
    days = replace(HALVES, rate=False)
    data = members(0.3, 0.3)
    found = judge(days, data._replace(outcome=data.arm * 2.0 + data.before), 200)
    (one,) = found.contrasts
    assert one.kind == "better"
    assert one.by == pytest.approx(2)
