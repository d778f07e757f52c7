"""The sandbox as a provider: its books, the payment port, and the bell that it rings as a real one would.

What is done on its pages comes back as a signed webhook through `Till.ring`, so that a rehearsal goes the whole way:
signature, inbox, asking for the truth, intake. The secret is made at start and known to nobody.
"""

import hmac
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_bytes
from typing import NamedTuple
from uuid import uuid4

import msgspec

from bot.adapters.sandbox import deal as bank
from bot.adapters.sandbox.deal import NAME, Card, Deal
from bot.engine.rules import Plan
from bot.i18n import N_
from bot.payments import Ability, Buyer, Forged, Invoice, Link, Order, Truth, Unable
from bot.sales import STARS, Payment, Price, Subscription
from bot.storage import sandbox as books
from bot.storage.store import Connection, Store
from bot.words import Word, from_json, replace, to_json

TOLERANCE = timedelta(minutes=5)
"""How far a signature's time may be from ours."""
CHUNK = 200


class News(Word, frozen=True):
    """The body of the sandbox's webhook: its id, and which subscription it is about."""

    id: str
    subscription: str


class Ring(NamedTuple):
    """A webhook that is ready to be handed to `Till.ring`."""

    body: bytes
    signature: str


Act = Callable[[Deal], Deal]


