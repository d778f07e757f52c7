"""An item of the library in a member's hands: opened, finished, liked, rated, kept for later, or of no interest."""

from typing import Annotated

from bot.cogs.library import Item, bar, syllabus
from bot.cogs.library_views import Reader, first_these, handed, locked, me, reader, tell_shown, title, to_open
from bot.commands import About, Ask, Refused, command
from bot.engine.library import MOST_STARS, Content, Study, finished
from bot.events import (
    ContentDismissed,
    ContentFinished,
    ContentLiked,
    ContentOpened,
    ContentRated,
    ContentSaved,
    Event,
)
from bot.i18n import N_
from bot.reply import Button, Option, Reply
from bot.storage import members
from bot.words import replace

Where = Annotated[str, About(name=N_("place"), description=N_("Filled in by the button"), most=16)]
Anyway = Annotated[bool, About(name=N_("anyway"), description=N_("Even if something should come first"))]
On = Annotated[bool, About(name=N_("yes"), description=N_("No takes it back"))]


@command(N_("study open"), N_("Open something of the library"))
async def open_item(ask: Ask, item: Item, place: Where = "", anyway: Anyway = False) -> Reply:
    """Hand it over, in private; or say which plan opens it, or what should come first."""
    read = await reader(ask)
    found = read.find(item)
    if not read.may(found):
        return await locked(read, found)
    missing = read.library.missing(found, read.studies)
    if missing and not anyway and not finished(found.id, read.studies):
        await tell_shown(ask, missing[:6], "needs")
        return first_these(read, found, missing, place)
    opened = ContentOpened(key=ask.key, at=ask.now, who=me(ask), item=str(found.id), place=place)
    await ask.app.submit([opened])
    if found.kind == "course":
        await tell_shown(ask, read.library.parts(found.id), "course")
        return _with_acts(read, found, syllabus(read, found))
    return _with_acts(read, found, _alone(read, found))


def _alone(read: Reader, item: Content) -> Reply:
    """What is no course, with when it begins and where it belongs."""
    say, inside = read.ask.say, handed(read, item)
    course = read.library.items.get(item.course)
    where = say(N_("Part of {course}"), course=course.title) if course is not None else ""
    lines = [item.summary, inside.text, where]
    if item.kind == "live" and item.starts_at is not None:
        lines.insert(0, f"🕒 {say.moment(item.starts_at)}")
    return replace(inside, title=title(read, item), text="\n\n".join(line for line in lines if line))


def _with_acts(read: Reader, item: Content, reply: Reply) -> Reply:
    """The reply, with what can be done about the item under it."""
    say, study = read.ask.say, read.study(item)
    rows: list[tuple[Button, ...]] = []
    if not read.library.parts(item.id) and not study.finished_at:
        rows.append((_act(say(N_("✅ Finished")), "finish", item, style="primary"),))
    likes = (
        _act(say(N_("👍 Liked")), "like", item, yes=False) if study.liked else _act(say(N_("👍 Like")), "like", item)
    )
    kept = (
        _act(say(N_("🔖 Saved")), "save", item, yes=False) if study.saved_at else _act(say(N_("🔖 Save")), "save", item)
    )
    rows.append((likes, _act(say(N_("⭐ Rate")), "rate", item)))
    rows.append((kept, _act(say(N_("🚫 Not for me")), "dismiss", item)))
    return replace(reply, buttons=(*reply.buttons, *rows))


def _act(label: str, act: str, item: Content, *, yes: bool = True, style: str = "plain") -> Button:
    options: dict[str, Option] = {"item": item.id} if yes else {"item": item.id, "yes": False}
    return Button(
        label=label, command=f"study {act}", options=options, style="primary" if style == "primary" else "plain"
    )


async def _mine(ask: Ask, item: str) -> tuple[Reader, Content]:
    """An item that is open to the caller. Raises Refused."""
    read = await reader(ask)
    found = read.find(item)
    if not read.may(found):
        raise Refused(ask.say(N_("{item} is not open to you: open it to see what opens it."), item=found.title))
    return read, found


# ---------------------------------------------------------------------- acts


