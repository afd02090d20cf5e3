"""know when a server's certificate ends."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one."""
    with op.batch_alter_table("node_status", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("certificate_of", sa.Text(), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column("certificate_ends", sa.DateTime(timezone=True), nullable=True)
        )
