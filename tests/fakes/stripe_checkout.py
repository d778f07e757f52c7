"""The page of a Checkout session in the fake Stripe: what a member fills in, and what becomes of it."""

from typing import Any

from tests.fakes.stripe_invoices import Line, tax_off, tax_on
from tests.fakes.stripe_money import WALLETS
from tests.fakes.stripe_sessions import Sessions
from tests.fakes.stripe_store import Json, RefusedError, deed


class Checkout(Sessions):
    """Sessions, and members who pay."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._opened: dict[str, tuple[Json, Json]] = {}

    # ------------------------------------------------------------------ what a member does on the page

    @deed
    def pay(
        self, session: str, card: str | None = "ok", *, email: str = "member@example.com", fingerprint: str = "",
        promotion_code: str | None = None, present: tuple[str, int] | None = None,
    ) -> bool:  # fmt: skip
        """Fill in the page of an open session and press the button; says whether it went through.

        `card` is a name in CARDS, a number, a wallet, or None where nothing is due and no card is asked for. A declined
        card leaves the session open; "3ds" leaves it open until `authenticate`. `promotion_code` is what a member
        types. `present` is the currency and amount (minor units) that Adaptive Pricing showed. ValueError for what the
        page would not let a member do.
        """
        found = self.get("checkout.session", session)
        self._may_pay(found, card, promotion_code)
        if promotion_code:
            self._enter_code(found, promotion_code)
        customer = self._customer(found, email)
        method = self.new_method(card, customer, email=email, fingerprint=fingerprint) if card else None
        shown = None
        if present and found["adaptive_pricing"]["enabled"]:
            shown = {"presentment_amount": present[1], "presentment_currency": present[0]}
        filled = {"email": email, "customer": customer, "shown": shown}
        return self._go(found, method, filled, authenticated=False)

    def _may_pay(self, session: Json, card: str | None, code: str | None) -> None:
        if session["status"] != "open":
            raise ValueError(f"the session is {session['status']}")
        free = session["amount_total"] == 0 and session["payment_method_collection"] == "if_required"
        if card is None and not free:
            raise ValueError("the page asks for a card")
        kind = card if card in WALLETS else "card"
        if card and kind not in session["payment_method_types"]:
            raise ValueError(f"the page takes {session['payment_method_types']}")
        if code and not session["allow_promotion_codes"]:
            raise ValueError("the page has no field for promotion codes")

    def _enter_code(self, session: Json, text: str) -> None:
        found = [one for one in self.all("promotion_code") if one["code"].lower() == text.lower() and one["active"]]
        if not found:
            raise ValueError(f"{text} is not valid")
        try:
            coupon, code = self.redeemable(
                {"promotion_code": found[0]["id"]}, customer=session["customer"], currency=session["currency"],
                amount=session["amount_subtotal"],
            )  # fmt: skip
        except RefusedError as error:
            raise ValueError(str(error)) from error
        session["discounts"] = [{"coupon": coupon["id"], "promotion_code": code["id"] if code else None}]
        self.sum_up(session, [coupon])

    def _customer(self, session: Json, email: str) -> str | None:
        if session["customer"]:
            return str(session["customer"])
        if session["id"] in self._opened:
            known: str | None = self._opened[session["id"]][1]["customer"]
            return known
        if session["mode"] == "payment" and session["customer_creation"] != "always":
            return None
        return str(self.new_customer(email=session["customer_email"] or email)["id"])

    @deed
    def authenticate(self, session: str, *, success: bool = True) -> bool:
        """Pass 3-D Secure, or fail it, on the page of a session that waits for it."""
        found = self.get("checkout.session", session)
        method, filled = self._opened[session]
        if success:
            return self._go(found, method, filled, authenticated=True)
        self.cards[method["id"]] = self.cards[method["id"]]._replace(now="authentication_required")
        return self._go(found, method, filled, authenticated=True)

    def _go(self, session: Json, method: Json | None, filled: Json, *, authenticated: bool) -> bool:
        """Try to pay what is due; when that works the session is complete."""
        recurring = session["mode"] == "subscription"
        if recurring and method:
            card = self.cards[method["id"]]
            fails, waits = card.now not in ("ok", "3ds"), card.now == "3ds" and not authenticated
            if fails or waits:  # the subscription is made only once the money is there, or the card proved good
                if session["amount_total"]:
                    probe = self.new_intent(session["amount_total"], session["currency"], filled["customer"])
                    self.attempt(probe, method)
                self._opened[session["id"]] = (method, filled)
                return False
        if recurring:
            self._subscribe(session, method, filled, authenticated=authenticated)
        elif not self._purchase(session, method, filled, authenticated=authenticated):
            return False
        self._complete(session, filled)
        return True

    def _redeemed(self, session: Json, customer: str | None) -> list[Json]:
        return [
            self.new_discount(
                self.objects[one["coupon"]],
                self.objects[one["promotion_code"]] if one["promotion_code"] else None,
                customer=customer, checkout_session=session["id"],
            )
            for one in session["discounts"]
        ]  # fmt: skip

    def _subscribe(self, session: Json, method: Json | None, filled: Json, *, authenticated: bool) -> None:
        data = self.asked[session["id"]].get("subscription_data", {})
        wanted = [(one["price"], one["quantity"]) for one in self.included(session["id"], "line_items")]
        for price, quantity in wanted:
            if not price["recurring"]:
                self.new_item(
                    filled["customer"], self.amount(price, session["currency"]) * quantity, session["currency"]
                )
        content: Json = {"metadata": data.get("metadata", {}), "description": data.get("description")}
        if "trial_settings" in data:
            content["trial_settings"] = {
                "end_behavior": {"billing_cycle_anchor": None} | data["trial_settings"]["end_behavior"]
            }
        if session["automatic_tax"]["enabled"]:
            tax = {"disabled_reason": None, "enabled": True, "liability": {"type": "self"}}
            content["automatic_tax"] = tax
        if filled["shown"]:
            content["presentment_details"] = {"presentment_currency": filled["shown"]["presentment_currency"]}
        made = self.new_subscription(
            filled["customer"], [pair for pair in wanted if pair[0]["recurring"]], currency=session["currency"],
            trial_end=self.trial_end(session), discounts=self._redeemed(session, filled["customer"]), method=method,
            off_session=False, authenticated=authenticated, **content,
        )  # fmt: skip
        session |= {"subscription": made["id"], "invoice": made["latest_invoice"]}

    def _purchase(self, session: Json, method: Json | None, filled: Json, *, authenticated: bool) -> bool:
        if session["amount_total"] == 0:
            self._redeemed(session, filled["customer"])
            return True
        assert method is not None
        data = self.asked[session["id"]].get("payment_intent_data", {})
        intent = self.objects.get(session["payment_intent"]) if session["payment_intent"] else None
        if intent is None:
            shown = {"presentment_details": filled["shown"]} if filled["shown"] else {}
            intent = self.new_intent(
                session["amount_total"], session["currency"], filled["customer"], metadata=data.get("metadata", {}),
                description=data.get("description"), payment_method_types=session["payment_method_types"],
                receipt_email=data.get("receipt_email"), **shown,
            )  # fmt: skip
            session["payment_intent"] = intent["id"]
        self._opened[session["id"]] = (method, filled)
        if not self.attempt(intent, method, authenticated=authenticated):
            return False
        discounts = self._redeemed(session, filled["customer"])
        if session["invoice_creation"]["enabled"] and filled["customer"]:
            self._receipt(session, discounts, intent)
        return True

    def _receipt(self, session: Json, discounts: list[Json], intent: Json) -> None:
        lines = [
            Line(one["amount_subtotal"], one["description"], self.seconds, self.seconds, one["price"], one["quantity"])
            for one in self.included(session["id"], "line_items")
        ]
        made = self.new_invoice(
            lines, [one["id"] for one in discounts], customer=intent["customer"], currency=session["currency"],
            billing_reason="manual", period_start=self.seconds, period_end=self.seconds,
            automatic_tax=tax_on() if session["automatic_tax"]["enabled"] else tax_off(),
        )  # fmt: skip
        session["invoice"] = made["id"]
        self.settle_by(made, intent)

    def _complete(self, session: Json, filled: Json) -> None:
        details = {
            "address": None, "business_name": None, "email": session["customer_email"] or filled["email"],
            "individual_name": None, "name": None, "phone": None, "tax_exempt": "none", "tax_ids": [],
        }  # fmt: skip
        free = not session["amount_total"]
        session |= {
            "status": "complete", "url": None, "customer": filled["customer"], "customer_details": details,
            "payment_status": "no_payment_required" if free else "paid",
        }  # fmt: skip
        if filled["shown"]:
            session["presentment_details"] = filled["shown"]
        if session["automatic_tax"]["enabled"]:
            session["automatic_tax"] = session["automatic_tax"] | {"status": "complete"}
        self.emit("checkout.session.completed", session)
