"""The database: models' base, sessions, and a schema that brings itself up to date."""

from __future__ import annotations

from smtp_panel.storage.base import (
    ADDRESS,
    LARGEST_ID,
    ONLY_ROW,
    Base,
    KnownOf,
    OnlyRow,
    SaidText,
    UTCDateTime,
)
from smtp_panel.storage.clock import utcnow
from smtp_panel.storage.engine import db, init_app
from smtp_panel.storage.errors import UNAVAILABLE, NewerDatabase, StorageError, storage_error
from smtp_panel.storage.lately import lately
from smtp_panel.storage.migrate import upgrade
from smtp_panel.storage.writing import NestedWriting, locked_row, reading, under_way, writing

__all__ = [
    "ADDRESS",
    "LARGEST_ID",
    "ONLY_ROW",
    "UNAVAILABLE",
    "Base",
    "KnownOf",
    "NestedWriting",
    "NewerDatabase",
    "OnlyRow",
    "SaidText",
    "StorageError",
    "UTCDateTime",
    "db",
    "init_app",
    "lately",
    "locked_row",
    "reading",
    "storage_error",
    "under_way",
    "upgrade",
    "utcnow",
    "writing",
]
