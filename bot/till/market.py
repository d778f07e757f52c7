"""The shop for coins: paying first, then handing over; what can't be handed over is paid back.

A purchase has a token, and everything it leads to is named by it: bought twice with one token it is bought once, and
what was paid for when the process ended is handed over by `deliver`, once. Whether the coins were there is decided when
it is handed over, and never again: no change of the rules takes a purchase back, or gives its coins back.
"""

from asyncio import Lock
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Literal
from weakref import WeakValueDictionary

import structlog

from bot.app import App
from bot.engine.membership import OPEN, phase
from bot.engine.purse import coins
from bot.engine.rules import Plan, Rules
from bot.events import ItemBought, ItemReturned, SubscriptionChanged, member_account
from bot.payments import Busy, Provider, Unable
from bot.sales import Price, Subscription
from bot.state import MemberState
from bot.storage import coupons, market, members, sales
from bot.storage.coupons import Coupon
from bot.storage.market import PREFIX, Item, Purchase
from bot.words import Word, replace

Why = Literal["no_item", "sold_out", "enough", "have_it", "coins", "returned", "no_membership", "no_plan", "unable"]
"""Why something can't be bought."""
GOOD_FOR = timedelta(days=90)
"""How long a coupon from the shop may be redeemed."""
LOOKED_BACK = timedelta(days=7)
"""For how long it is tried to hand over what was paid for."""
A_MONTH = 30
NOTHING = Price(amount=0, currency="usd")

_log = structlog.get_logger()


class Sold(Word, frozen=True):
    """What became of a purchase: the coupon's `code`, or `until` when it is theirs (None: for ever); `left` coins."""

    item: Item
    code: str = ""
    until: datetime | None = None
    off: Price | None = None
    left: int = 0


