"""Members' own pictures, as their platforms show them: asked for once an hour at most, and never waited for long."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from bot.delivery import Port
from bot.events import Account
from bot.storage import accounts
from bot.storage.store import Store

FRESH = timedelta(hours=1)
"""How long a picture is shown again before it is asked for anew…"""
MISSING = timedelta(minutes=10)
"""…and how long none is, where there was none to be had."""
PATIENCE = 3.0
"""Seconds a platform may take: whoever looks is waiting."""
LARGEST = 1_000_000
"""Bytes of one picture; 256 by 256 pixels take a tenth of it."""
KEPT = 500
BYTES = 20_000_000
"""Pictures kept, and bytes of all of them; those asked for longest ago go first."""

_log = structlog.get_logger()
_Key = tuple[str, str, str]


class Portraits:
    """The pictures of an application's members, kept in memory only."""

    def __init__(self, store: Store, ports: Mapping[str, Port], clock: Callable[[], datetime]) -> None:
        self._store = store
        self._ports = ports
        self._clock = clock
        self._kept: OrderedDict[_Key, tuple[bytes | None, datetime]] = OrderedDict()
        self._bytes = 0

    async def of(self, member: int, platform: str = "") -> bytes | None:
        """A member's picture on the `platform`, else on another of theirs: an image file, as the platform has it.

        None when there is none, and when no platform answers in time.
        """
        theirs = await self._store.read(accounts.of, member)
        for account in sorted(theirs, key=lambda one: one.platform != platform):
            found = await self._of(account)
            if found is not None:
                return found
        return None

    async def _of(self, account: Account) -> bytes | None:
        key, now = (account.platform, account.space, account.user), self._clock()
        known = self._kept.get(key)
        if known is not None and known[1] > now:
            self._kept.move_to_end(key)
            return known[0]
        found = await self._asked(account)
        self._keep(key, found, now + (MISSING if found is None else FRESH))
        return found

    async def _asked(self, account: Account) -> bytes | None:
        port = self._ports.get(account.platform)
        if port is None:
            return None
        try:
            async with asyncio.timeout(PATIENCE):
                found = await port.portrait(account.space, account.user)
        except Exception as error:  # noqa: BLE001 - whatever it was, there are initials to draw instead
            _log.warning("a picture could not be had", platform=account.platform, why=repr(error))
            return None
        return found if found is not None and len(found) <= LARGEST else None

    def _keep(self, key: _Key, found: bytes | None, until: datetime) -> None:
        self._let_go(key)
        self._kept[key] = found, until
        self._bytes += len(found or b"")
        while len(self._kept) > KEPT or self._bytes > BYTES:
            self._let_go(next(iter(self._kept)))

    def _let_go(self, key: _Key) -> None:
        old, _ = self._kept.pop(key, (None, None))
        self._bytes -= len(old or b"")
