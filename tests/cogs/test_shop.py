"""/plans, /subscribe, /redeem and /gift: what members read, what they pay for, and what is refused."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.cogs.selling import REFUSALS
from bot.commands import Caller, Rank
from bot.desk import Desk
from bot.engine.rules import Gate, Plan, Rules
from bot.events import Account
from bot.payments import Busy, Unable
from bot.reply import Button, Reply, code
from bot.sales import Price, months_later
from bot.storage import coupons, members, orders, sales
from bot.storage.codes import GUESSES
from bot.storage.coupons import Coupon
from tests.cogs.conftest import Bank, Pay, Say, alerts, labels, press, profile
from tests.conftest import Clock

pytestmark = pytest.mark.usefixtures("talk", "bank")

PRO = Plan(
    name="pro",
    title="Pro circle",
    about="Everything, every week.",
    prices={"usd": 999, "cny": 6800},
    gates=("vip", "lounge"),
    trial_days=7,
)
PASS = Plan(name="pass", title="30-day pass", period="once", days=30, prices={"usd": 500}, gates=("vip",))
FREE = Plan(name="guest", title="Guest", period="free", gates=("lounge",))
SECRET = Plan(name="secret", title="Backstage", period="lifetime", prices={"usd": 9900}, code_only=True)
OLD = Plan(name="old", title="Old", prices={"usd": 100}, archived=True)


@pytest.fixture
def rules() -> Rules:
    return Rules(plans=(PRO, PASS, FREE, SECRET, OLD), gates=(Gate(name="lounge", level=2),))


async def telegram(desk: Desk, path: str, **options: str) -> Reply:
    who = Account(platform="telegram", space="s", user="ann", name="Ann")
    return await desk.run(path, Caller(account=who, channel="c", locale="en"), options)


# ---------------------------------------------------------------------- /plans


async def test_the_plans_say_what_they_are_cost_and_open(say: Say) -> None:
    reply = await say("ann", "plans")
    assert (reply.title, reply.text, reply.private) == ("Plans of Reading circle", "", True)
    assert [(one.name, one.value) for one in reply.fields] == [
        (
            "Pro circle",
            "Everything, every week.\n$9.99 / CN¥68.00 a month\n7 days free to try\nOpens: vip, lounge",
        ),
        ("30-day pass", "$5.00 for 30 days\nOpens: vip"),
        ("Guest", "free\nOpens: lounge"),
    ]
    assert labels(reply) == ["Get Pro circle", "Get 30-day pass", "Get Guest"]


async def test_what_i_have_stands_first_and_is_not_sold_to_me_again(say: Say, pay: Pay) -> None:
    await say("ann", "subscribe", plan="pro", by="usd")
    await pay()
    reply = await say("ann", "plans")
    assert reply.text == "✅ Pro circle: a trial until Dec 21, 2026; it is charged then, unless you /cancel it before."
    assert labels(reply) == ["Get 30-day pass", "Get Guest", "My membership"]


async def test_what_nobody_can_take_money_for_says_so_and_has_no_button(say: Say, bank: Bank) -> None:
    bank.unsold = "no"
    reply = await say("ann", "plans")
    assert reply.fields[1].value == "$5.00 for 30 days\nOpens: vip\nIt can't be paid for here yet."
    assert labels(reply) == ["Get Guest"]
    refused = await say("ann", "subscribe", plan="pass")
    assert (refused.error, refused.text) == (
        True,
        "30-day pass can't be paid for here yet. Ask the creator: /paysupport",
    )


async def test_where_nothing_is_sold_the_creator_is_told_how(app: App, say: Say) -> None:
    for plan in (PRO, PASS, FREE, SECRET):
        await app.amend(1, Plan(name=plan.name, prices={"usd": 100}, archived=True))
    assert (await say("ann", "plans")).text == "There is nothing to join here at the moment."
    assert (await say("ann", "plans", rank=Rank.CREATOR)).text.endswith("/plan create makes something to sell.")


# ---------------------------------------------------------------------- /subscribe


async def test_a_plan_is_chosen_then_the_way_to_pay_then_there_is_a_link(say: Say, bank: Bank) -> None:
    ways = await press(say, "ann", await say("ann", "subscribe"), "Get Pro circle")
    assert ways.text == "How would you like to pay?"
    assert labels(ways) == ["$9.99 · fake", "CN¥68.00 · fake"]
    assert bank.orders == []
    offer = await press(say, "ann", ways, "CN¥68.00 · fake")
    (order,) = bank.orders
    assert (order.plan, order.price, order.trial_days) == (PRO, Price(amount=6800, currency="cny"), 7)
    assert offer.title == "Pro circle"
    assert offer.text.splitlines() == [
        "CN¥68.00 a month",
        "The first 7 days are free.",
        "It renews by itself until you /cancel it.",
        "This offer holds until Nov 22, 2026, 11:00 UTC.",
    ]
    assert offer.buttons == (
        (Button(label="Start the trial", url=f"https://pay.example/{order.token}", style="primary"),),
    )


async def test_the_only_way_to_pay_is_not_asked_about(say: Say, bank: Bank) -> None:
    offer = await say("ann", "subscribe", plan="30-Day Pass")
    assert offer.text == "$5.00 for 30 days\nThis offer holds until Nov 22, 2026, 11:00 UTC."
    assert labels(offer) == ["Pay"]
    assert [order.plan for order in bank.orders] == [PASS]


async def test_on_telegram_stars_come_first_and_elsewhere_last(app: App, say: Say, desk: Desk, stars: Bank) -> None:
    await app.amend(1, Plan(name="pro", title="Pro circle", prices={"usd": 999, "xtr": 500}))
    assert labels(await say("ann", "subscribe", plan="pro")) == ["$9.99 · fake", "500 ⭐"]
    await app.profile(Account(platform="telegram", space="s", user="ann", name="Ann"))
    await app.amend(2, Plan(name="pro", title="Pro circle", prices={"usd": 999, "xtr": 500}))
    ways = await telegram(desk, "subscribe", plan="pro")
    assert labels(ways) == ["500 ⭐", "$9.99 · fake"]
    assert ways.fields[0].value == "500 ⭐ / $9.99 a month"
    assert (await telegram(desk, "subscribe", plan="pro", by="xtr")).text.startswith(
        "500 ⭐ a month\nIt renews by itself until you /cancel it."
    )
    assert [order.platform for order in stars.orders] == ["telegram"]


async def test_a_year_in_stars_is_a_pass(app: App, say: Say, stars: Bank) -> None:
    await app.amend(1, Plan(name="pro", title="Pro circle", period="year", prices={"xtr": 5000}))
    offer = await say("ann", "subscribe", plan="pro")
    assert offer.text.startswith("5,000 ⭐ a year\nIt does not renew by itself: I remind you before it ends.")
    assert [order.plan.name for order in stars.orders] == ["pro"]


async def test_what_is_free_is_mine_at_once_and_once(app: App, say: Say) -> None:
    assert (await say("ann", "subscribe", plan="guest")).text == "🎉 Guest is yours, and costs nothing."
    me = await profile(app, "ann")
    assert [(one.id, one.status, one.until) for one in me.state.membership.subscriptions] == [
        (f"free:1:{me.member}:guest", "active", None)
    ]
    assert me.state.access.open == ("lounge",)
    again = await say("ann", "subscribe", plan="guest")
    assert (again.error, again.text) == (True, "You have Guest already. /status shows it.")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"plan": "nonsense"}, "There is no plan called nonsense to be had here. /plans shows what there is."),
        ({"plan": "old"}, "There is no plan called Old to be had here. /plans shows what there is."),
        ({"plan": "secret"}, "Backstage is for those who have a code: /redeem takes yours."),
        ({"plan": "pro", "by": "eur"}, "Pro circle can't be paid for in that way. /subscribe shows how it can."),
        ({"plan": "pro", "by": "stripe.usd"}, "Pro circle can't be paid for in that way. /subscribe shows how it can."),
        ({"plan": "pass", "code": "nope"}, "I know no code NOPE. Look at how it is written."),
    ],
)
async def test_what_can_not_be_had_is_refused_in_words_and_nothing_is_ordered(
    app: App, say: Say, bank: Bank, options: dict[str, str], text: str
) -> None:
    reply = await say("ann", "subscribe", **options)
    assert (reply.error, reply.private, reply.text) == (True, True, text)
    assert await app.store.read(orders.of_member, (await profile(app, "ann")).member) == []
    assert bank.calls == []


async def test_a_plan_that_i_have_is_not_sold_twice(app: App, say: Say, bank: Bank, pay: Pay) -> None:
    await say("ann", "subscribe", plan="pro", by="usd")
    await pay()
    reply = await say("ann", "subscribe", plan="pro", by="usd")
    assert (reply.error, reply.text) == (True, "You have Pro circle already. /status shows it.")
    assert len(bank.orders) == 1
    assert (await say("bo", "subscribe", plan="pro", by="usd")).title == "Pro circle"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            Busy("no network"),
            "The payment provider can't be reached just now. Nothing has changed; try again in a minute.",
        ),
        (
            Unable("the key sk_1 was revoked: make a new one"),
            "The payment provider does not do that at the moment. Nothing has changed; /paysupport helps.",
        ),
    ],
)
async def test_a_provider_that_fails_is_said_in_words_without_its_own(
    say: Say, bank: Bank, error: Exception, text: str
) -> None:
    bank.plan.append(error)
    reply = await say("ann", "subscribe", plan="pass")
    assert (reply.error, reply.text) == (True, text)
    assert not (await say("ann", "subscribe", plan="pass")).error


async def test_the_creator_reads_why_a_provider_refuses(app: App, say: Say, bank: Bank) -> None:
    await app.store.write(members.tell_staff_in, 1, "playground", "s/staff")
    bank.plan.extend([Unable("make a new key"), Unable("make a new key")])
    reply = await say("ann", "subscribe", plan="pass", rank=Rank.CREATOR)
    assert reply.text == "The payment provider refuses: make a new key"
    await say("bo", "subscribe", plan="pass")
    assert await alerts(app) == [("staff_unable", {"why": "make a new key"})]


def test_every_refusal_of_the_till_has_words() -> None:
    assert all("{about}" in words for words in REFUSALS.values())
    assert len(REFUSALS) == 14


async def test_the_longest_names_fit_a_button(app: App, say: Say) -> None:
    await app.amend(1, Plan(name="p" * 32, title="P", prices={"usd": 999, "eur": 900}))
    ways = await say("ann", "subscribe", plan="P")
    codes = [code(one) for row in ways.buttons for one in row]
    assert codes == [f"subscribe&plan={'p' * 32}&by=fake.usd", f"subscribe&plan={'p' * 32}&by=fake.eur"]
    assert len(f"subscribe&plan={'p' * 32}&by=sandbox.usd.n") == 64


async def test_only_the_creator_pins_a_button_and_it_leads_to_the_plans(desk: Desk, say: Say) -> None:
    refused = await say("ann", "setup subscribe")
    assert refused.text == "/setup subscribe is for the creator only."
    pinned = await say("ann", "setup subscribe", rank=Rank.CREATOR)
    assert (pinned.title, pinned.private) == ("Join Reading circle", False)
    assert (await press(say, "bo", pinned, "Subscribe")).private is True
    private = await say("ann", "setup subscribe", rank=Rank.CREATOR, space="")
    assert private.error


async def test_a_wallet_is_paid_bill_by_bill_and_needs_an_address(app: App, say: Say, bank: Bank) -> None:
    bank.can |= {"wallet"}
    ways = await say("ann", "subscribe", plan="pro")
    assert labels(ways) == [
        *("$9.99 · fake", "CN¥68.00 · fake"),
        *("$9.99 · Alipay or WeChat Pay", "CN¥68.00 · Alipay or WeChat Pay"),
    ]
    form = (await press(say, "ann", ways, "CN¥68.00 · Alipay or WeChat Pay")).form
    assert form is not None
    assert [blank.name for blank in form.blanks] == ["email"]
    wrong = await say("ann", form.command, email="nowhere", **form.options)
    assert (wrong.error, wrong.text) == (True, "That is no e-mail address. Write it like name@example.com.")
    assert bank.orders == []
    offer = await say("ann", form.command, email=" ann@example.com ", **form.options)
    assert offer.text.splitlines()[:2] == [
        "CN¥68.00 a month",
        "Each time it is due a bill goes to ann@example.com; nothing is charged by itself.",
    ]
    (order,) = bank.orders
    assert (order.wallet, order.email, order.trial_days) == (True, "ann@example.com", 0)
    await say("ann", "subscribe", plan="pro", by="cny")
    assert [one.wallet for one in bank.orders] == [True, False], "a card's order is another one"


async def test_where_there_are_no_wallets_none_is_offered(say: Say, bank: Bank) -> None:
    for reply in (
        await say("ann", "wallet", plan="pro"),
        await say("ann", "subscribe", plan="pro", by="cny", email="ann@example.com"),
    ):
        assert reply.text == "Pro circle can't be paid for in that way. /subscribe shows how it can."
    assert bank.orders == []


# ---------------------------------------------------------------------- codes


async def test_a_coupon_is_kept_and_used_when_i_buy(app: App, say: Say, bank: Bank) -> None:
    await app.store.write(coupons.put, 1, Coupon(code="SPRING", percent=25, plans=("pass",)))
    kept = await say("ann", "redeem", code=" spring")
    assert kept.text == "Code SPRING: 25 % off the first payment. I use it when you buy."
    assert labels(kept) == ["Get 30-day pass"]
    offer = await press(say, "ann", kept, "Get 30-day pass")
    assert offer.text.splitlines()[:2] == ["$5.00 for 30 days", "Code SPRING: 25 % off the first payment"]
    assert [(order.discount.code, order.discount.percent) for order in bank.orders if order.discount] == [
        ("SPRING", 25)
    ]
    other = await say("ann", "subscribe", plan="pro", by="usd")
    assert "SPRING" not in other.text
    assert bank.orders[-1].discount is None


async def test_a_coupon_may_be_said_at_once_and_must_be_for_the_plan(app: App, say: Say, bank: Bank) -> None:
    await app.store.write(
        coupons.put, 1, Coupon(code="SPRING", amount=200, currency="usd", duration="months", months=3, plans=("pro",))
    )
    wrong = await say("ann", "subscribe", plan="pass", code="SPRING")
    assert wrong.text == "The code SPRING is for another plan. /redeem says for which."
    assert bank.orders == []
    offer = await say("ann", "subscribe", plan="pro", code="SPRING", by="usd")
    assert "Code SPRING: $2.00 off for 3 months" in offer.text.splitlines()


async def test_where_a_code_can_not_be_used_it_is_sold_without(app: App, say: Say, bank: Bank) -> None:
    await app.store.write(coupons.put, 1, Coupon(code="SPRING", percent=25))
    bank.plan.append(Unable("this coupon can't be used"))
    reply = await say("ann", "subscribe", plan="pass", code="SPRING")
    assert (reply.error, reply.text) == (True, "The code SPRING can't be used when you pay in this way.")
    offer = await press(say, "ann", reply, "Pay $5.00 without the code")
    assert offer.text.startswith("$5.00 for 30 days\nThis offer holds")
    assert bank.orders[-1].discount is None


async def test_a_key_shows_what_it_opens_and_it_can_be_bought(app: App, say: Say, bank: Bank) -> None:
    await app.store.write(coupons.put, 1, Coupon(code="KEY-1", plans=("secret",), unlocks=True))
    reply = await say("ann", "redeem", code="key-1")
    assert reply.text == "Code KEY-1 opens this to you:"
    assert [(one.name, one.value) for one in reply.fields] == [("Backstage", "$99.00 once, for ever")]
    await press(say, "ann", reply, "Get Backstage")
    assert [order.plan for order in bank.orders] == [SECRET]
    assert (await say("bo", "subscribe", plan="secret")).error


async def test_a_coupon_that_is_not_good_says_why(app: App, say: Say, clock: Clock) -> None:
    await app.store.write(coupons.put, 1, Coupon(code="LATE", percent=5, last_on=(clock() - timedelta(days=1)).date()))
    await app.store.write(coupons.put, 1, Coupon(code="GONE", percent=5, archived=True))
    assert (await say("ann", "redeem", code="LATE")).text.startswith("The code LATE is not good any more.")
    assert (await say("ann", "redeem", code="GONE")).text == "I know no such code. Look at how it is written."
    assert await app.store.read(coupons.held, 1, (await profile(app, "ann")).member) == []


async def test_guesses_are_limited_for_one_and_for_the_true_code_too(app: App, say: Say, clock: Clock) -> None:
    await app.store.write(coupons.put, 1, Coupon(code="SPRING", percent=25))
    for number in range(GUESSES):
        assert (await say("ann", "redeem", code=f"WRONG-{number}")).text.startswith("I know no such code.")
    tired = await say("ann", "redeem", code="SPRING")
    assert tired.text == "That were too many wrong codes. Try again in an hour."
    assert await app.store.read(coupons.held, 1, (await profile(app, "ann")).member) == []
    assert not (await say("bo", "redeem", code="SPRING")).error
    clock.advance(hours=1, seconds=1)
    assert not (await say("ann", "redeem", code="SPRING")).error


# ---------------------------------------------------------------------- gifts


async def bought_gift(say: Say, pay: Pay) -> str:
    """Ann buys a gift and looks at its code."""
    await say("ann", "gift", plan="pro", by="usd")
    await pay()
    shown = await press(say, "ann", await say("ann", "gift"), "Show the code for Pro circle")
    return shown.text.splitlines()[0]


async def test_a_gift_is_paid_by_one_and_used_by_another_once(
    app: App, say: Say, bank: Bank, pay: Pay, clock: Clock
) -> None:
    gift = await bought_gift(say, pay)
    assert [(order.gift, order.trial_days) for order in bank.orders] == [(True, 0)]
    assert (await profile(app, "ann")).state.membership.subscriptions == ()
    reply = await say("bo", "redeem", code=gift.lower())
    assert reply.text == "🎁 Pro circle is yours: a gift. /status shows to when."
    bo = (await profile(app, "bo")).state.membership
    assert [(one.id, one.plan, one.until) for one in bo.subscriptions] == [
        (f"gift:{bank.orders[0].token}", "pro", months_later(clock(), 1))
    ]
    assert bo.plans == ("pro",)
    late = await say("cy", "redeem", code=gift)
    assert (late.error, late.text) == (True, "This code was used already: each is good once.")
    assert (await profile(app, "cy")).state.membership.subscriptions == ()
    mine = await say("ann", "gift")
    assert mine.text == "🎁 Pro circle, bought on Nov 21, 2026: somebody has it."
    assert labels(mine) == ["Give Pro circle", "Give 30-day pass"]


async def test_a_code_shown_again_makes_the_one_before_void(app: App, say: Say, pay: Pay) -> None:
    first = await bought_gift(say, pay)
    second = (await press(say, "ann", await say("ann", "gift"), "Show the code for Pro circle")).text.splitlines()[0]
    assert first != second
    assert (await say("bo", "redeem", code=first)).text.startswith("This code is not good any more.")
    assert not (await say("bo", "redeem", code=second)).error


async def test_another_members_gift_has_no_code_for_me(app: App, say: Say, bank: Bank, pay: Pay) -> None:
    gift = await bought_gift(say, pay)
    forged = await say("bo", "giftcode", order=bank.orders[0].token[:12])
    assert (forged.error, forged.text) == (True, "You have no such gift to give away. /gift shows those you bought.")
    assert not (await say("cy", "redeem", code=gift)).error, "the code that was shown before is still good"


async def test_a_gift_not_paid_or_paid_back_has_no_code(app: App, say: Say, desk: Desk, bank: Bank, pay: Pay) -> None:
    await say("ann", "gift", plan="pro", by="usd")
    assert labels(await say("ann", "gift")) == ["Give Pro circle", "Give 30-day pass"]
    one = await pay()
    code_ = (await press(say, "ann", await say("ann", "gift"), "Show the code for Pro circle")).text.splitlines()[0]
    await desk.till.take([bank.now_is(one, status="refunded")])
    assert (await say("bo", "redeem", code=code_)).text.startswith("This code is not good any more.")
    assert (await profile(app, "bo")).state.membership.subscriptions == ()


async def test_who_has_it_anyway_keeps_the_code(app: App, say: Say, bank: Bank, pay: Pay) -> None:
    gift = await bought_gift(say, pay)
    await say("bo", "subscribe", plan="pro", by="usd")
    await pay()
    reply = await say("bo", "redeem", code=gift)
    assert reply.text == (
        "You have Pro circle already, and it goes on by itself. Keep the code for later, or give it to a friend."
    )
    assert not (await say("cy", "redeem", code=gift)).error


async def test_a_gift_counts_from_the_end_of_what_i_have(
    app: App, say: Say, desk: Desk, pay: Pay, clock: Clock
) -> None:
    gift = await bought_gift(say, pay)
    me = await profile(app, "bo")
    ends = clock() + timedelta(days=10)
    await desk.till.give(1, me.member, PRO, ends)
    assert not (await say("bo", "redeem", code=gift)).error
    held = await app.store.read(sales.of_member, me.member)
    assert [one.until for one in held.values()] == [ends, months_later(ends, 1)]


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        ("guest", "Guest costs nothing, so nothing is to be paid or given. /subscribe takes it."),
        ("secret", "Backstage is for those who have a code: /redeem takes yours."),
    ],
)
async def test_what_can_not_be_given_is_refused(say: Say, bank: Bank, plan: str, text: str) -> None:
    assert (await say("ann", "gift", plan=plan)).text == text
    assert bank.orders == []


async def test_a_provider_without_gifts_gives_none(say: Say, bank: Bank) -> None:
    bank.can = frozenset({"renew"})
    assert (await say("ann", "gift", plan="pass")).text == "30-day pass can't be given away. /gift shows what can."
    assert (await say("ann", "gift")).text == "There is nothing here that can be given away at the moment."
    assert bank.orders == []
