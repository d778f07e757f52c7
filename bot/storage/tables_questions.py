"""The tables of questions: what was asked, what was answered, and who was asked to."""

from datetime import datetime

from sqlalchemy import Boolean, Column, Index, Integer, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.storage.tables import NEVER_AGAIN, _at, _id, _ref, _text


class QuestionRow(SQLModel, table=True):
    """A question (`bot.storage.questions.Question`), with its text: who asks by command publishes it.

    `member_id` is who asks, without a name before people too. `due_at` is when its clock rings, `stage` who knows that
    nobody has answered. `platform`, `space` and `channel` say where it stands for all to see ('': nowhere). `source` is
    the key of the text that was offered as an answer, and `helped` what was said of it.
    """

    __tablename__ = "questions"
    __table_args__ = (
        Index("ix_questions_status", "community_id", "status"),
        Index("ix_questions_due", "due_at"),
        NEVER_AGAIN,
    )

    id: int = _id()
    community_id: int = _ref(index=False)
    member_id: int = _ref()
    text: str = _text()
    how: str = _text("publicly")
    status: str = _text("open")
    stage: int = Field(default=0, sa_column=Column(Integer, nullable=False, default=0))
    platform: str = _text()
    space: str = _text()
    channel: str = _text()
    asked_at: datetime = _at()
    due_at: datetime | None = _at(nullable=True)
    closed_at: datetime | None = _at(nullable=True)
    source: str = _text()
    helped: bool | None = Field(default=None, sa_column=Column(Boolean, nullable=True))


class AnswerRow(SQLModel, table=True):
    """An answer to a question, with its text: who answers by command publishes it."""

    __tablename__ = "answers"
    __table_args__ = (Index("ix_answers_accepted", "community_id", "accepted_at"), NEVER_AGAIN)

    id: int = _id()
    community_id: int = _ref(index=False)
    question_id: int = _ref()
    member_id: int = _ref()
    text: str = _text()
    at: datetime = _at()
    accepted_at: datetime | None = _at(nullable=True)
    rejected_at: datetime | None = _at(nullable=True)


class RouteRow(SQLModel, table=True):
    """A member who was asked to answer a question, and whether they declined."""

    __tablename__ = "routes"
    __table_args__ = (UniqueConstraint("question_id", "member_id"),)

    id: int = _id()
    community_id: int = _ref()
    question_id: int = _ref(index=False)
    member_id: int = _ref()
    at: datetime = _at()
    declined_at: datetime | None = _at(nullable=True)
