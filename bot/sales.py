"""The words of selling: what a member bought, as its provider tells it, and the money that moved.

A **subscription** is anything bought or given that opens gates for a time: one that renews, a pass, a lifetime, a
gift. Money is whole minor units of a lower-case ISO 4217 currency; Telegram Stars are `xtr` and have no minor unit.
"""

from calendar import monthrange
from datetime import datetime
from decimal import Decimal
from typing import Literal

from bot.words import Word, to_json

Status = Literal["pending", "trialing", "active", "past_due", "paused", "disputed", "refunded", "ended"]
"""What a provider says of a subscription.

pending: begun, not paid. trialing and active: paid to `until`. past_due: the renewal due at `until` failed. paused:
no access, no charges, until it is resumed. disputed: the bank was asked for the money back. refunded: paid back, and
access ends with it. ended: over for good. Cancelled 'at the end of the period' is `active` that does not renew.
"""
_FINALITY: dict[str, int] = {
    name: rank
    for rank, name in enumerate(
        ("pending", "trialing", "active", "past_due", "paused", "disputed", "refunded", "ended")
    )
}

STARS = "xtr"
"""Telegram Stars, among the currencies."""


_ZERO = (
    *("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg"),
    *("rwf", "vnd", "vuv", "xaf", "xof", "xpf", STARS),
)
_THREE = ("bhd", "jod", "kwd", "omr", "tnd")
_DECIMALS = {**dict.fromkeys(_ZERO, 0), **dict.fromkeys(_THREE, 3)}
"""Currencies whose minor unit is not a hundredth, as Stripe counts (docs.stripe.com/currencies).

The króna (isk) and the Ugandan shilling (ugx) are hundredths there, though nobody pays less than a whole one.
"""


def decimals(currency: str) -> int:
    """Decimal places of a currency: how many digits its minor unit is behind its major one."""
    return _DECIMALS.get(currency, 2)


def months_later(start: datetime, months: int) -> datetime:
    """The same day some months later; the last of the month where it has no such day."""
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    return start.replace(year=year, month=month + 1, day=min(start.day, monthrange(year, month + 1)[1]))


class Price(Word, frozen=True):
    """An amount of money in minor units."""

    amount: int
    currency: str

    @property
    def major(self) -> Decimal:
        """The amount in major units: 9.99 of 999 cents."""
        return Decimal(self.amount).scaleb(-decimals(self.currency))


class Subscription(Word, frozen=True):
    """The truth about one subscription at the time `as_of`.

    `id` is unique for ever and begins with its provider (`stripe:sub_1`). It is paid `until` then (None: for ever) and
    `renews` by itself or not; a period has `months` (0 where nothing recurs) and costs `price`. A trial ends at
    `trial_until`.
    """

    id: str
    plan: str
    status: Status
    since: datetime
    as_of: datetime
    until: datetime | None = None
    renews: bool = False
    months: int = 0
    trial_until: datetime | None = None
    price: Price = Price(amount=0, currency="usd")

    @property
    def provider(self) -> str:
        """Who keeps it."""
        return self.id.partition(":")[0]


def gift_id(order: str) -> str:
    """The id of the subscription that a gift, paid by an order of this token, becomes when it is redeemed."""
    return f"gift:{order}"


def newer(one: Subscription, other: Subscription) -> Subscription:
    """The later truth of two about one subscription.

    A total order: of two truths of the same instant the more final one holds, so that in whatever order news arrives,
    and however often, the same is believed in the end.
    """
    return max(one, other, key=_lateness)


def _lateness(one: Subscription) -> tuple[datetime, int, bytes]:
    return one.as_of, _FINALITY[one.status], to_json(one)


Reason = Literal[
    "too_expensive",
    "unused",
    "missing_features",
    "low_quality",
    "too_complex",
    "customer_service",
    "switched_service",
    "other",
]
"""Why somebody cancels: Stripe's own list (docs.stripe.com/api/subscriptions/object, cancellation_details.feedback)."""


class Payment(Word, frozen=True):
    """Money that moved: `charge` towards the creator, `refund` and `dispute` back to the member.

    `price.amount` is never negative. `id` is unique for ever (`stripe:ch_1`, `stripe:re_1`). `of` is the charge of
    which money went back, or came again (as a `charge`, too); "" for a charge itself, and where nobody said.
    """

    id: str
    kind: Literal["charge", "refund", "dispute"]
    subscription: str
    plan: str
    price: Price
    of: str = ""
