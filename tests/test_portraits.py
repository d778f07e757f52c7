"""Members' own pictures: asked for once, bounded, and never a reason for anything to fail."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import update

from bot import portraits
from bot.app import App
from bot.events import Account, MemberJoined
from bot.storage.ledger import ACCOUNTS
from bot.storage.store import Connection
from tests.conftest import START, Clock
from tests.fakes.ports import FakePort


def _same_person(connection: Connection, keep: int, other: int) -> None:
    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.member_id == other).values(member_id=keep))


async def join(app: App, platform: str, user: str) -> int:
    """Somebody comes in; returns their member's number."""
    who = Account(platform=platform, space="g", user=user, name=user)
    await app.submit([MemberJoined(key=f"join:{platform}:{user}", at=START, who=who)])
    return (await app.profile(who)).member


@pytest_asyncio.fixture
async def port(app: App) -> AsyncIterator[FakePort]:
    made = FakePort("discord")
    app.join(made)
    yield made
    app.ports.clear()


async def test_a_picture_is_asked_for_once_an_hour(app: App, port: FakePort, clock: Clock) -> None:
    ann = await join(app, "discord", "ann")
    port.pictures["ann"] = b"one"
    assert await app.portraits.of(ann) == b"one"
    port.pictures["ann"] = b"two"
    clock.advance(minutes=59)
    assert await app.portraits.of(ann) == b"one"
    clock.advance(minutes=1)
    assert await app.portraits.of(ann) == b"two"
    assert port.asked == ["ann", "ann"]


@pytest.mark.parametrize("wrong", [None, OSError("no network"), b"x" * (portraits.LARGEST + 1)])
async def test_what_can_not_be_had_is_none_for_ten_minutes(
    app: App, port: FakePort, clock: Clock, wrong: bytes | Exception | None
) -> None:
    ann = await join(app, "discord", "ann")
    port.pictures["ann"] = wrong
    assert await app.portraits.of(ann) is None
    port.pictures["ann"] = b"now"
    clock.advance(minutes=9)
    assert await app.portraits.of(ann) is None
    clock.advance(minutes=1)
    assert await app.portraits.of(ann) == b"now"


async def test_a_platform_that_does_not_answer_is_not_waited_for(
    app: App, port: FakePort, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(space: str, user: str) -> bytes | None:
        await asyncio.Event().wait()
        return b"too late"

    monkeypatch.setattr(port, "portrait", never)
    monkeypatch.setattr(portraits, "PATIENCE", 0.01)
    assert await app.portraits.of(await join(app, "discord", "ann")) is None


async def test_the_platform_of_whoever_asks_comes_first_and_another_will_do(app: App, port: FakePort) -> None:
    other = FakePort("telegram")
    app.join(other)
    ann, sam = await join(app, "discord", "ann"), await join(app, "telegram", "sam")
    await app.store.write(_same_person, ann, sam)
    port.pictures["ann"], other.pictures["sam"] = b"discord", b"telegram"
    assert await app.portraits.of(ann, "telegram") == b"telegram"
    assert await app.portraits.of(ann, "discord") == b"discord"
    other.pictures.clear()
    assert await app.portraits.of(ann, "playground") == b"discord"


async def test_whoever_is_on_no_platform_here_has_none(app: App) -> None:
    assert await app.portraits.of(await join(app, "discord", "ann")) is None
    assert await app.portraits.of(999) is None


async def test_what_is_kept_is_bounded_in_number_and_in_bytes(
    app: App, port: FakePort, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [await join(app, "discord", f"u{number}") for number in range(5)]
    port.pictures.update({f"u{number}": b"x" * 10 for number in range(5)})
    for most, limit in ((2, 1_000), (100, 25)):
        monkeypatch.setattr(portraits, "KEPT", most)
        monkeypatch.setattr(portraits, "BYTES", limit)
        port.asked.clear()
        for who in (0, 1, 0, 2, 0, 1):
            assert await app.portraits.of(people[who]) == b"x" * 10
        assert port.asked[-2:] == ["u2", "u1"], "u0 was used between, so that u1 went"
        for who in (3, 4):
            await app.portraits.of(people[who])
