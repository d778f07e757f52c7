"""Stripe on a port of 127.0.0.1, held to stripe-python's generated types of the pinned API version.

    with FakeStripe() as fake:
        client = stripe.StripeClient(fake.key, base_addresses={"api": fake.url})
        …
        fake.world.pay(session.id)
        for body, headers, event in fake.world.deliveries(): …
        assert fake.world.complaints == []

It runs in a thread of its own, so that synchronous clients in workers and httpx both reach it. What people and time do
is in `fake.world` (`stripe_world.py`); this module is the wire: keys, versions, idempotency, faults.
"""

import asyncio
import json
import socket
import threading
import urllib.parse
from typing import Any, NamedTuple, Self

import uvicorn
from fastapi import FastAPI, Request, Response
from stripe._api_version import _ApiVersion
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from tests.fakes.stripe_api import Endpoint, params_of
from tests.fakes.stripe_endpoints import ENDPOINTS
from tests.fakes.stripe_store import Json, RefusedError
from tests.fakes.stripe_types import MisfitError, misfits, read_params, tree
from tests.fakes.stripe_world import World

CUT, SILENT = 0, -1
"""Instead of a status: the connection is closed, or nothing comes until the client gives up."""
METADATA = (50, 40, 500)
"""How many keys, how long a key, how long a value."""


class Fault(NamedTuple):
    """What is to go wrong: a status, CUT or SILENT; `after` lets the request have its effect first."""

    status: int
    path: str
    method: str
    after: bool


class Call(NamedTuple):
    """A request that came in."""

    method: str
    path: str
    params: Json
    headers: dict[str, str]
    status: int


class _Line(H11Protocol):
    """A connection that is noted, so that it can be cut."""

    def __init__(self, config: uvicorn.Config, lines: dict[Any, asyncio.Transport]) -> None:
        super().__init__(config, ServerState(), {})
        self.lines = lines

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        line = transport.get_extra_info("socket")
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else a small answer waits 40 ms for the next
        self.lines[transport.get_extra_info("peername")] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.lines.pop(self.transport.get_extra_info("peername"), None)
        super().connection_lost(exc)


