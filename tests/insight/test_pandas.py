"""More than ten of the report's figures equal what pandas computes from the archive alone.

The same comparison runs on any archive in these columns: `compare(path, zone, database)`.
"""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from bot import __main__ as command_line
from tests.insight.archives import archive
from tests.insight.second_opinion import figures

NAMES = (
    "active",
    "daily",
    "weekly",
    "monthly",
    "thirty",
    "stickiness",
    "new",
    "contributors",
    "messages",
    "per_contributor",
    "questions",
    "answered",
    "first_answer",
    "replies",
    "reply_rate",
)


def reported(monkeypatch: pytest.MonkeyPatch, folder: Path, path: Path, zone: str) -> dict[str, Any]:
    """What `lyceum report --json` says of an archive after `lyceum import`."""
    monkeypatch.setenv("LYCEUM_DATABASE_URL", f"sqlite:///{folder}/lyceum.db")
    run = CliRunner()
    done = run.invoke(command_line.app, ["import", str(path), "--json"])
    assert done.exit_code == 0, done.output
    done = run.invoke(command_line.app, ["report", "--json", "--zone", zone])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = msgspec.json.decode(done.stdout)
    return found


def compare(ours: dict[str, Any], theirs: dict[str, Any]) -> int:
    """Assert that all figures are the same; returns how many were compared."""
    compared = 0
    for period in ("recent", "whole"):
        for name in NAMES:
            expected = theirs[f"{period}.{name}"]
            assert ours["figures"][period][name] == (
                None if expected is None else pytest.approx(expected, rel=1e-12)
            ), (period, name)
            compared += 1
    for name in ("returning", "resurrected", "lost"):
        assert ours["figures"]["recent"][name] == theirs[f"recent.{name}"], name
        compared += 1
    assert [row["daily"] for row in ours["daily"]] == theirs["daily"]
    assert [row["monthly"] for row in ours["daily"]][27:] == theirs["monthly"]
    assert {(row["weekday"] - 1, row["hour"]): row["activity"] for row in ours["hours"]} == {
        (day, hour): value for day, row in enumerate(theirs["hours"]) for hour, value in enumerate(row)
    }
    assert {row["name"]: row["messages"] for row in ours["channels"]} == {
        f"#{name}": count for name, count in theirs["channels"].items()
    }
    cohorts: dict[str, list[int]] = {}
    for row in ours["retention_weeks"]:
        cohorts.setdefault(row["cohort"], []).append(row["active"])
    assert cohorts == theirs["cohorts"]
    return compared + 5


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Shanghai"])
def test_the_reports_figures_are_those_of_pandas(zone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archive(tmp_path / "club.csv")
    theirs = figures(path, zone)
    assert compare(reported(monkeypatch, tmp_path, path, zone), theirs) == 38
    assert theirs["whole.messages"] > 2_000
    assert theirs["recent.replies"] > 20
    assert theirs["recent.resurrected"] > 0
    assert theirs["whole.first_answer"] > 60
