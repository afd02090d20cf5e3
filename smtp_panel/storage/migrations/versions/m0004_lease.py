"""lease: a node says when it was alive last, and every enumeration is stored by its values."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one: the names stored before are the values in capitals.

    No node is known to be alive until it says so.
    """
    op.execute(
        "UPDATE check_run SET kind = lower(kind), state = lower(state), verdict = lower(verdict)"
    )
    op.execute("UPDATE node_status SET health = lower(health)")
    with op.batch_alter_table("node_status", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE node_status SET seen_at = checked_at")
    with op.batch_alter_table("node_status", schema=None) as batch_op:
        batch_op.alter_column("seen_at", existing_type=sa.DateTime(timezone=True), nullable=False)
