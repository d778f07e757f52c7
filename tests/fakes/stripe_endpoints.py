"""The endpoints of the fake Stripe that do something of their own."""

import re

from tests.fakes.stripe_api import ENDPOINTS, endpoint, page
from tests.fakes.stripe_changes import full, merged
from tests.fakes.stripe_invoices import HOUR
from tests.fakes.stripe_objects import account, balance, portal_configuration, portal_session
from tests.fakes.stripe_store import Json, RefusedError
from tests.fakes.stripe_world import World

__all__ = ["ENDPOINTS"]

# ---------------------------------------------------------------------- the account


@endpoint("GET", "/v1/balance", "BalanceRetrieveParams")
def _balance(world: World, params: Json) -> Json:
    return balance(world)


@endpoint("GET", "/v1/account", "AccountRetrieveCurrentParams")
def _account(world: World, params: Json) -> Json:
    return account(world)


# ---------------------------------------------------------------------- customers


@endpoint("POST", "/v1/customers", "CustomerCreateParams")
def _create_customer(world: World, params: Json) -> Json:
    given = _fields(params)
    method = given.pop("payment_method", None)
    settings = given.pop("invoice_settings", {})
    made = world.new_customer(**given)
    made["invoice_settings"] |= settings
    if method:
        world.get("payment_method", method, "payment_method", status=400)["customer"] = made["id"]
    return made


@endpoint("GET", "/v1/customers/{}", "CustomerRetrieveParams")
def _customer(world: World, params: Json, number: str) -> Json:
    return world.get("customer", number)


@endpoint("POST", "/v1/customers/{}", "CustomerUpdateParams")
def _update_customer(world: World, params: Json, number: str) -> Json:
    found = world.get("customer", number)
    fields = {name: None if value == "" else value for name, value in _fields(params).items()}
    if found.get("deleted"):
        raise RefusedError(f"No such customer: '{number}'", "id", "resource_missing", status=404)
    if "metadata" in fields:
        fields["metadata"] = merged(found["metadata"], params["metadata"])
    if "invoice_settings" in fields:
        fields["invoice_settings"] = found["invoice_settings"] | fields["invoice_settings"]
    world.change(found, "customer.updated", **fields)
    return found


@endpoint("DELETE", "/v1/customers/{}", "CustomerDeleteParams")
def _delete_customer(world: World, params: Json, number: str) -> Json:
    found = world.get("customer", number)
    for one in world.all("subscription"):
        if one["customer"] == number and one["status"] not in ("canceled", "incomplete_expired"):
            world.cancel_now(one)
    world.emit("customer.deleted", found)
    found.clear()
    found |= {"id": number, "object": "customer", "deleted": True}
    return found


@endpoint("POST", "/v1/customers/{}/balance_transactions", "CustomerBalanceTransactionCreateParams")
def _credit(world: World, params: Json, number: str) -> Json:
    customer = world.get("customer", number)
    balance = customer["balance"] + int(params["amount"])
    made = world.new(
        "customer_balance_transaction", amount=int(params["amount"]), checkout_session=None,
        credit_note=None, currency=params["currency"], customer=number, description=params.get("description"),
        ending_balance=balance, invoice=None, metadata=params.get("metadata", {}), type="adjustment",
    )  # fmt: skip
    world.change(customer, "customer.updated", balance=balance, currency=params["currency"])
    return made


@endpoint("GET", "/v1/customers/{}/balance_transactions", "CustomerBalanceTransactionListParams")
def _credits(world: World, params: Json, number: str) -> Json:
    found = [one for one in world.all("customer_balance_transaction") if one["customer"] == number]
    return page(world, found, params, f"/v1/customers/{number}/balance_transactions")


@endpoint("GET", "/v1/customers/{}/payment_methods", "CustomerPaymentMethodListParams")
def _methods(world: World, params: Json, number: str) -> Json:
    world.get("customer", number)
    found = [one for one in world.all("payment_method") if one["customer"] == number]
    found = [one for one in found if one["type"] == params.get("type", one["type"])]
    return page(world, found, params, f"/v1/customers/{number}/payment_methods")


