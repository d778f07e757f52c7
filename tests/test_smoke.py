"""The commands answer, in English and Chinese, on a real application."""

import pytest

from bot.cogs import COMMANDS
from bot.commands import Caller, Desk, Rank
from bot.events import Account


@pytest.mark.parametrize("path", [one.path for one in COMMANDS])
async def test_every_command_answers(desk: Desk, path: str) -> None:
    caller = Caller(
        account=Account(platform="playground", space="s", user="u", name="Ann"), channel="c", rank=Rank.CREATOR
    )
    reply = await desk.run(path, caller, {"gate": "lounge", "channel": "c2"})
    assert not reply.error, reply
    assert reply.private is not None
