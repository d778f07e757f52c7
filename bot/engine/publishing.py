"""Publishing: what an item of the library must be like, and how what people write becomes tags and a name."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Literal

from bot.engine.library import KINDS, LEVELS, Content, Library
from bot.engine.rules import Rules
from bot.words import Word, replace

TITLE, SUMMARY, BODY, URL = 100, 500, 20_000, 500
"""Characters at most."""
TAGS, TAG = 10, 27
"""Tags at most, and bytes of each: it has to fit into a button."""
NAME = 60
LAST = 10_000
"""The greatest position."""
PARTS = 200
"""Parts of a course at most."""
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?")
_MARKUP = re.compile(r"\*\*|__|~~|`")
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")

Why = Literal[
    "title", "summary", "body", "url", "empty", "kind", "level", "language", "tag", "tags", "plan", "course",
    "course_in_course", "has_parts", "parts", "needs", "itself", "circle", "position", "name",
]  # fmt: skip


class Flaw(Word, frozen=True):
    """What is wrong with an item, and with what of it."""

    why: Why
    about: str = ""


def flaw(item: Content, library: Library, rules: Rules) -> Flaw | None:
    """The first thing that is wrong with an item as it is about to be published or changed; None when all is well.

    `library` is everything there is besides. An item that is new has the number 0.
    """
    return flaw_of_its_own(item, library, rules) or _circle(item, library)


def flaw_of_its_own(item: Content, library: Library, rules: Rules) -> Flaw | None:
    """The same, without a look for a circle: for many items at once, for which that is asked once (`circle`)."""
    return next(_of_words(item), None) or next(_of_place(item, library, rules), None)


def _of_words(item: Content) -> Iterator[Flaw]:
    if not item.title or len(item.title) > TITLE:
        yield Flaw(why="title", about=str(TITLE))
    if len(item.summary) > SUMMARY:
        yield Flaw(why="summary", about=str(SUMMARY))
    if len(item.body) > BODY:
        yield Flaw(why="body", about=str(BODY))
    if item.url and (len(item.url) > URL or not _ADDRESS.fullmatch(item.url)):
        yield Flaw(why="url", about=item.url)
    if item.kind not in KINDS:
        yield Flaw(why="kind", about=item.kind)
    if item.level not in LEVELS:
        yield Flaw(why="level", about=item.level)
    if item.language and not LANGUAGE.fullmatch(item.language):
        yield Flaw(why="language", about=item.language)
    if len(item.tags) > TAGS:
        yield Flaw(why="tags", about=str(TAGS))
    yield from (Flaw(why="tag", about=tag) for tag in item.tags if len(tag.encode()) > TAG)
    if item.kind not in ("course", "live") and not (item.body or item.url or item.file):
        yield Flaw(why="empty", about=item.title)


def _of_place(item: Content, library: Library, rules: Rules) -> Iterator[Flaw]:
    if item.plan and rules.plan(item.plan) is None:
        yield Flaw(why="plan", about=item.plan)
    if not 0 <= item.position <= LAST:
        yield Flaw(why="position", about=str(LAST))
    course = library.items.get(item.course)
    if item.course and (course is None or course.kind != "course"):
        yield Flaw(why="course", about=course.title if course else str(item.course))
    if item.course and item.kind == "course":
        yield Flaw(why="course_in_course", about=item.title)
    if len([one for one in library.parts(item.course) if one.id != item.id]) >= PARTS:
        yield Flaw(why="parts", about=str(PARTS))
    if item.id and item.kind != "course" and library.parts(item.id):
        yield Flaw(why="has_parts", about=item.title)
    if item.id and item.id in item.needs:
        yield Flaw(why="itself", about=item.title)
    yield from (Flaw(why="needs", about=str(one)) for one in item.needs if one not in library.items)


def _circle(item: Content, library: Library) -> Flaw | None:
    return circle(Library([*[one for one in library.items.values() if one.id != item.id], item]))


def circle(library: Library) -> Flaw | None:
    """A circle of items that wait for each other, if there is one."""
    found = library.circle()
    return Flaw(why="circle", about=" → ".join([one.title for one in (*found, found[0])])) if found else None


def read_tags(text: str) -> tuple[str, ...]:
    """'#Rust, 所有权' as tags: small letters, without #, in the order written, each once."""
    parts = re.split(r"[,，、;；\n]", text)
    return tuple(dict.fromkeys(tag for part in parts if (tag := " ".join(part.strip().lstrip("#＃").lower().split()))))


def read_time(text: str) -> datetime:
    """A time like 2027-06-30 19:00, in UTC where it names no zone. Raises ValueError for what is none."""
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError as error:  # in UTC it is before the year 1, or after 9999
        raise ValueError(text) from error


def with_link(item: Content) -> Content:
    """The item, with its text as its link where the text is nothing but one."""
    text = item.body.strip()
    return replace(item, body="", url=text) if _ADDRESS.fullmatch(text) else item


def name_of(title: str) -> str:
    """What a title is called by: its words in small letters, Chinese ones as they are, with a - between them."""
    return "-".join(re.findall(r"\w+", title.lower()))[:NAME].strip("-_") or "item"


def first_line(text: str) -> str:
    """A title for a text that has none: its first line, or as much of it as fits."""
    line = next((one.strip() for one in text.splitlines() if one.strip()), "")
    line = _MARKUP.sub("", line).lstrip("#>- ").strip()
    return line if len(line) <= TITLE else f"{line[: TITLE - 1].rstrip()}…"


def tags_of(items: Iterable[Content]) -> dict[str, int]:
    """How many items have each tag, the most frequent first."""
    counts: dict[str, int] = {}
    for item in items:
        for tag in item.tags:
            counts[tag] = counts.get(tag, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
