"""Telegram as a port: what is started, in which order, and how all of it ends."""

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from hmac import compare_digest

import structlog
from telegram.error import InvalidToken, TelegramError

from bot.adapters.telegram import faces, menu
from bot.adapters.telegram.admission import Admission
from bot.adapters.telegram.api import Api
from bot.adapters.telegram.cashier import Cashier, Ring
from bot.adapters.telegram.checks import checks
from bot.adapters.telegram.doors import Doors
from bot.adapters.telegram.events import PLATFORM
from bot.adapters.telegram.fetch import BACKOFF, UNREACHABLE, Fetch
from bot.adapters.telegram.inbox import Inbox
from bot.adapters.telegram.invitations import Invitations
from bot.adapters.telegram.obstacles import of_target
from bot.adapters.telegram.perform import Performer
from bot.adapters.telegram.rights import Rights
from bot.adapters.telegram.stars import Stars
from bot.adapters.telegram.talk import Talk
from bot.adapters.telegram.wire import ALLOWED
from bot.delivery import GiveUp, Invitation
from bot.desk import Desk
from bot.doctor import Check
from bot.i18n import Tongue
from bot.storage import doors, inbox, members
from bot.storage.database import UNAVAILABLE
from bot.storage.outbox import Task

KEPT = timedelta(hours=23)
"""Telegram keeps its news for a day; after that a request to join waits at the door, and nobody tells of it."""
LARGEST = 1_000_000
"""Bytes of an update; Telegram's are far smaller."""
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")

_log = structlog.get_logger()


