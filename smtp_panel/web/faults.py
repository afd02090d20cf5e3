"""The catalogue of failures to read: what each means and what to do about it (SPEC T6, 9)."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from smtp_panel.access.principal import require_admin
from smtp_panel.telling.faults import fault_in_words, faults_by_step
from smtp_panel.telling.language import language

faults = Blueprint("faults", __name__, url_prefix="/admin/faults")
faults.before_request(require_admin)


@faults.get("")
def page() -> ResponseReturnValue:
    """Every diagnosis, or those of the words that are asked for, by its step."""
    about = request.args.get("q", "").strip()
    steps = list(faults_by_step(language(), about))
    return render_template("faults/page.html", steps=steps, about=about)


@faults.get("/<fault_id>")
def fault(fault_id: str) -> ResponseReturnValue:
    """All that there is to say of one diagnosis."""
    found = fault_in_words(fault_id, language())
    if found is None:
        abort(404)
    return render_template("faults/fault.html", fault=found)
