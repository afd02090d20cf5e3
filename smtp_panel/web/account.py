"""Everyone's own page: name, language, password, sessions (SPEC N2, A1)."""

from __future__ import annotations

from collections.abc import Mapping

import flask
from flask import (
    Blueprint,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError

from smtp_panel.access import cookie, mailed_links, passwords, sessions, sign_in, users
from smtp_panel.access.external import signed_in_elsewhere, tells_names
from smtp_panel.access.principal import current_session, own_account, require_user
from smtp_panel.access.users import User
from smtp_panel.panel import current_panel
from smtp_panel.secret import Secret
from smtp_panel.storage import db, writing
from smtp_panel.telling.language import LANGUAGES
from smtp_panel.web.account_forms import PasswordForm, ProfileForm
from smtp_panel.web.csrf import stale_form, stale_page
from smtp_panel.web.form_errors import FORM_ERRORS, show_error
from smtp_panel.web.language import LANGUAGE_COOKIE
from smtp_panel.web.notices import notices_form

account = Blueprint("account", __name__)
account.before_request(require_user)


@account.get("/")
def home() -> ResponseReturnValue:
    """Everyone's own page."""
    return _page()


@account.post("/profile")
def profile() -> ResponseReturnValue:
    """Save name and language."""
    form = _profile_form()
    if not form.validate():
        return _page(profile=form), 422
    try:
        with writing(db.session):
            user = own_account(locked=True)
            if form.name:
                user.name = users.tidy_name(form.name.data or "")
            user.language = form.language.data if form.language.data in LANGUAGES else None
    except FORM_ERRORS as reason:
        return show_error(reason, form, lambda form: _page(profile=form), beside="name")
    flash(gettext("Saved."), "success")
    response = make_response(redirect(url_for("account.home"), 303))
    cookie.forget(response, LANGUAGE_COOKIE)  # the account's own choice holds from now on
    return response


@account.post("/password")
def password() -> ResponseReturnValue:
    """Change the password; who is signed in elsewhere has none here."""
    if signed_in_elsewhere():
        abort(404)
    form = PasswordForm()
    if not form.validate():
        return _page(password=form), 422
    try:
        proof = sign_in.prove_password(own_account(), Secret(form.current.data or ""))
        password_hash = passwords.hashed(Secret(form.new.data or ""))
        with writing(db.session) as session:
            user = sign_in.change_password(session, proof, password_hash)
            mailed_links.tell_of_change(user, url=current_panel().url)
    except FORM_ERRORS as reason:
        return show_error(reason, form, lambda form: _page(password=form), beside="current")
    flash(gettext("Your password was changed."), "success")
    return redirect(url_for("account.home"), 303)


@account.post("/sessions/end")
def end_session() -> ResponseReturnValue:
    """End one other session of this account."""
    number = request.form.get("session", type=int)
    if number is not None:
        with writing(db.session) as session:
            sign_in.end_session(session, own_account(), number)
    return redirect(url_for("account.home"), 303)


@account.post("/sessions/end-others")
def end_other_sessions() -> ResponseReturnValue:
    """End all sessions of this account but this one."""
    with writing(db.session) as session:
        sign_in.end_other_sessions(session, own_account())
    flash(gettext("You are signed out in all other browsers."), "success")
    return redirect(url_for("account.home"), 303)


@account.post("/logout")
def logout() -> ResponseReturnValue:
    """End this session; who is signed in elsewhere is led to where they sign out."""
    elsewhere = signed_in_elsewhere()
    if elsewhere:
        flask.session.clear()
        return redirect(elsewhere.sign_out_url or url_for("account.home"), 303)
    with writing(db.session) as session:
        sign_in.sign_out(session)
    return redirect(url_for("public.login"), 303)


@account.errorhandler(CSRFError)
def stale(error: CSRFError) -> ResponseReturnValue:
    """The page again with a new token, and with what was typed if it came from our own page."""
    if request.endpoint != "account.profile":
        return stale_page(error)
    return _page(profile=stale_form(_profile_form, _saved(own_account()))), 400


def _saved(user: User) -> dict[str, str]:
    return {"name": user.name, "language": user.language or ""}


def _profile_form(data: Mapping[str, str] | None = None) -> ProfileForm:
    form = ProfileForm(data)
    if tells_names():
        del form.name
    return form


def _page(profile: ProfileForm | None = None, password: PasswordForm | None = None) -> str:
    user = own_account()
    return render_template(
        "home.html",
        profile=profile or _profile_form(_saved(user)),
        password=password or PasswordForm({}),
        notices=notices_form(user),
        sessions=sessions.of_user(db.session, user.id),
        this_session=current_session(),
    )
