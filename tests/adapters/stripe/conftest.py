"""The provider before a fake Stripe, over HTTP, and what a test asks of both."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.adapters.stripe import CONCERNS, Options, StripeProvider
from bot.engine.rules import Plan
from bot.payments import Link, Order, Truth
from bot.sales import Price
from tests.fakes.stripe import FakeStripe
from tests.fakes.stripe_store import Json
from tests.fakes.stripe_world import World

PLAIN = Options()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONTH = Plan(name="gold", title="Gold", period="month", prices={"usd": 1000, "cny": 7000})
YEAR = Plan(name="patron", title="Patron", period="year", prices={"usd": 10000})
PASS = Plan(name="pass", title="Pass", period="once", days=30, prices={"usd": 5000})


class Stall:
    """A provider, the fake it sells by, and the world behind that."""

    def __init__(self, fake: FakeStripe, provider: StripeProvider) -> None:
        self.fake, self.world, self.provider = fake, fake.world, provider
        self.orders = 0

    def order(self, plan: Plan = MONTH, **content: Any) -> Order:
        """An order at the world's time; the next one has another token."""
        self.orders += 1
        now = self.world.now
        currency = content.pop("currency", "usd")
        given: dict[str, Any] = {
            "token": f"order{self.orders}",
            "community": 7,
            "member": 42,
            "plan": plan,
            "price": plan.price(currency) or Price(amount=0, currency=currency),
            "created_at": now,
            "expires_at": now + 23 * HOUR,
            "platform": "telegram",
        }
        return Order(**given | content)

    async def sell(self, plan: Plan = MONTH, card: str | None = "ok", **content: Any) -> Truth:
        """Sell something by Checkout, and hear what the webhooks say."""
        link = await self.provider.checkout(self.order(plan, **content))
        assert self.world.pay(link.external, card)
        return await self.heard()

    async def heard(self) -> Truth:
        """What is true after all that was delivered; every webhook of concern must say the same."""
        truths = [truth for delivery in self.deliveries() for truth in await self.hear(delivery)]
        assert truths
        return truths[-1]

    async def hear(self, body: bytes) -> list[Truth]:
        return await self.provider.hear(body, self.world.now)

    def deliveries(self) -> list[bytes]:
        """The bodies of the webhooks that Stripe would send, verified."""
        found = []
        for one in self.world.deliveries():
            if one.event["type"] in CONCERNS:
                signature = one.headers["Stripe-Signature"]
                assert self.provider.verify(one.body, signature, self.world.now) == one.event["id"]
                found.append(one.body)
        return found

    async def now(self, truth: Truth) -> Truth:
        """The same purchase, asked after again."""
        found = await self.provider.fetch(truth.subscription)
        assert found is not None
        return found

    def sub(self) -> Json:
        """The only subscription at Stripe."""
        return self.world.one("subscription")

    def asked(self, link: Link) -> Json:
        """What a session was made of."""
        return self.world.asked[link.external]


@asynccontextmanager
async def opened(
    *, key: str | None = None, options: Options = PLAIN, world: World | None = None, **more: Any
) -> AsyncIterator[Stall]:
    """A stall, at whose end nothing may have misfitted."""
    with FakeStripe(world) as fake:
        clock: Callable[[], datetime] = lambda: fake.world.now  # noqa: E731
        settings = {"url": fake.url, "retries": 0, "account": fake.world.account or "", **more}
        provider = StripeProvider(key or fake.key, fake.world.secret, clock, options=options, **settings)
        yield Stall(fake, provider)
        await provider.close()
        assert fake.world.complaints == []
        assert fake.world.unfit() == []


@pytest.fixture
async def stall() -> AsyncIterator[Stall]:
    async with opened() as found:
        yield found
