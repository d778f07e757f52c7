"""What was gathered as tables: for files of CSV, and as one JSON document. The names in them are never translated."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bot.engine.activity import MESSAGE, instant, zone_name
from bot.engine.cohorts import Triangle
from bot.engine.momentum import Fit, Momentum, Stickiness, TooShort
from bot.engine.numbers import MONTH, WEEK, Part, daily_active, rolling_active
from bot.insight.gather import Gathered
from bot.insight.measures import MEASURES
from bot.words import Word

Cell = str | int | float | None


class Sheet(Word, frozen=True):
    """A table: its name, the names of its columns, its rows."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def written(self) -> Iterator[tuple[str, ...]]:
        """The rows as text; None is an empty cell."""
        for row in self.rows:
            yield tuple("" if one is None else f"{one:.6g}" if isinstance(one, float) else str(one) for one in row)


def sheets(found: Gathered, names: Mapping[int, str] | None = None) -> tuple[Sheet, ...]:
    """All tables; with the members' `names` also a line for each of them."""
    made = [
        figures(found),
        daily(found),
        weekly(found),
        cohorts("retention_weeks", found.weekly),
        cohorts("retention_months", found.monthly),
        hours(found),
        parts("channels", found.channels),
        parts("platforms", found.platforms),
        models(found),
    ]
    if names is not None:
        made.append(members(found, names))
    return tuple(made)


def figures(found: Gathered) -> Sheet:
    """Each figure of each period, with its definition."""
    rows = [
        (
            column.name,
            f"{found.story.date_of(column.window[0])}",
            f"{found.story.date_of(column.window[1] - 1)}",
            one.name,
            one.value(column.numbers),
            one.unit,
            one.definition,
        )
        for column in found.columns
        for one in MEASURES
    ]
    return Sheet(
        name="figures", header=("period", "first", "last", "name", "value", "unit", "definition"), rows=tuple(rows)
    )


def daily(found: Gathered) -> Sheet:
    """A line a day."""
    story, (start, end) = found.story, found.window
    events = story.days(start, end)
    wrote = story.day[events][story.log.kind[events] == MESSAGE]
    messages = np.bincount(wrote - start, minlength=end - start)
    week, month = rolling_active(story, WEEK), rolling_active(story, MONTH)
    counted = daily_active(story)
    rows = tuple(
        (str(story.date_of(n)), int(counted[n]), _whole(week[n]), _whole(month[n]), int(messages[n - start]))
        for n in range(start, end)
    )
    return Sheet(name="daily", header=("day", "daily", "weekly", "monthly", "messages"), rows=rows)


def weekly(found: Gathered) -> Sheet:
    """A line a week: who came and went."""
    one = found.growth
    rows = tuple(
        (
            str(start),
            *(None if value[n] < 0 else int(value[n]) for value in (one.new, one.returning, one.resurrected, one.lost)),
        )
        for n, start in enumerate(one.starts)
    )
    return Sheet(name="growth", header=("week", "new", "returning", "resurrected", "lost"), rows=rows)


def cohorts(name: str, triangle: Triangle) -> Sheet:
    """A line for each cohort and period later."""
    rows = tuple(
        (str(start), int(triangle.sizes[c]), k, int(triangle.kept[c, k]))
        for c, start in enumerate(triangle.starts)
        for k in range(len(triangle.starts) - c)
    )
    return Sheet(name=name, header=("cohort", "size", "later", "active"), rows=rows)


def hours(found: Gathered) -> Sheet:
    """A line for each hour of the week; Monday is 1."""
    rows = tuple((day + 1, hour, int(found.hours[day, hour])) for day in range(7) for hour in range(24))
    return Sheet(name="hours", header=("weekday", "hour", "activity"), rows=rows)


def parts(name: str, found: tuple[Part, ...]) -> Sheet:
    """A line for each channel or platform."""
    rows = tuple((one.platform, one.name, one.messages, one.contributors, one.activity, one.active) for one in found)
    return Sheet(name=name, header=("platform", "name", "messages", "contributors", "activity", "active"), rows=rows)


