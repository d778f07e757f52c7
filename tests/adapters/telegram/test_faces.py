"""Profile photos: the newest, in the smallest size that is large enough, and none where there is none."""

import pytest
from telegram.error import TelegramError

from bot.adapters.telegram import TelegramAdapter
from tests.adapters.telegram.conftest import ANN, BEA, CLUB
from tests.fakes.telegram import FakeTelegram


@pytest.mark.parametrize(
    ("sizes", "chosen"), [((160, 320, 640), 160), ((100, 200), 200), ((80, 100), 100), ((640,), 640)]
)
async def test_the_smallest_photo_that_is_large_enough_is_taken(
    adapter: TelegramAdapter, telegram: FakeTelegram, sizes: tuple[int, ...], chosen: int
) -> None:
    telegram.photos[ANN] = {side: f"{side} pixels".encode() for side in sizes}
    assert await adapter.portrait(str(CLUB), str(ANN)) == f"{chosen} pixels".encode()


async def test_who_shows_no_photo_has_none(adapter: TelegramAdapter, telegram: FakeTelegram) -> None:
    assert await adapter.portrait(str(CLUB), str(BEA)) is None
    assert not [name for name, _ in telegram.calls if name == "getFile"]


async def test_what_telegram_refuses_is_told_to_whoever_asks(adapter: TelegramAdapter) -> None:
    with pytest.raises(TelegramError):
        await adapter.portrait(str(CLUB), "999")
