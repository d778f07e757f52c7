"""What we read of Stripe's objects: the fields that matter, in the shape of today and in the one before `basil`.

A field may hold an id or the object itself, as the request had it expanded. Unknown fields are passed over, so that a
later version of the API does no harm. `2025-03-31.basil` moved the period's ends from the subscription to its items,
and an invoice's subscription and payment to `parent` and `payments`: both places are read.
https://docs.stripe.com/changelog/basil
"""

from datetime import UTC, datetime
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")
S = TypeVar("S", bound="Seen")


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """An object as Stripe shows it."""


class Page(Seen, Generic[T], frozen=True):
    data: tuple[T, ...] = ()


def moment(seconds: int) -> datetime:
    """Stripe's time, as ours."""
    return datetime.fromtimestamp(seconds, UTC)


def ident(value: "str | Seen | None") -> str:
    """The id of what is an id or an object; '' of nothing."""
    return value if isinstance(value, str) else str(getattr(value, "id", None) or "")


# ---------------------------------------------------------------------- who


class Card(Seen, frozen=True):
    fingerprint: str | None = None


class Method(Seen, frozen=True):
    id: str
    card: Card | None = None


class CustomerSettings(Seen, frozen=True):
    default_payment_method: str | None = None


class Customer(Seen, frozen=True):
    id: str
    email: str | None = None
    deleted: bool = False
    default_source: str | None = None
    invoice_settings: CustomerSettings = CustomerSettings()


# ---------------------------------------------------------------------- money


class Refund(Seen, frozen=True):
    id: str
    amount: int
    currency: str
    created: int
    status: str | None = "succeeded"
    charge: str | None = None
    payment_intent: str | None = None
    metadata: dict[str, str] | None = None


class Credit(Seen, frozen=True):
    """A line in a customer's balance: below zero it is owed to them."""

    id: str
    amount: int
    metadata: dict[str, str] | None = None


class Booking(Seen, frozen=True):
    """A line in the account's balance."""

    amount: int
    created: int


class Dispute(Seen, frozen=True):
    id: str
    amount: int
    currency: str
    created: int
    status: str
    charge: str | None = None
    payment_intent: str | None = None
    balance_transactions: tuple[Booking, ...] = ()


class PaidWith(Seen, frozen=True):
    card: Card | None = None


class BilledTo(Seen, frozen=True):
    email: str | None = None


class Charge(Seen, frozen=True):
    id: str
    amount: int
    currency: str
    created: int
    paid: bool = True
    refunded: bool = False
    amount_refunded: int = 0
    disputed: bool = False
    payment_intent: str | None = None
    invoice: str | None = None
    refunds: Page[Refund] | None = None
    payment_method_details: PaidWith | None = None
    billing_details: BilledTo = BilledTo()
    receipt_url: str | None = None
    receipt_number: str | None = None


class Intent(Seen, frozen=True):
    id: str
    status: str
    latest_charge: str | Charge | None = None


# ---------------------------------------------------------------------- invoices


class InvoiceIntent(Seen, frozen=True):
    payment_intent: str | None = None
    charge: str | None = None


class InvoicePayment(Seen, frozen=True):
    invoice: str | None = None
    payment: InvoiceIntent = InvoiceIntent()


class LineOrigin(Seen, frozen=True):
    proration: bool = False


class LineParent(Seen, frozen=True):
    subscription_item_details: LineOrigin | None = None
    invoice_item_details: LineOrigin | None = None


class Span(Seen, frozen=True):
    start: int
    end: int


class Line(Seen, frozen=True):
    period: Span
    parent: LineParent | None = None
    proration: bool = False

    @property
    def term(self) -> bool:
        """Whether it charges for a period, and not for a change or something else."""
        if self.parent is None:
            return not self.proration
        details = self.parent.subscription_item_details
        return details is not None and not details.proration


class SubscriptionDetails(Seen, frozen=True):
    subscription: str | None = None


class InvoiceParent(Seen, frozen=True):
    subscription_details: SubscriptionDetails | None = None


