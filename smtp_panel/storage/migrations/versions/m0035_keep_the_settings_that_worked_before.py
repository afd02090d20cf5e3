"""keep the settings that worked before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "earlier_settings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(length=16), nullable=False),
        sa.Column("server", sa.String(length=253), nullable=False),
        sa.Column("sender", sa.String(length=512), nullable=False),
        sa.Column("username", sa.String(length=255), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("tls", sa.Boolean(), nullable=False),
        sa.Column("tls_version", sa.String(length=16), nullable=False),
        sa.Column("tls_start", sa.String(length=16), nullable=False),
        sa.Column("auth", sa.String(length=16), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("token_endpoint", sa.String(length=2000), nullable=False),
        sa.Column("scopes", sa.String(length=2000), nullable=False),
        sa.Column("client_secret_ends", sa.String(length=10), nullable=False),
        sa.Column("ehlo_name", sa.String(length=255), nullable=False),
        sa.Column("envelope_sender", sa.String(length=254), nullable=False),
        sa.Column("reply_to", sa.String(length=512), nullable=False),
        sa.Column("time_limit", sa.Integer(), nullable=True),
        sa.Column("ca_pem", sa.Text(), nullable=False),
        sa.Column("pinned", sa.Text(), nullable=False),
        sa.Column("password_encrypted", sa.Text(), nullable=True),
        sa.Column("password_destination", sa.Text(), nullable=True),
        sa.Column("client_secret_encrypted", sa.Text(), nullable=True),
        sa.Column("client_secret_destination", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(length=320), nullable=False),
        sa.Column("test_outcome", sa.String(length=16), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_earlier_settings_only_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_settings")),
    )
