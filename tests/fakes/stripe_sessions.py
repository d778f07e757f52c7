"""Checkout sessions of the fake Stripe: what may be asked for, and how they end unpaid."""

from typing import Any

from tests.fakes.stripe_changes import Changes
from tests.fakes.stripe_invoices import DAY
from tests.fakes.stripe_money import WALLETS
from tests.fakes.stripe_store import Json, RefusedError, deed

SESSION = (
    "adaptive_pricing", "allow_promotion_codes", "allowed_payment_method_types", "automatic_tax",
    "billing_address_collection", "cancel_url", "client_reference_id", "currency", "customer", "customer_creation",
    "customer_email", "customer_update", "discounts", "excluded_payment_method_types", "expires_at", "invoice_creation",
    "line_items", "locale", "metadata", "mode", "origin_context", "payment_intent_data", "payment_method_collection",
    "payment_method_options", "submit_type", "subscription_data", "success_url", "ui_mode",
)  # fmt: skip
SUBSCRIPTION_DATA = ("description", "metadata", "trial_end", "trial_period_days", "trial_settings")


def both(params: Json, one: str, other: str) -> None:
    """Refuse two parameters that exclude each other."""
    if params.get(one) and params.get(other):
        raise RefusedError(f"You may only specify one of these parameters: {one}, {other}.")


