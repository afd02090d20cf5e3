"""A run as the page shows it: the ladder, the verdict and the diagnosis in words."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask_babel import format_decimal, gettext
from jinja2.filters import do_filesizeformat

from smtp_panel.check.check import Verdict
from smtp_panel.check.report import report
from smtp_panel.check.steps import Step, StepState
from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.runs.model import Run, RunKind, RunState
from smtp_panel.settings.values import Service
from smtp_panel.smtp.facts import Stage
from smtp_panel.storage import utcnow
from smtp_panel.telling import certificates
from smtp_panel.telling.certificates import CertificateFacts, Met
from smtp_panel.telling.errors import error_in_words, is_reply
from smtp_panel.telling.labels import FIELD_LABELS, STEP_LABELS
from smtp_panel.telling.language import in_words
from smtp_panel.telling.repairs import RepairView, offered
from smtp_panel.telling.verdict import VerdictView, verdict_of
from smtp_panel.words import N_

PENDING = "pending"
SKIPPED = {
    Stage.TLS: N_("not used: TLS / SSL is off"),
    Stage.AUTH: N_("not used: no user name"),
}
EXPOSED_TOKEN = N_("The access token travelled unprotected: TLS / SSL is off.")
WARNED = {
    Stage.TLS: N_("The certificate ends soon."),
    Stage.AUTH: N_("The password travelled unprotected: TLS / SSL is off."),
}


@dataclass(frozen=True, slots=True)
class StepView:
    """One row of the ladder."""

    step: str
    label: str
    state: str
    ms: float | None
    summary: str
    facts: CertificateFacts


@dataclass(frozen=True, slots=True)
class DiagnosisView:
    """A diagnosis in the reader's language; `by_server` tells whether the server `said` so."""

    id: str
    stage: str
    field: str | None
    field_label: str
    cause: str
    remedy: str
    said: str
    by_server: bool
    repair: RepairView | None


@dataclass(frozen=True, slots=True)
class RunView:
    """A run under the buttons, or folded into the status."""

    id: str
    node: str
    state: str
    draft: str
    by_default_service: bool
    poll: str | None
    recipient: str
    started: datetime.datetime
    steps: list[StepView]
    verdict: VerdictView
    diagnosis: DiagnosisView | None
    transcript: str
    report: str
    can_save: bool
    sandbox_url: str | None


def run_view(
    run: Run, language: str, *, poll: str = "", watch: str = "", sandbox_url: str | None = None
) -> RunView:
    """`run` in the words of `language`.

    `poll` is the URL for the next state of a running test, and `watch` the one that tells whether
    the message of a finished test has arrived.
    """
    state = RunState.FAILED if run.abandoned(utcnow()) else run.state
    running = state is RunState.RUNNING
    accepted = run.verdict is Verdict.ACCEPTED
    unsaved = run.settings_version is None
    return RunView(
        id=run.id,
        node=run.node,
        state=state.value,
        draft="unsaved" if unsaved else "saved",
        by_default_service=run.draft.get("service") == Service.DEFAULT,
        poll=poll if running else None,
        recipient=run.recipient,
        started=run.started_at,
        steps=_rows(run, running=running),
        verdict=verdict_of(run, watch),
        diagnosis=diagnosis_view(run, language),
        transcript=run.transcript,
        report="" if running or run.kind is RunKind.CHECK else report_of(run),
        can_save=unsaved and not running,
        sandbox_url=sandbox_url if accepted else None,
    )


def report_of(run: Run) -> str:
    """`run` as a text that can be shown around, in English; see `check.report`."""
    custom = run.draft.get("service") == Service.CUSTOM
    return report(
        settings=run.draft if custom else {"service": Service.DEFAULT},
        verdict=run.verdict or "interrupted",
        steps=run.ladder(),
        diagnosis=run.explanation(),
        transcript=run.transcript,
        at=run.started_at,
    )


def diagnosis_view(run: Run, language: str) -> DiagnosisView | None:
    """Why `run` failed, in `language`."""
    diagnosis = run.explanation()
    if diagnosis is None:
        return None
    cause, said = diagnosis.cause(language, in_words), _said(diagnosis, run.ladder())
    return DiagnosisView(
        id=diagnosis.id,
        stage=diagnosis.stage.value,
        field=diagnosis.field,
        field_label=gettext(FIELD_LABELS[diagnosis.field]) if diagnosis.field else "",
        cause=cause,
        remedy=diagnosis.remedy(language),
        said=said,
        by_server=is_reply(diagnosis.says),
        repair=offered(diagnosis.offer, run.draft),
    )


