"""Nudges from the members' own log to the platform and back, on both databases: gathered, sent, refused, stopped."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.app import App
from bot.batch import Parcel
from bot.delivery import Delivery, GiveUp, TryAgain
from bot.effects import Nudge
from bot.engine.nudges.decision import Verdict
from bot.engine.nudges.ladder import Surface
from bot.engine.nudges.person import Contacted, Person, Progress, Reach
from bot.engine.rules import NudgeRules, Plan, Rules
from bot.events import (
    Account,
    AnswerAccepted,
    Author,
    ContentFinished,
    Event,
    MemberJoined,
    MessageDeleted,
    MessagePosted,
    PaymentReceived,
    SubscriptionChanged,
    person,
    reaction,
)
from bot.jobs import follow, plan_nudges, send_nudges
from bot.sales import Payment, Price, Subscription
from bot.storage import addressees, coupons, exposures, ledger, library, members, merge, nudges, nudging, privacy
from bot.storage import heeded as unheeded
from bot.storage.coupons import Coupon
from bot.storage.library import Content
from bot.storage.outbox import Task
from bot.storage.store import Connection, Store
from bot.text import features
from bot.words import replace
from tests.conftest import START, Clock
from tests.generous import generous

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ONCE = pytest.mark.one_database
"""For what is about platforms and not about SQL."""
QUESTION = features("how does one begin here?")


def account(user: str, platform: str = "discord") -> Account:
    return Account(platform=platform, space="s", user=user, name=user.title(), space_name="Circle")


ANN, BO = account("ann"), account("bo")


@pytest.fixture
def rules(shipped: Rules) -> Rules:
    """Nobody is held back; gold is sold; a coupon brings people back."""
    plan = Plan(name="gold", title="Gold", prices={"usd": 900})
    found = generous(shipped)
    return replace(found, plans=(plan,), nudges=NudgeRules(holdout=0, quiet_days=4, offer="back20"))


@pytest.fixture
def town(store: Store, rules: Rules, clock: Clock) -> App:
    """An application that is called directly, in this thread."""
    return App(store, rules, clock=clock)


def hear(town: App, *events: Event) -> None:
    town.handle([Parcel(events=events)])


def wrote(who: Account, number: int, at: datetime = START, **more: Any) -> MessagePosted:
    key = f"{who.platform}:message:{number}"
    return MessagePosted(key=key, at=at, who=who, channel="30", text=QUESTION, **more)


def number(town: App, who: Account = ANN) -> int:
    (seat,) = town.store.transact(ledger.seats, [who]).values()
    return seat.member


def seen(town: App, who: Account = ANN) -> Person:
    """A member as the triggers see them."""
    mine = number(town, who)
    return town.store.look(addressees.gather, [mine], lambda _: town.rules, town.clock(), closely=True)[mine]


def bought(who: Account, at: datetime, **changed: Any) -> tuple[Event, ...]:
    truth = Subscription(
        id=f"sandbox:{who.user}", plan="gold", status="active", since=at, as_of=at, until=at + 30 * DAY, renews=True,
        months=1,
    )  # fmt: skip
    now = replace(truth, **changed)
    paid = Payment(
        id=f"p:{who.user}", kind="charge", subscription=now.id, plan="gold", price=Price(amount=9, currency="usd")
    )
    key = f"{now.id}:{now.status}"
    return (
        SubscriptionChanged(key=key, at=now.as_of, who=who, subscription=now),
        PaymentReceived(key=f"{paid.id}:key", at=at, who=who, payment=paid),
    )


# ---------------------------------------------------------------------- what is gathered


def test_a_newcomers_message_that_nobody_heeded_is_seen(town: App) -> None:
    hear(town, MemberJoined(key="j", at=START, who=ANN), wrote(ANN, 1))
    found = seen(town).question
    assert found is not None
    assert (found.key, found.channel, found.space, found.user) == ("discord:message:1", "30", "s", "ann")


@pytest.mark.parametrize(
    "heeded",
    [
        (wrote(BO, 2, START + DAY, reply_to="discord:message:1"),),
        (wrote(BO, 2, START + HOUR),),
        reaction(giver=BO, of="discord:message:1", emoji="👍", at=START, given=True, author="ann"),
        (MessageDeleted(key="d", at=START, who=Author(of="discord:message:1"), of="discord:message:1"),),
        tuple(wrote(ANN, n) for n in range(3, 14)),
    ],
    ids=["replied to", "others wrote there", "reacted to", "deleted", "no newcomer any more"],
)
def test_what_was_heeded_is_no_unanswered_message(town: App, heeded: Sequence[Event]) -> None:
    hear(town, MemberJoined(key="j", at=START, who=ANN), wrote(ANN, 1))
    while (found := town.store.look(unheeded.go_on, START)) is not None:
        town.store.transact(unheeded.keep, found)
    assert seen(town).question is not None
    hear(town, *heeded)
    assert seen(town).question is None
    while (found := town.store.look(unheeded.go_on, START)) is not None:
        town.store.transact(unheeded.keep, found)
    assert seen(town).question is None
    assert number(town) not in town.store.look(lambda c: c.scalars(select(unheeded.UNHEEDED.c.member_id)).all())


@ONCE
async def test_the_log_is_followed_a_few_lines_at_a_time_and_each_line_once(
    town: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks reads no more than that: where more waits, nobody is said to be unanswered."""
    monkeypatch.setattr(unheeded, "AT_ONCE", 4)
    monkeypatch.setattr(unheeded, "AGAIN", 1)
    hear(town, MemberJoined(key="j", at=START, who=ANN), wrote(ANN, 1))
    hear(town, *[wrote(BO, n, START + 7 * HOUR) for n in range(2, 13)])
    clock.now = START + 8 * HOUR
    assert seen(town).question is None
    read: list[int] = []
    said = unheeded._said

    def counting(connection: Connection, since: int, to: int) -> Any:
        found = said(connection, since, to)
        read.append(len(found))
        return found

    monkeypatch.setattr(unheeded, "_said", counting)
    await follow(town, clock())
    assert read == [3, 5, 5, 2]  # a joining and 12 posts: at most four that are new, and one again
    assert seen(town).question is not None
    assert read[4:] == [1]
    await follow(town, clock())
    assert len(read) == 5  # nothing came


