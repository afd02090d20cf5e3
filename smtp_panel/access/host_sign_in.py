"""Sign-in by the application that the panel is mounted in (SPEC A4)."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from smtp_panel.access import users
from smtp_panel.access.errors import AccessError
from smtp_panel.access.external import NOBODY, ExternalSignIn, ExternalUser, Identity
from smtp_panel.access.users import LONGEST_EXTERNAL_ID, Role

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ACTOR = "host application"  # in the audit log

# Gives who makes a request, by its WSGI environment: their `id` in the host application, `email`,
# `name`, and whether they are an `admin`; None for nobody.
CurrentUser: TypeAlias = Callable[[dict[str, Any]], Mapping[str, Any] | None]


def of(current_user: CurrentUser) -> ExternalSignIn:
    """The sign-in by `current_user`, beside which there is no other."""

    def identify(environ: WSGIEnvironment) -> Identity:
        # The host may read of the request what it likes: the form stays for the panel.
        found = current_user({**environ, "wsgi.input": io.BytesIO(), "CONTENT_LENGTH": "0"})
        return NOBODY if found is None else _user(found)

    return ExternalSignIn(actor=ACTOR, identify=identify, alone=True)


def _user(found: Mapping[str, Any]) -> ExternalUser:
    """Whom the host names; raises ValueError for an id that can't be one.

    A name or an address that an account can't have is not told.
    """
    own_id = "" if found["id"] is None else str(found["id"])  # which nobody may share
    if not 1 <= len(own_id) <= LONGEST_EXTERNAL_ID or not own_id.isprintable():
        raise ValueError(f"the id of a user has 1 to {LONGEST_EXTERNAL_ID} visible characters")
    return ExternalUser(
        id=own_id,
        email=_told(users.tidy_email, found.get("email")) or "",
        name=_told(users.tidy_name, found.get("name")),
        role=Role.ADMIN if found.get("admin") else Role.MEMBER,
    )


def _told(rule: Callable[[str], str], text: str | None) -> str | None:
    try:
        return rule(text) if text else None
    except AccessError:
        return None
