"""Where an answer goes: into the group, under the button that was pressed, or to the member alone."""

import asyncio
from dataclasses import dataclass

import structlog
from telegram.constants import ChatAction
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.adapters.telegram.api import Api, FloodError, Target, moved, passing
from bot.adapters.telegram.events import PLATFORM
from bot.adapters.telegram.forms import Draft, Drafts
from bot.adapters.telegram.render import Page, base36, plain, render, units
from bot.app import App
from bot.commands import Caller
from bot.i18n import N_, Tongue, match, tongue
from bot.reply import Button, Reply
from bot.storage import members

ALERT = 200
"""Units of text that fit the box which opens when a button is pressed."""
PARAMETER = 64
TRIES = 4
PAUSE = 2.0
"""Seconds between two tries when Telegram can't be reached."""

_log = structlog.get_logger()


@dataclass
class Spot:
    """What is answered: in `to`, to `user`; on a press, its id and the message the button was under."""

    to: Target
    user: int
    press: str = ""
    under: int = 0
    photo: bool = False
    live: bool = True
    """Whether the message under the button can still be edited."""
    acknowledged: bool = False


class Speech:
    """Sends what is answered."""

    def __init__(self, app: App, api: Api, drafts: Drafts) -> None:
        self.username = ""
        self._app = app
        self._api = api
        self._drafts = drafts

    async def answer(self, spot: Spot, reply: Reply, caller: Caller, path: str) -> None:
        """Give a command's reply to whom it concerns."""
        say = tongue(match(await self._locale(caller), caller.locale))
        if spot.to.group and reply.private:
            await self._privately(spot, reply, caller, path, say)
        else:
            await self.say(spot, reply, say, caller)
        if spot.press and not spot.acknowledged:
            await self.acknowledge(spot.press)

    async def _locale(self, caller: Caller) -> str:
        try:
            return (await self._app.profile(caller.account)).locale
        except LookupError:
            return ""

    async def say(self, spot: Spot, reply: Reply, say: Tongue, caller: Caller | None = None) -> None:
        """Say it at this spot, for everybody there."""
        if reply.form is not None and caller is not None:
            draft = Draft(reply.form, caller, spot.to, say, self._app.clock())
            self._drafts.begin(spot.user, draft)
            await self.ask(draft)
            return
        space = caller.account.space if caller is not None and not spot.to.group else ""
        pages = render(reply, space)
        if spot.under and reply.replaces and spot.live and len(pages) == 1 and await self._edit(spot, pages[0]):
            return
        for page in pages:
            await self._send(spot.to, page)

    async def ask(self, draft: Draft, trouble: str = "") -> None:
        """Ask for the next blank."""
        page, force = draft.question(trouble)
        draft.prompt = await self._send(draft.to, page, force_reply=force)

    async def acknowledge(self, press: str, text: str = "", url: str = "") -> None:
        """Tell Telegram that a press was heard; one that is too old needs no answer."""
        try:
            await self._api.bot.answer_callback_query(press, text=text or None, url=url or None, show_alert=bool(text))
        except BadRequest as error:
            _log.debug("a press could not be acknowledged", why=error.message)

    async def busy(self, spot: Spot) -> None:
        """It takes longer: say that it was heard."""
        if spot.press:
            await self.acknowledge(spot.press)
            spot.acknowledged = True
        try:
            await self._api.bot.send_chat_action(spot.to.chat, ChatAction.TYPING, spot.to.topic or None)
        except TelegramError as error:
            _log.debug("'typing' could not be shown", why=error.message)

    async def _privately(self, spot: Spot, reply: Reply, caller: Caller, path: str, say: Tongue) -> None:
        text = plain(reply)
        if spot.press and not spot.acknowledged and text and units(text) <= ALERT:
            await self.acknowledge(spot.press, text)
            spot.acknowledged = True
            return
        alone = Spot(to=Target(spot.user), user=spot.user)
        try:
            await self.say(alone, reply, say, caller)
        except (Forbidden, BadRequest) as error:
            if isinstance(error, BadRequest) and "chat not found" not in error.message.lower():
                raise
            self._drafts.end(spot.user, spot.user)
            await self._invite(spot, caller, path, say)
            return
        note = say(N_("I have written to you in private."))
        if spot.press and not spot.acknowledged:
            await self.acknowledge(spot.press, note)
            spot.acknowledged = True
        elif not spot.press:
            await self._note(spot, note, f"https://t.me/{self.username}", say)

    async def _invite(self, spot: Spot, caller: Caller, path: str, say: Tongue) -> None:
        """They never opened a chat with us: let them do it with one press, and answer there."""
        payload = f"run-{base36(-int(caller.account.space))}-{path.replace(' ', '_')}"
        parameter = payload if len(payload) <= PARAMETER and payload.isascii() else "hello"
        url = f"https://t.me/{self.username}?start={parameter}"
        if spot.press and not spot.acknowledged:
            await self.acknowledge(spot.press, url=url)
            spot.acknowledged = True
        else:
            text = say(N_("The answer is for you alone. Open a chat with me, and you will find it there."))
            await self._note(spot, text, url, say)

    async def _note(self, spot: Spot, text: str, url: str, say: Tongue) -> None:
        button = Button(label=say(N_("Open the chat")), url=url)
        (page,) = render(Reply(text=text, buttons=((button,),)))
        await self._send(spot.to, page)

    async def _edit(self, spot: Spot, page: Page) -> bool:
        for _ in range(TRIES - 1):
            try:
                return await self._api.edit(spot.to.chat, spot.under, page, was_photo=spot.photo)
            except TelegramError as error:
                await self._pause(error)
        return await self._api.edit(spot.to.chat, spot.under, page, was_photo=spot.photo)

    async def _send(self, to: Target, page: Page, *, force_reply: bool = False) -> int:
        for _ in range(TRIES - 1):
            try:
                return await self._api.send(to, page, force_reply=force_reply)
            except TelegramError as error:
                to = await self._elsewhere(error, to) or to
                await self._pause(error)
        return await self._api.send(to, page, force_reply=force_reply)

    async def _elsewhere(self, error: TelegramError, to: Target) -> Target | None:
        new = moved(error)
        if new is None:
            return None
        await self._app.store.write(members.move_space, PLATFORM, str(to.chat), new)
        return Target(int(new))

    async def _pause(self, error: TelegramError) -> None:
        """Wait if it may work next time. Raises the error when it never will."""
        if moved(error) is not None:
            return
        if not passing(error):
            raise error
        await asyncio.sleep(0 if isinstance(error, FloodError) else PAUSE)  # the pace makes a flooded chat wait
