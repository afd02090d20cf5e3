"""find what has ended by how it did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one."""
    ended = sa.text("finished_at IS NOT NULL")
    op.create_index(
        "ix_message_state_finished_at",
        "message",
        ["state", "finished_at"],
        sqlite_where=ended,
        postgresql_where=ended,
    )
    op.drop_index("ix_message_finished_at", table_name="message")
