"""/shop and /item: coins buy coupons, roles, plans and days; once for each press, and paid back when it can't be."""

from asyncio import gather

import pytest

from bot.app import App
from bot.commands import Rank
from bot.desk import Desk
from bot.engine.purse import coins
from bot.events import ItemBought, member_account
from bot.payments import Busy
from bot.reply import Reply
from bot.storage import coupons, market
from bot.till import Till
from bot.till.market import code_of
from tests.cogs.conftest import Bank, Pay, Say, button, labels, press, profile
from tests.conftest import Clock

pytestmark = pytest.mark.usefixtures("talk")
ON_BOTH = True


async def purse(app: App, user: str) -> int:
    return coins((await profile(app, user)).state, app.rules)


async def rich(say: Say, user: str, amount: int = 100) -> None:
    await say("ann", "xp set", rank=Rank.CREATOR, member=user.title(), amount=amount, what="coins")


async def add(say: Say, **options: object) -> Reply:
    return await say("ann", "item add", rank=Rank.CREATOR, **options)


async def take(say: Say, user: str, item: str) -> Reply:
    asked = await say(user, "shop", item=item)
    return await press(say, user, asked, next(one for one in labels(asked) if one.startswith("Yes")))


async def test_an_empty_shop_says_what_i_have_and_who_fills_it(app: App, say: Say) -> None:
    reply = await say("ann", "shop")
    has = await purse(app, "ann")
    assert reply.text == f"You have {has} coins. The shop is empty so far: the creator fills it with /item add."


async def test_a_coupon_is_paid_for_and_its_code_is_good(app: App, say: Say) -> None:
    await rich(say, "bo")
    made = await add(say, item="off20", price=30, kind="coupon", percent=20, title="20 % off")
    assert made.text == "20 % off is in the shop for 30 coins: 20 % off your next purchase."
    before = (await profile(app, "bo")).state.engagement.points
    reply = await take(say, "bo", "off20")
    code = reply.text.split("code is ")[1].split(":")[0]
    said = f"🛍️ Your code is {code}: 20 % off your next purchase, until Feb 19, 2027. /redeem takes it."
    assert reply.text == f"{said} You have 70 coins left."
    coupon = await app.store.read(coupons.find, 1, code)
    assert coupon is not None
    assert (coupon.percent, coupon.most, coupon.duration) == (20, 1, "once")
    assert (await purse(app, "bo"), (await profile(app, "bo")).state.engagement.points) == (70, before)


async def test_a_press_twice_is_paid_once(app: App, say: Say) -> None:
    await rich(say, "bo")
    await add(say, item="off20", price=30, kind="coupon", percent=20)
    asked = await say("bo", "shop", item="off20")
    first = await press(say, "bo", asked, "Yes, for 30 coins")
    assert await press(say, "bo", asked, "Yes, for 30 coins") == first
    assert await purse(app, "bo") == 70


async def test_a_role_opens_its_gate_for_its_days(app: App, say: Say, clock: Clock) -> None:
    await rich(say, "bo")
    await add(say, item="vip-week", price=40, kind="role", gate="vip", days=7, title="VIP week")
    reply = await take(say, "bo", "vip-week")
    assert reply.text == "🛍️ VIP week is yours until Nov 28, 2026. You have 60 coins left."
    assert (await profile(app, "bo")).state.access.open == ("vip",)
    clock.advance(days=8)
    await app.review(1, "test")
    assert (await profile(app, "bo")).state.access.open == ()
    assert not [one for one in labels(await say("cy", "subscribe")) if "VIP" in one]


async def test_days_go_on_top_of_what_ends_and_off_the_bill_of_what_renews(
    app: App, say: Say, bank: Bank, pay: Pay, clock: Clock
) -> None:
    await rich(say, "bo", 200)
    await add(say, item="week", price=50, kind="credit", days=15)
    refused = await say("bo", "shop", item="week", sure="x")
    assert (refused.error, refused.text) == (
        True,
        "week goes on top of a membership, and you have none that ends. Nothing was paid.",
    )
    await say("ann", "plan create", rank=Rank.CREATOR, plan="pro", title="Pro", prices="9 USD", gates="vip")
    await say("ann", "comp", rank=Rank.CREATOR, member="Bo", plan="pro", length="week")
    assert (await take(say, "bo", "week")).text == "🛍️ week is yours until Dec 13, 2026. You have 150 coins left."
    await say("cy", "subscribe", plan="pro")
    await pay()
    await rich(say, "cy", 200)
    bank.can = bank.can | {"credit"}
    reply = await take(say, "cy", "week")
    assert reply.text == "🛍️ $4.50 come off your next bill. You have 150 coins left."
    ((_, price),) = bank.credits.values()
    assert (price.amount, price.currency) == (450, "usd")


