"""Lists of tags, as DKIM, DMARC and their like write records (RFC 6376, 3.2)."""

from __future__ import annotations

from collections.abc import Mapping

from smtp_panel.net.dns import Lookup, LookupFailed


def is_there(domain: str, lookup: Lookup) -> bool:
    """Whether the DNS has `domain` at all, as far as that can be looked up."""
    try:
        return lookup(domain, "TXT").exists
    except LookupFailed:
        return True


def versioned(name: str, version: str, lookup: Lookup) -> list[str]:
    """The TXT records of `name` that begin with the tag `version`, such as v=DMARC1.

    Raises LookupFailed.
    """
    records = lookup(name, "TXT").texts
    return [each for each in records if _first_tag(each) == tuple(version.split("="))]


def _first_tag(record: str) -> tuple[str, str]:
    name, _, value = record.partition(";")[0].partition("=")
    return name.rstrip().lower(), value.strip()  # nothing may stand before it


def tags(record: str) -> Mapping[str, str] | None:
    """The tags of `record` by name, None where it is no list of tags or has one twice."""
    found: dict[str, str] = {}
    for each in filter(str.strip, record.split(";")):
        name, equals, value = each.partition("=")
        name = name.strip().lower()
        if not equals or not name or name in found:
            return None
        found[name] = value.strip()
    return found
