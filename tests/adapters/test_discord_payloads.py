"""Frames as Discord's gateway sends them, one a file, and the events they are.

To add one: a file with the `frame`, and what `events` it must lead to; `heeded` are roles that the rules speak of.
"""

import json
from pathlib import Path
from typing import Any

import discord
import msgspec
import pytest

from bot.adapters.discord import client, events
from bot.adapters.discord.adapter import DiscordAdapter
from bot.app import App
from bot.desk import Desk
from bot.events import Event

FOLDER = Path(__file__).parent.parent / "payloads" / "discord"
CASES = sorted(FOLDER.glob("*.json"))
GUILD: dict[str, Any] = {
    "id": "1200000000000000001",
    "name": "Academy",
    "owner_id": "1200000000000000100",
    "members": [],
    "roles": [{"id": str(1200000000000000700 + n), "name": f"role {n}"} for n in range(3)],
    "emojis": [],
    "stickers": [],
    "features": [],
    "member_count": 3,
    "channels": [{"id": "1200000000000000002", "type": 0, "name": "general", "position": 0}],
    "threads": [
        {
            "id": "1200000000000000009",
            "parent_id": "1200000000000000002",
            "owner_id": "1200000000000000100",
            "guild_id": "1200000000000000001",
            "type": 11,
            "name": "aside",
            "message_count": 0,
            "member_count": 1,
            "rate_limit_per_user": 0,
            "thread_metadata": {
                "archived": False,
                "auto_archive_duration": 60,
                "archive_timestamp": "2026-11-21T12:00:00+00:00",
            },
        }
    ],
}


MESSAGES = {
    case.stem: found
    for case in CASES
    if (found := json.loads(case.read_text()))["frame"]["t"] == "MESSAGE_CREATE" and "guild_id" in found["frame"]["d"]
}


class Recorder(App):
    """An application that only notes what it is offered."""

    heard: tuple[Event, ...] = ()

    def offer(self, *events: Event, marks: Any = None) -> None:
        self.heard += events


@pytest.fixture
def recorder(app: App) -> Recorder:
    return Recorder(app.store, app.rules, clock=app.clock)


def test_every_case_is_here() -> None:
    assert len(CASES) == 24


@pytest.mark.parametrize("recorded", [json.loads(case.read_text()) for case in CASES], ids=[c.stem for c in CASES])
async def test_a_frame_is_read(recorder: Recorder, recorded: dict[str, Any]) -> None:
    recorder.heeded_roles = frozenset(recorded.get("heeded", ()))
    adapter = DiscordAdapter(Desk(recorder, ()), "token")
    assert isinstance(adapter.client, client.Client)
    state = adapter.client._connection
    guild: Any = {**GUILD}
    state._add_guild_from_data(guild)  # as on GUILD_CREATE, without its listeners
    state.parsers[recorded["frame"]["t"]](recorded["frame"]["d"])
    heard = [json.loads(msgspec.json.encode(event)) for event in recorder.heard]
    assert heard == recorded["events"]


@pytest.mark.parametrize("recorded", MESSAGES.values(), ids=MESSAGES)
def test_a_message_is_the_same_live_and_in_a_history(recorded: dict[str, Any]) -> None:
    state = discord.Client(intents=client.INTENTS)._connection
    guild: Any = {**GUILD}
    made = state._add_guild_from_data(guild)
    news = recorded["frame"]["d"]
    channel = made.get_channel_or_thread(int(news["channel_id"]))
    live = events.heard(news, made, channel)
    assert live == events.posted(discord.Message(state=state, channel=channel, data=news))  # type: ignore[arg-type]


def test_the_frames_are_of_the_kinds_we_subscribe_to() -> None:
    kinds = {json.loads(case.read_text())["frame"]["t"] for case in CASES}
    parsers = discord.Client(intents=client.INTENTS)._connection.parsers
    assert kinds <= parsers.keys()
