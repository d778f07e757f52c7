"""The library: what an item is, to whom it is open, how far a member is in a course, and what comes next.

A plan opens what asks for it. It also opens what asks for a lesser one: a plan whose gates are all among its own.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from typing import Literal, NamedTuple, get_args

from bot.effects import Effect
from bot.engine.ledger import Past
from bot.engine.rules import Plan, Rules
from bot.events import (
    ContentDismissed,
    ContentFinished,
    ContentLiked,
    ContentOpened,
    ContentRated,
    ContentSaved,
    ContentShown,
    Event,
    InterestsChosen,
)
from bot.state import Interests, MemberState
from bot.words import Word, replace

Kind = Literal["course", "lesson", "article", "live", "recording", "file", "link", "thread"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Level = Literal["", "beginner", "intermediate", "advanced"]
LEVELS: tuple[Level, ...] = get_args(Level)
MOST_STARS = 5
ACTS = (
    ContentShown,
    ContentOpened,
    ContentFinished,
    ContentLiked,
    ContentRated,
    ContentSaved,
    ContentDismissed,
)
"""The events about items of the library."""


class Content(Word, frozen=True):
    """An item of the library, called `name` by commands and spreadsheets, and `id` by events and other tables.

    It is a text (`body`), a link (`url`), a file (`file`: how each platform refers to it), or a course, whose lessons
    and other parts name it as their `course` and stand in it by `position`. `plan` opens it ('': everybody), and it
    should not be begun before the items of `needs` are finished. `language` is '' for any, `author` the member who
    wrote it (0: who is not a member any more), `source` the key of the message it was taken from. A `live` session
    begins at `starts_at`. What is `archived` is not shown any more; who began it keeps what they did.
    """

    name: str
    kind: Kind
    title: str
    published_at: datetime
    id: int = 0
    summary: str = ""
    body: str = ""
    url: str = ""
    file: dict[str, str] = {}
    tags: tuple[str, ...] = ()
    level: Level = ""
    language: str = ""
    plan: str = ""
    course: int = 0
    position: int = 0
    needs: tuple[int, ...] = ()
    author: int = 0
    source: str = ""
    starts_at: datetime | None = None
    archived: bool = False

    @property
    def text(self) -> str:
        """All its words, for a search."""
        return "\n".join((self.title, self.summary, " ".join(self.tags), self.body))


class Study(Word, frozen=True):
    """What the `member` did with the item `content`, and when, as far as they did.

    It was `shown` so many times, last at `shown_at`, last opened at `opened_at`, first finished at `finished_at`.
    `stars` is their rating, 1 to 5 (0: none). What was dismissed is of no interest to them for ever.
    """

    member: int
    content: int
    shown: int = 0
    shown_at: datetime | None = None
    opened_at: datetime | None = None
    finished_at: datetime | None = None
    liked: bool = False
    stars: int = 0
    saved_at: datetime | None = None
    dismissed_at: datetime | None = None


def concerns(event: Event) -> tuple[int, ...]:
    """The numbers of the items that an event is about; none for what is no item of a library."""
    named = event.items if isinstance(event, ContentShown) else (getattr(event, "item", ""),)
    return tuple([int(one) for one in named if one.isascii() and one.isdecimal() and len(one) < 19])


def studied(was: Study, event: Event) -> Study:
    """What a member did with an item, with one more act; the order heard decides what can be taken back."""
    at = event.at
    match event:
        case ContentShown():
            return replace(was, shown=was.shown + 1, shown_at=_later(was.shown_at, at))
        case ContentOpened():
            return replace(was, opened_at=_later(was.opened_at, at))
        case ContentFinished():
            return replace(was, finished_at=min(was.finished_at or at, at))
        case ContentLiked():
            return replace(was, liked=event.liked)
        case ContentRated():
            return replace(was, stars=max(0, min(event.stars, MOST_STARS)))
        case ContentSaved():
            return replace(was, saved_at=(was.saved_at or at) if event.saved else None)
        case ContentDismissed():
            return replace(was, dismissed_at=min(was.dismissed_at or at, at))
        case _:
            return was


def united(one: Study, other: Study) -> Study:
    """What a person did with an item who was two members: all that either did."""
    return replace(
        one,
        shown=one.shown + other.shown,
        shown_at=_last(one.shown_at, other.shown_at),
        opened_at=_last(one.opened_at, other.opened_at),
        finished_at=_first(one.finished_at, other.finished_at),
        liked=one.liked or other.liked,
        stars=one.stars or other.stars,
        saved_at=_first(one.saved_at, other.saved_at),
        dismissed_at=_first(one.dismissed_at, other.dismissed_at),
    )


def _later(was: datetime | None, at: datetime) -> datetime:
    return at if was is None else max(was, at)


def _last(*at: datetime | None) -> datetime | None:
    return max([one for one in at if one is not None], default=None)


def _first(*at: datetime | None) -> datetime | None:
    return min([one for one in at if one is not None], default=None)


# ---------------------------------------------------------------------- to whom it is open


def greater(plan: Plan, lesser: Plan) -> bool:
    """Whether a plan opens all that another does: its gates are among its own, and it has some."""
    return plan.name == lesser.name or (bool(lesser.gates) and set(lesser.gates) <= set(plan.gates))


def opened_by(name: str, rules: Rules) -> tuple[Plan, ...]:
    """The plans that open what asks for the plan `name`, that one first; none where it is gone."""
    asked = rules.plan(name)
    if asked is None:
        return ()
    return (asked, *[one for one in rules.plans if one.name != name and greater(one, asked)])


def opens(name: str, held: Collection[str], rules: Rules) -> bool:
    """Whether plans that somebody has (`Membership.plans`) open what asks for the plan `name`; '' is for everybody.

    What asks for a plan that is gone is open to those who still have it, and to nobody else.
    """
    return not name or name in held or any(one.name in held for one in opened_by(name, rules))


class Progress(NamedTuple):
    """How far somebody is in a course: so many parts are `done` of so `many`."""

    done: int
    many: int

    @property
    def complete(self) -> bool:
        """Whether it is finished."""
        return 0 < self.many <= self.done


Studies = Mapping[int, Study]
"""What one member did: {number of the item: what}."""


def finished(item: int, studies: Studies) -> bool:
    """Whether somebody finished the item with this number."""
    study = studies.get(item)
    return study is not None and study.finished_at is not None


class Library:
    """All the items of a community, archived ones too, and how they hang together."""

    def __init__(self, contents: Iterable[Content]) -> None:
        self.items = {one.id: one for one in contents}
        self._parts: dict[int, list[Content]] = {}
        for one in self.items.values():
            if one.course:
                self._parts.setdefault(one.course, []).append(one)
        for parts in self._parts.values():
            parts.sort(key=lambda one: (one.position, one.id))

    def shown(self) -> list[Content]:
        """What is not archived, nor part of a course that is."""
        return [one for one in self.items.values() if not self.hidden(one)]

    def hidden(self, item: Content) -> bool:
        """Whether an item is archived, itself or with its course."""
        course = self.items.get(item.course)
        return item.archived or (course is not None and course.archived)

    def parts(self, course: int) -> list[Content]:
        """The parts of a course in their order, without archived ones."""
        return [one for one in self._parts.get(course, ()) if not one.archived]

    def plan(self, item: Content) -> str:
        """The plan that opens an item: its own, or else its course's; '' for everybody."""
        course = self.items.get(item.course)
        return item.plan or (course.plan if course is not None else "")

    def before(self, item: Content) -> list[Content]:
        """What should be finished before an item is begun: what it needs, and what its course needs."""
        course = self.items.get(item.course)
        needs = dict.fromkeys((*item.needs, *(course.needs if course is not None else ())))
        return [self.items[one] for one in needs if one in self.items and not self.hidden(self.items[one])]

    def missing(self, item: Content, studies: Studies) -> list[Content]:
        """What should be finished before an item, and is not."""
        return [one for one in self.before(item) if not finished(one.id, studies)]

    def progress(self, course: int, studies: Studies) -> Progress:
        """How far somebody is in a course."""
        parts = self.parts(course)
        return Progress(sum(finished(one.id, studies) for one in parts), len(parts))

    def next_part(self, course: int, studies: Studies) -> Content | None:
        """The first part of a course, in its order, that is not finished and lacks nothing; or else not finished."""
        left = [one for one in self.parts(course) if not finished(one.id, studies)]
        return next((one for one in left if not self.missing(one, studies)), left[0] if left else None)

    def completed(self, item: Content, studies: Studies) -> Content | None:
        """The course that is finished with this item: it has parts, all are, and that was not said before."""
        course = self.items.get(item.course)
        if course is None or finished(course.id, studies) or not self.progress(course.id, studies).complete:
            return None
        return course

    def circle(self) -> list[Content]:
        """Items of which each must be finished before the one before it, the last before the first; [] for none.

        An item waits for what it and its course need, and a course for its parts.
        """
        graph: TopologicalSorter[int] = TopologicalSorter()
        for item in self.items.values():
            needs = (*item.needs, *(self.items[item.course].needs if item.course in self.items else ()))
            graph.add(item.id, *[one for one in needs if one in self.items])
            graph.add(item.id, *[one.id for one in self._parts.get(item.id, ())])
        try:
            graph.prepare()
        except CycleError as error:
            return [self.items[one] for one in reversed(error.args[1][:-1])]
        return []


def prefer(event: Event, state: MemberState, rules: Rules, past: Past) -> tuple[Interests, tuple[Effect, ...]]:
    """Keep what the member said they are interested in; the last word holds."""
    if isinstance(event, InterestsChosen):
        return Interests(topics=event.topics, goal=event.goal, level=event.level), ()
    return state.interests, ()
