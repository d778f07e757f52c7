"""An import through the real application: what it counts; that twice, killed, stopped or short of room is the same."""

import asyncio
import csv
import gzip
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import event, select
from typer.testing import CliRunner, Result

from bot.adapters.archive import Options, find
from bot.app import App
from bot.cli.imports import import_command
from bot.engine.rules import Rules
from bot.events import Account, MessagePosted
from bot.imports import Import, Progress, Summary, survey
from bot.state import MemberState
from bot.storage.ledger import EVENTS, MEMBERS
from bot.storage.outbox import OUTBOX
from bot.storage.store import Connection, Store
from bot.text import features
from bot.words import from_json
from tests.conftest import START
from tests.forks import forks
from tests.importing import bring_in

ROOT = Path(__file__).parent.parent
ARCHIVES = ROOT / "tests" / "payloads" / "archives"
OPTIONS = Options(bots=frozenset({"GroupHelp"}))


def quiet(_: Progress) -> None:
    """Hear nothing."""


def never() -> bool:
    return False


async def bring(app: App, path: Path, options: Options = OPTIONS, stop: Callable[[], bool] = never) -> Summary:
    return await Import(app, find(path), options, quiet, stop).run()


def ledger(connection: Connection) -> list[tuple[Any, ...]]:
    """Everything that an import changes: the log with its order, and the members with their states."""
    log = select(EVENTS.c.id, EVENTS.c.key, EVENTS.c.member_id, EVENTS.c.at, EVENTS.c.data).order_by(EVENTS.c.id)
    people = select(MEMBERS.c.id, MEMBERS.c.name, MEMBERS.c.points, MEMBERS.c.state).order_by(MEMBERS.c.id)
    return [tuple(row) for query in (log, people) for row in connection.execute(query)]


async def counts(app: App) -> Counter[str]:
    """How many messages each member has, by name, as the states say."""
    query = select(MEMBERS.c.name, MEMBERS.c.state)
    found = await app.store.read(lambda connection: connection.execute(query).all())
    states = [(name, from_json(MemberState, state).engagement.messages) for name, state in found]
    return Counter({name: messages for name, messages in states if messages})


def by_hand(path: Path) -> Counter[str]:
    """An independent count of a table: people's messages, without bots."""
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = csv.DictReader(text.decode().splitlines())
    return Counter(row["author"] for row in rows if row["bot"] == "0")


def big(path: Path, count: int) -> Path:
    """A table of `count` messages by 300 people and a bot, in time order, compressed."""
    with gzip.open(path, "wt") as out:
        out.write("id,time,author,bot,channel,length,mentions\n")
        for n in range(count):
            out.write(
                f"{n},{1_700_000_000 + n * 7},u{n * n % 301},{int(n * n % 301 == 0)},c{n % 9},{n % 200},u{n % 5}\n"
            )
    return path


async def test_the_members_of_a_table_have_the_messages_that_a_plain_count_gives(app: App, tmp_path: Path) -> None:
    table = big(tmp_path / "table.csv.gz", 5_000)
    summary = await bring(app, table)
    expected = by_hand(table)
    assert await counts(app) == expected
    assert summary.messages == summary.new == expected.total()
    assert summary.skipped == {"bot": 5_000 - expected.total()}
    assert summary.members == len(expected)
    assert [(one.name, one.messages) for one in summary.active] == sorted(
        expected.items(), key=lambda one: (-one[1], one[0])
    )[:10]
    assert len(summary.channels) == 9


async def test_a_guild_is_brought_with_its_messages_and_reactions(app: App) -> None:
    summary = await bring(app, ARCHIVES / "discord")
    messages = [
        m
        for name in ("general", "thread")
        for m in json.loads((ARCHIVES / f"discord/{name}.json").read_text())["messages"]
        if m["type"] in {"Default", "Reply"}
        and not m["author"]["isBot"]
        and m["author"]["name"] != "Deleted User"
        and m["id"].isdecimal()
    ]
    assert summary.messages == len(messages) == 9
    assert (await counts(app)).total() == 9
    assert summary.reactions == 2  # two of Bob's; Ann's own does not count, nor the helper's, nor those without names
    assert summary.communities == {"3001": "Circle of <b>Learners</b>"}
    assert summary.skipped == {"service": 5, "bot": 1, "deleted": 1, "bad": 1}
    assert [(note.file, note.where) for note in summary.notes] == [("general.json", 14)]
    ann = await app.profile(Account(platform="discord", space="3001", user="1001"))
    assert (ann.state.engagement.messages, ann.state.engagement.reactions_received) == (3, 2)


