"""Sign-in by the headers of a trusted proxy: user, mail address, groups (SPEC A2)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from smtp_panel.access import users
from smtp_panel.access.errors import AccessError
from smtp_panel.access.external import NOBODY, ExternalSignIn, ExternalUser, Identity
from smtp_panel.access.rarely import Rarely
from smtp_panel.access.users import LONGEST_EXTERNAL_ID, Role
from smtp_panel.config import Config

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

log = logging.getLogger(__name__)

BLANKS = " \t"  # that may stand around a value (RFC 9110, 5.6.3)
ACTOR = "proxy"  # in the audit log
PROXY = "smtp_panel.proxy"  # in the WSGI environment: the address of a proxy that is trusted


class NotBelieved(ValueError):
    """A header that can't be one of the proxy's own making."""


def wsgi_name(header: str) -> str:
    """The name of a header in the WSGI environment (PEP 3333)."""
    return f"HTTP_{header.upper().replace('-', '_')}"


def of(config: Config) -> ExternalSignIn | None:
    """The sign-in by a proxy that `config` names, if it does."""
    if not config.proxy_user_header:
        return None
    headers = ProxyHeaders(config)
    return ExternalSignIn(
        actor=ACTOR, identify=headers.identify, sign_out_url=config.proxy_logout_url
    )


class ProxyHeaders:
    """Reads who is signed in from the headers that `config` names, of a trusted proxy alone."""

    def __init__(self, config: Config) -> None:
        self._user = config.proxy_user_header
        self._email = config.proxy_email_header
        self._groups = config.proxy_groups_header
        self._separator = config.proxy_groups_separator
        self._admins = self._listed(config.proxy_admin_groups)
        self._rarely = Rarely()

    def identify(self, environ: WSGIEnvironment) -> Identity:
        """Who makes this request; NOBODY where a header is doubled, a list, empty or unreadable."""
        proxy = environ.get(PROXY)
        if proxy is None:
            return None
        try:
            user = _text(environ, self._user)
            email = _text(environ, self._email)
        except NotBelieved as error:
            if self._rarely.due(proxy):
                log.warning("proxy headers that can't be believed: peer=%s header=%s", proxy, error)
            return NOBODY
        if user is None:
            return None
        return ExternalUser(id=user, email=_address(email or user), role=self._role(environ))

    def _role(self, environ: WSGIEnvironment) -> Role:
        groups = _decoded(environ.get(wsgi_name(self._groups), "")) if self._groups else ""
        return Role.ADMIN if self._admins & self._listed(groups) else Role.MEMBER

    def _listed(self, text: str) -> frozenset[str]:
        """The groups in a list; none where it has characters that can't be seen."""
        names = {each.strip(BLANKS) for each in text.split(self._separator)} - {""}
        return frozenset(names if all(map(str.isprintable, names)) else ())


def _text(environ: WSGIEnvironment, header: str) -> str | None:
    """The one value of a header, None where it is absent; raises NotBelieved."""
    value = environ.get(wsgi_name(header)) if header else None
    if value is None:
        return None
    text = _decoded(value).strip(BLANKS)
    if not text or "," in text or not text.isprintable() or len(text) > LONGEST_EXTERNAL_ID:
        raise NotBelieved(header)
    return text


def _decoded(value: str) -> str:
    """The UTF-8 in a WSGI string; what is none gives characters that are not printable."""
    return value.encode("latin-1", "replace").decode(errors="surrogateescape")


def _address(text: str) -> str:
    """The mail address that `text` is, else an empty text."""
    try:
        return users.tidy_email(text) if "@" in text else ""
    except AccessError:
        return ""
