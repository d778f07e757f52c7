"""Whom a question is put before, and when its clock rings."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.engine.asking.clock import Stage, begins, rings
from bot.engine.asking.routing import Candidate, choose, score
from bot.engine.asking.rules import AskingRules
from bot.words import replace

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
RULES = AskingRules()
KNOWS = Candidate(member=1, topic=0.8, accepted=3, quality=30, last_at=NOW, invited=0)


def test_a_score_is_the_sum_it_says_it_is() -> None:
    assert score(KNOWS, NOW) == pytest.approx(0.55 * 0.8 + 0.3 * 0.5 + 0.15)
    later = replace(KNOWS, last_at=NOW - timedelta(days=14), open=1, invited=3, declined=1)
    assert score(later, NOW) == pytest.approx((0.55 * 0.8 + 0.3 * 0.5 + 0.15 / 4) * (3 / 4) / 2)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"topic": 0.9}, {}),
        ({"accepted": 4}, {}),
        ({"quality": 60}, {}),
        ({}, {"last_at": NOW - timedelta(days=3)}),
        ({}, {"open": 1}),
        ({"invited": 4, "declined": 1}, {"invited": 4, "declined": 2}),
    ],
)
def test_each_thing_known_of_a_member_counts(better: dict[str, object], worse: dict[str, object]) -> None:
    assert score(replace(KNOWS, **better), NOW) > score(replace(KNOWS, **worse), NOW)


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        ({}, True),
        ({"last_at": None}, False),
        ({"last_at": NOW - timedelta(days=30)}, True),
        ({"last_at": NOW - timedelta(days=30, seconds=1)}, False),
        ({"open": 2}, True),
        ({"open": 3}, False),
        ({"topic": 0.0}, True),
        ({"topic": 0.0, "accepted": 0}, False),
        ({"topic": 0.15, "accepted": 0, "quality": 0}, True),
        ({"declined": 5, "invited": 5}, True),
    ],
)
def test_who_may_be_asked_at_all(change: dict[str, object], *, asked: bool) -> None:
    assert bool(choose([replace(KNOWS, **change)], NOW, RULES, most=3)) is asked


def test_the_best_are_chosen_whatever_the_order_and_of_equals_who_came_first() -> None:
    crowd = [replace(KNOWS, member=number, topic=0.5 + 0.1 * (number % 3)) for number in range(1, 8)]
    chosen = choose(crowd, NOW, RULES, most=4)
    assert [one.member for one in chosen] == [2, 5, 1, 4]
    assert choose(reversed(crowd), NOW, RULES, most=4) == chosen
    assert choose(crowd, NOW, RULES, most=0) == ()


def test_the_clock_tells_the_moderators_then_the_creator_then_nobody() -> None:
    rules = AskingRules(answer_hours=6, escalate_hours=48)
    assert begins(NOW, rules) == NOW + timedelta(hours=6)
    assert rings(Stage.MEMBERS, NOW, rules) == (Stage.MODERATORS, NOW + timedelta(hours=48))
    assert rings(Stage.MODERATORS, NOW, rules) == (Stage.CREATOR, None)
    assert rings(Stage.CREATOR, NOW, rules) == (Stage.CREATOR, None)


def test_no_hours_are_never() -> None:
    assert begins(NOW, AskingRules(answer_hours=0)) is None
    assert rings(Stage.MEMBERS, NOW, AskingRules(escalate_hours=0)) == (Stage.MODERATORS, None)
    assert rings(Stage.MEMBERS, NOW, AskingRules(answer_hours=0)) is None, "switched off since"
    assert rings(Stage.MODERATORS, NOW, AskingRules(escalate_hours=0)) is None
    assert rings(Stage.MODERATORS, NOW, AskingRules(answer_hours=0, escalate_hours=2)) == (Stage.CREATOR, None)
