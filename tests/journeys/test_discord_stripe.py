"""On Discord from the creator's first command to the second purchase, paid by Stripe: simcord and the fakes."""

import pytest_asyncio
from simcord.builders import RoleHandle

from tests.adapters.discord_world import World, answer
from tests.journeys.on_discord import Person, labels, link
from tests.journeys.street import Street

CLOSED = "Gold (Discord) is closed to you. It opens by Gold: /subscribe."
INSIDE = "Gold (Discord): you are in."
DECLINED = (
    "⚠️ The payment for Gold did not go through. Nothing is lost: you stay in until Dec 28, 2026. "
    "/portal lets you change your card."
)
ROLES = "/guilds/*/members/*/roles/*"


@pytest_asyncio.fixture
async def gold(world: World, street: Street) -> RoleHandle:
    """The creator sells a month of Gold for 10 dollars, and puts a role behind it."""
    role = world.guild.create_role("Gold")
    olga = Person(world, world.owner)
    made = await olga.says("plan create", plan="gold", title="Gold", prices="10 USD", gates="vip")
    assert answer(made).split("\n")[2:] == ["Gold is for sale now.", "gold", "$10.00 · every month · opens vip"]
    assert answer(await olga.says("gate add", gate="vip", role=role)).strip() == "Gold is behind the gate vip now."
    return role


@pytest_asyncio.fixture
async def alice(world: World) -> Person:
    """Somebody who has just come in."""
    person = Person(world, world.join("alice"))
    await world.stored()
    return person


async def buy(street: Street, who: Person) -> None:
    """Subscribe, pay with a good card, be let in."""
    await street.pay(link(await who.says("subscribe", plan="gold")))


async def test_from_the_first_command_to_the_second_purchase(
    world: World, street: Street, gold: RoleHandle, alice: Person
) -> None:
    assert await alice.why() == ["You have no plan. /plans shows what there is.", CLOSED]
    offer = await alice.says("subscribe", plan="gold")
    assert (labels(offer), offer.ephemeral) == (["Pay"], True)
    assert link(await alice.says("subscribe", plan="gold")) == link(offer)
    assert len(street.stripe.find("checkout.session")) == 1
    assert not alice.has(gold)

    await street.pay(link(offer))
    assert (alice.has(gold), await alice.why()) == (
        True,
        ["Gold: paid until Dec 21, 2026. It renews by itself then.", INSIDE],
    )
    assert alice.told() == [
        "🎉 Welcome to Gold, alice! It is paid until Dec 21, 2026. /status shows it, /why says where you are in."
    ]
    assert answer(await alice.says("subscribe", plan="gold")).strip() == "You have Gold already. /status shows it."

    bought = street.stripe.one("subscription")
    street.stripe.set_card(bought["customer"], "decline")
    await street.pass_time(days=30, hours=2)
    assert alice.has(gold)
    due = (
        "Gold: the payment due on Dec 21, 2026 did not go through. You stay in until Dec 28, 2026: mend it by /portal."
    )
    assert await alice.why() == [due, INSIDE]
    assert alice.told() == [DECLINED]

    street.stripe.set_card(bought["customer"], "ok")
    await street.pass_time(days=5)
    assert (alice.has(gold), await alice.why()) == (
        True,
        ["Gold: paid until Jan 21, 2027. It renews by itself then.", INSIDE],
    )
    assert alice.told() == ["✅ The payment for Gold went through after all. It is paid until Jan 21, 2027."]
    assert await street.money() == [("charge", 1000, "usd")] * 2

    await street.pass_time(days=1)
    asked = await alice.says("cancel")
    question = "Gold\nCancel Gold? You stay in until Jan 21, 2027, and nothing is charged after that."
    assert answer(asked).strip() == question
    assert (await alice.why())[0] == "Gold: paid until Jan 21, 2027. It renews by itself then."
    said = await alice.presses(asked, "Yes, cancel")
    assert said.startswith("Gold is cancelled. You stay in until Jan 21, 2027.\n")
    await street.pass_time(days=20)
    kept = "Gold: cancelled, and still yours until Jan 21, 2027. /status can undo that until then."
    assert (alice.has(gold), await alice.why()) == (True, [kept, INSIDE])
    assert "Gold is cancelled. You stay in until Jan 21, 2027; /status can undo it as long as that." in alice.told()

    await street.pass_time(hours=1)
    olga = Person(world, world.owner)
    asked = await olga.says("refund", member=alice.actor)
    assert answer(asked).strip() == "alice paid $10.00 for Gold. Give it back, and access…"
    assert await olga.presses(asked, "ends now") == "$10.00 go back to alice, and Gold has ended for them."
    await street.ring()
    await street.settled()
    over = ["Gold: refunded, and access ended with that.", CLOSED]
    assert (alice.has(gold), await alice.why()) == (False, over)
    assert alice.told() == ["Gold was refunded and has ended. /plans shows what there is."]
    assert await street.money() == [*[("charge", 1000, "usd")] * 2, ("refund", 1000, "usd")]

    await street.pass_time(hours=1)
    await buy(street, alice)
    assert (alice.has(gold), (await alice.why())[1]) == (True, INSIDE)
    assert len(street.stripe.find("customer")) == 1
    assert [world.calls(method, ROLES) for method in ("PUT", "DELETE")] == [2, 1]


