"""Reconciliation: ask the providers for what was missed, look again at whom time concerns, mend what platforms lost.

A second pass changes nothing. A correction that would take something from, or give it to, more than the allowed share
of a community's members is not made: the creator is asked, and it waits until they say so (`/sync`).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from bot.app import App
from bot.delivery import HERE, GiveUp, TryAgain
from bot.engine.audit import is_mass_change
from bot.engine.membership import entitled_plans
from bot.events import Reviewed, member_account
from bot.payments import Busy, Provider, Truth, Unable
from bot.sales import newer
from bot.storage import grants, inbox, members, repair, sales
from bot.storage.repair import Difference
from bot.storage.tables import micros
from bot.till import intake, trials
from bot.words import Word

OVERLAP = timedelta(hours=1)
"""How far behind the last time a provider's list of changes is read again."""
FIRST = timedelta(days=7)
"""How far back it is read the first time."""
CHUNK = 200
HOUR = 3600
"""Seconds; renewals nothing was heard of are asked about this often, and oftener when they press."""

Where = tuple[str, str, str]
"""(platform, space, user): an account in a place."""

_log = structlog.get_logger()


class Reconciled(Word, frozen=True):
    """What a pass did: truths that were `news`, places `mended`, and communities whose correction waits.

    `held` is {community: how many members it would concern}; `unreachable` the providers that could not be asked.
    """

    news: int = 0
    mended: int = 0
    held: dict[int, int] = {}
    unreachable: tuple[str, ...] = ()


async def review_due(app: App, now: datetime) -> int:
    """Look again at everybody about whom time alone has changed something; returns how many these were."""
    told = 0
    while due := await app.store.read(sales.due, now, CHUNK):
        outcome = await app.submit(
            [
                Reviewed(key=f"due:{member}:{micros(when)}", at=now, who=member_account(community, member))
                for community, member, when in due
            ]
        )
        told += outcome.new
        if not outcome.new:
            break
    return told


