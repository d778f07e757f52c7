"""What was bought: subscriptions and payments as columns to ask about, written with the states they are taken from."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select, true

from bot.sales import Payment, Price, Subscription
from bot.storage import bulk
from bot.storage.ledger import ACCOUNTS, MEMBERS, Seat, table, upsert
from bot.storage.tables import PaymentRow, SubscriptionRow
from bot.words import Word, from_json, to_json

SUBSCRIPTIONS, PAYMENTS = table(SubscriptionRow), table(PaymentRow)


class Held(Word, frozen=True):
    """A subscription and whose it is."""

    member: int
    community: int
    name: str
    subscription: Subscription


class Moved(Word, frozen=True):
    """A payment, whose it was (0 for somebody erased) and when."""

    member: int
    community: int
    at: datetime
    payment: Payment


def keep(connection: Connection, told: Iterable[tuple[Seat, Subscription]]) -> None:
    """Write the latest truths; a subscription that moved to somebody else goes along."""
    rows = {one.id: _row(seat, one) for seat, one in told}
    if not rows:
        return
    statement = upsert(connection, SUBSCRIPTIONS)
    changed = {name: statement.excluded[name] for name in next(iter(rows.values())) if name != "external"}
    connection.execute(statement.on_conflict_do_update(index_elements=["external"], set_=changed), list(rows.values()))


def _row(seat: Seat, one: Subscription) -> dict[str, object]:
    return {
        "external": one.id,
        "community_id": seat.community,
        "member_id": seat.member,
        "plan": one.plan,
        "status": one.status,
        "since": one.since,
        "until": one.until,
        "renews": one.renews,
        "months": one.months,
        "amount": one.price.amount,
        "currency": one.price.currency,
        "as_of": one.as_of,
        "data": to_json(one).decode(),
    }


def book(connection: Connection, moved: Sequence[tuple[Seat, datetime, Payment]]) -> None:
    """Write payments into the books; one that is there changes nothing."""
    if moved:
        connection.execute(
            upsert(connection, PAYMENTS).on_conflict_do_nothing(index_elements=["external"]),
            [
                {
                    "external": one.id,
                    "community_id": seat.community,
                    "member_id": seat.member,
                    "subscription": one.subscription,
                    "plan": one.plan,
                    "kind": one.kind,
                    "amount": one.price.amount,
                    "currency": one.price.currency,
                    "at": at,
                    "of": one.of,
                }
                for seat, at, one in moved
            ],
        )


_HELD = select(SUBSCRIPTIONS.c.member_id, SUBSCRIPTIONS.c.community_id, MEMBERS.c.name, SUBSCRIPTIONS.c.data).join(
    MEMBERS, MEMBERS.c.id == SUBSCRIPTIONS.c.member_id
)


def _held(connection: Connection, query: object) -> list[Held]:
    return [
        Held(member=member, community=community, name=name, subscription=from_json(Subscription, data))
        for member, community, name, data in connection.execute(query)  # type: ignore[call-overload]
    ]


def by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Held]:
    """{subscription id: it and whose it is} of those that are known."""
    c = SUBSCRIPTIONS.c
    found = _held(connection, _HELD.where(bulk.among(connection, c.external, list(ids))))
    return {held.subscription.id: held for held in found}


def of_member(connection: Connection, member: int) -> dict[int, Subscription]:
    """{number: subscription} of a member, oldest first; a number is short enough for a button and stays the same."""
    c = SUBSCRIPTIONS.c
    query = select(c.id, c.data).where(c.member_id == member).order_by(c.id)
    return {number: from_json(Subscription, data) for number, data in connection.execute(query)}


def of_community(connection: Connection, community: int) -> list[Held]:
    """All subscriptions of a community, oldest first."""
    return _held(connection, _HELD.where(SUBSCRIPTIONS.c.community_id == community).order_by(SUBSCRIPTIONS.c.id))


FRESH, SOON, STALE = timedelta(hours=1), timedelta(minutes=10), timedelta(days=90)


def unheard(connection: Connection, provider: str, now: datetime, *, every: bool, limit: int = 500) -> list[Held]:
    """Subscriptions of a provider that should have renewed by `now`, and nothing was heard: to be asked about.

    `every` one of the last 90 days; or only such as were due within the hour, and such whose member time alone is about
    to close something for.
    """
    c, due = SUBSCRIPTIONS.c, MEMBERS.c.due_at
    pressing = true() if every else or_(c.until > now - FRESH, due <= now + SOON)
    query = _HELD.where(
        c.external.startswith(f"{provider}:", autoescape=True),
        c.status.in_(("trialing", "active", "past_due")),
        c.until <= now,
        c.until > now - STALE,
        c.renews.is_(True) | (c.status == "past_due"),
        pressing,
    )
    return _held(connection, query.order_by(c.until.desc()).limit(limit))


def payments(
    connection: Connection, community: int, *, since: datetime | None = None, member: int | None = None
) -> list[Moved]:
    """The payments of a community (or of one member), oldest first."""
    c = PAYMENTS.c
    query = select(PAYMENTS).where(c.community_id == community).order_by(c.at, c.id)
    if since is not None:
        query = query.where(c.at >= since)
    if member is not None:
        query = query.where(c.member_id == member)
    return [
        Moved(
            member=row.member_id,
            community=row.community_id,
            at=row.at,
            payment=Payment(
                id=row.external,
                kind=row.kind,
                subscription=row.subscription,
                plan=row.plan,
                price=Price(amount=row.amount, currency=row.currency),
                of=row.of,
            ),
        )
        for row in connection.execute(query)
    ]


def due(connection: Connection, now: datetime, limit: int) -> list[tuple[int, int, datetime]]:
    """(community, member, when) of members about whom something changes by time alone, due by `now`."""
    c = MEMBERS.c
    query = select(c.community_id, c.id, c.due_at).where(c.due_at <= now).order_by(c.due_at, c.id).limit(limit)
    return [(community, member, when) for community, member, when in connection.execute(query)]


def next_due(connection: Connection) -> datetime | None:
    """When something changes by time alone next."""
    found: datetime | None = connection.scalar(select(func.min(MEMBERS.c.due_at)))
    return found


def accounts(connection: Connection, members: Iterable[int]) -> dict[int, list[tuple[str, str, str]]]:
    """{member: (platform, user id, space) of each of their accounts}."""
    c = ACCOUNTS.c
    found: dict[int, list[tuple[str, str, str]]] = {}
    query = select(c.member_id, c.platform, c.external, c.space).where(
        bulk.among(connection, c.member_id, list(members))
    )
    for member, platform, user, space in connection.execute(query.order_by(c.id)):
        found.setdefault(member, []).append((platform, user, space))
    return found
