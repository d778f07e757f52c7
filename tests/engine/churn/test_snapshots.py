"""Of whom what is predicted: the edges of the windows to the microsecond, and renewals."""

from datetime import timedelta

import numpy as np

from bot.engine.activity import micros
from bot.engine.churn.features import DAY, features
from bot.engine.churn.snapshots import HORIZON, Dues, lapses, moments, present, silences, silent
from tests.insight.logs import at, log_of

TICK = timedelta(microseconds=1)
T = at(100, 0)


def test_the_window_before_holds_its_begin_and_not_the_snapshot() -> None:
    month = timedelta(days=28)
    told = [(T - month - TICK, 1), (T - month, 2), (T - TICK, 3), (T, 4), (T + month - TICK, 5), (T + month, 6)]
    log = log_of([(when, who, "MessagePosted") for when, who in told])
    assert present(log, micros(T)).tolist() == [2, 3]
    assert silent(log, micros(T), np.arange(1, 7)).tolist() == [True, True, True, False, False, True]


def test_who_only_received_or_joined_is_not_active() -> None:
    log = log_of([(T - timedelta(days=1), 1, "ReactionReceived"), (T - timedelta(days=1), 2, "MemberJoined")])
    assert present(log, micros(T)).tolist() == []
    assert len(silences(log, [micros(T)])) == 0


def test_snapshots_are_midnights_four_weeks_apart_whose_outcome_is_in_the_log() -> None:
    log = log_of([(at(0), 1, "MessagePosted"), (at(100, 15), 1, "MessagePosted")])
    end = micros(at(100, 15))
    assert moments(log, end).tolist() == [micros(at(day, 0)) for day in (16, 44, 72)]
    rows = silences(log, moments(log, end).tolist())
    assert rows.at.tolist() == [micros(at(16, 0))]
    assert rows.left.tolist() == [True]
    assert rows.known.tolist() == [micros(at(44, 0))]
    assert len(rows.learnable(micros(at(44, 0)))) == 1
    assert len(rows.learnable(micros(at(44, 0)) - 1)) == 0
    assert HORIZON == 28 * DAY


def test_a_renewal_is_asked_a_week_before_it_is_due_and_judged_three_days_after() -> None:
    log = log_of([(at(day), 1 + day % 3, "MessagePosted") for day in range(60)])
    due = micros(at(50, 15))
    grace = due + 3 * DAY
    asked = micros(at(43, 0))
    renewed = [due, grace, grace + 1, -1, asked - 1, asked]
    dues = Dues(np.array([1, 2, 3, 9, 1, 2]), np.full(6, due), np.array(renewed))
    rows = lapses(log, dues, grace)
    # Who renewed before the snapshot is no row. The fourth is silent altogether, and is a row all the same.
    assert rows.member.tolist() == [1, 2, 3, 9, 2]
    assert rows.left.tolist() == [False, False, True, True, False]
    assert set(rows.at.tolist()) == {asked}
    assert set(rows.known.tolist()) == {grace}
    assert rows.x[1].tobytes() == features(log, asked, np.array([2]))[0].tobytes()
    assert rows.x[1].tobytes() == rows.x[4].tobytes()
    assert len(lapses(log, dues, grace - 1)) == 0
