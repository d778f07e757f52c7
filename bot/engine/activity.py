"""The log as arrays, and the calendar of a time zone laid over it: what every figure about taking part is counted from.

Which events count as what is in `KINDS`; a new kind of event is one entry there. Arrays have one entry an event, in
the order of time. Nothing from `until` on is in a `History`, so that no figure can look ahead.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from bot.words import Word

Ints: TypeAlias = npt.NDArray[np.signedinteger[Any]]
Bools: TypeAlias = npt.NDArray[np.bool_]
Floats: TypeAlias = npt.NDArray[np.float64]

DAY = timedelta(days=1)
SECOND = 1_000_000
"""Microseconds in one."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Kind(Word, frozen=True):
    """A kind of event in the log, and what it `shows` of the member.

    That they wrote, took part without writing, only read, received something, came, or went. What is `useful` is what
    makes a member's week worth while, which the model of retention asks for.
    """

    event: str
    shows: Literal["writing", "taking part", "reading", "receiving", "coming", "going"]
    useful: bool = False


KINDS = (
    Kind(event="MessagePosted", shows="writing"),
    Kind(event="ReactionGiven", shows="taking part"),
    Kind(event="CheckedIn", shows="taking part"),
    Kind(event="Attended", shows="taking part", useful=True),
    Kind(event="ContentFinished", shows="taking part", useful=True),
    Kind(event="ReactionReceived", shows="receiving", useful=True),
    Kind(event="ThanksReceived", shows="receiving", useful=True),
    Kind(event="AnswerAccepted", shows="receiving", useful=True),
    Kind(event="MemberJoined", shows="coming"),
    Kind(event="MemberLeft", shows="going"),
    Kind(event="QuestionAsked", shows="taking part"),
    Kind(event="QuestionAnswered", shows="taking part", useful=True),
    Kind(event="ContentOpened", shows="reading"),
)
"""What is counted. Every other event in the log is nobody's activity: a payment, a setting, the end of a day."""

MESSAGE = 0
"""The place of MessagePosted in `KINDS`."""
_SHOWS = np.array([one.shows for one in KINDS])
ACTIVITY: Bools = np.isin(_SHOWS, ["writing", "taking part", "reading"])
"""For each kind, whether it makes a member active."""
ACTS: Bools = np.isin(_SHOWS, ["writing", "taking part"])
"""For each kind, whether it is an act as the churn model counts them.

Its shipped prior was learnt from archives, which do not tell who read: reading is none.
"""
USEFUL: Bools = np.array([one.useful for one in KINDS])
JOINED, LEFT = (next(n for n, one in enumerate(KINDS) if one.shows == shown) for shown in ("coming", "going"))


class Place(Word, frozen=True):
    """Where something happened: a platform ('' where none is known), a channel ('' for none) and its name if heard."""

    platform: str = ""
    channel: str = ""
    name: str = ""


def _none() -> Ints:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """A community's log. All arrays but the last four have the same length, one entry an event, oldest first.

    `at` is microseconds since 1970; `kind` an index of `KINDS`, `place` one of `places`; `thread` tells topics of a
    channel apart (0 is no topic); `answers` is the index of the message that a message replies to, -1 for none.
    `mentioning` and `mentioned` are pairs: the index of a message, and a member whom it names. `here` are the members
    who are in the community now. `mood` is that of each message's text (`bot/mood.py`), or empty where none is known.
    """

    at: Ints
    member: Ints
    kind: Ints
    place: Ints
    thread: Ints
    answers: Ints
    question: Bools
    places: tuple[Place, ...] = ()
    mentioning: Ints = field(default_factory=_none)
    mentioned: Ints = field(default_factory=_none)
    here: Ints = field(default_factory=_none)
    mood: Ints = field(default_factory=_none)

    @property
    def size(self) -> int:
        """Bytes of the arrays."""
        return sum(value.nbytes for name in self.__slots__ if isinstance(value := getattr(self, name), np.ndarray))


