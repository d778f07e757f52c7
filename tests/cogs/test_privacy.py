"""/mydata: everything out, everything gone."""

import json

import pytest

from bot.app import App
from bot.storage import members
from bot.storage.privacy import HOLDINGS
from tests.cogs.conftest import TALK, Say

pytestmark = pytest.mark.usefixtures("talk")


async def test_the_export_holds_every_table_about_me_in_my_language(say: Say) -> None:
    reply = await say("ann", "mydata export", locale="zh-CN")
    assert reply.file is not None
    assert reply.private is True
    held = json.loads(reply.file.data)
    assert set(held) == {holding.table.name for holding in HOLDINGS if holding.about is not None}
    assert {name for name, table in held.items() if table["rows"]} == {
        "events",
        "entries",
        "days",
        "outbox",
        "accounts",
        "members",
    }
    assert len(held["events"]["rows"]) == TALK["ann"]
    assert held["accounts"]["rows"][0]["external"] == "ann"
    assert held["accounts"]["why"] == "下次能认出你"


async def test_deleting_asks_first_and_changes_nothing_until_sure(app: App, say: Say) -> None:
    reply = await say("ann", "mydata delete")
    assert "There is no way back" in reply.text
    (button,) = reply.buttons[0]
    assert (button.command, button.options, button.style) == ("mydata delete", {"sure": True}, "danger")
    assert await app.store.read(members.find, 1, "playground", "ann") is not None


async def test_deleted_is_gone_and_the_others_stay(app: App, say: Say) -> None:
    assert not (await say("ann", "mydata delete", sure=True)).error
    assert await app.store.read(members.find, 1, "playground", "ann") is None
    assert await app.store.read(members.find, 1, "playground", "bo") is not None
    again = await say("ann", "rank")
    assert again.fields[1].value == "0"
