"""A Discord to test against: a guild on simcord with our adapter in it, and the words to drive it."""

from dataclasses import dataclass
from typing import Any

import discord
import simcord
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle

from bot.adapters.discord import DiscordAdapter
from bot.app import App
from bot.events import Account
from bot.storage import members
from bot.storage.members import Profile

RIGHTS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
    manage_roles=True,
    manage_channels=True,
)


@dataclass
class World:
    """The running simulation, and what is in it."""

    env: simcord.Env
    adapter: DiscordAdapter
    guild: GuildHandle
    general: ChannelHandle
    owner: MemberActor

    @property
    def app(self) -> App:
        return self.adapter.app

    def join(self, name: str, **more: Any) -> MemberActor:
        """Somebody comes in."""
        return self.guild.add_member(self.env.create_user(name), **more)

    async def stored(self) -> None:
        """Wait until all that was heard is committed."""
        await self.app.submit([])

    async def delivered(self) -> None:
        """Wait until what is due now is performed."""
        await self.stored()
        while await self.app.deliver(self.app.clock()):
            pass

    async def profile(self, member: MemberActor) -> Profile:
        """What is known of a member."""
        await self.stored()
        account = Account(platform="discord", space=str(self.guild.id), user=str(member.id), name=member.name)
        return await self.app.store.read(members.profile, account)

    async def messages(self, member: MemberActor) -> int:
        """How many messages of a member have counted."""
        return (await self.profile(member)).state.engagement.messages
