"""The log read into arrays, on both databases: only what counts, in the order of time, each reply with its message."""

from datetime import timedelta

from sqlalchemy import insert

from bot.app import App
from bot.engine.activity import KINDS, Place, micros
from bot.events import (
    Account,
    CheckedIn,
    LanguageChosen,
    MemberJoined,
    MessagePosted,
    member_account,
    person,
    reaction,
)
from bot.storage import activity
from bot.storage.store import Connection
from bot.storage.tables import ChannelRow
from bot.text import features
from tests.conftest import START

SECOND = timedelta(seconds=1)


def account(user: str, platform: str = "discord") -> Account:
    return Account(platform=platform, space=f"{platform}-1", user=user, name=user)


def message(number: int, user: str, after: int, **given: object) -> MessagePosted:
    return MessagePosted(
        key=f"discord:message:{number}",
        at=START + after * SECOND,
        who=account(user),
        text=features(str(given.pop("text", "hello"))),
        channel="c1",
        **given,  # type: ignore[arg-type]
    )


def name_channel(connection: Connection) -> None:
    connection.execute(
        insert(ChannelRow).values(platform="discord", external="c1", community_id=1, name="café", kind="text")
    )


async def told(app: App) -> None:
    """Two people on Discord: the later message is heard first, with an answer, a mention, a reaction and a check-in."""
    bob = person("discord", "bob")
    await app.submit(
        [
            MemberJoined(key="discord:member:1", at=START, who=account("ann")),
            message(3, "ann", 30, text="ann again", topic="t"),
            message(1, "bob", 10, text="why?", topic="t", reply_to="discord:message:unseen"),
            message(2, "ann", 20, reply_to="discord:message:1", mentions=(bob, person("discord", "ann"), "nobody")),
            *reaction(giver=account("bob"), of="discord:message:2", emoji="👍", at=START + 40 * SECOND, given=True),
        ]
    )
    here = member_account(1, 2)
    await app.submit(
        [
            CheckedIn(key="command:1", at=START + 50 * SECOND, who=here),
            LanguageChosen(key="command:2", at=START + 60 * SECOND, who=here, locale="en"),
        ]
    )
    await app.store.write(name_channel)


async def test_what_counts_is_read_and_nothing_else(app: App) -> None:
    await told(app)
    log = await app.store.read(activity.read, 1)
    kinds = [KINDS[kind].event for kind in log.kind]
    assert kinds == [
        "MemberJoined",
        "MessagePosted",
        "MessagePosted",
        "MessagePosted",
        "ReactionGiven",
        "ReactionReceived",
        "CheckedIn",
    ]
    names = await app.store.read(activity.names, 1)
    assert [names[int(member)] for member in log.member] == ["ann", "bob", "ann", "ann", "bob", "ann", "bob"]
    assert log.at.tolist() == [micros(START + n * 10 * SECOND) for n in (0, 1, 2, 3, 4, 4, 5)]
    assert log.answers.tolist() == [-1, -1, 1, -1, -1, -1, -1]
    assert log.question.tolist() == [False, True, False, False, False, False, False]
    assert log.thread[1] == log.thread[3] != 0
    assert [bool(log.thread[n]) for n in (0, 2, 4, 5, 6)] == [False] * 5
    assert [log.places[n] for n in log.place] == [
        Place(platform="discord"),
        *[Place(platform="discord", channel="c1", name="café")] * 3,
        *[Place(platform="discord")] * 2,
        Place(),
    ]
    assert (log.mentioning.tolist(), [names[int(n)] for n in log.mentioned]) == ([2], ["bob"])
    assert sorted(names[int(n)] for n in log.here) == ["ann", "bob"]
    assert log.size == 7 * 39 + 2 * 8 + 2 * 8


async def test_progress_is_told_and_other_communities_are_not_read(app: App) -> None:
    await told(app)
    other = Account(platform="discord", space="discord-2", user="eve", name="eve")
    await app.submit(
        [MessagePosted(key="discord:message:9", at=START, who=other, channel="c9", text=features("hi there"))]
    )
    heard: list[tuple[int, int]] = []
    log = await app.store.read(activity.read, 1, lambda done, total: heard.append((done, total)))
    assert heard == [(8, 8)]
    assert len(log.at) == 7
    assert len((await app.store.read(activity.read, 2)).at) == 1
    empty = await app.store.read(activity.read, 3)
    assert (len(empty.at), len(empty.answers), empty.places) == (0, 0, ())
