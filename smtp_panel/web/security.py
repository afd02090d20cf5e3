"""Response headers, compression of static files, and the hosts that are answered."""

from __future__ import annotations

import ipaddress
from functools import partial
from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask_compress import Compress
from werkzeug.exceptions import BadHost, RequestHeaderFieldsTooLarge, RequestURITooLarge

from smtp_panel.config import Config
from smtp_panel.web.proxies import TrustedProxies

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # data: is the icon, which spares a request
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that don't know frame-ancestors
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # no-referrer would fail the check of forms
}
# A page with a frame of ours, and what is shown in it: a message, in which nothing runs or loads.
FRAMING = frozenset({"mail.preview"})
FRAMED = frozenset({"mail.html"})
FRAMING_POLICY = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
FRAMED_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox"
PAGE_HEADERS = {**HEADERS, "Cache-Control": "no-store", "Vary": "HX-Request, Cookie"}
# Which say themselves how long a browser may keep them.
KEPT = frozenset({"static", "embed.warning", "embed.facts"})
LONGEST_FIELD = 8190  # octets of an address, and of a header; as Apache and gunicorn have it
PROBES = "probes"  # a blueprint whose answers have no links
LINK_PAGES = frozenset({"public.link", "public.redeem_link", "arrived.opened"})


def init_app(app: Flask, config: Config) -> None:
    """Set the headers of every response; compress static files, never pages.

    A compressed page that holds both a token and what a stranger typed would leak the token by
    its length (BREACH).
    """
    app.config.update(
        COMPRESS_MIMETYPES=["text/css", "text/javascript"],
        COMPRESS_ALGORITHM=["gzip"],
        COMPRESS_MIN_SIZE=500,
    )
    Compress(app)
    own_host = _host_of(urlsplit(config.url).netloc)
    app.before_request(_refuse_long_fields)
    app.before_request(partial(_refuse_other_hosts, own_host))
    app.after_request(_take_whole)  # before it is compressed: the last one registered goes first
    app.after_request(_set_headers)
    app.wsgi_app = TrustedProxies(app.wsgi_app, config, PAGE_HEADERS)  # type: ignore[method-assign]  # how Flask documents middleware


def _refuse_long_fields() -> None:
    """Raise RequestURITooLarge or RequestHeaderFieldsTooLarge for what other servers let through.

    To read a header of 250,000 blanks keeps Werkzeug busy for half a minute, whoever sends it.
    """
    environ = request.environ
    if len(environ["PATH_INFO"]) + len(environ["QUERY_STRING"]) > LONGEST_FIELD:
        raise RequestURITooLarge
    headers = (each for name, each in environ.items() if name.startswith(("HTTP_", "CONTENT_")))
    if any(len(each) > LONGEST_FIELD for each in headers):
        raise RequestHeaderFieldsTooLarge


def _refuse_other_hosts(own: str) -> None:
    """Raise BadHost for a host that can't be, and for any but `own` where that is stated.

    Whatever the port, which a proxy may have changed. Flask's TRUSTED_HOSTS knows no IPv6 address.
    Who probes the process knows it by the address of its machine.
    """
    try:
        _ = request.url_root
        asked = _host_of(request.host)
    except ValueError:  # UnicodeError is one
        raise BadHost from None
    anywhere = not own or request.blueprint == PROBES
    if not asked or not (anywhere or asked == own):
        raise BadHost


def _host_of(netloc: str) -> str:
    """The name or address in `netloc`, an address as `ipaddress` writes it; raises ValueError."""
    host = urlsplit(f"//{netloc}").hostname or ""
    return str(ipaddress.IPv6Address(host)) if ":" in host else host


def _take_whole(response: Response) -> Response:
    """Read a static file at once, for a streamed response can't be compressed."""
    if request.endpoint == "static" and response.status_code == 200:
        response.direct_passthrough = False
        response.make_sequence()
    return response


def _set_headers(response: Response) -> Response:
    is_kept = request.endpoint in KEPT and response.status_code < 400
    response.headers.update(HEADERS if is_kept else PAGE_HEADERS)
    if request.endpoint in LINK_PAGES:  # whose address is a secret
        response.headers["Referrer-Policy"] = "strict-origin"
    if request.endpoint in FRAMING:
        response.headers["Content-Security-Policy"] = FRAMING_POLICY
    if request.endpoint in FRAMED:
        response.headers["Content-Security-Policy"] = FRAMED_POLICY
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
