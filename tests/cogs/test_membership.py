"""/status, /why, /cancel, /pause, /resume, /change and the bills: each member's own, and nobody else's."""

import asyncio
from datetime import timedelta
from typing import get_args

import pytest
from sqlalchemy import select

from bot.app import App
from bot.cogs import COMMANDS
from bot.commands import Command
from bot.delivery import GiveUp
from bot.desk import Desk
from bot.effects import GrantAccess
from bot.engine.rules import Gate, MembershipRules, Plan, Rules
from bot.events import CancellationExplained
from bot.payments import Busy, Invoice
from bot.reply import code
from bot.sales import Price, Reason
from bot.storage import gates, grants, ledger, members, sales
from bot.storage.outbox import Task
from bot.storage.store import Connection
from bot.words import from_json
from tests.cogs.conftest import MONTH, Bank, Pay, Say, alerts, button, labels, press, profile
from tests.conftest import Clock
from tests.fakes.ports import FakePort

pytestmark = pytest.mark.usefixtures("talk", "bank")

PRO = Plan(name="pro", title="Pro circle", prices={"usd": 999, "cny": 6800}, gates=("vip",))
BASIC = Plan(name="basic", title="Basic", prices={"cny": 1800, "usd": 300}, gates=("vip",))
YEAR = Plan(name="year", title="A year", period="year", prices={"eur": 9900}, gates=("vip",))
PASS = Plan(name="pass", title="Pass", period="once", days=30, prices={"usd": 500})
FREE = Plan(name="guest", title="Guest", period="free", gates=("vip",))
TERMS = MembershipRules(support="help@reading.example", terms_url="https://reading.example/terms")


@pytest.fixture
def rules() -> Rules:
    return Rules(plans=(PRO, BASIC, YEAR, PASS, FREE), gates=(Gate(name="vip", level=90),), membership=TERMS)


async def subscribed(say: Say, pay: Pay, user: str = "ann", plan: str = "pro") -> None:
    """A member has paid for a month."""
    await say(user, "subscribe", plan=plan, by="usd")
    await pay()


async def own(app: App, user: str) -> list[tuple[str, bool]]:
    """(status, whether it renews) of each of a member's subscriptions."""
    return [(one.status, one.renews) for one in (await profile(app, user)).state.membership.subscriptions]


async def number(app: App, user: str) -> int:
    """The number of a member's only subscription."""
    (found,) = await app.store.read(sales.of_member, (await profile(app, user)).member)
    return found


# ---------------------------------------------------------------------- /status


async def test_who_has_nothing_is_shown_the_way_to_the_plans(say: Say) -> None:
    reply = await say("ann", "status")
    assert reply.text == "You have no membership here. /plans shows what there is."
    assert labels(reply) == ["Why am I in, or not?", "Plans"]


@pytest.mark.parametrize("path", ["status", "membershipstatus", "memberships", "membership"])
async def test_the_status_says_what_i_have_and_what_i_can_do(say: Say, pay: Pay, path: str) -> None:
    await subscribed(say, pay)
    reply = await say("ann", path)
    assert [(one.name, one.value) for one in reply.fields] == [
        (
            "Pro circle",
            "active · $9.99 a month\nPro circle: paid until Dec 21, 2026. It renews by itself then.",
        )
    ]
    assert labels(reply) == [
        *("Change the plan", "Pause", "Cancel"),
        *("Why am I in, or not?", "Card", "Invoices", "Plans"),
    ]
    assert reply.private is True
    assert max(len(code(one)) for row in reply.buttons for one in row) <= 64


async def test_a_provider_that_can_do_less_offers_less(
    app: App, say: Say, stars: Bank, desk: Desk, clock: Clock
) -> None:
    await app.amend(1, Plan(name="star", title="Star", prices={"xtr": 500}))
    await say("ann", "subscribe", plan="star")
    await desk.till.take([stars.paid(stars.orders[-1], clock(), until=clock() + MONTH)])
    reply = await say("ann", "status")
    assert labels(reply) == ["Cancel", "Why am I in, or not?", "Invoices", "Plans"]
    clock.advance(hours=1)
    await say("ann", "cancel", sure=True)
    reply = await say("ann", "status")
    assert reply.fields[0].value.splitlines() == [
        "cancelled, open until its date · 500 ⭐ a month",
        "Star: cancelled, and still yours until Dec 21, 2026. /status can undo that until then.",
        "Telegram can take that back: Settings, My Stars, the subscription, Renew.",
    ]
    assert labels(reply) == ["Why am I in, or not?", "Invoices", "Plans"]
    undone = await say("ann", "resume")
    assert undone.text == "The cancellation of Star can't be undone here. /status says how."
    assert await own(app, "ann") == [("active", False)]


