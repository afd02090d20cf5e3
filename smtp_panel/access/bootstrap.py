"""The first admin: from the environment, else by a one-time link that the start prints."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from sqlalchemy.orm import Session

from smtp_panel.access import external, links, passwords, users
from smtp_panel.access.errors import AccessError, EmailTaken
from smtp_panel.access.links import Purpose
from smtp_panel.access.users import Role
from smtp_panel.audit import Actor
from smtp_panel.config import Config, ConfigError

ENVIRONMENT = Actor("environment")
# Processes that start together print a link each; none of them may end that of another.
SAME_START = timedelta(minutes=1)


def first_admin(session: Session) -> str | None:
    """The token of a new one-time link if no admin can sign in yet, else None.

    As many processes as there are may ask at once.
    """
    if external.admin_exists(session):
        return None
    return links.create(session, Purpose.FIRST_ADMIN, ENVIRONMENT, keep_newer_than=SAME_START)


def admin_of_environment(session: Session, config: Config) -> None:
    """Create the admin that `config` names, if it names one and there is no such account.

    As many processes as there are may do it at once. Raises ConfigError for an address that is
    none.
    """
    if not config.admin_email:
        return
    try:
        email = users.tidy_email(config.admin_email)
    except AccessError as error:
        raise ConfigError(
            "SMTP_PANEL_ADMIN_EMAIL", f"can't be {config.admin_email!r}. {error}"
        ) from None
    if users.find(session, email) is not None:
        return
    password_hash = passwords.hashed(config.admin_password)
    with suppress(EmailTaken):
        users.create_user(
            session, email=email, role=Role.ADMIN, by=ENVIRONMENT, password_hash=password_hash
        )
