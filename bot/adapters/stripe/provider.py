"""Stripe as a provider of payments (`bot/payments.py`): the parts put together, and what is done to a subscription."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import NoReturn

import stripe
from stripe.params import CustomerBalanceTransactionCreateParams, SubscriptionUpdateParams
from stripe.params.billing_portal import SessionCreateParams

from bot.adapters.stripe import bell
from bot.adapters.stripe.api import RETRIES, TIMEOUT, Api, explained, missing
from bot.adapters.stripe.catalog import Catalog
from bot.adapters.stripe.ledger import Ledger
from bot.adapters.stripe.offer import Offers, Options
from bot.adapters.stripe.truth import COMMUNITY, CREDIT, ENDED, ENDS, NO, PLAN, PROVIDER, YES
from bot.adapters.stripe.wire import Charge, Checkout, Credit, Recurrence, moment
from bot.engine.rules import Plan
from bot.i18n import N_
from bot.payments import Ability, Invoice, Link, Order, Truth, Unable
from bot.sales import STARS, Payment, Price, Subscription

LEAST = {
    "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400,
    "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200, "ron": 200,
    "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip
"""The smallest charge, in minor units (docs.stripe.com/currencies#minimum-and-maximum-charge-amounts)."""
LONGEST_TRIAL = 730
"""Days."""


class StripeProvider:
    """The provider, by an account's secret key.

    `clock` says when a truth was asked for; `url` is another server than Stripe's, for tests. Raises ValueError for a
    key that is none and for an empty webhook secret; without one (None) every webhook is refused.
    """

    name = PROVIDER
    currencies: frozenset[str] | None = None
    can: frozenset[Ability] = frozenset(
        {"renew", "trial", "coupon", "portal", "pause", "change", "gift", "keep", "invoices", "credit"}
    )
    """And `wallet`, where the operator has switched that on."""

    def __init__(
        self,
        secret_key: str,
        webhook_secret: str | None,
        clock: Callable[[], datetime],
        *,
        options: Options = Options(),  # noqa: B008 - it is frozen
        account: str = "",
        url: str | None = None,
        retries: int = RETRIES,
        timeout: float = TIMEOUT,
    ) -> None:
        self._api = Api(secret_key, account=account, url=url, retries=retries, timeout=timeout)
        self._bell = bell.Bell(webhook_secret, live=self._api.live, account=account)
        self._catalog = Catalog(self._api)
        self._offers = Offers(self._api, self._catalog, options)
        self._ledger = Ledger(self._api, clock)
        self._clock = clock
        self._options = options
        if options.wallets and not options.tax:
            self.can |= {"wallet"}

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    # ------------------------------------------------------------------ selling

    def sells(self, plan: Plan, price: Price) -> str:
        """'' when Stripe would take the price; else why not, in words to translate."""
        if price.currency == STARS:
            return N_("Stripe takes no Stars.")
        if plan.period == "free" or price.amount < LEAST.get(price.currency, 1):
            return N_("Stripe takes no payment as small as this.")
        if plan.trial_days > LONGEST_TRIAL:
            return N_("Stripe's longest trial is 730 days.")
        return ""

    async def checkout(self, order: Order) -> Link:
        """A Checkout session, or with `order.wallet` the first invoice of a subscription."""
        trouble = self.sells(order.plan, order.price)
        if trouble:
            raise Unable(trouble)
        with explained():
            return await self._offers.make(order)

    async def withdraw(self, order: Order, external: str) -> None:
        """Close the offer, unless it was paid meanwhile."""
        if external:
            with explained():
                await self._offers.withdraw(external)

    # ------------------------------------------------------------------ the truth

    async def fetch(self, subscription: Subscription) -> Truth | None:
        """What is true now."""
        with explained():
            return await self._ledger.truth(_number(subscription), subscription.plan)

    def verify(self, body: bytes, signature: str, now: datetime) -> str:
        """The event's id (`bell.py`)."""
        return self._bell.verify(body, signature, now)

    async def hear(self, body: bytes, now: datetime) -> list[Truth]:
        """Ask about what an event names. The clock, not `now`, says as of when that is true."""
        with explained():
            number = await self._ledger.subject(bell.read(body))
            truth = await self._ledger.truth(number) if number else None
        return [] if truth is None else [truth]

    async def changed(self, since: datetime, now: datetime) -> AsyncIterator[Truth]:
        """The truth about everything that changed since a time (`ledger.py`)."""
        with explained():
            async for truth in self._ledger.changed(since, now):
                yield truth

    async def _told(self, subscription: Subscription) -> Truth:
        truth = await self._ledger.truth(_number(subscription), subscription.plan)
        if truth is None:
            _unknown()
        return truth

    # ------------------------------------------------------------------ what is done to one

    async def cancel(self, subscription: Subscription, *, now: bool = False) -> Truth:
        """Let it end at the date it is paid to: at once where that has passed, or with `now`.

        At once also voids what is still to be paid. What is paid once ends by itself, or `now` by a note on it.
        """
        number = _number(subscription)
        with explained():
            if _recurs(subscription):
                await self._end(subscription, now=now)
            elif now:
                ended = str(int(self._clock().timestamp()))
                await self._api.v1.checkout.sessions.update_async(number, {"metadata": {ENDED: ended}})
            return await self._told(subscription)

    async def _end(self, subscription: Subscription, *, now: bool) -> None:
        number = _number(subscription)
        sub = await self._subscription(number)
        if sub.over:
            return
        until = (await self._told(subscription)).subscription.until
        if not now and sub.status in ("active", "trialing") and until is not None and until > self._clock():
            if not sub.leaving:
                await self._update(number, {"cancel_at_period_end": True})
            return
        await self._api.v1.subscriptions.cancel_async(number)
        for bill in await self._ledger.bills(number):
            if bill.status == "open":
                await self._api.v1.invoices.void_invoice_async(bill.id)

    async def keep(self, subscription: Subscription) -> Truth:
        """Undo `cancel`. Raises Unable when it has ended."""
        with explained():
            sub = await self._living(subscription)
            if sub.cancel_at_period_end:
                await self._update(sub.id, {"cancel_at_period_end": False})
            elif sub.leaving:
                await self._update(sub.id, {"cancel_at": ""})
            return await self._told(subscription)

    async def pause(self, subscription: Subscription) -> Truth:
        """No charges until it is resumed: the invoices of that time are void."""
        with explained():
            sub = await self._living(subscription)
            if sub.pause_collection is None:
                await self._update(sub.id, {"pause_collection": {"behavior": "void"}})
            return await self._told(subscription)

    async def resume(self, subscription: Subscription) -> Truth:
        """End a pause. What was paid goes on to its date; where that has passed a new period begins and is charged."""
        with explained():
            sub = await self._living(subscription)
            if sub.status == "paused":
                await self._api.v1.subscriptions.resume_async(sub.id)
            elif sub.pause_collection is not None:
                unpaid = next((one for one in await self._ledger.bills(sub.id) if one.begins is not None), None)
                params: SubscriptionUpdateParams = {"pause_collection": ""}
                if unpaid is not None and unpaid.status in ("void", "uncollectible"):
                    params["billing_cycle_anchor"], params["proration_behavior"] = {"type": "now"}, "none"
                await self._update(sub.id, params)
            return await self._told(subscription)

    async def change(self, subscription: Subscription, plan: Plan, price: Price) -> Truth:
        """Another plan; what is paid already is set off. Raises Unable, with nothing changed, where it can't be."""
        trouble = self.sells(plan, price)
        if trouble or not plan.months:
            raise Unable(trouble or N_("Only a plan that renews can take the place of one that renews."))
        with explained():
            sub = await self._living(subscription)
            if sub.leaving:
                raise Unable(N_("It is cancelled and can't be changed: the member must first keep it."))
            if sub.status not in ("active", "trialing") or sub.pause_collection is not None:
                raise Unable(N_("It can't be changed as long as it is paused or a payment is missing."))
            community = int((sub.metadata or {}).get(COMMUNITY, "0"))
            wanted = await self._catalog.price(community, plan, price, plan.months)
            params: SubscriptionUpdateParams = {
                "items": [{"id": sub.items.data[0].id, "price": wanted}],
                "proration_behavior": "create_prorations",
                "metadata": {PLAN: plan.name},
            }
            if not sub.sent:
                params["payment_behavior"] = "error_if_incomplete"
            await self._update(sub.id, params)
            return await self._told(subscription)

    async def refund(self, subscription: Subscription, payment: Payment, *, ends: bool) -> Truth:
        """Give back what is left of a charge. What was given back already is not given twice."""
        number = payment.id.partition(":")[2]
        with explained():
            charge = self._api.read(Charge, await self._api.v1.charges.retrieve_async(number))
            if not charge.refunded:
                key = f"lyceum:refund:{number}:{charge.amount_refunded}:{ends}"
                await self._api.once(key, lambda one: self._refund(number, one, ends=ends))
            if ends and _recurs(subscription):
                await self._end(subscription, now=True)
            return await self._told(subscription)

    async def _refund(self, charge: str, key: str, *, ends: bool) -> None:
        try:
            await self._api.v1.refunds.create_async(
                {"charge": charge, "metadata": {ENDS: YES if ends else NO}}, {"idempotency_key": key}
            )
        except stripe.InvalidRequestError as error:
            if error.code == "charge_disputed":
                raise Unable(N_("The bank has been asked for this payment: answer the dispute in Stripe.")) from error
            if error.code != "charge_already_refunded":
                raise

    async def credit(self, subscription: Subscription, price: Price, key: str) -> None:
        """Put money on the customer's balance, which Stripe takes off their next bill."""
        with explained():
            sub = await self._living(subscription)
            customer = sub.customer if isinstance(sub.customer, str) else sub.customer.id
            balance = self._api.v1.customers.balance_transactions
            given = [one async for one in self._api.every(Credit, balance.list_async(customer))]
            if any((one.metadata or {}).get(CREDIT) == key for one in given):
                return
            params: CustomerBalanceTransactionCreateParams = {
                "amount": -price.amount,
                "currency": price.currency,
                "metadata": {CREDIT: key},
            }
            await self._api.once(
                f"lyceum:credit:{key}",
                lambda one: balance.create_async(customer, params, {"idempotency_key": one}),
            )

    # ------------------------------------------------------------------ pages

    async def portal(self, customer: str) -> str:
        """Stripe's customer portal, signed in."""
        with explained():
            params: SessionCreateParams = {"customer": customer}
            if self._options.public_url:
                params["return_url"] = self._options.public_url
            made = await self._api.v1.billing_portal.sessions.create_async(params)
        return made.url

    async def invoices(self, subscriptions: tuple[Subscription, ...], customer: str, limit: int) -> list[Invoice]:
        """The bills of these purchases, newest first; of what was paid once the receipts."""
        found: list[Invoice] = []
        with explained():
            for one in subscriptions:
                found += await (self._bills(one) if _recurs(one) else self._receipt(one))
        return sorted(found, key=lambda one: one.at, reverse=True)[:limit]

    async def _bills(self, subscription: Subscription) -> list[Invoice]:
        return [
            Invoice(
                number=one.number or one.id,
                at=moment(one.created),
                price=Price(amount=one.total, currency=one.currency),
                paid=one.status == "paid",
                url=one.hosted_invoice_url or "",
            )
            for one in await self._ledger.bills(_number(subscription))
            if one.status in ("open", "paid", "uncollectible") and one.total
        ]

    async def _receipt(self, subscription: Subscription) -> list[Invoice]:
        session: Checkout = await self._ledger.session(_number(subscription))
        charge = session.charge
        if charge is None:
            return []
        price = Price(amount=charge.amount, currency=charge.currency)
        number = charge.receipt_number or charge.id
        return [Invoice(number=number, at=moment(charge.created), price=price, paid=True, url=charge.receipt_url or "")]

    # ------------------------------------------------------------------

    async def _subscription(self, number: str) -> Recurrence:
        try:
            return await self._ledger.subscription(number)
        except stripe.InvalidRequestError as error:
            if missing(error):
                _unknown()
            raise

    async def _living(self, subscription: Subscription) -> Recurrence:
        """A subscription that has not ended. Raises Unable for others, and for what does not renew."""
        if not _recurs(subscription):
            raise Unable(N_("It is paid once and does not renew: there is nothing to keep, pause or change."))
        sub = await self._subscription(_number(subscription))
        if sub.over:
            raise Unable(N_("It has ended: the member must subscribe anew."))
        return sub

    async def _update(self, number: str, params: SubscriptionUpdateParams) -> None:
        await self._api.v1.subscriptions.update_async(number, params)


def _number(subscription: Subscription) -> str:
    return subscription.id.partition(":")[2]


def _recurs(subscription: Subscription) -> bool:
    return _number(subscription).startswith("sub_")


def _unknown() -> NoReturn:
    raise Unable(N_("Stripe knows no such purchase: look whether the key is that of the right account and mode."))
