"""The kinds of value that a variable may hold, and how each is read from its text."""

from __future__ import annotations

import base64
import ipaddress
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import limits

from smtp_panel.secret import Secret

AddressOrNetwork = IPv4Address | IPv6Address | IPv4Network | IPv6Network
T = TypeVar("T")
DNS_PORT = 53
LONGEST_NODE = 255  # characters, as those of a host name
SHORTEST_SIGNING_KEY = 32  # characters


@dataclass(frozen=True)
class VariableKind(Generic[T]):
    """A kind of value, called `name` in the documentation.

    `parse` turns the text of a variable into its value, or raises ValueError with a sentence that
    says what to write; for a `secret` it never repeats the text. With `file` there is a second
    variable, named with `_FILE` at its end, which may hold the path of a file with the text.
    """

    name: str
    parse: Callable[[str], T]
    secret: bool = False
    file: bool = False

    def show(self, value: T) -> str:
        """`value` as one would write it in the environment; empty for a secret."""
        if value is None or isinstance(value, Secret):
            return ""
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, tuple):
            return ",".join(map(str, value))
        return f"{value:g}" if isinstance(value, float) else str(value)


def whole(least: int, most: int) -> VariableKind[int]:
    """A whole number from `least` to `most`, in ASCII digits."""

    def parse(text: str) -> int:
        if re.fullmatch(r"[0-9]{1,9}", text) and least <= int(text) <= most:
            return int(text)
        raise ValueError(f"write a whole number from {least} to {most}.")

    return VariableKind(f"whole number, {least} to {most}", parse)


