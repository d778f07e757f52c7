"""`lyceum run` as a process, on the fake Telegram: it hears, answers, is well, and ends without losing anything."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio

from bot.storage import members
from bot.storage.store import Store
from tests.adapters.telegram.conftest import ANN, CLUB, populate, said
from tests.fakes.telegram import TOKEN, FakeTelegram

ROOT = Path(__file__).parent.parent


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        populate(fake)
        yield fake


def start(folder: Path, telegram: FakeTelegram, port: int) -> subprocess.Popen[bytes]:
    settings = {
        "LYCEUM_DATABASE_URL": f"sqlite:///{folder}/lyceum.db",
        "LYCEUM_TELEGRAM_TOKEN": TOKEN,
        "LYCEUM_TELEGRAM_API_URL": telegram.url,
        "LYCEUM_PORT": str(port),
        "LYCEUM_LOG_FORMAT": "json",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LYCEUM_")}
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "bot", "run"], cwd=ROOT, env={**kept, **settings}, stdout=log, stderr=log
        )


async def end(process: subprocess.Popen[bytes]) -> int:
    """Ask it to stop; meanwhile the fake goes on answering in this loop."""
    process.send_signal(signal.SIGTERM)
    return await asyncio.to_thread(process.wait, 30)


async def test_it_hears_answers_is_well_and_ends_without_losing_anything(
    tmp_path: Path, telegram: FakeTelegram, unused_tcp_port: int
) -> None:
    process = start(tmp_path, telegram, unused_tcp_port)
    try:
        await telegram.until(lambda: telegram.allowed is not None, 90)
        telegram.say(ANN, CLUB, "hello")
        telegram.say(ANN, CLUB, "/leaderboard")
        board = await said(telegram, "Ann", chat=CLUB)
        assert "Leaderboard of Club" in str(board["caption"])
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{unused_tcp_port}") as client:
            health = await client.get("/healthz")
            assert (health.status_code, health.json()["platforms"]) == (200, ["telegram"])
            assert (await client.get("/")).status_code == 404, "no playground where a real community is"
        telegram.say(ANN, CLUB, "one more before the end")
        assert await end(process) == 0
        process = start(tmp_path, telegram, unused_tcp_port)
        await telegram.until(lambda: not telegram.updates, 90)
        assert await end(process) == 0
    finally:
        process.kill()
        process.wait()
    store = Store(f"sqlite:///{tmp_path}/lyceum.db")
    ann = store.look(members.find, 1, "telegram", str(ANN))
    store.close()
    assert ann is not None
    assert ann.state.engagement.messages == 2
    log = (tmp_path / "log").read_text()
    assert TOKEN not in log
    assert "Traceback" not in log