class Bill(Seen, frozen=True):
    """An invoice."""

    created: int
    currency: str
    id: str = ""
    status: str | None = None
    total: int = 0
    number: str | None = None
    hosted_invoice_url: str | None = None
    lines: Page[Line] = Page()
    payments: Page[InvoicePayment] | None = None
    parent: InvoiceParent | None = None
    subscription: str | None = None
    payment_intent: str | Intent | None = None
    charge: str | Charge | None = None

    @property
    def about(self) -> str:
        """The subscription it is for, '' for none."""
        details = self.parent and self.parent.subscription_details
        return (details and details.subscription) or self.subscription or ""

    @property
    def paid(self) -> bool:
        return self.status == "paid" or (self.status == "draft" and self.total <= 0)

    @property
    def paid_by(self) -> frozenset[str]:
        """The payment intents and charges that pay it."""
        modern = self.payments.data if self.payments else ()
        found = {ident(self.payment_intent), ident(self.charge)}
        found |= {one.payment.payment_intent or "" for one in modern} | {one.payment.charge or "" for one in modern}
        return frozenset(found - {""})

    @property
    def begins(self) -> int | None:
        """Where the period begins that it charges for; None when it charges for something else."""
        return min((one.period.start for one in self.lines.data if one.term), default=None)


# ---------------------------------------------------------------------- subscriptions and sessions


class Recurring(Seen, frozen=True):
    interval: str
    interval_count: int = 1


class Cost(Seen, frozen=True):
    """A price."""

    id: str
    currency: str
    unit_amount: int | None = None
    recurring: Recurring | None = None
    metadata: dict[str, str] | None = None


class Item(Seen, frozen=True):
    id: str
    price: Cost
    quantity: int = 1
    current_period_start: int | None = None
    current_period_end: int | None = None


class Pause(Seen, frozen=True):
    behavior: str = ""


class Recurrence(Seen, frozen=True):
    """A subscription."""

    id: str
    status: str
    created: int
    items: Page[Item]
    customer: str | Customer
    metadata: dict[str, str] | None = None
    start_date: int | None = None
    current_period_start: int | None = None
    current_period_end: int | None = None
    cancel_at_period_end: bool = False
    cancel_at: int | None = None
    ended_at: int | None = None
    trial_end: int | None = None
    pause_collection: Pause | None = None
    collection_method: str = "charge_automatically"
    latest_invoice: str | Bill | None = None
    default_payment_method: str | Method | None = None
    default_source: str | None = None

    @property
    def period(self) -> tuple[int, int]:
        """Start and end of the present period, in seconds."""
        since = self.start_date or self.created
        starts = [one.current_period_start for one in self.items.data if one.current_period_start is not None]
        ends = [one.current_period_end for one in self.items.data if one.current_period_end is not None]
        return min(starts, default=self.current_period_start or since), max(
            ends, default=self.current_period_end or since
        )

    @property
    def leaving(self) -> bool:
        """Whether it is set to end."""
        return self.cancel_at_period_end or self.cancel_at is not None

    @property
    def over(self) -> bool:
        return self.status in ("canceled", "incomplete_expired")

    @property
    def sent(self) -> bool:
        """Whether its invoices are sent, not charged."""
        return self.collection_method == "send_invoice"


class CustomerDetails(Seen, frozen=True):
    email: str | None = None


class Checkout(Seen, frozen=True):
    """A Checkout Session."""

    id: str
    mode: str
    status: str | None
    payment_status: str
    created: int
    url: str | None = None
    expires_at: int | None = None
    currency: str | None = None
    amount_total: int | None = None
    metadata: dict[str, str] | None = None
    client_reference_id: str | None = None
    customer: str | Customer | None = None
    customer_details: CustomerDetails | None = None
    subscription: str | Recurrence | None = None
    payment_intent: str | Intent | None = None

    @property
    def charge(self) -> Charge | None:
        """What was charged, if it was asked for expanded."""
        paid = self.payment_intent.latest_charge if isinstance(self.payment_intent, Intent) else None
        return paid if isinstance(paid, Charge) and paid.paid else None


# ---------------------------------------------------------------------- news


class About(Seen, frozen=True):
    """The object of an event: of this no more is believed than which one it is."""

    object: str = ""
    id: str = ""


class NewsData(Seen, frozen=True):
    object: About = About()


class News(Seen, frozen=True):
    """An event. `account` is the connected account that it is about; `livemode` whether money moves in it."""

    id: str
    object: str
    livemode: bool
    type: str = ""
    created: int | str = 0
    account: str | None = None
    data: NewsData = NewsData()
