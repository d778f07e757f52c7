"""The tables of what is learnt: trained models, who is likely to leave, segments. All of it can be worked out anew."""

from datetime import datetime

from sqlalchemy import Column, Index, Integer, LargeBinary
from sqlmodel import Field, SQLModel

from bot.storage.tables import _at, _id, _ref, _text


class ModelRow(SQLModel, table=True):
    """A trained model of a `kind`, as `data`, with the `report` of its training (JSON): the newest two are kept."""

    __tablename__ = "models"
    __table_args__ = (Index("ix_models_kind", "community_id", "kind", "at"),)

    id: int = _id()
    community_id: int = _ref(index=False)
    kind: str = _text()
    at: datetime = _at()
    data: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    report: str = _text("{}")


class ScoreRow(SQLModel, table=True):
    """How likely a member is to leave by `target`, in millionths, and the reasons (JSON), at the latest scoring.

    Two of one member stand here from the merging of two members to the next day's scoring: the higher one counts.
    """

    __tablename__ = "scores"
    __table_args__ = (Index("ix_scores_risk", "community_id", "target", "millionths"),)

    id: int = _id()
    community_id: int = _ref(index=False)
    member_id: int = _ref()
    target: str = _text()
    millionths: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    reasons: str = _text("[]")
    at: datetime = _at()


class SegmentRow(SQLModel, table=True):
    """What kind of member somebody is, `since` when, what they were `before`, and their figures (JSON)."""

    __tablename__ = "segments"
    __table_args__ = (Index("ix_segments_segment", "community_id", "segment"),)

    id: int = _id()
    community_id: int = _ref(index=False)
    member_id: int = _ref()
    segment: str = _text()
    before: str = _text()
    since: datetime = _at()
    data: str = _text("{}")
