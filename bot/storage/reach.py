"""Access after somebody became somebody else: what was open, what is open now, and what each account lacks of it."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from bot.effects import GrantAccess, RevokeAccess
from bot.events import member_account
from bot.storage import bulk, grants, outbox
from bot.storage.gates import GATES
from bot.storage.ledger import ACCOUNTS, Seat
from bot.words import Word


class Reached(Word, frozen=True):
    """A member to whom the gates in `was` were open, and those in `open` are now."""

    seat: Seat
    was: Collection[str]
    open: tuple[str, ...]


def reach(connection: Connection, changed: Iterable[Reached], why: str, now: datetime) -> int:
    """Close what is open no more, and let every account in wherever it is not yet; returns how many effects that takes.

    `why` begins the keys and must be new. An account that has, or waits for, its way in is left alone: asking again
    would send a second link.
    """
    closed: list[outbox.Wanted] = []
    opened: dict[str, list[outbox.Wanted]] = {}
    changed = list(changed)
    for one in changed:
        closed += [_wanted(one, gate, why, RevokeAccess(gate=gate)) for gate in sorted(set(one.was) - set(one.open))]
    for one, platform, gate in _lacking(connection, changed):
        opened.setdefault(platform, []).append(_wanted(one, gate, why, GrantAccess(gate=gate)))
    count = outbox.post(connection, closed, now)
    for platform, wanted in sorted(opened.items()):
        count += outbox.post(connection, wanted, now, only=platform)
    return count


def _wanted(one: Reached, gate: str, why: str, effect: GrantAccess | RevokeAccess) -> outbox.Wanted:
    heard = member_account(one.seat.community, one.seat.member)
    kind = "open" if isinstance(effect, GrantAccess) else "close"
    key = f"{why}:{one.seat.member}:{kind}:{gate}"
    return outbox.Wanted(seat=one.seat, key=key, heard=heard, effect=effect, open=one.open)


def _lacking(connection: Connection, changed: list[Reached]) -> list[tuple[Reached, str, str]]:
    """(who, platform, gate) of the open gates that some account of theirs has no way through."""
    members = [one.seat.member for one in changed if one.open]
    known = grants.statuses(connection, members)
    accounts: dict[int, list[tuple[str, str]]] = {}
    c = ACCOUNTS.c
    theirs = select(c.member_id, c.platform, c.external).where(bulk.among(connection, c.member_id, members))
    for member, platform, user in connection.execute(theirs.order_by(c.id)):
        accounts.setdefault(member, []).append((platform, user))
    behind: dict[tuple[int, str, str], list[str]] = {}
    g = GATES.c
    communities = {one.seat.community for one in changed}
    query = select(g.community_id, g.gate, g.platform, g.kind, g.target).where(
        bulk.among(connection, g.community_id, communities)
    )
    for community, gate, platform, kind, target in connection.execute(query.order_by(g.id)):
        behind.setdefault((community, gate, platform), []).append(f"{kind}:{target}")
    found: dict[tuple[int, str, str], tuple[Reached, str, str]] = {}
    for one in changed:
        for platform, user in accounts.get(one.seat.member, []):
            for gate in one.open:
                targets = behind.get((one.seat.community, gate, platform), [])
                if any(known.get((platform, at, user, one.seat.community), "gone") == "gone" for at in targets):
                    found[one.seat.member, platform, gate] = (one, platform, gate)
    return list(found.values())