@ONCE
def test_what_was_followed_meanwhile_is_not_followed_back(town: App) -> None:
    hear(town, MemberJoined(key="j", at=START, who=ANN), wrote(ANN, 1))
    late = town.store.look(unheeded.go_on, START)
    hear(town, wrote(BO, 2, START + HOUR))
    soon = town.store.look(unheeded.go_on, START)
    assert late is not None
    assert soon is not None
    for found in (soon, late):
        town.store.transact(unheeded.keep, found)
    assert seen(town).question is None
    assert town.store.look(unheeded.go_on, START) is None


def test_where_somebody_wrote_last_is_known_though_much_came_after(town: App) -> None:
    hear(town, wrote(ANN, 1), wrote(ANN, 2, START + HOUR), MemberJoined(key="j", at=START + DAY, who=ANN))
    spoke = seen(town).spoke
    assert spoke is not None
    assert (spoke.key, spoke.at) == ("discord:message:2", START + HOUR)


def test_progress_in_courses_is_counted_by_their_parts(town: App) -> None:
    hear(town, wrote(ANN, 1))
    community = seen(town).community
    course = town.store.transact(
        library.put, community, Content(name="rust", kind="course", title="Rust", published_at=START)
    )
    parts = [
        town.store.transact(
            library.put,
            community,
            Content(name=f"l{n}", kind="lesson", title="L", published_at=START, course=course.id, position=n),
        )
        for n in range(3)
    ]
    for n, part in enumerate(parts[:2]):
        hear(town, ContentFinished(key=f"f{n}", at=START + n * HOUR, who=ANN, item=str(part.id)))
    assert seen(town).courses == (Progress(id=course.id, title="Rust", done=2, of=3, last_at=START + HOUR),)


