"""What the fake Stripe holds: objects by their ids, the clock and its agenda, events, and their signed deliveries.

Objects are plain dicts as Stripe writes them in JSON, with ids where another object may be expanded. What Stripe only
includes on request (a session's line items, an invoice's payments) is kept apart and comes by `expanded`.
"""

import copy
import hashlib
import heapq
import hmac
import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from stripe._api_version import _ApiVersion

from tests.fakes.stripe_types import misfits

Json = dict[str, Any]
P = ParamSpec("P")
R = TypeVar("R")
START = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECRET = "whsec_fake_secret_of_the_fake_stripe"
PREFIXES = {
    "customer": "cus", "product": "prod", "price": "price", "coupon": "co", "promotion_code": "promo",
    "subscription": "sub", "subscription_item": "si", "invoice": "in", "line_item": "il", "invoiceitem": "ii",
    "invoice_payment": "inpay", "payment_intent": "pi", "payment_method": "pm", "charge": "ch", "refund": "re",
    "dispute": "du", "event": "evt", "discount": "di", "item": "li", "billing_portal.session": "bps",
    "billing_portal.configuration": "bpc", "webhook_endpoint": "we", "balance_transaction": "txn",
    "customer_balance_transaction": "cbtxn",
}  # fmt: skip


class RefusedError(Exception):
    """An answer that is an error, as Stripe words it."""

    def __init__(
        self, message: str, param: str | None = None, code: str | None = None, *, status: int = 400, **more: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"type": "invalid_request_error", "message": message}
        self.body |= {"param": param} if param else {}
        self.body |= ({"code": code} if code else {}) | more


class Delivery(NamedTuple):
    """One POST to the webhook's address."""

    body: bytes
    headers: dict[str, str]
    event: Json


def deed(method: Callable[Concatenate[Any, P], R]) -> Callable[Concatenate[Any, P], R]:
    """What people do, from any thread: one at a time, and never in the midst of a request."""

    @wraps(method)
    def locked(self: Any, /, *args: P.args, **options: P.kwargs) -> R:
        with self.lock:
            return method(self, *args, **options)

    return locked


def filled(defaults: Json, content: Json) -> Json:
    """An object's fields: what was given, else the default."""
    return defaults | content


