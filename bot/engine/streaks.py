"""Streaks: the run of days on which a member was active, by their own clock.

The days are kept as a set (as runs of days), so that news that comes late changes nothing: the streak is what it would
have been. Days missed are forgiven as the rules say; they do not count, and they do not end it.
"""

from collections.abc import Iterator

from bot.effects import Effect
from bot.engine.ledger import Past
from bot.engine.points import today
from bot.engine.rules import Rules
from bot.events import CheckedIn, Event
from bot.state import Habit, MemberState
from bot.words import replace

RUNS = 48
"""How many runs of days are kept, the latest ones."""
SPELL = 30
"""Days within which a number of missed ones is forgiven."""

Runs = tuple[tuple[int, int], ...]


def with_day(runs: Runs, day: int) -> Runs:
    """The runs with one more day."""
    if runs and runs[-1][0] <= day <= runs[-1][1]:
        return runs
    start = end = day
    kept: list[tuple[int, int]] = []
    for first, last in runs:
        if first - 1 <= end and start <= last + 1:
            start, end = min(start, first), max(end, last)
        else:
            kept.append((first, last))
    return tuple(sorted([*kept, (start, end)]))[-RUNS:]


def _active(runs: Runs, until: int) -> Iterator[tuple[int, int]]:
    """The runs up to a day, the latest first."""
    for first, last in reversed(runs):
        if first <= until:
            yield first, min(last, until)


def length(runs: Runs, today: int, freezes: int) -> int:
    """The streak as it stands on a day: its active days, back to the first missed one that is not forgiven.

    `today` itself need not have been active yet. Of any `SPELL` days in a row `freezes` are forgiven.
    """
    return _back(runs, today, freezes)[0]


def freezes_left(runs: Runs, today: int, freezes: int) -> int:
    """How many more days of the `SPELL` to a day, that one included, may be missed without an end to the streak."""
    _, forgiven = _back(runs, today, freezes)
    return max(freezes - sum([today - missed < SPELL for missed in forgiven]), 0)


def _back(runs: Runs, today: int, freezes: int) -> tuple[int, list[int]]:
    """(active days, missed days that were forgiven between them and up to today) of the streak."""
    count, expected = 0, today
    within: list[int] = []
    for first, last in _active(runs, today):
        forgiven = [*within]
        for missed in range(expected, last, -1):
            if missed == today:
                continue
            if sum([day - missed < SPELL for day in forgiven]) >= freezes:
                return count, within
            forgiven.append(missed)
        count += last - first + 1
        expected = first - 1
        within = forgiven
    return count, within


def streak(state: MemberState, rules: Rules, today: int) -> int:
    """A member's streak on a day (an ordinal by their clock)."""
    return length(state.habit.runs, today, rules.streaks.freezes)


def live(event: Event, state: MemberState, rules: Rules, past: Past) -> tuple[Habit, tuple[Effect, ...]]:
    """Mark the day of whatever the member did."""
    was = state.habit
    day = today(event, state, rules)
    runs = with_day(was.runs, day)
    checked = max(was.checked, day) if isinstance(event, CheckedIn) else was.checked
    if runs == was.runs:
        return (was if checked == was.checked else replace(was, checked=checked)), ()
    best = max([length(runs, last, rules.streaks.freezes) for _, last in runs])
    return Habit(runs=runs, days=was.days + 1, best=max(best, was.best), checked=checked), ()