@endpoint("POST", "/v1/payment_methods", "PaymentMethodCreateParams")
def _create_method(world: World, params: Json) -> Json:
    world.knows("payment_methods.create", params, "card", "type")
    if params.get("type") != "card":
        return world.new_method(params.get("type", ""), None)
    return world.new_method(params["card"]["number"], None)


@endpoint("POST", "/v1/payment_methods/{}/attach", "PaymentMethodAttachParams")
def _attach(world: World, params: Json, number: str) -> Json:
    found = world.get("payment_method", number)
    world.get("customer", params.get("customer", ""), "customer", status=400)
    if world.cards[number].now not in ("ok", "3ds"):
        declined = {"decline_code": world.cards[number].now, "type": "card_error"}
        raise RefusedError("Your card was declined.", code="card_declined", status=402, **declined)
    world.change(found, "payment_method.attached", customer=params["customer"])
    return found


@endpoint("POST", "/v1/payment_methods/{}/detach", "PaymentMethodDetachParams")
def _detach(world: World, params: Json, number: str) -> Json:
    found = world.get("payment_method", number)
    world.change(found, "payment_method.detached", customer=None)
    return found


# ---------------------------------------------------------------------- the catalogue


@endpoint("POST", "/v1/products", "ProductCreateParams")
def _create_product(world: World, params: Json) -> Json:
    given = _fields(params)
    if "id" in given and given["id"] in world.objects:
        raise RefusedError("Product already exists.", "id", "resource_already_exists")
    return world.new_product(**given)


@endpoint("DELETE", "/v1/products/{}", "ProductDeleteParams")
def _delete_product(world: World, params: Json, number: str) -> Json:
    found = world.get("product", number)
    if any(one["product"] == number for one in world.all("price")):
        message = "This product cannot be deleted because it has one or more user-created prices."
        raise RefusedError(message, "id")
    world.emit("product.deleted", found)
    del world.objects[number]
    return {"id": number, "object": "product", "deleted": True}


@endpoint("POST", "/v1/prices", "PriceCreateParams")
def _create_price(world: World, params: Json) -> Json:
    given = _fields(params)
    if "unit_amount" not in given:
        raise RefusedError("Missing required param: unit_amount.", "unit_amount", "parameter_missing")
    data = given.pop("product_data", None)
    if data:
        given["product"] = world.new_product(**data)["id"]
    world.get("product", given.get("product", ""), "product", status=400)
    taken = [one for one in world.all("price") if one["lookup_key"] and one["lookup_key"] == given.get("lookup_key")]
    transfer = given.pop("transfer_lookup_key", False)
    if taken and not transfer:
        message = f"A price (`{taken[0]['id']}`) already uses that lookup key."
        raise RefusedError(message, "lookup_key", "resource_already_exists")
    for one in taken:
        one["lookup_key"] = None
    given["recurring"] = full(given.get("recurring"))
    return world.new_price(**given)


@endpoint("POST", "/v1/coupons", "CouponCreateParams")
def _create_coupon(world: World, params: Json) -> Json:
    given = _fields(params)
    if ("percent_off" in given) == ("amount_off" in given):
        raise RefusedError("Must provide percent_off or amount_off.", "percent_off", "parameter_missing")
    if "amount_off" in given and "currency" not in given:
        raise RefusedError("You must pass currency when passing amount_off", "currency", "parameter_missing")
    if not 0 < given.get("percent_off", 1) <= 100:
        raise RefusedError("percent_off must be greater than 0 and at most 100.", "percent_off")
    if (given.get("duration") == "repeating") != ("duration_in_months" in given):
        message = "You must pass duration_in_months when, and only when, duration is repeating."
        raise RefusedError(message, "duration_in_months")
    if given.get("redeem_by", world.seconds + 1) <= world.seconds:
        raise RefusedError("redeem_by must be in the future.", "redeem_by")
    if given.get("id") in world.objects:
        raise RefusedError("Coupon already exists.", "id", "resource_already_exists")
    return world.new_coupon(**given)


