"""What Discord tells, as our events: pure functions of discord.py's objects. News of a new kind is a function here.

Live messages alone, which are nearly all there is, are read as the gateway sends them (`heard`): the object that
discord.py makes of one costs more than all that is done with it afterwards.

Bots, webhooks, system messages and private chats are nobody's news. Discord gives no time with deletions, reactions
and departures: for these `at` is the time of receipt, passed in.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from sys import intern
from typing import Any

import discord
from discord.utils import DISCORD_EPOCH

from bot.events import (
    Account,
    Author,
    Event,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    person,
    reaction,
)
from bot.text import features

PLATFORM = "discord"
_WRITTEN = (discord.MessageType.default, discord.MessageType.reply)
_REPLY = discord.MessageType.reply
_KINDS, _ANSWER = frozenset([one.value for one in _WRITTEN]), _REPLY.value


def key(message: int) -> str:
    """The key of the event that a message is."""
    return f"discord:message:{message}"


def live(channel: int) -> str:
    """The cursor of a channel: the last message heard."""
    return f"discord:live:{channel}"


def _told_at(snowflake: int) -> datetime:
    """When a message was written, to the millisecond: `discord.utils.snowflake_time` in half the time."""
    return datetime.fromtimestamp(((snowflake >> 22) + DISCORD_EPOCH) / 1000, UTC)


def account(user: discord.abc.User, guild: discord.Guild) -> Account:
    """A user as a member of a guild."""
    return _account(guild, str(user.id), user.display_name)


def _account(guild: discord.Guild, user: str, name: str) -> Account:
    return _named(guild.id, user, name, guild.name)


@lru_cache(maxsize=16_384)
def _named(guild: int, user: str, name: str, space_name: str) -> Account:
    """The same object each time: who writes once writes again."""
    return Account(platform=PLATFORM, space=str(guild), user=user, name=name, space_name=space_name)


def written(message: discord.Message) -> bool:
    """Whether a person wrote this in a guild."""
    return (
        message.guild is not None and not message.author.bot and message.webhook_id is None and message.type in _WRITTEN
    )


def heard(
    news: dict[str, Any], guild: discord.Guild, channel: Any, heeded: frozenset[str] = frozenset()
) -> MessagePosted | None:
    """A message as the gateway sends it: what `posted` says of the object made of it; None when it is nobody's news.

    Of the author's roles those that are `heeded` are named: a history does not tell them, there nobody has any.
    """
    author, kind = news["author"], news["type"]
    if kind not in _KINDS or author.get("bot") or news.get("webhook_id"):
        return None
    number, user, member = news["id"], author["id"], news.get("member") or {}
    place, topic = news["channel_id"], ""
    if isinstance(channel, discord.Thread):
        place, topic = str(channel.parent_id), place
    answered = news.get("message_reference", {}).get("message_id") if kind == _ANSWER else None
    return MessagePosted(
        key=f"discord:message:{number}",
        at=_told_at(int(number)),
        who=_account(guild, user, member.get("nick") or author.get("global_name") or author["username"]),
        channel=intern(place),
        topic=topic,
        reply_to=f"discord:message:{answered}" if answered else "",
        mentions=_mentions([(one["id"], one.get("bot", False)) for one in news["mentions"] if one], user)
        if news["mentions"]
        else (),
        roles=_roles(member, guild, heeded) if heeded else (),
        text=features(news["content"], len(news["attachments"])),
    )


def posted(message: discord.Message) -> MessagePosted | None:
    """A message from a channel's history; None when it is nobody's news."""
    guild, author, channel = message.guild, message.author, message.channel
    if guild is None or not written(message):
        return None
    place, topic = str(channel.id), ""
    if isinstance(channel, discord.Thread):
        place, topic = str(channel.parent_id), place
    answered = message.reference.message_id if message.type is _REPLY and message.reference is not None else None
    return MessagePosted(
        key=key(message.id),
        at=message.created_at,
        who=account(author, guild),
        channel=place,
        topic=topic,
        reply_to=key(answered) if answered else "",
        mentions=_mentions([(str(m.id), m.bot) for m in message.mentions], str(author.id)),
        text=features(message.content, len(message.attachments)),
    )


def _mentions(people: Iterable[tuple[str, bool]], author: str) -> tuple[str, ...]:
    """The others among (user, whether a bot)."""
    return tuple([person(PLATFORM, user) for user, bot in people if user != author and not bot])


def _roles(member: dict[str, Any], guild: discord.Guild, heeded: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted([one for one in heeded.intersection(member.get("roles", ())) if guild.get_role(int(one))]))


def edited(raw: discord.RawMessageUpdateEvent) -> MessageEdited | None:
    """A message that reads differently now; None for what is no edit by its author (a link's preview was added)."""
    message = raw.message
    at, guild = message.edited_at, message.guild
    if at is None or guild is None or not written(message):
        return None
    of = key(message.id)
    return MessageEdited(
        key=f"{of}:edited:{round(at.timestamp() * 1000)}",
        at=at,
        who=account(message.author, guild),
        of=of,
        text=features(message.content, len(message.attachments)),
    )


def deleted(messages: set[int], at: datetime) -> tuple[Event, ...]:
    """Messages that are gone."""
    gone = [key(message) for message in sorted(messages)]
    return tuple([MessageDeleted(key=f"{of}:deleted", at=at, who=Author(of=of), of=of) for of in gone])


def reacted(raw: discord.RawReactionActionEvent, guild: discord.Guild, at: datetime) -> tuple[Event, ...]:
    """A reaction given or taken back.

    Whether it is a bot that takes one back is not said, and does not matter: what it gave was never counted.
    """
    if raw.member is not None and raw.member.bot:
        return ()
    giver = _account(guild, str(raw.user_id), raw.member.display_name if raw.member is not None else "")
    emoji = f"{raw.emoji.name}:{raw.emoji.id}" if raw.emoji.id else raw.emoji.name
    author = str(raw.message_author_id) if raw.message_author_id else None
    given = raw.event_type == "REACTION_ADD"
    return reaction(giver=giver, of=key(raw.message_id), emoji=emoji, at=at, given=given, author=author)


def joined(member: discord.Member, now: datetime) -> MemberJoined | None:
    """Somebody came in; each coming is an event of its own."""
    if member.bot:
        return None
    at = member.joined_at or now
    return MemberJoined(key=_passage("join", member.guild.id, member.id, at), at=at, who=account(member, member.guild))


def left(user: discord.abc.User, guild: discord.Guild, at: datetime) -> MemberLeft | None:
    """Somebody left or was removed."""
    if user.bot:
        return None
    return MemberLeft(key=_passage("leave", guild.id, user.id, at), at=at, who=account(user, guild))


def _passage(what: str, guild: int, user: int, at: datetime) -> str:
    return f"discord:{what}:{guild}:{user}:{round(at.timestamp() * 1000)}"


def channels(guild: discord.Guild) -> list[tuple[str, str, str]]:
    """(id, name, kind) of a guild's channels and its threads under way."""
    return [
        (str(channel.id), channel.name, kind(channel))
        for channel in (*guild.channels, *guild.threads)
        if not isinstance(channel, discord.CategoryChannel)
    ]


def kind(channel: Any) -> str:
    """What sort of channel this is, in our words."""
    match channel:
        case discord.Thread():
            return "thread"
        case discord.ForumChannel():
            return "forum"
        case discord.VoiceChannel() | discord.StageChannel():
            return "voice"
        case _:
            return "text"