async def test_what_can_not_be_handed_over_is_paid_back(app: App, say: Say, bank: Bank, pay: Pay) -> None:
    await say("ann", "plan create", rank=Rank.CREATOR, plan="pro", title="Pro", prices="9 USD", gates="vip")
    await say("bo", "subscribe", plan="pro")
    await pay()
    await rich(say, "bo")
    await add(say, item="week", price=50, kind="credit", days=15)
    bank.can = bank.can | {"credit"}
    bank.plan.append(Busy("the bank is closed"))
    reply = await take(say, "bo", "week")
    assert (reply.error, reply.text) == (
        True,
        "week can't be handed over now, so nothing was paid: the bank is closed",
    )
    assert await purse(app, "bo") == 100
    assert await app.store.read(market.purchases, 1) == []


async def test_too_dear_sold_out_and_enough_are_said_and_cost_nothing(app: App, say: Say) -> None:
    await rich(say, "bo")
    await rich(say, "cy")
    await add(say, item="dear", price=101, kind="coupon", percent=5)
    await add(say, item="last", price=10, kind="coupon", percent=5, stock=1)
    await add(say, item="one", price=10, kind="coupon", percent=5, each=1)
    assert (await say("bo", "shop", item="dear", sure="x")).text == (
        "You need 1 more coins for dear. /points ways says how to earn them."
    )
    assert button(await say("bo", "shop", item="dear"), "Yes, for 101 coins").off
    await take(say, "bo", "last")
    assert (await say("cy", "shop", item="last", sure="x")).text == "last is sold out. Nothing was paid."
    await take(say, "bo", "one")
    assert (await say("bo", "shop", item="one", sure="x")).text == (
        "You have one as often as each may: 1. Nothing was paid."
    )
    assert (await say("cy", "shop", item="none")).text == (
        "There is nothing called none in the shop. /shop shows what there is."
    )
    assert (await purse(app, "bo"), await purse(app, "cy")) == (80, 100)


async def test_of_two_who_buy_the_last_at_once_one_is_paid_back(app: App, say: Say, desk: Desk) -> None:
    await rich(say, "bo")
    await rich(say, "cy")
    await add(say, item="last", price=10, kind="coupon", percent=5, stock=1)
    bo = await profile(app, "bo")
    who = member_account(1, bo.member)
    await app.submit([ItemBought(key="shop:quick", at=app.clock(), who=who, item="last", price=10)])
    assert (await take(say, "cy", "last")).text == "last is sold out. Nothing was paid."
    assert (await purse(app, "bo"), await purse(app, "cy")) == (90, 100)


async def test_what_was_paid_for_when_the_process_ended_is_handed_over_once(app: App, say: Say, desk: Desk) -> None:
    await rich(say, "bo")
    await add(say, item="vip", price=40, kind="role", gate="vip")
    who = member_account(1, (await profile(app, "bo")).member)
    await app.submit([ItemBought(key="shop:lost", at=app.clock(), who=who, item="vip", price=40)])
    till: Till = desk.till
    assert (await till.market.deliver(app.clock()), await till.market.deliver(app.clock())) == (1, 0)
    assert (await profile(app, "bo")).state.access.open == ("vip",)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kind": "coupon"}, "Say how many percent the coupon takes off."),
        ({"kind": "role"}, "Say which gate it opens: /gate add puts a role or channel behind one."),
        ({"kind": "credit"}, "Say how many days."),
        ({"kind": "credit", "days": 1, "price": 0}, "price must be between 1 and 1,000,000."),
        ({"kind": "plan", "plan": "none"}, "There is no plan called none. There are: –"),
        ({"kind": "coupon", "item": "Ü"}, "Ü can't be a name: small letters, digits, - and _, 27 at most."),
    ],
)
async def test_what_is_not_whole_is_not_sold(say: Say, options: dict[str, object], words: str) -> None:
    reply = await add(say, **{"item": "x", "price": 1, **options})
    assert (reply.error, reply.text) == (True, words)
    assert "empty" in (await say("ann", "item list", rank=Rank.CREATOR)).text


