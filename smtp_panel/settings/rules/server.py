"""The rule of Mail server: a host name or an IP address, and nothing else (SPEC F1)."""

from __future__ import annotations

import ipaddress
import re
import unicodedata

from smtp_panel.settings.rules import names
from smtp_panel.settings.rules.refusal import Refused, offering
from smtp_panel.settings.rules.text import (
    EDGES,
    MOST_TYPED,
    described,
    is_unseen,
    quoted,
    refuse_longer,
    refuse_unseen,
    trimmed,
)
from smtp_panel.words import N_

_CHARACTERS = names.HOST_CHARACTERS | {"_"}  # container networks have underscores
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:/+|//|(?:https?|smtps?|ssl|tls|mailto):(?![0-9]*$)", re.I)
_PATH = re.compile(r"[/\\?#].*", re.DOTALL)
_WITH_PORT = re.compile(r"(\[.*\]|[^:]*):([0-9]*)")
_LIKE_IPV6 = re.compile(r"[0-9a-f.]*:[0-9a-f:.]*:[0-9a-f:.]*", re.I)
_FOUR_NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+){3}")


def mail_server(text: str) -> str:
    """The host name in ASCII and lower case, or the IP address in its shortest form.

    Tidies white space around it, full-width letters, a trailing dot and `[::1]`.
    """
    tidy = unicodedata.normalize("NFKC", trimmed(text)).strip(EDGES)
    refuse_longer(tidy, MOST_TYPED)
    return offering(_server, _repaired, tidy)


def _server(text: str) -> str:
    if not text:
        raise Refused(
            N_("Enter the name of the server that takes your mail, such as smtp.example.com.")
        )
    _refuse_parts_of_a_url(text)
    host = _without_brackets(text)
    if ":" in host:
        return _ipv6_address(host)
    _refuse_white_space(host)
    refuse_unseen(host)
    name = names.domain_name(host.removesuffix("."), _CHARACTERS)
    return _ipv4_address(name) if names.ends_in_number(name) else name


def _refuse_parts_of_a_url(text: str) -> None:
    scheme = _SCHEME.match(text)
    if scheme:
        raise Refused(
            N_("Enter only the name of the server, not a web address: remove “%(part)s”."),
            {"part": quoted(scheme[0])},
        )
    if "@" in text:  # what stands before it may hold a password, so it is not repeated
        raise Refused(
            N_("“@” has no place here: enter the name of the server, not a mail address or login.")
        )
    path = _PATH.search(text)
    if path:
        raise Refused(
            N_("Enter only the name of the server: remove “%(part)s”."), {"part": quoted(path[0])}
        )


def _without_brackets(text: str) -> str:
    inside = text[1:-1]
    bracketed = text.startswith("[") and text.endswith("]")
    return inside if bracketed and (":" in inside or _FOUR_NUMBERS.fullmatch(inside)) else text


def _ipv6_address(text: str) -> str:
    if "%" in text:
        raise Refused(
            N_("An address with a zone (“%(part)s”) can't be used: enter an address without it."),
            {"part": quoted(text[text.index("%") :])},
        )
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        raise _no_ipv6_address(text) from None


def _no_ipv6_address(text: str) -> Refused:
    with_port = _WITH_PORT.fullmatch(text)
    if with_port and with_port[2]:
        return Refused(
            N_("The port has a field of its own: remove “:%(port)s” and enter it under Port."),
            {"port": quoted(with_port[2])},
        )
    if _LIKE_IPV6.fullmatch(text):
        return Refused(N_("“%(server)s” is not an IP address."), {"server": quoted(text)})
    return Refused(N_("“:” can't be part of the name of a server. Remove it."))


def _ipv4_address(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise _no_ipv4_address(text) from None


def _no_ipv4_address(text: str) -> Refused:
    params = {"server": quoted(text)}
    if _FOUR_NUMBERS.fullmatch(text):
        return Refused(
            N_(
                "“%(server)s” is not an IP address: each of the four numbers goes from 0 to 255,"
                " without a zero in front."
            ),
            params,
        )
    return Refused(
        N_(
            "“%(server)s” is or ends in a number, so it is neither a name nor an IP address."
            " Enter your provider's outgoing mail server, such as smtp.example.com."
        ),
        params,
    )


def _refuse_white_space(text: str) -> None:
    for character in text:
        if character.isspace() and character not in "\r\n":
            raise Refused(
                N_("The name of a server has no white space in it: remove %(character)s."),
                {"character": described(character)},
            )


def _repaired(text: str) -> str:
    """The server that `text` seems to mean, with what belongs elsewhere left out."""
    host = _PATH.sub("", _SCHEME.sub("", text, count=1)).rpartition("@")[2]
    host = _without_port(_joined(host)).strip("[]")
    if ":" in host:
        return _without_zone(host)
    labels = [_repaired_label(label) for label in host.replace(",", ".").split(".") if label]
    if _FOUR_NUMBERS.fullmatch(".".join(labels)):
        labels = [number.lstrip("0") or "0" for number in labels]
    return ".".join(labels)


def _repaired_label(label: str) -> str:
    return "".join(c for c in label if _may_stay(c)).strip("-")


def _joined(text: str) -> str:
    first, *rest = text.split() or [""]
    if rest and rest[-1].isdecimal():  # "smtp.example.com 587"
        rest.pop()
    return "".join([first, *rest])


def _without_port(text: str) -> str:
    with_port = _WITH_PORT.fullmatch(text)
    return with_port[1] if with_port else text


def _without_zone(text: str) -> str:
    """Without its zone a link-local address leads nowhere, so that one is left as it is."""
    address = text.partition("%")[0]
    return text if address.lower().startswith("fe80:") else address


def _may_stay(character: str) -> bool:
    if character.isascii():
        return character.lower() in _CHARACTERS
    return not is_unseen(character) and unicodedata.category(character)[0] in "LMN"
