"""The doors of chats behind gates: who asks, whose an invite link is, and whom a human banned, let in or put out."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, select, tuple_, update

from bot.events import Account
from bot.state import MemberState
from bot.storage import grants
from bot.storage.gates import GATES
from bot.storage.grants import GRANTS, Status
from bot.storage.ledger import ACCOUNTS, MEMBERS, SPACES, seats, table, upsert
from bot.storage.tables import BanRow, InviteRow
from bot.words import Word, from_json

INVITES, BANS = table(InviteRow), table(BanRow)

NOT_OURS = ("wanted", "giving", "granted", "blocked", "away")
"""What becomes `found` when a human lets somebody in."""


class Guest(Word, frozen=True):
    """A member before a chat's door, the `target` behind `gate`; `locale` is the language they chose.

    `open` says whether they may come in, `held` that a human put them out.
    """

    member: int
    community: int
    gate: str
    target: str
    name: str
    locale: str
    open: bool
    held: bool = False


def guarded(connection: Connection, platform: str) -> frozenset[str]:
    """The ids of the chats and channels behind gates."""
    c = GATES.c
    return frozenset(connection.scalars(select(c.target).where(c.platform == platform, c.kind != "role").distinct()))


def behind(connection: Connection, platform: str, space: str) -> list[str]:
    """The ids of the other chats and channels behind the gates of the community that a space is part of."""
    c = GATES.c
    query = (
        select(c.target)
        .join(SPACES, SPACES.c.community_id == c.community_id)
        .where(SPACES.c.platform == platform, SPACES.c.external == space)
        .where(c.platform == platform, c.kind != "role", c.target != space)
    )
    return sorted(set(connection.scalars(query)))


def guest(connection: Connection, platform: str, chat: str, user: str) -> Guest | None:
    """Who asks at the door of a chat, by the gate that is open to them.

    None for somebody who is of none of the communities it belongs to.
    """
    held = select(GRANTS.c.id).where(*_here(platform, chat, user), GRANTS.c.status == "held")
    query = (
        select(MEMBERS, GATES.c.gate, GATES.c.kind, GATES.c.target, held.exists().label("held"))
        .join(ACCOUNTS, ACCOUNTS.c.member_id == MEMBERS.c.id)
        .join(GATES, GATES.c.community_id == MEMBERS.c.community_id)
        .where(ACCOUNTS.c.platform == platform, ACCOUNTS.c.external == user)
        .where(GATES.c.platform == platform, GATES.c.target == chat, GATES.c.kind != "role")
        .order_by(MEMBERS.c.id)
    )
    guests = [
        Guest(
            member=row.id,
            community=row.community_id,
            gate=row.gate,
            target=f"{row.kind}:{row.target}",
            name=row.name,
            locale=row.locale,
            open=row.gate in from_json(MemberState, row.state).access.open,
            held=row.held,
        )
        for row in connection.execute(query)
    ]
    return max(guests, key=lambda one: one.open, default=None)


def enrol(connection: Connection, platform: str, chat: str, user: str, name: str) -> None:
    """Make whoever knocks at the door of a chat a member of the community it belongs to, if they are of none yet."""
    communities = connection.scalars(
        select(GATES.c.community_id).where(GATES.c.platform == platform, GATES.c.target == chat, GATES.c.kind != "role")
    )
    community = next(iter(communities), None)
    if community is None:
        return
    space = connection.scalar(
        select(SPACES.c.external)
        .where(SPACES.c.platform == platform, SPACES.c.community_id == community)
        .order_by(SPACES.c.external != chat, SPACES.c.id)
    )
    if space is None:  # a community of another platform, with a door on this one
        connection.execute(
            upsert(connection, SPACES).on_conflict_do_nothing(index_elements=["platform", "external"]),
            {"platform": platform, "external": chat, "community_id": community, "name": ""},
        )
        space = chat
    seats(connection, [Account(platform=platform, space=space, user=user, name=name)])


def waiting(connection: Connection, platform: str) -> list[tuple[str, str]]:
    """(chat, user) of those who have a link into a chat that is open to them."""
    c = INVITES.c
    query = select(c.target, c.user).where(c.platform == platform, c.revoked_at.is_(None)).distinct()
    found = sorted((chat, user) for chat, user in connection.execute(query))
    return [(chat, user) for chat, user in found if (who := guest(connection, platform, chat, user)) and who.open]


def link_of(connection: Connection, platform: str, chat: str, user: str) -> str:
    """The invite link that was made for a user and is good; '' when there is none."""
    query = select(INVITES.c.link).where(*_theirs(platform, chat, user)).order_by(INVITES.c.at.desc())
    return connection.scalar(query) or ""


def owner_of(connection: Connection, platform: str, link: str) -> str:
    """The user whom an invite link was made for, void or not; '' when it is none of ours."""
    query = select(INVITES.c.user).where(INVITES.c.platform == platform, INVITES.c.link == link)
    return connection.scalar(query) or "" if link else ""


def keep_link(
    connection: Connection, platform: str, chat: str, user: str, member: int, link: str, now: datetime
) -> None:
    """Remember for whom an invite link was made."""
    row = {"link": link, "platform": platform, "target": chat, "user": user, "member_id": member, "at": now}
    connection.execute(upsert(connection, INVITES).on_conflict_do_nothing(index_elements=["link"]), row)


def void_links(connection: Connection, platform: str, chat: str, user: str, now: datetime) -> None:
    """The user's links into a chat were revoked."""
    connection.execute(update(INVITES).where(*_theirs(platform, chat, user)).values(revoked_at=now))