class Sandbox:
    """A provider without money. `home` is the address that its pages are under; '' makes links within the site."""

    name = NAME
    currencies: frozenset[str] | None = None
    can: frozenset[Ability] = frozenset(
        ("renew", "trial", "coupon", "portal", "pause", "change", "gift", "keep", "invoices", "credit")
    )

    def __init__(self, store: Store, clock: Callable[[], datetime], home: str = "") -> None:
        self.clock = clock
        self._store = store
        self._home = home.rstrip("/")
        self._secret = token_bytes(32)

    # ------------------------------------------------------------------ selling

    def sells(self, plan: Plan, price: Price) -> str:
        """'' when it can sell the plan at this price; else why not, in words to translate."""
        if plan.period == "free" or not price.amount:
            return N_("What costs nothing needs no payment.")
        return N_("The sandbox takes no Stars.") if price.currency == STARS else ""

    async def checkout(self, order: Order) -> Link:
        """Offer an order on a page of our own. Twice the same order is the same page."""
        await self._store.write(_open, order)
        return Link(url=f"{self._home}/checkout/{order.token}", external=order.token, expires_at=order.expires_at)

    async def withdraw(self, order: Order, external: str) -> None:
        """Take an offer back; one that was paid stays paid, and one never made stays so."""
        if await self.deal(order.token) is not None:
            await self._do(order.token, lambda deal: replace(deal, withdrawn=True))

    async def pay(self, token: str, card: Card) -> Ring:
        """Pay an order with a test card; paid twice it is charged once. Raises Unable when the offer is over."""
        return self.ring(await self._do(token, lambda deal: bank.pay(deal, self.clock(), card)))

    # ------------------------------------------------------------------ the books

    async def deal(self, token: str) -> Deal | None:
        """A purchase, paid or not; None for one never heard of."""
        found = await self._store.read(books.find, token) if token.isascii() and token.isalnum() else None
        return None if found is None else from_json(Deal, found)

    async def deals(self, community: int, member: int) -> list[Deal]:
        """What a member has bought here, oldest first; offers that were not paid are left out."""
        found = await self._store.read(books.of_member, community, member)
        return [deal for deal in (from_json(Deal, data) for data in found) if deal.subscription is not None]

    async def of_customer(self, customer: str) -> list[Deal]:
        """What a customer has bought here, oldest first; nothing for one never heard of."""
        token = customer.removeprefix("cus_")
        found = await self._store.read(books.of_buyer, token) if token.isascii() and token.isalnum() else []
        return [deal for deal in (from_json(Deal, data) for data in found) if deal.subscription is not None]

    async def fetch(self, subscription: Subscription) -> Truth | None:
        """What is true of a subscription; None when it was never heard of here."""
        deal = await self.deal(_token(subscription))
        return None if deal is None or deal.subscription is None else _truth(deal)

    async def changed(self, since: datetime, now: datetime) -> AsyncIterator[Truth]:
        """The truth about everything that changed since a time."""
        after = 0
        while rows := await self._store.read(books.changed, since, after, CHUNK):
            for number, data in rows:
                after = number
                deal = from_json(Deal, data)
                if deal.subscription is not None:
                    yield _truth(deal)

    async def _do(self, token: str, act: Act) -> Deal:
        return await self._store.write(_change, token, act, self.clock())

    async def _act(self, subscription: Subscription, act: Act) -> Truth:
        return _truth(await self._do(_token(subscription), act))

    # ------------------------------------------------------------------ what is asked for

    async def cancel(self, subscription: Subscription, *, now: bool = False) -> Truth:
        """Let it end at the date it is paid to, or `now`."""
        return await self._act(subscription, lambda deal: bank.cancel(deal, self.clock(), at_once=now))

    async def keep(self, subscription: Subscription) -> Truth:
        """Undo `cancel`."""
        return await self._act(subscription, lambda deal: bank.keep(deal, self.clock()))

    async def pause(self, subscription: Subscription) -> Truth:
        """No charges and no access until it is resumed."""
        return await self._act(subscription, lambda deal: bank.pause(deal, self.clock()))

    async def resume(self, subscription: Subscription) -> Truth:
        """End a pause."""
        return await self._act(subscription, lambda deal: bank.resume(deal, self.clock()))

    async def change(self, subscription: Subscription, plan: Plan, price: Price) -> Truth:
        """Another plan from now on, charged at once less what is left of the old one."""
        return await self._act(subscription, lambda deal: bank.change(deal, self.clock(), plan, price))

    async def refund(self, subscription: Subscription, payment: Payment, *, ends: bool) -> Truth:
        """Give a payment back, and with `ends` end the subscription, too."""
        return await self._act(subscription, lambda deal: bank.refund(deal, self.clock(), payment.id, ends=ends))

    async def credit(self, subscription: Subscription, price: Price, key: str) -> None:
        """Take so much off the next bills."""
        await self._act(subscription, lambda deal: bank.credit(deal, price.amount, key))

    async def portal(self, customer: str) -> str:
        """The page of a customer's test card, subscriptions and bills."""
        return f"{self._home}/checkout/customer/{customer}"

    async def invoices(self, subscriptions: tuple[Subscription, ...], customer: str, limit: int) -> list[Invoice]:
        """The latest bills of these subscriptions, newest first; one that is open comes before the paid ones."""
        found: list[Invoice] = []
        for one in subscriptions:
            deal = await self.deal(_token(one))
            if deal is not None and deal.subscription is not None:
                found += _bills(deal)
        return sorted(found, key=lambda bill: bill.at, reverse=True)[:limit]

    # ------------------------------------------------------------------ what its pages and the playground press

    async def renew_now(self, token: str) -> Ring:
        """Let the next renewal come at once."""
        return self.ring(await self._do(token, lambda deal: bank.renew_now(deal, self.clock())))

    async def set_card(self, token: str, card: Card) -> Ring:
        """Let the test card work or be declined from now on; one that works pays what is open."""
        return self.ring(await self._do(token, lambda deal: bank.set_card(deal, self.clock(), card)))

    async def refund_last(self, token: str) -> Ring:
        """Give the latest payment that was not given back yet back, and end the subscription."""
        return self.ring(await self._do(token, lambda deal: bank.refund_last(deal, self.clock())))

    async def rehearse(self, token: str, what: str) -> Ring:
        """Do what a button says: renew, decline, mend, refund. Raises Unable where it makes no sense."""
        match what:
            case "renew":
                return await self.renew_now(token)
            case "decline":
                return await self.set_card(token, "declines")
            case "mend":
                return await self.set_card(token, "works")
            case "refund":
                return await self.refund_last(token)
            case _:
                raise Unable(f"the sandbox knows nothing called {what!r}")

    # ------------------------------------------------------------------ the bell

    def ring(self, deal: Deal) -> Ring:
        """The signed webhook that says that something about a purchase is new."""
        body = to_json(News(id=f"evt_{uuid4().hex}", subscription=f"{NAME}:{deal.name}"))
        return Ring(body, self._sign(body, int(self.clock().timestamp())))

    def _sign(self, body: bytes, at: int) -> str:
        return f"t={at},v1={hmac.new(self._secret, b'%d.%b' % (at, body), sha256).hexdigest()}"

    def verify(self, body: bytes, signature: str, now: datetime) -> str:
        """The id of the news in a webhook. Raises Forged."""
        parts = dict(part.partition("=")[::2] for part in signature.split(","))
        at = parts.get("t", "")
        if not at.isascii() or not at.isdecimal() or len(at) > 15:
            raise Forged("the signature has no time")
        if not hmac.compare_digest(self._sign(body, int(at)).encode(), signature.encode()):
            raise Forged("the signature is not the sandbox's")
        if abs(now.timestamp() - int(at)) > TOLERANCE.total_seconds():
            raise Forged("the signature is too old")
        try:
            return from_json(News, body).id
        except msgspec.ValidationError as error:
            raise Forged("the body is not the sandbox's") from error

    async def hear(self, body: bytes, now: datetime) -> list[Truth]:
        """Ask the books about the subscription that a webhook was about."""
        deal = await self.deal(from_json(News, body).subscription.partition(":")[2])
        return [] if deal is None or deal.subscription is None else [_truth(deal)]

    # ------------------------------------------------------------------ time

    async def tick(self, now: datetime) -> list[Truth]:
        """Renew, or fail to renew, what is due by `now`; a truth for each step, in order."""
        found: list[Truth] = []
        for token in await self._store.read(books.due, now):
            found += [_truth(deal) for deal in await self._store.write(_pass, token, now)]
        return found

    async def next_tick(self) -> datetime | None:
        """When something is due next."""
        return await self._store.read(books.next_due)


