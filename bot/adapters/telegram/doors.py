"""At the doors of chats behind gates: who asks, who comes, who goes.

A request is granted to those to whom the gate is open, whoever's link it came by, and declined with a word on how to
become a member to everybody else. The word goes first: Telegram lets us write to somebody who asked for five minutes,
until they are answered. Whoever was let in, added or banned by a human is left alone.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial

import structlog
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.adapters.telegram.admission import Admission
from bot.adapters.telegram.api import Api, Target, passing
from bot.adapters.telegram.events import PLATFORM
from bot.adapters.telegram.lanes import Lane, insist
from bot.adapters.telegram.render import render
from bot.adapters.telegram.wire import Changed, Chat, Request, Status, Update, User
from bot.app import App
from bot.i18n import N_, Tongue, match, tongue
from bot.reply import Button, Reply
from bot.storage import doors
from bot.storage.doors import Guest
from bot.storage.store import Connection

_log = structlog.get_logger()


class Doors:
    """Answers requests to join and watches who comes and goes, in the chats behind gates. `me` is our own user id."""

    def __init__(self, app: App, api: Api, admission: Admission, me: int) -> None:
        self._app = app
        self._store = app.store
        self._api = api
        self._admission = admission
        self._me = me
        self._gated: frozenset[str] = frozenset()

    async def look(self, updates: Iterable[Update]) -> frozenset[str]:
        """The ids of the chats behind gates, as far as these updates are about any chat's members."""
        if any(one.chat_member or one.chat_join_request for one in updates):
            self._gated = await self._store.read(doors.guarded, PLATFORM)
        return self._gated

    def lane(self, update: Update) -> Lane | None:
        """Whose turn an update about a gated chat is; None for any other."""
        request, changed = update.chat_join_request, update.chat_member
        if request is not None:
            return request.chat.id, request.from_.id
        if changed is None or str(changed.chat.id) not in self._gated or changed.new_chat_member.user.is_bot:
            return None
        return changed.chat.id, changed.new_chat_member.user.id

    async def answer(self, update: Update) -> None:
        """Do what an update that has a lane asks for."""
        if update.chat_join_request is not None:
            await self._asked(update.chat_join_request)
        elif update.chat_member is not None:
            await self._changed(update.chat_member)

    async def reconcile(self) -> int:
        """Grant requests that we may not have heard of; returns how many there were. One or two calls for each link."""
        let_in = 0
        for chat, user in await self._store.read(doors.waiting, PLATFORM):
            who = await self._guest(chat, user)
            try:
                if who is None or who.held or not who.open or await self._admission.holds(int(chat), int(user)):
                    continue
                let_in += await self._admission.approve(int(chat), int(user), who)
            except (BadRequest, Forbidden) as error:
                _log.warning("a request to join could not be granted", chat=chat, why=error.message)
        return let_in

    # ------------------------------------------------------------------ who asks

    async def _asked(self, request: Request) -> None:
        chat, user = request.chat, request.from_
        if str(chat.id) not in self._gated:
            _log.info("a request to join is left to a human", chat=chat.id, user=user.id)
            return
        await self._store.write(doors.enrol, PLATFORM, str(chat.id), str(user.id), user.name)
        who = await self._guest(str(chat.id), str(user.id))
        if who is not None and who.open and who.held:
            _log.info("somebody whom a human put out asks to join: left to a human", chat=chat.id, user=user.id)
        elif who is not None and who.open:
            await self._tell(request.user_chat_id or user.id, self._welcome(chat, user, who))
            await insist(partial(self._admission.approve, chat.id, user.id, who))
        else:
            await self._decline(request, who)

    async def _decline(self, request: Request, who: Guest | None) -> None:
        chat, user = request.chat, request.from_
        await self._tell(request.user_chat_id or user.id, self._hint(chat, user, who), str(chat.id))
        await insist(partial(self._admission.decline, chat.id, user.id))
        link = request.invite_link
        owner = await self._store.read(doors.owner_of, PLATFORM, link.invite_link if link else "")
        if owner not in ("", str(user.id)):
            _log.warning("a link that was made for one member was used by another", chat=chat.id, of=owner, by=user.id)

    # ------------------------------------------------------------------ who comes and goes

    async def _changed(self, changed: Changed) -> None:
        old, new = changed.old_chat_member, changed.new_chat_member
        by = changed.from_.id if changed.from_ else new.user.id
        at = datetime.fromtimestamp(changed.date, UTC)
        if by == self._me:
            return
        if by == new.user.id:
            if new.inside and not old.inside:
                await self._came(changed, at)
            return
        note = _by_hand(old, new)
        if note is not None:
            await self._store.write(note, PLATFORM, str(changed.chat.id), str(new.user.id), at)

    async def _came(self, changed: Changed, at: datetime) -> None:
        """They came by themselves: what is open to them is theirs; with a link of ours nobody else comes in."""
        chat, user, link = changed.chat, changed.new_chat_member.user, changed.invite_link
        who = await self._guest(str(chat.id), str(user.id))
        if who is not None and who.open:
            await self._store.write(doors.settle, PLATFORM, str(chat.id), str(user.id), who, "granted", at)
            return
        if link is None or link.creator.id != self._me:
            _log.info("somebody came by a human's link", chat=chat.id, user=user.id)
            return
        _log.warning("somebody came by a link of ours that was not for them", chat=chat.id, user=user.id)
        await insist(partial(self._admission.remove, chat.id, user.id))
        await self._tell(user.id, self._hint(chat, user, who), str(chat.id))

    # ------------------------------------------------------------------ words

    async def _guest(self, chat: str, user: str) -> Guest | None:
        return await self._store.read(doors.guest, PLATFORM, chat, user)

    def _welcome(self, chat: Chat, user: User, who: Guest) -> Reply:
        say = _tongue(user, who)
        return Reply(text=say(N_("Welcome to {chat}, {member}! You are in."), chat=chat.title, member=who.name))

    def _hint(self, chat: Chat, user: User, who: Guest | None) -> Reply:
        say = _tongue(user, who)
        text = say(
            N_("{chat} is for its members. /subscribe shows how to become one; you are let in as soon as you are."),
            chat=chat.title,
        )
        return Reply(text=text, buttons=((Button(label=say(N_("Become a member")), command="subscribe"),),))

    async def _tell(self, user: int, reply: Reply, space: str = "") -> None:
        """Write to them if Telegram lets us; what matters is done without."""
        try:
            for page in render(reply, space):
                await insist(partial(self._api.send, Target(user), page))
        except TelegramError as error:
            if passing(error):
                raise
            _log.info("somebody at the door can't be written to", user=user, why=error.message)


def _by_hand(old: Status, new: Status) -> Callable[[Connection, str, str, str, datetime], None] | None:
    """What to note when a human (or another bot) changed how somebody stands to a chat."""
    if new.inside:
        return None if old.inside else doors.found
    if new.status == "kicked" or old.inside:
        return doors.removed
    return doors.lifted if old.status == "kicked" else None


def _tongue(user: User, who: Guest | None) -> Tongue:
    return tongue(match("" if who is None else who.locale, user.language_code))
