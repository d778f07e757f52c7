"""Who was exposed to what, and what became of them: as arrays, to be judged.

A member counts once, by the first time they were decided upon, whatever reached them afterwards (intention to treat):
who was to get a nudge and could not be reached is compared with who was held back and could not have been either.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from bot.engine.experiments.judge import Data, Judgement, rows
from bot.engine.rules import Rules
from bot.storage.nudges import NUDGES
from bot.storage.outcomes import OUTCOMES, Active, Exposures, Window, around, before
from bot.words import Word

HELD, SENT = "held", "sent"
Exposed = Sequence[tuple[int, str, datetime]]
"""(member, arm, since when)."""


class Uplift(Word, frozen=True):
    """What is known of something: it is for `outcome` in `days`, and what the comparison says. `harm` is an arm."""

    name: str
    outcome: str
    days: int
    judgement: Judgement
    harm: str = ""


class Asked(NamedTuple):
    """Of which community, by which rules and when is asked, and what was read already of its members' active days."""

    connection: Connection
    community: int
    rules: Rules
    now: datetime
    active: Active | None = None


def decided(connection: Connection, community: int, nudge: str = "", about: str | None = None) -> Exposed:
    """Each member's first decision about a nudge (any of them, without a name): sent or held."""
    c = NUDGES.c
    where = [c.community_id == community, c.arm != ""]
    if nudge:
        where.append(c.nudge == nudge)
    if about is not None:
        where.append(c.about == about)
    query = select(c.member_id, c.arm, c.decided_at).where(*where).order_by(c.decided_at, c.id)
    return first((member, arm, at) for member, arm, at in connection.execute(query))


def first(all_: Iterable[tuple[int, str, datetime]]) -> Exposed:
    """The first of each member."""
    found: dict[int, tuple[int, str, datetime]] = {}
    for one in all_:
        found.setdefault(one[0], one)
    return list(found.values())


def data(asked: Asked, seen: Exposed, arms: Sequence[str], wanted: tuple[str, int]) -> Data:
    """Exposures with what became of each member in the window, and what was known of them before."""
    outcome, days = wanted
    kept = [one for one in seen if one[1] in arms]
    since: Exposures = {member: at for member, _, at in kept}
    connection, community, rules, _, active = asked
    window = Window(connection, community, since, days, rules, active or around(connection, community, since, days))
    did, was = OUTCOMES[outcome].look(window), before(window)
    return rows(
        [arms.index(arm) for _, arm, _ in kept],
        [at.toordinal() + days + 1 for _, _, at in kept],
        [did.get(member, 0.0) for member, _, _ in kept],
        [was.get(member, 0.0) for member, _, _ in kept],
    )
