"""`smtp catalogue`: every diagnosis in a terminal (SPEC D1, NAMES)."""

from __future__ import annotations

from flask import Flask

from smtp_panel.diagnosis.specimens import specimens
from tests.cli.conftest import Command


def test_every_diagnosis_is_printed(app: Flask) -> None:
    """`id`, `stage`, `cause` and `remedy` of each."""
    smtp = Command(app)
    told = smtp("catalogue", "--json").json["diagnoses"]
    assert [each["id"] for each in told] == list(specimens())
    assert all(each["cause"] and each["remedy"] and each["stage"] for each in told)
    assert "auth-credentials-refused (auth)" in smtp("catalogue").stdout
