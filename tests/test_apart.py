"""Work in a process of its own: its answer, its progress, its errors, and that none outlives who waits for it."""

import asyncio
import os
from pathlib import Path

import pytest

from bot import apart as module
from bot.apart import ApartError, apart, quietly
from tests import errands


async def test_the_answer_and_the_progress_come_from_another_process() -> None:
    heard: list[tuple[str, int, int]] = []
    found, process = await apart(errands.count, lambda *told: heard.append(told), 3)
    assert found == 3
    assert process != os.getpid()
    assert heard == [("counting", 1, 3), ("counting", 2, 3), ("counting", 3, 3)]


async def test_it_gets_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LYCEUM_DISCORD_TOKEN", "secret")
    names = await apart(errands.environment, quietly)
    assert "LYCEUM_DISCORD_TOKEN" not in names
    assert "OMP_NUM_THREADS" in names


async def test_what_goes_wrong_there_goes_wrong_here() -> None:
    with pytest.raises(ValueError, match="as told"):
        await apart(errands.fail, quietly, sent=True)
    with pytest.raises(RuntimeError, match="not sent"):
        await apart(errands.fail, quietly, sent=False)


async def test_a_process_that_dies_is_told_of() -> None:
    with pytest.raises(ApartError, match="without an answer"):
        await apart(errands.die, quietly)


async def test_what_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "PATIENCE", 1.0)
    with pytest.raises(ApartError, match="given up"):
        await apart(errands.stay, quietly, tmp_path / "process")


async def test_who_goes_away_ends_the_process(tmp_path: Path) -> None:
    told = tmp_path / "process"
    task = asyncio.create_task(apart(errands.stay, quietly, told))
    while not told.exists():  # noqa: ASYNC110 - another process makes it
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text()), 0)
