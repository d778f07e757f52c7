"""What is known of members at an instant, as numbers: the columns of the churn model.

To add a feature: one more `yield` in a function of `_PARTS`, and its group in `GROUPS` of `reasons`, which says what
reason it speaks for. Then learn the shipped prior again (`tools/learn_prior.py`).

**The law: features at T are of events before T and of nothing else.** All is taken from the shelves of `story`, which
hand out nothing later; the day of the snapshot is not a past day: days are counted back from T, 24 hours each, so no
zone matters.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from bot.engine.activity import ACTS, MESSAGE, SECOND, Bools, Floats, Ints, Log
from bot.engine.churn.exchanges import PATIENCE
from bot.engine.churn.story import Shelf, Story, story

DAY = 24 * 3600 * SECOND
"""Microseconds in a day."""
WINDOWS = (7, 14, 28, 56, 91, 182, 365)
HALF_LIVES = (3, 7, 14, 28, 60, 120)
"""Days in which what a day of activity counts falls to half: A(t) = αA(t-1) + βI(t) with α = 2^(-1/half-life)."""
_WIDTH = np.int64(1 << 20)
"""Two small numbers are sorted as one: a * _WIDTH + b."""
LONG = 365
"""Days that stand for 'never': no span is longer."""
ROWS = 2_000
"""Rows worked out at once: what they need of memory grows with all their acts."""
Matrix: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Past:
    """What was known at `until` of `members`, a row each.

    `who` (a row), `age` (days, a fraction) and `event` are of their acts; `days_who` and `days_ago` are the days on
    which they were active, each once, 0 for the 24 hours before the instant; both are by rows, then from the oldest.
    """

    story: Story
    until: Ints
    members: Ints
    event: Ints
    who: Ints
    age: Floats
    days_who: Ints
    days_ago: Ints

    def count(self, who: Ints, weights: Floats | None = None) -> Floats:
        return np.bincount(who, weights, len(self.members)).astype(np.float64)

    def distinct(self, who: Ints, things: Ints) -> Floats:
        """How many different things, numbered from 0 on, each has."""
        width = int(things.max(initial=0)) + 1
        return self.count(np.unique(who * width + things) // width)

    def of(self, shelf: Shelf, at: Ints) -> tuple[Ints, Floats, Ints]:
        """(row, days ago, thing) of what each has on a shelf, of things whose times are `at`."""
        row, thing = shelf.of(self.members, self.until)
        return row, (self.until[row] - at[thing]) / DAY, thing


def _past(story: Story, until: Ints, members: Ints) -> _Past:
    who, event = story.acts.of(members, until)
    back = until[who] - 1 - story.log.at[event]  # an act exactly a day before the snapshot is in the day before it
    days = np.unique(who * _WIDTH + (_WIDTH - 1 - back // DAY))
    return _Past(
        story=story,
        until=until,
        members=members,
        event=event,
        who=who,
        age=(back + 1) / DAY,
        days_who=days // _WIDTH,
        days_ago=_WIDTH - 1 - days % _WIDTH,
    )


def _activity(past: _Past) -> Iterator[tuple[str, Floats]]:
    for window in WINDOWS:
        yield f"active_{window}", np.log1p(past.count(past.days_who[past.days_ago < window]))
    for half in HALF_LIVES:
        yield f"level_{half}", np.log1p(past.count(past.days_who, 0.5 ** (past.days_ago / half)))
    for half in (7, 28, 120):
        yield f"volume_{half}", np.log1p(past.count(past.who, 0.5 ** (past.age / half)))
    for window in (7, 28, 91, LONG):
        yield f"acts_{window}", np.log1p(past.count(past.who[past.age <= window]))
    weeks = past.days_ago // 7
    for span in (4, 12, 26):
        recent = weeks < span
        yield f"weeks_{span}", past.distinct(past.days_who[recent], weeks[recent]) / span
    months = past.days_ago // 28
    for span in (6, 12):
        recent = months < span
        yield f"months_{span}", past.distinct(past.days_who[recent], months[recent]) / span
    days = past.days_ago
    for span in (7, 14, 28, 91):
        now = past.count(past.days_who[days < span])
        then = past.count(past.days_who[(days >= span) & (days < 2 * span)])
        yield f"trend_{span}", np.log((now + 1) / (then + 1))


def _rhythm(past: _Past) -> Iterator[tuple[str, Floats]]:
    size = len(past.members)
    silence, tenure = np.full(size, float(LONG)), np.zeros(size)
    np.minimum.at(silence, past.who, past.age)
    np.maximum.at(tenure, past.who, past.age)
    days = past.count(past.days_who)
    yield "silence", np.log1p(silence)
    inner = past.days_who[1:] == past.days_who[:-1]
    who, gap = past.days_who[1:][inner], (past.days_ago[:-1] - past.days_ago[1:])[inner].astype(np.float64)
    recent = past.days_ago[1:][inner] < LONG
    who, gap = who[recent], gap[recent]
    gaps = past.count(who)
    # With no gap yet, the usual one is guessed from how long they are here, up to four weeks.
    guess = np.clip(tenure, 1, 28)
    mean = np.where(gaps > 0, past.count(who, gap) / np.maximum(gaps, 1), guess)
    middle = np.where(gaps > 0, _median(who, gap, size), guess)
    longest = np.where(gaps > 0, 1.0, guess)
    np.maximum.at(longest, who, gap)
    for name, value in (("mean", mean), ("median", middle), ("longest", longest)):
        yield f"gap_{name}", np.log1p(value)
        yield f"silence_to_{name}", np.log1p(silence) - np.log1p(value)
    yield "tenure", np.log1p(np.minimum(tenure, 3 * LONG))
    yield "new_7", (tenure <= 7).astype(np.float64)
    yield "new_28", (tenure <= 28).astype(np.float64)
    yield "one_day", (days <= 1).astype(np.float64)
    # Of newcomers the same activity says something else.
    month = past.count(past.days_who, 0.5 ** (past.days_ago / 28))
    week = past.count(past.days_who, 0.5 ** (past.days_ago / 7))
    yield "new_28_level", np.where(tenure <= 28, np.log1p(month), 0)
    yield "new_28_silence", np.where(tenure <= 28, np.log1p(silence), 0)
    yield "new_7_level", np.where(tenure <= 7, np.log1p(week), 0)
    # Silence says more of those who are here much.
    fortnight = past.count(past.days_who, 0.5 ** (past.days_ago / 14))
    yield "level_14_silence", np.log1p(fortnight) * np.log1p(silence)
    for span in (91, LONG):
        active = past.count(past.days_who[past.days_ago < span])
        yield f"share_{span}", np.log1p(active) - np.log1p(np.minimum(tenure, span))


def _returns(past: _Past) -> Iterator[tuple[str, Floats]]:
    """How often an active month (28 days) of their own was followed by an active one, up to the last month."""
    months = np.unique(past.days_who * _WIDTH + past.days_ago // 28)
    earlier = months[months % _WIDTH >= 1]
    followed = np.isin(earlier - 1, months)
    tried = past.count(earlier // _WIDTH)
    # A third of a return is assumed of whom nothing is known yet.
    yield "own_return", (past.count(earlier[followed] // _WIDTH) + 0.3) / (tried + 1)
    yield "months_known", np.log1p(tried)


def _median(who: Ints, value: Floats, size: int) -> Floats:
    order = np.lexsort((value, who))
    who, value = who[order], value[order]
    first, last = np.searchsorted(who, np.arange(size)), np.searchsorted(who, np.arange(size), "right")
    if not len(value):
        return np.zeros(size)
    low = np.minimum((first + last - 1) // 2, len(value) - 1)
    high = np.minimum((first + last) // 2, len(value) - 1)
    return np.asarray((value[low] + value[high]) / 2, np.float64)


def _clockwork(past: _Past) -> Iterator[tuple[str, Floats]]:
    """How regular weekday and hour are, by UTC: another zone turns the clock, and leaves regularity as it is."""
    recent = past.age <= 182
    who, at = past.who[recent], past.story.log.at[past.event[recent]]
    count = np.maximum(past.count(who), 1)
    angle = 2 * np.pi * (at % DAY) / DAY
    yield "same_hour", np.hypot(past.count(who, np.cos(angle)), past.count(who, np.sin(angle))) / count
    week = 2 * np.pi * (at % (7 * DAY)) / (7 * DAY)
    yield "same_weekday", np.hypot(past.count(who, np.cos(week)), past.count(who, np.sin(week))) / count
    weekday = (at // DAY + 3) % 7  # 1 January 1970 was a Thursday
    yield "weekdays", past.distinct(who, weekday) / 7


def _company(past: _Past) -> Iterator[tuple[str, Floats]]:
    story, log, size = past.story, past.story.log, len(past.members)
    to, to_age, to_pair = past.of(story.heard, story.talk.at)
    by, by_age, by_pair = past.of(story.said, story.talk.at)
    gifted, gift_age, _ = past.of(story.received, log.at)
    for span in (28, 91):
        heard = past.count(to[to_age <= span]) + past.count(gifted[gift_age <= span])
        acts = past.count(past.who[past.age <= span])
        yield f"received_{span}", np.log1p(heard)
        yield f"received_share_{span}", np.minimum(heard / np.maximum(acts, 1), 3)
        to_me, by_me = to_age <= span, by_age <= span
        others = np.concatenate([story.talk.source[to_pair[to_me]], story.talk.target[by_pair[by_me]]])
        mine = np.concatenate([to[to_me], by[by_me]])
        yield f"partners_{span}", np.log1p(past.distinct(mine, others))
    yield "given_28", np.log1p(past.count(by[by_age <= 28]))
    last = np.full(size, float(LONG))
    np.minimum.at(last, to, to_age)
    np.minimum.at(last, gifted, gift_age)
    yield "unheard", np.log1p(last)
    mentioned_at = log.at[log.mentioning]
    named, named_age, _ = past.of(story.named, mentioned_at)
    naming, naming_age, _ = past.of(story.naming, mentioned_at)
    yield "mentioned_28", np.log1p(past.count(named[named_age <= 28]))
    last_act = np.full(size, float(LONG))
    np.minimum.at(last_act, past.who, past.age)
    yield "mentioned_since", np.log1p(past.count(named[named_age < last_act[named]]))
    yield "mentions_28", np.log1p(past.count(naming[naming_age <= 28]))


def _subjects(past: _Past) -> Iterator[tuple[str, Floats]]:
    story, log, event = past.story, past.story.log, past.event
    asks = log.question[event] & (log.kind[event] == MESSAGE)
    yield "questions_28", np.log1p(past.count(past.who[asks & (past.age <= 28)]))
    patient = log.at[event] <= past.until[past.who] - PATIENCE
    open_ = story.talk.unanswered[event] & patient & (past.age <= 28)
    yield "unanswered_28", np.log1p(past.count(past.who[open_]))
    for span in (28, 91):
        recent = past.age <= span
        who, where = past.who[recent], event[recent]
        yield f"places_{span}", np.log1p(past.distinct(who, log.place[where]))
        yield f"topics_{span}", np.log1p(past.distinct(who, story.topic[where]))


def _community(past: _Past) -> Iterator[tuple[str, Floats]]:
    """What is the same for all: how many were active in the last four weeks against the four before."""
    log, active = past.story.log, past.story.active
    at, member = log.at[active], log.member[active]
    instants, spot = np.unique(past.until, return_inverse=True)
    growth = np.zeros(len(instants))
    for n, until in enumerate(instants):
        edges = np.searchsorted(at, until - DAY * np.array([56, 28, 0]))
        then, now = (len(np.unique(member[first:end])) for first, end in pairwise(edges))
        growth[n] = np.log((now + 1) / (then + 1))
    yield "growth", growth[spot]


_PARTS: tuple[Callable[[_Past], Iterator[tuple[str, Floats]]], ...] = (
    _activity, _rhythm, _returns, _clockwork, _company, _subjects, _community,
)  # fmt: skip


def features(log: Log, until: int, members: Ints, acts: Bools = ACTS) -> Matrix:
    """The features of `members` at `until` (microseconds since 1970): a row each, in columns.

    `acts` says for each of `KINDS` whether it counts as an act; models are learnt with `ACTS`, and asked with them.
    """
    return features_of(story(log, acts), np.full(len(members), until, np.int64), members)


def features_of(of: Story, until: Ints, members: Ints) -> Matrix:
    """The same of a log that is laid out, each member at an instant of their own."""
    found = [_rows(of, until[first : first + ROWS], members[first : first + ROWS])
             for first in range(0, len(members), ROWS)]  # fmt: skip
    return np.concatenate(found) if found else np.zeros((0, len(NAMES)))


def _rows(of: Story, until: Ints, members: Ints) -> Matrix:
    past = _past(of, until, members)
    return np.stack([value for part in _PARTS for _, value in part(past)], axis=1)


def _names() -> tuple[str, ...]:
    none = np.zeros(0, np.int64)
    nothing = Log(none, none, none.astype(np.int8), none, none, none, none.astype(np.bool_))
    past = _past(story(nothing, ACTS), none, none)
    return tuple(name for part in _PARTS for name, _ in part(past))


NAMES = _names()
"""The columns of `features`."""
