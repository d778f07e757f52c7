"""Effects on Discord: roles and channels opened and closed, announcements, private notices.

What a platform error means (try again, or who must do what) is said once, in `_translated`. A new effect is a case in
`Performer.perform`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import blake2b
from typing import Any, Final

import aiohttp
import discord

from bot.adapters.discord import obstacles
from bot.adapters.discord.render import Draft, drafts, notice
from bot.adapters.discord.threads import Threads
from bot.app import App
from bot.delivery import GiveUp, TryAgain
from bot.effects import Alert, Announce, GrantAccess, Nudge, Relay, RevokeAccess, ShowLevel, Tell
from bot.i18n import N_, Tongue, tongue
from bot.notices import reply as noticed
from bot.storage.outbox import PRIVATE, REPLY, THREAD, Task

MEMBER_GONE = (10007, 10013)
CLOSED = (50007, 50278)
"""The member takes no private messages from us, or shares no server with us."""
TOO_FAST = 40003
"""Private chats are being opened too fast."""
LONG = 3600.0
MEMBER: Final = 1
"""A permission overwrite that is for a member."""


class Performer:
    """Performs tasks with a client."""

    def __init__(self, client: discord.Client, app: App) -> None:
        self._client = client
        self._threads = Threads(client, app)

    async def perform(self, task: Task) -> None:
        """Do it, or raise TryAgain or GiveUp."""
        say = tongue(task.locale)
        if not self._client.is_ready():
            raise TryAgain("not connected to Discord", after=5.0)
        async with _translated(task, say):
            match task.effect:
                case Announce() | Alert() | Nudge() | Tell() | Relay():
                    await self._say(task)
                case GrantAccess() | RevokeAccess():
                    await self._access(task, say)
                case ShowLevel():
                    pass  # Discord has no such place: roles say it

    async def holds(self, task: Task) -> bool:
        """Whether the member has the role, or a way of their own into the channel."""
        guild = self._client.get_guild(int(task.account.space))
        kind, _, number = task.target.partition(":")
        if guild is None or guild.unavailable:
            return False
        if kind == "role":
            async with _translated(task, tongue(task.locale)):
                member = guild.get_member(int(task.account.user)) or await guild.fetch_member(int(task.account.user))
            return member.get_role(int(number)) is not None
        channel = guild.get_channel(int(number))
        if channel is None or obstacles.of_channel(guild.me, channel, tongue(task.locale)):
            return False
        async with _translated(task, tongue(task.locale)):
            return (await self._entry(channel, int(task.account.user))).view_channel is True

    async def _entry(self, channel: discord.abc.GuildChannel, user: int) -> discord.PermissionOverwrite:
        """What a channel says of a user alone, asked afresh: what we know may lag behind what we did a moment ago."""
        fresh = await self._client.fetch_channel(channel.id)
        assert isinstance(fresh, discord.abc.GuildChannel)  # noqa: S101 - as `channel` is
        return fresh.overwrites_for(discord.Object(user))

    async def _say(self, task: Task) -> None:
        place = await self._place(task)
        more: dict[str, Any] = {"suppress_embeds": True}
        if task.target.startswith(REPLY):
            more |= {"reference": _answered(task), "mention_author": False}
        for number, draft in enumerate(_drafts(task)):
            view, nonce = draft.view(), _nonce(task, number)
            shown: dict[str, Any] = more if view is None else {**more, "view": view}
            await place.send(draft.content, nonce=nonce, **shown)

    async def _place(self, task: Task) -> discord.abc.Messageable:
        if task.target == PRIVATE:
            return await self._client.create_dm(discord.Object(int(task.account.user)))
        if task.target.startswith(THREAD):
            return await self._threads.of(task, tongue(task.locale))
        channel = task.target.removeprefix(REPLY).partition(":")[0]
        return self._client.get_partial_messageable(int(channel), guild_id=int(task.account.space))

    async def _access(self, task: Task, say: Tongue) -> None:
        guild = self._client.get_guild(int(task.account.space))
        if guild is None:
            raise GiveUp(say(N_("I am not in that server any more: invite me again.")))
        if guild.unavailable:
            raise TryAgain("the server is unavailable")
        kind, _, number = task.target.partition(":")
        granted = isinstance(task.effect, GrantAccess)
        if kind == "role":
            await self._role(guild, int(task.account.user), int(number), task, say, granted=granted)
        else:
            await self._channel(guild, int(task.account.user), int(number), task, say, granted=granted)

    async def _role(
        self, guild: discord.Guild, user: int, number: int, task: Task, say: Tongue, *, granted: bool
    ) -> None:
        role = guild.get_role(number)
        if role is None:
            if not granted:
                return
            raise GiveUp(say(N_("The role behind the gate is gone: choose another with /gate add.")))
        if why := obstacles.of_role(guild.me, role, say):
            raise GiveUp(why)
        act = self._client.http.add_role if granted else self._client.http.remove_role
        await act(guild.id, user, role.id, reason=_reason(task))

    async def _channel(
        self, guild: discord.Guild, user: int, number: int, task: Task, say: Tongue, *, granted: bool
    ) -> None:
        channel = guild.get_channel(number)
        if channel is None:
            if not granted:
                return
            raise GiveUp(say(N_("The channel behind the gate is gone: choose another with /gate add.")))
        if why := obstacles.of_channel(guild.me, channel, say):
            raise GiveUp(why)
        set_now = await self._entry(channel, user)
        if set_now.view_channel is True if granted else set_now.view_channel is not True:
            return
        set_now.update(view_channel=True if granted else None)
        http, reason = self._client.http, _reason(task)
        if set_now.is_empty():
            await http.delete_channel_permissions(channel.id, user, reason=reason)
            return
        allow, deny = set_now.pair()
        await http.edit_channel_permissions(channel.id, user, str(allow.value), str(deny.value), MEMBER, reason=reason)


@asynccontextmanager
async def _translated(task: Task, say: Tongue) -> AsyncIterator[None]:
    try:
        yield
    except discord.RateLimited as error:
        raise TryAgain("Discord asks for patience", after=error.retry_after, too_fast=True) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise TryAgain(f"no connection to Discord ({type(error).__name__})") from error
    except discord.HTTPException as error:
        if isinstance(task.effect, RevokeAccess) and error.code in MEMBER_GONE:
            return
        if error.code == TOO_FAST:
            raise TryAgain("private chats are being opened too fast", after=LONG, too_fast=True) from error
        if error.status == 429 or error.status >= 500:
            raise TryAgain(f"Discord answered {error.status}", too_fast=error.status == 429) from error
        closed = error.code in CLOSED or task.target.startswith((REPLY, THREAD))
        raise GiveUp(_advice(task, error, say), away=error.code in MEMBER_GONE, closed=closed) from error


def _advice(task: Task, error: discord.HTTPException, say: Tongue) -> str:
    if error.code in MEMBER_GONE:
        return say(N_("The member has left the server."))
    if error.code in CLOSED:
        return say(N_("The member takes no private messages from me."))
    if isinstance(task.effect, Announce) and error.status == 404:
        return say(N_("The announcement channel is gone: choose another with /setup announce."))
    if isinstance(task.effect, Announce) and error.status == 403:
        return say(N_("I may not write in the announcement channel: give me 'View Channel' and 'Send Messages' there."))
    return say(
        N_("Discord refused it ({status}, {code}: {text}). /doctor says which rights I need."),
        status=str(error.status),
        code=str(error.code),
        text=error.text,
    )


def _reason(task: Task) -> str:
    effect = task.effect
    gate = effect.gate if isinstance(effect, GrantAccess | RevokeAccess) else ""
    return f"Lyceum: gate {gate} {'opened' if isinstance(effect, GrantAccess) else 'closed'}"


def _drafts(task: Task) -> list[Draft]:
    """What members wrote is shown in full and with its links, as answers are; our own notices are one message."""
    said = noticed(task)
    return drafts(said) if isinstance(task.effect, Relay) else [Draft(content=notice(said.text), rows=[*said.buttons])]


def _answered(task: Task) -> discord.MessageReference:
    """The message that a nudge in a channel answers; should it be gone, it stands alone."""
    channel, _, message = task.target.removeprefix(REPLY).partition(":")
    return discord.MessageReference(message_id=int(message), channel_id=int(channel), fail_if_not_exists=False)


def _nonce(task: Task, number: int) -> str:
    """The same at every attempt, so that Discord posts it once."""
    named = f"{task.key}+{number}" if number else task.key
    return blake2b(named.encode(), digest_size=12).hexdigest()
