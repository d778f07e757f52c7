"""Removals: what a human's hand took from members that we had given. It is respected, and the staff is told.

Platforms tell only that something is not there any more. What we take ourselves is told apart by the outbox, which
still holds the task until after the deed, and by the register of grants, which says `gone` from then on.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.effects import Alert, Priority
from bot.events import member_account
from bot.storage import grants, outbox
from bot.storage.grants import GRANTS
from bot.storage.ledger import Seat
from bot.storage.outbox import OUTBOX
from bot.storage.tables import micros
from bot.words import Word


class Given(Word, frozen=True):
    """What we gave an account and nobody is about to take: since when, by which gate, and to which member."""

    platform: str
    target: str
    user: str
    community: int
    member: int
    gate: str
    since: datetime


def given(connection: Connection, platform: str, space: str, users: Iterable[str]) -> list[Given]:
    """All that users of a space have of us, apart from what is being given or taken at this moment."""
    g, o = GRANTS.c, OUTBOX.c
    under_way = select(o.id).where(
        o.platform == g.platform,
        o.target == g.target,
        o.user == g.user,
        o.community_id == g.community_id,
        o.priority <= Priority.GRANT,
        o.done_at.is_(None),
    )
    query = select(GRANTS).where(
        g.platform == platform,
        g.space == space,
        g.user.in_(list(users)),
        g.status == "granted",
        ~under_way.exists(),
    )
    return [
        Given(
            platform=row.platform,
            target=row.target,
            user=row.user,
            community=row.community_id,
            member=row.member_id,
            gate=row.gate,
            since=row.at,
        )
        for row in connection.execute(query.order_by(g.id))
    ]


def left(connection: Connection, lost: Iterable[Given], now: datetime) -> None:
    """Their account is not there any more: what it may is given when it comes back.

    What is not as it was `given` any more was given again since, and stays.
    """
    c = GRANTS.c
    for one in lost:
        place = (c.platform == one.platform, c.target == one.target, c.user == one.user)
        still = (c.community_id == one.community, c.status == "granted", c.at == one.since)
        connection.execute(update(GRANTS).where(*place, *still).values(status="away", at=now))


def taken(connection: Connection, space: str, one: Given, place: str, now: datetime) -> bool:
    """Note that somebody took what we gave, and tell the staff; `place` is what it is called.

    False when it is not as it was `given` any more: then it was not a human, or we have given it again since.
    """
    if one not in given(connection, one.platform, space, [one.user]):
        return False
    grants.hold(connection, one.platform, one.target, one.user, now)
    alert = outbox.Wanted(
        seat=Seat(member=one.member, community=one.community),
        key=f"held:{one.platform}:{one.target}:{one.user}:{micros(one.since)}",
        heard=member_account(one.community, one.member),
        effect=Alert(notice="staff_held", values={"place": place, "gate": one.gate}),
    )
    outbox.post(connection, [alert], now)
    return True
