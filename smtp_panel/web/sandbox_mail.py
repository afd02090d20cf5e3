"""The pages of the mail that the sandbox has received (SPEC S4)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from smtp_panel.access.principal import require_admin
from smtp_panel.panel import current_panel
from smtp_panel.sandbox import Attachment, Sandbox

sandbox_mail = Blueprint("sandbox", __name__)
sandbox_mail.before_request(require_admin)


@sandbox_mail.get("/sandbox")
def listing() -> ResponseReturnValue:
    """All messages, newest first, and the newest to read at once."""
    endpoint, messages = _sandbox().endpoint(), _sandbox().messages()
    return render_template(
        "sandbox/list.html",
        messages=messages,
        mail=_mail(messages[0].key) if messages else None,
        address=f"{endpoint.server}:{endpoint.port}" if endpoint else "",
    )


@sandbox_mail.get("/sandbox/<key>")
def message(key: str) -> ResponseReturnValue:
    """One message: headers and text."""
    mail = _mail(key)
    return render_template("sandbox/message.html", mail=mail) if mail else abort(404)


def _sandbox() -> Sandbox:
    return current_panel().sandbox or abort(404)


def _mail(key: str) -> dict[str, Any] | None:
    """A message as pages show it; None where it is not kept, or no longer."""
    try:
        found = _sandbox().message(key)
    except KeyError:
        return None
    return {
        "headers": found.headers,
        "text": found.text,
        "html_text": found.html_text,
        "attachments": [_line(attachment) for attachment in found.attachments],
        "raw": found.raw.decode("utf-8", "replace"),
    }


def _line(attachment: Attachment) -> str:
    return f"{attachment.name} ({attachment.content_type}, {attachment.size} B)"
