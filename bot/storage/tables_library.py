"""The tables of the library: what it holds, and what each member did with each item."""

from datetime import datetime

from sqlalchemy import Boolean, Column, Index, Integer, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.storage.tables import NEVER_AGAIN, _at, _id, _ref, _text


class ContentRow(SQLModel, table=True):
    """An item of the library (`bot.engine.library.Content`); `member_id` is its author, 0 when they were erased.

    `tags` and `needs` are lists and `file` a table, as JSON. A lesson is part of the course `course_id` (0: of none).
    `revision` is how often it was changed, by which what was read before is known to be old.
    """

    __tablename__ = "content"
    __table_args__ = (
        UniqueConstraint("community_id", "name"),
        Index("ix_content_source", "source"),
        NEVER_AGAIN,
    )

    id: int = _id()
    community_id: int = _ref(index=False)
    member_id: int = _ref()
    name: str = _text()
    kind: str = _text()
    title: str = _text()
    summary: str = _text()
    body: str = _text()
    url: str = _text()
    file: str = _text("{}")
    tags: str = _text("[]")
    level: str = _text()
    language: str = _text()
    plan: str = _text()
    course_id: int = _ref()
    position: int = Field(default=0, sa_column=Column(Integer, nullable=False, default=0))
    needs: str = _text("[]")
    source: str = _text()
    starts_at: datetime | None = _at(nullable=True)
    published_at: datetime = _at()
    revision: int = Field(default=0, sa_column=Column(Integer, nullable=False, default=0))
    archived: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, default=False))


class StudyRow(SQLModel, table=True):
    """What a member did with an item of the library (`bot.engine.library.Study`)."""

    __tablename__ = "studies"
    __table_args__ = (
        UniqueConstraint("member_id", "content_id"),
        Index("ix_studies_content", "community_id", "content_id"),
    )

    id: int = _id()
    community_id: int = _ref(index=False)
    member_id: int = _ref(index=False)
    content_id: int = _ref(index=False)
    shown: int = Field(default=0, sa_column=Column(Integer, nullable=False, default=0))
    shown_at: datetime | None = _at(nullable=True)
    opened_at: datetime | None = _at(nullable=True)
    finished_at: datetime | None = _at(nullable=True)
    liked: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, default=False))
    stars: int = Field(default=0, sa_column=Column(Integer, nullable=False, default=0))
    saved_at: datetime | None = _at(nullable=True)
    dismissed_at: datetime | None = _at(nullable=True)
