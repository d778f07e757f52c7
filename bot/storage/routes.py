"""Routes: before whom a question was put, and who would rather not."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from bot.engine.nudges.invitation import INVITATION
from bot.engine.nudges.person import Contacted
from bot.storage import bulk
from bot.storage.ledger import upsert
from bot.storage.questions import QUESTIONS, ROUTES, Question


def invite(connection: Connection, question: Question, members: Sequence[int], now: datetime) -> list[int]:
    """Put the question before members; returns those who were not asked before."""
    invited = []
    for member in members:
        statement = upsert(connection, ROUTES).values(
            community_id=question.community, question_id=question.id, member_id=member, at=now
        )
        if connection.execute(statement.on_conflict_do_nothing().returning(ROUTES.c.id)).first() is not None:
            invited.append(member)
    return invited


def invited(connection: Connection, question: int) -> dict[int, bool]:
    """{member: whether they declined} of those who were asked."""
    c = ROUTES.c
    query = select(c.member_id, c.declined_at.is_not(None)).where(c.question_id == question).order_by(c.id)
    return {member: bool(declined) for member, declined in connection.execute(query)}


def decline(connection: Connection, question: int, member: int, now: datetime) -> bool:
    """They would rather not. False if they were not asked, or have said so before."""
    c = ROUTES.c
    mine = (c.question_id == question, c.member_id == member, c.declined_at.is_(None))
    return bool(connection.execute(update(ROUTES).where(*mine).values(declined_at=now)).rowcount)


def lately(connection: Connection, members: Collection[int], since: datetime) -> dict[int, list[Contacted]]:
    """The questions (`row`) that each member was asked to answer since a time, as contacts of theirs."""
    c = ROUTES.c
    query = select(c.member_id, c.at, c.question_id).where(bulk.among(connection, c.member_id, members), c.at > since)
    found: dict[int, list[Contacted]] = {}
    for member, at, question in connection.execute(query.order_by(c.at, c.id)):
        found.setdefault(member, []).append(Contacted(nudge=INVITATION.name, at=at, row=question))
    return found


def withdraw(connection: Connection, question: int, member: int) -> None:
    """They were never told of it. Whoever has declined meanwhile has heard of it."""
    c = ROUTES.c
    connection.execute(delete(ROUTES).where(c.question_id == question, c.member_id == member, c.declined_at.is_(None)))


def unite(connection: Connection, keep: int, other: int) -> None:
    """Before two members become one: who was asked twice was asked once, and nobody is asked what they asked."""
    c = ROUTES.c
    asked = select(c.question_id).where(c.member_id == keep)
    own = select(QUESTIONS.c.id).where(QUESTIONS.c.member_id.in_((keep, other)))
    connection.execute(delete(ROUTES).where(c.member_id == other, c.question_id.in_(asked)))
    connection.execute(delete(ROUTES).where(c.member_id.in_((keep, other)), c.question_id.in_(own)))
