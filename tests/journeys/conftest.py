"""Fixtures of whole journeys: a real till with Stripe's provider before its fake, and the platforms of `adapters`."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.adapters.stripe import StripeProvider
from bot.adapters.telegram import TelegramAdapter
from bot.desk import Desk
from tests.adapters.conftest import discord_adapter, simcord_bot, world
from tests.adapters.telegram.conftest import adapter, by, telegram
from tests.conftest import Clock
from tests.fakes.stripe import FakeStripe
from tests.fakes.telegram import FakeTelegram
from tests.journeys.street import Street

__all__ = ["adapter", "by", "discord_adapter", "simcord_bot", "telegram", "world"]


@pytest.fixture(autouse=True)
def _prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit soon, and talk faster than people read: a journey waits for each of its steps."""
    monkeypatch.setattr("bot.app.DELAY", 0.005)
    monkeypatch.setattr("bot.adapters.telegram.pace.CHAT", 0.0)


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


@pytest.fixture
def stars(street: Street, telegram: FakeTelegram, adapter: TelegramAdapter) -> FakeTelegram:
    """The Telegram, on the street: its clock goes with all others, and its Stars are taken at the till."""
    street.till.join(adapter.sell(street.till.ring))
    street.others.append(telegram.advance)
    street.unheard.append(lambda: len(telegram.updates))
    return telegram
