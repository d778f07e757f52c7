"""Doors: whose a link is, whom we let in, whom a human banned, and what follows a chat that moves."""

from collections.abc import Callable

import pytest

from bot.app import App
from bot.events import Account, MessagePosted
from bot.storage import doors, gates, members
from bot.storage.grants import Status
from bot.storage.store import Connection, Store
from bot.text import features
from bot.words import replace
from tests.conftest import START

ANN = Account(platform="telegram", space="-1", user="7", name="Ann", space_name="Club")
ROOM = "-9"


def bind(connection: Connection, community: int, target: str = ROOM, kind: str = "chat") -> None:
    gates.bind(
        connection, community=community, gate="lounge", platform="telegram", space=target, kind=kind, target=target,
        now=START,
    )  # fmt: skip


async def grown(app: App, messages: int) -> int:
    """Ann after so many messages; returns her member id."""
    posts = [
        MessagePosted(key=f"m{n}", at=START, who=ANN, channel="-1", text=features(f"thought number {n}"))
        for n in range(messages)
    ]
    await app.submit(posts)
    return (await app.profile(ANN)).member


async def test_a_guest_is_whoever_is_of_the_community_behind_the_door(app: App, store: Store) -> None:
    member = await grown(app, 1)
    assert await store.read(doors.guest, "telegram", ROOM, "7") is None
    await store.write(bind, 1)
    found = await store.read(doors.guest, "telegram", ROOM, "7")
    assert found is not None
    assert (found.member, found.name, found.locale, found.open) == (member, "Ann", "", False)
    assert await store.read(doors.guest, "telegram", ROOM, "8") is None
    await grown(app, 40)
    opened = await store.read(doors.guest, "telegram", ROOM, "7")
    assert opened is not None
    assert opened.open


async def test_whoever_waits_has_a_link_into_a_chat_that_is_open_to_them(app: App, store: Store) -> None:
    member = await grown(app, 1)
    await store.write(bind, 1)
    await store.write(bind, 1, "77", "role")
    assert await store.read(doors.guarded, "telegram") == {ROOM}
    await store.write(doors.keep_link, "telegram", ROOM, "7", member, "https://t.me/+1", START)
    assert await store.read(doors.waiting, "telegram") == []
    await grown(app, 40)
    assert await store.read(doors.waiting, "telegram") == [(ROOM, "7")]
    await store.write(doors.void_links, "telegram", ROOM, "7", START)
    assert await store.read(doors.waiting, "telegram") == []


@pytest.mark.parametrize(
    ("was", "deed", "now"),
    [
        ("granted", doors.found, "found"), ("wanted", doors.found, "found"), ("gone", doors.found, "gone"),
        ("held", doors.found, "held"), ("granted", doors.removed, "held"), ("found", doors.removed, "held"),
        ("gone", doors.removed, "gone"), ("held", doors.lifted, "away"), ("granted", doors.lifted, "granted"),
    ],
)  # fmt: skip
async def test_what_a_human_does_at_the_door_is_noted_and_is_not_ours(
    app: App, store: Store, was: Status, deed: Callable[..., None], now: Status
) -> None:
    await grown(app, 1)
    await store.write(bind, 1, ROOM, "channel")
    who = await store.read(doors.guest, "telegram", ROOM, "7")
    assert who is not None
    assert await store.read(doors.status, "telegram", ROOM, "7") is None
    await store.write(doors.settle, "telegram", ROOM, "7", who, was, START)
    await store.write(deed, "telegram", ROOM, "7", START)
    assert await store.read(doors.status, "telegram", ROOM, "7") == now
    assert await store.read(doors.admitted, "telegram", ROOM, "7") == (now == "granted")
    held = await store.read(doors.guest, "telegram", ROOM, "7")
    assert held is not None
    assert held.held == (now == "held")


async def test_who_knocks_becomes_a_member_of_the_community_behind_the_door(app: App, store: Store) -> None:
    await grown(app, 1)
    await store.write(doors.enrol, "telegram", ROOM, "8", "Bea")
    assert await store.read(doors.guest, "telegram", ROOM, "8") is None
    await store.write(bind, 1)
    for _ in range(2):
        await store.write(doors.enrol, "telegram", ROOM, "8", "Bea")
    found = await store.read(doors.guest, "telegram", ROOM, "8")
    assert found is not None
    assert (found.community, found.name, found.open) == (1, "Bea", False)
    assert found.member != (await app.profile(ANN)).member
    alone = await app.profile(Account(platform="telegram", space="", user="8"))
    assert alone.member == found.member


async def test_a_door_on_a_platform_where_the_community_has_no_place_yet_is_its_first(app: App, store: Store) -> None:
    guild = Account(platform="discord", space="5", user="1", name="Ola", space_name="Guild")
    home = (await app.profile(guild)).community
    await store.write(bind, home)
    await store.write(doors.enrol, "telegram", ROOM, "8", "Bea")
    assert await store.read(members.community_of, "telegram", ROOM) == home


async def test_a_link_is_one_members_for_good_even_when_it_is_void(app: App, store: Store) -> None:
    member = await grown(app, 1)
    for _ in range(2):
        await store.write(doors.keep_link, "telegram", ROOM, "7", member, "https://t.me/+1", START)
    assert await store.read(doors.link_of, "telegram", ROOM, "7") == "https://t.me/+1"
    assert await store.read(doors.owner_of, "telegram", "https://t.me/+1") == "7"
    assert await store.read(doors.owner_of, "telegram", "https://t.me/+2") == ""
    assert await store.read(doors.owner_of, "telegram", "") == ""
    await store.write(doors.void_links, "telegram", ROOM, "7", START)
    assert await store.read(doors.link_of, "telegram", ROOM, "7") == ""
    assert await store.read(doors.owner_of, "telegram", "https://t.me/+1") == "7"


async def test_a_ban_is_noted_once_and_forgotten_when_lifted(store: Store) -> None:
    for _ in range(2):
        await store.write(doors.ban, "telegram", ROOM, "7", START)
        assert await store.read(doors.banned, "telegram", ROOM, "7")
        assert not await store.read(doors.banned, "telegram", ROOM, "8")
    await store.write(doors.ban, "telegram", ROOM, "7", None)
    assert not await store.read(doors.banned, "telegram", ROOM, "7")


async def test_doors_and_bans_follow_a_chat_that_moves_in_either_order_and_twice(app: App, store: Store) -> None:
    member = await grown(app, 1)
    await store.write(bind, 1, "-1")
    who = await store.read(doors.guest, "telegram", "-1", "7")
    assert who is not None
    for user in ("7", "8"):
        await store.write(doors.settle, "telegram", "-1", user, who, "granted", START)
    await store.write(doors.settle, "telegram", "-100", "7", replace(who, target="chat:-100"), "held", START)
    await store.write(doors.keep_link, "telegram", "-1", "7", member, "https://t.me/+1", START)
    await store.write(doors.ban, "telegram", "-1", "9", START)
    await store.write(doors.ban, "telegram", "-100", "9", START)
    for _ in range(2):
        await store.write(members.move_space, "telegram", "-1", "-100")
        assert [await store.read(doors.status, "telegram", "-100", user) for user in "78"] == ["held", "granted"]
        assert await store.read(doors.status, "telegram", "-1", "7") is None
        assert await store.read(doors.link_of, "telegram", "-100", "7") == "https://t.me/+1"
        assert await store.read(doors.banned, "telegram", "-100", "9")
        assert not await store.read(doors.banned, "telegram", "-1", "9")
