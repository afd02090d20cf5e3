"""The password and the client secret, and where each may go (SPEC F9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from smtp_panel.secret import Secret
from smtp_panel.settings.cipher import Cipher, Undecryptable
from smtp_panel.settings.destination import Destination, asks_for_secret_again
from smtp_panel.settings.draft import Draft
from smtp_panel.settings.fields import CLIENT_SECRET, PASSWORD, SECRETS, secret_for
from smtp_panel.settings.locked import Locked, variable
from smtp_panel.settings.model import SettingsRow, StoredSettings
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.values import Service, Values
from smtp_panel.words import N_

AGAIN = {
    PASSWORD: N_(
        "Enter the password again: where it goes, or how well it is protected on the way, has"
        " changed."
    ),
    CLIENT_SECRET: N_(
        "Enter the client secret again: where it goes, what it gives access to, or how well that"
        " is protected on the way, has changed."
    ),
}
BY_OPERATOR = {
    PASSWORD: N_(
        "The password comes from the environment, and goes only where the environment says. Set"
        " %(variables)s there as well."
    ),
    CLIENT_SECRET: N_(
        "The client secret comes from the environment, and goes only where the environment says."
        " Set %(variables)s there as well."
    ),
}
LOST = {
    PASSWORD: N_("The saved password can't be read, because its key is gone. Type it again."),
    CLIENT_SECRET: N_(
        "The saved client secret can't be read, because its key is gone. Type it again."
    ),
}


class SecretNeeded(Refused):
    """A saved secret may not go where the values say (SPEC F9); an error of the field `name`.

    `changed` names the fields that differ from where it may go.
    """

    def __init__(self, name: str, changed: tuple[str, ...], *, from_environment: bool) -> None:
        self.name = name
        self.changed = changed
        if from_environment:
            super().__init__(BY_OPERATOR[name], {"variables": ", ".join(map(variable, changed))})
        else:
            super().__init__(AGAIN[name])


class SecretLost(Refused):
    """A saved secret can't be read, because its key is lost (SPEC V6); an error of field `name`."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(LOST[name])


@dataclass(frozen=True)
class BoundSecret:
    """The secret of the field `name`, and the destination that it is `bound` to.

    Both are None where there is no secret. An undecryptable one stays bound, for its key may come
    back.
    """

    name: str
    secret: Secret | None = None
    bound: Destination | None = None
    undecryptable: bool = False
    from_environment: bool = False

    def moved(self, values: Values) -> tuple[str, ...]:
        """The fields of `values` that would send the secret where it may not go."""
        if not self.bound or not self._sent_by(values):
            return ()
        return asks_for_secret_again(self.bound, Destination.of(values, self.name))

    def after(self, draft: Draft, values: Values) -> BoundSecret:
        """The secret as it is once `draft` is in force, as `values`; raises SecretNeeded.

        A test and a save both decide by this. A secret from the environment stays as it is.
        """
        if values.service is Service.CUSTOM and not self.from_environment:
            typed = draft.typed(self.name)
            if typed and secret_for(values.auth) == self.name:
                return BoundSecret(self.name, typed, Destination.of(values, self.name))
            if draft.removes(self.name):
                return BoundSecret(self.name)
        self._stay(values)
        if self._sent_by(values) and self.secret and not self.from_environment:
            return replace(self, bound=Destination.of(values, self.name))
        return self

    def for_use_with(self, values: Values) -> Secret | None:
        """The secret, where `values` send it; raises SecretNeeded or SecretLost."""
        if not self._sent_by(values):
            return None
        self._stay(values)
        if self.undecryptable:
            raise SecretLost(self.name)
        return self.secret

    def _sent_by(self, values: Values) -> bool:
        custom = values.service is Service.CUSTOM and bool(values.username)
        return custom and secret_for(values.auth) == self.name

    def _stay(self, values: Values) -> None:
        moved = self.moved(values)
        if moved:
            raise SecretNeeded(self.name, moved, from_environment=self.from_environment)


Secrets = Mapping[str, BoundSecret]


def secrets_in_force(row: StoredSettings, locked: Locked, cipher: Cipher) -> Secrets:
    """Every secret, by its field: the one from the environment, else the saved one.

    One from the environment may be sent only where the environment says, for in a field that it
    leaves open an admin could name a server of their own.
    """
    return {name: _bound_secret(name, row, locked, cipher) for name in SECRETS}


def secrets_after(secrets: Secrets, draft: Draft, values: Values) -> Secrets:
    """Every secret as it is once `draft` is in force, as `values`; raises SecretNeeded."""
    return {name: each.after(draft, values) for name, each in secrets.items()}


def store_secrets(row: SettingsRow, secrets: Secrets, cipher: Cipher) -> None:
    """Store `secrets` in `row`, encrypted with the newest key.

    Those from the environment are not stored, and an undecryptable one is left as it is, for its
    key may come back.
    """
    for name, each in secrets.items():
        if each.from_environment or each.undecryptable:
            continue
        encrypted = bound = None
        if each.secret and each.bound:
            bound = each.bound.to_text()
            encrypted = cipher.encrypt(_purpose(name, bound), each.secret)
        setattr(row, f"{name}_encrypted", encrypted)
        setattr(row, f"{name}_destination", bound)


def _bound_secret(name: str, row: StoredSettings, locked: Locked, cipher: Cipher) -> BoundSecret:
    if name in locked.secrets:
        bound = Destination.of(locked.over(Values()), name)
        return BoundSecret(name, locked.secrets[name], bound, from_environment=True)
    encrypted, text = getattr(row, f"{name}_encrypted"), getattr(row, f"{name}_destination")
    if not encrypted or not text:
        return BoundSecret(name)
    bound = Destination.from_text(text)
    try:
        return BoundSecret(name, cipher.decrypt(_purpose(name, text), encrypted), bound)
    except Undecryptable:
        return BoundSecret(name, None, bound, undecryptable=True)


def _purpose(name: str, bound: str) -> str:
    """The purpose holds the destination, so that editing the database moves no secret."""
    return f"{name} for {bound}"
