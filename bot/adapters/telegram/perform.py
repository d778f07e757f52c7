"""Effects on Telegram: announcements, private words, and the doors of chats behind gates.

To perform another effect: a case in `perform`. Doing it twice must do no harm.
"""

from collections import OrderedDict
from typing import NoReturn

from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError

from bot.adapters.telegram import tags
from bot.adapters.telegram.admission import Admission
from bot.adapters.telegram.api import Api, FloodError, Target, moved, passing, target
from bot.adapters.telegram.events import PLATFORM
from bot.adapters.telegram.render import render
from bot.app import App
from bot.delivery import GiveUp, TryAgain
from bot.effects import Alert, Announce, GrantAccess, Nudge, Relay, RevokeAccess, ShowLevel, Tell
from bot.i18n import N_, tongue
from bot.notices import reply as noticed
from bot.reply import Button, Reply
from bot.storage import members
from bot.storage.outbox import PRIVATE, REPLY, Task
from bot.words import replace

PATIENCE = 5.0
"""Seconds to wait for a turn; a task whose turn is later goes back to the outbox and frees its place."""
REMEMBERED = 5_000
"""Keys of messages sent, so that none is sent twice when it could not be ticked off."""


class Performer:
    """Performs tasks. Raises TryAgain and GiveUp (`bot/delivery.py`)."""

    def __init__(self, app: App, api: Api, admission: Admission) -> None:
        self._app = app
        self._api = api
        self._admission = admission
        self._sent: OrderedDict[str, None] = OrderedDict()

    async def holds(self, task: Task) -> bool:
        """Whether the member is in the chat that the grant would let them into."""
        try:
            return await self._admission.holds(*self._door(task))
        except TelegramError as error:
            return await self._translate(task, error)

    async def perform(self, task: Task) -> None:
        """Do what the effect asks for."""
        try:
            match task.effect:
                case Announce() | Alert() | Nudge() | Tell() | Relay():
                    await self._tell(task, self._where(task), noticed(task))
                case GrantAccess():
                    await self._let_in(task)
                case RevokeAccess():
                    await self._admission.let_out(*self._door(task))
                case ShowLevel(level=level):
                    await tags.show(self._api.bot, int(task.account.space), int(task.account.user), level, task.locale)
        except TelegramError as error:
            await self._translate(task, error)

    async def _translate(self, task: Task, error: TelegramError) -> NoReturn:
        new = moved(error)
        if new is not None:
            old = task.account.space if task.target == PRIVATE else task.target.rpartition(":")[2].partition("/")[0]
            await self._app.store.write(members.move_space, PLATFORM, old, new)
            raise TryAgain("the group became a supergroup", after=0) from error
        if isinstance(error, FloodError):
            raise TryAgain(error.message, after=error.after, too_fast=True) from error
        if passing(error) or isinstance(error, InvalidToken):
            raise TryAgain(error.message) from error
        why = f"Telegram refuses: {error.message}. Make the bot an administrator there"
        raise GiveUp(why, closed=task.target.startswith(REPLY)) from error

    def _where(self, task: Task) -> Target:
        if task.target == PRIVATE:
            return Target(int(task.account.user))
        if not task.target.startswith(REPLY):
            return self._place(task.target)
        channel, _, message = task.target.removeprefix(REPLY).rpartition(":")
        return replace(self._place(channel), reply_to=int(message))

    def _place(self, channel: str) -> Target:
        try:
            return target(channel)
        except ValueError as error:
            raise GiveUp(f"{channel!r} is no chat of Telegram's: set another with /setup announce") from error

    async def _tell(self, task: Task, to: Target, reply: Reply) -> None:
        if task.key in self._sent:
            return
        try:
            for page in render(reply, "" if to.group else task.account.space):
                await self._api.send(to, page, patience=PATIENCE)
        except Forbidden as error:
            if to.group:
                raise
            await self._app.store.write(members.private_chat, PLATFORM, task.account.user, None)
            why = "the member has no chat with the bot, or has blocked it: they must press Start"
            raise GiveUp(why, closed=True) from error
        except BadRequest as error:
            if "thread not found" in error.message.lower():
                raise GiveUp("the topic is gone: choose another place with /setup announce") from error
            raise
        self._sent[task.key] = None
        if len(self._sent) > REMEMBERED:
            self._sent.popitem(last=False)

    def _door(self, task: Task) -> tuple[int, int]:
        kind, _, chat = task.target.partition(":")
        if kind not in ("chat", "channel") or not chat.lstrip("-").isdecimal():
            raise GiveUp(f"Telegram knows no {kind} to put behind a gate: bind a chat with /gate add")
        return int(chat), int(task.account.user)

    async def _let_in(self, task: Task) -> None:
        """Let them in, or send them a link to ask by."""
        chat, user = self._door(task)
        link = await self._admission.let_in(chat, user)
        if not link:
            return
        about = await self._api.bot.get_chat(chat)
        say = tongue(task.locale)
        reply = Reply(
            text=say(
                N_("A door has opened for you, {member}: {chat}"), member=task.member_name, chat=about.title or ""
            ),
            buttons=((Button(label=say(N_("Come in")), url=link),),),
        )
        await self._tell(task, Target(user), reply)
