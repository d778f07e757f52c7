"""Orders and customers: what members are about to buy, and how providers know them."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import Connection, insert, or_, select, update

from bot.sales import Price
from bot.storage import bulk
from bot.storage.ledger import table
from bot.storage.tables import CustomerRow, OrderRow
from bot.words import Word

ORDERS, CUSTOMERS = table(OrderRow), table(CustomerRow)


class Placed(Word, frozen=True):
    """An order as it is kept."""

    token: str
    community: int
    member: int
    plan: str
    provider: str
    status: str
    price: Price
    created_at: datetime
    expires_at: datetime
    coupon: str = ""
    gift: bool = False
    wallet: bool = False
    trial_days: int = 0
    starts_at: datetime | None = None
    external: str = ""
    url: str = ""
    subscription: str = ""


def place(connection: Connection, order: Placed) -> None:
    """Write a new order down, before its provider hears of it."""
    connection.execute(
        insert(ORDERS).values(
            token=order.token,
            community_id=order.community,
            member_id=order.member,
            plan=order.plan,
            provider=order.provider,
            status=order.status,
            amount=order.price.amount,
            currency=order.price.currency,
            coupon=order.coupon,
            gift=order.gift,
            wallet=order.wallet,
            trial_days=order.trial_days,
            starts_at=order.starts_at,
            external=order.external,
            url=order.url,
            subscription=order.subscription,
            created_at=order.created_at,
            expires_at=order.expires_at,
        )
    )


def _placed(connection: Connection, query: object) -> list[Placed]:
    return [
        Placed(
            token=row.token,
            community=row.community_id,
            member=row.member_id,
            plan=row.plan,
            provider=row.provider,
            status=row.status,
            price=Price(amount=row.amount, currency=row.currency),
            created_at=row.created_at,
            expires_at=row.expires_at,
            coupon=row.coupon,
            gift=row.gift,
            wallet=row.wallet,
            trial_days=row.trial_days,
            starts_at=row.starts_at,
            external=row.external,
            url=row.url,
            subscription=row.subscription,
        )
        for row in connection.execute(query)  # type: ignore[call-overload]
    ]


def by_token(connection: Connection, tokens: Iterable[str]) -> dict[str, Placed]:
    """{token: order} of those that are known."""
    query = select(ORDERS).where(bulk.among(connection, ORDERS.c.token, list(tokens)))
    return {order.token: order for order in _placed(connection, query)}


def of_member(connection: Connection, member: int) -> list[Placed]:
    """A member's orders, the newest first."""
    return _placed(connection, select(ORDERS).where(ORDERS.c.member_id == member).order_by(ORDERS.c.id.desc()))


def waiting(connection: Connection, member: int, now: datetime) -> list[Placed]:
    """A member's orders that can still be paid, the newest first."""
    c = ORDERS.c
    query = select(ORDERS).where(c.member_id == member, c.status == "open", c.expires_at > now)
    return _placed(connection, query.order_by(c.id.desc()))


def linked(connection: Connection, token: str, external: str, url: str, expires_at: datetime) -> bool:
    """The provider made a link of it; False when the order is not open any more."""
    c = ORDERS.c
    made = update(ORDERS).where(c.token == token).values(external=external, url=url, expires_at=expires_at)
    connection.execute(made)
    return connection.scalar(select(c.status).where(c.token == token)) != "expired"


def expire(connection: Connection, token: str, external: str) -> None:
    """The order was taken back, as far as its provider named it `external`; one that was paid meanwhile stays paid.

    One that got its link at the same moment stays open: that link must be taken back, too.
    """
    c = ORDERS.c
    mine = (c.token == token, c.external == external, c.status == "open")
    connection.execute(update(ORDERS).where(*mine).values(status="expired"))


def settle(connection: Connection, token: str, status: str, subscription: str = "") -> bool:
    """The order was paid, expired or refunded; False when that was known."""
    c = ORDERS.c
    values = {"status": status, **({"subscription": subscription} if subscription else {})}
    return bool(connection.execute(update(ORDERS).where(c.token == token, c.status != status).values(values)).rowcount)


def digest(text: str) -> str:
    """What is kept of an e-mail address or a card: enough to know it again, not to know it.

    Addresses are compared without case, without what follows a plus, and dots do not count at gmail.com.
    """
    text = text.strip().casefold()
    if not text:
        return ""
    local, at, host = text.rpartition("@")
    if at:
        local = local.partition("+")[0]
        local = local.replace(".", "") if host in ("gmail.com", "googlemail.com") else local
        text = f"{local}@{host}"
    return blake2b(text.encode(), digest_size=16, person=b"lyceum-customer").hexdigest()


def customer(connection: Connection, provider: str, member: int) -> str:
    """A member's id at a provider; '' when it does not know them yet."""
    c = CUSTOMERS.c
    query = select(c.external).where(c.provider == provider, c.member_id == member, c.external != "")
    return connection.scalar(query.order_by(c.id.desc())) or ""


def know(
    connection: Connection, *, provider: str, community: int, member: int, external: str, email: str, card: str
) -> None:
    """A provider told who paid. E-mail and card are kept as hashes only.

    A customer is the member's who was known as it first: whoever was handed a subscription does not see the card that
    pays for it.
    """
    c = CUSTOMERS.c
    theirs = select(c.id).where(c.provider == provider, c.external == external, c.member_id != member)
    if external and connection.scalar(theirs.limit(1)) is not None:
        return
    values = {key: value for key, value in (("email", digest(email)), ("card", digest(card))) if value}
    where = (c.provider == provider, c.member_id == member, c.external == external)
    found = connection.scalar(select(c.id).where(*where))
    if found is None:
        row = {"email": "", "card": "", **values}
        connection.execute(
            insert(CUSTOMERS).values(
                provider=provider, community_id=community, member_id=member, external=external, **row
            )
        )
    elif values:
        connection.execute(update(CUSTOMERS).where(*where).values(values))


def try_out(connection: Connection, provider: str, member: int, now: datetime) -> None:
    """A member has begun a trial."""
    c = CUSTOMERS.c
    connection.execute(
        update(CUSTOMERS)
        .where(c.provider == provider, c.member_id == member, c.trial_at.is_(None))
        .values(trial_at=now)
    )


def tried(connection: Connection, community: int, member: int) -> bool:
    """Whether a member has had a trial in this community."""
    c = CUSTOMERS.c
    query = select(c.id).where(c.community_id == community, c.trial_at.is_not(None), c.member_id == member)
    return connection.scalar(query.limit(1)) is not None


def others_tried(connection: Connection, community: int, member: int, email: str, card: str) -> bool:
    """Whether somebody else with this e-mail or card had a trial in this community before (one erased counts, too).

    Who began theirs first keeps it, whatever is heard of it after the other's.
    """
    c = CUSTOMERS.c
    same = [column == digest(told) for column, told in ((c.email, email), (c.card, card)) if told]
    if not same:
        return False
    tried = select(c.trial_at, c.id).where(c.community_id == community, c.trial_at.is_not(None))
    first = tried.order_by(c.trial_at, c.id).limit(1)
    other = connection.execute(first.where(c.member_id != member, or_(*same))).first()
    own = connection.execute(first.where(c.member_id == member)).first()
    return other is not None and (own is None or tuple(other) < tuple(own))
