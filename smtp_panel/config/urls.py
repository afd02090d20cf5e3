"""The kinds of URL that a variable may hold."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from smtp_panel.config.kinds import VariableKind
from smtp_panel.secret import Secret

LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"


def _split(text: str, advice: str) -> SplitResult:
    """`text` as a URL. The library's errors repeat parts of it, so they are not passed on."""
    try:
        url = urlsplit(text)
        _ = url.port
        if "[" in url.netloc:
            ipaddress.IPv6Address(url.hostname or "")
    except ValueError:
        raise ValueError(advice) from None
    return url


def _database_url(text: str) -> Secret:
    advice = "write sqlite:///path or postgresql://user:password@host/name."
    url = _split(text, advice)
    if text and url.scheme not in {"sqlite", "postgresql"}:
        raise ValueError(advice)
    # One in memory would be another for each process.
    if url.scheme == "sqlite" and re.fullmatch(r"/?|/:memory:.*|/file:.*", url.path):
        raise ValueError(advice)
    return Secret(text)


def _redis_url(text: str) -> Secret:
    advice = "write redis://host:port/0."
    if text and _split(text, advice).scheme not in {"redis", "rediss", "redis+unix"}:
        raise ValueError(advice)
    return Secret(text)


def _public_url(text: str) -> str:
    advice = (
        "write where people reach the panel, such as https://panel.example.com or"
        " https://example.com/mail, by a name or an address."
    )
    url = _split(text, advice)
    if text and not (
        url.scheme in {"http", "https"}
        and re.fullmatch(rf"({LABEL}(\.{LABEL})*|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?", url.netloc)
        and _is_idna(url.netloc)
        and re.fullmatch(r"(/[A-Za-z0-9._~-]+)*/?", url.path)
        and text.partition("?")[0].partition("#")[0] == text
    ):
        raise ValueError(advice)
    return text.rstrip("/")


def _is_idna(name: str) -> bool:
    """Whether each label of `name` that begins with `xn--` stands for one of another script."""
    try:
        return bool(name.encode("ascii").decode("idna"))
    except UnicodeError:
        return False


def _service_url(text: str) -> Secret:
    advice = (
        "write smtp://user:password@host:port?tls=starttls, with tls one of starttls, implicit,"
        " none, and special characters of user and password percent-encoded."
    )
    if text:
        url = _split(text, advice)
        if url.scheme != "smtp" or not url.hostname or url.fragment:
            raise ValueError(advice)
    return Secret(text)


def _web_url(text: str) -> Secret:
    advice = "write the URL of a web server, such as https://example.com/alerts."
    url = _split(text, advice)
    if text and not (
        url.scheme in {"http", "https"}
        and url.hostname
        and "@" not in url.netloc
        and not url.fragment
        and text.isascii()
        and text.isprintable()
        and " " not in text
    ):
        raise ValueError(advice)
    return Secret(text)


def _site_url(text: str) -> str:
    """A URL of a page, or a path of this very site."""
    is_path = re.match(r"/(?![/\\\\])", text) and text.isascii() and text.isprintable()
    if is_path and " " not in text:
        return text
    try:
        return _web_url(text).reveal()
    except ValueError:
        advice = "write a URL such as https://login.example.com/logout, or a path such as /logout."
        raise ValueError(advice) from None


PUBLIC_URL = VariableKind("URL", _public_url)
DATABASE_URL = VariableKind("URL", _database_url, secret=True, file=True)
REDIS_URL = VariableKind("URL", _redis_url, secret=True, file=True)
SERVICE_URL = VariableKind("URL", _service_url, secret=True, file=True)
WEB_URL = VariableKind("URL", _web_url, secret=True, file=True)
SITE_URL = VariableKind("URL or path", _site_url)
