"""A small community and ways to speak as its people."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from bot.app import App
from bot.commands import Caller, Rank
from bot.desk import Desk
from bot.effects import Alert
from bot.engine.earning import EarnRules
from bot.engine.points import amount
from bot.events import Account, InterestsChosen, MessagePosted, member_account
from bot.payments import Truth
from bot.reply import Button, Reply, code, decode
from bot.sales import STARS, Subscription
from bot.storage import members, outbox
from bot.storage.members import Profile
from bot.text import features
from tests.conftest import START, Clock
from tests.fakes.ports import FakePort
from tests.fakes.providers import FakeProvider

Say = Callable[..., Awaitable[Reply]]
TALK = {"ann": 18, "bo": 5, "cy": 5, "陈默": 2}


def account(user: str) -> Account:
    return Account(platform="playground", space="s", user=user, name=user.title(), space_name="Reading circle")


def earned(user: str) -> int:
    """The points of a user's messages in the fixture `talk`."""
    return sum(amount(f"playground:message:{user}:{n}", EarnRules().message) for n in range(TALK[user]))


@pytest_asyncio.fixture
async def talk(app: App) -> None:
    """Some have talked, some more than others."""
    await app.submit(
        [
            MessagePosted(
                key=f"playground:message:{user}:{n}", at=START, who=account(user), channel="c", text=features("hi")
            )
            for user, times in TALK.items()
            for n in range(times)
        ]
    )


@pytest.fixture
def say(desk: Desk) -> Say:
    """Call a command as somebody, in their language, with a rank and the command's options."""

    async def call(
        user: str, path: str, *, locale: str = "en", rank: Rank = Rank.MEMBER, space: str = "s", **options: Any
    ) -> Reply:
        who = Account(platform="playground", space=space, user=user, name=user.title(), space_name="Reading circle")
        given: Mapping[str, Any] = options
        return await desk.run(path, Caller(account=who, channel="c", rank=rank, locale=locale), given)

    return call


# ---------------------------------------------------------------------- selling


class Bank(FakeProvider):
    """The provider, whose truths bear the time at which they are told."""

    def __init__(self, clock: Clock, name: str = "fake", currencies: frozenset[str] | None = None) -> None:
        super().__init__(name, currencies)
        self._clock = clock

    def now_is(self, one: Subscription, **changed: object) -> Truth:
        """As it is now."""
        return super().now_is(one, as_of=self._clock(), **changed)


@pytest.fixture
def bank(desk: Desk, clock: Clock) -> Bank:
    """A provider that can do everything, in any currency."""
    made = Bank(clock)
    desk.till.join(made)
    return made


@pytest.fixture
def stars(desk: Desk, clock: Clock) -> Bank:
    """One that can do what Telegram Stars can."""
    made = Bank(clock, "stars", frozenset({STARS}))
    made.can = frozenset({"renew", "coupon", "gift", "invoices"})
    desk.till.join(made)
    return made


def labels(reply: Reply) -> list[str]:
    """What the buttons say, row by row."""
    return [button.label for row in reply.buttons for button in row]


def button(reply: Reply, label: str) -> Button:
    """The button that says so."""
    return next(one for row in reply.buttons for one in row if one.label == label)


async def press(say: Say, user: str, reply: Reply, label: str) -> Reply:
    """Press a button as a platform does: by its code, of 64 bytes at most."""
    path, options = decode(code(button(reply, label)))
    return await say(user, path, **options)


async def profile(app: App, user: str) -> Profile:
    """A member of the fixture `talk` as they are now."""
    found = await app.store.read(members.find, 1, "playground", user)
    assert found is not None
    return found


async def alerts(app: App) -> list[tuple[str, dict[str, int | str]]]:
    """(notice, values) of what the creator is to be told, which is taken out of the outbox."""
    tasks = await app.store.write(outbox.claim, app.clock(), ["playground"], 99, timedelta(minutes=1))
    return [(task.effect.notice, task.effect.values) for task in tasks if isinstance(task.effect, Alert)]


@pytest.fixture
def pay(desk: Desk, bank: Bank, clock: Clock) -> Callable[[], Awaitable[Subscription]]:
    """Pay the order that was placed last, for a month."""

    async def paid() -> Subscription:
        truth = bank.paid(bank.orders[-1], clock(), until=clock() + MONTH)
        await desk.till.take([truth])
        return truth.subscription

    return paid


Pay = Callable[[], Awaitable[Subscription]]
MONTH = timedelta(days=30)


# ---------------------------------------------------------------------- asking


@pytest.fixture
def port(app: App) -> FakePort:
    """What is handed on to members and channels."""
    made = FakePort("playground")
    app.join(made)
    return made


async def publish(say: Say, title: str, text: str, **options: object) -> None:
    reply = await say("ann", "publish", rank=Rank.CREATOR, title=title, kind="article", text=text, **options)
    assert not reply.error, reply.text


@pytest_asyncio.fixture
async def library(say: Say, talk: None) -> None:
    """One article, for everybody, and something else to compare with."""
    text = "Within 14 days of the first payment you get all of your money back. Write to the creator."
    await publish(say, "Refunds", text, tags="refund")
    await publish(say, "Ownership", "Every value has one owner.", tags="rust")


@pytest_asyncio.fixture
async def experts(app: App, talk: None) -> None:
    """Bo and Cy know of laptops, Bo of Rust as well; 陈默 of neither."""
    await interested(app, "bo", "laptop", "rust")
    await interested(app, "cy", "laptop")
    await interested(app, "陈默", "cooking")


async def interested(app: App, user: str, *topics: str) -> None:
    who = await profile(app, user)
    account = member_account(who.community, who.member)
    await app.submit([InterestsChosen(key=f"interests:{user}", at=app.clock(), who=account, topics=topics)])
