"""The sandbox's bank: what becomes of a purchase, step by step. Pure functions of the purchase and of time.

It does what Stripe does: a period begins where the last one ended, however late it was paid; a plan that is changed is
charged at once, less what is left of the old one; nothing is charged that a credit covers.
"""

from datetime import datetime, timedelta
from typing import Literal

from bot.engine.rules import Plan
from bot.payments import Discount, Order, Unable
from bot.sales import Payment, Price, Subscription, months_later
from bot.words import Word, replace

NAME = "sandbox"
RETRIES = (timedelta(days=2), timedelta(days=5), timedelta(days=7))
"""A renewal that failed is tried again this long after the last attempt; when all have failed, it is over."""

Card = Literal["works", "declines"]
"""What the test card does when it is charged without anybody looking: at a renewal, or when a trial ends."""

Entry = tuple[datetime, Payment]


class Deal(Word, frozen=True):
    """A purchase: the order, and once it is paid the subscription and all payments.

    `anchor` is where its periods are counted from, `periods` how many of them are paid; `charges` counts all that were
    ever made, for the discount; `credit` is money from a plan that was left, or that was given (each time under one of
    the keys `credited`); `attempts` how often the open renewal was tried in vain, `retry_at` when it is tried again.
    """

    order: Order
    subscription: Subscription | None = None
    payments: tuple[Entry, ...] = ()
    customer: str = ""
    card: Card = "works"
    anchor: datetime | None = None
    periods: int = 0
    charges: int = 0
    credit: int = 0
    credited: tuple[str, ...] = ()
    attempts: int = 0
    retry_at: datetime | None = None
    withdrawn: bool = False

    @property
    def name(self) -> str:
        """What the purchase is called in the books: the order's token."""
        return self.order.token

    @property
    def sold(self) -> Subscription:
        """The subscription. Raises Unable before it was paid."""
        if self.subscription is None:
            raise Unable("this order at the sandbox has not been paid yet")
        return self.subscription

    @property
    def due_at(self) -> datetime | None:
        """When something happens by itself."""
        one = self.subscription
        if one is None or one.status not in ("trialing", "active", "past_due") or self.order.gift:
            return None
        return self.retry_at if one.status == "past_due" else one.until

    @property
    def refundable(self) -> bool:
        """Whether there is a payment that was not given back."""
        kinds = [payment.kind for _, payment in self.payments]
        return kinds.count("charge") > kinds.count("refund")

    def payable(self, now: datetime) -> bool:
        """Whether the offer still stands."""
        return self.subscription is None and not self.withdrawn and now < self.order.expires_at


def cost(price: Price, discount: Discount | None, charges: int, months: int) -> int:
    """What charge number `charges` (0 is the first) of a plan of `months` amounts to."""
    if discount is None:
        return price.amount
    over = {"once": charges > 0, "months": charges * max(months, 1) >= discount.months, "forever": False}
    if over[discount.duration]:
        return price.amount
    off = price.amount * discount.percent // 100 if discount.percent else discount.amount
    return max(price.amount - off, 0)


# ---------------------------------------------------------------------- buying


def pay(deal: Deal, now: datetime, card: Card) -> Deal:
    """Pay the order, or begin its trial. Again changes nothing. Raises Unable when the offer is over."""
    if deal.subscription is not None:
        return deal
    if not deal.payable(now):
        raise Unable("this offer is over")
    order, plan = deal.order, deal.order.plan
    trial = now + timedelta(days=order.trial_days) if order.trial_days and plan.months and not order.gift else None
    recurs = bool(plan.months) and not order.gift
    begun = Subscription(
        id=f"{NAME}:{order.token}",
        plan=plan.name,
        status="trialing" if trial else "active",
        since=now,
        as_of=now,
        until=trial or (months_later(now, plan.months) if plan.months else plan.until(now)),
        renews=recurs,
        months=plan.months if recurs else 0,
        trial_until=trial,
        price=order.price,
    )
    customer = order.customer or f"cus_{order.token}"
    held = replace(deal, subscription=begun, card=card, customer=customer, anchor=trial or now)
    return held if trial else replace(_charged(held, now), periods=1)


