"""The figures of a community over whole days: who took part, how much was written, and how it was answered.

Each is defined in words in `bot/insight/measures.py`. Days are numbers of a `History`; a window is the days from
`start` to `end` - 1.
"""

from typing import Literal

import numpy as np

from bot.engine.activity import ACTIVITY, JOINED, LEFT, MESSAGE, SECOND, Bools, Floats, History, Ints
from bot.words import Word

WEEK, MONTH, THIRTY = 7, 28, 30
"""Days of a week; of a month, so that it has each weekday four times; and of the month that other tools count."""
OVERDUE = 24 * 3600 * SECOND
"""How long a question may wait before it counts as unanswered, in microseconds."""
MENTION = 7 * OVERDUE
"""How long after a question naming whoever asked is taken for an answer."""
_FAR = np.iinfo(np.int64).max

Window = tuple[int, int]


class Moves(Word, frozen=True):
    """Who came and went between two periods of the same length: counts of members.

    Those active now are new (never before), returning (in the period before, too) or resurrected (earlier, but not in
    the period before); lost were active in the period before and not in this one. None where that is not in the log.
    """

    new: int
    returning: int | None = None
    resurrected: int | None = None
    lost: int | None = None


class Part(Word, frozen=True):
    """What one channel or platform has of a window: messages, who wrote them, all activity, who was active."""

    name: str
    platform: str
    messages: int
    contributors: int
    activity: int
    active: int


class Numbers(Word, frozen=True):
    """The figures of a window; None is 'can't be said'. Shares are from 0 to 1, `first_answer` is seconds.

    `joined` and `left`, and `replies` and `replied`, are None where the whole log knows of nothing of the kind: many
    archives do not tell.
    """

    days: int
    active: int
    daily: float | None
    weekly: int | None
    monthly: int | None
    thirty: int | None
    stickiness: float | None
    moves: Moves
    joined: int | None
    left: int | None
    contributors: int
    readers: int
    silent: int | None
    activity: int
    messages: int
    replies: int | None
    replied: int | None
    questions: int
    answered: int
    unanswered: int
    first_answer: float | None


def numbers(story: History, window: Window) -> Numbers:
    """All figures of a window. `silent` is known only of a window that ends with the last whole day."""
    start, end = window
    events = story.days(start, end)
    kind, member = story.log.kind[events], story.log.member[events]
    wrote, active = kind == MESSAGE, ACTIVITY[kind]
    contributors, present = np.unique(member[wrote]), np.unique(member[active])
    daily = daily_active(story)
    monthly = _rolling_at(story, MONTH, end)
    days = daily[max(end - MONTH, 0) : end]
    silent = len(np.setdiff1d(story.log.here, present)) if end == story.end else None
    answers = Answers(story, window)
    moved = bool(np.isin(story.log.kind, [JOINED, LEFT]).any())
    replying = bool((story.log.answers >= 0).any())
    return Numbers(
        days=end - start,
        active=len(present),
        daily=float(daily[start:end].mean()) if end > start else None,
        weekly=_rolling_at(story, WEEK, end),
        monthly=monthly,
        thirty=_rolling_at(story, THIRTY, end),
        stickiness=float(days.mean()) / monthly if monthly else None,
        moves=moves(story, window),
        joined=int((kind == JOINED).sum()) if moved else None,
        left=int((kind == LEFT).sum()) if moved else None,
        contributors=len(contributors),
        readers=len(present) - len(contributors),
        silent=silent,
        activity=int(active.sum()),
        messages=int(wrote.sum()),
        replies=answers.replies if replying else None,
        replied=answers.replied if replying else None,
        questions=answers.questions,
        answered=answers.answered,
        unanswered=answers.unanswered,
        first_answer=answers.median,
    )


def daily_active(story: History) -> Ints:
    """How many members were active on each day, from day 0 to the last whole one."""
    return np.bincount(story.when, minlength=story.end)[: story.end]


def rolling_active(story: History, window: int) -> Floats:
    """How many members were active in the `window` days that end with each day; NaN where not all are in the log."""
    who, when = story.who, story.when
    same = np.append(who[1:] == who[:-1], False)
    following = np.where(same, np.append(when[1:], 0), _FAR)
    change = np.zeros(story.end + 1, np.int64)
    np.add.at(change, np.minimum(when, story.end), 1)
    np.add.at(change, np.minimum(np.minimum(when + window, following), story.end), -1)
    found = np.cumsum(change)[: story.end].astype(np.float64)
    found[: min(story.first + window - 1, story.end)] = np.nan
    return found


def _rolling_at(story: History, window: int, end: int) -> int | None:
    if end <= 0 or not story.reaches(end - window):
        return None
    inside = (story.when >= end - window) & (story.when < end)
    return len(np.unique(story.who[inside]))


def moves(story: History, window: Window) -> Moves:
    """Who is new, returning, resurrected and lost in a window, against as many days before it."""
    start, end = window
    before = start - (end - start)
    first = np.full(len(story.people), _FAR)
    np.minimum.at(first, story.who, story.when)
    now = _within(story, start, end)
    new = int((now & (first >= start)).sum())
    if not story.reaches(before):
        return Moves(new=new)
    then = _within(story, before, start)
    returning = int((now & then).sum())
    return Moves(
        new=new,
        returning=returning,
        resurrected=int(now.sum()) - new - returning,
        lost=int((then & ~now).sum()),
    )


