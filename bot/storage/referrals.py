"""Links by which members invite others, and who came by them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from bot.events import Account
from bot.state import MemberState
from bot.storage import newcomers, sources
from bot.storage.ledger import EVENTS, MEMBERS, seats, table, upsert
from bot.storage.tables import ReferralLinkRow, ReferralRow
from bot.words import Word, from_json, replace

LINKS, REFERRALS = table(ReferralLinkRow), table(ReferralRow)


class Referral(Word, frozen=True):
    """The member `guest` came by a link of the member `inviter`."""

    id: int
    community: int
    inviter: int
    guest: int


def link_of(connection: Connection, member: int, platform: str, space: str) -> str:
    """A member's own link into a space; '' when they have none."""
    c = LINKS.c
    query = select(c.link).where(c.member_id == member, c.platform == platform, c.space == space)
    return connection.scalar(query.order_by(c.at.desc()).limit(1)) or ""


def keep_link(
    connection: Connection, link: str, *, community: int, member: int, platform: str, space: str, now: datetime
) -> None:
    """Remember a member's link into a space, in the place of one they had before."""
    c = LINKS.c
    connection.execute(delete(LINKS).where(c.member_id == member, c.platform == platform, c.space == space))
    row = {"link": link, "community_id": community, "member_id": member, "platform": platform, "space": space}
    connection.execute(insert(LINKS).values(**row, uses=0, at=now))


def links(connection: Connection, platform: str, space: str) -> frozenset[str]:
    """The links of members, and of sources, into a space."""
    c = LINKS.c
    theirs = frozenset(connection.scalars(select(c.link).where(c.platform == platform, c.space == space)))
    return theirs | sources.links(connection, platform, space)


def count_uses(connection: Connection, uses: Mapping[str, int]) -> None:
    """Note how often links were used by now."""
    for link, number in uses.items():
        connection.execute(update(LINKS).where(LINKS.c.link == link).values(uses=number))
    sources.count_uses(connection, uses)


def came(connection: Connection, link: str, who: Account, at: datetime) -> bool:
    """Note that somebody came by a link; returns whether that counts.

    It does not for a link that is nobody's, for oneself, and for who was there before: of whom anything is in the log,
    who was invited already, or who had their data erased. Twice is once. A link may be a source's, too (`sources.py`).
    """
    owner = connection.execute(select(LINKS).where(LINKS.c.link == link)).first()
    if owner is None:
        return sources.came(connection, link, who, at)
    (seat,) = seats(connection, [who]).values()
    if seat.community != owner.community_id or seat.member == owner.member_id or seat.since is not None:
        return False
    c = EVENTS.c
    if connection.scalar(select(c.id).where(c.member_id == seat.member, c.at < at).limit(1)) is not None:
        return False
    row = {"community_id": seat.community, "member_id": owner.member_id, "guest_id": seat.member, "at": at}
    once = upsert(connection, REFERRALS).on_conflict_do_nothing(index_elements=["guest_id"])
    return connection.scalar(once.returning(REFERRALS.c.id), row) is not None


def by_code(connection: Connection, account: Account, code: str, now: datetime) -> int:
    """Make whoever comes by a link that ends with `code` a member of its community; returns its number, 0 for none.

    Raises LookupError when the link is nobody's and there are several communities to choose from.
    """
    c = LINKS.c
    owner = connection.execute(select(LINKS).where(c.link.endswith(f"={code}", autoescape=True)).limit(1)).first()
    if owner is None:
        return newcomers.enrol(connection, account, 0, now)
    known = newcomers.member_of(connection, account, owner.community_id)
    number = newcomers.enrol(connection, account, owner.community_id, now)
    if known is None:
        came(connection, owner.link, replace(account, space=owner.space), now)
    return number


def waiting(connection: Connection, since: datetime, until: datetime, days: int) -> list[Referral]:
    """Who came between two times, is here, and was active on so many days; those that earned something are left out."""
    c = REFERRALS.c
    query = select(c.id, c.community_id, c.member_id, c.guest_id, MEMBERS.c.state).join(
        MEMBERS, MEMBERS.c.id == c.guest_id
    )
    query = query.where(c.counted_at.is_(None), c.at >= since, c.at <= until, MEMBERS.c.here.is_(True)).order_by(c.id)
    return [
        Referral(id=row.id, community=row.community_id, inviter=row.member_id, guest=row.guest_id)
        for row in connection.execute(query)
        if from_json(MemberState, row.state).habit.days >= days
    ]


def counted(connection: Connection, referral: int, now: datetime) -> None:
    """Tick a referral off: it has earned its points."""
    connection.execute(update(REFERRALS).where(REFERRALS.c.id == referral).values(counted_at=now))


def tally(connection: Connection, member: int) -> tuple[int, int]:
    """(how many came by a member's links, how many of them have stayed)."""
    c = REFERRALS.c
    query = select(func.count(), func.count(c.counted_at)).where(c.member_id == member)
    came_, stayed = connection.execute(query).one()
    return came_, stayed
