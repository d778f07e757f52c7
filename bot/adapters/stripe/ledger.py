"""Asking Stripe what is true: about one purchase, about what an event names, about all that changed since a time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta

import stripe

from bot.adapters.stripe.api import Api, missing
from bot.adapters.stripe.truth import PLAN, of_session, of_subscription
from bot.adapters.stripe.wire import (
    Bill,
    Charge,
    Checkout,
    Dispute,
    InvoicePayment,
    News,
    Recurrence,
    Refund,
    ident,
)
from bot.payments import Truth

BILLS = 24
"""Invoices of a subscription that are looked at: the older ones' money is known."""
SESSION_MONEY = ("payment_intent.latest_charge.refunds",)
SUBSCRIBER = ("customer", "default_payment_method")
LASTS = timedelta(hours=24)
"""A session may be paid so long after it was made."""
KEPT = timedelta(days=29)
"""Events are listed for 30 days."""
CONCERNS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.overdue",
    "invoice.voided",
    "invoice.marked_uncollectible",
    "payment_intent.succeeded",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
)
"""The kinds of events that may change a truth: what a webhook endpoint should send (docs.stripe.com/api/events/types).
Each of the others changes nothing, or comes together with one of these. At most 20 are asked for in one list."""


class Ledger:
    """Reads. Every method may raise stripe's errors."""

    def __init__(self, api: Api, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._clock = clock

    # ------------------------------------------------------------------ one purchase

    async def truth(self, number: str, plan: str = "") -> Truth | None:
        """The truth about a subscription (`sub_…`) or a session (`cs_…`), None when there is none, or it is not ours.

        With `plan` it is taken for ours even if nothing in it says so: it was imported.
        """
        as_of = self._clock()
        try:
            if number.startswith("cs_"):
                return await self._session(number, as_of)
            return await self._subscription(number, as_of, plan) if number.startswith("sub_") else None
        except stripe.InvalidRequestError as error:
            if missing(error):
                return None
            raise

    async def session(self, number: str) -> Checkout:
        """A session, with what was paid."""
        api = self._api
        found = await api.v1.checkout.sessions.retrieve_async(number, {"expand": [*SESSION_MONEY]})
        return api.read(Checkout, found)

    async def subscription(self, number: str) -> Recurrence:
        """A subscription, with who pays and by what."""
        api = self._api
        return api.read(Recurrence, await api.v1.subscriptions.retrieve_async(number, {"expand": [*SUBSCRIBER]}))

    async def bills(self, number: str) -> list[Bill]:
        """The invoices of a subscription, the newest first."""
        found = self._api.v1.invoices.list_async({"subscription": number, "limit": BILLS, "expand": ["data.payments"]})
        return await self._api.first(Bill, found)

    async def _session(self, number: str, as_of: datetime) -> Truth | None:
        found = await self.session(number)
        if found.mode == "subscription":
            return await self._subscription(ident(found.subscription), as_of, "") if found.subscription else None
        charge = found.charge
        return of_session(found, await self._disputes([charge] if charge else []), as_of)

    async def _subscription(self, number: str, as_of: datetime, plan: str) -> Truth | None:
        found = await self.subscription(number)
        if not plan and PLAN not in (found.metadata or {}):
            return None
        bills, charges = await asyncio.gather(self.bills(number), self._charges(ident(found.customer)))
        return of_subscription(found, bills, charges, await self._disputes(charges), as_of, plan)

    async def _charges(self, customer: str) -> list[Charge]:
        listed = self._api.v1.charges.list_async({"customer": customer, "limit": 100, "expand": ["data.refunds"]})
        return await self._api.first(Charge, listed)

    async def _disputes(self, charges: Sequence[Charge]) -> dict[str, list[Dispute]]:
        disputes = self._api.v1.disputes
        return {
            one.id: await self._api.first(Dispute, disputes.list_async({"charge": one.id, "limit": 100}))
            for one in charges
            if one.disputed
        }

    # ------------------------------------------------------------------ what news is about

    async def subject(self, news: News) -> str:
        """The id of the subscription or session that an event is about; '' for none.

        The event's own content is not believed, nor looked at beyond the id: it may be old, in whatever shape.
        """
        if news.type not in CONCERNS:
            return ""
        about = news.data.object
        try:
            return await self._subject(about.object, about.id) if about.id else ""
        except stripe.InvalidRequestError as error:
            if missing(error):
                return ""
            raise

    async def _subject(self, kind: str, number: str) -> str:
        v1, read = self._api.v1, self._api.read
        match kind:
            case "subscription":
                return number
            case "checkout.session":
                session = read(Checkout, await v1.checkout.sessions.retrieve_async(number))
                return ident(session.subscription) or session.id
            case "invoice":
                return read(Bill, await v1.invoices.retrieve_async(number)).about
            case "payment_intent":
                return await self._of_intent(number)
            case "charge":
                return await self._of_charge(read(Charge, await v1.charges.retrieve_async(number)))
            case "refund":
                refund = read(Refund, await v1.refunds.retrieve_async(number))
                return await self._of_money(refund.payment_intent, refund.charge)
            case "dispute":
                dispute = read(Dispute, await v1.disputes.retrieve_async(number))
                return await self._of_money(dispute.payment_intent, dispute.charge)
            case _:
                return ""

    async def _of_money(self, intent: str | None, charge: str | None) -> str:
        if intent:
            return await self._of_intent(intent)
        return await self._subject("charge", charge) if charge else ""

    async def _of_charge(self, charge: Charge) -> str:
        if charge.payment_intent:
            return await self._of_intent(charge.payment_intent)
        return await self._subject("invoice", charge.invoice) if charge.invoice else ""

    async def _of_intent(self, number: str) -> str:
        """What a payment was for: an invoice's subscription, or the session it was made in."""
        v1 = self._api.v1
        paid = await self._api.first(
            InvoicePayment,
            v1.invoice_payments.list_async({"payment": {"type": "payment_intent", "payment_intent": number}}),
        )
        for one in paid:
            about = await self._subject("invoice", one.invoice) if one.invoice else ""
            if about:
                return about
        sessions = await self._api.first(Checkout, v1.checkout.sessions.list_async({"payment_intent": number}))
        return sessions[0].id if sessions else ""

    # ------------------------------------------------------------------ what changed

    async def changed(self, since: datetime, now: datetime) -> AsyncIterator[Truth]:
        """The truth about everything that changed, each once.

        Stripe's list of events says what changed, so long as it holds it (30 days); the lists of the objects
        themselves say what is new even where an event is lost.
        """
        seen: set[str] = set()
        money: set[str] = set()
        async for number in self._touched(since, now, money):
            if number in seen or not number:
                continue
            seen.add(number)
            truth = await self.truth(number)
            if truth is not None:
                money |= {payment.id.partition(":")[2] for _, payment in truth.payments}
                yield truth

    async def _touched(self, since: datetime, now: datetime, known: set[str]) -> AsyncIterator[str]:
        """Ids, perhaps several times. `known` grows with the money that is known already."""
        api, after = self._api, {"gte": int(since.timestamp())}
        v1 = api.v1
        limit = 100
        new = v1.subscriptions.list_async({"status": "all", "created": {"gte": after["gte"]}, "limit": limit})
        async for sub in api.every(Recurrence, new):
            yield sub.id
        begun = v1.subscriptions.list_async(
            {"status": "all", "current_period_start": {"gte": after["gte"]}, "limit": limit}
        )
        async for sub in api.every(Recurrence, begun):
            yield sub.id
        opened = int((since - LASTS).timestamp())
        sessions = v1.checkout.sessions.list_async({"created": {"gte": opened}, "status": "complete", "limit": limit})
        async for session in api.every(Checkout, sessions):
            yield ident(session.subscription) or session.id
        async for number in self._told(since, now):
            yield number
        async for charge in api.every(
            Charge, v1.charges.list_async({"created": {"gte": after["gte"]}, "limit": limit})
        ):
            if charge.paid and charge.id not in known:
                yield await self._of_charge(charge)
        async for refund in api.every(
            Refund, v1.refunds.list_async({"created": {"gte": after["gte"]}, "limit": limit})
        ):
            if refund.id not in known:
                yield await self._of_money(refund.payment_intent, refund.charge)
        asked = v1.disputes.list_async({"created": {"gte": after["gte"]}, "limit": limit})
        async for dispute in api.every(Dispute, asked):
            if dispute.id not in known:
                yield await self._of_money(dispute.payment_intent, dispute.charge)

    async def _told(self, since: datetime, now: datetime) -> AsyncIterator[str]:
        """What the events since then are about; an object that several tell of is looked up once."""
        start = int(max(since, now - KEPT).timestamp())
        asked: set[str] = set()
        for first in range(0, len(CONCERNS), 20):
            kinds = list(CONCERNS[first : first + 20])
            listed = self._api.v1.events.list_async({"types": kinds, "created": {"gte": start}, "limit": 100})
            async for news in self._api.every(News, listed):
                if news.data.object.id not in asked:
                    asked.add(news.data.object.id)
                    yield await self.subject(news)
