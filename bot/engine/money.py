"""Money of several currencies in one: exchanged exactly at the creator's rates, rounded once, and nothing dropped.

A rate is the value of one major unit of a currency (a euro, a yen, a Star) in major units of the reporting currency.
What has no rate is kept apart, in its own currency.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from bot.engine.rules import MembershipRules
from bot.sales import Payment, Price, Subscription, decimals
from bot.words import Word, replace

Share = tuple[Fraction, str]
"""Minor units of a currency, not rounded."""


class Total(Word, frozen=True):
    """A sum in the reporting currency, and `apart` from it one for each currency without a rate, sorted by name."""

    price: Price
    apart: tuple[Price, ...] = ()

    def __add__(self, other: "Total") -> "Total":
        """Both together; the rounded figures add up as they are shown."""
        sums = {one.currency: one.amount for one in self.apart}
        for one in other.apart:
            sums[one.currency] = sums.get(one.currency, 0) + one.amount
        price = Price(amount=self.price.amount + other.price.amount, currency=self.price.currency)
        return Total(price=price, apart=_prices(sums))

    def __sub__(self, other: "Total") -> "Total":
        """What is left."""
        return self + Total(price=_minus(other.price), apart=tuple(_minus(one) for one in other.apart))


def _minus(price: Price) -> Price:
    return Price(amount=-price.amount, currency=price.currency)


def _prices(sums: dict[str, int]) -> tuple[Price, ...]:
    return tuple(Price(amount=amount, currency=name) for name, amount in sorted(sums.items()) if amount)


def rate(currency: str, rules: MembershipRules) -> Fraction | None:
    """The value of a minor unit in minor units of the reporting currency; None when the creator gave no rate."""
    if currency == rules.currency:
        return Fraction(1)
    given = rules.rates.get(currency)
    if given is None:
        return None
    return Fraction(str(given)) * Fraction(10) ** (decimals(rules.currency) - decimals(currency))


def exchange(price: Price, rules: MembershipRules) -> Fraction | None:
    """A price in minor units of the reporting currency, not rounded; None without a rate."""
    value = rate(price.currency, rules)
    return None if value is None else price.amount * value


def total(shares: Iterable[Share], rules: MembershipRules) -> Total:
    """The sum of shares, rounded half to even once for each currency."""
    sums: dict[str, Fraction] = {}
    for amount, currency in shares:
        sums[currency] = sums.get(currency, Fraction(0)) + amount
    here = Fraction(0)
    apart: dict[str, int] = {}
    for currency, amount in sums.items():
        value = rate(currency, rules)
        if value is None:
            apart[currency] = round(amount)
        else:
            here += amount * value
    return Total(price=Price(amount=round(here), currency=rules.currency), apart=_prices(apart))


def monthly(one: Subscription) -> Share:
    """What a subscription brings in a month; nothing where nothing recurs."""
    return (Fraction(one.price.amount, one.months) if one.months else Fraction(0)), one.price.currency


def unreturned(moved: Sequence[Payment]) -> list[Payment]:
    """Of payments, the oldest first, the charges of which something did not go back, each with what is left of it.

    What went back of nobody says which (books of an earlier version) is of the latest charge there was.
    """
    left: dict[str, int] = {}
    charges: dict[str, Payment] = {}
    for one in moved:
        if one.kind == "charge" and not one.of:
            charges[one.id], left[one.id] = one, one.price.amount
            continue
        theirs = [name for name in reversed(charges) if charges[name].subscription == one.subscription and left[name]]
        of = one.of or (theirs[0] if theirs else "")
        if of in charges:
            left[of] += one.price.amount if one.kind == "charge" else -one.price.amount
    return [
        replace(one, price=replace(one.price, amount=left[name])) for name, one in charges.items() if left[name] > 0
    ]
