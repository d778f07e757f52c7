"""Telegram Stars as a provider of payments: the one way to sell what is digital inside Telegram.

What Stars can: a subscription of 30 days at up to 10,000 Stars, and a pass paid once, for any length. What they can't:
trials, pauses, another plan in the middle, a discount for some months, and a year that renews by itself, which is
therefore sold as a pass. The truth is in the list of transactions (`star_ledger.py`), but for two things that Telegram
tells once and never again: that a user cancelled or resumed, and that a renewal failed. These are believed as they are
heard (`Bell`).

https://core.telegram.org/bots/payments-stars, https://core.telegram.org/bots/api#payments
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from hmac import compare_digest
from secrets import token_hex
from typing import NoReturn

from telegram import LabeledPrice
from telegram.error import TelegramError

from bot.adapters.telegram.api import Api, FloodError, passing
from bot.adapters.telegram.star_ledger import LATE, PERIOD, PROVIDER, Purchase, StarLedger, Ticket, term_of, ticket
from bot.engine.rules import Plan
from bot.i18n import N_, tongue
from bot.payments import Ability, Busy, Buyer, Forged, Invoice, Link, Order, Truth, Unable
from bot.sales import STARS, Payment, Price, Subscription
from bot.words import Word, from_json, replace

MOST = 10_000
"""Stars that a subscription may cost."""
ONCE = 100_000
"""Stars that a pass may cost."""
TITLE, ABOUT = 32, 255
REMEMBERED = 5_000
SOON = 5.0
"""Seconds until a payment that was told of is looked for again in a list that does not have it yet."""


class Bell(Word, frozen=True):
    """What Telegram told of an invoice: `paid`, `refunded`, or that its subscription is canceled, active or failed.

    `news` is the update's own number. Kinds that are not known change nothing.
    """

    news: str
    kind: str
    payload: str
    user: int
    charge: str = ""


class Stars:
    """The provider (`bot/payments.py`), by a bot's token."""

    name = PROVIDER
    currencies: frozenset[str] | None = frozenset({STARS})
    can: frozenset[Ability] = frozenset({"renew", "coupon", "gift", "invoices"})

    def __init__(self, api: Api, clock: Callable[[], datetime]) -> None:
        self._bot = api.bot
        self._clock = clock
        self._ledger = StarLedger(api.bot)
        self._links: OrderedDict[str, Link] = OrderedDict()
        self.signature = token_hex(32)
        """What bells are signed with: nobody outside this process can ring."""

    def sells(self, plan: Plan, price: Price) -> str:
        """'' when Telegram would take the price; else why not."""
        if price.currency != STARS:
            return N_("Telegram takes Stars only.")
        if plan.period == "month" and not 1 <= price.amount <= MOST:
            return N_("A month costs from 1 to 10,000 Stars.")
        if not 1 <= price.amount <= ONCE:
            return N_("A pass costs from 1 to 100,000 Stars.")
        return ""

    async def checkout(self, order: Order) -> Link:
        """An invoice's link. It may be opened by anybody, and is paid by whose order it is (`till.py`)."""
        known = self._links.get(order.token)
        if known is not None:
            return known
        trouble = self.sells(order.plan, order.price)
        if trouble or order.trial_days:
            raise Unable(trouble or "Telegram Stars know no trials")
        term = term_of(order.plan, gift=order.gift)
        stars = _discounted(order, renews=term == "m")
        say = tongue(order.locale)
        title, about = order.plan.shown[:TITLE], order.plan.about[:ABOUT] or order.plan.shown
        try:
            url = await self._bot.create_invoice_link(
                title,
                about,
                Ticket(order=order.token, plan=order.plan.name, term=term).write(),
                STARS.upper(),
                [LabeledPrice(say(N_("Price")), stars)],
                provider_token="",
                subscription_period=PERIOD if term == "m" else None,
            )
        except TelegramError as error:
            _explain(error)
        link = self._links[order.token] = Link(url=url, external=order.token, expires_at=order.expires_at)
        if len(self._links) > REMEMBERED:
            self._links.popitem(last=False)
        return link

    async def withdraw(self, order: Order, external: str) -> None:
        """Nothing to be done: an order that is not open any more is refused when it is to be paid."""
        self._links.pop(order.token, None)

    async def fetch(self, subscription: Subscription) -> Truth | None:
        """What the books say, and what was heard last where they say nothing new."""
        await self._refresh()
        purchase = self._ledger.of(_order(subscription))
        return None if purchase is None else self._truth(purchase, subscription)

    async def cancel(self, subscription: Subscription, *, now: bool = False) -> Truth:
        """No more renewals: only the user can resume them, in Telegram's settings, and only if `keep` lets them."""
        purchase = await self._bought(subscription)
        if purchase.ticket.renews:
            await self._edit(purchase, canceled=True)
        at = self._after(purchase)
        ended = replace(subscription, renews=False, as_of=at)
        return _told(purchase, replace(ended, status="ended", until=at) if now else ended)

    async def keep(self, subscription: Subscription) -> Truth:
        """Let the user resume what was cancelled: it goes on when they do, which a bell tells, and not before."""
        purchase = await self._bought(subscription)
        if purchase.ticket.renews:
            await self._edit(purchase, canceled=False)
        return _told(purchase, subscription)

    async def pause(self, subscription: Subscription) -> Truth:
        """Raises Unable."""
        raise Unable("Telegram Stars know no pause: cancel, and subscribe anew later")

    async def resume(self, subscription: Subscription) -> Truth:
        """Raises Unable."""
        raise Unable("Telegram Stars know no pause")

    async def change(self, subscription: Subscription, plan: Plan, price: Price) -> Truth:
        """Raises Unable."""
        raise Unable("a subscription paid in Stars can't change its plan: cancel it, and subscribe to the other one")

    async def refund(self, subscription: Subscription, payment: Payment, *, ends: bool) -> Truth:
        """Give a payment back. One that was given back already is no error."""
        purchase = await self._bought(subscription)
        charge = payment.id.removeprefix(f"{PROVIDER}:")
        if charge not in [one.charge for one in purchase.paid]:
            raise Unable(f"{payment.id} is no payment for {subscription.id}")
        try:
            await self._bot.refund_star_payment(purchase.user, charge)
        except TelegramError as error:
            if "CHARGE_ALREADY_REFUNDED" not in error.message.upper():
                _explain(error)
        if ends and purchase.ticket.renews:
            await self._edit(purchase, canceled=True)
        purchase = await self._bought(subscription)
        over = replace(subscription, status="refunded", renews=False, as_of=self._after(purchase))
        return _told(purchase, over if ends else subscription)

    async def credit(self, subscription: Subscription, price: Price, key: str) -> None:
        """Raises Unable: Telegram charges what was agreed."""
        raise Unable(N_("Stars are charged as agreed: nothing can be taken off a renewal."))

    async def portal(self, customer: str) -> str:
        """Raises Unable: Telegram's settings are the portal."""
        raise Unable(N_("Telegram's settings show your Stars and subscriptions: Settings, My Stars."))

    async def invoices(self, subscriptions: tuple[Subscription, ...], customer: str, limit: int) -> list[Invoice]:
        """What was paid for these subscriptions, newest first."""
        await self._refresh()
        found = [self._ledger.of(_order(one)) for one in subscriptions if one.provider == PROVIDER]
        paid = [entry for purchase in found if purchase for entry in purchase.paid]
        paid.sort(key=lambda one: one.at, reverse=True)
        return [
            Invoice(number=one.charge, at=one.at, price=Price(amount=one.stars, currency=STARS), paid=True)
            for one in paid[:limit]
        ]

    def verify(self, body: bytes, signature: str, now: datetime) -> str:
        """The number of the update that a bell was made of. Raises Forged: only the cashier can ring."""
        if not compare_digest(signature.encode("utf-8", "replace"), self.signature.encode()):
            raise Forged("Telegram Stars have no webhook: what they do is told by updates to the bot")
        return from_json(Bell, body).news

    async def hear(self, body: bytes, now: datetime) -> list[Truth]:
        """What follows from a `Bell`. Raises Busy while the list of transactions does not have what it told of."""
        bell = from_json(Bell, body)
        terms = ticket(bell.payload)
        if terms is None:
            return []
        await self._refresh()
        purchase = self._ledger.of(terms.order)
        if purchase is None or not purchase.has(bell.charge, back=bell.kind == "refunded"):
            raise Busy("Telegram's list of transactions does not have it yet", after=SOON)
        books, at = purchase.subscription(), self._after(purchase, now)
        match bell.kind:
            case "canceled":
                books = replace(books, renews=False, as_of=at)
            case "active":
                books = replace(books, as_of=at)
            case "failed":
                books = replace(books, status="past_due", as_of=at)
            case _:  # paid, refunded: the books say it
                pass
        return [_told(purchase, books)]

    async def changed(self, since: datetime, now: datetime) -> AsyncIterator[Truth]:
        """Every purchase about which money moved."""
        await self._refresh()
        for purchase in self._ledger.since(since):
            yield _told(purchase, purchase.subscription())

    # ------------------------------------------------------------------ what it is made of

    def _truth(self, purchase: Purchase, heard: Subscription) -> Truth:
        """The later of the books and what was heard; a renewal that is overdue by now was not paid."""
        books, now = purchase.subscription(), self._clock()
        latest = books if books.as_of > heard.as_of else heard
        if latest.status == "active" and latest.renews and latest.until and latest.until + LATE < now:
            latest = replace(latest, status="past_due", as_of=now)
        return _told(purchase, latest)

    def _after(self, purchase: Purchase, now: datetime | None = None) -> datetime:
        """Now; but never before the latest movement of money, whatever our clock says."""
        return max(now or self._clock(), purchase.moved_at + timedelta(microseconds=1))

    async def _bought(self, subscription: Subscription) -> Purchase:
        await self._refresh()
        purchase = self._ledger.of(_order(subscription))
        if purchase is None:
            raise Unable(f"Telegram's list of transactions knows nothing of {subscription.id}")
        return purchase

    async def _refresh(self) -> None:
        try:
            await self._ledger.refresh()
        except TelegramError as error:
            _explain(error)

    async def _edit(self, purchase: Purchase, *, canceled: bool) -> None:
        try:
            await self._bot.edit_user_star_subscription(purchase.user, purchase.charge, canceled)
        except TelegramError as error:
            _explain(error)