async def test_several_memberships_are_told_apart_by_their_plans(say: Say, pay: Pay, clock: Clock) -> None:
    await subscribed(say, pay)
    clock.advance(hours=1)
    await subscribed(say, pay, plan="basic")
    reply = await say("ann", "status")
    assert [one.name for one in reply.fields] == ["Basic", "Pro circle"]
    assert "Cancel · Basic" in labels(reply)
    which = await say("ann", "cancel")
    assert (which.text, labels(which)) == ("Which one shall end?", ["Pro circle", "Basic"])
    assert (await press(say, "ann", which, "Basic")).title == "Basic"
    refused = await say("ann", "pause")
    assert refused.text == "You have several memberships: /status has a button for each."
    assert (await say("ann", "pause", which="Basic")).text.startswith("Basic is paused")


# ---------------------------------------------------------------------- /cancel


async def test_a_cancellation_is_asked_once_keeps_the_paid_time_and_can_be_undone(
    app: App, say: Say, bank: Bank, pay: Pay, clock: Clock
) -> None:
    await subscribed(say, pay)
    clock.advance(days=1)
    asked = await press(say, "ann", await say("ann", "status"), "Cancel")
    assert asked.text == "Cancel Pro circle? You stay in until Dec 21, 2026, and nothing is charged after that."
    assert labels(asked) == ["Yes, cancel", "Pause it instead", "Keep it"]
    assert await own(app, "ann") == [("active", True)]
    done = await press(say, "ann", asked, "Yes, cancel")
    assert done.text.splitlines()[0] == "Pro circle is cancelled. You stay in until Dec 21, 2026."
    assert await own(app, "ann") == [("active", False)]
    assert (await profile(app, "ann")).state.access.open == ("vip",)
    clock.advance(days=1)
    undone = await press(say, "ann", done, "Undo the cancellation")
    assert undone.text == "Pro circle goes on. It is paid until Dec 21, 2026."
    assert await own(app, "ann") == [("active", True)]
    assert [what for what, _ in bank.calls] == ["checkout", "cancel", "keep"]


async def test_why_it_was_cancelled_is_kept_once_and_told_to_the_creator(
    app: App, say: Say, pay: Pay, clock: Clock
) -> None:
    await app.store.write(members.tell_staff_in, 1, "playground", "s/staff")
    await subscribed(say, pay)
    clock.advance(days=1)
    done = await say("ann", "cancel", sure=True)
    assert labels(done)[1:] == [
        *("It costs too much", "I don't use it enough", "Something is missing", "It is not good enough"),
        *("It is too complicated", "I was not helped well", "I found something else", "Something else"),
    ]
    assert len(get_args(Reason)) == 8
    thanks = await press(say, "ann", done, "It costs too much")
    assert (thanks.text, labels(thanks)) == ("Thank you: that helps.", ["Undo the cancellation"])
    await press(say, "ann", done, "Something else")
    assert [event.reason for event in await app.store.read(explained)] == ["too_expensive"]
    assert (await alerts(app))[-1] == ("staff_reason", {"plan": "Pro circle", "reason": "too_expensive"})


def explained(connection: Connection) -> list[CancellationExplained]:
    c = ledger.EVENTS.c
    rows = connection.scalars(select(c.data).where(c.data.contains("CancellationExplained")))
    return [from_json(CancellationExplained, row) for row in rows]


async def test_a_reason_alone_cancels_nothing(app: App, say: Say, pay: Pay) -> None:
    await subscribed(say, pay)
    reply = await say("ann", "cancel", reason="other")
    assert reply.text.startswith("Cancel Pro circle?")
    assert await own(app, "ann") == [("active", True)]
    assert await app.store.read(explained) == []


async def test_what_is_not_paid_ends_at_once_so_that_nobody_tries_again(
    app: App, say: Say, desk: Desk, bank: Bank, pay: Pay, clock: Clock
) -> None:
    await say("ann", "subscribe", plan="pro", by="usd")
    one = await pay()
    clock.advance(days=31)
    await desk.till.take([bank.now_is(one, status="past_due")])
    clock.advance(hours=1)
    asked = await say("ann", "cancel")
    assert asked.text == (
        "Cancel Pro circle? The time you paid for is over, so access ends now. Nothing is charged again."
    )
    done = await press(say, "ann", asked, "Yes, cancel")
    assert done.text.startswith("Pro circle is cancelled and has ended.")
    assert bank.calls[-1] == ("cancel now", one.id)
    assert (await profile(app, "ann")).state.access.open == ()


async def test_what_is_free_is_left_at_once(app: App, say: Say, clock: Clock) -> None:
    await say("ann", "subscribe", plan="guest")
    clock.advance(hours=1)
    asked = await say("ann", "cancel")
    assert asked.text == "Leave Guest? What it opens closes now. You may take it again."
    await press(say, "ann", asked, "Yes, cancel")
    assert (await profile(app, "ann")).state.access.open == ()
    clock.advance(hours=1)
    assert not (await say("ann", "subscribe", plan="guest")).error
    assert (await profile(app, "ann")).state.access.open == ("vip",)


