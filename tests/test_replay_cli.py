"""`lyceum replay`: what it says, that it makes it so only when told, and that to look disturbs nobody."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import app as program
from bot.app import App
from bot.batch import Parcel
from bot.events import Account, MessagePosted
from bot.examine import counted_checks
from bot.service import load_rules
from bot.settings import Settings
from bot.storage import rulebook
from bot.storage.store import Store
from bot.text import features
from tests import snapshots
from tests.conftest import START

ANN = Account(platform="discord", space="1", user="a", name="Ann", space_name="Circle")
OTHER = Account(platform="discord", space="2", user="a", name="Ann", space_name="Square")
RULES = "[earn.message]\npoints = {points}\nto = {points}\ncooldown = 0\n[guard]\non = false\n"
POINTS = ("--set", "earn.message.points=100", "--set", "earn.message.to=100")


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logging_as_before: None) -> Path:
    """A database with one community where Ann wrote three messages, and the rules file of it."""
    for name in [name for name in os.environ if name.startswith("LYCEUM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LYCEUM_DATABASE_URL", f"sqlite:///{tmp_path}/lyceum.db")
    monkeypatch.setenv("LYCEUM_RULES", str(tmp_path / "rules.toml"))
    monkeypatch.setenv("LYCEUM_LANG", "en")
    (tmp_path / "rules.toml").write_text(RULES.format(points=10), encoding="utf-8")
    write(tmp_path, ANN)
    return tmp_path


def write(folder: Path, who: Account) -> None:
    store = Store(f"sqlite:///{folder}/lyceum.db")
    store.open(upgrade=True)
    body = features("What a question is this?")
    events = tuple(MessagePosted(key=f"{who.space}:{n}", at=START, who=who, channel="c", text=body) for n in range(3))
    App(store, load_rules(folder / "rules.toml")).handle([Parcel(events=events)])
    store.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(program, ["replay", *arguments], env={"COLUMNS": "200"})


def stored(folder: Path) -> tuple[int, list[str]]:
    """Ann's points, and what was changed in the rules."""
    store = Store(f"sqlite:///{folder}/lyceum.db")
    store.open()
    points = store.look(snapshots.states, "1")["a"].engagement.points
    pages = [f"{page.by}: {page.what}" for page in store.look(rulebook.history, 1)]
    store.close()
    return points, pages


def test_other_rules_are_tried_and_nothing_is_changed(ready: Path) -> None:
    done = run(*POINTS)
    assert done.exit_code == 0
    for words in (
        "Circle",
        "earn.message.points",
        "30 → 300",
        "Ann (0 → 2)",
        "Nothing was changed: this was a preview",
    ):
        assert words in done.stdout
    assert "other rules than those that hold today" not in done.stdout
    assert stored(ready) == (30, [])


def test_applied_they_hold_and_can_be_undone_by_the_creator(ready: Path) -> None:
    done = run(*POINTS, "--apply", "--json")
    found = json.loads(done.stdout)
    assert (found["applied"], found["effects"]["points"]) == (True, [30, 300])
    assert found["changes"] == {"earn.message.points": 100, "earn.message.to": 100}
    assert stored(ready) == (300, ["lyceum replay: earn.message.points = 100; earn.message.to = 100"])


def test_an_edited_rules_file_shows_and_is_applied(ready: Path) -> None:
    (ready / "rules.toml").write_text(RULES.format(points=50), encoding="utf-8")
    done = run()
    assert "The points were counted under other rules than those that hold today." in done.stdout
    assert "30 → 150" in done.stdout
    store, settings = Store(f"sqlite:///{ready}/lyceum.db"), Settings(_env_file=None)
    (check,) = counted_checks(settings, store)
    assert (check.state, check.values) == ("warning", {"community": "Circle", "n": 1})
    assert "lyceum replay --community {n}" in check.advice
    assert run("--apply").exit_code == 0
    assert stored(ready) == (150, [])
    assert counted_checks(settings, store) == []
    store.close()
    assert "other rules than" not in run().stdout


def test_a_rules_file_is_tried_in_the_place_of_the_communitys_own(ready: Path) -> None:
    assert run(*POINTS, "--apply").exit_code == 0
    file = ready / "own.toml"
    file.write_text("[earn.message]\npoints = 7\nto = 7\n[membership]\ngrace_days = 3\n", encoding="utf-8")
    found = json.loads(run("--rules", str(file), "--set", "earn.message.to=9", "--json").stdout)
    assert found["changes"] == {"earn.message.points": 7, "earn.message.to": 9}
    assert stored(ready)[0] == 300


def test_to_look_needs_no_lock_and_to_apply_needs_it(ready: Path) -> None:
    running = Store(f"sqlite:///{ready}/lyceum.db")
    running.open()
    looked, applied = run(*POINTS), run(*POINTS, "--apply")
    running.close()
    assert looked.exit_code == 0
    assert (applied.exit_code, "another Lyceum is running" in applied.stderr) == (1, True)
    assert stored(ready) == (30, [])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--set", "earn.message.cooldwn=3"],
            "There is no key earn.message.cooldwn. Did you mean earn.message.cooldown",
        ),
        (["--set", "earn.message.points=-1"], "earn.message.points can't be -1: it is a whole number from 0 to"),
        (["--set", "levels.curve=steep"], 'levels.curve can\'t be "steep": it is one of: mee6, lurkr'),
        (["--set", "30"], "Write it like earn.message.cooldown=30."),
        (["--rules", "none.toml"], "none.toml can't be read"),
        (["--community", "7"], "There is no community 7. There are: 1: Circle"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_changed(ready: Path, arguments: list[str], words: str) -> None:
    done = run(*arguments, "--apply")
    assert done.exit_code == 1
    assert words in done.stderr
    assert stored(ready) == (30, [])


def test_a_broken_rules_file_and_a_database_that_is_not_there_are_told(
    ready: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = ready / "broken.toml"
    broken.write_text("[earn", encoding="utf-8")
    assert "is no rules file" in run("--rules", str(broken)).stderr
    monkeypatch.setenv("LYCEUM_DATABASE_URL", f"sqlite:///{ready}/none.db")
    assert "there is no database at" in run().stderr
    assert not (ready / "none.db").exists()


def test_of_several_communities_one_is_chosen(ready: Path) -> None:
    write(ready, OTHER)
    asked = run(*POINTS)
    assert (asked.exit_code, "Choose one by --community: 1: Circle, 2: Square" in asked.stderr) == (1, True)
    assert json.loads(run(*POINTS, "--community", "2", "--apply", "--json").stdout)["name"] == "Square"
    assert stored(ready) == (30, [])