class Store:
    """State without behaviour."""

    def __init__(self, *, livemode: bool = False, now: datetime = START, account: str | None = None) -> None:
        self.livemode = livemode
        self.account = account
        """A connected account's id, which its events then bear."""
        self.secret = SECRET
        """The endpoint's signing secret."""
        self.complaints: list[str] = []
        """Requests and objects that do not fit stripe-python's types. A test's end asserts that there are none."""
        self.lock = threading.RLock()
        self.objects: dict[str, Json] = {}
        self.options: dict[str, Json] = {}
        """Prices in other currencies, by the price's id."""
        self.request: Json = {"id": None, "idempotency_key": None}
        """The request that is being answered, for the events that it makes."""
        self._kinds: dict[str, list[Json]] = defaultdict(list)
        self._included: dict[str, list[str]] = defaultdict(list)
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers: dict[str, int] = defaultdict(int)
        self._events: list[Json] = []
        self._pending: deque[Json] = deque()
        self._seconds = int(now.timestamp())

    def knows(self, where: str, params: Json, *names: str) -> None:
        """Complain of parameters that Stripe takes and this fake would ignore."""
        self.complaints += [f"the fake ignores {name} of {where}" for name in sorted(set(params) - {"expand", *names})]

    def unfit(self) -> list[str]:
        """What does not fit in any object, shown or not. A test's end asserts that it is empty, like `complaints`."""
        return [fault for one in self.objects.values() for fault in misfits(one)]

    # ------------------------------------------------------------------ time

    @property
    def now(self) -> datetime:
        """Stripe's time; setting it does what falls due until then, as `advance` does."""
        return datetime.fromtimestamp(self._seconds, UTC)

    @now.setter
    def now(self, to: datetime) -> None:
        self.advance(to)

    @deed
    def advance(self, to: datetime | timedelta) -> None:
        """Let time pass until or for `to`: renewals, retries, trials' and sessions' ends happen, each at its time."""
        end = int(((self.now + to) if isinstance(to, timedelta) else to).timestamp())
        if end < self._seconds:
            raise ValueError("time does not go backwards")
        while self._agenda and self._agenda[0][0] <= end:
            when, _, act = heapq.heappop(self._agenda)
            self._seconds = max(self._seconds, when)
            act()
        self._seconds = end

    def at(self, seconds: int, act: Callable[[], None]) -> None:
        """Enter something in the agenda; `act` looks for itself whether it still applies."""
        self._numbers["agenda"] += 1
        heapq.heappush(self._agenda, (seconds, self._numbers["agenda"], act))

    @property
    def seconds(self) -> int:
        return self._seconds

    # ------------------------------------------------------------------ objects

    def new(self, kind: str, *, id: str | None = None, live: bool = True, dated: bool = True, **content: Any) -> Json:  # noqa: A002
        """Keep a new object of this kind."""
        made: Json = {"id": id or self.number(PREFIXES[kind]), "object": kind}
        made |= ({"created": self._seconds} if dated else {}) | ({"livemode": self.livemode} if live else {}) | content
        self.objects[made["id"]] = made
        self._kinds[kind].append(made)
        return made

    def number(self, prefix: str) -> str:
        """An id that was not given before."""
        self._numbers[prefix] += 1
        mark = hashlib.sha256(f"{prefix}{self._numbers[prefix]}{self.livemode}".encode()).hexdigest()[:14]
        return f"{prefix}_1{self._numbers[prefix]:07d}{mark}"

    def get(self, kind: str, number: str, param: str = "id", *, status: int = 404) -> Json:
        """An object that must exist; otherwise Stripe's 404 (400 where it was a parameter)."""
        found = self.objects.get(number)
        if found is None or found["object"] != kind:
            message = f"No such {kind.rsplit('.', maxsplit=1)[-1]}: '{number}'"
            raise RefusedError(message, param, "resource_missing", status=status)
        return found

    def all(self, kind: str) -> list[Json]:
        """Every object of a kind, newest first as Stripe lists them."""
        return [one for one in reversed(self._kinds[kind]) if self.objects.get(one["id"]) is one]

    def include(self, owner: str, name: str, number: str) -> None:
        """Note what `owner` shows under `name` when asked to."""
        self._included[f"{owner}.{name}"].append(number)

    def included(self, owner: str, name: str) -> list[Json]:
        """What `include` noted."""
        return [self.objects[one] for one in self._included[f"{owner}.{name}"]]

    def listed(self, data: list[Json], url: str, *, has_more: bool = False) -> Json:
        """A list object."""
        return {"object": "list", "data": data, "has_more": has_more, "url": url}

    def expanded(self, value: Json, paths: list[str]) -> Json:
        """A copy in which these paths are objects instead of ids; raises RefusedError for what can't be."""
        shown = copy.deepcopy(value)
        for path in paths:
            if path.count(".") > 3:  # a list's `data` counts as one
                raise RefusedError("You cannot expand more than 4 levels of a property.", "expand")
            self._expand(shown, path.split("."), path)
        return shown

    def _expand(self, node: Any, steps: list[str], path: str) -> None:
        if isinstance(node, list):
            for one in node:
                self._expand(one, steps, path)
            return
        if not steps or node is None:
            return
        step, *rest = steps
        if step not in node and f"{node.get('object')}.{step}" in INCLUDABLE:
            url = f"/v1/{node['object']}s/{node['id']}/{step}"
            node[step] = self.listed(copy.deepcopy(self.included(node["id"], step)), url)
        if node.get("object") == "price" and step == "currency_options":
            node[step] = copy.deepcopy(self.options.get(node["id"], {}))
            return
        if step not in node:
            raise RefusedError(f"This property cannot be expanded ({path}).", "expand")
        node[step] = self._shown(node[step], path)
        self._expand(node[step], rest, path)

    def _shown(self, value: Any, path: str) -> Any:
        if isinstance(value, list):
            return [self._shown(one, path) for one in value]
        if isinstance(value, str):
            if value not in self.objects:
                raise RefusedError(f"This property cannot be expanded ({path}).", "expand")
            return copy.deepcopy(self.objects[value])
        return value

    # ------------------------------------------------------------------ events

    def emit(self, kind: str, about: Json, before: Json | None = None) -> Json:
        """Make an event about an object as it is now; `before` is what it was, to tell what changed."""
        snapshot = copy.deepcopy(about)
        self.complaints += [f"{kind}: {fault}" for fault in misfits(snapshot)]
        data: Json = {"object": snapshot}
        if before is not None:
            data["previous_attributes"] = {k: v for k, v in before.items() if snapshot.get(k) != v}
            data["previous_attributes"] |= {k: None for k in snapshot if k not in before}
        connected: Json = {"account": self.account} if self.account else {}
        event = self.new(
            "event", api_version=_ApiVersion.CURRENT, data=data, pending_webhooks=1, request=dict(self.request),
            type=kind, **connected,
        )  # fmt: skip
        self.complaints += [f"{kind}: {fault}" for fault in misfits(event)]
        self._events.append(event)
        self._pending.append(event)
        return event

    def change(self, about: Json, kind: str, **fields: Any) -> None:
        """Set fields and tell; nothing is told where nothing changes."""
        before = copy.deepcopy(about)
        about |= fields
        if about != before:
            self.emit(kind, about, before)

    def events(self, *kinds: str) -> list[Json]:
        """The events so far, oldest first; of these kinds, if any are named."""
        return [one for one in self._events if not kinds or one["type"] in kinds]

    @deed
    def forget(self, event: Json) -> None:
        """Lose an event for ever: it is delivered no more, nor listed."""
        self._events.remove(event)
        del self.objects[event["id"]]
        if event in self._pending:
            self._pending.remove(event)

    def deliveries(self, **options: Any) -> Iterator[Delivery]:
        """What was not delivered yet, in order, each once; `options` are those of `delivery`."""
        while self._pending:
            yield self.delivery(self._pending.popleft(), **options)

    def delivery(
        self,
        event: Json,
        *,
        secret: str | None = None,
        at: datetime | None = None,
        livemode: bool | None = None,
        account: str | None = None,
    ) -> Delivery:
        """An event as Stripe posts it. Another secret, time of signing, mode or account: what must be refused."""
        shown = event if livemode is None else {**event, "livemode": livemode}
        shown = shown if account is None else {**shown, "account": account}
        body = json.dumps(shown, indent=2).encode()
        return Delivery(body, self.signed(body, secret=secret, at=at), event)

    def signed(self, body: bytes, *, secret: str | None = None, at: datetime | None = None) -> dict[str, str]:
        """The headers for a body: `t=<seconds>,v1=<HMAC-SHA256 of "t.body">` (docs.stripe.com/webhooks#verify)."""
        seconds = int((at or self.now).timestamp())
        key = self.secret if secret is None else secret
        mark = hmac.new(key.encode(), b"%d.%s" % (seconds, body), hashlib.sha256).hexdigest()
        return {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": f"t={seconds},v1={mark}"}


INCLUDABLE = frozenset({"checkout.session.line_items", "invoice.payments", "charge.refunds", "customer.subscriptions"})
"""What is shown only when it is asked for."""
