"""Subscriptions of the fake Stripe, from the first invoice to the end: trials, renewals, dunning, pauses, changes."""

import copy
from typing import Any, Literal

from tests.fakes.stripe_catalog import later, next_end
from tests.fakes.stripe_invoices import DAY, HOUR, Invoices, Line, tax_off, tax_on
from tests.fakes.stripe_store import Json, RefusedError, deed, filled

LIVE = frozenset({"trialing", "active", "past_due", "unpaid", "paused", "incomplete"})


class Subscriptions(Invoices):
    """Subscriptions, moved by the agenda."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.after_retries: Literal["cancel", "unpaid", "past_due"] = "cancel"
        """What becomes of a subscription whose invoice no attempt could collect."""
        self._starting: set[str] = set()

    # ------------------------------------------------------------------ the beginning

    def new_subscription(
        self, customer: str, items: list[tuple[Json, int]], *, currency: str, trial_end: int | None = None,
        discounts: list[Json] | None = None, method: Json | None = None, off_session: bool = True,
        charge: bool = True, authenticated: bool = False, **content: Any,
    ) -> Json:  # fmt: skip
        """Start one. `items` are prices and quantities; `charge=False` leaves the first invoice open (incomplete).

        `content` goes into the object, and settles collection_method, days_until_due, metadata and the like.
        """
        recurring = items[0][0]["recurring"]
        start = self.seconds
        anchor = trial_end or start
        end = trial_end or later(start, recurring["interval"], recurring["interval_count"])
        made = self.new(
            "subscription",
            **filled(
                {
                "application": None, "application_fee_percent": None,
                "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
                "billing_cycle_anchor": anchor, "billing_cycle_anchor_config": None,
                "billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "included"}},
                "billing_schedules": [], "billing_thresholds": None, "cancel_at": None, "cancel_at_period_end": False,
                "canceled_at": None,
                "cancellation_details": {"comment": None, "feedback": None, "feedback_option": None, "reason": None},
                "collection_method": "charge_automatically", "currency": currency, "customer": customer,
                "days_until_due": None, "default_payment_method": method["id"] if method else None,
                "default_source": None, "default_tax_rates": [], "description": None, "discounts": [],
                "ended_at": None,
                "invoice_settings": {
                    "account_tax_ids": None, "custom_fields": None, "description": None, "footer": None,
                    "issuer": {"type": "self"},
                },
                "latest_invoice": None, "metadata": {}, "next_pending_invoice_item_invoice": None,
                "on_behalf_of": None, "pause_collection": None,
                "payment_settings": {
                    "payment_method_options": None, "payment_method_types": None,
                    "save_default_payment_method": "off",
                },
                "pending_invoice_item_interval": None, "pending_setup_intent": None, "pending_update": None,
                "schedule": None, "start_date": start, "status": "trialing" if trial_end else "incomplete",
                "test_clock": None, "transfer_data": None, "trial_end": trial_end,
                "trial_settings": {
                    "end_behavior": {"billing_cycle_anchor": None, "missing_payment_method": "create_invoice"},
                },
                "trial_start": start if trial_end else None,
                },
                content,
            ),
        )  # fmt: skip
        made["items"] = self.listed(
            [self.item(made, price, quantity, start, end) for price, quantity in items],
            f"/v1/subscription_items?subscription={made['id']}",
        )
        for one in discounts or []:
            one["subscription"] = made["id"]
            made["discounts"].append(one["id"])
        self._first_invoice(made, method, charge=charge, off_session=off_session, authenticated=authenticated)
        self.emit("customer.subscription.created", made)
        self._schedule(made)
        return made

    def item(self, subscription: Json, price: Json, quantity: int, start: int, end: int) -> Json:
        """A subscription's item."""
        recurring = price["recurring"]
        plan = {
            "id": price["id"], "object": "plan", "active": price["active"], "amount": price["unit_amount"],
            "amount_decimal": str(price["unit_amount"]), "billing_scheme": "per_unit", "created": price["created"],
            "currency": price["currency"], "interval": recurring["interval"],
            "interval_count": recurring["interval_count"], "livemode": self.livemode, "metadata": price["metadata"],
            "meter": None, "nickname": price["nickname"], "product": price["product"], "tiers_mode": None,
            "transform_usage": None, "trial_period_days": None, "usage_type": "licensed",
        }  # fmt: skip
        return {
            "id": self.number("si"), "object": "subscription_item", "billing_thresholds": None,
            "created": self.seconds, "current_period_end": end, "current_period_start": start, "discounts": [],
            "metadata": {}, "plan": plan, "price": price, "quantity": quantity,
            "subscription": subscription["id"], "tax_rates": [],
        }  # fmt: skip

    def _first_invoice(
        self, subscription: Json, method: Json | None, *, charge: bool, off_session: bool, authenticated: bool
    ) -> None:
        self._starting.add(subscription["id"])
        invoice = self._invoice(subscription, "subscription_create")
        if subscription["collection_method"] == "send_invoice":
            subscription["status"] = "trialing" if subscription["trial_end"] else "active"
            self.advance_draft(invoice)
        else:
            self.finalize(invoice)
            if invoice["status"] == "open" and charge:
                self.collect(
                    invoice, method or self.method_of(invoice), off_session=off_session, authenticated=authenticated
                )
        self._starting.discard(subscription["id"])

    def _lines(self, subscription: Json) -> list[Line]:
        """What the present period costs; nothing in a trial."""
        trial = subscription["status"] == "trialing"
        return [
            Line(
                0 if trial else self.amount(one["price"], subscription["currency"]) * one["quantity"],
                ("Trial period for " if trial else f"{one['quantity']} × ") + self._name(one["price"]),
                one["current_period_start"], one["current_period_end"], one["price"], one["quantity"], one["id"],
            )
            for one in subscription["items"]["data"]
        ]  # fmt: skip

    def _name(self, price: Json) -> str:
        return str(self.objects[price["product"]]["name"])

    def _invoice(self, subscription: Json, reason: str, lines: list[Line] | None = None) -> Json:
        """Draft an invoice, with what waits for one."""
        content = self._invoice_content(subscription, reason)
        pending = [
            one for one in self.all("invoiceitem")
            if one["customer"] == subscription["customer"] and one["invoice"] is None
            and (not one["parent"] or one["parent"]["subscription_details"]["subscription"] == subscription["id"])
        ]  # fmt: skip
        wanted = (self._lines(subscription) if lines is None else lines) + [pending_line(one) for one in pending]
        invoice = self.new_invoice(wanted, self._discounts(subscription), **content)
        for one in pending:
            one["invoice"] = invoice["id"]
        subscription["latest_invoice"] = invoice["id"]
        self._use_up(subscription)
        return invoice

    def _invoice_content(self, subscription: Json, reason: str) -> Json:
        taxed = subscription["automatic_tax"]["enabled"]
        sent = subscription["collection_method"] == "send_invoice"
        parent = {"metadata": dict(subscription["metadata"]), "subscription": subscription["id"]}
        first = subscription["items"]["data"][0]
        settings = subscription["payment_settings"]
        kinds = ("payment_method_options", "payment_method_types")
        return {
            "customer": subscription["customer"], "currency": subscription["currency"], "billing_reason": reason,
            "period_start": first["current_period_start"], "period_end": first["current_period_end"],
            "collection_method": subscription["collection_method"],
            "due_date": self.seconds + HOUR + subscription["days_until_due"] * DAY if sent else None,
            "automatic_tax": tax_on() if taxed else tax_off(),
            "payment_settings": {"default_mandate": None} | {name: settings[name] for name in kinds},
            "parent": {"type": "subscription_details", "quote_details": None, "subscription_details": parent},
        }  # fmt: skip

    def _discounts(self, subscription: Json) -> list[str]:
        ends = {one: self.objects[one]["end"] for one in subscription["discounts"]}
        return [one for one, end in ends.items() if end is None or end > self.seconds]

    def _use_up(self, subscription: Json) -> None:
        """Drop discounts that have ended, and those for one invoice once it was for money."""
        trial = subscription["status"] == "trialing"
        for number in list(subscription["discounts"]):
            discount = self.objects[number]
            once = self.objects[discount["source"]["coupon"]]["duration"] == "once" and not trial
            ended = discount["end"] is not None and discount["end"] <= self.seconds
            if once or ended:
                subscription["discounts"].remove(number)
                self.emit("customer.discount.deleted", discount)

    # ------------------------------------------------------------------ the agenda

    def period(self, subscription: Json) -> tuple[int, int]:
        """Start and end of the present period."""
        first = subscription["items"]["data"][0]
        return first["current_period_start"], first["current_period_end"]

    def _schedule(self, subscription: Json) -> None:
        """Enter what will happen to it; each entry looks whether it still applies."""
        end = self.period(subscription)[1]
        self.at(end, lambda: self._period_ended(subscription, end))
        if subscription["status"] == "incomplete":
            self.at(self.seconds + 23 * HOUR, lambda: self._expire(subscription))
        if subscription["status"] == "trialing":
            self.at(max(self.seconds, end - 3 * DAY), lambda: self._trial_will_end(subscription, end))
        elif end - 7 * DAY > self.seconds:
            self.at(end - 7 * DAY, lambda: self._upcoming(subscription, end))

    def _trial_will_end(self, subscription: Json, end: int) -> None:
        if subscription["status"] == "trialing" and subscription["trial_end"] == end:
            self.emit("customer.subscription.trial_will_end", subscription)

    def _upcoming(self, subscription: Json, end: int) -> None:
        goes_on = subscription["status"] == "active" and not subscription["cancel_at_period_end"]
        if goes_on and self.period(subscription)[1] == end:
            self.emit("invoice.upcoming", self.preview(subscription))

    def preview(self, subscription: Json) -> Json:
        """The next invoice, as it would be now."""
        content = self._invoice_content(subscription, "upcoming")
        lines = [one._replace(amount=self.amount(one.price, subscription["currency"]) * one.quantity) for one in
                 self._lines(subscription) if one.price]  # fmt: skip
        start = {"object": "invoice", "created": self.period(subscription)[1], "livemode": self.livemode}
        draft = self.draft(lines, self._discounts(subscription), **content)
        return {"id": f"upcoming_{self.number('in')}", **start, **draft}

    def _expire(self, subscription: Json) -> None:
        if subscription["status"] == "incomplete":
            invoice = self.objects[subscription["latest_invoice"]]
            self.void(invoice)
            self._end(subscription, "incomplete_expired", None, "customer.subscription.updated")

    def _period_ended(self, subscription: Json, end: int) -> None:
        if subscription["status"] not in LIVE - {"incomplete", "paused"} or self.period(subscription)[1] != end:
            return
        if subscription["cancel_at_period_end"] or (subscription["cancel_at"] or end + 1) <= end:
            self._end(subscription, "canceled", subscription["cancellation_details"]["reason"])
        elif subscription["status"] == "trialing":
            self._trial_ended(subscription)
        else:
            self._renew(subscription, subscription["status"])

    def _trial_ended(self, subscription: Json) -> None:
        customer = self.objects[subscription["customer"]]
        charged = subscription["collection_method"] == "charge_automatically"
        method = subscription["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]
        missing = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
        if method or not charged or missing == "create_invoice":
            self._renew(subscription, "active")
        elif missing == "cancel":
            self._end(subscription, "canceled", None)
        else:
            before = copy.deepcopy(subscription)
            why = {"type": "trial_end_without_payment_method"}
            paused = {"subscription": why, "transitioned_at": self.seconds, "type": "subscription"}
            subscription |= {"status": "paused", "status_details": {"paused": paused}}
            self.emit("customer.subscription.updated", subscription, before)
            self.emit("customer.subscription.paused", subscription)

    def _renew(self, subscription: Json, status: str, *, anchor: int | None = None) -> Json:
        """Begin the next period: a draft now, collected in an hour."""
        before = copy.deepcopy(subscription)
        if anchor is not None:
            subscription["billing_cycle_anchor"] = anchor
        subscription["status"] = status
        for one in subscription["items"]["data"]:
            start = self.seconds if anchor is not None else one["current_period_end"]
            recurring = one["price"]["recurring"]
            end = next_end(
                subscription["billing_cycle_anchor"], start, recurring["interval"], recurring["interval_count"]
            )
            one |= {"current_period_start": start, "current_period_end": end}
        invoice = self._invoice(subscription, "subscription_cycle")
        if status == "unpaid":
            invoice["auto_advance"] = False
        self._collect_later(subscription, invoice)
        self.emit("customer.subscription.updated", subscription, before)
        self._schedule(subscription)
        return invoice

    def _collect_later(self, subscription: Json, invoice: Json) -> None:
        pause = subscription["pause_collection"]
        if pause is None:
            self.advance_draft(invoice)
        elif pause["behavior"] == "keep_as_draft":
            invoice["auto_advance"] = False
        else:
            invoice["auto_advance"] = False
            self.finalize(invoice)
            if invoice["status"] == "open":
                self.void(invoice, "void" if pause["behavior"] == "void" else "uncollectible")

    # ------------------------------------------------------------------ payments decide

    def after_payment(self, invoice: Json) -> None:
        subscription = self.subscription_of(invoice)
        if subscription is None or subscription["latest_invoice"] != invoice["id"]:
            return
        if subscription["status"] == "paused" and invoice["billing_reason"] == "subscription_update":
            self._resumed(subscription)
        elif subscription["status"] in ("incomplete", "past_due", "unpaid"):
            self._set(subscription, status="active")

    def after_failure(self, invoice: Json) -> None:
        subscription = self.subscription_of(invoice)
        if subscription is None or subscription["status"] not in ("active", "past_due"):
            return
        if invoice["next_payment_attempt"] is None and self.after_retries != "past_due" and invoice["auto_advance"]:
            if self.after_retries == "cancel":
                self._end(subscription, "canceled", "payment_failed")
            else:
                self._set(subscription, status="unpaid")
        else:
            self._set(subscription, status="past_due")

    def after_overdue(self, invoice: Json) -> None:
        subscription = self.subscription_of(invoice)
        if subscription is not None and subscription["status"] == "active":
            self._set(subscription, status="past_due")

    def retries(self, invoice: Json) -> bool:
        subscription = self.subscription_of(invoice)
        return subscription is not None and subscription["status"] in ("active", "past_due")

    def _set(self, subscription: Json, **fields: Any) -> None:
        if subscription["id"] in self._starting:
            subscription |= fields
        else:
            self.change(subscription, "customer.subscription.updated", **fields)

    # ------------------------------------------------------------------ the end, and pauses

    def _end(
        self, subscription: Json, status: str, reason: str | None, kind: str = "customer.subscription.deleted"
    ) -> None:
        before = copy.deepcopy(subscription)
        details = subscription["cancellation_details"] | {"reason": reason}
        subscription |= {
            "status": status, "ended_at": self.seconds, "cancellation_details": details,
            "canceled_at": subscription["canceled_at"] or self.seconds,
        }  # fmt: skip
        for one in self.all("invoice"):
            if one["parent"] and self.subscription_of(one) is subscription and one["status"] in ("draft", "open"):
                one |= {"auto_advance": False, "next_payment_attempt": None}
        self.emit(kind, subscription, before if kind.endswith("updated") else None)

    def cancel_now(self, subscription: Json, **details: Any) -> None:
        """End it at once; raises RefusedError (404, as Stripe) when it has ended already."""
        if subscription["status"] not in LIVE:
            message = f"No such subscription: '{subscription['id']}'"
            raise RefusedError(message, "id", "resource_missing", status=404)
        subscription["cancellation_details"] = subscription["cancellation_details"] | details
        self._end(subscription, "canceled", "cancellation_requested")

    def pause(self, subscription: Json, pause: Json | None) -> None:
        """Stop or resume collection (`pause_collection`); the status stays."""
        subscription["pause_collection"] = pause and {"resumes_at": None} | pause
        until = pause and pause.get("resumes_at")
        if until:

            def resume() -> None:
                current = subscription["pause_collection"]
                if current and current["resumes_at"] == until:
                    self.change(subscription, "customer.subscription.updated", pause_collection=None)

            self.at(until, resume)

    def resume(self, subscription: Json) -> None:
        """Leave the status `paused`: a new period begins now, when its invoice is paid."""
        if subscription["status"] != "paused":
            raise RefusedError("You can only resume subscriptions that are paused.", "id")
        invoice = self._restart(subscription)
        self.settle(invoice)

    def _restart(self, subscription: Json) -> Json:
        subscription["billing_cycle_anchor"] = self.seconds
        for one in subscription["items"]["data"]:
            recurring = one["price"]["recurring"]
            end = later(self.seconds, recurring["interval"], recurring["interval_count"])
            one |= {"current_period_start": self.seconds, "current_period_end": end}
        return self._invoice(subscription, "subscription_update")

    def _resumed(self, subscription: Json) -> None:
        before = copy.deepcopy(subscription)
        subscription["status"] = "active"
        subscription.pop("status_details", None)
        self.emit("customer.subscription.updated", subscription, before)
        self.emit("customer.subscription.resumed", subscription)
        self._schedule(subscription)

    @deed
    def set_card(self, customer: str, card: str, *, fingerprint: str = "") -> Json:
        """A member gives another card in the portal: it becomes the default of them and of what they subscribe to."""
        method = self.new_method(card, customer, fingerprint=fingerprint)
        owner = self.objects[customer]
        settings = owner["invoice_settings"] | {"default_payment_method": method["id"]}
        self.change(owner, "customer.updated", invoice_settings=settings)
        for one in self.all("subscription"):
            if one["customer"] == customer and one["status"] in LIVE:
                self._set(one, default_payment_method=method["id"])
        return method


def pending_line(item: Json) -> Line:
    """An invoice item as a line."""
    return Line(
        item["amount"], item["description"] or "", item["period"]["start"], item["period"]["end"],
        quantity=item["quantity"], invoice_item=item["id"], proration=item["proration"],
    )  # fmt: skip
