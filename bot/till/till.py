"""`Till`: selling, intake, bell and reconciliation behind one door, for the commands, the web and the jobs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from bot.app import App
from bot.batch import Outcome
from bot.engine.membership import Phase, phase
from bot.engine.rules import Plan
from bot.events import Event, SubscriptionChanged, member_account
from bot.payments import Ability, Clockwork, Invoice, Provider, Truth, Unable
from bot.sales import Payment, Price, Subscription, gift_id, months_later
from bot.storage import orders, sales
from bot.storage.members import Profile
from bot.till import intake, trials
from bot.till.bell import Bell
from bot.till.counter import Counter
from bot.till.market import Market
from bot.till.reconcile import Reconciled, Reconciliation, review_due
from bot.words import replace

OURS = ("comp", "gift", "import", "free", "shop")
"""Subscriptions that no provider keeps: they are as we say."""

_log = structlog.get_logger()


class Till:
    """Where memberships are sold and reckoned up. A new provider is an entry in `providers`."""

    def __init__(self, app: App, providers: Iterable[Provider] = ()) -> None:
        self.app = app
        self.providers: dict[str, Provider] = {provider.name: provider for provider in providers}
        self.counter = Counter(app, self.providers)
        self.bell = Bell(app, self.providers)
        self.market = Market(app, self.providers)
        self.reconciliation = Reconciliation(app, self.providers)

    def join(self, provider: Provider) -> None:
        """Take in one more provider."""
        self.providers[provider.name] = provider

    async def start(self) -> None:
        """Begin to handle webhooks."""
        await self.bell.start()

    async def close(self) -> None:
        """Stop; nothing that was answered is lost."""
        await self.bell.close()

    # ------------------------------------------------------------------ what providers say

    async def ring(self, provider: str, body: bytes, signature: str) -> int:
        """A webhook came; returns the HTTP status to answer with."""
        return await self.bell.ring(provider, body, signature)

    async def take(self, truths: Sequence[Truth], *, letters: Sequence[int] = (), quiet: bool = False) -> Outcome:
        """Take in what providers say; the same again changes nothing."""
        outcome, _ = await intake.take(self.app, truths, letters=letters, quiet=quiet)
        await trials.end_repeated(self.app, self.providers, truths)
        return outcome

    async def reconcile(self, now: datetime, *, community: int | None = None, force: bool = False) -> Reconciled:
        """Ask the providers for what was missed and mend what the platforms lost (see `reconcile.py`)."""
        return await self.reconciliation.run(now, community=community, force=force)

    async def tick(self, now: datetime) -> int:
        """Let time pass for providers that are their own bank; returns how many subscriptions it changed."""
        changed = 0
        for provider in self.providers.values():
            if isinstance(provider, Clockwork):
                truths = await provider.tick(now)
                await self.take(truths)
                changed += len(truths)
        return changed

    async def next_tick(self) -> datetime | None:
        """When time changes something there next."""
        moments = [await one.next_tick() for one in self.providers.values() if isinstance(one, Clockwork)]
        return min((moment for moment in moments if moment is not None), default=None)

    async def review_due(self, now: datetime) -> int:
        """Look again at everybody about whom time alone has changed something."""
        return await review_due(self.app, now)

    # ------------------------------------------------------------------ what members and creators ask for

    def can(self, one: Subscription, ability: Ability) -> bool:
        """Whether the subscription's provider can do this."""
        provider = self.providers.get(one.provider)
        return provider is not None and ability in provider.can

    def _provider(self, one: Subscription) -> Provider:
        try:
            return self.providers[one.provider]
        except KeyError as error:
            raise Unable(f"{one.provider} is not set up here, so its subscriptions can't be changed") from error

    async def cancel(self, one: Subscription, *, now: bool = False) -> None:
        """Let a subscription end at the date it is paid to, or `now`."""
        if one.provider in OURS:
            at = self.app.clock()
            await self._decree(replace(one, status="ended", until=at, as_of=at) if now else replace(one, renews=False))
            return
        await self.take([await self._provider(one).cancel(one, now=now)])

    async def keep(self, one: Subscription) -> None:
        """Undo a cancellation."""
        await self.take([await self._provider(one).keep(one)])

    async def pause(self, one: Subscription) -> None:
        """No charges and no access until it is resumed."""
        await self.take([await self._provider(one).pause(one)])

    async def resume(self, one: Subscription) -> None:
        """End a pause."""
        await self.take([await self._provider(one).resume(one)])

    async def change(self, one: Subscription, plan: Plan, price: Price) -> None:
        """Another plan from now on."""
        await self.take([await self._provider(one).change(one, plan, price)])

    async def refund(self, one: Subscription, payment: Payment, *, ends: bool) -> None:
        """Give a payment back, and with `ends` end the subscription, too."""
        await self.take([await self._provider(one).refund(one, payment, ends=ends)])

    async def portal(self, me: Profile) -> list[tuple[str, str]]:
        """(provider, address) of the pages where a member sees and changes card and invoices."""
        found: list[tuple[str, str]] = []
        for name, provider in self.providers.items():
            customer = await self.app.store.read(orders.customer, name, me.member)
            if customer and "portal" in provider.can:
                found.append((name, await provider.portal(customer)))
        return found

    async def invoices(self, me: Profile, limit: int = 5) -> list[Invoice]:
        """A member's latest bills, newest first."""
        found: list[Invoice] = []
        for name, provider in self.providers.items():
            mine = tuple(one for one in me.state.membership.subscriptions if one.provider == name)
            customer = await self.app.store.read(orders.customer, name, me.member)
            if (customer or mine) and "invoices" in provider.can:
                found += await provider.invoices(mine, customer, limit)
        return sorted(found, key=lambda one: one.at, reverse=True)[:limit]

    # ------------------------------------------------------------------ what the creator gives

    async def give(
        self, community: int, member: int, plan: Plan, until: datetime | None, *, kind: str = "comp"
    ) -> None:
        """Give a plan for nothing, to a time or for ever."""
        now = self.app.clock()
        one = Subscription(
            id=f"{kind}:{uuid4().hex}", plan=plan.name, status="active", since=now, as_of=now, until=until
        )
        await self._tell(community, member, one)

    async def enter(self, me: Profile, plan: Plan) -> None:
        """A plan that costs nothing is the member's at once; taken again it is the same one."""
        now = self.app.clock()
        one = Subscription(
            id=f"free:{me.community}:{me.member}:{plan.name}",
            plan=plan.name,
            status="active",
            since=now,
            as_of=now,
            until=plan.until(now),
        )
        await self._tell(me.community, me.member, one)

    async def redeem(self, token: str, community: int, member: int, plan: Plan, after: datetime | None = None) -> bool:
        """A gift that was paid by order `token` becomes the member's; False when it is somebody's already.

        Its time counts from the end of what they have, `after`.
        """
        now = self.app.clock()
        begins = now if after is None else max(after, now)
        until = months_later(begins, plan.months) if plan.months else plan.until(begins)
        one = Subscription(id=gift_id(token), plan=plan.name, status="active", since=now, as_of=now, until=until)
        # of two who redeem it at once one is first: what has a key that is known changes nothing
        given = replace(_changed(community, member, one), key=f"{one.id}:given")
        return (await self.app.submit([given])).new == 1

    async def extend(self, community: int, days: int, held: Mapping[str, sales.Held]) -> int:
        """Put days on top of what is paid; returns for how many. What renews is charged when it is due all the same."""
        now, rules = self.app.clock(), await self.app.rules_of(community)
        events: list[Event] = []
        for row in held.values():
            one = row.subscription
            running = phase(one, now, rules) in (Phase.ACTIVE, Phase.CANCELLED, Phase.TRIALING)
            if running and one.until is not None and not one.renews and one.provider in OURS:
                longer = replace(one, until=one.until + timedelta(days=days), as_of=now)
                events.append(_changed(row.community, row.member, longer))
            elif running and one.until is not None:
                extra = Subscription(
                    id=f"comp:{uuid4().hex}",
                    plan=one.plan,
                    status="active",
                    since=now,
                    as_of=now,
                    until=one.until + timedelta(days=days),
                )
                events.append(_changed(row.community, row.member, extra))
        return (await self.app.submit(events, quiet=True)).new

    async def _decree(self, one: Subscription) -> None:
        held = (await self.app.store.read(sales.by_id, [one.id])).get(one.id)
        if held is not None:
            await self._tell(held.community, held.member, replace(one, as_of=self.app.clock()))

    async def _tell(self, community: int, member: int, one: Subscription) -> None:
        await self.app.submit([_changed(community, member, one)])


def _changed(community: int, member: int, one: Subscription) -> SubscriptionChanged:
    return SubscriptionChanged(
        key=f"{one.id}:{uuid4().hex}", at=one.as_of, who=member_account(community, member), subscription=one
    )
