"""A provider of payments that does what the test says: it keeps truths, notes what it was asked, fails when told to."""

from collections import deque
from collections.abc import AsyncIterator
from datetime import datetime

from bot.engine.rules import Plan
from bot.payments import Ability, Buyer, Forged, Invoice, Link, Order, Truth, Unable
from bot.sales import Payment, Price, Subscription
from bot.words import replace

GOOD = "signed"
"""The signature it accepts."""


class FakeProvider:
    """Keeps `truths` by subscription id. `plan` holds exceptions (or None) for the next calls, in order."""

    can: frozenset[Ability] = frozenset(
        ("renew", "trial", "coupon", "portal", "pause", "change", "gift", "keep", "invoices")
    )

    def __init__(self, name: str = "fake", currencies: frozenset[str] | None = None) -> None:
        self.name = name
        self.currencies = currencies
        self.truths: dict[str, Truth] = {}
        self.orders: list[Order] = []
        self.withdrawn: list[str] = []
        self.calls: list[tuple[str, str]] = []
        """(what, subscription id) of everything that was asked for."""
        self.plan: deque[Exception | None] = deque()
        self.bills: list[Invoice] = []
        self.credits: dict[str, tuple[str, Price]] = {}
        """{key: (subscription id, what comes off its next bill)}."""
        self.unsold: str = ""
        """Why it sells nothing."""

    def _called(self, what: str, about: str) -> None:
        self.calls.append((what, about))
        planned = self.plan.popleft() if self.plan else None
        if planned is not None:
            raise planned

    # ------------------------------------------------------------------ what the test says

    def paid(self, order: Order, now: datetime, *, until: datetime | None = None, buyer: Buyer | None = None) -> Truth:
        """The order was paid at `now`; returns what is true then."""
        trial = order.trial_days > 0
        one = Subscription(
            id=f"{self.name}:{order.token}",
            plan=order.plan.name,
            status="trialing" if trial else "active",
            since=now,
            as_of=now,
            until=until if order.plan.months else order.plan.until(now),
            renews=bool(order.plan.months),
            months=order.plan.months,
            trial_until=until if trial else None,
            price=order.price,
        )
        charge = Payment(id=f"{one.id}:1", kind="charge", subscription=one.id, plan=one.plan, price=order.price)
        truth = Truth(
            subscription=one,
            order=order.token,
            payments=() if trial else ((now, charge),),
            buyer=buyer or Buyer(customer=f"cus_{order.member}"),
        )
        self.truths[one.id] = truth
        return truth

    def now_is(self, one: Subscription, **changed: object) -> Truth:
        """Something of a subscription is otherwise; returns what is true then."""
        truth = self.truths.get(one.id) or Truth(subscription=one)
        self.truths[one.id] = replace(truth, subscription=replace(truth.subscription, **changed))
        return self.truths[one.id]

    # ------------------------------------------------------------------ the port

    def sells(self, plan: Plan, price: Price) -> str:
        """Everything, unless the test says otherwise."""
        return self.unsold

    async def checkout(self, order: Order) -> Link:
        """A link that names the order."""
        self._called("checkout", order.token)
        self.orders.append(order)
        return Link(url=f"https://pay.example/{order.token}", external=f"cs_{order.token}", expires_at=order.expires_at)

    async def withdraw(self, order: Order, external: str) -> None:
        """Note it."""
        self._called("withdraw", external)
        self.withdrawn.append(external)

    async def fetch(self, subscription: Subscription) -> Truth | None:
        """What is kept."""
        self._called("fetch", subscription.id)
        return self.truths.get(subscription.id)

    async def cancel(self, subscription: Subscription, *, now: bool = False) -> Truth:
        """It does not renew any more, or is over."""
        self._called("cancel now" if now else "cancel", subscription.id)
        return self.now_is(subscription, **({"status": "ended", "renews": False} if now else {"renews": False}))

    async def keep(self, subscription: Subscription) -> Truth:
        """It renews again."""
        self._called("keep", subscription.id)
        return self.now_is(subscription, renews=True)

    async def pause(self, subscription: Subscription) -> Truth:
        """It rests."""
        self._called("pause", subscription.id)
        return self.now_is(subscription, status="paused")

    async def resume(self, subscription: Subscription) -> Truth:
        """It goes on."""
        self._called("resume", subscription.id)
        return self.now_is(subscription, status="active")

    async def change(self, subscription: Subscription, plan: Plan, price: Price) -> Truth:
        """It is another plan."""
        self._called("change", subscription.id)
        return self.now_is(subscription, plan=plan.name, price=price, months=plan.months)

    async def refund(self, subscription: Subscription, payment: Payment, *, ends: bool) -> Truth:
        """The payment goes back."""
        self._called("refund and end" if ends else "refund", subscription.id)
        truth = self.truths[subscription.id]
        back = replace(payment, id=f"{payment.id}:back", kind="refund")
        payments = (*truth.payments, (subscription.as_of, back))
        self.truths[subscription.id] = replace(truth, payments=payments)
        return self.now_is(subscription, **({"status": "refunded"} if ends else {}))

    async def credit(self, subscription: Subscription, price: Price, key: str) -> None:
        self._called("credit", subscription.id)
        self.credits.setdefault(key, (subscription.id, price))

    async def portal(self, customer: str) -> str:
        """A page."""
        self._called("portal", customer)
        return f"https://pay.example/portal/{customer}"

    async def invoices(self, subscriptions: tuple[Subscription, ...], customer: str, limit: int) -> list[Invoice]:
        """The bills that the test wrote."""
        self._called("invoices", customer)
        return self.bills[:limit]

    def verify(self, body: bytes, signature: str, now: datetime) -> str:
        """The body is the event's id and a subscription's, with a space between."""
        if signature != GOOD:
            raise Forged("the signature does not fit")
        return body.decode().split(" ", 1)[0]

    async def hear(self, body: bytes, now: datetime) -> list[Truth]:
        """The truth about the subscription that the body names."""
        about = body.decode().split(" ", 1)[1]
        self._called("hear", about)
        truth = self.truths.get(about)
        if truth is None:
            raise Unable(f"there is no {about}")
        return [replace(truth, subscription=replace(truth.subscription, as_of=now))]

    async def changed(self, since: datetime, now: datetime) -> AsyncIterator[Truth]:
        """Everything that is kept."""
        self._called("changed", since.isoformat())
        for truth in list(self.truths.values()):
            yield replace(truth, subscription=replace(truth.subscription, as_of=now))
