"""/leaders, as a creator reads it: each view with its reasons, kept for an hour."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.app import App
from bot.cogs.leader_views import VIEWS
from bot.cogs.leaders import surveyed
from bot.commands import Rank
from bot.engine.centrality import Position
from bot.events import Event, MemberJoined, MemberLeft, MessagePosted, ReactionReceived, person
from bot.reply import Reply, code
from bot.storage import links, members, privacy
from bot.text import features
from tests.cogs.conftest import Say, account, labels, press
from tests.conftest import START, Clock

Leaders = Callable[..., Awaitable[Reply]]
PLATFORM = "playground"


def wrote(user: str, number: int, hour: float = 0, *, to: int | None = None, names: tuple[str, ...] = (),
          text: str = "as I said", channel: str = "c", topic: str = "") -> MessagePosted:  # fmt: skip
    return MessagePosted(
        key=f"playground:message:{number}", at=START + timedelta(hours=hour), who=account(user), channel=channel,
        topic=topic, text=features(text), reply_to="" if to is None else f"playground:message:{to}",
        mentions=tuple(person(PLATFORM, name) for name in names),
    )  # fmt: skip


def liked(giver: str, author: str, of: int, hour: float = 0) -> ReactionReceived:
    who, message = person(PLATFORM, giver), f"playground:message:{of}"
    return ReactionReceived(key=f"{message}:reaction:{who}:👍", at=START + timedelta(hours=hour), who=account(author),
                            of=message, emoji="👍", giver=who)  # fmt: skip


@pytest.fixture
def leaders(say: Say) -> Leaders:
    """Ask for a view as the creator."""

    async def call(what: str, **options: Any) -> Reply:
        return await say("ann", "leaders", rank=Rank.CREATOR, what=what, **options)

    return call


@pytest.fixture
def happened(app: App, clock: Clock) -> Callable[..., Awaitable[None]]:
    """It happened, and two days went by."""

    async def tell(*events: Event) -> None:
        await app.submit(events)
        clock.advance(days=2)

    return tell


Happened = Callable[..., Awaitable[None]]


def lines(reply: Reply) -> list[tuple[str, str]]:
    return [(field.name, field.value) for field in reply.fields]


CHAIN = (
    wrote("ann", 1, 0, text="How does one fold a crane?"),
    wrote("bo", 2, 1, to=1),
    wrote("cy", 3, 2, to=2),
    wrote("陈默", 4, 3, to=1),
)
"""Ann asks, Bo and 陈默 answer, Cy replies to Bo: Ann and Bo stand between others."""


async def test_who_connects_with_the_reason(happened: Happened, leaders: Leaders) -> None:
    await happened(*CHAIN)
    reply = await leaders("connectors")
    assert (reply.title, reply.private, reply.replaces) == ("Connectors of Reading circle", True, True)
    why = "67% of the shortest ways between two others lead through them · talks with 2 people"
    assert lines(reply) == [("1. Ann", why), ("2. Bo", why)]
    assert reply.text.splitlines() == [
        "Who connects people that do not talk to each other (betweenness in replies and mentions).",
        "Oct 24, 2026, 12:00 UTC – Nov 23, 2026, 12:00 UTC",
    ]


async def test_who_answers_is_followed_and_starts_conversations(happened: Happened, leaders: Leaders) -> None:
    await happened(*CHAIN, liked("cy", "ann", 1))
    why = "answered 1 question · helped 1 person"
    assert lines(await leaders("answerers")) == [("1. Bo", why), ("2. 陈默", why)]
    assert lines(await leaders("followed")) == [
        ("1. Ann", "3 people turned to them · 3 times in all"),
        ("2. Bo", "1 person turned to them · 1 time in all"),
    ]
    assert lines(await leaders("starters")) == [("1. Ann", "started 1 conversation · 2 people joined in")]


async def test_newcomers_and_questions_nobody_answered(app: App, happened: Happened, leaders: Leaders) -> None:
    channels = [("c", "general", "text")]
    await app.store.write(members.see_channels, PLATFORM, account("ann"), channels)
    await happened(wrote("new", 1, 3), wrote("bo", 2, 4, text="Anyone?"), wrote("ann", 3, 5, names=("bo",)),
                   wrote("ann", 4, 6, text="And this?"), liked("bo", "ann", 3, 7),
                   MemberLeft(key="left", at=START + timedelta(hours=9), who=account("new")))  # fmt: skip
    assert lines(await leaders("unanswered")) == [
        ("1 newcomer whom nobody answered", "New (left) · Nov 21, 2026, 15:00 UTC · #general · 1 message"),
        ("1 question open for more than a day", "Ann · Nov 21, 2026, 18:00 UTC · #general"),
    ]


async def test_groups_in_a_sentence(happened: Happened, leaders: Leaders) -> None:
    trio = ("ann", "bo", "cy")
    pairs = [(a, b) for a in trio for b in trio if a != b]
    await happened(*[wrote(a, n, n, names=(b,), channel="rust") for n, (a, b) in enumerate(pairs)])
    reply = await leaders("groups")
    assert lines(reply) == [
        ("3 people who mostly talk to each other, in #rust", "Ann, Bo, Cy · 100% of their talk is with each other"),
        ("3 people who all talk with each other, in #rust", "Ann, Bo, Cy · 6 replies and mentions"),
    ]


async def test_suspects_are_told_as_hints_with_their_numbers(happened: Happened, leaders: Leaders) -> None:
    others = [wrote(f"other{n % 12}", n, n / 9) for n in range(100)]
    own = [wrote(user, 200 + n, n) for n, user in enumerate(["bo", "cy"] * 10)]
    ring = [liked("cy" if n % 2 == 0 else "bo", "bo" if n % 2 == 0 else "cy", 200 + n, n) for n in range(20)]
    await happened(*others, *own, *ring)
    reply = await leaders("suspects")
    assert "They prove nothing, and nothing was done" in reply.text
    why = (
        "20 of the 20 reactions and thanks they gave stayed among them, and they got 20 in all · "
        "for 100% of each other's messages · "
        "0 replies and mentions with anybody else · by chance: less than once in a million"
    )
    assert lines(reply) == [("Give almost only to each other: Bo, Cy", why)]


async def test_an_account_that_lives_for_one_member_is_told_with_its_reasons(
    happened: Happened, leaders: Leaders
) -> None:
    def joined(user: str, days: float) -> MemberJoined:
        return MemberJoined(key=f"join:{user}", at=START - timedelta(days=days), who=account(user))

    came = [joined(f"other{n}", 10 + 5 * n) for n in range(12)] + [joined("bo", 5), joined("alt", 4.875)]
    others = [wrote(f"other{n % 12}", n, n / 9) for n in range(100)]
    own = [wrote("bo", 200 + n, 2 * n) for n in range(12)]
    await happened(*came, *others, *own, *[liked("alt", "bo", 200 + n, 2 * n + 1) for n in range(12)])
    why = (
        "12 of 12 reactions and thanks · wrote 0 messages · talks with nobody else · "
        "came within 3 hours of each other · by chance: less than once in a million"
    )
    assert lines(await leaders("suspects")) == [("Alt gives almost only to Bo", why)]


async def test_where_nothing_happened_each_view_says_so(leaders: Leaders) -> None:
    for what, view in VIEWS.items():
        reply = await leaders(what)
        assert (reply.error, reply.fields, reply.text.splitlines()[1]) == (False, (), view.nothing)


async def test_whoever_left_is_not_ranked_and_whoever_was_erased_is_gone_at_once(
    app: App, happened: Happened, leaders: Leaders
) -> None:
    await happened(*CHAIN)
    assert [name for name, _ in lines(await leaders("connectors"))] == ["1. Ann", "2. Bo"]
    await app.submit([MemberLeft(key="left", at=app.clock(), who=account("ann"))])
    assert [name for name, _ in lines(await leaders("connectors"))] == ["1. Bo"]
    bo = await app.store.read(members.find, 1, PLATFORM, "bo")
    assert bo is not None
    await app.store.write(privacy.erase, 1, bo.member, app.clock())
    assert lines(await leaders("connectors")) == []


async def test_it_is_worked_out_anew_after_an_hour_and_not_before(
    app: App, clock: Clock, happened: Happened, leaders: Leaders
) -> None:
    await happened(*CHAIN)
    first = await surveyed(app, 1, clock())
    await app.submit([wrote("陈默", 9, 10, names=("cy",))])
    clock.advance(minutes=59)
    assert await surveyed(app, 1, clock()) is first
    assert await surveyed(app, 1, clock(), days=7) is not first
    clock.advance(minutes=1)
    second = await surveyed(app, 1, clock())
    assert (second.at, len(second.ranked.connectors)) == (clock(), 4)


async def test_where_a_member_stands_is_there_for_other_commands(app: App, clock: Clock, happened: Happened) -> None:
    await happened(*CHAIN)
    found = await surveyed(app, 1, clock())
    ann = await app.store.read(members.find, 1, PLATFORM, "ann")
    assert ann is not None
    assert found.position(ann.member) == Position(connects=1, followed=1, starts=1, partners=2, followers=2)
    assert found.position(10**6) == Position()


async def test_buttons_switch_the_view_and_keep_the_days(happened: Happened, leaders: Leaders, say: Say) -> None:
    await happened(*CHAIN)
    reply = await leaders("connectors", days=7)
    assert labels(reply) == ["Connectors", "Answerers", "Followed", "Starters", "Unanswered", "Groups", "Suspects"]
    assert [one.label for row in reply.buttons for one in row if one.off] == ["Connectors"]
    assert max(len(code(one).encode()) for row in reply.buttons for one in row) <= 64

    async def as_creator(user: str, path: str, **options: Any) -> Reply:
        return await say(user, path, rank=Rank.CREATOR, **options)

    switched = await press(as_creator, "ann", reply, "Answerers")
    assert switched.title == "Answerers of Reading circle"
    assert switched.text.splitlines()[1] == "Nov 16, 2026, 12:00 UTC – Nov 23, 2026, 12:00 UTC"


async def test_what_is_no_view_is_refused(leaders: Leaders) -> None:
    for wrong in ({"what": "spies"}, {"what": "groups", "days": 0}, {"what": "groups", "days": "many"}):
        assert (await leaders(**wrong)).error


async def test_more_than_can_be_looked_at_is_said(
    monkeypatch: pytest.MonkeyPatch, happened: Happened, leaders: Leaders
) -> None:
    await happened(*CHAIN)
    assert "more than can be looked at" not in (await leaders("followed")).text
    monkeypatch.setattr(links, "LIMIT", 2)
    reply = await leaders("followed", days=8)
    assert reply.text.splitlines()[1:] == [
        "Nov 21, 2026, 14:00 UTC – Nov 23, 2026, 12:00 UTC",
        "There is more than can be looked at: only the latest 2 events were.",
    ]
    assert [name for name, _ in lines(reply)] == ["1. Ann", "2. Bo"]