class FakeStripe:
    """One account's API. `key` may do all; `restricted(…)` makes a key that may do less."""

    def __init__(self, world: World | None = None, **options: Any) -> None:
        self.world = world or World(**options)
        mode = "live" if self.world.livemode else "test"
        self.key = f"sk_{mode}_fake_key_of_the_fake_stripe"
        self.keys: dict[str, frozenset[str] | None] = {self.key: None}
        """Keys, and the first parts of the paths that each may ask for; None is all."""
        self.calls: list[Call] = []
        self.url = ""
        self.app = FastAPI(openapi_url=None)
        self.app.add_api_route("/{path:path}", self._serve, methods=["GET", "POST", "DELETE"])
        self._faults: list[Fault] = []
        self._lines: dict[Any, asyncio.Transport] = {}
        self._up = threading.Event()
        self._answers: dict[str, tuple[str, Response]] = {}

    # ------------------------------------------------------------------ life

    def __enter__(self) -> Self:
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._thread = threading.Thread(target=asyncio.run, args=[self._run(listener)], name="fake Stripe")
        self._thread.start()
        self._up.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    async def _run(self, listener: socket.socket) -> None:
        """Serve in this thread's loop until the end; uvicorn's own server would look for it ten times a second."""
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        config = uvicorn.Config(self.app, log_config=None, access_log=False, timeout_keep_alive=3600)
        server = await self._loop.create_server(lambda: _Line(config, self._lines), sock=listener)
        self._up.set()
        await self._over.wait()
        server.close()
        for line in list(self._lines.values()):
            line.abort()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.__exit__)

    # ------------------------------------------------------------------ what tests set

    def restricted(self, *resources: str) -> str:
        """A restricted key for these resources, such as `customers` or `checkout`."""
        key = f"rk_{'live' if self.world.livemode else 'test'}_fake_{len(self.keys)}"
        self.keys[key] = frozenset(resources)
        return key

    def fail_next(self, status: int, times: int = 1, *, path: str = "", method: str = "") -> None:
        """Let the next requests whose path begins so fail before they do anything: a status, CUT or SILENT."""
        self._faults += [Fault(status, path, method, after=False)] * times

    def lose_next(self, times: int = 1, *, path: str = "", method: str = "POST", status: int = CUT) -> None:
        """Handle the next requests, and lose the answers: CUT, SILENT, or a status (500) that is answered and kept."""
        self._faults += [Fault(status, path, method, after=True)] * times

    def calls_of(self, method: str, path: str) -> list[Call]:
        """The requests with this method whose path begins so."""
        return [one for one in self.calls if one.method == method and one.path.startswith(path)]

    # ------------------------------------------------------------------ the wire

    async def _serve(self, request: Request) -> Response:
        body = (await request.body()).decode()
        text = body if request.method == "POST" else request.url.query
        with self.world.lock:
            fault = self._fault(request)
            if fault and not fault.after:
                answer = _error(fault.status if fault.status > 0 else 500, _fault_body(fault.status))
            else:
                answer = self._handle(request, text)
        if fault and fault.after and fault.status > 0:
            answer = self._kept(request, text, _error(fault.status, _fault_body(fault.status)))
        if fault and fault.status == SILENT:
            await request.receive()  # comes when the client has hung up
        if fault and fault.status == CUT:
            assert request.client is not None
            self._lines[tuple(request.client)].abort()
        return answer

    def _fault(self, request: Request) -> Fault | None:
        for one in self._faults:
            if request.url.path.startswith(one.path) and one.method in ("", request.method):
                self._faults.remove(one)
                return one
        return None

    def _handle(self, request: Request, text: str) -> Response:
        world = self.world
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        print_ = f"{request.method} {request.url.path}?{text}"
        params: Json = {}
        try:
            self._check_key(request)
            if key is not None and key in self._answers:
                return self._replayed(key, print_)
            if key is not None and len(key) > 255:
                raise RefusedError("The idempotency key is longer than 255 characters.")
            found, ids = self._endpoint(request)
            params = self._params(found, text)
            world.request = {"id": world.number("req"), "idempotency_key": key}
            made = world.expanded(found.act(world, params, *ids), _paths(found, params))
            world.complaints += [f"{request.method} {request.url.path}: {one}" for one in misfits(made)]
            answer = Response(json.dumps(made), media_type="application/json")
            answer.headers["Request-Id"] = world.request["id"]
        except RefusedError as error:
            answer = _error(error.status, error.body)
        finally:
            world.request = {"id": None, "idempotency_key": None}
        self.calls.append(Call(request.method, request.url.path, params, dict(request.headers), answer.status_code))
        if key is not None and answer.status_code not in (401, 403):
            self._answers.setdefault(key, (print_, answer))
        return answer

    def _kept(self, request: Request, text: str, answer: Response) -> Response:
        """An answer that its idempotency key brings again, as Stripe keeps even a 500."""
        key = request.headers.get("idempotency-key")
        if key is not None:
            self._answers[key] = (f"{request.method} {request.url.path}?{text}", answer)
        return answer

    def _replayed(self, key: str, print_: str) -> Response:
        first, answer = self._answers[key]
        if first != print_:
            raise RefusedError(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request.",
                type="idempotency_error",
            )
        again = Response(answer.body, answer.status_code, media_type="application/json")
        again.headers["Idempotent-Replayed"] = "true"
        return again

    def _check_key(self, request: Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not given:
            raise RefusedError("You did not provide an API key.", status=401)
        if given not in self.keys:
            raise RefusedError(f"Invalid API Key provided: {given[:8]}****{given[-4:]}", status=401)
        version = request.headers.get("stripe-version", _ApiVersion.CURRENT)
        if version != _ApiVersion.CURRENT:
            self.world.complaints.append(f"{request.url.path} asks for API version {version}")
        connected = request.headers.get("stripe-account")
        if connected is not None and connected != self.world.account:
            raise RefusedError(
                f"The provided key '{given[:8]}****{given[-4:]}' does not have access to account '{connected}' (or "
                "that account does not exist). Application access may have been revoked.",
                code="account_invalid", status=403,
            )  # fmt: skip
        allowed = self.keys[given]
        resource = request.url.path.split("/")[2]
        if allowed is not None and resource not in allowed:
            raise RefusedError(
                f"The provided key '{given[:8]}****{given[-4:]}' does not have the required permissions for this "
                f"endpoint. Having the 'rak_{resource}' permission would allow this request to continue.",
                status=403,
            )

    def _endpoint(self, request: Request) -> tuple[Endpoint, tuple[str, ...]]:
        for one in ENDPOINTS:
            match = one.path.match(request.url.path)
            if match and one.method == request.method:
                return one, match.groups()
        self.world.complaints.append(f"the fake has no {request.method} {request.url.path}")
        raise RefusedError(f"Unrecognized request URL ({request.method}: {request.url.path}).", status=404)

    def _params(self, found: Endpoint, text: str) -> Json:
        try:
            given = tree(urllib.parse.parse_qsl(text, keep_blank_values=True))
            params = read_params(params_of(found.params), given)
            _check_metadata(params)
        except MisfitError as error:
            self.world.complaints.append(f"{found.params}: {error.message} ({error.param})")
            raise RefusedError(error.message, error.param, error.code) from error
        return params


def _paths(found: Endpoint, params: Json) -> list[str]:
    paths: list[str] = params.get("expand", [])
    return paths


def _check_metadata(params: Json, path: str = "metadata") -> None:
    for name, value in params.items():
        if name == "metadata" and isinstance(value, dict):
            most, key, length = METADATA
            if len(value) > most or any(len(one) > key or len(text) > length for one, text in value.items()):
                message = f"Metadata holds {most} keys of {key} characters with values of {length}."
                raise MisfitError(path, message)
        elif isinstance(value, dict):
            _check_metadata(value, f"{name}[metadata]")


def _error(status: int, body: Json) -> Response:
    return Response(json.dumps({"error": body}), status, media_type="application/json")


def _fault_body(status: int) -> Json:
    if status == 429:
        message = "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits."
        return {"type": "invalid_request_error", "code": "rate_limit", "message": message}
    return {"type": "api_error", "message": "An unknown error occurred"}
