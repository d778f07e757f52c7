"""Where members come from: tracked links, who came by them, and what became of who came."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from bot.engine.rules import Rules
from bot.events import Account
from bot.storage import newcomers
from bot.storage.ledger import EVENTS, MEMBERS, seats, table, upsert
from bot.storage.outcomes import Window, revenue
from bot.storage.tables_experiments import ArrivalRow, SourceRow
from bot.words import Word

SOURCES, ARRIVALS = table(SourceRow), table(ArrivalRow)
STAYS = timedelta(days=28)
LOOKED = 3650
"""Days after coming in which payments count."""


class Source(Word, frozen=True):
    """A tracked link: `cost` in minor units of `currency`; one member by it counts `weight`."""

    id: int
    name: str
    link: str
    platform: str
    cost: int = 0
    currency: str = ""
    weight: float = 1.0
    closed: bool = False


class Harvest(Word, frozen=True):
    """What a source brought: members who `came`; of those here for 28 days (`known`) those who `stayed`; who `paid`.

    `revenue` is net, in minor units of the books' currency. `stayed` is having been active after those 28 days.
    """

    source: Source
    came: int
    known: int
    stayed: int
    paid: int
    revenue: int

    @property
    def counts(self) -> float:
        """Its part of F = Σ weight × members by source."""
        return self.source.weight * self.came


def create(connection: Connection, community: int, source: Source, space: str, now: datetime) -> int:
    """Remember a source; `source.id` is not looked at. Returns its number."""
    row = {
        "community_id": community,
        "name": source.name,
        "link": source.link,
        "platform": source.platform,
        "space": space,
        "cost": source.cost,
        "currency": source.currency,
        "weight": round(source.weight * 100),
        "uses": 0,
        "closed": False,
        "at": now,
    }
    number: int = connection.execute(insert(SOURCES).values(row).returning(SOURCES.c.id)).scalar_one()
    return number


def of_community(connection: Connection, community: int) -> list[Source]:
    """All of a community, in the order made."""
    query = select(SOURCES).where(SOURCES.c.community_id == community).order_by(SOURCES.c.id)
    return [_source(row) for row in connection.execute(query)]


def find(connection: Connection, community: int, name: str) -> Source | None:
    """The source of this name."""
    return next((one for one in of_community(connection, community) if one.name.casefold() == name.casefold()), None)


def spend(connection: Connection, number: int, cost: int, currency: str, weight: float, *, closed: bool) -> None:
    """Change what a source cost, how much it counts, and whether it is over."""
    changed = {"cost": cost, "currency": currency, "weight": round(weight * 100), "closed": closed}
    connection.execute(update(SOURCES).where(SOURCES.c.id == number).values(changed))


def _source(row: Any) -> Source:
    return Source(
        id=row.id,
        name=row.name,
        link=row.link,
        platform=row.platform,
        cost=row.cost,
        currency=row.currency,
        weight=row.weight / 100,
        closed=row.closed,
    )


# ---------------------------------------------------------------------- who came


def links(connection: Connection, platform: str, space: str) -> frozenset[str]:
    """The links of sources into a space."""
    c = SOURCES.c
    return frozenset(connection.scalars(select(c.link).where(c.platform == platform, c.space == space)))


def count_uses(connection: Connection, uses: Mapping[str, int]) -> None:
    """Note how often links were used by now."""
    for link, number in uses.items():
        connection.execute(update(SOURCES).where(SOURCES.c.link == link).values(uses=number))


def came(connection: Connection, link: str, who: Account, at: datetime) -> bool:
    """Note that somebody came by a link; returns whether that counts.

    It does not for a link that is no source's, nor for who was there before: of whom anything is in the log, who came
    by a source already, or who had their data erased.
    """
    source = connection.execute(select(SOURCES.c.id, SOURCES.c.community_id).where(SOURCES.c.link == link)).first()
    if source is None:
        return False
    (seat,) = seats(connection, [who]).values()
    if source.community_id != seat.community or seat.since is not None:
        return False
    known = select(EVENTS.c.id).where(EVENTS.c.member_id == seat.member, EVENTS.c.at < at)
    if connection.scalar(known.limit(1)) is not None:
        return False
    return _arrived(connection, seat.community, source.id, seat.member, at)


def _arrived(connection: Connection, community: int, source: int, member: int, at: datetime) -> bool:
    row = {"community_id": community, "source_id": source, "member_id": member, "at": at}
    once = upsert(connection, ARRIVALS).on_conflict_do_nothing(index_elements=["member_id"]).returning(ARRIVALS.c.id)
    return connection.scalar(once, row) is not None


def by_code(connection: Connection, account: Account, code: str, now: datetime) -> int:
    """Make whoever presses Start by a source's tag a member of its community; returns its number, 0 for none.

    Raises LookupError when the tag is nobody's and there are several communities to choose from.
    """
    c = SOURCES.c
    source = connection.execute(select(SOURCES).where(c.link.endswith(f"={code}", autoescape=True)).limit(1)).first()
    if source is None:
        return newcomers.enrol(connection, account, 0, now)
    known = newcomers.member_of(connection, account, source.community_id)
    number = newcomers.enrol(connection, account, source.community_id, now)
    new = newcomers.member_of(connection, account, source.community_id)
    if known is None and new is not None:
        _arrived(connection, source.community_id, source.id, new, now)
    return number


def unite(connection: Connection, keep: int, other: int) -> None:
    """Of two members who become one, the earlier arrival is left."""
    a = ARRIVALS.c
    query = select(a.id).where(a.member_id.in_((keep, other))).order_by(a.at, a.id)
    later = list(connection.scalars(query))[1:]
    if later:
        connection.execute(delete(ARRIVALS).where(a.id.in_(later)))


# ---------------------------------------------------------------------- what it brought


def harvest(connection: Connection, community: int, rules: Rules, now: datetime) -> list[Harvest]:
    """What each source brought so far."""
    a = ARRIVALS.c
    rows = connection.execute(
        select(a.source_id, a.member_id, a.at, MEMBERS.c.last_at)
        .join(MEMBERS, MEMBERS.c.id == a.member_id)
        .where(a.community_id == community)
    ).all()
    since = {row.member_id: row.at for row in rows}
    money = revenue(Window(connection, community, since, LOOKED, rules))
    by_source: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        by_source[row.source_id].append(row)
    return [_harvest(one, by_source[one.id], money, now) for one in of_community(connection, community)]


def _harvest(source: Source, came_: Sequence[Any], money: Mapping[int, float], now: datetime) -> Harvest:
    known = [row for row in came_ if row.at + STAYS <= now]
    return Harvest(
        source=source,
        came=len(came_),
        known=len(known),
        stayed=sum(row.last_at is not None and row.last_at >= row.at + STAYS for row in known),
        paid=sum(money.get(row.member_id, 0) > 0 for row in came_),
        revenue=round(sum(money.get(row.member_id, 0) for row in came_)),
    )


def total(harvests: Sequence[Harvest]) -> float:
    """F = Σ weight × members, over the sources."""
    return sum(one.counts for one in harvests)
