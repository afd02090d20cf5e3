"""What the SMTP page shows: values, errors, notices and how mail stands."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from flask import flash, get_flashed_messages, session, url_for
from flask_babel import gettext

from smtp_panel.net.tls import INSECURE, RECOMMENDED, TLSVersion, supported_versions
from smtp_panel.panel import Panel
from smtp_panel.runs.drafts import texts_of
from smtp_panel.runs.egress import Egress
from smtp_panel.runs.model import Run
from smtp_panel.settings.rules import Notice, Refused, authorities, certificates_in
from smtp_panel.settings.saved import Saved
from smtp_panel.settings.service import Conflict
from smtp_panel.settings.values import SECRETS, Service
from smtp_panel.status.model import Health, NodeStatus
from smtp_panel.storage import db
from smtp_panel.telling.certificates import Facts, shown
from smtp_panel.telling.ladder import RunView, view_of
from smtp_panel.telling.language import language
from smtp_panel.web.audit_log import Change, changes_in_words
from smtp_panel.web.history import PastTest, history
from smtp_panel.web.nav import nav
from smtp_panel.words import N_

SAVED, NOTICES = "saved", "notices"  # what the session remembers for the next page
AUTOMATIC = N_("SSL/TLS automatic")
HEALTHS = {
    Health.UNKNOWN: "unchecked",
    Health.HEALTHY: "healthy",
    Health.UNCONFIGURED: "unconfigured",
    Health.SECRET_LOST: "problem",
    Health.FAILED: "problem",
}

Texts = Mapping[str, str]
Names = frozenset[str]


@dataclass(frozen=True, slots=True)
class Version:
    """An entry of the drop-down of TLS versions."""

    value: str
    label: str
    recommended: bool
    insecure: bool


@dataclass(frozen=True, slots=True)
class ErrorView:
    """What is wrong with a field, and a value that one click takes over."""

    message: str
    suggestion: str | None


@dataclass(frozen=True, slots=True)
class CertificateView:
    """A certificate that is trusted; `expired` warns of its end, which was."""

    facts: Facts
    expired: bool


@dataclass(frozen=True, slots=True)
class ConflictView:
    """Who saved in between, when, and what."""

    by: str
    at: datetime.datetime
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class StatusView:
    """How mail stands; `poll` is where to ask again while a check is under way."""

    state: str
    at: datetime.datetime | None
    poll: str | None
    run: RunView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpPage:
    """Everything that templates/smtp/page.html takes."""

    values: Texts
    default_offered: bool
    default_name: str
    default_origin: str
    kept: Names
    lost: Names
    certificates: Mapping[str, list[CertificateView]]
    egress: Egress
    usual: Texts
    locked: Texts
    tls_versions: list[Version]
    recipient: str
    status: StatusView
    saved: bool
    errors: Mapping[str, ErrorView] = field(default_factory=dict)
    notices: Texts = field(default_factory=dict)
    conflict: ConflictView | None = None
    alert: str | None = None
    run: RunView | None = None
    draft_secret_needed: bool = False
    history: list[PastTest] = field(default_factory=list)


def note_saved(notices: Mapping[str, Notice]) -> None:
    """Remember for the next page that the settings were saved, and what to know about them."""
    flash("", SAVED)
    if notices:
        session[NOTICES] = _notices(notices)


def smtp_page(
    path: Panel,
    typed: Texts | None = None,
    *,
    errors: Mapping[str, Refused] | None = None,
    notices: Mapping[str, Notice] | None = None,
    conflict: Conflict | None = None,
    alert: str | None = None,
    run: Run | None = None,
) -> SmtpPage:
    """The page with the saved values, or with what was `typed`."""
    saved, default, user = path.saved(db.session()), path.default, nav().user
    values = _values(saved, typed, conflict)
    return SmtpPage(
        values=values,
        default_offered=default is not None,
        default_name=_default_name(default.name) if default else "",
        default_origin=path.default_origin,
        kept=frozenset(filter(saved.has, SECRETS)),
        lost=frozenset(filter(saved.lost, SECRETS)),
        certificates=_certificates(values),
        egress=path.egress(db.session()),
        usual=path.usual,
        locked=saved.locked,
        tls_versions=_versions(),
        recipient=user.email if user else "",
        status=status_view(),
        saved=bool(get_flashed_messages(category_filter=[SAVED])),
        errors={name: _error(refused) for name, refused in (errors or {}).items()},
        notices={
            **_notices(path.read(values).notices),
            **session.pop(NOTICES, {}),
            **_notices(notices or {}),
        },
        conflict=_conflict(conflict) if conflict else None,
        alert=alert,
        run=test_view(run) if run else None,
        draft_secret_needed=bool(run and run.settings_version is None and run.password_typed),
        history=history(),
    )


def status_view() -> StatusView:
    """How mail stands on the node that is broken longest, or on any."""
    first: NodeStatus | None = nav().statuses[0] if nav().statuses else None
    poll = url_for("smtp.status") if nav().checking else None
    if first is None:
        return StatusView("checking" if poll else "unchecked", None, poll, None)
    run = db.session.get(Run, first.run_id) if first.broken and first.run_id else None
    return StatusView(
        state="checking" if poll else HEALTHS[first.health],
        at=first.checked_at if first.health is not Health.UNKNOWN else None,
        poll=poll,
        run=view_of(run, language()) if run else None,
    )


def test_view(run: Run) -> RunView:
    """A test as it stands under the buttons."""
    sandbox = nav().sandbox and run.draft.get("service") == Service.DEFAULT
    return view_of(
        run,
        language(),
        poll=url_for("smtp.progress", run_id=run.id),
        watch=url_for("smtp.arrival", run_id=run.id),
        sandbox_url=url_for("sandbox.listing") if sandbox else None,
    )


def _values(saved: Saved, typed: Texts | None, conflict: Conflict | None) -> Texts:
    version = str(saved.version)
    if typed is None:
        return texts_of(saved) | {"version": version}
    locked = {name: text for name, text in texts_of(saved).items() if name in saved.locked}
    base = typed.get("version", version)
    return {**texts_of(saved), **typed, **locked, "version": version if conflict else base}


def _certificates(values: Texts) -> dict[str, list[CertificateView]]:
    """What is known of the certificates in the fields that hold any, where they can be read."""
    return {name: _views(values.get(name, "")) for name in ("ca_pem", "pinned")}


def _views(pem: str) -> list[CertificateView]:
    with suppress(Refused):
        return [
            CertificateView(shown(c), c.days_left < 0) for c in certificates_in(authorities(pem))
        ]
    return []


def _default_name(name: str) -> str:
    return gettext("Sandbox on this machine") if name == "Sandbox" else name


def _versions() -> list[Version]:
    return [
        Version(
            value=version.value,
            label=gettext(AUTOMATIC) if version is TLSVersion.AUTO else f"TLS {version}",
            recommended=version is RECOMMENDED,
            insecure=version in INSECURE and version is not TLSVersion.AUTO,
        )
        for version in (TLSVersion.AUTO, *supported_versions())
    ]


def _error(refused: Refused) -> ErrorView:
    return ErrorView(gettext(refused.message, **refused.params), refused.suggestion)


def _notices(notices: Mapping[str, Notice]) -> Texts:
    return {name: gettext(each.message, **each.params) for name, each in notices.items()}


def _conflict(conflict: Conflict) -> ConflictView:
    return ConflictView(conflict.by, conflict.at, changes_in_words(conflict.changes))
