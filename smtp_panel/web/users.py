"""The page of users: who may sign in, and what an admin does about it (SPEC A1)."""

from __future__ import annotations

import flask
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError

from smtp_panel.access import limits, mailed_links, people
from smtp_panel.access.external import external_sign_in, has_no_password, is_external
from smtp_panel.access.mailed_links import GivenLink, InvitedElsewhere
from smtp_panel.access.people import NoSuchUser, Person
from smtp_panel.access.principal import require_admin, signed_in
from smtp_panel.access.users import Role
from smtp_panel.panel import current_panel
from smtp_panel.storage import db, writing
from smtp_panel.telling.actors import actor_in_words
from smtp_panel.telling.language import language
from smtp_panel.web.accepted import flash_accepted
from smtp_panel.web.account_forms import InvitationForm, RoleForm
from smtp_panel.web.arguments import id_argument, text_argument
from smtp_panel.web.csrf import stale_form, stale_page
from smtp_panel.web.form_errors import FORM_ERRORS, show_error

users = Blueprint("users", __name__, url_prefix="/admin/users")
users.before_request(require_admin)

PEOPLE = 100
FEW = 20  # people whom an admin sees at a glance
ONE = "/<row:user_id>"


@users.get("")
def page() -> ResponseReturnValue:
    """The newest accounts, by name or address, or those `before` one; and how to invite."""
    return _page(InvitationForm({"role": Role.MEMBER, "language": language()}))


@users.post("")
def invite() -> ResponseReturnValue:
    """Add an account, and send its owner an invitation or show the link to pass on."""
    form, by = InvitationForm(), signed_in().actor
    if not form.validate():
        return _page(form), 422
    try:
        limits.charge_actor("invite", by)
        with writing(db.session) as session:
            given = mailed_links.invite(
                session,
                email=form.email.data or "",
                name=form.name.data or "",
                role=Role(form.role.data),
                language=form.language.data,
                by=by,
                url=current_panel().url,
            )
    except InvitedElsewhere:
        abort(404)  # this page has no such form then
    except FORM_ERRORS as reason:
        return show_error(reason, form, _page)
    return _told(given)


@users.get(ONE)
def person(user_id: int) -> ResponseReturnValue:
    """One account, and what can be done about it."""
    return _person(_existing(user_id).user.id)


@users.post(f"{ONE}/role")
def change_role(user_id: int) -> ResponseReturnValue:
    """Make somebody an admin or a member."""
    form = RoleForm()
    if not form.validate():
        return _person(user_id, form), 422
    try:
        with writing(db.session) as session:
            people.change_role(session, user_id, Role(form.role.data), by=signed_in().actor)
    except FORM_ERRORS as reason:
        return show_error(reason, form, lambda form: _person(user_id, form), beside="role")
    flash(gettext("The role is changed. It holds from their next click on."), "success")
    return redirect(url_for("users.person", user_id=user_id), 303)


@users.post(f"{ONE}/link")
def send_link(user_id: int) -> ResponseReturnValue:
    """Send the invitation again, or a link to a new password; or show it to be passed on."""
    form, by = _role_form(user_id), signed_in().actor
    try:
        limits.charge_actor("invite", by)
        with writing(db.session) as session:
            given = mailed_links.send(session, user_id, by=by, url=current_panel().url)
    except FORM_ERRORS as reason:
        return show_error(reason, form, lambda form: _person(user_id, form))
    return _told(given)


@users.post(f"{ONE}/end-sessions")
def end_sessions(user_id: int) -> ResponseReturnValue:
    """Sign somebody out everywhere."""
    with writing(db.session) as session:
        people.end_sessions(session, user_id, by=signed_in().actor)
    flash(gettext("They are signed out in every browser."), "success")
    return redirect(url_for("users.person", user_id=user_id), 303)


@users.get(f"{ONE}/remove")
def confirm_removal(user_id: int) -> ResponseReturnValue:
    """Whether an account is really to be removed."""
    return render_template("users/remove.html", person=_existing(user_id), **_way())


@users.post(f"{ONE}/remove")
def remove(user_id: int) -> ResponseReturnValue:
    """Remove an account."""
    form, by = _role_form(user_id), signed_in().actor
    email = people.person(db.session, user_id).user.known_as
    try:
        with writing(db.session) as session:
            people.remove(session, user_id, by=by)
    except FORM_ERRORS as reason:
        return show_error(reason, form, lambda form: _person(user_id, form))
    if user_id == by.user_id:
        flask.session.clear()  # it signs nobody in any more
    flash(gettext("The account %(email)s is removed.", email=email), "success")
    return redirect(url_for("users.page"), 303)


@users.errorhandler(NoSuchUser)
def gone(_error: NoSuchUser) -> ResponseReturnValue:
    """The answer where an account is not there any more."""
    flash(gettext("Nothing was changed: this account was removed in the meantime."), "error")
    return redirect(url_for("users.page"), 303)


@users.errorhandler(CSRFError)
def stale(error: CSRFError) -> ResponseReturnValue:
    """The invitation again with a new token, and with what was typed if it came from our page."""
    if request.endpoint != "users.invite":
        return stale_page(error)
    return _page(stale_form(InvitationForm)), 400


def _existing(user_id: int) -> Person:
    try:
        return people.person(db.session, user_id)
    except NoSuchUser:
        abort(404)


def _role_form(user_id: int) -> RoleForm:
    return RoleForm({"role": people.person(db.session, user_id).user.role})


def _page(form: InvitationForm) -> str:
    before, about = id_argument("before"), text_argument("q")
    found = people.newest(db.session, PEOPLE + 1, before, about)
    shown, older = found[:PEOPLE], None
    if len(found) > PEOPLE:
        older = url_for("users.page", q=about or None, before=shown[-1].user.id)
    return render_template(
        "users/page.html",
        form=form,
        people=shown,
        older=older,
        is_newest=before is None,
        about=about,
        with_search=bool(about or before or len(found) > FEW),
        **_way(),
    )


def _person(user_id: int, form: RoleForm | None = None) -> str:
    return render_template(
        "users/person.html",
        person=people.person(db.session, user_id),
        form=form or _role_form(user_id),
        **_way(),
    )


def _way() -> dict[str, object]:
    """How links get to people: by mail, or why not; who needs none, and who signs them in."""
    url, elsewhere = current_panel().url, external_sign_in()
    return {
        "by_mail": mailed_links.can_go(url),
        "url": url,
        "signer": actor_in_words(elsewhere.actor) if elsewhere else "",
        "is_external": is_external,
        "has_no_password": has_no_password,
    }


def _told(given: GivenLink) -> ResponseReturnValue:
    """Where a link went: into the outbox, or onto the page, this once."""
    if given.path:
        url = (current_panel().url or request.url_root).rstrip("/") + given.path
        return render_template("users/link.html", given=given, url=url)
    flash_accepted(given.user.known_as)
    return redirect(url_for("users.person", user_id=given.user.id), 303)
