"""What is drawn, each with its words: a function of what was gathered and a language. `PLATES` lists them.

Nothing is hidden: axes of counts begin at zero, days that are not whole are not drawn, where a window reaches before
the log there is a gap, and the held-out time of a model is marked.
"""

import math
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from babel.dates import get_day_names

from bot.engine.activity import instant, zone_name
from bot.engine.cohorts import Triangle
from bot.engine.momentum import TooShort
from bot.engine.numbers import MONTH, WEEK, Part, daily_active, rolling_active
from bot.i18n import N_, Tongue
from bot.insight.gather import Gathered
from bot.insight.measures import shown
from bot.pictures.chart import Chart, Line, Stack
from bot.words import Word

MOST_BARS = 12
MOST_COHORTS, MOST_LATER = 12, 12
Floats = npt.NDArray[Any]


class Plate(Word, frozen=True):
    """A chart by name: `of` gives it, or the words that say why there is none."""

    name: str
    of: Callable[[Gathered, Tongue], Chart | str]


def freshness(found: Gathered, say: Tongue) -> str:
    """Which zone, and up to when."""
    until = instant(found.story.until).astimezone(found.story.zone)
    return say(
        N_("Time zone: {zone}. Counted up to {time}; the last whole day is {day}."),
        zone=zone_name(found.story.zone),
        time=f"{until:%Y-%m-%d %H:%M}",
        day=f"{found.last:%Y-%m-%d}",
    )


def footnote(found: Gathered, say: Tongue) -> str:
    """The same in a few words, for below a chart."""
    return say(N_("{zone} · whole days to {day}"), zone=zone_name(found.story.zone), day=f"{found.last:%Y-%m-%d}")


def enough(short: TooShort, say: Tongue, *, weeks: bool) -> str:
    """That there is not enough history yet."""
    text = (
        N_("Not enough history yet: {have} of the {need} weeks that the retention model needs.")
        if weeks
        else N_("Not enough history yet: {have} of the {need} whole days that the activity model needs.")
    )
    return say(text, have=short.have, need=short.need)


def _values(found: Floats) -> tuple[float | None, ...]:
    return tuple([None if math.isnan(value) else float(value) for value in found])


def _days(found: Gathered) -> tuple[date, ...]:
    return tuple([found.story.date_of(n) for n in range(*found.window)])


def active(found: Gathered, say: Tongue) -> Chart:
    """DAU, WAU and MAU."""
    inside = slice(*found.window)
    daily = daily_active(found.story)[inside].astype(np.float64)
    weekly, monthly = (rolling_active(found.story, window)[inside] for window in (WEEK, MONTH))
    last = found.columns[-1].numbers
    return Chart(
        title=say(N_("Active members")),
        alt=say(
            N_("Daily, weekly and monthly active members from {start} to {end}; at the end {weekly} and {monthly}."),
            start=f"{found.start:%Y-%m-%d}",
            end=f"{found.last:%Y-%m-%d}",
            weekly=shown(say, "count", last.weekly),
            monthly=shown(say, "count", last.monthly),
        ),
        note=footnote(found, say),
        x=_days(found),
        lines=(
            Line(label=say(N_("each day")), values=_values(daily), faint=len(daily) > MONTH),
            Line(label=say(N_("in 7 days")), values=_values(weekly), colour="second"),
            Line(label=say(N_("in 28 days")), values=_values(monthly), colour="third"),
        ),
    )


