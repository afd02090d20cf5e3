"""The pages of the sandbox: the mail that it has received, and failures to try out (S4, P3)."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from smtp_panel.access.principal import require_admin, safe_next, signed_in
from smtp_panel.operations import failures
from smtp_panel.panel import current_panel
from smtp_panel.sandbox import GROUPS, Sandbox, SandboxMail, named

sandbox_mail = Blueprint("sandbox", __name__)
sandbox_mail.before_request(require_admin)


@sandbox_mail.get("/sandbox")
def listing() -> ResponseReturnValue:
    """All messages, newest first, and the newest to read at once."""
    messages = _sandbox().messages()
    newest = _mail(messages[0].key) if messages else None
    return render_template(
        "sandbox/list.html",
        messages=messages,
        mail=newest.content if newest else None,
        address=_sandbox().address,
        groups=GROUPS,
    )


@sandbox_mail.post("/sandbox")
def try_out() -> ResponseReturnValue:
    """Let the sandbox fail in the way that `failure` names, which the SMTP page then shows.

    "off" lets it work again, and leads back.
    """
    sandbox = _sandbox()
    try:
        failure = named(request.form["failure"])
    except KeyError:
        abort(400)
    failures.try_out(current_panel(), sandbox, failure, signed_in().actor)
    if failure:
        return redirect(url_for("smtp.page"), 303)
    return redirect(safe_next(request.form.get("next")), 303)


@sandbox_mail.get("/sandbox/<key>")
def message(key: str) -> ResponseReturnValue:
    """One message: headers and text."""
    found = _mail(key) or abort(404)
    return render_template("sandbox/message.html", message=found.message, mail=found.content)


def _sandbox() -> Sandbox:
    return current_panel().sandbox or abort(404)


def _mail(key: str) -> SandboxMail | None:
    """A message to show; None where it is not kept, or no longer."""
    try:
        return _sandbox().message(key)
    except KeyError:
        return None
