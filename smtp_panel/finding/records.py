"""What the DNS tells of how a domain sends and gets mail."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from smtp_panel.finding.services import SERVICES, Services, services
from smtp_panel.net.dns import MX, NOTHING, Answer, Kind, Lookup, LookupFailed
from smtp_panel.net.together import together

UNLIKELY_OCTETS = 6  # of a label that nobody has registered


class Records(NamedTuple):
    """What is known of a domain.

    `mx` has its hosts, the preferred first. With `any_name`, names beside it that nobody has made
    have the same ones (a wildcard, RFC 4592), so that they say little of the domain. `failed` is
    what could not be looked up, where anything could not.
    """

    exists: bool
    services: Services
    mx: tuple[MX, ...]
    any_name: bool
    failed: LookupFailed | None

    @property
    def is_no_domain(self) -> bool:
        """Whether all that was asked says that there is no such domain."""
        return not self.exists and not self.failed

    @property
    def takes_no_mail(self) -> bool:
        """Whether the domain says that it takes no mail (RFC 7505)."""
        return [each.host for each in self.mx] == [""]

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of the hosts that take its mail, the preferred first."""
        return tuple(each.host for each in self.mx if each.host)


def look_up(domain: str, lookup: Lookup) -> Records:
    """What the DNS has of `domain`, in ASCII; all questions are asked at once.

    What can't be looked up in time counts as not there, and is told by `failed`.
    """
    beside = f"{secrets.token_hex(UNLIKELY_OCTETS)}.{domain.partition('.')[2]}"
    questions: list[tuple[str, Kind]] = [(domain, "MX"), (beside, "MX")]
    questions += [(f"{service}.{domain}", "SRV") for service in SERVICES]
    mx, wild, *offered = together(lambda each: _asked(*each, lookup), questions)
    failed = [each for each in (mx, *offered) if isinstance(each, LookupFailed)]
    hosts = _mail_hosts(mx)
    return Records(
        exists=any(_answer(each).exists for each in (mx, *offered)),
        services=services(dict(zip(SERVICES, map(_answer, offered), strict=True)), lookup),
        mx=hosts,
        any_name=bool(hosts) and _mail_hosts(wild) == hosts,
        failed=next(iter(failed), None),
    )


def _asked(name: str, kind: Kind, lookup: Lookup) -> Answer | LookupFailed:
    try:
        return lookup(name, kind)
    except LookupFailed as failed:
        return failed


def _answer(asked: Answer | LookupFailed) -> Answer:
    return NOTHING if isinstance(asked, LookupFailed) else asked


def _mail_hosts(asked: Answer | LookupFailed) -> tuple[MX, ...]:
    return tuple(sorted(_answer(asked).mx))
