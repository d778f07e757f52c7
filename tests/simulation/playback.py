"""Lets Lyceum live through a world's history in virtual time, and says how it did.

The real application on a real SQLite, through the till's own doors: webhooks are rung and stored, letters handled,
what is due reviewed at the minute, providers asked every five minutes. Nothing is waited for but the database.
"""

import heapq
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import event as listening
from sqlalchemy import select

from bot.app import App
from bot.batch import Change as Passage
from bot.batch import Outcome, Parcel
from bot.delivery import BATCH
from bot.effects import GrantAccess, RevokeAccess, Tell
from bot.events import Account, Event, MemberJoined
from bot.sales import Price
from bot.storage import gates, ledger, orders
from bot.storage.orders import Placed
from bot.storage.outbox import Task
from bot.storage.store import Connection, Store
from bot.till import Till
from bot.words import Word
from tests.conftest import Clock
from tests.fakes.ports import FakePort
from tests.simulation import truth
from tests.simulation.provider import Simulated
from tests.simulation.truth import Timeline
from tests.simulation.world import BEGIN, END, GATES, PLANS, RULES, Bell, Change, World

P = ParamSpec("P")
R = TypeVar("R")
SPACE = "sim"
MINUTE = timedelta(minutes=1)
RECONCILE = timedelta(minutes=5)
"""As in production (`bot/jobs.py`)."""
ANYWAY = 0.02
"""The share of passes made although nothing was missed, to show that they change nothing."""


class Report(Word, frozen=True):
    """How it went. Times are in seconds."""

    deliveries: int
    doubled: int
    lost: int
    deaths: int
    members: int
    true_changes: int
    true_flips: int
    """Times that a gate truly opened or closed to a member."""
    role_changes: int
    """Times that a role was given or taken on the platform."""
    performed: int
    """Times that the platform was asked to."""
    beyond: int
    """Pairs of member and gate with more role changes than true flips."""
    differing: int
    """Members whose access differs from the oracle's in the end."""
    member_time: float
    """From each member's first purchase to the end, summed up."""
    wrong_time: float
    """The part of it in which a member's roles were not those that the oracle says at that moment."""
    told_twice: int
    passes: int
    idle_news: int
    """What passes found of which nothing was missed; what the pass after the last one found."""

    @property
    def wrong_share(self) -> float:
        """Time with wrong access, as a share of member-time."""
        return self.wrong_time / self.member_time


