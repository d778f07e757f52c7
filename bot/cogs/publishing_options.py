"""What a creator types about an item of the library: the options of /publish and /content, and how they are read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from bot.cogs.library_views import LEVELS, complete_item
from bot.cogs.plans import complete_plan
from bot.cogs.publishing_views import NONE
from bot.commands import About, Ask, Refused
from bot.engine.library import Content, Level, Library
from bot.engine.publishing import read_time
from bot.i18n import N_
from bot.storage import library
from bot.words import replace

Title = Annotated[str, About(name=N_("title"), description=N_("What members read"), most=100)]
Summary = Annotated[str, About(name=N_("summary"), description=N_("What it is about, in a sentence or two"), most=500)]
Text = Annotated[str, About(name=N_("text"), description=N_("The text itself, or a link"), most=6000)]
Link = Annotated[str, About(name=N_("url"), description=N_("Where it is: https://…"), most=500)]
Tags = Annotated[str, About(name=N_("tags"), description=N_("Like rust, async"), most=300)]
Plan = Annotated[
    str,
    About(name=N_("plan"), description=N_("Who may open it: a plan; all if left out"), complete=complete_plan, most=32),
]
Needs = Annotated[
    str, About(name=N_("needs"), description=N_("What should be finished before: names, with commas"), most=500)
]
Language = Annotated[str, About(name=N_("language"), description=N_("Like en or zh; any if left out"), most=12)]
Position = Annotated[
    int, About(name=N_("position"), description=N_("Its place in the course: 1 is first"), least=-1, most=10_000)
]
Starts = Annotated[
    str, About(name=N_("starts"), description=N_("A live session: when, in UTC, like 2027-06-30 19:00"), most=20)
]
Levels = Annotated[
    Literal["-", "beginner", "intermediate", "advanced"] | None,
    About(name=N_("difficulty"), description=N_("For whom it is"), labels={NONE: LEVELS[""], **LEVELS}),
]


async def _courses(ask: Ask, text: str) -> Sequence[tuple[str, str]]:
    shelf = await ask.app.store.read(library.whole, ask.community.id)
    found = [one for one in shelf.shown() if one.kind == "course" and text.casefold() in one.title.casefold()]
    return [(f"#{one.id}", one.title[:100]) for one in found[:25]]


Course = Annotated[
    str, About(name=N_("course"), description=N_("The course it is part of"), complete=_courses, most=100)
]


async def _any_item(ask: Ask, text: str) -> Sequence[tuple[str, str]]:
    """Archived ones, too: they can be brought back."""
    shelf = await ask.app.store.read(library.whole, ask.community.id)
    gone = [one for one in shelf.items.values() if shelf.hidden(one) and text.casefold() in one.title.casefold()]
    shown = [*await complete_item(ask, text), *[(f"#{one.id}", f"🗄 {one.title}"[:100]) for one in gone]]
    return shown[:25]


Item = Annotated[
    str, About(name=N_("content"), description=N_("Which: its title or its short name"), complete=_any_item, most=100)
]


# ---------------------------------------------------------------------- what was typed


def none(text: str) -> str:
    """What was typed; '' for a dash."""
    return "" if text.strip() == NONE else text.strip()


def level_of(given: str | None) -> Level | None:
    """The level that was chosen; None where none was."""
    levels: dict[str, Level] = {
        NONE: "",
        "beginner": "beginner",
        "intermediate": "intermediate",
        "advanced": "advanced",
    }
    return None if given is None else levels[given]


def when(ask: Ask, text: str) -> datetime | None:
    """A time that was typed; None for none. Raises Refused."""
    if not none(text):
        return None
    try:
        return read_time(text.strip())
    except ValueError as error:
        raise Refused(ask.say(N_("Write the time like 2027-06-30 19:00."))) from error


def named(ask: Ask, shelf: Library, text: str) -> Content:
    """An item by its number, name or title, archived or not. Raises Refused."""
    wanted = text.strip().casefold()
    number = wanted.removeprefix("#")
    if number.isascii() and number.isdecimal() and int(number) in shelf.items:
        return shelf.items[int(number)]
    same = [one for one in shelf.items.values() if wanted in (one.name, one.title.casefold())]
    if not same:
        raise Refused(ask.say(N_("There is no {item} in the library. /content list shows what there is."), item=text))
    return min(same, key=lambda one: (one.archived, one.id))


def placed(
    ask: Ask, item: Content, shelf: Library, *, course: str = "", position: int = -1, needs: str = ""
) -> Content:
    """The item, where it is to stand. What is left out stays; a dash takes it away."""
    if course.strip() == NONE:
        item = replace(item, course=0, position=0)
    elif course.strip():
        found = named(ask, shelf, course)
        last = max([one.position for one in shelf.parts(found.id)], default=0) + 1
        item = replace(item, course=found.id, position=item.position if found.id == item.course else last)
    if position >= 0:
        item = replace(item, position=position)
    if needs.strip():
        parts = [part for part in needs.replace("，", ",").replace("、", ",").split(",") if none(part)]
        item = replace(item, needs=tuple(dict.fromkeys(named(ask, shelf, part).id for part in parts)))
    return item