def growth(found: Gathered, say: Tongue) -> Chart | str:
    """Who came and went, week by week."""
    weeks = found.growth
    kept = [n for n, start in enumerate(weeks.starts) if start >= found.start and weeks.lost[n] >= 0]
    if not kept:
        return say(N_("Not enough history yet: this needs two whole weeks, Monday to Sunday."))

    def layer(label: str, values: Any, colour: str) -> Stack:
        return Stack(label=label, values=tuple(float(values[n]) for n in kept), colour=colour)

    return Chart(
        title=say(N_("Growth by week")),
        alt=say(
            N_(
                "Members new, returning, resurrected and lost in each of {n} weeks; in the last: {new}, {same}, {back} "
                "and {lost}."
            ),
            n=len(kept),
            new=int(weeks.new[kept[-1]]),
            same=int(weeks.returning[kept[-1]]),
            back=int(weeks.resurrected[kept[-1]]),
            lost=int(weeks.lost[kept[-1]]),
        ),
        note=footnote(found, say),
        x=tuple(weeks.starts[n] for n in kept),
        stacks=(
            layer(say(N_("returning")), weeks.returning, "second"),
            layer(say(N_("resurrected")), weeks.resurrected, "third"),
            layer(say(N_("new")), weeks.new, "first"),
            layer(say(N_("lost")), -weeks.lost, "fourth"),
        ),
    )


def retention(found: Gathered, say: Tongue) -> Chart | str:
    """The triangle of weekly cohorts."""
    return _triangle(found, say, found.weekly, N_("Retention by week of first activity"))


def retention_months(found: Gathered, say: Tongue) -> Chart | str:
    """The triangle of monthly cohorts."""
    return _triangle(found, say, found.monthly, N_("Retention by month of first activity"))


def _triangle(found: Gathered, say: Tongue, triangle: Triangle, title: str) -> Chart | str:
    weekly = triangle.period == "week"
    rows = list(range(len(triangle.starts)))[-MOST_COHORTS:]
    if len(rows) < 2:
        return say(N_("Not enough history yet: this needs two whole weeks or months."))
    columns = min(len(rows), MOST_LATER)
    cells = tuple(
        tuple(
            int(triangle.kept[row, k]) / int(triangle.sizes[row])
            if triangle.kept[row, k] >= 0 and triangle.sizes[row]
            else None
            for k in range(columns)
        )
        for row in rows
    )
    share = shown(say, "share", triangle.share(1))
    return Chart(
        title=say(title) + " (%)",
        alt=say(N_("Of the members new in a week, {share} were active the week after."), share=share)
        if weekly
        else say(N_("Of the members new in a month, {share} were active the month after."), share=share),
        note=(
            say(N_("Rows: first week (members); columns: weeks later"))
            if weekly
            else say(N_("Rows: first month (members); columns: months later"))
        )
        + "\n"
        + footnote(found, say),
        rows=tuple(
            f"{triangle.starts[row]:{'%m-%d' if weekly else '%Y-%m'}} ({int(triangle.sizes[row])})" for row in rows
        ),
        columns=tuple(str(k) for k in range(columns)),
        cells=cells,
        labelled=True,
        percent=True,
    )


