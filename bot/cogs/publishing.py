"""The creator's side of the library: /publish, and /content to change, place, archive and look after what there is."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from bot.cogs.library_views import KINDS, LEVELS, about, complete_item, fields, in_rows, pager, reader, to_open
from bot.cogs.plans import complete_plan
from bot.cogs.publishing_views import (
    NONE,
    Chosen,
    Waiting,
    check,
    form_message,
    form_new,
    form_place,
    form_words,
)
from bot.commands import About, Ask, Rank, Refused, command
from bot.engine.library import Content, Kind, Level, Library
from bot.engine.publishing import name_of, read_tags, with_link
from bot.i18n import N_
from bot.reply import Button, Field, Reply
from bot.storage import library, messages, studies
from bot.storage.messages import Message
from bot.storage.store import Connection
from bot.storage.studies import Sums
from bot.words import replace

PAGE = 8
waiting = Waiting()

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


@command(
    N_("publish"),
    N_("Put a course, lesson, article, recording, link… into the library"),
    who=Rank.CREATOR,
    on_message=N_("Add to library"),
)
async def publish(
    ask: Ask,
    title: Title = "",
    kind: Annotated[
        Literal["course", "lesson", "article", "live", "recording", "file", "link", "thread"],
        About(name=N_("kind"), description=N_("What it is"), labels=KINDS),
    ] = "article",
    summary: Summary = "",
    text: Text = "",
    link: Link = "",
    tags: Tags = "",
    level: Levels = None,
    language: Language = "",
    plan: Plan = "",
    course: Course = "",
    position: Position = -1,
    needs: Needs = "",
    starts: Starts = "",
    chosen: Annotated[str, About(name=N_("chosen"), description=N_("Filled in by the form"), most=16)] = "",
) -> Reply:
    """A form with what matters most, or the item itself. On a message it takes that message's text and file."""
    shelf = await ask.app.store.read(library.whole, ask.community.id)
    rules = await ask.rules()
    taken = await _taken(ask, chosen)
    if not title.strip():
        if taken is None:
            return Reply(form=form_new(ask))
        return Reply(form=form_message(ask, taken, waiting.put(taken), rules))
    words = " ".join(title.split())
    item = Content(
        name=name_of(words),
        kind=kind,
        title=words,
        published_at=ask.now,
        summary=summary.strip(),
        body=text.strip() or (taken.text.strip() if taken else ""),
        url=link.strip() or (taken.link if taken and kind == "thread" else ""),
        file={taken.platform: taken.attached} if taken and taken.attached else {},
        tags=read_tags(tags),
        level=_level(level) or "",
        language=_none(language).lower(),
        plan=_none(plan),
        author=taken.author if taken else ask.me.member,
        source=taken.key if taken else "",
    )
    item = _placed(ask, with_link(item), shelf, course=course, position=position, needs=needs)
    item = replace(item, starts_at=_when(ask, starts))
    check(ask, item, shelf, rules)
    made = await ask.app.store.write(_add, ask.community.id, item)
    waiting.end(chosen)
    return await _card(ask, made, ask.say(N_("{item} is in the library."), item=made.title))


def _add(connection: Connection, community: int, item: Content) -> Content:
    named = replace(item, name=library.free_name(connection, community, item.name))
    return library.put(connection, community, named)


async def _taken(ask: Ask, token: str) -> Chosen | None:
    """The message that is published; None when there is none. Raises Refused when it can't be."""
    if token:
        found = waiting.take(token)
        if found is None:
            raise Refused(ask.say(N_("That took too long, and I keep no text that is not published. Choose it again.")))
        message = await ask.app.store.read(messages.find, ask.community.id, found.key)
        if message is None:  # deleted, or its author was erased, while the form was open
            waiting.end(token)
            raise Refused(ask.say(N_("I don't know that message: it is a bot's, or from before I came, or gone.")))
        await _only_once(ask, message)
        return replace(found, author=message.member)
    if not ask.caller.target:
        return None
    message = ask.about(publish)
    if not (ask.caller.quoted.strip() or ask.caller.attached):
        raise Refused(ask.say(N_("There is no text or file in that message that I could read.")))
    await _only_once(ask, message)
    caller = ask.caller
    return Chosen(
        key=message.key,
        author=message.member,
        text=caller.quoted,
        link=caller.link,
        platform=ask.platform,
        attached=caller.attached,
    )


async def _only_once(ask: Ask, message: Message) -> None:
    shelf = await ask.app.store.read(library.whole, ask.community.id)
    same = next((one for one in shelf.shown() if one.source == message.key), None)
    if same is not None:
        raise Refused(ask.say(N_("That message is in the library already: {item}."), item=same.title))


