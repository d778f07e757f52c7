"""/campaign: whom it goes to, that its hold-out gets nothing, its budgets, and what it brought."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import insert, select, update

from bot.app import App
from bot.commands import Rank
from bot.delivery import Delivery
from bot.effects import Nudge
from bot.engine.experiments.assignment import holdout
from bot.engine.rules import Plan, Rules
from bot.events import NoticesChosen, TopicChosen
from bot.i18n import tongue
from bot.jobs import send_nudges, tend
from bot.notices import nudged
from bot.reply import Reply
from bot.storage import campaigns, outbox
from bot.storage.campaigns import Brief, Campaign, Tally
from bot.storage.coupons import REDEMPTIONS, Coupon
from bot.storage.coupons import put as put_coupon
from bot.storage.ledger import MEMBERS
from bot.storage.nudges import NUDGES
from bot.storage.orders import ORDERS
from bot.storage.outbox import Task
from bot.storage.store import Connection
from tests.cogs.conftest import Bank, Say, account
from tests.cogs.test_experiments import PEOPLE, crowd
from tests.conftest import START, Clock
from tests.fakes.ports import FakePort
from tests.generous import generous

pytestmark = pytest.mark.usefixtures("talk", "bank")
DAY = timedelta(days=1)


@pytest.fixture
def rules(shipped: Rules) -> Rules:
    return generous(Rules(plans=(Plan(name="pro", prices={"usd": 1000}),)))


@pytest_asyncio.fixture(autouse=True)
async def port(app: App) -> AsyncIterator[FakePort]:
    made = FakePort("playground")
    app.join(made)
    yield made
    app.ports.clear()


async def creator(say: Say, path: str, **options: object) -> Reply:
    return await say("ann", path, rank=Rank.CREATOR, **options)


async def only(app: App) -> Campaign:
    (one,) = await app.store.read(campaigns.of_community, 1)
    return one


async def written(app: App, clock: Clock) -> dict[int, str]:
    """{member: what is said to them} by all nudges that are sent now."""
    await send_nudges(app, clock())
    tasks: list[Task] = await app.store.write(outbox.claim, clock(), ["playground"], 999, DAY)
    return {
        task.member: nudged(task.effect, task.member_name, tongue("en")).text.splitlines()[0]
        for task in tasks
        if isinstance(task.effect, Nudge) and task.effect.notice == "campaign"
    }


async def test_says_it_to_all_but_the_hold_out(app: App, say: Say, clock: Clock) -> None:
    people = await crowd(app)
    text = "{member}, a new course begins on Monday"
    reply = await creator(say, "campaign create", name="course", text=text, holdout=30)
    assert reply.text.startswith("It is for 24 members now. 30 % of them get nothing, to compare.")
    said = await written(app, clock)
    number = (await only(app)).id
    held = {member for member in people.values() if holdout(f"nudge:1:campaign:{number}", member, 0.3)}
    assert 0 < len(held) < 15
    assert said.keys() == set(people.values()) - held
    user = next(user for user in PEOPLE[4:] if people[user] not in held)
    assert said[people[user]] == f"{user.title()}, a new course begins on Monday"
    told = await app.store.read(campaigns.tally, await only(app), app.rules)
    assert told == Tally(waiting=0, sent=24 - len(held), held=len(held), dropped=0, redeemed=0, off=0)
    status = await creator(say, "campaign status")
    assert status.text.splitlines()[0].startswith("not enough data yet: 0 of ")
    assert {one.name: one.value for one in status.fields}["Held back"] == str(len(held))
    assert await written(app, clock) == {}


async def test_goes_only_to_whom_it_is_for_and_who_wants_it(app: App, say: Say, clock: Clock) -> None:
    people = await crowd(app)
    await app.submit(
        [
            NoticesChosen(key="n", at=clock(), who=account("user1"), wanted=False),
            TopicChosen(key="t", at=clock(), who=account("user2"), topic="news", wanted=False),
        ]
    )
    await app.store.write(lambda c: c.execute(update(MEMBERS).where(MEMBERS.c.id == people["user3"]).values(level=9)))
    wanted: list[tuple[dict[str, object], int]] = [
        ({}, 22),
        ({"level": 9}, 1),
        ({"whom": "lapsed"}, 0),
        ({"platform": "discord"}, 0),
    ]
    for options, many in wanted:
        reply = await creator(
            say, "campaign create", name=f"to {options}", text="Hello", starts="2026-12-01", **options
        )
        assert reply.text.startswith(f"It is for {many} member"), reply.text
    assert await app.store.read(lambda c: c.execute(select(NUDGES)).all()) == []
    assert await app.store.read(campaigns.next_due) == START.replace(month=12, day=1, hour=9)
    clock.advance(days=11)
    assert await tend(app, clock()) == 4
    rows = await app.store.read(lambda c: c.execute(select(NUDGES.c.about, NUDGES.c.member_id)).all())
    found = await app.store.read(campaigns.of_community, 1)
    assert [sum(row.about == str(one.id) for row in rows) for one in reversed(found)] == [22, 1, 0, 0]
    assert await tend(app, clock()) == 0
    assert await app.store.read(campaigns.next_due) is None


async def test_writes_to_no_more_than_it_may(app: App, say: Say, clock: Clock) -> None:
    await crowd(app)
    await creator(say, "campaign create", name="few", text="Hello", contacts=9, holdout=10)
    assert len(await written(app, clock)) == 9  # whoever of those drawn is in the hold-out comes on top
    brief = Brief(text="Hello", contacts=20, holdout=0.5)
    drawn = campaigns.chosen(1, 7, dict.fromkeys(range(1, 200), ""), brief)
    assert sum(not holdout("nudge:1:campaign:7", member, 0.5) for member in drawn) == 20


async def test_what_is_under_way_is_not_delivered_when_it_is_ended(
    app: App, say: Say, port: FakePort, clock: Clock
) -> None:
    await crowd(app)
    await creator(say, "campaign create", name="oops", text="Hello")
    assert await send_nudges(app, clock()) == 24
    await creator(say, "campaign stop", name="oops")
    await Delivery(app.store, app.ports, clock, lambda: app.rules).deliver(clock())
    assert [task for task in port.performed if isinstance(task.effect, Nudge)] == []
    assert (await app.store.read(campaigns.tally, await only(app), app.rules)).sent == 0


async def test_what_waits_is_not_sent_when_it_is_ended(app: App, say: Say, clock: Clock) -> None:
    await crowd(app)
    clock.advance(hours=11)  # 23 o'clock: everybody has quiet hours
    await creator(say, "campaign create", name="late", text="Hello")
    assert await written(app, clock) == {}
    stopped = await creator(say, "campaign stop", name="late")
    assert stopped.text.startswith("late is ended. ")
    assert stopped.text.endswith(" messages were not sent.")
    clock.advance(hours=12)
    assert await written(app, clock) == {}
    assert (await creator(say, "campaign stop", name="late")).text == "late is over already."
    assert (await app.store.read(campaigns.tally, await only(app), app.rules)).sent == 0


async def test_ends_when_its_coupon_has_taken_off_what_it_may(app: App, say: Say, clock: Clock) -> None:
    await crowd(app)
    await app.store.write(put_coupon, 1, Coupon(code="SPRING", percent=20))
    reply = await creator(say, "campaign create", name="offer", text="Come", coupon="spring", budget="4 USD")
    assert reply.error is False
    said = await written(app, clock)
    first, second, third = list(said)[:3]
    await app.store.write(lambda c: c.execute(update(NUDGES).where(NUDGES.c.state == "queued").values(state="sent")))
    await app.store.write(_use, first, clock)
    assert await tend(app, clock()) == 0
    await app.store.write(_use, second, clock)
    assert await tend(app, clock()) == 1
    one = await only(app)
    assert (one.why, one.stopped_at) == ("budget", clock())
    status = await creator(say, "campaign status")
    assert {field.name: field.value for field in status.fields}["Offer"] == "2 used SPRING, which took $4.00 off"
    assert "stopped: the budget is used up" in status.text
    assert third in said


async def test_no_two_have_what_is_left_of_its_money_for_one(app: App, say: Say, bank: Bank, clock: Clock) -> None:
    await crowd(app)
    await app.store.write(put_coupon, 1, Coupon(code="SPRING", percent=20))
    await creator(say, "campaign create", name="offer", text="Come", coupon="spring", budget="3 USD", holdout=5)
    await written(app, clock)
    await app.store.write(
        lambda c: c.execute(update(NUDGES).where(NUDGES.c.state == "queued").values(state="sent", sent_at=clock()))
    )
    split, people = f"nudge:1:campaign:{(await only(app)).id}", await crowd(app)
    first, second = [user for user in PEOPLE if not holdout(split, people[user], 0.05)][:2]
    clock.advance(minutes=1)
    paid = await say(first, "subscribe", plan="pro", by="usd", code="spring")
    assert bank.orders[-1].discount is not None
    assert "Code SPRING" in paid.text
    refused = await say(second, "subscribe", plan="pro", by="usd", code="spring")
    assert (refused.error, refused.text) == (True, "The code SPRING can't be used when you pay in this way.")
    assert len(bank.orders) == 1
    again = await say(first, "subscribe", plan="pro", by="usd", code="spring")
    assert again.error is False  # their own offer is no other's
    clock.advance(days=1)  # nobody paid: what was kept for the first is free
    assert (await say(second, "subscribe", plan="pro", by="usd", code="spring")).error is False
    assert bank.orders[-1].discount is not None


async def test_goes_by_the_one_surface_that_is_named(app: App, say: Say, clock: Clock) -> None:
    await crowd(app)
    await creator(say, "campaign create", name="thread", text="Hello", surface="thread")
    assert await written(app, clock) == {}
    told = await app.store.read(campaigns.tally, await only(app), app.rules)
    assert told == Tally(waiting=0, sent=0, held=0, dropped=24, redeemed=0, off=0)
    await creator(say, "campaign create", name="here", text="Hello", surface="playground")
    assert len(await written(app, clock)) > 12


async def test_ends_with_its_coupon(app: App, say: Say, clock: Clock) -> None:
    people = list((await crowd(app)).values())
    for code in ("SPRING", "GONE"):
        await app.store.write(put_coupon, 1, Coupon(code=code, percent=20, most=1))
        await creator(say, "campaign create", name=code, text="Come", coupon=code)
    assert await tend(app, clock()) == 0
    await app.store.write(_use, people[0], clock)
    await app.store.write(put_coupon, 1, Coupon(code="GONE", percent=20, most=1, archived=True))
    assert await tend(app, clock()) == 2
    found = await app.store.read(campaigns.of_community, 1)
    assert [(one.name, one.why) for one in found] == [("GONE", "creator"), ("SPRING", "budget")]
    assert await written(app, clock) == {}


def _use(connection: Connection, member: int, clock: Clock) -> None:
    at = clock() + timedelta(minutes=1)
    order = {"token": f"t{member}", "community_id": 1, "member_id": member, "plan": "pro", "provider": "fake"}
    rest = {"amount": 1000, "currency": "usd", "created_at": at, "expires_at": at, "status": "paid"}
    connection.execute(insert(ORDERS).values(**order, **rest))
    used = {"community_id": 1, "code": "SPRING", "member_id": member, "order": f"t{member}", "at": at, "used_at": at}
    connection.execute(insert(REDEMPTIONS).values(used))


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"coupon": "NONE"}, "There is no coupon NONE"),
        ({"budget": "5 USD"}, "name the coupon, too"),
        ({"segment": "friends"}, "There is no segment friends"),
        ({"starts": "2026-01-01"}, "That day is over"),
        ({"starts": "soon"}, "Write the date like"),
    ],
)
async def test_what_can_not_be_is_refused_and_nothing_is_planned(
    app: App, say: Say, options: dict[str, object], why: str
) -> None:
    reply = await creator(say, "campaign create", name="one", text="Hello", **options)
    assert (reply.error, why in reply.text) == (True, True), reply.text
    assert await app.store.read(campaigns.of_community, 1) == []


async def test_a_name_is_used_once(app: App, say: Say, bank: Bank) -> None:
    for refused in (False, True):
        assert (await creator(say, "campaign create", name="one", text="Hello", starts="2026-12-01")).error is refused
    listed = await creator(say, "campaign list")
    assert listed.table is not None
    assert listed.table.rows == (("one", "begins Dec 1, 2026, 09:00 UTC", "0", "0", "0"),)
