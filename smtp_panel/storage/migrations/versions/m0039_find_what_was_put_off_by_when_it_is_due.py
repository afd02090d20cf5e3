"""find what was put off by when it is due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one."""
    tried = sa.text("tried_at IS NOT NULL")
    op.create_index(
        "ix_queue_put_off", "queue", ["due"], sqlite_where=tried, postgresql_where=tried
    )