class Unsold(Exception):  # noqa: N818 - what it is
    """It can't be bought; `n` is how many coins are missing, or how many each may have."""

    def __init__(self, why: Why, n: int = 0, about: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.n = n
        self.about = about


class Market:
    """The shop of every community."""

    def __init__(self, app: App, providers: Mapping[str, Provider]) -> None:
        self.app = app
        self._providers = providers
        self._turns: WeakValueDictionary[int, Lock] = WeakValueDictionary()

    def _turn(self, member: int) -> Lock:
        """What a member buys is handed over one after the other: days go on top of the days bought before."""
        return self._turns.setdefault(member, Lock())

    async def buy(self, community: int, member: int, name: str, token: str) -> Sold:
        """Pay for an item and hand it over. Raises Unsold, and then nothing was paid."""
        async with self._turn(member):
            item = await self.app.store.read(market.find, community, name)
            if item is None or item.archived:
                raise Unsold("no_item")
            held = await self._pay(community, member, item, f"{PREFIX}{token}")
            try:
                sold = await self._taken(community, held, item) or await self._hand_over(community, held, item)
            except (Busy, Unable, Unsold) as error:
                await self._return(community, held)
                if isinstance(error, Unsold):
                    raise
                raise Unsold("unable", about=str(error)) from error
            return replace(sold, left=await self._coins(community, member))

    async def _pay(self, community: int, member: int, item: Item, key: str) -> Purchase:
        """The purchase with this key, made now unless it was before. Raises Unsold."""
        read = self.app.store.read
        mine = await read(market.purchases, community, item=item.name, member=member)
        if all(one.key != key for one in mine):
            now = self.app.clock()
            await self._check(community, member, item, now)
            who = member_account(community, member)
            bought = ItemBought(key=key, at=now, who=who, item=item.name, price=item.price)
            if not (await self.app.submit([bought])).new:
                raise Unsold("returned")
            mine = await read(market.purchases, community, item=item.name, member=member)
        held = next((one for one in mine if one.key == key), None)
        if held is None:
            raise Unsold("no_item")
        return held

    async def deliver(self, now: datetime) -> int:
        """Hand over what was paid for lately and is not theirs yet; returns how many purchases that were.

        What can't be handed over is paid back; a provider that is busy is asked again the next time.
        """
        done = 0
        for community in await self.app.store.read(members.communities):
            items = {one.name: one for one in await self.app.store.read(market.of_community, community)}
            for held in await self.app.store.read(market.purchases, community, since=now - LOOKED_BACK):
                item = items.get(held.item)
                if item is not None:
                    done += await self._deliver(community, held, item)
        return done

    async def _deliver(self, community: int, held: Purchase, item: Item) -> bool:
        async with self._turn(held.member):
            if await self._taken(community, held, item) is not None:
                return False
            try:
                await self._hand_over(community, held, item)
            except (Busy, Unable, Unsold) as error:
                _log.warning("what was bought could not be handed over", purchase=held.key, why=str(error))
                if not isinstance(error, Busy):
                    await self._return(community, held)
                return False
            return True

    # ------------------------------------------------------------------ the steps

    async def _check(self, community: int, member: int, item: Item, now: datetime) -> None:
        rules = await self.app.rules_of(community)
        if item.kind == "plan" and rules.plan(item.plan) is None:
            raise Unsold("no_plan", about=item.plan)
        if item.kind == "credit" and await self._credited(community, member, now, rules) is None:
            raise Unsold("no_membership")
        if item.kind in ("role", "plan") and await self._for_ever(member, item, now, rules):
            raise Unsold("have_it")
        others = await self.app.store.read(market.purchases, community, item=item.name)
        if item.stock and len(others) >= item.stock:
            raise Unsold("sold_out")
        if item.each and sum(one.member == member for one in others) >= item.each:
            raise Unsold("enough", item.each)
        missing = item.price - await self._coins(community, member)
        if missing > 0:
            raise Unsold("coins", missing)

    async def _coins(self, community: int, member: int) -> int:
        state = await self.app.store.read(members.state, member) or MemberState()
        return coins(state, await self.app.rules_of(community))

    async def _overdrawn(self, community: int, held: Purchase) -> int:
        """How many coins were not there for a purchase; those for which more was bought later do not count."""
        mine = await self.app.store.read(market.purchases, community, member=held.member)
        later = sum(one.price for one in mine[mine.index(held) + 1 :]) if held in mine else 0
        return max(-(await self._coins(community, held.member) + later), 0)

    async def _return(self, community: int, held: Purchase) -> None:
        who = member_account(community, held.member)
        await self.app.submit([ItemReturned(key=f"{held.key}:returned", at=self.app.clock(), who=who, of=held.key)])

    async def _taken(self, community: int, held: Purchase, item: Item) -> Sold | None:
        """What became of a purchase that was handed over already."""
        if item.kind == "coupon":
            coupon = await self.app.store.read(coupons.find, community, code_of(held.token))
            return None if coupon is None else Sold(item=item, code=coupon.code, until=held.at + GOOD_FOR)
        given = (await self.app.store.read(sales.by_id, [held.key])).get(held.key)
        if given is None:
            return None
        one = given.subscription
        if item.kind == "credit" and one.until == one.since:
            return Sold(item=item, off=one.price)
        return Sold(item=item, until=one.until)

    async def _hand_over(self, community: int, held: Purchase, item: Item) -> Sold:
        """Make it theirs. Raises Unsold if it can't be, as when of those who bought at once too many were first."""
        if missing := await self._overdrawn(community, held):
            raise Unsold("coins", missing)
        if why := _too_many(await self.app.store.read(market.purchases, community, item=item.name), held, item):
            raise why
        match item.kind:
            case "coupon":
                return await self._coupon(community, held, item)
            case "credit":
                return await self._credit(community, held, item)
            case _:
                plan = await self._plan_of(community, item)
                until = await self._until(community, held, plan, item.days)
                await self._give(community, held, plan, until)
                return Sold(item=item, until=until)

    async def _until(self, community: int, held: Purchase, plan: Plan, days: int) -> datetime | None:
        """When so many days are over; they begin when those that were bought of it before end."""
        if not days:
            return None
        living = await self._living(held.member, held.at, await self.app.rules_of(community))
        ends = [one.until for one in living if one.plan == plan.name and one.until and one.id.startswith(PREFIX)]
        return max([held.at, *ends]) + timedelta(days=days)

    async def _coupon(self, community: int, held: Purchase, item: Item) -> Sold:
        code = code_of(held.token)
        coupon = Coupon(
            code=code,
            percent=item.percent,
            plans=(item.plan,) if item.plan else (),
            most=1,
            last_on=(held.at + GOOD_FOR).date(),
        )
        await self.app.store.write(coupons.put, community, coupon)
        return Sold(item=item, code=code, until=held.at + GOOD_FOR)

    async def _credit(self, community: int, held: Purchase, item: Item) -> Sold:
        """Days for nothing: off the next bill where there is one and the provider can, else on top of what is paid."""
        rules = await self.app.rules_of(community)
        one = await self._credited(community, held.member, held.at, rules)
        if one is None or one.until is None:
            raise Unsold("no_membership")
        provider = self._providers.get(one.provider)
        if one.renews and one.price.amount and provider is not None and "credit" in provider.can:
            off = replace(one.price, amount=one.price.amount * item.days // (A_MONTH * max(one.months, 1)))
            await provider.credit(one, off, held.key)
            sign = Plan(name=one.plan)  # that it is theirs: over as it begins
            await self._give(community, held, sign, held.at, price=off, quiet=True)
            return Sold(item=item, off=off)
        until = one.until + timedelta(days=item.days)
        await self._give(community, held, Plan(name=one.plan), until)
        return Sold(item=item, until=until)

    async def _credited(self, community: int, member: int, now: datetime, rules: Rules) -> Subscription | None:
        """The membership that days are put on: of those that are open and end, the one that ends last.

        Days that were put on it are part of it; what else was bought with coins is no membership.
        """
        items = {one.name: one.kind for one in await self.app.store.read(market.of_community, community)}
        mine = await self.app.store.read(market.purchases, community, member=member)
        others = {one.key for one in mine if items.get(one.item) != "credit"}
        living = [one for one in await self._living(member, now, rules) if one.id not in others]
        return max([one for one in living if one.until is not None], key=lambda one: one.until or now, default=None)

    async def _living(self, member: int, now: datetime, rules: Rules) -> list[Subscription]:
        """What is open to a member by what they bought or were given."""
        state = await self.app.store.read(members.state, member) or MemberState()
        return [one for one in state.membership.subscriptions if phase(one, now, rules) in OPEN]

    async def _for_ever(self, member: int, item: Item, now: datetime, rules: Rules) -> bool:
        """Whether what an item gives is theirs already without an end."""
        endless = [one.plan for one in await self._living(member, now, rules) if one.until is None]
        plans = [plan for name in endless if (plan := rules.plan(name)) is not None]
        return any(plan.name == item.plan if item.kind == "plan" else item.gate in plan.gates for plan in plans)

    async def _plan_of(self, community: int, item: Item) -> Plan:
        """The plan an item gives; a role's is made for it, and never sold for money."""
        rules = await self.app.rules_of(community)
        if item.kind == "role":
            return await self._plan_of_role(community, item, rules)
        plan = rules.plan(item.plan)
        if plan is None:
            raise Unsold("no_plan", about=item.plan)
        return plan

    async def _plan_of_role(self, community: int, item: Item, rules: Rules) -> Plan:
        """The one that opens the item's gate: who bought it when it opened another keeps that one."""
        named = {name: rules.plan(name) for name in plan_names(item, len(rules.plans))}
        name, plan = next(one for one in named.items() if one[1] is None or one[1].gates == (item.gate,))
        if plan is None:
            plan = Plan(name=name, title=item.title, period="free", gates=(item.gate,), archived=True)
            await self.app.amend(community, plan)
        return plan

    async def _give(
        self,
        community: int,
        held: Purchase,
        plan: Plan,
        until: datetime | None,
        *,
        price: Price = NOTHING,
        quiet: bool = False,
    ) -> None:
        one = Subscription(
            id=held.key, plan=plan.name, status="active", since=held.at, as_of=held.at, until=until, price=price
        )
        who = member_account(community, held.member)
        given = SubscriptionChanged(key=f"{one.id}:given", at=held.at, who=who, subscription=one)
        await self.app.submit([given], quiet=quiet)


def plan_names(item: Item, taken: int) -> list[str]:
    """Names for the plan that is behind a role's item, one for each gate that it ever opened; more than are taken."""
    name = f"shop-{item.name}"
    return [name[:32], *[f"{name[:26]}-{n}" for n in range(2, taken + 2)]]


def code_of(token: str) -> str:
    """The code of the coupon bought with a token: a C, and eleven hexadecimal digits."""
    return "C" + blake2b(token.encode(), digest_size=8, person=b"shop").hexdigest().upper()[:11]


def _too_many(mine: list[Purchase], held: Purchase, item: Item) -> Unsold | None:
    """Whether, of several who bought at once, this one came too late."""
    place = mine.index(held)
    if item.stock and place >= item.stock:
        return Unsold("sold_out")
    if item.each and sum(one.member == held.member for one in mine[: place + 1]) > item.each:
        return Unsold("enough", item.each)
    return None