# ---------------------------------------------------------------------- what was typed


def _none(text: str) -> str:
    return "" if text.strip() == NONE else text.strip()


def _level(given: str | None) -> Level | None:
    levels: dict[str, Level] = {
        NONE: "",
        "beginner": "beginner",
        "intermediate": "intermediate",
        "advanced": "advanced",
    }
    return None if given is None else levels[given]


def _when(ask: Ask, text: str) -> datetime | None:
    if not _none(text):
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=UTC)
    except ValueError as error:
        raise Refused(ask.say(N_("Write the time like 2027-06-30 19:00."))) from error


def _named(ask: Ask, shelf: Library, text: str) -> Content:
    """An item by its number, name or title, archived or not. Raises Refused."""
    wanted = text.strip().casefold()
    number = wanted.removeprefix("#")
    if number.isascii() and number.isdecimal() and int(number) in shelf.items:
        return shelf.items[int(number)]
    same = [one for one in shelf.items.values() if wanted in (one.name, one.title.casefold())]
    if not same:
        raise Refused(ask.say(N_("There is no {item} in the library. /content list shows what there is."), item=text))
    return min(same, key=lambda one: (one.archived, one.id))


def _placed(
    ask: Ask, item: Content, shelf: Library, *, course: str = "", position: int = -1, needs: str = ""
) -> Content:
    """The item, where it is to stand. What is left out stays; a dash takes it away."""
    if course.strip() == NONE:
        item = replace(item, course=0, position=0)
    elif course.strip():
        found = _named(ask, shelf, course)
        last = max([one.position for one in shelf.parts(found.id)], default=0) + 1
        item = replace(item, course=found.id, position=item.position if found.id == item.course else last)
    if position >= 0:
        item = replace(item, position=position)
    if needs.strip():
        parts = [part for part in needs.replace("，", ",").replace("、", ",").split(",") if _none(part)]
        item = replace(item, needs=tuple(dict.fromkeys(_named(ask, shelf, part).id for part in parts)))
    return item


# ---------------------------------------------------------------------- changing


@command(N_("content edit"), N_("Change what an item of the library says"), who=Rank.CREATOR)
async def edit(
    ask: Ask,
    item: Item,
    title: Title = "",
    summary: Summary = "",
    text: Text = "",
    link: Link = "",
    tags: Tags = "",
    starts: Starts = "",
    kind: Annotated[
        Literal["course", "lesson", "article", "live", "recording", "file", "link", "thread"] | None,
        About(name=N_("kind"), description=N_("What it is"), labels=KINDS),
    ] = None,
) -> Reply:
    """A form, or what is named; what is left out stays as it is, and a dash (-) empties it."""
    shelf = await ask.app.store.read(library.whole, ask.community.id)
    was = _named(ask, shelf, item)
    if not any((title, summary, text, link, tags, starts, kind)):
        return Reply(form=form_words(ask, was))
    changed = replace(
        was,
        title=" ".join(title.split()) or was.title,
        summary=_kept(summary, was.summary),
        body=_kept(text, was.body),
        url=_kept(link, was.url),
        tags=read_tags(_none(tags)) if tags.strip() else was.tags,
        starts_at=_when(ask, starts) if starts.strip() else was.starts_at,
        kind=_kind(kind, was.kind),
    )
    return await _changed(ask, shelf, with_link(changed))


def _kept(given: str, was: str) -> str:
    return _none(given) if given.strip() else was


def _kind(given: Kind | None, was: Kind) -> Kind:
    return was if given is None else given


@command(N_("content place"), N_("Say for whom an item is, in which course, and what comes first"), who=Rank.CREATOR)
async def place(
    ask: Ask,
    item: Item,
    level: Levels = None,
    language: Language = "",
    plan: Plan = "",
    course: Course = "",
    position: Position = -1,
    needs: Needs = "",
) -> Reply:
    """A form, or what is named; what is left out stays as it is, and a dash (-) takes it away."""
    shelf = await ask.app.store.read(library.whole, ask.community.id)
    was = _named(ask, shelf, item)
    if level is None and position < 0 and not any((language, plan, course, needs)):
        return Reply(form=form_place(ask, was, shelf, await ask.rules()))
    new_level = _level(level)
    changed = replace(
        was,
        level=was.level if new_level is None else new_level,
        language=_kept(language, was.language).lower(),
        plan=_kept(plan, was.plan),
    )
    return await _changed(
        ask,
        shelf,
        _placed(ask, changed, shelf, course=course, position=position, needs=needs or NONE * (not was.needs)),
    )


