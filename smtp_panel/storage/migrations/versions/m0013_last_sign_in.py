"""when people signed in last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.add_column("users", sa.Column("signed_in_at", sa.DateTime(timezone=True)))
