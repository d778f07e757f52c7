"""Campaigns: whom they are for, the nudges they are sent by, what they cost and what came of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, func, insert, select, update

from bot.engine.experiments.assignment import holdout, unit
from bot.engine.membership import OPEN, Phase, phase
from bot.engine.nudges.decision import split
from bot.engine.nudges.table import Kind
from bot.engine.rules import Rules
from bot.state import MemberState
from bot.storage import budgets, coupons, nudges
from bot.storage.budgets import NUDGE
from bot.storage.ledger import ACCOUNTS, MEMBERS, table
from bot.storage.nudges import NUDGES, Planned
from bot.storage.tables_experiments import CampaignRow
from bot.storage.tables_retention import SegmentRow
from bot.words import Word, from_json, replace, to_json

CAMPAIGNS, SEGMENTS = table(CampaignRow), table(SegmentRow)
Whom = Literal["all", "new", "member", "lapsed"]


class Audience(Word, frozen=True):
    """Whom a campaign is for: by what they bought, their `segment`, at least a `level`, with an account on `platform`.

    What is left out ('' or 0) does not matter.
    """

    whom: Whom = "all"
    segment: str = ""
    level: int = 0
    platform: str = ""


class Brief(Word, frozen=True):
    """What a campaign says, to whom, and what it may cost.

    The `text` goes out with the `coupon`, through the `surface` alone if one is named. A part `holdout` of the audience
    gets nothing, to compare by `outcome` after so many `days`. It ends at `contacts` members written to, or when its
    coupon has taken off `money` (minor units of `currency`); 0 is no end.
    """

    text: str
    audience: Audience = Audience()
    coupon: str = ""
    surface: Kind | Literal[""] = ""
    holdout: float = 0.1
    contacts: int = 0
    money: int = 0
    currency: str = ""
    outcome: str = "active"
    days: int = 14
    launched: bool = False


class Campaign(Word, frozen=True):
    """A campaign from `starts_at` to `ends_at`; `why` says what stopped it earlier: 'creator' or 'budget'."""

    id: int
    community: int
    name: str
    starts_at: datetime
    ends_at: datetime
    brief: Brief
    stopped_at: datetime | None = None
    why: str = ""


class Tally(Word, frozen=True):
    """What became of a campaign's nudges, in members; who used its coupon, and what that took off (minor units)."""

    waiting: int
    sent: int
    held: int
    dropped: int
    redeemed: int
    off: int


def create(
    connection: Connection, community: int, name: str, starts_at: datetime, ends_at: datetime, brief: Brief
) -> int:
    """Plan a campaign; returns its number. `letters` and `launch` begin it when its time has come."""
    values: dict[str, Any] = {"community_id": community, "name": name, "starts_at": starts_at, "ends_at": ends_at}
    row = insert(CAMPAIGNS).values(**values, why="", data=to_json(brief).decode()).returning(CAMPAIGNS.c.id)
    number: int = connection.execute(row).scalar_one()
    return number


def of_community(connection: Connection, community: int) -> list[Campaign]:
    """All of a community, the newest first."""
    return _found(connection, CAMPAIGNS.c.community_id == community)


def stop(connection: Connection, number: int, why: str, now: datetime) -> int:
    """End a campaign: what waits is not sent. Returns how many that were."""
    c, n = CAMPAIGNS.c, NUDGES.c
    connection.execute(update(CAMPAIGNS).where(c.id == number, c.stopped_at.is_(None)).values(stopped_at=now, why=why))
    mine = (n.nudge == NUDGE, n.about == str(number))
    connection.execute(update(NUDGES).where(*mine, n.state == "queued").values(until=now))  # not delivered any more
    waits = (*mine, n.state == "due")
    return connection.execute(update(NUDGES).where(*waits).values(state="dropped", why="off")).rowcount


def audience(connection: Connection, community: int, whom: Audience, rules: Rules, now: datetime) -> dict[int, str]:
    """{member: name} of those a campaign is for, who are here and want news; brakes are asked later, one by one."""
    c = MEMBERS.c
    query = select(c.id, c.name, c.state).where(c.community_id == community, c.here.is_(True), c.level >= whom.level)
    if whom.segment:
        s = SEGMENTS.c
        query = query.where(c.id.in_(select(s.member_id).where(s.community_id == community, s.segment == whom.segment)))
    if whom.platform:
        a = ACCOUNTS.c
        query = query.where(
            c.id.in_(select(a.member_id).where(a.community_id == community, a.platform == whom.platform))
        )
    found = {}
    for member, name, data in connection.execute(query.order_by(c.id)):
        state = from_json(MemberState, data)
        contact = state.contact
        wanted = contact.notices and "news" not in contact.muted and contact.complained_at is None
        if wanted and whom.whom in ("all", bought(state, now, rules)):
            found[member] = name
    return found


