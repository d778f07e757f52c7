"""The doors of chats behind gates: whose an invite link is, whom we let in, and whom a human banned.

What is not noted here as let in by us is never put out by us.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, select, update

from bot.events import person
from bot.state import MemberState
from bot.storage.gates import GATES
from bot.storage.ledger import ACCOUNTS, COMMUNITIES, MEMBERS, table, upsert
from bot.storage.tables import BanRow, DoorRow
from bot.words import Word, from_json

DOORS, BANS = table(DoorRow), table(BanRow)


class Guest(Word, frozen=True):
    """A member before a chat's door: `locale` is the language to speak to them, `open` whether they may come in."""

    member: int
    community: int
    name: str
    locale: str
    open: bool


def guarded(connection: Connection, platform: str) -> frozenset[str]:
    """The ids of the chats and channels behind gates."""
    c = GATES.c
    return frozenset(connection.scalars(select(c.target).where(c.platform == platform, c.kind != "role").distinct()))


def guest(connection: Connection, platform: str, chat: str, user: str) -> Guest | None:
    """Who asks at the door of a chat; None for somebody who is of none of the communities it belongs to."""
    query = (
        select(MEMBERS, COMMUNITIES.c.locale.label("spoken"), GATES.c.gate)
        .join(ACCOUNTS, ACCOUNTS.c.member_id == MEMBERS.c.id)
        .join(GATES, GATES.c.community_id == MEMBERS.c.community_id)
        .join(COMMUNITIES, COMMUNITIES.c.id == MEMBERS.c.community_id)
        .where(ACCOUNTS.c.platform == platform, ACCOUNTS.c.external == user)
        .where(GATES.c.platform == platform, GATES.c.target == chat, GATES.c.kind != "role")
        .order_by(MEMBERS.c.id)
    )
    guests = [
        Guest(
            member=row.id,
            community=row.community_id,
            name=row.name,
            locale=row.locale or row.spoken,
            open=row.gate in from_json(MemberState, row.state).access.open,
        )
        for row in connection.execute(query)
    ]
    return max(guests, key=lambda one: one.open, default=None)


def waiting(connection: Connection, platform: str) -> list[tuple[str, str]]:
    """(chat, user) of members to whom a chat's door is open, and whom we have not let in."""
    query = (
        select(GATES.c.target, ACCOUNTS.c.external, MEMBERS.c.state, GATES.c.gate)
        .join(MEMBERS, MEMBERS.c.community_id == GATES.c.community_id)
        .join(ACCOUNTS, ACCOUNTS.c.member_id == MEMBERS.c.id)
        .outerjoin(
            DOORS,
            (DOORS.c.platform == platform)
            & (DOORS.c.chat == GATES.c.target)
            & (DOORS.c.external == ACCOUNTS.c.external),
        )
        .where(GATES.c.platform == platform, GATES.c.kind != "role", ACCOUNTS.c.platform == platform)
        .where(DOORS.c.admitted_at.is_(None))
        .order_by(MEMBERS.c.id, GATES.c.target)
    )
    return [
        (chat, user)
        for chat, user, state, gate in connection.execute(query)
        if gate in from_json(MemberState, state).access.open
    ]


def link_of(connection: Connection, platform: str, chat: str, user: str) -> str:
    """The invite link that was made for a member; '' when there is none."""
    return connection.scalar(select(DOORS.c.link).where(*_at(platform, chat, user))) or ""


def owner_of(connection: Connection, platform: str, link: str) -> str:
    """The user whom an invite link was made for; '' when it is none of ours."""
    query = select(DOORS.c.external).where(DOORS.c.platform == platform, DOORS.c.link == link)
    return connection.scalar(query) or "" if link else ""


def keep_link(connection: Connection, platform: str, chat: str, user: str, member: int, link: str) -> None:
    """Remember a member's invite link ('' forgets it)."""
    _put(connection, platform, chat, user, member, {"link": link})


def admit(connection: Connection, platform: str, chat: str, user: str, member: int, now: datetime) -> None:
    """Note that we let a member in. To be noted before it is done: what is not known to be ours is never undone."""
    _put(connection, platform, chat, user, member, {"admitted_at": now})


def release(connection: Connection, platform: str, chat: str, user: str) -> None:
    """They are out, or in by somebody else's doing: nothing of ours is to be taken back."""
    connection.execute(update(DOORS).where(*_at(platform, chat, user)).values(admitted_at=None))


def admitted(connection: Connection, platform: str, chat: str, user: str) -> bool:
    """Whether somebody is in because we let them in."""
    return connection.scalar(select(DOORS.c.admitted_at).where(*_at(platform, chat, user))) is not None


def ban(connection: Connection, platform: str, chat: str, user: str, now: datetime | None) -> None:
    """Note that a human banned somebody from a chat, or (None) that they are banned no more."""
    who = person(platform, user)
    if now is None:
        c = BANS.c
        connection.execute(delete(BANS).where(c.platform == platform, c.chat == chat, c.who == who))
        return
    connection.execute(
        upsert(connection, BANS).on_conflict_do_nothing(index_elements=["platform", "chat", "who"]),
        {"platform": platform, "chat": chat, "who": who, "at": now},
    )


def banned(connection: Connection, platform: str, chat: str, user: str) -> bool:
    """Whether a human banned them."""
    c = BANS.c
    query = select(c.id).where(c.platform == platform, c.chat == chat, c.who == person(platform, user))
    return connection.scalar(query) is not None


def move(connection: Connection, platform: str, old: str, new: str) -> None:
    """A chat got another id: what is known of its doors follows."""
    for rows, key in ((DOORS, DOORS.c.external), (BANS, BANS.c.who)):
        there = select(key).where(rows.c.platform == platform, rows.c.chat == new)
        mine = (rows.c.platform == platform) & (rows.c.chat == old)
        connection.execute(delete(rows).where(mine, key.in_(there)))
        connection.execute(update(rows).where(mine).values(chat=new))


def _at(platform: str, chat: str, user: str) -> tuple[ColumnElement[bool], ...]:
    return DOORS.c.platform == platform, DOORS.c.chat == chat, DOORS.c.external == user


def _put(connection: Connection, platform: str, chat: str, user: str, member: int, values: dict[str, object]) -> None:
    row = {"platform": platform, "chat": chat, "external": user, "member_id": member, "link": "", **values}
    connection.execute(
        upsert(connection, DOORS).on_conflict_do_update(
            index_elements=["platform", "chat", "external"], set_={**values, "member_id": member}
        ),
        row,
    )
