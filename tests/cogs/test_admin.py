"""/setup and /doctor: for the creator, refused to everybody else."""

import asyncio

import pytest
from sqlalchemy import select

from bot.app import App
from bot.cogs import COMMANDS
from bot.commands import Rank
from bot.effects import GrantAccess, RevokeAccess
from bot.engine.rules import Rules
from bot.storage import gates, members
from bot.storage.outbox import OUTBOX
from bot.storage.store import Connection
from bot.words import from_json
from tests.cogs.conftest import Say
from tests.fakes.ports import FakePort

pytestmark = pytest.mark.usefixtures("talk")
GUARDED = {one.path: one.who for one in COMMANDS if one.who > Rank.MEMBER}


def waiting(connection: Connection) -> list[GrantAccess | RevokeAccess]:
    return [from_json(GrantAccess | RevokeAccess, row) for row in connection.scalars(_GATED)]


_GATED = select(OUTBOX.c.effect).where(OUTBOX.c.priority <= 1, OUTBOX.c.done_at.is_(None)).order_by(OUTBOX.c.id)


def test_the_guarded_commands_are_these() -> None:
    assert GUARDED == {
        "setup show": Rank.CREATOR,
        "setup community": Rank.CREATOR,
        "setup announce": Rank.CREATOR,
        "setup gate": Rank.CREATOR,
        "setup ungate": Rank.CREATOR,
        "doctor": Rank.MODERATOR,
    }


@pytest.mark.parametrize("path", GUARDED)
@pytest.mark.parametrize("rank", [Rank.MEMBER, Rank.MODERATOR])
async def test_whoever_has_no_right_is_refused_and_nothing_changes(app: App, say: Say, path: str, rank: Rank) -> None:
    if rank >= GUARDED[path]:
        assert not (await say("ann", path, rank=rank)).error
        return
    before = await app.store.read(members.community, 1)
    reply = await say("ann", path, rank=rank, name="Mine", language="zh_CN", gate="lounge", channel="c9")
    who = "moderators" if GUARDED[path] is Rank.MODERATOR else "the creator"
    assert (reply.error, reply.private, reply.text) == (True, True, f"/{path} is for {who} only.")
    assert await app.store.read(members.community, 1) == before
    assert await app.store.read(gates.bound, 1) == []


async def test_the_setup_shows_what_is_set_and_what_to_do_next(say: Say) -> None:
    reply = await say("ann", "setup show", rank=Rank.CREATOR)
    assert reply.title == "Setup of Reading circle"
    assert [(f.name, f.value) for f in reply.fields] == [
        ("Name", "Reading circle"),
        ("Language", "English"),
        ("Announcements", "where the member wrote"),
        ("Gate lounge, from level 2", "nothing yet: /setup gate puts a role or channel behind it"),
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
    reply = await say("ann", "setup gate", rank=Rank.CREATOR, gate=rules.gates[0].name, channel="c9")
    assert reply.text.startswith("c9 is behind the gate lounge now.")
    assert await app.store.read(waiting) == [GrantAccess(gate="lounge")] * len(inside)
    port = FakePort("playground")
    app.join(port)
    async with asyncio.timeout(10):
        while await app.store.read(waiting):
            await app.deliver(app.clock())
    given = len(port.performed)
    await say("ann", "setup ungate", rank=Rank.CREATOR, gate="lounge")
    assert await app.store.read(gates.bound, 1) == []
    async with asyncio.timeout(10):
        while await app.store.read(waiting):
            await app.deliver(app.clock())
    assert [task.effect for task in port.performed[given:]] == [RevokeAccess(gate="lounge")] * len(inside)


async def test_what_the_bot_can_not_give_is_not_put_behind_a_gate(app: App, say: Say) -> None:
    port = FakePort("playground")
    port.obstacles["channel:c9"] = "Give me 'Manage Permissions' in c9."
    app.join(port)
    reply = await say("ann", "setup gate", rank=Rank.CREATOR, gate="lounge", channel="c9")
    assert (reply.error, reply.text) == (True, "Give me 'Manage Permissions' in c9.")
    assert await app.store.read(gates.bound, 1) == []
    assert await app.store.read(waiting) == []


async def test_a_gate_that_is_not_in_the_rules_is_refused(say: Say) -> None:
    reply = await say("ann", "setup gate", rank=Rank.CREATOR, gate="vault", channel="c9")
    assert reply.text == "There is no gate called vault. There are: lounge"


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
