"""The pages that are open to everybody: signing in, and one-time links (SPEC A1, L4)."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_wtf.csrf import CSRFError

from smtp_panel.access import limits, links, mailed_links, passwords, sign_in
from smtp_panel.access.client import client_address
from smtp_panel.access.errors import LinkRefused
from smtp_panel.access.external import NOBODY, identity, signs_in_alone
from smtp_panel.access.links import OneTimeLink, Purpose
from smtp_panel.access.principal import current_user, safe_next
from smtp_panel.access.users import User
from smtp_panel.panel import current_panel
from smtp_panel.secret import Secret
from smtp_panel.storage import db, writing
from smtp_panel.telling.language import in_words, language
from smtp_panel.web import errors
from smtp_panel.web.account_forms import (
    FirstAdminForm,
    ForgottenForm,
    NewPasswordForm,
    SignInForm,
)
from smtp_panel.web.csrf import stale_form
from smtp_panel.web.form_errors import FORM_ERRORS, show_error
from smtp_panel.words import N_

public = Blueprint("public", __name__)


@public.before_request
def guard() -> None:
    """Only the page that says where to sign in is there, where that is elsewhere alone."""
    if signs_in_alone() and request.endpoint != "public.login":
        abort(404)


WRONG = N_("The email or the password is wrong. Check both and try again.")
LinkForm = FirstAdminForm | NewPasswordForm


@public.get("/login")
def login() -> ResponseReturnValue:
    """The sign-in form."""
    target = request.args.get("next", "")
    if current_user():
        return redirect(safe_next(target), 303)
    if signs_in_alone():
        undone = "undone" in request.args
        return render_template("signed_out.html", wanted=safe_next(target), undone=undone)
    return _login_page(SignInForm({"next": target}))


@public.post("/login")
def submit_login() -> ResponseReturnValue:
    """Sign in, and redirect to the page that the visitor wanted."""
    form = SignInForm()
    form.validate()
    email = form.email.data or ""
    try:
        proof = sign_in.authenticate(db.session, email, Secret(form.password.data or ""))
        with writing(db.session) as session:
            user = sign_in.proven(session, proof) if proof else None
            if user:
                sign_in.sign_in(session, user)
            else:
                sign_in.record_failure(session, email)
    except FORM_ERRORS as reason:
        return show_error(reason, form, _login_page)
    if user is None:
        form.form_errors.append(gettext(WRONG))
        return _login_page(form), 422
    return redirect(safe_next(form.next.data), 303)


@public.get("/forgot")
def forgotten() -> ResponseReturnValue:
    """The form for whoever has forgotten their password, or whom to ask."""
    return _forgotten_page(ForgottenForm({}))


@public.post("/forgot")
def submit_forgotten() -> ResponseReturnValue:
    """Send a link to a new password; the answer is the same whether there is an account or not."""
    form, url = ForgottenForm(), current_panel().url
    if not form.validate() or not mailed_links.can_go(url):
        return _forgotten_page(form), 422
    email, address = form.email.data or "", client_address()
    try:
        sign_in.count_attempt("reset", email)
        with writing(db.session) as session:
            mailed_links.send_forgotten(
                session, email, address=address, url=url, language=language()
            )
    except FORM_ERRORS as reason:
        return show_error(reason, form, _forgotten_page)
    told = ngettext(
        "If there is an account with this address, a mail with a link is on its way to it. The link"
        " works once, within %(num)s hour.",
        "If there is an account with this address, a mail with a link is on its way to it. The link"
        " works once, within %(num)s hours.",
        mailed_links.hours(Purpose.RESET_PASSWORD),
    )
    flash(told, "success")
    return redirect(url_for("public.login"), 303)


@public.get("/link/<token>")
def link(token: str) -> ResponseReturnValue:
    """The form of a one-time link; opening it does not use the link up."""
    found = links.peek(db.session, token)
    return _link_page(found, _link_form(found, {}))


@public.post("/link/<token>")
def redeem_link(token: str) -> ResponseReturnValue:
    """Set the password that the link allows to set, and sign in."""
    found = links.peek(db.session, token)
    form = _link_form(found)
    if not form.validate():
        return _link_page(found, form), 422
    address = client_address()
    email = form.email.data if isinstance(form, FirstAdminForm) else None
    owner = _owner(found)
    is_new = owner is None or owner.password_hash is None
    try:
        limits.charge("login", f"link {limits.network_of(address)}")
        password_hash = passwords.hashed(Secret(form.password.data or ""))
        with writing(db.session) as session:
            user = links.redeem(session, token, password_hash, email, address=address)
            sign_in.sign_in(session, user)
            if not is_new:
                mailed_links.tell_of_change(user, url=current_panel().url)
    except LinkRefused:
        raise
    except FORM_ERRORS as reason:
        return show_error(reason, form, lambda form: _link_page(found, form))
    return redirect(url_for("smtp.page" if user.is_admin else "account.home"), 303)


@public.errorhandler(LinkRefused)
def link_refused(refused: LinkRefused) -> ResponseReturnValue:
    """The answer to a link that is not valid, or no longer."""
    return errors.page(410, gettext("This link does not work"), in_words(refused.sentence))


@public.errorhandler(CSRFError)
def stale(_error: CSRFError) -> ResponseReturnValue:
    """The form again with a new token, and with what was typed if it came from our own page."""
    if request.endpoint == "public.submit_login":
        return _login_page(stale_form(SignInForm)), 400
    if request.endpoint == "public.submit_forgotten":
        return _forgotten_page(stale_form(ForgottenForm)), 400
    try:
        found = links.peek(db.session, (request.view_args or {})["token"])
    except LinkRefused as refused:
        return link_refused(refused)
    return _link_page(found, stale_form(partial(_link_form, found))), 400


def _login_page(form: SignInForm) -> str:
    return render_template(
        "login.html",
        form=form,
        unreadable=identity() == NOBODY,
        undone="undone" in request.args,
    )


def _forgotten_page(form: ForgottenForm) -> str:
    by_mail = mailed_links.can_go(current_panel().url)
    return render_template("forgotten.html", form=form, by_mail=by_mail)


def _link_form(found: OneTimeLink, data: dict[str, str] | None = None) -> LinkForm:
    return (FirstAdminForm if found.purpose is Purpose.FIRST_ADMIN else NewPasswordForm)(data)


def _link_page(found: OneTimeLink, form: LinkForm) -> str:
    owner = _owner(found)
    return render_template("link.html", form=form, owner=owner)


def _owner(found: OneTimeLink) -> User | None:
    return db.session.get(User, found.user_id) if found.user_id else None
