"""Under which rules a community's points were counted last: a digest of what of them counts, kept as a cursor."""

from hashlib import blake2b

import msgspec
from sqlalchemy import Connection, delete, insert, select

from bot.engine.earning import Badge
from bot.engine.rules import OWN, Rules
from bot.storage.ledger import CURSORS, EVENTS, MEMBERS
from bot.words import replace

_PREFIX = "counted:"
_TELLING = ("announce", "every", "rewards_only")
"""What of the levels is only about telling."""
_SHOWING = ("boards", "card")
"""Tables that are only about showing."""
_LOOKS = ("title", "about", "emoji", "quiet", "secret")
"""What of a badge is only about showing it."""


def digest(rules: Rules) -> int:
    """A number for everything in the rules that points, levels, badges and gates follow from (63 bits)."""
    plain = Badge(name="x", metric="", goal=1)
    levels = replace(rules.levels, **{name: getattr(type(rules.levels)(), name) for name in _TELLING})
    badges = tuple(replace(one, **{name: getattr(plain, name) for name in _LOOKS}) for one in rules.badges)
    counting = replace(rules, levels=levels, badges=badges)
    tables = {name: getattr(counting, name) for name in OWN if name not in _SHOWING}
    data = msgspec.json.encode(tables, order="sorted")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big") >> 1


def note(connection: Connection, community: int, rules: Rules) -> None:
    """Everybody is counted under these rules now."""
    name = f"{_PREFIX}{community}"
    connection.execute(delete(CURSORS).where(CURSORS.c.name == name))
    connection.execute(insert(CURSORS).values(name=name, value=digest(rules), until=None))


def begin(connection: Connection, community: int, rules: Rules) -> None:
    """Say by which rules the first event of a community is counted; does nothing later."""
    if last(connection, community) is None and not _has_events(connection, community):
        note(connection, community, rules)


def last(connection: Connection, community: int) -> int | None:
    """The digest of the rules a community was counted under; None if that was before this was written down."""
    return connection.scalar(select(CURSORS.c.value).where(CURSORS.c.name == f"{_PREFIX}{community}"))


def outdated(connection: Connection, community: int, rules: Rules) -> bool:
    """Whether the stored points were counted under other rules than these."""
    return last(connection, community) != digest(rules) and _has_events(connection, community)


def _has_events(connection: Connection, community: int) -> bool:
    query = select(EVENTS.c.id).join(MEMBERS, MEMBERS.c.id == EVENTS.c.member_id)  # by the index of either
    return connection.scalar(query.where(MEMBERS.c.community_id == community).limit(1)) is not None
