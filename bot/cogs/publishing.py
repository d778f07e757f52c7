"""The creator's /publish: something new for the library, or a message that joins it."""

from typing import Annotated

from bot.cogs.library_views import KINDS
from bot.cogs.publishing_options import (
    Course,
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
    none,
    placed,
    when,
)
from bot.cogs.publishing_views import card, check, form_message, form_new, said
from bot.cogs.publishing_waiting import Chosen, Waiting
from bot.commands import About, Ask, Rank, Refused, command
from bot.engine.library import Content, Kind
from bot.engine.publishing import BODY, Flaw, name_of, read_tags, with_link
from bot.i18n import N_
from bot.reply import Reply
from bot.storage import library, messages
from bot.storage.messages import Message
from bot.storage.store import Connection
from bot.words import replace

waiting = Waiting()


@command(
    N_("publish"),
    N_("Put a course, lesson, article, recording, link… into the library"),
    who=Rank.CREATOR,
    on_message=N_("Add to library"),
)
async def publish(
    ask: Ask,
    title: Title = "",
    kind: Annotated[Kind, About(name=N_("kind"), description=N_("What it is"), labels=KINDS)] = "article",
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
        return Reply(form=form_message(ask, taken, waiting.put(taken, ask.now), rules))
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
        level=level_of(level) or "",
        language=none(language).lower(),
        plan=none(plan),
        author=taken.author if taken else ask.me.member,
        source=taken.key if taken else "",
    )
    item = placed(ask, with_link(item), shelf, course=course, position=position, needs=needs)
    item = replace(item, starts_at=when(ask, starts))
    check(ask, item, shelf, rules)
    made = await ask.app.store.write(_add, ask, item)
    waiting.end(chosen)
    return await card(ask, made, ask.say(N_("{item} is in the library."), item=made.title))


def _add(connection: Connection, ask: Ask, item: Content) -> Content:
    """Looked at once more: the message may have been deleted, or published, at this very moment."""
    if item.source:
        item = replace(item, author=_joinable(connection, ask, item.source).member)
    community = ask.community.id
    return library.put(connection, community, replace(item, name=library.free_name(connection, community, item.name)))


async def _taken(ask: Ask, token: str) -> Chosen | None:
    """The message that is published; None when there is none. Raises Refused when it can't be."""
    if token:
        found = waiting.take(token, ask.now)
        if found is None:
            raise Refused(ask.say(N_("That took too long, and I keep no text that is not published. Choose it again.")))
        try:
            message = await ask.app.store.read(_joinable, ask, found.key)
        except Refused:  # deleted, published, or its author erased, while the form was open
            waiting.end(token)
            raise
        return replace(found, author=message.member)
    if not ask.caller.target:
        return None
    message = ask.about(publish)
    if not (ask.caller.quoted.strip() or ask.caller.attached):
        raise Refused(ask.say(N_("There is no text or file in that message that I could read.")))
    if len(ask.caller.quoted) > BODY:
        raise Refused(said(ask, Flaw(why="body", about=str(BODY))))
    await ask.app.store.read(_joinable, ask, message.key)
    caller = ask.caller
    return Chosen(
        key=message.key,
        author=message.member,
        text=caller.quoted,
        link=caller.link,
        platform=ask.platform,
        attached=caller.attached,
    )


def _joinable(connection: Connection, ask: Ask, key: str) -> Message:
    """The message with this key, which is there and not in the library yet. Raises Refused."""
    message = messages.find(connection, ask.community.id, key)
    if message is None:
        raise Refused(ask.say(N_("I don't know that message: it is a bot's, or from before I came, or gone.")))
    shelf = library.whole(connection, ask.community.id)
    same = next((one for one in shelf.shown() if one.source == key), None)
    if same is not None:
        raise Refused(ask.say(N_("That message is in the library already: {item}."), item=same.title))
    return message


COMMANDS = (publish,)
