"""/notify as members use it, and /nudges as creators do: wishes are kept, and nothing is sent by asking."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.cogs import COMMANDS
from bot.commands import Catalogue, Rank
from bot.effects import Nudge, Priority
from bot.engine.nudges.table import NUDGES
from bot.engine.rules import NudgeRules, Rules
from bot.i18n import tongue
from bot.jobs import plan_nudges
from bot.notices import PEACE, nudged
from bot.reply import code
from bot.storage import nudges, nudging, outbox
from bot.storage.outbox import Task
from bot.words import replace
from tests.cogs.conftest import Say, alerts, button, labels, press, profile
from tests.conftest import Clock

pytestmark = pytest.mark.usefixtures("talk")
CREATOR = Rank.CREATOR


async def send(app: App, clock: Clock) -> int:
    """Settle what is due, as the job does, but with nobody at the outbox's other end."""
    return await app.store.write(nudging.send, app.rules, ("playground",), clock())


@pytest.fixture
def rules(rules: Rules) -> Rules:
    """Nobody is held back, and the silent are asked after two days."""
    return replace(rules, nudges=NudgeRules(holdout=0, quiet_days=2))


async def written_to(app: App, clock: Clock, user: str = "ann") -> tuple[int, Task]:
    """Let a member be written to: (the row, the task)."""
    clock.advance(days=2)
    await plan_nudges(app, clock())
    assert await send(app, clock) > 0
    member = (await profile(app, user)).member
    tasks = await app.store.write(outbox.claim, clock(), ["playground"], 99, timedelta(minutes=1))
    mine = [task for task in tasks if task.member == member and isinstance(task.effect, Nudge)]
    return nudging.number(mine[0]), mine[0]


# ---------------------------------------------------------------------- /notify


async def test_what_i_write_about_is_shown_with_a_switch_for_each(say: Say) -> None:
    reply = await say("ann", "notify")
    assert reply.text == "I write to you now and then."
    assert [(field.name, field.value) for field in reply.fields[:3]] == [
        ("Quiet hours", "21:00 – 09:00 (UTC)"),
        ("At most", "3 a week"),
        ("First steps", "on"),
    ]
    assert labels(reply)[:4] == ["Stop that", "Fewer", "✓ First steps", "✓ Recommendations"]
    assert all(len(code(one).encode()) <= 64 for row in reply.buttons for one in row)


async def test_a_topic_is_switched_off_and_on_by_its_button(app: App, say: Say) -> None:
    reply = await press(say, "ann", await say("ann", "notify"), "✓ Recommendations")
    assert reply.text.startswith("I will not write to you about this any more: Recommendations.")
    assert (await profile(app, "ann")).state.contact.muted == ("recommendations",)
    again = await press(say, "ann", reply, "✗ Recommendations")
    assert again.text.startswith("I will write to you about this again: Recommendations.")
    assert (await profile(app, "ann")).state.contact.muted == ()


@pytest.mark.parametrize("wanted", ["off", "complain"])
async def test_a_topic_alone_brings_nothing_while_all_is_switched_off_and_it_says_so(
    app: App, say: Say, wanted: str
) -> None:
    await say("ann", "notify", wanted="off", topic="digest")
    await say("ann", "notify", wanted=wanted)
    reply = await say("ann", "notify", wanted="on", topic="digest")
    words = "Switched on, but that alone brings nothing: What you missed in the week.\nI do not write to you."
    assert (reply.text, labels(reply)) == (words, ["You may write"])
    contact = (await profile(app, "ann")).state.contact
    assert (contact.muted, contact.notices and contact.complained_at is None) == ((), False)
    after = await press(say, "ann", reply, "You may write")
    assert after.text == "Good: I may write to you in private again.\nI write to you now and then."


async def test_what_the_creator_switched_off_is_not_said_to_come(say: Say) -> None:
    await say("boss", "rules set", rank=CREATOR, key="nudges.on", value="off", sure=True)
    reply = await say("ann", "notify", wanted="on", topic="digest")
    assert reply.text == (
        "Switched on, but that alone brings nothing: What you missed in the week.\n"
        "The creator wants me to write about questions alone."
    )
    questions = await say("ann", "notify", wanted="on", topic="questions")
    assert questions.text.startswith("I will write to you about this again: Questions you may know the answer to.")
    await say("boss", "rules set", rank=CREATOR, key="asking.people", value="0", sure=True)
    assert (await say("ann", "notify")).text == "The creator wants me to write to nobody of my own accord."


