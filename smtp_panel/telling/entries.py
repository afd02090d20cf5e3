"""What an entry of the audit log tells, to people and to programs."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from smtp_panel.audit import AuditEntry


def entry_facts(entry: AuditEntry) -> dict[str, Any]:
    """The entry as data for JSON, but for its moment, which is one."""
    return {
        "id": entry.id,
        "at": entry.at,
        "actor": entry.actor,
        "address": entry.address,
        "action": entry.action,
        "changes": {name: {"old": old, "new": new} for name, (old, new) in entry.changes.items()},
        "note": note_of(entry),
        "settings_version": entry.settings_version,
    }


def note_of(entry: AuditEntry) -> str:
    """What is said beside the changes, in the reader's language; empty where nothing is."""
    return gettext(entry.note) if entry.note else ""
