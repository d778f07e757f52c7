"""Coupons and access codes: made by the creator, reserved by an order, used when it is paid, freed by a full refund."""

from datetime import date, datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from bot.storage.ledger import table, upsert
from bot.storage.tables import CouponRow, CustomerRow, OrderRow, RedemptionRow
from bot.words import Word, from_json, to_json

COUPONS, REDEMPTIONS, ORDERS = table(CouponRow), table(RedemptionRow), table(OrderRow)
CUSTOMERS = table(CustomerRow)

Trouble = Literal["", "unknown", "over", "exhausted", "used", "other_plan"]
"""Why a coupon can't be used; '' when it can."""


class Coupon(Word, frozen=True):
    """A code that takes `percent` (or `amount` of `currency`) off, `once`, for some `months`, or `forever`.

    It works for `plans` (empty: all) to the day `last_on`, `most` times in all (0: no end) and once for each person.
    One that `unlocks` shows plans that are sold for a code only.
    """

    code: str
    percent: int = 0
    amount: int = 0
    currency: str = ""
    duration: Literal["once", "months", "forever"] = "once"
    months: int = 0
    plans: tuple[str, ...] = ()
    most: int = 0
    last_on: date | None = None
    unlocks: bool = False
    archived: bool = False


def normal(code: str) -> str:
    """A code as it is kept: in capitals, without spaces."""
    return "".join(code.split()).upper()


def put(connection: Connection, community: int, coupon: Coupon) -> None:
    """Make a coupon, or change the one with this code."""
    statement = upsert(connection, COUPONS)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["community_id", "code"], set_={"data": statement.excluded.data}
        ),
        {"community_id": community, "code": coupon.code, "data": to_json(coupon).decode()},
    )


def find(connection: Connection, community: int, code: str) -> Coupon | None:
    """The coupon with a code, however it was typed."""
    c = COUPONS.c
    data = connection.scalar(select(c.data).where(c.community_id == community, c.code == normal(code)))
    return None if data is None else from_json(Coupon, data)


def of_community(connection: Connection, community: int) -> list[tuple[Coupon, int]]:
    """(coupon, times used) of all, the newest first."""
    c = COUPONS.c
    query = select(c.data).where(c.community_id == community).order_by(c.id.desc())
    found = [from_json(Coupon, data) for data in connection.scalars(query)]
    return [(one, used(connection, community, one.code)) for one in found]


def used(connection: Connection, community: int, code: str, now: datetime | None = None) -> int:
    """How often a coupon was used; with `now`, those count, too, who are about to pay with it."""
    c = REDEMPTIONS.c
    taken: ColumnElement[bool] = c.used_at.is_not(None)
    if now is not None:
        taken = or_(taken, and_(ORDERS.c.status == "open", ORDERS.c.expires_at > now))
    query = (
        select(func.count())
        .select_from(REDEMPTIONS.outerjoin(ORDERS, ORDERS.c.token == c.order))
        .where(c.community_id == community, c.code == code, c.freed_at.is_(None), taken)
    )
    return connection.scalar(query) or 0


def trouble(
    connection: Connection, community: int, member: int, coupon: Coupon | None, plan: str, now: datetime
) -> Trouble:
    """Why a member can't use a coupon for a plan ('' for any)."""
    if coupon is None or coupon.archived:
        return "unknown"
    if coupon.last_on is not None and now.date() > coupon.last_on:
        return "over"
    if plan and coupon.plans and plan not in coupon.plans:
        return "other_plan"
    c = REDEMPTIONS.c
    theirs = select(c.id).where(
        c.community_id == community,
        c.code == coupon.code,
        c.used_at.is_not(None),
        c.freed_at.is_(None),
        or_(c.member_id == member, *_same_person(connection, member)),
    )
    if connection.scalar(theirs.limit(1)) is not None:
        return "used"
    if coupon.most and used(connection, community, coupon.code, now) >= coupon.most:
        return "exhausted"
    return ""


def _same_person(connection: Connection, member: int) -> list[ColumnElement[bool]]:
    """Who pays with the e-mail address or card of a member is that member, whatever account they call from."""
    known = connection.execute(select(CUSTOMERS.c.email, CUSTOMERS.c.card).where(CUSTOMERS.c.member_id == member)).all()
    found = (
        (column, {row[at] for row in known} - {""})
        for at, column in enumerate((REDEMPTIONS.c.email, REDEMPTIONS.c.card))
    )
    return [column.in_(sorted(told)) for column, told in found if told]


def hold(connection: Connection, community: int, member: int, code: str, now: datetime, order: str = "") -> None:
    """A member redeemed a coupon, to use it for the `order` or later."""
    c = REDEMPTIONS.c
    mine = and_(c.community_id == community, c.member_id == member, c.code == code, c.used_at.is_(None))
    changed = connection.execute(update(REDEMPTIONS).where(mine).values(order=order, at=now))
    if not changed.rowcount:
        connection.execute(
            insert(REDEMPTIONS).values(
                community_id=community, member_id=member, code=code, order=order, email="", card="", at=now
            )
        )


def held(connection: Connection, community: int, member: int) -> list[Coupon]:
    """The coupons that a member has redeemed and not used yet, the latest first."""
    c = REDEMPTIONS.c
    query = (
        select(COUPONS.c.data)
        .join(REDEMPTIONS, and_(c.code == COUPONS.c.code, c.community_id == COUPONS.c.community_id))
        .where(c.community_id == community, c.member_id == member, c.used_at.is_(None))
        .order_by(c.at.desc())
    )
    return [from_json(Coupon, data) for data in connection.scalars(query)]


def unlocked(connection: Connection, community: int, member: int) -> frozenset[str] | None:
    """The code-only plans that a member's codes unlock; None is every one."""
    c = REDEMPTIONS.c
    query = (
        select(COUPONS.c.data)
        .join(REDEMPTIONS, and_(c.code == COUPONS.c.code, c.community_id == COUPONS.c.community_id))
        .where(c.community_id == community, c.member_id == member, c.freed_at.is_(None))
    )
    codes = [from_json(Coupon, data) for data in connection.scalars(query)]
    codes = [one for one in codes if one.unlocks]
    return None if any(not one.plans for one in codes) else frozenset(plan for one in codes for plan in one.plans)


def use(connection: Connection, order: str, now: datetime, *, email: str = "", card: str = "") -> None:
    """The order was paid, by somebody with these hashes of e-mail address and card."""
    c = REDEMPTIONS.c
    paid = update(REDEMPTIONS).where(c.order == order, c.used_at.is_(None))
    connection.execute(paid.values(used_at=now, email=email, card=card))


def free(connection: Connection, order: str, now: datetime) -> None:
    """The order was refunded in full: the coupon may be used again."""
    c = REDEMPTIONS.c
    connection.execute(update(REDEMPTIONS).where(c.order == order, c.freed_at.is_(None)).values(freed_at=now))
