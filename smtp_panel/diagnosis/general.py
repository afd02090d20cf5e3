"""The diagnosis of what no catalogue entry knows: from step, kind, codes and subject.

It repeats the reason that the server gives, and sends to whom its subject concerns: the account,
the sender, the message. Sentences and subjects are in data/general.toml.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from smtp_panel.diagnosis.conditions import CONDITIONS, Test
from smtp_panel.diagnosis.entry import Explanation
from smtp_panel.diagnosis.evidence import Evidence
from smtp_panel.diagnosis.instructions import without_links
from smtp_panel.diagnosis.loading import DATA, read
from smtp_panel.diagnosis.scope import Scope, of_failure
from smtp_panel.diagnosis.wordings import Phrases
from smtp_panel.smtp.facts import Facts, FaultKind, Stage

PERMANENT = frozenset(
    (
        FaultKind.DNS_NOT_FOUND,
        FaultKind.DNS_NO_ADDRESS,
        FaultKind.CERTIFICATE,
        FaultKind.TLS,
        FaultKind.NOT_SMTP,
        FaultKind.UNASKED,
        FaultKind.NOT_OFFERED,
        FaultKind.TOO_LARGE,
        FaultKind.CREDENTIALS_MISSING,
        FaultKind.BLOCKED,
        FaultKind.PIN,
    )
)
_ENHANCED = re.compile(r"[245]\.([0-9]{1,3})\.([0-9]{1,3})")  # RFC 3463, section 2
# Whom the words about an account or domain mean, wherever they come.
_YOURS = re.compile(
    r"\byour (account|mailbox|plan|tenant|organi)|\b(plan|subscription|billing|contract)\b"
)
# Which of Postfix's lists of rules refused; what follows is the reason (access(5)).
_LIST_OF_RULES = re.compile(r"\b(?:recipient|sender) address rejected: (?=\w)")
# Where a login or a message is refused, so that the words are about one of its parts.
LOGIN_OR_MESSAGE = frozenset({Stage.AUTH, Stage.MAIL_FROM, Stage.RCPT_TO, Stage.DATA})


class Conclusion(NamedTuple):
    """What to report of a failure that nothing in the catalogue matches."""

    id: str
    stage: Stage
    field: str | None
    retryable: bool
    scope: Scope


def conclude(evidence: Evidence) -> Conclusion:
    """The step, the field, whether to try again and whose failure it is, for any evidence."""
    facts = evidence.facts
    about = _sentences("en")["about"].get(subject(evidence), {})
    if _contradicts(about, _detail(facts.enhanced or "")):
        facts = replace(facts, enhanced=None)
    detail, reply = _detail(facts.enhanced or ""), _reply(str(facts.code))
    again = retryable(facts) or _asks_for_another_attempt(evidence)
    by_step = _likely(_sentences("en"), facts.stage, str(facts.code)) or _stage(facts.stage)
    left = again and facts.kind is FaultKind.REPLY and "later" in by_step  # as they are
    by_codes = detail.get("field") or reply.get("field") or (not left and by_step.get("field"))
    in_force = _sentences("en")["in_force"].get(situation(evidence), {})
    field = about.get("field") if about else in_force.get("field") or by_codes or None
    if field == "password" and not facts.username:
        field = "username"  # of a login that was not made
    at_data = detail.get("stage_of_data") if facts.stage is Stage.DATA else None
    stage = Stage(about.get("stage") or detail.get("stage") or at_data or facts.stage)
    told = "" if again else about.get("scope")
    known = told or detail.get("scope") or reply.get("scope")
    scope = Scope(known) if known else of_failure(facts)
    return Conclusion(f"general-{facts.stage}-{facts.kind}", stage, field, again, scope)


def put_off(evidence: Evidence) -> bool:
    """Whether a server refuses for now by its code, and asks for another attempt as well."""
    return 400 <= (evidence.facts.code or 0) < 500 and evidence.means("try_later")


def _asks_for_another_attempt(evidence: Evidence) -> bool:
    """Whether a server says itself that a refusal will pass, under whatever code."""
    asks = evidence.means("try_later") or evidence.means("for_now")
    return evidence.facts.kind is FaultKind.REPLY and asks


def subject(evidence: Evidence) -> str:
    """What the server's words blame for a refused login or message, by its key in general.toml.

    Empty where they don't say, and for every other failure. An account or domain that is spoken
    of in answer to an address is that address's, unless it is yours.
    """
    if evidence.facts.kind is not FaultKind.REPLY or evidence.facts.stage not in LOGIN_OR_MESSAGE:
        return ""
    facts, says = evidence.facts, _LIST_OF_RULES.sub("", without_links(evidence.says))
    found = (name for name, phrases in _subjects().items() if phrases.found_in(says))
    about = next(found, "")
    if about == "account" and facts.recipient.lower() in says:
        return "recipient"
    meant = _sentences("en")["about"].get(about, {}).get("at", {})
    return "account" if meant and _YOURS.search(says) else str(meant.get(facts.stage, about))


def whose(evidence: Evidence) -> Scope | None:
    """Whose failure it is by the words of the server alone; None where they don't say."""
    told = _sentences("en")["about"].get(subject(evidence), {}).get("scope")
    return Scope(told) if told else None


