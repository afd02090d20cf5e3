"""stage mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "outbox_staging",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("exceptions", sa.JSON(), nullable=False),
        sa.Column("staged_by", sa.String(length=320), nullable=True),
        sa.Column("staged_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_outbox_staging_only_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_staging")),
    )
    op.execute("INSERT INTO outbox_staging (id, address, exceptions) VALUES (1, '', '[]')")
    op.add_column(
        "message_recipient",
        sa.Column("instead", sa.String(length=320), nullable=False, server_default=""),
    )
