"""ask for senders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from smtp_panel.storage import UTCDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "senders_asked",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("settings_version", sa.Integer(), nullable=False),
        sa.Column("server", sa.String(length=253), nullable=False),
        sa.Column("by", sa.String(length=320), nullable=False),
        sa.Column("node", sa.String(length=255), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("ends_by", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_senders_asked_only_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_senders_asked")),
    )
