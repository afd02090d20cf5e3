"""notice who changed a schedule."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from smtp_panel.storage import UTCDateTime

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one."""
    version = sa.Column("version", sa.Integer(), server_default="1", nullable=False)
    op.add_column("schedule", version)
    op.add_column("schedule", sa.Column("changed_by", sa.String(320)))
    op.add_column("schedule", sa.Column("changed_at", UTCDateTime()))
