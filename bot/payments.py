"""The payment port: what every provider of payments does for us, and the words it does it in.

A provider keeps subscriptions and is asked for the truth about them. What it sends by itself is a bell, not the truth:
`verify` says whether it was the provider who rang, and `hear`, later and as often as needed, asks what is so. A new
provider is one class with these methods and its entry in `bot/service.py`.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from bot.engine.rules import Plan
from bot.sales import Payment, Price, Subscription
from bot.words import Word

Ability = Literal[
    "renew", "trial", "coupon", "portal", "pause", "change", "gift", "keep", "invoices", "wallet", "credit"
]
"""What a provider can do besides taking money: see the methods of the same names, and `Order.wallet`."""


class Forged(Exception):  # noqa: N818 - what it is
    """It was not the provider who rang, or not about us; the message says which check failed. Never says a secret."""


class Unable(Exception):  # noqa: N818 - what it is
    """The provider can't, or won't; the message is for the creator and says who must do what."""


class Busy(Exception):  # noqa: N818 - what it is
    """The provider can't be reached just now, or asks for patience: the same again after `after` seconds."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after


class Discount(Word, frozen=True):
    """What a coupon takes off: `percent`, or an amount in the order's currency, `once`, for `months`, or for ever."""

    code: str
    percent: int = 0
    amount: int = 0
    duration: Literal["once", "months", "forever"] = "once"
    months: int = 0


class Order(Word, frozen=True):
    """What a member is about to buy. `token` is unique for ever and names it before the provider.

    The same order offered twice must be one to the provider (idempotency key: the token). `customer` is the member's id
    at the provider, if it has one; `user` their id on the platform they ask from. `locale` is the language of the page.
    """

    token: str
    community: int
    member: int
    plan: Plan
    price: Price
    created_at: datetime
    expires_at: datetime
    platform: str = ""
    user: str = ""
    locale: str = "en"
    customer: str = ""
    email: str = ""
    trial_days: int = 0
    discount: Discount | None = None
    gift: bool = False
    wallet: bool = False
    """Pay by a wallet that can't be charged again (Alipay, WeChat Pay): each period is a bill that is sent."""


class Link(Word, frozen=True):
    """Where an order is paid: a `url` to open, good to `expires_at`; `external` is the provider's own name for it."""

    url: str
    external: str = ""
    expires_at: datetime | None = None


class Buyer(Word, frozen=True):
    """Who paid, as the provider knows them: their `customer` id there; e-mail and card fingerprint where it tells them.

    They are kept as hashes only.
    """

    customer: str = ""
    email: str = ""
    card: str = ""


class Truth(Word, frozen=True):
    """What a provider says when it is asked about one purchase.

    `order` is the token of the order it began with ('' when that is not known: the subscription's own row says whose it
    is). `payments` are all that it tells of, in any order, each with its time; those known already change nothing.
    """

    subscription: Subscription
    order: str = ""
    payments: tuple[tuple[datetime, Payment], ...] = ()
    buyer: Buyer = Buyer()


class Invoice(Word, frozen=True):
    """A bill: what was asked when, whether it is paid, and where it can be seen or paid."""

    number: str
    at: datetime
    price: Price
    paid: bool
    url: str = ""


class Provider(Protocol):
    """A provider of payments. Every method may raise `Busy` and `Unable`; none blocks the event loop."""

    name: str
    """As subscriptions begin with it: `stripe`, `stars`, `sandbox`."""
    currencies: frozenset[str] | None
    """The currencies it takes; None is all but Stars."""
    can: frozenset[Ability]

    def sells(self, plan: Plan, price: Price) -> str:
        """'' when it can sell the plan at this price; else why not, in words to translate."""

    async def checkout(self, order: Order) -> Link:
        """Offer an order to be paid. Twice the same order is the same link, and is paid once."""

    async def withdraw(self, order: Order, external: str) -> None:
        """Take an offer back: it can't be paid any more. One that was paid meanwhile stays paid."""

    async def fetch(self, subscription: Subscription) -> Truth | None:
        """What is true now; None when it was never heard of there."""

    async def cancel(self, subscription: Subscription, *, now: bool = False) -> Truth:
        """Let it end at the date it is paid to, or `now`."""

    async def keep(self, subscription: Subscription) -> Truth:
        """Undo `cancel`, as long as it has not ended."""

    async def pause(self, subscription: Subscription) -> Truth:
        """No charges and no access until it is resumed."""

    async def resume(self, subscription: Subscription) -> Truth:
        """End a pause."""

    async def change(self, subscription: Subscription, plan: Plan, price: Price) -> Truth:
        """Another plan from now on; what is paid already is set off (proration)."""

    async def refund(self, subscription: Subscription, payment: Payment, *, ends: bool) -> Truth:
        """Give a payment back, and with `ends` end the subscription, too. Again changes nothing."""

    async def credit(self, subscription: Subscription, price: Price, key: str) -> None:
        """Take so much off the next bill. Again with the same key changes nothing."""

    async def portal(self, customer: str) -> str:
        """A page where the customer sees and changes card and invoices."""

    async def invoices(self, subscriptions: tuple[Subscription, ...], customer: str, limit: int) -> list[Invoice]:
        """The customer's latest bills, newest first."""

    def verify(self, body: bytes, signature: str, now: datetime) -> str:
        """The id of the news in a webhook, '' for none of our concern. Raises Forged.

        Of the raw bytes; nothing is believed of them but that the provider rang.
        """

    async def hear(self, body: bytes, now: datetime) -> list[Truth]:
        """Ask about whatever a webhook (verified before) was about. Kinds that are not known are about nothing."""

    def changed(self, since: datetime, now: datetime) -> AsyncIterator[Truth]:
        """The truth about everything that changed since a time, from the provider's own lists: for reconciliation."""


@runtime_checkable
class Clockwork(Protocol):
    """A provider that is its own bank: time passes for its subscriptions when it is told so."""

    async def tick(self, now: datetime) -> list[Truth]:
        """Renew, or fail to renew, what is due by `now`; returns what changed."""

    async def next_tick(self) -> datetime | None:
        """When something is due next."""
