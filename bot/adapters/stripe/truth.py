"""What Stripe's objects mean: pure functions from what was fetched to a `Truth`.

A subscription is `stripe:sub_…`; what is paid once is `stripe:cs_…`, by the session it was bought in. What Stripe calls
active is not always paid: an invoice that was sent, to a wallet that can't be charged, may still wait.
https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.adapters.stripe.wire import (
    Bill,
    Charge,
    Checkout,
    Cost,
    Customer,
    Dispute,
    Method,
    Recurrence,
    Refund,
    ident,
    moment,
)
from bot.engine.rules import Plan
from bot.payments import Buyer, Truth, Unable
from bot.sales import Payment, Price, Status, Subscription, months_later

PROVIDER = "stripe"
ORDER, MEMBER, COMMUNITY, PLAN = "lyceum_order", "lyceum_member", "lyceum_community", "lyceum_plan"
TERM = "lyceum_term"
"""How long what is paid once lasts: `days:30`, `months:3`, `until:<ISO 8601>` or `ever`."""
ENDS = "lyceum_ends"
"""On a refund: it ends what was bought, too (`yes`), or not (`no`). One made at Stripe itself says nothing."""
YES, NO = "yes", "no"
ENDED = "lyceum_ended"
CREDIT = "lyceum_credit"
"""On a session: ended by hand at this time, in seconds."""
ASKED_BACK = frozenset({"needs_response", "under_review"})
"""Statuses of a dispute in which the bank holds the money; an inquiry (`warning_…`) moves none."""
Disputes = Mapping[str, Sequence[Dispute]]
"""By the id of the charge."""
Standing = tuple[Status, datetime | None]
"""A status, and until when it is paid."""


def name_of(number: str) -> str:
    """Our id for one of Stripe's."""
    return f"{PROVIDER}:{number}"


def term_of(plan: Plan, *, gift: bool) -> str:
    """How long a single payment for a plan lasts; '' for what renews."""
    match plan.period:
        case "once":
            return f"days:{plan.days}"
        case "date":
            end = plan.until(moment(0))
            return f"until:{end.isoformat()}" if end else "ever"
        case "month" | "quarter" | "year":
            return f"months:{plan.months}" if gift else ""
        case _:
            return "ever"


def term_end(term: str, start: datetime) -> datetime | None:
    """When something bought at `start` ends; None is never."""
    kind, _, value = term.partition(":")
    match kind:
        case "days":
            return start + timedelta(days=int(value))
        case "until":
            return datetime.fromisoformat(value)
        case "months":
            return months_later(start, int(value))
        case _:
            return None


# ---------------------------------------------------------------------- subscriptions


def of_subscription(
    sub: Recurrence, bills: Sequence[Bill], charges: Sequence[Charge], disputes: Disputes, as_of: datetime, plan: str
) -> Truth:
    """The truth about a subscription.

    `bills` are its invoices, newest first; `charges` the customer's (those that pay none of the bills are somebody
    else's). `plan` is for a subscription that does not say itself which plan it is for. Raises Unable for a status
    that nobody has heard of: nothing is given or taken on such a word.
    """
    meta = sub.metadata or {}
    item = sub.items.data[0] if sub.items.data else None
    named = (item and (item.price.metadata or {}).get(PLAN)) or meta.get(PLAN) or plan
    mine = paying(bills, charges)
    status, until = _with_money(_standing(sub, bills), sub, bills, mine, disputes)
    told = Subscription(
        id=name_of(sub.id),
        plan=named,
        status=status,
        since=moment(sub.start_date or sub.created),
        as_of=as_of,
        until=until,
        renews=_renews(sub),
        months=_months(item.price) if item else 0,
        trial_until=None if sub.trial_end is None else moment(sub.trial_end),
        price=_price(item.price, item.quantity) if item else Price(amount=0, currency="usd"),
    )
    moved = tuple(payment for charge in mine for payment in payments(charge, disputes, told.id, named))
    return Truth(subscription=told, order=meta.get(ORDER, ""), payments=moved, buyer=_buyer(sub, mine))


def paying(bills: Sequence[Bill], charges: Sequence[Charge]) -> list[Charge]:
    """The charges that paid these invoices, the newest first."""
    numbers = {one.id for one in bills}
    by = frozenset[str]().union(*(one.paid_by for one in bills))
    found = [
        one
        for one in charges
        if one.paid and ({one.id, one.payment_intent or ""} & by or (one.invoice or "") in numbers)
    ]
    return sorted(found, key=lambda one: one.created, reverse=True)


