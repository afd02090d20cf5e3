"""announce what ends."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one."""
    day = sa.Column("client_secret_ends", sa.String(length=10), nullable=False, server_default="")
    with op.batch_alter_table("settings", schema=None) as batch_op:
        batch_op.add_column(day)
    op.create_table(
        "ending_announced",
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("what", "name", "at", name=op.f("pk_ending_announced")),
    )
