"""Everything the report shows, computed once from the log; a new part is a field here."""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo

import numpy as np

from bot.engine import cohorts, momentum
from bot.engine.activity import History, Ints, Log, TooLittleError, clock, history
from bot.engine.cohorts import Growth, Triangle
from bot.engine.momentum import Momentum, Stickiness, TooShort
from bot.engine.numbers import MONTH, Numbers, Part, Window, by_place, numbers
from bot.i18n import N_

RECENT = N_("Last {n} days")
BEFORE = N_("The {n} days before")
WHOLE = N_("Whole period")


@dataclass(frozen=True, slots=True)
class Column:
    """A window of whole days and its figures. `title` is one of the above; `n` its days."""

    name: str
    title: str
    window: Window
    numbers: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """All that is shown of a community: `columns` of figures, then what is drawn, over the days of `window`.

    `hours[weekday, hour]` counts activity by the clock of the zone, Monday first.
    """

    story: History
    window: Window
    columns: tuple[Column, ...]
    hours: Ints
    channels: tuple[Part, ...]
    platforms: tuple[Part, ...]
    growth: Growth
    weekly: Triangle
    monthly: Triangle
    momentum: Momentum | TooShort
    stickiness: Stickiness | TooShort

    @property
    def start(self) -> date:
        """The first day."""
        return self.story.date_of(self.window[0])

    @property
    def last(self) -> date:
        """The last day."""
        return self.story.date_of(self.window[1] - 1)


def gather(log: Log, zone: tzinfo, until: datetime, since: date | None = None, recent: int = MONTH) -> Gathered:
    """Compute everything up to `until`. `since` bounds what is shown, never what is known of earlier days.

    `recent` days are compared with as many before. Raises TooLittleError when there is no whole day to show.
    """
    story = history(log, zone, until)
    start = story.first if since is None else max(story.first, story.number_of(since))
    if start >= story.end:
        raise TooLittleError("no whole day")
    window = start, story.end
    events = story.days(*window)
    weekday, hour = clock(story, events)
    active = story.active[events]
    hours = np.bincount(weekday[active] * 24 + hour[active], minlength=7 * 24).reshape(7, 24)
    return Gathered(
        story=story,
        window=window,
        columns=columns(story, window, recent),
        hours=hours,
        channels=by_place(story, window, "channel"),
        platforms=by_place(story, window, "platform"),
        growth=cohorts.growth(story),
        weekly=cohorts.triangle(story, "week"),
        monthly=cohorts.triangle(story, "month"),
        momentum=momentum.momentum(story),
        stickiness=momentum.stickiness(cohorts.weeks(story)),
    )


def columns(story: History, window: Window, recent: int) -> tuple[Column, ...]:
    """The last days, as many before them, and all of them; those that would be the same or not whole are left out."""
    start, end = window
    found = []
    if end - recent >= start:
        found.append(("recent", RECENT, (end - recent, end)))
    if story.reaches(end - 2 * recent):
        found.append(("before", BEFORE, (end - 2 * recent, end - recent)))
    if end - start != recent:
        found.append(("whole", WHOLE, window))
    return tuple(Column(name, title, one, numbers(story, one)) for name, title, one in found)
