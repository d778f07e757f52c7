"""From a library and what members did with it to what `ranking` wants: columns, tastes, and what each may be shown.

Columns are what stands alone and whole courses: whoever began a lesson has taken its course. A policy about what is
never shown is a line in `_never`; what suits somebody's level and language better is `fit`.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import numpy as np

from bot.engine.library import LEVELS, Content, Library, Studies, Study, opens
from bot.engine.recommend.arrange import arranged
from bot.engine.recommend.model import Model
from bot.engine.recommend.past import Bools, Floats, Ints, Past, past
from bot.engine.recommend.ranking import Circle, Viewer
from bot.engine.rules import Plan, Rules
from bot.state import Interests
from bot.words import Word

LIKED_STARS = 3
"""So many stars or more speak for an item."""
FOREIGN, FAR, NEAR = -3.0, -1.0, 0.5
"""What another language, a level two steps off, and the very level stated are worth: set, not learnt."""
CIRCLE_ROWS = 3
"""Members a circle has at least."""


class Taken(NamedTuple):
    """Who took what when, one row each: numbers of members and items, and microseconds since 1970."""

    member: Ints
    item: Ints
    at: Ints


class Shelf(NamedTuple):
    """A community's library, ready to recommend from: the items by column, the newest first, and the fitted model.

    What is the same for everybody is worked out once: the plan that opens each column as an index of `plans`, what
    columns build on, live sessions, titles by name, what each author wrote, each item's language and level; for a
    member only what is theirs is looked at.
    """

    library: Library
    items: tuple[Content, ...]
    columns: dict[int, int]
    model: Model
    plans: tuple[str, ...]
    plan: Ints
    building: tuple[tuple[int, frozenset[int]], ...]
    live: tuple[int, ...]
    titles: dict[str, str]
    authors: dict[int, frozenset[int]]
    spoken: tuple[str, ...]
    language: Ints
    level: Ints


class Sight(Word, frozen=True):
    """What is known of whoever is to be shown something: plans held, language ('' for any), interests, `recent` items.

    `member` is who it is, for nobody is recommended what they wrote. `recent` are the numbers of items shown lately.
    `now` is the time: a live session that has begun is over.
    """

    now: datetime
    member: int = 0
    held: tuple[str, ...] = ()
    language: str = ""
    interests: Interests = Interests()
    recent: frozenset[int] = frozenset()


def standing_alone(library: Library) -> list[Content]:
    """What can be recommended: no parts of courses, the newest first."""
    alone = [one for one in library.shown() if not one.course]
    return sorted(alone, key=lambda one: (one.published_at, one.id), reverse=True)


def text_of(library: Library, item: Content) -> str:
    """What an item is about, in all its words; a course with the titles of its parts."""
    return "\n".join((item.text, *(part.title for part in library.parts(item.id))))


def whole(library: Library, item: int) -> int:
    """The number of what is recommended in an item's place: its course, or itself."""
    found = library.items.get(item)
    return found.course if found is not None and found.course else item


def learnable(library: Library, taken: Taken) -> tuple[Past, tuple[Content, ...]]:
    """What members took as a past, and its columns as items."""
    items = standing_alone(library)
    column = {one.id: at for at, one in enumerate(items)}
    numbers, place = np.unique(taken.item, return_inverse=True)
    columns = np.array([column.get(whole(library, int(one)), -1) for one in numbers], np.int64)
    at = columns[place.ravel()] if len(numbers) else np.zeros(0, np.int64)
    kept = at >= 0
    members, member = np.unique(taken.member[kept], return_inverse=True)
    return past(member.ravel(), at[kept], taken.at[kept], len(members), len(items)), tuple(items)


def shelf(library: Library, model: Model) -> Shelf:
    """Fit a trained model to the library as it is."""
    items = tuple(standing_alone(library))
    fitted = arranged(model, np.array([one.id for one in items], np.int64), [text_of(library, one) for one in items])
    asked = [library.plan(one) for one in items]
    plans, spoken = sorted(set(asked)), sorted({_tongue(one.language) for one in items})
    return Shelf(
        library=library, items=items, columns={one.id: at for at, one in enumerate(items)}, model=fitted,
        plans=tuple(plans),
        plan=np.array([plans.index(one) for one in asked], np.int64),
        building=tuple((at, needs) for at, needs in enumerate(_needs(library, one) for one in items) if needs),
        live=tuple(at for at, one in enumerate(items) if one.kind == "live" and one.starts_at is not None),
        titles={one.name: one.title for one in library.items.values()},
        authors={author: frozenset(at for at, one in enumerate(items) if one.author == author)
                 for author in {one.author for one in items} - {0}},
        spoken=tuple(spoken),
        language=np.array([spoken.index(_tongue(one.language)) for one in items], np.int64),
        level=np.array([LEVELS.index(one.level) for one in items], np.int64),
    )  # fmt: skip


