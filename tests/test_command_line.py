"""The command line as an operator meets it: its words and its exit code, and that it is a process that starts and ends.

What ends before anything is opened is tried in this process: to start one takes two seconds.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import app as program


def environment(folder: Path, **given: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LYCEUM_")}
    return {**kept, "LYCEUM_DATABASE_URL": f"sqlite:///{folder}/lyceum.db", "LYCEUM_LANG": "en", **given}


def lyceum(folder: Path, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=Path(__file__).parent.parent,
        env=environment(folder, **given),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, logging_as_before: None) -> Callable[..., Result]:
    """The program in this process, with no settings but those given."""
    for name in [name for name in os.environ if name.startswith("LYCEUM_")]:
        monkeypatch.delenv(name)

    def call(*arguments: str, **given: str) -> Result:
        return CliRunner().invoke(program, arguments, env={**environment(tmp_path, **given), "COLUMNS": "200"})

    return call


@pytest.fixture
def playing(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A playground in a process of its own, and its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "play", "--port", "0"],
        cwd=Path(__file__).parent.parent,
        env={**environment(tmp_path), "COLUMNS": "200", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    heard = []
    for line in process.stdout:
        heard.append(line)
        found = re.search(r"http://[\d.]+:\d+", line)
        if found:
            break
    else:
        pytest.fail(f"it never said where it is: {''.join(heard)}")
    yield process, found[0]
    process.kill()
    process.wait()
    process.stdout.close()


def test_play_serves_a_page_and_its_health_and_ends_when_told(playing: tuple[subprocess.Popen[str], str]) -> None:
    process, url = playing
    health = httpx.get(f"{url}/healthz", timeout=20)
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    assert httpx.get(url, timeout=20, follow_redirects=True).status_code == 200
    assert "lyceum_events_total" in httpx.get(f"{url}/metrics", timeout=20).text
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0


def test_run_without_a_token_says_what_is_missing(here: Callable[..., Result]) -> None:
    done = here("run", "--port", "0")
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert "LYCEUM_DISCORD_TOKEN" in done.stderr


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"LYCEUM_DISCORD_SHARDS": "many"}, "LYCEUM_DISCORD_SHARDS"),
        ({"LYCEUM_DATABASE_URL": "mysql://x/y"}, "mysql is not supported"),
        ({"LYCEUM_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"}, "the database can't be used"),
        ({"LYCEUM_RULES": "/nowhere.toml"}, "LYCEUM_RULES"),
        ({"LYCEUM_TELEGRAM_WEBHOOK_SECRET": " "}, "an empty secret can be forged"),
    ],
)
def test_a_wrong_setting_is_named(here: Callable[..., Result], given: dict[str, str], word: str) -> None:
    done = here("run", "--port", "0", **given)
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)  # said, not raised
    assert word in done.stderr


def test_a_process_that_refuses_says_so_without_a_traceback(tmp_path: Path) -> None:
    done = lyceum(tmp_path, "run", "--port", "0", LYCEUM_RULES="/nowhere.toml")
    assert done.returncode == 1
    assert "LYCEUM_RULES" in done.stderr
    assert "Traceback" not in done.stderr


def test_migrate_and_doctor_find_all_well(here: Callable[..., Result]) -> None:
    assert here("migrate").exit_code == 0
    done = here("doctor")
    assert done.exit_code == 0, done.stdout + done.stderr
    assert "✅ Rules" in done.stdout


def test_doctor_fails_when_something_is_wrong(here: Callable[..., Result]) -> None:
    done = here("doctor", "--json", LYCEUM_RULES="/nowhere.toml")
    assert (done.exit_code, '"problem"' in done.stdout) == (1, True)
