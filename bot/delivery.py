"""Delivery: effects leave the outbox in order of urgency, each performed by the adapter of its platform.

An adapter's `perform` returns when the effect is done, raises `TryAgain` for what will pass (429, 5xx, no network) and
`GiveUp` for what somebody has to mend (403, 404); the words of the error are shown to the creator by /doctor.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from prometheus_client import Counter

from bot import sight
from bot.doctor import Check
from bot.effects import Announce, GrantAccess, Relay, RevokeAccess, Tell
from bot.engine.reminders import still_so
from bot.engine.rules import Rules
from bot.i18n import Tongue
from bot.storage import boards, members, nudges, nudging, outbox, relays
from bot.storage.grants import OURS, Status
from bot.storage.outbox import Task
from bot.storage.store import Connection, Store
from bot.words import Word, replace

LEASE = timedelta(seconds=90)
PATIENCE = 60.0
"""Seconds a single task may take before it is cut off and tried again; less than the lease."""
BATCH = 100
CAP = 10_000
"""How many tasks may wait before the oldest nudges are dropped."""
BACKOFF = (2.0, 10.0, 60.0, 300.0, 1800.0)
"""Seconds until the next attempt, when the platform does not say; the last one is repeated."""
AT_ONCE = 8
"""Tasks under way at the same time."""

DELIVERED = Counter(
    "lyceum_effects_total", "Effects taken from the outbox, by platform and outcome", ["platform", "outcome"]
)

_log = structlog.get_logger()


class TryAgain(Exception):  # noqa: N818 - the name says what to do
    """It did not work now; try again `after` seconds, or when the back-off says.

    `too_fast`: the platform says that we write too much; nudges, of which none is urgent, stop for as long there.
    """

    def __init__(self, why: str, after: float | None = None, *, too_fast: bool = False) -> None:
        super().__init__(why)
        self.after = after
        self.too_fast = too_fast


class GiveUp(Exception):  # noqa: N818 - the name says what to do
    """It will not work until somebody acts; the message says who must do what.

    `away`: the account is not there (it left, or never came); what it may is given when it comes. `closed`: the member
    takes nothing from us in this place, which is not tried again for nudges.
    """

    def __init__(self, why: str, *, away: bool = False, closed: bool = False) -> None:
        super().__init__(why)
        self.away = away
        self.closed = closed


class Invitation(Word, frozen=True):
    """A link by which members bring others into a space; whether the platform tells who came by it."""

    link: str
    counted: bool = True


HERE = "here"
"""What `Port.held` may be asked for besides targets: who is in the space at all."""


class Port(Protocol):
    """A platform, seen from the application."""

    platform: str

    async def perform(self, task: Task) -> None:
        """Do what `task.effect` asks for. Doing it twice must do no harm: a lease may run out just after it worked."""

    async def holds(self, task: Task) -> bool:
        """Whether the account has what a `GrantAccess` would give it, whoever gave it. Raises as `perform` does."""

    async def obstacle(self, space: str, kind: str, target: str, say: Tongue) -> str:
        """What keeps us from giving what is to stand behind a gate, and what to do about it, in the words of `say`.

        '' when nothing does, or the platform can't tell beforehand.
        """

    async def held(self, space: str, targets: Sequence[str]) -> dict[str, set[str]] | None:
        """The users who have each of the `kind:id` targets (or are `HERE`) now, whoever gave it; one gone is left out.

        None when the platform can't tell, or not for little.
        """

    async def recheck(self, space: str, users: Sequence[str]) -> None:
        """Look again at what these users have of us, as if there were news about each (some of it was missed).

        Who came back is told to the application, who was put out by a human is left so.
        """

    async def way_in(self, space: str, user: str) -> str:
        """A link by which somebody who is not in the `space` comes in, for them alone.

        `user` is their id there, or any name for somebody without an account there (`telegram:7`): whoever asks twice
        gets the same link. '' when they are in already, or it is not possible.
        """

    async def invitation(self, space: str, code: str, say: Tongue, link: str = "") -> Invitation:
        """A link for good by which anybody comes into the space: `link` if that is good still, else a new one.

        It may bear the `code`. Who comes by it is told to `storage/referrals.py`. Raises GiveUp, in the words of `say`,
        when somebody must act, and TryAgain when the platform does not answer.
        """

    async def portrait(self, space: str, user: str) -> bytes | None:
        """A user's own picture as an image file, about 256 pixels wide; None when there is none.

        May raise whatever the platform's client raises: `bot/portraits.py` is whom to ask.
        """

    async def checks(self, space: str | None = None) -> list[Check]:
        """Look whether everything the platform must allow is allowed: the token, rights, switches.

        In one `space` or in general.

        Works before the adapter is started, too, as far as the platform answers.
        """


class _ObsoleteError(Exception):
    """What was to be done, or said, is not so any more."""


def _lets_in(task: Task) -> bool:
    return isinstance(task.effect, GrantAccess)


def _still_so(connection: Connection, member: int, tell: Tell, now: datetime) -> bool:
    state = members.state(connection, member)
    return state is not None and still_so(tell, state.membership.subscriptions, now)


class Delivery:
    """Moves tasks from the outbox to the ports. `deliver` is the whole of it."""

    def __init__(
        self,
        store: Store,
        ports: Mapping[str, Port],
        clock: Callable[[], datetime],
        rules: Callable[[], Rules] = Rules,
    ) -> None:
        self._store = store
        self._ports = ports
        self._clock = clock
        self._rules = rules

    async def deliver(self, now: datetime) -> int:
        """Claim what is due at `now` and perform it. Returns how many tasks were claimed."""
        if not self._ports:
            return 0
        tasks = await self._store.write(self._claim, now)
        if not tasks:
            return 0
        gate = asyncio.Semaphore(AT_ONCE)
        lanes: dict[tuple[str, str, str], list[Task]] = {}
        for task in tasks:
            lanes.setdefault((task.account.platform, task.account.user, task.target), []).append(task)
        urgent = sorted(lanes.values(), key=lambda lane: min(task.effect.PRIORITY for task in lane))
        await asyncio.gather(*(self._lane(lane, gate) for lane in urgent))
        return len(tasks)

    def _claim(self, connection: Connection, now: datetime) -> list[Task]:
        dropped = outbox.shed(connection, now, CAP)
        if dropped:
            _log.warning("nudges dropped", count=dropped, cap=CAP)
        return outbox.claim(connection, now, list(self._ports), BATCH, LEASE)

    async def _lane(self, lane: list[Task], gate: asyncio.Semaphore) -> None:
        for task in lane:
            async with gate:
                await self._attempt(task)

    async def _attempt(self, task: Task) -> None:
        try:
            grant = await asyncio.wait_for(self._do(task), PATIENCE)
        except _ObsoleteError:
            await self._settle(task, "obsolete", "obsolete")
        except GiveUp as error:
            refused: Status | None = ("away" if error.away else "blocked") if _lets_in(task) else None
            await self._settle(task, f"failed: {error}", "failed", refused, str(error), closed=error.closed)
        except TryAgain as error:
            await self._later(task, str(error), error.after, known=True, too_fast=error.too_fast)
        except TimeoutError:
            await self._later(task, "the platform did not answer", None)
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not stop the queue; it is kept for /doctor
            _log.exception("an effect broke its adapter", key=task.key, platform=task.account.platform)
            await self._later(task, f"{type(error).__name__}: {error}", None)
        else:
            await self._settle(task, "done", "done", grant)

    async def _do(self, task: Task) -> Status | None:
        """Perform a task; returns how it stands with the grant it was about, if it was about one."""
        port = self._ports[task.account.platform]
        if isinstance(task.effect, Tell) and not await self._store.read(
            _still_so, task.member, task.effect, self._clock()
        ):
            raise _ObsoleteError
        if nudging.number(task):
            kept_back: str = await self._store.write(nudging.begin, self._rules(), task, self._clock())
            if kept_back:
                raise _ObsoleteError
        if isinstance(task.effect, Relay):
            task = await self._filled(task, task.effect)
        if isinstance(task.effect, Announce) and task.effect.more:
            task = replace(task, effect=await self._store.read(boards.named, task.effect))
        if not _lets_in(task):
            await port.perform(task)
            return "gone" if isinstance(task.effect, RevokeAccess) else None
        if await port.holds(task):
            return "granted" if task.grant in OURS else "found"
        if not await self._store.write(outbox.begin, task, self._clock()):
            raise _ObsoleteError
        await port.perform(task)
        return "granted"

    async def _filled(self, task: Task, relay: Relay) -> Task:
        """The task with what was written in its words; raises _ObsoleteError when it is not to be said any more.

        Raises TryAgain while the member does not want to hear of it.
        """
        now = self._clock()
        held = await self._store.read(relays.held, self._rules(), task, now)
        if held is not None and held.until is not None:
            raise TryAgain(held.why, after=(held.until - now).total_seconds())
        spot = await self._store.read(relays.place, task)
        unseen = spot and not await sight.seeing(self._store, self._ports, task.community, [task.member], spot)
        if held is not None or unseen:
            raise _ObsoleteError
        filled = await self._store.read(relays.filled, task.community, task.member, relay, now)
        if filled is None:
            raise _ObsoleteError
        return replace(task, effect=filled)

    async def _settle(
        self, task: Task, outcome: str, label: str, grant: Status | None = None, why: str = "", *, closed: bool = False
    ) -> None:
        DELIVERED.labels(task.account.platform, label).inc()
        if label == "failed":
            _log.warning("effect given up", key=task.key, why=outcome)

        def finish(connection: Connection) -> None:
            now = self._clock()
            outbox.finish(connection, task, now, outcome, grant, why)
            if nudging.number(task) and label == "done":
                nudging.arrived(connection, task, now)
            elif nudging.number(task) and label == "failed":
                nudging.refused(connection, task, now, why, closed=closed)
            elif label != "done":
                relays.unheard(connection, task, why, now, closed=closed)

        await self._store.write(finish)

    async def _later(
        self, task: Task, why: str, after: float | None, *, known: bool = False, too_fast: bool = False
    ) -> None:
        """Try again later. It is `known` that nothing arrived, or the platform did not say."""
        DELIVERED.labels(task.account.platform, "retried").inc()
        wait = after if after is not None else BACKOFF[min(task.attempts, len(BACKOFF)) - 1]

        def postpone(connection: Connection) -> None:
            until = self._clock() + timedelta(seconds=wait)
            outbox.postpone(connection, task.id, until, why)
            if nudging.number(task) and known:
                nudging.put_off(connection, task)
            if nudging.number(task) and too_fast:
                nudges.stop(connection, task.account.platform, until)

        await self._store.write(postpone)