def hours(found: Gathered, say: Tongue) -> Chart:
    """The heat map of the week."""
    names = get_day_names("abbreviated", locale=say.locale)
    most = int(found.hours.argmax())
    return Chart(
        title=say(N_("Activity by hour")),
        alt=say(
            N_("Activity by weekday and hour; the most on {day} from {hour}:00."),
            day=get_day_names("wide", locale=say.locale)[most // 24],
            hour=f"{most % 24:02}",
        ),
        note=say(N_("Strongest: {n}"), n=int(found.hours.max())) + " · " + footnote(found, say),
        rows=tuple(names[day] for day in range(7)),
        columns=tuple(str(hour) if hour % 3 == 0 else "" for hour in range(24)),
        cells=tuple(tuple(float(value) for value in row) for row in found.hours),
    )


def channels(found: Gathered, say: Tongue) -> Chart | str:
    """The channels in which most was written; the others together are the last bar."""
    return _parts(found, say, [one for one in found.channels if one.messages], N_("Messages by channel"))


def platforms(found: Gathered, say: Tongue) -> Chart | str:
    """Messages by platform."""
    return _parts(found, say, [one for one in found.platforms if one.messages], N_("Messages by platform"))


def part_name(part: Part, say: Tongue) -> str:
    """A channel or platform as people call it."""
    return part.name or part.platform or say(N_("elsewhere"))


def _parts(found: Gathered, say: Tongue, parts: Sequence[Part], title: str) -> Chart | str:
    if not parts:
        return say(N_("No messages in this period."))
    top, rest = parts[:MOST_BARS], parts[MOST_BARS:]
    names = [part_name(one, say) for one in top]
    values = [float(one.messages) for one in top]
    if rest:
        names.append(say(N_("{n} others"), n=len(rest)))
        values.append(float(sum(one.messages for one in rest)))
    return Chart(
        title=say(title),
        alt=say(N_("{title}; the most, {n}, in {name}."), title=say(title), n=top[0].messages, name=names[0]),
        note=footnote(found, say),
        names=tuple(names),
        bars=tuple(values),
        rest=bool(rest),
    )


def model(found: Gathered, say: Tongue) -> Chart | str:
    """Active members and what the activity model forecast, the last part of the log."""
    fitted = found.momentum
    if isinstance(fitted, TooShort):
        return enough(fitted, say, weeks=False)
    tried = len(fitted.actual) - fitted.held_out
    start = max(fitted.held_out - tried // 3, 0)
    x = tuple(found.story.date_of(fitted.first + n) for n in range(start, len(fitted.actual)))
    return Chart(
        title=say(N_("Activity model: active members a day")),
        alt=say(
            N_("Active members a day and their forecast; the error is {model}, that of a naive forecast {naive}."),
            model=f"{fitted.community.model.rmse:.2f}",
            naive=f"{fitted.community.last.rmse:.2f}",
        ),
        note=footnote(found, say),
        x=x,
        lines=(
            Line(label=say(N_("counted")), values=_values(fitted.actual[start:]), faint=True),
            Line(label=say(N_("forecast the day before")), values=_values(fitted.forecast[start:]), colour="second"),
        ),
        mark=found.story.date_of(fitted.first + fitted.held_out),
        mark_label=say(N_("trial →")),
    )


def retention_model(found: Gathered, say: Tongue) -> Chart | str:
    """Retention from week to week and what its model forecast."""
    fitted = found.stickiness
    if isinstance(fitted, TooShort):
        return enough(fitted, say, weeks=True)
    starts = found.growth.starts[1:]

    def spread(values: Floats) -> tuple[float | None, ...]:
        """With gaps for the weeks that are left out."""
        line = np.full(len(starts), np.nan)
        line[fitted.weeks] = values
        return _values(line)

    return Chart(
        title=say(N_("Retention model: active again a week later")),
        alt=say(
            N_("Retention by week and its forecast; the error is {model}, that of a naive forecast {naive}."),
            model=f"{fitted.fit.model.rmse:.3f}",
            naive=f"{fitted.fit.last.rmse:.3f}",
        ),
        note=footnote(found, say),
        x=starts,
        lines=(
            Line(label=say(N_("counted")), values=spread(fitted.actual), faint=True),
            Line(label=say(N_("forecast the week before")), values=spread(fitted.forecast), colour="second"),
            Line(label=say(N_("got something (U)")), values=spread(fitted.useful), colour="third", faint=True),
        ),
        mark=starts[int(fitted.weeks[fitted.held_out])],
        mark_label=say(N_("trial →")),
        percent=True,
    )


PLATES = (
    Plate(name="active", of=active),
    Plate(name="growth", of=growth),
    Plate(name="retention", of=retention),
    Plate(name="retention_months", of=retention_months),
    Plate(name="hours", of=hours),
    Plate(name="channels", of=channels),
    Plate(name="platforms", of=platforms),
    Plate(name="model", of=model),
    Plate(name="retention_model", of=retention_model),
)
"""All charts, in the order of the report."""
BY_NAME = {one.name: one for one in PLATES}
