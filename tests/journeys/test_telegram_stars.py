"""On Telegram from the creator's first command to the last refund, paid in Stars, and once by Stripe."""

from typing import Any

import pytest_asyncio

from tests.adapters.telegram.conftest import ANN, CLUB, OLA
from tests.fakes.telegram import FakeTelegram
from tests.journeys.on_telegram import Chat, keys, link, words
from tests.journeys.street import Street

LOUNGE = -1001000000002
CLOSED = "Lounge (Telegram) is closed to you. It opens by Gold: /subscribe."
INSIDE = "Lounge (Telegram): you are in."
STAR = ("charge", 250, "xtr")


@pytest_asyncio.fixture
async def gold(stars: FakeTelegram, street: Street) -> FakeTelegram:
    """The creator sells a month of Gold, and puts a group of its own behind it that asks to be let in."""
    stars.users[OLA]["language_code"] = "en"
    stars.started.add(OLA)
    stars.group(LOUNGE, "Lounge", OLA)
    club, lounge, private = (Chat(street, stars, OLA, chat) for chat in (CLUB, LOUNGE, OLA))
    made = await club.says('/plan create plan=gold title=Gold prices="250 stars, 10 USD" gates=vip')
    assert words(made) == "Gold is for sale now.\n\ngold: 250 ⭐ / $10.00 · every month · opens vip"
    code = words(await club.says("/setup link")).split()[0]
    joined = await private.presses(await lounge.says(f"/setup link {code}"), "Join the two")
    assert words(joined) == "Done: Lounge is part of Club now."
    assert words(await lounge.says("/gate add vip")) == "Lounge is behind the gate vip now."
    return stars


@pytest_asyncio.fixture
async def ann(gold: FakeTelegram, street: Street) -> Chat:
    """Somebody with 10,000 Stars, in private with the bot."""
    gold.give_stars(ANN, 10_000)
    return Chat(street, gold, ANN)


async def buy(ann: Chat) -> str:
    """Choose Gold for Stars, pay the invoice; returns the charge."""
    offer = await ann.presses(await ann.says("/subscribe gold"), "250 ⭐")
    return await pay(ann, link(offer))


async def pay(who: Chat, invoice: str) -> str:
    """Open an invoice and confirm; returns the charge."""
    query = who.telegram.pay(who.user, invoice)
    await who.telegram.until(lambda: who.telegram.checkouts[query]["state"] != "waiting")
    assert who.telegram.checkouts[query]["state"] == "agreed"
    await who.street.settled()
    return who.telegram.charges(who.user)[-1]


def door(ann: Chat) -> str:
    """The latest link into the lounge that somebody was sent."""
    sent = [one for one in ann.telegram.sent if one["chat"]["id"] == ann.user]
    message: dict[str, Any] = next(one for one in reversed(sent) if words(one).startswith("A door has opened"))
    return link(message)


async def come_in(ann: Chat) -> None:
    """Follow the link, ask, and be let in."""
    assert ann.telegram.open_link(ann.user, door(ann)) == "asked"
    await ann.telegram.until(lambda: ann.telegram.inside(LOUNGE, ann.user))
    await ann.street.settled()


