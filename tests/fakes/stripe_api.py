"""The fake Stripe's register of endpoints, and those that are alike for every object: list, retrieve, plain update.

Each names the TypedDict that its parameters are held to. To add one: a function under `@endpoint(method, path,
params)`; `{}` in a path is an id. What it returns is checked, and expanded as the request's `expand` asks.
"""

import re
from collections.abc import Callable
from functools import cache, reduce
from typing import Any, NamedTuple

import stripe.params

from tests.fakes.stripe_changes import merged
from tests.fakes.stripe_invoices import DAY
from tests.fakes.stripe_store import Json, RefusedError
from tests.fakes.stripe_world import World

Handler = Callable[..., Json]


class Endpoint(NamedTuple):
    method: str
    path: re.Pattern[str]
    params: str
    act: Handler


ENDPOINTS: list[Endpoint] = []


def endpoint(method: str, path: str, params: str) -> Callable[[Handler], Handler]:
    """Register a function for a method and path, called with the world, the parameters and the path's ids."""

    def register(act: Handler) -> Handler:
        pattern = re.compile("^" + path.replace("{}", "([^/]+)") + "$")
        ENDPOINTS.append(Endpoint(method, pattern, params, act))
        return act

    return register


@cache
def params_of(name: str) -> Any:
    """The TypedDict of this name, as in `checkout.SessionCreateParams`."""
    return reduce(getattr, name.split("."), stripe.params)


# ---------------------------------------------------------------------- lists and single objects


def _during(one: Json, wanted: int | Json, field: str) -> bool:
    value = one.get(field)
    if value is None:
        return False
    if isinstance(wanted, int):
        return bool(value == wanted)
    tests = {"gt": value.__gt__, "gte": value.__ge__, "lt": value.__lt__, "lte": value.__le__}
    return all(tests[name](limit) for name, limit in wanted.items())


def page(world: World, found: list[Json], params: Json, url: str) -> Json:
    """A page of what was found, newest first: `limit` 1…100, `starting_after`, `ending_before`."""
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise RefusedError("This value must be between 1 and 100.", "limit", "parameter_invalid_integer")
    for name in ("created", "due_date"):
        if name in params:
            found = [one for one in found if _during(one, params[name], name)]
    ids = [one["id"] for one in found]
    if "starting_after" in params:
        found = found[_place(ids, params["starting_after"], "starting_after") + 1 :]
    if "ending_before" in params:
        found = found[: _place(ids, params["ending_before"], "ending_before")]
        return world.listed(found[-limit:], url, has_more=len(found) > limit)
    return world.listed(found[:limit], url, has_more=len(found) > limit)


def _place(ids: list[str], number: str, param: str) -> int:
    if number not in ids:
        raise RefusedError(f"No such object: '{number}'", param, "resource_missing")
    return ids.index(number)


class Keep(NamedTuple):
    """A filter of its own, and the parameters that it looks at."""

    test: Callable[[World, Json, Json], bool]
    names: tuple[str, ...]


def _listing(path: str, kind: str, params: str, *equal: str, keep: Keep | None = None) -> None:
    """GET a list, filtered by the fields in `equal` and by `keep`."""
    known = ("created", "due_date", "limit", "starting_after", "ending_before", *equal, *(keep.names if keep else ()))

    @endpoint("GET", path, params)
    def act(world: World, params: Json) -> Json:
        world.knows(path, params, *known)
        found = [
            one for one in world.all(kind)
            if all(one.get(name) == params[name] for name in equal if name in params)
            and (keep is None or keep.test(world, one, params))
        ]  # fmt: skip
        return page(world, found, params, path)


def _retrieving(path: str, kind: str, params: str) -> None:
    @endpoint("GET", path + "/{}", params)
    def act(world: World, params: Json, number: str) -> Json:
        return world.get(kind, number)


def _updating(path: str, kind: str, params: str, event: str) -> None:
    """POST plain fields; metadata is merged and empty texts unset."""

    @endpoint("POST", path + "/{}", params)
    def act(world: World, params: Json, number: str) -> Json:
        found = world.get(kind, number)
        fields = {name: None if value == "" else value for name, value in params.items() if name != "expand"}
        if "metadata" in params:
            fields["metadata"] = merged(found.get("metadata") or {}, params["metadata"])
        world.change(found, event, **fields)
        return found


def _subscription_kept(world: World, one: Json, params: Json) -> bool:
    ended = one["status"] in ("canceled", "incomplete_expired")
    status = params.get("status")
    right = {None: one["status"] != "canceled", "all": True, "ended": ended}.get(status, one["status"] == status)
    items = one["items"]["data"]
    period = world.period(one)
    return (
        right
        and ("price" not in params or params["price"] in [item["price"]["id"] for item in items])
        and all(
            _during({"at": at}, params[name], "at")
            for name, at in zip(("current_period_start", "current_period_end"), period, strict=True)
            if name in params
        )
    )


def _event_kept(world: World, one: Json, params: Json) -> bool:
    kinds = params.get("types") or ([params["type"]] if "type" in params else [])
    return (world.seconds - one["created"] <= 30 * DAY) and (
        not kinds or any(re.fullmatch(kind.replace(".", r"\.").replace("*", ".*"), one["type"]) for kind in kinds)
    )


