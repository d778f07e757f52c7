"""A Discord to test against: a guild on simcord with our adapter in it, and the words to drive it."""

import asyncio
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

import discord
import simcord
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle, RoleHandle
from simcord.http.router import RequestContext, route
from simcord.http.routes.messages import get_history
from simcord.results import InteractionResult

from bot.adapters.discord import DiscordAdapter
from bot.app import App
from bot.events import Account
from bot.storage import inbox, members, outbox
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


def true_history(channel: int) -> None:
    """Let simcord page through a channel as Discord does: `after` is the oldest messages after it, not the newest."""

    def read(context: RequestContext) -> Any:
        context.args["channel_id"] = str(channel)
        limit = int(context.params.get("limit", 50))
        if "after" not in context.params:
            return get_history(context)
        context.params = {**context.params, "limit": 10**9}
        return get_history(context)[-limit:]

    route("GET", f"/channels/{channel}/messages")(read)


def shown(message: discord.Message | None) -> str:
    """All that a person reads of a message."""
    assert message is not None
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.title or "", embed.description or "", *(f"{f.name}\n{f.value}" for f in embed.fields)]
    return "\n".join(parts)


def answer(result: InteractionResult) -> str:
    """All that a person reads of an answer."""
    assert result.response is not None
    return "\n".join(shown(one.message) for one in [result.response, *result.followups])


@dataclass
class World:
    """The running simulation, and what is in it."""

    env: simcord.Env
    adapter: DiscordAdapter
    guild: GuildHandle
    general: ChannelHandle
    owner: MemberActor
    role: RoleHandle
    """The bot's."""

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
        """Wait until nothing is left to be performed."""
        await self.stored()
        async with asyncio.timeout(10):
            while sum((await self.app.store.read(outbox.waiting)).values()):
                await self.app.deliver(self.app.clock())

    async def setup_gate(self, **what: Any) -> Any:
        """Put something behind the gate that opens at level 2."""
        return await self.owner.slash(self.general, "gate add", gate="lounge", **what)

    async def reach_level_2(self, member: MemberActor) -> None:
        """Write as much as level 2 takes, whatever the messages are worth."""
        for number in range(18):
            await member.send(self.general, f"thought number {number}")
        assert (await self.profile(member)).state.standing.level >= 2

    def deferrals(self) -> int:
        """How many calls were answered 'thinking…' first."""
        asked = [one.json for one in self.env.http_requests if fnmatch(one.path, "/interactions/*/callback")]
        return sum(1 for one in asked if isinstance(one, dict) and one["type"] in (5, 6))

    def holds(self, member: MemberActor, role: RoleHandle) -> bool:
        """Whether a member has a role."""
        return role.id in self.env.backend.get_guild(self.guild.id).members[member.id].role_ids

    async def speak(self, member: MemberActor, locale: str) -> None:
        """A member chooses a language."""
        await member.slash(self.general, "language", language=locale)

    async def cursor(self, prefix: str) -> dict[str, tuple[int, int | None]]:
        """The cursors with this prefix."""
        return await self.app.store.read(inbox.cursors, prefix)

    def calls(self, method: str, pattern: str) -> int:
        """How many REST calls the bot has made to such a path."""
        return sum(1 for one in self.env.http_requests if one.method == method and fnmatch(one.path, pattern))

    async def profile(self, member: MemberActor) -> Profile:
        """What is known of a member."""
        await self.stored()
        account = Account(platform="discord", space=str(self.guild.id), user=str(member.id), name=member.name)
        return await self.app.store.read(members.profile, account)

    async def messages(self, member: MemberActor) -> int:
        """How many messages of a member have counted."""
        return (await self.profile(member)).state.engagement.messages
