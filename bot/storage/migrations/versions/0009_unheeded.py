"""What newcomers wrote and nobody has heeded yet: the log is followed for it line by line, and not looked through."""

import sqlalchemy as sa
from alembic import op

from bot.storage.tables import Id, Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "unheeded",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        *[sa.Column(name, sa.BigInteger(), nullable=False) for name in ("line", "community_id", "member_id")],
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("key", "channel", "topic")],
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("member_id"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("unheeded")