def _standing(sub: Recurrence, bills: Sequence[Bill]) -> Standing:
    """What it is by its own status and its invoices."""
    start, end = sub.period
    since = moment(sub.start_date or sub.created)
    unpaid = _unpaid_since(bills)
    match sub.status:
        case "canceled":
            return "ended", moment(sub.ended_at or end)
        case "incomplete_expired":
            return "ended", since
        case "incomplete":
            return "pending", since
        case "paused":
            return "paused", moment(sub.trial_end or start)
        case "past_due" | "unpaid":
            return "past_due", moment(start if unpaid is None else unpaid)
        case _ if sub.pause_collection is not None:
            return "paused", moment(end if unpaid is None else unpaid)
        case "trialing":
            return "trialing", moment(min(sub.trial_end or end, sub.cancel_at or end))
        case "active":
            return _active(sub, bills, unpaid)
        case _:
            raise Unable(f"Stripe says that {sub.id} is {sub.status!r}, which this version does not know: update it")


def _active(sub: Recurrence, bills: Sequence[Bill], unpaid: int | None) -> Standing:
    start, end = sub.period
    since = moment(sub.start_date or sub.created)
    waiting = next((one for one in bills if one.begins is not None), None)
    if sub.sent and waiting is not None and not waiting.paid:
        return _awaited(since, waiting, moment(start if unpaid is None else unpaid))
    return "active", moment(min(end, sub.cancel_at or end))


def _awaited(since: datetime, bill: Bill, until: datetime) -> Standing:
    """An invoice that was sent and is not paid. Before Stripe opens it, an hour later, nobody could have paid it."""
    if until <= since:
        return "pending", since
    return ("active" if bill.status == "draft" else "past_due"), until


def _unpaid_since(bills: Sequence[Bill]) -> int | None:
    """Where the unpaid time begins: at the first period of those, up to the newest, whose invoice is not paid."""
    found: int | None = None
    for bill in bills:
        if bill.paid:
            break
        started = bill.begins
        if started is None:
            started = min((one.period.start for one in bill.lines.data), default=None)
        found = started if found is None or started is None else min(found, started)
    return found


def _with_money(
    standing: Standing, sub: Recurrence, bills: Sequence[Bill], mine: Sequence[Charge], disputes: Disputes
) -> Standing:
    """What became of the money may weigh more: it was given back, or the bank was asked for it."""
    status, until = standing
    last = _last_paid(bills, mine)
    ending = [one for charge in last for one in refunds(charge) if _ends(one)]
    given_back = bool(last) and all(one.refunded for one in last)
    lost = [one for charge in last for one in disputes.get(charge.id, ()) if one.status == "lost"]
    if sub.over:
        return ("refunded" if ending or given_back or lost else status), until
    if ending or lost:
        return "refunded", until
    if any(one.status in ASKED_BACK for charge in mine for one in disputes.get(charge.id, ())):
        return "disputed", until
    return status, until


def _last_paid(bills: Sequence[Bill], mine: Sequence[Charge]) -> list[Charge]:
    """The charges of the newest invoice for a period that was paid with money."""
    for bill in bills:
        if bill.status == "paid" and bill.begins is not None:
            found = paying([bill], mine)
            if found:
                return found
    return []


def _renews(sub: Recurrence) -> bool:
    if sub.over or sub.leaving or sub.status in ("incomplete", "paused"):
        return False
    return sub.status != "trialing" or sub.sent or _has_card(sub)


def _has_card(sub: Recurrence) -> bool:
    """Whether there is something to charge when the trial ends."""
    own = sub.default_payment_method or sub.default_source
    customer = sub.customer if isinstance(sub.customer, Customer) else None
    theirs = customer and (customer.invoice_settings.default_payment_method or customer.default_source)
    return bool(own or theirs)


def _months(price: Cost) -> int:
    """Months between two charges; what recurs by days or weeks counts as a month at least."""
    every = price.recurring
    if every is None:
        return 0
    return every.interval_count * {"month": 1, "year": 12}.get(every.interval, 0) or 1


def _price(price: Cost, quantity: int) -> Price:
    return Price(amount=(price.unit_amount or 0) * quantity, currency=price.currency)


def _buyer(sub: Recurrence, mine: Sequence[Charge]) -> Buyer:
    customer = sub.customer if isinstance(sub.customer, Customer) else None
    method = sub.default_payment_method
    card = method.card.fingerprint if isinstance(method, Method) and method.card else None
    used = next((_fingerprint(one) for one in mine if _fingerprint(one)), "")
    return Buyer(customer=ident(sub.customer), email=(customer and customer.email) or "", card=card or used)


