"""One-time links that people get by mail: from an admin, or because they ask (SPEC A1, M1, L4).

A link goes into the outbox with the transaction that makes it. `url` is where people reach the
panel; where that is not known or there is no mail service, no mail is written, and whoever made the
link passes it on.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from smtp_panel import audit
from smtp_panel.access import external, links, users
from smtp_panel.access.errors import AccessError
from smtp_panel.access.links import LINK_LIFETIME, Purpose
from smtp_panel.access.people import NoSuchUser
from smtp_panel.access.sign_in import NO_ACCOUNT
from smtp_panel.access.users import Role, User
from smtp_panel.audit import Actor, AuditAction
from smtp_panel.mail import occasions
from smtp_panel.mail.occasions import INVITATION, PASSWORD_CHANGED, PASSWORD_RESET
from smtp_panel.storage import utcnow
from smtp_panel.telling.language import ENGLISH
from smtp_panel.words import N_

HOUR = timedelta(hours=1)
KINDS = {Purpose.SET_PASSWORD: INVITATION, Purpose.RESET_PASSWORD: PASSWORD_RESET}
SIGNED_IN_THERE = N_(
    "The application around the panel signs people in. Give them an account there."
)


class InvitedElsewhere(AccessError):
    """Nobody is invited here, where the application around the panel alone signs people in."""

    def __init__(self) -> None:
        super().__init__(None, SIGNED_IN_THERE)


class GivenLink(NamedTuple):
    """Whom a link is for and how many hours it works.

    It has a `path` where it could not go by mail, and is to be passed on then.
    """

    user: User
    hours: int
    path: str = ""


def can_go(url: str) -> bool:
    """Whether links go by mail."""
    return bool(url) and occasions.can_send()


def invite(
    session: Session, *, email: str, name: str, role: Role, language: str, by: Actor, url: str
) -> GivenLink:
    """Add a user and send them an invitation, in `language`.

    Raises AccessError, EmailTaken where there is such an account, and InvitedElsewhere.
    """
    if external.signs_in_alone():
        raise InvitedElsewhere
    user = users.create_user(
        session,
        email=email,
        name=name,
        role=role,
        language=language,
        by=by,
    )
    return give(session, user, by=by, url=url)


def send(session: Session, user_id: int, *, by: Actor, url: str) -> GivenLink:
    """Send a user the invitation again or, once they have a password, a link to another one.

    Raises NoSuchUser, and AccessError for somebody who is signed in elsewhere and has no password.
    """
    user = session.get(User, user_id)
    if user is None:
        raise NoSuchUser
    if external.has_no_password(user):
        raise AccessError(None, N_("They are signed in elsewhere, and have no password here."))
    return give(session, user, by=by, url=url)


def give(session: Session, user: User, *, by: Actor, url: str) -> GivenLink:
    """Give `user` a link to their first password, or to another one; without `url` by no mail."""
    session.flush()
    purpose = Purpose.RESET_PASSWORD if user.password_hash else Purpose.SET_PASSWORD
    token = links.create(session, purpose, by, user=user)
    if not can_go(url):
        return GivenLink(user, hours(purpose), links.url_path(token))
    _mail(purpose, token, user, by=by.name if by.user_id else "", url=url)
    return GivenLink(user, hours(purpose))


def send_forgotten(session: Session, email: str, *, address: str, url: str, language: str) -> None:
    """Send a link to a new password to the account with `email`; a visitor at `address` asks.

    For an address without an account the same is done and taken back, so that the time does not
    tell who has one.
    """
    user = users.find(session, email)
    if user and external.has_no_password(user):
        user = None
    audit.record(
        session,
        AuditAction.RESET_ASKED,
        Actor(user.known_as if user else "", address),
        note=None if user else NO_ACCOUNT,
    )
    anybody, purpose = user or User(email=users.tidy_email(email)), Purpose.RESET_PASSWORD
    with session.begin_nested() as savepoint:
        token = links.create(session, purpose, Actor("", address), user=anybody)
        _mail(purpose, token, anybody, language=language, url=url, asked=True)
        session.flush()
        if user is None:
            savepoint.rollback()


def tell_of_change(user: User, *, url: str) -> None:
    """Tell a user by mail, where that can go, that their password was changed."""
    if user.email and can_go(url):
        facts = {"link": f"{url}/forgot"}
        occasions.send(PASSWORD_CHANGED, facts, recipient=user.email, language=user.mail_language)


def _mail(
    purpose: Purpose,
    token: str,
    user: User,
    *,
    url: str,
    by: str = "",
    asked: bool = False,
    language: str = ENGLISH,
) -> None:
    """Send the link with `token`, which is tried for as long as it works.

    It names the person `by` whom it is sent; they may have `asked` for it themselves.
    """
    link = url + links.url_path(token)
    facts = {"by": by, "asked": asked, "link": link, "hours": hours(purpose)}
    occasions.send(
        KINDS[purpose],
        facts,
        recipient=user.known_as,
        language=user.language or language,
        expires_at=utcnow() + LINK_LIFETIME[purpose],
    )


def hours(purpose: Purpose) -> int:
    """For how many hours a link of this purpose works."""
    return LINK_LIFETIME[purpose] // HOUR
