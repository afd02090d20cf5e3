"""count changes of the way out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one."""
    column = sa.Column("generation", sa.Integer(), server_default="0", nullable=False)
    op.add_column("outbox_pause", column)
