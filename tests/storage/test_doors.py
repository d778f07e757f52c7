"""Doors: whose a link is, whom we let in, whom a human banned, and what follows a chat that moves."""

from bot.app import App
from bot.events import Account, MessagePosted
from bot.storage import doors, gates, members
from bot.storage.store import Connection, Store
from bot.text import features
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
    assert (found.member, found.name, found.locale, found.open) == (member, "Ann", "en", False)
    assert await store.read(doors.guest, "telegram", ROOM, "8") is None
    await grown(app, 40)
    opened = await store.read(doors.guest, "telegram", ROOM, "7")
    assert opened is not None
    assert opened.open


async def test_whoever_waits_is_one_to_whom_the_door_is_open_and_who_was_not_let_in(app: App, store: Store) -> None:
    member = await grown(app, 1)
    await store.write(bind, 1)
    await store.write(bind, 1, "77", "role")
    assert await store.read(doors.guarded, "telegram") == {ROOM}
    assert await store.read(doors.waiting, "telegram") == []
    await grown(app, 40)
    assert await store.read(doors.waiting, "telegram") == [(ROOM, "7")]
    await store.write(doors.admit, "telegram", ROOM, "7", member, START)
    assert await store.read(doors.waiting, "telegram") == []
    assert await store.read(doors.admitted, "telegram", ROOM, "7")
    await store.write(doors.release, "telegram", ROOM, "7")
    assert await store.read(doors.waiting, "telegram") == [(ROOM, "7")]
    assert not await store.read(doors.admitted, "telegram", ROOM, "7")


async def test_a_link_is_one_members_and_stays_when_they_are_let_in(app: App, store: Store) -> None:
    member = await grown(app, 1)
    await store.write(doors.keep_link, "telegram", ROOM, "7", member, "https://t.me/+1")
    await store.write(doors.admit, "telegram", ROOM, "7", member, START)
    assert await store.read(doors.link_of, "telegram", ROOM, "7") == "https://t.me/+1"
    assert await store.read(doors.owner_of, "telegram", "https://t.me/+1") == "7"
    assert await store.read(doors.owner_of, "telegram", "https://t.me/+2") == ""
    assert await store.read(doors.owner_of, "telegram", "") == ""
    await store.write(doors.keep_link, "telegram", ROOM, "7", member, "")
    assert await store.read(doors.owner_of, "telegram", "https://t.me/+1") == ""
    assert await store.read(doors.admitted, "telegram", ROOM, "7")


async def test_a_ban_is_noted_once_and_forgotten_when_lifted(store: Store) -> None:
    for _ in range(2):
        await store.write(doors.ban, "telegram", ROOM, "7", START)
        assert await store.read(doors.banned, "telegram", ROOM, "7")
        assert not await store.read(doors.banned, "telegram", ROOM, "8")
    await store.write(doors.ban, "telegram", ROOM, "7", None)
    assert not await store.read(doors.banned, "telegram", ROOM, "7")


async def test_doors_and_bans_follow_a_chat_that_moves_in_either_order_and_twice(app: App, store: Store) -> None:
    member = await grown(app, 1)
    await store.write(doors.keep_link, "telegram", "-1", "7", member, "old")
    await store.write(doors.keep_link, "telegram", "-1", "8", member, "other")
    await store.write(doors.keep_link, "telegram", "-100", "7", member, "new")
    await store.write(doors.ban, "telegram", "-1", "9", START)
    await store.write(doors.ban, "telegram", "-100", "9", START)
    for _ in range(2):
        await store.write(members.move_space, "telegram", "-1", "-100")
        assert [await store.read(doors.link_of, "telegram", "-100", user) for user in "78"] == ["new", "other"]
        assert await store.read(doors.banned, "telegram", "-100", "9")
        assert not await store.read(doors.banned, "telegram", "-1", "9")
