"""The library for members: /library to look around, /search to find, /course for how far one is."""

from collections.abc import Sequence
from typing import Annotated, Literal

from bot.cogs.asking_views import answered_before
from bot.cogs.library_views import (
    ICONS,
    KINDS,
    Reader,
    complete_item,
    fields,
    fits,
    handed,
    in_rows,
    pager,
    reader,
    tell_shown,
    to_open,
)
from bot.commands import About, Ask, Refused, command
from bot.engine.library import Content, finished
from bot.engine.publishing import read_tags, tags_of
from bot.i18n import N_
from bot.reply import Button, Field, Option, Reply
from bot.storage import library, searching

PAGE = 6
FOUND = 8
TAGS = 10

Item = Annotated[
    str,
    About(name=N_("content"), description=N_("Its title, as the library shows it"), complete=complete_item, most=100),
]


async def _tags(ask: Ask, text: str) -> Sequence[tuple[str, str]]:
    shelf = await ask.app.store.read(library.whole, ask.community.id)
    return [(tag, f"#{tag} ({many})") for tag, many in tags_of(shelf.shown()).items() if text.lower() in tag][:25]


@command(N_("library"), N_("What there is to read, watch and learn here"))
async def browse(
    ask: Ask,
    kind: Annotated[
        Literal["course", "lesson", "article", "live", "recording", "file", "link", "thread"] | None,
        About(name=N_("kind"), description=N_("Only this kind"), labels=KINDS),
    ] = None,
    tag: Annotated[str, About(name=N_("tag"), description=N_("Only what has this tag"), complete=_tags, most=40)] = "",
    saved: Annotated[bool, About(name=N_("saved"), description=N_("Only what you put aside"))] = False,
    page: Annotated[int, About(name=N_("page"), description=N_("Which page"), least=1, most=999)] = 1,
) -> Reply:
    """What stands by itself, courses first; what is part of a course is in it, or found by kind and tag."""
    say, read = ask.say, await reader(ask)
    tags = read_tags(tag)
    chosen = [one for one in _in_order(read) if _fits(read, one, kind, tags, saved=saved)]
    if not chosen:
        return Reply(text=_nothing(ask, read, anything=bool(kind or tags or saved)))
    options: dict[str, Option] = {}
    if kind:
        options["kind"] = kind
    if tags:
        options["tag"] = tags[0]
    if saved:
        options["saved"] = True
    pages = -(-len(chosen) // PAGE)
    page = min(page, pages)
    shown = chosen[(page - 1) * PAGE : page * PAGE]
    await tell_shown(ask, shown, "library")
    return Reply(
        title=say(N_("Library of {community}"), community=ask.community.name),
        text=_summary(ask, read, page, pages, many=len(chosen)),
        fields=fields(read, shown),
        buttons=(
            *in_rows([to_open(one, "library") for one in shown]),
            pager(ask, "library", options, page, pages),
            _kinds(ask, read, kind),
        ),
        replaces=True,
    )


def _in_order(read: Reader) -> list[Content]:
    """Courses first, then the newest."""
    return sorted(read.library.shown(), key=lambda one: (one.kind != "course", -one.published_at.timestamp(), one.id))


def _fits(read: Reader, item: Content, kind: str | None, tags: Sequence[str], *, saved: bool) -> bool:
    if saved and read.study(item).saved_at is None:
        return False
    if kind and item.kind != kind:
        return False
    if not set(tags) <= set(item.tags):
        return False
    return bool(kind or tags or saved or not item.course)


def _nothing(ask: Ask, read: Reader, *, anything: bool) -> str:
    if not read.library.shown():
        return ask.say(N_("The library is empty so far. The creator fills it with /publish."))
    return ask.say(N_("The library has nothing of that.") if anything else N_("Everything here is part of a course."))


def _summary(ask: Ask, read: Reader, page: int, pages: int, *, many: int) -> str:
    say = ask.say
    parts = [say.many("{n} item", "{n} items", many)]
    if pages > 1:
        parts.append(say(N_("page {page} of {pages}"), page=page, pages=pages))
    done = sum(finished(one.id, read.studies) for one in read.library.shown())
    if done:
        parts.append(say.many("you finished {n}", "you finished {n}", done))
    tags = list(tags_of(read.library.shown()))[:TAGS]
    return "\n".join([" · ".join(parts), " ".join(f"#{tag}" for tag in tags)]).strip()


def _kinds(ask: Ask, read: Reader, chosen: str | None) -> tuple[Button, ...]:
    """A button for each kind there is, and for what was put aside."""
    there = {one.kind for one in read.library.shown()}
    buttons = [
        Button(label=f"{ICONS[kind]} {ask.say(label)}", command="library", options={"kind": kind})
        for kind, label in KINDS.items()
        if kind in there and kind != chosen
    ]
    if any(study.saved_at for study in read.studies.values()):
        buttons.append(Button(label=f"🔖 {ask.say(N_('Saved'))}", command="library", options={"saved": True}))
    if chosen:
        buttons.append(Button(label=ask.say(N_("Everything")), command="library"))
    return tuple(one for one in buttons if fits(one))


@command(N_("search"), N_("Find something in the library"), aliases=("find",))
async def search(
    ask: Ask,
    words: Annotated[str, About(name=N_("words"), description=N_("What you look for"), least=1, most=200)],
) -> Reply:
    """The best first; what is locked is found, too, and says so."""
    found = await ask.app.store.read(searching.items, ask.community.id, words, FOUND)
    answers = await answered_before(ask, words)
    if not found and not answers:
        text = ask.say(N_("The library has nothing on “{words}”. Other words may find it."), words=words.strip())
        return Reply(text=text, buttons=((Button(label=ask.say(N_("Look around")), command="library"),),))
    read = await reader(ask)
    await tell_shown(ask, found, "search")
    return Reply(
        title=ask.say(N_("“{words}” in the library"), words=words.strip()),
        fields=(*fields(read, found), *[Field(name=f"❓ {one.title}", value=one.text) for one, _ in answers]),
        buttons=in_rows([*[to_open(one, "search") for one in found], *[button for _, button in answers]]),
    )


# ---------------------------------------------------------------------- courses


@command(N_("course"), N_("How far you are in your courses, and what comes next"), aliases=("courses",))
async def course(ask: Ask, item: Item = "") -> Reply:
    """All courses, those begun first; or one of them."""
    read = await reader(ask)
    if item:
        found = read.find(item)
        if found.kind != "course":
            raise Refused(ask.say(N_("{item} is no course."), item=found.title))
        await tell_shown(ask, read.library.parts(found.id), "course")
        return syllabus(read, found)
    courses = [one for one in _in_order(read) if one.kind == "course"]
    if not courses:
        return Reply(text=ask.say(N_("There is no course here yet.")))
    courses.sort(key=lambda one: (not _begun(read, one), finished(one.id, read.studies)))
    shown = courses[:FOUND]
    await tell_shown(ask, shown, "course")
    return Reply(
        title=ask.say(N_("Courses of {community}"), community=ask.community.name),
        fields=fields(read, shown),
        buttons=in_rows([to_open(one, "course") for one in shown]),
    )


def _begun(read: Reader, item: Content) -> bool:
    return read.progress(item).done > 0 or read.study(item).opened_at is not None


def syllabus(read: Reader, item: Content) -> Reply:
    """A course: what it is about, its parts with their marks, a button to the next; what it holds where it is open."""
    say, parts = read.ask.say, read.library.parts(item.id)
    progress = read.progress(item)
    inside = handed(read, item) if read.may(item) else Reply()
    lines = [item.summary, inside.text, bar(progress.done, progress.many) if parts else say(N_("No lessons yet."))]
    following = read.library.next_part(item.id, read.studies)
    if progress.complete:
        lines.append(say(N_("🎉 You finished this course.")))
    elif following is not None:
        lines.append(say(N_("Next: {item}"), item=following.title))
    marks = [_mark(read, one) for one in parts]
    listed = "\n".join(f"{mark} {at}. {one.title}" for at, (mark, one) in enumerate(zip(marks, parts, strict=True), 1))
    onward = [to_open(following, "course", say(N_("Go on ▶")))] if following is not None else []
    return Reply(
        title=f"🎓 {item.title}",
        text="\n".join(line for line in lines if line),
        fields=(Field(name=say(N_("Lessons")), value=listed),) if parts else (),
        buttons=tuple(
            row
            for row in (*inside.buttons, tuple(onward), *in_rows([to_open(one, "course") for one in parts[:6]]))
            if row
        ),
        kept=inside.kept,
        protect=inside.protect,
    )


def _mark(read: Reader, item: Content) -> str:
    if finished(item.id, read.studies):
        return "✅"
    return "🔒" if not read.may(item) else "▫️"


def bar(done: int, many: int) -> str:
    """How much of so many is done, as a line: ▰▰▰▱▱ 3/5."""
    wide = min(many, 10)
    full = done * wide // many if many else 0
    return f"{'▰' * full}{'▱' * (wide - full)} {done}/{many}"


COMMANDS = (browse, search, course)