def settle(
    connection: Connection, platform: str, chat: str, user: str, who: Guest, status: Status, now: datetime
) -> None:
    """Note how a user stands to what is behind a door."""
    row = {
        "community_id": who.community, "member_id": who.member, "platform": platform, "space": chat, "user": user,
        "target": who.target, "gate": who.gate,
    }  # fmt: skip
    grants.put(connection, [row], status, now)


def found(connection: Connection, platform: str, chat: str, user: str, now: datetime) -> None:
    """A human let them in: that is not ours to take back."""
    mine = (*_here(platform, chat, user), GRANTS.c.status.in_(NOT_OURS))
    connection.execute(update(GRANTS).where(*mine).values(status="found", why="", at=now))


def removed(connection: Connection, platform: str, chat: str, user: str, now: datetime) -> None:
    """A human put them out: they are not let in again by themselves."""
    for target in _targets(chat):
        grants.hold(connection, platform, target, user, now)


def lifted(connection: Connection, platform: str, chat: str, user: str, now: datetime) -> None:
    """A human lifted their ban: they may be let in again."""
    held = (*_here(platform, chat, user), GRANTS.c.status == "held")
    connection.execute(update(GRANTS).where(*held).values(status="away", at=now))


def status(connection: Connection, platform: str, chat: str, user: str) -> Status | None:
    """How it stands with a user's way into a chat, if it ever was to be given."""
    found: Status | None = connection.scalar(select(GRANTS.c.status).where(*_here(platform, chat, user)))
    return found


def admitted(connection: Connection, platform: str, chat: str, user: str) -> bool:
    """Whether the way in is one that we gave."""
    return status(connection, platform, chat, user) in grants.OURS


def ban(connection: Connection, platform: str, chat: str, user: str, now: datetime | None) -> None:
    """Note that a human banned somebody from a chat, or (None) that they are banned no more."""
    if now is None:
        c = BANS.c
        connection.execute(delete(BANS).where(c.platform == platform, c.target == chat, c.user == user))
        return
    connection.execute(
        upsert(connection, BANS).on_conflict_do_nothing(index_elements=["platform", "target", "user"]),
        {"platform": platform, "target": chat, "user": user, "at": now},
    )


def banned(connection: Connection, platform: str, chat: str, user: str) -> bool:
    """Whether a human banned them."""
    c = BANS.c
    query = select(c.id).where(c.platform == platform, c.target == chat, c.user == user)
    return connection.scalar(query) is not None


def move(connection: Connection, platform: str, old: str, new: str) -> None:
    """A chat got another id: what is known of its doors follows."""
    connection.execute(
        update(INVITES).where(INVITES.c.platform == platform, INVITES.c.target == old).values(target=new)
    )
    _rename(connection, BANS, (BANS.c.user,), platform, old, new)
    for before, after in zip(_targets(old), _targets(new), strict=True):
        _rename(connection, GRANTS, (GRANTS.c.user, GRANTS.c.community_id), platform, before, after)
    connection.execute(update(GRANTS).where(GRANTS.c.platform == platform, GRANTS.c.space == old).values(space=new))


def _rename(
    connection: Connection, rows: Table, unique: tuple[ColumnElement[Any], ...], platform: str, old: str, new: str
) -> None:
    """Give rows another target, but for those that are there under it already."""
    there = select(*unique).where(rows.c.platform == platform, rows.c.target == new)
    mine = (rows.c.platform == platform) & (rows.c.target == old)
    connection.execute(delete(rows).where(mine, tuple_(*unique).in_(there)))
    connection.execute(update(rows).where(mine).values(target=new))


def _targets(chat: str) -> tuple[str, str]:
    """A chat as what is behind a gate."""
    return f"chat:{chat}", f"channel:{chat}"


def _here(platform: str, chat: str, user: str) -> tuple[ColumnElement[bool], ...]:
    c = GRANTS.c
    return c.platform == platform, c.target.in_(_targets(chat)), c.user == user


def _theirs(platform: str, chat: str, user: str) -> tuple[ColumnElement[bool], ...]:
    c = INVITES.c
    return c.platform == platform, c.target == chat, c.user == user, c.revoked_at.is_(None)
