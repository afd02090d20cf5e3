"""A change that names some of the fields, as programs and commands send it (SPEC A5, A6)."""

from __future__ import annotations

from collections.abc import Mapping

from smtp_panel.settings.draft import Draft
from smtp_panel.settings.fields import FIELD, OAUTH, PASSWORD, SECRETS, in_use
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.values import Service
from smtp_panel.smtp.endpoint import Auth
from smtp_panel.words import N_

NO_EFFECT = N_("This has no effect unless %(field)s is %(value)s. Set that as well.")


class NoEffect(Refused):
    """A field was to be changed that is not used, for `field` would have to be `value`."""

    def __init__(self, field: str, value: object) -> None:
        super().__init__(NO_EFFECT, {"field": field, "value": str(value).lower()})


def without_effect(
    draft: Draft, before: Mapping[str, str], texts: Mapping[str, str]
) -> dict[str, Refused]:
    """Which of `texts` would change nothing of what stood there `before`, by field.

    `draft` is what comes of them. Who names the field that decides, too, describes the whole, as a
    form does, and means what is not used to stay.
    """
    changed = [name for name, text in texts.items() if text != before.get(name, "")]
    lacking = {name: _lacks(draft, name) for name in changed if name != "service"}
    return {
        name: NoEffect(*needs) for name, needs in lacking.items() if needs and needs[0] not in texts
    }


def _lacks(draft: Draft, name: str) -> tuple[str, object] | None:
    """What `draft` would have to hold for the field `name` to be used; None where it is."""
    if draft.service is Service.DEFAULT:
        return "service", Service.CUSTOM
    if in_use(name, vars(draft)):
        return None
    if name in SECRETS:
        return ("auth", Auth.AUTO) if name == PASSWORD else OAUTH
    return FIELD[name].needs
