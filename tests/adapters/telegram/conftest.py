"""A small community on the fake Telegram, joined by the real adapter: by polling, or by the real server's webhook."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.adapters.telegram import TelegramAdapter
from bot.app import App
from bot.batch import Change
from bot.desk import Desk
from bot.events import Account, MessagePosted
from bot.storage import gates, members
from bot.text import features
from bot.web import server
from tests.conftest import START
from tests.fakes.telegram import TOKEN, FakeTelegram

ANN, BEA, OLA, MOD = 11, 12, 13, 14
"""Two members, the owner, and an administrator who may remove members."""
CLUB = -1001000000001
ADDRESS = "https://bot.example/webhooks/telegram"
SECRET = "a-long_secret"


class Heard:
    """What the engine has taken in, by key."""

    def __init__(self, app: App) -> None:
        self.changes: dict[str, Change] = {}
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Condition()
        app.watchers.append(self._take)

    def _take(self, changes: Sequence[Change]) -> None:
        self.changes.update({change.event.key: change for change in changes})
        asyncio.run_coroutine_threadsafe(self._tell(), self._loop)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def until(self, *keys: str) -> Change:
        """Wait until all these events have counted; returns the last one's change."""
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(lambda: all(key in self.changes for key in keys))
        return self.changes[keys[-1]]


def key(chat: int, number: int) -> str:
    return f"telegram:message:{chat}:{number}"


def populate(telegram: FakeTelegram) -> None:
    """The owner speaks Chinese; so does nobody else."""
    telegram.user(ANN, "Ann", language_code="en")
    telegram.user(BEA, "Bea", language_code="en", username="bea_bee")
    telegram.user(OLA, "奥拉", language_code="zh-hans")
    telegram.user(MOD, "Mo", language_code="en")
    telegram.group(CLUB, "Club", OLA)
    telegram.set_member(CLUB, ANN, status="member")
    telegram.set_member(CLUB, BEA, status="member")
    telegram.promote(CLUB, MOD, "can_restrict_members")


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    """A Telegram with a community; nothing that the bot does may be beyond the Bot API."""
    async with FakeTelegram() as fake:
        populate(fake)
        yield fake
    assert fake.faults == []


@pytest.fixture
def by(request: pytest.FixtureRequest) -> str:
    """How updates come."""
    chosen: str = getattr(request, "param", "polling")
    return chosen


def make(desk: Desk, telegram: FakeTelegram, by: str) -> TelegramAdapter:
    """An adapter, not started."""
    if by == "polling":
        return TelegramAdapter(desk, TOKEN, api_url=telegram.url)
    adapter = TelegramAdapter(desk, TOKEN, api_url=telegram.url, webhook_url=ADDRESS, webhook_secret=SECRET)
    telegram.application = server.create(desk.app, telegram_receive=adapter.receive)
    return adapter


@pytest_asyncio.fixture
async def adapter(telegram: FakeTelegram, app: App, desk: Desk, by: str) -> AsyncIterator[TelegramAdapter]:
    """The adapter, joined and started; it asks for all kinds of updates from now on."""
    made = make(desk, telegram, by)
    app.join(made)
    await made.start()
    if by == "polling":
        await telegram.until(lambda: telegram.allowed is not None)
    yield made
    await made.close()


@pytest_asyncio.fixture
async def heard(app: App) -> Heard:
    """Created before anything is said."""
    return Heard(app)


async def earn(app: App, user: int, name: str) -> None:
    """Write as much as opens the gate "lounge", long ago and without Telegram."""
    who = Account(platform="telegram", space=str(CLUB), user=str(user), name=name, space_name="Club")
    words = [features(f"thought number {n} of {name}") for n in range(20)]
    posts = [
        MessagePosted(
            key=f"earned:{user}:{n}", at=START - timedelta(days=30 - n), who=who, channel=str(CLUB), text=text
        )
        for n, text in enumerate(words)
    ]
    await app.submit(posts)


async def guard(app: App, chat: int, *, kind: str = "chat") -> None:
    """Put a chat behind the gate "lounge" of the club's community."""
    space = Account(platform="telegram", space=str(CLUB), user="", space_name="Club")
    community = await app.store.write(members.see_channels, "telegram", space, [])
    await app.store.write(
        gates.bind, community=community, gate="lounge", platform="telegram", space=str(chat), kind=kind,
        target=str(chat), now=app.clock(),
    )  # fmt: skip


async def said(telegram: FakeTelegram, *parts: str, chat: int | None = None) -> dict[str, object]:
    """Wait until the bot has sent a message with all these parts, and take it."""

    def found() -> dict[str, object] | None:
        for message in telegram.sent:
            text = message.get("text") or message.get("caption") or ""
            if all(part in text for part in parts) and (chat is None or message["chat"]["id"] == chat):
                return message
        return None

    try:
        await telegram.until(lambda: found() is not None)
    except TimeoutError as error:
        texts = [message.get("text") or message.get("caption") for message in telegram.sent]
        raise AssertionError(f"{parts} was not said, but {texts}; calls {telegram.calls[-5:]}") from error
    message = found()
    assert message is not None
    return message