@endpoint("DELETE", "/v1/coupons/{}", "CouponDeleteParams")
def _delete_coupon(world: World, params: Json, number: str) -> Json:
    found = world.get("coupon", number)
    found["valid"] = False
    for code in world.all("promotion_code"):
        if code["promotion"]["coupon"] == number:
            world.change(code, "promotion_code.updated", active=False)
    world.emit("coupon.deleted", found)
    del world.objects[number]
    return {"id": number, "object": "coupon", "deleted": True}


@endpoint("POST", "/v1/promotion_codes", "PromotionCodeCreateParams")
def _create_code(world: World, params: Json) -> Json:
    given = _fields(params)
    promotion = given.pop("promotion")
    coupon = world.get("coupon", promotion.get("coupon", ""), "promotion[coupon]", status=400)
    if not re.fullmatch(r"[A-Za-z0-9-]{1,500}", given.get("code", "A")):
        raise RefusedError("Code may only contain letters, digits and hyphens.", "code")
    for one in world.all("promotion_code"):
        if one["active"] and one["code"].lower() == given.get("code", "").lower():
            message = f"An active promotion code with `code: {one['code']}` already exists."
            raise RefusedError(message, "code", "resource_already_exists")
    if "customer" in given:
        world.get("customer", given["customer"], "customer", status=400)
    return world.new_code(coupon["id"], **given)


# ---------------------------------------------------------------------- Checkout and the portal


@endpoint("POST", "/v1/checkout/sessions", "checkout.SessionCreateParams")
def _create_session(world: World, params: Json) -> Json:
    return world.new_session(_fields(params))


@endpoint("POST", "/v1/checkout/sessions/{}", "checkout.SessionUpdateParams")
def _update_session(world: World, params: Json, number: str) -> Json:
    found = world.get("checkout.session", number)
    world.knows("checkout.sessions.update", params, "metadata")
    found["metadata"] = merged(found["metadata"], params.get("metadata"))
    return found


@endpoint("POST", "/v1/checkout/sessions/{}/expire", "checkout.SessionExpireParams")
def _expire_session(world: World, params: Json, number: str) -> Json:
    found = world.get("checkout.session", number)
    world.expire_session(found)
    return found


@endpoint("GET", "/v1/checkout/sessions/{}/line_items", "checkout.SessionListLineItemsParams")
def _session_lines(world: World, params: Json, number: str) -> Json:
    world.get("checkout.session", number)
    return page(world, world.included(number, "line_items"), params, f"/v1/checkout/sessions/{number}/line_items")


@endpoint("POST", "/v1/billing_portal/sessions", "billing_portal.SessionCreateParams")
def _create_portal(world: World, params: Json) -> Json:
    return portal_session(world, _fields(params))


@endpoint("POST", "/v1/billing_portal/configurations", "billing_portal.ConfigurationCreateParams")
def _create_configuration(world: World, params: Json) -> Json:
    return portal_configuration(world, _fields(params))


# ---------------------------------------------------------------------- subscriptions


@endpoint("POST", "/v1/subscriptions", "SubscriptionCreateParams")
def _create_subscription(world: World, params: Json) -> Json:
    return world.subscribe(_fields(params))


@endpoint("POST", "/v1/subscriptions/{}", "SubscriptionUpdateParams")
def _update_subscription(world: World, params: Json, number: str) -> Json:
    found = world.get("subscription", number)
    world.update_subscription(found, _fields(params))
    return found


@endpoint("DELETE", "/v1/subscriptions/{}", "SubscriptionCancelParams")
def _cancel_subscription(world: World, params: Json, number: str) -> Json:
    found = world.get("subscription", number)
    world.knows("subscriptions.cancel", params, "cancellation_details")
    world.cancel_now(found, **params.get("cancellation_details", {}))
    return found


@endpoint("POST", "/v1/subscriptions/{}/resume", "SubscriptionResumeParams")
def _resume_subscription(world: World, params: Json, number: str) -> Json:
    found = world.get("subscription", number)
    world.knows("subscriptions.resume", params)
    world.resume(found)
    return found