def bought(state: MemberState, now: datetime, rules: Rules) -> Whom:
    """Whether somebody never had a plan, has one, or had one (`bot.till.counter.segment`)."""
    phases = {phase(one, now, rules) for one in state.membership.subscriptions} - {Phase.PENDING}
    return "member" if phases & OPEN else "lapsed" if phases else "new"


def chosen(community: int, number: int, people: Mapping[int, str], brief: Brief) -> list[int]:
    """Whom a campaign goes to: all, or as many as it may contact, drawn by the hash, and their part of the hold-out."""
    if not brief.contacts:
        return list(people)
    found: list[int] = []
    left = brief.contacts
    for member in sorted(people, key=lambda member: unit(f"campaign:{number}", member)):
        found.append(member)
        left -= not holdout(split(community, NUDGE, str(number)), member, brief.holdout)
        if not left:
            break
    return found


def waiting(connection: Connection, community: int, now: datetime) -> list[Campaign]:
    """Those whose time has come and that are not over: to begin, or to look after."""
    c = CAMPAIGNS.c
    return _found(connection, c.community_id == community, c.stopped_at.is_(None), c.starts_at <= now)


def letters(connection: Connection, one: Campaign, rules: Rules, now: datetime) -> list[Planned]:
    """A campaign as nudges, whose brakes, hold-out and surfaces are those of all: a row for each whom it goes to."""
    people = audience(connection, one.community, one.brief.audience, rules, now)
    rows: list[Planned] = []
    for member in chosen(one.community, one.id, people, one.brief):
        data: dict[str, int | str] = {
            "text": one.brief.text.replace("{member}", people[member]),
            "holdout": str(one.brief.holdout),
        }
        if one.brief.coupon:
            data["coupon"] = one.brief.coupon
        if one.brief.surface:
            data["surface"] = one.brief.surface
        rows.append((one.community, member, NUDGE, str(one.id), one.starts_at, one.ends_at, data))
    return rows


def launch(connection: Connection, number: int, rows: Sequence[Planned]) -> bool:
    """Hand a campaign to the nudges, once; False where it was begun or stopped meanwhile."""
    c = CAMPAIGNS.c
    found = _found(connection, c.id == number, c.stopped_at.is_(None))
    if not found or found[0].brief.launched:
        return False
    nudges.put(connection, rows)
    begun = to_json(replace(found[0].brief, launched=True)).decode()
    connection.execute(update(CAMPAIGNS).where(c.id == number).values(data=begun))
    return True


def over(connection: Connection, one: Campaign, rules: Rules, now: datetime) -> str:
    """Why a campaign has to end: too little of its money is left, or its coupon is not good any more; '' for not."""
    coupon = coupons.find(connection, one.community, one.brief.coupon) if one.brief.coupon else None
    if coupon is None:
        return "creator" if one.brief.coupon else ""
    if one.brief.money:
        least = budgets.least(coupon, rules.plans, one.brief.currency, rules.membership)
        if tally(connection, one, rules).off + (least or 1) > one.brief.money:
            return "budget"
    if coupon.most and coupons.used(connection, one.community, coupon.code) >= coupon.most:
        return "budget"
    return "creator" if coupon.archived or (coupon.last_on and now.date() > coupon.last_on) else ""


def next_due(connection: Connection) -> datetime | None:
    """When the next campaign is to begin."""
    c = CAMPAIGNS.c
    query = select(func.min(c.starts_at)).where(c.stopped_at.is_(None), c.data.contains('"launched":true').is_(False))
    found: datetime | None = connection.scalar(query)
    return found


def tally(connection: Connection, one: Campaign, rules: Rules) -> Tally:
    """What became of a campaign so far."""
    n = NUDGES.c
    query = select(n.state, func.count()).where(n.nudge == NUDGE, n.about == str(one.id)).group_by(n.state)
    states = {row[0]: row[1] for row in connection.execute(query)}
    coupon = coupons.find(connection, one.community, one.brief.coupon) if one.brief.coupon else None
    uses = [] if coupon is None else budgets.used(connection, one.id, coupon)
    books = one.brief.currency or rules.membership.currency
    return Tally(
        waiting=states.get("due", 0),
        sent=states.get("sent", 0) + states.get("queued", 0),
        held=states.get("held", 0),
        dropped=states.get("dropped", 0),
        redeemed=len(uses),
        off=budgets.total(uses, books, rules.membership),
    )


def _found(connection: Connection, *where: Any) -> list[Campaign]:
    query = select(CAMPAIGNS).where(*where).order_by(CAMPAIGNS.c.id.desc())
    return [
        Campaign(
            id=row.id,
            community=row.community_id,
            name=row.name,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            brief=from_json(Brief, row.data),
            stopped_at=row.stopped_at,
            why=row.why,
        )
        for row in connection.execute(query)
    ]
