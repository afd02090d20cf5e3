"""arrival."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one."""
    with op.batch_alter_table("check_run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("arrival_hash", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_check_run_arrival_hash"), ["arrival_hash"], unique=True
        )
        batch_op.create_index("ix_check_run_kind_started_at", ["kind", "started_at"], unique=False)
