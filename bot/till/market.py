"""The shop for coins: paying first, then handing over; what can't be handed over is paid back.

A purchase has a token, and everything it leads to is named by it: bought twice with one token it is bought once, and
what was paid for when the process ended is handed over by `deliver`, once.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Literal

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

Why = Literal["no_item", "sold_out", "enough", "coins", "no_membership", "no_plan", "unable"]
"""Why something can't be bought."""
GOOD_FOR = timedelta(days=90)
"""How long a coupon from the shop may be redeemed."""
LOOKED_BACK = timedelta(days=7)
"""For how long it is tried to hand over what was paid for."""
A_MONTH = 30

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

    async def buy(self, community: int, member: int, name: str, token: str) -> Sold:
        """Pay for an item and hand it over. Raises Unsold, and then nothing was paid."""
        now = self.app.clock()
        item = await self.app.store.read(market.find, community, name)
        if item is None or item.archived:
            raise Unsold("no_item")
        await self._check(community, member, item, now)
        key = f"{PREFIX}{token}"
        bought = ItemBought(key=key, at=now, who=member_account(community, member), item=item.name, price=item.price)
        await self.app.submit([bought])
        mine = await self.app.store.read(market.purchases, community, item=name)
        held = next((one for one in mine if one.key == key), None)
        if held is None:
            raise Unsold("coins", item.price - await self._coins(community, member))
        if held.member != member:
            raise Unsold("no_item")
        try:
            sold = await self._hand_over(community, held, item, mine)
        except (Busy, Unable, Unsold) as error:
            await self._return(community, held)
            if isinstance(error, Unsold):
                raise
            raise Unsold("unable", about=str(error)) from error
        return replace(sold, left=await self._coins(community, member))

    async def deliver(self, now: datetime) -> int:
        """Hand over what was paid for lately and is not theirs yet; returns how many purchases that were.

        What can't be handed over is paid back; a provider that is busy is asked again the next time.
        """
        done = 0
        for community in await self.app.store.read(members.communities):
            items = {one.name: one for one in await self.app.store.read(market.of_community, community)}
            for held in await self.app.store.read(market.purchases, community, since=now - LOOKED_BACK):
                item = items.get(held.item)
                if item is None or await self._is_theirs(community, held, item):
                    continue
                others = await self.app.store.read(market.purchases, community, item=item.name)
                try:
                    await self._hand_over(community, held, item, others)
                    done += 1
                except (Busy, Unable, Unsold) as error:
                    _log.warning("what was bought could not be handed over", purchase=held.key, why=str(error))
                    if not isinstance(error, Busy):
                        await self._return(community, held)
        return done

    # ------------------------------------------------------------------ the steps

    async def _check(self, community: int, member: int, item: Item, now: datetime) -> None:
        rules = await self.app.rules_of(community)
        if item.kind == "plan" and rules.plan(item.plan) is None:
            raise Unsold("no_plan", about=item.plan)
        if item.kind == "credit" and await self._credited(member, now, rules) is None:
            raise Unsold("no_membership")
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

    async def _return(self, community: int, held: Purchase) -> None:
        who = member_account(community, held.member)
        await self.app.submit([ItemReturned(key=f"{held.key}:returned", at=self.app.clock(), who=who, of=held.key)])

    async def _is_theirs(self, community: int, held: Purchase, item: Item) -> bool:
        if item.kind == "coupon":
            return await self.app.store.read(coupons.find, community, code_of(held.token)) is not None
        return bool(await self.app.store.read(sales.by_id, [f"{PREFIX}{held.token}"]))

    async def _hand_over(self, community: int, held: Purchase, item: Item, others: list[Purchase]) -> Sold:
        """Make it theirs. Raises Unsold if it can't be, as when of `others` who bought at once too many were first."""
        if why := _too_many(others, held, item):
            raise why
        match item.kind:
            case "coupon":
                return await self._coupon(community, held, item)
            case "credit":
                return await self._credit(community, held, item)
            case _:
                until = held.at + timedelta(days=item.days) if item.days else None
                await self._give(community, held, await self._plan_of(community, item), until)
                return Sold(item=item, until=until)

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
        one = await self._credited(held.member, held.at, rules)
        if one is None or one.until is None:
            raise Unsold("no_membership")
        provider = self._providers.get(one.provider)
        if one.renews and one.price.amount and provider is not None and "credit" in provider.can:
            off = replace(one.price, amount=one.price.amount * item.days // (A_MONTH * max(one.months, 1)))
            await provider.credit(one, off, held.key)
            await self._give(community, held, Plan(name=one.plan), held.at, quiet=True)  # the sign that it is theirs
            return Sold(item=item, off=off)
        until = one.until + timedelta(days=item.days)
        await self._give(community, held, Plan(name=one.plan), until)
        return Sold(item=item, until=until)

    async def _credited(self, member: int, now: datetime, rules: Rules) -> Subscription | None:
        """The membership that days are put on: of those that are open and end, the one that ends last."""
        state = await self.app.store.read(members.state, member) or MemberState()
        living = [one for one in state.membership.subscriptions if phase(one, now, rules) in OPEN]
        ending = [one for one in living if one.until is not None]
        return max(ending, key=lambda one: one.until or now, default=None)

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
        self, community: int, held: Purchase, plan: Plan, until: datetime | None, *, quiet: bool = False
    ) -> None:
        one = Subscription(id=held.key, plan=plan.name, status="active", since=held.at, as_of=held.at, until=until)
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
