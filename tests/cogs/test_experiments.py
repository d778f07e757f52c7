"""/experiment and /uplift: what is tested, that everybody keeps their arm, and what is said before much is known."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert

from bot.app import App
from bot.commands import Rank
from bot.desk import Desk
from bot.effects import Nudge
from bot.engine.experiments import thompson
from bot.engine.experiments.assignment import holdout
from bot.engine.nudges.decision import Row
from bot.engine.rules import Plan, Rules
from bot.events import Complained, MemberJoined, MessagePosted, PaymentReturned, member_account
from bot.i18n import tongue
from bot.jobs import plan_nudges, send_nudges, watch
from bot.notices import nudged
from bot.reply import Reply
from bot.sales import Payment, Price
from bot.storage import experiments, members, merge, nudges, outbox, uplift, watching
from bot.storage.coupons import Coupon
from bot.storage.coupons import put as put_coupon
from bot.storage.entries import DAYS
from bot.storage.experiments import Experiment
from bot.storage.nudges import NUDGES
from bot.storage.testing import Trials
from bot.text import features
from bot.words import replace
from tests.cogs.conftest import Bank, Pay, Say, account, alerts, labels, press, profile
from tests.conftest import START, Clock
from tests.fakes.ports import FakePort
from tests.generous import generous

pytestmark = pytest.mark.usefixtures("talk", "bank")
PRO = Plan(name="pro", title="Pro circle", prices={"usd": 999, "cny": 6800}, trial_days=7)
DAY = timedelta(days=1)
PEOPLE = ["ann", "bo", "cy", "陈默", *(f"user{n}" for n in range(20))]


@pytest.fixture
def rules(shipped: Rules) -> Rules:
    return generous(Rules(plans=(PRO,)))


async def creator(say: Say, path: str, **options: object) -> Reply:
    return await say("ann", path, rank=Rank.CREATOR, **options)


async def crowd(app: App, at: datetime = START) -> dict[str, int]:
    """{user: member} of all the people, who have all written."""
    await app.submit(
        [MessagePosted(key=f"hi:{user}", at=at, who=account(user), channel="c", text=features("hi")) for user in PEOPLE]
    )
    found = {}
    for user in PEOPLE:
        profile = await app.store.read(members.find, 1, "playground", user)
        assert profile is not None
        found[user] = profile.member
    return found


async def only(app: App) -> Experiment:
    (one,) = await app.store.read(experiments.of_community, 1)
    return one


async def price(say: Say, user: str) -> str:
    """What a member reads that the plan costs."""
    return (await say(user, "plans")).fields[0].value.splitlines()[0]


# ---------------------------------------------------------------------- a price


async def test_a_price_is_split_by_the_hash_and_stays_a_members_own_while_it_is_tested(
    app: App, say: Say, bank: Bank, pay: Pay, clock: Clock
) -> None:
    await say("cy", "subscribe", plan="pro", by="usd")
    await pay()
    begun = await creator(say, "experiment create", name="dearer", what="price", about="pro", a="12 USD")
    assert begun.text.splitlines()[0] == "dearer is tested now: The price of a plan (pro)."
    assert [(one.name, one.value) for one in begun.fields] == [("a", "$9.99, CN¥68.00"), ("b", "$12.00")]
    one, people = await only(app), await crowd(app)
    shown = {"a": "$9.99 / CN¥68.00 a month", "b": "$12.00 / CN¥68.00 a month"}
    others = [user for user in PEOPLE if user != "cy"]
    assert [await price(say, user) for user in others] == [shown[one.arm(people[user])] for user in others]
    assert {one.arm(people[user]) for user in others} == {"a", "b"}
    assert await price(say, "cy") == shown["a"]  # who had the plan before is in no test
    noted = await app.store.read(experiments.exposed, one.id)
    assert {(member, arm) for member, arm, _ in noted} == {(people[user], one.arm(people[user])) for user in others}
    assert {at for *_, at in noted} == {START}

    dear = next(user for user in others if one.arm(people[user]) == "b")
    cheap = next(user for user in others if one.arm(people[user]) == "a")
    clock.advance(days=3)
    await say(dear, "subscribe", plan="pro", by="usd")
    assert bank.orders[-1].price == Price(amount=1200, currency="usd")
    assert await app.store.read(experiments.exposed, one.id) == noted  # a second look is no second exposure

    ended = await creator(say, "experiment stop", take="b")
    assert "over; b is for everybody" in ended.text
    assert (await app.rules_of(1)).plans == (replace(PRO, prices={"usd": 1200, "cny": 6800}),)
    assert [await price(say, user) for user in (cheap, dear, "newcomer")] == [shown["b"]] * 3


async def test_when_a_price_test_is_over_only_who_bought_keeps_its_price(
    app: App, say: Say, bank: Bank, pay: Pay, clock: Clock
) -> None:
    await creator(say, "experiment create", name="dearer", what="price", about="pro", a="12 USD")
    await creator(say, "experiment create", name="longer", what="trial", about="pro", a="14")
    (longer, one), people = await app.store.read(experiments.of_community, 1), await crowd(app)
    others = PEOPLE[1:]
    dear = [user for user in others if (one.arm(people[user]), longer.arm(people[user])) == ("b", "b")]
    for user in others:
        await say(user, "plans")
    await say(dear[0], "subscribe", plan="pro", by="usd")
    assert (bank.orders[-1].price, bank.orders[-1].trial_days) == (Price(amount=1200, currency="usd"), 14)
    await pay()
    clock.advance(days=1)
    for number in (one.id, longer.id):
        await creator(say, "experiment stop", number=number)
    normal = ["Pro circle", "$9.99 / CN¥68.00 a month", "7 days free to try"]
    for user in dear[1:]:
        (field,) = (await say(user, "plans")).fields
        assert [field.name, *field.value.splitlines()] == normal
    await say(dear[1], "subscribe", plan="pro", by="usd")
    assert (bank.orders[-1].price, bank.orders[-1].trial_days) == (Price(amount=999, currency="usd"), 7)
    (bought,) = (await profile(app, dear[0])).state.membership.subscriptions
    assert bought.price == Price(amount=1200, currency="usd")
    assert "$12.00 a month" in (await say(dear[0], "status")).text + str((await say(dear[0], "status")).fields)


async def test_only_who_reads_a_price_is_in_the_test_of_it(app: App, say: Say, bank: Bank, pay: Pay) -> None:
    await creator(say, "plan create", plan="basic", title="Basic", prices="3 USD")
    await creator(say, "experiment create", name="dearer", what="price", about="pro", a="12 USD")
    one, people = await only(app), await crowd(app)
    await creator(say, "publish", title="Rust", kind="article", text="All of it", plan="pro")
    assert "This is opened by Pro circle" in (await say("bo", "study open", item=1)).text
    assert labels(await say("bo", "gift")) == ["Give Pro circle", "Give Basic"]
    await say("bo", "subscribe", plan="basic", by="usd")
    await pay()
    await say("bo", "change", to="nothing")
    assert await app.store.read(experiments.exposed, one.id) == []  # none of these says what pro costs
    asked = await say("bo", "change", to="pro")
    assert {"a": "$9.99 a month", "b": "$12.00 a month"}[one.arm(people["bo"])] in asked.text
    assert await app.store.read(experiments.exposed, one.id) == [(people["bo"], one.arm(people["bo"]), START)]


async def test_a_trial_is_tested_where_it_is_offered(app: App, say: Say, bank: Bank) -> None:
    await creator(say, "experiment create", name="longer", what="trial", about="pro", a="7", b="14")
    one, people = await only(app), await crowd(app)
    user = next(user for user in PEOPLE if one.arm(people[user]) == "b")
    assert "14 days free to try" in (await say(user, "plans")).fields[0].value
    await say(user, "subscribe", plan="pro", by="usd")
    assert bank.orders[-1].trial_days == 14
    assert [member for member, *_ in await app.store.read(experiments.exposed, one.id)] == [people[user]]


async def test_who_has_no_trial_left_is_in_no_test_of_one(
    app: App, say: Say, bank: Bank, clock: Clock, desk: Desk
) -> None:
    await creator(say, "plan create", plan="basic", title="Basic", prices="3 USD", trial=7)
    await creator(say, "experiment create", name="longer", what="trial", about="pro", a="7", b="14")
    await say("bo", "subscribe", plan="basic", by="usd")
    await desk.till.take([bank.paid(bank.orders[-1], clock(), until=clock() + 7 * DAY)])
    (pro, _) = (await say("bo", "plans")).fields
    assert pro.value == "$9.99 / CN¥68.00 a month"
    assert await app.store.read(experiments.exposed, (await only(app)).id) == []


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"what": "price", "about": "pro", "a": "9 USD", "adaptive": True}, "Only a wording may shift"),
        ({"what": "price", "about": "gold", "a": "9 USD"}, "There is no plan called gold"),
        ({"what": "price", "about": "pro", "a": "9 USD", "b": "9 USD"}, "Two arms are the same"),
        ({"what": "price", "about": "pro"}, "Say what is compared"),
        ({"what": "trial", "about": "pro", "a": "soon"}, "A trial has 0 to 365 days"),
        ({"what": "wording", "about": "hello"}, "There is no nudge called hello"),
        ({"what": "wording", "about": "at_risk", "a": "place", "b": "loud"}, "The wordings of at_risk are: place, ask"),
        ({"what": "offer", "about": "at_risk", "a": "X", "b": "Y"}, "stands in the nudge win_back_offer only"),
        ({"what": "offer", "about": "win_back_offer", "a": "SPRING", "b": "NONE"}, "There is no coupon"),
    ],
)
async def test_what_can_not_be_tested_is_refused_and_nothing_begins(
    app: App, say: Say, options: dict[str, object], why: str
) -> None:
    reply = await creator(say, "experiment create", name="test", **options)
    assert (reply.error, why in reply.text) == (True, True), reply.text
    assert await app.store.read(experiments.of_community, 1) == []


async def test_one_thing_is_in_one_test_at_a_time(app: App, say: Say) -> None:
    asked = {"what": "price", "about": "pro", "a": "12 USD"}
    await creator(say, "experiment create", name="one", **asked)
    for name, why in (("ONE", "A test called one runs already"), ("two", "one tests the same already")):
        assert why in (await creator(say, "experiment create", name=name, **asked)).text
    assert len(await app.store.read(experiments.of_community, 1)) == 1


async def test_the_welcome_is_in_one_test_of_its_words_at_a_time(app: App, say: Say) -> None:
    own = {"name": "own", "what": "welcome", "a": "Come in!"}
    wording = {"name": "wording", "what": "wording", "about": "welcome"}
    for first, second in ((wording, own), (own, wording)):
        assert (await creator(say, "experiment create", **first)).error is False
        both = await creator(say, "experiment create", **second)
        assert both.error is True
        assert both.text.startswith(f"{first['name']} tests other words of the same nudge: nobody can be in both.")
        assert (
            await creator(say, "experiment stop", name=first["name"], take="b" if first is own else "")
        ).error is False
    settled = await creator(say, "experiment create", **wording)
    assert (settled.error, settled.text.startswith("The words of own are everybody's welcome.")) == (True, True)
    assert len(await app.store.read(experiments.of_community, 1)) == 2
    assert (await creator(say, "experiment create", **own)).error is False
    assert (await creator(say, "experiment stop", name="own", take="a")).error is False
    assert (await creator(say, "experiment create", **wording)).error is False


# ---------------------------------------------------------------------- what it says


async def test_says_not_enough_data_yet_until_there_is(app: App, say: Say, clock: Clock) -> None:
    nothing = await creator(say, "experiment list")
    assert nothing.text.startswith("Nothing is tested yet")
    await creator(
        say, "experiment create", name="dearer", what="price", about="pro", a="12 USD", outcome="paid", size=200
    )
    people = await crowd(app)
    for user in PEOPLE:
        await say(user, "plans")
    clock.advance(days=30)
    reply = await creator(say, "experiment status")
    assert reply.text.splitlines() == [
        "not enough data yet: 24 of 200 members",
        "The price of a plan (pro); running since Nov 21, 2026. Looked at: paid, 28 days after.",
        f"The split is as drawn (p = {_p(reply):.2f}).",
    ]
    assert reply.table is not None
    arm = (await only(app)).arm
    sizes = [sum(arm(member) == name for member in people.values()) for name in "ab"]
    assert [row[:3] for row in reply.table.rows] == [
        (n, f"{k} of {k}", "0.0%") for n, k in zip("ab", sizes, strict=True)
    ]
    listed = await creator(say, "experiment list")
    assert [(one.name, one.value.splitlines()[0]) for one in listed.fields] == [
        ("dearer · The price of a plan (pro)", "not enough data yet: 24 of 200 members")
    ]
    assert (await press(say, "ann", listed, "dearer")).text == "/experiment status is for the creator only."
    await say("late", "plans")
    over = await creator(say, "experiment stop")
    clock.advance(days=30)  # whoever came late has had the usual price most of their days
    for said in (over, await creator(say, "experiment status")):
        assert said.text.splitlines()[0] == "not enough data yet: 24 of 200 members"
    assert (await creator(say, "experiment stop")).text == "dearer is over already."
    assert (await price(say, "fresh")).startswith("$9.99")


def _p(reply: Reply) -> float:
    return float(reply.text.rsplit("= ", 1)[1].rstrip(")."))


async def test_refunds_and_complaints_stop_a_test(app: App, say: Say, clock: Clock) -> None:
    await creator(say, "experiment create", name="dearer", what="price", about="pro", a="12 USD")
    one, people = await only(app), await crowd(app)
    for user in PEOPLE:
        await say(user, "plans")
    dear = [member for member in people.values() if one.arm(member) == "b"]
    clock.advance(days=2)
    assert await watch(app, clock()) == 0
    for member in dear[:6]:
        back = Payment(
            id=f"r{member}", kind="refund", subscription="s", plan="pro", price=Price(amount=1, currency="usd")
        )
        await app.submit([PaymentReturned(key=f"r{member}", at=clock(), who=member_account(1, member), payment=back)])
    await creator(say, "setup staff", channel="staff")
    assert await watch(app, clock()) == 0  # six of six may still be chance
    clock.advance(days=1)
    await app.submit([Complained(key=f"c{one}", at=clock(), who=member_account(1, one)) for one in dear[6:10]])
    assert await watch(app, clock()) == 1
    assert (await only(app)).why == "harm:b"
    assert ("staff_harm", {"name": "dearer", "arm": "b"}) in await alerts(app)
    assert "stopped: b did harm" in (await creator(say, "experiment status")).text
    assert await watch(app, clock()) == 0


# ---------------------------------------------------------------------- words of nudges


async def test_the_wording_of_a_nudge_follows_the_arm_and_the_hold_out_gets_nothing(
    app: App, say: Say, clock: Clock
) -> None:
    port = FakePort("playground")
    app.join(port)
    assert (await creator(say, "experiment create", name="risk", what="wording", about="at_risk")).error is False
    one, people = await only(app), await crowd(app)
    clock.advance(days=12)
    await app.store.write(nudges.put, [_at_risk(member, clock) for member in people.values()])
    await send_nudges(app, clock())
    rows = await app.store.read(_rows)
    assert {row.member_id for row in rows} == set(people.values())
    sent = [row for row in rows if row.arm == "sent"]
    held = [row.member_id for row in rows if row.arm == "held"]
    assert len(sent) + len(held) == len(rows)
    assert {row.member_id: row.variant for row in sent} == {row.member_id: one.arm(row.member_id) for row in sent}
    assert {row.variant for row in sent} == {"place", "ask"}
    tasks = await app.store.write(outbox.claim, clock(), ["playground"], 999, DAY)
    written = {task.member for task in tasks}
    assert written.isdisjoint(held)
    assert {row.member_id for row in sent} <= written

    await creator(say, "experiment stop", take="ask")
    clock.advance(days=1)
    told = await app.store.read(watching.of_experiment, await only(app), app.rules, clock())
    assert [arm.assigned for arm in told.judgement.arms] == [
        sum(row.variant == name for row in sent) for name in ("place", "ask")
    ]
    app.ports.clear()


def _at_risk(member: int, clock: Clock) -> tuple[int, int, str, str, datetime, datetime, dict[str, int | str]]:
    about = f"{START:%Y-%m-%d}"
    return (1, member, "at_risk", about, clock(), clock() + DAY, {})


def _rows(connection: Connection) -> Sequence[Any]:
    return connection.execute(NUDGES.select().order_by(NUDGES.c.id)).all()


# ---------------------------------------------------------------------- uplift


def told(connection: Connection, decided: Sequence[tuple[int, str, datetime]], nudge: str = "at_risk") -> None:
    """Nudges that were decided upon: (member, sent or held, when)."""
    for number, (member, arm, at) in enumerate(decided):
        texts = {"nudge": nudge, "about": str(number), "state": arm, "why": "", "arm": arm, "variant": "ask"}
        times = {"due_at": at, "until": at, "decided_at": at}
        rest = {"surface": "", "tries": 0, "begun": False, "data": "{}"}
        row = {"community_id": 1, "member_id": member, **texts, **times, **rest}
        connection.execute(insert(NUDGES).values(row))


def active(connection: Connection, days: Sequence[tuple[int, datetime]]) -> None:
    rows = [{"community_id": 1, "member_id": one, "day": at.toordinal(), "points": 0, "quality": 0} for one, at in days]
    connection.execute(insert(DAYS).values(data="{}"), rows)


async def test_the_uplift_panel_says_how_much_is_known_yet(app: App, say: Say, clock: Clock) -> None:
    clock.advance(days=20)
    empty = await creator(say, "uplift")
    assert empty.text == "No nudge was decided upon yet. Of each kind 10 % of the members get none, to compare."
    sent = [(member, "sent", START) for member in range(1_000, 1_090) if not _held(member)]
    held = [(member, "held", START) for member in range(1_000, 1_400) if _held(member)][:9]
    await app.store.write(told, [*sent, *held])
    await app.store.write(active, [(member, START + 3 * DAY) for member, *_ in sent[:30]])
    reply = await creator(say, "uplift")  # of a few it is worked out anew each time
    (field,) = reply.fields
    assert field.name == "A check-in with who fell silent"
    verdict, shares = field.value.splitlines()
    assert verdict.startswith(f"not enough data yet: {len(sent) + 9} of ")
    share = f"{30 / len(sent):.1%} of {len(sent)} who got it"
    assert shares == f"active again in 14 days: {share}, 0.0% of 9 who got none"
    assert "10 % of the members get none" in reply.text


async def test_the_panel_reads_what_it_needs_of_all_kinds_at_once(app: App, say: Say, clock: Clock) -> None:
    asked: list[str] = []

    def hear(*about: Any) -> None:
        asked.append(about[2])

    found: list[tuple[int, int]] = []
    for kinds in (["at_risk"], ["welcome", "digest", "anniversary"]):
        for kind in kinds:
            await app.store.write(told, [(member, "sent", START) for member in range(1_000, 1_010)], kind)
        asked.clear()
        event.listen(app.store.engine, "before_cursor_execute", hear)
        assert len(await app.store.read(uplift.holdouts, 1, app.rules, clock())) == len(found) * 3 + 1
        event.remove(app.store.engine, "before_cursor_execute", hear)
        found.append((sum("FROM nudges" in one for one in asked), sum("FROM days" in one for one in asked)))
    assert found == [(1, 1), (1, 1)]


def _held(member: int) -> bool:
    return holdout("nudge:1:at_risk", member, 0.1)


async def test_uplift_is_found_with_its_interval_and_a_broken_split_is_said(app: App, say: Say, clock: Clock) -> None:
    members_ = range(1_000, 5_000)
    decided = [(member, "held" if _held(member) else "sent", START + (member % 20) * DAY) for member in members_]
    await app.store.write(told, decided)
    back = [(member, at + 2 * DAY) for member, arm, at in decided if member % (2 if arm == "sent" else 4) == 0]
    await app.store.write(active, back)
    clock.advance(days=60)
    reply = await creator(say, "uplift")
    assert reply.fields[0].value.startswith("it works: +")
    shifted = [(member + 10_000, "sent", START) for member in range(1_000, 1_600)]
    await app.store.write(told, shifted, "welcome")
    clock.advance(minutes=59)
    again = await creator(say, "uplift")
    assert (again.fields, again.text) == (reply.fields, f"{reply.text} Worked out at Jan 20, 2027, 12:00 UTC.")
    clock.advance(minutes=1)
    broken = await creator(say, "uplift")
    (field,) = [one for one in broken.fields if one.name == "Welcome"]
    verdict = "something is wrong with the split: the arms are not as large as they should be"
    assert field.value.splitlines()[0] == verdict


async def test_whoever_gets_no_nudge_at_all_is_compared_with_all_others(app: App, say: Say, clock: Clock) -> None:
    everybody = range(1_000, 2_000)
    before = [(member, "sent", START - DAY) for member in range(2_000, 2_100)]
    await app.store.write(told, before, "welcome")
    await app.amend_rules(1, {"nudges": {"universal": 0.2}}, what="some get none", by="1")
    none = {member for member in everybody if holdout("nudges:1", member, 0.2)}
    decided = [(member, "held" if member in none or _held(member) else "sent", START) for member in everybody]
    await app.store.write(told, decided)
    clock.advance(days=40)
    reply = await creator(say, "uplift")
    together, at_risk, _ = reply.fields
    assert together.name == "All nudges together"
    assert f"0.0% of {1000 - len(none)} who got it, 0.0% of {len(none)} who got none" in together.value
    assert at_risk.name == "A check-in with who fell silent"
    held = sum(_held(member) for member in everybody if member not in none)
    assert f"0.0% of {1000 - len(none) - held} who got it, 0.0% of {held} who got none" in at_risk.value
    assert at_risk.value.startswith("not enough data yet")


async def test_who_becomes_one_member_keeps_the_arm_seen_first(app: App, say: Say, clock: Clock) -> None:
    await creator(say, "experiment create", name="dearer", what="price", about="pro", a="12 USD")
    one, people = await only(app), await crowd(app)
    first = next(user for user in PEOPLE[4:] if one.arm(people[user]) == "b")
    second = next(user for user in PEOPLE[4:] if one.arm(people[user]) == "a")
    await say(first, "plans")
    clock.advance(days=1)
    await say(second, "plans")
    await app.rework(merge.merge, people[second], people[first], app.rules, clock())
    assert await app.store.read(experiments.exposed, one.id) == [(people[second], "b", START)]
    assert (await price(say, second)).startswith("$12.00")


async def test_an_adaptive_wording_is_reported_from_who_was_drawn_evenly(app: App, say: Say, clock: Clock) -> None:
    await creator(say, "experiment create", name="risk", what="wording", about="at_risk", adaptive=True, size=100)
    one = await only(app)
    ran = range(1_000, 1_400)
    best = "ask"
    await app.store.write(told, [(member, "sent", clock() + DAY) for member in ran])
    clock.advance(days=20)
    found = await app.store.read(watching.of_experiment, one, app.rules, clock())
    even = [member for member in ran if thompson.evenly(one.salt, member, 2)]
    assert len(even) == pytest.approx(40, abs=15)
    assert [arm.assigned for arm in found.judgement.arms] == [0, len(even)]  # all had the one wording: a broken split
    assert found.judgement.kind == "fault"
    await app.store.write(active, [(member, START + 3 * DAY) for member in ran if member % 2])
    known = {"place": (0, 0), best: (200, 400)}
    assert await app.store.read(watching.results, one, app.rules, clock()) == known
    assert await watch(app, clock()) == 0
    assert (await only(app)).terms.results == known
    assert await app.store.read(watching.watch, 1, app.rules, clock()) == []  # nothing new to write down
    arms = await app.store.read(lambda c: [_wording(c, member, clock()) for member in ran])
    assert arms == [thompson.choose(one.salt, member, known)[0] for member in ran]
    assert set(arms) == {"place", best}
    text = (await creator(say, "experiment status")).text
    assert "It shifts to what works; this is of those who were drawn evenly." in text


def _wording(connection: Connection, member: int, now: datetime) -> str:
    row = Row(id=1, community=1, member=member, nudge="at_risk", about="", due_at=now, until=now)
    return next(iter(Trials(connection).weights(row) or {}), "")


async def test_words_of_welcome_are_the_creators_in_their_arm(app: App, say: Say, clock: Clock) -> None:
    port = FakePort("playground")
    app.join(port)
    reply = await creator(say, "experiment create", name="hello", what="welcome", a="Come in, {member}!")
    assert [(one.name, one.value) for one in reply.fields] == [("a", "as usual"), ("b", "Come in, {member}!")]
    one = await only(app)
    await app.submit([MemberJoined(key=f"j{n}", at=clock(), who=account(f"new{n}")) for n in range(20)])
    await plan_nudges(app, clock())
    clock.advance(hours=1)
    await send_nudges(app, clock())
    tasks = await app.store.write(outbox.claim, clock(), ["playground"], 999, DAY)
    said = {
        task.member: nudged(task.effect, task.member_name, tongue("en")).text
        for task in tasks
        if isinstance(task.effect, Nudge)
    }
    assert {one.arm(member) for member in said} == {"a", "b"}
    for member, text in said.items():
        assert text.startswith("Come in, ") is (one.arm(member) == "b"), text
    app.ports.clear()


async def test_coupons_are_tested_in_the_win_back(app: App, say: Say, desk: Desk) -> None:
    for code in ("SPRING", "SUMMER"):
        await app.store.write(put_coupon, 1, Coupon(code=code, percent=20))
    reply = await creator(
        say, "experiment create", name="offer", what="offer", about="win_back_offer", a="spring", b="summer"
    )
    assert [(one.name, one.value) for one in reply.fields] == [("a", "SPRING"), ("b", "SUMMER")]
    assert (await creator(say, "experiment stop", take="b")).error is False
    assert (await app.rules_of(1)).nudges.offer == "SUMMER"
