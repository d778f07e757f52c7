"""What the coupons of campaigns have taken off, and may still: asked where an order is placed, in its transaction.

A campaign's money is for those it reached, and for the first payment of each. Of several campaigns with the same coupon
that reached a member the latest counts.
"""

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from bot.engine.money import rate
from bot.engine.rules import MembershipRules, Plan
from bot.sales import Price
from bot.storage.coupons import REDEMPTIONS, Coupon
from bot.storage.ledger import table
from bot.storage.nudges import NUDGES
from bot.storage.orders import ORDERS
from bot.storage.tables_experiments import CampaignRow
from bot.words import Word, from_json

CAMPAIGNS = table(CampaignRow)
NUDGE = "campaign"


class Money(Word, frozen=True):
    """The coupon of a campaign, and what it may take off in all: minor units of `currency`; 0 is no end."""

    coupon: str = ""
    money: int = 0
    currency: str = ""


def takes_off(coupon: Coupon, price: Price) -> int:
    """What a coupon takes off a price, in its minor units."""
    if coupon.percent:
        return price.amount * coupon.percent // 100
    return min(coupon.amount, price.amount) if coupon.currency == price.currency else 0


def in_currency(amount: int, currency: str, wanted: str, rules: MembershipRules) -> Fraction | None:
    """Minor units of a currency in those of another; None where a rate is missing."""
    if currency == wanted:
        return Fraction(amount)
    one, other = rate(currency, rules), rate(wanted, rules)
    return amount * one / other if one is not None and other else None


def used(connection: Connection, campaign: int, coupon: Coupon) -> list[tuple[int, Price]]:
    """(member, what it took off) of those who used a campaign's coupon after it had reached them."""
    return _uses(connection, campaign, coupon, REDEMPTIONS.c.used_at.is_not(None))


def _uses(connection: Connection, campaign: int, coupon: Coupon, taken: Any) -> list[tuple[int, Price]]:
    n, r, o = NUDGES.c, REDEMPTIONS.c, ORDERS.c
    query = (
        select(r.member_id, o.amount, o.currency)
        .select_from(REDEMPTIONS.join(NUDGES, n.member_id == r.member_id).outerjoin(ORDERS, o.token == r.order))
        .where(n.nudge == NUDGE, n.about == str(campaign), n.state == "sent")
        .where(or_(r.used_at >= n.sent_at, and_(r.used_at.is_(None), r.at >= n.sent_at)))
        .where(r.code == coupon.code, r.community_id == n.community_id, r.freed_at.is_(None), taken)
    )
    found = []
    for member, amount, currency in connection.execute(query):
        price = Price(amount=coupon.amount if amount is None else amount, currency=currency or coupon.currency)
        found.append((member, Price(amount=takes_off(coupon, price), currency=price.currency)))
    return found


def total(uses: Iterable[tuple[int, Price]], currency: str, rules: MembershipRules) -> int:
    """The sum of what was taken off, in minor units of a currency; what has no rate is not in it."""
    return round(sum([in_currency(one.amount, one.currency, currency, rules) or 0 for _, one in uses]))


def forbids(
    connection: Connection, member: int, coupon: Coupon, price: Price, rules: MembershipRules, now: datetime
) -> bool:
    """Whether a coupon can't take its part off this price, because the campaign it came by would cost more than it may.

    What others are about to pay with it counts as used; so no two can have what is left for one.
    """
    found = _by_which(connection, member, coupon, now)
    if found is None or not found[1].money:
        return False
    number, brief = found
    more = in_currency(takes_off(coupon, price), price.currency, brief.currency, rules)
    if more is None:
        return True
    reserved = and_(REDEMPTIONS.c.member_id != member, ORDERS.c.status == "open", ORDERS.c.expires_at > now)
    uses = _uses(connection, number, coupon, or_(REDEMPTIONS.c.used_at.is_not(None), reserved))
    return total(uses, brief.currency, rules) + more > brief.money


def _by_which(connection: Connection, member: int, coupon: Coupon, now: datetime) -> tuple[int, Money] | None:
    """The latest campaign by which a member has a coupon, and its money."""
    n, c = NUDGES.c, CAMPAIGNS.c
    mine = select(n.about).where(n.member_id == member, n.nudge == NUDGE, n.state == "sent", n.sent_at <= now)
    numbers = [int(about) for about in connection.scalars(mine) if about.isdecimal()]
    query = select(c.id, c.data).where(c.id.in_(numbers)).order_by(c.id.desc())
    found = ((row.id, from_json(Money, row.data)) for row in connection.execute(query))
    return next((one for one in found if one[1].coupon == coupon.code), None)


def least(coupon: Coupon, plans: Iterable[Plan], currency: str, rules: MembershipRules) -> Fraction | None:
    """The least that a coupon takes off anything that is sold; None where it takes nothing off."""
    sold = [one for one in plans if not one.archived and (not coupon.plans or one.name in coupon.plans)]
    prices = [Price(amount=amount, currency=name) for one in sold for name, amount in one.prices.items()]
    found = [in_currency(takes_off(coupon, one), one.currency, currency, rules) for one in prices]
    return min([one for one in found if one], default=None)
