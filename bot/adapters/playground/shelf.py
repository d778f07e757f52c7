"""The library of the playground: a small real catalogue in the visitor's language, and what the cast did with it.

Data are in `shelf.toml`. An item's number is its place there, because the playground fills an empty library: so the
history, which is told first, can name what is put there afterwards.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random

import msgspec

from bot.engine.library import Content, Kind, Level
from bot.engine.rules import Rules
from bot.events import Account, ContentLiked, ContentOpened, ContentRated, ContentSaved, ContentShown, Event
from bot.storage import library
from bot.storage.store import Connection
from bot.words import Word, replace

SHELF = Path(__file__).parent / "shelf.toml"
SEED = 21
READERS = 0.5
"""Messages a day from which on somebody looks into the library, too."""


class Item(Word, frozen=True):
    """An item: `days` ago it was published; (title, summary, text) in each language."""

    name: str
    kind: Kind
    days: int
    en: tuple[str, str, str]
    zh: tuple[str, str, str]
    course: str = ""
    needs: tuple[str, ...] = ()
    plan: str = ""
    tags: tuple[str, ...] = ()
    level: Level = ""
    url: str = ""


class _File(Word, frozen=True):
    item: list[Item]
    tags: dict[str, str]


@lru_cache(maxsize=1)
def _file() -> _File:
    return msgspec.toml.decode(SHELF.read_bytes(), type=_File)


def items() -> list[Item]:
    """All of them, in the order of their numbers."""
    return _file().item


def lesson(number: int) -> str:
    """The number, as events write it, of a lesson of the first course; the last one for all beyond it."""
    found = [at for at, item in enumerate(items(), 1) if item.course == "sheets"]
    return str(found[min(number, len(found)) - 1])


def contents(locale: str, rules: Rules, now: datetime) -> list[Content]:
    """The catalogue in a language; what asks for a plan that is not sold here is for everybody."""
    found = items()
    number = {item.name: at for at, item in enumerate(found, 1)}
    chinese, chinese_tags = locale.startswith("zh"), _file().tags
    positions: dict[str, int] = {}
    made: list[Content] = []
    for item in found:
        title, summary, body = item.zh if chinese else item.en
        positions[item.course] = positions.get(item.course, 0) + 1
        content = Content(
            name=item.name,
            kind=item.kind,
            title=title,
            summary=summary,
            body=body,
            url=item.url,
            tags=tuple(chinese_tags[tag] for tag in item.tags) if chinese else item.tags,
            level=item.level,
            language="zh" if chinese else "en",
            plan=item.plan if rules.plan(item.plan) else "",
            course=number.get(item.course, 0),
            position=positions[item.course] if item.course else 0,
            needs=tuple(number[one] for one in item.needs),
            published_at=now - timedelta(days=item.days),
        )
        made.append(content)
    return made


def stock(connection: Connection, community: int, locale: str, rules: Rules, now: datetime) -> None:
    """Fill an empty library; one that has something in it is the creator's, and stays."""
    if not library.of_community(connection, community, archived=True):
        for content in contents(locale, rules, now):
            library.put(connection, community, content)


def rephrase(connection: Connection, community: int, locale: str, rules: Rules, now: datetime) -> None:
    """Say in another language what is still as it was put there."""
    before = {one.name: one for one in contents("en", rules, now)}
    told = {one.name: one for one in contents(locale, rules, now)}
    for was in library.of_community(connection, community, archived=True):
        after = told.get(was.name)
        if after is not None and (was.title, was.body) == (before[was.name].title, before[was.name].body):
            words = {name: getattr(after, name) for name in ("title", "summary", "body", "language", "tags")}
            library.put(connection, community, replace(was, **words))


def history(user: str, who: Account, joined: datetime, now: datetime) -> Iterator[Event]:
    """What somebody of the cast did in the library: whoever likes a subject reads more of it, and says so."""
    chance = Random(f"{SEED}:{user}")  # noqa: S311 - the same at every start
    found = items()
    sold = {item.name for item in found if item.plan}
    subject = chance.choice(sorted({tag for item in found for tag in item.tags}))
    key = f"playground:library:{user}"
    for number, item in enumerate(found, 1):
        if item.plan or item.course in sold:
            continue
        near = subject in item.tags or (item.course == "sheets" and chance.random() < 0.5)
        at = max(joined, now - timedelta(days=item.days)) + timedelta(hours=chance.uniform(1, 60))
        if at >= now or chance.random() > (0.9 if near else 0.35):
            continue
        yield ContentShown(key=f"{key}:{number}:shown", at=at, who=who, items=(str(number),), place="library")
        if chance.random() > (0.9 if near else 0.4):
            continue
        at += timedelta(minutes=1)
        yield ContentOpened(key=f"{key}:{number}:opened", at=at, who=who, item=str(number), place="library")
        at += timedelta(minutes=chance.randrange(4, 30))
        if chance.random() < 0.4:
            yield ContentLiked(key=f"{key}:{number}:liked", at=at, who=who, item=str(number))
        if chance.random() < 0.3:
            stars = chance.choice((4, 5, 5) if near else (3, 4, 5))
            yield ContentRated(key=f"{key}:{number}:rated", at=at, who=who, item=str(number), stars=stars)
        elif chance.random() < 0.15:
            yield ContentSaved(key=f"{key}:{number}:saved", at=at, who=who, item=str(number))