def situation(evidence: Evidence) -> str:
    """What of port, TLS and mechanism stands most often behind a refusal of which nothing is known.

    By its key in general.toml; empty where the server's words blame something, and for every other
    failure.
    """
    if evidence.facts.kind is not FaultKind.REPLY or subject(evidence):
        return ""
    fits = (name for name, tests in _situations().items() if all(test(evidence) for test in tests))
    return next(fits, "")


def values_of(evidence: Evidence) -> dict[str, str]:
    """What `explanation` has to know beside the values of every diagnosis."""
    named = {"about": subject(evidence), "in_force": situation(evidence)}
    return {name: value for name, value in named.items() if value}


def retryable(facts: Facts) -> bool:
    """Whether the same attempt may pass later, unchanged (SPEC D3).

    A permanent negative reply (5yz, RFC 5321 section 4.2.1) does not pass, unless its enhanced
    status code says otherwise, nor what only a change of settings, certificate or server mends.
    After the message was accepted, or where it may have been, nothing is to be done again.
    """
    if facts.stage is Stage.QUIT or facts.may_have_been_sent:
        return False
    if facts.kind is FaultKind.REPLY and facts.code is not None:
        enhanced = facts.enhanced or ""
        temporary = not 500 <= facts.code <= 599 or enhanced.startswith("4.")
        return bool(_detail(enhanced).get("retryable", temporary))
    return facts.kind not in PERMANENT


def explanation(values: Mapping[str, str], *, again: bool, language: str) -> Explanation:
    """The templates for a failure of which `values` are known, as a diagnosis holds them.

    The server's own reason is repeated, and what its codes stand for where that says more. `again`
    says whether to advise another attempt. English for a language not known here. Of a step or kind
    of failure that only a newer version knows no more is said than that.
    """
    by = _sentences("ja" if language == "ja" else "en")
    if values["stage"] not in by["stage"] or values["kind"] not in by["kind"]:
        return Explanation(by["newer"]["cause"], by["newer"]["remedy"])
    stage, kind = by["stage"][values["stage"]], by["kind"][values["kind"]]
    told = "reason" in values and "reason" in kind
    cause = [stage["cause"], kind["reason" if told else "cause"], _meaning(values, by, told=told)]
    likely = {} if "about" in values else _likely(by, values["stage"], values.get("code", ""))
    cause += [likely.get("cause"), _met(values, by)]
    name = values.get("in_force", "")
    in_force = by["in_force"].get(name, {}).get("remedy")
    alone = _sentences("en")["in_force"].get(name, {}).get("alone", False)
    remedy = [] if in_force and alone else [_advice(values, by, likely, again=again)]
    if values["stage"] != Stage.QUIT and remedy != [stage.get("later")]:
        remedy.append(by["again"]["yes" if again else "no"])
    gap = "" if language == "ja" else " "
    told_first = [in_force] if in_force and not again else []
    return Explanation(gap.join(filter(None, cause)), gap.join((*told_first, *remedy)))


def _met(values: Mapping[str, str], by: Mapping[str, Any]) -> str:
    """By which port, protection and login a refused login or message was tried."""
    refused = values["kind"] == FaultKind.REPLY and values["stage"] in LOGIN_OR_MESSAGE
    if not refused or "security" not in values:
        return ""
    login = "anonymous" if "username" not in values else "by" if "mechanism" in values else "login"
    return "".join(by["met"].get(part, "") for part in ("port", values["security"], login))


