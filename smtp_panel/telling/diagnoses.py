"""A diagnosis as JSON, for programs (SPEC 11)."""

from __future__ import annotations

from typing import Any

from smtp_panel.diagnosis.diagnosis import Diagnosis

FOR_TEXTS = {"values", "hints"}  # what its sentences are made of


def diagnosis_json(diagnosis: Diagnosis, language: str) -> dict[str, Any]:
    """`id`, `stage`, `cause`, `remedy`, `field`, `retryable`, `scope`, `server_says`, `repair`."""
    told = diagnosis.to_json()
    told |= {"cause": diagnosis.cause(language), "remedy": diagnosis.remedy(language)}
    told["repair"] = told.pop("offer")
    return {name: value for name, value in told.items() if name not in FOR_TEXTS}