def test_the_first_accepted_answer_and_the_last_payment_are_dated(town: App, clock: Clock) -> None:
    hear(town, wrote(ANN, 1), *bought(ANN, START))
    for n in (3, 2):
        accepted = AnswerAccepted(
            key=f"a{n}", at=START + n * HOUR, who=Author(of="discord:message:1"), of=f"m{n}", by=person("discord", "bo")
        )
        hear(town, accepted)
    found = seen(town)
    assert (found.answered_at, found.paid_at) == (START + 2 * HOUR, START)


def test_a_receipt_counts_the_month_before_the_charge(town: App, clock: Clock) -> None:
    hear(town, *bought(ANN, START), wrote(ANN, 1), wrote(ANN, 2, START + DAY), wrote(ANN, 3, START + 2 * DAY))
    clock.now = START + 21 * DAY
    assert seen(town).got == {}
    clock.now = START + 23 * DAY
    assert seen(town).got == {"days": 3, "messages": 3}


def test_an_offer_is_for_whoever_lapsed_and_has_not_used_it(town: App, clock: Clock) -> None:
    hear(town, wrote(ANN, 1), wrote(BO, 2), *bought(ANN, START))
    community = seen(town).community
    town.store.transact(coupons.put, community, Coupon(code="BACK20", percent=20))
    clock.now = START + 20 * DAY
    assert seen(town).offer == ""
    hear(town, *bought(ANN, START, status="ended", renews=False, as_of=clock())[:1])
    assert (seen(town).offer, seen(town, BO).offer) == ("BACK20", "")
    town.store.transact(coupons.put, community, Coupon(code="BACK20", percent=20, archived=True))
    assert seen(town).offer == ""


# ---------------------------------------------------------------------- from the row to the platform


class Platform:
    """A platform that does what it is told to, and keeps what it took."""

    def __init__(self, name: str) -> None:
        self.platform = name
        self.taken: list[Task] = []
        self.does: Callable[[Task], Exception | None] = lambda _: None

    async def perform(self, task: Task) -> None:
        error = self.does(task)
        if error is not None:
            raise error
        self.taken.append(task)


@pytest.fixture
def discord() -> Platform:
    return Platform("discord")


@pytest.fixture
def post(town: App, discord: Platform, clock: Clock) -> Delivery:
    town.ports = {"discord": discord}  # type: ignore[dict-item]
    return Delivery(town.store, town.ports, clock, lambda: town.rules)


async def silent(town: App, clock: Clock) -> int:
    """Ann wrote and fell silent; the row of what she is to be asked, which waits in the outbox."""
    hear(town, wrote(ANN, 1))
    clock.advance(days=4)
    await plan_nudges(town, clock())
    assert await send_nudges(town, clock()) == 1
    return 1


def states(town: App) -> list[tuple[str, str, str]]:
    """(state, why, surface) of all rows."""
    found = town.store.look(nudges.counts, seen(town).community, START - DAY)
    return [(one.state, one.why, str(one.count)) for one in found]


@ONCE
async def test_what_a_private_thread_refuses_goes_to_a_message_of_its_own(
    town: App, post: Delivery, discord: Platform, clock: Clock
) -> None:
    await silent(town, clock)
    discord.does = lambda task: GiveUp("no right", closed=True) if task.target.startswith("thread:") else None
    await post.deliver(clock())
    assert discord.taken == []
    assert seen(town).dead == {"discord:ann:thread:s"}
    assert await send_nudges(town, clock()) == 1
    await post.deliver(clock())
    assert [(task.target, task.effect.notice) for task in discord.taken] == [("private", "at_risk")]  # type: ignore[union-attr]
    assert seen(town).contacts == (Contacted(nudge="at_risk", at=clock(), row=1),)
    assert states(town) == [("sent", "", "1")]


