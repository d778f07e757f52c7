"""Money in the fake Stripe: customers, what they pay with, payment intents, charges, refunds and disputes."""

from datetime import timedelta
from typing import Any, NamedTuple

from tests.fakes.stripe_store import Json, RefusedError, Store, deed, filled

WALLETS = {
    "alipay": frozenset(("aud", "cad", "cny", "eur", "gbp", "hkd", "jpy", "nzd", "sgd", "usd", "myr")),
    "wechat_pay": frozenset(
        ("aud", "cad", "chf", "cny", "dkk", "eur", "gbp", "hkd", "jpy", "nok", "sek", "sgd", "usd"),
    ),
}
"""Wallets that can pay but not be charged again, and the currencies they take."""


class Card(NamedTuple):
    """A card by what happens when it is used: `ok`, `3ds` or a decline code."""

    number: str
    now: str = "ok"
    later: str = "ok"


CARDS = {
    "ok": Card("4242424242424242"),
    "decline": Card("4000000000000002", "generic_decline", "generic_decline"),
    "insufficient_funds": Card("4000000000009995", "insufficient_funds", "insufficient_funds"),
    "lost": Card("4000000000009987", "lost_card", "lost_card"),
    "3ds": Card("4000002760003184", "3ds", "3ds"),
    "decline_later": Card("4000000000000341", "ok", "generic_decline"),
}
"""Stripe's test cards (docs.stripe.com/testing); any other number is a card that works."""


