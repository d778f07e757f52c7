"""Offering an order to be paid: a Checkout session, or for wallets that can't be charged an invoice that is sent.

A session is one for each order: its idempotency key is the order's token, and everything in it follows from the order
alone, so that the same order asked for twice is the same page.
https://docs.stripe.com/api/checkout/sessions/create, https://docs.stripe.com/billing/collection-method
"""

from datetime import timedelta
from typing import Literal

import stripe
from stripe.params import SubscriptionCreateParams
from stripe.params.checkout import SessionCreateParams

from bot.adapters.stripe.api import Api, missing
from bot.adapters.stripe.catalog import Catalog
from bot.adapters.stripe.truth import COMMUNITY, MEMBER, ORDER, PLAN, TERM, term_of
from bot.adapters.stripe.wire import Bill, Checkout, Customer, Recurrence, moment
from bot.i18n import N_
from bot.payments import Link, Order, Unable
from bot.words import Word, replace

SHORTEST, LONGEST = timedelta(minutes=31), timedelta(hours=23, minutes=58)
"""How long a session can be paid: Stripe takes 30 minutes to 24 hours, by its own clock."""
DUE_DAYS = 7
"""Days in which an invoice that is sent is to be paid; as long as the usual grace."""
Wallet = Literal["alipay", "wechat_pay"]
WALLETS: dict[Wallet, frozenset[str]] = {
    "alipay": frozenset(("aud", "cad", "cny", "eur", "gbp", "hkd", "jpy", "myr", "nzd", "sgd", "usd")),
    "wechat_pay": frozenset(
        ("aud", "cad", "chf", "cny", "dkk", "eur", "gbp", "hkd", "jpy", "nok", "sek", "sgd", "usd")
    ),
}
"""Wallets, and the currencies they take (docs.stripe.com/payments/alipay, …/wechat-pay)."""
LOCALES: dict[str, Literal["en", "zh"]] = {"en": "en", "zh_CN": "zh"}
RETURNS = {"discord": "https://discord.com/channels/@me", "telegram": "https://t.me"}
"""Where a member is sent back to when this server has no address of its own."""


class Options(Word, frozen=True):
    """What the operator switches.

    `tax`: Stripe Tax works out what to add. `adaptive_pricing`: members see prices in their own currency.
    `wallets`: subscriptions may be paid by Alipay and WeChat Pay, by invoice. `trial_card`: a trial asks for a card.
    `public_url`: this server's address, whose pages /paid and /unpaid members come back to.
    """

    tax: bool = False
    adaptive_pricing: bool = True
    wallets: bool = False
    trial_card: bool = True
    public_url: str = ""