@ONCE
async def test_a_member_who_takes_nothing_is_not_tried_again_until_they_write_to_us(
    town: App, post: Delivery, discord: Platform, clock: Clock
) -> None:
    await silent(town, clock)
    discord.does = lambda _: GiveUp("closed", closed=True)
    for _ in range(3):
        await post.deliver(clock())
        await send_nudges(town, clock())
    assert states(town) == [("dropped", "nowhere", "1")]
    assert seen(town).dead == {"discord:ann:thread:s", "discord:ann:dm"}
    town.store.transact(members.private_chat, "discord", "ann", clock.advance(minutes=1))
    assert seen(town).dead == {"discord:ann:thread:s"}
    clock.advance(days=31)
    assert seen(town).dead == set()


@ONCE
async def test_a_refusal_that_says_nothing_of_the_place_ends_the_nudge(
    town: App, post: Delivery, discord: Platform, clock: Clock
) -> None:
    await silent(town, clock)
    discord.does = lambda _: GiveUp("something else")
    await post.deliver(clock())
    assert states(town) == [("dropped", "refused", "1")]
    assert (seen(town).dead, seen(town).contacts) == (frozenset(), ())
    sent_at = select(nudges.NUDGES.c.sent_at)
    assert town.store.look(lambda connection: connection.scalars(sent_at).all()) == [None]


@ONCE
async def test_too_fast_stops_all_nudges_of_the_platform_and_nothing_else(
    town: App, post: Delivery, discord: Platform, clock: Clock
) -> None:
    hear(town, wrote(BO, 2))
    hear(town, wrote(ANN, 1))
    clock.advance(days=4)
    await plan_nudges(town, clock())
    assert await send_nudges(town, clock()) == 2
    discord.does = lambda _: TryAgain("too fast", after=3600, too_fast=True)
    await post.deliver(clock())
    discord.does = lambda _: None
    assert town.store.look(nudges.stopped, clock()) == {"discord": clock() + HOUR}
    late = Delivery(town.store, town.ports, clock, lambda: town.rules)  # it outlasts a restart
    await late.deliver(clock.advance(minutes=59))
    await send_nudges(town, clock())
    assert discord.taken == []
    clock.advance(minutes=2)
    while await send_nudges(town, clock()) + await late.deliver(clock()):
        pass
    assert sorted(task.member_name for task in discord.taken) == ["Ann", "Bo"]


@ONCE
async def test_while_a_platform_is_stopped_the_hold_out_waits_as_well(town: App, post: Delivery, clock: Clock) -> None:
    hear(town, wrote(ANN, 1))
    town.rules = replace(town.rules, nudges=replace(town.rules.nudges, holdout=1.0))
    clock.advance(days=4)
    await plan_nudges(town, clock())
    town.store.transact(nudges.stop, "discord", clock() + HOUR)
    assert await send_nudges(town, clock()) == 1
    assert town.store.look(exposures.decided, seen(town).community) == []
    clock.advance(hours=2)
    assert await send_nudges(town, clock()) == 1
    assert town.store.look(exposures.decided, seen(town).community) == [(number(town), "held", clock())]


@ONCE
async def test_of_two_that_are_due_at_once_the_weightier_goes_and_the_other_waits(town: App, clock: Clock) -> None:
    town.ports = {"discord": Platform("discord")}  # type: ignore[dict-item]
    hear(town, wrote(ANN, 1))
    clock.advance(days=4)
    news = (seen(town).community, number(town), "campaign", "c", START, clock() + 3 * DAY, {"text": "News!"})
    town.store.transact(nudges.put, [news])  # type: ignore[list-item]
    await plan_nudges(town, clock())
    assert await send_nudges(town, clock()) == 2
    assert [(one.nudge, one.state, one.why) for one in town.store.look(nudges.counts, 1, START - DAY)] == [
        ("at_risk", "queued", ""),
        ("campaign", "due", "gap"),
    ]
    assert [row.due_at for row in town.store.look(nudges.waiting, 1, 9)] == [clock() + DAY]


