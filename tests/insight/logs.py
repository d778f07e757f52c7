"""Logs made by hand, and the slow and plain way to count them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from bot.engine.activity import KINDS, Log, Place, micros

Told = tuple[datetime, int, str]
"""(at, member, kind of event): what a log is made of."""
NUMBERS = {one.event: number for number, one in enumerate(KINDS)}


def log_of(
    told: Sequence[Told],
    *,
    answers: dict[int, int] | None = None,
    questions: Sequence[int] = (),
    topics: dict[int, int] | None = None,
    mentions: Sequence[tuple[int, int]] = (),
    places: dict[int, int] | None = None,
    here: Sequence[int] = (),
) -> Log:
    """A log of what was told, in the order of time; the rest is by its index there."""
    told = sorted(told, key=lambda one: one[0])
    size = len(told)
    where = [(places or {}).get(n, 0) for n in range(size)]
    return Log(
        at=np.array([micros(at) for at, _, _ in told], np.int64),
        member=np.array([member for _, member, _ in told], np.int64),
        kind=np.array([NUMBERS[kind] for _, _, kind in told], np.int8),
        place=np.array(where, np.int32),
        thread=np.array([(topics or {}).get(n, 0) for n in range(size)], np.int64),
        answers=np.array([(answers or {}).get(n, -1) for n in range(size)], np.int64),
        question=np.isin(np.arange(size), list(questions)),
        places=tuple(Place(platform="discord", channel=f"c{n}") for n in range(max(where, default=0) + 1)),
        mentioning=np.array([n for n, _ in mentions], np.int64),
        mentioned=np.array([member for _, member in mentions], np.int64),
        here=np.array(here, np.int64),
    )


def active_days(told: Sequence[Told], zone: ZoneInfo, until: datetime) -> dict[int, set[date]]:
    """{member: the days on which they were active}, asking the zone for each moment."""
    found: dict[int, set[date]] = {}
    for at, member, kind in told:
        shows = KINDS[NUMBERS[kind]].shows
        if at < until and shows in ("writing", "taking part", "reading"):
            found.setdefault(member, set()).add(at.astimezone(zone).date())
    return found


def days(start: date, count: int) -> list[date]:
    return [start + timedelta(days=n) for n in range(count)]


def at(day: int, hour: float = 12.0) -> datetime:
    """An instant so many days after Monday 5 January 2026, UTC."""
    return datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=day, hours=hour)
