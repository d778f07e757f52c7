"""Who came back: weeks and months of the calendar, who was new in each, and how many of them stayed."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np

from bot.engine.activity import USEFUL, Bools, Floats, History, Ints

Period = Literal["week", "month"]


@dataclass(frozen=True, slots=True, eq=False)
class Periods:
    """The weeks (Monday to Sunday) or months of a history. `of` is the period of each day.

    Those from `first` to `end` - 1 are in the log as a whole.
    """

    of: Ints
    first: int
    end: int
    starts: tuple[date, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Triangle:
    """Retention by cohort: row c are the members whose first activity was in `starts[c]`, `sizes[c]` of them.

    `kept[c, k]` is how many of these were active k periods later (`kept[c, 0]` is the size), -1 where that is not over.
    """

    period: Period
    starts: tuple[date, ...]
    sizes: Ints
    kept: Ints

    def share(self, later: int) -> float | None:
        """Of all members for whom it is over, the share that was active `later` periods after their first."""
        if later >= self.kept.shape[1]:
            return None
        known = self.kept[:, later] >= 0
        total = int(self.sizes[known].sum())
        return int(self.kept[known, later].sum()) / total if total else None


@dataclass(frozen=True, slots=True, eq=False)
class Growth:
    """For each whole week, how many active members were new, returning and resurrected, and how many were lost.

    New were never active before, returning the week before too, resurrected earlier; lost were active the week before
    and are not now. The first week has no week before in the log: there only `new` is right, and the others are -1.
    """

    starts: tuple[date, ...]
    new: Ints
    returning: Ints
    resurrected: Ints
    lost: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Weeks:
    """For each whole week but the first: of those active the week before, the share active now, and who got something.

    `base` is how many were active the week before, `retention` the share of these active this week, `useful` the share
    of these that the week before was worth while for: who got an answer, a reaction, thanks, or attended or finished
    something. NaN where nobody was active the week before.
    """

    starts: tuple[date, ...]
    base: Ints
    retention: Floats
    useful: Floats


def periods(story: History, period: Period) -> Periods:
    """The weeks or months that the whole days of a history make."""
    days = [story.date_of(n) for n in range(story.end + 1)]
    if period == "week":
        numbers = [(one.toordinal() - 1) // 7 for one in days]
        begin = [days[0] - timedelta(days=days[0].weekday()) + timedelta(weeks=n) for n in range(len(days) // 7 + 2)]
    else:
        numbers = [one.year * 12 + one.month - 1 for one in days]
        begin = [date(n // 12, n % 12 + 1, 1) for n in range(numbers[0], numbers[-1] + 1)]
    of = np.array(numbers, np.int64) - numbers[0]
    last = int(of[-1])
    first = 0 if days[0] == begin[0] and story.first == 0 else 1
    # Day `end` is not over: the period it is in is not either. If it begins one, the one before is over.
    return Periods(of=of, first=min(first, last), end=last, starts=tuple(begin[: last + 1]))


def _pairs(story: History, found: Periods) -> tuple[Ints, Ints, Ints]:
    """(member, period) of those active, each once and sorted, and the period of each member's first activity."""
    span = found.end + 1
    when = found.of[np.minimum(story.when, story.end)]
    pairs = np.unique(story.who * span + when)
    who, when = pairs // span, pairs % span
    first = np.full(len(story.people), span)
    np.minimum.at(first, who, when)
    return who, when, first[who]


def triangle(story: History, period: Period) -> Triangle:
    """Retention by cohorts of the whole weeks or months. Who was active before the first whole one is in none."""
    found = periods(story, period)
    _, when, first = _pairs(story, found)
    counted = (first >= found.first) & (when < found.end)
    when, first = when[counted], first[counted]
    rows = found.end - found.first
    kept = np.bincount((first - found.first) * rows + when - first, minlength=rows * rows).reshape(rows, rows)
    later = np.arange(rows)
    kept[later[:, None] + later[None, :] >= rows] = -1
    return Triangle(period, found.starts[found.first : found.end], kept[:, :1].ravel(), kept)


def growth(story: History) -> Growth:
    """Who came and went, week by week."""
    found = periods(story, "week")
    who, when, first = _pairs(story, found)
    new, active, stayed = _weekly(who, when, found.end + 1, when == first)
    lost = np.append(0, active[:-1] - stayed[1:])
    shown = slice(found.first, found.end)
    parts = [one[shown].astype(np.int64) for one in (new, stayed, active - new - stayed, lost)]
    for one in parts[1:]:
        one[:1] = -1
    return Growth(found.starts[shown], *parts)


def weeks(story: History) -> Weeks:
    """Retention from week to week, and whom the week before was worth while for."""
    found = periods(story, "week")
    who, when, first = _pairs(story, found)
    span = found.end + 1
    _, active, stayed = _weekly(who, when, span, when == first)
    served = np.bincount(np.intersect1d(_served(story, found), who * span + when) % span, minlength=span)
    shown = slice(found.first + 1, max(found.end, found.first + 1))
    earlier = slice(found.first, max(found.end - 1, found.first))
    base = active[earlier].astype(np.int64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return Weeks(found.starts[shown], base, stayed[shown] / base, served[earlier] / base)


def _weekly(who: Ints, when: Ints, span: int, new: Bools) -> tuple[Ints, Ints, Ints]:
    """Of sorted (member, week) pairs, for each week: how many were new, active, and active the week before, too."""
    again = (who[1:] == who[:-1]) & (when[1:] == when[:-1] + 1)
    counts = (when[new], when, when[1:][again])
    return tuple(np.bincount(one, minlength=span) for one in counts)  # type: ignore[return-value]


def _served(story: History, found: Periods) -> Ints:
    """Member × span + week, for each member and week in which they got something from others or from the content."""
    log = story.log
    own = np.flatnonzero(USEFUL[log.kind])
    reply = np.flatnonzero(log.answers >= 0)
    author = log.member[log.answers[reply]]
    fair = author != log.member[reply]
    member = np.concatenate([log.member[own], author[fair], log.mentioned])
    day = story.day[np.concatenate([own, reply[fair], log.mentioning])]
    index = np.minimum(np.searchsorted(story.people, member), len(story.people) - 1)
    known = (story.people[index] == member) & (day >= 0)
    return np.unique(index[known] * (found.end + 1) + found.of[day[known]])
