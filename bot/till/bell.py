"""The bell: a provider's webhook is verified, stored under its event id, and answered when that is committed.

What it was about is asked of the provider afterwards, as often as it takes: a letter is ticked off in the transaction
of its effect.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from bot.app import App
from bot.payments import Busy, Forged, Provider, Unable
from bot.storage import inbox
from bot.storage.database import UNAVAILABLE
from bot.till import intake, trials

SOURCE = "pay:"
"""Letters of a provider are kept under this and its name."""
PAUSE = 2.0
"""Seconds until letters that could not be handled are tried again; doubled each time in vain…"""
LONGEST = 300.0
"""…up to this."""
PATIENCE = timedelta(days=3)
"""How long a letter that can't be understood is tried again."""

_log = structlog.get_logger()


class Bell:
    """Hears webhooks, and handles what they brought in a task of its own."""

    def __init__(self, app: App, providers: Mapping[str, Provider]) -> None:
        self._app = app
        self._providers = providers
        self._rung = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def ring(self, name: str, body: bytes, signature: str) -> int:
        """Take in a webhook; returns the HTTP status to answer with, when what it brought is stored for good."""
        provider = self._providers.get(name)
        if provider is None:
            return 404
        now = self._app.clock()
        try:
            news = provider.verify(body, signature, now)
        except Forged as error:
            _log.warning("a webhook was refused", provider=name, why=str(error))
            return 400
        if not news:
            return 200
        try:
            await self._app.store.write(inbox.store, f"{SOURCE}{name}", [(news, body)], now)
        except UNAVAILABLE:
            return 503
        self._rung.set()
        return 200

    async def work(self) -> int:
        """Handle the letters that wait; returns how many were handled. What is not possible now stays.

        A provider that does not answer holds up its own letters only.
        """
        return sum(await asyncio.gather(*(self._work(name, one) for name, one in list(self._providers.items()))))

    async def _work(self, name: str, provider: Provider) -> int:
        handled = after = 0
        while letters := await self._app.store.read(inbox.waiting, f"{SOURCE}{name}", after):
            for letter in letters:
                after = letter.id
                handled += await self._handle(provider, letter)
        return handled

    async def _handle(self, provider: Provider, letter: inbox.Letter) -> int:
        now = self._app.clock()
        try:
            truths = await provider.hear(letter.body, now)
        except Busy as error:
            _log.info("a provider can't be asked just now", provider=provider.name, why=str(error))
            return 0
        except Unable as error:
            _log.error("a provider refuses to say what happened", provider=provider.name, why=str(error))
            return await self._later(letter, str(error), now)
        except Exception as error:  # noqa: BLE001 - one letter that we can't read must not hold up the rest; it stays
            _log.exception("a letter could not be handled", provider=provider.name, letter=letter.external)
            return await self._later(letter, repr(error), now)
        await intake.take(self._app, truths, letters=[letter.id])
        await trials.end_repeated(self._app, self._providers, truths)
        return 1

    async def _later(self, letter: inbox.Letter, why: str, now: datetime) -> int:
        """Keep a letter for another try; after `PATIENCE` it is laid aside, and the reconciliation has to do."""
        if now - letter.received_at > PATIENCE:
            await self._app.store.write(inbox.close, [letter.id], now, f"given up: {why}")
        return 0

    async def start(self) -> None:
        """Begin to handle letters, those first that were left from the last time."""
        self._rung.set()
        self._task = asyncio.create_task(self._loop())

    async def close(self) -> None:
        """Stop; what waits is handled after the next start."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _loop(self) -> None:
        pause = PAUSE
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):  # not wait_for: before Python 3.12 it may swallow a cancellation
                    await self._rung.wait()
            rung = self._rung.is_set()
            self._rung.clear()
            try:
                handled = await self.work()
                pause = PAUSE if rung or handled else min(pause * 2, LONGEST)
            except UNAVAILABLE as error:
                _log.warning("letters wait for the database", error=str(error).splitlines()[0])
            except Exception:  # noqa: BLE001 - a mistake of ours must not end it for good
                _log.exception("letters could not be handled; they are tried again")