async def test_from_the_first_command_to_the_second_purchase(gold: FakeTelegram, street: Street, ann: Chat) -> None:
    ways = await ann.says("/subscribe gold")
    assert [key["text"] for key in keys(ways)] == ["250 ⭐", "$10.00 · card and more"]
    assert await ann.why() == ["You have no plan. /plans shows what there is.", CLOSED]
    offer = await ann.presses(ways, "250 ⭐")
    ann.told()
    await pay(ann, link(offer))
    assert ann.told() == [
        "🎉 Welcome to Gold, Ann! It is paid until Dec 21, 2026. /status shows it, /why says where you are in.",
        "A door has opened for you, Ann: Lounge",
    ]
    why = await ann.says("/why")
    assert words(why).endswith("• Lounge (Telegram): you are not there yet. I let you in when you join.")
    assert (link(why), gold.inside(LOUNGE, ANN)) == (door(ann), False)
    await come_in(ann)
    assert ann.told()[-1] == "Welcome to Lounge, Ann! You are in."
    assert await ann.why() == ["Gold: paid until Dec 21, 2026. It renews by itself then.", INSIDE]

    await street.pass_time(days=30, hours=1)
    assert await ann.why() == ["Gold: paid until Jan 20, 2027. It renews by itself then.", INSIDE]
    assert await street.money() == [STAR] * 2

    gold.purses[ANN] = 0
    ann.told()
    await street.pass_time(days=30, hours=1)
    (told,) = ann.told()
    assert told.startswith(
        "⚠️ There were not enough Stars to renew Gold. Nothing is lost: you stay in until Jan 27, 2027."
    )
    assert (await ann.why())[0] == (
        "Gold: there were not enough Stars on Jan 20, 2027. You stay in until Jan 27, 2027: top them up till then."
    )
    await street.pass_time(days=2)
    (subscription,) = gold.subscriptions
    assert gold.inside(LOUNGE, ANN)
    assert gold.top_up_and_renew(ANN, subscription, 250)
    await street.settled()
    assert ann.told()[-1] == "✅ The payment for Gold went through after all. It is paid until Feb 21, 2027."

    await street.pass_time(days=2)
    asked = await ann.says("/cancel")
    assert words(asked) == "Gold\nCancel Gold? You stay in until Feb 21, 2027, and nothing is charged after that."
    assert words(await ann.presses(asked, "Yes, cancel")).startswith(
        "Gold is cancelled. You stay in until Feb 21, 2027."
    )
    kept = "Gold: cancelled, and still yours until Feb 21, 2027. /status can undo that until then."
    assert await ann.why() == [kept, INSIDE]
    await street.pass_time(days=2)
    assert gold.inside(LOUNGE, ANN)

    ann.told()
    olga = Chat(street, gold, OLA)
    asked = await Chat(street, gold, OLA, CLUB).says("/refund Ann")
    assert words(await olga.presses(asked, "ends now")) == "250 ⭐ go back to Ann, and Gold has ended for them."
    assert ann.told() == ["Gold was refunded and has ended. /plans shows what there is."]
    assert gold.members[LOUNGE, ANN]["status"] == "left"
    assert await ann.why() == ["Gold: refunded, and access ended with that.", CLOSED]
    assert await street.money() == [*[STAR] * 3, ("refund", 250, "xtr")]
    assert (gold.balance, gold.purses[ANN]) == (500, 250)

    await street.pass_time(hours=1)
    await buy(ann)
    await come_in(ann)
    assert ((await ann.why())[1], gold.balance, gold.purses[ANN]) == (INSIDE, 750, 0)


async def test_who_cancels_in_telegram_is_out_at_the_date(gold: FakeTelegram, street: Street, ann: Chat) -> None:
    charge = await buy(ann)
    await come_in(ann)
    await street.pass_time(days=3)
    gold.cancel_subscription(ANN, charge)
    await street.settled()
    kept = "Gold: cancelled, and still yours until Dec 21, 2026. /status can undo that until then."
    assert await ann.why() == [kept, INSIDE]
    await street.pass_time(days=26, hours=23)
    assert gold.inside(LOUNGE, ANN)
    ann.told()
    await street.pass_time(hours=2)
    assert not gold.inside(LOUNGE, ANN)
    assert ann.told() == ["Gold has ended. What you earned stays yours; /subscribe brings you back in."]
    assert await ann.why() == ["Gold: ended on Dec 21, 2026. /subscribe brings you back in.", CLOSED]
    assert await street.money() == [STAR]


async def test_grace_ends_for_whom_the_stars_do_not_suffice(gold: FakeTelegram, street: Street, ann: Chat) -> None:
    await buy(ann)
    await come_in(ann)
    gold.purses[ANN] = 0
    await street.pass_time(days=30, hours=1)
    await street.pass_time(days=6, hours=22)
    assert gold.inside(LOUNGE, ANN)
    await street.pass_time(hours=2)
    assert not gold.inside(LOUNGE, ANN)
    assert await ann.why() == ["Gold: ended on Dec 21, 2026. /subscribe brings you back in.", CLOSED]
    assert await street.money() == [STAR]


async def test_by_stripe_from_telegram_in_and_out(gold: FakeTelegram, street: Street, ann: Chat) -> None:
    offer = await ann.presses(await ann.says("/subscribe gold"), "$10.00")
    assert link(offer).startswith("https://checkout.stripe.com/")
    await street.pay(link(offer))
    await come_in(ann)
    assert await ann.why() == ["Gold: paid until Dec 21, 2026. It renews by itself then.", INSIDE]
    assert await street.money() == [("charge", 1000, "usd")]
    bought = street.stripe.one("subscription")
    street.stripe.set_card(bought["customer"], "decline")
    ann.told()
    await street.pass_time(days=30, hours=2)
    assert [text[:50] for text in ann.told()] == ["⚠️ The payment for Gold did not go through. Nothing is lost"[:50]]
    street.stripe.set_card(bought["customer"], "ok")
    await street.pass_time(days=5)
    assert ann.told() == ["✅ The payment for Gold went through after all. It is paid until Jan 21, 2027."]
    (_, charge) = street.stripe.charges_of(bought)
    street.stripe.cancel(bought["id"])
    street.stripe.refund(charge["id"])
    await street.pass_time(hours=1)
    assert not gold.inside(LOUNGE, ANN)
    assert await street.money() == [*[("charge", 1000, "usd")] * 2, ("refund", 1000, "usd")]
    assert (gold.balance, gold.purses[ANN]) == (0, 10_000)
