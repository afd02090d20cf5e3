"""From the facts of a failure to what an administrator needs: cause, remedy, field (SPEC T6, 9)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

from smtp_panel.diagnosis import general, hints
from smtp_panel.diagnosis.catalogue import catalogue
from smtp_panel.diagnosis.chain import expired_name
from smtp_panel.diagnosis.entry import Explanation
from smtp_panel.diagnosis.evidence import IMPLICIT_TLS, SUBMISSION, Evidence, evidence_of
from smtp_panel.diagnosis.instructions import Unit, Wait
from smtp_panel.diagnosis.loading import SETTABLE
from smtp_panel.diagnosis.providers import provider_of_id
from smtp_panel.diagnosis.repair import MOST_NAMES, Repair
from smtp_panel.diagnosis.scope import Scope, of_stage
from smtp_panel.net.certificates import Certificate
from smtp_panel.newer import known
from smtp_panel.smtp.facts import Facts, FaultKind, Stage
from smtp_panel.smtp.text import one_line
from smtp_panel.words import Said, Sentence, changed

SAID = 500  # characters of the server's words that are kept
OPERATOR = "operator"  # the hint that says who sets what a remedy names
STAGING = "staging"  # the hint that says why no field is to blame
VALUE = 200  # characters of a value put into a sentence
SMTP_COMMANDS = {
    Stage.EHLO: "EHLO",
    Stage.STARTTLS: "STARTTLS",
    Stage.AUTH: "AUTH",
    Stage.MAIL_FROM: "MAIL FROM",
    Stage.RCPT_TO: "RCPT TO",
    Stage.DATA: "DATA",
}
# What Python puts around the words of the system and of the TLS library.
_MARKS = re.compile(r"^\[[^\]]*\] (?:certificate verify failed: )?|\s*\(_ssl\.c:\d+\)$")
_EMPTY = {"en": "(empty)", "ja": "（未入力）"}
_UNKNOWN = {  # what stands for a value that is not known
    "en": {
        "provider": "the provider",
        "names": "other names",
        "issuer": "an authority",
        "ehlo_name": "…",
    },
    "ja": {"provider": "プロバイダー", "names": "別の名前", "issuer": "不明", "ehlo_name": "…"},
}
_WHOM = {  # to ask about the server, by the value that is known
    "en": {
        "managed_at": "whoever manages your mail at {managed_at}, or its support",
        "received_by": "whoever runs mail for the domain of {recipient}, at {received_by}",
        "run_by": "the support of {run_by}",
        "runs_here": "whoever runs the mail server on this machine",
        "server": "the administrator of {server}",
    },
    "ja": {
        "managed_at": "{managed_at} のメールの管理者かサポート",
        "received_by": "{received_by} で {recipient} のドメインのメールを管理している人",
        "run_by": "{run_by} のサポート",
        "runs_here": "このマシンのメールサーバーの管理者",
        "server": "{server} の管理者",
    },
}
_GIVER = {  # who gives the login, where the provider is not known
    "en": "the provider or administrator of {server}",
    "ja": "{server} のプロバイダーまたは管理者",
}
_PORTS = (
    "ports",
    "other_ports",
    "named_ports",
)  # values that are numbers, with blanks between them
_OR = {"en": " or ", "ja": " または "}
_DOORS = {  # the ports whose way of starting TLS is told with them
    "en": {
        "587": "587 (STARTTLS)",
        **{str(each): f"{each} (implicit TLS)" for each in IMPLICIT_TLS},
    },
    "ja": {
        "587": "587 (STARTTLS)",
        **{str(each): f"{each}（暗黙の TLS）" for each in IMPLICIT_TLS},
    },
}

Translate = Callable[[Sentence], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Why the mail path failed and what to do.

    `id` is that of a catalogue entry, or `general-<stage>-<kind>`; `stage` the step to blame;
    `field` the form field to change, None where no field mends it; `scope` whose failure it is;
    `offer` a repair that was tried and works; `says` the server's own words, else ours or
    the library's; `values` what is filled into the texts; `hints` the names of the sentences that
    follow the remedy. All of it is plain text: escape it where it is shown.
    """

    id: str
    stage: Stage
    field: str | None
    retryable: bool
    scope: Scope
    says: Said
    values: dict[str, str]
    offer: Repair | None = None
    hints: tuple[str, ...] = ()

    @property
    def server_says(self) -> str:
        """What it `says`, in English, for programs."""
        return one_line(str(self.says), SAID)

    @property
    def wait(self) -> Wait | None:
        """How long the server, or the token endpoint, says to wait; None where they don't."""
        number, unit = self.values.get("wait"), self.values.get("wait_unit", "")
        return Wait(number, Unit(unit)) if number and unit in {*Unit} else None

    def cause(self, language: str = "en", translate: Translate = str) -> str:
        """What went wrong, in one or few sentences; English for a language not known here.

        What the panel `says` itself is in that language where `translate` makes it so.
        """
        return self._fill(self._explanation(language).cause, language, translate)

    def remedy(self, language: str = "en") -> str:
        """What to do about it, naming the fields by their labels."""
        known = hints.sentences(language)
        more = (known[name] for name in self.hints if name in known)
        gap = "" if language == "ja" else " "
        return self._fill(gap.join((self._explanation(language).remedy, *more)), language)

    def of_operator(self, variable: str) -> Diagnosis:
        """The same where the operator's `variable` decides, and no field of the page is shown."""
        hints = (OPERATOR, *self.hints) if self.field else self.hints
        return replace(self, field=None, hints=hints, values=self.values | {"variable": variable})

    def of_staging(self) -> Diagnosis:
        """The same where mail goes to the sandbox, whatever the fields of the page say."""
        return replace(self, field=None, hints=(STAGING, *self.hints))

    def to_json(self) -> dict[str, Any]:
        """The diagnosis as what JSON can hold; `from_json` makes it again."""
        return {
            "id": self.id,
            "stage": self.stage.value,
            "field": self.field,
            "retryable": self.retryable,
            "scope": self.scope.value,
            "server_says": self.server_says,
            "sentence": self.says.to_json() if isinstance(self.says, Sentence) else None,
            "values": dict(self.values),
            "offer": self.offer.to_json() if self.offer else None,
            "hints": list(self.hints),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The diagnosis that `to_json` gave, of this version or of one that knew less, or more."""
        offer, sentence = stored.get("offer"), stored.get("sentence")
        stage = known(Stage, stored["stage"], Stage.CONNECT)
        return cls(
            id=stored["id"],
            stage=stage,
            field=stored["field"] if stored["field"] in SETTABLE else None,
            retryable=stored["retryable"],
            scope=known(Scope, stored.get("scope", ""), of_stage(stage)),
            says=Sentence.from_json(sentence) if sentence else stored["server_says"],
            values=stored["values"],
            offer=Repair.from_json(offer) if offer else None,
            hints=tuple(stored.get("hints", ())),
        )

    @classmethod
    def stored(cls, stored: dict[str, Any] | None) -> Self | None:
        """The diagnosis that a row has, if it has one."""
        return cls.from_json(stored) if stored else None

    def _explanation(self, language: str) -> Explanation:
        if entry := catalogue().entry(self.id):
            return entry.explanations.get(language, entry.explanations["en"])
        return general.explanation(self.values, again=self.retryable, language=language)

    def _fill(self, template: str, language: str, translate: Translate = str) -> str:
        empty = _EMPTY.get(language, _EMPTY["en"])
        unknown = _UNKNOWN.get(language, _UNKNOWN["en"])
        ports = {name: _spelt(self.values.get(name, ""), language) for name in _PORTS}
        said = translate(self.says) if isinstance(self.says, Sentence) else self.server_says
        says = one_line(_MARKS.sub("", said), VALUE)
        to_ask = _WHOM.get(language, _WHOM["en"])
        whom = next((to_ask[name] for name in to_ask if name in self.values), to_ask["server"])
        note = self._note(language)
        unknown_giver = whom if "runs_here" in self.values else _GIVER.get(language, _GIVER["en"])
        giver = "{provider}" if "provider" in self.values else unknown_giver
        template = template.replace("{administrator}", whom).replace("{giver}", giver)
        template = template if note else template.replace(" {note}", "")
        named = {**unknown, "says": says, "note": note, **self.values, **ports}
        text = template.format_map(defaultdict(lambda: empty, named)).strip()
        return text[0].upper() + text[1:] if text.startswith((*unknown.values(),)) else text

    def _note(self, language: str) -> str:
        """What the provider wants of everybody who signs in; empty where it is not known."""
        provider = provider_of_id(self.values.get("provider_id"))
        return provider.notes.get(language, provider.notes["en"]) if provider else ""


def _spelt(ports: str, language: str) -> str:
    """The numbers of `ports` as they stand in a sentence; the usual ones where there is none."""
    doors, last_gap = _DOORS.get(language, _DOORS["en"]), _OR.get(language, _OR["en"])
    *others, last = [doors.get(each, each) for each in ports.split() or map(str, SUBMISSION)]
    return last_gap.join(filter(None, (", ".join(others), last)))


def diagnose(facts: Facts) -> Diagnosis:
    """The diagnosis of `facts`: the first catalogue entry that applies, else a general one.

    Pure; raises nothing, whatever the facts.
    """
    evidence = evidence_of(facts)
    entry = catalogue().find(evidence)
    values = _values(evidence)
    if entry is None:
        name, stage, field, retryable, scope = general.conclude(evidence)
        values |= general.values_of(evidence)
    else:
        name, stage, field = entry.id, entry.blames or facts.stage, entry.field
        scope, known = entry.scope, entry.retryable
        retryable = general.conclude(evidence).retryable if known is None else known
        retryable = retryable or (scope is not Scope.SERVICE and general.put_off(evidence))
    told = Diagnosis(
        id=name,
        stage=stage,
        field=field,
        retryable=retryable,
        scope=scope,
        says=said_in(facts),
        values=values,
    )
    return replace(told, hints=hints.hints_of(evidence, field, values, told.remedy()))


def _authority(certificate: Certificate) -> str:
    """Who made out the certificate, with the organisation where that says more."""
    more = f" ({certificate.authority})" if certificate.authority else ""
    return f"{certificate.issuer}{more}"


def said_in(facts: Facts) -> Said:
    """The server's own words on one line, else its last refusal, else our words or the library's.

    Of what does not speak SMTP nothing is told (SPEC L3). Why no token was had is the endpoint's.
    """
    if facts.kind is FaultKind.NOT_SMTP:
        return ""
    if facts.kind is FaultKind.OAUTH:
        return _on_one_line(facts.error)
    text = facts.text.strip()
    codes = [str(facts.code)] if facts.code is not None else []
    if facts.enhanced and not text.startswith(facts.enhanced):
        codes.append(facts.enhanced)
    reply = " ".join((*codes, text)).strip()
    return _on_one_line(reply or "".join(facts.refusals[-1:]) or facts.error)


def _on_one_line(said: Said) -> Said:
    return changed(said, lambda words: one_line(words, SAID))


def _values(evidence: Evidence) -> dict[str, str]:
    """What the texts may name; what is empty is left out."""
    facts = evidence.facts
    named = {
        "stage": facts.stage.value,
        "kind": facts.kind.value,
        "server": facts.server,
        "port": str(facts.port),
        "security": facts.security.value,
        "mechanism": facts.mechanism,
        "ehlo_name": facts.ehlo_name,
        "username": facts.username,
        "scopes": facts.scopes,
        "sender": facts.sender,
        "recipient": facts.recipient,
        "code": "" if facts.code is None else str(facts.code),
        "enhanced": facts.enhanced or "",
        "refusal": "".join(facts.refusals[-1:]),
        "mechanisms": ", ".join(facts.mechanisms),
        "command": SMTP_COMMANDS.get(facts.stage, ""),
        "issuer": "".join(map(_authority, facts.chain[:1])),
        "names": ", ".join(name for each in facts.chain[:1] for name in each.names[:MOST_NAMES]),
        "addresses": ", ".join(facts.addresses[:MOST_NAMES]),
        "expired": expired_name(facts),
        **hints.values_of(evidence),
    }
    tidy = {name: one_line(value, VALUE) for name, value in named.items()}
    return {name: value for name, value in tidy.items() if value}
