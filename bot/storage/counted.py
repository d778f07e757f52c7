"""Under which rules a community's points were counted last: a digest of what of them counts, kept as a cursor."""

from hashlib import blake2b
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select

from bot.engine import keys
from bot.engine.rules import Rules
from bot.storage.ledger import CURSORS, EVENTS, MEMBERS

_PREFIX = "counted:"
_SHOWN = ("levels.announce", "levels.every", "levels.rewards_only", "boards.", "card.", "nudges.")
"""How keys begin that are only about telling and showing."""
_LOOKS = ("title", "about", "emoji", "quiet", "secret")
"""What of a badge is only about showing it."""


def digest(rules: Rules) -> int:
    """A number for everything in the rules that points, levels, badges and gates follow from (63 bits).

    What is as it is by default does not count, so that a key that a later version adds changes nothing.
    """
    usual, own = keys.values(Rules()), keys.values(rules)
    counting = {key: _plain(one) for key, one in own.items() if one != usual[key] and not key.startswith(_SHOWN)}
    data = msgspec.json.encode(counting, order="sorted")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big") >> 1


def _plain(value: Any) -> Any:
    """A value with its numbers alike, however they were written, and without what is for people to read only."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        looks = _LOOKS if "metric" in value else ("name",) if "factor" in value else ()
        return {name: _plain(one) for name, one in value.items() if name not in looks}
    return int(value) if isinstance(value, float) and value.is_integer() else value


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