class TooLittleError(ValueError):
    """There is nothing to count yet: no activity, or no whole day of it."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """A log up to an instant, by the days of a zone.

    Day 0 is the day of the first activity; `midnights[d]` is when day d begins. Days `first` to `end` - 1 are in the
    log as a whole; the day that `until` is in never is. `day` is each event's. `people` are the members who were ever
    active; `who` and `when` are the (member as an index of `people`, day) on which each was active, sorted, each once.
    """

    log: Log
    zone: tzinfo
    until: int
    start: date
    midnights: Ints
    day: Ints
    first: int
    end: int
    people: Ints
    who: Ints
    when: Ints

    @property
    def active(self) -> Bools:
        """For each event, whether it makes its member active."""
        return ACTIVITY[self.log.kind]

    def date_of(self, day: int) -> date:
        """The date of a day by its number."""
        return self.start + timedelta(days=day)

    def number_of(self, day: date) -> int:
        """The number of a date's day."""
        return (day - self.start).days

    @property
    def whole_days(self) -> int:
        """How many days are in the log as a whole."""
        return max(self.end - self.first, 0)

    def reaches(self, day: int) -> bool:
        """Whether this day, and all from it on, are in the log as a whole."""
        return day >= self.first

    def days(self, start: int, end: int) -> slice:
        """The events of the days `start` to `end` - 1."""
        edges = np.searchsorted(self.log.at, self.midnights[[max(start, 0), min(end, len(self.midnights) - 1)]])
        return slice(int(edges[0]), int(edges[1]))


def instant(at: int) -> datetime:
    """Microseconds since 1970 as a time."""
    return _EPOCH + timedelta(microseconds=at)


def micros(at: datetime) -> int:
    """An aware time as microseconds since 1970."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def midnights(start: date, days: int, zone: tzinfo) -> Ints:
    """When each of the `days` days from `start` on begins in the zone, and when the last one ends.

    A day has 23 or 25 hours where the clocks change; one that begins at 1:00 because midnight is left out begins then.
    """
    found = [
        micros(datetime.combine(start + timedelta(days=n), datetime.min.time(), tzinfo=zone)) for n in range(days + 1)
    ]
    return np.maximum.accumulate(np.array(found, np.int64))


def history(log: Log, zone: tzinfo, until: datetime) -> History:
    """The log before `until`, by the days of the zone. Raises TooLittleError when nobody was active by then."""
    log = before(log, micros(until))
    active = ACTIVITY[log.kind]
    if not active.any():
        raise TooLittleError("nobody was active yet")
    first_at = int(log.at[active][0])
    start = instant(first_at).astimezone(zone).date()
    end = (until.astimezone(zone).date() - start).days
    edges = midnights(start, end + 1, zone)
    day = np.searchsorted(edges, log.at, "right").astype(np.int32) - 1
    people, index = np.unique(log.member[active], return_inverse=True)
    pairs = np.unique(index.astype(np.int64) * (end + 2) + day[active])
    return History(
        log=log,
        zone=zone,
        until=micros(until),
        start=start,
        midnights=edges,
        day=day,
        first=0 if first_at == edges[0] else 1,
        end=end,
        people=people,
        who=pairs // (end + 2),
        when=pairs % (end + 2),
    )


def before(log: Log, until: int) -> Log:
    """The part of a log before an instant."""
    size = int(np.searchsorted(log.at, until))
    if size == len(log.at):
        return log
    kept = log.mentioning < size
    return Log(
        at=log.at[:size],
        member=log.member[:size],
        kind=log.kind[:size],
        place=log.place[:size],
        thread=log.thread[:size],
        answers=log.answers[:size],
        question=log.question[:size],
        places=log.places,
        mentioning=log.mentioning[kept],
        mentioned=log.mentioned[kept],
        here=log.here,
        mood=log.mood[:size],
    )


def clock(story: History, events: slice) -> tuple[Ints, Ints]:
    """(weekday, hour) by the zone's clock of some events; Monday is 0."""
    at, day = story.log.at[events], story.day[events]
    ordinal = story.start.toordinal() - 1 + day  # 1 January of year 1 was a Monday
    lengths = np.diff(story.midnights)
    hour = (at - story.midnights[np.maximum(day, 0)]) // (3600 * SECOND)
    odd = lengths[np.clip(day, 0, len(lengths) - 1)] != 24 * 3600 * SECOND
    for n in np.flatnonzero(odd):  # the clocks changed that day: asked one by one
        hour[n] = instant(int(at[n])).astimezone(story.zone).hour
    return ordinal % 7, hour


def zone_name(zone: tzinfo) -> str:
    """How the zone is called: Europe/Berlin."""
    return str(getattr(zone, "key", zone))
