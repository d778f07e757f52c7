"""Telegram, as far as a bot sees it: the Bot API on a port of 127.0.0.1, with users, groups, topics and messages.

Every call, answer and update is checked against aiogram's models of the Bot API; what does not fit goes to `faults`,
which a test's end asserts to be empty. What users do: `say`, `react`, `press`, `join`… (`telegram_world.py`), `pay`,
`cancel_subscription`, `advance`… (`telegram_stars.py`), `open_link`, `ban`… (`telegram_doors.py`); what the bot did:
`calls`, `sent`. To let a call fail: `fail("sendMessage", 429, retry_after=3)`. To add a method: an `async def` of its
name in one of these files.
"""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any, Self

import aiogram.methods
import httpx
from aiogram.types import Update
from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from tests.fakes.telegram_faults import FaultError
from tests.fakes.telegram_methods import Methods

TOKEN = "123456789:AAF-fake_token_of_the_fake_telegram"
DEFAULT_KINDS = {
    "message", "edited_message", "callback_query", "my_chat_member", "chat_join_request", "poll", "pre_checkout_query",
    "subscription",
}  # fmt: skip
METHODS: dict[str, Any] = {
    vars(cls)["__api_method__"]: cls
    for cls in vars(aiogram.methods).values()
    if isinstance(cls, type) and isinstance(vars(cls).get("__api_method__"), str)
}
Json = dict[str, Any]


def _wanted(cls: Any, name: str, value: str) -> Any:
    """A form's text as the value it stands for: lists and objects are JSON, the rest is left to pydantic."""
    if name == "chat_id":
        return int(value) if value.lstrip("-").isdecimal() else value
    kinds = str(cls.model_fields[name].annotation)
    structured = "list[" in kinds or "aiogram.types" in kinds
    return json.loads(value) if structured and value[:1] in "[{" else value