async def test_what_is_taken_away_is_not_sold_and_stays_with_who_has_it(app: App, say: Say) -> None:
    await rich(say, "bo")
    await add(say, item="vip", price=40, kind="role", gate="vip")
    await take(say, "bo", "vip")
    listed = await say("ann", "item list", rank=Rank.CREATOR)
    assert "sold 1 time" in listed.fields[0].value
    await press(lambda *a, **o: say(*a, rank=Rank.CREATOR, **o), "ann", listed, "Remove vip")
    assert (await say("cy", "shop", item="vip")).error
    assert (await profile(app, "bo")).state.access.open == ("vip",)


async def test_a_role_sold_for_another_gate_opens_that_one_to_those_who_buy_it_then(app: App, say: Say) -> None:
    for user, gate in (("bo", "vip"), ("cy", "den"), ("ann", "vip")):
        await rich(say, user)
        await add(say, item="key", price=40, kind="role", gate=gate)
        await take(say, user, "key")
    opened = [(await profile(app, user)).state.access.open for user in ("bo", "cy", "ann")]
    assert opened == [("vip",), ("den",), ("lounge", "vip")]


async def test_what_can_not_be_handed_over_later_is_paid_back(app: App, say: Say, desk: Desk) -> None:
    await rich(say, "bo")
    await rich(say, "cy")
    await add(say, item="more", price=30, kind="credit", days=5)
    await add(say, item="last", price=10, kind="coupon", percent=5, stock=1)
    bo, cy = [member_account(1, (await profile(app, user)).member) for user in ("bo", "cy")]
    await app.submit([ItemBought(key="shop:a", at=app.clock(), who=bo, item="more", price=30)])
    await app.submit([ItemBought(key="shop:b", at=app.clock(), who=bo, item="last", price=10)])
    await app.submit([ItemBought(key="shop:c", at=app.clock(), who=cy, item="last", price=10)])
    assert (await desk.till.market.deliver(app.clock()), await purse(app, "bo"), await purse(app, "cy")) == (1, 90, 100)
    assert [one.key for one in await app.store.read(market.purchases, 1)] == ["shop:b"]
    assert await app.store.read(coupons.find, 1, code_of("c")) is None


async def test_a_full_shelf_says_how_much_more_there_is(say: Say) -> None:
    for n in range(22):
        await say("ann", "item add", rank=Rank.CREATOR, item=f"thing-{n}", price=1500, kind="role", gate="vip", days=1)
    shelf = await say("bo", "shop")
    assert [one.name for one in shelf.fields] == [f"thing-{n} · 1,500 coins" for n in range(20)]
    assert labels(shelf) == [f"thing-{n} · 1,500" for n in range(20)]
    assert shelf.text.endswith("\n2 more things: say /shop with a name.")


async def test_of_two_that_the_coins_do_not_suffice_for_the_first_is_theirs(app: App, say: Say) -> None:
    """Pressed at the same moment by two devices."""
    await rich(say, "bo")
    await add(say, item="vip", price=60, kind="role", gate="vip")
    await add(say, item="den", price=60, kind="role", gate="den")
    asked = [await say("bo", "shop", item=name) for name in ("vip", "den")]
    done = await gather(*[press(say, "bo", one, "Yes, for 60 coins") for one in asked])
    first, second = ("vip", "den") if done[1].error else ("den", "vip")
    assert {one.text for one in done} == {
        f"🛍️ {first} is yours for ever. You have 40 coins left.",
        f"You need 20 more coins for {second}. /points ways says how to earn them.",
    }
    bo = await profile(app, "bo")
    assert (await purse(app, "bo"), bo.state.access.open) == (40, (first,))


async def test_what_was_overdrawn_when_the_process_ended_is_paid_back(app: App, say: Say, desk: Desk) -> None:
    await rich(say, "bo")
    await add(say, item="off20", price=60, kind="coupon", percent=20)
    who = member_account(1, (await profile(app, "bo")).member)
    for key in ("shop:a", "shop:b"):
        await app.submit([ItemBought(key=key, at=app.clock(), who=who, item="off20", price=60)])
    assert await purse(app, "bo") == -20
    assert (await desk.till.market.deliver(app.clock()), await purse(app, "bo")) == (1, 40)
    assert [one.key for one in await app.store.read(market.purchases, 1)] == ["shop:a"]


