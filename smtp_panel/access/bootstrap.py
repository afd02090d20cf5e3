"""The first admin: from the environment, else by a one-time link that the start prints."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from smtp_panel.access import links, passwords, users
from smtp_panel.access.errors import AccessError, EmailTaken
from smtp_panel.access.links import Purpose
from smtp_panel.access.users import AnySession, Role
from smtp_panel.config import Config, ConfigError
from smtp_panel.storage import writing

ACTOR = "environment"
# Processes that start together print a link each; none of them may end that of another.
SAME_START = timedelta(minutes=1)


def first_admin(session: AnySession, config: Config) -> str | None:
    """Make sure that somebody can get in; call it at start, from as many processes as there are.

    Creates the admin that `config` names, unless there is such an account. Gives the token of a
    one-time link while no admin can sign in, else None. Raises ConfigError for an address that is
    none. Commits.
    """
    if config.admin_email:
        _from_environment(session, config)
    if users.admin_exists(session):
        return None
    with writing(session) as writer:
        if users.admin_exists(writer):
            return None
        return links.create(writer, Purpose.FIRST_ADMIN, actor=ACTOR, spare=SAME_START)


def _from_environment(session: AnySession, config: Config) -> None:
    try:
        email = users.tidy_email(config.admin_email)
    except AccessError as error:
        raise ConfigError(
            "SMTP_PANEL_ADMIN_EMAIL", f"can't be {config.admin_email!r}. {error}"
        ) from None
    if users.find(session, email) is not None:
        return
    password_hash = passwords.hashed(config.admin_password)
    with writing(session) as writer, suppress(EmailTaken):
        users.create_user(
            writer, email=email, role=Role.ADMIN, actor=ACTOR, password_hash=password_hash
        )