class Money(Store):
    """Payments, whatever they are for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.cards: dict[str, Card] = {}
        """How each payment method behaves, by its id; may be changed at any time."""

    # ------------------------------------------------------------------ customers and cards

    def new_customer(self, **content: Any) -> Json:
        made = self.new(
            "customer",
            **filled(
                {
                "address": None, "balance": 0, "currency": None, "default_source": None, "delinquent": False,
                "description": None, "email": None, "name": None, "phone": None, "preferred_locales": [],
                "shipping": None, "tax_exempt": "none", "test_clock": None, "metadata": {},
                "invoice_prefix": f"INV{self._numbers['cus']:05d}", "next_invoice_sequence": 1,
                "invoice_settings": {
                    "custom_fields": None, "default_payment_method": None, "footer": None, "rendering_options": None,
                },
                },
                content,
            ),
        )  # fmt: skip
        self.emit("customer.created", made)
        return made

    def new_method(self, card: str, customer: str | None, *, email: str | None = None, fingerprint: str = "") -> Json:
        """A card by its name in CARDS or number, or a wallet; attached where there is a customer."""
        billing = {"address": None, "email": email, "name": None, "phone": None, "tax_id": None}
        kept = None if card in WALLETS else customer  # a wallet can't be charged again, so it is not attached
        common: Json = {"allow_redisplay": "unspecified", "billing_details": billing, "customer": kept}
        if card in WALLETS:
            return self.new("payment_method", type=card, **filled({card: {}}, common), metadata={})
        named = CARDS.get(card) or next((one for one in CARDS.values() if one.number == card), Card(card))
        details = {
            "brand": "visa", "checks": None, "country": "US", "display_brand": "visa", "exp_month": 12,
            "exp_year": 2034, "fingerprint": fingerprint or f"Fp{named.number}"[:18], "funding": "credit",
            "generated_from": None, "last4": named.number[-4:], "networks": {"available": ["visa"], "preferred": None},
            "regulated_status": "unregulated", "three_d_secure_usage": {"supported": True}, "wallet": None,
        }  # fmt: skip
        made = self.new("payment_method", type="card", card=details, **common, metadata={})
        self.cards[made["id"]] = named
        if customer:
            self.emit("payment_method.attached", made)
        return made

    # ------------------------------------------------------------------ payments

    def new_intent(self, amount: int, currency: str, customer: str | None, **content: Any) -> Json:
        """A payment that is to be made, in minor units."""
        made = self.new(
            "payment_intent",
            **filled(
                {
                "amount": amount, "amount_capturable": 0, "amount_details": {"tip": {}}, "amount_received": 0,
                "application": None, "application_fee_amount": None, "automatic_payment_methods": None,
                "canceled_at": None, "cancellation_reason": None, "capture_method": "automatic",
                "confirmation_method": "automatic", "currency": currency, "customer": customer, "description": None,
                "last_payment_error": None, "latest_charge": None, "metadata": {}, "next_action": None,
                "on_behalf_of": None, "payment_method": None, "payment_method_options": None,
                "payment_method_types": ["card"], "payment_record": None, "processing": None, "receipt_email": None,
                "review": None, "setup_future_usage": None, "shipping": None, "source": None,
                "statement_descriptor": None, "statement_descriptor_suffix": None, "status": "requires_payment_method",
                "transfer_data": None, "transfer_group": None,
                },
                content,
            ),
        )  # fmt: skip
        made["client_secret"] = f"{made['id']}_secret_fake"
        self.emit("payment_intent.created", made)
        return made

    def attempt(self, intent: Json, method: Json, *, off_session: bool = False, authenticated: bool = False) -> bool:
        """Try to pay; returns whether it succeeded. A card that wants 3-D Secure leaves it at `requires_action`."""
        card = self.cards.get(method["id"], Card(""))
        outcome = card.later if off_session else card.now
        if outcome == "3ds" and not authenticated:
            self._wants_action(intent, method)
            return False
        charge = self._charge(intent, method, "ok" if outcome == "3ds" else outcome)
        intent |= {"latest_charge": charge["id"], "next_action": None}
        if charge["status"] == "succeeded":
            intent |= {
                "status": "succeeded", "amount_received": intent["amount"], "payment_method": method["id"],
                "last_payment_error": None,
            }  # fmt: skip
            self.emit("payment_intent.succeeded", intent)
            self.emit("charge.succeeded", charge)
            return True
        intent |= {
            "status": "requires_payment_method",
            "last_payment_error": {
                "type": "card_error", "code": "card_declined", "decline_code": outcome, "charge": charge["id"],
                "message": "Your card was declined.", "payment_method": dict(method),
            },
        }  # fmt: skip
        self.emit("payment_intent.payment_failed", intent)
        self.emit("charge.failed", charge)
        return False

    def _wants_action(self, intent: Json, method: Json) -> None:
        action = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
        intent |= {"status": "requires_action", "payment_method": method["id"], "next_action": action}
        self.emit("payment_intent.requires_action", intent)

    def _charge(self, intent: Json, method: Json, outcome: str) -> Json:
        paid = outcome == "ok"
        kind = method["type"]
        charge = self.new(
            "charge", amount=intent["amount"], amount_captured=intent["amount"] if paid else 0, amount_refunded=0,
            application=None, application_fee=None, application_fee_amount=None, balance_transaction=None,
            billing_details=dict(method["billing_details"]), calculated_statement_descriptor="LYCEUM", captured=paid,
            currency=intent["currency"], customer=intent["customer"], description=intent["description"],
            disputed=False, failure_balance_transaction=None, failure_code=None if paid else "card_declined",
            failure_message=None if paid else "Your card was declined.", fraud_details={},
            metadata=dict(intent["metadata"]), on_behalf_of=None, outcome=_outcome(outcome), paid=paid,
            payment_intent=intent["id"], payment_method=method["id"],
            payment_method_details={"type": kind, kind: _details(method)}, receipt_email=None, receipt_number=None,
            receipt_url=None, refunded=False, review=None, shipping=None, source=None, source_transfer=None,
            statement_descriptor=None, statement_descriptor_suffix=None, status="succeeded" if paid else "failed",
            transfer_data=None, transfer_group=None,
        )  # fmt: skip
        charge["receipt_url"] = f"https://pay.stripe.com/receipts/{charge['id']}" if paid else None
        if "presentment_details" in intent:
            charge["presentment_details"] = dict(intent["presentment_details"])
        if paid:
            fee = round(intent["amount"] * 0.029) + 30
            charge["balance_transaction"] = self.book("charge", charge, intent["amount"], fee)
        return charge

    def book(self, kind: str, source: Json, amount: int, fee: int) -> str:
        """A line in the account's balance; returns its id."""
        later = self.seconds + int(timedelta(days=2).total_seconds())
        fees = [
            {"amount": fee, "application": None, "currency": source["currency"], "type": "stripe_fee",
             "description": "Stripe processing fees"}
        ] if fee else []  # fmt: skip
        made = self.new(
            "balance_transaction", live=False, amount=amount, available_on=later, balance_type="payments",
            currency=source["currency"], description=None, exchange_rate=None, fee=fee, fee_details=fees,
            net=amount - fee, reporting_category="dispute" if kind == "adjustment" else kind, source=source["id"],
            status="pending", type=kind,
        )  # fmt: skip
        return str(made["id"])

    # ------------------------------------------------------------------ what becomes of them

    def refunded(self, charge: Json, amount: int | None, *, reason: str | None = None, **content: Any) -> Json:
        """Give money back, all that is left unless `amount` says less. Raises RefusedError for what Stripe refuses."""
        left = charge["amount_captured"] - charge["amount_refunded"]
        if charge["amount_captured"] and not left:
            raise RefusedError(
                f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded", charge=charge["id"]
            )
        if amount is not None and (amount < 1 or amount > left):
            raise RefusedError(
                f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", "amount"
            )
        if charge["disputed"]:
            message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
            raise RefusedError(message, code="charge_disputed", charge=charge["id"])
        if not charge["paid"]:
            raise RefusedError(f"Charge {charge['id']} was not paid.", "charge", "charge_not_refundable")
        self._in_time(charge)
        back = left if amount is None else amount
        kind = charge["payment_method_details"]["type"]
        made = self.new(
            "refund", live=False, amount=back, balance_transaction=None, charge=charge["id"],
            currency=charge["currency"], customer=charge["customer"],
            destination_details={"type": kind, kind: {"type": "refund"} if kind == "card" else {}},
            metadata=content.get("metadata", {}), payment_intent=charge["payment_intent"],
            payment_method=charge["payment_method"], pending_reason=None, reason=reason, receipt_number=None,
            source_transfer_reversal=None, status="succeeded", transfer_reversal=None, failure_balance_transaction=None,
        )  # fmt: skip
        made["balance_transaction"] = self.book("refund", made, -back, 0)
        before = dict(charge)
        charge["amount_refunded"] += back
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self.include(charge["id"], "refunds", made["id"])
        self.emit("refund.created", made)
        self.emit("charge.refunded", charge, before)
        return made

    def _in_time(self, charge: Json) -> None:
        old = self.seconds - charge["created"] > timedelta(days=90).total_seconds()
        if old and charge["payment_method_details"]["type"] == "alipay":
            raise RefusedError("Alipay charges can be refunded up to 90 days after the original charge.", "charge")

    @deed
    def refund(self, charge: str, amount: int | None = None) -> Json:
        """Refund in the dashboard, by the charge's id; `amount` in minor units, all when None."""
        return self.refunded(self.get("charge", charge), amount)

    @deed
    def fail_refund(self, refund: str) -> None:
        """The bank sends a refund back: it is no more."""
        found = self.get("refund", refund)
        charge = self.get("charge", found["charge"])
        self.change(found, "refund.updated", status="failed", failure_reason="expired_or_canceled_card")
        self.emit("refund.failed", found)
        left = charge["amount_refunded"] - found["amount"]
        self.change(charge, "charge.updated", amount_refunded=left, refunded=False)

    @deed
    def dispute(self, charge: str, *, amount: int | None = None, reason: str = "fraudulent") -> Json:
        """A member's bank takes the money back; ValueError for wallets, that know no disputes."""
        about = self.get("charge", charge)
        if about["payment_method_details"]["type"] != "card":
            raise ValueError("only card payments are disputed")
        made = self.new(
            "dispute", amount=amount or about["amount"], balance_transactions=[], charge=charge,
            currency=about["currency"], enhanced_eligibility_types=[], evidence=_evidence(about),
            evidence_details={
                "due_by": self.seconds + int(timedelta(days=8).total_seconds()), "enhanced_eligibility": {},
                "has_evidence": False, "past_due": False, "submission_count": 0, "submission_method": "not_submitted",
            },
            is_charge_refundable=False, metadata={}, payment_intent=about["payment_intent"], reason=reason,
            status="needs_response",
        )  # fmt: skip
        booked = self.book("adjustment", made, -made["amount"], 1500)
        made["balance_transactions"] = [self.objects[booked]]
        about["disputed"] = True
        self.emit("charge.dispute.created", made)
        self.emit("charge.dispute.funds_withdrawn", made)
        return made

    @deed
    def close_dispute(self, dispute: str, *, won: bool) -> None:
        """The bank decides."""
        found = self.get("dispute", dispute)
        self.change(found, "charge.dispute.updated", status="under_review")
        if won:
            booked = self.book("adjustment", found, found["amount"], 0)
            found["balance_transactions"] = [*found["balance_transactions"], self.objects[booked]]
        found["status"] = "won" if won else "lost"
        self.emit("charge.dispute.closed", found)
        if won:
            self.emit("charge.dispute.funds_reinstated", found)