class Near(Store):
    """A store whose every transaction is run at once, in the caller's thread: nothing else runs meanwhile."""

    async def write(self, work: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `work` in a transaction."""
        return self.transact(work, *args, **kwargs)

    async def read(self, work: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `work` in a transaction that only reads."""
        return self.look(work, *args, **kwargs)


class Direct(App):
    """Commits at once: there is nobody to wait for in virtual time."""

    async def submit(
        self,
        events: Sequence[Event],
        *,
        marks: Mapping[str, int] | None = None,
        letters: Sequence[int] = (),
        quiet: bool = False,
    ) -> Outcome:
        """Hand in events, and commit them."""
        parcel = Parcel(events=tuple(events), marks=dict(marks or {}), letters=tuple(letters), quiet=quiet)
        (outcome,) = self.handle([parcel])
        return outcome


class Server(FakePort):
    """A Discord that remembers who has which role, and since when."""

    def __init__(self, clock: Clock) -> None:
        super().__init__("discord")
        self.clock = clock
        self.roles: dict[str, set[str]] = {}
        self.lines: dict[str, Timeline] = {}
        self.changes: dict[tuple[str, str], int] = {}
        self.acts = 0
        self.told: dict[tuple[object, ...], int] = {}

    async def holds(self, task: Task) -> bool:
        """Whether the member has the role."""
        return task.target in self.roles.get(task.account.user, ())

    async def perform(self, task: Task) -> None:
        """Give or take a role; note what is said."""
        user, effect = task.account.user, task.effect
        if isinstance(effect, Tell):
            said = (user, effect.notice, effect.about, effect.until, task.key)
            self.told[said] = self.told.get(said, 0) + 1
        if not isinstance(effect, GrantAccess | RevokeAccess):
            return
        self.acts += 1
        mine = self.roles.setdefault(user, set())
        if isinstance(effect, GrantAccess) == (task.target in mine):
            return
        mine.symmetric_difference_update({task.target})
        gate = task.target.removeprefix("role:")
        self.changes[user, gate] = self.changes.get((user, gate), 0) + 1
        doors = frozenset(target.removeprefix("role:") for target in mine)
        self.lines.setdefault(user, []).append((self.clock().timestamp(), doors))


class Playback:
    """One world, one database; `every` is how often the provider is asked for what was missed, None is never."""

    def __init__(self, folder: Path, world: World, every: timedelta | None = RECONCILE) -> None:
        self.world = world
        self.every = every
        self.clock = Clock(BEGIN)
        self.provider = Simulated(self.clock)
        self.port = Server(self.clock)
        self.store = Near(f"sqlite:///{folder}/lyceum.db")
        listening.listen(self.store.engine, "connect", _carefree)
        self.store.open()
        self.chance = Random(world.seed)
        self.deaths = self.passes = self.idle_news = 0
        self._order = count()
        self._agenda: list[tuple[datetime, int, Change | Bell | str]] = []
        self._planned: set[tuple[str, datetime]] = set()
        self._busy = False
        self.till = self._live()

    # ------------------------------------------------------------------ life

    def _live(self) -> Till:
        """A process begins: everything in memory is new."""
        app = Direct(self.store, RULES, [self.port], clock=self.clock)
        app.watchers.append(self._watch)
        return Till(app, [self.provider])

    def _die(self) -> None:
        self.deaths += 1
        self.till = self._live()
        self._plan("wake", self.clock() + timedelta(seconds=self.chance.uniform(2, 300)))

    def _watch(self, passages: Sequence[Passage]) -> None:
        for passage in passages:
            self._busy = self._busy or bool(passage.effects)
            due = passage.after.membership.due_at
            if due is not None:
                self._plan("review", _next(max(due, self.clock()), MINUTE))

    def _plan(self, what: str, at: datetime) -> None:
        if (what, at) not in self._planned:
            self._planned.add((what, at))
            heapq.heappush(self._agenda, (at, next(self._order), what))

    # ------------------------------------------------------------------ the run

    async def run(self) -> Report:
        """Live through it all."""
        await self._settle_in()
        self._agenda += [(change.at, next(self._order), change) for change in self.world.changes]
        self._agenda += [(bell.at, next(self._order), bell) for bell in self.world.bells]
        heapq.heapify(self._agenda)
        while self._agenda and self._agenda[0][0] < END:
            at, _, what = heapq.heappop(self._agenda)
            self.clock.now = at
            await self._happen(what)
        self.clock.now = END
        await self._deliver()
        await self._pass()
        await self._pass(expected=0)
        self.store.close()
        return self._report()

    async def _settle_in(self) -> None:
        """Everybody is a member from the start, and every order that will be paid was placed."""

        def found(connection: Connection) -> dict[str, int]:
            community = ledger.communities(connection, [_account(0)])["discord", SPACE]
            for gate in GATES:
                gates.bind(
                    connection,
                    community=community,
                    gate=gate,
                    platform="discord",
                    space=SPACE,
                    kind="role",
                    target=gate,
                    now=BEGIN,
                )
            return {"community": community}

        community = (await self.store.write(found))["community"]
        joined = [MemberJoined(key=f"join:{n}", at=BEGIN, who=_account(n)) for n in range(self.world.members)]
        await self.till.app.submit(joined)
        await self.store.write(self._place, community)
        await self.till.reconcile(BEGIN)

    def _place(self, connection: Connection, community: int) -> None:
        query = select(ledger.ACCOUNTS.c.external, ledger.ACCOUNTS.c.member_id)
        seats: dict[str, int] = {row.external: row.member_id for row in connection.execute(query)}
        firsts = {change.order: change for change in reversed(self.world.changes)}
        for token, change in firsts.items():
            orders.place(
                connection,
                Placed(
                    token=token,
                    community=community,
                    member=seats[str(change.member)],
                    plan=change.subscription.plan,
                    provider="sim",
                    status="open",
                    price=Price(amount=PLANS[change.subscription.plan].prices["usd"], currency="usd"),
                    created_at=change.at,
                    expires_at=END,
                ),
            )

    async def _happen(self, what: Change | Bell | str) -> None:
        match what:
            case Change():
                self.provider.apply(what)
                if self.every is not None:
                    self._plan("reconcile", _next(what.at, self.every))
            case Bell():
                await self._ring(what)
            case "review":
                await self.till.review_due(self.clock())
                await self._deliver()
            case "reconcile":
                idle = not self.provider.untold
                if not idle or self.chance.random() < ANYWAY:
                    await self._pass(expected=0 if idle else None)
            case _:
                await self.till.bell.work()
                await self._deliver(anyway=True)

    async def _ring(self, bell: Bell) -> None:
        if bell.dies == "before it is stored":  # no answer: it is sent again
            self._die()
            again = self.clock() + timedelta(seconds=self.chance.uniform(60, 3600))
            live = Bell(at=again, event=bell.event, about=bell.about, since=bell.since)
            heapq.heappush(self._agenda, (again, next(self._order), live))
            return
        assert await self.till.ring("sim", *self.provider.ring(bell)) == 200
        if bell.dies == "before it is asked":
            self._die()
            return
        self.provider.dying = bell.dies == "while it is asked"
        await self.till.bell.work()
        self.provider.dying = False
        if bell.dies:
            self._die()
        else:
            await self._deliver()

    async def _pass(self, expected: int | None = None) -> None:
        done = await self.till.reconcile(self.clock(), force=True)
        self.passes += 1
        if expected is not None:
            self.idle_news += done.news + done.mended
        await self._deliver()

    async def _deliver(self, *, anyway: bool = False) -> None:
        if self._busy or anyway:
            while await self.till.app.deliver(self.clock()) >= BATCH:
                pass
            self._busy = False

    # ------------------------------------------------------------------ the account

    def _report(self) -> Report:
        lives: dict[int, list[Change]] = {}
        for change in self.world.changes:
            lives.setdefault(change.member, []).append(change)
        flips = beyond = differing = 0
        member_time = wrong_time = 0.0
        for member, changes in lives.items():
            line, real = truth.timeline(changes), self.port.lines.get(str(member), [])
            counted = truth.flips(line)
            flips += sum(counted.values())
            beyond += sum(self.port.changes.get((str(member), gate), 0) > counted.get(gate, 0) for gate in GATES)
            begin, end = changes[0].at.timestamp(), END.timestamp()
            member_time += end - begin
            wrong_time += truth.wrong(line, real, begin, end)
            differing += (line[-1][1] if line else frozenset()) != (real[-1][1] if real else frozenset())
        return Report(
            deliveries=self.world.deliveries,
            doubled=self.world.doubled,
            lost=self.world.lost,
            deaths=self.deaths,
            members=self.world.members,
            true_changes=len(self.world.changes),
            true_flips=flips,
            role_changes=sum(self.port.changes.values()),
            performed=self.port.acts,
            beyond=beyond,
            differing=differing,
            member_time=member_time,
            wrong_time=wrong_time,
            told_twice=sum(number - 1 for number in self.port.told.values()),
            passes=self.passes,
            idle_news=self.idle_news,
        )


def _account(number: int) -> Account:
    return Account(platform="discord", space=SPACE, user=str(number), name=f"Member {number}")


def _next(at: datetime, step: timedelta) -> datetime:
    """The next time on the grid, not before `at`."""
    return BEGIN + -((BEGIN - at) // step) * step


def _carefree(connection: object, record: object) -> None:
    """No power fails here: what is measured is what becomes of the news."""
    connection.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]
