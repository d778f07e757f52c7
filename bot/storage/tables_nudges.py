"""The tables of nudges: what is planned, sent or held back to compare, surfaces that refused, what nobody heeded."""

from datetime import datetime

from sqlalchemy import Boolean, Column, Index, Integer, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.storage.tables import NEVER_AGAIN, _at, _id, _ref, _text


class NudgeRow(SQLModel, table=True):
    """A nudge for a member `about` something, once: due from `due_at` to `until` (`bot.engine.nudges.decision`).

    `state` is due, queued, sent, held or dropped, and `why` what kept it. `arm` is sent or held, and `variant` its
    wording, both since `decided_at`. `sent_at` is when it reached the member, or was queued as long as it has not, or
    would have been queued were the member not in the hold-out.
    `begun` says that an attempt to deliver it is under way, or was when the process ended.
    """

    __tablename__ = "nudges"
    __table_args__ = (
        UniqueConstraint("member_id", "nudge", "about"),
        Index("ix_nudges_due", "state", "due_at"),
        Index("ix_nudges_decided", "community_id", "nudge", "decided_at"),
        NEVER_AGAIN,
    )

    id: int = _id()
    community_id: int = _ref(index=False)
    member_id: int = _ref(index=False)
    nudge: str = _text()
    about: str = _text()
    due_at: datetime = _at()
    until: datetime = _at()
    state: str = _text("due")
    why: str = _text()
    arm: str = _text()
    variant: str = _text()
    decided_at: datetime | None = _at(nullable=True)
    surface: str = _text()
    tries: int = Field(default=0, sa_column=Column(Integer, nullable=False, default=0))
    begun: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, default=False))
    sent_at: datetime | None = _at(nullable=True)
    data: str = _text("{}")


class SurfaceRow(SQLModel, table=True):
    """A surface of a member's: the `target` opened for them there (a thread), or that it refused at `dead_at`."""

    __tablename__ = "surfaces"
    __table_args__ = (UniqueConstraint("platform", "user", "kind"),)

    id: int = _id()
    community_id: int = _ref()
    member_id: int = _ref()
    platform: str = _text()
    user: str = _text()
    kind: str = _text()
    target: str = _text()
    dead_at: datetime | None = _at(nullable=True)
    why: str = _text()


class UnheededRow(SQLModel, table=True):
    """What a newcomer wrote last, of which nobody has taken notice yet (`bot.engine.nudges.heeding`)."""

    __tablename__ = "unheeded"
    __table_args__ = (UniqueConstraint("member_id"),)

    id: int = _id()
    line: int = _ref(index=False)
    """The number of its line in the log."""
    community_id: int = _ref(index=False)
    member_id: int = _ref(index=False)
    key: str = _text()
    channel: str = _text()
    topic: str = _text()
    at: datetime = _at()
