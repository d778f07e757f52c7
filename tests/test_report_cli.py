"""`lyceum report`: a page that needs nothing else, JSON, CSV; and what it says when there is nothing to report."""

import csv
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.insight.measures import MEASURES, TERMS
from bot.insight.plates import PLATES
from bot.storage.store import Store
from tests.insight.archives import imported

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with an archive in it."""
    return imported(tmp_path_factory.mktemp("library"), "<b>读书会</b>")


@pytest.fixture
def run(library: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call `lyceum report` on it."""
    monkeypatch.setenv("LYCEUM_LANG", "en")

    def called(*arguments: object, database: Path = library) -> Result:
        monkeypatch.setenv("LYCEUM_DATABASE_URL", f"sqlite:///{database}/lyceum.db")
        return CliRunner().invoke(app, ["report", *map(str, arguments)])

    return called


class Page(HTMLParser):
    """What a page is made of: its elements, whether all are closed, and what it would fetch."""

    VOID = ("meta", "link", "br", "path", "use")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def fetched(self) -> list[str]:
        """Addresses that are neither in the page nor data."""
        values = [attrs.get(name) or "" for _, attrs in self.found for name in ("src", "href", "xlink:href")]
        return [one for one in values if one and not one.startswith(("#", "data:"))]


def test_the_page_needs_nothing_else_and_says_what_each_figure_means(run: Run, tmp_path: Path) -> None:
    done = run("--html", tmp_path / "report.html", "--zone", "Europe/Berlin")
    assert (done.exit_code, done.output) == (0, f"The report is in {tmp_path}/report.html.\n")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    shown = Page(text)
    assert shown.open == []
    assert shown.fetched() == []
    assert "<script" not in text
    assert "url(http" not in text
    assert "Report of <b>读书会</b>" in shown.text  # escaped
    assert "<b>" not in text
    assert "Time zone: Europe/Berlin." in shown.text
    for one in (*MEASURES, *TERMS):
        assert one.title in shown.text
        assert one.definition in shown.text
    charts = [attrs for tag, attrs in shown.found if tag == "svg"]
    assert len(charts) == len(PLATES) == 9
    assert all(one["role"] == "img" and one["aria-label"] for one in charts)
    identifiers = [attrs["id"] for _, attrs in shown.found if attrs.get("id") and len(attrs["id"] or "") < 20]
    assert {"figures", "charts", "models", "definitions"} <= set(identifiers)
    assert re.findall(r"#0a0b[0-9a-f]{2}", text) == []  # every colour became a variable


def test_the_json_has_the_figures_their_definitions_and_all_tables(run: Run) -> None:
    done = run("--json", "--since", "2026-05-01", "--until", "2026-07-15")
    assert done.exit_code == 0, done.output
    found = msgspec.json.decode(done.stdout)
    assert (found["first_day"], found["last_day"], found["zone"]) == ("2026-05-01", "2026-07-15", "UTC")
    assert found["counted_to"] == "2026-07-16T00:00:00+00:00"
    assert found["definitions"] == {one.name: one.definition for one in MEASURES}
    assert set(found["figures"]) == {"recent", "before", "whole"}
    assert len(found["daily"]) == 76
    assert sum(row["messages"] for row in found["daily"]) == found["figures"]["whole"]["messages"]
    assert sum(row["activity"] for row in found["hours"]) == found["figures"]["whole"]["activity"]
    assert [one["model"] for one in found["models"]] == [
        "activity of the community",
        "activity of a member",
        "retention",
    ]
    assert found["models"][0]["forecasts"] == 41  # the last quarter of 163 days
    assert found["models"][-1] == {"model": "retention", "not_enough": {"have": 21, "need": 24}}


def test_the_tables_are_files_in_which_no_cell_is_a_formula(run: Run, tmp_path: Path) -> None:
    done = run("--csv", tmp_path / "tables")
    assert done.exit_code == 0, done.output
    names = sorted(one.name for one in (tmp_path / "tables").iterdir())
    assert names == sorted(
        f"{name}.csv"
        for name in (
            "figures", "daily", "growth", "retention_weeks", "retention_months", "hours", "channels", "platforms",
            "models", "members",
        )
    )  # fmt: skip
    rows = list(csv.DictReader((tmp_path / "tables" / "members.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert {row["name"] for row in rows} >= {"u0", "u8"}
    assert "robot" not in {row["name"] for row in rows}
    figures = (tmp_path / "tables" / "figures.csv").read_text(encoding="utf-8-sig").splitlines()
    assert figures[0] == "period,first,last,name,value,unit,definition"


def test_it_speaks_chinese(run: Run, tmp_path: Path) -> None:
    assert run("--html", tmp_path / "r.html", "--locale", "zh_CN", "--until", "2026-02-06").exit_code == 0
    assert '<html lang="zh-CN">' in (tmp_path / "r.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Say what you want: --html FILE, --json or --csv FOLDER."),
        (("--json", "--zone", "Mars/Olympus"), "Mars/Olympus is no time zone: write it like Europe/Berlin or UTC."),
        (("--json", "--zone", "../../etc/passwd"), "../../etc/passwd is no time zone"),
        (("--json", "--community", 7), "There is no community 7. There are: 1."),
        (("--json", "--locale", "de"), "de is no language here: choose one of en, zh_CN."),
        (("--json", "--since", "2026-05-02", "--until", "2026-05-01"), "--since is after --until."),
        (("--json", "--until", "2020-01-01"), "There is no whole day of activity before 2020-01-02 00:00"),
        (("--html", "/nowhere/report.html"), "/nowhere/report.html can't be written: No such file or directory."),
    ],
)
def test_what_can_not_be_reported_is_said_with_what_to_do(run: Run, arguments: tuple[object, ...], words: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 1
    assert words in done.stderr
    assert done.stdout == ""


def test_without_a_database_or_an_event_it_says_so_and_makes_none(run: Run, tmp_path: Path) -> None:
    done = run("--json", database=tmp_path)
    assert (done.exit_code, "there is no database at" in done.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []
    store = Store(f"sqlite:///{tmp_path}/lyceum.db")
    store.open()
    store.close()
    done = run("--json", database=tmp_path)
    assert "There is no community in this database yet." in done.stderr


def test_a_running_lyceum_is_not_disturbed(run: Run, library: Path) -> None:
    running = Store(f"sqlite:///{library}/lyceum.db")
    running.open()
    try:
        assert run("--json").exit_code == 0
    finally:
        running.close()


def test_the_page_of_little_history_says_what_is_missing(run: Run, tmp_path: Path) -> None:
    done = run("--html", tmp_path / "r.html", "--until", "2026-02-06")
    assert done.exit_code == 0, done.output
    text = Page((tmp_path / "r.html").read_text(encoding="utf-8")).text
    assert "Not enough history yet: 4 of the 84 whole days that the activity model needs." in text
    assert "Not enough history yet: 0 of the 24 weeks that the retention model needs." in text
