"""Fixtures of whole journeys: a real till with Stripe's provider before its fake, and the platforms of `adapters`."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.adapters.stripe import StripeProvider
from bot.desk import Desk
from tests.adapters.conftest import discord_adapter, simcord_bot, world
from tests.adapters.telegram.conftest import adapter, by, telegram
from tests.conftest import Clock
from tests.fakes.stripe import FakeStripe
from tests.journeys.street import Street

__all__ = ["adapter", "by", "discord_adapter", "simcord_bot", "telegram", "world"]


@pytest.fixture(autouse=True)
def _prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit soon: a journey waits for each of its steps."""
    monkeypatch.setattr("bot.app.DELAY", 0.005)


@pytest_asyncio.fixture
async def street(desk: Desk, clock: Clock) -> AsyncIterator[Street]:
    """Stripe sells for the desk's till. At the end nothing that was asked or shown may have misfitted."""
    with FakeStripe() as fake:
        provider = StripeProvider(fake.key, fake.world.secret, clock, url=fake.url, retries=0)
        desk.till.join(provider)
        await desk.till.start()
        made = Street(fake, desk.till, clock)
        yield made
        await made.client.aclose()
        await desk.till.close()
        await provider.close()
        assert fake.world.complaints == []
        assert fake.world.unfit() == []
