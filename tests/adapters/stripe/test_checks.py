"""Stripe's checks, against a server that answers like Stripe's."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.adapters.stripe import checks

ANSWERS = {
    "sk_test_good": (200, {"object": "balance", "available": [], "pending": [], "livemode": False}),
    "sk_live_good": (200, {"object": "balance", "available": [], "pending": [], "livemode": True}),
    "rk_test_narrow": (403, {"error": {"type": "invalid_request_error", "message": "no permission"}}),
}
REFUSED = (401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}})


class _Stripe(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        key = self.headers["Authorization"].removeprefix("Bearer ")
        status, body = ANSWERS.get(key, REFUSED)
        data = json.dumps(body).encode()
        self.send_response(status if self.path == "/v1/balance" else 404)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def api_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Stripe)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("key", "state", "title"),
    [
        ("sk_test_good", "ok", "Stripe key (test mode: no real money moves)"),
        ("sk_live_good", "ok", "Stripe key (live mode)"),
        ("rk_test_narrow", "ok", "Stripe key (restricted)"),
        ("sk_test_unknown", "problem", "Stripe key"),
        ("pk_test_published", "problem", "Stripe key"),
    ],
)
async def test_a_key_is_judged(api_url: str, key: str, state: str, title: str) -> None:
    found = await checks(key, "whsec_x", api_url=api_url)
    assert (found[0].state, found[0].title) == (state, title)
    assert (state == "ok") == (not found[0].advice)


async def test_no_answer_is_a_warning_that_shows_no_key() -> None:
    found = await checks("sk_test_good", "whsec_x", api_url="http://127.0.0.1:1")
    assert found[0].state == "warning"
    assert "sk_test" not in str(found)


@pytest.mark.parametrize(("secret", "state"), [(None, "warning"), ("sk_test_good", "problem"), ("whsec_1", "ok")])
async def test_a_webhook_secret_is_judged(api_url: str, secret: str | None, state: str) -> None:
    assert (await checks("sk_test_good", secret, api_url=api_url))[1].state == state
