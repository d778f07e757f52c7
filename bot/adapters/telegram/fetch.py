"""Long polling: updates are fetched, stored, and only then confirmed, which the next request's offset does."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from telegram.error import Conflict, InvalidToken, TelegramError

from bot.adapters.telegram.api import Api, FloodError
from bot.i18n import N_
from bot.storage.database import UNAVAILABLE

BACKOFF = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds until the next try when Telegram can't be reached; the last one is repeated."""

CONFLICT = N_(
    "Somebody else fetches this bot's updates: stop the other program, or take its webhook away, "
    "or get a new token from @BotFather."
)
REVOKED = N_("Telegram no longer takes the token: set LYCEUM_TELEGRAM_TOKEN to the one that @BotFather shows.")
UNREACHABLE = N_("Telegram can't be reached: look at the network and LYCEUM_TELEGRAM_API_URL.")
NOT_STORED = N_("The database can't be written: updates wait at Telegram, for a day at most.")

_log = structlog.get_logger()
Keep = Callable[[Sequence[bytes]], Awaitable[int]]


class Fetch:
    """The loop. `trouble` is what keeps it from fetching, in words to translate; '' when all is well."""

    def __init__(self, api: Api, keep: Keep) -> None:
        self.trouble = ""
        self._api = api
        self._keep = keep
        self._stop = asyncio.Event()
        self._offset = 0

    async def run(self) -> None:
        """Fetch until stopped. Errors are reported once, and tried again."""
        failed = 0
        while not self._stop.is_set():
            wait = await self._once(failed)
            failed = failed + 1 if wait else 0
            if wait:
                await self._rest(wait)

    def stop(self) -> None:
        """End after what is under way."""
        self._stop.set()

    async def _once(self, failed: int) -> float:
        """One request; returns seconds to rest before the next one."""
        wait = BACKOFF[min(failed, len(BACKOFF) - 1)]
        try:
            bodies = await self._unless_stopped(self._api.updates(self._offset))
            if bodies:
                last = await self._keep(bodies)
                self._offset = max(self._offset, last + 1)
                if last < 0:
                    raise ValueError("no update has a number")
        except Conflict as error:
            self._report(CONFLICT, error)
        except InvalidToken as error:
            self._report(REVOKED, error)
        except FloodError as error:
            return error.after
        except UNAVAILABLE as error:
            self._report(NOT_STORED, error)
        except (TelegramError, ValueError, KeyError, TypeError) as error:
            self._report(UNREACHABLE, error)
        else:
            if self.trouble:
                _log.info("updates are fetched again")
            self.trouble = ""
            return 0.0
        return wait

    def _report(self, trouble: str, error: Exception) -> None:
        if trouble != self.trouble:
            _log.warning("no updates are fetched", todo=trouble, why=str(error).splitlines()[0] if str(error) else "")
        self.trouble = trouble

    async def _unless_stopped(self, request: Awaitable[list[bytes]]) -> list[bytes]:
        task, stopped = asyncio.ensure_future(request), asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            if not task.done():
                task.cancel()
        if task.cancelled() or not task.done():
            return []
        return task.result()

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return