@ONCE
async def test_while_one_is_under_way_no_other_is_sent(
    town: App, post: Delivery, discord: Platform, clock: Clock
) -> None:
    await silent(town, clock)
    discord.does = lambda _: TryAgain("down", after=2 * 24 * 3600)
    await post.deliver(clock())
    clock.advance(hours=30)
    news = (seen(town).community, number(town), "campaign", "c", START, clock() + 9 * DAY, {"text": "News!"})
    town.store.transact(nudges.put, [news])  # type: ignore[list-item]
    await send_nudges(town, clock())
    assert states(town) == [("queued", "", "1"), ("due", "gap", "1")]


@ONCE
async def test_of_two_who_become_one_while_both_are_written_to_one_message_arrives(
    town: App, post: Delivery, discord: Platform, clock: Clock
) -> None:
    for who, words in ((ANN, 1), (BO, 2)):
        hear(town, wrote(who, words, START + words * DAY))
    ann, bo = number(town), number(town, BO)
    for about, member in (("a", ann), ("b", bo)):
        news = (seen(town).community, member, "campaign", about, START, START + 9 * DAY, {"text": "News!"})
        town.store.transact(nudges.put, [news])  # type: ignore[list-item]
    assert await send_nudges(town, clock()) == 2
    town.store.transact(merge.merge, ann, bo, town.rules, clock())
    await post.deliver(clock())
    assert [task.member for task in discord.taken] == [ann]
    assert states(town) == [("due", "gap", "1"), ("sent", "", "1")]


@ONCE
async def test_what_is_not_so_any_more_when_its_turn_comes_is_not_said(
    town: App, post: Delivery, discord: Platform, clock: Clock
) -> None:
    await silent(town, clock)
    hear(town, wrote(ANN, 3, clock()))
    await post.deliver(clock())
    assert discord.taken == []
    assert states(town) == [("dropped", "untrue", "1")]


@ONCE
async def test_an_attempt_whose_end_nobody_knows_is_not_repeated(
    town: App, post: Delivery, discord: Platform, clock: Clock
) -> None:
    await silent(town, clock)
    discord.does = lambda _: RuntimeError("did it arrive?")
    await post.deliver(clock())
    discord.does = lambda _: None
    await post.deliver(clock.advance(minutes=10))
    assert discord.taken == []
    assert states(town) == [("sent", "uncertain", "1")]
    assert seen(town).contacts == (Contacted(nudge="at_risk", at=clock(), row=1),)


@ONCE
async def test_what_may_have_arrived_is_a_contact_though_its_time_is_over(
    town: App, post: Delivery, discord: Platform, clock: Clock
) -> None:
    await silent(town, clock)
    discord.does = lambda _: RuntimeError("did it arrive?")
    await post.deliver(clock())
    town.store.transact(nudges.expire, clock.advance(days=30))
    assert states(town) == [("sent", "uncertain", "1")]
    assert len(seen(town).contacts) == 1


@ONCE
async def test_what_waits_beyond_its_time_in_the_outbox_is_no_contact(town: App, post: Delivery, clock: Clock) -> None:
    await silent(town, clock)
    assert len(seen(town).contacts) == 1
    clock.advance(days=30)
    town.store.transact(nudges.expire, clock())
    assert seen(town).contacts == ()
    assert states(town) == [("dropped", "late", "1")]
    await post.deliver(clock())
    assert states(town) == [("dropped", "late", "1")]


class Filler:
    """Knows what to recommend to some."""

    async def fill(self, what: str, community: int, member: int, now: datetime) -> dict[str, int | str] | None:
        return {"title": "Rust", "reason": "Because.", "item": "7"} if what == "recommended" else None


@ONCE
async def test_what_must_be_filled_in_is_planned_only_if_somebody_does(
    town: App, post: Delivery, discord: Platform, clock: Clock
) -> None:
    clock.now = START + 4 * DAY  # a Wednesday
    hear(town, wrote(ANN, 1, clock() - 20 * DAY), wrote(ANN, 2, clock() - DAY))
    await plan_nudges(town, clock())
    assert states(town) == []
    town.contents = Filler()
    await plan_nudges(town, clock.advance(hours=6))
    await send_nudges(town, clock())
    await post.deliver(clock())
    assert [task.effect.values for task in discord.taken] == [  # type: ignore[union-attr]
        {"title": "Rust", "reason": "Because.", "item": "7"}
    ]


