"""The diagnosis of what no catalogue entry knows: from the step, the kind and the codes alone.

It says what is known and what is not. Sentences are in general.toml.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from smtp_panel.diagnosis.catalogue import Texts
from smtp_panel.smtp.facts import Facts, Kind, Stage

PERMANENT = frozenset(
    (
        Kind.DNS_NOT_FOUND,
        Kind.DNS_NO_ADDRESS,
        Kind.CERTIFICATE,
        Kind.TLS,
        Kind.NOT_SMTP,
        Kind.UNASKED,
        Kind.NOT_OFFERED,
        Kind.TOO_LARGE,
        Kind.CREDENTIALS_MISSING,
        Kind.BLOCKED,
        Kind.PIN,
    )
)
_ENHANCED = re.compile(r"[245]\.([0-9]{1,3})\.([0-9]{1,3})")  # RFC 3463, section 2


class Codes(NamedTuple):
    """The codes of a reply, empty where it has none."""

    reply: str
    enhanced: str


class Verdict(NamedTuple):
    """What to report of a failure that nothing in the catalogue matches."""

    id: str
    stage: Stage
    field: str | None
    retryable: bool


def verdict(facts: Facts) -> Verdict:
    """The step, the field and whether to try again, for any `facts`."""
    detail, reply = _detail(facts.enhanced or ""), _reply(str(facts.code))
    field = detail.get("field") or reply.get("field") or _step(facts.stage).get("field")
    at_data = detail.get("stage_of_data") if facts.stage is Stage.DATA else None
    stage = Stage(detail.get("stage") or at_data or facts.stage)
    return Verdict(f"general-{facts.stage}-{facts.kind}", stage, field, retryable(facts))


def retryable(facts: Facts) -> bool:
    """Whether the same attempt may pass later, unchanged (SPEC D3).

    A permanent negative reply (5yz, RFC 5321 section 4.2.1) does not pass, unless its enhanced
    status code says otherwise, nor what only a change of settings, certificate or server mends.
    After the message was accepted nothing is to be done again.
    """
    if facts.stage is Stage.QUIT:
        return False
    if facts.kind is Kind.REPLY and facts.code is not None:
        enhanced = facts.enhanced or ""
        temporary = not 500 <= facts.code <= 599 or enhanced.startswith("4.")
        return bool(_detail(enhanced).get("retryable", temporary))
    return facts.kind not in PERMANENT


def texts(stage: str, kind: str, codes: Codes, *, again: bool, language: str) -> Texts:
    """The templates for a failure at `stage` of `kind`, English for a language not known here.

    The enhanced status code is explained, and without one the reply code. `again` says whether to
    advise another attempt.
    """
    suffix = "_ja" if language == "ja" else ""
    by = _sentences()
    cause = [by["stage"][stage]["cause" + suffix], by["kind"][kind]["cause" + suffix]]
    detail, reply = _detail(codes.enhanced), _reply(codes.reply)
    frame, known = (by["detail"], detail) if detail else (by["reply"], reply)
    if known:
        cause.append(frame["frame" + suffix] + known["meaning" + suffix] + frame["end" + suffix])
    remedy = [by["stage"][stage]["remedy" + suffix]]
    if stage != Stage.QUIT:
        remedy.append(by["again"][("yes" if again else "no") + suffix])
    gap = "" if suffix else " "
    return Texts(gap.join(cause), gap.join(remedy))


def _step(stage: Stage) -> dict[str, Any]:
    found: dict[str, Any] = _sentences()["stage"][stage]
    return found


def _reply(code: str) -> dict[str, Any]:
    """What a reply code stands for."""
    found: dict[str, Any] = _sentences()["reply"]["code"].get(code, {})
    return found


def _detail(enhanced: str) -> dict[str, Any]:
    """What the registry says of an enhanced status code: of its detail, else of its subject."""
    if not (parts := _ENHANCED.fullmatch(enhanced)):
        return {}
    subject, detail = parts.groups()
    known = _sentences()["detail"]
    found: dict[str, Any] = known["code"].get(f"{subject}.{detail}") or known["subject"].get(
        subject, {}
    )
    return found


@cache
def _sentences() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("general.toml").read_text(encoding="utf-8"))