def _fingerprint(charge: Charge) -> str:
    details = charge.payment_method_details
    return (details.card.fingerprint if details and details.card else None) or ""


# ---------------------------------------------------------------------- what is paid once


def of_session(session: Checkout, disputes: Disputes, as_of: datetime) -> Truth | None:
    """The truth about what was paid once; None for a session that nobody has paid in, and for one that is not ours."""
    meta = session.metadata or {}
    if session.mode != "payment" or session.status != "complete" or TERM not in meta:
        return None
    charge = session.charge
    number, plan = name_of(session.id), meta.get(PLAN, "")
    since = moment(charge.created if charge else session.created)
    status, until = _session_standing(session, charge, since, disputes)
    price = Price(amount=session.amount_total or 0, currency=session.currency or "usd")
    told = Subscription(id=number, plan=plan, status=status, since=since, as_of=as_of, until=until, price=price)
    details = session.customer_details
    buyer = Buyer(
        customer=ident(session.customer),
        email=(details and details.email) or (charge and charge.billing_details.email) or "",
        card=_fingerprint(charge) if charge else "",
    )
    moved = tuple(payments(charge, disputes, number, plan)) if charge else ()
    return Truth(subscription=told, order=meta.get(ORDER, ""), payments=moved, buyer=buyer)


def _session_standing(session: Checkout, charge: Charge | None, since: datetime, disputes: Disputes) -> Standing:
    meta = session.metadata or {}
    until = term_end(meta[TERM], since)
    if session.payment_status == "unpaid":
        failed = not isinstance(session.payment_intent, str) and session.payment_intent is not None
        failed = failed and getattr(session.payment_intent, "status", "") in ("requires_payment_method", "canceled")
        return ("ended" if failed else "pending"), since
    about = disputes.get(charge.id, ()) if charge else ()
    if charge and (_given_back(charge) or any(one.status == "lost" for one in about)):
        return "refunded", until
    if ENDED in meta:
        return "ended", moment(int(meta[ENDED]))
    if any(one.status in ASKED_BACK for one in about):
        return "disputed", until
    return "active", until


def _given_back(charge: Charge) -> bool:
    """Whether what was paid once is over with its money: all is back, or a part that ends it; unless it is to stay."""
    made = [(one.metadata or {}).get(ENDS) for one in refunds(charge)]
    return YES in made or (charge.refunded and NO not in made)


# ---------------------------------------------------------------------- money


def _ends(refund: Refund) -> bool:
    return (refund.metadata or {}).get(ENDS) == YES


def refunds(charge: Charge) -> list[Refund]:
    """The refunds of a charge that hold."""
    known = charge.refunds.data if charge.refunds else ()
    return [one for one in known if one.status not in ("failed", "canceled")]


def payments(charge: Charge, disputes: Disputes, subscription: str, plan: str) -> Iterable[tuple[datetime, Payment]]:
    """The money that moved by a charge: it came, some went back, and of that some may have come again.

    Amounts are in the currency the creator charges, whatever Adaptive Pricing showed the member. A refund that failed,
    or a dispute that was won, is booked as money that came again, since books are never rubbed out.
    """

    def moved(number: str, kind: str, amount: int, currency: str, at: int) -> tuple[datetime, Payment]:
        price, of = Price(amount=amount, currency=currency), "" if number == charge.id else name_of(charge.id)
        return moment(at), Payment(
            id=name_of(number), kind=kind, subscription=subscription, plan=plan, price=price, of=of  # type: ignore[arg-type]
        )  # fmt: skip

    yield moved(charge.id, "charge", charge.amount, charge.currency, charge.created)
    for refund in charge.refunds.data if charge.refunds else ():
        yield moved(refund.id, "refund", refund.amount, refund.currency, refund.created)
        if refund.status in ("failed", "canceled"):
            yield moved(f"{refund.id}:back", "charge", refund.amount, refund.currency, refund.created)
    for one in disputes.get(charge.id, ()):
        if one.status in ASKED_BACK | {"won", "lost"}:
            yield moved(one.id, "dispute", one.amount, one.currency, one.created)
        if one.status == "won":
            back = max(
                (booked.created for booked in one.balance_transactions if booked.amount > 0), default=one.created
            )
            yield moved(f"{one.id}:back", "charge", one.amount, one.currency, back)
