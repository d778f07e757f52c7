"""Intake: truths from providers become events of the members whom they concern, each counted once.

Whose a truth is says the subscription's own row, or the order it began with. A gift is paid by one and used by another:
the payment is the giver's, the subscription belongs to whoever redeems the code.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b

import structlog

from bot.app import App
from bot.batch import Outcome
from bot.events import Account, Event, PaymentReceived, PaymentReturned, SubscriptionChanged, member_account
from bot.payments import Truth
from bot.sales import Payment, Subscription, gift_id
from bot.storage import coupons, orders, sales
from bot.storage.orders import Placed
from bot.storage.sales import Held
from bot.storage.store import Connection
from bot.words import Word, replace, to_json

_log = structlog.get_logger()


class _Owned(Word, frozen=True):
    """A truth and whose it is; for a gift that is the giver, and `given` is what became of it where it was redeemed."""

    truth: Truth
    community: int
    member: int
    order: Placed | None = None
    known: Subscription | None = None
    given: Held | None = None


async def take(
    app: App, truths: Sequence[Truth], *, letters: Sequence[int] = (), quiet: bool = False
) -> tuple[Outcome, list[Truth]]:
    """Take in what providers say; returns what became of it, and the truths that concern nobody we know.

    The letters are ticked off in the transaction of the events. The same again changes nothing.
    """
    owned, strange = await app.store.read(_owners, truths)
    told = [one for one in owned if one.order is not None or one.truth.buyer.customer]
    if told:
        await app.store.write(_note_all, told, app.clock())
    events = [event for one in owned for event in _events(one)]
    for truth in strange:
        _log.warning("a provider tells of a purchase that nobody made here", subscription=truth.subscription.id)
    return await app.submit(events, letters=letters, quiet=quiet), strange


def _owners(connection: Connection, truths: Sequence[Truth]) -> tuple[list[_Owned], list[Truth]]:
    held = sales.by_id(connection, [truth.subscription.id for truth in truths])
    placed = orders.by_token(connection, {truth.order for truth in truths if truth.order})
    given = sales.by_id(connection, [gift_id(token) for token, order in placed.items() if order.gift])
    owned: list[_Owned] = []
    strange: list[Truth] = []
    for truth in truths:
        row, order = held.get(truth.subscription.id), placed.get(truth.order)
        found = _owner(truth, row, order)
        if found is None:
            strange.append(truth)
        else:
            owned.append(replace(found, given=given.get(gift_id(truth.order))))
    return owned, strange


def _owner(truth: Truth, row: Held | None, order: Placed | None) -> _Owned | None:
    if row is not None:
        return _Owned(truth=truth, community=row.community, member=row.member, order=order, known=row.subscription)
    if order is not None:
        return _Owned(truth=truth, community=order.community, member=order.member, order=order)
    return None


PAID = ("trialing", "active", "past_due", "paused", "disputed", "refunded")
"""Statuses that only a purchase that went through gets to."""


def _note_all(connection: Connection, told: Sequence[_Owned], now: datetime) -> None:
    for one in told:
        _note(connection, one, now)


def _note(connection: Connection, one: _Owned, now: datetime) -> None:
    truth, order = one.truth, one.order
    buyer, provider = truth.buyer, truth.subscription.provider
    if buyer.customer or buyer.email or buyer.card:
        orders.know(
            connection,
            provider=provider,
            community=one.community,
            member=one.member,
            external=buyer.customer,
            email=buyer.email,
            card=buyer.card,
        )
    if truth.subscription.status == "trialing":
        orders.try_out(connection, provider, one.member, now)
    if order is None:
        return
    if truth.subscription.status == "refunded":
        orders.settle(connection, order.token, "refunded", truth.subscription.id)
        coupons.free(connection, order.token, now)
    elif truth.subscription.status in PAID and order.status in ("open", "expired"):
        orders.settle(connection, order.token, "paid", truth.subscription.id)
        coupons.use(connection, order.token, now, email=orders.digest(buyer.email), card=orders.digest(buyer.card))


def _events(one: _Owned) -> list[Event]:
    who = member_account(one.community, one.member)
    told = _placed_in_time(one)
    found: list[Event] = [_moved(who, at, payment, told) for at, payment in one.truth.payments]
    gift = one.order is not None and one.order.gift
    if not gift and not _same(one.known, told):
        found.append(SubscriptionChanged(key=_key(told), at=max(told.as_of, told.since), who=who, subscription=told))
    return [*found, *_money_of_gift(one)]


def _money_of_gift(one: _Owned) -> list[Event]:
    """A gift that was redeemed follows its money: it is over, or rests, when that goes back to who gave it."""
    told, held = one.truth.subscription, one.given
    if held is None:
        return []
    was = held.subscription
    back = told.status in ("refunded", "disputed")
    won = told.status == "active" and was.status in ("refunded", "disputed")
    if was.status in ("ended", told.status) or not (back or won):
        return []
    now = replace(was, status=told.status, as_of=max(told.as_of, was.as_of))
    who = member_account(held.community, held.member)
    return [SubscriptionChanged(key=_key(now), at=now.as_of, who=who, subscription=now)]


def _placed_in_time(one: _Owned) -> Subscription:
    """What follows on what the member had begins when that ends."""
    told, order = one.truth.subscription, one.order
    if order is None or order.starts_at is None or told.until is None or told.months:
        return told
    later = max(order.starts_at - told.since, timedelta())
    return replace(told, until=told.until + later)


def _moved(who: Account, at: datetime, payment: Payment, told: Subscription) -> Event:
    named = replace(payment, subscription=payment.subscription or told.id, plan=payment.plan or told.plan)
    kind = PaymentReceived if payment.kind == "charge" else PaymentReturned
    return kind(key=f"payment:{payment.id}", at=at, who=who, payment=named)


def _same(known: Subscription | None, told: Subscription) -> bool:
    """Whether nothing is new but the time of asking."""
    return known is not None and (known.as_of > told.as_of or replace(known, as_of=told.as_of) == told)


def _key(told: Subscription) -> str:
    """The same truth of the same instant is one event."""
    return f"{told.id}:{blake2b(to_json(told), digest_size=8).hexdigest()}"
