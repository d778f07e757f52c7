"""The application: the shell around the engine.

Events in by the batch, one transaction each, effects out through the outbox.

`handle` is the whole path, synchronous, in the writer's thread. Adapters `offer` events (durable within
`DELAY`) or `submit` them and wait for the commit. The writer alone owns the hot states: no other thread or
process touches them.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar
from uuid import uuid4

import structlog
from prometheus_client import Counter, Gauge, Histogram

from bot.answering import Answerer, Retrieval
from bot.batch import Batch, Change, Hot, Outcome, Parcel
from bot.delivery import Delivery, Port
from bot.engine.rules import Plan, Rules
from bot.events import Account, Event, Reviewed, member_account
from bot.pictures.studio import Studio
from bot.portraits import Portraits
from bot.storage import ledger, members, merge, plans, privacy, recount, rulebook
from bot.storage.database import UNAVAILABLE
from bot.storage.members import Profile
from bot.storage.merge import Became
from bot.storage.ranks import Ranks
from bot.storage.recount import Drawer, Told
from bot.storage.rulebook import Draft
from bot.storage.shifts import Effects
from bot.storage.store import Connection, Store
from bot.training import Freshness
from bot.words import replace

GROUP = 8_000
"""Events in one transaction at most: a batch is closed at so many…"""
DELAY = 0.1
"""…or this many seconds after its first, whichever comes first."""
BREATH = 32
"""Events that may be offered one by one until the writer, if it is at work, is given way to."""
ROOM = 50_000
"""Events that may wait in memory before adapters are asked to wait (`room`). Awards are never dropped."""
HOT = 200_000
"""States kept in memory."""
TICK = 1.0
"""Seconds between two looks into the outbox when nothing calls for one."""
LAST_TRIES = 10
"""Tries for a batch while closing. It was not acknowledged: cursors, offsets and the inbox bring it again."""
RECOUNTS = 3
"""Times that a community is counted anew because it changed meanwhile; then it is counted in the writer's thread."""
RETRY = (0.1, 0.5, 1.0, 2.0, 5.0)
"""Seconds until an unavailable database is tried again; the last one is repeated."""

EVENTS = Counter("lyceum_events_total", "Events handled, by what became of them", ["outcome"])
COMMITS = Histogram("lyceum_commit_seconds", "Time of one batch's transaction")
WAITING = Gauge("lyceum_events_waiting", "Events that wait in memory for their transaction")

_log = structlog.get_logger()
V = TypeVar("V")
P = ParamSpec("P")


class Contents(Protocol):
    """Whoever knows what a nudge is to say that needs more than the member's state."""

    async def fill(self, what: str, community: int, member: int, now: datetime) -> Mapping[str, int | str] | None:
        """What stands in the words of a nudge that needs `what`; None when there is nothing to say.

        For 'recommended' the `title`, the `reason` in the member's own language and the `item`'s number as text; for
        'digest' the `lines`, in that language.
        """


class RulesChangedError(Exception):
    """The rules are not those any more that a change of them was tried on."""


def count(outcomes: Sequence[Outcome]) -> None:
    """Show outcomes in /metrics."""
    for name in Outcome.__struct_fields__:
        number = sum([getattr(outcome, name) for outcome in outcomes])
        if number:
            EVENTS.labels(name).inc(number)


def _tell(batch: Sequence[tuple[Parcel, asyncio.Future[Outcome] | None]], error: Exception) -> None:
    for _, future in batch:
        if future is not None and not future.done():
            future.set_exception(error)


