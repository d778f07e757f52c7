"""The counter: which plans a member is offered, and an order for one of them.

What can't be sold is refused before a provider hears of it, with a `Refusal` that the commands put into words.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

import structlog

from bot.app import App
from bot.engine.membership import OPEN, Phase, phase
from bot.engine.rules import Plan, Rules, Segment
from bot.payments import Discount, Link, Order, Provider, Unable
from bot.sales import STARS, Price, Subscription
from bot.storage import budgets, coupons, orders
from bot.storage.coupons import Coupon, Trouble
from bot.storage.members import Profile
from bot.storage.orders import Placed
from bot.storage.store import Connection
from bot.till.tested import as_tested, saw
from bot.words import Word, replace

LASTING = timedelta(hours=23)
"""How long an offer can be paid: Stripe's longest is 24 hours."""

Why = Literal[
    "no_such_plan",
    "code_needed",
    "have_it",
    "no_provider",
    "no_currency",
    "free",
    "coupon_unknown",
    "coupon_over",
    "coupon_exhausted",
    "coupon_used",
    "coupon_other_plan",
    "no_gift",
    "ended",
    "replaced",
]


_log = structlog.get_logger()


class Refusal(Exception):  # noqa: N818 - what it is
    """An order can't be placed; `why` says what is in the way, `about` names it (a plan, a code)."""

    def __init__(self, why: Why, about: str = "") -> None:
        super().__init__(why)
        self.why: Why = why
        self.about = about


_COUPON: dict[Trouble, Why] = {
    "over": "coupon_over",
    "exhausted": "coupon_exhausted",
    "used": "coupon_used",
    "other_plan": "coupon_other_plan",
}


def coupon_refusal(trouble: Trouble, code: str) -> Refusal:
    """Why a coupon can't be used, as a refusal."""
    return Refusal(_COUPON.get(trouble, "coupon_unknown"), code)


class Offer(Word, frozen=True):
    """A plan as a member is offered it: the ways to pay are (provider, price) pairs; `trial_days` if one is left.

    `unseen` are the tests of its price or trial that the member comes into by reading it (`Counter.saw`).
    """

    plan: Plan
    ways: tuple[tuple[str, Price], ...]
    trial_days: int = 0
    unseen: dict[int, str] = {}


class Wish(Word, frozen=True):
    """What a member wants to buy, in which of the plan's `ways`, with a coupon's `code`, as a `gift`, by a `wallet`.

    A wallet's bills are sent to `email`, which is handed on to the provider and not kept.
    They ask as `user` on `platform`, and read `locale`.
    """

    plan: Plan
    way: tuple[str, Price]
    platform: str
    user: str
    locale: str
    code: str = ""
    gift: bool = False
    wallet: bool = False
    email: str = ""


def segment(subscriptions: tuple[Subscription, ...], now: datetime, rules: Rules) -> Segment:
    """Whether somebody never had a plan, has one, or had one."""
    phases = {phase(one, now, rules) for one in subscriptions} - {Phase.PENDING}
    if phases & OPEN:
        return "member"
    return "lapsed" if phases else "new"


def live(subscriptions: tuple[Subscription, ...], plan: Plan, now: datetime, rules: Rules) -> Subscription | None:
    """The subscription by which a member has a plan now, the one that lasts longest."""
    mine = [one for one in subscriptions if one.plan == plan.name and phase(one, now, rules) in OPEN | {Phase.PAUSED}]
    return max(mine, key=lambda one: (one.until is None, one.until or one.since), default=None)


