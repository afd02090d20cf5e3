"""What a check has found as JSON, for programs (SPEC 11)."""

from __future__ import annotations

from typing import Any

from smtp_panel.check.steps import Step
from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.telling.language import in_words

FOR_TEXTS = {"values", "hints", "sentence", "said"}  # what sentences are made of


def diagnosis_json(diagnosis: Diagnosis, language: str) -> dict[str, Any]:
    """`id`, `stage`, `cause`, `remedy`, `field`, `retryable`, `scope`, `server_says`, `repair`."""
    told = diagnosis.to_json()
    told |= {
        "cause": diagnosis.cause(language, in_words),
        "remedy": diagnosis.remedy(language),
    }
    told["repair"] = told.pop("offer")
    return _for_programs(told)


def step_json(step: Step) -> dict[str, Any]:
    """`step`, `state`, `ms` and `detail`, in which the errors are in English."""
    return _for_programs(step.to_json())


def _for_programs(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name not in FOR_TEXTS}
