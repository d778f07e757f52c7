"""Short ways to do and to see on Telegram what a journey needs."""

from typing import Any

from tests.fakes.telegram import FakeTelegram
from tests.journeys.street import Street


def words(message: dict[str, Any]) -> str:
    """The text of a message."""
    return str(message.get("text") or message.get("caption") or "")


def keys(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The buttons under a message."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [key for row in rows for key in row]


def link(message: dict[str, Any]) -> str:
    """Where the only button that opens something leads."""
    (url,) = [key["url"] for key in keys(message) if "url" in key]
    return str(url)


class Chat:
    """A user in a chat with the bot, their own or a group: what they write and press there, and what is said."""

    def __init__(self, street: Street, telegram: FakeTelegram, user: int, chat: int = 0) -> None:
        self.street, self.telegram, self.user, self.chat = street, telegram, user, chat or user
        self._heard = 0

    async def says(self, text: str) -> dict[str, Any]:
        """Write to the bot; returns its answer, or what it says in private where it can't answer in the group."""
        before = len(self.telegram.sent)
        self.telegram.say(self.user, self.chat, text)
        return await self._answer(before)

    async def presses(self, message: dict[str, Any], label: str) -> dict[str, Any]:
        """Press a button; returns the answer: the same message, if it changed."""
        before, was = len(self.telegram.sent), words(message)
        self.telegram.press(self.user, message, label)
        place = message["chat"]["id"], message["message_id"]
        await self.telegram.until(
            lambda: len(self.telegram.sent) > before or words(self.telegram.messages[place]) != was
        )
        await self.street.settled()
        return self.telegram.messages[place] if words(self.telegram.messages[place]) != was else self.telegram.sent[-1]

    async def _answer(self, before: int) -> dict[str, Any]:
        await self.street.settled()
        found = [one for one in self.telegram.sent[before:] if one["chat"]["id"] in (self.user, self.chat)]
        assert found, f"no answer, but {[words(one) for one in self.telegram.sent[before:]]}"
        return found[0]

    async def why(self) -> list[str]:
        """The lines of /why."""
        text = words(await self.says("/why"))
        return [line.removeprefix("• ") for line in text.splitlines() if line.startswith("• ")]

    def told(self) -> list[str]:
        """What the bot has said in the chat since the last time."""
        fresh = [words(one) for one in self.telegram.sent[self._heard :] if one["chat"]["id"] == self.chat]
        self._heard = len(self.telegram.sent)
        return fresh