async def test_there_is_nothing_to_cancel_where_nothing_will_be_charged(app: App, say: Say, pay: Pay) -> None:
    text = "There is nothing to cancel: nothing of yours will be charged. /status shows what you have."
    assert (await say("ann", "cancel")).text == text
    await say("ann", "subscribe", plan="pass")
    await pay()
    assert (await say("ann", "cancel", sure=True)).text == text
    assert await own(app, "ann") == [("active", False)]


async def test_a_provider_that_is_away_leaves_everything_as_it_was(app: App, say: Say, bank: Bank, pay: Pay) -> None:
    await subscribed(say, pay)
    bank.plan.append(Busy("no network"))
    reply = await say("ann", "cancel", sure=True)
    assert (reply.error, reply.text) == (
        True,
        "The payment provider can't be reached just now. Nothing has changed; try again in a minute.",
    )
    assert await own(app, "ann") == [("active", True)]


# ---------------------------------------------------------------------- only one's own


@pytest.mark.parametrize("path", ["cancel", "pause", "resume", "change"])
@pytest.mark.parametrize("more", [{}, {"sure": True}, {"sure": True, "to": "basic"}, {"reason": "other"}])
async def test_a_forged_button_with_somebody_elses_number_changes_nothing(
    app: App, say: Say, bank: Bank, pay: Pay, path: str, more: dict[str, object]
) -> None:
    await subscribed(say, pay)
    before = await profile(app, "ann")
    told = (await profile(app, "bo")).state.membership
    asked = list(bank.calls)
    given = {key: value for key, value in more.items() if key in {one.key for one in _command(path).parameters}}
    forged = await say("bo", path, which=str(await number(app, "ann")), **given)
    assert (forged.error, forged.text) == (True, "You have no such membership. /status shows yours.")
    assert await profile(app, "ann") == before
    assert (await profile(app, "bo")).state.membership == told
    assert bank.calls == asked


def _command(path: str) -> Command:
    return next(one for one in COMMANDS if one.path == path)


# ---------------------------------------------------------------------- /pause, /resume, /change


async def test_a_pause_closes_the_door_and_resuming_opens_it(app: App, say: Say, pay: Pay, clock: Clock) -> None:
    await subscribed(say, pay)
    clock.advance(days=1)
    paused = await press(say, "ann", await say("ann", "cancel"), "Pause it instead")
    assert paused.text == "Pro circle is paused: no charges and no access until you resume it."
    assert (await profile(app, "ann")).state.access.open == ()
    assert labels(await say("ann", "status"))[:2] == ["Resume", "Cancel"]
    clock.advance(days=1)
    assert (await press(say, "ann", paused, "Resume")).text == "Pro circle goes on. It is paid until Dec 21, 2026."
    assert (await profile(app, "ann")).state.access.open == ("vip",)
    again = await say("ann", "resume")
    assert (again.error, again.text) == (True, "Pro circle is neither paused nor cancelled. /status shows it.")


async def test_a_plan_is_changed_in_its_own_currency_and_asked_about_once(
    app: App, say: Say, bank: Bank, pay: Pay, clock: Clock
) -> None:
    await subscribed(say, pay)
    clock.advance(days=1)
    which = await press(say, "ann", await say("ann", "status"), "Change the plan")
    assert [(one.name, one.value) for one in which.fields] == [("Basic", "$3.00 a month"), ("A year", "€99.00 a year")]
    asked = await press(say, "ann", which, "Basic")
    assert asked.text == (
        "Change Pro circle to Basic, $3.00 a month? What you have paid is set off against it, and access goes on."
    )
    assert [one for one in bank.calls if one[0] == "change"] == []
    assert (await press(say, "ann", asked, "Yes, change")).text == "Pro circle is Basic from now on."
    (one,) = (await profile(app, "ann")).state.membership.subscriptions
    assert (one.plan, one.price) == ("basic", Price(amount=300, currency="usd"))


@pytest.mark.parametrize("to", ["pass", "guest", "pro", "nonsense"])
async def test_what_it_can_not_become_is_refused(app: App, say: Say, bank: Bank, pay: Pay, to: str) -> None:
    await subscribed(say, pay)
    reply = await say("ann", "change", to=to, sure=True)
    assert (reply.error, reply.text) == (True, "Pro circle can't be changed to that. /change shows to what.")
    assert [what for what, _ in bank.calls] == ["checkout"]


# ---------------------------------------------------------------------- /why


