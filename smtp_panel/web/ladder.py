"""A run as the page shows it: the ladder, the verdict and the diagnosis in words."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal, gettext, ngettext

from smtp_panel.checks.model import Run, RunKind, RunState
from smtp_panel.smtp.check import Verdict
from smtp_panel.smtp.diagnosis import Diagnosis
from smtp_panel.smtp.facts import Stage
from smtp_panel.smtp.steps import State, Step
from smtp_panel.storage import utcnow
from smtp_panel.words import N_

PENDING = "pending"
LABELS = {
    Stage.DNS: N_("Resolve"),
    Stage.CONNECT: N_("Connect"),
    Stage.BANNER: N_("Greeting"),
    Stage.EHLO: N_("EHLO"),
    Stage.TLS: N_("TLS"),
    Stage.AUTH: N_("Authenticate"),
    Stage.MAIL_FROM: N_("Sender"),
    Stage.RCPT_TO: N_("Recipient"),
    Stage.DATA: N_("Message"),
}
SKIPPED = {
    Stage.TLS: N_("not used: TLS / SSL is off"),
    Stage.AUTH: N_("not used: no user name"),
}
FIELD_LABELS = {
    "service": N_("Mail service"),
    "server": N_("Mail server"),
    "port": N_("Port"),
    "tls": N_("TLS / SSL"),
    "tls_version": N_("TLS version"),
    "sender": N_("From"),
    "username": N_("User name"),
    "password": N_("Password"),
    "tls_start": N_("How TLS starts"),
    "auth": N_("Authentication"),
    "client_id": N_("Client ID"),
    "client_secret": N_("Client secret"),
    "token_endpoint": N_("Token endpoint"),
    "scopes": N_("Scopes"),
    "ehlo_name": N_("EHLO name"),
    "envelope_sender": N_("Envelope sender"),
    "reply_to": N_("Reply-To"),
    "time_limit": N_("Time limit"),
    "ca_pem": N_("Certificate authority"),
    "pinned": N_("Pinned certificate"),
}
# A certificate so close to its end deserves a word in the ladder.
FEW_DAYS = 14

Detail = Mapping[str, Any]
Facts = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class StepView:
    """One row of the ladder."""

    step: str
    label: str
    state: str
    ms: float | None
    summary: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class DiagnosisView:
    """A diagnosis in the reader's language."""

    id: str
    stage: str
    field: str | None
    field_label: str
    cause: str
    remedy: str
    server_says: str


@dataclass(frozen=True, slots=True)
class RunView:
    """A run under the buttons, or folded into the status."""

    id: str
    state: str
    draft: str
    poll: str | None
    recipient: str
    started: datetime.datetime
    steps: list[StepView]
    verdict: str
    diagnosis: DiagnosisView | None
    transcript: str
    can_save: bool
    sandbox_url: str | None


def view_of(run: Run, language: str, *, poll: str, sandbox_url: str | None = None) -> RunView:
    """`run` in `language`; `poll` is where the next state of a running one is fetched from."""
    abandoned = run.abandoned(utcnow())
    state = RunState.FAILED if abandoned else run.state
    running = state is RunState.RUNNING
    accepted = run.verdict is Verdict.ACCEPTED
    unsaved = run.settings_version is None
    return RunView(
        id=run.id,
        state=state.value,
        draft="unsaved" if unsaved else "saved",
        poll=poll if running else None,
        recipient=run.recipient,
        started=run.started_at,
        steps=_rows(run, running=running),
        verdict=gettext(ABANDONED) if abandoned else _verdict(run),
        diagnosis=explain(run.explanation(), language),
        transcript=run.transcript,
        can_save=unsaved and not running,
        sandbox_url=sandbox_url if accepted else None,
    )


def explain(diagnosis: Diagnosis | None, language: str) -> DiagnosisView | None:
    """`diagnosis` in `language`."""
    if diagnosis is None:
        return None
    return DiagnosisView(
        id=diagnosis.id,
        stage=diagnosis.stage.value,
        field=diagnosis.field,
        field_label=gettext(FIELD_LABELS[diagnosis.field]) if diagnosis.field else "",
        cause=diagnosis.cause(language),
        remedy=diagnosis.remedy(language),
        server_says=diagnosis.server_says,
    )


