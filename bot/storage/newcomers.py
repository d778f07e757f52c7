"""Newcomers: who writes to the bot in private before it ever heard of them, by a community's link or to buy."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from bot.events import Account
from bot.state import MemberState
from bot.storage import codes, members
from bot.storage.codes import Code
from bot.storage.gates import GATES
from bot.storage.ledger import ACCOUNTS, MEMBERS, SPACES
from bot.text import display_name
from bot.words import to_json


def enrol(connection: Connection, account: Account, community: int, now: datetime) -> int:
    """Make an account a member of a community if it is none yet; returns the community's number.

    With `community` 0 whoever is in one already stays as they are, and 0 is returned; others come into the only one
    there is. Raises LookupError when there is no such community, or there are several to choose from.
    """
    c = ACCOUNTS.c
    mine = set(
        connection.scalars(select(c.community_id).where(c.platform == account.platform, c.external == account.user))
    )
    if not community and mine:
        return 0
    there = members.communities(connection)
    number = community or (there[0] if len(there) == 1 else 0)
    if number not in there:
        raise LookupError(f"no community {number}" if community else f"{len(there)} communities, and none was named")
    if number not in mine:
        _add(connection, account, number, now)
    return number


def enrol_by_gift(connection: Connection, account: Account, text: str, now: datetime) -> int:
    """Make whoever has a good gift code a member of the community it was bought in, else as `enrol` does."""
    code = codes.look(connection, text, ("gift",), now)
    return enrol(connection, account, code.community if isinstance(code, Code) else 0, now)


def member_of(connection: Connection, account: Account, community: int) -> int | None:
    """The member of a community with this account, wherever it is; None when there is none."""
    c = ACCOUNTS.c
    mine = (c.community_id == community, c.platform == account.platform, c.external == account.user)
    return connection.scalar(select(c.member_id).where(*mine))


def _add(connection: Connection, account: Account, community: int, now: datetime) -> None:
    name = display_name(account.name or account.user)
    made = {"community_id": community, "name": name, "locale": "", "points": 0, "level": 0}
    member = connection.execute(
        insert(MEMBERS).values(**made, state=to_json(MemberState()).decode()).returning(MEMBERS.c.id)
    ).scalar_one()
    connection.execute(
        insert(ACCOUNTS).values(
            platform=account.platform,
            external=account.user,
            community_id=community,
            space=_space(connection, community, account.platform),
            member_id=member,
            name=name,
            private_at=now,
        )
    )


def _space(connection: Connection, community: int, platform: str) -> str:
    """The place of a community on a platform by which an account is known there; '' when it has none."""
    c = SPACES.c
    own = select(c.external).where(c.community_id == community, c.platform == platform).order_by(c.id)
    doors = select(GATES.c.space).where(GATES.c.community_id == community, GATES.c.platform == platform)
    return connection.scalar(own.limit(1)) or connection.scalar(doors.order_by(GATES.c.id).limit(1)) or ""