def seconds(least: float, most: float) -> VariableKind[float]:
    """A time in seconds from `least` to `most`."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if least <= value <= most:
            return value
        raise ValueError(f"write seconds, from {least:g} to {most:g}.")

    return VariableKind(f"seconds, {least:g} to {most:g}", parse)


def choice(*names: str) -> VariableKind[str]:
    """One of `names`."""

    def parse(text: str) -> str:
        if text in names:
            return text
        raise ValueError(f"write one of {', '.join(names)}.")

    return VariableKind(", ".join(names), parse)


def _line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("write one line of text without control characters.")
    return text.strip()


def _node(text: str) -> str:
    if len(text.strip()) > LONGEST_NODE:
        raise ValueError(f"write at most {LONGEST_NODE} characters.")
    return _line(text)


def _path(text: str) -> Path:
    if not text.strip() or "\0" in text:
        raise ValueError("write the path of a folder.")
    return Path(text)


def _on_off(text: str) -> bool:
    return _ON_OFF.parse(text) == "on"


def _email(text: str) -> str:
    if text and not re.fullmatch(r"[^\s@]+@[^\s@]+", text):
        raise ValueError("write a mail address such as ada@example.com.")
    return text


def _limit(text: str) -> str:
    advice = "write limits such as 6 per minute; 60 per hour."
    try:
        parsed = limits.parse_many(text)
    except ValueError:
        raise ValueError(advice) from None
    if not all(item.amount and item.multiples for item in parsed):
        raise ValueError(advice)
    return text


def _limit_or_none(text: str) -> str:
    return _limit(text) if text.strip() else ""


def _between_commas(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    parts = _between_commas(text)
    try:
        return tuple(_unmapped(ipaddress.ip_network(part)) for part in parts)
    except ValueError as error:
        raise ValueError(
            f"write addresses or networks such as 10.0.0.0/8, separated by commas ({error})."
        ) from None


def _header(text: str) -> str:
    if text and not re.fullmatch(r"[A-Za-z0-9-]{1,100}", text):
        raise ValueError("write the name of a header such as Remote-User: letters, digits and -.")
    return text


def _separator(text: str) -> str:
    if len(text) != 1 or not text.isprintable():
        raise ValueError("write one character such as | .")
    return text


def _unmapped(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """`network` as IPv4 where it is one that is mapped into IPv6 (RFC 4291, 2.5.5.2)."""
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    return ipaddress.ip_network((mapped, network.prefixlen - 96)) if mapped else network


def _ports(text: str) -> tuple[int, ...]:
    parts = _between_commas(text)
    if not all(re.fullmatch(r"[0-9]{1,5}", part) and 1 <= int(part) <= 65535 for part in parts):
        raise ValueError("write ports from 1 to 65535, separated by commas.")
    return tuple(map(int, parts))


def _ehlo_name(text: str) -> str:
    if text and not re.fullmatch(r"[A-Za-z0-9.-]{1,255}|\[[A-Za-z0-9.:-]{1,255}\]", text):
        raise ValueError("write a host name, or an address in square brackets (RFC 5321, 4.1.1.1).")
    return text


def _addresses(text: str) -> tuple[AddressOrNetwork, ...]:
    parts = _between_commas(text)
    try:
        return tuple(
            ipaddress.ip_network(part) if "/" in part else ipaddress.ip_address(part)
            for part in parts
        )
    except ValueError as error:
        raise ValueError(
            "write addresses such as 203.0.113.7, or networks such as 203.0.113.0/28, separated by"
            f" commas ({error})."
        ) from None


def _name_servers(text: str) -> tuple[tuple[str, int], ...]:
    return tuple(map(_name_server, _between_commas(text)))


def _name_server(text: str) -> tuple[str, int]:
    """An IP address, and the port beside it: 53 where there is none."""
    try:
        parts = urlsplit(f"//{text}")
        address, port = str(ipaddress.ip_address(parts.hostname or "")), parts.port
        if parts.path or parts.username or port == 0:
            raise ValueError(text)
    except ValueError:
        raise ValueError(
            "write IP addresses, each with its port where that is not 53, separated by commas, such"
            " as 127.0.0.1:5353 or [::1]:5353."
        ) from None
    return address, port or DNS_PORT


def _fernet_keys(text: str) -> Secret:
    keys = re.split(r"[,\s]+", text.strip(", \n")) if text.strip() else []
    for key in keys:
        if not re.fullmatch(r"[A-Za-z0-9_-]{43}=", key) or len(base64.urlsafe_b64decode(key)) != 32:
            raise ValueError(
                "write Fernet keys, 44 characters each, separated by commas; make one with"
                ' python3 -c "import base64, os;'
                ' print(base64.urlsafe_b64encode(os.urandom(32)).decode())".'
            )
    return Secret(",".join(keys))


def _signing_keys(text: str) -> Secret:
    keys = [key.strip() for key in text.split(",")]
    if text and min(map(len, keys)) < SHORTEST_SIGNING_KEY:
        raise ValueError(
            f"write at least {SHORTEST_SIGNING_KEY} characters; several keys, the newest first,"
            " are separated by commas. Make one with"
            ' python3 -c "import secrets; print(secrets.token_hex(32))".'
        )
    return Secret(",".join(keys))


def _webhook_secret(text: str) -> Secret:
    encoded = text.strip().removeprefix("whsec_")
    try:
        octets = len(base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True))
    except ValueError:
        octets = 0
    if text.strip() and not (text.startswith("whsec_") and 24 <= octets <= 64):
        raise ValueError(
            "write whsec_ and 24 to 64 octets in base64; make one with"
            ' python3 -c "import base64, os;'
            " print('whsec_' + base64.b64encode(os.urandom(32)).decode())\"."
        )
    return Secret(text.strip())


def _listen_address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError("write an IP address, such as 127.0.0.1 or ::1.") from None


_ON_OFF = choice("on", "off")
ON_OFF = VariableKind(_ON_OFF.name, _on_off)
LINE = VariableKind("text", _line)
NODE = VariableKind("text", _node)
PATH = VariableKind("path", _path)
MAIL_ADDRESS = VariableKind("mail address", _email)
LIMIT = VariableKind("limits", _limit)
LIMIT_OR_NONE = VariableKind("limits", _limit_or_none)
NETWORKS = VariableKind("networks, separated by commas", _networks)
PORTS = VariableKind("ports, separated by commas", _ports)
ADDRESSES = VariableKind("addresses, separated by commas", _addresses)
NAME_SERVERS = VariableKind("name servers, separated by commas", _name_servers)
HEADER = VariableKind("header", _header)
SEPARATOR = VariableKind("character", _separator)
LISTEN_ADDRESS = VariableKind("IP address", _listen_address)
EHLO_NAME = VariableKind("host name", _ehlo_name)
SECRET = VariableKind("text", Secret, secret=True, file=True)
WEBHOOK_SECRET = VariableKind("key", _webhook_secret, secret=True, file=True)
FERNET_KEYS = VariableKind("keys, separated by commas", _fernet_keys, secret=True, file=True)
SIGNING_KEYS = VariableKind("keys, separated by commas", _signing_keys, secret=True, file=True)
LOCKED: VariableKind[str | None] = VariableKind("text", str)
LOCKED_TEXT: VariableKind[str | None] = VariableKind("text", str, file=True)
LOCKED_SECRET: VariableKind[Secret | None] = VariableKind("text", Secret, secret=True, file=True)