async def test_planning_again_plans_nothing_anew(town: App, clock: Clock) -> None:
    hear(town, wrote(ANN, 1))
    clock.advance(days=4)
    await plan_nudges(town, clock())
    rows = town.store.look(nudges.waiting, 1, 9)
    await plan_nudges(town, clock())
    assert len(rows) == 1
    assert town.store.look(nudges.waiting, 1, 9) == rows


@ONCE
async def test_only_platforms_that_are_connected_are_written_to(town: App, clock: Clock) -> None:
    hear(town, wrote(ANN, 1))
    clock.advance(days=4)
    await plan_nudges(town, clock())
    town.store.transact(nudging.send, town.rules, ("telegram",), clock())
    assert states(town) == [("dropped", "nowhere", "1")]


def test_of_two_who_become_one_what_was_sent_to_either_is_not_sent_again(town: App, clock: Clock) -> None:
    hear(town, wrote(ANN, 1), wrote(BO, 2))
    ann, bo, community = number(town), number(town, BO), seen(town).community
    row = (community, "at_risk", "2026-11-21", START, START + DAY)
    for member in (ann, bo):
        town.store.transact(nudges.put, [(row[0], member, *row[1:], {})])
    sent = town.store.look(nudges.waiting, community, 9)[1]
    town.store.transact(nudges.settle, [(sent, Verdict(state="queued", arm="sent"))], START)
    town.store.transact(nudges.reached, sent.id, START)
    town.store.transact(nudges.unite, ann, bo)
    assert states(town) == [("sent", "", "1")]


def test_of_two_who_become_one_all_that_reached_either_counts(town: App, clock: Clock) -> None:
    hear(town, wrote(ANN, 1), wrote(BO, 2))
    both, community = (number(town), number(town, BO)), seen(town).community
    for about in "xyz":
        for member in both:
            town.store.transact(nudges.put, [(community, member, "streak", about, START, START + DAY, {})])
    x1, x2, y1, y2, z1, z2 = rows = town.store.look(nudges.waiting, community, 9)
    for hours, row in enumerate(rows):
        verdict = Verdict(state="held", arm="held") if row in (z1, z2) else Verdict(state="queued", arm="sent")
        town.store.transact(nudges.settle, [(row, verdict)], START + hours * HOUR)
        if row in (x1, x2):
            town.store.transact(nudges.reached, row.id, START + hours * HOUR)
    assert all(town.store.transact(nudges.begin, row.id) for row in (y1, y2))  # either may have arrived
    town.store.transact(merge.merge, *both, town.rules, START + 6 * HOUR)
    clock.now = START + 7 * HOUR
    assert {(one.row, one.at) for one in seen(town).contacts} == {
        (x1.id, START),
        (x2.id, START + HOUR),
        (y1.id, clock()),
        (y2.id, clock()),
        (z1.id, START + 4 * HOUR),
        (z2.id, START + 5 * HOUR),
    }
    town.store.transact(nudges.expire, clock())
    assert states(town) == [("held", "", "2"), ("queued", "", "1"), ("sent", "", "2"), ("sent", "uncertain", "1")]


@ONCE
async def test_who_is_held_out_of_one_kind_gets_the_next_no_sooner_than_who_got_it(
    town: App, post: Delivery, discord: Platform, clock: Clock
) -> None:
    hear(town, wrote(ANN, 1), wrote(BO, 2))
    community = seen(town).community
    rows: list[nudges.Planned] = []
    for name, share in (("a", {ANN: "0", BO: "1"}), *((name, dict.fromkeys((ANN, BO), "0")) for name in "bcd")):
        for who in (ANN, BO):
            data: dict[str, int | str] = {"text": "News!", "holdout": share[who]}
            rows.append((community, number(town, who), "campaign", name, START, START + 30 * DAY, data))
    town.store.transact(nudges.put, rows)
    heard: dict[str, list[tuple[int, str]]] = {"Ann": [], "Bo": []}
    for hours in range(10 * 24):
        clock.now = START + hours * HOUR
        await send_nudges(town, clock())
        await post.deliver(clock())
        for task in discord.taken:
            assert isinstance(task.effect, Nudge)
            about = town.store.look(nudges.find, task.effect.row)
            heard[task.member_name].append((hours, about.about if about else ""))
        discord.taken.clear()
    assert heard == {"Ann": [(0, "a"), (24, "b"), (48, "c"), (168, "d")], "Bo": [(24, "b"), (48, "c"), (168, "d")]}


