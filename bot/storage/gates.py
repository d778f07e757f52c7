"""What stands behind a gate: bound and unbound by the creator, with the members concerned let in or out at once."""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update
from sqlmodel import Session, col
from sqlmodel import select as rows

from bot.effects import GrantAccess, RevokeAccess
from bot.events import member_account
from bot.state import MemberState
from bot.storage import outbox
from bot.storage.ledger import MEMBERS, Seat, table, upsert
from bot.storage.tables import GateRow
from bot.text import display_name
from bot.words import from_json

GATES = table(GateRow)


def bind(
    connection: Connection,
    *,
    community: int,
    gate: str,
    platform: str,
    space: str,
    kind: str,
    target: str,
    now: datetime,
) -> int:
    """Put a role, channel or chat behind a gate.

    Members to whom the gate stands open are let in; returns how many effects that takes. Binding twice changes
    nothing.
    """
    row = {"community_id": community, "gate": gate, "platform": platform, "space": space, "kind": kind}
    connection.execute(upsert(connection, GATES).on_conflict_do_nothing(), {**row, "target": target, "name": ""})
    return _tell(connection, community, gate, f"bind:{platform}:{kind}:{target}", now, GrantAccess(gate=gate))


def name(connection: Connection, community: int, platform: str, target: str, called: str) -> None:
    """Remember what a role, channel or chat behind gates is called on its platform."""
    c = GATES.c
    there = (c.community_id == community, c.platform == platform, c.target == target)
    connection.execute(update(GATES).where(*there).values(name=display_name(called)))


def unbind(connection: Connection, *, community: int, gate: str, platform: str, now: datetime) -> int:
    """Take everything on a platform from behind a gate; whoever was let in by it is let out.

    Returns how many effects.
    """
    told = _tell(connection, community, gate, f"unbind:{platform}", now, RevokeAccess(gate=gate), only=platform)
    c = GATES.c
    connection.execute(delete(GATES).where(c.community_id == community, c.gate == gate, c.platform == platform))
    return told


def bound(connection: Connection, community: int) -> list[GateRow]:
    """What stands behind the community's gates."""
    with Session(connection) as session:
        found = list(session.exec(rows(GateRow).where(GateRow.community_id == community).order_by(col(GateRow.id))))
        session.expunge_all()
        return found


def _tell(
    connection: Connection,
    community: int,
    gate: str,
    why: str,
    now: datetime,
    effect: GrantAccess | RevokeAccess,
    only: str | None = None,
) -> int:
    query = select(MEMBERS.c.id, MEMBERS.c.state).where(MEMBERS.c.community_id == community)
    states = [(member, from_json(MemberState, state).access.open) for member, state in connection.execute(query)]
    wanted = [
        outbox.Wanted(
            seat=Seat(member=member, community=community),
            key=f"{why}:{gate}:{now.isoformat()}:{member}",
            heard=member_account(community, member),
            effect=effect,
            open=tuple([one for one in open_ if one != gate]),
        )
        for member, open_ in states
        if gate in open_
    ]
    return outbox.post(connection, wanted, now, only=only)
