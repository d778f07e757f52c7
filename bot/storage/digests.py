"""What a member did and was given in a week, counted from the log and the days of the ledger."""

from datetime import datetime
from math import ceil

from sqlalchemy import Connection, case, func, select

from bot.storage.ledger import EVENTS, table
from bot.storage.tables import DayRow
from bot.words import Word

DAYS = table(DayRow)
COUNTED = {
    "messages": "MessagePosted",
    "thanks": "ThanksReceived",
    "reactions": "ReactionReceived",
    "accepted": "AnswerAccepted",
    "finished": "ContentFinished",
}
"""A figure's name, and the event it counts."""


class Week(Word, frozen=True):
    """Figures of a member's week. Points are of whole days by the member's own clock, the rest by the minute."""

    points: int = 0
    messages: int = 0
    thanks: int = 0
    reactions: int = 0
    accepted: int = 0
    finished: int = 0


def week(connection: Connection, member: int, since: datetime, until: datetime) -> Week:
    """The figures of a member between two times."""
    e, d = EVENTS.c, DAYS.c
    counts = [
        func.sum(case((e.data.startswith(f'{{"type":"{event}"'), 1), else_=0)).label(name)
        for name, event in COUNTED.items()
    ]
    row = connection.execute(select(*counts).where(e.member_id == member, e.at > since, e.at <= until)).one()
    days = ceil((until - since).total_seconds() / 86_400)
    first = until.toordinal() - days + 1
    points = select(func.sum(d.points)).where(d.member_id == member, d.day >= first)
    found = {name: int(value or 0) for name, value in row._mapping.items()}
    return Week(points=int(connection.scalar(points) or 0), **found)
