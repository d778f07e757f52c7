"""Links into the private chat: who comes by one and was never heard of can buy; who merely looks in is not enrolled."""

import pytest_asyncio

from bot.adapters.telegram import TelegramAdapter
from bot.app import App
from bot.desk import Desk
from bot.engine.rules import Plan
from bot.storage import members
from tests.adapters.telegram.conftest import ANN, CLUB, Heard, key, said
from tests.fakes.providers import FakeProvider
from tests.fakes.telegram import FakeTelegram

ZOE = 77
STRANGER = "I do not know you yet. /plans shows what you can join here."


@pytest_asyncio.fixture
async def bank(app: App, desk: Desk, adapter: TelegramAdapter, telegram: FakeTelegram, heard: Heard) -> FakeProvider:
    """The group sells a plan; Zoe has never been in it."""
    telegram.user(ZOE, "Zoe", language_code="en")
    telegram.say(ANN, CLUB, "hello")
    await heard.until(key(CLUB, 100))
    await app.amend(1, Plan(name="pro", title="Pro circle", prices={"usd": 999}))
    made = FakeProvider()
    desk.till.join(made)
    return made


async def test_a_stranger_who_looks_in_is_not_enrolled(app: App, telegram: FakeTelegram, bank: FakeProvider) -> None:
    telegram.say(ZOE, ZOE, "/start")
    await said(telegram, STRANGER, chat=ZOE)
    assert await app.store.read(members.find, 1, "telegram", str(ZOE)) is None


async def test_a_stranger_who_comes_by_a_plans_link_gets_the_link_to_pay(
    app: App, telegram: FakeTelegram, bank: FakeProvider
) -> None:
    telegram.say(ZOE, ZOE, "/start c1_plan_pro")
    message = await said(telegram, "Pro circle", chat=ZOE)
    (order,) = bank.orders
    url = message["reply_markup"]["inline_keyboard"][0][0]["url"]  # type: ignore[index]
    assert url == f"https://pay.example/{order.token}"
    assert (order.user, order.platform, order.community) == (str(ZOE), "telegram", 1)
    found = await app.store.read(members.find, 1, "telegram", str(ZOE))
    assert found is not None
    assert found.name == "Zoe"


async def test_a_stranger_presses_their_way_from_the_plans_to_the_link(
    app: App, telegram: FakeTelegram, bank: FakeProvider
) -> None:
    telegram.say(ZOE, ZOE, "/plans")
    plans = await said(telegram, "Plans of", chat=ZOE)
    press = telegram.press(ZOE, plans, "Get Pro circle")
    await telegram.until(lambda: press in telegram.pressed)
    await said(telegram, "This offer holds until", chat=ZOE)
    assert [order.user for order in bank.orders] == [str(ZOE)]
