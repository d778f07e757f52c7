"""Invitations: one's own link, who came by it, and what comes of those who stay."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from bot.app import App
from bot.commands import Caller
from bot.delivery import GiveUp, TryAgain
from bot.desk import Desk
from bot.events import Account, CheckedIn, MemberJoined, MemberLeft, member_account
from bot.jobs import thank_inviters
from bot.reply import Reply
from bot.storage import members, privacy, referrals
from tests.cogs.conftest import Say, account, profile
from tests.conftest import START, Clock
from tests.fakes.ports import FakePort

LINK = "https://there.example/s"
POINTS = 100
"""What the shipped rules give for somebody who stayed."""


@pytest_asyncio.fixture(autouse=True)
async def port(app: App, talk: None) -> AsyncIterator[FakePort]:
    made = FakePort("playground")
    app.join(made)
    yield made
    app.ports.clear()


def shown(reply: Reply) -> tuple[str, ...]:
    """How many came, and how many stayed."""
    return tuple(field.value for field in reply.fields)


async def link(say: Say, user: str = "ann") -> str:
    """A member's link."""
    return (await say(user, "invite")).text.splitlines()[0]


async def come(app: App, user: str, by: str, at: datetime = START) -> bool:
    """Somebody comes by a link; returns whether that counts."""
    who = account(user)
    counts = await app.store.write(referrals.came, by, who, at)
    await app.submit([MemberJoined(key=f"join:{user}:{at}", at=at, who=who)])
    return counts


async def take_part(app: App, user: str, days: int, since: datetime = START) -> None:
    await app.submit(
        [CheckedIn(key=f"in:{user}:{n}", at=since + timedelta(days=n), who=account(user)) for n in range(days)]
    )


# ------------------------------------------------------------------ the link


async def test_a_member_has_one_link_and_sees_what_it_brought(app: App, say: Say) -> None:
    reply = await say("ann", "invite")
    first, words = reply.text.splitlines()
    assert first.startswith(f"{LINK}?code=ref_")
    assert words == ("Whoever comes by it, takes part on 3 days and is still here after 7 days brings you 100 points.")
    assert (reply.private, shown(reply), reply.buttons[0][0].url) == (True, ("0", "0"), first)
    assert await link(say) == first
    assert await link(say, "bo") != first
    assert await come(app, "new", first)
    assert shown(await say("ann", "invite")) == ("1", "0")
    assert shown(await say("bo", "invite")) == ("0", "0")


async def test_in_private_the_link_leads_to_the_members_community(say: Say) -> None:
    there = await link(say)
    assert (await say("ann", "invite", space="")).text.splitlines()[0] == there


@pytest.mark.parametrize(
    ("why", "words"),
    [
        (GiveUp("Give me the right 'Create Invite'."), "Give me the right 'Create Invite'."),
        (TryAgain("503"), "The platform does not answer. Try again in a minute."),
    ],
)
async def test_where_no_link_can_be_made_it_is_said_why(say: Say, port: FakePort, why: Exception, words: str) -> None:
    port.invitations = why
    reply = await say("ann", "invite")
    assert (reply.error, reply.text) == (True, words)


async def test_a_link_whose_uses_can_not_be_seen_promises_nothing(say: Say, port: FakePort) -> None:
    port.invitations = False
    assert (await say("ann", "invite")).text.splitlines()[1] == (
        "I can't see here who comes by it, so it earns nothing: give me the right 'Manage Server'."
    )


# ------------------------------------------------------------------ who counts


async def test_nobody_counts_who_was_here_before_or_came_by_no_members_link(app: App, say: Say) -> None:
    mine = await link(say)
    later = START + timedelta(days=1)
    assert not await come(app, "ann", mine, later), "oneself"
    assert not await come(app, "bo", mine, later), "a member"
    await app.submit([MemberLeft(key="left", at=START, who=account("cy"))])
    assert not await come(app, "cy", mine, later), "somebody who had left"
    assert not await come(app, "new", "https://there.example/other", later)
    elsewhere = Account(platform="playground", space="elsewhere", user="far", name="Far")
    assert not await app.store.write(referrals.came, mine, elsewhere, later)
    assert shown(await say("ann", "invite")) == ("0", "0")


async def test_a_guest_is_one_members_and_once(app: App, say: Say) -> None:
    first, second = await link(say), await link(say, "bo")
    assert await come(app, "new", first)
    assert not await come(app, "new", first)
    assert not await come(app, "new", second, START + timedelta(days=1))
    assert (shown(await say("ann", "invite")), shown(await say("bo", "invite"))) == (("1", "0"), ("0", "0"))


