"""The proxies in front of the panel, and which of their headers are believed (SPEC A2)."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from smtp_panel.access.proxy_sign_in import PROXY, wsgi_name
from smtp_panel.access.rarely import Rarely
from smtp_panel.config import Config
from smtp_panel.net.address import IP, ip_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

CLIENT, SCHEME, HOST, PREFIX = FORWARDED = (
    *("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO"),
    *("HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PREFIX"),
)
HOSTS_OWN = "werkzeug.proxy_fix.orig"  # what a ProxyFix in front of the panel has replaced
# A path below which the panel is. Of two slashes at its beginning browsers make another site.
PATH_PREFIX = re.compile(r"(/(?!\.{1,2}(/|$))[\w.~!$&'()*+=:@-]+)*/?")


class TrustedProxies:
    """Believes the headers of the proxies that `config` names, and of no other peer.

    Of X-Forwarded-For, -Proto, -Host and -Prefix the value counts that the outermost of
    `proxy_count` proxies has added. A prefix that is no path of this site gets 400, with `refusal`
    for its headers; any other value that can't be is as good as none. `PROXY` marks what comes from
    a trusted proxy, for the headers that sign people in.
    """

    def __init__(
        self, application: WSGIApplication, config: Config, refusal: dict[str, str]
    ) -> None:
        self._direct = application
        self._proxied = ProxyFix(application, x_for=1, x_proto=1, x_host=1, x_prefix=1)
        self._networks = config.trusted_proxies
        self._count = config.proxy_count
        self._refusal = refusal
        own = config.proxy_user_header, config.proxy_email_header, config.proxy_groups_header
        self._headers = {*FORWARDED, *(wsgi_name(header) for header in own if header)}
        self._rarely = Rarely()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        peer = environ.get("REMOTE_ADDR", "")
        if not self._trusts(peer):
            self._note(environ, peer)
            return self._direct(environ, start_response)
        told = {name: self._told(environ, name) for name in FORWARDED}
        try:
            told[PREFIX] = _script_name(told[PREFIX], environ.get("SCRIPT_NAME", ""))
        except ValueError:
            answer = Response("X-Forwarded-Prefix is no path.\n", 400, self._refusal)
            return answer(environ, start_response)
        if address_of(told[CLIENT]) is None:
            told[CLIENT] = ""
        if told[SCHEME] not in {"http", "https"}:
            told[SCHEME] = ""
        return self._proxied({**environ, **told, PROXY: peer}, start_response)

    def _note(self, environ: WSGIEnvironment, peer: str) -> None:
        """Log headers that are not believed, unless a host application has taken them itself."""
        ours = HOSTS_OWN not in environ and not self._headers.isdisjoint(environ)
        if ours and self._rarely.due(peer):
            log.warning("proxy headers from an untrusted address: peer=%s", peer)

    def _told(self, environ: WSGIEnvironment, name: str) -> str:
        """The value of a header from the right by the count; empty where there are fewer."""
        values = environ.get(name, "").split(",")
        return values[-self._count].strip() if len(values) >= self._count else ""

    def _trusts(self, peer: str) -> bool:
        address = address_of(peer)
        return address is not None and any(address in network for network in self._networks)


def _script_name(prefix: str, mounted: str) -> str:
    """The path in X-Forwarded-Prefix, and below it that of a mount, decoded as WSGI has them.

    Raises ValueError for what is no path of this site.
    """
    path = unquote_to_bytes(prefix.encode("latin-1")).decode()
    if not PATH_PREFIX.fullmatch(path):
        raise ValueError("no path of this site")
    return path.rstrip("/").encode().decode("latin-1") + mounted


def address_of(text: str) -> IP | None:
    """The address in `text`, None where it is none or has a zone, which may be any text."""
    try:
        return None if "%" in text else ip_of(text)
    except ValueError:
        return None
