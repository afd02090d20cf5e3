"""count what a server takes, and know its limits by account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one. What was learnt so far is learnt again."""
    op.drop_table("outbox_limit")
    op.create_table(
        "outbox_limit",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("learnt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("says", sa.String(length=1000), nullable=False),
        sa.Column("lifted_by", sa.String(length=320), nullable=True),
        sa.PrimaryKeyConstraint("account", "kind", name=op.f("pk_outbox_limit")),
    )
    for name in ("full_since", "full_until"):
        op.add_column("outbox_pause", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "outbox_volume",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("slot", sa.DateTime(timezone=True), nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.Column("recipients", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "slot", name=op.f("pk_outbox_volume")),
        sqlite_with_rowid=False,
    )
