"""What the creator's reports are made of: the history of what was sold, the payments, and who is let in where."""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, select

from bot.engine.audit import Holder, Place, Way
from bot.engine.revenue import Booked, Sold
from bot.events import SubscriptionChanged
from bot.sales import Subscription
from bot.state import MemberState
from bot.storage import bulk, grants, sales
from bot.storage.gates import GATES
from bot.storage.ledger import ACCOUNTS, EVENTS, MEMBERS, SPACES, table
from bot.storage.outbox import OUTBOX
from bot.storage.sales import SUBSCRIPTIONS
from bot.storage.tables import ChannelRow
from bot.words import from_json

CHANNELS = table(ChannelRow)
_TOLD = '{"type":"SubscriptionChanged",'
"""How such an event begins in the log."""


def sold(connection: Connection, community: int) -> list[Sold]:
    """All subscriptions of a community with all that was told of them, as far as the log has it.

    The log of a member who was erased is gone, and so are their subscriptions; their payments stay.
    """
    held = {one.subscription.id: one for one in sales.of_community(connection, community)}
    truths: dict[str, list[Subscription]] = {name: [one.subscription] for name, one in held.items()}
    theirs = select(SUBSCRIPTIONS.c.member_id).where(SUBSCRIPTIONS.c.community_id == community)
    c = EVENTS.c
    query = select(c.data).where(c.member_id.in_(theirs), c.data.startswith(_TOLD, autoescape=True))
    for data in connection.scalars(query.order_by(c.id)):
        one = from_json(SubscriptionChanged, data).subscription
        if one.id in truths:
            truths[one.id].append(one)
    return [Sold(member=held[name].member, truths=tuple(told)) for name, told in truths.items()]


def booked(connection: Connection, community: int) -> list[Booked]:
    """All payments of a community, oldest first."""
    return [Booked(at=one.at, payment=one.payment) for one in sales.payments(connection, community)]


def places(connection: Connection, community: int) -> list[Place]:
    """What stands behind the gates of a community."""
    c = GATES.c
    query = select(c.platform, c.kind, c.target, c.gate).where(c.community_id == community).order_by(c.id)
    return [
        Place(platform=platform, target=f"{kind}:{target}", gate=gate)
        for platform, kind, target, gate in connection.execute(query)
    ]


def names(connection: Connection, community: int) -> dict[tuple[str, str], str]:
    """{(platform, target): name} of places whose name was heard; of roles, when they were put behind a gate."""
    gates = select(GATES.c.platform, GATES.c.kind, GATES.c.target, GATES.c.name).where(
        GATES.c.community_id == community, GATES.c.name != ""
    )
    found = {(platform, f"{kind}:{target}"): name for platform, kind, target, name in connection.execute(gates)}
    for c in (SPACES.c, CHANNELS.c):  # a whole group stands behind a gate as a chat
        query = select(c.platform, c.external, c.name).where(c.community_id == community, c.name != "")
        for platform, target, name in connection.execute(query):
            found |= {(platform, f"{kind}:{target}"): name for kind in ("channel", "chat")}
    return found


def holders(connection: Connection, community: int, only: Collection[int] | None = None) -> list[Holder]:
    """Everybody who bought something, has a gate open or was let in somewhere; or `only` these members."""
    ways, accounts = _ways(connection, community, only), _accounts(connection, community, only)
    c = MEMBERS.c
    bought, open_ = c.state.contains('"subscriptions":['), c.state.contains('"open":[')
    concerned = bought | open_ | bulk.among(connection, c.id, list(ways)) if only is None else c.id.in_(only)
    query = select(c.id, c.name, c.state).where(c.community_id == community, concerned).order_by(c.id)
    found = [(number, name, from_json(MemberState, state)) for number, name, state in connection.execute(query)]
    return [
        Holder(
            member=number,
            name=name,
            subscriptions=state.membership.subscriptions,
            open=state.access.open,
            accounts=tuple(accounts.get(number, ())),
            ways=tuple(ways.get(number, ())),
        )
        for number, name, state in found
    ]


def members_of(connection: Connection, community: int, platform: str, users: Collection[str]) -> dict[str, int]:
    """{user: member} of the accounts on a platform that are known in a community."""
    c = ACCOUNTS.c
    query = select(c.external, c.member_id).where(
        c.community_id == community, c.platform == platform, bulk.among(connection, c.external, users)
    )
    return {row.external: row.member_id for row in connection.execute(query)}


def _ways(connection: Connection, community: int, only: Collection[int] | None) -> dict[int, list[Way]]:
    c = OUTBOX.c
    waiting = select(c.platform, c.target, c.user).where(c.community_id == community, c.done_at.is_(None))
    if only is None:
        known = grants.of_community(connection, community)
    else:
        known = [one for member in only for one in grants.of_member(connection, member)]
        waiting = waiting.where(c.member_id.in_(only))
    under_way = {(platform, target, user) for platform, target, user in connection.execute(waiting)}
    found: dict[int, list[Way]] = {}
    for one in known:
        way = Way(
            platform=one.platform,
            user=one.user,
            target=one.target,
            status=one.status,
            why=one.why,
            waiting=(one.platform, one.target, one.user) in under_way,
        )
        found.setdefault(one.member, []).append(way)
    return found


def _accounts(connection: Connection, community: int, only: Collection[int] | None) -> dict[int, list[tuple[str, str]]]:
    c = ACCOUNTS.c
    query = select(c.member_id, c.platform, c.external).where(c.community_id == community).order_by(c.id)
    if only is not None:
        query = query.where(c.member_id.in_(only))
    found: dict[int, list[tuple[str, str]]] = {}
    for number, platform, user in connection.execute(query):
        found.setdefault(number, []).append((platform, user))
    return found


def paid(moved: Iterable[Booked]) -> dict[str, dict[str, int]]:
    """{subscription: {currency: minor units}} that were paid and not given back."""
    found: dict[str, dict[str, int]] = {}
    for one in moved:
        price, sums = one.payment.price, found.setdefault(one.payment.subscription, {})
        amount = price.amount if one.payment.kind == "charge" else -price.amount
        sums[price.currency] = sums.get(price.currency, 0) + amount
    return found