def _fit(name: str, fit: Fit, forecast: float | None) -> dict[str, Cell]:
    return {
        "model": name,
        "keep": fit.keep,
        "gain": fit.gain,
        "forecasts": fit.steps,
        "rmse": fit.model.rmse,
        "rmse_last": fit.last.rmse,
        "rmse_weekday": fit.week.rmse if fit.week else None,
        "mae": fit.model.mae,
        "mae_last": fit.last.mae,
        "mae_weekday": fit.week.mae if fit.week else None,
        "next": forecast,
    }


def fits(found: Gathered) -> list[dict[str, Cell]]:
    """The models that were fitted: parameters, errors on the held-out time, the next forecast."""
    made = []
    if isinstance(found.momentum, Momentum):
        made.append(_fit("activity of the community", found.momentum.community, found.momentum.tomorrow))
        made.append(_fit("activity of a member", found.momentum.members, None))
    if isinstance(found.stickiness, Stickiness):
        made.append(_fit("retention", found.stickiness.fit, found.stickiness.next))
    return made


_MODEL = (
    "model",
    "keep",
    "gain",
    "forecasts",
    "rmse",
    "rmse_last",
    "rmse_weekday",
    "mae",
    "mae_last",
    "mae_weekday",
    "next",
)


def models(found: Gathered) -> Sheet:
    """A line for each model that could be fitted."""
    return Sheet(name="models", header=_MODEL, rows=tuple(tuple(one[name] for name in _MODEL) for one in fits(found)))


def members(found: Gathered, names: Mapping[int, str]) -> Sheet:
    """A line for each member who was ever active: first and last day, the last 28 days, A of the model."""
    story = found.story
    recent = story.days(story.end - MONTH, story.end)
    wrote = story.log.member[recent][story.log.kind[recent] == MESSAGE]
    messages = np.bincount(np.searchsorted(story.people, wrote), minlength=len(story.people))
    inside = (story.when >= story.end - MONTH) & (story.when < story.end)
    days = np.bincount(story.who[inside], minlength=len(story.people))
    edges = np.searchsorted(story.who, np.arange(len(story.people) + 1))
    scores = found.momentum.scores if isinstance(found.momentum, Momentum) else None
    rows = tuple(
        (
            int(number),
            names.get(int(number), ""),
            str(story.date_of(int(story.when[edges[n]]))),
            str(story.date_of(int(story.when[edges[n + 1] - 1]))),
            int(days[n]),
            int(messages[n]),
            None if scores is None else float(scores[n]),
        )
        for n, number in enumerate(story.people)
    )
    header = ("member", "name", "first_active", "last_active", "days_active_28", "messages_28", "activity")
    return Sheet(name="members", header=header, rows=rows)


def document(found: Gathered, community: str) -> dict[str, Any]:
    """Everything as one JSON document."""
    story = found.story
    return {
        "community": community,
        "zone": zone_name(story.zone),
        "counted_to": instant(story.until).isoformat(),
        "first_day": str(found.start),
        "last_day": str(found.last),
        "figures": {
            column.name: {
                "first": str(story.date_of(column.window[0])),
                "last": str(story.date_of(column.window[1] - 1)),
                **{one.name: one.value(column.numbers) for one in MEASURES},
            }
            for column in found.columns
        },
        "definitions": {one.name: one.definition for one in MEASURES},
        "models": fits(found)
        + [
            _short(name, one)
            for name, one in (("activity", found.momentum), ("retention", found.stickiness))
            if isinstance(one, TooShort)
        ],
        **{
            sheet.name: [dict(zip(sheet.header, row, strict=True)) for row in sheet.rows]
            for sheet in sheets(found)
            if sheet.name not in ("figures", "models")
        },
    }


def _short(name: str, one: TooShort) -> dict[str, Any]:
    return {"model": name, "not_enough": {"have": one.have, "need": one.need}}


def _whole(value: float) -> int | None:
    return None if np.isnan(value) else int(value)
