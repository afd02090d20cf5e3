"""Run by Alembic: binds the migrations to the connection and transaction of the caller."""

from __future__ import annotations

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Enum
from sqlalchemy.types import TypeDecorator

from smtp_panel.storage.base import Base


def render_item(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write a column's type as what it is in the database, for migrations outlive the code."""
    if kind != "type":
        return False
    if isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    if isinstance(item, Enum) and not (item.native_enum or item.create_constraint):
        return f"sa.String(length={item.length})"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
