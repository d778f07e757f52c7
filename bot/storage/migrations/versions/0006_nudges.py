"""Nudges that are due, sent or held back, and surfaces that are dead."""

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "nudges",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("nudge", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("state", "why", "arm", "variant")],
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("begun", sa.Boolean(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("member_id", "nudge", "about"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("nudges", schema=None) as batch_op:
        batch_op.create_index("ix_nudges_decided", ["community_id", "nudge", "decided_at"], unique=False)
        batch_op.create_index("ix_nudges_due", ["state", "due_at"], unique=False)

    op.create_table(
        "surfaces",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("platform", "user", "kind", "target")],
        sa.Column("dead_at", Instant(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("platform", "user", "kind"),
    )
    with op.batch_alter_table("surfaces", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_surfaces_community_id"), ["community_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_surfaces_member_id"), ["member_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("surfaces")
    op.drop_table("nudges")
