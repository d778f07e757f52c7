"""The winners of the week: named once, on Monday by the community's clock, and the crown given and taken back."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.app import App
from bot.delivery import Delivery
from bot.effects import Announce, GrantAccess, RevokeAccess
from bot.engine.earning import BoardRules, Earning
from bot.engine.points import amount
from bot.engine.rules import Gate, Rules
from bot.events import Account, Attended, BoardChosen, Crowned, MemberJoined, MemberLeft, MessagePosted
from bot.jobs import _crown_due, crown, end_day, week_of
from bot.notices import words
from bot.state import MemberState
from bot.storage import boards, gates, inbox, ledger, members, outbox
from bot.storage.ledger import EVENTS
from bot.storage.outbox import Task
from bot.storage.store import Connection
from bot.text import features
from bot.till import Till
from bot.words import from_json, replace
from tests import snapshots
from tests.conftest import Clock
from tests.fakes.ports import FakePort

MONDAY = datetime(2026, 11, 23, 0, 10, tzinfo=UTC)
SPACE = "g"
pytestmark = pytest.mark.one_database


@pytest.fixture
def clock() -> Clock:
    """A Wednesday before."""
    return Clock(datetime(2026, 11, 18, 12, tzinfo=UTC))


@pytest.fixture
def rules(rules: Rules) -> Rules:
    """Two places; a throne for those who won."""
    boards = BoardRules(winners=2, crown_days=7)
    earn = replace(rules.earn, attendance=Earning(points=20))
    return replace(rules, earn=earn, boards=boards, gates=(Gate(name="throne", crown=True),))


def account(user: str) -> Account:
    return Account(platform="discord", space=SPACE, user=user, name=user.title())


async def founded(app: App) -> int:
    """A community with an announcement channel and a role behind the throne; its first week is noted."""
    community = await app.store.write(members.see_channels, "discord", account("ann"), [("news", "news", "text")])
    await app.store.write(members.announce_in, community, "discord", "news")

    def bind(connection: Connection) -> None:
        gates.bind(
            connection, community=community, gate="throne", platform="discord", space=SPACE, kind="role",
            target="gold", now=app.clock(),
        )  # fmt: skip

    await app.store.write(bind)
    await crown(app, app.clock())
    return community


async def earn(app: App, user: str, times: int, at: datetime) -> int:
    """So many live sessions of 20 points each."""
    seen = [Attended(key=f"{user}:{at}:{n}", at=at, who=account(user), session=f"{at}:{n}") for n in range(times)]
    await app.submit(seen)
    return 20 * times


def log(connection: Connection) -> list[Crowned]:
    query = select(EVENTS.c.data).where(EVENTS.c.key.startswith("week:")).order_by(EVENTS.c.id)
    return [from_json(Crowned, data) for data in connection.scalars(query)]


async def waiting(app: App) -> list[Task]:
    """What is to be done outside: it is done, and out of the outbox."""
    tasks = await app.store.write(outbox.claim, app.clock(), ["discord"], 99, timedelta(minutes=1))
    for task in tasks:
        given = isinstance(task.effect, GrantAccess) and await app.store.write(outbox.begin, task, app.clock())
        await app.store.write(outbox.finish, task, app.clock(), "done", "granted" if given else None)
    return tasks


async def said(app: App, task: Task) -> str:
    """What an announcement says when its turn comes."""
    assert isinstance(task.effect, Announce)
    return words(replace(task, effect=await app.store.read(boards.named, task.effect)))


async def test_the_others_of_a_post_are_named_as_they_want_to_be_when_it_is_sent(app: App, clock: Clock) -> None:
    await founded(app)
    for user, times in {"ann": 3, "bo": 2, "cy": 2, "di": 2}.items():
        await earn(app, user, times, clock())
    clock.now = MONDAY
    await crown(app, clock())
    hides = BoardChosen(key="h", at=clock(), who=account("bo"), hidden=True)
    await app.submit([hides, BoardChosen(key="a", at=clock(), who=account("di"), alias="Night Owl")])
    port = FakePort()
    await Delivery(app.store, {"discord": port}, clock).deliver(clock())
    (sent,) = [words(one) for one in port.performed if isinstance(one.effect, Announce)]
    assert [line.split(" is ")[0] for line in sent.split("\n")] == ["👑 Ann", "👑 Cy", "👑 Night Owl"]


async def state(app: App, user: str) -> MemberState:
    return (await app.store.read(snapshots.states, SPACE))[user]


async def test_the_winners_are_named_once_with_place_points_and_crown(app: App, clock: Clock) -> None:
    community = await founded(app)
    for user, times in {"ann": 3, "bo": 2, "cy": 2, "di": 1}.items():
        await earn(app, user, times, clock())
    clock.now = MONDAY - timedelta(minutes=1)
    assert await crown(app, clock()) == 0
    await waiting(app)
    assert await crown(app, clock.advance(minutes=1)) == 1
    seats = await app.store.write(ledger.seats, [account(user) for user in ("ann", "bo", "cy")])
    ids = {user: seat.member for (_, _, user), seat in seats.items()}
    assert [(one.key, one.place, one.points, one.until) for one in await app.store.read(log)] == [
        (f"week:{community}:2026-W47:1:{ids['ann']}", 1, 60, date(2026, 11, 30)),
        (f"week:{community}:2026-W47:2:{ids['bo']}", 2, 40, date(2026, 11, 30)),
        (f"week:{community}:2026-W47:2:{ids['cy']}", 2, 40, date(2026, 11, 30)),
    ]
    tasks = await waiting(app)
    assert {(task.member_name, task.target) for task in tasks if isinstance(task.effect, GrantAccess)} == {
        ("Ann", "role:gold"),
        ("Bo", "role:gold"),
        ("Cy", "role:gold"),
    }
    (told,) = [task for task in tasks if isinstance(task.effect, Announce)]
    assert (told.target, (await said(app, told)).split("\n")) == (
        "news",
        [
            "👑 Ann is number 1 of the week, with 60 points. Congratulations!",
            "👑 Bo is number 2 of the week, with 40 points. Congratulations!",
            "👑 Cy is number 2 of the week, with 40 points. Congratulations!",
        ],
    )
    for minutes in (0, 15, 60 * 24 * 6):
        assert await crown(app, clock.advance(minutes=minutes)) == 0
    assert len(await app.store.read(log)) == 3


async def test_a_place_that_too_many_share_is_nobodys(app: App, clock: Clock) -> None:
    """Of seven people one is first and six are second, which makes more than three for each of the two places."""
    await founded(app)
    await earn(app, "ann", 2, clock())
    for n in range(6):
        await earn(app, f"user-{n}", 1, clock())
    clock.now = MONDAY
    await crown(app, clock())
    assert [(one.place, one.points) for one in await app.store.read(log)] == [(1, 40)]
    for n in range(7):
        await earn(app, f"user-{n}", 1, clock())
    clock.now = MONDAY + timedelta(days=7)
    assert await crown(app, clock()) == 1
    assert len(await app.store.read(log)) == 1


async def test_what_is_earned_late_changes_no_winner(app: App, clock: Clock) -> None:
    await founded(app)
    await earn(app, "ann", 1, clock())
    clock.now = MONDAY
    await crown(app, clock())
    await earn(app, "bo", 5, MONDAY - timedelta(days=2))
    assert await crown(app, clock.advance(hours=1)) == 0
    assert [one.points for one in await app.store.read(log)] == [20]
    assert (await state(app, "bo")).standing.crowned is None


async def test_the_crown_goes_with_the_week(app: App, clock: Clock) -> None:
    await founded(app)
    await earn(app, "ann", 1, clock())
    clock.now = MONDAY
    await crown(app, clock())
    await waiting(app)
    assert (await state(app, "ann")).access.open == ("throne",)
    for day in range(6):
        await end_day(app, MONDAY + timedelta(days=day + 1))
        assert (await state(app, "ann")).access.open == ("throne",), day
    clock.now = MONDAY + timedelta(days=7)
    await end_day(app, clock())
    assert (await state(app, "ann")).access.open == ()
    assert [type(task.effect) for task in await waiting(app)] == [RevokeAccess]


async def test_who_went_away_with_a_crown_comes_back_without(app: App, clock: Clock) -> None:
    """Their days are not ended while they are away."""
    await founded(app)
    await earn(app, "ann", 2, clock())
    await earn(app, "bo", 1, clock())
    clock.now = MONDAY
    await crown(app, clock())
    await app.submit([MemberLeft(key=f"{user}:l", at=clock(), who=account(user)) for user in ("ann", "bo")])
    await app.submit([MemberJoined(key="bo:j", at=clock.advance(days=2), who=account("bo"))])
    for _ in range(5):
        await end_day(app, clock.advance(days=1))
    await app.submit([MemberJoined(key="ann:j", at=clock.advance(hours=1), who=account("ann"))])
    states = await app.store.read(snapshots.states, SPACE)
    assert {user: (one.standing.crowned, one.access.open) for user, one in states.items()} == {
        "ann": (None, ()),
        "bo": (None, ()),
    }


async def test_hidden_and_gone_members_win_nothing_and_an_alias_is_kept(app: App, clock: Clock) -> None:
    await founded(app)
    for n, user in enumerate(("ann", "bo", "cy")):
        await earn(app, user, 3 - n, clock())
    await app.submit(
        [
            BoardChosen(key="h", at=clock(), who=account("ann"), hidden=True),
            MemberLeft(key="l", at=clock(), who=account("bo")),
            BoardChosen(key="a", at=clock(), who=account("cy"), alias="Night Owl"),
        ]
    )
    clock.now = MONDAY
    await crown(app, clock())
    told = [words(task) for task in await waiting(app) if isinstance(task.effect, Announce)]
    assert told == ["👑 Night Owl is number 1 of the week, with 20 points. Congratulations!"]
    crowned = {user: one.standing.crowned for user, one in (await app.store.read(snapshots.states, SPACE)).items()}
    assert crowned == {"ann": None, "bo": None, "cy": date(2026, 11, 30)}


@pytest.mark.parametrize(
    ("boards", "told", "crowned"),
    [
        (BoardRules(winners=0), 0, 0),
        (BoardRules(announce=False), 0, 1),
        (BoardRules(crown_days=0), 1, 0),
        (BoardRules(winners=1), 1, 1),
    ],
)
async def test_the_rules_say_how_many_whether_it_is_told_and_for_how_long(
    app: App, clock: Clock, boards: BoardRules, told: int, crowned: int
) -> None:
    app.rules = replace(app.rules, boards=boards)
    await founded(app)
    await earn(app, "ann", 2, clock())
    await earn(app, "bo", 1, clock())
    clock.now = MONDAY
    assert await crown(app, clock()) == 1
    assert sum(isinstance(task.effect, Announce) for task in await waiting(app)) == told
    states = await app.store.read(snapshots.states, SPACE)
    assert sum(one.standing.crowned is not None for one in states.values()) == crowned


async def test_of_several_weeks_switched_off_only_the_last_is_made_up_for(app: App, clock: Clock) -> None:
    community = await founded(app)
    await earn(app, "ann", 9, clock())
    later = await earn(app, "bo", 1, MONDAY + timedelta(days=10))
    clock.now = MONDAY + timedelta(days=15, hours=3)
    assert await crown(app, clock()) == 1
    found = await app.store.read(log)
    assert [(one.key.split(":")[2], one.points, one.until) for one in found] == [
        ("2026-W49", later, date(2026, 12, 14))
    ]
    assert await app.store.read(inbox.cursor, f"week:{community}") == date(2026, 12, 7).toordinal()
    clock.now = MONDAY + timedelta(days=21)
    assert await crown(app, clock()) == 1  # a week in which nobody earned anything
    assert len(await app.store.read(log)) == 1


async def test_a_community_seen_for_the_first_time_crowns_nobody_for_the_past(app: App, clock: Clock) -> None:
    text = features("hello")
    posts = [MessagePosted(key="m", at=clock() - timedelta(days=7), who=account("ann"), channel="c", text=text)]
    await app.submit(posts)
    assert await crown(app, clock()) == 1
    assert await app.store.read(log) == []
    assert amount("m", app.rules.earn.message) > 0


@pytest.mark.parametrize(
    ("clock_of", "now", "monday"),
    [
        ("UTC", datetime(2026, 11, 23, 0, 9, 59, tzinfo=UTC), date(2026, 11, 16)),
        ("UTC", MONDAY, date(2026, 11, 23)),
        ("Asia/Shanghai", datetime(2026, 11, 22, 16, 9, tzinfo=UTC), date(2026, 11, 16)),
        ("Asia/Shanghai", datetime(2026, 11, 22, 16, 10, tzinfo=UTC), date(2026, 11, 23)),
        ("Asia/Kolkata", datetime(2026, 11, 22, 18, 40, tzinfo=UTC), date(2026, 11, 23)),
        ("America/New_York", datetime(2026, 11, 23, 5, 9, tzinfo=UTC), date(2026, 11, 16)),
        ("America/New_York", datetime(2026, 11, 29, 23, 0, tzinfo=UTC), date(2026, 11, 23)),
    ],
)
def test_a_week_begins_ten_minutes_into_monday(clock_of: str, now: datetime, monday: date) -> None:
    assert week_of(now, clock_of) == monday.toordinal()


async def test_it_is_due_at_the_next_monday_of_each_community(app: App, clock: Clock) -> None:
    till = Till(app)
    assert await _crown_due(till) is None
    app.rules = replace(app.rules, zone="Asia/Shanghai")
    await founded(app)
    assert await _crown_due(till) == datetime(2026, 11, 22, 16, 10, tzinfo=UTC)
    clock.now = datetime(2026, 11, 22, 16, 10, tzinfo=UTC)
    await crown(app, clock())
    assert await _crown_due(till) == datetime(2026, 11, 29, 16, 10, tzinfo=UTC)
