"""Who can see which channels and threads of Discord, and how these are reached."""

from collections.abc import Sequence
from typing import Any

import discord


def seen(client: discord.Client, user: str, channels: Sequence[str]) -> dict[str, str]:
    """Of these channels and threads those that a user can read, each with its link; asked of what the client knows.

    A thread that is archived, and so not known, is none of them, nor is a private thread.
    """
    found = {}
    for number in channels:
        channel: Any = client.get_channel(int(number)) if number.isdecimal() else None
        guild = getattr(channel, "guild", None)
        member = guild.get_member(int(user)) if guild is not None else None
        if member is None or (isinstance(channel, discord.Thread) and (channel.is_private() or channel.parent is None)):
            continue
        rights = channel.permissions_for(member)
        if rights.view_channel and rights.read_message_history:
            found[number] = channel.jump_url
    return found
