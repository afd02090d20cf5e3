"""The data of the SMTP page: values, errors and notices, beside the status of mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from flask import flash, get_flashed_messages, request, session, url_for

from smtp_panel.panel import current_panel
from smtp_panel.runs.egress import Egress
from smtp_panel.runs.model import Run
from smtp_panel.settings.default_service import default_variable
from smtp_panel.settings.fields import SECRETS
from smtp_panel.settings.locked import locked
from smtp_panel.settings.rules import Notice, Refused, authorities, certificates_in
from smtp_panel.settings.saved import Saved
from smtp_panel.settings.service import Conflict
from smtp_panel.settings.values import Service
from smtp_panel.status.ending import calendar
from smtp_panel.storage import db, utcnow
from smtp_panel.telling.certificates import CertificateFacts, shown
from smtp_panel.telling.ending import EndingInWords, ending_in_words
from smtp_panel.telling.ladder import RunView, run_view
from smtp_panel.telling.language import in_words, language
from smtp_panel.web.changes import ConflictView, changes_in_words
from smtp_panel.web.deliverability_page import DomainView, domain_view
from smtp_panel.web.find_form import Finder
from smtp_panel.web.find_form import finder as finder_of
from smtp_panel.web.history import PastTest, history
from smtp_panel.web.nav import nav
from smtp_panel.web.nodes import NodeTests, NodeView, choices, nodes, tests_of_all
from smtp_panel.web.provider import ProviderView, provider_view
from smtp_panel.web.smtp_form import SmtpForm
from smtp_panel.web.smtp_status import StatusView, status_view

SAVED, NOTICES = "saved", "notices"  # what the session remembers for the next page

Names = frozenset[str]


class NoticeView(NamedTuple):
    """A notice about a value, and a link to a page that says more."""

    text: str
    link: str | None


@dataclass(frozen=True, slots=True)
class CertificateView:
    """A certificate that the settings trust, and whether it has expired."""

    facts: CertificateFacts
    expired: bool


@dataclass(frozen=True, slots=True)
class ResultView:
    """What stands under the buttons: one `run`, or the `tests` of all nodes at once.

    `poll` is where to ask how it goes on, None once it has ended.
    """

    run: RunView | None
    tests: NodeTests | None
    poll: str | None
    secret_typed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpPage:
    """Everything that templates/smtp/page.html shows."""

    form: SmtpForm
    provider: ProviderView
    wrong: Mapping[str, str]
    default_origin: str
    saved_secrets: Names
    lost_secrets: Names
    certificates: Mapping[str, list[CertificateView]]
    egress: Egress
    recipient: str
    status: StatusView
    saved: bool
    conflict: ConflictView | None
    alert: str | None
    testing: bool
    result: ResultView | None
    finder: Finder
    deliverability: DomainView
    calendar: list[EndingInWords]
    nodes: list[NodeView]
    test_from: list[tuple[str, str]]
    history: list[PastTest]


def note_saved(notices: Mapping[str, Notice]) -> None:
    """Remember for the next page that the settings were saved, and what to know about them."""
    flash("", SAVED)
    if notices:
        session[NOTICES] = _notices(notices)


def locked_by(name: str) -> str | None:
    """The variable that locks the field `name`, if one does."""
    return locked(current_panel().config).names.get(name)


def smtp_page(
    form: SmtpForm,
    *,
    conflict: Conflict | None = None,
    alert: str | None = None,
    result: ResultView | None = None,
    finder: Finder | None = None,
) -> SmtpPage:
    """The page with `form`, and what to say about it: a conflict, an alert, or a result.

    `finder` is the line above the fields, by default as it was sent.
    """
    panel, saved, user = form.panel, form.saved, nav().user
    if conflict:
        form.version.data = str(panel.saved(db.session()).version)
    wrong, tests = form.wrong, history()
    _mark(form, wrong, result.run if result else None)
    return SmtpPage(
        form=form,
        provider=provider_view(form.server.data or "", form.username.data or ""),
        wrong=wrong,
        default_origin=default_variable(panel.config),
        saved_secrets=frozenset(filter(saved.has, SECRETS)) - saved.locked.keys(),
        lost_secrets=frozenset(filter(saved.lost, SECRETS)),
        certificates=_certificates(form),
        egress=panel.egress(nav().statuses),
        recipient=user.email if user else "",
        status=status_view(),
        saved=bool(get_flashed_messages(category_filter=[SAVED])),
        conflict=_conflict(conflict) if conflict else None,
        alert=alert,
        testing=testing(),
        result=result,
        finder=finder or finder_of(saved, tests),
        deliverability=domain_view(panel, saved),
        calendar=_calendar(saved),
        nodes=nodes(nav().standing),
        test_from=choices(nav().standing),
        history=tests,
    )


def testing() -> bool:
    """Whether this request asks for a test, and not for a save."""
    return request.endpoint == "smtp.test"


def finding() -> bool:
    """Whether this request asks for settings to be found."""
    return request.endpoint == "find.look"


def result_view(asked_id: str, runs: Sequence[Run]) -> ResultView:
    """The test with the id `asked_id`, or the tests that were asked of all nodes as it."""
    secret_typed = any(run.settings_version is None and run.password_typed for run in runs)
    if asked_id == runs[0].batch:
        tests = tests_of_all(asked_id, runs)
        return ResultView(None, tests, tests.poll, secret_typed)
    view = _test_view(runs[0])
    return ResultView(view, None, view.poll, secret_typed)


def _test_view(run: Run) -> RunView:
    sandbox = nav().sandbox_is_default and run.draft.get("service") == Service.DEFAULT
    return run_view(
        run,
        language(),
        poll=url_for("smtp.progress", run_id=run.id),
        watch=url_for("smtp.arrival", run_id=run.id),
        sandbox_url=url_for("sandbox.listing") if sandbox else None,
    )


def _calendar(saved: Saved) -> list[EndingInWords]:
    """What ends of what mail needs, and when."""
    now = utcnow()
    return [ending_in_words(each, now) for each in calendar(saved, nav().statuses, now)]


def _mark(form: SmtpForm, wrong: Iterable[str], run: RunView | None) -> None:
    """Set the flags by which the fields of `form` are drawn; see templates/_form.html."""
    for name, notice in (_remembered_notices() | _notices(form.notices)).items():
        form[name].flags.notice = notice
    for name, variable in form.saved.locked.items():
        form[name].flags.lock = variable
    suspect = run.diagnosis.field if run and run.diagnosis else None
    if suspect and suspect in form:
        form[suspect].flags.suspect = True
    for first in islice(wrong, 1):
        form[first].flags.focus = True


def _certificates(form: SmtpForm) -> dict[str, list[CertificateView]]:
    """What is known of the certificates in the fields that hold any, where they can be read."""
    return {field.name: _views(field.data or "") for field in (form.ca_pem, form.pinned)}


def _views(pem: str) -> list[CertificateView]:
    with suppress(Refused):
        return [
            CertificateView(shown(c), c.days_left < 0) for c in certificates_in(authorities(pem))
        ]
    return []


def _notices(notices: Mapping[str, Notice]) -> dict[str, NoticeView]:
    return {name: NoticeView(in_words(each), each.link) for name, each in notices.items()}


def _remembered_notices() -> dict[str, NoticeView]:
    return {name: NoticeView(*each) for name, each in session.pop(NOTICES, {}).items()}


def _conflict(conflict: Conflict) -> ConflictView:
    return ConflictView(conflict.by, conflict.at, changes_in_words(conflict.changes))
