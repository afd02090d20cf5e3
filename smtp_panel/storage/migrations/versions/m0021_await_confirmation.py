"""await the confirmation of settings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "awaited_confirmation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(length=320), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_awaited_confirmation_only_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awaited_confirmation")),
    )
