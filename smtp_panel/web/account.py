"""Signing in and out, one-time links, and everyone's own page (SPEC N2, A1, L4)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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
from smtp_panel.telling.language import LANGUAGES
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
from smtp_panel.web.language import COOKIE_SECONDS, THEMES
from smtp_panel.words import N_

account = Blueprint("account", __name__)

NOT_DONE = (AccessError, LimitReached, *errors.UNAVAILABLE)
HOME_FIELDS = {"old": "current", "password": "new", "name": "name"}
STALE = N_("This page was open for too long. Press the button once more.")
WRONG = N_("The email or the password is wrong. Check both and try again.")

Show = Callable[[dict[str, str]], str]


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
    show = partial(_login_page, email, target)
    if not form.validate():
        return show({"form": gettext(STALE)}), 400
    try:
        user = sign_in.authenticate(db.session, email, Secret(form.password.data or ""))
        if user is None:
            return show({"form": gettext(WRONG)}), 422
        sign_in.sign_in(user)
    except NOT_DONE as reason:
        return _not_done(reason, show)
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
    return _link_page(links.peek(db.session, token), "", {})


@account.post("/link/<token>")
def redeem_link(token: str) -> ResponseReturnValue:
    """Set the password that the link allows to set, and sign in."""
    form = LinkForm()
    email = form.email.data or ""
    show = partial(_link_page, links.peek(db.session, token), email)
    if not form.validate():
        return show({"form": gettext(STALE)}), 400
    password, address = Secret(form.password.data or ""), request.remote_addr or ""
    try:
        user = links.redeem(db.session, token, password, email, address=address)
    except LinkRefused:
        raise
    except NOT_DONE as reason:
        return _not_done(reason, show)
    sign_in.sign_in(user)
    return redirect(url_for("smtp.page" if user.is_admin else "account.home"), 303)


@account.errorhandler(LinkRefused)
def link_refused(refused: LinkRefused) -> ResponseReturnValue:
    """What is answered to a link that opens nothing."""
    return errors.page(410, gettext("This link does not work"), _text(refused))


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
        with writing(db.session):
            user.name = name
            user.language = typed["language"] if typed["language"] in LANGUAGES else None
    except NOT_DONE as reason:
        return _not_done(reason, lambda wrong: _home_page(_in_fields(wrong, "name"), typed))
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
    except NOT_DONE as reason:
        return _not_done(reason, lambda wrong: _home_page(_in_fields(wrong, "current")))
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


def _home_page(wrong: dict[str, str], typed: dict[str, Any] | None = None) -> str:
    user = current_user()
    saved = {"name": user.name, "language": user.language or ""} if user else {}
    return render_template("home.html", values=typed or saved, errors=wrong)


def _in_fields(wrong: dict[str, str], otherwise: str) -> dict[str, str]:
    """What is wrong by the fields of one's own page, `otherwise` for what is about none."""
    return {HOME_FIELDS.get(field, otherwise): text for field, text in wrong.items()}


def _not_done(reason: Exception, show: Show) -> ResponseReturnValue:
    """The form again, by `show` with the reason in it: one of NOT_DONE."""
    if isinstance(reason, AccessError):
        return show({reason.field or "form": _text(reason)}), 422
    if isinstance(reason, LimitReached):
        text = gettext(reason.message, seconds=reason.retry_after)
        return show({"form": text}), 429, {"Retry-After": str(reason.retry_after)}
    return show({"form": errors.sentences(reason)}), 503


def _text(wrong: AccessError) -> str:
    return gettext(wrong.message, **wrong.params)
