"""/discussions: what is worth joining, why, and who sees what."""

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import Connection, insert

from bot import discussing, hearing
from bot.apart import quietly
from bot.app import App
from bot.desk import Desk
from bot.events import Account, MemberJoined, MemberLeft, MessageDeleted, MessagePosted
from bot.hearing import Known
from bot.storage import gates, members, models, newcomers
from bot.storage.ledger import SPACES
from bot.storage.tables import micros
from bot.text import features
from tests.cogs.conftest import Say, profile
from tests.cogs.questions import KnowingPort
from tests.conftest import START, Clock


def posted(user: str, channel: str, number: int, *, topic: str = "", ago: float = 1, to: str = "") -> MessagePosted:
    who = Account(platform="playground", space="s", user=user, name=user.title(), space_name="Reading circle")
    return MessagePosted(key=f"playground:message:{number}", at=START - timedelta(days=ago), who=who, channel=channel,
                         topic=topic, reply_to=to, text=features("hi"))  # fmt: skip


@pytest_asyncio.fixture
async def scene(app: App) -> None:
    """Ann talks in books; bo talks there, too, and in a thread of news; cy in another of news."""
    names = [("books", "books", "text"), ("news", "news", "text"), ("t1", "Prize winners", "thread"),
             ("t2", "Library hours", "thread")]  # fmt: skip
    await app.store.write(members.see_channels, "playground", posted("ann", "books", 0).who, names)
    await app.submit([
        posted("ann", "books", 1), posted("bo", "books", 2), posted("bo", "news", 3, topic="t1"),
        posted("cy", "news", 4, topic="t2"), posted("cy", "news", 5, topic="t2", ago=20),
    ])  # fmt: skip


async def titles(app: App, user: str) -> list[str]:
    found = await discussing.worth_joining(app, await profile(app, user))
    return [one.title or one.channel for one in found]


@pytest.mark.usefixtures("scene")
async def test_threads_are_shown_with_people_and_the_reason(say: Say) -> None:
    reply = await say("ann", "discussions")
    assert reply.title == "Worth joining in Reading circle"
    assert [(one.name, one.value) for one in reply.fields] == [
        ("💬 Prize winners · #news", "➜ 1 person is in it; 1 of them talks where you do · last message 24 h ago"),
        ("💬 Library hours · #news", "➜ 1 person is in it; it is lively right now · last message 24 h ago"),
    ]
    assert reply.buttons == (), "the playground has no links"


@pytest.mark.usefixtures("scene")
async def test_what_one_is_in_already_what_is_old_and_what_was_deleted_is_not_shown(app: App, clock: Clock) -> None:
    assert sorted(await titles(app, "cy")) == ["Prize winners", "books"]
    who = posted("bo", "news", 3).who
    await app.submit([MessageDeleted(key="gone", at=START, who=who, of="playground:message:3")])
    clock.advance(minutes=6)
    assert await titles(app, "cy") == ["books"]
    clock.advance(days=20)
    assert await titles(app, "cy") == []


@pytest.mark.usefixtures("scene")
async def test_what_is_said_is_heard_after_a_few_minutes(app: App, clock: Clock) -> None:
    assert await titles(app, "ann") == ["Prize winners", "Library hours"]
    await app.submit([posted("ann", "news", 9, topic="t1", ago=0)])
    assert await titles(app, "ann") == ["Prize winners", "Library hours"]
    clock.advance(minutes=6)
    assert await titles(app, "ann") == ["Library hours"]


@pytest.mark.usefixtures("scene")
async def test_what_came_and_went_since_is_as_if_all_were_heard_anew(app: App, clock: Clock) -> None:
    def look(known: Known) -> tuple[object, ...]:
        features = [known.scene.features(member, micros(START + timedelta(hours=1))) for member in (1, 2, 3)]
        found = [(one.spots, one.values.round(9).tolist()) for one in features]
        answers = {one: dict(+there) for one, there in known.heard.answers.items()}
        return known.scene, found, answers, known.heard.spots

    first, *_ = await hearing.consult(app, 1, look)
    who = posted("bo", "news", 3).who
    replies = [posted("bo", "books", 30 + n, to="playground:message:1", ago=0.5) for n in range(2)]
    await app.submit([*replies, posted("ann", "garden", 40, ago=0.1), posted("cy", "news", 41, topic="t1", ago=3)])
    clock.advance(minutes=6)
    await hearing.consult(app, 1, look)
    gone = [MessageDeleted(key=f"gone {n}", at=START, who=who, of=f"playground:message:{n}") for n in (4, 30, 99)]
    await app.submit([*gone, posted("ann", "news", 99, topic="t2", ago=0)])
    clock.advance(minutes=6)
    scene, *now = await hearing.consult(app, 1, look)
    assert scene is first, "nothing was made anew"
    clock.advance(hours=12)
    anew, *right = await hearing.consult(app, 1, look)
    assert anew is not first
    assert now == right


@pytest.mark.usefixtures("scene")
async def test_nothing_behind_a_gate_that_is_shut_is_named(app: App, clock: Clock) -> None:
    await app.store.write(
        gates.bind,
        community=1,
        gate="lab",
        platform="playground",
        space="s",
        kind="channel",
        target="news",
        now=clock(),
    )
    assert await titles(app, "ann") == []


