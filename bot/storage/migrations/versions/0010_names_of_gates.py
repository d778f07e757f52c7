"""What is behind a gate has a name: numbers of roles tell nobody anything."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("gates") as batch_op:
        batch_op.add_column(sa.Column("name", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("gates") as batch_op:
        batch_op.alter_column("name", server_default=None)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("gates") as batch_op:
        batch_op.drop_column("name")
