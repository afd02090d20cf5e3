"""show the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one."""
    ended = sa.text("finished_at IS NOT NULL")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_failed")
        batch_op.drop_index("ix_message_uncertain")
        batch_op.create_index(
            "ix_message_ended",
            ["state", "id"],
            unique=False,
            sqlite_where=ended,
            postgresql_where=ended,
        )
    op.add_column("delivery_attempt", sa.Column("stage", sa.String(length=20), nullable=True))
