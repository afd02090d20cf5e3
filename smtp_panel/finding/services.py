"""The submission servers that a domain names by SRV records (RFC 6186, RFC 8314, section 5)."""

from __future__ import annotations

import re
from typing import NamedTuple

from smtp_panel.net.dns import SRV, Answer, Lookup, LookupFailed
from smtp_panel.net.together import together
from smtp_panel.smtp.endpoint import Security

SERVICES = {"_submissions._tcp": Security.IMPLICIT, "_submission._tcp": Security.STARTTLS}
USUAL = {465: Security.IMPLICIT, 587: Security.STARTTLS, 25: Security.STARTTLS}
OF_OTHERS = frozenset({80, 110, 143, 443, 993, 995})  # ports of HTTP, IMAP and POP3
MOST_SERVICES = 6  # that are looked up; the others are not preferred
# RFC 1123, section 2.1; no last label of digits alone, which makes an IP address of it.
_HOST = re.compile(r"([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_-]*[a-z][a-z0-9_-]*")


class SubmissionService(NamedTuple):
    """A submission server.

    It is `unsure` where its address could not be looked up, where TLS starts in another way than
    it does at this port everywhere else, or where the port is that of another protocol.
    """

    host: str
    port: int
    security: Security
    unsure: bool


class Services(NamedTuple):
    """The servers that can be used, the preferred first, and whether `wrong` records were met.

    They are `declined` where the domain says of each of SERVICES that it does not offer it.
    """

    usable: tuple[SubmissionService, ...]
    wrong: bool
    declined: bool


def services(answers: dict[str, Answer], lookup: Lookup) -> Services:
    """The servers in `answers`, the SRV records of SERVICES by name.

    They come in the order of their priority, then as in SERVICES, then by weight, the largest
    first. A record is wrong where its target is no host or has no address, or its port is 0, and
    where another one has TLS start at this port as it does everywhere else; a service of the target
    "." is not offered (RFC 2782).
    """
    named = [
        (record, SERVICES[name])
        for name, answer in answers.items()
        for record in answer.records
        if isinstance(record, SRV) and record.target
    ]
    named.sort(key=lambda each: (each[0].priority, each[1] is Security.STARTTLS, -each[0].weight))
    named = named[:MOST_SERVICES]
    hosts = {record.target for record, _ in named if _well_formed(record)}
    there = dict(together(lambda host: (host, _has_address(host, lookup)), hosts))
    usable = tuple(
        SubmissionService(
            host=record.target,
            port=record.port,
            security=security,
            unsure=there[record.target] is None or _is_odd(record.port, security),
        )
        for record, security in named
        if _well_formed(record) and there[record.target] is not False
    )
    usual = {each[:2] for each in usable if not _is_odd(each.port, each.security)}
    right = [
        each for each in usable if each[:2] not in usual or not _is_odd(each.port, each.security)
    ]
    declined = all(map(_declines, answers.values()))
    return Services(tuple(right), wrong=len(right) < len(named), declined=declined)


def _declines(answer: Answer) -> bool:
    targets = [each.target for each in answer.records if isinstance(each, SRV)]
    return targets == [""]


def _is_odd(port: int, security: Security) -> bool:
    return port in OF_OTHERS or USUAL.get(port, security) is not security


def _well_formed(record: SRV) -> bool:
    return record.port > 0 and bool(_HOST.fullmatch(record.target))


def _has_address(host: str, lookup: Lookup) -> bool | None:
    """Whether `host` has an address; None where that can't be told."""
    failed = False
    for kind in ("A", "AAAA"):
        try:
            if lookup(host, kind).records:
                return True
        except LookupFailed:
            failed = True
    return None if failed else False
