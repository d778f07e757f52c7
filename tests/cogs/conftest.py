"""A small community and ways to speak as its people."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
import pytest_asyncio

from bot.app import App
from bot.commands import Caller, Rank
from bot.desk import Desk
from bot.engine.points import message_worth
from bot.engine.rules import PointRules
from bot.events import Account, MessagePosted
from bot.reply import Reply
from bot.text import features
from tests.conftest import START

Say = Callable[..., Awaitable[Reply]]
TALK = {"ann": 18, "bo": 5, "cy": 5, "陈默": 2}


def account(user: str) -> Account:
    return Account(platform="playground", space="s", user=user, name=user.title(), space_name="Reading circle")


def earned(user: str) -> int:
    """The points of a user's messages in the fixture `talk`."""
    return sum(message_worth(f"playground:message:{user}:{n}", PointRules()) for n in range(TALK[user]))


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