ABANDONED = N_("The test was interrupted: the panel was stopped while it ran. Test again.")
VERDICTS = {
    Verdict.CONNECTED: N_("The mail server is ready to take mail."),
    Verdict.FAILED: N_("The test message was not sent."),
    Verdict.UNCERTAIN: N_(
        "The connection was lost while the message was handed over. It may have been sent:"
        " look into the mailbox before you test again."
    ),
}


def _verdict(run: Run) -> str:
    if run.verdict is None:
        return ""
    if run.verdict is Verdict.ACCEPTED:
        return gettext(
            "The mail server accepted the message for %(recipient)s. Accepted is not yet"
            " arrived: look into the mailbox.",
            recipient=run.recipient,
        )
    if run.verdict is Verdict.FAILED and run.kind is RunKind.CHECK:
        return gettext("The mail server can't be used with these settings.")
    return gettext(VERDICTS[run.verdict])


def _rows(run: Run, *, running: bool) -> list[StepView]:
    begun = {step.step.value: step for step in run.ladder()}
    stages = run.stages if running else [stage for stage in run.stages if stage in begun]
    return [_row(Stage(stage), begun.get(stage)) for stage in stages]


def _row(stage: Stage, step: Step | None) -> StepView:
    label = gettext(LABELS[stage])
    if step is None:
        return StepView(stage.value, label, PENDING, None, "", [])
    met = step.detail if step.state in (State.PASSED, State.WARNED) else {}
    summary = SUMMARIES[stage](met) if met else ""
    if step.state is State.SKIPPED:
        summary = gettext(SKIPPED[stage]) if stage in SKIPPED else gettext("not part of a check")
    if step.state is State.FAILED:
        summary = str(step.detail["error"])
    if step.state is State.WARNED:
        summary += " " + gettext("The password travelled unprotected: TLS / SSL is off.")
    facts = FACTS[stage](met) if met and stage in FACTS else []
    return StepView(stage.value, label, step.state.value, step.ms, summary, facts)


def _resolve(met: Detail) -> str:
    server, addresses = met["server"], ", ".join(met["addresses"])
    return server if server == addresses else f"{server} → {addresses}"


def _tls(met: Detail) -> str:
    days = int(met["days_left"])
    return gettext(
        "%(version)s, certificate by %(issuer)s, %(days)s",
        version=str(met["version"]).replace("TLSv", "TLS "),
        issuer=met["issuer"],
        days=ngettext("%(num)s day left", "%(num)s days left", days),
    )


def _data(met: Detail) -> str:
    if met["queue_id"]:
        return gettext("queued as %(id)s", id=met["queue_id"])
    return str(met["reply"])


def _ehlo(met: Detail) -> str:
    if met["size_limit"]:
        megabytes = format_decimal(round(met["size_limit"] / 1_000_000, 1))
        return gettext("messages up to %(size)s MB", size=megabytes)
    return ""


SUMMARIES: dict[Stage, Callable[[Detail], str]] = {
    Stage.DNS: _resolve,
    Stage.CONNECT: lambda met: str(met["address"]),
    Stage.BANNER: lambda met: str(met["greeting"]),
    Stage.EHLO: _ehlo,
    Stage.TLS: _tls,
    Stage.AUTH: lambda met: str(met["mechanism"]),
    Stage.MAIL_FROM: lambda met: str(met["address"]),
    Stage.RCPT_TO: lambda met: str(met["address"]),
    Stage.DATA: _data,
}


def _connect_facts(met: Detail) -> Facts:
    return [(str(each["address"]), str(each["error"])) for each in met["failed"]]


def _ehlo_facts(met: Detail) -> Facts:
    return [
        (gettext("We said"), f"EHLO {met['name']}"),
        (gettext("Offered"), ", ".join(met["offered"])),
    ]


def _tls_facts(met: Detail) -> Facts:
    return [
        (gettext("Cipher"), str(met["cipher"])),
        (gettext("Certificate of"), str(met["subject"])),
        (gettext("Valid for"), ", ".join(met["names"])),
    ]


def _reply_facts(met: Detail) -> Facts:
    return [(gettext("Server said"), str(met["reply"]))]


FACTS: dict[Stage, Callable[[Detail], Facts]] = {
    Stage.CONNECT: _connect_facts,
    Stage.EHLO: _ehlo_facts,
    Stage.TLS: _tls_facts,
    Stage.AUTH: lambda met: [(gettext("Offered"), " ".join(met["offered"]))],
    Stage.MAIL_FROM: _reply_facts,
    Stage.RCPT_TO: _reply_facts,
    Stage.DATA: _reply_facts,
}
