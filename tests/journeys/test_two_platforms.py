"""One person on two platforms: bought on Discord, entered on Telegram; parted again, only one of them is inside."""

import re

import pytest_asyncio
from simcord.builders import RoleHandle

from tests.adapters.discord_world import World, answer
from tests.adapters.telegram.conftest import ANN, BEA, CLUB, OLA
from tests.fakes.telegram import FakeTelegram
from tests.journeys import on_discord, on_telegram
from tests.journeys.on_discord import Person
from tests.journeys.on_telegram import Chat, words
from tests.journeys.street import Street

CODE = re.compile(r"\b[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}\b")
PAID = "Gold: paid until Dec 21, 2026. It renews by itself then."


@pytest_asyncio.fixture
async def gold(world: World, stars: FakeTelegram, street: Street) -> RoleHandle:
    """A server and a group of one community; a role there, and the group itself, are behind the gate of Gold."""
    stars.users[OLA]["language_code"] = "en"
    stars.started.add(OLA)
    role = world.guild.create_role("Gold")
    olga, club, private = Person(world, world.owner), Chat(street, stars, OLA, CLUB), Chat(street, stars, OLA)
    await olga.says("plan create", plan="gold", title="Gold", prices="10 USD", gates="vip")
    await olga.says("gate add", gate="vip", role=role)
    (code,) = set(CODE.findall(answer(await olga.says("setup link"))))
    joined = await private.presses(await club.says(f"/setup link {code}"), "Join the two")
    assert words(joined) == "Done: Club is part of Academy now."
    assert words(await club.says("/gate add vip")) == "Club is behind the gate vip now."
    stars.leave(ANN, CLUB)
    stars.leave(BEA, CLUB)
    return role


@pytest_asyncio.fixture
async def linked(world: World, stars: FakeTelegram, street: Street, gold: RoleHandle) -> tuple[Person, Chat]:
    """Alice has bought on Discord, and is Ann on Telegram."""
    alice, ann = Person(world, world.join("alice")), Chat(street, stars, ANN)
    await world.stored()
    await street.pay(on_discord.link(await alice.says("subscribe", plan="gold")))
    assert alice.has(gold)
    open_to = "Club (Telegram) is open to you, but I do not know you there: /link joins the two."
    assert await alice.why() == [PAID, "Gold (Discord): you are in.", open_to]
    (code,) = set(CODE.findall(answer(await alice.says("link"))))
    asked = await ann.says(f"/link {code}")
    assert words(asked).startswith("Is alice you, too?")
    assert words(await ann.presses(asked, "Yes, both are me")).startswith("Done: you are one person now, by ")
    return alice, ann


async def come_in(ann: Chat) -> None:
    """Follow the link that was sent, and be let in."""
    sent = [one for one in ann.telegram.sent if words(one).startswith("A door has opened")]
    assert ann.telegram.open_link(ANN, on_telegram.link(sent[-1])) == "asked"
    await ann.telegram.until(lambda: ann.telegram.inside(CLUB, ANN))
    await ann.street.settled()


async def test_bought_on_discord_and_entered_on_telegram(
    stars: FakeTelegram, street: Street, gold: RoleHandle, linked: tuple[Person, Chat]
) -> None:
    alice, ann = linked
    await come_in(ann)
    both = [PAID, "Gold (Discord): you are in.", "Club (Telegram): you are in."]
    assert await alice.why() == both
    assert await ann.why() == both
    assert await street.money() == [("charge", 1000, "usd")]
    assert answer(await alice.says("subscribe", plan="gold")).strip() == "You have Gold already. /status shows it."
    assert words(await ann.says("/subscribe gold")) == "You have Gold already. /status shows it."

    asked = await ann.says("/cancel")
    await ann.presses(asked, "Yes, cancel")
    await street.pass_time(days=29)
    assert (alice.has(gold), stars.inside(CLUB, ANN)) == (True, True)
    for one in linked:
        one.told()
    await street.pass_time(days=2)
    assert (alice.has(gold), stars.inside(CLUB, ANN)) == (False, False)
    over = "Gold has ended. What you earned stays yours; /subscribe brings you back in."
    assert (alice.told(), ann.told()) == ([], [over])  # told once, where they wrote to the bot last


async def test_who_is_parted_is_out_there_and_stays_in_here(
    stars: FakeTelegram, street: Street, gold: RoleHandle, linked: tuple[Person, Chat]
) -> None:
    alice, ann = linked
    await come_in(ann)
    asked = await alice.says("unlink")
    said = await alice.presses(asked, "Part them")
    assert said.startswith("Done: ")
    await street.settled()
    assert (alice.has(gold), stars.inside(CLUB, ANN)) == (True, False)
    assert (await alice.why())[0] == PAID
    assert (await ann.why())[0] == "You have no plan. /plans shows what there is."
    await street.pass_time(days=31)
    assert (alice.has(gold), stars.inside(CLUB, ANN)) == (True, False)
    assert await street.money() == [("charge", 1000, "usd")] * 2


async def test_a_link_of_theirs_passed_on_lets_nobody_in(
    stars: FakeTelegram, street: Street, gold: RoleHandle, linked: tuple[Person, Chat]
) -> None:
    _, ann = linked
    sent = [one for one in stars.sent if words(one).startswith("A door has opened")]
    assert stars.open_link(BEA, on_telegram.link(sent[-1])) == "asked"
    await stars.until(lambda: (CLUB, BEA) in stars.declined)
    await street.settled()
    assert (stars.inside(CLUB, BEA), stars.inside(CLUB, ann.user)) == (False, False)
