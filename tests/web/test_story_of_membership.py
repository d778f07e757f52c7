"""What a membership's news is in words: the chips of an act, and what changed inside."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.adapters.playground import PlayClock, Playground
from bot.adapters.sandbox import Sandbox
from bot.app import App
from bot.cogs import COMMANDS
from bot.desk import Desk
from bot.engine.membership import Phase
from bot.engine.rules import Rules
from bot.i18n import tongue
from bot.sales import Price
from bot.service import play_rules, running, selling
from bot.storage.store import Store
from bot.till import Till, Wish
from bot.web.playground import story
from tests import quickly
from tests.conftest import START

USD = Price(amount=1200, currency="usd")


@pytest_asyncio.fixture
async def playground(store: Store, rules: Rules) -> AsyncIterator[Playground]:
    """A playground that sells, and in which mei has paid for a month."""
    clock = PlayClock(real=lambda: START)
    app = App(store, play_rules(rules), clock=clock)
    await app.start()
    till = Till(app, [Sandbox(store, clock)])
    made = Playground(Desk(app, COMMANDS, till), clock, lively=False, pace=0)
    app.join(made)
    with quickly.counted_once("playground"):
        await made.begin()
    await buy(made)
    yield made
    await made.close()
    await app.close()


def sandbox(playground: Playground) -> Sandbox:
    found = playground.desk.till.providers["sandbox"]
    assert isinstance(found, Sandbox)
    return found


async def buy(playground: Playground) -> None:
    await heard(playground, await paid(playground))


async def paid(playground: Playground) -> tuple[bytes, str]:
    """Let mei pay for a month; returns how the sandbox will ring."""
    me = await playground.app.profile(playground.caller("mei", "welcome", "en").account)
    plan = playground.rules.plan("pro")
    assert plan is not None
    wish = Wish(plan=plan, way=("sandbox", USD), platform="playground", user="mei", locale="en")
    link = await playground.desk.till.counter.order(me, wish, playground.clock())
    return await sandbox(playground).pay(link.external, "works")


async def heard(playground: Playground, ring: tuple[bytes, str]) -> None:
    """Let the sandbox ring, and what it rang for be taken in and done."""
    till = playground.desk.till
    assert await till.ring("sandbox", *ring) == 200
    await till.bell.work()


async def test_whoever_pays_is_inside_within_two_seconds(store: Store, rules: Rules) -> None:
    """Of real time, by the running service; what a browser takes to show it depends on the machine."""
    clock = PlayClock()
    async with (
        running(App(store, play_rules(rules), clock=clock)) as app,
        selling(Till(app, [Sandbox(store, clock)])) as till,
    ):
        playground = Playground(Desk(app, COMMANDS, till), clock, lively=False, pace=0)
        app.join(playground)
        with quickly.counted_once("playground"):
            await playground.begin()
        ring = await paid(playground)
        inside = asyncio.Event()
        playground.place.listeners.add(lambda _: inside.set() if playground.place.sees("mei", "vip") else None)
        async with asyncio.timeout(2):
            assert await till.ring("sandbox", *ring) == 200
            await inside.wait()
        await playground.close()


async def until(playground: Playground, *, inside: bool) -> None:
    """Let effects be delivered until mei is in the room, or out of it, and all that was to be said is said."""
    async with asyncio.timeout(10):
        while playground.place.sees("mei", "vip") is not inside or any(
            chip.icon == "hourglass_top"
            for chip in story.chips(playground.trace.acts[-1], "mei", playground, tongue("en"))
        ):
            await playground.app.deliver(playground.clock())


def told(playground: Playground, me: str = "mei", locale: str = "en") -> list[tuple[str, str]]:
    """The chips of the last act."""
    found = story.chips(playground.trace.acts[-1], me, playground, tongue(locale))
    return [(chip.kind, chip.text) for chip in found]


async def test_a_payment_is_told_with_what_it_opens(playground: Playground) -> None:
    await until(playground, inside=True)
    act = playground.trace.acts[-1]
    assert story.headline(act, "mei", playground, tongue("en")) == "News of your membership"
    assert story.headline(act, "nora", playground, tongue("en")) == "News of 陈梅's membership"
    assert told(playground) == [
        ("gain", "Paid $12.00"),
        ("plan", "Pro 会员 until Dec 21, 2026"),
        ("sent", "A private notice"),
        ("sent", "The creator was told"),
        ("door", "The vip room opens"),
    ]
    rows = {name: (before, after) for name, before, after in story.rows(act.changes[-1], tongue("en"))}
    assert rows["subscriptions"] == ("–", "pro active")
    assert rows["open gates"] == ("lounge", "lounge, vip")


async def test_a_month_tells_of_the_renewal_and_a_failed_one_of_the_grace(playground: Playground) -> None:
    await playground.advance("mei", timedelta(days=31))
    said = [one for one in told(playground) if one[0] in ("gain", "plan")]  # the crown of a week is theirs, too
    assert said[:2] == [("gain", "Paid $12.00"), ("plan", "Pro 会员 until Jan 21, 2027")]
    (deal,) = await sandbox(playground).deals(playground.community, playground.member_of("mei"))
    await heard(playground, await sandbox(playground).set_card(deal.name, "declines"))
    await playground.advance("mei", timedelta(days=31))
    assert ("loss", "Pro 会员: payment failed, in until Jan 28, 2027") in told(playground)
    assert not [text for kind, text in told(playground, me="nora") if kind in ("gain", "loss", "plan", "door")]
    assert playground.place.sees("mei", "vip")
    await playground.advance("mei", timedelta(days=7))
    assert ("loss", "Pro 会员 is over") in told(playground)
    assert ("door", "The vip room closes") in told(playground)
    assert not playground.place.sees("mei", "vip")


async def test_a_refund_is_told_with_what_it_closes(playground: Playground) -> None:
    await until(playground, inside=True)
    await playground.advance("nora", timedelta(hours=1))
    (deal,) = await sandbox(playground).deals(playground.community, playground.member_of("mei"))
    await heard(playground, await sandbox(playground).refund_last(deal.name))
    await until(playground, inside=False)
    assert told(playground) == [
        ("loss", "$12.00 paid back"),
        ("loss", "Pro 会员 is refunded"),
        ("sent", "A private notice"),
        ("sent", "The creator was told"),
        ("door", "The vip room closes"),
    ]


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
def test_every_phase_has_its_words(locale: str) -> None:
    assert set(story.STANDS) == set(Phase)
    for words in story.STANDS.values():
        assert "{" not in tongue(locale)(words, plan="Pro", date="today")
