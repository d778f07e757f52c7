"""Changes of running subscriptions in the fake Stripe: another price with proration, trials moved, cancellation set."""

import copy
from typing import Any

from tests.fakes.stripe_catalog import later
from tests.fakes.stripe_invoices import DAY, Line
from tests.fakes.stripe_store import Json, RefusedError, deed, filled
from tests.fakes.stripe_subscriptions import LIVE, Subscriptions

UPDATE = (
    "billing_cycle_anchor", "cancel_at", "cancel_at_period_end", "cancellation_details", "collection_method",
    "days_until_due", "default_payment_method", "description", "discounts", "items", "metadata",
    "off_session", "pause_collection", "payment_behavior", "payment_settings", "proration_behavior", "trial_end",
    "trial_settings",
)  # fmt: skip


def merged(old: Json, new: Json | str | None) -> Json:
    """Metadata after an update: an empty value unsets a key, an empty text all."""
    if isinstance(new, str):
        return {}
    return {key: value for key, value in (old | (new or {})).items() if value != ""}


class Changes(Subscriptions):
    """What `POST /v1/subscriptions/…` does, and the dashboard and the portal alike."""

    def new_item(self, customer: str, amount: int, currency: str, **content: Any) -> Json:
        """Something that the customer's next invoice will charge."""
        made = self.new(
            "invoiceitem",
            **filled(
                {
                "amount": amount, "currency": currency, "customer": customer, "date": self.seconds,
                "description": None, "discountable": True, "discounts": [], "invoice": None, "metadata": {},
                "parent": None, "period": {"start": self.seconds, "end": self.seconds}, "pricing": None,
                "proration": False, "quantity": 1, "quantity_decimal": "1", "tax_rates": [], "test_clock": None,
                },
                content,
            ), dated=False,
        )  # fmt: skip
        self.emit("invoiceitem.created", made)
        return made

    def settle_by(self, invoice: Json, intent: Json) -> None:
        """Mark a draft as paid by a payment that was made already."""
        self.finalize(invoice)
        for payment in self.included(invoice["id"], "payments"):
            del self.objects[payment["payment"]["payment_intent"]]
            payment["payment"] = {"type": "payment_intent", "payment_intent": intent["id"]}
        if invoice["status"] == "open":
            self._paid(invoice, intent)

    def inline_price(self, data: Json) -> Json:
        """A price given in full in a request (`price_data`)."""
        if "product" in data:
            product = self.get("product", data["product"], "price_data[product]", status=400)
        else:
            product = self.new_product(**data["product_data"])
        recurring = data.get("recurring")
        return self.new_price(
            currency=data["currency"], unit_amount=data["unit_amount"], product=product["id"], recurring=full(recurring)
        )

    def update_subscription(self, subscription: Json, params: Json) -> None:
        """Apply an update; raises RefusedError, with nothing changed, for what Stripe refuses."""
        self.knows("subscriptions.update", params, *UPDATE)
        if subscription["status"] not in LIVE:
            refused = set(params) - {"metadata", "cancellation_details", "expand"}
            if refused:
                message = "A canceled subscription can only update its cancellation_details and metadata."
                raise RefusedError(message, min(refused))
        if params.get("cancel_at") and params.get("cancel_at_period_end"):
            raise RefusedError("You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
        prices = [
            self.get("price", one["price"], f"items[{number}][price]", status=400)
            for number, one in enumerate(params.get("items", [])) if "price" in one
        ]  # fmt: skip
        for price in prices:
            self.amount(price, subscription["currency"])
        before = copy.deepcopy(subscription)
        if "items" in params:
            self._change_items(subscription, params)
        self._set_fields(subscription, params)
        self._set_end(subscription, params)
        if params.get("billing_cycle_anchor", {}).get("type") == "now":
            self._begin_anew(subscription, params)
        if subscription != before:
            self.emit("customer.subscription.updated", subscription, before)

    def _set_fields(self, subscription: Json, params: Json) -> None:
        plain = ("description", "default_payment_method", "collection_method", "days_until_due")
        subscription |= {name: params[name] or None for name in plain if name in params}
        if "metadata" in params:
            subscription["metadata"] = merged(subscription["metadata"], params["metadata"])
        for name in ("payment_settings", "trial_settings"):
            if name in params:
                subscription[name] = subscription[name] | params[name]
        if "cancellation_details" in params:
            subscription["cancellation_details"] = subscription["cancellation_details"] | params["cancellation_details"]
        if "discounts" in params:
            self._set_discounts(subscription, params["discounts"] or [])
        if "pause_collection" in params:
            self.pause(subscription, params["pause_collection"] or None)
        if "trial_end" in params:
            self._set_trial(subscription, params["trial_end"])

    def _set_discounts(self, subscription: Json, wanted: list[Json]) -> None:
        kept = []
        for one in wanted:
            if "discount" in one:
                kept.append(one["discount"])
                continue
            coupon, code = self.redeemable(
                one, customer=subscription["customer"], currency=subscription["currency"],
                amount=sum(line.amount for line in self._lines(subscription)),
            )  # fmt: skip
            made = self.new_discount(coupon, code, customer=subscription["customer"], subscription=subscription["id"])
            kept.append(made["id"])
        subscription["discounts"] = kept

    def _set_end(self, subscription: Json, params: Json) -> None:
        """Cancel later, or take that back."""
        if "cancel_at_period_end" not in params and "cancel_at" not in params:
            return
        end = self.period(subscription)[1]
        at = params.get("cancel_at") or None
        if at in ("min_period_end", "max_period_end"):
            at = end
        if at is not None and at <= self.seconds:
            raise RefusedError("cancel_at must be in the future.", "cancel_at")
        when = end if params.get("cancel_at_period_end") else at
        details = {"reason": "cancellation_requested" if when else None}
        subscription |= {
            "cancel_at_period_end": bool(params.get("cancel_at_period_end")), "cancel_at": when,
            "canceled_at": self.seconds if when else None,
            "cancellation_details": subscription["cancellation_details"] | details,
        }  # fmt: skip
        if at is not None:
            self.at(at, lambda: self._cancel_at(subscription, at))

    def _cancel_at(self, subscription: Json, at: int) -> None:
        if subscription["status"] in LIVE and subscription["cancel_at"] == at:
            self._end(subscription, "canceled", "cancellation_requested")

    def _set_trial(self, subscription: Json, to: int | str) -> None:
        """Move a trial's end; "now" ends it, a later date makes the rest of the time free."""
        if to == "now" or (isinstance(to, int) and to <= self.seconds):
            if subscription["status"] == "trialing":
                subscription |= {"trial_end": self.seconds, "billing_cycle_anchor": self.seconds, "status": "active"}
                for one in subscription["items"]["data"]:
                    one["current_period_end"] = self.seconds
                invoice = self._renew(subscription, "active", anchor=self.seconds)
                self.settle(invoice)
            return
        started = subscription["trial_start"] if subscription["status"] == "trialing" else self.seconds
        subscription |= {"status": "trialing", "trial_end": to, "trial_start": started, "billing_cycle_anchor": to}
        for one in subscription["items"]["data"]:
            one["current_period_end"] = to
        self._schedule(subscription)

    def _begin_anew(self, subscription: Json, params: Json) -> None:
        """Reset the billing cycle: a new period begins and is invoiced now."""
        if params.get("proration_behavior") != "none":
            self.complaints.append("the fake prorates no reset billing_cycle_anchor: use proration_behavior=none")
        self.settle(self._renew(subscription, subscription["status"], anchor=self.seconds))

    # ------------------------------------------------------------------ other prices

    def _change_items(self, subscription: Json, params: Json) -> None:
        old = copy.deepcopy(subscription["items"]["data"])
        behavior = params.get("proration_behavior", "create_prorations")
        self._check_card(subscription, params)
        for number, one in enumerate(params["items"]):
            self._change_item(subscription, one, number)
        items = subscription["items"]["data"]
        if not items:
            raise RefusedError("A subscription must have at least one active item.", "items")
        was, now = old[0]["price"]["recurring"], items[0]["price"]["recurring"]
        reset = (was["interval"], was["interval_count"]) != (now["interval"], now["interval_count"])
        if subscription["status"] == "trialing":
            return
        lines = [] if behavior == "none" else self._prorations(subscription, old, reset=reset)
        if reset:
            subscription["billing_cycle_anchor"] = self.seconds
            end = later(self.seconds, now["interval"], now["interval_count"])
            for one in items:
                one |= {"current_period_start": self.seconds, "current_period_end": end}
            invoice = self._invoice(subscription, "subscription_update", lines + self._lines(subscription))
            self.settle(invoice)
            self._schedule(subscription)
        elif behavior == "always_invoice" and lines:
            self.settle(self._invoice(subscription, "subscription_update", lines))
        else:
            self._keep(subscription, lines)

    def _check_card(self, subscription: Json, params: Json) -> None:
        if params.get("payment_behavior") == "pending_if_incomplete":
            self.complaints.append("the fake has no pending updates: use another payment_behavior")
        owner = self.objects[subscription["customer"]]
        method = subscription["default_payment_method"] or owner["invoice_settings"]["default_payment_method"]
        if params.get("payment_behavior") == "error_if_incomplete":
            self.must_pay(method)

    def must_pay(self, method: str | None) -> None:
        """Raise RefusedError (402) unless a payment method can be charged by itself."""
        if method is None or (method in self.cards and self.cards[method].later != "ok"):
            declined = {"decline_code": "generic_decline", "type": "card_error"}
            raise RefusedError("Your card was declined.", code="card_declined", status=402, **declined)

    def _change_item(self, subscription: Json, change: Json, number: int) -> None:
        items = subscription["items"]["data"]
        start, end = self.period(subscription)
        if "id" not in change:
            price = self.objects[change["price"]]
            items.append(self.item(subscription, price, change.get("quantity", 1), start, end))
            return
        found = next((one for one in items if one["id"] == change["id"]), None)
        if found is None:
            raise RefusedError(
                f"No such subscription item: '{change['id']}'", f"items[{number}][id]", "resource_missing"
            )
        if change.get("deleted"):
            items.remove(found)
            return
        price = self.objects[change["price"]] if "price" in change else found["price"]
        fresh = self.item(subscription, price, change.get("quantity", found["quantity"]), start, end)
        found |= {name: fresh[name] for name in ("price", "plan", "quantity")}

    def _prorations(self, subscription: Json, old: list[Json], *, reset: bool) -> list[Line]:
        """Give back what is left of the old, charge what is left of the new; a new period charges by itself."""
        start, end = old[0]["current_period_start"], old[0]["current_period_end"]
        rest = (end - self.seconds) / (end - start)
        currency = subscription["currency"]
        back = [
            Line(-round(self.amount(one["price"], currency) * one["quantity"] * rest),
                 f"Unused time on {self._name(one['price'])}", self.seconds, end, one["price"], one["quantity"],
                 one["id"], proration=True)
            for one in old
        ]  # fmt: skip
        if reset:
            return back
        return back + [
            Line(round(self.amount(one["price"], currency) * one["quantity"] * rest),
                 f"Remaining time on {self._name(one['price'])}", self.seconds, end, one["price"], one["quantity"],
                 one["id"], proration=True)
            for one in subscription["items"]["data"]
        ]  # fmt: skip

    def _keep(self, subscription: Json, lines: list[Line]) -> None:
        for one in lines:
            self.new_item(
                subscription["customer"], one.amount, subscription["currency"], description=one.description,
                discountable=False, period={"start": one.start, "end": one.end}, proration=True,
                quantity=one.quantity, quantity_decimal=str(one.quantity),
                parent={
                    "type": "subscription_details",
                    "subscription_details": {"subscription": subscription["id"], "subscription_item": one.item},
                },
            )  # fmt: skip

    # ------------------------------------------------------------------ the dashboard and the portal

    @deed
    def cancel(self, subscription: str, *, at_period_end: bool = False) -> None:
        """Cancel in the dashboard or, at the period's end, in the portal."""
        found = self.get("subscription", subscription)
        if at_period_end:
            self.update_subscription(found, {"cancel_at_period_end": True})
        else:
            self.cancel_now(found)

    @deed
    def undo_cancel(self, subscription: str) -> None:
        """Press "Don't cancel" in the portal."""
        self.update_subscription(self.get("subscription", subscription), {"cancel_at_period_end": False})

    @deed
    def change_plan(self, subscription: str, price: str) -> None:
        """Choose another price in the portal, invoiced at once."""
        found = self.get("subscription", subscription)
        item = {"id": found["items"]["data"][0]["id"], "price": price}
        self.update_subscription(found, {"items": [item], "proration_behavior": "always_invoice"})

    @deed
    def extend(self, subscription: str, days: int) -> None:
        """Move the next payment by days, in the dashboard."""
        found = self.get("subscription", subscription)
        self.update_subscription(found, {"trial_end": self.period(found)[1] + days * DAY})


def full(recurring: Json | None) -> Json | None:
    """A price's `recurring` with its defaults."""
    if not recurring:
        return None
    defaults = {"interval_count": 1, "meter": None, "trial_period_days": None, "usage_type": "licensed"}
    return defaults | recurring