class Sessions(Changes):
    """Sessions until somebody pays (`stripe_checkout.py`)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.asked: dict[str, Json] = {}
        """The parameters of each session, by its id."""
        self.methods: list[str] = ["card", *WALLETS]
        """The payment methods that the dashboard has switched on."""

    # ------------------------------------------------------------------ making one

    def new_session(self, params: Json) -> Json:
        """Check as Stripe does what types alone don't say, and open a session."""
        mode = params.get("mode", "payment")
        self._check(params, mode)
        self.knows("checkout.sessions.create", params, *SESSION)
        data, payment = params.get("subscription_data", {}), params.get("payment_intent_data", {})
        self.knows("subscription_data", data, *SUBSCRIPTION_DATA)
        self.knows("payment_intent_data", payment, "description", "metadata", "receipt_email")
        lines = self._wanted(params)
        currency = params.get("currency") or lines[0][0]["currency"]
        subtotal = sum(self.amount(price, currency) * quantity for price, quantity in lines)
        self._check_lines(params, mode, lines)
        customer = params.get("customer")
        if customer:
            self.get("customer", customer, "customer", status=400)
        discounts = []
        for one in params.get("discounts") or []:
            coupon, code = self.redeemable(one, customer=customer, currency=currency, amount=subtotal)
            discounts.append({"coupon": coupon["id"], "promotion_code": code["id"] if code else None})
        recurring = mode == "subscription"
        number = self.number("cs").replace("cs_", "cs_live_" if self.livemode else "cs_test_")
        hosted = params.get("ui_mode", "hosted_page") == "hosted_page"
        made = self.new(
            "checkout.session", id=number, adaptive_pricing=params.get("adaptive_pricing") or {"enabled": True},
            after_expiration=None, allow_promotion_codes=params.get("allow_promotion_codes"), amount_subtotal=subtotal,
            automatic_tax=_tax(params.get("automatic_tax")),
            billing_address_collection=params.get("billing_address_collection"), cancel_url=params.get("cancel_url"),
            client_reference_id=params.get("client_reference_id"), client_secret=None,
            collected_information=None, consent=None, consent_collection=None, currency=currency,
            currency_conversion=None, custom_fields=[],
            custom_text=dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
            customer=customer, customer_creation=None if customer else params.get("customer_creation", _made(mode)),
            customer_details=None, customer_email=params.get("customer_email"), discounts=discounts,
            expires_at=params.get("expires_at", self.seconds + DAY), invoice=None,
            invoice_creation=None if recurring else _invoice_creation(params.get("invoice_creation")),
            locale=params.get("locale"), metadata=params.get("metadata", {}), mode=mode,
            origin_context=params.get("origin_context"), payment_intent=None, payment_link=None,
            payment_method_collection=params.get("payment_method_collection", "always") if recurring else "if_required",
            payment_method_options=params.get("payment_method_options", {}),
            payment_method_types=self._methods(params, mode, currency), payment_status="unpaid",
            phone_number_collection={"enabled": False}, recovered_from=None, redirect_on_completion=None,
            saved_payment_method_options=None, setup_intent=None, shipping_address_collection=None, shipping_cost=None,
            shipping_options=[], status="open", submit_type=params.get("submit_type"), subscription=None,
            success_url=params.get("success_url"), total_details=None, ui_mode=params.get("ui_mode", "hosted_page"),
            url=f"https://checkout.stripe.com/c/pay/{number}" if hosted else None,
        )  # fmt: skip
        self.asked[number] = params
        self.sum_up(made, [self.objects[one["coupon"]] for one in discounts])
        for price, quantity in lines:
            total = self.amount(price, currency) * quantity
            item = self.new(
                "item", live=False, dated=False, amount_discount=0, amount_subtotal=total, amount_tax=0,
                amount_total=total, currency=currency, description=self._name(price), price=price, quantity=quantity,
            )  # fmt: skip
            self.include(number, "line_items", item["id"])
        self.at(made["expires_at"], lambda: self._lapse(made))
        return made

    def sum_up(self, session: Json, coupons: list[Json]) -> None:
        """Totals: a trial is free, discounts come off, tax on top."""
        recurring = [one["price"]["recurring"] for one in self.included(session["id"], "line_items")]
        due = 0 if self.trial_end(session) and all(recurring) else session["amount_subtotal"]
        off = sum(self.off(one, due) for one in coupons)
        tax = round((due - off) * self.tax_percent / 100) if session["automatic_tax"]["enabled"] else 0
        session |= {
            "amount_total": due - off + tax,
            "total_details": {"amount_discount": off, "amount_shipping": 0, "amount_tax": tax},
        }  # fmt: skip

    def trial_end(self, session: Json) -> int | None:
        data = self.asked[session["id"]].get("subscription_data", {})
        if "trial_period_days" in data:
            return self.seconds + int(data["trial_period_days"]) * DAY
        end: int | None = data.get("trial_end")
        return end

    def _wanted(self, params: Json) -> list[tuple[Json, int]]:
        lines = []
        for number, one in enumerate(params.get("line_items") or []):
            where = f"line_items[{number}][price]"
            if "price" in one:
                price = self.get("price", one["price"], where, status=400)
            elif "price_data" in one:
                price = self.inline_price(one["price_data"])
            else:
                raise RefusedError("Line items require one of: price, price_data.", f"line_items[{number}]")
            if not price["active"]:
                raise RefusedError("The price specified is inactive. This field only accepts active prices.", where)
            if "quantity" not in one:
                raise RefusedError("Quantity is required.", f"line_items[{number}][quantity]", "parameter_missing")
            lines.append((price, one["quantity"]))
        if not lines:
            raise RefusedError("Missing required param: line_items.", "line_items", "parameter_missing")
        return lines

    def _check(self, params: Json, mode: str) -> None:  # noqa: C901 - the list of Stripe's rules
        if "mode" not in params:
            raise RefusedError("You must specify `mode`.", "mode", "parameter_missing")
        if mode == "setup":
            self.complaints.append("the fake has no Checkout in setup mode")
        if params.get("ui_mode", "hosted_page") == "hosted_page" and not params.get("success_url"):
            raise RefusedError("Missing required param: success_url.", "success_url", "parameter_missing")
        both(params, "customer", "customer_email")
        both(params, "customer", "customer_creation")
        both(params, "allow_promotion_codes", "discounts")
        if "customer_update" in params and "customer" not in params:
            raise RefusedError("`customer_update` can only be used with `customer`.", "customer_update")
        if len(params.get("discounts") or []) > 1:
            raise RefusedError("You may only apply one discount to a Checkout Session.", "discounts")
        only = {
            "subscription_data": "subscription", "payment_method_collection": "subscription",
            "payment_intent_data": "payment", "invoice_creation": "payment", "customer_creation": "payment",
        }  # fmt: skip
        for name, wanted in only.items():
            if name in params and mode != wanted:
                raise RefusedError(f"You can not pass `{name}` in `{mode}` mode.", name)
        if len(params.get("client_reference_id", "")) > 200:
            raise RefusedError("Invalid string: must be at most 200 characters", "client_reference_id")
        if "expires_at" in params:
            ahead = params["expires_at"] - self.seconds
            if ahead < 1800:
                message = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
                raise RefusedError(message, "expires_at")
            if ahead > DAY:
                message = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
                raise RefusedError(message, "expires_at")
        data = params.get("subscription_data", {})
        both(data, "trial_end", "trial_period_days")
        if "trial_end" in data and data["trial_end"] < self.seconds + 2 * DAY:
            message = "The `trial_end` date has to be at least 2 days in the future."
            raise RefusedError(message, "subscription_data[trial_end]")
        if "trial_period_days" in data and not 1 <= data["trial_period_days"] <= 730:
            raise RefusedError("Invalid trial_period_days.", "subscription_data[trial_period_days]")

    def _check_lines(self, params: Json, mode: str, lines: list[tuple[Json, int]]) -> None:
        recurring = [price for price, _ in lines if price["recurring"]]
        if mode == "payment" and recurring:
            raise RefusedError(
                "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or "
                "use only one-time prices."
            )
        if mode == "subscription" and not recurring:
            raise RefusedError(
                "You must provide at least one recurring price in `subscription` mode when using prices."
            )

    def _methods(self, params: Json, mode: str, currency: str) -> list[str]:
        """What the page offers: the dashboard's choice, less what can't pay this way, less what the request leaves out.

        Since 2026-09-30.endive a request filters and can't list (docs.stripe.com/changelog/endive).
        """
        allowed = params.get("allowed_payment_method_types") or self.methods
        excluded = params.get("excluded_payment_method_types") or []
        offered = [
            one for one in self.methods
            if one in allowed and one not in excluded
            and (one not in WALLETS or (mode == "payment" and currency in WALLETS[one]))
        ]  # fmt: skip
        if not offered:
            raise RefusedError("No valid payment method types for this Checkout Session.")
        return offered

    # ------------------------------------------------------------------ the end of one

    def expire_session(self, session: Json) -> None:
        """Close it unpaid; raises RefusedError unless it is open."""
        if session["status"] != "open":
            message = 'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a '
            raise RefusedError(message + f"status of {session['status']}.")
        session |= {"status": "expired", "url": None}
        self.emit("checkout.session.expired", session)

    def _lapse(self, session: Json) -> None:
        if session["status"] == "open":
            self.expire_session(session)

    @deed
    def expire(self, session: str) -> None:
        """Close a session in the dashboard."""
        self.expire_session(self.get("checkout.session", session))


def _made(mode: str) -> str | None:
    return {"payment": "if_required", "subscription": "always"}.get(mode)


def _tax(asked: Json | None) -> Json:
    on = bool(asked and asked["enabled"])
    return {
        "enabled": on, "liability": {"type": "self"} if on else None, "provider": "stripe" if on else None,
        "status": None,
    }  # fmt: skip


def _invoice_creation(asked: Json | None) -> Json:
    data: Json = {
        "account_tax_ids": None, "custom_fields": None, "description": None, "footer": None, "issuer": None,
        "metadata": {}, "rendering_options": None,
    }  # fmt: skip
    return {"enabled": bool(asked and asked["enabled"]), "invoice_data": data}
