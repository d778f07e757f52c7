"""Who can see which channels and threads of Discord, and how these are reached."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import discord

from bot.sight import EVERYBODY

AT_ONCE: Final = 100
"""Members that Discord tells about in one answer."""
PATIENCE: Final = 5.0
"""Seconds to wait for it."""


async def seen(client: discord.Client, user: str, channels: Sequence[str]) -> dict[str, str]:
    """Of these channels and threads those that a user (or `EVERYBODY` in the server) can read, each with its link.

    Channels are those the client knows; the member is asked of Discord, once for each server. A thread that is
    archived, and so not known, is none of them, nor is a private thread; nor is anything while Discord does not answer.
    """
    there: dict[int, discord.Member | discord.Role | None] = {}
    found = {}
    for number in channels:
        channel = _place(client, number)
        if channel is None:
            continue
        guild = channel.guild
        if guild.id not in there:
            there[guild.id] = guild.default_role if user == EVERYBODY else await _member(guild, user)
        if _reads(there[guild.id], channel):
            found[number] = channel.jump_url
    return found


async def seeing(client: discord.Client, users: Sequence[str], channel: str) -> set[str]:
    """Of these users those who can read a channel or thread; nobody where it is not known, as `seen` says.

    They are asked for all at once: no members are kept in memory.
    """
    place = _place(client, channel)
    numbers = [int(user) for user in users if user.isascii() and user.isdecimal()]
    found: set[str] = set()
    for at in range(0, len(numbers) if place is not None else 0, AT_ONCE):
        with suppress(TimeoutError, discord.DiscordException, OSError):
            async with asyncio.timeout(PATIENCE):
                asked = numbers[at : at + AT_ONCE]
                told = await place.guild.query_members(user_ids=asked, limit=AT_ONCE, cache=False)
            found |= {str(member.id) for member in told if _reads(member, place)}
    return found


def _place(client: discord.Client, number: str) -> Any:
    """The channel or thread of a server with this id; None for one that not everybody who sees its channel sees."""
    channel: Any = client.get_channel(int(number)) if number.isascii() and number.isdecimal() else None
    if getattr(channel, "guild", None) is None:
        return None
    if isinstance(channel, discord.Thread) and (channel.is_private() or channel.parent is None):
        return None
    return channel


def _reads(who: discord.Member | discord.Role | None, channel: Any) -> bool:
    rights = channel.permissions_for(who) if who is not None else discord.Permissions.none()
    return bool(rights.view_channel and rights.read_message_history)


async def _member(guild: discord.Guild, user: str) -> discord.Member | None:
    with suppress(discord.HTTPException):
        return guild.get_member(int(user)) or await guild.fetch_member(int(user))
    return None
