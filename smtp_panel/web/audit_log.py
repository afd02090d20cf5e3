"""The page of the audit log (SPEC V5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from smtp_panel import audit
from smtp_panel.access.principal import require_admin
from smtp_panel.audit import AuditAction, AuditEntry
from smtp_panel.storage import db
from smtp_panel.telling.actors import actor_in_words
from smtp_panel.telling.entries import note_of
from smtp_panel.web.arguments import id_argument, text_argument
from smtp_panel.web.changes import ChangeInWords, changes_in_words
from smtp_panel.words import N_, Marked

audit_log = Blueprint("audit", __name__)
audit_log.before_request(require_admin)

ENTRIES = 50
ACTION_LABELS: Mapping[str, Marked] = {
    AuditAction.SETTINGS_SAVED: N_("SMTP settings saved"),
    AuditAction.SETTINGS_CONFIRMED: N_("SMTP settings confirmed"),
    AuditAction.TEST_STARTED: N_("Test requested"),
    AuditAction.USER_CREATED: N_("Account created"),
    AuditAction.USER_REMOVED: N_("Account removed"),
    AuditAction.USER_CHANGED: N_("Account changed"),
    AuditAction.ROLE_CHANGED: N_("Role changed"),
    AuditAction.USER_SIGNED_IN: N_("Signed in"),
    AuditAction.USER_SIGNED_OUT: N_("Signed out"),
    AuditAction.PASSWORD_CHANGED: N_("Password changed"),
    AuditAction.RESET_ASKED: N_("Password reset asked for"),
    AuditAction.LINK_CREATED: N_("One-time link created"),
    AuditAction.LOGIN_FAILED: N_("Sign-in failed"),
    AuditAction.MESSAGE_RESENT: N_("Message sent again"),
    AuditAction.MESSAGE_CANCELLED: N_("Message cancelled"),
    AuditAction.MESSAGE_COUNTED_AS_SENT: N_("Message counted as sent"),
    AuditAction.SENDING_PAUSED: N_("Sending paused"),
    AuditAction.SENDING_RESUMED: N_("Sending resumed"),
    AuditAction.LIMIT_LIFTED: N_("Limit of the mail server set aside"),
    AuditAction.LIMIT_KEPT: N_("Limit of the mail server kept to again"),
    AuditAction.STAGING_ON: N_("Staging turned on"),
    AuditAction.STAGING_OFF: N_("Staging turned off"),
    AuditAction.SELECTORS_CHANGED: N_("DKIM selectors changed"),
    AuditAction.FAILURE_ON: N_("Failure to try out turned on"),
    AuditAction.FAILURE_OFF: N_("Failure to try out ended"),
    AuditAction.SECRETS_ENCRYPTED_ANEW: N_("Secrets encrypted with a new key"),
    AuditAction.KEY_CREATED: N_("API key created"),
    AuditAction.KEY_ROTATED: N_("API key given a new secret"),
    AuditAction.KEY_REVOKED: N_("API key revoked"),
    AuditAction.KEY_ACTED_AS: N_("API key acts as an account"),
    AuditAction.SCHEDULE_CREATED: N_("Schedule created"),
    AuditAction.SCHEDULE_CHANGED: N_("Schedule changed"),
    AuditAction.SCHEDULE_PAUSED: N_("Schedule paused"),
    AuditAction.SCHEDULE_RESUMED: N_("Schedule resumed"),
    AuditAction.SCHEDULE_RUN: N_("Schedule run by hand"),
    AuditAction.SCHEDULE_REMOVED: N_("Schedule removed"),
    AuditAction.SCHEDULE_FAILING: N_("Schedule fails again and again"),
}


@dataclass(frozen=True, slots=True)
class EntryView:
    """One row; `actor` is the name by which entries are found, `who` the same in words."""

    at: datetime
    actor: str
    who: str
    address: str
    action: str
    changes: list[ChangeInWords]
    note: str


@audit_log.get("/admin/audit")
def page() -> ResponseReturnValue:
    """The newest entries by action and actor, or those before the entry that `before` names."""
    action, actor = request.args.get("action", type=AuditAction), text_argument("actor")
    found = audit.page(
        db.session(), before=id_argument("before"), limit=ENTRIES + 1, action=action, actor=actor
    )
    shown, older = found[:ENTRIES], None
    if len(found) > ENTRIES:
        older = url_for("audit.page", action=action, actor=actor or None, before=shown[-1].id)
    return render_template(
        "audit/page.html",
        entries=[_view(each) for each in shown],
        older=older,
        chosen=action,
        actor=actor,
        actions=ACTION_LABELS,
    )


def _view(entry: AuditEntry) -> EntryView:
    return EntryView(
        at=entry.at,
        actor=entry.actor,
        who=actor_in_words(entry.actor) if entry.actor else gettext("unknown"),
        address=entry.address,
        action=gettext(ACTION_LABELS.get(entry.action, entry.action)),
        changes=changes_in_words(entry.changes, made=entry.action != AuditAction.SETTINGS_SAVED),
        note=note_of(entry),
    )