@pytest.mark.parametrize(
    ("sample", "options"),
    [
        ("discord", OPTIONS),
        ("telegram/supergroup.json", OPTIONS),
        ("telegram/old_group.json", OPTIONS),
        ("telegram/account.json", Options(community="Study")),
        ("zulip/export", OPTIONS),
        ("zulip/api.json", Options(community="circle")),
        ("csv/features.csv", OPTIONS),
        ("csv/plain.csv", OPTIONS),
    ],
)
async def test_the_same_archive_twice_changes_nothing(app: App, sample: str, options: Options, tmp_path: Path) -> None:
    first = await bring(app, ARCHIVES / sample, options)
    assert first.new > 0
    assert first.poisoned == 0
    before = await app.store.read(ledger)
    again = await bring(app, ARCHIVES / sample, options)
    assert (again.new, again.passed) == (0, first.new + first.dropped)
    assert (again.messages, again.reactions, again.members) == (first.messages, first.reactions, first.members)
    assert await app.store.read(ledger) == before


async def test_an_archive_that_has_grown_adds_only_what_is_new(app: App, tmp_path: Path) -> None:
    await bring(app, big(tmp_path / "table.csv.gz", 1_500))
    before = await app.store.read(ledger)
    grown = await bring(app, big(tmp_path / "table.csv.gz", 2_500))
    assert grown.passed == 0
    assert grown.known == sum(1 for n in range(1_500) if n * n % 301)
    assert grown.new == sum(1 for n in range(1_500, 2_500) if n * n % 301)
    after = await app.store.read(ledger)
    log = [row for row in before if len(row) == 5]
    assert after[: len(log)] == log
    assert await counts(app) == by_hand(tmp_path / "table.csv.gz")


async def test_what_was_heard_live_is_not_counted_again(app: App) -> None:
    live = MessagePosted(
        key="telegram:message:-4567:2",
        at=app.clock(),
        who=Account(platform="telegram", space="-4567", user="700001", name="Kim", space_name="Old friends"),
        channel="-4567",
        text=features("Hello?"),
    )
    await app.submit([live])
    summary = await bring(app, ARCHIVES / "telegram/old_group.json")
    assert (summary.new, summary.known) == (1, 1)
    assert await counts(app) == {"Kim": 1, "Lee": 1}


async def test_history_announces_nothing_and_opens_gates(app: App, tmp_path: Path) -> None:
    await bring(app, big(tmp_path / "table.csv.gz", 6_000))
    effects = await app.store.read(lambda connection: connection.execute(select(OUTBOX.c.effect)).scalars().all())
    assert not [effect for effect in effects if "Announce" in effect or "Nudge" in effect]
    someone = await app.profile(Account(platform="csv", space="table", user="u1"))
    assert someone.state.access.open == ("lounge",)


