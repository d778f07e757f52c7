"""The tables of experiments, campaigns and sources: what was tested, who was in which arm, where members came from."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.storage.tables import NEVER_AGAIN, _at, _id, _ref, _text


class ExperimentRow(SQLModel, table=True):
    """A test of a `subject` (`price:pro`), running until `stopped_at`; the rest of it is JSON (`engine.…plans`)."""

    __tablename__ = "experiments"
    __table_args__ = (Index("ix_experiments_name", "community_id", "name"), NEVER_AGAIN)

    id: int = _id()
    community_id: int = _ref(index=False)
    name: str = _text()
    subject: str = _text()
    begun_at: datetime = _at()
    stopped_at: datetime | None = _at(nullable=True)
    why: str = _text()
    """Why it was stopped: 'creator', 'harm:ARM'."""
    data: str = _text("{}")


class AssignmentRow(SQLModel, table=True):
    """The arm of a member in an experiment, and when they were first exposed to it: when they read the price."""

    __tablename__ = "assignments"
    __table_args__ = (
        UniqueConstraint("experiment_id", "member_id"),
        Index("ix_assignments_exposed", "experiment_id", "exposed_at"),
    )

    id: int = _id()
    community_id: int = _ref(index=False)
    experiment_id: int = _ref(index=False)
    member_id: int = _ref()
    arm: str = _text()
    exposed_at: datetime = _at()


class CampaignRow(SQLModel, table=True):
    """A campaign: its words and whom it is for as JSON. Its nudges are rows of `nudges` about its number."""

    __tablename__ = "campaigns"
    __table_args__ = (Index("ix_campaigns_name", "community_id", "name"), NEVER_AGAIN)

    id: int = _id()
    community_id: int = _ref(index=False)
    name: str = _text()
    starts_at: datetime = _at()
    ends_at: datetime = _at()
    stopped_at: datetime | None = _at(nullable=True)
    why: str = _text()
    data: str = _text("{}")


class SourceRow(SQLModel, table=True):
    """Where members come from: a `link` into a space (or a `/start` tag), what it cost, and how much one counts.

    `cost` is in minor units of `currency`, `weight` in hundredths. `uses` is how often the link was used when last
    looked at, for platforms that only tell that.
    """

    __tablename__ = "sources"
    __table_args__ = (Index("ix_sources_name", "community_id", "name"), Index("ix_sources_space", "platform", "space"))

    id: int = _id()
    community_id: int = _ref(index=False)
    name: str = _text()
    link: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    platform: str = _text()
    space: str = _text()
    cost: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, default=0))
    currency: str = _text()
    weight: int = Field(default=100, sa_column=Column(Integer, nullable=False, default=100))
    uses: int = Field(default=0, sa_column=Column(Integer, nullable=False, default=0))
    closed: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, default=False))
    at: datetime = _at()


class ArrivalRow(SQLModel, table=True):
    """The member came by a source, once."""

    __tablename__ = "arrivals"
    __table_args__ = (Index("ix_arrivals_source", "source_id", "at"),)

    id: int = _id()
    community_id: int = _ref(index=False)
    source_id: int = _ref(index=False)
    member_id: int = Field(sa_column=Column(BigInteger, nullable=False, unique=True))
    at: datetime = _at()