def _advice(
    values: Mapping[str, str], by: Mapping[str, Any], likely: Mapping[str, Any], *, again: bool
) -> str:
    """What to do: as the subject of the server's words has it, else as the step has it.

    Of a step, by what is `likely`, whether it refuses, and for now, and whether a login was made.
    """
    stage, about = by["stage"][values["stage"]], by["about"].get(values.get("about", ""), {})
    refused = values["kind"] == FaultKind.REPLY
    unknown = refused and "username" not in values
    own = refused and values.get("username", "").lower() == values.get("sender", "").lower()
    ways = (
        about.get("anonymous") if unknown else None,
        about.get("remedy"),
        likely.get("remedy"),
        stage.get("later") if refused and again else None,
        stage.get("anonymous") if unknown else None,
        stage.get("own") if own else None,
        stage.get("refused") if refused else None,
        stage["remedy"],
    )
    return str(next(filter(None, ways)))


def _meaning(values: Mapping[str, str], by: Mapping[str, Any], *, told: bool) -> str:
    """What the codes of the reply stand for, empty where its words say more than that."""
    enhanced, code = values.get("enhanced", ""), values.get("code", "")
    for group, path in (("detail", _detail_path(enhanced)), ("reply", ("code", code))):
        known = _at(_sentences("en")[group], path)
        about = _sentences("en")["about"].get(values.get("about", ""), {})
        unfit = known.get("vague") and (told or values["stage"] == Stage.DATA)
        if unfit or _contradicts(about, known):
            continue
        if meaning := _at(by[group], path).get("meaning"):
            return str(by[group]["frame"] + meaning + by[group]["end"])
    return ""


def _contradicts(about: Mapping[str, Any], code: Mapping[str, Any]) -> bool:
    """Whether the words concern another than the one whom the code means; the words tell more."""
    return about.get("scope") is not None and code.get("scope") not in {None, about["scope"]}


def _likely(by: Mapping[str, Any], stage: str, code: str) -> dict[str, Any]:
    """What most often stands behind a refusal at `stage`, by the longest known start of `code`."""
    known = by["likely"].get(stage, {})
    starts = (code[:length] for length in range(len(code), 0, -1))
    return next((known[start] for start in starts if start in known), {})


def _stage(stage: Stage) -> dict[str, Any]:
    """What is reported of a failure at `stage` of which nothing else is known."""
    return _at(_sentences("en"), ("stage", stage))


def _reply(code: str) -> dict[str, Any]:
    """What a reply code stands for."""
    return _at(_sentences("en")["reply"], ("code", code))


def _detail(enhanced: str) -> dict[str, Any]:
    """What the registry says of an enhanced status code."""
    return _at(_sentences("en")["detail"], _detail_path(enhanced))


def _detail_path(enhanced: str) -> tuple[str, str]:
    """Where an enhanced status code is explained: by its detail, else by its subject."""
    parts = _ENHANCED.fullmatch(enhanced)
    subject, detail = parts.groups() if parts else ("", "")
    known = f"{subject}.{detail}" in _sentences("en")["detail"]["code"]
    return ("code", f"{subject}.{detail}") if known else ("subject", subject)


def _at(tables: dict[str, Any], path: tuple[str, str]) -> dict[str, Any]:
    table, key = path
    found: dict[str, Any] = tables[table].get(key, {})
    return found


@cache
def _sentences(language: str) -> dict[str, Any]:
    """The sentences in `language`; the English file holds what is to be reported as well."""
    return read(DATA / "general.toml" if language == "en" else DATA / language / "general.toml")


@cache
def _situations() -> dict[str, tuple[Test, ...]]:
    """What must hold for each situation, in the order of asking."""
    return {
        name: tuple(CONDITIONS[key](wanted) for key, wanted in table["when"].items())
        for name, table in _sentences("en")["in_force"].items()
    }


@cache
def _subjects() -> dict[str, Phrases]:
    """What to look for in folded words, by subject, in the order of looking."""
    about = _sentences("en")["about"]
    return {name: Phrases(table["text"]) for name, table in about.items()}
