"""What a database says, read plainly: for tests to compare with what it ought to say."""

from sqlalchemy import Connection, select
from sqlmodel import SQLModel

from bot.effects import Effect
from bot.state import MemberState
from bot.storage.ledger import ACCOUNTS, EVENTS, MEMBERS, SPACES
from bot.storage.outbox import OUTBOX
from bot.words import from_json


def states(connection: Connection, space: str) -> dict[str, MemberState]:
    """{user: state} of the members of the community that `space` belongs to."""
    query = (
        select(ACCOUNTS.c.external, MEMBERS.c.state)
        .join(MEMBERS, MEMBERS.c.id == ACCOUNTS.c.member_id)
        .join(SPACES, SPACES.c.community_id == ACCOUNTS.c.community_id)
        .where(SPACES.c.external == space)
    )
    return {user: from_json(MemberState, state) for user, state in connection.execute(query)}


def log(connection: Connection, space: str) -> dict[str, list[str]]:
    """{user: the JSON of their events, in the order heard}."""
    query = (
        select(ACCOUNTS.c.external, EVENTS.c.data)
        .select_from(EVENTS)
        .join(ACCOUNTS, ACCOUNTS.c.member_id == EVENTS.c.member_id)
        .join(SPACES, SPACES.c.community_id == EVENTS.c.community_id)
        .where(SPACES.c.external == space)
        .order_by(EVENTS.c.id)
    )
    heard: dict[str, list[str]] = {}
    for user, data in connection.execute(query):
        heard.setdefault(user, []).append(data)
    return heard


def effects(connection: Connection, space: str) -> list[tuple[str, str, Effect, str]]:
    """(user, target, effect, outcome) of every row of the outbox, in the order written."""
    query = (
        select(OUTBOX.c.user, OUTBOX.c.target, OUTBOX.c.effect, OUTBOX.c.outcome)
        .join(SPACES, SPACES.c.community_id == OUTBOX.c.community_id)
        .where(SPACES.c.external == space)
        .order_by(OUTBOX.c.id)
    )
    return [
        (user, target, from_json(Effect, effect), outcome)
        for user, target, effect, outcome in connection.execute(query)
    ]


def everything(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, to show that nothing has changed."""
    return {
        table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
        for table in SQLModel.metadata.sorted_tables
    }