async def test_who_had_their_data_erased_is_no_newcomer(app: App, say: Say) -> None:
    mine = await link(say)
    cy = await profile(app, "cy")
    await app.forget(cy.community, cy.member, app.clock())
    assert not await come(app, "cy", mine, START + timedelta(days=1))


# ------------------------------------------------------------------ who stayed


@pytest.mark.parametrize(
    ("days", "after", "left", "earned"),
    [
        (3, 7, False, POINTS),
        (3, 6, False, 0),
        (2, 7, False, 0),
        (3, 7, True, 0),
        (3, 60, False, POINTS),
        (3, 61, False, 0),
    ],
)
async def test_a_guest_counts_who_is_here_after_a_week_and_took_part_on_three_days(
    app: App, say: Say, clock: Clock, days: int, after: int, left: bool, earned: int
) -> None:
    assert await come(app, "new", await link(say))
    await take_part(app, "new", days)
    if left:
        await app.submit([MemberLeft(key="left", at=START + timedelta(days=5), who=account("new"))])
    clock.advance(days=after)
    before = (await profile(app, "ann")).state.engagement
    assert await thank_inviters(app, clock()) == bool(earned)
    after_ = (await profile(app, "ann")).state.engagement
    assert (after_.points - before.points, after_.quality, after_.invited) == (earned, earned, bool(earned))
    assert await thank_inviters(app, clock()) == 0
    assert (await profile(app, "ann")).state.engagement == after_
    assert shown(await say("ann", "invite")) == ("1", str(int(bool(earned))))


async def test_who_takes_part_later_counts_later(app: App, say: Say, clock: Clock) -> None:
    await come(app, "new", await link(say))
    assert await thank_inviters(app, clock.advance(days=8)) == 0
    await take_part(app, "new", 3, clock())
    assert await thank_inviters(app, clock.advance(days=3)) == 1


async def test_when_guest_and_host_are_one_person_nothing_is_earned(app: App, say: Say, clock: Clock) -> None:
    await come(app, "new", await link(say))
    await take_part(app, "new", 3)
    ann, new = await profile(app, "ann"), await profile(app, "new")
    await app.merge(ann.member, new.member)
    assert await thank_inviters(app, clock.advance(days=8)) == 0
    assert (await profile(app, "ann")).state.engagement.invited == 0


async def test_a_guest_who_becomes_another_member_still_counts_for_the_host(app: App, say: Say, clock: Clock) -> None:
    await come(app, "new", await link(say))
    await take_part(app, "new", 3)
    bo, new = await profile(app, "bo"), await profile(app, "new")
    await app.merge(bo.member, new.member)
    await app.submit([MemberJoined(key="bo", at=START, who=member_account(bo.community, bo.member))])
    assert await thank_inviters(app, clock.advance(days=8)) == 1
    assert (await profile(app, "ann")).state.engagement.invited == 1


async def test_what_is_known_of_guests_is_exported_and_erased_with_either(app: App, say: Say) -> None:
    await come(app, "new", await link(say))
    ann, new = await profile(app, "ann"), await profile(app, "new")
    for who in (ann, new):
        assert len((await app.store.read(privacy.export, who.member))["referrals"]["rows"]) == 1
    await app.forget(new.community, new.member, app.clock())
    assert shown(await say("ann", "invite")) == ("0", "0")


# ------------------------------------------------------------------ by a link to the bot


async def test_a_link_to_the_bot_makes_a_member_of_its_community_once(app: App, say: Say, desk: Desk) -> None:
    await app.submit([MemberJoined(key="far", at=START, who=Account(platform="playground", space="far", user="z"))])
    mine = await link(say)
    code = mine.partition("=")[2]
    new = Caller(account=Account(platform="playground", space="", user="new", name="New"), channel="new")
    for _ in range(2):
        reply = await desk.run("start", new, {"tag": code})
        assert reply.title == "Welcome to Reading circle, New!"
    assert shown(await say("ann", "invite")) == ("1", "0")
    known = Caller(account=Account(platform="playground", space="", user="bo", name="Bo"), channel="bo")
    await desk.run("start", known, {"tag": code})
    assert shown(await say("ann", "invite")) == ("1", "0")
    lost = await desk.run("start", Caller(account=_somebody("x"), channel="x"), {"tag": "ref_0123456789ab"})
    assert lost.error
    assert await app.store.read(members.find, 1, "playground", "x") is None


def _somebody(user: str) -> Account:
    return Account(platform="playground", space="", user=user, name=user)
