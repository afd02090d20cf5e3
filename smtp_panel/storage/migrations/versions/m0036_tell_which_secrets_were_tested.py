"""tell which secrets were tested."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.add_column("check_run", sa.Column("secrets_digest", sa.String(length=64), nullable=True))
