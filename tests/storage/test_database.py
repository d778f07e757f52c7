"""Opening a database: one writer, a schema that is this code's or is refused, and no half migration."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, text
from sqlmodel import SQLModel

from bot.app import App
from bot.batch import Parcel
from bot.engine.rules import Rules
from bot.events import Account, MessagePosted
from bot.storage import inbox, ledger, members, privacy, tables
from bot.storage.database import DatabaseError, behind, connect, migrate, migrations
from bot.storage.store import Connection, SchemaBehindError, Store
from bot.text import Features
from tests.conftest import START
from tests.forks import forks
from tests.postgres import Server

TABLES = sorted(SQLModel.metadata.tables)


def test_a_fresh_database_is_what_the_tables_say(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []
        assert sorted(inspect(connection).get_table_names()) == sorted([*TABLES, "alembic_version"])


def test_every_number_has_sixty_four_bits(store: Store) -> None:
    big = 2**63 - 1
    store.transact(inbox.set_cursor, "big", big)
    assert store.look(inbox.cursor, "big") == big
    account = Account(platform="discord", space=str(big), user=str(2**63 + 1), name="Ann")
    (seat,) = store.transact(ledger.seats, [account]).values()
    assert store.look(members.find, seat.community, "discord", str(2**63 + 1)) is not None


def test_an_instant_is_kept_to_the_microsecond_and_a_naive_one_is_refused(store: Store) -> None:
    at = START.replace(microsecond=123_456)
    assert tables.micros(at) == 1_795_262_400_123_456
    store.transact(inbox.store, "s", [("1", b"x")], at)
    assert store.look(lambda c: c.scalar(text("SELECT received_at FROM inbox"))) == tables.micros(at)
    with pytest.raises(TypeError):
        tables.micros(at.replace(tzinfo=None))


def test_a_second_writer_is_refused_until_the_first_is_done(store: Store, store_url: str) -> None:
    second = Store(store_url)
    with pytest.raises(DatabaseError, match="another Lyceum is running"):
        second.open(upgrade=True)
    second.close()
    store.close()
    third = Store(store_url)
    third.open(upgrade=True)
    third.close()


def test_others_may_read_while_one_writes(store: Store, store_url: str) -> None:
    store.transact(inbox.set_cursor, "c", 1)
    reader = Store(store_url)  # not opened: it only looks
    with store.engine.begin() as connection:
        inbox.set_cursor(connection, "c", 2)
        assert reader.look(inbox.cursor, "c") == 1
    assert reader.look(inbox.cursor, "c") == 2
    reader.close()


def test_what_fails_half_way_leaves_nothing(store: Store) -> None:
    def half(connection: Connection) -> None:
        inbox.set_cursor(connection, "c", 1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.transact(half)
    assert store.look(inbox.cursor, "c") is None


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://u@h/db"], ids=["nowhere", "in memory", "another kind"]
)
def test_a_database_that_will_not_do_is_refused_with_what_will(url: str) -> None:
    with pytest.raises(DatabaseError, match="use sqlite:///"):
        connect(url)


def test_sqlite_is_as_safe_as_it_can_be(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/new/folder/a.db")
    with engine.connect() as connection:
        found = {name: connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous")}
    engine.dispose()
    assert found == {"journal_mode": "wal", "synchronous": 2}


def test_sqlite_is_migrated_when_opened(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/a.db")
    store.open()
    assert not behind(store.engine)
    store.close()
    again = Store(f"sqlite:///{tmp_path}/a.db")
    again.open()
    assert not behind(again.engine)
    again.close()


@pytest.mark.postgres
def test_postgresql_is_not_migrated_unless_told(postgres: Server) -> None:
    url = postgres.blank()
    store = Store(url)
    with pytest.raises(SchemaBehindError, match="lyceum migrate"):
        store.open()
    with store.engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
    store.engine.dispose()
    told = Store(url)
    told.open(upgrade=True)
    told.close()
    after = Store(url)
    after.open()
    after.close()
    postgres.drop(url)


def _migrate(url: str) -> None:
    engine = connect(url)
    migrate(engine)
    engine.dispose()


def test_members_of_before_get_the_day_on_which_they_were_last_active(store: Store, rules: Rules) -> None:
    spans = [timedelta(0), timedelta(hours=11, minutes=59, seconds=59, microseconds=999_999), timedelta(hours=12)]
    told = [
        MessagePosted(
            key=f"m{number}",
            at=START + span,
            who=Account(platform="playground", space="s", user=str(number)),
            channel="c",
            text=Features(),
        )
        for number, span in enumerate(spans)
    ]
    App(store, rules).handle([Parcel(events=tuple(told))])
    days = select(ledger.MEMBERS.c.last_day).order_by(ledger.MEMBERS.c.id)
    with store.engine.begin() as connection:
        command.downgrade(migrations(connection), "0011")
        command.upgrade(migrations(connection), "head")
        assert connection.scalars(days).all() == [(START + span).toordinal() for span in spans]


@pytest.mark.slow
def test_a_migration_killed_at_any_moment_has_happened_or_has_not(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    context = forks()
    dice, stages = Random(7), set()
    for number in range(8):
        url = f"sqlite:///{tmp_path}/{number}.db" if database == "sqlite" else _blank(request)
        process = context.Process(target=_migrate, args=(url,))
        process.start()
        process.join(0.02 + dice.random() * 0.15)
        process.kill()
        process.join()
        engine = connect(url)
        with engine.connect() as connection:
            found = sorted(set(inspect(connection).get_table_names()) - {"alembic_version"})
        assert found in ([], TABLES), "half a schema"
        stages.add(bool(found))
        migrate(engine)
        assert not behind(engine)
        engine.dispose()
    assert stages, "no kill at all"


def _blank(request: pytest.FixtureRequest) -> str:
    running: Server = request.getfixturevalue("postgres")
    url = running.blank()
    request.addfinalizer(lambda: running.drop(url))
    return url


def test_numbers_are_never_given_again(store: Store, rules: Rules) -> None:
    app = App(store, rules)
    who = Account(platform="discord", space="g", user="1", name="Ann")
    app.handle([Parcel(events=(MessagePosted(key="m", at=START, who=who, channel="c", text=Features()),))])
    first = store.look(members.find, 1, "discord", "1")
    assert first is not None
    store.transact(privacy.erase, 1, first.member, START)
    (seat,) = store.transact(ledger.seats, [who]).values()
    assert seat.member > first.member
    for table in ("inbox", "outbox", "members"):
        if store.engine.dialect.name == "sqlite":
            path = store.engine.url.database
            assert path is not None
            made = sqlite3.connect(path)
            (sql,) = made.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()
            made.close()
            assert "AUTOINCREMENT" in sql
