"""ask nodes for tests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "asked_run",
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("node", sa.String(length=255), nullable=False),
        sa.Column("asked_by", sa.String(length=255), nullable=False),
        sa.Column("begin_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_asked_run")),
    )
    with op.batch_alter_table("check_run", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("node", sa.String(length=255), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("batch", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("refusal", sa.JSON(none_as_null=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_check_run_batch"), ["batch"], unique=False)
