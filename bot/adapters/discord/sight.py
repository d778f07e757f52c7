"""Who can see which channels and threads of Discord, and how these are reached."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import discord

from bot.sight import EVERYBODY


async def seen(client: discord.Client, user: str, channels: Sequence[str]) -> dict[str, str]:
    """Of these channels and threads those that a user (or `EVERYBODY` in the server) can read, each with its link.

    Channels are those the client knows; the member is asked of Discord, once for each server. A thread that is
    archived, and so not known, is none of them, nor is a private thread; nor is anything while Discord does not answer.
    """
    there: dict[int, discord.Member | discord.Role | None] = {}
    found = {}
    for number in channels:
        channel: Any = client.get_channel(int(number)) if number.isascii() and number.isdecimal() else None
        guild = getattr(channel, "guild", None)
        if guild is None or (isinstance(channel, discord.Thread) and (channel.is_private() or channel.parent is None)):
            continue
        if guild.id not in there:
            there[guild.id] = guild.default_role if user == EVERYBODY else await _member(guild, user)
        who = there[guild.id]
        rights = channel.permissions_for(who) if who is not None else discord.Permissions.none()
        if rights.view_channel and rights.read_message_history:
            found[number] = channel.jump_url
    return found


async def _member(guild: discord.Guild, user: str) -> discord.Member | None:
    with suppress(discord.HTTPException):
        return guild.get_member(int(user)) or await guild.fetch_member(int(user))
    return None
