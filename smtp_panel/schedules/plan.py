"""What an admin wants a schedule to be, read by the rules of its fields."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from smtp_panel.schedules import rules
from smtp_panel.schedules.model import Schedule
from smtp_panel.secret import Secret
from smtp_panel.settings.rules import Refused
from smtp_panel.words import N_

FROM_URL = ""  # the function of content that a web address gives
OF_URL = ("url", "header", "secret")
_TEXTS = ("name", "function", "url", "header", "subject", "cron", "zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A schedule as an admin wants it, by the rules of its fields.

    The content is from the `function` of the host or, where that is FROM_URL, from the `url`.
    `secret` is what was typed for the `header`, if anything was.
    """

    name: str
    function: str
    url: str
    header: str
    secret: Secret | None
    subject: str
    recipients: list[str]
    cron: str
    zone: str


class PlanReader:
    """Reads the fields of a plan, `function` before what it decides, each from a text.

    `contents` are the functions that the application has. With `http` content on this machine may
    be fetched without TLS. `rules` has the names of all fields, in the order of reading.
    """

    def __init__(self, contents: Collection[str], *, http: bool) -> None:
        self.rules: Mapping[str, Callable[[str], Any]] = {
            "name": rules.name,
            "function": partial(_function, contents=contents),
            "url": partial(rules.url, http=http),
            "header": rules.header,
            "secret": rules.header_value,
            "recipients": rules.recipients,
            "subject": rules.subject,
            "cron": rules.cron,
            "zone": rules.time_zone,
        }
        self._values: dict[str, Any] = {}

    def read(self, name: str, text: str) -> None:
        """Read the field `name`, of which nothing counts that is not in use; raises Refused."""
        unused = name in OF_URL and self._values.get("function", FROM_URL) != FROM_URL
        self._values[name] = "" if unused else self.rules[name](text)

    def read_all(self, texts: Mapping[str, str]) -> dict[str, Refused]:
        """Read every field, one that is missing as an empty text; those that are refused."""
        refused: dict[str, Refused] = {}
        for name in self.rules:
            try:
                self.read(name, texts.get(name, ""))
            except Refused as error:
                refused[name] = error
        return refused

    @property
    def plan(self) -> Plan:
        """What was read, where nothing was refused."""
        return Plan(**(self._values | {"secret": self._values["secret"] or None}))


def texts_of(found: Schedule | Plan) -> dict[str, str]:
    """The fields of a schedule as they are typed, without the secret."""
    texts = {name: getattr(found, name) for name in _TEXTS}
    return texts | {"recipients": "\n".join(found.recipients)}


def changed(saved: Mapping[str, str], texts: Mapping[str, str]) -> dict[str, str]:
    """The fields that were `saved`, with other `texts`; a web address takes a function's place."""
    source = {"function": FROM_URL} if texts.get("url") else {}
    return {**saved, **source, **texts}


def _function(text: str, contents: Collection[str]) -> str:
    if text not in {*contents, FROM_URL}:
        raise Refused(N_("The application has no such content any more. Choose another."))
    return text
