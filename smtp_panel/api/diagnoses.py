"""Diagnoses, as /api/v1 tells them: the same as `smtp check --json` (SPEC T6, 11)."""

from __future__ import annotations

from smtp_panel.api.bodies import JsonAnswer
from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.diagnosis.scope import Scope
from smtp_panel.smtp.facts import Stage
from smtp_panel.telling.diagnoses import diagnosis_json
from smtp_panel.telling.language import language


class OfferedRepair(JsonAnswer):
    """A change of settings, by field, that was tried and works."""

    id: str
    changes: dict[str, str]


class DiagnosisInWords(JsonAnswer):
    """Why mail failed, and what to do about it, in the language that was asked for.

    `field` is the one to change, null where none mends it; `server_says` the server's own words.
    """

    id: str
    stage: Stage
    cause: str
    remedy: str
    field: str | None
    retryable: bool
    scope: Scope
    server_says: str
    repair: OfferedRepair | None


def in_words(diagnosis: Diagnosis | None) -> DiagnosisInWords | None:
    """`diagnosis` for programs."""
    return DiagnosisInWords(**diagnosis_json(diagnosis, language())) if diagnosis else None