class TelegramAdapter:
    """The port. With a `webhook_url` updates come through `receive`, else they are fetched.

    Raises GiveUp, which says what to do, for settings that can't work.
    """

    platform = PLATFORM

    def __init__(
        self,
        desk: Desk,
        token: str,
        *,
        api_url: str = "https://api.telegram.org",
        webhook_url: str | None = None,
        webhook_secret: str | None = None,
    ) -> None:
        if not _TOKEN.fullmatch(token):
            raise GiveUp("LYCEUM_TELEGRAM_TOKEN is no token: it looks like 123456789:AA…; @BotFather shows it")
        if webhook_url and not (webhook_secret and _SECRET.fullmatch(webhook_secret)):
            raise GiveUp(
                "a webhook without a secret can be forged: set LYCEUM_TELEGRAM_WEBHOOK_SECRET to a long random text "
                "of letters, digits, _ and -, or leave LYCEUM_TELEGRAM_WEBHOOK_URL out"
            )
        self._desk = desk
        self._webhook_url = webhook_url
        self._secret = (webhook_secret or "").encode() if webhook_url else b""
        self._api = Api(token, api_url)
        self._rights = Rights(self._api.bot)
        self._talk = Talk(desk, self._api, self._rights)
        admission = self._admission = Admission(desk.app, self._api)
        me = token.partition(":")[0]
        self._doors = Doors(desk.app, self._api, admission, int(me))
        self.stars = Stars(self._api, desk.app.clock)
        """The provider of payments; it sells once `sell` was called."""
        self._cashier = Cashier(desk.app, self._api, self.stars)
        # Two bots number their updates independently of each other: each has letters of its own.
        self._source = f"{PLATFORM}:{me}"
        self._inbox = Inbox(
            desk.app, self._source, self._talk, self._doors, self._rights, cashier=self._cashier, me=int(me)
        )
        self._fetch = Fetch(self._api, self._inbox.keep)
        self._performer = Performer(desk.app, self._api, admission)
        self._invitations = Invitations(desk.app, self._api)
        self._trouble = ""
        self._task: asyncio.Task[None] | None = None

    def sell(self, ring: Ring) -> Stars:
        """Begin to sell for Stars, handing news of payments to `ring`; returns the provider for the till."""
        self._cashier.ring = ring
        return self.stars

    # ------------------------------------------------------------------ life

    async def start(self) -> None:
        """Say who we are, and begin.

        Raises GiveUp for a token that Telegram does not know. No network is no reason not to start: it is tried again.
        """
        try:
            await self._connect()
        except InvalidToken as error:
            await self._api.close()
            raise GiveUp(
                "Telegram does not know the token: copy it anew from @BotFather into LYCEUM_TELEGRAM_TOKEN"
            ) from error
        except TelegramError as error:
            self._trouble = UNREACHABLE
            _log.warning("Telegram can't be reached; it is tried again", why=error.message)
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop fetching, end what is under way. What is stored and not handled is handled after the next start."""
        self._fetch.stop()
        self._inbox.close()
        if self._task is not None:
            if self._trouble:
                self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._api.close()

    async def _run(self) -> None:
        since = await self._desk.app.store.read(inbox.latest, self._source)
        attempt = 0
        while self._trouble:
            await asyncio.sleep(BACKOFF[min(attempt, len(BACKOFF) - 1)])
            attempt += 1
            try:
                await self._connect()
            except TelegramError as error:
                _log.warning("Telegram can't be reached", why=error.message)
        works = [self._inbox.run(), self._menus(), self._missed(since)]
        if not self._webhook_url:
            works.append(self._fetch.run())
        await asyncio.gather(*works)

    async def _connect(self) -> None:
        bot = self._api.bot
        me = await bot.get_me()
        if self._webhook_url:
            await bot.set_webhook(self._webhook_url, secret_token=self._secret.decode(), allowed_updates=list(ALLOWED))
        else:
            await bot.delete_webhook(drop_pending_updates=False)
        self._talk.known_as(me.username or "")
        self._trouble = ""
        _log.info("Telegram is joined", bot=me.username, by="webhook" if self._webhook_url else "polling")

    async def _menus(self) -> None:
        try:
            sent = await menu.publish(self._api.bot, self._desk.commands)
        except TelegramError as error:
            _log.warning("the menus of commands could not be set", why=error.message)
        else:
            _log.info("the menus of commands are up to date", sent=sent)

    async def _missed(self, since: datetime | None) -> None:
        """Let in who asked while we were away for longer than Telegram keeps its news; `since` is the latest we had."""
        if since is None or self._desk.app.clock() - since < KEPT:
            return
        try:
            let_in = await self._doors.reconcile()
        except (*UNAVAILABLE, TelegramError) as error:
            _log.warning("requests to join that were missed could not be looked for", why=str(error))
        else:
            _log.info("requests to join that were missed were granted", count=let_in)

    # ------------------------------------------------------------------ in

    async def receive(self, body: bytes, secret: str | None) -> int:
        """Take in what was posted to the webhook; returns the HTTP status.

        200 only when it is stored, and also for what is no update, which would be repeated for ever otherwise.
        """
        given = (secret or "").encode("utf-8", "surrogatepass")
        if not self._secret or not compare_digest(given, self._secret):
            return 401
        if len(body) > LARGEST:
            return 413
        try:
            await self._inbox.keep([body])
        except (*UNAVAILABLE, RuntimeError) as error:  # RuntimeError: we are closing
            _log.warning("an update could not be stored; Telegram will repeat it", error=str(error).splitlines()[0])
            return 503
        return 200

    # ------------------------------------------------------------------ out

    async def perform(self, task: Task) -> None:
        """Do what the effect asks for (`Port`)."""
        await self._performer.perform(task)

    async def holds(self, task: Task) -> bool:
        """Whether the account is where a grant would let it in (`Port`)."""
        return await self._performer.holds(task)

    async def obstacle(self, space: str, kind: str, target: str, say: Tongue) -> str:
        """What keeps us from letting members into a chat (`Port`)."""
        return await of_target(self._api, kind, target, say)

    async def held(self, space: str, targets: Sequence[str]) -> dict[str, set[str]] | None:
        """Telegram tells no bot who is in a chat (`Port`)."""
        return None

    async def recheck(self, space: str, users: Sequence[str]) -> None:
        """Nothing is missed here: `held` is never otherwise than we know."""

    async def way_in(self, space: str, user: str) -> str:
        """The member's own link into a chat, if one was made and they have not followed it (`Port`)."""
        return await self._admission.way_in(space, user)

    async def invitation(self, space: str, code: str, say: Tongue, link: str = "") -> Invitation:
        """A member's link into a group, or to us where there is no open group (`Port`)."""
        return await self._invitations.make(space, code, say, link)

    async def portrait(self, space: str, user: str) -> bytes | None:
        """The newest of a user's profile photos (`Port`)."""
        return await faces.portrait(self._api.bot, int(user))

    async def checks(self, space: str | None = None) -> list[Check]:
        """Look whether all is well (`Port`)."""
        trouble = self._trouble or self._fetch.trouble
        app = self._desk.app
        gated = await app.store.read(doors.behind, PLATFORM, space) if space else ()
        number = await app.store.read(members.community_of, PLATFORM, space) if space else None
        tagged = number is not None and (await app.rules_of(number)).levels.tags
        return await checks(
            self._api, webhook_url=self._webhook_url, trouble=trouble, space=space, gated=gated, tagged=tagged
        )
