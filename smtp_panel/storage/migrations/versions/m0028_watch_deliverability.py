"""watch deliverability."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "deliverability",
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("stored", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.String(length=320), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("states", sa.JSON(), nullable=False),
        sa.Column("lost", sa.JSON(), nullable=False),
        sa.Column("entered", sa.JSON(), nullable=False),
        sa.Column("looking_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_deliverability")),
    )
    op.create_table(
        "deliverability_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.String(length=10), nullable=False),
        sa.Column("stored", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliverability_change")),
    )
    op.create_index("ix_deliverability_change_domain", "deliverability_change", ["domain", "id"])
