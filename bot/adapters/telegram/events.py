"""From a Telegram update to events and chores: pure, no network, no database.

To understand another kind of update: a field in `wire.py`, and a line in `news`.
Telegram tells a bot of no deletions, so that what a deleted message earned stays.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime

from bot.adapters.telegram.wire import Changed, Chat, Message, Reacted, Update, User
from bot.events import Account, Event, MemberJoined, MemberLeft, MessageEdited, MessagePosted, person, reaction
from bot.text import display_name, features
from bot.words import Word

PLATFORM = "telegram"


class Moved(Word, frozen=True):
    """A group became a supergroup, with another id."""

    old: str
    new: str


class Seen(Word, frozen=True):
    """A chat or topic exists, under this name."""

    space: Account
    channel: str
    name: str
    kind: str


class Door(Word, frozen=True):
    """The user can be written to in private since `at`; None when they closed that door."""

    user: str
    at: datetime | None


class Banned(Word, frozen=True):
    """Somebody else than we banned the user from the chat at `at`; None when they are banned no more."""

    chat: str
    user: str
    at: datetime | None


class Came(Word, frozen=True):
    """Somebody came into a group by a `link` that we had made."""

    link: str
    who: Account
    at: datetime


Chore = Moved | Seen | Door | Banned | Came


class News(Word, frozen=True):
    """What an update means: events for the engine, chores for the books."""

    events: tuple[Event, ...] = ()
    chores: tuple[Chore, ...] = ()


NOTHING = News()
Written = Collection[tuple[str, str]]
"""(message's key, author's user id) pairs: whose the messages are that were reacted to."""


def when(seconds: int) -> datetime:
    """Telegram's date as ours."""
    return datetime.fromtimestamp(seconds, UTC)


def message_key(chat: int, message: int) -> str:
    """The key of a message, the same for ever and for whoever tells of it."""
    return f"telegram:message:{chat}:{message}"


def place(chat: int, topic: int = 0) -> str:
    """A chat, or a topic in it, as the id of a channel: `-100123` or `-100123/45`."""
    return f"{chat}/{topic}" if topic else str(chat)


def account(chat: Chat, user: User) -> Account:
    """A user in a group."""
    return Account(platform=PLATFORM, space=str(chat.id), user=str(user.id), name=user.name, space_name=chat.title)


def cited(updates: Iterable[Update]) -> set[str]:
    """The keys of the messages whose authors `news` would like to know."""
    found = (update.message_reaction for update in updates)
    return {message_key(one.chat.id, one.message_id) for one in found if one and one.user}


def news(update: Update, written: Written = (), *, gated: Collection[str] = (), me: int = 0) -> News:
    """What an update means to us, whose user id is `me`.

    Who comes into a `gated` chat or leaves it neither joins nor leaves the community. Raises ValueError (or
    OverflowError, OSError) for a date that is none.
    """
    if update.message is not None:
        return _message(update.message)
    if update.message_reaction is not None:
        return News(events=tuple(_reactions(update.message_reaction, written)))
    if update.edited_message is not None:
        return _edited(update.edited_message)
    if update.chat_member is not None:
        return _member(update.chat_member, gated, me)
    if update.my_chat_member is not None:
        return _bot(update.my_chat_member)
    return NOTHING


def author(message: Message) -> User | None:
    """The person who wrote it for everybody to see who.

    None for a bot, for a channel's post, and for an administrator who hides behind the group.
    """
    user = message.from_
    return None if user is None or user.is_bot or message.sender_chat is not None else user


