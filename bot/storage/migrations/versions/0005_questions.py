"""Questions, their answers, and who was asked."""

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "questions",
        sa.Column("id", number, autoincrement=True, nullable=False),
        *[sa.Column(name, sa.BigInteger(), nullable=False) for name in ("community_id", "member_id")],
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("text", "how", "status")],
        sa.Column("stage", sa.Integer(), nullable=False),
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("platform", "space", "channel")],
        sa.Column("asked_at", Instant(), nullable=False),
        *[sa.Column(name, Instant(), nullable=True) for name in ("due_at", "closed_at")],
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("helped", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "answers",
        sa.Column("id", number, autoincrement=True, nullable=False),
        *[sa.Column(name, sa.BigInteger(), nullable=False) for name in ("community_id", "question_id", "member_id")],
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        *[sa.Column(name, Instant(), nullable=True) for name in ("accepted_at", "rejected_at")],
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "routes",
        sa.Column("id", number, autoincrement=True, nullable=False),
        *[sa.Column(name, sa.BigInteger(), nullable=False) for name in ("community_id", "question_id", "member_id")],
        sa.Column("at", Instant(), nullable=False),
        sa.Column("declined_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("question_id", "member_id"),
    )
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_questions_member_id"), ["member_id"], unique=False)
        batch_op.create_index("ix_questions_status", ["community_id", "status"], unique=False)
        batch_op.create_index("ix_questions_due", ["due_at"], unique=False)
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answers_question_id"), ["question_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_answers_member_id"), ["member_id"], unique=False)
        batch_op.create_index("ix_answers_accepted", ["community_id", "accepted_at"], unique=False)
    with op.batch_alter_table("routes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_routes_community_id"), ["community_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_routes_member_id"), ["member_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("routes")
    op.drop_table("answers")
    op.drop_table("questions")
