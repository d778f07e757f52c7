"""Who changed what by hand: the names behind the numbers that ledger, log and rules keep (`bot.events.hand`)."""

from collections.abc import Iterable

from sqlalchemy import Connection, func, select, update

from bot.engine.points import ADJUSTED, PRAISED
from bot.engine.purse import GIVEN
from bot.events import hand
from bot.storage import bulk
from bot.storage.entries import ENTRIES
from bot.storage.ledger import EVENTS, MEMBERS, table
from bot.storage.tables import RARE, RulebookRow
from bot.words import to_json

RULEBOOKS = table(RulebookRow)
WAYS = (ADJUSTED, PRAISED, GIVEN)
"""How entries are called that somebody made by hand."""


def names(connection: Connection, by: Iterable[str]) -> dict[str, str]:
    """{who did it: their name now}; what is no member's number, such as a command's name, is left as it is."""
    found = {one: one for one in by}
    numbers = [int(one[1:]) for one in found if one.startswith("#") and one[1:].isdecimal()]
    if numbers:
        query = select(MEMBERS.c.id, MEMBERS.c.name).where(bulk.among(connection, MEMBERS.c.id, numbers))
        found |= {hand(number): "" for number in numbers}
        found |= {hand(number): name for number, name in connection.execute(query)}
    return found


def change(connection: Connection, community: int, member: int, becomes: str) -> None:
    """Let what a member did by hand be another's doing, or ('') nobody's: in the rules, the ledger and the log."""
    e, was = ENTRIES.c, hand(member)
    made = (RULEBOOKS.c.community_id == community, RULEBOOKS.c.by == was)
    connection.execute(update(RULEBOOKS).where(*made).values(by=becomes))
    theirs = (e.community_id == community, RARE, e.way.in_(WAYS), e.by == was)
    keys = connection.scalars(select(e.key).where(*theirs, e.undoes == "")).all()
    before, after = (f'"actor":{to_json(one).decode()}' for one in (was, becomes))
    actor = func.replace(EVENTS.c.data, before, after)
    connection.execute(update(EVENTS).where(bulk.among(connection, EVENTS.c.key, keys)).values(data=actor))
    connection.execute(update(ENTRIES).where(*theirs).values(by=becomes))