class Counter:
    """Sells. Knows the providers; the books are the store's."""

    def __init__(self, app: App, providers: dict[str, Provider]) -> None:
        self._app = app
        self._providers = providers

    async def offers(self, me: Profile, now: datetime) -> list[Offer]:
        """The plans that a member may buy, in the creator's order."""
        rules = await self._app.rules_of(me.community)
        unlocked = await self._app.store.read(coupons.unlocked, me.community, me.member)
        tried = await self._app.store.read(orders.tried, me.community, me.member)
        kind = segment(me.state.membership.subscriptions, now, rules)
        shown = [
            plan
            for plan in rules.plans
            if not plan.archived
            and (not plan.shown_to or kind in plan.shown_to)
            and (not plan.code_only or unlocked is None or plan.name in unlocked)
            and (plan.period != "date" or plan.ends_on is None or plan.ends_on > now.date())
        ]
        return [
            Offer(
                plan=one.plan,
                ways=self.ways(one.plan),
                trial_days=0 if tried else one.plan.trial_days,
                unseen=one.unseen,
            )
            for one in await as_tested(self._app.store, me, shown, tried=tried)
        ]

    async def saw(self, me: Profile, offers: Sequence[Offer], now: datetime) -> None:
        """Note that a member reads what these cost: only whoever has read it is in a test of it."""
        await saw(self._app.store, me, [one.unseen for one in offers], now)

    def ways(self, plan: Plan) -> tuple[tuple[str, Price], ...]:
        """How a plan can be paid: by which provider, at which price."""
        return tuple(
            (name, Price(amount=amount, currency=currency))
            for currency, amount in plan.prices.items()
            for name, provider in self._providers.items()
            if self._takes(provider, plan, Price(amount=amount, currency=currency))
        )

    @staticmethod
    def _takes(provider: Provider, plan: Plan, price: Price) -> bool:
        taken = price.currency != STARS if provider.currencies is None else price.currency in provider.currencies
        return taken and not provider.sells(plan, price)

    async def order(self, me: Profile, wish: Wish, now: datetime) -> Link:
        """Offer a plan to a member, to be paid. The same wish again is the same offer, as long as it lasts.

        Another offer of the plan, or by the coupon, that they could still pay is taken back first: nobody pays twice.
        Raises Refusal, Unable and Busy, having charged nobody.
        """
        rules = await self._app.rules_of(me.community)
        plan, gift = wish.plan, wish.gift
        name, price = wish.way
        provider = self._providers[name]
        mine = live(me.state.membership.subscriptions, plan, now, rules)
        if mine is not None and not gift and (plan.months or mine.until is None):
            raise Refusal("have_it", plan.shown)
        if gift and "gift" not in provider.can:
            raise Refusal("no_gift", plan.shown)
        trial = plan.trial_days if not (gift or wish.wallet) and "trial" in provider.can else 0
        placed = Placed(
            token=uuid4().hex,
            community=me.community,
            member=me.member,
            plan=plan.name,
            provider=name,
            status="open",
            price=price,
            created_at=now,
            expires_at=now + LASTING,
            coupon=coupons.normal(wish.code),
            gift=gift,
            wallet=wish.wallet,
            trial_days=trial,
            starts_at=mine.until if mine is not None and not gift else None,
        )
        placed, coupon, customer = await self._app.store.write(_place, placed, plan, rules, now)
        if placed.url:
            return Link(url=placed.url, external=placed.external, expires_at=placed.expires_at)
        await self._take_back_others(placed, rules, now)
        offer = replace(
            _as_order(placed, plan),
            platform=wish.platform,
            user=wish.user,
            locale=wish.locale,
            customer=customer,
            discount=_discount(coupon, price),
            email=wish.email,
        )
        link = await provider.checkout(offer)
        ends = link.expires_at or placed.expires_at
        if not await self._app.store.write(orders.linked, placed.token, link.external, link.url, ends):
            await provider.withdraw(offer, link.external)  # a later wish of theirs has taken its place meanwhile
            raise Refusal("replaced", plan.shown)
        return link

    async def _take_back_others(self, placed: Placed, rules: Rules, now: datetime) -> None:
        """Raises Busy when a provider can't be asked to: better to wait than to sell the same thing twice."""
        while others := await self._app.store.read(_in_its_place, placed, now):
            for other in others:
                await self._take_back(other, rules)

    async def _take_back(self, other: Placed, rules: Rules) -> None:
        provider = self._providers.get(other.provider)
        plan = rules.plan(other.plan) or Plan(name=other.plan)
        try:
            if provider is not None:
                await provider.withdraw(_as_order(other, plan), other.external)
        except Unable as error:
            _log.warning("an offer could not be taken back", provider=other.provider, why=str(error))
        await self._app.store.write(orders.expire, other.token, other.external)


def _as_order(placed: Placed, plan: Plan) -> Order:
    return Order(
        token=placed.token,
        community=placed.community,
        member=placed.member,
        plan=plan,
        price=placed.price,
        created_at=placed.created_at,
        expires_at=placed.expires_at,
        trial_days=placed.trial_days,
        gift=placed.gift,
        wallet=placed.wallet,
    )


def _in_its_place(connection: Connection, order: Placed, now: datetime) -> list[Placed]:
    """Earlier offers to the same member that must not be paid besides this one. Gifts may be many."""
    open_ = orders.waiting(connection, order.member, now)
    tokens = [one.token for one in open_]
    if order.gift or order.token not in tokens:
        return []
    earlier = [one for one in open_[tokens.index(order.token) + 1 :] if not one.gift]
    return [one for one in earlier if one.plan == order.plan or (one.coupon and one.coupon == order.coupon)]


def _discount(coupon: Coupon | None, price: Price) -> Discount | None:
    if coupon is None or not (coupon.percent or (coupon.amount and coupon.currency == price.currency)):
        return None
    return Discount(
        code=coupon.code,
        percent=coupon.percent,
        amount=coupon.amount,
        duration=coupon.duration,
        months=coupon.months,
    )


def _place(
    connection: Connection, order: Placed, plan: Plan, rules: Rules, now: datetime
) -> tuple[Placed, Coupon | None, str]:
    """One order for each person, plan and way; its coupon, and its part of a campaign's money, are reserved with it."""
    coupon = None
    if order.coupon:
        coupon = coupons.find(connection, order.community, order.coupon)
        trouble = coupons.trouble(connection, order.community, order.member, coupon, plan.name, now)
        mine = [one for one in orders.waiting(connection, order.member, now) if one.coupon == order.coupon]
        if trouble == "exhausted" and mine:  # reserved by the same person's own offer
            trouble = ""
        books = rules.membership
        if coupon is not None and budgets.forbids(connection, order.member, coupon, order.price, books, now):
            trouble = trouble or "exhausted"
        if trouble:
            raise coupon_refusal(trouble, order.coupon)
    customer = orders.customer(connection, order.provider, order.member)
    for other in orders.waiting(connection, order.member, now):
        if _wish(other) == _wish(order):
            return other, coupon, customer
    if order.trial_days and orders.tried(connection, order.community, order.member):
        order = replace(order, trial_days=0)
    orders.place(connection, order)
    if coupon is not None:
        coupons.hold(connection, order.community, order.member, coupon.code, now, order.token)
    return order, coupon, customer


def _wish(order: Placed) -> tuple[object, ...]:
    """What makes two orders of a member the same."""
    return order.plan, order.provider, order.price, order.coupon, order.gift, order.wallet, order.starts_at
