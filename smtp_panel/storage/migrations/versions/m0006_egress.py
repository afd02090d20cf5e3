"""egress: the address from which a node connects is noted when a check or a test has shown it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one: the check that a start makes fills the columns."""
    with op.batch_alter_table("node_status", schema=None) as batch_op:
        batch_op.add_column(sa.Column("egress_origin", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("egress_address", sa.String(length=45), nullable=True))