def _within(story: History, start: int, end: int) -> Bools:
    """For each of `people`, whether they were active from `start` to `end` - 1."""
    found = np.zeros(len(story.people), np.bool_)
    found[story.who[(story.when >= start) & (story.when < end)]] = True
    return found


class Answers:
    """How the messages of a window were answered by its end. Answering oneself is no answer.

    `replies` are messages that reply to somebody else's directly, `replied` the messages that got such a reply. A
    question is answered by a direct reply, by a message in its channel and topic that names whoever asked within 7
    days, or, where it opened the topic, by the topic's next message. `median` is of the seconds to the first of these.
    """

    def __init__(self, story: History, window: Window) -> None:
        log = story.log
        events = story.days(*window)
        stop = events.stop
        first = np.full(stop, _FAR)
        at, member, kind = log.at[:stop], log.member[:stop], log.kind[:stop]
        replying = np.flatnonzero((log.answers[:stop] >= 0) & (kind == MESSAGE))
        to = log.answers[replying]
        fair = (to < replying) & (member[to] != member[replying])
        replying, to = replying[fair], to[fair]
        self.replies = int((replying >= events.start).sum())
        self.replied = len(np.unique(to[to >= events.start]))
        np.minimum.at(first, to, at[replying])
        self._named(story, stop, first)
        self._opened(story, stop, first)
        asked = np.flatnonzero(log.question[events] & (log.kind[events] == MESSAGE)) + events.start
        waited = first[asked]
        answered = waited != _FAR
        ends = int(story.midnights[window[1]])
        self.questions, self.answered = len(asked), int(answered.sum())
        self.unanswered = int((~answered & (at[asked] <= ends - OVERDUE)).sum())
        self.median = float(np.median(waited[answered] - at[asked][answered])) / SECOND if answered.any() else None

    @staticmethod
    def _named(story: History, stop: int, first: Ints) -> None:
        """A message that names somebody answers the last question they asked in that channel and topic."""
        log = story.log
        asked = np.flatnonzero(log.question[:stop] & (log.kind[:stop] == MESSAGE))
        kept = log.mentioning < stop
        naming, named = log.mentioning[kept], log.mentioned[kept]
        if not len(asked) or not len(naming):
            return
        spots = _groups(
            np.concatenate([log.member[asked], named]),
            np.concatenate([log.place[asked], log.place[naming]]),
            np.concatenate([log.thread[asked], log.thread[naming]]),
        )
        size = np.int64(len(log.at) + 1)
        questions = np.sort(spots[: len(asked)] * size + asked)
        wanted = spots[len(asked) :] * size + naming
        found = np.searchsorted(questions, wanted) - 1
        same = (found >= 0) & (questions[found] // size == wanted // size)
        question, answer = questions[found[same]] % size, naming[same]
        soon = log.at[answer] - log.at[question] <= MENTION
        np.minimum.at(first, question[soon], log.at[answer[soon]])

    @staticmethod
    def _opened(story: History, stop: int, first: Ints) -> None:
        """A topic's first message by another member answers the question that opened it."""
        log = story.log
        posts = np.flatnonzero((log.thread[:stop] != 0) & (log.kind[:stop] == MESSAGE))
        if not len(posts):
            return
        topics = _groups(log.place[posts], log.thread[posts])
        _, opening, topic = np.unique(topics, return_index=True, return_inverse=True)
        opener = posts[opening][topic]
        others = log.member[posts] != log.member[opener]
        np.minimum.at(first, opener[others], log.at[posts[others]])


def _groups(*columns: Ints) -> Ints:
    """A number for each row, the same for rows that are the same in all columns."""
    found = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        values, index = np.unique(column, return_inverse=True)
        _, found = np.unique(found * len(values) + index, return_inverse=True)
    return found


def by_place(story: History, window: Window, what: Literal["channel", "platform"]) -> tuple[Part, ...]:
    """The window by channel or by platform, where most was written first."""
    events = story.days(*window)
    log, places = story.log, story.log.places
    keys = [(one.platform, one.channel, one.name) if what == "channel" else (one.platform, "", "") for one in places]
    kinds = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    group = np.array([kinds[key] for key in keys], np.int64)[log.place[events]]
    kind, member = log.kind[events], log.member[events]
    active, wrote = ACTIVITY[kind], kind == MESSAGE
    chosen = wrote if what == "channel" else active
    found = []
    for (platform, channel, name), number in kinds.items():
        here = group == number
        if (here & chosen).any():
            part = Part(
                name=name or (f"#{channel}" if channel else ""),
                platform=platform,
                messages=int((here & wrote).sum()),
                contributors=len(np.unique(member[here & wrote])),
                activity=int((here & active).sum()),
                active=len(np.unique(member[here & active])),
            )
            found.append(part)
    return tuple(sorted(found, key=lambda part: (-part.messages, -part.activity, part.platform, part.name)))
