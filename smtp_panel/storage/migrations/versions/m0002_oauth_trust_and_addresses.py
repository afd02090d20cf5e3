"""OAuth, trust and addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one; what was saved before has none of these."""
    with op.batch_alter_table("settings", schema=None) as batch_op:
        for name, kind in {
            "client_id": sa.String(length=255),
            "token_endpoint": sa.String(length=2000),
            "scopes": sa.String(length=2000),
            "ehlo_name": sa.String(length=255),
            "envelope_sender": sa.String(length=254),
            "reply_to": sa.String(length=512),
            "ca_pem": sa.Text(),
            "pinned": sa.Text(),
        }.items():
            batch_op.add_column(sa.Column(name, kind, nullable=False, server_default=""))
        batch_op.add_column(sa.Column("time_limit", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("client_secret_encrypted", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("client_secret_destination", sa.Text(), nullable=True))