# ---------------------------------------------------------------------- invoices and refunds


@endpoint("POST", "/v1/invoices", "InvoiceCreateParams")
def _create_invoice(world: World, params: Json) -> Json:
    return world.bill(_fields(params))


@endpoint("POST", "/v1/invoiceitems", "InvoiceItemCreateParams")
def _create_item(world: World, params: Json) -> Json:
    return world.add_item(_fields(params))


@endpoint("POST", "/v1/invoices/{}/finalize", "InvoiceFinalizeInvoiceParams")
def _finalize(world: World, params: Json, number: str) -> Json:
    found = world.get("invoice", number)
    world.finalize(found)
    wanted = params.get("auto_advance", found["auto_advance"]) and found["collection_method"] == "charge_automatically"
    if wanted and found["status"] == "open":
        world.at(world.seconds + HOUR, lambda: world.collect_open(found))
    return found


@endpoint("POST", "/v1/invoices/{}/send", "InvoiceSendInvoiceParams")
def _send(world: World, params: Json, number: str) -> Json:
    found = world.get("invoice", number)
    if found["collection_method"] != "send_invoice":
        raise RefusedError("You can only manually send an invoice if its collection method is 'send_invoice'.")
    if found["status"] == "draft":
        world.finalize(found)
    else:
        world.emit("invoice.sent", found)
    return found


@endpoint("POST", "/v1/invoices/{}/pay", "InvoicePayParams")
def _pay(world: World, params: Json, number: str) -> Json:
    found = world.get("invoice", number)
    world.knows("invoices.pay", params, "off_session", "paid_out_of_band", "payment_method")
    world.pay_open(found, params)
    return found


@endpoint("POST", "/v1/invoices/{}/void", "InvoiceVoidInvoiceParams")
def _void(world: World, params: Json, number: str) -> Json:
    found = world.get("invoice", number)
    world.void(found)
    return found


@endpoint("POST", "/v1/invoices/create_preview", "InvoiceCreatePreviewParams")
def _preview(world: World, params: Json) -> Json:
    world.knows("invoices.create_preview", params, "subscription")
    return world.preview(world.get("subscription", params.get("subscription", ""), "subscription", status=400))


@endpoint("POST", "/v1/refunds", "RefundCreateParams")
def _create_refund(world: World, params: Json) -> Json:
    world.knows("refunds.create", params, "amount", "charge", "metadata", "payment_intent", "reason")
    if "charge" in params:
        charge = world.get("charge", params["charge"], "charge", status=400)
    elif "payment_intent" in params:
        intent = world.get("payment_intent", params["payment_intent"], "payment_intent", status=400)
        if not intent["latest_charge"]:
            message = "This PaymentIntent does not have a successful charge to refund."
            raise RefusedError(message, "payment_intent", "payment_intent_unexpected_state")
        charge = world.objects[intent["latest_charge"]]
    else:
        message = "One of the following params should be provided for this request: payment_intent or charge."
        raise RefusedError(message, code="parameter_missing")
    return world.refunded(
        charge, params.get("amount"), reason=params.get("reason"), metadata=params.get("metadata") or {}
    )


@endpoint("POST", "/v1/webhook_endpoints", "WebhookEndpointCreateParams")
def _create_endpoint(world: World, params: Json) -> Json:
    given: Json = {"description": None, "metadata": {}, "api_version": None} | _fields(params)
    given.pop("connect", None)
    made = world.new("webhook_endpoint", application=None, status="enabled", **given)
    return {**made, "secret": world.secret}


@endpoint("DELETE", "/v1/webhook_endpoints/{}", "WebhookEndpointDeleteParams")
def _delete_endpoint(world: World, params: Json, number: str) -> Json:
    world.get("webhook_endpoint", number)
    del world.objects[number]
    return {"id": number, "object": "webhook_endpoint", "deleted": True}


def _fields(params: Json) -> Json:
    return {name: value for name, value in params.items() if name != "expand"}
