"""Grants: what was opened to whom, by us or before us, and what became of it. Only what we gave is ever taken back.

A grant is `wanted` when it is written to the outbox. Before it is performed the platform is asked whether it is so
already: then it was `found`, and is not ours. Else it is marked `giving` before the deed and `granted` after it, so
that a death between the two leaves no doubt whose it is. `blocked` says who must do what, `away` that the account is
not there, `held` that a human took it back: it is not given again until what it rests on begins anew. `gone` is over.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, select, update

from bot.events import Account
from bot.storage import bulk
from bot.storage.ledger import MEMBERS, table, upsert
from bot.storage.tables import GrantRow
from bot.words import Word

GRANTS = table(GrantRow)

Status = Literal["wanted", "giving", "granted", "found", "blocked", "away", "held", "gone"]
OURS = ("giving", "granted")
"""What is ours to take back."""
Place = tuple[str, str, str, int]
"""(platform, target, user, community): where an account is let in."""


class Grant(Word, frozen=True):
    """One account's way into one place; `since` is when its status began."""

    member: int
    name: str
    platform: str
    space: str
    user: str
    target: str
    gate: str
    status: Status
    why: str
    since: datetime


def place(row: dict[str, Any]) -> Place:
    """The place an outbox row is about."""
    return row["platform"], row["target"], row["user"], row["community_id"]


def statuses(connection: Connection, members: Iterable[int]) -> dict[Place, Status]:
    """What is known of members' grants."""
    c = GRANTS.c
    query = select(c.platform, c.target, c.user, c.community_id, c.status).where(
        bulk.among(connection, c.member_id, list(members))
    )
    return {
        (platform, target, user, number): status for platform, target, user, number, status in connection.execute(query)
    }


def status(connection: Connection, at: Place) -> Status | None:
    """How it stands with one place; None when it was never asked for."""
    found: Status | None = connection.scalar(select(GRANTS.c.status).where(*_at(at)))
    return found


def put(connection: Connection, rows: list[dict[str, Any]], status: Status, now: datetime) -> None:
    """Write how it stands with the places that outbox rows (with their `gate`) are about."""
    if not rows:
        return
    values = [
        {
            "community_id": row["community_id"],
            "member_id": row["member_id"],
            "platform": row["platform"],
            "space": row["space"],
            "user": row["user"],
            "target": row["target"],
            "gate": row["gate"],
            "status": status,
            "why": "",
            "at": now,
        }
        for row in rows
    ]
    statement = upsert(connection, GRANTS)
    changed = {name: statement.excluded[name] for name in ("member_id", "space", "gate", "status", "why", "at")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["platform", "target", "user", "community_id"], set_=changed),
        values,
    )


def settle(
    connection: Connection,
    at: Place,
    status: Status,
    now: datetime,
    why: str = "",
    *,
    unless: Status | Literal[""] = "",
) -> None:
    """Say how it stands with a grant now, unless it stands otherwise meanwhile."""
    told = update(GRANTS).where(*_at(at), GRANTS.c.status != unless)
    connection.execute(told.values(status=status, why=why[:500], at=now))


def hold(connection: Connection, platform: str, target: str, user: str, now: datetime) -> int:
    """A human took back what we gave: it is not given again by itself. Returns how many grants that was."""
    c = GRANTS.c
    held = update(GRANTS).where(
        c.platform == platform, c.target == target, c.user == user, c.status.in_(("giving", "granted", "found"))
    )
    return connection.execute(held.values(status="held", at=now)).rowcount


def leave(connection: Connection, who: Account, at: datetime) -> None:
    """An account left its space, and its roles are gone with it; what was given later than `at` is not concerned."""
    c = GRANTS.c
    theirs = (c.platform == who.platform, c.space == who.space, c.user == who.user, c.target.startswith("role:"))
    lost = update(GRANTS).where(*theirs, c.status.in_(("granted", "found")), c.at <= at)
    connection.execute(lost.values(status="away", at=at))


def of_member(connection: Connection, member: int) -> list[Grant]:
    """A member's grants that are not over."""
    return _grants(connection, GRANTS.c.member_id == member)


def of_community(connection: Connection, community: int) -> list[Grant]:
    """All grants of a community that are not over."""
    return _grants(connection, GRANTS.c.community_id == community)


def given(connection: Connection, community: int | None) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """{(platform, space): [(target, user)]} of everything that we gave, in one community or in all."""
    c = GRANTS.c
    query = select(c.platform, c.space, c.target, c.user).where(c.status == "granted")
    if community is not None:
        query = query.where(c.community_id == community)
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for platform, space, target, user in connection.execute(query.order_by(c.id)):
        found.setdefault((platform, space), []).append((target, user))
    return found


def away(connection: Connection, community: int | None) -> dict[tuple[str, str], set[str]]:
    """{(platform, space): users} of accounts that were not there when they were to be let in, or left since."""
    c = GRANTS.c
    query = select(c.platform, c.space, c.user).where(c.status == "away")
    if community is not None:
        query = query.where(c.community_id == community)
    found: dict[tuple[str, str], set[str]] = {}
    for platform, space, user in connection.execute(query):
        found.setdefault((platform, space), set()).add(user)
    return found


def _grants(connection: Connection, where: Any) -> list[Grant]:
    c = GRANTS.c
    query = select(GRANTS, MEMBERS.c.name).join(MEMBERS, MEMBERS.c.id == c.member_id).where(where, c.status != "gone")
    return [
        Grant(
            member=row.member_id,
            name=row.name,
            platform=row.platform,
            space=row.space,
            user=row.user,
            target=row.target,
            gate=row.gate,
            status=row.status,
            why=row.why,
            since=row.at,
        )
        for row in connection.execute(query.order_by(c.id))
    ]


def _at(at: Place) -> tuple[Any, ...]:
    c = GRANTS.c
    platform, target, user, community = at
    return c.platform == platform, c.target == target, c.user == user, c.community_id == community
