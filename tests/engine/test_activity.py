"""Counting who was active, against a plain count: in zones whose clocks change, and never past the end."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.activity import History, TooLittleError, clock, history, micros, midnights
from bot.engine.cohorts import growth, periods, triangle, weeks
from bot.engine.numbers import Moves, daily_active, moves, numbers, rolling_active
from tests.insight.logs import Told, active_days, at, days, log_of

UTC_ZONE = ZoneInfo("UTC")
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "America/Santiago")]
CHANGES = [datetime(2026, 3, 1, tzinfo=UTC), datetime(2025, 10, 15, tzinfo=UTC), datetime(2026, 8, 25, tzinfo=UTC)]
"""Forty days from each of these hold a change of the clocks in the zones that have one; Santiago's is at midnight."""


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[Told], ZoneInfo, datetime]:
    """Few members on crowded days, around a change of the clocks."""
    begin = draw(st.sampled_from(CHANGES))
    moments = st.integers(0, 40 * 24 * 4).map(lambda quarter: begin + timedelta(minutes=15 * quarter))
    kinds = st.sampled_from(["MessagePosted", "MessagePosted", "ReactionGiven", "CheckedIn", "MemberJoined"])
    told = draw(st.lists(st.tuples(moments, st.integers(1, 4), kinds), min_size=1, max_size=60))
    until = draw(moments)
    return told, draw(st.sampled_from(ZONES)), until


def counted(told: list[Told], zone: ZoneInfo, until: datetime) -> History | None:
    try:
        return history(log_of(told), zone, until)
    except TooLittleError:
        assert active_days(told, zone, until) == {}
        return None


@given(stories())
def test_active_members_equal_a_plain_count_over_days(drawn: tuple[list[Told], ZoneInfo, datetime]) -> None:
    told, zone, until = drawn
    story = counted(told, zone, until)
    if story is None:
        return
    active = active_days(told, zone, until)
    first = min(day for own in active.values() for day in own)
    assert story.start == first
    assert story.end == (until.astimezone(zone).date() - first).days
    shown = days(first, story.end)
    assert daily_active(story).tolist() == [sum(day in own for own in active.values()) for day in shown]
    for window in (7, 28):
        for n, found in enumerate(rolling_active(story, window)):
            if n - window + 1 < story.first:
                assert np.isnan(found)
            else:
                span = set(shown[n - window + 1 : n + 1])
                assert found == sum(bool(own & span) for own in active.values())


@given(stories())
def test_new_returning_resurrected_and_lost_are_a_plain_count_and_add_up(
    drawn: tuple[list[Told], ZoneInfo, datetime],
) -> None:
    told, zone, until = drawn
    story = counted(told, zone, until)
    if story is None or story.end - story.first < 1:
        return
    active = active_days(told, zone, until)
    for length in {1, min(5, story.whole_days), story.whole_days}:
        start = story.end - length
        now = set(days(story.date_of(start), length))
        then = set(days(story.date_of(start - length), length))
        here = {who for who, own in active.items() if own & now}
        new = {who for who in here if min(active[who]) in now}
        were = {who for who, own in active.items() if own & then}
        found = moves(story, (start, story.end))
        assert found.new == len(new)
        if start - length < story.first:
            assert found == Moves(new=len(new))
        else:
            assert (found.returning, found.lost) == (len(here & were), len(were - here))
            assert found.resurrected == len(here - new - were)
            assert numbers(story, (start, story.end)).active == len(here)


@given(stories(), st.sampled_from(["week", "month"]))
def test_no_cohort_keeps_more_than_it_has_and_all_that_is_over_is_counted(
    drawn: tuple[list[Told], ZoneInfo, datetime], period: str
) -> None:
    told, zone, until = drawn
    story = counted(told, zone, until)
    if story is None:
        return
    found = triangle(story, period)  # type: ignore[arg-type]
    active = active_days(told, zone, until)

    def begin(day: date) -> date:
        return day - timedelta(days=day.weekday()) if period == "week" else day.replace(day=1)

    for row, start in enumerate(found.starts):
        cohort = [who for who, own in active.items() if begin(min(own)) == start]
        assert found.sizes[row] == len(cohort)
        for later, column in enumerate(found.starts[row:]):
            kept = sum(any(begin(day) == column for day in active[who]) for who in cohort)
            assert found.kept[row, later] == kept <= found.sizes[row]
        assert (found.kept[row, len(found.starts) - row :] == -1).all()


