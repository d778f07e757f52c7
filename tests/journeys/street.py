"""A street for whole journeys: the fake Stripe, the web application that its webhooks are posted to, and one clock.

Stripe's time, Telegram's and ours go together (`pass_time`), and nothing is believed to have happened before it is
stored, performed and told (`settled`).
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import httpx
from sqlalchemy import func, select

from bot.app import App
from bot.storage import sales
from bot.storage.ledger import INBOX
from bot.storage.outbox import OUTBOX
from bot.storage.sales import Moved
from bot.storage.store import Connection
from bot.till import Till
from bot.web import server
from tests.conftest import Clock
from tests.fakes.stripe import FakeStripe
from tests.fakes.stripe_store import Delivery, Json

WEBHOOK = "/webhooks/stripe"
PATIENCE = 20
"""Real seconds in which everything under way must have ended."""


class Street:
    """Stripe, the till, and the way between them.

    `others` are clocks of platforms, told the seconds that pass; `unheard` say how much news of theirs is on its way.
    """

    def __init__(self, fake: FakeStripe, till: Till, clock: Clock) -> None:
        self.fake, self.stripe, self.till, self.clock = fake, fake.world, till, clock
        self.others: list[Callable[[float], None]] = []
        self.unheard: list[Callable[[], int]] = []
        transport = httpx.ASGITransport(app=server.create(till.app, till=till))
        self.client = httpx.AsyncClient(transport=transport, base_url="https://lyceum.example")

    @property
    def app(self) -> App:
        return self.till.app

    # ------------------------------------------------------------------ Stripe's side

    def page(self, url: str) -> Json:
        """The open Checkout session behind a link."""
        return self.stripe.one("checkout.session", url=url)

    async def post(self, body: bytes, headers: dict[str, str]) -> int:
        """Post something to the webhook's address, whoever sends it; returns the HTTP status."""
        raw = httpx.Headers(headers, encoding="latin-1")
        return (await self.client.post(WEBHOOK, content=body, headers=raw)).status_code

    async def ring(self) -> list[Delivery]:
        """Let Stripe post what it has to say, all of which must be taken; returns what that was."""
        sent = list(self.stripe.deliveries())
        for one in sent:
            assert await self.post(one.body, one.headers) == 200, one.event["type"]
        return sent

    async def pay(self, url: str, card: str = "ok") -> None:
        """Somebody fills in the page behind a link, and Stripe tells us."""
        assert self.stripe.pay(self.page(url)["id"], card)
        await self.ring()
        await self.settled()

    # ------------------------------------------------------------------ time

    async def pass_time(self, *, days: float = 0, hours: float = 0) -> None:
        """Let time pass everywhere; what Stripe tells on the way is posted, and what is due by then is done."""
        span = timedelta(days=days, hours=hours)
        self.clock.now += span
        self.stripe.advance(self.clock.now)
        for advance in self.others:
            advance(span.total_seconds())
        await self.ring()
        await self.settled()
        await self.till.review_due(self.clock())
        await self.settled()

    async def settled(self) -> None:
        """Wait until nothing is on its way, no letter waits, and nothing is left to be performed."""
        async with asyncio.timeout(PATIENCE):
            while await self.waiting():
                await self.app.deliver(self.clock())
                await self.app.store.write(lambda _: None)  # behind whatever is to be written yet

    async def waiting(self) -> int:
        """How much waits: news on its way, letters, and effects."""
        return sum(count() for count in self.unheard) + await self.app.store.read(_waiting)

    # ------------------------------------------------------------------ our side

    async def money(self, community: int = 1) -> list[tuple[str, int, str]]:
        """(kind, minor units, currency) of every payment in the books, oldest first."""
        moved: list[Moved] = await self.app.store.read(sales.payments, community)
        return [(one.payment.kind, one.payment.price.amount, one.payment.price.currency) for one in moved]


def _waiting(connection: Connection) -> int:
    return sum(
        connection.scalar(select(func.count()).select_from(table).where(table.c.done_at.is_(None))) or 0
        for table in (INBOX, OUTBOX)
    )
