"""What is sold, in Stripe's catalogue: a product for each plan, a price for each amount, a coupon for each discount.

Prices are made once and found again by `lookup_key`, rather than given anew with every order: a change of plan and an
invoiced subscription need a price that exists, Stripe's own reports add up by price, and the catalogue stays readable.
A price never changes, so that the key has the amount in it and who bought at the old one keeps it. Product and coupon
have ids that follow from what they are. Made twice at a time, the second finds the first's.
https://docs.stripe.com/products-prices/manage-prices#lookup-keys
"""

import re

import stripe
from stripe.params import CouponCreateParams, PriceCreateParams

from bot.adapters.stripe.api import Api
from bot.adapters.stripe.truth import COMMUNITY, PLAN
from bot.adapters.stripe.wire import Cost
from bot.engine.rules import Plan
from bot.payments import Discount
from bot.sales import Price

TAKEN = "resource_already_exists"


class Catalog:
    """Knows what it has looked up; `forget` when something is not as it was."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: dict[str, str] = {}

    def forget(self) -> None:
        """Look everything up anew: somebody archived or deleted something in the dashboard."""
        self._known.clear()

    async def price(self, community: int, plan: Plan, price: Price, months: int) -> str:
        """The id of a price that recurs every so many months, or not at all (0)."""
        key = f"lyceum:{community}:{plan.name}:{price.amount}{price.currency}:{months}"
        product = await self._product(community, plan)
        if key not in self._known:
            self._known[key] = await self._find(key) or await self._make(key, product, community, plan, price, months)
        return self._known[key]

    async def _find(self, key: str) -> str | None:
        listed = self._api.v1.prices.list_async({"lookup_keys": [key], "active": True, "limit": 1})
        found = await self._api.first(Cost, listed)
        return found[0].id if found else None

    async def _make(self, key: str, product: str, community: int, plan: Plan, price: Price, months: int) -> str:
        params: PriceCreateParams = {
            "currency": price.currency,
            "unit_amount": price.amount,
            "product": product,
            "lookup_key": key,
            "transfer_lookup_key": True,
            "metadata": {PLAN: plan.name, COMMUNITY: str(community)},
        }
        if months:
            years, rest = divmod(months, 12)
            params["recurring"] = (
                {"interval": "month", "interval_count": months}
                if rest
                else {"interval": "year", "interval_count": years}
            )
        return (await self._api.v1.prices.create_async(params)).id

    async def _product(self, community: int, plan: Plan) -> str:
        """The plan's product, under the name it has now."""
        number = f"lyceum_{community}_{plan.name}"
        if self._known.get(number) == plan.shown:
            return number
        products = self._api.v1.products
        meta = {PLAN: plan.name, COMMUNITY: str(community)}
        try:
            await products.create_async({"id": number, "name": plan.shown, "metadata": meta})
        except stripe.InvalidRequestError as error:
            if error.code != TAKEN:
                raise
            await products.update_async(number, {"name": plan.shown, "active": True})
        self._known[number] = plan.shown
        return number

    async def coupon(self, community: int, discount: Discount, currency: str) -> str:
        """The id of a coupon that takes off what the discount says."""
        amount = f"{discount.percent}pc" if discount.percent else f"{discount.amount}{currency}"
        lasts = f"{discount.months}m" if discount.duration == "months" else discount.duration
        code = re.sub(r"[^A-Za-z0-9-]", lambda found: f"{ord(found[0]):x}", discount.code)
        number = f"lyceum_{community}_{code}_{amount}_{lasts}"
        if number in self._known:
            return number
        params: CouponCreateParams = {"id": number, "name": discount.code[:40], "metadata": {COMMUNITY: str(community)}}
        if discount.percent:
            params["percent_off"] = float(discount.percent)
        else:
            params["amount_off"], params["currency"] = discount.amount, currency
        if discount.duration == "months":
            params["duration"], params["duration_in_months"] = "repeating", discount.months
        else:
            params["duration"] = discount.duration
        try:
            await self._api.v1.coupons.create_async(params)
        except stripe.InvalidRequestError as error:
            if error.code != TAKEN:
                raise
        self._known[number] = number
        return number
