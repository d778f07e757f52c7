"""/comp, /extend, /refund and /sync: what a creator does for members, asked once more where it can't be taken back."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.commands import Rank
from bot.payments import Busy, Unable
from bot.sales import Subscription
from bot.storage import sales
from tests.cogs.conftest import Bank, Pay, Say, button, labels, press, profile
from tests.conftest import Clock

pytestmark = pytest.mark.usefixtures("talk")
ON_BOTH = True


async def subscribed(say: Say, bank: Bank, pay: Pay) -> Subscription:
    await say("ann", "plan create", rank=Rank.CREATOR, plan="pro", title="Pro", prices="9 USD", gates="vip")
    await say("bo", "subscribe", plan="pro")
    return await pay()


async def held(app: App, user: str) -> tuple[Subscription, ...]:
    return (await profile(app, user)).state.membership.subscriptions


async def test_a_comp_is_theirs_at_once_to_its_date(app: App, say: Say, clock: Clock) -> None:
    await say("ann", "plan create", rank=Rank.CREATOR, plan="pro", title="Pro", prices="9 USD", gates="vip")
    reply = await say("ann", "comp", rank=Rank.CREATOR, member="Bo", plan="pro", length="week")
    assert reply.text == f"Bo has Pro to {ask_day(clock, 7)}."
    (one,) = await held(app, "bo")
    assert (one.plan, one.status, one.until, one.renews, one.price.amount) == (
        "pro",
        "active",
        clock() + timedelta(days=7),
        False,
        0,
    )
    assert (await profile(app, "bo")).state.access.open == ("vip",)
    assert (await say("ann", "comp", rank=Rank.CREATOR, member="Cy", plan="pro", length="forever")).text == (
        "Cy has Pro for ever."
    )
    assert (await held(app, "cy"))[0].until is None
    assert (await say("ann", "comp", rank=Rank.CREATOR, member="Cy", plan="pro", until="2020-01-01")).text == (
        "That day is over. Write one that is to come, like 2027-06-30."
    )
    assert len(await held(app, "cy")) == 1


def ask_day(clock: Clock, days: int) -> str:
    day = clock() + timedelta(days=days)
    return f"{day:%b} {day.day}, {day.year}"


async def test_goodwill_is_asked_first_and_then_is_everybodys(
    app: App, say: Say, bank: Bank, pay: Pay, clock: Clock
) -> None:
    one = await subscribed(say, bank, pay)
    await say("ann", "comp", rank=Rank.CREATOR, member="Cy", plan="pro", length="week")
    asked = await say("ann", "extend", rank=Rank.CREATOR, days=10)
    assert asked.text == "2 memberships get longer. What renews is charged on its day all the same."
    assert (await held(app, "cy"))[0].until == clock() + timedelta(days=7)
    sure = button(asked, "Yes, 10 days")
    reply = await say("ann", sure.command, rank=Rank.CREATOR, **sure.options)
    assert reply.text == "2 memberships are longer now."
    assert (await held(app, "cy"))[0].until == clock() + timedelta(days=17)
    extra = next(other for other in await held(app, "bo") if other.id != one.id)
    assert one.until is not None
    assert (extra.plan, extra.until, extra.renews) == ("pro", one.until + timedelta(days=10), False)
    assert bank.truths[one.id].subscription.until == one.until


async def test_nobody_to_extend_is_said(say: Say) -> None:
    reply = await say("ann", "extend", rank=Rank.CREATOR, days=10)
    assert (reply.error, reply.text) == (True, "Nobody has a membership that could be extended.")


@pytest.mark.parametrize(
    ("label", "call", "plans", "words"),
    [
        ("ends now", "refund and end", (), "$9.00 go back to Bo, and Pro has ended for them."),
        ("stays to its date", "refund", ("pro",), "$9.00 go back to Bo. Pro stays open to them to its date."),
    ],
)
async def test_a_refund_says_whether_access_ends(
    app: App, say: Say, bank: Bank, pay: Pay, label: str, call: str, plans: tuple[str, ...], words: str
) -> None:
    one = await subscribed(say, bank, pay)
    asked = await say("ann", "refund", rank=Rank.CREATOR, member="Bo")
    assert asked.text == "Bo paid $9.00 for Pro. Give it back, and access…"
    assert labels(asked) == ["ends now", "stays to its date"]
    assert (call, one.id) not in bank.calls
    chosen = button(asked, label)
    reply = await say("ann", chosen.command, rank=Rank.CREATOR, **chosen.options)
    assert reply.text == words
    assert (call, one.id) in bank.calls
    assert (await profile(app, "bo")).state.membership.plans == plans
    moved = await app.store.read(sales.payments, 1)
    assert [(row.payment.kind, row.payment.price.amount) for row in moved] == [("charge", 900), ("refund", 900)]
    again = await say("ann", "refund", rank=Rank.CREATOR, member="Bo")
    assert (again.error, again.text) == (True, "Bo has no payment that could be given back.")


@pytest.mark.parametrize("trouble", [Busy("no network"), Unable("the charge is too old")])
async def test_a_refund_that_fails_says_why_and_changes_nothing(
    app: App, say: Say, bank: Bank, pay: Pay, trouble: Exception
) -> None:
    await subscribed(say, bank, pay)
    bank.plan.append(trouble)
    reply = await say("ann", "refund", rank=Rank.CREATOR, member="Bo", ends="yes")
    assert (reply.error, reply.text) == (True, f"It could not be given back: {trouble}")
    assert (await profile(app, "bo")).state.membership.plans == ("pro",)
    assert len(await app.store.read(sales.payments, 1)) == 1


async def test_a_member_presses_the_creators_button_in_vain(app: App, say: Say, bank: Bank, pay: Pay) -> None:
    await subscribed(say, bank, pay)
    asked = await say("ann", "refund", rank=Rank.CREATOR, member="Bo")
    reply = await press(say, "bo", asked, "ends now")
    assert (reply.error, reply.text) == (True, "/refund is for the creator only.")
    assert (await profile(app, "bo")).state.membership.plans == ("pro",)


async def test_sync_says_what_it_did_and_asks_before_it_changes_too_much(
    app: App, say: Say, bank: Bank, pay: Pay, clock: Clock
) -> None:
    await say("ann", "plan create", rank=Rank.CREATOR, plan="pro", prices="9 USD", gates="vip")
    people = ["bo", "cy", "陈默", "dee", "eva", "fay"]
    for user in people:
        await say(user, "subscribe", plan="pro")
        await pay()
    clock.advance(hours=1)
    quiet = await say("ann", "sync", rank=Rank.CREATOR)
    assert quiet.text == "0 pieces of news from the providers.\n0 places were put right."
    for truth in list(bank.truths.values()):
        bank.now_is(truth.subscription, status="ended", renews=False)
    asked = await say("ann", "sync", rank=Rank.CREATOR)
    assert asked.text.splitlines()[-1] == (
        "⚠️ There is a correction that concerns 6 of 7 members. It is not made unless you say so."
    )
    assert labels(asked) == ["Show me first", "Make it"]
    assert (await profile(app, "bo")).state.membership.plans == ("pro",)
    made = await say("ann", "sync", rank=Rank.CREATOR, sure=True)
    assert made.text.splitlines()[0] == "6 pieces of news from the providers."
    assert [(await profile(app, user)).state.membership.plans for user in people] == [()] * 6
    bank.plan.append(Busy("no network"))
    away = await say("ann", "sync", rank=Rank.CREATOR)
    assert "⚠️ fake could not be asked. It is tried again in a few minutes." in away.text
