"""The counter: which plans a member is offered, and an order for one of them.

What can't be sold is refused before a provider hears of it, with a `Refusal` that the commands put into words.
"""

from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

from bot.app import App
from bot.engine.membership import OPEN, Phase, phase
from bot.engine.rules import Plan, Rules, Segment
from bot.payments import Discount, Link, Order, Provider
from bot.sales import STARS, Price, Subscription
from bot.storage import coupons, orders
from bot.storage.coupons import Coupon
from bot.storage.members import Profile
from bot.storage.orders import Placed
from bot.storage.store import Connection
from bot.words import Word

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
]


class Refusal(Exception):  # noqa: N818 - what it is
    """An order can't be placed; `why` says what is in the way, `about` names it (a plan, a code)."""

    def __init__(self, why: Why, about: str = "") -> None:
        super().__init__(why)
        self.why: Why = why
        self.about = about


class Offer(Word, frozen=True):
    """A plan as a member is offered it: the ways to pay are (provider, price) pairs; `trial_days` if one is left."""

    plan: Plan
    ways: tuple[tuple[str, Price], ...]
    trial_days: int = 0


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
        return [
            Offer(plan=plan, ways=self.ways(plan), trial_days=0 if tried else plan.trial_days)
            for plan in rules.plans
            if not plan.archived
            and (not plan.shown_to or kind in plan.shown_to)
            and (not plan.code_only or unlocked is None or plan.name in unlocked)
            and (plan.period != "date" or plan.ends_on is None or plan.ends_on > now.date())
        ]

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
        placed, coupon, customer = await self._app.store.write(_place, placed, plan, now)
        if placed.url:
            return Link(url=placed.url, external=placed.external, expires_at=placed.expires_at)
        link = await provider.checkout(
            Order(
                token=placed.token,
                community=me.community,
                member=me.member,
                plan=plan,
                price=price,
                created_at=placed.created_at,
                expires_at=placed.expires_at,
                platform=wish.platform,
                user=wish.user,
                locale=wish.locale,
                customer=customer,
                trial_days=placed.trial_days,
                discount=_discount(coupon, price),
                gift=gift,
                wallet=wish.wallet,
                email=wish.email,
            )
        )
        ends = link.expires_at or placed.expires_at
        await self._app.store.write(orders.linked, placed.token, link.external, link.url, ends)
        return link


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


def _place(connection: Connection, order: Placed, plan: Plan, now: datetime) -> tuple[Placed, Coupon | None, str]:
    """One order for each person, plan and way; its coupon is reserved in the same transaction."""
    coupon = None
    if order.coupon:
        coupon = coupons.find(connection, order.community, order.coupon)
        trouble = coupons.trouble(connection, order.community, order.member, coupon, plan.name, now)
        mine = [one for one in orders.waiting(connection, order.member, now) if one.coupon == order.coupon]
        if trouble == "exhausted" and mine:  # reserved by the same person's own offer
            trouble = ""
        if trouble:
            raise Refusal(f"coupon_{trouble}", order.coupon)  # type: ignore[arg-type]
    customer = orders.customer(connection, order.provider, order.member)
    for other in orders.waiting(connection, order.member, now):
        if _wish(other) == _wish(order):
            return other, coupon, customer
    if order.trial_days and orders.tried(connection, order.community, order.member):
        order = _without_trial(order)
    orders.place(connection, order)
    if coupon is not None:
        coupons.hold(connection, order.community, order.member, coupon.code, now, order.token)
    return order, coupon, customer


def _wish(order: Placed) -> tuple[object, ...]:
    """What makes two orders of a member the same."""
    return order.plan, order.provider, order.price, order.coupon, order.gift, order.wallet, order.starts_at


def _without_trial(order: Placed) -> Placed:
    return Placed(**{**{name: getattr(order, name) for name in order.__struct_fields__}, "trial_days": 0})