def _needs(library: Library, item: Content) -> frozenset[int]:
    return frozenset(one.id for one in library.before(item))


def _tongue(language: str) -> str:
    return language.replace("-", "_").partition("_")[0].lower()


def took(study: Study) -> bool:
    """Whether what somebody did with an item says that they like it, or at least began it."""
    acted = study.opened_at is not None or study.finished_at is not None or study.saved_at is not None
    return study.dismissed_at is None and not 0 < study.stars < LIKED_STARS and (acted or study.liked)


def viewer(made: Shelf, sight: Sight, studies: Studies, rules: Rules, circles: Iterable[Circle] = ()) -> Viewer:
    """Whom a list is for, as the ranking wants them."""
    known = {whole(made.library, item) for item, study in studies.items() if took(study)}
    more = upgrade(made.plans, sight.held, rules)
    had = (*sight.held, more.name) if more is not None else sight.held
    return Viewer(
        known=tuple(sorted(made.columns[one] for one in known if one in made.columns)),
        never=frozenset(_never(made, sight, studies)),
        interests=_wishes(made, sight.interests),
        opens=_opened(made, sight.held, rules),
        next_opens=_opened(made, had, rules),
        circles=tuple(circles),
        fit=fit(made, sight),
    )


def _opened(made: Shelf, held: Collection[str], rules: Rules) -> Bools:
    return np.array([opens(name, held, rules) for name in made.plans], np.bool_)[made.plan]


def _wishes(made: Shelf, interests: Interests) -> tuple[str, ...]:
    """The words of what somebody is interested in. A goal that is an item is what that is about."""
    goal = made.titles.get(interests.goal, interests.goal)
    return (*interests.topics, goal) if goal else interests.topics


def _never(made: Shelf, sight: Sight, studies: Studies) -> Iterator[int]:
    """What is not recommended: done with, dismissed, shown lately, over, waiting for something else, or their own."""
    yield from made.authors.get(sight.member, ())
    for item, study in studies.items():
        if (study.finished_at is not None or study.dismissed_at is not None) and item in made.columns:
            yield made.columns[item]
    for item in sight.recent:
        if item in made.columns:
            yield made.columns[item]
    for at in made.live:
        begins = made.items[at].starts_at
        if begins is not None and begins <= sight.now:
            yield at
    done = {item for item, study in studies.items() if study.finished_at is not None}
    yield from (at for at, needs in made.building if not needs <= done)


def fit(made: Shelf, sight: Sight) -> Floats:
    """How well each item's level and language suit somebody, in spreads of popularity."""
    wanted = _tongue(sight.language)
    foreign = [FOREIGN if one and wanted and one != wanted else 0.0 for one in made.spoken]
    mine = LEVELS.index(sight.interests.level) if sight.interests.level in LEVELS else 0
    far = [_level(one, mine) for one in range(len(LEVELS))]
    return np.asarray(np.array(foreign or [0.0])[made.language] + np.array(far)[made.level])


def _level(level: int, mine: int) -> float:
    if not level or not mine:
        return 0.0
    off = abs(level - mine)
    return NEAR if off == 0 else FAR * (off - 1)


def upgrade(asked: Collection[str], held: Collection[str], rules: Rules) -> Plan | None:
    """The next plan: the cheapest on sale that opens something of what is `asked` for and is closed now."""
    closed = [name for name in asked if not opens(name, held, rules)]
    currency = rules.membership.currency
    sold = [one for one in rules.plans if not one.archived and not one.code_only and one.name not in held]
    useful = [one for one in sold if any(opens(name, (*held, one.name), rules) for name in closed)]
    return min(useful, key=lambda one: _cost(one, currency), default=None)


def _cost(plan: Plan, currency: str) -> tuple[bool, float, str]:
    """By the month where it recurs; what is not sold in the community's currency comes last."""
    price = plan.prices.get(currency)
    return price is None, (price or 0) / max(plan.months, 1), plan.name


def circle(made: Shelf, name: str, took_: Iterable[tuple[int, int]]) -> Circle | None:
    """What a circle took, from (member, item) pairs; None where too few took anything to say something."""
    pairs = {(member, made.columns.get(whole(made.library, item), -1)) for member, item in took_}
    pairs = {pair for pair in pairs if pair[1] >= 0}
    people = {member for member, _ in pairs}
    if len(people) < CIRCLE_ROWS:
        return None
    counts = np.bincount(np.array([at for _, at in pairs], np.int64), minlength=len(made.items))
    return Circle(name, len(people), counts)
