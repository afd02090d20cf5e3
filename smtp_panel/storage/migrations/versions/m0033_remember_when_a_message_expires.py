"""remember when a message expires."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from smtp_panel.storage import UTCDateTime

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one; what waits has it in the queue."""
    op.add_column("message", sa.Column("expires_at", UTCDateTime()))
    op.execute(
        "UPDATE message SET expires_at = queue.expires_at FROM queue"
        " WHERE queue.id = message.id AND queue.expires_at IS NOT NULL"
    )
