"""Invoices of the fake Stripe: drafted, finalized an hour later, paid, tried again, sent by link, or voided."""

import copy
from typing import Any, NamedTuple

from tests.fakes.stripe_catalog import Catalog
from tests.fakes.stripe_money import WALLETS
from tests.fakes.stripe_store import Json, RefusedError, deed

HOUR, DAY = 3600, 86400


class Line(NamedTuple):
    """What an invoice's line charges for, in minor units; `item` is a subscription item's id."""

    amount: int
    description: str
    start: int
    end: int
    price: Json | None = None
    quantity: int = 1
    item: str | None = None
    invoice_item: str | None = None
    proration: bool = False


class Invoices(Catalog):
    """Invoices, whether a subscription's or not."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.retry_days: tuple[int, ...] = (3, 5, 7)
        """Days from a failed attempt to the next; after the last, what `after_retries` says happens."""
        self.tax_percent = 0.0
        """What automatic tax adds."""

    def method_of(self, invoice: Json) -> Json | None:
        """What an invoice is charged to by itself."""
        customer = self.objects[invoice["customer"]]
        subscription = self.subscription_of(invoice)
        known = (
            invoice["default_payment_method"]
            or (subscription and subscription["default_payment_method"])
            or customer["invoice_settings"]["default_payment_method"]
        )
        return self.objects[known] if known else None

    def subscription_of(self, invoice: Json) -> Json | None:
        """The subscription that an invoice is for."""
        parent = invoice["parent"]
        return self.objects[parent["subscription_details"]["subscription"]] if parent else None

    # ------------------------------------------------------------------ drafts

    def new_invoice(self, lines: list[Line], discounts: list[str], **content: Any) -> Json:
        """A draft of these lines; needs `customer`, `currency`, `billing_reason`, `period_start` and `period_end`."""
        made = self.new("invoice", **self.draft(lines, discounts, **content))
        for line in made["lines"]["data"]:
            line["invoice"] = made["id"]
        made["lines"]["url"] = f"/v1/invoices/{made['id']}/lines"
        self.emit("invoice.created", made)
        return made

    def draft(self, lines: list[Line], discounts: list[str], **content: Any) -> Json:
        """What an invoice would hold."""
        customer = self.objects[content["customer"]]
        made: Json = {
            "account_country": "US", "account_name": "Lyceum", "account_tax_ids": None, "amount_overpaid": 0,
            "amount_paid": 0, "amount_shipping": 0, "application": None, "attempt_count": 0, "attempted": False,
            "auto_advance": True, "automatic_tax": tax_off(), "automatically_finalizes_at": None,
            "collection_method": "charge_automatically", "custom_fields": None, "customer_address": None,
            "customer_email": customer["email"], "customer_name": customer["name"], "customer_phone": None,
            "customer_shipping": None, "customer_tax_exempt": "none", "customer_tax_ids": [],
            "default_payment_method": None, "default_source": None, "default_tax_rates": [], "description": None,
            "discounts": discounts, "due_date": None, "effective_at": None, "ending_balance": None, "footer": None,
            "from_invoice": None, "hosted_invoice_url": None, "invoice_pdf": None,
            "issuer": {"type": "self"}, "last_finalization_error": None, "latest_revision": None, "metadata": {},
            "next_payment_attempt": None, "number": None, "on_behalf_of": None, "parent": None,
            "payment_settings": {
                "default_mandate": None, "payment_method_options": None, "payment_method_types": None,
            },
            "post_payment_credit_notes_amount": 0, "pre_payment_credit_notes_amount": 0, "receipt_number": None,
            "shipping_cost": None, "shipping_details": None, "starting_balance": 0, "statement_descriptor": None,
            "status": "draft", "test_clock": None,
            "status_transitions": {
                "finalized_at": None, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None,
            },
        } | content  # fmt: skip
        subscription = self.subscription_of(made)
        made["lines"] = self.listed([self._line(one, made, subscription) for one in lines], "/v1/invoices/lines")
        self._total(made)
        return made

    def _line(self, line: Line, invoice: Json, subscription: Json | None) -> Json:
        of = {"proration": line.proration, "proration_details": {"credited_items": None}}
        of["subscription"] = subscription["id"] if subscription else None
        if line.item:
            kind, details = "subscription_item_details", {"subscription_item": line.item, "invoice_item": None}
        else:
            kind, details = "invoice_item_details", {"invoice_item": line.invoice_item or self.number("ii")}
        other = {"subscription_item_details", "invoice_item_details"} - {kind}
        pricing = line.price and {
            "type": "price_details",
            "price_details": {"price": line.price["id"], "product": line.price["product"]},
            "unit_amount_decimal": str(self.amount(line.price, invoice["currency"])),
        }
        return {
            "id": self.number("il"), "object": "line_item", "amount": line.amount, "currency": invoice["currency"],
            "description": line.description, "discount_amounts": [], "discountable": not line.proration,
            "discounts": [], "invoice": None, "livemode": self.livemode,
            "metadata": dict(subscription["metadata"]) if subscription else {},
            "parent": {"type": kind, kind: of | details, other.pop(): None},
            "period": {"start": line.start, "end": line.end}, "pretax_credit_amounts": [], "pricing": pricing,
            "quantity": line.quantity, "subtotal": line.amount, "taxes": [],
            "subscription": subscription["id"] if subscription else None,
        }  # fmt: skip

    def _total(self, invoice: Json) -> None:
        """Sum up: discounts come off what is discountable, tax on top of the rest."""
        lines = invoice["lines"]["data"]
        subtotal = sum(one["amount"] for one in lines)
        left = sum(one["amount"] for one in lines if one["discountable"] and one["amount"] > 0)
        taken = []
        for number in invoice["discounts"]:
            off = self.off(self.objects[self.objects[number]["source"]["coupon"]], left)
            left -= off
            taken.append({"amount": off, "discount": number})
        net = subtotal - sum(one["amount"] for one in taken)
        tax = round(max(net, 0) * self.tax_percent / 100) if invoice["automatic_tax"]["enabled"] else 0
        invoice |= {
            "subtotal": subtotal, "subtotal_excluding_tax": subtotal, "total_discount_amounts": taken,
            "total": net + tax, "total_excluding_tax": net, "total_pretax_credit_amounts": [],
            "total_taxes": [
                {"amount": tax, "tax_behavior": "exclusive", "tax_rate_details": None,
                 "taxability_reason": "standard_rated", "taxable_amount": net, "type": "tax_rate_details"}
            ] if tax else [],
            "amount_due": max(net + tax, 0), "amount_remaining": max(net + tax, 0),
        }  # fmt: skip

    def recount(self, invoice: Json, lines: list[Line]) -> None:
        """Add lines to a draft."""
        before = copy.deepcopy(invoice)
        for one in lines:
            added = self._line(one, invoice, self.subscription_of(invoice)) | {"invoice": invoice["id"]}
            invoice["lines"]["data"].append(added)
        self._total(invoice)
        self.emit("invoice.updated", invoice, before)

    # ------------------------------------------------------------------ from draft to paid

    def finalize(self, invoice: Json) -> None:
        """Open a draft; one of nothing is paid at once."""
        if invoice["status"] != "draft":
            message = "This invoice is already finalized, you can't re-finalize a non-draft invoice."
            raise RefusedError(message, code="invoice_not_editable")
        customer = self.objects[invoice["customer"]]
        used = min(invoice["amount_due"], -customer["balance"]) if customer["balance"] < 0 else 0
        invoice |= {"starting_balance": customer["balance"]}
        shift = used + min(invoice["total"], 0)
        if shift:
            self.change(customer, "customer.updated", balance=customer["balance"] + shift)
        invoice["ending_balance"] = customer["balance"]
        number = customer["next_invoice_sequence"]
        customer["next_invoice_sequence"] += 1
        due = invoice["amount_due"] - used
        invoice |= {
            "status": "open", "number": f"{customer['invoice_prefix']}-{number:04d}", "effective_at": self.seconds,
            "amount_due": due, "amount_remaining": due, "automatically_finalizes_at": None,
            "hosted_invoice_url": f"https://invoice.stripe.com/i/{invoice['id']}",
            "invoice_pdf": f"https://pay.stripe.com/invoice/{invoice['id']}/pdf",
            "status_transitions": invoice["status_transitions"] | {"finalized_at": self.seconds},
        }  # fmt: skip
        self.emit("invoice.finalized", invoice)
        if not due:
            self._paid(invoice, None)
            return
        self._await_payment(invoice)
        if invoice["collection_method"] == "send_invoice":
            self.emit("invoice.sent", invoice)
            due_at = invoice["due_date"]
            self.at(due_at, lambda: self._overdue(invoice))

    def _await_payment(self, invoice: Json) -> None:
        kinds = invoice["payment_settings"]["payment_method_types"] or ["card"]
        intent = self.new_intent(
            invoice["amount_due"], invoice["currency"], invoice["customer"], payment_method_types=kinds,
            description="Subscription update" if invoice["parent"] else "Payment for Invoice",
        )  # fmt: skip
        payment = self.new(
            "invoice_payment", amount_paid=None, amount_requested=invoice["amount_due"], currency=invoice["currency"],
            invoice=invoice["id"], is_default=True, payment={"type": "payment_intent", "payment_intent": intent["id"]},
            status="open", status_transitions={"canceled_at": None, "paid_at": None},
        )  # fmt: skip
        self.include(invoice["id"], "payments", payment["id"])

    def intent_of(self, invoice: Json) -> Json:
        """The payment intent of an open invoice."""
        (payment,) = self.included(invoice["id"], "payments")
        return self.objects[payment["payment"]["payment_intent"]]

    def collect(
        self, invoice: Json, method: Json | None, *, off_session: bool = True, authenticated: bool = False
    ) -> bool:
        """Try to charge an open invoice; returns whether it is paid now."""
        invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + 1, "next_payment_attempt": None}
        intent = self.intent_of(invoice)
        if method is not None and self.attempt(intent, method, off_session=off_session, authenticated=authenticated):
            self._paid(invoice, intent)
            return True
        action = intent["status"] == "requires_action"
        self._failed(invoice)
        if action:
            self.emit("invoice.payment_action_required", invoice)
        self.emit("invoice.payment_failed", invoice)
        self.after_failure(invoice)
        return False

    def _failed(self, invoice: Json) -> None:
        """Say when the next attempt is."""
        tries = invoice["attempt_count"]
        again = invoice["auto_advance"] and tries <= len(self.retry_days) and self.retries(invoice)
        if again and invoice["collection_method"] == "charge_automatically":
            when = self.seconds + self.retry_days[tries - 1] * DAY
            invoice["next_payment_attempt"] = when
            self.at(when, lambda: self._retry(invoice, when))

    def _retry(self, invoice: Json, when: int) -> None:
        if invoice["status"] == "open" and invoice["next_payment_attempt"] == when and invoice["auto_advance"]:
            self.collect(invoice, self.method_of(invoice))

    def _paid(self, invoice: Json, intent: Json | None) -> None:
        due = invoice["amount_due"]
        invoice |= {
            "status": "paid", "attempted": True, "amount_paid": due, "amount_remaining": 0, "auto_advance": False,
            "next_payment_attempt": None,
            "status_transitions": invoice["status_transitions"] | {"paid_at": self.seconds},
        }  # fmt: skip
        for payment in self.included(invoice["id"], "payments"):
            times = payment["status_transitions"] | {"paid_at": self.seconds}
            self.change(payment, "invoice_payment.paid", status="paid", amount_paid=due, status_transitions=times)
        self.emit("invoice.paid", invoice)
        self.emit("invoice.payment_succeeded", invoice)
        self.after_payment(invoice)

    def advance_draft(self, invoice: Json) -> None:
        """An hour later: finalize and charge, or send."""

        def act() -> None:
            if invoice["status"] == "draft" and invoice["auto_advance"]:
                self.settle(invoice)

        invoice["automatically_finalizes_at"] = self.seconds + HOUR
        self.at(self.seconds + HOUR, act)

    def settle(self, invoice: Json, method: Json | None = None, *, off_session: bool = True) -> None:
        """Finalize a draft, and charge it unless it is to be sent."""
        self.finalize(invoice)
        if invoice["status"] == "open" and invoice["collection_method"] == "charge_automatically":
            self.collect(invoice, method or self.method_of(invoice), off_session=off_session)

    def _overdue(self, invoice: Json) -> None:
        if invoice["status"] == "open":
            self.emit("invoice.overdue", invoice)
            self.after_overdue(invoice)

    def void(self, invoice: Json, status: str = "void") -> None:
        """Give an invoice up; `status` may also be uncollectible."""
        if invoice["status"] not in ("open", "uncollectible"):
            raise RefusedError("You can only pass in open or uncollectible invoices.", code="invoice_not_editable")
        field = "voided_at" if status == "void" else "marked_uncollectible_at"
        times = invoice["status_transitions"] | {field: self.seconds}
        invoice |= {"status": status, "auto_advance": False, "next_payment_attempt": None, "status_transitions": times}
        self.emit("invoice.voided" if status == "void" else "invoice.marked_uncollectible", invoice)

    # ------------------------------------------------------------------ what people do

    @deed
    def pay_invoice(self, invoice: str, method: str = "ok", *, email: str | None = None) -> bool:
        """Pay by the invoice's hosted page, with a card of CARDS (3-D Secure passed) or a wallet; says if it worked.

        Raises ValueError where the page would not offer it: an invoice that is not open, a wallet that it does not
        list in `payment_settings`, a currency that the wallet does not take.
        """
        found = self.objects[invoice]
        kinds = found["payment_settings"]["payment_method_types"] or ["card"]
        kind = method if method in WALLETS else "card"
        if found["status"] != "open" or kind not in kinds:
            raise ValueError(f"{invoice} is {found['status']} and takes {kinds}")
        if kind in WALLETS and found["currency"] not in WALLETS[kind]:
            raise ValueError(f"{kind} takes no {found['currency']}")
        paid_with = self.new_method(method, found["customer"] if kind == "card" else None, email=email)
        return self.collect(found, paid_with, off_session=False, authenticated=True)

    # ------------------------------------------------------------------ what it means for a subscription

    def after_payment(self, invoice: Json) -> None:
        """An invoice was paid."""
        raise NotImplementedError

    def after_failure(self, invoice: Json) -> None:
        """An attempt failed."""
        raise NotImplementedError

    def after_overdue(self, invoice: Json) -> None:
        """An invoice that was sent is not paid in time."""
        raise NotImplementedError

    def retries(self, invoice: Json) -> bool:
        """Whether Stripe itself tries again."""
        raise NotImplementedError


def tax_off() -> Json:
    """An invoice's automatic tax when there is none."""
    return {"disabled_reason": None, "enabled": False, "liability": None, "provider": None, "status": None}


def tax_on() -> Json:
    """An invoice's automatic tax when it could be worked out."""
    done = {"enabled": True, "liability": {"type": "self"}, "provider": "stripe", "status": "complete"}
    return tax_off() | done