async def test_a_damaged_archive_gives_what_stands_before_and_the_whole_one_later_the_rest(
    app: App, tmp_path: Path
) -> None:
    table = big(tmp_path / "table.csv.gz", 4_000)
    expected, whole = by_hand(table), table.read_bytes()
    table.write_bytes(whole[: len(whole) // 2])
    damaged = await bring(app, table)
    assert len(damaged.damage) == 1
    assert 0 < damaged.new < expected.total()
    assert (await counts(app)).total() == damaged.new
    table.write_bytes(whole)
    mended = await bring(app, table)
    assert (mended.known, mended.known + mended.new) == (damaged.new, expected.total())
    assert await counts(app) == expected


async def test_one_damaged_file_does_not_keep_the_others_out(app: App, tmp_path: Path) -> None:
    for name in ("general", "thread"):
        (tmp_path / f"{name}.json").write_bytes((ARCHIVES / f"discord/{name}.json").read_bytes())
    half = (tmp_path / "general.json").read_bytes()
    (tmp_path / "general.json").write_bytes(half[: half.index(b"Welcome!")])
    summary = await bring(app, tmp_path)
    assert (len(summary.damage), summary.messages) == (1, 4)


async def test_a_stopped_import_goes_on_where_it_was(app: App, tmp_path: Path) -> None:
    table = big(tmp_path / "table.csv.gz", 5_000)
    asked = iter([False, False, *[True] * 1_000])
    first = await bring(app, table, stop=lambda: next(asked))
    assert first.stopped
    assert 0 < first.new < by_hand(table).total()
    second = await bring(app, table)
    assert not second.stopped
    assert second.passed == first.new
    assert await counts(app) == by_hand(table)


async def test_a_rehearsal_counts_the_same(app: App) -> None:
    rehearsed = survey(find(ARCHIVES / "discord"), OPTIONS, quiet, never)
    assert await app.store.read(ledger) == []
    real = await bring(app, ARCHIVES / "discord")
    assert (rehearsed.messages, rehearsed.reactions, rehearsed.skipped) == (real.messages, real.reactions, real.skipped)
    assert (rehearsed.new, rehearsed.active) == (0, real.active)


@asynccontextmanager
async def on_sqlite(path: Path, rules: Rules, limit: Callable[[Connection], None] | None = None) -> AsyncIterator[App]:
    """A started application on a SQLite file; `limit` is called with the connection when a transaction begins."""
    store = Store(f"sqlite:///{path}")
    await asyncio.to_thread(store.open)
    if limit is not None:
        event.listen(store.engine, "begin", limit)
    app = App(store, rules, clock=lambda: START)
    await app.start()
    yield app
    await app.close()
    await asyncio.to_thread(store.close)


async def test_a_full_disk_makes_it_wait_and_say_so(rules: Rules, tmp_path: Path) -> None:
    pages, heard = [1], []

    def limit(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages[0]}")

    def tell(now: Progress) -> None:
        heard.append(now.trouble)
        if now.trouble:
            pages[0] = 1_000_000

    table = big(tmp_path / "table.csv.gz", 12_000)
    async with on_sqlite(tmp_path / "small.db", rules, limit) as app:
        summary = await Import(app, find(table), OPTIONS, tell, never).run()
        assert await counts(app) == by_hand(table)
    assert summary.new == by_hand(table).total()
    assert any("full" in trouble for trouble in heard)
    assert heard[-1] == ""


# ---------------------------------------------------------------- processes


def killed(url: str, table: Path, point: int) -> None:
    """Import in a process of its own, and kill it when it has told of its progress `point` times."""
    context = forks()
    ear, mouth = context.Pipe(duplex=False)
    process = context.Process(target=bring_in, args=(url, table, mouth), daemon=True)
    process.start()
    mouth.close()
    for _ in range(point):
        assert ear.poll(60), "the process says nothing"
        ear.recv()
    process.kill()
    process.join()
    ear.close()
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.uncounted
@pytest.mark.parametrize("points", [(1,), (2, 6, 12)])
async def test_killed_and_run_again_the_totals_are_those_of_one_run(
    shipped: Rules, points: tuple[int, ...], tmp_path: Path
) -> None:
    table = big(tmp_path / "table.csv.gz", 15_000)
    for point in points:
        await asyncio.to_thread(killed, f"sqlite:///{tmp_path}/killed.db", table, point)
    async with on_sqlite(tmp_path / "killed.db", shipped) as app:
        summary = await bring(app, table, Options())
        resumed = await app.store.read(ledger)
        assert await counts(app) == by_hand(table)
    assert summary.new + summary.passed == by_hand(table).total()
    assert summary.new > 0
    async with on_sqlite(tmp_path / "whole.db", shipped) as app:
        await bring(app, table, Options())
        assert await app.store.read(ledger) == resumed


def lyceum(folder: Path, *arguments: str, **given: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LYCEUM_")}
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "import", *arguments],
        cwd=ROOT,
        env={**kept, "LYCEUM_DATABASE_URL": f"sqlite:///{folder}/lyceum.db", "LYCEUM_LANG": "en", **given},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_the_command_counts_for_people_and_for_scripts(tmp_path: Path) -> None:
    table = big(tmp_path / "table.csv.gz", 2_000)
    expected = by_hand(table)
    first = lyceum(tmp_path, str(table), "--json")
    out, err = first.communicate(timeout=60)
    assert (first.returncode, err) == (0, "")
    report = json.loads(out)
    assert (report["messages"], report["members"]) == (expected.total(), len(expected))
    assert (report["events"]["new"], report["files"][0]["format"]) == (expected.total(), "csv")
    assert (report["first"], report["last"]) == ("2023-11-14T22:13:27Z", "2023-11-15T02:06:33Z")
    again = typed(str(table), LYCEUM_DATABASE_URL=f"sqlite:///{tmp_path}/lyceum.db")
    assert (again.exit_code, again.stderr) == (0, "")
    assert re.search(rf"New in the database +0 events *\nThere before +{expected.total():,} events", again.stdout)


def typed(*arguments: str, **given: str) -> Result:
    """The command in this process."""
    command = typer.Typer()
    command.command()(import_command)
    return CliRunner().invoke(command, arguments, env={"LYCEUM_LANG": "en", "COLUMNS": "200", **given})


def test_a_rehearsal_shows_what_there_is_with_hostile_names_made_harmless() -> None:
    shown = typed(str(ARCHIVES / "telegram" / "supergroup.json"), "--dry-run", "--bot", "GroupHelp")
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert "Nothing was stored" in shown.stdout
    assert "Öffentliche Runde" in shown.stdout
    assert "Evil </b>" in shown.stdout
    assert "\u202e" not in shown.stdout
    assert "supergroup.json, message 18: it has no time that can be read" in shown.stdout
    assert "GroupHelp" not in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("README.md",), "- telegram: Telegram Desktop"),
        (("no-such-file.json",), "can't be read"),
        (("README.md", "--format", "irc"), "choose one of discord, telegram, zulip, csv"),
        (("README.md", "--timezone", "Mars/Base"), "no time zone"),
        (("tests/payloads/archives/telegram/account.json",), "Study (98765), Family (222)"),
    ],
)
def test_what_can_not_be_imported_is_told_with_what_to_do(
    arguments: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/lyceum.db"
    refused = typed(str(ROOT / arguments[0]), *arguments[1:], "--dry-run", LYCEUM_DATABASE_URL=url)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert says in refused.stderr
    assert not (tmp_path / "lyceum.db").exists()


def test_a_damaged_file_is_told_after_what_could_be_read(tmp_path: Path) -> None:
    table = big(tmp_path / "table.csv.gz", 4_000)
    table.write_bytes(table.read_bytes()[:-4_000])
    shown = typed(str(table), "--dry-run", "--json")
    assert shown.exit_code == 1
    assert 0 < json.loads(shown.stdout)["messages"] < by_hand(big(table, 4_000)).total()
    assert "table.csv.gz is damaged or cut off at byte" in shown.stderr


@pytest.mark.one_database
def test_it_refuses_while_another_lyceum_runs(store: Store, store_url: str) -> None:
    refused = typed(str(ARCHIVES / "csv" / "features.csv"), LYCEUM_DATABASE_URL=store_url)
    assert refused.exit_code == 1
    assert "another Lyceum is running" in refused.stderr


@pytest.mark.slow
@pytest.mark.uncounted
def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(tmp_path: Path) -> None:
    table = big(tmp_path / "table.csv.gz", 80_000)
    process = lyceum(tmp_path, str(table), "--json", COLUMNS="200")
    while process.poll() is None and not stored(tmp_path / "lyceum.db"):
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on from there" in err
    report = json.loads(out)
    assert report["stopped"] is True
    assert 0 < report["events"]["new"] == stored(tmp_path / "lyceum.db") < by_hand(table).total()


def stored(path: Path) -> int:
    """How many events a database holds; 0 while there is none."""
    if not path.exists():
        return 0
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return int(connection.execute("SELECT count(*) FROM events").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()
