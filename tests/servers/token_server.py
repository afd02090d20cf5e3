"""A token endpoint on loopback: gives tokens to one client, or what a test tells it to answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import OAuthClient
from smtp_panel.smtp.tokens import Tokens
from tests.servers.serving import serving

HOST = "127.0.0.1"
CLIENT_SECRET = "s3cret/+ä~"
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Answer:
    """An answer over HTTP; `body` is JSON data unless it is octets."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)

    @property
    def octets(self) -> bytes:
        """The body as it is sent."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def error(status: int, name: str, description: str = "") -> Answer:
    """A refusal (RFC 6749, section 5.2)."""
    return Answer(status, {"error": name, "error_description": description})


def token(value: str, **more: Any) -> Answer:
    """A token (RFC 6749, section 5.1) that lives for an hour."""
    usual = {"access_token": value, "token_type": "Bearer", "expires_in": 3600}
    return Answer(body=usual | more)


@dataclass
class TokenServer:
    """A running endpoint.

    It gives the `answers` one after the other, the last one over and over; `forms` holds what it
    was sent, `headers` with what. `cache` is for whoever keeps its tokens.
    """

    answers: list[Answer]
    url: str = ""
    forms: list[dict[str, str]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    cache: Tokens = field(default_factory=Tokens)

    def client(self, **choices: Any) -> OAuthClient:
        """A client of this endpoint; `choices` are fields of OAuthClient."""
        usual: dict[str, Any] = {
            "client_id": "panel",
            "client_secret": Secret(CLIENT_SECRET),
            "token_endpoint": self.url,
            "scopes": "mail.send offline",
        }
        return OAuthClient(**(usual | choices))


@contextmanager
def token_server(*answers: Answer, tls: ssl.SSLContext | None = None) -> Iterator[TokenServer]:
    """Serve on a free loopback port until the block ends; with `tls` by https."""
    server = TokenServer(list(answers))
    listener = _Listener((HOST, 0), partial(_Handler, server))
    scheme = "http"
    if tls:
        scheme = "https"
        listener.socket = tls.wrap_socket(
            listener.socket, server_side=True, do_handshake_on_connect=False
        )
    server.url = f"{scheme}://{HOST}:{listener.server_port}/oauth2/token?v=2"
    with serving(listener):
        yield server


class _Listener(ThreadingHTTPServer):
    """A thread for each connection."""

    def handle_error(self, _request: Any, _address: Any) -> None:
        """Nothing: a client that gives up is what many a test wants."""


class _Handler(BaseHTTPRequestHandler):
    """Answers one request; the names of the methods are the standard library's."""

    def __init__(self, tokens: TokenServer, *connection: Any) -> None:
        self._tokens = tokens
        super().__init__(*connection)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        form = {key: value[0] for key, value in parse_qs(body.decode()).items()}
        self._tokens.forms.append(form)
        self.do_GET()

    def do_GET(self) -> None:
        tokens = self._tokens
        tokens.headers.append(dict(self.headers.items()) | {"request": self.requestline})
        answer = tokens.answers.pop(0) if len(tokens.answers) > 1 else tokens.answers[0]
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.octets)))
        self.end_headers()
        self.wfile.write(answer.octets)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def jwt(key: bytes, username: str, seconds: int = 3600) -> str:
    """A token signed with HS256 (RFC 7519) for `username`, as Dovecot validates it by itself."""
    now = int(time.time())
    claims = {"sub": username, "iat": now - 60, "exp": now + seconds, "scope": "mail"}
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    signature = hmac.digest(key, signed.encode(), hashlib.sha256)
    return f"{signed}.{_base64url(signature)}"


def _part(data: Mapping[str, Any]) -> str:
    return _base64url(json.dumps(data).encode())


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
