"""The whole fake Stripe without its wire: state, time, and what people do.

    world.pay(session["id"], card="3ds", email=…, fingerprint=…)   world.authenticate(session["id"])
    world.expire(session["id"])                                    world.advance(timedelta(days=30))
    world.set_card(customer, "decline")                            world.pay_invoice(invoice, "alipay")
    world.cancel(subscription, at_period_end=True)                 world.undo_cancel(subscription)
    world.change_plan(subscription, price)                         world.extend(subscription, days=3)
    world.refund(charge, 500)                                      world.fail_refund(refund)
    world.dispute(charge)                                          world.close_dispute(dispute, won=False)

All take ids. What comes of it: `world.find("subscription", customer=…)`, `world.events(…)`, `world.deliveries()`.
"""

from typing import Any

from tests.fakes.stripe_checkout import Checkout
from tests.fakes.stripe_invoices import DAY, tax_off, tax_on
from tests.fakes.stripe_money import WALLETS
from tests.fakes.stripe_objects import portal_configuration
from tests.fakes.stripe_store import Json, RefusedError
from tests.fakes.stripe_subscriptions import pending_line

SUBSCRIBE = (
    "automatic_tax", "collection_method", "currency", "customer", "days_until_due", "default_payment_method",
    "description", "discounts", "items", "metadata", "off_session", "payment_behavior", "payment_settings", "trial_end",
    "trial_period_days", "trial_settings",
)  # fmt: skip
BILL = (
    "auto_advance", "automatic_tax", "collection_method", "currency", "customer", "days_until_due",
    "default_payment_method", "description", "discounts", "due_date", "footer", "metadata", "payment_settings",
    "pending_invoice_items_behavior",
)  # fmt: skip
ITEM = ("amount", "currency", "customer", "description", "invoice", "metadata", "pricing", "quantity")