class App:
    """One Lyceum: a store, the rules, the ports of its platforms, and the clock that says what time it is."""

    def __init__(
        self,
        store: Store,
        rules: Rules,
        ports: Iterable[Port] = (),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),  # noqa: TID251 - the edge
        studio: Studio | None = None,
    ) -> None:
        self.store = store
        self.rules = rules
        self.clock = clock
        self.studio = studio or Studio(apart=False)
        """Where pictures are drawn."""
        self.ports: dict[str, Port] = {port.platform: port for port in ports}
        self.delivery = Delivery(store, self.ports, clock, lambda: self.rules)
        self.portraits = Portraits(store, self.ports, clock)
        """Members' own pictures."""
        self.ranks = Ranks(clock)
        """Who stands where in large communities."""
        self.estimates = Freshness(store)
        """Who is likely to leave, and what kind of member each is, when somebody asks."""
        self.answerer: Answerer = Retrieval()
        """Who says what answers a question, of the passages that were found."""
        self.contents: Contents | None = None
        """Who fills in what is recommended, and the week's digest; without it these nudges have nothing to say."""
        self.watchers: list[Callable[[Sequence[Change]], None]] = []
        self.hurried = False
        """Whether events don't wait for others to be committed with: where time is put forward by hand."""
        self.heeded_roles = frozenset(one.role for one in rules.multipliers if one.role)
        """The roles that the rules of any community speak of: adapters name these of a message's author."""
        self.trouble = ""
        """Why nothing can be stored at the moment; '' when all is well."""
        self._hot = Hot(HOT)
        self._turns = 0
        """How often members became others: what was counted before does not hold any more."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[tuple[Parcel, asyncio.Future[Outcome] | None]] = []
        self._offered: list[Event] = []
        """What was offered since: the next parcel, with the cursors in `_marks`."""
        self._marks: dict[str, int] = {}
        self._backlog = 0
        """Events in all of these."""
        self._news = asyncio.Event()
        self._full = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._due = asyncio.Event()
        self._delivering = asyncio.Lock()
        self._closing = False
        self._tasks: list[asyncio.Task[None]] = []

    # ------------------------------------------------------------------ life

    def join(self, port: Port) -> None:
        """Make a platform known; its effects are delivered from now on."""
        self.ports[port.platform] = port

    async def start(self) -> None:
        """Begin to commit and to deliver."""
        self._loop = asyncio.get_running_loop()
        await self._heed()
        self._tasks = [asyncio.create_task(self._commit_loop()), asyncio.create_task(self._deliver_loop())]

    async def _heed(self) -> None:
        self.heeded_roles = await self.store.read(rulebook.heeded_roles, self.rules)

    async def close(self) -> None:
        """Commit what waits, let the deliveries under way end, and stop. Nothing that was offered is lost."""
        self._closing = True
        self._news.set()
        self._full.set()
        self._due.set()
        for task in self._tasks:
            await task
        self._tasks = []
        await self.studio.close()

    # ------------------------------------------------------------------ in

    def offer(self, *events: Event, marks: Mapping[str, int] | None = None) -> None:
        """Hand in events without waiting; they are durable within `DELAY` and a transaction."""
        self._refuse_if_closing()
        self._offered += events
        if marks:
            known = self._marks
            for name, value in marks.items():
                if value >= known.get(name, value):
                    known[name] = value
        if len(self._offered) >= GROUP:
            self._gather()
        elif len(self._offered) % BREATH == BREATH - 1:
            self.store.give_way()
        self._came(len(events))

    async def submit(
        self,
        events: Sequence[Event],
        *,
        marks: Mapping[str, int] | None = None,
        letters: Sequence[int] = (),
        quiet: bool = False,
    ) -> Outcome:
        """Hand in events and wait until they are committed, with cursors and letters in the same transaction."""
        await self.room()
        self._refuse_if_closing()
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        parcel = Parcel(events=tuple(events), marks=dict(marks or {}), letters=tuple(letters), quiet=quiet)
        self._gather()
        self._waiting.append((parcel, future))
        self._came(len(events))
        return await future

    @property
    def full(self) -> bool:
        """Whether there is no room for more events in memory at the moment."""
        return not self._drained.is_set()

    async def caught_up(self) -> None:
        """Wait until what was handed in before is committed, so that whoever asks now is told of it."""
        if self._waiting or self._offered:
            await self.submit(())

    async def room(self) -> None:
        """Wait until there is room for more events in memory."""
        await self._drained.wait()

    def _refuse_if_closing(self) -> None:
        if self._closing:
            raise RuntimeError("Lyceum is closing: nothing more is taken in")

    def _gather(self) -> None:
        """Make a parcel of what was offered one by one."""
        if self._offered or self._marks:
            self._waiting.append((Parcel(events=tuple(self._offered), marks=self._marks), None))
            self._offered, self._marks = [], {}

    def _came(self, events: int) -> None:
        self._backlog += events
        self._news.set()
        if self._backlog >= GROUP:
            self._full.set()
            if self._backlog >= ROOM:
                self._drained.clear()

    async def _commit_loop(self) -> None:
        while True:
            await self._news.wait()
            if self._backlog < GROUP and not self._closing:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._full.wait(), 0 if self.hurried else DELAY)
            batch = self._take()
            if batch:
                WAITING.set(self._backlog)
                await self._commit(batch)
            elif self._closing:
                return

    def _take(self) -> list[tuple[Parcel, asyncio.Future[Outcome] | None]]:
        self._gather()
        size = count = 0
        for parcel, _ in self._waiting:
            if size and size + len(parcel.events) > GROUP:
                break
            size += len(parcel.events)
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        self._backlog -= size
        if not self._waiting and not self._closing:
            self._news.clear()
        if self._backlog < GROUP and not self._closing:
            self._full.clear()
        if self._backlog < ROOM:
            self._drained.set()
        return batch

    async def _commit(self, batch: Sequence[tuple[Parcel, asyncio.Future[Outcome] | None]]) -> None:
        parcels = [parcel for parcel, _ in batch]
        attempt = 0
        outcomes: list[Outcome] | None = None
        while outcomes is None:
            try:
                outcomes = await self.store.in_writer(self.handle, parcels)
            except UNAVAILABLE as error:
                self.trouble = str(error).splitlines()[0]
                if self._closing and attempt >= LAST_TRIES:
                    _log.error("closing without the last batch: it comes again after the start", error=self.trouble)
                    _tell(batch, error)
                    return
                _log.warning("the database is unavailable; the batch waits", error=self.trouble)
                await asyncio.sleep(RETRY[min(attempt, len(RETRY) - 1)])
                attempt += 1
            except Exception as error:  # noqa: BLE001 - whatever it was, whoever waits must be told
                _tell(batch, error)
                _log.exception("a batch could not be handled")
                return
        self.trouble = ""
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if future is not None and not future.done():
                future.set_result(outcome)

    # ------------------------------------------------------------------ the one transaction

    def handle(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        """Take in a batch: dedupe, find out whom it is about, fold `decide` over it, store everything, commit.

        Runs in the writer's thread. Raises what the database raises, having changed nothing; an event that
        breaks a policy is set aside and the rest goes on.
        """
        try:
            return self._transaction(parcels)
        except UNAVAILABLE:
            raise
        except Exception as error:  # noqa: BLE001 - one bad event must not hold up the rest
            broken = error
        if len(parcels) == 1 and len(parcels[0].events) <= 1:
            return [self._set_aside(parcels[0], broken)]
        _log.warning("a batch broke; its halves are taken by themselves", error=repr(broken))
        if len(parcels) == 1:
            return [self._halves(parcels[0])]
        half = len(parcels) // 2
        return [*self.handle(parcels[:half]), *self.handle(parcels[half:])]

    def _halves(self, parcel: Parcel) -> Outcome:
        """Cursors and letters go with the second half: they must not be ahead of the events."""
        half = len(parcel.events) // 2
        (first,) = self.handle([Parcel(events=parcel.events[:half], quiet=parcel.quiet)])
        (second,) = self.handle([replace(parcel, events=parcel.events[half:])])
        sums = {name: getattr(first, name) + getattr(second, name) for name in Outcome.__struct_fields__}
        return Outcome(**sums)

    def _set_aside(self, parcel: Parcel, error: Exception) -> Outcome:
        now = self.clock()
        keys = [event.key for event in parcel.events]
        _log.error("an event broke a policy and was set aside", keys=keys, exc_info=error)
        with self.store.engine.begin() as connection:
            for event in parcel.events:
                ledger.set_aside(connection, event, type(error).__name__, now)
            ledger.mark(connection, parcel.marks)
            ledger.acknowledge(connection, parcel.letters, now)
        outcome = Outcome(poisoned=len(parcel.events))
        count([outcome])
        return outcome

    def _transaction(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        now = self.clock()
        with COMMITS.time(), self.store.engine.begin() as connection:
            batch = Batch(connection, self._hot, self.rules, watched=bool(self.watchers))
            outcomes = batch.take(parcels)
            urgent = batch.store(parcels, now)
        batch.publish()
        count(outcomes)
        if urgent and self._loop is not None:
            self._loop.call_soon_threadsafe(self._due.set)
        self._show(batch.changes)
        return outcomes

    def _show(self, changes: Sequence[Change]) -> None:
        for watch in self.watchers:
            try:
                watch(changes)
            except Exception:  # noqa: BLE001 - what is stored stays stored, whoever could not look at it
                _log.exception("a watcher failed")

    # ------------------------------------------------------------------ out

    async def _deliver_loop(self) -> None:
        while not self._closing:
            try:
                busy = await self.deliver(self.clock())
            except UNAVAILABLE as error:
                _log.warning("the outbox can't be read; it waits", error=str(error).splitlines()[0])
                busy = 0
            except Exception:  # noqa: BLE001 - a mistake of ours must not end all delivery for good
                _log.exception("delivery failed; it is tried again")
                busy = 0
            if not busy:
                self._due.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._due.wait(), TICK)

    async def deliver(self, now: datetime) -> int:
        """Perform what is due at `now`, and return how many tasks there were. `start` does this by itself.

        What is under way already is waited for: afterwards nothing that was due is half done.
        """
        async with self._delivering:
            return await self.delivery.deliver(now)

    # ------------------------------------------------------------------ the rules of a community

    async def rules_of(self, community: int) -> Rules:
        """The rules a community plays by: those of the file, with its own plans."""
        found = self._hot.rules.get(community)
        return found if found is not None else await self.store.read(rulebook.rules, self.rules, community)

    async def amend(self, community: int, plan: Plan) -> int:
        """Make or change a community's plan, and look again at everybody it concerns; returns how many these are."""
        await self.store.in_writer(self._amend, community, plan)
        return await self.review(community, f"plan:{plan.name}")

    def _amend(self, community: int, plan: Plan) -> None:
        self.store.transact(plans.put, community, plan)
        self._hot.rules.pop(community, None)

    async def preview_rules(
        self, community: int, changes: Mapping[str, Any], *, instead: bool = False, told: Told | None = None
    ) -> tuple[Draft, Effects]:
        """What `amend_rules` would do: the rules there would be, and for whom they change what. Nothing is stored.

        Raises ValueError that names the key and what is wrong with it.
        """
        draft = await self.store.read(rulebook.draft, self.rules, community, changes, instead=instead)
        return draft, await recount.fold(self.store, community, draft.rules, told=told)

    async def amend_rules(
        self,
        community: int,
        changes: Mapping[str, Any],
        *,
        what: str,
        by: str,
        instead: bool = False,
        after: int | None = None,
        told: Told | None = None,
    ) -> Effects:
        """Change a community's rules for good and count everybody anew, in one transaction; `undo_rules` takes it back.

        `changes` are tables as in the rules file ({"earn": {"message": {"points": 10}}}), laid over what the community
        changed before, or (`instead`) all that is its own from now on. Lists (gates, badges, multipliers) are given
        whole. `what` says the change in a line, `by` is who made it. With `after`, the number of the last change
        (`Draft.page`), it is made only if there was none since: RulesChangedError. Raises ValueError that names the
        key and what is wrong with it; nothing is changed then.
        """

        def find(connection: Connection) -> Draft:
            return rulebook.draft(connection, self.rules, community, changes, instead=instead)

        def write(connection: Connection, draft: Draft) -> str:
            now = self.clock()
            return f"rules:{rulebook.write(connection, community, draft.own, what=what, by=by, now=now)}"

        return await self._switch(community, find, write, after, told)

    async def preview_undo(self, community: int, *, told: Told | None = None) -> Effects:
        """What `undo_rules` would do. Nothing is stored. Raises what that raises."""
        draft = await self.store.read(rulebook.without_last, self.rules, community)
        return await recount.fold(self.store, community, draft.rules, told=told)

    async def undo_rules(self, community: int, *, after: int | None = None, told: Told | None = None) -> Effects:
        """Take the last change of a community's rules back, and count everybody anew, in one transaction.

        Raises LookupError when there is none, ValueError when what was before does not fit the rules file any more.
        """

        def write(connection: Connection, draft: Draft) -> str:
            rulebook.undo(connection, draft.undoes, self.clock())
            return f"rules:{draft.undoes}:undone"

        def find(connection: Connection) -> Draft:
            return rulebook.without_last(connection, self.rules, community)

        return await self._switch(community, find, write, after, told)

    async def recount(self, community: int, told: Told | None = None) -> Effects:
        """Count everybody anew under the rules as they are: after the rules file was changed."""

        def find(connection: Connection) -> Draft:
            return rulebook.as_they_are(connection, self.rules, community)

        def write(*_: object) -> str:
            return f"recount:{uuid4().hex}"

        return await self._switch(community, find, write, None, told)

    async def _switch(
        self,
        community: int,
        find: Callable[[Connection], Draft],
        write: Callable[[Connection, Draft], str],
        after: int | None,
        told: Told | None,
    ) -> Effects:
        """Count in a reader's thread, then store in the writer's; again where the community changed meanwhile."""
        for attempt in range(RECOUNTS):
            turns, draft = self._turns, await self.store.read(find)
            if after is not None and draft.page != after:
                break
            with Drawer() as drawer:
                await recount.fold(self.store, community, draft.rules, drawer, told)
                last = attempt == RECOUNTS - 1
                work = partial(self._store_recount, community, find, write, draft, drawer, turns, last)
                effects: Effects | None = await self.store.in_writer(self._rewrite, work)
            if effects is not None:
                await self._heed()
                return effects
        raise RulesChangedError

    def _store_recount(
        self,
        community: int,
        find: Callable[[Connection], Draft],
        write: Callable[[Connection, Draft], str],
        draft: Draft,
        drawer: Drawer,
        turns: int,
        last: bool,
        connection: Connection,
    ) -> Effects | None:
        """Store what was counted; None where it does not fit any more, and nothing is stored."""
        if find(connection) != draft or (turns != self._turns and not last):
            return None
        if turns != self._turns:
            recount.fold_now(connection, community, draft.rules, drawer)
        tagged = rulebook.rules(connection, self.rules, community).levels.tags
        why, now = write(connection, draft), self.clock()
        return recount.put(connection, community, draft.rules, drawer, why=why, now=now, tagged=tagged)

    def _rewrite(self, work: Callable[[Connection], V]) -> V:
        done = self.store.transact(work)
        self._turns += 1
        self._hot.clear()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._due.set)
        return done

    async def review(self, community: int, why: str) -> int:
        """Look again at what everybody who bought something, or to whom something is open, may now."""
        now, after, told = self.clock(), 0, 0
        while concerned := await self.store.read(plans.concerned, community, after, GROUP):
            events = [
                Reviewed(key=f"review:{why}:{member}:{uuid4().hex}", at=now, who=member_account(community, member))
                for member in concerned
            ]
            told += (await self.submit(events)).new
            after = concerned[-1]
        return told

    # ------------------------------------------------------------------ people

    async def profile(self, account: Account) -> Profile:
        """Who an account is here; one not seen before becomes a member.

        Raises LookupError when its community is unknown (a private chat with somebody who is in none).
        """
        return await self.store.write(members.profile, account)

    async def forget(self, community: int, member: int, now: datetime) -> None:
        """Erase everything personal about a member, for good (see `bot/storage/privacy.py`)."""
        await self.store.in_writer(self._forget, community, member, now)

    def _forget(self, community: int, member: int, now: datetime) -> None:
        self.store.transact(privacy.erase, community, member, now)
        self._turns += 1
        self._hot.forget(member)

    async def merge(self, keep: int, other: int) -> None:
        """Make one member of two of the same community (see `bot/storage/merge.py`)."""

        def work(connection: Connection) -> Became:
            merge.merge(connection, keep, other, self.rules, self.clock())
            return Became(members={other: keep})

        await self.rework(work)

    async def rework(self, work: Callable[Concatenate[Connection, P], V], *args: P.args, **kwargs: P.kwargs) -> V:
        """Run what makes members others in the writer's thread, in a transaction; then nothing in memory is believed.

        When it answers with a `Became`, news under way about who is gone is news about who they are now.
        """
        return await self.store.in_writer(self._rework, lambda connection: work(connection, *args, **kwargs))

    def _rework(self, work: Callable[[Connection], V]) -> V:
        done = self.store.transact(work)
        self._turns += 1
        if isinstance(done, Became):
            self._hot.rename(done)
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._due.set)
        return done
