"""What there is to say of every diagnosis, before anybody meets it (SPEC 9)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from flask_babel import gettext

from smtp_panel.diagnosis.scope import Scope
from smtp_panel.diagnosis.specimens import UNCERTAIN, Specimen, specimen, specimens
from smtp_panel.diagnosis.wordings import fold
from smtp_panel.smtp.facts import Stage
from smtp_panel.telling.labels import FIELD_LABELS, STEP_LABELS
from smtp_panel.words import N_

SENTENCE_ENDS = (". ", "。")

STEPS = {
    Stage.INPUT: N_("Settings"),
    **STEP_LABELS,
    Stage.STARTTLS: "STARTTLS",
    Stage.QUIT: N_("End"),
    Stage.POLICY: N_("Account, address and reputation"),
}
HAPPENS = {
    Stage.INPUT: N_("Before anything is dialled, the settings are looked at as a whole."),
    Stage.DNS: N_("The name of the mail server is looked up, since an address is what is dialled."),
    Stage.CONNECT: N_("A connection (TCP) is opened to that address, at the port."),
    Stage.BANNER: N_(
        "The server speaks first. Its greeting begins with 220 where it is ready to take mail."
    ),
    Stage.EHLO: N_(
        "The panel introduces itself (EHLO), and the server lists what it offers: STARTTLS, ways to"
        " log in, how large a message may be."
    ),
    Stage.STARTTLS: N_(
        "The panel asks to go on protected (STARTTLS). With implicit TLS, as on port 465, there is"
        " no such step."
    ),
    Stage.TLS: N_(
        "Both sides agree on a TLS version, and the server shows a certificate, which has to be for"
        " its name, in date, and by an authority that this machine trusts."
    ),
    Stage.AUTH: N_("User name and password, or an access token, are handed over and judged."),
    Stage.MAIL_FROM: N_("The server is told who sends (MAIL FROM), and may refuse that address."),
    Stage.RCPT_TO: N_("The server is told who is to get it (RCPT TO), each address by itself."),
    Stage.DATA: N_(
        "The message goes over, and ends with a dot. Only the answer to that dot says whether the"
        " server has taken it."
    ),
    Stage.QUIT: N_("The conversation ends. What was accepted before stays accepted."),
    Stage.POLICY: N_(
        "The settings are right: account, address, quota or reputation is what the server refuses."
    ),
}
CHECK = "flask --app wsgi smtp check --server smtp.example.com --port 587 --transcript"
COMMANDS = {
    Stage.DNS: "getent ahosts smtp.example.com",
    Stage.CONNECT: "nc -vz smtp.example.com 587",
    Stage.BANNER: "nc smtp.example.com 587",
    Stage.STARTTLS: "openssl s_client -starttls smtp -connect smtp.example.com:587",
    Stage.TLS: "openssl s_client -starttls smtp -connect smtp.example.com:587",
}
CONCERNS = {
    Scope.SENDER: N_("It concerns only what this sender sends; the rest leaves."),
    Scope.RECIPIENT: N_("It concerns only what goes to this recipient; the rest leaves."),
    Scope.MESSAGE: N_("It concerns this message alone; the rest leaves."),
}
WAITS = {
    True: N_("What is concerned waits, and is tried again for up to 3 days."),
    False: N_("What is concerned is given up, and the admins are told."),
    None: N_(
        "What is concerned waits after a reply that begins with 4, for up to 3 days, and is given"
        " up after one that begins with 5."
    ),
}
ALL_WAIT = N_(
    "Every message waits, and none is given up: the outbox goes on by itself as soon as a check or"
    " a test passes."
)
MAY_BE_TAKEN = N_(
    "The message may have been taken: it is neither repeated nor dropped by itself, but listed as"
    " uncertain, and an admin decides. The rest leaves."
)
IS_TAKEN = N_("Nothing: the message was accepted, and counts as sent.")
AGAIN = {
    True: N_("The same attempt may pass later, without a change."),
    False: N_("It does not pass by waiting: something has to be changed first."),
    None: N_("A reply that begins with 4 may pass later; one that begins with 5 does not."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultInWords:
    """All that is told of one diagnosis, in the language of the reader.

    `title` is the first sentence of the cause, or for a general one all of it, and `more` the rest.
    `steps` are where it is met; `happens` says what is done at the one that it is reported at, and
    `command` shows that in a terminal.
    """

    id: str
    stage: Stage
    title: str
    more: str
    remedy: str
    field_label: str
    steps: tuple[str, ...]
    happens: str
    command: str
    again: str
    meanwhile: str
    codes: tuple[str, ...]
    phrases: tuple[str, ...]
    covers: tuple[str, ...]

    def tells_of(self, words: Iterable[str]) -> bool:
        """Whether all `words`, folded, stand in what is told of it."""
        told = (self.id, self.title, self.more, self.remedy, *self.codes, *self.phrases)
        text = fold(" ".join((*told, *self.covers)))
        return all(word in text for word in words)


def fault_in_words(fault_id: str, language: str) -> FaultInWords | None:
    """What is told of the diagnosis with this id; None where there is none."""
    found = specimen(fault_id)
    return _in_words(found, language) if found else None


def faults_by_step(language: str, about: str = "") -> Iterator[tuple[str, list[FaultInWords]]]:
    """Every step by its name, with the diagnoses reported there that tell of the words `about`."""
    order, words = list(Stage), fold(about).split()
    told = (_in_words(each, language) for each in specimens().values())
    by_step = sorted(
        (each for each in told if each.tells_of(words)), key=lambda each: order.index(each.stage)
    )
    for stage, found in groupby(by_step, key=lambda each: each.stage):
        yield gettext(STEPS[stage]), list(found)


def _in_words(found: Specimen, language: str) -> FaultInWords:
    diagnosis = found.diagnosis
    cause = diagnosis.cause(language)
    title, more = (cause, "") if found.general else _first_sentence(cause)
    label = FIELD_LABELS.get(diagnosis.field or "")
    return FaultInWords(
        id=diagnosis.id,
        stage=diagnosis.stage,
        title=title.rstrip(".。"),
        more=more,
        remedy=diagnosis.remedy(language),
        field_label=gettext(label) if label else "",
        steps=tuple(gettext(STEPS[stage]) for stage in found.stages),
        happens=gettext(HAPPENS[diagnosis.stage]),
        command=COMMANDS.get(diagnosis.stage, CHECK),
        again=gettext(AGAIN[found.retryable]),
        meanwhile=_meanwhile(found, language),
        codes=found.codes,
        phrases=found.phrases,
        covers=found.covers,
    )


def _meanwhile(found: Specimen, language: str) -> str:
    """What becomes of the mail of the installation."""
    diagnosis = found.diagnosis
    if diagnosis.id in UNCERTAIN:
        return gettext(MAY_BE_TAKEN)
    if diagnosis.stage is Stage.QUIT:
        return gettext(IS_TAKEN)
    if diagnosis.scope is Scope.SERVICE:
        return gettext(ALL_WAIT)
    gap = "" if language == "ja" else " "
    return gap.join((gettext(CONCERNS[diagnosis.scope]), gettext(WAITS[found.retryable])))


def _first_sentence(text: str) -> tuple[str, str]:
    """The first sentence of `text` without its end, and what follows."""
    ends = [place for end in SENTENCE_ENDS if (place := text.find(end)) >= 0]
    first = text[: min(ends) + 1] if ends else text
    return first, text[len(first) :].strip()
