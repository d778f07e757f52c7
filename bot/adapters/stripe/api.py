"""The wire to Stripe: one client with a pinned version, errors that say who must do what, and the objects we read.

stripe-python's asynchronous methods are used, over httpx: a call that hangs holds no worker thread, of which the
database and the resolver have need, and ends with the task that waits for it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
import msgspec
import stripe
from stripe import ListObject, StripeObject

from bot.adapters.stripe.wire import Seen
from bot.i18n import N_
from bot.payments import Busy, Unable

API_VERSION = "2026-10-28.endive"
"""The version every request asks for: that of stripe-python 16.1. A newer stripe-python may only come with a look at
what changed (docs.stripe.com/changelog), and with this line."""
TIMEOUT = 20.0
"""Seconds for an answer."""
RETRIES = 2
"""Times the client itself asks again when nothing comes, with the same idempotency key."""
LIVE = ("sk_live_", "rk_live_")
KEYS = (*LIVE, "sk_test_", "rk_test_")
TRIES = 3
S = TypeVar("S", bound=Seen)
R = TypeVar("R")
L = TypeVar("L", bound=StripeObject)


class Http(stripe.HTTPClient):
    """httpx beneath stripe-python. Its own adapter hands httpx the body in a way that httpx is about to drop."""

    name = "httpx"

    def __init__(self, timeout: float) -> None:
        super().__init__()
        self._client = httpx.AsyncClient(timeout=timeout)

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | bytes | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """One request. Raises stripe.APIConnectionError when no answer comes, which the client asks again after."""
        try:
            answer = await self._client.request(method, url, headers=dict(headers), content=post_data)
        except httpx.HTTPError as error:
            why = f"no answer ({type(error).__name__})"
            raise stripe.APIConnectionError(why, should_retry=True) from error  # type: ignore[no-untyped-call]
        return answer.content, answer.status_code, answer.headers

    def sleep_async(self, secs: float) -> Awaitable[None]:
        return asyncio.sleep(secs)

    async def close_async(self) -> None:
        await self._client.aclose()


class Api:
    """One account at Stripe, or with `account` one that is connected to it."""

    def __init__(
        self,
        secret_key: str,
        *,
        account: str = "",
        url: str | None = None,
        retries: int = RETRIES,
        timeout: float = TIMEOUT,
    ) -> None:
        if not secret_key.startswith(KEYS):
            raise ValueError("Stripe's secret key begins with sk_ or rk_: copy it again from the dashboard")
        self.live = secret_key.startswith(LIVE)
        self.account = account
        self._http = Http(timeout)
        self.v1 = stripe.StripeClient(
            secret_key,
            stripe_account=account or None,
            stripe_version=API_VERSION,
            base_addresses={"api": url} if url else {},
            max_network_retries=retries,
            http_client=self._http,
        ).v1

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close_async()

    @staticmethod
    async def once(key: str, call: Callable[[str], Awaitable[R]]) -> R:
        """Do something that must happen once: `call` is given the idempotency key.

        Stripe keeps the answer to a key for a day, even that it failed itself (500); such a kept failure is left
        behind with another key. So what `call` does must bear being done twice, or look whether it was done.
        """
        for number in range(TRIES):
            try:
                return await call(f"{key}:{number}" if number else key)
            except stripe.APIError as error:
                if not _kept(error) or number == TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    @staticmethod
    def read(kind: type[S], found: StripeObject) -> S:
        """An object as we read it. Raises Unable when it is not what we know, which only a new version brings about."""
        try:
            return msgspec.convert(found.to_dict(), kind)
        except msgspec.ValidationError as error:
            raise Unable(f"Stripe's {kind.__name__} is not as version {API_VERSION} has it: {error}") from error

    async def every(self, kind: type[S], listed: Awaitable[ListObject[L]]) -> AsyncIterator[S]:
        """All pages of a list."""
        async for one in (await listed).auto_paging_iter():
            yield self.read(kind, one)

    async def first(self, kind: type[S], listed: Awaitable[ListObject[L]]) -> list[S]:
        """The first page of a list."""
        return [self.read(kind, one) for one in (await listed).data]


def _kept(error: stripe.APIError) -> bool:
    headers: Any = error.headers or {}
    return (error.http_status or 0) >= 500 and str(headers.get("idempotent-replayed", "")).lower() == "true"


def missing(error: stripe.InvalidRequestError) -> bool:
    """Whether Stripe knows no such object."""
    return error.code == "resource_missing"


@contextmanager
def explained() -> Iterator[None]:
    """Turn what Stripe raises into `Busy` (ask again) and `Unable` (somebody must do something). Never shows a key."""
    try:
        yield
    except stripe.RateLimitError as error:
        raise Busy("Stripe asks for patience", _after(error)) from error
    except stripe.APIConnectionError as error:
        raise Busy("Stripe can't be reached") from error
    except stripe.AuthenticationError as error:
        raise Unable(
            N_("Stripe does not know the key: make a new one under Developers → API keys and set it.")
        ) from error
    except stripe.PermissionError as error:
        raise Unable(_forbidden(error)) from error
    except stripe.CardError as error:
        raise Unable(N_("The card was declined: the member must give another one in the customer portal.")) from error
    except stripe.IdempotencyError as error:
        if error.http_status == 409:
            raise Busy("Stripe is still at the same request") from error
        raise Unable(N_("This order was offered with other terms before: begin a new one.")) from error
    except stripe.InvalidRequestError as error:
        raise Unable(_refused(error)) from error
    except stripe.StripeError as error:
        if error.http_status is None or error.http_status >= 500 or error.http_status == 409:
            raise Busy(f"Stripe fails ({error.http_status})", _after(error)) from error
        raise Unable(f"Stripe refuses: {error.user_message or type(error).__name__}") from error


def _after(error: stripe.StripeError) -> float | None:
    headers: Any = error.headers or {}
    try:
        return float(headers.get("retry-after", ""))
    except ValueError:
        return None


def _forbidden(error: stripe.StripeError) -> str:
    """Which permission a restricted key lacks, where Stripe says it; its own words have part of the key in them."""
    words = (error.user_message or "").replace("'", " ").split()
    lacking = next((word for word in words if word.startswith("rak_")), "")
    if lacking:
        return f"Stripe's key lacks the permission {lacking}: give it under Developers → API keys."
    return N_("Stripe's key may not do this: give it the permission, or correct LYCEUM_STRIPE_ACCOUNT.")


def _refused(error: stripe.InvalidRequestError) -> str:
    said = error.user_message or type(error).__name__
    if "customer portal settings" in said or "portal configuration" in said:
        return N_("Save the customer portal's settings once: https://dashboard.stripe.com/settings/billing/portal")
    return f"Stripe refuses: {said}"
