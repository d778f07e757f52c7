"""The figures of a small community, counted by hand."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from bot.engine.activity import Log, history
from bot.engine.cohorts import weeks
from bot.engine.numbers import Part, by_place, numbers
from tests.insight.logs import at, log_of

UTC = ZoneInfo("UTC")
POST, REACT, JOIN, LEAVE = "MessagePosted", "ReactionGiven", "MemberJoined", "MemberLeft"


def found(log: Log, start: int, end: int):  # type: ignore[no-untyped-def]
    return numbers(history(log, UTC, at(end, 1)), (start, end))


def test_contributors_wrote_readers_took_part_the_silent_did_neither() -> None:
    told = [(at(0, 0), 1, POST), (at(1), 1, POST), (at(1), 1, REACT), (at(2), 2, REACT), (at(2), 3, "ReactionReceived")]
    told += [(at(2), 4, JOIN), (at(2), 5, "ContentOpened"), (at(2), 6, LEAVE)]
    one = found(log_of(told, here=[1, 2, 3, 4, 5]), 1, 4)
    assert (one.active, one.contributors, one.readers, one.silent) == (3, 1, 2, 2)
    assert (one.activity, one.messages, one.joined, one.left) == (4, 1, 1, 1)
    assert one.daily == pytest.approx(1.0)
    assert found(log_of(told, here=[1]), 1, 3).silent == 0
    assert numbers(history(log_of(told, here=[1]), UTC, at(4, 1)), (1, 3)).silent is None  # it ended before


def test_what_the_whole_log_does_not_tell_of_is_not_nought() -> None:
    one = found(log_of([(at(0, 0), 1, POST), (at(1), 1, POST)]), 0, 2)
    assert (one.joined, one.left, one.replies, one.replied) == (None, None, None, None)
    assert (one.weekly, one.monthly, one.thirty, one.stickiness) == (None, None, None, None)


def test_stickiness_is_the_days_of_the_average_member() -> None:
    told = [(at(day, 0), 1, POST) for day in range(28)] + [(at(27), 2, POST)]
    one = found(log_of(told), 0, 28)
    assert (one.monthly, one.weekly, one.thirty) == (2, 2, None)
    assert one.stickiness == pytest.approx((29 / 28) / 2)


def test_a_question_is_answered_by_a_reply_a_mention_or_the_topics_next_message() -> None:
    told = [(at(0, hour), who, POST) for hour, who in enumerate([1, 1, 2, 1, 2, 1, 3, 3, 2])]
    # 0 asks; 2 replies to 0. 3 asks in the channel; 4 mentions 1. 5 opens a topic with a question; 6 writes there.
    # 7 asks nobody hears: 8 is elsewhere. 1 replies to oneself, which is no answer.
    log = log_of(
        told,
        answers={1: 0, 2: 0},
        questions=[0, 3, 5, 7],
        topics={5: 77, 6: 77},
        mentions=[(4, 1)],
        places={8: 1},
    )
    one = found(log, 0, 3)
    assert (one.replies, one.replied, one.questions, one.answered, one.unanswered) == (1, 1, 4, 3, 1)
    assert one.first_answer == 3600.0  # 2 h, 1 h, 1 h


def test_a_mention_answers_the_latest_question_of_that_channel_and_topic_within_a_week() -> None:
    told = [(at(0, 0), 1, POST), (at(0, 1), 1, POST), (at(0, 3), 2, POST), (at(8, 4), 2, POST)]
    one = found(log_of(told, questions=[0, 1], mentions=[(2, 1), (3, 1)]), 0, 9)
    assert (one.answered, one.unanswered, one.first_answer) == (1, 1, 7200.0)
    elsewhere = found(log_of(told, questions=[0, 1], mentions=[(2, 1)], topics={2: 5}), 0, 9)
    assert elsewhere.answered == 0
    late = found(log_of(told, questions=[0], mentions=[(3, 1)]), 0, 9)
    assert (late.answered, late.unanswered, late.first_answer) == (0, 1, None)


def test_an_answer_after_the_period_is_not_known_to_it_and_a_young_question_is_not_overdue() -> None:
    told = [(at(0, 0), 1, POST), (at(1, 1), 1, POST), (at(2, 5), 2, POST), (at(3, 5), 2, POST)]
    log = log_of(told, questions=[0, 1], answers={2: 0, 3: 1})
    early = numbers(history(log, UTC, at(5, 1)), (0, 2))
    assert (early.questions, early.answered, early.unanswered, early.replies) == (2, 0, 1, 0)
    assert found(log, 0, 5).answered == 2


def test_parts_by_channel_and_by_platform() -> None:
    told = [(at(0, 0), 1, POST), (at(0, 1), 2, POST), (at(0, 2), 2, POST), (at(0, 3), 3, REACT)]
    log = log_of(told, places={1: 1, 2: 1, 3: 1})
    story = history(log, UTC, at(1, 1))
    assert by_place(story, (0, 1), "channel") == (
        Part(name="#c1", platform="discord", messages=2, contributors=1, activity=3, active=2),
        Part(name="#c0", platform="discord", messages=1, contributors=1, activity=1, active=1),
    )
    (only,) = by_place(story, (0, 1), "platform")
    assert (only.messages, only.contributors, only.activity, only.active) == (3, 2, 4, 3)


def test_a_week_was_worth_while_for_those_who_got_something() -> None:
    told = [(at(day, 0), who, POST) for day in (0, 7, 14) for who in (1, 2, 3, 4)]
    told += [(at(8), 1, "ReactionReceived"), (at(8), 9, "ReactionReceived")]
    order = sorted(told, key=lambda one: one[0])
    second = [n for n, one in enumerate(order) if one[0] == at(7, 0)]
    log = log_of(told, answers={second[3]: second[1]}, mentions=[(second[2], 2), (second[0], 3)])
    one = weeks(history(log, UTC, at(21, 1)))
    assert one.base.tolist() == [4, 4]
    assert one.retention.tolist() == [1.0, 1.0]
    assert one.useful.tolist() == [0.0, 0.75]  # a reaction; a reply and a mention; a mention
    assert np.isnan(weeks(history(log, UTC, at(35, 1))).retention[-1])
