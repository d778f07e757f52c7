"""The methods of the Bot API that the bot calls, on the users and groups of `telegram_world.py`.

Those of doors are in `telegram_doors.py`, those of money in `telegram_stars.py`.
"""

from typing import Any

from tests.fakes.telegram_doors import Doors
from tests.fakes.telegram_faults import FaultError, bad
from tests.fakes.telegram_html import ParseError, parse, units
from tests.fakes.telegram_stars import Stars

Json = dict[str, Any]
TEXT, CAPTION = 4096, 1024


class Methods(Doors, Stars):
    """Called with checked parameters; return what the Bot API returns."""

    def __init__(self) -> None:
        super().__init__()
        self.webhook: Json = {}
        self.menus: dict[tuple[str, str], list[Json]] = {}
        self.photos: dict[int, dict[int, bytes]] = {}
        """Users' profile photos, {user: {pixels: file}}, the smallest size first."""
        self.pressed: dict[str, Json] = {}
        """What was answered to presses, by their ids."""

    async def getMe(self) -> Json:  # noqa: N802 - the Bot API's name, as all below
        return self.me

    async def setWebhook(self, url: str, **options: Any) -> bool:  # noqa: N802
        self.webhook = {"url": url, **options}
        if options.get("allowed_updates"):
            self.allowed = set(options["allowed_updates"])
        return True

    async def deleteWebhook(self, **options: Any) -> bool:  # noqa: N802
        self.webhook = {}
        if options.get("drop_pending_updates"):
            self.updates.clear()
        return True

    async def getWebhookInfo(self) -> Json:  # noqa: N802
        info: Json = {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates),
            "allowed_updates": sorted(self.allowed or ()),
        }
        if "last_error" in self.webhook:
            info |= {"last_error_date": self.now, "last_error_message": self.webhook["last_error"]}
        return info

    async def getMyCommands(self, scope: Json | None = None, language_code: str = "") -> list[Json]:  # noqa: N802
        return self.menus.get(((scope or {"type": "default"})["type"], language_code), [])

    async def setMyCommands(  # noqa: N802
        self, commands: list[Json], scope: Json | None = None, language_code: str = ""
    ) -> bool:
        if len(commands) > 100:
            raise FaultError(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        for one in commands:
            name, about = one["command"], one["description"]
            if not (1 <= len(name) <= 32 and name.replace("_", "a").isalnum() and name.isascii() and name.islower()):
                raise FaultError(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= units(about) <= 256:
                raise FaultError(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        self.menus[(scope or {"type": "default"})["type"], language_code] = commands
        return True

    # ------------------------------------------------------------------ pictures

    async def getUserProfilePhotos(self, user_id: int, offset: int = 0, limit: int = 100) -> Json:  # noqa: N802
        if user_id not in self.users:
            raise bad("user not found")
        sizes = self.photos.get(user_id, {})
        shown = [
            {"file_id": f"{user_id}.{side}", "file_unique_id": f"{user_id}.{side}", "width": side, "height": side}
            for side in sizes
        ]
        return {"total_count": bool(shown), "photos": [shown][offset : offset + limit] if shown else []}

    async def getFile(self, file_id: str) -> Json:  # noqa: N802
        user, side = map(int, file_id.split("."))
        path = f"photos/{file_id}.jpg"
        self.files[path] = self.photos[user][side]
        return {"file_id": file_id, "file_unique_id": file_id, "file_path": path}

    # ------------------------------------------------------------------ messages

    async def sendMessage(self, chat_id: int, text: str, **options: Any) -> Json:  # noqa: N802
        return self._sent(chat_id, options, **self._words(text, options, TEXT))

    async def sendPhoto(self, chat_id: int, photo: str, caption: str = "", **options: Any) -> Json:  # noqa: N802
        size = {"file_id": photo, "file_unique_id": photo, "width": 800, "height": 300}
        return self._sent(chat_id, options, photo=[size], **self._words(caption, options, CAPTION, "caption"))

    async def sendDocument(self, chat_id: int, document: str, caption: str = "", **options: Any) -> Json:  # noqa: N802
        file = {"file_id": document, "file_unique_id": document, "file_name": document.removeprefix("attach://")}
        return self._sent(chat_id, options, document=file, **self._words(caption, options, CAPTION, "caption"))

    async def sendChatAction(self, chat_id: int, action: str, **options: Any) -> bool:  # noqa: N802
        self._reach(chat_id, options)
        return True

    async def editMessageText(self, text: str, chat_id: int, message_id: int, **options: Any) -> Json:  # noqa: N802
        old = self._editable(chat_id, message_id)
        if "text" not in old:
            raise FaultError(400, "Bad Request: there is no text in the message to edit")
        return self._edited(old, options, **self._words(text, options, TEXT))

    async def editMessageMedia(self, media: Json, chat_id: int, message_id: int, **options: Any) -> Json:  # noqa: N802
        old = self._editable(chat_id, message_id)
        size = {"file_id": media["media"], "file_unique_id": "u", "width": 800, "height": 300}
        words = self._words(media.get("caption") or "", media, CAPTION, "caption")
        return self._edited(old, options, photo=[size], **words)

    async def answerCallbackQuery(self, callback_query_id: str, **options: Any) -> bool:  # noqa: N802
        if callback_query_id not in self.presses:
            raise FaultError(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        if units(options.get("text") or "") > 200:
            raise FaultError(400, "Bad Request: MESSAGE_TOO_LONG")
        self.presses.discard(callback_query_id)
        self.pressed[callback_query_id] = options
        return True

    def _words(self, html: str, options: Json, limit: int, field: str = "text") -> Json:
        try:
            text, entities = parse(html) if options.get("parse_mode") == "HTML" else (html, [])
        except ParseError as error:
            self.faults.append(f"can't parse entities: {error} in {html!r}")
            raise FaultError(400, f"Bad Request: can't parse entities: {error}") from error
        if units(text) > limit:
            self.faults.append(f"too long: {units(text)}")
            raise FaultError(400, f"Bad Request: {'message' if field == 'text' else 'caption'} is too long")
        if not text.strip() and field == "text":
            self.faults.append("empty")
            raise FaultError(400, "Bad Request: message text is empty")
        if not text:
            return {}
        return {field: text, **({"entities" if field == "text" else "caption_entities": entities} if entities else {})}

    def _markup(self, options: Json) -> Json:
        markup = options.get("reply_markup")
        if not markup or "inline_keyboard" not in markup:
            return {}
        for button in (button for row in markup["inline_keyboard"] for button in row):
            data = button.get("callback_data")
            if data is not None and not 1 <= len(data.encode()) <= 64:
                raise FaultError(400, "Bad Request: BUTTON_DATA_INVALID")
            if not button["text"] or not (data or button.get("url")):
                raise FaultError(400, "Bad Request: inline keyboard button text is empty or has no type")
        rows = [[{k: v for k, v in one.items() if v is not None} for one in row] for row in markup["inline_keyboard"]]
        return {"reply_markup": {"inline_keyboard": rows}}

    def _reach(self, chat: int, options: Json) -> None:
        if chat in self.moved:
            description = "Bad Request: group chat was upgraded to a supergroup chat"
            raise FaultError(400, description, migrate_to_chat_id=self.moved[chat])
        if chat not in self.chats:
            raise FaultError(400, "Bad Request: chat not found")
        if chat > 0 and chat in self.blocked:
            raise FaultError(403, "Forbidden: bot was blocked by the user")
        if chat > 0 and not self.reachable(chat):
            raise FaultError(403, "Forbidden: bot can't initiate conversation with a user")
        if chat < 0 and not self.inside(chat, self.me["id"]):
            raise FaultError(403, "Forbidden: bot was kicked from the supergroup chat")
        topic = options.get("message_thread_id")
        if topic and (chat, topic) not in self.topics:
            raise FaultError(400, "Bad Request: message thread not found")

    def _sent(self, chat: int, options: Json, **content: Any) -> Json:
        self._reach(chat, options)
        replied = (options.get("reply_parameters") or {}).get("message_id")
        message = self.message(chat, self.me, topic=options.get("message_thread_id") or 0, reply_to=replied or 0)
        return self.keep({**message, **content, **self._markup(options)})

    def _editable(self, chat: int, number: int) -> Json:
        self._reach(chat, {})
        old = self.messages.get((chat, number))
        if old is None:
            raise FaultError(400, "Bad Request: message to edit not found")
        if old["from"]["id"] != self.me["id"]:
            raise FaultError(400, "Bad Request: message can't be edited")
        return old

    def _edited(self, old: Json, options: Json, **content: Any) -> Json:
        gone = ("text", "entities", "caption", "caption_entities", "photo", "reply_markup", "edit_date")
        new = {**{k: v for k, v in old.items() if k not in gone}, **content, **self._markup(options)}
        if new == {k: v for k, v in old.items() if k != "edit_date"}:
            raise FaultError(400, "Bad Request: message is not modified: specified new message content is the same")
        return self.keep({**new, "edit_date": self.now})

    # ------------------------------------------------------------------ members

    async def getChat(self, chat_id: int) -> Json:  # noqa: N802
        self._reach(chat_id, {})
        return {**self.chats[chat_id], "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": _GIFTS}


_GIFTS = {
    "unlimited_gifts": True,
    "limited_gifts": True,
    "unique_gifts": True,
    "premium_subscription": True,
    "gifts_from_channels": True,
}
