"""The creator's /content: what the library holds is changed, placed, archived and looked after."""

from typing import Annotated

from bot.cogs.library_views import KINDS, fields, in_rows, pager, reader
from bot.cogs.publishing_options import (
    Course,
    Item,
    Language,
    Levels,
    Link,
    Needs,
    Plan,
    Position,
    Starts,
    Summary,
    Tags,
    Text,
    Title,
    level_of,
    named,
    none,
    placed,
    when,
)
from bot.cogs.publishing_views import NONE, card, check, form_place, form_words
from bot.commands import About, Ask, Rank, Refused, command
from bot.engine.library import Content, Kind, Library
from bot.engine.publishing import read_tags, with_link
from bot.i18n import N_
from bot.reply import Button, Field, Reply
from bot.storage import library, studies
from bot.storage.studies import Sums
from bot.words import replace

PAGE = 8


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
    kind: Annotated[Kind | None, About(name=N_("kind"), description=N_("What it is"), labels=KINDS)] = None,
) -> Reply:
    """A form, or what is named; what is left out stays as it is, and a dash (-) empties it."""
    shelf = await ask.app.store.read(library.whole, ask.community.id)
    was = named(ask, shelf, item)
    if not any((title, summary, text, link, tags, starts, kind)):
        return Reply(form=form_words(ask, was))
    changed = replace(
        was,
        title=" ".join(title.split()) or was.title,
        summary=_kept(summary, was.summary),
        body=_kept(text, was.body),
        url=_kept(link, was.url),
        tags=read_tags(none(tags)) if tags.strip() else was.tags,
        starts_at=when(ask, starts) if starts.strip() else was.starts_at,
        kind=_kind(kind, was.kind),
    )
    return await _changed(ask, shelf, with_link(changed))


def _kept(given: str, was: str) -> str:
    return none(given) if given.strip() else was


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
    was = named(ask, shelf, item)
    if level is None and position < 0 and not any((language, plan, course, needs)):
        return Reply(form=form_place(ask, was, shelf, await ask.rules()))
    new_level = level_of(level)
    changed = replace(
        was,
        level=was.level if new_level is None else new_level,
        language=_kept(language, was.language).lower(),
        plan=_kept(plan, was.plan),
    )
    return await _changed(
        ask,
        shelf,
        placed(ask, changed, shelf, course=course, position=position, needs=needs or NONE * (not was.needs)),
    )


async def _changed(ask: Ask, shelf: Library, item: Content) -> Reply:
    check(ask, item, shelf, await ask.rules())
    await ask.app.store.write(library.put, ask.community.id, item)
    return await card(ask, item, ask.say(N_("{item} is changed."), item=item.title))


@command(N_("content archive"), N_("Take something out of the library, or put it back"), who=Rank.CREATOR)
async def archive(ask: Ask, item: Item) -> Reply:
    """Turn it round. What members did with it stays."""
    shelf = await ask.app.store.read(library.whole, ask.community.id)
    was = named(ask, shelf, item)
    if was.archived and was.source and not (was.body or was.url or was.file):
        raise Refused(ask.say(N_("That message was deleted where it stood, and its text with it.")))
    now = replace(was, archived=not was.archived)
    await ask.app.store.write(library.put, ask.community.id, now)
    text = N_("{item} is out of the library. Nobody sees it any more.") if now.archived else N_("{item} is back.")
    return await card(ask, now, ask.say(text, item=now.title))


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


COMMANDS = (edit, place, archive, overview)
