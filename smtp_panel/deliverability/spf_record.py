"""SPF records as they are to be published: with what is missing in one, and without what harms."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_network

from smtp_panel.spf.outcome import Result, Stopped
from smtp_panel.spf.record import SPF_VERSION, Term, read

DOUBTFUL = "~all"  # for whom nobody names: so that no mail is lost by a slip
_ADDRESS = re.compile(
    r"(?P<qualifier>[-+~?]?)(ip(v?[46])?[:=])?(?P<network>[0-9a-f.:]+(/[0-9]+)?)", re.IGNORECASE
)
MOST_FAULTS = 20  # of one record that are set right
WIDEST = {4: 8, 6: 16}  # the shortest prefixes of networks that somebody owns


def named(network: IPv4Network | IPv6Network) -> str:
    """The mechanism that names `network`."""
    shown = network if network.num_addresses > 1 else network[0]
    return f"ip{network.version}:{shown}"


def with_term(record: str, term: str, before: str) -> str:
    """`record` with `term`, unless it has that, where a check comes to it.

    It stands before the term `before`, which has decided against somebody whom it names, or ended
    the check; without that before "all", else before a redirect, else at the end.
    """
    have = record.split()
    if term.lower() in map(str.lower, have):
        return " ".join(have)
    places = [
        *(place for place, each in enumerate(have) if each == before),
        *(place for place, each in enumerate(have) if _is_all(each)),
        *(place for place, each in enumerate(have) if _is_redirect(each)),
        len(have),
    ]
    return " ".join((*have[: places[0]], term, *have[places[0] :]))


def without(record: str, terms: Collection[str]) -> str:
    """`record` without `terms`, such as those that find nothing; it ends as before, or doubtful."""
    kept = [term for term in record.split() if term not in terms]
    led_on = any(map(_is_redirect, set(terms).intersection(record.split())))
    return " ".join((*kept, *([DOUBTFUL] if led_on and not any(map(_is_all, kept)) else [])))


def readable(record: str) -> str:
    """`record` with its misspelt addresses set right, and without what can't be read.

    Of one with more than MOST_FAULTS the rest stays.
    """
    for _ in range(MOST_FAULTS):
        try:
            read("", record)
        except Stopped as stopped:
            record = _corrected(record, stopped.fault.term)
        else:
            break
    return record


def _corrected(record: str, wrong: str) -> str:
    """`record` with what the term `wrong` means, or without it."""
    found = _ADDRESS.fullmatch(wrong)
    with suppress(ValueError):
        network = ip_network(found["network"] if found else "", strict=False)
        meant = f"{found['qualifier']}{named(network)}" if found else ""
        return " ".join(meant if term == wrong else term for term in record.split())
    return without(record, {wrong})


def joined(records: Sequence[str]) -> str:
    """One record that names whom any of `records` names, each of its terms once.

    It ends with "-all" only where all of them do, and else with "~all": who refuses less loses less
    mail by a slip. Beside that a redirect would not count, so that it becomes an include.
    """
    parts = [record.split()[1:] for record in records]
    ends = {next(filter(_is_all, part), DOUBTFUL).lower() for part in parts}
    terms = dict.fromkeys(term for part in parts for term in _named(part))
    explained = [term for term in terms if _is_explanation(term)]
    named = [term for term in terms if not _is_explanation(term)]
    return " ".join((SPF_VERSION, *named, "-all" if ends == {"-all"} else DOUBTFUL, *explained[:1]))


def narrowed(record: str) -> str:
    """`record` without the mechanisms that name everybody; who is not named then is doubtful."""
    terms = record.split()
    doubtful = [DOUBTFUL if term.lower() in {"all", "+all"} else term for term in terms]
    kept = [term for term in doubtful if not _names_everybody(term)]
    ends = kept == terms or any(_is_all(term) or _is_redirect(term) for term in kept)
    return " ".join((*kept, *([] if ends else [DOUBTFUL])))


def names_somebody(record: str) -> bool:
    """Whether somebody may send by `record`, as far as can be read in it."""
    with suppress(Stopped):
        return any(term.result is Result.PASS for term in read("", record).terms)
    return False


def names_everybody(term: Term) -> bool:
    """Whether a mechanism lets everybody send, or more than anybody owns."""
    if term.result is not Result.PASS:
        return False
    if term.network:
        return term.network.prefixlen < WIDEST[term.network.version]
    return term.name == "all" or term.ip4_prefix < WIDEST[4] or term.ip6_prefix < WIDEST[6]


def _named(terms: Iterable[str]) -> Iterator[str]:
    """The terms without "all", and an include in place of a redirect where there is no "all"."""
    terms = list(terms)
    ends = any(map(_is_all, terms))
    for term in terms:
        if _is_redirect(term) and not ends:
            yield f"include:{term.partition('=')[2]}"
        elif not (_is_all(term) or _is_redirect(term)):
            yield term


def _names_everybody(text: str) -> bool:
    with suppress(Stopped):
        return any(map(names_everybody, read("", f"{SPF_VERSION} {text}").mechanisms))
    return False


def _is_all(term: str) -> bool:
    return term.lower().lstrip("+-~?") == "all"


def _is_redirect(term: str) -> bool:
    return term.lower().startswith("redirect=")


def _is_explanation(term: str) -> bool:
    return term.lower().startswith("exp=")
