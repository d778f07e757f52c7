"""What members are told to be at risk for: facts, chosen by what they add."""

from datetime import timedelta

import numpy as np
import pytest

from bot.engine.activity import micros
from bot.engine.churn.features import NAMES, features
from bot.engine.churn.model import Prior, of_prior
from bot.engine.churn.reasons import LEAST, SHOWN, reasons
from bot.training import SHIPPED_PRIOR
from bot.words import from_json, said
from tests.insight.logs import Told, at, log_of

T = at(200, 0)
MODEL = of_prior(from_json(Prior, SHIPPED_PRIOR.read_bytes()))


def posts(member: int, *days: float) -> list[Told]:
    return [(T - timedelta(days=day), member, "MessagePosted") for day in days]


def told_of(told: list[Told], questions: list[int]) -> list[tuple[str, str, bool]]:
    x = features(log_of(told, questions=questions), micros(T), np.array([1]))
    return [(one.group, said(one.words), one.noted) for one in reasons(MODEL, x)[0]]


def test_the_silent_are_told_how_long_and_what_was_usual_and_what_was_left_unanswered() -> None:
    regular = posts(1, *(12 + 1.75 * n for n in range(45)))  # 4 a week, 79 days long, then 12 days nothing
    log = sorted(regular)
    found = told_of(log, [43, 44])
    assert found == [
        ("company", "nobody replied to them in the last 28 days", False),
        ("activity", "silent for 12 days, used to post 4 a week", True),
        ("questions", "2 questions unanswered", True),
    ]


def test_one_who_was_here_on_a_single_day() -> None:
    found = told_of(posts(1, 20), [0])
    assert found[0][0] == "activity"
    assert "was here on a single day so far" in [words for _, words, _ in found]
    assert "one question unanswered" in [words for _, words, _ in found]


def test_what_speaks_against_leaving_is_no_reason() -> None:
    daily = [*posts(1, *(n + 0.3 for n in range(180))), *posts(2, *(n + 0.29 for n in range(180)))]
    assert told_of(daily, []) == []


def test_contributions_add_up_to_the_difference_in_log_odds() -> None:
    log = log_of([*posts(1, 3, 20), *posts(2, 1, 2, 3, 9)])
    x = features(log, micros(T), np.array([1, 2]))
    center = np.array([MODEL.center])
    away = MODEL.logistic.log_odds(x) - MODEL.logistic.log_odds(center)
    weight = np.array(MODEL.logistic.weights) / np.array(MODEL.logistic.scale)
    assert ((x - center) @ weight).tolist() == pytest.approx(away.tolist())
    for one in reasons(MODEL, x):
        chosen = [reason for reason in one if not reason.noted]
        assert len(chosen) <= SHOWN
        assert all(reason.log_odds >= LEAST for reason in chosen)
        assert [reason.log_odds for reason in chosen] == sorted((r.log_odds for r in chosen), reverse=True)
    assert len(NAMES) == x.shape[1]