class FakeTelegram(Methods):
    """One bot's Telegram. `async with FakeTelegram() as telegram`."""

    def __init__(self, *, first_update: int = 1000) -> None:
        super().__init__()
        self.token = TOKEN
        self.url = ""
        self.calls: list[tuple[str, Json]] = []
        self.faults: list[str] = []
        self.confirmed = 0
        """Updates below this number are confirmed, and gone."""
        self.application: Any = None
        """The ASGI application behind the webhook's address."""
        self.polls: list[int] = []
        """The offsets of the requests for updates."""
        self.pushes: list[int] = []
        """The statuses that the webhook answered."""
        self._failures: dict[str, deque[tuple[int, str, Json]]] = defaultdict(deque)
        self._update = first_update
        self._pollers = 0
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self._pusher: asyncio.Task[None] | None = None
        self._closing = False

    # ------------------------------------------------------------------ life

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=60_000_000)
        application.router.add_route("*", "/bot{token}/{method}", self._serve)
        application.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._runner = web.AppRunner(application, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
        self._pusher = asyncio.create_task(self._push())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True
        await self._notify()
        assert self._pusher is not None
        assert self._runner is not None
        self._pusher.cancel()
        await asyncio.gather(self._pusher, return_exceptions=True)
        await self._runner.cleanup()

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def until(self, true: Callable[[], bool], seconds: float = 20) -> None:
        """Wait for something to have become true; looked at after every call and confirmation."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(true)

    # ------------------------------------------------------------------ the Bot API

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        params: Json = dict(request.query)
        for key, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                self.files[value.filename] = value.file.read()
                if key.startswith("attached"):  # a part that another parameter names as attach://
                    continue
            params[key] = f"attach://{value.filename}" if isinstance(value, web.FileField) else value
        if request.match_info["token"] != self.token:
            return self._answer(401, "Unauthorized")
        failures = self._failures[name]
        if failures:
            code, description, parameters = failures.popleft()
            self.calls.append((f"{name}!", params))
            await self._notify()
            if not code:  # the network is gone
                assert request.transport is not None
                request.transport.close()
                raise ConnectionResetError
            return self._answer(code, description, **parameters)
        try:
            params = self._checked(name, params)
            if name == "getUpdates":  # updates were checked when they were put, but for those that are to be malformed
                result: Any = await self._get_updates(**params)
            else:
                self.calls.append((name, params))
                result = await getattr(self, name)(**params)
                TypeAdapter(METHODS[name].__returning__).validate_python(result)
        except FaultError as fault:
            return self._answer(fault.code, fault.description, **fault.parameters)
        except ValidationError as error:
            self.faults.append(f"{name}: {error}")
            return self._answer(400, "Bad Request: it does not fit the Bot API")
        finally:
            await self._notify()
        return web.json_response({"ok": True, "result": result})

    async def _download(self, request: web.Request) -> web.StreamResponse:
        found = self.files.get(request.match_info["path"])
        if request.match_info["token"] != self.token or found is None:
            return web.Response(status=404)
        return web.Response(body=found)

    def _answer(self, code: int, description: str, **parameters: Any) -> web.Response:
        body: Json = {"ok": False, "error_code": code, "description": description}
        if parameters:
            body["parameters"] = parameters
        return web.json_response(body, status=code)

    def _checked(self, name: str, params: Json) -> Json:
        cls = METHODS[name]
        unknown = set(params) - set(cls.model_fields)
        if unknown:
            self.faults.append(f"{name} has no {sorted(unknown)}")
        if any("\x00" in value for value in params.values()):
            raise FaultError(400, "Bad Request: strings must be encoded in UTF-8")
        model = cls.model_validate(
            {key: _wanted(cls, key, value) for key, value in params.items() if key not in unknown}
        )
        return dict(model.model_dump(mode="python", exclude_unset=True))

    def fail(self, method: str, code: int, description: str = "", **parameters: Any) -> None:
        """Let the next call of `method` fail. Code 0 is a connection that breaks."""
        self._failures[method].append((code, description or f"Error {code}", parameters))

    async def _get_updates(self, offset: int = 0, limit: int = 100, **options: Any) -> list[Json]:
        if self.webhook.get("url"):
            raise FaultError(
                409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first"
            )
        self.polls.append(offset)
        if options.get("allowed_updates") is not None:
            self.allowed = set(options["allowed_updates"])
        if offset > 0:
            self.confirmed = max(self.confirmed, offset)
            self.updates = [one for one in self.updates if one["update_id"] >= offset]
        await self._notify()
        self._pollers += 1
        mine = self._pollers

        def ready() -> bool:
            return bool(self.updates) or self._closing or self._pollers != mine

        try:
            async with asyncio.timeout(options.get("timeout", 0)), self._changed:
                await self._changed.wait_for(ready)
        except TimeoutError:
            return []
        if self._pollers != mine:
            raise FaultError(409, "Conflict: terminated by other getUpdates request")
        return self.updates[:limit]

    async def _push(self) -> None:
        """Post updates to the webhook, each until it is taken."""
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: bool(self.webhook.get("url") and self.updates))
            update = self.updates[0]
            transport = httpx.ASGITransport(app=self.application, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport) as client:
                headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret_token", "")}
                answer = await client.post(self.webhook["url"], json=update, headers=headers)
            self.pushes.append(answer.status_code)
            if answer.is_success:
                self.updates.remove(update)
                self.confirmed = max(self.confirmed, update["update_id"] + 1)
            else:
                self.webhook["last_error"] = f"Wrong response from the webhook: {answer.status_code}"
                await asyncio.sleep(0)
            await self._notify()

    # ------------------------------------------------------------------ updates

    def put(self, kind: str, body: Json, *, checked: bool = True) -> int:
        """Queue an update, if the bot asked for its kind; returns its number, 0 when it was not wanted."""
        if kind not in (self.allowed if self.allowed is not None else DEFAULT_KINDS):
            return 0
        update = {"update_id": self._update, kind: body}
        if checked:
            Update.model_validate(json.loads(json.dumps(update)))
        return self.repeat(update)

    def encode(self, update: Json) -> bytes:
        """An update as it goes over the wire."""
        return json.dumps(update).encode()

    def repeat(self, update: Json) -> int:
        """Queue an update as it is, malformed or not."""
        self.updates.append(update)
        self._update = max(self._update, int(update.get("update_id", 0))) + 1
        self._tasks.add(task := asyncio.ensure_future(self._notify()))
        task.add_done_callback(self._tasks.discard)
        return self._update - 1