async def test_who_cancels_is_out_at_the_date_and_never_charged_again(
    world: World, street: Street, gold: RoleHandle, alice: Person
) -> None:
    await buy(street, alice)
    await street.pass_time(days=3)
    await alice.presses(await alice.says("cancel"), "Yes, cancel")
    await street.pass_time(days=26, hours=23)
    assert alice.has(gold)
    alice.told()
    await street.pass_time(hours=1)
    assert not alice.has(gold)
    assert await alice.why() == ["Gold: ended on Dec 21, 2026. /subscribe brings you back in.", CLOSED]
    assert alice.told() == ["Gold has ended. What you earned stays yours; /subscribe brings you back in."]
    await street.pass_time(days=60)
    assert await street.money() == [("charge", 1000, "usd")]
    assert world.calls("DELETE", ROLES) == 1


async def test_a_cancellation_that_is_undone_renews(street: Street, gold: RoleHandle, alice: Person) -> None:
    await buy(street, alice)
    await street.pass_time(days=3)
    await alice.presses(await alice.says("cancel"), "Yes, cancel")
    await street.pass_time(days=3)
    said = answer(await alice.says("resume")).strip()
    assert said == "Gold goes on. It is paid until Dec 21, 2026."
    await street.pass_time(days=25)
    assert alice.has(gold)
    assert await alice.why() == ["Gold: paid until Jan 21, 2027. It renews by itself then.", INSIDE]
    assert await street.money() == [("charge", 1000, "usd")] * 2


async def test_grace_ends_and_who_pays_after_all_comes_back_in(
    world: World, street: Street, gold: RoleHandle, alice: Person
) -> None:
    await buy(street, alice)
    bought = street.stripe.one("subscription")
    street.stripe.set_card(bought["customer"], "decline")
    await street.pass_time(days=30, hours=2)
    await street.pass_time(days=6, hours=21)
    assert alice.has(gold)
    await street.pass_time(hours=2)
    assert not alice.has(gold)
    assert await alice.why() == ["Gold: ended on Dec 21, 2026. /subscribe brings you back in.", CLOSED]
    street.stripe.set_card(bought["customer"], "ok")
    await street.pass_time(days=14)
    assert await street.money() == [("charge", 1000, "usd")] * 2
    assert alice.has(gold)
    assert await alice.why() == ["Gold: paid until Jan 21, 2027. It renews by itself then.", INSIDE]
    assert [world.calls(method, ROLES) for method in ("PUT", "DELETE")] == [2, 1]


async def test_a_card_that_is_declined_or_must_be_confirmed_opens_nothing_until_it_pays(
    street: Street, gold: RoleHandle, alice: Person
) -> None:
    page = street.page(link(await alice.says("subscribe", plan="gold")))["id"]
    for card in ("decline", "3ds"):
        assert not street.stripe.pay(page, card)
        await street.pass_time(hours=1)
        assert not alice.has(gold)
        assert await alice.why() == ["You have no plan. /plans shows what there is.", CLOSED]
    assert street.stripe.authenticate(page)
    await street.pass_time(hours=1)
    assert alice.has(gold)
    assert await street.money() == [("charge", 1000, "usd")]


async def test_a_payment_that_no_webhook_tells_of_is_found_and_its_late_webhooks_change_nothing(
    world: World, street: Street, gold: RoleHandle, alice: Person
) -> None:
    assert street.stripe.pay(street.page(link(await alice.says("subscribe", plan="gold")))["id"])
    street.clock.advance(minutes=5)
    assert not alice.has(gold)
    found = await street.till.reconcile(street.clock())
    await street.settled()
    assert (found.news, found.held, found.unreachable) == (2, {}, ())
    assert alice.has(gold)
    street.stripe.advance(street.clock())
    await street.ring()
    await street.settled()
    assert await street.money() == [("charge", 1000, "usd")]
    assert len(alice.told()) == 1
    assert world.calls("PUT", ROLES) == 1


async def test_a_trial_is_one_for_each_card_and_theirs_who_began_it_first(
    world: World, street: Street, gold: RoleHandle, alice: Person
) -> None:
    await Person(world, world.owner).says("plan edit", plan="gold", trial=7)
    bob = Person(world, world.join("bob"))
    for who in (alice, bob):
        page = street.page(link(await who.says("subscribe", plan="gold")))["id"]
        assert street.stripe.pay(page, "ok", email=f"{who.actor.name}@example.com", fingerprint="the same card")
        await street.pass_time(hours=1)
    first, again = street.stripe.find("subscription")
    assert (first["status"], again["status"]) == ("trialing", "canceled")
    assert (alice.has(gold), bob.has(gold)) == (True, False)
    await street.pass_time(days=5)  # Stripe tells of the trial again: it is about to end
    await street.till.reconcile(street.clock())
    assert first["status"] == "trialing"
    assert (alice.has(gold), await street.money()) == (True, [])
    await street.pass_time(days=2)
    assert (alice.has(gold), await street.money()) == (True, [("charge", 1000, "usd")])
