"""Personal data: every table is accounted for, an export is complete, an erasure leaves nothing."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import select
from sqlmodel import SQLModel

from bot.app import App
from bot.batch import Parcel
from bot.engine.curves import LevelRules
from bot.engine.rules import Rules
from bot.events import Account, MemberJoined, MessagePosted, PointsAdjusted, hand, member_account, person, reaction
from bot.storage import adjustments, doors, gates, hands, inbox, ledger, members, privacy, rulebook, upkeep
from bot.storage.ledger import ERASED
from bot.storage.privacy import HOLDINGS
from bot.storage.store import Connection, Store
from bot.text import features
from bot.words import replace
from tests import snapshots
from tests.conftest import START, Clock

ANN = Account(platform="discord", space="987654321", user="123456789012345678", name="Annabel Lee")
BO = replace(ANN, user="223456789012345678", name="Bo")
SECRET = "the phrases that nobody keeps"


def test_every_table_is_accounted_for() -> None:
    assert sorted(holding.table.name for holding in HOLDINGS) == sorted(SQLModel.metadata.tables)
    assert all(holding.what and holding.why and holding.kept for holding in HOLDINGS)


def test_every_table_that_names_a_member_can_be_erased() -> None:
    for holding in HOLDINGS:
        if "member_id" in holding.table.c:
            assert holding.about is not None, holding.table.name


def live(store: Store, rules: Rules, clock: Clock) -> App:
    """A little life: Ann writes, is mentioned and reacted to, reacts, reaches levels, is let in, breaks a policy."""
    near = replace(rules, levels=LevelRules(curve="custom", linear=10))
    app = App(store, near, clock=clock)

    def bind(connection: Connection) -> None:
        community = members.see_channels(connection, "discord", ANN, [("c", "general", "text")])
        gates.bind(
            connection,
            community=community,
            gate="lounge",
            platform="discord",
            space=ANN.space,
            kind="role",
            target="r",
            now=clock(),
        )

    store.transact(bind)

    def post(number: int, who: Account, channel: str = "c", mentions: tuple[str, ...] = ()) -> MessagePosted:
        body = features(SECRET)
        at = clock()
        return MessagePosted(key=f"m:{number}", at=at, who=who, channel=channel, text=body, mentions=mentions)

    app.handle(
        [
            Parcel(
                events=(
                    MemberJoined(key="j:1", at=clock(), who=ANN),
                    post(1, ANN),
                    post(2, BO, mentions=(person("discord", ANN.user),)),
                    *reaction(giver=ANN, of="m:2", emoji="👍", at=clock(), given=True),
                    *reaction(giver=BO, of="m:1", emoji="👍", at=clock(), given=True),
                    *reaction(giver=ANN, of="m:2", emoji="👍", at=clock(), given=False),
                    post(3, ANN),
                    post(4, ANN, channel="\ud800"),
                )
            )
        ]
    )
    return app


def everything(store: Store) -> Iterator[tuple[str, str]]:
    """(table, value) of every cell of the database, as text."""
    with store.engine.connect() as connection:
        for table in SQLModel.metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                for value in row.values():
                    yield table.name, value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def traces(store: Store, *words: str) -> list[tuple[str, str]]:
    """The cells in which one of the words stands."""
    return [cell for cell in everything(store) if any(word in cell[1] for word in words)]


def find(store: Store, account: Account) -> members.Profile:
    """The member behind an account."""
    found = store.look(members.find, 1, account.platform, account.user)
    assert found is not None
    return found


def test_no_text_is_kept_anywhere(store: Store, rules: Rules, clock: Clock) -> None:
    live(store, rules, clock)
    assert traces(store, "phrases", "nobody keeps") == []


def test_an_export_has_every_row_about_a_member_and_none_about_another(
    store: Store, rules: Rules, clock: Clock
) -> None:
    live(store, rules, clock)
    ann, bo = find(store, ANN).member, find(store, BO).member
    for user, member in ((ANN.user, ann), (BO.user, bo)):
        store.transact(doors.keep_link, "discord", "room", user, member, f"https://t.me/+{user}", clock())
    mine: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(store.look(privacy.export, ann)))
    held = {name: len(table["rows"]) for name, table in mine.items() if table["rows"]}
    for name in ("outbox", "grants"):
        assert held.pop(name) == _count(store, name, ann) >= 1
    assert held == {"accounts": 1, "members": 1, "events": 5, "invites": 1, "entries": 3, "days": 1}
    assert mine["accounts"]["rows"][0]["external"] == ANN.user
    assert mine["members"]["rows"][0]["name"] == "Annabel Lee"
    assert [row["key"] for row in mine["events"]["rows"][:2]] == ["j:1", "m:1"]
    assert BO.user not in str(mine)
    assert f"'member_id': {bo}" not in str(mine)
    assert all(table["what"] and table["why"] and table["kept"] for table in mine.values())


def _count(store: Store, table: str, member: int) -> int:
    rows = SQLModel.metadata.tables[table]
    with store.engine.connect() as connection:
        return len(connection.execute(select(rows).where(rows.c.member_id == member)).all())


def test_an_erasure_leaves_nothing_but_a_hash(store: Store, rules: Rules, clock: Clock) -> None:
    live(store, rules, clock)
    ann, bo = find(store, ANN), find(store, BO)
    assert {table for table, _ in traces(store, ANN.user, "Annabel")} == {
        "accounts",
        "grants",
        "members",
        "outbox",
        "poison",
    }
    store.transact(privacy.erase, ann.community, ann.member, clock.advance(hours=1))
    assert traces(store, ANN.user, "Annabel") == []
    for name, table in SQLModel.metadata.tables.items():
        if "member_id" in table.c:
            assert _count(store, name, ann.member) == 0, name
    with store.engine.connect() as connection:
        assert list(connection.execute(select(ERASED))) == [
            (ledger.digest("discord", ANN.user, ann.community), clock())
        ]
    assert find(store, BO) == bo
    assert traces(store, "Bo")


def test_the_past_of_who_was_erased_does_not_come_back(store: Store, rules: Rules, clock: Clock) -> None:
    live(store, rules, clock)
    ann = find(store, ANN)
    store.transact(privacy.erase, ann.community, ann.member, clock.advance(hours=1))
    before = find(store, BO)
    clock.now = START
    live(store, rules, clock)  # the whole history once more, as an import would tell it
    again = find(store, ANN)
    assert again.state.engagement.messages == 0
    assert find(store, BO) == before


async def test_who_answered_somebody_who_is_erased_keeps_what_that_earned(app: App) -> None:
    """A recount has only the ledger to know it by; it is so still when two become one afterwards."""
    text, cyd = features("what they asked and what was answered"), replace(ANN, user="323", name="Cyd")
    asked = MessagePosted(key="q", at=START, who=ANN, channel="c", text=text)
    answer = MessagePosted(key="a", at=START, who=BO, channel="c", text=text, reply_to="q")
    lost = replace(answer, key="b", reply_to="never heard")
    await app.submit([asked, answer, lost, replace(lost, key="c", who=cyd)])
    ann, bo = find(app.store, ANN), find(app.store, BO)
    assert bo.state.engagement.replies == 1
    await app.forget(ann.community, ann.member, START)
    await app.recount(bo.community)
    assert find(app.store, BO).state == bo.state
    await app.merge(bo.member, find(app.store, cyd).member)
    await app.recount(bo.community)
    assert find(app.store, BO).state.engagement.replies == 1


async def test_what_a_creator_changed_does_not_name_them_when_they_are_erased(app: App) -> None:
    await app.submit([MemberJoined(key=f"here:{who.user}", at=START, who=who) for who in (ANN, BO)])
    ann, bo = find(app.store, ANN), find(app.store, BO)
    who = member_account(bo.community, bo.member)
    given = PointsAdjusted(key="xp:a:2", at=START, who=who, what="points", by=5, why="", actor=hand(ann.member))
    namesake = PointsAdjusted(key="xp:b:2", at=START, who=who, what="points", by=2, why="", actor=hand(bo.member))
    await app.submit([given, namesake])
    await app.amend_rules(ann.community, {"zone": "Asia/Shanghai"}, what="zone", by=hand(ann.member))
    await app.submit([MemberJoined(key="renamed", at=START, who=replace(ANN, name="Anna"))])

    async def actors() -> list[tuple[str, int]]:
        return [(one.actor, one.amount) for one in await app.store.read(adjustments.changes, bo.community)]

    assert await actors() == [(BO.name, 2), ("Anna", 5)]
    await app.forget(ann.community, ann.member, START)
    assert traces(app.store, hand(ann.member)) == []
    assert find(app.store, BO).state.engagement.points == 7
    assert await actors() == [(BO.name, 2), ("", 5)]
    (page,) = await app.store.read(rulebook.history, ann.community)
    assert await app.store.read(hands.names, [page.by]) == {"": ""}


def test_erasing_twice_harms_nothing(store: Store, rules: Rules, clock: Clock) -> None:
    live(store, rules, clock)
    ann = find(store, ANN)
    store.transact(privacy.erase, ann.community, ann.member, clock())
    store.transact(ledger.seats, [ANN])
    again = find(store, ANN)
    store.transact(privacy.erase, again.community, again.member, clock.advance(hours=2))
    with store.engine.connect() as connection:
        assert [at for _, at in connection.execute(select(ERASED))] == [clock()]


def test_two_customers_of_one_provider_can_both_be_erased(store: Store, rules: Rules, clock: Clock) -> None:
    live(store, rules, clock)
    customers = SQLModel.metadata.tables["customers"]
    people = [find(store, account) for account in (ANN, BO)]
    rows = [
        {"provider": "stripe", "external": f"cus_{number}", "community_id": 1, "member_id": one.member, "email": "hash"}
        for number, one in enumerate((people[0], *people))
    ]
    store.transact(lambda c: c.execute(customers.insert(), rows))
    for one in people:
        store.transact(privacy.erase, one.community, one.member, clock())
    columns = select(customers.c.external, customers.c.member_id, customers.c.email).order_by(customers.c.id)
    with store.engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(columns)] == [(f"erased:{n}", 0, "hash") for n in (1, 2, 3)]


def test_tidying_deletes_what_is_settled_and_old_and_nothing_else(store: Store, rules: Rules, clock: Clock) -> None:
    live(store, rules, clock)
    effects = store.look(snapshots.effects, ANN.space)
    settled = [outcome for *_, outcome in effects if outcome]
    store.transact(inbox.store, "s", [("1", b"a"), ("2", b"b")], clock())
    (one, _) = store.look(inbox.waiting, "s")
    store.transact(inbox.close, [one.id], clock())
    later = clock() + timedelta(days=1)
    assert store.transact(upkeep.prune, clock(), clock()) == 0
    assert store.transact(upkeep.prune, later, later) == len(settled) + 2  # the letter, and the event set aside
    assert len(store.look(snapshots.effects, ANN.space)) == len(effects) - len(settled) > 0
    assert [letter.external for letter in store.look(inbox.waiting, "s")] == ["2"]