@command(N_("study finish"), N_("Say that you finished something of the library"))
async def finish(ask: Ask, item: Item) -> Reply:
    """Once for each item, after it was opened; with the last part of a course the course is finished, too.

    That is looked at again by who finished the part before: of two pressed at once neither knew of the other, and what
    was missing may have been taken out of the library since.
    """
    read, found = await _mine(ask, item)
    if read.library.parts(found.id):
        raise Refused(ask.say(N_("A course is finished when all its lessons are.")))
    if read.study(found).opened_at is None and not finished(found.id, read.studies):
        raise Refused(ask.say(N_("You have not opened {item} yet: /study open shows it to you."), item=found.title))
    before = ask.me.state.engagement.points
    first = not finished(found.id, read.studies) and bool((await ask.app.submit([_finished(ask, found)])).new)
    done = Study(member=ask.me.member, content=found.id, finished_at=ask.now)
    now = Reader(ask, read.library, {**read.studies, found.id: done}, read.rules)
    text = N_("✅ {item}: finished.") if first else N_("You finished {item} already.")
    lines = [ask.say(text, item=found.title)]
    course = read.library.completed(found, now.studies)
    if course is not None:
        await ask.app.submit([_finished(ask, course)])
        lines.append(ask.say(N_("🎉 With it you finished the course {course}."), course=course.title))
    state = await ask.app.store.read(members.state, ask.me.member)
    earned = state.engagement.points - before if state is not None else 0
    if earned > 0:
        lines.append(ask.say.many("It earned you {n} point.", "It earned you {n} points.", earned))
    return _onward(now, found, "\n".join(lines))


def _finished(ask: Ask, item: Content) -> ContentFinished:
    return ContentFinished(key=f"finish:{item.id}:{ask.me.member}", at=ask.now, who=me(ask), item=str(item.id))


def _onward(read: Reader, item: Content, text: str) -> Reply:
    """The words, how far they are in the course, and a button to what comes next."""
    buttons: list[Button] = []
    if item.course in read.library.items:
        progress = read.library.progress(item.course, read.studies)
        text = f"{text}\n{bar(progress.done, progress.many)}"
        following = read.library.next_part(item.course, read.studies)
        if following is not None:
            buttons.append(to_open(following, "course", read.ask.say(N_("Next: {item}"), item=following.title[:30])))
    buttons.append(_act(read.ask.say(N_("⭐ Rate")), "rate", item))
    return Reply(text=text, buttons=(tuple(buttons),))


@command(N_("study like"), N_("Say that you like something of the library"))
async def like(ask: Ask, item: Item, yes: On = True) -> Reply:
    """Or not any more."""
    _, found = await _mine(ask, item)
    await _tell(ask, ContentLiked(key=ask.key, at=ask.now, who=me(ask), item=str(found.id), liked=yes))
    text = N_("👍 You like {item}.") if yes else N_("You like {item} no more.")
    return Reply(text=ask.say(text, item=found.title))


@command(N_("study rate"), N_("Give something of the library 1 to 5 stars"))
async def rate(
    ask: Ask,
    item: Item,
    stars: Annotated[int, About(name=N_("stars"), description=N_("1 to 5"), least=0, most=MOST_STARS)] = 0,
) -> Reply:
    """A button for each number of stars; the last rating holds."""
    _, found = await _mine(ask, item)
    if not stars:
        options: list[dict[str, Option]] = [{"item": found.id, "stars": n} for n in range(1, MOST_STARS + 1)]
        row = tuple(Button(label="⭐" * n, command="study rate", options=one) for n, one in enumerate(options, 1))
        text = ask.say(N_("How good is {item}? The creator sees the mean of all."), item=found.title)
        return Reply(text=text, buttons=(row,))
    await _tell(ask, ContentRated(key=ask.key, at=ask.now, who=me(ask), item=str(found.id), stars=stars))
    return Reply(text=f"{'⭐' * stars} {ask.say(N_('Thank you.'))}", replaces=True)


@command(N_("study save"), N_("Put something of the library aside for later"))
async def save(ask: Ask, item: Item, yes: On = True) -> Reply:
    """Or take it from there."""
    read = await reader(ask)
    found = read.find(item)
    await _tell(ask, ContentSaved(key=ask.key, at=ask.now, who=me(ask), item=str(found.id), saved=yes))
    text = (
        N_("🔖 {item} is kept for later: /library has it under Saved.") if yes else N_("{item} is not kept any more.")
    )
    return Reply(text=ask.say(text, item=found.title))


@command(N_("study dismiss"), N_("Say that something is of no interest to you"))
async def dismiss(ask: Ask, item: Item, place: Where = "") -> Reply:
    """It is not recommended again, ever; the library still has it."""
    read = await reader(ask)
    found = read.find(item)
    key = f"dismiss:{found.id}:{ask.me.member}"
    await _tell(ask, ContentDismissed(key=key, at=ask.now, who=me(ask), item=str(found.id), place=place))
    text = ask.say(N_("🚫 {item} will not be recommended to you again."), item=found.title)
    return Reply(text=text, buttons=((Button(label=ask.say(N_("Look around")), command="library"),),))


async def _tell(ask: Ask, event: Event) -> None:
    await ask.app.submit([event])


COMMANDS = (open_item, finish, like, rate, save, dismiss)