async def placed(app: App, clock: Clock) -> FakePort:
    """A channel stands behind the gate vip."""
    port = FakePort("playground")
    app.join(port)
    await app.store.write(
        gates.bind,
        community=1,
        gate="vip",
        platform="playground",
        space="s",
        kind="channel",
        target="c9",
        now=clock(),
    )
    return port


async def until(app: App, user: str, status: str) -> None:
    """Wait until it stands so with what a member is let in to."""
    member = (await profile(app, user)).member
    async with asyncio.timeout(10):
        while [one.status for one in await app.store.read(grants.of_member, member)] != [status]:
            await app.deliver(app.clock())


async def test_why_says_how_it_stands_and_where_i_am_in(app: App, say: Say, pay: Pay, clock: Clock) -> None:
    await placed(app, clock)
    assert (await say("ann", "why")).text.splitlines() == [
        "• You have no plan. /plans shows what there is.",
        "• channel c9 (Playground) is closed to you. It opens by Pro circle, Basic, A year, Guest, or at level 90.",
    ]
    await subscribed(say, pay)
    await until(app, "ann", "granted")
    assert (await say("ann", "why")).text.splitlines() == [
        "• Pro circle: paid until Dec 21, 2026. It renews by itself then.",
        "• channel c9 (Playground): you are in.",
    ]
    assert (await say("ann", "status")).fields[-1].value == "channel c9 (Playground)"
    assert labels(await say("ann", "why")) == ["My membership", "Plans"]


async def test_who_is_not_there_yet_is_shown_the_way_in(app: App, say: Say, pay: Pay, clock: Clock) -> None:
    port = await placed(app, clock)

    def absent(task: Task) -> None:
        if isinstance(task.effect, GrantAccess):
            raise GiveUp("not in the server", away=True)

    port.before = absent
    port.links["s", "ann"] = "https://play.example/in"
    await subscribed(say, pay)
    await until(app, "ann", "away")
    reply = await say("ann", "why")
    assert reply.text.splitlines()[1] == (
        "• channel c9 (Playground): you are not there yet. I let you in when you join."
    )
    assert button(reply, "Come in on Playground").url == "https://play.example/in"
    assert labels(await say("bo", "why")) == ["My membership", "Plans"]


# ---------------------------------------------------------------------- bills


async def test_the_last_bills_with_their_pages(say: Say, bank: Bank, pay: Pay, clock: Clock) -> None:
    assert (await say("ann", "invoices")).text == "There are no bills of yours yet."
    await subscribed(say, pay)
    price = Price(amount=999, currency="usd")
    bank.bills = [
        Invoice(
            number=f"R-{n}", at=clock() - timedelta(days=n), price=price, paid=n > 0, url=f"https://pay.example/{n}"
        )
        for n in range(7)
    ]
    reply = await say("ann", "invoices")
    assert reply.table is not None
    assert reply.table.rows[:2] == (
        ("Nov 21, 2026", "$9.99", "no", "R-0"),
        ("Nov 20, 2026", "$9.99", "yes", "R-1"),
    )
    assert len(reply.table.rows) == 5
    assert button(reply, "Nov 21, 2026 · $9.99").url == "https://pay.example/0"


async def test_the_portal_is_mine(app: App, say: Say, pay: Pay) -> None:
    assert (await say("ann", "portal")).text.startswith("You have paid nothing here yet")
    await subscribed(say, pay)
    reply = await say("ann", "portal")
    member = (await profile(app, "ann")).member
    assert [one.url for row in reply.buttons for one in row] == [f"https://pay.example/portal/cus_{member}"]
    assert (await say("bo", "portal")).buttons == ()


@pytest.mark.parametrize("path", ["paysupport", "support"])
async def test_help_with_a_payment_says_whom_to_ask(say: Say, path: str) -> None:
    reply = await say("ann", path)
    assert reply.text.splitlines()[0] == "Help with payments: help@reading.example"


async def test_what_is_wrong_is_handed_on_or_it_is_said_that_it_was_not(app: App, say: Say) -> None:
    lost = await say("ann", "paysupport", words="I paid twice")
    assert lost.text.startswith("I could not hand that on: no channel is set up for it here.")
    await app.store.write(members.tell_staff_in, 1, "playground", "s/staff")
    told = await say("ann", "paysupport", words="I paid twice")
    assert told.text.startswith("I have handed that to the creator.")
    assert await alerts(app) == [("staff_paysupport", {"words": "I paid twice"})]


async def test_the_terms_in_plain_words_and_in_full(say: Say) -> None:
    reply = await say("ann", "terms")
    assert "• If a payment fails, access goes on for 7 days, to mend it." in reply.text.splitlines()
    assert "• I remind you 5 days before a renewal." in reply.text.splitlines()
    assert button(reply, "The terms in full").url == "https://reading.example/terms"
