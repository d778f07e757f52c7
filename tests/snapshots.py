"""What a database says, read plainly: for tests to compare with what it ought to say."""

from typing import Any

from sqlalchemy import Connection, select
from sqlmodel import SQLModel

from bot.effects import Effect
from bot.engine.ledger import Entry, Tally
from bot.state import MemberState
from bot.storage.entries import DAYS, ENTRIES, entry
from bot.storage.ledger import ACCOUNTS, EVENTS, MEMBERS, SPACES
from bot.storage.outbox import OUTBOX
from bot.words import Word, from_json


def states(connection: Connection, space: str) -> dict[str, MemberState]:
    """{user: state} of the members of the community that `space` belongs to."""
    query = (
        select(ACCOUNTS.c.external, MEMBERS.c.state)
        .join(MEMBERS, MEMBERS.c.id == ACCOUNTS.c.member_id)
        .join(SPACES, SPACES.c.community_id == ACCOUNTS.c.community_id)
        .where(SPACES.c.external == space)
    )
    return {user: from_json(MemberState, state) for user, state in connection.execute(query)}


class Book(Word, frozen=True):
    """What is stored of a member: the state, the ledger in the order booked, what each day has, and the columns.

    `columns` are points, quality points, level and whether they are on the boards; `rows` of days (points, quality).
    """

    member: int
    state: MemberState
    entries: tuple[Entry, ...] = ()
    days: dict[int, Tally] = {}
    columns: tuple[int, int, int, bool] = (0, 0, 0, True)
    rows: dict[int, tuple[int, int]] = {}


def books(connection: Connection, space: str) -> dict[str, Book]:
    """{user: what is stored of them} of the members of the community that `space` belongs to."""
    query = (
        select(ACCOUNTS.c.external, MEMBERS)
        .join(MEMBERS, MEMBERS.c.id == ACCOUNTS.c.member_id)
        .join(SPACES, SPACES.c.community_id == ACCOUNTS.c.community_id)
        .where(SPACES.c.external == space)
    )
    return {row.external: _book(connection, row) for row in connection.execute(query)}


def _book(connection: Connection, row: Any) -> Book:
    booked = select(ENTRIES).where(ENTRIES.c.member_id == row.id).order_by(ENTRIES.c.id)
    days = connection.execute(select(DAYS).where(DAYS.c.member_id == row.id)).all()
    return Book(
        member=row.id,
        state=from_json(MemberState, row.state),
        entries=tuple([entry(one) for one in connection.execute(booked)]),
        days={one.day: from_json(Tally, one.data) for one in days},
        columns=(row.points, row.quality, row.level, row.listed),
        rows={one.day: (one.points, one.quality) for one in days},
    )


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