class Offers:
    """Makes offers and takes them back. Every method may raise stripe's errors."""

    def __init__(self, api: Api, catalog: Catalog, options: Options) -> None:
        self._api = api
        self._catalog = catalog
        self._options = options

    async def make(self, order: Order) -> Link:
        """The page where an order is paid. What the dashboard took away meanwhile is made anew, once."""
        offer = self._invoice if order.wallet and order.plan.months and not order.gift else self._session
        key = f"lyceum:order:{order.token}"
        try:
            return await offer(order, key)
        except stripe.InvalidRequestError as error:
            if not (missing(error) or "inactive" in str(error.user_message)):
                raise
            self._catalog.forget()
            # a customer who was deleted at Stripe is a new one there
            gone = bool(order.customer) and error.param == "customer"
            # Stripe may have kept the refusal under the key
            return await offer(replace(order, customer="") if gone else order, f"{key}:again")

    # ------------------------------------------------------------------ Checkout

    async def _session(self, order: Order, key: str) -> Link:
        params = await self._params(order)
        sessions = self._api.v1.checkout.sessions
        made = await self._api.once(key, lambda one: sessions.create_async(params, {"idempotency_key": one}))
        page = self._api.read(Checkout, made)
        if page.url is None:
            raise Unable(N_("This order is not open any more: begin a new one."))
        return Link(url=page.url, external=page.id, expires_at=moment(page.expires_at) if page.expires_at else None)

    async def _params(self, order: Order) -> SessionCreateParams:
        options, meta = self._options, metadata(order)
        recurs = _recurs(order)
        price = await self._catalog.price(order.community, order.plan, order.price, order.plan.months if recurs else 0)
        ends = min(max(order.expires_at, order.created_at + SHORTEST), order.created_at + LONGEST)
        back = options.public_url.rstrip("/")
        home = RETURNS.get(order.platform, "https://stripe.com")
        params: SessionCreateParams = {
            "mode": "subscription" if recurs else "payment",
            "line_items": [{"price": price, "quantity": 1}],
            "client_reference_id": order.token,
            "metadata": meta,
            "expires_at": int(ends.timestamp()),
            "adaptive_pricing": {"enabled": options.adaptive_pricing},
            "automatic_tax": {"enabled": options.tax},
            "locale": LOCALES.get(order.locale, "auto"),
            "success_url": f"{back}/paid" if back else home,
            "cancel_url": f"{back}/unpaid" if back else home,
        }
        if order.discount:
            coupon = await self._catalog.coupon(order.community, order.discount, order.price.currency)
            params["discounts"] = [{"coupon": coupon}]
        else:
            params["allow_promotion_codes"] = True
        self._name_customer(params, order, recurs=recurs)
        if recurs:
            self._add_subscription(params, order)
        else:
            params["payment_intent_data"] = {"metadata": meta, "description": order.plan.shown}
        return params

    def _name_customer(self, params: SessionCreateParams, order: Order, *, recurs: bool) -> None:
        if order.customer:
            params["customer"] = order.customer
            if self._options.tax:  # the address that tax is worked out from is asked for, and kept
                params["customer_update"] = {"address": "auto"}
            return
        if order.email:
            params["customer_email"] = order.email
        if not recurs:
            params["customer_creation"] = "always"

    def _add_subscription(self, params: SessionCreateParams, order: Order) -> None:
        params["subscription_data"] = {"metadata": metadata(order)}
        if not order.trial_days:
            return
        params["subscription_data"]["trial_period_days"] = order.trial_days
        params["payment_method_collection"] = "always" if self._options.trial_card else "if_required"
        if not self._options.trial_card:
            params["subscription_data"]["trial_settings"] = {"end_behavior": {"missing_payment_method": "cancel"}}

    # ------------------------------------------------------------------ by invoice

    async def _invoice(self, order: Order, key: str) -> Link:
        kinds = self._kinds(order)
        customer = await self._customer(order)
        price = await self._catalog.price(order.community, order.plan, order.price, order.plan.months)
        params: SubscriptionCreateParams = {
            "customer": customer,
            "items": [{"price": price, "quantity": 1}],
            "collection_method": "send_invoice",
            "days_until_due": DUE_DAYS,
            "payment_settings": {"payment_method_types": kinds},
            "metadata": metadata(order),
            "expand": ["latest_invoice"],
        }
        if order.discount:
            coupon = await self._catalog.coupon(order.community, order.discount, order.price.currency)
            params["discounts"] = [{"coupon": coupon}]
        if order.trial_days:
            params["trial_period_days"] = order.trial_days
        made = await self._api.once(key, lambda one: self._subscribe(order, params, one))
        bill = made.latest_invoice
        if not isinstance(bill, Bill):
            raise Unable("Stripe made no invoice")
        return Link(url=await self._open(bill), external=made.id, expires_at=order.expires_at)

    async def _subscribe(self, order: Order, params: SubscriptionCreateParams, key: str) -> Recurrence:
        """Look first whether it was made, and the answer lost: a second one would be billed every month."""
        v1, customer = self._api.v1, params["customer"]
        listed = v1.subscriptions.list_async({"customer": customer, "limit": 100, "expand": ["data.latest_invoice"]})
        for one in await self._api.first(Recurrence, listed):
            if (one.metadata or {}).get(ORDER) == order.token:
                return one
        return self._api.read(Recurrence, await v1.subscriptions.create_async(params, {"idempotency_key": key}))

    async def _open(self, bill: Bill) -> str:
        """The page of an invoice; Stripe itself would open it in an hour."""
        if bill.status == "draft":
            bill = self._api.read(Bill, await self._api.v1.invoices.finalize_invoice_async(bill.id))
        if not bill.hosted_invoice_url:
            raise Unable("Stripe gives the invoice no page")
        return bill.hosted_invoice_url

    def _kinds(self, order: Order) -> list[Wallet | str]:
        found: list[Wallet | str] = [one for one, taken in WALLETS.items() if order.price.currency in taken]
        if not self._options.wallets:
            raise Unable(N_("Paying by Alipay or WeChat Pay is switched off: set LYCEUM_STRIPE_WALLETS=true."))
        if not found:
            raise Unable(N_("Alipay and WeChat Pay don't take this currency: give the plan a price in one they take."))
        if self._options.tax:
            raise Unable(
                N_("Stripe can't work out tax on a wallet's invoice: it knows no address. Pay by card instead.")
            )
        return found

    async def _customer(self, order: Order) -> str:
        """Who the invoices are sent to: Stripe sends none to somebody without an e-mail address."""
        customers = self._api.v1.customers
        if order.customer:
            known = self._api.read(Customer, await customers.retrieve_async(order.customer))
            if not known.deleted and (known.email or not order.email):
                return self._reachable(known)
            if not known.deleted:
                return (await customers.update_async(known.id, {"email": order.email})).id
        if not order.email:
            raise Unable(N_("An invoice needs an e-mail address to be sent to: ask the member for one."))
        meta = {MEMBER: str(order.member), COMMUNITY: str(order.community)}
        key = f"lyceum:customer:{order.token}"
        made = await self._api.once(
            key, lambda one: customers.create_async({"email": order.email, "metadata": meta}, {"idempotency_key": one})
        )
        return made.id

    @staticmethod
    def _reachable(customer: Customer) -> str:
        if not customer.email:
            raise Unable(N_("An invoice needs an e-mail address to be sent to: ask the member for one."))
        return customer.id

    # ------------------------------------------------------------------ taking it back

    async def withdraw(self, external: str) -> None:
        """Close a session, or end a subscription whose first invoice nobody has paid. What was paid stays paid."""
        v1 = self._api.v1
        if external.startswith("cs_"):
            try:
                await v1.checkout.sessions.expire_async(external)
            except stripe.InvalidRequestError:
                page = self._api.read(Checkout, await v1.checkout.sessions.retrieve_async(external))
                if page.status == "open":
                    raise
            return
        found = await v1.subscriptions.retrieve_async(external, {"expand": ["latest_invoice"]})
        sub = self._api.read(Recurrence, found)
        bill = sub.latest_invoice
        if not sub.over and isinstance(bill, Bill) and bill.status in ("open", "draft"):
            await v1.subscriptions.cancel_async(external)
            if bill.status == "open":
                await v1.invoices.void_invoice_async(bill.id)


def _recurs(order: Order) -> bool:
    return bool(order.plan.months) and not order.gift


def metadata(order: Order) -> dict[str, str]:
    """What is written on everything that an order makes at Stripe: ids of ours, and how long it lasts."""
    term = term_of(order.plan, gift=order.gift)
    return {
        ORDER: order.token,
        MEMBER: str(order.member),
        COMMUNITY: str(order.community),
        PLAN: order.plan.name,
        **({TERM: term} if term else {}),
    }
