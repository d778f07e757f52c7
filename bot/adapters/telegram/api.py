"""Calls to the Bot API: python-telegram-bot's client, paced, with errors that say what to do.

`Api.send` is the one door by which messages go out.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar
from urllib.parse import urlencode

import msgspec
from telegram import (
    Bot,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaPhoto,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, NetworkError, TelegramError
from telegram.request import HTTPXRequest

from bot.adapters.telegram.pace import Pace
from bot.adapters.telegram.render import Keys, Page
from bot.adapters.telegram.wire import ALLOWED, unpack

LONG = 30
"""Seconds that a request for updates waits for some."""
MOST = 100
"""Updates to a request."""
KEPT = frozenset({"document", "video", "audio", "voice", "animation", "photo"})
"""Kinds of files that Telegram has and sends again by their id."""
R = TypeVar("R")


class FloodError(TelegramError):
    """Too many messages: leave the chat alone for `after` seconds."""

    def __init__(self, after: float) -> None:
        super().__init__(f"Telegram asks to wait {after:g} seconds")
        self.after = after


class _Parameters(msgspec.Struct):
    retry_after: float = 5.0


class _TooMany(msgspec.Struct):
    parameters: _Parameters = msgspec.field(default_factory=_Parameters)


class _Client(HTTPXRequest):
    """The library's HTTP client, with an error of our own for 429: its own warns at every construction."""

    async def do_request(self, *args: object, **kwargs: object) -> tuple[int, bytes]:
        code, payload = await super().do_request(*args, **kwargs)  # type: ignore[arg-type]
        if code == 429:
            try:
                after = msgspec.json.decode(payload, type=_TooMany).parameters.retry_after
            except msgspec.DecodeError:
                after = _Parameters().retry_after
            raise FloodError(after)
        return code, payload


class Target(msgspec.Struct, frozen=True):
    """Where a message goes: a chat, a topic in it, and the message it answers."""

    chat: int
    topic: int = 0
    reply_to: int = 0

    @property
    def group(self) -> bool:
        """Whether more than one person reads it."""
        return self.chat < 0


def target(channel: str) -> Target:
    """The channel `-100123` or `-100123/45`. Raises ValueError for anything else."""
    chat, _, topic = channel.partition("/")
    # The General topic has the number 1 and must not be named.
    return Target(chat=int(chat), topic=0 if topic in ("", "1") else int(topic))


class Api:
    """The Bot API with a token. Usable before and without `open`."""

    def __init__(self, token: str, api_url: str) -> None:
        base = api_url.rstrip("/")
        self.bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=_Client(connection_pool_size=32, read_timeout=20, pool_timeout=20),
            get_updates_request=_Client(connection_pool_size=1),
        )
        self.pace = Pace()
        self._fetch = _Client(connection_pool_size=2, read_timeout=LONG + 10, pool_timeout=LONG)
        self._updates = f"{base}/bot{token}/getUpdates?"

    async def close(self) -> None:
        """Let go of the connections."""
        await self.bot.shutdown()
        await self.bot.request.shutdown()
        await self._fetch.shutdown()

    async def updates(self, offset: int) -> list[bytes]:
        """The updates from `offset` on, as they came; those before are confirmed. Waits for some for half a minute."""
        query = {"offset": offset, "limit": MOST, "timeout": LONG, "allowed_updates": _json(list(ALLOWED))}
        return unpack(await self._fetch.retrieve(self._updates + urlencode(query)))

    async def send(
        self,
        to: Target,
        page: Page,
        *,
        force_reply: bool = False,
        patience: float = float("inf"),
    ) -> int:
        """Send a page when it is its turn; returns the message's id.

        Raises FloodError if its turn is later than in `patience` seconds.
        """
        markup = ForceReply(selective=to.group) if force_reply else _markup(page.keys)
        options = {
            "message_thread_id": to.topic or None,
            "reply_parameters": ReplyParameters(to.reply_to, allow_sending_without_reply=True) if to.reply_to else None,
            "reply_markup": markup,
            "parse_mode": ParseMode.HTML,
            "protect_content": page.protect or None,
        }

        async def go() -> int:
            bot, chat = self.bot, to.chat
            kind, _, kept = page.kept.partition(":")
            if kept and kind in KEPT:
                again: Callable[..., Awaitable[Message]] = getattr(bot, f"send_{kind}")
                sent = await again(chat, kept, caption=page.html or None, **options)
            elif page.photo is not None:
                photo = InputFile(page.photo.data, filename=page.photo.name)
                sent = await bot.send_photo(chat, photo, caption=page.html or None, **options)  # type: ignore[arg-type]
            elif page.file is not None:
                file = InputFile(page.file.data, filename=page.file.name)
                sent = await bot.send_document(chat, file, caption=page.html or None, **options)  # type: ignore[arg-type]
            else:
                preview = LinkPreviewOptions(is_disabled=True)
                sent = await bot.send_message(chat, page.html, link_preview_options=preview, **options)  # type: ignore[arg-type]
            return sent.message_id

        return await self.paced(to.chat, go, patience)

    async def edit(self, chat: int, message: int, page: Page, *, was_photo: bool) -> bool:
        """Put a page in the place of a message. False when that can't be done: a text can't take a picture's place."""
        markup = _markup(page.keys)

        async def go() -> bool:
            if page.photo is not None:
                media = InputMediaPhoto(
                    page.photo.data, caption=page.html, parse_mode=ParseMode.HTML, filename=page.photo.name
                )
                await self.bot.edit_message_media(media, chat, message, reply_markup=markup)
            else:
                await self.bot.edit_message_text(
                    page.html,
                    chat,
                    message,
                    parse_mode=ParseMode.HTML,
                    reply_markup=markup,
                    link_preview_options=LinkPreviewOptions(is_disabled=True),
                )
            return True

        if page.file is not None or page.kept or page.protect or (was_photo and page.photo is None):
            return False
        try:
            return await self.paced(chat, go)
        except BadRequest as error:
            if "not modified" in error.message.lower():
                return True
            if "can't be edited" in error.message.lower() or "not found" in error.message.lower():
                return False
            raise

    async def paced(self, chat: int, call: Callable[[], Awaitable[R]], patience: float = float("inf")) -> R:
        """Make a call that writes to `chat` when it is its turn, and remember if Telegram wants us to wait."""
        wait = self.pace.turn(chat, monotonic(), patience)
        if wait > patience:
            raise FloodError(wait)
        if wait > 0:
            await asyncio.sleep(wait)
        try:
            return await call()
        except FloodError as flood:
            self.pace.hold(chat, monotonic() + flood.after)
            raise


def passing(error: TelegramError) -> bool:
    """Whether it may work next time: no network, no answer, a mistake of Telegram's own, too many messages."""
    return isinstance(error, FloodError) or (isinstance(error, NetworkError) and not isinstance(error, BadRequest))


def moved(error: TelegramError) -> str | None:
    """The new id of a group that became a supergroup."""
    return str(error.new_chat_id) if isinstance(error, ChatMigrated) else None


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _markup(keys: Keys) -> InlineKeyboardMarkup | None:
    if not keys:
        return None
    rows = [
        [
            InlineKeyboardButton(
                key.label, url=key.url or None, callback_data=key.data or None, style=key.style or None
            )
            for key in row
        ]
        for row in keys
    ]
    return InlineKeyboardMarkup(rows)