def test_what_was_written_to_somebody_goes_with_them(town: App, clock: Clock) -> None:
    hear(town, wrote(ANN, 1))
    ann, community = number(town), seen(town).community
    town.store.transact(nudges.put, [(community, ann, "at_risk", "x", START, START + DAY, {})])
    assert len(town.store.look(privacy.export, ann)["nudges"]["rows"]) == 1
    town.store.transact(privacy.erase, community, ann, START)
    assert town.store.look(nudges.waiting, community, 9) == []


def test_whoever_is_long_gone_is_not_looked_at_but_for_what_they_bought(town: App, clock: Clock) -> None:
    cy, dee = account("cy"), account("dee")
    hear(town, wrote(ANN, 1), wrote(BO, 2), *bought(BO, START), wrote(cy, 3, START + 10 * DAY))
    hear(town, MemberJoined(key="j", at=START, who=dee))
    clock.now = START + 125 * DAY
    looked = town.store.look(addressees.living, seen(town).community, 0, 9, clock())
    assert looked == [number(town, who) for who in (BO, cy, dee)]


def test_who_was_to_get_one_stays_in_the_comparison_since_the_first_time(town: App, clock: Clock) -> None:
    hear(town, wrote(ANN, 1))
    ann, community = number(town), seen(town).community
    due = START - 200 * DAY
    town.store.transact(nudges.put, [(community, ann, "at_risk", "x", due, due + DAY, {})])
    (row,) = town.store.look(nudges.waiting, community, 9)
    for state, arm, at in (("due", "sent", 0), ("held", "held", 1), ("dropped", "", 2)):  # the share was raised
        town.store.transact(nudges.settle, [(row, Verdict(state=state, arm=arm))], START + at * DAY)  # type: ignore[arg-type]
    assert town.store.transact(nudges.prune, START - 120 * DAY, START - 400 * DAY) == 0
    assert town.store.look(exposures.decided, community, "at_risk") == [(ann, "sent", START)]


def test_a_thread_in_one_server_is_none_for_another(town: App, clock: Clock) -> None:
    hear(town, wrote(ANN, 1))
    here, there = (
        Surface(kind="thread", reach=Reach(platform="discord", space=space, user="ann")) for space in ("s", "t")
    )
    ann, community = number(town), seen(town).community
    town.store.transact(nudges.open_at, community, ann, here, "77")
    assert [town.store.look(nudges.opened, one) for one in (here, there)] == ["77", ""]
    town.store.transact(nudges.bury, community, ann, there, "no right", START)
    assert seen(town).dead == {"discord:ann:thread:t"}
    assert town.store.look(nudges.opened, here) == "77"


def test_old_rows_go_and_those_that_were_dropped_go_first(town: App, clock: Clock) -> None:
    hear(town, wrote(ANN, 1))
    ann, community = number(town), seen(town).community
    for days in (401, 399, 121, 119):
        due = START - days * DAY
        town.store.transact(nudges.put, [(community, ann, "campaign", f"{days}", due, due + DAY, {})])
    for row in town.store.look(nudges.waiting, community, 9)[2:]:
        town.store.transact(nudges.settle, [(row, Verdict(state="dropped", why="late"))], START)
    assert town.store.transact(nudges.prune, START - 120 * DAY, START - 400 * DAY) == 2
    assert [(one.state, one.count) for one in town.store.look(nudges.counts, community, START - 500 * DAY)] == [
        ("dropped", 1),
        ("due", 1),
    ]