def _outcome(outcome: str) -> Json:
    paid = outcome == "ok"
    return {
        "advice_code": None if paid else "try_again_later", "network_advice_code": None, "network_decline_code": None,
        "network_status": "approved_by_network" if paid else "declined_by_network",
        "reason": None if paid else outcome, "risk_level": "normal", "risk_score": 12,
        "seller_message": "Payment complete." if paid else "The bank did not return any further details.",
        "type": "authorized" if paid else "issuer_declined",
    }  # fmt: skip


def _details(method: Json) -> Json:
    if method["type"] != "card":
        return {"fingerprint": None, "transaction_id": None}
    taken = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "regulated_status")
    return {name: method["card"][name] for name in taken} | {
        "checks": None, "installments": None, "mandate": None, "network": "visa", "three_d_secure": None,
        "wallet": None,
    }  # fmt: skip


def _evidence(charge: Json) -> Json:
    texts = (
        "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
        "cancellation_rebuttal", "customer_communication", "customer_name", "customer_purchase_ip",
        "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation", "duplicate_charge_id",
        "product_description", "receipt", "refund_policy", "refund_policy_disclosure", "refund_refusal_explanation",
        "service_date", "service_documentation", "shipping_address", "shipping_carrier", "shipping_date",
        "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
    )  # fmt: skip
    email = charge["billing_details"]["email"]
    return dict.fromkeys(texts) | {"customer_email_address": email, "enhanced_evidence": {}}
