"""Experiments, who is in which arm, campaigns and where members came from."""

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _number() -> sa.Column[int]:
    return sa.Column("id", _NUMBER, autoincrement=True, nullable=False)


def _refs(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "experiments",
        _number(),
        *_refs("community_id"),
        *_texts("name", "subject"),
        sa.Column("begun_at", Instant(), nullable=False),
        sa.Column("stopped_at", Instant(), nullable=True),
        *_texts("why", "data"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_experiments_name", "experiments", ["community_id", "name"])
    op.create_table(
        "assignments",
        _number(),
        *_refs("community_id", "experiment_id", "member_id"),
        *_texts("arm"),
        sa.Column("exposed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("experiment_id", "member_id"),
    )
    op.create_index("ix_assignments_exposed", "assignments", ["experiment_id", "exposed_at"])
    op.create_index("ix_assignments_member_id", "assignments", ["member_id"])
    op.create_table(
        "campaigns",
        _number(),
        *_refs("community_id"),
        *_texts("name"),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("stopped_at", Instant(), nullable=True),
        *_texts("why", "data"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_campaigns_name", "campaigns", ["community_id", "name"])
    op.create_table(
        "sources",
        _number(),
        *_refs("community_id"),
        *_texts("name", "link", "platform", "space"),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        *_texts("currency"),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("link"),
    )
    op.create_index("ix_sources_name", "sources", ["community_id", "name"])
    op.create_index("ix_sources_space", "sources", ["platform", "space"])
    op.create_table(
        "arrivals",
        _number(),
        *_refs("community_id", "source_id", "member_id"),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("member_id"),
    )
    op.create_index("ix_arrivals_source", "arrivals", ["source_id", "at"])


def downgrade() -> None:
    """Take back."""
    for name in ("arrivals", "sources", "campaigns", "assignments", "experiments"):
        op.drop_table(name)