def _message(message: Message) -> News:
    chat = message.chat
    if not chat.group:
        user = author(message)
        private = chat.type == "private" and user is not None
        return News(chores=(Door(user=str(chat.id), at=when(message.date)),)) if private else NOTHING
    if message.migrate_to_chat_id:
        return News(chores=(Moved(old=str(chat.id), new=str(message.migrate_to_chat_id)),))
    if message.migrate_from_chat_id:
        return News(chores=(Moved(old=str(message.migrate_from_chat_id), new=str(chat.id)),))
    if message.new_chat_title:
        return News(chores=(_seen(chat, message.new_chat_title),))
    topic = message.forum_topic_created or message.forum_topic_edited
    if topic is not None:
        return News(chores=(_topic(chat, message.message_thread_id, topic.name),)) if topic.name else NOTHING
    user = author(message)
    attachments = message.attachments
    text = message.text or message.caption
    if user is None or message.command or not (text or attachments):
        return NOTHING
    answered = message.answered
    posted = MessagePosted(
        key=message_key(chat.id, message.message_id),
        at=when(message.date),
        who=account(chat, user),
        channel=str(chat.id),
        topic=str(message.message_thread_id) if message.is_topic_message else "",
        reply_to=message_key(chat.id, answered.message_id) if answered else "",
        mentions=tuple([person(PLATFORM, str(e.user.id)) for e in message.entities if e.user]),
        text=features(text, attachments),
    )
    return News(events=(posted,))


def _edited(message: Message) -> News:
    user = author(message)
    text = message.text or message.caption
    if user is None or not message.chat.group or message.command or not (text or message.attachments):
        return NOTHING
    key = message_key(message.chat.id, message.message_id)
    edited = MessageEdited(
        key=f"{key}:edited:{message.edit_date}",
        at=when(message.edit_date or message.date),
        who=account(message.chat, user),
        of=key,
        text=features(text, message.attachments),
    )
    return News(events=(edited,))


def _reactions(reacted: Reacted, written: Written) -> Iterator[Event]:
    giver = reacted.user
    if giver is None or giver.is_bot or not reacted.chat.group:
        return
    of, who, at = message_key(reacted.chat.id, reacted.message_id), account(reacted.chat, giver), when(reacted.date)
    own = giver_id if (of, giver_id := str(giver.id)) in written else None
    old = [one.sign for one in reacted.old_reaction]
    new = [one.sign for one in reacted.new_reaction]
    for sign in old:
        if sign not in new:
            yield from reaction(giver=who, of=of, emoji=sign, at=at, given=False, author=own)
    for sign in new:
        if sign not in old:
            yield from reaction(giver=who, of=of, emoji=sign, at=at, given=True, author=own)


def _member(changed: Changed, gated: Collection[str], me: int) -> News:
    chat, new, was = changed.chat, changed.new_chat_member, changed.old_chat_member.inside
    chores: tuple[Chore, ...] = _banned(changed, me)
    if not chat.group or new.user.is_bot or was == new.inside or str(chat.id) in gated:
        return News(chores=chores)
    who, at = account(chat, new.user), when(changed.date)
    key = f"telegram:member:{chat.id}:{new.user.id}:{changed.date}"
    if new.inside:
        link = changed.invite_link
        if link is not None and link.creator.id == me:
            chores = (*chores, Came(link=link.invite_link, who=who, at=at))
        return News(events=(MemberJoined(key=f"{key}:joined", at=at, who=who),), chores=chores)
    return News(events=(MemberLeft(key=f"{key}:left", at=at, who=who),), chores=chores)


def _banned(changed: Changed, me: int) -> tuple[Banned, ...]:
    was, now = changed.old_chat_member.status == "kicked", changed.new_chat_member.status == "kicked"
    by_us = changed.from_ is not None and changed.from_.id == me
    if not (was or now) or (now and by_us):
        return ()
    at = when(changed.date) if now else None
    return (Banned(chat=str(changed.chat.id), user=str(changed.new_chat_member.user.id), at=at),)


def _bot(changed: Changed) -> News:
    chat, inside = changed.chat, changed.new_chat_member.inside
    if chat.type == "private":
        return News(chores=(Door(user=str(chat.id), at=when(changed.date) if inside else None),))
    return News(chores=(_seen(chat, chat.title),)) if chat.group and inside else NOTHING


def _seen(chat: Chat, title: str) -> Seen:
    space = Account(platform=PLATFORM, space=str(chat.id), user="", space_name=title)
    return Seen(space=space, channel=str(chat.id), name=display_name(title), kind="chat")


def _topic(chat: Chat, topic: int, name: str) -> Seen:
    space = Account(platform=PLATFORM, space=str(chat.id), user="", space_name=chat.title)
    return Seen(space=space, channel=place(chat.id, topic), name=display_name(name), kind="topic")
