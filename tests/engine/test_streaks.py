"""Streaks: runs of active days by the member's own clock, in whatever order they are heard of."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.days import day_of, known, zone
from bot.engine.decide import decide
from bot.engine.earning import GuardRules, StreakRules
from bot.engine.rules import Rules
from bot.engine.streaks import RUNS, length, streak, with_day
from bot.events import Account, CheckedIn, Event, MessagePosted, ReactionReceived, ZoneChosen
from bot.state import MemberState
from bot.text import features
from tests import oracle

ANN = Account(platform="p", space="s", user="u")
STRICT = Rules(streaks=StreakRules(freezes=0), guard=GuardRules(on=False))


def wrote(at: datetime) -> MessagePosted:
    return MessagePosted(key=f"m:{at}", at=at, who=ANN, channel="c", text=features("hello there"))


def lived(*events: Event, rules: Rules = STRICT) -> MemberState:
    state = MemberState()
    for event in events:
        state = decide(event, state, rules).state
    return state


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("clock", "at", "day"),
    [
        ("Europe/Berlin", "2026-10-24 21:59:59", "2026-10-24"),
        ("Europe/Berlin", "2026-10-24 22:00:00", "2026-10-25"),  # summer time: two hours ahead
        ("Europe/Berlin", "2026-10-25 22:59:59", "2026-10-25"),  # the day had 25 hours
        ("Europe/Berlin", "2026-10-25 23:00:00", "2026-10-26"),
        ("Europe/Berlin", "2026-03-29 21:59:59", "2026-03-29"),  # and this one 23
        ("Europe/Berlin", "2026-03-29 22:00:00", "2026-03-30"),
        ("America/New_York", "2026-11-01 03:59:59", "2026-10-31"),
        ("America/New_York", "2026-11-01 04:00:00", "2026-11-01"),
        ("America/New_York", "2026-11-02 04:59:59", "2026-11-01"),
        ("America/New_York", "2026-11-02 05:00:00", "2026-11-02"),
        ("Pacific/Apia", "2026-11-01 10:59:59", "2026-11-01"),
        ("Pacific/Apia", "2026-11-01 11:00:00", "2026-11-02"),
        ("Pacific/Apia", "2011-12-30 09:59:59", "2011-12-29"),  # the 30th was left out there
        ("Pacific/Apia", "2011-12-30 10:00:00", "2011-12-31"),
        ("Asia/Shanghai", "2026-11-01 16:00:00", "2026-11-02"),
        ("UTC", "2026-11-01 23:59:59", "2026-11-01"),
    ],
)
def test_a_day_begins_at_midnight_by_the_members_clock(clock: str, at: str, day: str) -> None:
    assert day_of(utc(at), clock) == date.fromisoformat(day).toordinal()


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "Europe", "\0", "Europe/Berlin "])
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    assert not known(name)
    with pytest.raises(ValueError, match="there is no time zone"):
        zone(name)


def test_a_streak_goes_on_across_the_change_of_the_clock() -> None:
    """Each a minute before midnight in Berlin: by UTC the hour of it changes, and the day does not."""
    at = [utc("2026-10-23 21:59"), utc("2026-10-24 21:59"), utc("2026-10-25 22:59"), utc("2026-10-26 22:59")]
    state = lived(ZoneChosen(key="z", at=at[0], who=ANN, zone="Europe/Berlin"), *[wrote(one) for one in at])
    first = date(2026, 10, 23).toordinal()
    assert state.habit.runs == ((first, first + 3),)
    assert (state.habit.days, state.habit.best, streak(state, STRICT, first + 3)) == (4, 4, 4)


def test_who_moves_keeps_the_days_they_had() -> None:
    at = utc("2026-10-31 23:30")
    state = lived(
        wrote(at), ZoneChosen(key="z", at=at, who=ANN, zone="Asia/Shanghai"), wrote(at + timedelta(minutes=1))
    )
    first = date(2026, 10, 31).toordinal()
    assert state.habit.runs == ((first, first + 1),)


def test_a_clock_that_this_machine_does_not_know_is_the_communitys() -> None:
    at = utc("2026-10-31 23:30")
    rules = Rules(zone="Asia/Shanghai", guard=GuardRules(on=False))
    state = lived(ZoneChosen(key="z", at=at, who=ANN, zone="Mars/Olympus"), wrote(at), rules=rules)
    assert state.habit.runs == ((date(2026, 11, 1).toordinal(),) * 2,)


def test_a_day_is_active_by_what_one_does_and_not_by_what_is_done_to_one() -> None:
    at = utc("2026-10-31 12:00")
    state = lived(ReactionReceived(key="r", at=at, who=ANN, of="m", emoji="👍", giver="b"))
    assert (state.habit.days, state.habit.runs) == (0, ())
    state = lived(CheckedIn(key="c", at=at, who=ANN))
    assert (state.habit.days, state.habit.checked) == (1, at.toordinal())


@given(st.permutations(range(100, 130)), st.sets(st.integers(100, 129), max_size=12))
def test_the_runs_are_the_days_in_whatever_order(order: list[int], missed: set[int]) -> None:
    runs: tuple[tuple[int, int], ...] = ()
    for day in [day for day in order if day not in missed]:
        runs = with_day(runs, day)
        assert with_day(runs, day) == runs
    assert [day for first, last in runs for day in range(first, last + 1)] == sorted(set(range(100, 130)) - missed)
    assert all(one[1] + 1 < other[0] for one, other in pairwise(runs))


@settings(max_examples=300)
@given(
    days=st.lists(st.integers(1_001, 1_090), max_size=60, unique=True),
    today=st.integers(1_001, 1_095),
    freezes=st.integers(0, 3),
)
def test_a_streak_is_what_counting_day_by_day_gives(days: list[int], today: int, freezes: int) -> None:
    runs: tuple[tuple[int, int], ...] = ()
    for day in days:
        runs = with_day(runs, day)
    counted = {date.fromordinal(day) for day in days}
    assert length(runs, today, freezes) == oracle.streak(counted, date.fromordinal(today), freezes)


@pytest.mark.parametrize(
    ("days", "today", "freezes", "streak"),
    [
        ([], 10, 2, 0),
        ([10], 10, 0, 1),
        ([9], 10, 0, 1),  # today is not over yet
        ([8], 10, 0, 0),
        ([8], 10, 1, 1),
        ([7, 8, 10], 10, 0, 1),
        ([7, 8, 10], 10, 1, 3),
        ([5, 7, 9], 9, 1, 2),  # the second missed day in thirty is one too many
        ([5, 7, 9], 9, 2, 3),
        ([*range(1, 10), *range(11, 40), *range(41, 45)], 44, 1, 42),  # missed on 10 and on 40: thirty days apart
        ([*range(2, 11), *range(12, 40), *range(41, 45)], 44, 1, 32),  # on 11 and on 40: twenty-nine
    ],
)
def test_missed_days_are_forgiven_so_many_in_thirty(days: list[int], today: int, freezes: int, streak: int) -> None:
    runs: tuple[tuple[int, int], ...] = ()
    for day in days:
        runs = with_day(runs, day)
    assert length(runs, today, freezes) == streak


def test_only_the_latest_runs_are_kept() -> None:
    runs: tuple[tuple[int, int], ...] = ()
    for day in range(0, 2 * RUNS + 20, 2):
        runs = with_day(runs, day)
    assert len(runs) == RUNS
    assert (runs[0], runs[-1]) == ((20, 20), (2 * RUNS + 18, 2 * RUNS + 18))