async def test_what_was_bought_stays_bought_under_other_rules(app: App, say: Say) -> None:
    """Coins do not come back for what its buyer keeps; what is overdrawn has to be earned first."""
    await add(say, item="vip", price=5, kind="role", gate="vip")
    before = await purse(app, "bo")
    await take(say, "bo", "vip")
    draft, _ = await app.preview_rules(1, {"shop": {"coins_per_point": 0}})
    await app.amend_rules(1, draft.own, what="x", by="Ann")
    assert [one.item for one in await app.store.read(market.purchases, 1)] == ["vip"]
    state = (await profile(app, "bo")).state
    assert (state.access.open, coins(state, draft.rules)) == (("vip",), -5)
    await app.undo_rules(1)
    assert await purse(app, "bo") == before - 5


async def test_days_bought_at_the_same_moment_are_all_there(app: App, say: Say) -> None:
    await rich(say, "bo", 200)
    await add(say, item="week", price=50, kind="credit", days=7)
    await say("ann", "plan create", rank=Rank.CREATOR, plan="pro", title="Pro", prices="9 USD", gates="vip")
    await say("ann", "comp", rank=Rank.CREATOR, member="Bo", plan="pro", length="week")
    asked = [await say("bo", "shop", item="week") for _ in range(2)]
    taken = await gather(*[press(say, "bo", one, "Yes, for 50 coins") for one in asked])
    said = "🛍️ week is yours until {}. You have {} coins left.".format
    assert sorted(one.text for one in taken) == [said("Dec 12, 2026", 100), said("Dec 5, 2026", 150)]
    again = await press(say, "bo", asked[0], "Yes, for 50 coins")
    assert again.text == taken[0].text.replace("150 coins", "100 coins")
    status = await say("bo", "status")
    assert [one.value.splitlines()[-1] for one in status.fields if one.name == "Pro"] == [
        "Pro: yours until Dec 12, 2026. It does not renew by itself."
    ]


async def test_days_go_on_no_thing_that_was_bought_with_coins(app: App, say: Say) -> None:
    await rich(say, "bo")
    await add(say, item="vip", price=10, kind="role", gate="vip", days=7)
    await add(say, item="week", price=10, kind="credit", days=7)
    await take(say, "bo", "vip")
    assert (await say("bo", "shop", item="week", sure="x")).text == (
        "week goes on top of a membership, and you have none that ends. Nothing was paid."
    )


async def test_days_of_a_role_follow_on_and_none_are_sold_to_who_has_it_for_ever(app: App, say: Say) -> None:
    await rich(say, "bo")
    await add(say, item="week", price=10, kind="role", gate="vip", days=7)
    await add(say, item="vip", price=10, kind="role", gate="vip")
    assert "Nov 28" in (await take(say, "bo", "week")).text
    assert "Dec 5" in (await take(say, "bo", "week")).text
    await take(say, "bo", "vip")
    refused = await say("bo", "shop", item="week", sure="x")
    assert (refused.error, refused.text) == (
        True,
        "week would bring you nothing: you have it for ever already. Nothing was paid.",
    )
    assert await purse(app, "bo") == 70


async def test_pressed_again_what_was_paid_back_says_so(app: App, say: Say, bank: Bank, pay: Pay) -> None:
    await say("ann", "plan create", rank=Rank.CREATOR, plan="pro", title="Pro", prices="9 USD", gates="vip")
    await say("bo", "subscribe", plan="pro")
    await pay()
    await rich(say, "bo")
    await add(say, item="week", price=50, kind="credit", days=15)
    bank.can = bank.can | {"credit"}
    bank.plan.append(Busy("the bank is closed"))
    asked = await say("bo", "shop", item="week")
    await press(say, "bo", asked, "Yes, for 50 coins")
    again = await press(say, "bo", asked, "Yes, for 50 coins")
    assert (again.error, again.text) == (
        True,
        "This purchase could not be handed over and was paid back. /shop begins another one.",
    )
    assert (await purse(app, "bo"), bank.credits) == (100, {})
