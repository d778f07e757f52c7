"""`lyceum train`: what it prints, what it stores, and that it only looks while a Lyceum is running."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.engine.churn.training import SILENT
from bot.storage import models, segments
from bot.storage.store import Store
from tests.insight.archives import imported

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with an archive in it."""
    return imported(tmp_path_factory.mktemp("library"), "Book circle")


@pytest.fixture
def run(library: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call `lyceum train` on it."""
    monkeypatch.setenv("LYCEUM_LANG", "en")

    def called(*arguments: object, database: Path = library) -> Result:
        monkeypatch.setenv("LYCEUM_DATABASE_URL", f"sqlite:///{database}/lyceum.db")
        return CliRunner().invoke(app, ["train", *map(str, arguments)])

    return called


def stored(folder: Path) -> tuple[bool, int]:
    """(whether there is a model, how many members have a segment)."""
    store = Store(f"sqlite:///{folder}/lyceum.db")
    try:
        return store.look(models.newest, 1, SILENT) is not None, sum(store.look(segments.sizes, 1).values())
    finally:
        store.close()


def facts(done: Result) -> list[tuple[str, int, int, bool]]:
    """Of each target the rows, who left, and whether there is a model: the last digits are another processor's."""
    return [(one["target"], one["rows"], one["left"], one["model"] is None) for one in msgspec.json.decode(done.stdout)]


def test_while_a_lyceum_runs_it_only_looks_and_then_it_stores(run: Run, library: Path) -> None:
    holder = Store(f"sqlite:///{library}/lyceum.db")
    holder.open()
    try:
        looked = run("--json")
        assert looked.exit_code == 0, looked.output
        assert stored(library) == (False, 0)
    finally:
        holder.close()
    done = run("--json")
    assert done.exit_code == 0, done.output
    assert facts(done) == facts(looked)
    silent, lapsed = msgspec.json.decode(done.stdout)
    assert (silent["target"], lapsed["target"], lapsed["model"]) == ("silent", "lapsed", None)
    assert silent["rows"] >= silent["left"]
    has, members = stored(library)
    assert has
    assert members > 0


def test_what_it_found_is_told_to_people(run: Run) -> None:
    done = run()
    assert done.exit_code == 0, done.output
    words = " ".join(done.stdout.split())
    assert "Who falls silent" in words
    assert "rows whose outcome is known" in words
    assert "That is too few to learn from: it takes 50 renewals that were due." in words
    assert words.endswith("The models hold from now on, and everybody was estimated by them: /risk shows it.")


def test_what_can_not_be_trained_is_said_with_what_to_do(run: Run, library: Path, tmp_path: Path) -> None:
    other = run(database=tmp_path)
    assert (other.exit_code, "there is no database at" in other.output) == (1, True)
    assert not list(tmp_path.iterdir())
    unknown = run("--community", 7)
    assert unknown.exit_code == 1
    assert "There is no community 7. There are: 1: Book circle" in " ".join(unknown.output.split())
    empty = Store(f"sqlite:///{tmp_path}/lyceum.db")
    empty.open()
    empty.close()
    nobody = run(database=tmp_path)
    assert (nobody.exit_code, "no community in this database yet" in nobody.output) == (1, True)
    assert stored(library)[1] >= 0


def test_tastes_are_learnt_by_hand_and_not_beside_a_running_lyceum(run: Run, library: Path) -> None:
    holder = Store(f"sqlite:///{library}/lyceum.db")
    holder.open()
    try:
        busy = run("--kind", "tastes")
        assert busy.exit_code == 1
        assert holder.look(models.newest, 1, "discussions") is None
    finally:
        holder.close()
    done = run("--kind", "tastes")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("Nobody has opened, finished or saved anything of the library yet")
    found = msgspec.json.decode(run("--kind", "tastes", "--json").stdout)
    assert (found["chosen"], found["members"]) == (None, 0)
    again = Store(f"sqlite:///{library}/lyceum.db")
    try:
        assert again.look(models.newest, 1, "discussions") is not None
    finally:
        again.close()