def _charged(deal: Deal, at: datetime, amount: int | None = None) -> Deal:
    """Take the money for one period (or the `amount`); what a credit covers is not taken, and nothing is no payment."""
    one = deal.sold
    asked = cost(one.price, deal.order.discount, deal.charges, one.months) if amount is None else amount
    taken = max(asked - deal.credit, 0)
    held = replace(deal, charges=deal.charges + 1, credit=deal.credit - (asked - taken))
    if not taken:
        return held
    number = sum(payment.kind == "charge" for _, payment in deal.payments) + 1
    charge = Payment(
        id=f"{one.id}:{number}",
        kind="charge",
        subscription=one.id,
        plan=one.plan,
        price=Price(amount=taken, currency=one.price.currency),
    )
    return replace(held, payments=(*deal.payments, (at, charge)))


# ---------------------------------------------------------------------- time


def step(deal: Deal) -> Deal:
    """Do what is due next: renew, fail to, try again, or end."""
    at, one = deal.due_at, deal.sold
    if at is None:
        return deal
    if one.status == "past_due":
        return _renewed(deal, at) if deal.card == "works" else _failed(deal, at)
    if not one.renews:
        return _told(deal, at, replace(one, status="ended", renews=False))
    return _renewed(deal, at) if deal.card == "works" else _failed(deal, at)


def _renewed(deal: Deal, at: datetime) -> Deal:
    one, anchor = deal.sold, deal.anchor or at
    periods = deal.periods + 1
    paid = replace(_charged(deal, at), periods=periods, attempts=0, retry_at=None, anchor=anchor)
    return _told(paid, at, replace(one, status="active", until=months_later(anchor, periods * one.months)))


def _failed(deal: Deal, at: datetime) -> Deal:
    one = deal.sold
    if deal.attempts >= len(RETRIES):
        return _told(replace(deal, retry_at=None), at, replace(one, status="ended", renews=False))
    later = replace(deal, attempts=deal.attempts + 1, retry_at=at + RETRIES[deal.attempts])
    return _told(later, at, replace(one, status="past_due"))


def _told(deal: Deal, at: datetime, one: Subscription) -> Deal:
    """Let it be so as of a time that is later than all before, so that the later truth always wins."""
    return replace(deal, subscription=replace(one, as_of=max(at, deal.sold.as_of + timedelta(microseconds=1))))


def settle_up(deal: Deal, now: datetime) -> tuple[Deal, ...]:
    """Everything that was due by `now`, one step after the other; the last is how it stands."""
    steps: list[Deal] = []
    while deal.due_at is not None and deal.due_at <= now:
        deal = step(deal)
        steps.append(deal)
    return tuple(steps)


# ---------------------------------------------------------------------- asked for by hand

RUNNING = ("trialing", "active", "past_due")


def _running(deal: Deal) -> Subscription:
    one = deal.sold
    if one.status not in RUNNING:
        raise Unable(f"the sandbox's subscription is {one.status} and can't be changed")
    return one


def _recurring(deal: Deal) -> Subscription:
    one = _running(deal)
    if not one.months:
        raise Unable("it does not renew, so there is nothing to change")
    return one


def cancel(deal: Deal, now: datetime, *, at_once: bool) -> Deal:
    """Let it end at the date it is paid to, or now. Again changes nothing."""
    one = deal.sold
    if one.status in ("ended", "refunded"):
        return deal
    if at_once or one.status in ("past_due", "paused", "disputed"):
        ended = replace(one, status="ended", renews=False, until=now if at_once else one.until)
        return _told(replace(deal, retry_at=None), now, ended)
    return _told(deal, now, replace(one, renews=False)) if one.renews else deal


def keep(deal: Deal, now: datetime) -> Deal:
    """Undo `cancel`."""
    one = _recurring(deal)
    return deal if one.renews else _told(deal, now, replace(one, renews=True))


def pause(deal: Deal, now: datetime) -> Deal:
    """No charges until it is resumed."""
    if deal.sold.status == "paused":
        return deal
    one = _recurring(deal)
    if one.status == "past_due":
        raise Unable("a bill is open: it has to be paid before a pause")
    return _told(deal, now, replace(one, status="paused"))