def _token(subscription: Subscription) -> str:
    return subscription.id.partition(":")[2]


def _truth(deal: Deal) -> Truth:
    return Truth(
        subscription=deal.sold, order=deal.order.token, payments=deal.payments, buyer=Buyer(customer=deal.customer)
    )


def _bills(deal: Deal) -> list[Invoice]:
    one = deal.sold
    number = f"SB-{deal.name[:6].upper()}"
    charges = [(at, payment) for at, payment in deal.payments if payment.kind == "charge"]
    found = [
        Invoice(number=f"{number}-{index}", at=at, price=payment.price, paid=True)
        for index, (at, payment) in enumerate(charges, 1)
    ]
    if one.status == "past_due" and one.until is not None:
        found.append(Invoice(number=f"{number}-{len(charges) + 1}", at=one.until, price=one.price, paid=False))
    return found


# ---------------------------------------------------------------------- in the writer's thread


def _open(connection: Connection, order: Order) -> None:
    if books.find(connection, order.token) is None:
        _keep(connection, Deal(order=order), order.created_at)


def _change(connection: Connection, token: str, act: Act, now: datetime) -> Deal:
    """Let what is due happen first, then do it, in one transaction. Raises Unable, having changed nothing."""
    found = books.find(connection, token)
    if found is None:
        raise Unable("the sandbox has never heard of this purchase")
    known = from_json(Deal, found)
    deal = act(next(reversed(bank.settle_up(known, now)), known))
    if deal != known:
        _keep(connection, deal, now)
    return deal


def _pass(connection: Connection, token: str, now: datetime) -> tuple[Deal, ...]:
    found = books.find(connection, token)
    steps = bank.settle_up(from_json(Deal, found), now) if found is not None else ()
    if steps:
        _keep(connection, steps[-1], now)
    return steps


def _keep(connection: Connection, deal: Deal, now: datetime) -> None:
    books.put(
        connection,
        external=deal.name,
        community=deal.order.community,
        member=deal.order.member,
        data=to_json(deal).decode(),
        due_at=deal.due_at,
        changed_at=now,
    )
