"""find recipients in any case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

INDEX, TABLE = "ix_message_recipient_address", "message_recipient"


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.drop_index(INDEX, TABLE)
    op.create_index(INDEX, TABLE, [sa.text("lower(address)"), "message"])
