"""Members are found by the day on which they were last active: an index of instants changed with every message."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

DAY = 86_400_000_000
"""Microseconds."""
FIRST = 719_163
"""The ordinal of the first day of 1970."""


def upgrade() -> None:
    """Apply."""
    op.add_column("members", sa.Column("last_day", sa.Integer(), nullable=True))
    rows = sa.table("members", sa.column("last_at", sa.BigInteger()), sa.column("last_day", sa.Integer()))
    op.execute(rows.update().where(rows.c.last_at.is_not(None)).values(last_day=rows.c.last_at // DAY + FIRST))
    op.drop_index("ix_members_last", "members")
    op.create_index("ix_members_last", "members", ["community_id", "last_day"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_members_last", "members")
    op.create_index("ix_members_last", "members", ["community_id", "last_at"])
    op.drop_column("members", "last_day")
