"""The web application: health, metrics, webhooks, the sandbox's checkout, and the playground for `lyceum play`.

A payment provider that rings is one more entry in `SIGNATURES`.
"""

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.adapters.playground import Playground
from bot.adapters.sandbox import Sandbox
from bot.app import App
from bot.storage import outbox
from bot.till import Till
from bot.web import checkout, pages
from bot.web.body import TooLargeError, read
from bot.web.playground import page

LARGEST = 1_000_000
"""Bytes of a webhook's body; what Telegram and Stripe send is far smaller."""
PATIENCE = 3.0
"""Seconds the database may take to answer a health check."""
SIGNATURES = {"stripe": "stripe-signature"}
"""The header in which a payment provider signs what it sends to /webhooks/<its name>."""
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The playground's pages: nothing from anywhere else is loaded or called, whatever a message says.

The unsafe two are for Vue, which compiles its templates in the browser.
"""

TelegramReceive = Callable[[bytes, str | None], Awaitable[int]]


class SecurityHeaders:
    """Puts the security headers on every answer that does not set its own."""

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self._app = app
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                named = {name.lower() for name, _ in given}
                message["headers"] = given + [pair for pair in self._headers if pair[0] not in named]
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)


def create(
    app: App,
    *,
    playground: Playground | None = None,
    telegram_receive: TelegramReceive | None = None,
    till: Till | None = None,
) -> FastAPI:
    """The web application of `app`; with a `till`, what its providers need of it.

    The playground lets everybody be anybody: it is never mounted where a real community is.
    """
    web = FastAPI(title="Lyceum", docs_url=None, redoc_url=None, openapi_url=None)
    policy = {"Content-Security-Policy": PAGE_POLICY} if playground else {}
    web.add_middleware(SecurityHeaders, headers={**HEADERS, **policy})

    @web.get("/healthz")
    async def healthz() -> JSONResponse:
        return await _health(app)

    @web.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    if telegram_receive is not None:
        receive = telegram_receive

        @web.post("/webhooks/telegram")
        async def telegram(request: Request) -> Response:
            try:
                body = await read(request, LARGEST)
            except TooLargeError:
                return Response(status_code=413)
            return Response(status_code=await receive(body, request.headers.get(SECRET_HEADER)))

    if till is not None:
        _sell(web, till, back="/" if playground else "")
    if playground is not None:
        page.mount(web, playground)
    return web


def _sell(web: FastAPI, till: Till, back: str) -> None:
    """What selling needs: where providers ring, where members come back to, and the sandbox's checkout."""
    pages.mount(web)
    sandbox = till.providers.get("sandbox")
    if isinstance(sandbox, Sandbox):
        checkout.mount(web, till, sandbox, back=back)

    @web.post("/webhooks/{provider}")
    async def ring(provider: str, request: Request) -> Response:
        if provider not in SIGNATURES or provider not in till.providers:
            return Response(status_code=404)
        try:
            body = await read(request, LARGEST)
        except TooLargeError:
            return Response(status_code=413)
        signature = request.headers.get(SIGNATURES[provider], "")
        return Response(status_code=await till.ring(provider, body, signature))


async def _health(app: App) -> JSONResponse:
    """200 when events can be stored, 503 when they can't, with what is known about why."""
    trouble = app.trouble
    waiting: dict[str, int] = {}
    try:
        async with asyncio.timeout(PATIENCE):
            counts = await app.store.read(outbox.waiting)
        waiting = {priority.name.lower(): count for priority, count in counts.items()}
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer is that we are not well
        trouble = trouble or f"{type(error).__name__}: the database does not answer"
    well = not trouble
    content = {
        "status": "ok" if well else "degraded",
        "database": app.store.engine.dialect.name,
        "trouble": trouble,
        "waiting": waiting,
        "platforms": sorted(app.ports),
    }
    return JSONResponse(content, status_code=200 if well else 503)