class Reconciliation:
    """Asks the providers and mends the platforms."""

    def __init__(self, app: App, providers: Mapping[str, Provider]) -> None:
        self._app = app
        self._providers = providers

    async def run(self, now: datetime, *, community: int | None = None, force: bool = False) -> Reconciled:
        """One pass, over everything or one `community`.

        With `force` (its creator said so) however much that changes there; another community's is not theirs to say.
        """
        held: dict[int, int] = {}
        unreachable: list[str] = []
        news = 0
        for name, provider in self._providers.items():
            try:
                news += await self._ask(name, provider, now, held, force=force, community=community)
            except (Busy, Unable) as error:
                _log.warning("a provider could not be asked for what was missed", provider=name, why=str(error))
                unreachable.append(name)
        await review_due(self._app, now)
        absent = await self._sweep(community)
        mended = 0
        for number in [community] if community is not None else await self._app.store.read(members.communities):
            mended += await self._mend(number, now, held, absent, force=force)
        for number, concerned in held.items():
            if number != community:  # who asked for it is answered
                await self._app.store.write(repair.ask_creator, number, concerned, now)
        return Reconciled(news=news, mended=mended, held=held, unreachable=tuple(unreachable))

    async def _ask(
        self, name: str, provider: Provider, now: datetime, held: dict[int, int], *, force: bool, community: int | None
    ) -> int:
        """Read what changed since the last time, and ask after renewals nothing was heard of."""
        cursor = f"reconcile:{name}"
        last = await self._app.store.read(inbox.cursor, cursor)
        since = now - FIRST if last is None else datetime.fromtimestamp(last, now.tzinfo) - OVERLAP
        every = force or community is not None or last is None or last // HOUR != int(now.timestamp()) // HOUR
        truths = [truth async for truth in self._truths(name, provider, since, now, every=every)]
        taken, waits = await self._bearable(truths, now, force=force, agreed=community)
        held.update(waits)
        news = 0
        for start in range(0, len(taken), CHUNK):
            outcome, _ = await intake.take(self._app, taken[start : start + CHUNK])
            news += outcome.new
        await trials.end_repeated(self._app, self._providers, taken)
        if not waits and community is None:
            await self._app.store.write(inbox.set_cursor, cursor, int(now.timestamp()))
        return news

    async def _truths(
        self, name: str, provider: Provider, since: datetime, now: datetime, *, every: bool
    ) -> AsyncIterator[Truth]:
        async for truth in provider.changed(since, now):
            yield truth
        for one in await self._app.store.read(sales.unheard, name, now, every=every):
            try:
                known = await provider.fetch(one.subscription)
            except Unable as error:
                _log.warning("a provider says nothing of a subscription", of=one.subscription.id, why=str(error))
                continue
            if known is not None:
                yield known

    async def _bearable(
        self, truths: Sequence[Truth], now: datetime, *, force: bool, agreed: int | None
    ) -> tuple[list[Truth], dict[int, int]]:
        """The truths that may be taken in; and for communities where too many would lose something, how many.

        Of these only what takes something waits: a renewal among them is taken in. With `force` nothing waits in the
        community that `agreed`, or anywhere when none is named.
        """
        known = await self._app.store.read(sales.by_id, [truth.subscription.id for truth in truths])
        rules = {number: await self._app.rules_of(number) for number in {row.community for row in known.values()}}
        losing: dict[int, dict[str, int]] = {}
        for truth in truths:
            row = known.get(truth.subscription.id)
            if row is None or (force and agreed in (None, row.community)):
                continue
            before = entitled_plans([row.subscription], now, rules[row.community])
            later = newer(row.subscription, truth.subscription)
            if before and not entitled_plans([later], now, rules[row.community]):
                losing.setdefault(row.community, {})[truth.subscription.id] = row.member
        many = {number: set(who.values()) for number, who in losing.items()}
        waits = {number: len(who) for number, who in many.items() if await self._too_many(number, len(who))}
        waiting = {one for number in waits for one in losing[number]}
        return [truth for truth in truths if truth.subscription.id not in waiting], waits

    async def _sweep(self, community: int | None) -> set[Where]:
        """Ask the platforms who has what, and look again at whoever is without something that we gave, or came back.

        Returns the accounts of which a platform says that they are not there: they can't be let in.
        """
        given = await self._app.store.read(grants.given, community)
        away = await self._app.store.read(grants.away, community)
        back: dict[tuple[str, str], set[str]] = {}
        for place in given.keys() | away.keys():
            try:
                found = await self._look(*place, given.get(place, []), away.get(place, set()))
            except (GiveUp, TryAgain) as error:
                _log.warning("a platform could not say who has what", place=place, why=str(error))
            else:
                back |= {} if found is None else {place: found}
        still = await self._app.store.read(grants.away, community)
        return {(*place, user) for place, here in back.items() for user in still.get(place, set()) - here}

    async def _look(self, platform: str, space: str, given: list[tuple[str, str]], away: set[str]) -> set[str] | None:
        """Compare one space with what the platform tells; returns who of those `away` is back. None: it can't tell."""
        port = self._app.ports.get(platform)
        asked = {target for target, _ in given} | ({HERE} if away else set())
        held = await port.held(space, sorted(asked)) if port is not None else None
        if port is None or held is None:
            return None
        here = held.get(HERE)
        back = away & (here or set())
        lost = back | {user for target, user in given if user not in held.get(target, {user})}
        if lost:
            await port.recheck(space, sorted(lost))
        return None if away and here is None else back

    async def _mend(
        self, community: int, now: datetime, held: dict[int, int], absent: set[Where], *, force: bool
    ) -> int:
        told = await self.differences(community)
        found = [one for one in told if (one.platform, one.space, one.user) not in absent or one.kind == "extra"]
        concerned = {one.member for one in found}
        if not force and await self._too_many(community, len(concerned)):
            held[community] = max(held.get(community, 0), len(concerned))
            return 0
        return await self._app.store.write(repair.mend, community, found, now, f"reconcile:{micros(now)}")

    async def differences(self, community: int) -> list[Difference]:
        """What the register of grants, and the platforms as far as they tell, say otherwise than the engine does."""
        return await self._app.store.read(repair.differences, community)

    async def _too_many(self, community: int, concerned: int) -> bool:
        rules = await self._app.rules_of(community)
        everybody = await self._app.store.read(members.count, community)
        return is_mass_change(concerned, everybody, rules)
