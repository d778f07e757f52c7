"""A private thread of a member's own beside a channel that they know: where nudges go before a message of its own.

It is opened once and remembered (`bot/storage/nudges.py`); Discord takes an archived one out of the archive by itself.
"""

from contextlib import suppress
from typing import Final

import discord

from bot.app import App
from bot.delivery import GiveUp
from bot.engine.nudges.ladder import Surface
from bot.engine.nudges.person import Reach
from bot.i18n import N_, Tongue
from bot.storage import nudges
from bot.storage.outbox import THREAD, Task

WEEK: Final = 10_080
"""Minutes without a message until Discord puts a thread into the archive."""
EMPTY: Final = "empty:"
"""Begins what is remembered of a thread that its member is not in yet."""


class Threads:
    """Finds or opens the threads of members."""

    def __init__(self, client: discord.Client, app: App) -> None:
        self._client = client
        self._app = app

    async def of(self, task: Task, say: Tongue) -> discord.abc.Messageable:
        """The thread of whom a task is for. Raises GiveUp when there can be none there, and what Discord raises.

        One that was opened and could not take them in yet is remembered as such, so that another attempt opens no
        second one; if they can't be taken in at all, it is deleted.
        """
        known = await self._app.store.read(nudges.opened, _place(task))
        if not known:
            thread = await self._open(self._channel(task, say), task, say)
            known = f"{EMPTY}{thread.id}"
            await self._remember(task, known)
        number = int(known.removeprefix(EMPTY))
        if known.startswith(EMPTY):
            await self._take_in(number, task)
            await self._remember(task, str(number))
        return self._client.get_partial_messageable(number, guild_id=int(task.account.space))

    async def _remember(self, task: Task, target: str) -> None:
        await self._app.store.write(nudges.open_at, task.community, task.member, _place(task), target)

    async def _take_in(self, thread: int, task: Task) -> None:
        try:
            await self._client.http.add_user_to_thread(thread, int(task.account.user))
        except discord.HTTPException as error:
            if error.status < 500 and error.status != 429:
                await self._remember(task, "")
                with suppress(discord.HTTPException):  # without 'Manage Threads' it is archived, empty, in a week
                    await self._client.http.delete_channel(thread)
            raise

    def _channel(self, task: Task, say: Tongue) -> discord.TextChannel:
        """The channel to open it beside: threads that not everybody sees are for text channels only."""
        channel = self._client.get_channel(int(task.target.removeprefix(THREAD)))
        if not isinstance(channel, discord.TextChannel):
            raise GiveUp(say(N_("There is no text channel for a private thread.")), closed=True)
        may = channel.permissions_for(channel.guild.me)
        if not (may.view_channel and may.create_private_threads and may.send_messages_in_threads):
            raise GiveUp(
                say(
                    N_("Give me 'Create Private Threads' and 'Send Messages in Threads' in {channel}."),
                    channel=channel.name,
                ),
                closed=True,
            )
        return channel

    async def _open(self, channel: discord.TextChannel, task: Task, say: Tongue) -> discord.Thread:
        return await channel.create_thread(
            name=say(N_("For {member}"), member=task.member_name)[:100],
            type=discord.ChannelType.private_thread,
            auto_archive_duration=WEEK,
            invitable=False,
        )


def _place(task: Task) -> Surface:
    who = task.account
    return Surface(kind="thread", reach=Reach(platform=who.platform, space=who.space, user=who.user))