def _said(diagnosis: Diagnosis, steps: Sequence[Step]) -> str:
    """What the server said; other words only where the ladder does not tell them already."""
    errors = (step.detail.get("error") for step in steps)
    told = not is_reply(diagnosis.says) and diagnosis.says in errors
    return "" if told else error_in_words(diagnosis.says)


def _rows(run: Run, *, running: bool) -> list[StepView]:
    begun = {step.step: step for step in run.ladder()}
    stages = run.order() if running else [stage for stage in run.order() if stage in begun]
    return [row(stage, begun.get(stage)) for stage in stages]


def row(stage: Stage, step: Step | None) -> StepView:
    """One row of the ladder; a `step` of None has not begun."""
    label = gettext(STEP_LABELS[stage])
    if step is None:
        return StepView(stage.value, label, PENDING, None, "", [])
    met = step.detail if step.state in (StepState.PASSED, StepState.WARNED) else {}
    summary = SUMMARIES[stage](met) if met else ""
    if step.state is StepState.SKIPPED:
        summary = gettext(SKIPPED[stage]) if stage in SKIPPED else gettext("not part of a check")
    if step.state is StepState.FAILED:
        summary = error_in_words(step.detail["error"])
    if step.state is StepState.WARNED:
        warning = EXPOSED_TOKEN if "token" in met else WARNED[stage]
        summary += " " + gettext(warning)
    if step.state is StepState.FAILED:
        facts = FAILED[stage](step.detail) if stage in FAILED else []
    else:
        facts = FACTS[stage](met) if met and stage in FACTS else []
    return StepView(stage.value, label, step.state.value, step.ms, summary, facts)


def _resolve(met: Met) -> str:
    server, addresses = met["server"], ", ".join(met["addresses"])
    return server if server == addresses else f"{server} → {addresses}"


def _data(met: Met) -> str:
    if met["queue_id"]:
        return gettext("queued as %(id)s", id=met["queue_id"])
    return str(met["reply"])


def _ehlo(met: Met) -> str:
    if met["size_limit"]:
        return gettext("messages up to %(size)s", size=do_filesizeformat(met["size_limit"]))
    return ""


SUMMARIES: dict[Stage, Callable[[Met], str]] = {
    Stage.DNS: _resolve,
    Stage.CONNECT: lambda met: str(met["address"]),
    Stage.BANNER: lambda met: str(met["greeting"]),
    Stage.EHLO: _ehlo,
    Stage.TLS: certificates.summary,
    Stage.AUTH: lambda met: str(met["mechanism"]),
    Stage.MAIL_FROM: lambda met: str(met["address"]),
    Stage.RCPT_TO: lambda met: str(met["address"]),
    Stage.DATA: _data,
}


def _connect_facts(met: Met) -> CertificateFacts:
    return [(str(each["address"]), error_in_words(each["error"])) for each in met.get("failed", ())]


def _ehlo_facts(met: Met) -> CertificateFacts:
    return [
        (gettext("We said"), f"EHLO {met['name']}"),
        (gettext("Offered"), ", ".join(met["offered"])),
    ]


TOKEN_SOURCES = {
    "fetched": N_("fetched just now, valid for %(minutes)s min"),
    "cached": N_("from the cache, valid for %(minutes)s min"),
}


def _auth_facts(met: Met) -> CertificateFacts:
    offered = [(gettext("Offered"), " ".join(met["offered"]))]
    if "token" not in met:
        return offered
    source, minutes = TOKEN_SOURCES[met["token"]], format_decimal(int(met["token_seconds"]) // 60)
    return [(gettext("Access token"), gettext(source, minutes=minutes)), *offered]


def _reply_facts(met: Met) -> CertificateFacts:
    return [(gettext("Server said"), str(met["reply"]))]


FACTS: dict[Stage, Callable[[Met], CertificateFacts]] = {
    Stage.CONNECT: _connect_facts,
    Stage.EHLO: _ehlo_facts,
    Stage.TLS: certificates.facts,
    Stage.AUTH: _auth_facts,
    Stage.MAIL_FROM: _reply_facts,
    Stage.RCPT_TO: _reply_facts,
    Stage.DATA: _reply_facts,
}
# What is told of a step that failed, beside why.
FAILED: dict[Stage, Callable[[Met], CertificateFacts]] = {
    Stage.CONNECT: _connect_facts,
    Stage.TLS: certificates.refused,
}