def _invoice_kept(world: World, one: Json, params: Json) -> bool:
    about = world.subscription_of(one)
    return "subscription" not in params or (about is not None and about["id"] == params["subscription"])


def _payment_kept(world: World, one: Json, params: Json) -> bool:
    wanted = dict(params.get("payment", {}))
    return all(one["payment"].get(name) == value for name, value in wanted.items())


def _price_kept(world: World, one: Json, params: Json) -> bool:
    return "lookup_keys" not in params or one["lookup_key"] in params["lookup_keys"]


def _code_kept(world: World, one: Json, params: Json) -> bool:
    coupon, code = params.get("coupon"), str(params.get("code", one["code"]))
    right = coupon is None or one["promotion"]["coupon"] == coupon
    return right and code.lower() == str(one["code"]).lower()


def _session_kept(world: World, one: Json, params: Json) -> bool:
    email = params.get("customer_details", {}).get("email")
    return email is None or (one["customer_details"] or {}).get("email") == email


_listing("/v1/customers", "customer", "CustomerListParams", "email")
_listing("/v1/products", "product", "ProductListParams", "active")
_listing(
    "/v1/prices",
    "price",
    "PriceListParams",
    "active",
    "product",
    "currency",
    "type",
    keep=Keep(_price_kept, ("lookup_keys",)),
)
_listing("/v1/coupons", "coupon", "CouponListParams")
_listing(
    "/v1/promotion_codes",
    "promotion_code",
    "PromotionCodeListParams",
    "active",
    "customer",
    keep=Keep(_code_kept, ("coupon", "code")),
)
_listing(
    "/v1/checkout/sessions", "checkout.session", "checkout.SessionListParams", "status", "customer", "subscription",
    "payment_intent", keep=Keep(_session_kept, ("customer_details",)),
)  # fmt: skip
_listing(
    "/v1/subscriptions", "subscription", "SubscriptionListParams", "customer", "collection_method",
    keep=Keep(_subscription_kept, ("status", "price", "current_period_start", "current_period_end")),
)  # fmt: skip
_listing(
    "/v1/invoices", "invoice", "InvoiceListParams", "customer", "status", "collection_method",
    keep=Keep(_invoice_kept, ("subscription",)),
)  # fmt: skip
_listing(
    "/v1/invoice_payments",
    "invoice_payment",
    "InvoicePaymentListParams",
    "invoice",
    "status",
    keep=Keep(_payment_kept, ("payment",)),
)
_listing("/v1/payment_intents", "payment_intent", "PaymentIntentListParams", "customer")
_listing("/v1/charges", "charge", "ChargeListParams", "customer", "payment_intent")
_listing("/v1/refunds", "refund", "RefundListParams", "charge", "payment_intent")
_listing("/v1/disputes", "dispute", "DisputeListParams", "charge", "payment_intent")
_listing("/v1/events", "event", "EventListParams", keep=Keep(_event_kept, ("type", "types")))
_listing("/v1/payment_methods", "payment_method", "PaymentMethodListParams", "customer", "type")
_listing("/v1/webhook_endpoints", "webhook_endpoint", "WebhookEndpointListParams")
_listing(
    "/v1/billing_portal/configurations", "billing_portal.configuration", "billing_portal.ConfigurationListParams",
    "active", "is_default",
)  # fmt: skip
_retrieving("/v1/products", "product", "ProductRetrieveParams")
_retrieving("/v1/prices", "price", "PriceRetrieveParams")
_retrieving("/v1/coupons", "coupon", "CouponRetrieveParams")
_retrieving("/v1/promotion_codes", "promotion_code", "PromotionCodeRetrieveParams")
_retrieving("/v1/checkout/sessions", "checkout.session", "checkout.SessionRetrieveParams")
_retrieving("/v1/subscriptions", "subscription", "SubscriptionRetrieveParams")
_retrieving("/v1/invoices", "invoice", "InvoiceRetrieveParams")
_retrieving("/v1/invoice_payments", "invoice_payment", "InvoicePaymentRetrieveParams")
_retrieving("/v1/payment_intents", "payment_intent", "PaymentIntentRetrieveParams")
_retrieving("/v1/charges", "charge", "ChargeRetrieveParams")
_retrieving("/v1/refunds", "refund", "RefundRetrieveParams")
_retrieving("/v1/disputes", "dispute", "DisputeRetrieveParams")
_retrieving("/v1/events", "event", "EventRetrieveParams")
_retrieving("/v1/payment_methods", "payment_method", "PaymentMethodRetrieveParams")
_retrieving("/v1/balance_transactions", "balance_transaction", "BalanceTransactionRetrieveParams")
_retrieving("/v1/webhook_endpoints", "webhook_endpoint", "WebhookEndpointRetrieveParams")
_updating("/v1/products", "product", "ProductUpdateParams", "product.updated")
_updating("/v1/prices", "price", "PriceUpdateParams", "price.updated")
_updating("/v1/coupons", "coupon", "CouponUpdateParams", "coupon.updated")
_updating("/v1/promotion_codes", "promotion_code", "PromotionCodeUpdateParams", "promotion_code.updated")
_updating("/v1/charges", "charge", "ChargeUpdateParams", "charge.updated")
_updating("/v1/payment_intents", "payment_intent", "PaymentIntentUpdateParams", "payment_intent.updated")
_updating("/v1/refunds", "refund", "RefundUpdateParams", "refund.updated")
