"""Failures that the sandbox is told to show, and what follows in the installation (SPEC P3)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from smtp_panel import audit
from smtp_panel.audit import Actor, AuditAction
from smtp_panel.config import Config
from smtp_panel.outbox import limits, pause, staging
from smtp_panel.outbox.account import account_of
from smtp_panel.panel import Panel
from smtp_panel.sandbox import Failure, Sandbox
from smtp_panel.settings.default_service import SANDBOX_VARIABLE, operator_variable
from smtp_panel.settings.saved import Saved
from smtp_panel.storage import utcnow

BY_ITSELF = Actor("sandbox")


def try_out(panel: Panel, sandbox: Sandbox, failure: Failure | None, by: Actor) -> None:
    """Let the `sandbox` of `panel` fail in this way for a while, or with None no more.

    Mail that rests, and a check, try at once, so that warnings come and go; so does mail that the
    sandbox has put off. What was learnt of its limits is forgotten, for it is another server now.
    Raises StorageError where the data folder can't be written.
    """

    def switch(session: Session) -> Saved:
        before = sandbox.switch(failure, by.name, panel.config.sandbox_failure_seconds)
        _note(session, before, failure, by)
        saved = panel.saved(session)
        if _takes_mail(session, panel.config, saved):
            pause.hasten(session.connection(), utcnow())
        if endpoint := sandbox.endpoint():
            pause.lock(session.connection())
            limits.forget(session.connection(), account_of(endpoint).key)
        return saved

    panel.try_anew(switch)


def end(panel: Panel, by: Actor) -> None:
    """Let the sandbox of `panel` work again, where there is one that fails."""
    if panel.sandbox and panel.sandbox.tried():
        try_out(panel, panel.sandbox, None, by)


def end_overdue(panel: Panel) -> None:
    """End a failure whose time is over."""
    if panel.sandbox and panel.sandbox.is_overdue:
        try_out(panel, panel.sandbox, None, BY_ITSELF)


def _takes_mail(session: Session, config: Config, saved: Saved) -> bool:
    """Whether it is the sandbox that mail leaves by, be it by the word of staging."""
    staged = staging.load(session.connection())
    return staged.to_sandbox if staged else operator_variable(saved, config) == SANDBOX_VARIABLE


def _note(session: Session, before: Failure | None, after: Failure | None, by: Actor) -> None:
    """Say in the audit log that `by` has the sandbox fail in another way, unless it is the same."""
    if before == after:
        return
    action = AuditAction.FAILURE_ON if after else AuditAction.FAILURE_OFF
    change = {"failure": (before and before.id, after and after.id)}
    audit.record(session, action, by, changes=change)