async def test_two_wishes_at_once_are_both_heard(app: App, say: Say) -> None:
    assert (await say("ann", "notify", wanted="off", quiet="22-8")).text.startswith("I will not write to you")
    contact = (await profile(app, "ann")).state.contact
    assert (contact.notices, contact.quiet) == (False, (22, 8))


@pytest.mark.parametrize("typed", ["0-24", "22-22", "25-8"])
async def test_hours_that_would_be_kept_as_none_are_refused(app: App, say: Say, typed: str) -> None:
    assert (await say("ann", "notify", quiet=typed)).error
    assert (await profile(app, "ann")).state.contact.quiet == ()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("22-8", (22, 8)), ("22:00 – 08:00", (22, 8)), ("２２到８", (22, 8)), ("23-24", (23, 0)), ("off", (0, 0))],
)
async def test_quiet_hours_are_typed_as_people_type_them(app: App, say: Say, typed: str, kept: tuple[int, int]) -> None:
    assert not (await say("ann", "notify", quiet=typed)).error
    assert (await profile(app, "ann")).state.contact.quiet == kept


@pytest.mark.parametrize("typed", ["soon", "25-3", "8", "-8"])
async def test_what_is_no_hours_is_refused_and_changes_nothing(app: App, say: Say, typed: str) -> None:
    before = (await profile(app, "ann")).state
    reply = await say("ann", "notify", quiet=typed, wanted="off")
    assert (reply.error, reply.text) == (True, f"I can't read {typed}. Write it like 22-8, or off.")
    assert (await profile(app, "ann")).state == before


async def test_fewer_and_as_many_as_others(app: App, say: Say) -> None:
    fewer = await press(say, "ann", await say("ann", "notify"), "Fewer")
    assert fewer.fields[1].value == "1 a week"
    assert (await profile(app, "ann")).state.contact.fewer
    await press(say, "ann", fewer, "As many as others")
    assert not (await profile(app, "ann")).state.contact.fewer


async def test_the_buttons_under_a_nudge_leave_its_reader_in_peace(app: App, say: Say, clock: Clock) -> None:
    row, task = await written_to(app, clock)
    shown = nudged(task.effect, "Ann", tongue("en"))  # type: ignore[arg-type]
    assert shown.text.endswith("(No more of these: the button below, or /notify.)")
    assert labels(shown)[-3:] == ["Not interested in this", "Fewer of these", "Complain"]
    assert button(shown, "Complain").options == {"wanted": "complain", "about": row}
    reply = await press(say, "ann", shown, "Not interested in this")
    assert not reply.error
    assert (await profile(app, "ann")).state.contact.muted == ("contact",)


async def test_a_complaint_ends_all_of_it_and_reaches_the_creator(app: App, say: Say, clock: Clock) -> None:
    await say("boss", "setup staff", rank=CREATOR, channel="c")
    _, task = await written_to(app, clock)
    shown = nudged(task.effect, "Ann", tongue("en"))  # type: ignore[arg-type]
    reply = await press(say, "ann", shown, "Complain")
    assert reply.text.startswith("I am sorry.")
    assert ("staff_complaint", {"nudge": "at_risk"}) in await alerts(app)
    assert (await say("ann", "notify")).text == "I do not write to you."
    assert await app.store.write(nudging.begin, app.rules, task, clock()) == "complained"  # it is on its way still
    clock.advance(days=20)
    await plan_nudges(app, clock())
    await send(app, clock)
    waits = await app.store.write(outbox.claim, clock(), ["playground"], 99, timedelta(minutes=1))
    assert [one.key for one in waits if one.member == task.member and isinstance(one.effect, Nudge)] == [task.key]
    assert not (await say("ann", "notify", wanted="on")).error
    assert (await profile(app, "ann")).state.contact.complained_at is None


async def test_nobody_speaks_for_another_by_a_button_of_theirs(app: App, say: Say, clock: Clock) -> None:
    row, _ = await written_to(app, clock)
    before = (await profile(app, "bo")).state, (await profile(app, "ann")).state
    for about in (row, 999):
        reply = await say("bo", "notify", wanted="off", about=about)
        assert (reply.error, reply.text) == (
            True,
            "That was not written to you. /notify says what I write to you.",
        )
    assert ((await profile(app, "bo")).state, (await profile(app, "ann")).state) == before


