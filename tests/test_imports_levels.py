"""Levels of another product become points here: once, explained, worth nothing in the shop, taken back at a word."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot import imports_levels
from bot.__main__ import app as program
from bot.adapters.levels import Choices, LevelsError, Reading, read
from bot.app import App
from bot.engine.purse import coins
from bot.events import Account, MemberJoined, PointsAdjusted
from bot.imports_levels import Preview, Wishes
from bot.state import MemberState
from bot.storage import entries, ledger
from bot.storage.store import Store
from tests import snapshots
from tests.adapters.test_levels import FILES, GUILD, A, B, C
from tests.conftest import ROOT, START, Clock
from tests.storage.people import wrote

ANN = Account(platform="discord", space=GUILD, user=A, name="Ann", space_name="Circle")
FILE = (FILES / "mee6.json").read_bytes()


def reading(data: bytes = FILE, product: str = "") -> Reading:
    return read(data, Choices(product=product))


async def bring(app: App, found: Reading) -> Preview:
    preview = await imports_levels.judge(app, found, Wishes())
    await imports_levels.bring(app, preview)
    return preview


def states(app: App) -> dict[str, MemberState]:
    return app.store.look(snapshots.states, GUILD)


def fates(preview: Preview) -> dict[str, int]:
    return {fate: count for fate, count in preview.fates.items() if count}


async def test_looking_stores_nothing(app: App) -> None:
    await app.submit([wrote(ANN, 1)])
    before = app.store.look(snapshots.everything)
    preview = await imports_levels.judge(app, reading(), Wishes())
    assert fates(preview) == {"known": 1, "newcomer": 1, "nothing": 1}
    assert app.store.look(snapshots.everything) == before


async def test_points_are_those_of_there_and_say_where_they_are_from(app: App) -> None:
    await app.submit([wrote(ANN, 1)])
    had = states(app)[A].engagement.points
    preview = await bring(app, reading())
    assert (preview.stored, preview.dropped) == (2, 0)
    ann, bo = states(app)[A], states(app)[B]
    assert (ann.engagement.points, ann.engagement.adjusted, ann.standing.level) == (7017, 7017 - had, 11)
    assert (bo.engagement.points, bo.standing.level, bo.contact.here, bo.access.open) == (255, 2, False, ())
    assert coins(ann, app.rules) == int(had * app.rules.shop.coins_per_point)
    seat = await app.profile(ANN)
    thing = f"levels:mee6:{seat.community}:discord:{A}"
    (line,) = app.store.look(entries.hanging, [thing], [seat.member]).popitem()[1]
    assert (line.way, line.points, line.note) == ("adjusted", 7017 - had, "MEE6")


async def test_nobody_is_told_of_a_level_and_doors_open_to_who_is_here(app: App) -> None:
    await app.submit([wrote(ANN, 1)])
    await bring(app, reading())
    assert states(app)[A].access.open == ("lounge",)
    assert [effect for _, _, effect, _ in app.store.look(snapshots.effects, GUILD)] == []


async def test_the_same_file_twice_is_as_good_as_once(app: App) -> None:
    await app.profile(ANN)
    await bring(app, reading())
    before = app.store.look(snapshots.everything)
    again = await bring(app, reading())
    assert (fates(again), again.stored) == ({"same": 2, "nothing": 1}, 0)
    assert app.store.look(snapshots.everything) == before


async def test_who_comes_later_finds_their_level_and_what_it_opens(app: App) -> None:
    await app.profile(ANN)
    await bring(app, reading())
    bo = Account(platform="discord", space=GUILD, user=B, name="Bo")
    await app.submit([MemberJoined(key="join", at=START, who=bo)])
    state = states(app)[B]
    assert (state.contact.here, state.engagement.points, state.standing.level, state.access.open) == (
        True,
        255,
        2,
        ("lounge",),
    )


async def test_whoever_has_more_here_keeps_it(app: App) -> None:
    await app.submit([wrote(ANN, 1), PointsAdjusted(key="gift", at=START, who=ANN, to=9000)])
    preview = await bring(app, reading())
    assert fates(preview) == {"more": 1, "newcomer": 1, "nothing": 1}
    assert states(app)[A].engagement.points == 9000


async def test_undo_takes_it_back_and_then_it_can_be_brought_again(app: App) -> None:
    await app.submit([wrote(ANN, 1)])
    before = states(app)[A].engagement
    await bring(app, reading())
    await app.submit([wrote(ANN, 2)])
    assert await imports_levels.undo(app, "mee6", Wishes()) == 2
    after = states(app)
    assert (after[A].engagement.adjusted, after[B].engagement.points) == (0, 0)
    assert after[A].engagement.points == 7017 + (after[A].engagement.points - before.points) - (7017 - before.points)
    with pytest.raises(LevelsError, match="Nothing was brought"):
        await imports_levels.undo(app, "mee6", Wishes())
    again = await bring(app, reading())
    assert (again.stored, states(app)[A].engagement.points) == (2, 7017)
    assert await imports_levels.undo(app, "mee6", Wishes()) == 2
    assert states(app)[A].engagement.adjusted == 0


async def test_two_products_are_two_imports(app: App) -> None:
    await app.profile(ANN)
    await bring(app, reading())
    await bring(app, reading(f'[{{"id": "{A}", "xp": 8000}}]'.encode(), "lurkr"))
    assert states(app)[A].engagement.points == 8000
    assert await imports_levels.undo(app, "lurkr", Wishes()) == 1
    assert states(app)[A].engagement.points == 7017


async def test_two_accounts_of_one_member_bring_the_greater_of_the_two(app: App) -> None:
    other = Account(platform="discord", space=GUILD, user=B, name="Ann too")
    first, second = await app.profile(ANN), await app.profile(other)
    await app.merge(first.member, second.member)
    preview = await bring(app, reading())
    assert fates(preview) == {"known": 1, "double": 1, "nothing": 1}
    assert states(app)[A].engagement.points == 7017


async def test_what_was_erased_stays_gone(app: App, clock: Clock) -> None:
    seat = await app.profile(ANN)
    await app.forget(seat.community, seat.member, clock())
    preview = await bring(app, reading())
    assert fates(preview) == {"erased": 1, "newcomer": 1, "nothing": 1}
    assert set(states(app)) == {B}


async def test_the_same_person_in_two_communities_is_brought_to_each(app: App) -> None:
    await app.profile(ANN)
    await app.profile(Account(platform="discord", space="5", user=C, space_name="Other"))
    for community in (1, 2):
        preview = await imports_levels.judge(app, reading(), Wishes(community=community))
        await imports_levels.bring(app, preview)
        assert preview.stored == 2
    with pytest.raises(LevelsError, match="several communities"):
        await imports_levels.judge(app, reading(), Wishes())
    with pytest.raises(LevelsError, match="There is no community"):
        await imports_levels.judge(app, reading(), Wishes(community=9))
    with pytest.raises(LevelsError, match="not on"):
        await imports_levels.judge(app, reading(), Wishes(community=1, platform="telegram"))


# ---------------------------------------------------------------------- the command


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logging_as_before: None) -> Path:
    """A database with one community, and an environment that names it."""
    for name in [name for name in os.environ if name.startswith("LYCEUM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LYCEUM_DATABASE_URL", f"sqlite:///{tmp_path}/lyceum.db")
    monkeypatch.setenv("LYCEUM_RULES", str(ROOT / "config" / "rules.toml"))
    monkeypatch.setenv("LYCEUM_LANG", "en")
    opened = Store(f"sqlite:///{tmp_path}/lyceum.db")
    opened.open(upgrade=True)
    opened.transact(ledger.seats, [ANN])
    opened.close()
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(program, ["import", "levels", *arguments], env={"COLUMNS": "200"})


def total(folder: Path) -> int:
    opened = Store(f"sqlite:///{folder}/lyceum.db")
    opened.open()
    found = opened.look(snapshots.states, GUILD)
    opened.close()
    return sum(state.engagement.points for state in found.values())


def test_the_command_previews_applies_and_takes_back(ready: Path) -> None:
    done = run(str(FILES / "mee6.json"))
    assert (done.exit_code, total(ready)) == (0, 0)
    for words in ("MEE6", "7,017", "Nothing was stored: this was a preview. The same with --apply brings it."):
        assert words in done.stdout
    done = run(str(FILES / "mee6.json"), "--apply", "--json")
    found = json.loads(done.stdout)
    assert (found["stored"], found["rows"]["known"], found["rows"]["newcomer"], found["foreign"]) == (2, 1, 1, False)
    assert total(ready) == 7272
    done = run("--undo", "mee6")
    assert (done.exit_code, done.stdout, total(ready)) == (0, "The levels of 2 members were taken back.\n", 0)


def test_the_command_names_rows_it_cant_take(ready: Path) -> None:
    done = run(str(FILES / "damaged.json"), "--apply")
    assert done.exit_code == 0
    assert "Row 3 (@bo): @bo is no user id of discord." in done.stdout
    assert "2 members have their points now." in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.json"], "none.json can't be read"),
        ([], "Say which file"),
        (["--undo", "mee6"], "Nothing was brought from mee6"),
        ([str(FILES / "mee6.json"), "--from", "tatsu"], "tatsu is no product I know"),
        ([str(FILES / "mee6.json"), "--community", "7"], "There is no community 7. There are: 1: Circle"),
        ([str(FILES / "mee6.json"), "--platform", "telegram"], "The community is not on telegram"),
    ],
)
def test_the_command_says_what_is_wrong(ready: Path, arguments: list[str], words: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 1
    assert words in done.stderr
    assert total(ready) == 0


def test_a_file_of_another_server_is_warned_of(ready: Path, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text(FILE.decode().replace(GUILD, "111111111111111111"), encoding="utf-8")
    assert "The file is of the server 111111111111111111" in run(str(file)).stdout