def _discounted(order: Order, *, renews: bool) -> int:
    """The Stars to ask for. Raises Unable for a discount that Telegram can't give."""
    off, full = order.discount, order.price.amount
    if off is None:
        return full
    if renews and off.duration != "forever":
        raise Unable("a subscription in Stars costs the same each month: this coupon can't be used for it")
    stars = full - (off.amount or full * off.percent // 100)
    if stars < 1:
        raise Unable("nothing would be left to pay: give the plan by /comp or a code instead")
    return stars


def _order(subscription: Subscription) -> str:
    return subscription.id.removeprefix(f"{PROVIDER}:")


def _told(purchase: Purchase, subscription: Subscription) -> Truth:
    """A truth with the dates of the books: those of ours may count from the end of what the member had before."""
    books, buyer = purchase.subscription(), Buyer(customer=str(purchase.user))
    if subscription.status != "ended":
        subscription = replace(subscription, since=books.since, until=books.until)
    return Truth(subscription=subscription, order=purchase.ticket.order, payments=purchase.payments(), buyer=buyer)


def _explain(error: TelegramError) -> NoReturn:
    """Telegram's error as the port's."""
    if isinstance(error, FloodError):
        raise Busy(error.message, after=error.after) from error
    if passing(error):
        raise Busy(f"Telegram can't be reached: {error.message}") from error
    raise Unable(f"Telegram refuses: {error.message}") from error
