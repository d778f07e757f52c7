"""Health, metrics, webhooks and headers, asked over HTTP."""

from collections.abc import AsyncIterator

import pytest
from httpx import ASGITransport, AsyncClient

from bot.app import App
from bot.web import server

SECRET = "s3cret"


class Receiver:
    """Takes what Telegram sends and answers what the test says."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, str | None]] = []
        self.answer = 200

    async def __call__(self, body: bytes, secret: str | None) -> int:
        self.got.append((body, secret))
        return self.answer


def client(app: App, receiver: Receiver | None = None) -> AsyncClient:
    web = server.create(app, telegram_receive=receiver)
    return AsyncClient(transport=ASGITransport(web), base_url="http://lyceum")


async def test_all_is_well(app: App) -> None:
    async with client(app) as http:
        answer = await http.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "sqlite", "trouble": "", "waiting": {}, "platforms": []}


async def test_what_can_not_be_stored_is_said(app: App) -> None:
    app.trouble = "database or disk is full"
    async with client(app) as http:
        answer = await http.get("/healthz")
    assert answer.status_code == 503
    assert (answer.json()["status"], answer.json()["trouble"]) == ("degraded", "database or disk is full")


async def test_a_database_that_does_not_answer_is_said(app: App) -> None:
    with app.store.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE outbox RENAME TO gone")
    async with client(app) as http:
        answer = await http.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["trouble"] == "OperationalError: the database does not answer"


async def test_metrics_are_for_prometheus(app: App) -> None:
    async with client(app) as http:
        answer = await http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "# TYPE lyceum_events_total counter" in answer.text


@pytest.mark.parametrize("status", [200, 403, 503])
async def test_a_webhook_hands_over_body_and_secret_and_answers_what_it_is_told(app: App, status: int) -> None:
    receiver = Receiver()
    receiver.answer = status
    async with client(app, receiver) as http:
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        answer = await http.post("/webhooks/telegram", content=b'{"update_id": 1}', headers=headers)
        without = await http.post("/webhooks/telegram", content=b"{}")
    assert (answer.status_code, without.status_code) == (status, status)
    assert receiver.got == [(b'{"update_id": 1}', SECRET), (b"{}", None)]


async def _pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 100_000):
        yield b"x" * 100_000


async def test_a_body_that_is_too_long_is_refused_however_it_is_sent(app: App) -> None:
    receiver = Receiver()
    async with client(app, receiver) as http:
        declared = await http.post("/webhooks/telegram", content=b"x" * (server.LARGEST + 1))
        streamed = await http.post("/webhooks/telegram", content=_pieces(server.LARGEST + 100_000))
        allowed = await http.post("/webhooks/telegram", content=_pieces(server.LARGEST))
    assert (declared.status_code, streamed.status_code, allowed.status_code) == (413, 413, 200)
    assert [len(body) for body, _ in receiver.got] == [server.LARGEST]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/webhooks/telegram", 404),
        ("GET", "/", 404),
        ("GET", "/_nicegui_ws/socket.io/", 404),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
        ("POST", "/healthz", 405),
    ],
)
async def test_nothing_is_there_that_was_not_asked_for(app: App, method: str, path: str, status: int) -> None:
    """Above all no playground, where everybody may be anybody."""
    async with client(app) as http:
        assert (await http.request(method, path)).status_code == status


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/nowhere"])
async def test_every_answer_has_the_security_headers(app: App, path: str) -> None:
    async with client(app) as http:
        headers = (await http.get(path)).headers
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
