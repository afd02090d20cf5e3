"""tell each check by one ping."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.add_column("node_status", sa.Column("pinged_after", sa.String(length=32), nullable=True))
