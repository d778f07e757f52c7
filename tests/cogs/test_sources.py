"""/source: a link of its own for each place, who came by it, what it cost, and who stays and pays."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.app import App
from bot.commands import Caller, Rank
from bot.desk import Desk
from bot.engine.rules import Rules
from bot.events import CheckedIn, MemberJoined
from bot.reply import Reply
from bot.sales import Payment, Price
from bot.storage import merge, privacy, referrals, sales, sources
from bot.storage.ledger import Seat
from tests.cogs.conftest import Say, account, profile
from tests.conftest import START, Clock
from tests.fakes.ports import FakePort
from tests.generous import generous

DAY = timedelta(days=1)


@pytest.fixture
def rules() -> Rules:
    return generous(Rules())


@pytest_asyncio.fixture(autouse=True)
async def port(app: App, talk: None) -> AsyncIterator[FakePort]:
    made = FakePort("playground")
    app.join(made)
    yield made
    app.ports.clear()


async def creator(say: Say, path: str, **options: object) -> Reply:
    return await say("ann", path, rank=Rank.CREATOR, **options)


async def link(say: Say, name: str, **options: object) -> str:
    reply = await creator(say, "source create", name=name, **options)
    assert not reply.error, reply.text
    return reply.text.splitlines()[0]


async def come(app: App, user: str, by: str) -> bool:
    """Somebody comes by a link; returns whether that counts."""
    at, who = app.clock(), account(user)
    counts = await app.store.write(referrals.came, by, who, at)
    await app.submit([MemberJoined(key=f"join:{user}:{at}", at=at, who=who)])
    return counts


async def brought(say: Say) -> list[str]:
    """How many came, by source."""
    return [one.value.split(" came")[0] for one in (await creator(say, "source list")).fields]


async def test_who_came_stayed_and_paid_is_counted_by_source(app: App, say: Say, clock: Clock) -> None:
    letter = await link(say, "newsletter", cost="30 USD", weight="2")
    talk_ = await link(say, "talk", weight="0.5")
    assert letter.startswith("https://there.example/s?code=src_")
    assert letter != talk_
    clock.advance(minutes=1)
    assert [await come(app, user, letter) for user in ("new1", "new2", "new3")] == [True] * 3
    assert await come(app, "new4", talk_)
    assert not await come(app, "new4", letter)  # once
    assert not await come(app, "bo", letter)  # was here before
    assert not await come(app, "new5", "https://there.example/other")
    clock.advance(days=10)
    assert await come(app, "late", letter)
    new1, new2 = await profile(app, "new1"), await profile(app, "new2")
    paid = Payment(id="p1", kind="charge", subscription="s", plan="pro", price=Price(amount=1500, currency="usd"))
    await app.store.write(sales.book, [(Seat(member=new1.member, community=1), clock(), paid)])
    clock.advance(days=20)
    await app.submit([CheckedIn(key="in", at=clock(), who=account("new2"))])
    reply = await creator(say, "source list")
    assert reply.text.startswith("F = Σ weight × members = 8.5.")
    assert [(one.name, one.value) for one in reply.fields] == [
        (
            "newsletter (weight 2)",
            f"4 came · 1 of 3 active after 28 days · 1 paid, $15.00 · cost $30.00 · $7.50 a member\n{letter}",
        ),
        ("talk (weight 0.5)", f"1 came · 0 of 1 active after 28 days · 0 paid, $0.00\n{talk_}"),
    ]
    await app.forget(1, new2.member, clock())
    assert (await brought(say))[0] == "3"


async def test_cost_and_weight_are_changed_by_the_same_name(app: App, say: Say) -> None:
    first = await link(say, "newsletter", cost="30 USD", weight="2")
    assert await link(say, "Newsletter", cost="45 USD") == first
    (one,) = await app.store.read(sources.of_community, 1)
    assert (one.cost, one.currency, one.weight) == (4500, "usd", 2.0)


async def test_a_start_tag_brings_whoever_presses_it_in(app: App, desk: Desk, say: Say) -> None:
    made = await link(say, "poster")
    tag = made.split("=")[1]
    who = account("stranger")
    caller = Caller(account=type(who)(platform="playground", space="", user="stranger", name="S"), channel="c")
    for _ in range(2):
        await desk.run("start", caller, {"tag": tag})
    assert (await brought(say))[0] == "1"
    await desk.run("start", Caller(account=account("ann"), channel="c"), {"tag": tag})
    assert (await brought(say))[0] == "1"  # who was a member already did not come by it


async def test_an_invitation_of_a_members_is_no_source(app: App, say: Say) -> None:
    await link(say, "poster")
    own = (await say("bo", "invite")).text.splitlines()[0]
    assert await come(app, "new", own)
    assert (await brought(say))[0] == "0"
    assert await app.store.read(referrals.tally, (await profile(app, "bo")).member) == (1, 0)
    assert own in await app.store.read(referrals.links, "playground", "s")
    assert len(await app.store.read(referrals.links, "playground", "s")) == 2


async def test_two_who_become_one_came_once(app: App, say: Say, clock: Clock) -> None:
    poster, letter = await link(say, "poster"), await link(say, "letter")
    await come(app, "one", poster)
    clock.advance(days=1)
    await come(app, "two", letter)
    one, two = await profile(app, "one"), await profile(app, "two")
    await app.rework(merge.merge, two.member, one.member, app.rules, clock())
    assert await brought(say) == ["1", "0"]
    exported = await app.store.read(privacy.export, two.member)
    assert [row["at"] for row in exported["arrivals"]["rows"]] == [START.isoformat()]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"weight": "much"}, "A weight is a number"),
        ({"weight": "-1"}, "A weight is a number"),
        ({"weight": "1.234"}, "A weight is a number"),
        ({"cost": "5 USD, 6 EUR"}, "Name one amount"),
        ({"cost": "dear"}, "I can't read the price"),
    ],
)
async def test_what_can_not_be_is_refused(app: App, say: Say, options: dict[str, object], why: str) -> None:
    reply = await creator(say, "source create", name="poster", **options)
    assert (reply.error, why in reply.text) == (True, True), reply.text
    assert await app.store.read(sources.of_community, 1) == []


async def test_without_the_right_to_see_who_comes_there_is_no_source(app: App, say: Say, port: FakePort) -> None:
    port.invitations = False
    reply = await creator(say, "source create", name="poster")
    assert (reply.error, "I can't see here who comes by a link" in reply.text) == (True, True)
    assert await app.store.read(sources.of_community, 1) == []
