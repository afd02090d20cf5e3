"""Every diagnosis that there is, told of an example: for who reads about it beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from smtp_panel.diagnosis import general
from smtp_panel.diagnosis.catalogue import catalogue
from smtp_panel.diagnosis.diagnosis import SMTP_COMMANDS, Diagnosis
from smtp_panel.diagnosis.entry import Entry
from smtp_panel.diagnosis.evidence import evidence_of
from smtp_panel.smtp.endpoint import Security
from smtp_panel.smtp.facts import Facts, FaultKind, Handover, Stage

EXAMPLE = {
    "server": "smtp.example.com",
    "port": "587",
    "username": "ada@example.com",
    "scopes": "https://graph.microsoft.com/.default",
    "sender": "no-reply@example.com",
    "recipient": "grace@example.net",
    "refusal": "535 5.7.8 …",
    "mechanisms": "PLAIN, LOGIN",
    "provider_server": "smtp.example.com",
    "provider_port": "587",
    "issuer": "Example CA",
    "names": "mail.example.com",
    "region_endpoint": "https://accounts.zoho.eu/oauth/v2/token",
    "entra_endpoint": "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token",
    "mail_scope": "https://outlook.office365.com/.default",
    "other_issuer": "Microsoft",
    "other_server": "smtp.office365.com",
    "ports": "587 465",
    "other_ports": "587",
    "named_ports": "465",
    "ehlo_name": "app.example.com",
    "addresses": "192.0.2.7",
    "expired": "Example CA",
}
REFUSED = "550"
SAID = "…"  # what stands for a server's words

# Of the catalogue: after these, the server may have taken the message (SPEC D3).
UNCERTAIN = frozenset(
    {"data-neither-yes-nor-no", "data-closed-after-dot", "data-timeout-after-dot"}
)

# At which steps each way to fail can be met that no entry of the catalogue may know.
TALKING = (
    *(Stage.BANNER, Stage.EHLO, Stage.STARTTLS, Stage.AUTH),
    *(Stage.MAIL_FROM, Stage.RCPT_TO, Stage.DATA, Stage.QUIT),
)
MET_AT: Mapping[FaultKind, tuple[Stage, ...]] = {
    FaultKind.REPLY: TALKING,
    FaultKind.TIMEOUT: (Stage.DNS, Stage.CONNECT, Stage.TLS, *TALKING),
    FaultKind.CLOSED: (Stage.CONNECT, Stage.TLS, *TALKING),
    FaultKind.REFUSED: (Stage.CONNECT,),
    FaultKind.UNREACHABLE: (Stage.CONNECT,),
    FaultKind.DNS_NOT_FOUND: (Stage.DNS,),
    FaultKind.DNS_TEMPORARY: (Stage.DNS,),
    FaultKind.DNS_NO_ADDRESS: (Stage.DNS,),
    FaultKind.CERTIFICATE: (Stage.TLS,),
    FaultKind.TLS: (Stage.TLS, *TALKING),
    FaultKind.NOT_SMTP: TALKING,
    FaultKind.UNASKED: TALKING,
    FaultKind.NOT_OFFERED: (Stage.STARTTLS, Stage.AUTH, Stage.MAIL_FROM, Stage.RCPT_TO, Stage.DATA),
    FaultKind.TOO_LARGE: (Stage.MAIL_FROM, Stage.DATA),
    FaultKind.CREDENTIALS_MISSING: (Stage.AUTH,),
    FaultKind.OAUTH: (Stage.AUTH,),
    FaultKind.BLOCKED: (Stage.CONNECT,),
    FaultKind.LOCAL: (Stage.DNS, Stage.CONNECT, Stage.TLS, *TALKING),
    FaultKind.PIN: (Stage.TLS,),
    FaultKind.ERROR: (Stage.DNS, Stage.CONNECT, Stage.TLS, *TALKING),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """A diagnosis as an example has it, and what is true of it in every case.

    It is `general` where no entry of the catalogue tells it. `stages` are the steps at which it is
    met, in their order. `retryable` is None where the reply
    decides whether the same attempt may pass later. `codes` and `phrases` are what servers say with
    it, `covers` other names of the same fault.
    """

    diagnosis: Diagnosis
    general: bool
    stages: tuple[Stage, ...]
    retryable: bool | None
    codes: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()


@cache
def specimens() -> Mapping[str, Specimen]:
    """Every diagnosis by its id: those of the catalogue in its order, then the general ones."""
    known = [_of_entry(entry) for entry in catalogue().entries]
    general_ones = [_general(stage, kind) for kind, stages in MET_AT.items() for stage in stages]
    return {each.diagnosis.id: each for each in (*known, *general_ones)}


def specimen(fault_id: str) -> Specimen | None:
    """The diagnosis with this id, also a general one that is not expected; None for no id."""
    if found := specimens().get(fault_id):
        return found
    with suppress(ValueError):
        _, stage, kind = fault_id.split("-")
        return _general(Stage(stage), FaultKind(kind))
    return None


def _of_entry(entry: Entry) -> Specimen:
    again = not entry.codes or any(code.startswith("4") for code in entry.codes)
    return Specimen(
        diagnosis=Diagnosis(
            id=entry.id,
            stage=entry.stage,
            field=entry.field,
            retryable=again if entry.retryable is None else entry.retryable,
            scope=entry.scope,
            says=SAID,
            values={
                **EXAMPLE,
                "code": next(iter(entry.codes), REFUSED),
                "command": SMTP_COMMANDS.get(entry.stage, "EHLO"),
            },
        ),
        general=False,
        stages=tuple(stage for stage in Stage if stage in entry.stages),
        retryable=entry.retryable,
        codes=entry.codes,
        phrases=entry.phrases,
        covers=entry.covers,
    )


def _general(stage: Stage, kind: FaultKind) -> Specimen:
    by_reply = kind is FaultKind.REPLY
    code = REFUSED if by_reply else ""
    facts = Facts(
        stage=stage,
        kind=kind,
        code=int(code) if code else None,
        server=EXAMPLE["server"],
        port=int(EXAMPLE["port"]),
        security=Security.STARTTLS,
        handover=Handover.FINISHED if stage is Stage.QUIT else Handover.NOT_BEGUN,
    )
    concluded = general.conclude(evidence_of(facts))
    diagnosis = Diagnosis(
        id=concluded.id,
        stage=concluded.stage,
        field=concluded.field,
        retryable=concluded.retryable,
        scope=concluded.scope,
        says=SAID,
        values={**EXAMPLE, "stage": stage.value, "kind": kind.value, "code": code, "reason": SAID},
    )
    return Specimen(
        diagnosis=diagnosis,
        general=True,
        stages=(stage,),
        retryable=None if by_reply and stage is not Stage.QUIT else concluded.retryable,
    )