class World(Checkout):
    """One Stripe account in one mode. The portal is set up unless `portal=False`."""

    def __init__(self, *, portal: bool = True, **options: Any) -> None:
        super().__init__(**options)
        if portal:
            everything = ("invoice_history", "payment_method_update", "subscription_cancel")
            portal_configuration(self, {"features": {name: {"enabled": True} for name in everything}}, default=True)

    def find(self, kind: str, **fields: Any) -> list[Json]:
        """The objects of a kind with these fields, oldest first."""
        return [one for one in reversed(self.all(kind)) if all(one.get(k) == v for k, v in fields.items())]

    def one(self, kind: str, **fields: Any) -> Json:
        """The only such object."""
        (found,) = self.find(kind, **fields)
        return found

    def charges_of(self, about: Json) -> list[Json]:
        """The successful charges of a session, subscription or invoice, oldest first."""
        if about["object"] == "checkout.session":
            if about["mode"] == "payment":
                return self.find("charge", payment_intent=about["payment_intent"], paid=True)
            about = self.objects[about["subscription"]]
        if about["object"] == "subscription":
            bills = [one for one in self.find("invoice") if one["parent"] and self.subscription_of(one) is about]
            return [charge for bill in bills for charge in self.charges_of(bill)]
        intents = [one["payment"]["payment_intent"] for one in self.included(about["id"], "payments")]
        return [one for one in self.find("charge", paid=True) if one["payment_intent"] in intents]

    # ------------------------------------------------------------------ what endpoints do with several objects

    def subscribe(self, params: Json) -> Json:
        """`POST /v1/subscriptions`."""
        self.knows("subscriptions.create", params, *SUBSCRIBE)
        customer = self.get("customer", params.get("customer", ""), "customer", status=400)
        items = []
        for number, one in enumerate(params.get("items", [])):
            price = self.get("price", one.get("price", ""), f"items[{number}][price]", status=400)
            if not price["recurring"]:
                message = "The price specified is set to `type=one_time` but this field only accepts prices with "
                raise RefusedError(message + "`type=recurring`.", f"items[{number}][price]")
            items.append((price, one.get("quantity", 1)))
        if not items:
            raise RefusedError("Missing required param: items.", "items", "parameter_missing")
        currency = params.get("currency") or items[0][0]["currency"]
        amount = sum(self.amount(price, currency) * quantity for price, quantity in items)
        sent = self._collection(params)
        method = self._method(customer, params, needed=not sent)
        if params.get("payment_behavior") == "error_if_incomplete":
            self.must_pay(method["id"] if method else None)
        given = params.get("discounts") or []
        found = [self.redeemable(one, customer=customer["id"], currency=currency, amount=amount) for one in given]
        content: Json = {
            name: params[name]
            for name in ("metadata", "description", "collection_method", "days_until_due") if name in params
        }  # fmt: skip
        if params.get("payment_settings"):
            nothing = dict.fromkeys(("payment_method_options", "payment_method_types"))
            content["payment_settings"] = {"save_default_payment_method": "off"} | nothing | params["payment_settings"]
        if params.get("automatic_tax", {}).get("enabled"):
            content["automatic_tax"] = {"disabled_reason": None, "enabled": True, "liability": {"type": "self"}}
        if "trial_settings" in params:
            content["trial_settings"] = {
                "end_behavior": {"billing_cycle_anchor": None} | params["trial_settings"]["end_behavior"]
            }
        trial = params.get("trial_end")
        if "trial_period_days" in params:
            trial = self.seconds + params["trial_period_days"] * DAY
        return self.new_subscription(
            customer["id"], items, currency=currency, trial_end=None if trial == "now" else trial,
            discounts=[self.new_discount(*pair, customer=customer["id"]) for pair in found],
            method=method, charge=params.get("payment_behavior") != "default_incomplete", **content,
        )  # fmt: skip

    def _collection(self, params: Json) -> bool:
        """Whether the invoice is sent; wallets that can't be charged again must be."""
        sent = bool(params.get("collection_method") == "send_invoice")
        if sent and "days_until_due" not in params:
            message = "Subscriptions with collection_method=send_invoice must have days_until_due."
            raise RefusedError(message, "days_until_due", "parameter_missing")
        kinds = (params.get("payment_settings") or {}).get("payment_method_types") or []
        for kind in WALLETS:
            if kind in kinds and not sent:
                message = f"{kind} can only be used with collection_method=send_invoice."
                raise RefusedError(message, "payment_settings[payment_method_types]")
        return sent

    def _method(self, customer: Json, params: Json, *, needed: bool) -> Json | None:
        chosen = params.get("default_payment_method") or customer["invoice_settings"]["default_payment_method"]
        if chosen:
            return self.get("payment_method", chosen, "default_payment_method", status=400)
        later = {"trial_end", "trial_period_days"} & set(params)
        if needed and not later and params.get("payment_behavior") != "default_incomplete":
            raise RefusedError(
                "This customer has no attached payment source or default payment method. Please consider adding a "
                "default payment method.",
                code="resource_missing",
            )
        return None

    def bill(self, params: Json) -> Json:
        """`POST /v1/invoices`: of the items that wait for one, unless told to leave them."""
        self.knows("invoices.create", params, *BILL)
        customer = self.get("customer", params.get("customer", ""), "customer", status=400)
        sent = params.get("collection_method") == "send_invoice"
        if sent and not {"days_until_due", "due_date"} & set(params):
            message = "You must specify days_until_due or due_date with collection_method=send_invoice."
            raise RefusedError(message, "days_until_due", "parameter_missing")
        waiting = [
            one for one in self.find("invoiceitem", customer=customer["id"], invoice=None)
            if params.get("pending_invoice_items_behavior", "exclude") == "include"
        ]  # fmt: skip
        currency = params.get("currency") or (waiting[0]["currency"] if waiting else "usd")
        amount = sum(one["amount"] for one in waiting)
        given = params.get("discounts") or []
        found = [self.redeemable(one, customer=customer["id"], currency=currency, amount=amount) for one in given]
        settings = dict.fromkeys(("default_mandate", "payment_method_options", "payment_method_types"))
        copied = ("metadata", "description", "default_payment_method", "footer")
        taxed = params.get("automatic_tax", {}).get("enabled", False)
        made = self.new_invoice(
            [pending_line(one) for one in waiting],
            [self.new_discount(*pair)["id"] for pair in found],
            customer=customer["id"], currency=currency, billing_reason="manual", period_start=self.seconds,
            period_end=self.seconds, collection_method=params.get("collection_method", "charge_automatically"),
            due_date=params.get("due_date", self.seconds + params.get("days_until_due", 0) * DAY) if sent else None,
            auto_advance=params.get("auto_advance", False), automatic_tax=tax_on() if taxed else tax_off(),
            payment_settings=settings | (params.get("payment_settings") or {}),
            **{name: params[name] for name in copied if name in params},
        )  # fmt: skip
        for one in waiting:
            one["invoice"] = made["id"]
        if made["auto_advance"]:
            self.advance_draft(made)
        return made

    def add_item(self, params: Json) -> Json:
        """`POST /v1/invoiceitems`: on a draft, or on the customer's next invoice."""
        self.knows("invoiceitems.create", params, *ITEM)
        customer = self.get("customer", params.get("customer", ""), "customer", status=400)
        draft = self.get("invoice", params["invoice"], "invoice", status=400) if "invoice" in params else None
        if draft and draft["status"] != "draft":
            raise RefusedError("This invoice is no longer editable", "invoice", "invoice_not_editable")
        quantity = params.get("quantity", 1)
        currency = params.get("currency") or (draft["currency"] if draft else "usd")
        amount, pricing = params.get("amount"), None
        if "pricing" in params:
            price = self.get("price", params["pricing"].get("price", ""), "pricing[price]", status=400)
            currency = params.get("currency") or price["currency"]
            unit = self.amount(price, currency)
            amount = unit * quantity
            details = {"price": price["id"], "product": price["product"]}
            pricing = {"type": "price_details", "price_details": details, "unit_amount_decimal": str(unit)}
        if amount is None:
            raise RefusedError("Missing required param: amount.", "amount", "parameter_missing")
        made = self.new_item(
            customer["id"], amount, currency, invoice=draft and draft["id"], pricing=pricing, quantity=quantity,
            quantity_decimal=str(quantity), description=params.get("description"), metadata=params.get("metadata", {}),
        )  # fmt: skip
        if draft:
            self.recount(draft, [pending_line(made)])
        return made

    def collect_open(self, invoice: Json) -> None:
        """Charge what is still open."""
        if invoice["status"] == "open":
            self.collect(invoice, self.method_of(invoice))

    def pay_open(self, invoice: Json, params: Json) -> None:
        """`POST /v1/invoices/…/pay`; raises RefusedError (402) when the card is declined."""
        if invoice["status"] == "draft":
            self.finalize(invoice)
        elif invoice["status"] != "open":
            raise RefusedError("Invoice is already paid", code="invoice_already_paid")
        if params.get("paid_out_of_band"):
            self._paid(invoice, None)
            return
        chosen = params.get("payment_method")
        method = self.get("payment_method", chosen, "payment_method", status=400) if chosen else self.method_of(invoice)
        if invoice["status"] == "open" and not self.collect(invoice, method, off_session=True):
            raise RefusedError("Your card was declined.", code="card_declined", status=402, type="card_error")