def resume(deal: Deal, now: datetime) -> Deal:
    """End a pause: what is paid to a date still ahead is good to it, else a new period begins and is charged."""
    one = deal.sold
    if one.status != "paused":
        _running(deal)
        return deal
    if one.until is not None and now < one.until:
        trial = one.trial_until is not None and now < one.trial_until
        return _told(deal, now, replace(one, status="trialing" if trial else "active"))
    if deal.card == "declines":
        raise Unable("the card was declined, so it stays paused")
    paid = replace(_charged(deal, now), anchor=now, periods=1)
    again = replace(one, status="active", renews=True, until=months_later(now, one.months))
    return _told(paid, now, again)


def change(deal: Deal, now: datetime, plan: Plan, price: Price) -> Deal:
    """Another plan from now on; what is left of the paid period is set off, a trial goes on. Again changes nothing."""
    one = _recurring(deal)
    if (one.plan, one.price, one.months) == (plan.name, price, plan.months):
        return deal
    if not plan.months or price.currency != one.price.currency:
        raise Unable("the sandbox changes to plans that renew in the same currency only")
    if one.status == "past_due" or (deal.card == "declines" and one.status != "trialing"):
        raise Unable("a bill is open, or the card is declined: nothing was changed")
    new = replace(one, plan=plan.name, price=price, months=plan.months, renews=True)
    if one.status == "trialing":
        return _told(deal, now, new)
    turned = replace(deal, subscription=new, credit=deal.credit + _left(deal, now), anchor=now, periods=1)
    return _told(_charged(turned, now), now, replace(new, until=months_later(now, plan.months)))


def _left(deal: Deal, now: datetime) -> int:
    """The worth of what is left of the paid period, in minor units, rounded down."""
    one, anchor = deal.sold, deal.anchor
    if anchor is None or one.until is None or deal.periods < 1:
        return 0
    begun = months_later(anchor, (deal.periods - 1) * one.months)
    paid = cost(one.price, deal.order.discount, deal.charges - 1, one.months)
    return int(paid * max((one.until - now) / (one.until - begun), 0))


def credit(deal: Deal, amount: int, key: str) -> Deal:
    """Take an amount off the next bills, once for each key. Raises Unable for what is not charged again."""
    one = _recurring(deal)
    if not one.renews:
        raise Unable("it does not renew, so there is no bill to take it off")
    return deal if key in deal.credited else replace(deal, credit=deal.credit + amount, credited=(*deal.credited, key))


def refund(deal: Deal, now: datetime, payment: str, *, ends: bool) -> Deal:
    """Give a payment back, once, and with `ends` end the subscription. Raises Unable for a payment never made."""
    charge = next((one for _, one in deal.payments if one.id == payment and one.kind == "charge"), None)
    if charge is None:
        raise Unable("the sandbox never took this payment")
    returned = replace(charge, id=f"{payment}:refund", kind="refund", of=payment)
    if all(one.id != returned.id for _, one in deal.payments):
        deal = replace(deal, payments=(*deal.payments, (now, returned)))
    if not ends or deal.sold.status in ("ended", "refunded"):
        return deal
    return _told(replace(deal, retry_at=None), now, replace(deal.sold, status="refunded", renews=False))


def refund_last(deal: Deal, now: datetime) -> Deal:
    """Give the latest payment back that was not yet, and end it. Raises Unable when there is none."""
    returned = {payment.id for _, payment in deal.payments if payment.kind == "refund"}
    charges = [payment.id for _, payment in deal.payments if payment.kind == "charge"]
    open_ = [one for one in charges if f"{one}:refund" not in returned]
    if not open_:
        raise Unable("there is no payment to give back")
    return refund(deal, now, open_[-1], ends=True)


def renew_now(deal: Deal, now: datetime) -> Deal:
    """Let the next renewal (or the end of the trial, or the next attempt) come now, by moving it here."""
    one = _recurring(deal)
    if not one.renews:
        raise Unable("it is cancelled, so it does not renew")
    if one.status == "past_due":
        return step(replace(deal, retry_at=now))
    trial = now if one.status == "trialing" else one.trial_until
    early = replace(one, until=now, trial_until=trial)
    return step(replace(deal, subscription=early, anchor=now, periods=0))


def set_card(deal: Deal, now: datetime, card: Card) -> Deal:
    """Change what the card does; one that works pays an open bill at once."""
    changed = replace(deal, card=card)
    open_bill = deal.sold.status == "past_due" and card == "works"
    return step(replace(changed, retry_at=now)) if open_bill else changed