@given(stories())
def test_weeks_of_growth_equal_a_plain_count(drawn: tuple[list[Told], ZoneInfo, datetime]) -> None:
    told, zone, until = drawn
    story = counted(told, zone, until)
    if story is None:
        return
    found, active = growth(story), active_days(told, zone, until)
    complete = set(days(story.date_of(story.first), story.whole_days))
    mondays = [day for day in sorted(complete) if day.weekday() == 0]
    assert list(found.starts) == [day for day in mondays if set(days(day, 7)) <= complete]
    for n, start in enumerate(found.starts):
        now, then = set(days(start, 7)), set(days(start - timedelta(days=7), 7))
        here, were = ({who for who, own in active.items() if own & span} for span in (now, then))
        new = {who for who in here if min(active[who]) in now}
        assert found.new[n] == len(new)
        if n:
            counts = (len(here & were), len(here - new - were), len(were - here))
            assert (found.returning[n], found.resurrected[n], found.lost[n]) == counts
        else:
            assert found.returning[n] == found.resurrected[n] == found.lost[n] == -1


@given(stories(), st.lists(st.integers(0, 5_000), max_size=5))
def test_nothing_looks_past_the_end(drawn: tuple[list[Told], ZoneInfo, datetime], later: list[int]) -> None:
    told, zone, until = drawn
    story = counted(told, zone, until)
    if story is None or story.whole_days < 1:
        return
    future = [(until + timedelta(minutes=n), 1 + n % 6, "MessagePosted") for n in later]
    past = [one for one in told if one[0] < until]
    window = story.first, story.end
    same = history(log_of(past), zone, until)
    more = history(log_of([*told, *future]), zone, until)
    assert numbers(story, window) == numbers(same, window) == numbers(more, window)
    assert weeks(more).retention.tolist() == pytest.approx(weeks(same).retention.tolist(), nan_ok=True)


@given(stories())
def test_the_clock_on_the_wall_is_the_zones(drawn: tuple[list[Told], ZoneInfo, datetime]) -> None:
    told, zone, until = drawn
    story = counted(told, zone, until)
    if story is None:
        return
    weekday, hour = clock(story, slice(0, len(story.log.at)))
    wall = [at.astimezone(zone) for at, *_ in sorted(told, key=lambda one: one[0]) if at < until]
    inside = story.day >= 0
    assert weekday[inside].tolist() == [one.weekday() for one, in_ in zip(wall, inside, strict=True) if in_]
    assert hour[inside].tolist() == [one.hour for one, in_ in zip(wall, inside, strict=True) if in_]


def test_a_day_on_which_the_clocks_change_has_23_or_25_hours() -> None:
    hours = np.diff(midnights(date(2026, 3, 28), 3, ZoneInfo("Europe/Berlin"))) // 3_600_000_000
    assert hours.tolist() == [24, 23, 24]
    hours = np.diff(midnights(date(2026, 10, 24), 3, ZoneInfo("Europe/Berlin"))) // 3_600_000_000
    assert hours.tolist() == [24, 25, 24]
    santiago = midnights(date(2026, 9, 5), 3, ZoneInfo("America/Santiago"))  # 6 September begins at 1:00
    assert (np.diff(santiago) // 3_600_000_000).tolist() == [24, 23, 24]


def test_the_first_and_the_last_day_are_left_out_unless_they_are_whole() -> None:
    told = [(at(0, 10), 1, "MessagePosted"), (at(3, 10), 2, "MessagePosted"), (at(5, 9), 3, "MessagePosted")]
    story = history(log_of(told), UTC_ZONE, at(5, 10))
    assert (story.first, story.end, story.whole_days) == (1, 5, 4)
    found = numbers(story, (1, 5))
    assert (found.active, found.messages, found.daily, found.moves) == (1, 1, 0.25, Moves(new=1))
    whole = history(log_of([(at(0, 0), 1, "MessagePosted"), *told[1:]]), UTC_ZONE, at(6, 0))
    assert (whole.first, whole.end, whole.whole_days) == (0, 6, 6)


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    story = history(log_of([(at(2), 1, "MessagePosted"), (at(60), 1, "MessagePosted")]), UTC_ZONE, at(60, 13))
    found = periods(story, "week")
    whole = found.starts[found.first : found.end]
    assert (whole[0], whole[-1]) == (date(2026, 1, 12), date(2026, 2, 23))  # 6 March is a Friday
    found = periods(story, "month")
    assert found.starts[found.first : found.end] == (date(2026, 2, 1),)


def test_a_log_without_activity_is_too_little() -> None:
    with pytest.raises(TooLittleError):
        history(log_of([(at(0), 1, "MemberJoined")]), UTC_ZONE, at(1))
    with pytest.raises(TooLittleError):
        history(log_of([]), UTC_ZONE, at(1))
    with pytest.raises(TooLittleError):
        history(log_of([(at(2), 1, "MessagePosted")]), UTC_ZONE, at(1))
    assert micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1_000_000
