"""Letting members into chats and out again: one at a time, and only what was ours to give.

What Telegram has no word for is made of what it has: a key is an invite link of the member's own that asks, and
'remove' is a ban that is lifted at once. A ban by anybody else is never lifted, and nobody is put out whom we did not
let in (`bot/storage/grants.py`).
"""

from datetime import timedelta

import structlog
from telegram import ChatMember, ChatMemberBanned
from telegram.error import BadRequest, TelegramError

from bot.adapters.telegram.api import Api
from bot.adapters.telegram.events import PLATFORM
from bot.adapters.telegram.rights import inside
from bot.app import App
from bot.delivery import GiveUp
from bot.storage import doors
from bot.storage.doors import Guest
from bot.storage.grants import OURS, Status

OUT = timedelta(minutes=10)
"""Should we die between the ban and its lifting, the ban ends by itself; Telegram takes less than 30 seconds, or none,
for an end that never comes."""
_log = structlog.get_logger()
MISSING, ALREADY_IN = "HIDE_REQUESTER_MISSING", "USER_ALREADY_PARTICIPANT"
"""A request was answered by somebody else, or taken back; or they came in otherwise."""


class Admission:
    """Lets in and out. Raises what Telegram raises when it can't be done now, GiveUp when somebody must act."""

    def __init__(self, app: App, api: Api) -> None:
        self._app = app
        self._bot = api.bot
        self._store = app.store

    async def holds(self, chat: int, user: int) -> bool:
        """Whether they are in, by whomsoever."""
        found = await self._member(chat, user)
        return found is not None and inside(found)

    async def let_in(self, chat: int, user: int) -> str:
        """Grant a member's request to join; returns the link to ask by when there is none, '' when there is no need.

        The link asks, and a request is granted only while the gate is open to whoever makes it, so that a link passed
        on opens nothing.
        """
        who = await self._store.read(doors.guest, PLATFORM, str(chat), str(user))
        if who is None or not who.open:  # closed meanwhile
            return ""
        found = await self._member(chat, user)
        if found is not None and inside(found):
            return ""
        if await self._banned_by_hand(found, chat, user):
            raise GiveUp("they were banned by hand: lift the ban in the group if they are to come in")
        if found is not None and found.status == ChatMember.BANNED:
            await self._unban(chat, user)
        return "" if await self.approve(chat, user, who) else await self._link(chat, user, who.member)

    async def way_in(self, chat: str, user: str) -> str:
        """The link that a member was sent, if they may come in by it and are not in; '' if Telegram is silent, too."""
        link = await self._store.read(doors.link_of, PLATFORM, chat, user)
        who = await self._store.read(doors.guest, PLATFORM, chat, user) if link else None
        if who is None or not who.open:
            return ""
        try:
            return "" if await self.holds(int(chat), int(user)) else link
        except TelegramError as error:
            _log.warning("Telegram does not say whether somebody is in", chat=chat, why=error.message)
            return ""

    async def approve(self, chat: int, user: int, who: Guest) -> bool:
        """Grant a request to join; False when there is none (any more) and they are not in."""
        was = await self._store.read(doors.status, PLATFORM, str(chat), str(user))
        ours = was in OURS
        if not ours:  # noted first: should we die after the deed, it is known to be ours
            await self._settle(chat, user, who, "giving")
        try:
            await self._bot.approve_chat_join_request(chat, user)
        except BadRequest as error:
            came = ALREADY_IN in error.message.upper()
            if not ours:
                await self._settle(chat, user, who, "found" if came else was or "away")
            if came or MISSING in error.message.upper():
                return came
            raise
        await self._settle(chat, user, who, "granted")
        return True

    async def decline(self, chat: int, user: int) -> bool:
        """Decline a request to join; False when there is none (any more)."""
        try:
            await self._bot.decline_chat_join_request(chat, user)
        except BadRequest as error:
            if any(one in error.message.upper() for one in (MISSING, ALREADY_IN)):
                return False
            raise
        return True

    async def let_out(self, chat: int, user: int) -> None:
        """Put out whoever we let in, and take their link back. Nobody else is touched."""
        found = await self._member(chat, user)
        if await self._banned_by_hand(found, chat, user):
            await self._forget(chat, user)
            return
        if found is not None and found.status == ChatMember.BANNED:
            await self._unban(chat, user)
        elif found is not None and inside(found):
            if not await self._store.read(doors.admitted, PLATFORM, str(chat), str(user)):
                return
            if found.status in (ChatMember.OWNER, ChatMember.ADMINISTRATOR):
                raise GiveUp("they are an administrator there, whom a bot can't remove: do it by hand")
            await self.remove(chat, user)
        await self._forget(chat, user)

    async def remove(self, chat: int, user: int) -> None:
        """Remove somebody who may come back."""
        await self._bot.ban_chat_member(chat, user, until_date=self._app.clock() + OUT)
        if not await self._store.read(doors.banned, PLATFORM, str(chat), str(user)):
            await self._unban(chat, user)

    async def _member(self, chat: int, user: int) -> ChatMember | None:
        try:
            return await self._bot.get_chat_member(chat, user)
        except BadRequest as error:
            if "not found" in error.message.lower() and "chat not found" not in error.message.lower():
                return None
            raise

    async def _banned_by_hand(self, member: ChatMember | None, chat: int, user: int) -> bool:
        """Whether somebody else banned them: that was heard, or the ban does not end as ours do."""
        if not isinstance(member, ChatMemberBanned):
            return False
        now = self._app.clock()
        ours = now - OUT <= member.until_date <= now + OUT
        return not ours or await self._store.read(doors.banned, PLATFORM, str(chat), str(user))

    async def _unban(self, chat: int, user: int) -> None:
        try:
            await self._bot.unban_chat_member(chat, user, only_if_banned=True)
        except BadRequest as error:
            if "supergroup" not in error.message.lower():  # a small group removes without banning
                raise

    async def _link(self, chat: int, user: int, member: int) -> str:
        """The member's own link, made once: Telegram allows a bot only so many."""
        known = await self._store.read(doors.link_of, PLATFORM, str(chat), str(user))
        if known:
            return known
        made = await self._bot.create_chat_invite_link(chat, name=f"#{member}", creates_join_request=True)
        now = self._app.clock()
        await self._store.write(doors.keep_link, PLATFORM, str(chat), str(user), member, made.invite_link, now)
        return made.invite_link

    async def _forget(self, chat: int, user: int) -> None:
        link = await self._store.read(doors.link_of, PLATFORM, str(chat), str(user))
        if link:
            try:
                await self._bot.revoke_chat_invite_link(chat, link)
            except BadRequest as error:
                if "INVITE_HASH_EXPIRED" not in error.message.upper():  # somebody revoked it
                    raise
        await self._store.write(doors.void_links, PLATFORM, str(chat), str(user), self._app.clock())

    async def _settle(self, chat: int, user: int, who: Guest, status: Status) -> None:
        await self._store.write(doors.settle, PLATFORM, str(chat), str(user), who, status, self._app.clock())
