"""Effects on Telegram: announcements, private words, and the doors of chats behind gates.

To perform another effect: a case in `perform`. Doing it twice must do no harm.
"""

from collections import OrderedDict
from datetime import timedelta

from telegram import ChatMember, ChatMemberBanned
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError

from bot.adapters.telegram.api import Api, FloodError, Target, moved, passing, target
from bot.adapters.telegram.events import PLATFORM
from bot.adapters.telegram.render import render
from bot.adapters.telegram.rights import inside
from bot.app import App
from bot.delivery import GiveUp, TryAgain
from bot.effects import Announce, GrantAccess, Nudge, RevokeAccess
from bot.i18n import N_, tongue
from bot.notices import words
from bot.reply import Button, Reply
from bot.storage import members
from bot.storage.outbox import Task

PATIENCE = 5.0
"""Seconds to wait for a turn; a task whose turn is later goes back to the outbox and frees its place."""
OUT = timedelta(minutes=10)
"""Telegram has no 'remove': we ban and lift the ban at once. Should we die between the two, the ban ends by itself.
A ban without an end is therefore a human's, and is never lifted.
"""
REMEMBERED = 5_000
"""Keys of messages sent, so that none is sent twice when it could not be ticked off."""


class Performer:
    """Performs tasks. Raises TryAgain and GiveUp (`bot/delivery.py`)."""

    def __init__(self, app: App, api: Api) -> None:
        self._app = app
        self._api = api
        self._sent: OrderedDict[str, None] = OrderedDict()

    async def perform(self, task: Task) -> None:
        """Do what the effect asks for."""
        try:
            match task.effect:
                case Announce():
                    await self._tell(task, self._place(task.target), Reply(text=words(task)))
                case Nudge():
                    await self._tell(task, Target(int(task.account.user)), Reply(text=words(task)))
                case GrantAccess():
                    await self._let_in(task)
                case RevokeAccess():
                    await self._let_out(task)
        except TelegramError as error:
            await self._translate(task, error)

    async def _translate(self, task: Task, error: TelegramError) -> None:
        new = moved(error)
        if new is not None:
            old = task.account.space if task.target == "private" else task.target.rpartition(":")[2].partition("/")[0]
            await self._app.store.write(members.move_space, PLATFORM, old, new)
            raise TryAgain("the group became a supergroup", after=0) from error
        if isinstance(error, FloodError):
            raise TryAgain(error.message, after=error.after) from error
        if passing(error) or isinstance(error, InvalidToken):
            raise TryAgain(error.message) from error
        raise GiveUp(f"Telegram refuses: {error.message}. Make the bot an administrator there") from error

    def _place(self, channel: str) -> Target:
        try:
            return target(channel)
        except ValueError as error:
            raise GiveUp(f"{channel!r} is no chat of Telegram's: set another with /setup announce") from error

    async def _tell(self, task: Task, to: Target, reply: Reply) -> None:
        if task.key in self._sent:
            return
        try:
            for page in render(reply):
                await self._api.send(to, page, patience=PATIENCE)
        except Forbidden as error:
            if to.group:
                raise
            await self._app.store.write(members.private_chat, PLATFORM, task.account.user, None)
            raise GiveUp("the member has no chat with the bot, or has blocked it: they must press Start") from error
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
            raise GiveUp(f"Telegram knows no {kind} to put behind a gate: bind a chat with /setup gate")
        return int(chat), int(task.account.user)

    async def _member(self, chat: int, user: int) -> ChatMember | None:
        try:
            return await self._api.bot.get_chat_member(chat, user)
        except BadRequest as error:
            if "not found" in error.message.lower() and "chat not found" not in error.message.lower():
                return None
            raise

    async def _let_in(self, task: Task) -> None:
        """Grant the member's request to join, or send them a link to ask by.

        A request is granted while the gate is open to them, so that a link passed on opens nothing.
        """
        chat, user = self._door(task)
        member = await self._member(chat, user)
        if member is not None and inside(member):
            return
        if member is not None and member.status == ChatMember.BANNED:
            if not self._ours(member):
                raise GiveUp("they were banned by hand: lift the ban in the group if they are to come in")
            await self._unban(chat, user)
        if await self._approved(chat, user):
            return
        link = await self._api.bot.create_chat_invite_link(chat, name=f"#{task.member}", creates_join_request=True)
        about = await self._api.bot.get_chat(chat)
        say = tongue(task.locale)
        reply = Reply(
            text=say(
                N_("A door has opened for you, {member}: {chat}"), member=task.member_name, chat=about.title or ""
            ),
            buttons=((Button(label=say(N_("Come in")), url=link.invite_link),),),
        )
        await self._tell(task, Target(user), reply)

    async def _approved(self, chat: int, user: int) -> bool:
        """Whether they had asked already, and are in now."""
        try:
            return await self._api.bot.approve_chat_join_request(chat, user)
        except BadRequest as error:
            if "HIDE_REQUESTER_MISSING" in error.message.upper():
                return False
            raise

    async def _let_out(self, task: Task) -> None:
        chat, user = self._door(task)
        member = await self._member(chat, user)
        if member is None or (member.status == ChatMember.BANNED and not self._ours(member)):
            return
        if member.status in (ChatMember.OWNER, ChatMember.ADMINISTRATOR):
            raise GiveUp("they are an administrator there, whom a bot can't remove: do it by hand")
        if inside(member):
            await self._api.bot.ban_chat_member(chat, user, until_date=self._app.clock() + OUT)
        elif member.status != ChatMember.BANNED:
            return
        await self._unban(chat, user)

    async def _unban(self, chat: int, user: int) -> None:
        try:
            await self._api.bot.unban_chat_member(chat, user, only_if_banned=True)
        except BadRequest as error:
            if "supergroup" not in error.message.lower():  # a small group removes without banning
                raise

    def _ours(self, member: ChatMember) -> bool:
        """A ban that we did not get to lift: it ends soon."""
        if not isinstance(member, ChatMemberBanned):
            return False
        now = self._app.clock()
        return now - OUT <= member.until_date <= now + OUT
