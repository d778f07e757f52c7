"""What Telegram leans on: letters emptied when handled, a group's new id, whose message it was, open gates."""

from sqlalchemy import select

from bot.app import App
from bot.events import Account, MessagePosted
from bot.storage import gates, inbox, members, outbox
from bot.storage.ledger import INBOX, SPACES
from bot.storage.outbox import OUTBOX
from bot.storage.store import Connection, Store
from bot.text import features
from tests.conftest import START

ANN = Account(platform="telegram", space="-1", user="7", name="Ann", space_name="Club")


def posted(key: str, who: Account = ANN) -> MessagePosted:
    return MessagePosted(key=key, at=START, who=who, channel=who.space, text=features("hello"))


def bodies(connection: Connection) -> list[tuple[bytes, str]]:
    return [
        (body, outcome)
        for body, outcome in connection.execute(select(INBOX.c.body, INBOX.c.outcome).order_by(INBOX.c.id))
    ]


def bind(connection: Connection, community: int, chat: str) -> None:
    gates.bind(
        connection,
        community=community,
        gate="lounge",
        platform="telegram",
        space="-1",
        kind="chat",
        target=chat,
        now=START,
    )


async def test_what_a_letter_said_is_gone_when_it_is_handled(app: App, store: Store) -> None:
    await store.write(inbox.store, "telegram:1", [("1", b"secret"), ("2", b"words"), ("3", b"wait")], START)
    first, second, _ = await store.read(inbox.waiting, "telegram:1")
    await app.submit([posted("telegram:message:-1:1")], letters=[first.id])
    await store.write(inbox.close, [second.id], START, "malformed")
    assert await store.read(bodies) == [(b"", ""), (b"", "malformed"), (b"wait", "")]


async def test_a_group_that_moves_keeps_all_it_has_in_either_order_and_twice(app: App, store: Store) -> None:
    me = await app.profile(ANN)
    await app.submit([posted("telegram:message:-1:1")])
    await store.write(members.announce_in, me.community, "telegram", "-1")
    await store.write(bind, me.community, "-1")
    for _ in range(2):
        await store.write(members.move_space, "telegram", "-1", "-100")
        settings = await store.read(members.community, me.community)
        assert settings.announce == {"telegram": "-100"}
        assert [(row.space, row.target) for row in await store.read(gates.bound, me.community)] == [("-100", "-100")]
        for space in ("-1", "-100"):
            again = await app.profile(Account(platform="telegram", space=space, user="7"))
            assert (again.member, again.community) == (me.member, me.community)
    late = await app.submit([posted("telegram:message:-1:1"), posted("telegram:message:-1:2")])
    assert (late.seen, late.new) == (1, 1)
    assert await store.read(lambda c: c.scalars(select(SPACES.c.external).order_by(SPACES.c.id)).all()) == [
        "-1",
        "-100",
    ]


async def test_effects_that_wait_follow_the_group(app: App, store: Store) -> None:
    me = await app.profile(ANN)
    rows = [
        {"key": f"k{n}", "community_id": me.community, "member_id": me.member, "platform": "telegram", "space": "-1",
         "user": "7", "target": target, "priority": 2, "effect": "{}", "due_at": START}
        for n, target in enumerate(["-1", "chat:-1", "private", "-12"])
    ]  # fmt: skip
    await store.write(lambda c: c.execute(OUTBOX.insert(), rows))
    await store.write(members.move_space, "telegram", "-1", "-100")
    query = select(OUTBOX.c.space, OUTBOX.c.target).order_by(OUTBOX.c.id)
    found = await store.read(lambda c: [tuple(row) for row in c.execute(query)])
    assert found == [("-100", "-100"), ("-100", "chat:-100"), ("-100", "private"), ("-100", "-12")]
    assert await store.read(outbox.waiting)


async def test_a_group_nobody_knows_moves_nothing(app: App, store: Store) -> None:
    await store.write(members.move_space, "telegram", "-5", "-500")
    assert await store.read(lambda c: c.scalars(select(SPACES.c.external)).all()) == []


async def test_whose_a_message_is(app: App, store: Store) -> None:
    bea = Account(platform="telegram", space="-1", user="8", name="Bea")
    await app.submit([posted("telegram:message:-1:1"), posted("telegram:message:-1:2", bea)])
    keys = [f"telegram:message:-1:{n}" for n in (1, 2, 3)]
    assert await store.read(members.written_by, "telegram", keys) == {(keys[0], "7"), (keys[1], "8")}
    assert await store.read(members.written_by, "discord", keys) == set()
