"""The mail that the sandbox took (SPEC S4)."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, render_template
from flask.typing import ResponseReturnValue

from smtp_panel.access.sign_in import admin_required
from smtp_panel.sandbox import Attachment, Sandbox

sandbox_mail = Blueprint("sandbox", __name__)


@sandbox_mail.get("/sandbox")
@admin_required
def listing() -> ResponseReturnValue:
    """All messages, newest first."""
    endpoint = _sandbox().endpoint()
    address = f"{endpoint.server}:{endpoint.port}" if endpoint else ""
    return render_template("sandbox/list.html", messages=_sandbox().messages(), address=address)


@sandbox_mail.get("/sandbox/<key>")
@admin_required
def message(key: str) -> ResponseReturnValue:
    """One message: headers and text."""
    try:
        found = _sandbox().message(key)
    except KeyError:
        abort(404)
    mail = {
        "headers": found.headers,
        "text": found.text,
        "html_text": found.html_text,
        "attachments": [_line(attachment) for attachment in found.attachments],
        "raw": found.raw.decode("utf-8", "replace"),
    }
    return render_template("sandbox/message.html", mail=mail)


def _sandbox() -> Sandbox:
    found: Sandbox = current_app.extensions["smtp_panel.sandbox"]
    return found


def _line(attachment: Attachment) -> str:
    return f"{attachment.name} ({attachment.content_type}, {attachment.size} B)"
