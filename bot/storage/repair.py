"""Repair: where the register of grants differs from what stands open, and the effects that mend it.

A second repair finds nothing new to do. What a human took back (`held`) is no difference: it is respected.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, func, select

from bot.effects import Alert, GrantAccess, RevokeAccess
from bot.events import Account, member_account
from bot.state import MemberState
from bot.storage import grants, outbox
from bot.storage.gates import GATES
from bot.storage.ledger import ACCOUNTS, MEMBERS, Seat
from bot.storage.outbox import OUTBOX
from bot.words import Word, from_json, replace

SETTLED = ("giving", "granted", "found", "held")
"""What needs nothing to be done while the gate is open."""


class Difference(Word, frozen=True):
    """One account's way into one place that is `missing` or `extra`; `status` and `why` are the register's."""

    member: int
    name: str
    platform: str
    space: str
    user: str
    target: str
    gate: str
    kind: Literal["missing", "extra"]
    status: str = ""
    why: str = ""


def differences(connection: Connection, community: int) -> list[Difference]:
    """Everything that should be given and is not, and what we gave and should not be any more."""
    wanted = _wanted(connection, community)
    known = {(one.platform, one.target, one.user): one for one in grants.of_community(connection, community)}
    under_way = _under_way(connection, community)
    found: list[Difference] = []
    for place, one in wanted.items():
        grant = known.get(place)
        if place not in under_way and (grant is None or grant.status not in SETTLED):
            found.append(one if grant is None else replace(one, status=grant.status, why=grant.why))
    for place, grant in known.items():
        if place not in wanted and place not in under_way and grant.status in grants.OURS:
            extra = Difference(
                member=grant.member,
                name=grant.name,
                platform=grant.platform,
                space=grant.space,
                user=grant.user,
                target=grant.target,
                gate=grant.gate,
                kind="extra",
                status=grant.status,
                why=grant.why,
            )
            found.append(extra)
    return found


def _wanted(connection: Connection, community: int) -> dict[tuple[str, str, str], Difference]:
    behind: dict[str, list[tuple[str, str, str]]] = {}
    for row in connection.execute(select(GATES).where(GATES.c.community_id == community)):
        behind.setdefault(row.gate, []).append((row.platform, row.space, f"{row.kind}:{row.target}"))
    query = (
        select(MEMBERS.c.id, MEMBERS.c.name, MEMBERS.c.state, ACCOUNTS.c.platform, ACCOUNTS.c.external)
        .join(ACCOUNTS, ACCOUNTS.c.member_id == MEMBERS.c.id)
        .where(MEMBERS.c.community_id == community, MEMBERS.c.state.contains('"open":['))
    )
    return {
        (platform, target, user): Difference(
            member=member,
            name=name,
            platform=platform,
            space=space,
            user=user,
            target=target,
            gate=gate,
            kind="missing",
        )
        for member, name, state, platform, user in connection.execute(query)
        for gate in from_json(MemberState, state).access.open
        for where, space, target in behind.get(gate, [])
        if where == platform
    }


def ask_creator(connection: Connection, community: int, concerned: int, now: datetime) -> None:
    """Tell the staff, once a day, that a correction which concerns so many members waits for a word of theirs."""
    anybody: int | None = connection.scalar(select(func.min(MEMBERS.c.id)).where(MEMBERS.c.community_id == community))
    if anybody is None:
        return
    alert = outbox.Wanted(
        seat=Seat(member=anybody, community=community),
        key=f"mass:{community}:{now:%Y-%m-%d}",
        heard=member_account(community, anybody),
        effect=Alert(notice="staff_mass_change", values={"n": concerned}),
    )
    outbox.post(connection, [alert], now)


def _under_way(connection: Connection, community: int) -> set[tuple[str, str, str]]:
    c = OUTBOX.c
    query = select(c.platform, c.target, c.user).where(c.community_id == community, c.done_at.is_(None))
    return {(platform, target, user) for platform, target, user in connection.execute(query)}


def mend(connection: Connection, community: int, found: Sequence[Difference], now: datetime, why: str) -> int:
    """Give what is missing and take what is extra; returns how many effects that takes.

    What was `found` before this transaction began may be otherwise by now: only what is still so is mended.
    """
    still = set(differences(connection, community)) if found else set()
    wanted = [
        outbox.Addressed(
            seat=Seat(member=one.member, community=community, name=one.name),
            key=f"{why}:{one.member}:{one.gate}",
            account=Account(platform=one.platform, space=one.space, user=one.user),
            target=one.target,
            effect=GrantAccess(gate=one.gate) if one.kind == "missing" else RevokeAccess(gate=one.gate),
        )
        for one in found
        if one in still
    ]
    return outbox.address(connection, wanted, now)