@pytest.mark.usefixtures("scene")
async def test_of_several_groups_only_those_are_named_that_one_is_in(app: App) -> None:
    chats = [("-1001/5", "Inner circle", "topic"), ("-1002/6", "Garden", "topic")]
    await app.store.write(members.see_channels, "playground", posted("ann", "books", 0).who, chats)
    await app.submit([posted("bo", "-1001/5", 11), posted("bo", "-1002/6", 12), posted("ann", "-1002/7", 13)])
    assert sorted(await titles(app, "ann")) == ["Garden", "Inner circle", "Library hours", "Prize winners"]
    other = Account(platform="playground", space="s2", user="zoe", name="Zoe")
    await app.store.write(joined_space, other)
    assert await titles(app, "ann") == ["Garden"]


def joined_space(connection: Connection, space: Account) -> None:
    """Another group becomes part of the community."""
    connection.execute(insert(SPACES).values(platform=space.platform, external=space.space, community_id=1, name="B"))


async def test_nothing_of_a_group_of_telegram_is_named_to_who_was_never_in_it_or_left(app: App, clock: Clock) -> None:
    group = "-1001"
    await app.submit([posted("ann", "books", 1)])
    bo, cy, zoe = (
        Account(platform="telegram", space=space, user=user, name=user)
        for space, user in ((group, "7"), (group, "8"), ("", "9"))
    )
    await app.store.write(joined_space, bo)
    topic = MessagePosted(key="telegram:message:1", at=START - timedelta(days=1), who=bo, channel=f"{group}/5",
                          text=features("hi"))  # fmt: skip
    await app.submit([topic, MemberJoined(key="j", at=START, who=cy)])
    await app.store.write(newcomers.enrol, zoe, 1, clock())

    async def seen(who: Account) -> list[tuple[str, str]]:
        return [one.spot[:2] for one in await discussing.worth_joining(app, await app.profile(who))]

    assert await seen(cy) == [("telegram", f"{group}/5")]
    assert await seen(zoe) == [], "wrote to the bot in private, and was never in the group"
    await app.submit([MemberLeft(key="l", at=START, who=cy)])
    assert await seen(cy) == []


@pytest.mark.usefixtures("scene")
async def test_a_platform_that_knows_who_sees_what_is_asked(app: App, say: Say) -> None:
    app.join(KnowingPort(books={"ann"}, news={"ann"}, t2={"ann"}))
    reply = await say("ann", "discussions")
    assert [one.name for one in reply.fields] == ["💬 Library hours · #news"]
    assert [one.url for row in reply.buttons for one in row] == ["https://chat.example/t2"]


async def test_where_nothing_goes_on_it_says_so(say: Say) -> None:
    reply = await say("ann", "discussions")
    assert reply.text.startswith("Nothing is going on that you can see")


async def test_a_circle_is_who_answers_in_the_same_channel(app: App) -> None:
    names = [("books", "books", "text")]
    await app.store.write(members.see_channels, "playground", posted("ann", "books", 0).who, names)
    first = posted("cy", "books", 1)
    await app.submit([first, *[posted(user, "books", 10 * at + n, to=first.key)
                               for at, user in enumerate(("ann", "bo"), 1) for n in range(3)]])  # fmt: skip
    ann, bo = [(await profile(app, user)).member for user in ("ann", "bo")]
    assert await discussing.circles(app, await profile(app, "ann")) == [("books", sorted([ann, bo]))]
    assert await discussing.circles(app, await profile(app, "cy")) == []
    app.join(KnowingPort(books={"bo"}))
    assert await discussing.circles(app, await profile(app, "ann")) == [], "she sees the channel no more"
    assert await discussing.circles(app, await profile(app, "bo")) == [("books", sorted([ann, bo]))]


async def test_a_link_leads_to_the_latest_message_that_is_there_still(app: App, clock: Clock) -> None:
    bo, cy = (Account(platform="telegram", space="-1001", user=user, name=user) for user in ("7", "8"))
    topics = [MessagePosted(key=f"telegram:message:-1001:{n}", at=START - timedelta(hours=9 - n), who=bo,
                            channel="-1001/5", text=features("hi")) for n in (1, 2, 3)]  # fmt: skip
    await app.submit([*topics, MemberJoined(key="j", at=START, who=cy)])

    async def links() -> list[str]:
        return [one.url for one in await discussing.worth_joining(app, await app.profile(cy))]

    assert await links() == ["https://t.me/c/1/5/3"]
    await app.submit([MessageDeleted(key="d", at=START, who=bo, of="telegram:message:-1001:3")])
    clock.advance(minutes=6)
    assert await links() == ["https://t.me/c/1/5/2"]


@pytest.mark.usefixtures("scene")
async def test_weights_are_learnt_once_a_day_and_bad_ones_give_way(app: App, clock: Clock, desk: Desk) -> None:
    assert desk.find("discussions") is not None
    assert await discussing.learn_due(app, 1, clock(), quietly)
    assert not await discussing.learn_due(app, 1, clock.advance(hours=23), quietly)
    assert await discussing.due(app.store, 1) == START + timedelta(days=1)
    await app.store.write(models.put, 1, hearing.KIND, clock(), b"junk", {})
    assert await titles(app, "ann") == ["Prize winners", "Library hours"]
