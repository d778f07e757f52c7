"""What is sold in the fake Stripe, and for how much less: prices, coupons, promotion codes, discounts."""

import calendar
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.stripe_money import Money
from tests.fakes.stripe_store import Json, RefusedError, filled


def later(anchor: int, interval: str, count: int) -> int:
    """The time `count` days, weeks, months or years after `anchor`; a month's end stays within the month."""
    start = datetime.fromtimestamp(anchor, UTC)
    if interval in ("day", "week"):
        return int((start + timedelta(days=count * (7 if interval == "week" else 1))).timestamp())
    months = start.month - 1 + count * (12 if interval == "year" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())


def next_end(anchor: int, start: int, interval: str, count: int) -> int:
    """The first end of a period after `start`, counted from the anchor so that the 31st comes back after February."""
    number = 1
    while later(anchor, interval, number * count) <= start:
        number += 1
    return later(anchor, interval, number * count)


class Catalog(Money):
    """Prices and what is taken off them."""

    def new_product(self, **content: Any) -> Json:
        made = self.new(
            "product",
            **filled(
                {
                "active": True, "default_price": None, "description": None, "images": [], "marketing_features": [],
                "metadata": {}, "package_dimensions": None, "shippable": None, "statement_descriptor": None,
                "tax_code": None, "type": "service", "unit_label": None, "updated": self.seconds, "url": None,
                },
                content,
            ),
        )  # fmt: skip
        self.emit("product.created", made)
        return made

    def new_price(self, *, currency_options: Json | None = None, **content: Any) -> Json:
        """A price; those in other currencies are shown only when expanded."""
        made = self.new(
            "price",
            **filled(
                {
                "active": True, "billing_scheme": "per_unit", "custom_unit_amount": None, "lookup_key": None,
                "metadata": {}, "nickname": None, "recurring": None, "tax_behavior": "unspecified", "tiers_mode": None,
                "transform_quantity": None, "type": "recurring" if content.get("recurring") else "one_time",
                "unit_amount_decimal": str(content["unit_amount"]),
                },
                content,
            ),
        )  # fmt: skip
        for currency, option in (currency_options or {}).items():
            self.options.setdefault(made["id"], {})[currency] = {
                "custom_unit_amount": None, "tax_behavior": "unspecified", "unit_amount": option["unit_amount"],
                "unit_amount_decimal": str(option["unit_amount"]),
            }  # fmt: skip
        self.emit("price.created", made)
        return made

    def amount(self, price: Json, currency: str) -> int:
        """A price's amount in minor units; raises RefusedError if it has none in this currency."""
        if price["currency"] == currency:
            return int(price["unit_amount"])
        option = self.options.get(price["id"], {}).get(currency)
        if option is None:
            raise RefusedError(
                f"The price specified supports currencies of `{price['currency']}`. This doesn't match the expected "
                f"currency: `{currency}`."
            )
        return int(option["unit_amount"])

    # ------------------------------------------------------------------ coupons

    def new_coupon(self, **content: Any) -> Json:
        made = self.new(
            "coupon",
            **filled(
                {
                "amount_off": None, "currency": None, "duration": "once", "duration_in_months": None,
                "max_redemptions": None, "metadata": {}, "name": None, "percent_off": None, "redeem_by": None,
                "times_redeemed": 0, "valid": True,
                },
                content,
            ),
        )  # fmt: skip
        if made["redeem_by"]:
            self.at(made["redeem_by"], lambda: self.change(made, "coupon.updated", valid=False))
        self.emit("coupon.created", made)
        return made

    def new_code(self, coupon: str, **content: Any) -> Json:
        made = self.new(
            "promotion_code",
            **filled(
                {
                "active": True, "customer": None, "expires_at": None, "max_redemptions": None, "metadata": {},
                "code": self.number("X")[-8:].upper(), "promotion": {"type": "coupon", "coupon": coupon},
                "times_redeemed": 0,
                },
                content,
            ),
        )  # fmt: skip
        restrictions = {"first_time_transaction": False, "minimum_amount": None, "minimum_amount_currency": None}
        made["restrictions"] = restrictions | content.get("restrictions", {})
        if made["expires_at"]:
            self.at(made["expires_at"], lambda: self.change(made, "promotion_code.updated", active=False))
        self.emit("promotion_code.created", made)
        return made

    def redeemable(self, given: Json, *, customer: str | None, currency: str, amount: int) -> tuple[Json, Json | None]:
        """The coupon and promotion code that a `discounts[]` entry names; raises RefusedError if they don't apply."""
        code = None
        if "promotion_code" in given:
            code = self.get("promotion_code", given["promotion_code"], "discounts[0][promotion_code]", status=400)
            self._check_code(code, customer, currency, amount)
            given = {"coupon": code["promotion"]["coupon"]}
        coupon = self.get("coupon", given["coupon"], "discounts[0][coupon]", status=400)
        if not coupon["valid"]:
            raise RefusedError(f"Coupon {coupon['id']} is expired and cannot be applied.", "coupon", "coupon_expired")
        if coupon["amount_off"] and coupon["currency"] != currency:
            raise RefusedError(f"The coupon {coupon['id']} is not in the currency {currency}.", "discounts[0]")
        return coupon, code

    def _check_code(self, code: Json, customer: str | None, currency: str, amount: int) -> None:
        rules = code["restrictions"]
        bought = [one for one in self.all("charge") if customer and one["customer"] == customer and one["paid"]]
        minimum = rules["minimum_amount"] or 0
        refused = (
            not code["active"]
            or (code["customer"] and code["customer"] != customer)
            or (rules["first_time_transaction"] and bought)
            or (minimum and (rules["minimum_amount_currency"] != currency or amount < minimum))
        )
        if refused:
            raise RefusedError("This promotion code cannot be redeemed.", "promotion_code", "promotion_code_invalid")

    def new_discount(self, coupon: Json, code: Json | None, **content: Any) -> Json:
        """Redeem a coupon; one that is used up is valid no more, nor are its codes."""
        months = coupon["duration_in_months"] if coupon["duration"] == "repeating" else None
        made = self.new(
            "discount", live=False, dated=False,
            **filled(
                {
                "checkout_session": None, "customer": None, "invoice": None, "invoice_item": None,
                "subscription": None, "subscription_item": None, "start": self.seconds,
                "end": later(self.seconds, "month", months) if months else None,
                "promotion_code": code["id"] if code else None,
                "source": {"type": "coupon", "coupon": coupon["id"]},
                },
                content,
            ),
        )  # fmt: skip
        for used, kind in ((coupon, "coupon.updated"), (code, "promotion_code.updated")):
            if used is not None:
                times = used["times_redeemed"] + 1
                spent = used["max_redemptions"] is not None and times >= used["max_redemptions"]
                flag = "valid" if used is coupon else "active"
                self.change(used, kind, times_redeemed=times, **({flag: False} if spent else {}))
        if made["customer"]:
            self.emit("customer.discount.created", made)
        return made

    def off(self, coupon: Json, amount: int) -> int:
        """What a coupon takes off an amount, both in minor units."""
        if coupon["percent_off"] is not None:
            part: float = amount * coupon["percent_off"] / 100
            return round(part)
        return int(min(amount, coupon["amount_off"]))
