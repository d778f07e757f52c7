"""What answers updates, and in which order: one user's in one chat one after the other, different ones side by side."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from telegram.error import TelegramError

from bot.adapters.telegram.api import FloodError, passing
from bot.adapters.telegram.wire import Update

TRIES = 4
PAUSE = 2.0
"""Seconds between two tries when Telegram can't be reached."""
R = TypeVar("R")
Lane = tuple[int, int]
"""(chat, user): answers to one user in one chat come in order."""


class Listener(Protocol):
    """Answers some updates. `lane` says which ones, `answer` does it; answering again must do no harm."""

    def lane(self, update: Update) -> Lane | None:
        """Whose turn an update is; None for one that it does not answer."""

    async def answer(self, update: Update) -> None:
        """Answer an update that has a lane. Raises what Telegram raises when it can't be told."""


async def insist(call: Callable[[], Awaitable[R]]) -> R:
    """Make a call, and try again when it failed for a reason that passes. Raises the last error."""
    for _ in range(TRIES - 1):
        try:
            return await call()
        except TelegramError as error:
            if not passing(error):
                raise
            await asyncio.sleep(error.after if isinstance(error, FloodError) else PAUSE)
    return await call()