async def test_whoever_wants_to_hear_from_us_again_is_tried_again(app: App, say: Say, clock: Clock) -> None:
    _, task = await written_to(app, clock)
    await app.store.write(nudging.refused, task, clock(), "closed", closed=True)
    who = {("playground", "ann"): None}
    assert await app.store.read(nudges.dead, who, clock()) == {"playground:ann:playground"}
    await say("bo", "notify", wanted="on")
    await say("ann", "notify", wanted="fewer")
    assert await app.store.read(nudges.dead, who, clock()) == {"playground:ann:playground"}
    await say("ann", "notify", wanted="on")
    assert await app.store.read(nudges.dead, who, clock()) == set()


def test_every_button_under_a_nudge_runs_a_command_that_there_is() -> None:
    catalogue = Catalogue(COMMANDS)
    assert set(PEACE) == {"off", "fewer", "complain"}
    for step in [step for one in NUDGES for step in one.steps]:
        found = catalogue.find(step.command)
        assert found is not None
        assert set(step.options) <= {parameter.key for parameter in found.parameters}


# ---------------------------------------------------------------------- /nudges


async def test_creators_see_all_nudges_and_how_to_switch_them(say: Say) -> None:
    reply = await say("boss", "nudges list", rank=CREATOR)
    assert reply.table is not None
    assert len(reply.table.rows) == len(NUDGES)
    assert ("Welcome", "First steps", "on", "nudges.send.welcome") in reply.table.rows
    assert reply.text.startswith("At most 3 a week to a member, 24 hours apart, none from 21:00 to 9:00")


async def test_a_nudge_switched_off_by_the_rules_is_sent_to_nobody(app: App, say: Say, clock: Clock) -> None:
    await say("boss", "rules set", rank=CREATOR, key="nudges.send.at_risk", value="off", sure=True)
    clock.advance(days=2)
    await plan_nudges(app, clock())
    assert await app.store.read(nudges.waiting, 1, 9) == []


async def test_creators_see_what_waits_and_what_would_become_of_it(app: App, say: Say, clock: Clock) -> None:
    assert (await say("boss", "nudges preview", rank=CREATOR)).text == "Nothing waits at the moment."
    await say("bo", "notify", wanted="off", topic="contact")
    clock.advance(days=1, hours=20)
    await plan_nudges(app, clock())
    reply = await say("boss", "nudges preview", rank=CREATOR)
    assert reply.table is not None
    then = {row[0]: row[1:] for row in reply.table.rows}
    title = "A check-in with who fell silent"
    assert then["Ann"] == (title, "Nov 23, 2026, 12:00 UTC", "in private")
    assert then["Bo"] == (title, "Nov 23, 2026, 12:00 UTC", "does not want these")
    assert Priority.NUDGE not in await app.store.read(outbox.waiting)


async def test_creators_see_what_one_member_would_get_and_what_keeps_it(say: Say, clock: Clock) -> None:
    clock.advance(days=2, hours=10)
    reply = await say("boss", "nudges preview", rank=CREATOR, member="ann")
    (field,) = [one for one in reply.fields if one.name == "A check-in with who fell silent"]
    assert field.value.split("\n") == [
        "Nov 23, 2026, 12:00 UTC · in private",
        "We have not heard from you for 2 days, Ann. Your place is still here.",
        "Held back: has quiet hours",
    ]


async def test_creators_see_what_became_of_them(app: App, say: Say, clock: Clock) -> None:
    assert (await say("boss", "nudges status", rank=CREATOR)).text == "Nothing was planned yet."
    await say("bo", "notify", wanted="off", topic="contact")
    await plan_nudges(app, clock.advance(days=2))
    await say("cy", "notify", wanted="off")
    await send(app, clock)
    reply = await say("boss", "nudges status", rank=CREATOR)
    assert reply.table is not None
    assert reply.table.rows == (("A check-in with who fell silent", "0", "2", "0", "2"),)
    assert [(field.name, field.value) for field in reply.fields] == [("does not want these", "2")]
