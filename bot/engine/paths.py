"""Learning paths: what to do, in which order, to reach a goal in the library, from where somebody stands now.

A goal is an item, a course or a tag. Steps are what is finished by itself: lessons and single items, each after all
that it and its course build on (a topological order; among what may come next, the easier and earlier first). Nothing
is stored: a path is planned anew whenever it is looked at.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Literal, NamedTuple

from bot.engine.library import LEVELS, Content, Library, Studies, finished, opened_by, opens
from bot.engine.rules import Rules
from bot.words import Word

MINUTES = {
    "course": 60, "lesson": 15, "article": 5, "live": 60, "recording": 40, "file": 15, "link": 10, "thread": 5,
}  # fmt: skip
"""What an item of each kind takes at the least: a rule of thumb. A text takes as long as it is read."""
WORDS_A_MINUTE, CHARACTERS_A_MINUTE = 230, 400
"""Silent reading: Brysbaert, 'How many words do we read per minute?', 2019 (238 words of English non-fiction); Chinese
about 400 characters."""
LONGEST = 200
"""Steps of a path at most: a goal with more is too large to be one."""
_CHINESE = re.compile(r"[\u3400-\u9fff]")


class CircleError(ValueError):
    """Items wait for each other, so that none of them can be the first: `items`, each before the one before it."""

    def __init__(self, items: Sequence[Content]) -> None:
        self.items = tuple(items)
        super().__init__(" → ".join(one.title for one in items))


class Goal(NamedTuple):
    """What is to be reached: called `title`, by finishing `targets`."""

    title: str
    targets: tuple[Content, ...]


class Step(Word, frozen=True):
    """One step: its item, how it stands, and about how many `minutes` it takes.

    `locked` needs one of `plans` (their names; () where none is left); what is `waiting` builds on steps before it that
    are not done; `ready` can be begun now.
    """

    item: Content
    state: Literal["done", "ready", "waiting", "locked"]
    minutes: int
    plans: tuple[str, ...] = ()


class Path(Word, frozen=True):
    """The way to a goal: all steps in order, which is the `next` one (None: all done, or locked), and what is left."""

    title: str
    steps: tuple[Step, ...]
    next: Step | None
    done: int
    minutes_left: int


def goal(library: Library, named: str, level: str = "") -> Goal | None:
    """What somebody means by a goal: an item by its number, name or title, else all that has this tag.

    Of a tag, what is below their `level` is left out, unless that leaves nothing. None where there is no such goal.
    """
    wanted = named.strip().removeprefix("#").casefold()
    if not wanted:
        return None
    shown = [one for one in library.shown() if not library.hidden(one)]
    same = [one for one in shown if wanted in (str(one.id), one.name, one.title.casefold())]
    if same:
        found = min(same, key=lambda one: (one.kind != "course", one.id))
        return Goal(found.title, (found,))
    tagged = [one for one in shown if wanted in one.tags]
    above = [one for one in tagged if _level(one) >= _rank(level)]
    alone = [one for one in above or tagged if one.course not in {other.id for other in tagged}]
    return Goal(f"#{wanted}", tuple(alone)) if alone else None


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else 0


def _level(item: Content) -> int:
    return LEVELS.index(item.level) if item.level else len(LEVELS)


def plan(library: Library, wanted: Goal, studies: Studies, held: Collection[str], rules: Rules) -> Path:
    """The way to a goal for somebody who did `studies` and holds the plans `held`. Raises CircleError."""
    order = ordered(library, wanted.targets)[:LONGEST]
    steps: list[Step] = []
    for item in order:
        asked = library.plan(item)
        missing = any(not _done(library, one, studies) for one in library.before(item))
        if finished(item.id, studies):
            state: Literal["done", "ready", "waiting", "locked"] = "done"
        elif not opens(asked, held, rules):
            state = "locked"
        else:
            state = "waiting" if missing else "ready"
        names = tuple(one.name for one in opened_by(asked, rules)) if state == "locked" else ()
        steps.append(Step(item=item, state=state, minutes=minutes(item), plans=names))
    left = [one for one in steps if one.state != "done"]
    return Path(
        title=wanted.title,
        steps=tuple(steps),
        next=next((one for one in left if one.state == "ready"), None),
        done=len(steps) - len(left),
        minutes_left=sum(one.minutes for one in left),
    )


def _done(library: Library, item: Content, studies: Studies) -> bool:
    """Whether an item is finished, or is a course of which all parts are, whether or not it was said to be."""
    return finished(item.id, studies) or library.progress(item.id, studies).complete


def ordered(library: Library, targets: Iterable[Content]) -> list[Content]:
    """The steps to these items, each after what it builds on. Raises CircleError.

    A course with parts is its parts, in their order as far as what they build on allows, after what the course builds
    on.
    """
    graph: TopologicalSorter[int] = TopologicalSorter()
    seen: set[int] = set()
    waiting = list(targets)
    while waiting:
        item = waiting.pop()
        if item.id in seen:
            continue
        seen.add(item.id)
        parts, before = library.parts(item.id), library.before(item)
        graph.add(item.id, *[one.id for one in (*parts, *before)])
        waiting += [*parts, *before]
    try:
        graph.prepare()
    except CycleError as error:
        raise CircleError([library.items[one] for one in reversed(error.args[1][:-1])]) from error
    found: list[int] = []
    ready: list[int] = []
    while graph.is_active():
        ready = sorted([*ready, *graph.get_ready()], key=lambda one: _place(library, library.items[one], found))
        found.append(ready.pop(0))
        graph.done(found[-1])
    return [library.items[one] for one in found if not library.parts(one)]


def _place(library: Library, item: Content, found: Sequence[int]) -> tuple[bool, int, int, int, int]:
    """Among what may come next: what goes on with the same course, then the easier, the earlier."""
    last = library.items[found[-1]].course if found else 0
    course = library.items.get(item.course, item)
    return not (item.course and item.course == last), _level(course) % len(LEVELS), course.id, item.position, item.id


def minutes(item: Content) -> int:
    """About how long an item takes: its text at reading speed, or what its kind takes at the least."""
    chinese = len(_CHINESE.findall(item.body))
    words = len(_CHINESE.sub(" ", item.body).split())
    read = words / WORDS_A_MINUTE + chinese / CHARACTERS_A_MINUTE
    return max(MINUTES[item.kind], round(read))