async def _changed(ask: Ask, shelf: Library, item: Content) -> Reply:
    check(ask, item, shelf, await ask.rules())
    await ask.app.store.write(library.put, ask.community.id, item)
    return await _card(ask, item, ask.say(N_("{item} is changed."), item=item.title))


@command(N_("content archive"), N_("Take something out of the library, or put it back"), who=Rank.CREATOR)
async def archive(ask: Ask, item: Item) -> Reply:
    """Turn it round. What members did with it stays."""
    shelf = await ask.app.store.read(library.whole, ask.community.id)
    was = _named(ask, shelf, item)
    if was.archived and was.source and not (was.body or was.url or was.file):
        raise Refused(ask.say(N_("That message was deleted where it stood, and its text with it.")))
    now = replace(was, archived=not was.archived)
    await ask.app.store.write(library.put, ask.community.id, now)
    text = N_("{item} is out of the library. Nobody sees it any more.") if now.archived else N_("{item} is back.")
    return await _card(ask, now, ask.say(text, item=now.title))


async def _card(ask: Ask, item: Content, text: str) -> Reply:
    """An item as the creator sees it, with what can be done next."""
    say, read = ask.say, await reader(ask)
    lines = [about(read, item)]
    if item.course in read.library.items:
        words = N_("number {position} of {course}")
        lines.append(say(words, position=item.position, course=read.library.items[item.course].title))
    if before := read.library.before(item):
        lines.append(say(N_("after: {items}"), items=", ".join(one.title for one in before)))
    turned = say(N_("Put it back")) if item.archived else say(N_("Take it out"))
    buttons = [
        Button(label=say(N_("Details")), command="content place", options={"item": item.id}, style="primary"),
        Button(label=say(N_("Edit")), command="content edit", options={"item": item.id}),
        Button(label=turned, command="content archive", options={"item": item.id}, style="danger"),
    ]
    view = () if item.archived else (to_open(item, "creator", say(N_("See it as members do"))),)
    return Reply(
        text=text,
        fields=(Field(name=f"#{item.id} {item.name}", value="\n".join(lines)),),
        buttons=tuple(row for row in (tuple(buttons), view) if row),
    )


@command(N_("content list"), N_("What the library holds, and what members did with it"), who=Rank.CREATOR)
async def overview(
    ask: Ask,
    page: Annotated[int, About(name=N_("page"), description=N_("Which page"), least=1, most=999)] = 1,
) -> Reply:
    """The newest first, archived ones too, each with how often it was shown, opened and finished."""
    say, read = ask.say, await reader(ask)
    items = sorted(read.library.items.values(), key=lambda one: -one.id)
    if not items:
        return Reply(text=say(N_("The library is empty so far. /publish puts something into it.")))
    pages = -(-len(items) // PAGE)
    page = min(page, pages)
    shown = items[(page - 1) * PAGE : page * PAGE]
    sums = await ask.app.store.read(studies.sums, ask.community.id)
    named = zip(shown, fields(read, shown), strict=True)
    return Reply(
        title=say(N_("Library of {community}"), community=ask.community.name),
        text=say(N_("page {page} of {pages}"), page=page, pages=pages),
        fields=tuple(
            Field(name=f"#{one.id} {field.name}" + (" 🗄" if one.archived else ""), value=_told(ask, sums.get(one.id)))
            for one, field in named
        ),
        buttons=(
            *in_rows([_to_edit(one) for one in shown]),
            pager(ask, "content list", {}, page, pages),
        ),
        replaces=True,
    )


def _to_edit(item: Content) -> Button:
    return Button(label=f"✏️ {item.title[:30]}", command="content place", options={"item": item.id})


def _told(ask: Ask, one: Sums | None) -> str:
    say = ask.say
    if one is None:
        return say(N_("Nobody has seen it yet."))
    parts = [
        say.many("shown to {n} member", "shown to {n} members", one.members),
        say.many("opened by {n}", "opened by {n}", one.opened),
        say.many("finished by {n}", "finished by {n}", one.finished),
    ]
    if one.liked:
        parts.append(f"👍 {one.liked}")
    if one.rated:
        parts.append(f"⭐ {one.stars / one.rated:.1f} ({one.rated})")
    if one.dismissed:
        parts.append(say.many("dismissed by {n}", "dismissed by {n}", one.dismissed))
    return " · ".join(parts)


COMMANDS = (publish, edit, place, archive, overview)
