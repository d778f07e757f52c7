"""What the library holds and what each member did with it."""

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "content",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("name", "kind", "title", "summary", "body", "url")],
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("file", "tags", "level", "language", "plan")],
        sa.Column("course_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("needs", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=True),
        sa.Column("published_at", Instant(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("community_id", "name"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("content", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_content_course_id"), ["course_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_content_member_id"), ["member_id"], unique=False)
        batch_op.create_index("ix_content_source", ["source"], unique=False)

    op.create_table(
        "studies",
        sa.Column("id", number, autoincrement=True, nullable=False),
        *[sa.Column(name, sa.BigInteger(), nullable=False) for name in ("community_id", "member_id", "content_id")],
        sa.Column("shown", sa.Integer(), nullable=False),
        *[sa.Column(name, Instant(), nullable=True) for name in ("shown_at", "opened_at", "finished_at")],
        sa.Column("liked", sa.Boolean(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        *[sa.Column(name, Instant(), nullable=True) for name in ("saved_at", "dismissed_at")],
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("member_id", "content_id"),
    )
    with op.batch_alter_table("studies", schema=None) as batch_op:
        batch_op.create_index("ix_studies_content", ["community_id", "content_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("studies")
    op.drop_table("content")
