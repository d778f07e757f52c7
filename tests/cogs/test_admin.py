"""/setup and /doctor: for the creator, refused to everybody else."""

import asyncio

import pytest
from sqlalchemy import select

from bot.app import App
from bot.commands import Caller, Rank
from bot.desk import Desk
from bot.effects import GrantAccess, RevokeAccess
from bot.engine.rules import Rules
from bot.storage import books, gates, members
from bot.storage.outbox import OUTBOX
from bot.storage.store import Connection
from bot.words import from_json
from tests.cogs.conftest import Say, account
from tests.fakes.ports import FakePort

pytestmark = pytest.mark.usefixtures("talk")


def waiting(connection: Connection) -> list[GrantAccess | RevokeAccess]:
    return [from_json(GrantAccess | RevokeAccess, row) for row in connection.scalars(_GATED)]


_GATED = select(OUTBOX.c.effect).where(OUTBOX.c.priority <= 1, OUTBOX.c.done_at.is_(None)).order_by(OUTBOX.c.id)


async def test_the_setup_shows_what_is_set_and_what_to_do_next(say: Say) -> None:
    reply = await say("ann", "setup show", rank=Rank.CREATOR)
    assert reply.title == "Setup of Reading circle"
    assert [(f.name, f.value) for f in reply.fields] == [
        ("Name", "Reading circle"),
        ("Language", "English"),
        ("Announcements", "where the member wrote"),
        ("Gate lounge, from level 2", "nothing yet: /gate add puts a role or channel behind it"),
    ]


async def test_the_community_is_changed_by_a_form(app: App, say: Say) -> None:
    form = (await say("ann", "setup community", rank=Rank.CREATOR)).form
    assert form is not None
    assert [(b.name, b.value) for b in form.blanks] == [("name", "Reading circle"), ("language", "en")]
    await say("ann", form.command, rank=Rank.CREATOR, name="读书会", language="zh_CN")
    changed = await app.store.read(members.community, 1)
    assert (changed.name, changed.locale) == ("读书会", "zh_CN")
    assert (await say("bo", "help", locale="")).title == "命令"


@pytest.mark.parametrize("name", ["x" * 65, "y" * 4000])
async def test_a_name_too_long_is_refused(app: App, say: Say, name: str) -> None:
    reply = await say("ann", "setup community", rank=Rank.CREATOR, name=name)
    assert reply.text == "name must have 1 to 64 characters."
    assert (await app.store.read(members.community, 1)).name == "Reading circle"


async def test_a_gate_lets_in_whoever_it_stands_open_to(app: App, say: Say, rules: Rules) -> None:
    inside = [p for p in [await app.store.read(members.by_id, 1, n) for n in range(1, 5)] if p and p.state.access.open]
    assert inside, "the fixture must have somebody above the gate's level"
    reply = await say("ann", "gate add", rank=Rank.CREATOR, gate=rules.gates[0].name, channel="c9")
    assert reply.text.startswith("c9 is behind the gate lounge now.")
    assert await app.store.read(waiting) == [GrantAccess(gate="lounge")] * len(inside)
    port = FakePort("playground")
    app.join(port)
    async with asyncio.timeout(10):
        while await app.store.read(waiting):
            await app.deliver(app.clock())
    given = len(port.performed)
    await say("ann", "gate remove", rank=Rank.CREATOR, gate="lounge")
    assert await app.store.read(gates.bound, 1) == []
    async with asyncio.timeout(10):
        while await app.store.read(waiting):
            await app.deliver(app.clock())
    assert [task.effect for task in port.performed[given:]] == [RevokeAccess(gate="lounge")] * len(inside)


async def test_what_the_bot_can_not_give_is_not_put_behind_a_gate(app: App, say: Say) -> None:
    port = FakePort("playground")
    port.obstacles["channel:c9"] = "Give me 'Manage Permissions' in c9."
    app.join(port)
    reply = await say("ann", "gate add", rank=Rank.CREATOR, gate="lounge", channel="c9")
    assert (reply.error, reply.text) == (True, "Give me 'Manage Permissions' in c9.")
    assert await app.store.read(gates.bound, 1) == []
    assert await app.store.read(waiting) == []


async def test_a_gate_may_be_made_before_something_opens_it_and_is_said_to_be_shut(app: App, say: Say) -> None:
    reply = await say("ann", "gate add", rank=Rank.CREATOR, gate="Vault", channel="c9")
    assert reply.text == (
        "c9 is behind the gate vault now.\nNo plan opens it yet: /plan create or /plan edit names it."
    )
    listed = await say("ann", "gate list", rank=Rank.CREATOR)
    assert [(f.name, f.value) for f in listed.fields] == [
        ("lounge · level 2", "nothing yet: /gate add puts a role or channel behind it"),
        ("vault · opened by nothing yet", "Playground channel c9"),
    ]
    reply = await say("ann", "gate remove", rank=Rank.CREATOR, gate="hall")
    assert (reply.error, reply.text) == (True, "There is no gate called hall. There are: lounge, vault")
    assert len(await app.store.read(gates.bound, 1)) == 1


async def test_what_is_behind_a_gate_is_called_by_its_name(app: App, say: Say, desk: Desk) -> None:
    for name in ("Founders", "Founding members"):  # put there once more, it is called as it is now
        creator = Caller(account=account("ann"), channel="c", rank=Rank.CREATOR, names={"77": name})
        assert not (await desk.run("gate add", creator, {"gate": "lounge", "role": "77"})).error
        listed = await say("ann", "gate list", rank=Rank.CREATOR)
        assert [(f.name, f.value) for f in listed.fields] == [("lounge · level 2", f"Playground role {name}")]
        assert (await app.store.read(books.names, 1))["playground", "role:77"] == name
    told = (await say("ann", "why")).text
    assert "Founding members" in told
    assert "77" not in told


async def test_the_staff_is_told_where_the_creator_says_and_nowhere_when_it_is_off(app: App, say: Say) -> None:
    reply = await say("ann", "setup staff", rank=Rank.CREATOR, channel="office")
    assert reply.text == "The staff is told in office from now on. See that members can't read it."
    await app.store.write(members.tell_staff_in, 1, "discord", "1/2")
    assert await app.store.read(members.staff, 1) == {"playground": "s/office", "discord": "1/2"}
    await say("ann", "setup staff", rank=Rank.CREATOR, off=True)
    assert await app.store.read(members.staff, 1) == {"discord": "1/2"}


async def test_announcements_go_where_the_creator_says(app: App, say: Say) -> None:
    await say("ann", "setup announce", rank=Rank.CREATOR)
    assert (await app.store.read(members.community, 1)).announce == {"playground": "c"}
    await say("ann", "setup announce", rank=Rank.CREATOR, channel="news")
    assert (await app.store.read(members.community, 1)).announce == {"playground": "news"}


async def test_in_private_the_place_must_be_known(say: Say) -> None:
    reply = await say("ann", "setup announce", rank=Rank.CREATOR, space="")
    assert reply.text == "Say this in the community, not in private."


async def test_the_doctor_says_that_all_is_well(say: Say) -> None:
    reply = await say("ann", "doctor", rank=Rank.MODERATOR)
    assert reply.title == "All is well."
    assert reply.fields[0].name == "✅ Database"
