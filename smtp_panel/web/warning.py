"""What comes and goes on an open page: the warning of the navigation (W2), the banner (P3)."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from smtp_panel.access.principal import current_principal, require_admin
from smtp_panel.web.htmx import fragment
from smtp_panel.web.nav import nav

warning = Blueprint("warning", __name__)


@warning.before_request
def guard() -> ResponseReturnValue | None:
    """Admins only. A page whose admin has signed out stays as it is, and asks no more."""
    principal = current_principal()
    if fragment() and not (principal and principal.is_admin):
        return ""
    return require_admin()


@warning.get("/admin/warning")
def show() -> ResponseReturnValue:
    """The warning in the navigation, and what a screen reader is told; 204 if nothing changed."""
    if not fragment():
        return redirect(url_for("smtp.page"), 303)
    if request.args.get("seen") == nav().warning:
        return "", 204
    return render_template("_warning_changed.html")


@warning.get("/admin/warning/failure")
def failure() -> ResponseReturnValue:
    """The banner of the failure that is tried out, if any; 204 while it is the one `seen`."""
    if not fragment():
        return redirect(url_for("smtp.page"), 303)
    tried = nav().tried
    if tried and tried.failure.id == request.args.get("seen"):
        return "", 204
    return render_template("sandbox/_banner.html")
