"""`flask --app wsgi users`: people, and the way back in for the locked out."""

from __future__ import annotations

import os

import click
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from smtp_panel.access import mailed_links, people
from smtp_panel.access import users as accounts
from smtp_panel.access.mailed_links import GivenLink
from smtp_panel.access.people import Person
from smtp_panel.access.users import Role, User
from smtp_panel.cli import completion
from smtp_panel.cli.command import JsonGroup, json_option, print_json, say
from smtp_panel.cli.completion import offering
from smtp_panel.cli.panel import COMMAND_LINE, BadInput, panel
from smtp_panel.cli.terminal import language_of
from smtp_panel.panel import current_panel
from smtp_panel.storage import db, writing
from smtp_panel.words import N_

ANYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104  (names of listening, not of a place to go to)
ROLES = click.Choice([role.value for role in Role])
NO_URL = N_("--base-url starts with http:// or https://, such as https://mail.example.")

users = JsonGroup("users", help="The people who may sign in.")


def base_url() -> str:
    """Where people reach the panel: SMTP_PANEL_URL, else where `make run` serves it."""
    if url := os.environ.get("SMTP_PANEL_URL"):
        return url
    host = os.environ.get("HOST", "")
    host = "127.0.0.1" if host in ANYWHERE else host
    return f"http://{f'[{host}]' if ':' in host else host}:{os.environ.get('PORT') or '8000'}"


email_option = click.option(
    "--email",
    required=True,
    help="Their mail address.",
    shell_complete=offering(completion.accounts),
)
base_url_option = click.option(
    "--base-url",
    default=base_url,
    show_default="SMTP_PANEL_URL, else http://127.0.0.1:8000 or by HOST and PORT",
    help="Address of the panel, for the link.",
)


mail_option = click.option(
    "--mail",
    "by_mail",
    is_flag=True,
    help="Send them the link where it can go, and don't print it.",
)


@users.command("create")
@email_option
@click.option(
    "--role",
    type=ROLES,
    default="member",
    help="What they may do.",
    show_default=True,
)
@click.option("--name", default="", help="Their name.")
@mail_option
@base_url_option
@json_option
@panel()
def create(
    *, email: str, role: str, name: str, by_mail: bool, base_url: str, as_json: bool
) -> None:
    """Add a user, and print a one-time link by which they set a password within 72 hours."""
    _check(base_url)
    with writing(db.session) as session:
        if by_mail:
            given = mailed_links.invite(
                session,
                email=email,
                name=name,
                role=Role(role),
                language=language_of(os.environ),
                by=COMMAND_LINE,
                url=current_panel().url,
            )
        else:
            user = accounts.create_user(
                session, email=email, role=Role(role), name=name, by=COMMAND_LINE
            )
            given = mailed_links.give(session, user, by=COMMAND_LINE, url="")
    _tell(given, base_url, as_json)


@users.command("reset-link")
@email_option
@mail_option
@base_url_option
@json_option
@panel()
def reset_link(email: str, by_mail: bool, base_url: str, as_json: bool) -> None:
    """Print a one-time link by which a user sets a new password within an hour.

    Who has not set one yet has 72 hours, as for the invitation.
    """
    _check(base_url)
    with writing(db.session) as session:
        user = _found(session, email)
        if by_mail:
            url = current_panel().url
            given = mailed_links.send(session, user.id, by=COMMAND_LINE, url=url)
        else:
            given = mailed_links.give(session, user, by=COMMAND_LINE, url="")
    _tell(given, base_url, as_json)


@users.command("list")
@json_option
@panel()
def listing(as_json: bool) -> None:
    """Print everybody who may sign in or is invited to."""
    everybody = people.everybody(db.session)
    if as_json:
        print_json({"users": [_facts(person) for person in everybody]})
        return
    for person in everybody:
        user = person.user
        line = f"{user.known_as}  {user.role.value:<6}  {user.state.value:<7}  {user.name}"
        click.echo(line.rstrip())
    if not everybody:
        click.echo(gettext("There are no users. `users create` makes one."))


@users.command("role")
@email_option
@click.argument("role", type=ROLES, help="What they may do from now on.")
@json_option
@panel()
def change_role(email: str, role: str, as_json: bool) -> None:
    """Make a user an admin or a member."""
    with writing(db.session) as session:
        user = _found(session, email)
        people.change_role(session, user.id, Role(role), by=COMMAND_LINE)
    told = gettext("%(email)s is %(role)s now.", email=user.known_as, role=gettext(role))
    say(told, as_json=as_json, email=user.known_as, role=role)


@users.command("end-sessions")
@email_option
@json_option
@panel()
def end_sessions(email: str, as_json: bool) -> None:
    """Sign a user out in every browser."""
    with writing(db.session) as session:
        user = _found(session, email)
        people.end_sessions(session, user.id, by=COMMAND_LINE)
    told = gettext("%(email)s is signed out in every browser.", email=user.known_as)
    say(told, as_json=as_json, email=user.known_as)


@users.command("remove")
@email_option
@json_option
@panel()
def remove(email: str, as_json: bool) -> None:
    """Remove an account with its sessions and links."""
    with writing(db.session) as session:
        user = _found(session, email)
        address = user.known_as
        people.remove(session, user.id, by=COMMAND_LINE)
    told = gettext("The account %(email)s is removed.", email=address)
    say(told, as_json=as_json, email=address)


def _check(base_url: str) -> None:
    if not base_url.startswith(("http://", "https://")):
        raise BadInput(gettext(NO_URL))


def _found(session: Session, email: str) -> User:
    """The account with this mail address; of who has none, with this name at the proxy."""
    user = accounts.find(session, email) or accounts.find_external(session, email)
    if user is None:
        raise BadInput(gettext("There is no account with the mail address %(email)s.", email=email))
    return user


def _facts(person: Person) -> dict[str, object]:
    user = person.user
    return {
        "id": user.id,
        "email": user.known_as,
        "name": user.name,
        "role": user.role.value,
        "state": user.state.value,
        "language": user.language,
        "created_at": user.created_at,
        "seen_at": person.seen_at,
        "sessions": person.sessions,
        "link_until": person.link_until,
    }


def _tell(given: GivenLink, base_url: str, as_json: bool) -> None:
    """Tell that a link is on its way by mail; or the link, where it could not go so."""
    user, facts = given.user, {"email": given.user.known_as, "role": given.user.role.value}
    if not given.path:
        told = ngettext(
            "A link is on its way to %(email)s. It works once, within %(num)s hour.",
            "A link is on its way to %(email)s. It works once, within %(num)s hours.",
            given.hours,
            email=user.known_as,
        )
        say(told, as_json=as_json, **facts, link=None)
        return
    link = base_url.rstrip("/") + given.path
    if as_json:
        print_json({**facts, "link": link})
        return
    told = ngettext(
        "%(email)s (%(role)s) sets a password by this link, once, within %(num)s hour:",
        "%(email)s (%(role)s) sets a password by this link, once, within %(num)s hours:",
        given.hours,
        email=user.known_as,
        role=gettext(user.role),
    )
    click.echo(f"{told}\n\n{link}")
