"""Who is who: two members become one, an account becomes a member of its own, a subscription gets another holder.

The log is the truth: events change hands, and whoever has others now is folded anew from the first to the last, in the
order heard. What the fold would do outside is not done again; only the difference of access is posted.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from bot.engine.rules import Rules
from bot.events import (
    BoardChosen,
    EstimatesChosen,
    Event,
    Happening,
    LanguageChosen,
    MemberJoined,
    NoticesChosen,
    SubscriptionChanged,
    ZoneChosen,
    hand,
    member_account,
)
from bot.state import Contact, MemberState
from bot.storage import (
    bulk,
    experiments,
    hands,
    heeded,
    ledger,
    nudges,
    replay,
    routes,
    rulebook,
    segments,
    sources,
    studies,
)
from bot.storage.entries import DAYS
from bot.storage.grants import GRANTS
from bot.storage.ledger import ACCOUNTS, EVENTS, MEMBERS, Seat, table
from bot.storage.outbox import OUTBOX, PRIVATE
from bot.storage.privacy import HOLDINGS
from bot.storage.reach import Reached, reach
from bot.storage.tables import CustomerRow, InviteRow, ReferralRow, SandboxRow, SubscriptionRow
from bot.words import Word, from_json, to_json

CUSTOMERS, INVITES, SANDBOX = table(CustomerRow), table(InviteRow), table(SandboxRow)
REFERRALS, SUBSCRIPTIONS = table(ReferralRow), table(SubscriptionRow)


class Became(Word, frozen=True):
    """Who became who else, and which community part of which: {old number: new number}."""

    members: dict[int, int] = {}
    communities: dict[int, int] = {}


OVER = ("ended", "refunded")
"""Statuses of subscriptions that are not moved any more."""


def merge(connection: Connection, keep: int, other: int, rules: Rules, now: datetime) -> None:
    """Make one member of two of the same community: `other` is gone, `keep` has all that both had.

    Both logs are folded anew, in the order heard. Name, language and wishes are those of `keep` as far as they were
    ever chosen, who is here with one account is here, and who forbade estimates as either has none: where the fold says
    otherwise, an event puts it right, and the log still gives the state. Raises ValueError when they are not two
    members of one community.
    """
    mine, theirs = _member(connection, keep), _member(connection, other)
    if keep == other or mine.community_id != theirs.community_id:
        raise ValueError(f"members {keep} and {other} can't be one: they must be two of one community")
    own_rules = rulebook.rules(connection, rules, mine.community_id)
    was, gone = from_json(MemberState, mine.state), from_json(MemberState, theirs.state)
    firm = frozenset(kind for kind in (NoticesChosen, BoardChosen) if _has_chosen(connection, keep, kind))
    _follow(connection, mine.community_id, keep, other)
    seat = Seat(member=keep, community=mine.community_id)
    both, why = replay.replayed(connection, keep, own_rules).state, f"merge:{other}"
    events = _corrections(seat, both.contact, was.contact, gone.contact, firm=firm, why=why, now=now)
    if both.consent.estimated and not (was.consent.estimated and gone.consent.estimated):
        who = member_account(seat.community, keep)
        events = [*events, EstimatesChosen(key=f"{why}:estimates", at=now, who=who, wanted=False)]
    for event in events:
        ledger.log(connection, [ledger.line(seat, event)])
    found = replay.replayed(connection, keep, own_rules)
    replay.write(connection, seat, found)
    state = found.state
    if not state.consent.estimated:  # what was estimated of the other has come along
        segments.forget(connection, [keep])
    connection.execute(delete(MEMBERS).where(MEMBERS.c.id == other))
    opened = frozenset(was.access.open) | frozenset(gone.access.open)
    reach(connection, [Reached(seat=seat, was=opened, open=state.access.open)], f"merge:{other}", now)


def split(connection: Connection, account: int, now: datetime) -> int:
    """Part an account (by its row's id) from its member; returns the new member whom it is, with an empty history.

    Points, subscriptions and everything else stay with the member, and what was opened to the account is closed. What
    waits to be said in private goes to an account that stays. Raises LookupError when there is no such account and
    ValueError when it is the only one.
    """
    row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.id == account)).first()
    if row is None:
        raise LookupError(f"there is no account {account}")
    stays = _others(connection, row.member_id, account)
    if stays is None:
        raise ValueError(f"account {account} is the only one of its member")
    was = from_json(MemberState, _member(connection, row.member_id).state)
    made = {"community_id": row.community_id, "name": row.name or row.external, "locale": "", "points": 0, "level": 0}
    new: int = connection.execute(
        insert(MEMBERS).values(**made, state=to_json(MemberState()).decode()).returning(MEMBERS.c.id)
    ).scalar_one()
    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == account).values(member_id=new))
    for rows in (GRANTS, INVITES, OUTBOX, nudges.SURFACES):
        c = rows.c
        theirs = [c.member_id == row.member_id, c.platform == row.platform, c.user == row.external]
        if rows is OUTBOX:
            waiting = update(rows).where(*theirs, c.target == PRIVATE, c.done_at.is_(None))
            connection.execute(waiting.values(platform=stays.platform, space=stays.space, user=stays.external))
        connection.execute(update(rows).where(*theirs).values(member_id=new))
    given = connection.scalars(select(GRANTS.c.gate).where(GRANTS.c.member_id == new, GRANTS.c.status != "gone"))
    seat = Seat(member=new, community=row.community_id)
    reach(connection, [Reached(seat=seat, was={*was.access.open, *given}, open=())], f"split:{new}", now)
    return new


def hand_over(connection: Connection, giver: int, taker: int, rules: Rules, now: datetime) -> list[str]:
    """Give a member's subscriptions that are not over to another of the same community; returns their ids.

    The news of them changes hands and both are folded anew; future truths follow the subscription's row. Payments and
    orders stay with whoever made them.
    """
    mine, theirs = _member(connection, giver), _member(connection, taker)
    if giver == taker or mine.community_id != theirs.community_id:
        raise ValueError(f"member {giver} can't give to {taker}: they must be two of one community")
    ids = live(connection, giver)
    for rows in (SUBSCRIPTIONS, SANDBOX):
        given = (rows.c.member_id == giver, bulk.among(connection, rows.c.external, ids))
        connection.execute(update(rows).where(*given).values(member_id=taker))
    news = [
        number
        for number, event in _log(connection, giver, kind=SubscriptionChanged)
        if isinstance(event, SubscriptionChanged) and event.subscription.id in ids
    ]
    if news:
        told = (EVENTS.c.member_id == giver, bulk.among(connection, EVENTS.c.id, news))
        connection.execute(update(EVENTS).where(*told).values(_renamed(mine.community_id, giver, taker)))
    own_rules = rulebook.rules(connection, rules, mine.community_id)
    changed: list[Reached] = []
    for row in (mine, theirs):
        seat = Seat(member=row.id, community=row.community_id)
        found = replay.replayed(connection, row.id, own_rules)
        replay.write(connection, seat, found)
        was = from_json(MemberState, row.state).access.open
        changed.append(Reached(seat=seat, was=was, open=found.state.access.open))
    reach(connection, changed, f"move:{giver}:{taker}:{now.isoformat()}", now)
    return ids


def live(connection: Connection, member: int) -> list[str]:
    """The ids of a member's subscriptions that are not over."""
    c = SUBSCRIPTIONS.c
    query = select(c.external).where(c.member_id == member, c.status.not_in(OVER)).order_by(c.id)
    return list(connection.scalars(query))


def _log(connection: Connection, member: int, kind: type[Happening] | None = None) -> Iterator[tuple[int, Event]]:
    query = select(EVENTS.c.id, EVENTS.c.data).where(EVENTS.c.member_id == member).order_by(EVENTS.c.id)
    if kind is not None:
        query = query.where(EVENTS.c.data.startswith(_begins(kind), autoescape=True))
    for number, data in connection.execute(query):
        yield number, from_json(Event, data)


def _begins(kind: type[Happening]) -> str:
    return f'{{"type":"{kind.__name__}",'


def _member(connection: Connection, member: int) -> Any:
    row = connection.execute(select(MEMBERS).where(MEMBERS.c.id == member)).first()
    if row is None:
        raise ValueError(f"there is no member {member}")
    return row


def _others(connection: Connection, member: int, account: int) -> Any:
    """The account of a member that is best written to, apart from this one."""
    c = ACCOUNTS.c
    query = select(ACCOUNTS).where(c.member_id == member, c.id != account).order_by(c.private_at.is_(None), c.id)
    return connection.execute(query.limit(1)).first()


def _has_chosen(connection: Connection, member: int, kind: type[Happening]) -> bool:
    """Whether a member ever said this."""
    return next(_log(connection, member, kind=kind), None) is not None


def _renamed(community: int, old: int, new: int) -> dict[str, Any]:
    """What makes events another member's.

    In JSON no quotation mark inside a value stands bare, so that nothing a member wrote can look like an account.
    """
    before, after = (to_json(member_account(community, member)).decode() for member in (old, new))
    return {"member_id": new, "data": func.replace(EVENTS.c.data, before, after)}


def _follow(connection: Connection, community: int, keep: int, other: int) -> None:
    """Make everything that names the other name who is kept: each table that holds something about a member."""
    _one_customer(connection, keep, other)
    _one_guest(connection, keep, other)
    studies.unite(connection, keep, other)
    nudges.unite(connection, keep, other)
    heeded.unite(connection, keep, other)
    routes.unite(connection, keep, other)
    experiments.unite(connection, keep, other)
    sources.unite(connection, keep, other)
    hands.change(connection, community, other, hand(keep))
    connection.execute(delete(DAYS).where(DAYS.c.member_id.in_((keep, other))))  # the replay books all of it anew
    for holding in HOLDINGS:
        rows = holding.table
        if holding.about is not None and rows is not MEMBERS:
            renamed = _renamed(community, other, keep) if rows is EVENTS else {"member_id": keep}
            connection.execute(update(rows).where(rows.c.member_id == other).values(renamed))


def _one_customer(connection: Connection, keep: int, other: int) -> None:
    """Of the same customer of a provider, known by both, one row is left: with all that either knows."""
    c = CUSTOMERS.c
    rows = connection.execute(select(CUSTOMERS).where(c.member_id.in_((keep, other)))).all()
    mine = {(row.provider, row.external): row for row in rows if row.member_id == keep}
    for row in rows:
        own = mine.get((row.provider, row.external))
        if row.member_id == other and own is not None:
            tried = [at for at in (own.trial_at, row.trial_at) if at is not None]
            known = {
                "email": own.email or row.email,
                "card": own.card or row.card,
                "trial_at": min(tried, default=None),
            }
            connection.execute(update(CUSTOMERS).where(c.id == own.id).values(known))
            connection.execute(delete(CUSTOMERS).where(c.id == row.id))


def _one_guest(connection: Connection, keep: int, other: int) -> None:
    """Who was invited was so once, by whom it earned something or who came first; and nobody by themselves."""
    c, both = REFERRALS.c, (keep, other)
    came = list(
        connection.scalars(select(c.id).where(c.guest_id.in_(both)).order_by(c.counted_at.is_(None), c.at, c.id))
    )
    if came:
        connection.execute(delete(REFERRALS).where(c.id.in_(came[1:])))
        connection.execute(update(REFERRALS).where(c.id == came[0]).values(guest_id=keep))
    connection.execute(delete(REFERRALS).where(c.guest_id.in_(both), c.member_id.in_(both)))


def _corrections(
    seat: Seat, now_is: Contact, keeps: Contact, others: Contact, *, firm: Collection[type], why: str, now: datetime
) -> Sequence[Event]:
    """The events that give a merged member the wishes of who is kept, and say that they are here if either is."""
    who = member_account(seat.community, seat.member)
    events: list[Event] = []
    if keeps.locale and now_is.locale != keeps.locale:
        events.append(LanguageChosen(key=f"{why}:language", at=now, who=who, locale=keeps.locale))
    if keeps.zone and now_is.zone != keeps.zone:
        events.append(ZoneChosen(key=f"{why}:zone", at=now, who=who, zone=keeps.zone))
    shown = keeps.hidden, keeps.alias
    if BoardChosen in firm and (now_is.hidden, now_is.alias) != shown:
        events.append(BoardChosen(key=f"{why}:board", at=now, who=who, hidden=keeps.hidden, alias=keeps.alias))
    if NoticesChosen in firm and now_is.notices != keeps.notices:
        events.append(NoticesChosen(key=f"{why}:notices", at=now, who=who, wanted=keeps.notices))
    if (keeps.here or others.here) and not now_is.here:
        events.append(MemberJoined(key=f"{why}:here", at=now, who=who))
    return events
