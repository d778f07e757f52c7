"""Presents: a gift that was paid, the code it is given by, and what a code that somebody typed is good for."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.sales import gift_id
from bot.storage import codes, coupons, orders
from bot.storage.codes import CODES, Wrong
from bot.storage.coupons import Coupon, Trouble
from bot.storage.ledger import table
from bot.storage.orders import Placed
from bot.storage.tables import SubscriptionRow
from bot.words import Word

SUBSCRIPTIONS = table(SubscriptionRow)


class Present(Word, frozen=True):
    """A gift that somebody paid for; `taken` when it is somebody's already."""

    order: Placed
    taken: bool


class Barred(Word, frozen=True):
    """A coupon that is there and can't be used, and why."""

    code: str
    trouble: Trouble


def paid(connection: Connection, member: int) -> list[Present]:
    """The gifts that a member paid for, the newest first."""
    found = [one for one in orders.of_member(connection, member) if one.gift and one.status == "paid"]
    return [Present(order=one, taken=_taken(connection, one.token)) for one in found]


def wrap(connection: Connection, present: Placed, now: datetime) -> str | None:
    """A code for a gift, as it is shown; those made for it before are void. None when it is somebody's already."""
    if _taken(connection, present.token):
        return None
    c = CODES.c
    before = (c.kind == "gift", c.data == present.token, c.used_at.is_(None))
    connection.execute(update(CODES).where(*before).values(expires_at=now))
    return codes.make(connection, "gift", present.community, present.member, now, lasting=None, data=present.token)


def look(
    connection: Connection, text: str, community: int, member: int, now: datetime
) -> Placed | Coupon | Barred | Wrong:
    """What a code is good for: a gift's order, or a coupon; or why for nothing. Nothing is used up by looking.

    Guesses are limited for both: whoever guesses wrong ten times in an hour is told nothing any more.
    """
    if codes.tired(connection, member, now):
        return Wrong(why="tired")
    coupon = coupons.find(connection, community, text)
    if coupon is not None and not coupon.archived:
        trouble = coupons.trouble(connection, community, member, coupon, "", now)
        return Barred(code=coupon.code, trouble=trouble) if trouble else coupon
    found = codes.find(connection, text, member, ("gift",), now)
    if isinstance(found, Wrong):
        return found
    order = orders.by_token(connection, [found.data]).get(found.data)
    if order is None or order.community != community or order.status != "paid":
        return Wrong(why="expired", kind="gift")
    return Wrong(why="used", kind="gift") if _taken(connection, order.token) else order


def unwrap(connection: Connection, text: str, member: int, now: datetime) -> Wrong | None:
    """Use a gift's code up; says why it is not good when somebody was faster."""
    found = codes.use(connection, text, member, ("gift",), now)
    return found if isinstance(found, Wrong) else None


def _taken(connection: Connection, token: str) -> bool:
    query = select(SUBSCRIPTIONS.c.id).where(SUBSCRIPTIONS.c.external == gift_id(token))
    return connection.scalar(query) is not None
