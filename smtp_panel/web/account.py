"""Signing in and out, one-time links, and everyone's own page (SPEC N2, A1, L4)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from smtp_panel.access import links, sign_in, users
from smtp_panel.access.errors import AccessError, LinkRefused
from smtp_panel.access.limits import LimitReached
from smtp_panel.access.sign_in import current_user, login_required, safe_next
from smtp_panel.secret import Secret
from smtp_panel.storage import db, writing
from smtp_panel.web import errors
from smtp_panel.web.forms import (
    BareForm,
    LanguageForm,
    LinkForm,
    PasswordForm,
    ProfileForm,
    SignInForm,
    ThemeForm,
)
from smtp_panel.web.language import COOKIE_SECONDS, LANGUAGES, THEMES
from smtp_panel.words import N_

account = Blueprint("account", __name__)

STALE = N_("This page was open for too long. Press the button once more.")


@account.get("/login")
def login() -> ResponseReturnValue:
    """The sign-in form."""
    target = request.args.get("next", "")
    if current_user():
        return redirect(safe_next(target), 303)
    return _login_page("", target, {})


@account.post("/login")
def submit_login() -> ResponseReturnValue:
    """Sign in, and on to where the visitor wanted to go."""
    form = SignInForm()
    email, target = form.email.data or "", form.next.data or ""
    if not form.validate():
        return _login_page(email, target, {"form": gettext(STALE)}), 400
    try:
        user = sign_in.authenticate(db.session, email, Secret(form.password.data or ""))
    except LimitReached as reached:
        return _too_many(_login_page(email, target, {"form": _wait(reached)}), reached)
    if user is None:
        wrong = gettext("The email or the password is wrong. Check both and try again.")
        return _login_page(email, target, {"form": wrong}), 422
    sign_in.sign_in(user)
    return redirect(safe_next(target), 303)


@account.post("/logout")
def logout() -> ResponseReturnValue:
    """End this session."""
    if BareForm().validate():
        sign_in.sign_out()
    return redirect(url_for("account.login"), 303)


@account.post("/logout/everywhere")
@login_required
def logout_everywhere() -> ResponseReturnValue:
    """End all sessions of this account."""
    user = current_user()
    if user and BareForm().validate():
        sign_in.sign_out_everywhere(user)
    return redirect(url_for("account.login"), 303)


@account.get("/link/<token>")
def link(token: str) -> ResponseReturnValue:
    """What a one-time link asks for; looking at it does not use it up."""
    try:
        return _link_page(links.peek(db.session, token), "", {})
    except LinkRefused as refused:
        return _link_refused(refused)


@account.post("/link/<token>")
def redeem_link(token: str) -> ResponseReturnValue:
    """Set the password that the link allows to set, and sign in."""
    form = LinkForm()
    email = form.email.data or ""
    try:
        found = links.peek(db.session, token)
        if not form.validate():
            return _link_page(found, email, {"form": gettext(STALE)}), 400
        password, address = Secret(form.password.data or ""), request.remote_addr or ""
        user = links.redeem(db.session, token, password, email, address=address)
    except LinkRefused as refused:
        return _link_refused(refused)
    except AccessError as wrong:
        return _link_page(found, email, {wrong.field or "form": _text(wrong)}), 422
    except LimitReached as reached:
        return _too_many(_link_page(found, email, {"form": _wait(reached)}), reached)
    sign_in.sign_in(user)
    return redirect(url_for("smtp.page" if user.is_admin else "account.home"), 303)


@account.get("/")
@login_required
def home() -> ResponseReturnValue:
    """Everyone's own page."""
    return _home_page({})


@account.post("/profile")
@login_required
def profile() -> ResponseReturnValue:
    """Save name and language."""
    form, user = ProfileForm(), current_user()
    typed = {"name": form.name.data or "", "language": form.language.data or ""}
    if not form.validate() or user is None:
        return _home_page({"name": gettext(STALE)}, typed), 400
    try:
        name = users.tidy_name(typed["name"])
    except AccessError as wrong:
        return _home_page({"name": _text(wrong)}, typed), 422
    with writing(db.session):
        user.name = name
        user.language = typed["language"] if typed["language"] in LANGUAGES else None
    flash(gettext("Saved."), "success")
    response = make_response(redirect(url_for("account.home"), 303))
    response.delete_cookie("language")  # the account's own choice holds from now on
    return response


@account.post("/password")
@login_required
def password() -> ResponseReturnValue:
    """Change the password."""
    form, user = PasswordForm(), current_user()
    if not form.validate() or user is None:
        return _home_page({"current": gettext(STALE)}), 400
    old, new = Secret(form.current.data or ""), Secret(form.new.data or "")
    try:
        sign_in.change_password(db.session, user, old, new)
    except AccessError as wrong:
        field = {"old": "current", "password": "new"}.get(wrong.field or "", "new")
        return _home_page({field: _text(wrong)}), 422
    except LimitReached as reached:
        return _too_many(_home_page({"current": _wait(reached)}), reached)
    flash(gettext("Your password was changed."), "success")
    return redirect(url_for("account.home"), 303)


@account.post("/language")
def language() -> ResponseReturnValue:
    """Remember the language of this browser."""
    form = LanguageForm()
    return _remember("language", form.language.data, LANGUAGES, form.next.data)


@account.post("/theme")
def theme() -> ResponseReturnValue:
    """Remember the theme of this browser."""
    form = ThemeForm()
    return _remember("theme", form.theme.data, THEMES, form.next.data)


def _remember(
    cookie: str, value: str | None, allowed: tuple[str, ...], back: str | None
) -> ResponseReturnValue:
    """No token is asked for: nothing but the looks of the page can be changed this way."""
    response = make_response(redirect(safe_next(back), 303))
    if value in allowed:
        response.set_cookie(
            cookie, value, max_age=COOKIE_SECONDS, httponly=True, samesite="Lax",
            secure=request.is_secure,
        )  # fmt: skip
    return response


def _login_page(email: str, target: str, wrong: dict[str, str]) -> str:
    return render_template("login.html", form={"email": email, "next": target, "errors": wrong})


def _link_page(found: links.OneTimeLink, email: str, wrong: dict[str, str]) -> str:
    owner = db.session.get(users.User, found.user_id) if found.user_id else None
    return render_template(
        "link.html",
        purpose=found.purpose.value,
        email=owner.email if owner else email,
        errors=wrong,
    )


def _link_refused(refused: LinkRefused) -> ResponseReturnValue:
    return errors.page(410, gettext("This link does not work"), _text(refused))


def _home_page(wrong: dict[str, str], typed: dict[str, Any] | None = None) -> str:
    user = current_user()
    saved = {"name": user.name, "language": user.language or ""} if user else {}
    return render_template("home.html", values=typed or saved, errors=wrong)


def _text(wrong: AccessError) -> str:
    return gettext(wrong.message, **wrong.params)


def _wait(reached: LimitReached) -> str:
    return gettext(reached.message, seconds=reached.retry_after)


def _too_many(page: str, reached: LimitReached) -> ResponseReturnValue:
    return page, 429, {"Retry-After": str(reached.retry_after)}
