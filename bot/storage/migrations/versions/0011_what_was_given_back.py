"""A refund names the charge that it gives back: by counting, a part of one passed for a whole other."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("payments") as batch_op:
        batch_op.add_column(sa.Column("of", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("payments") as batch_op:
        batch_op.alter_column("of", server_default=None)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("payments") as batch_op:
        batch_op.drop_column("of")
