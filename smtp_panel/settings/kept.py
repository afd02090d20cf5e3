"""The password that is kept, and where it may go."""

from __future__ import annotations

from dataclasses import dataclass, replace

from smtp_panel.secret import Secret
from smtp_panel.settings.cipher import Cipher, Undecryptable
from smtp_panel.settings.destination import Destination, asks_for_secret_again
from smtp_panel.settings.draft import Draft
from smtp_panel.settings.locked import Locked, variable
from smtp_panel.settings.model import Settings
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.values import Service, Values
from smtp_panel.words import N_


class PasswordNeeded(Refused):
    """The kept password may not go where the values say (SPEC F9); an error of `password`.

    `changed` names the fields that differ from where it may go.
    """

    def __init__(self, changed: tuple[str, ...], *, from_environment: bool = False) -> None:
        self.changed = changed
        if from_environment:
            super().__init__(
                N_(
                    "The password comes from the environment, and goes only where the environment"
                    " says. Set %(variables)s there as well."
                ),
                {"variables": ", ".join(map(variable, changed))},
            )
        else:
            super().__init__(
                N_(
                    "Enter the password again: where it goes, or how well it is protected on the"
                    " way, has changed."
                )
            )


@dataclass(frozen=True)
class Kept:
    """A password and where it may go, in `bound`; both None where no password is kept.

    An undecryptable one is bound all the same: its key may come back.
    """

    password: Secret | None = None
    bound: Destination | None = None
    undecryptable: bool = False
    from_environment: bool = False

    def moved(self, values: Values) -> tuple[str, ...]:
        """The fields of `values` that would take the password where it may not go."""
        sends_it = values.service is Service.CUSTOM and values.username
        if not self.bound or not sends_it:
            return ()
        return asks_for_secret_again(self.bound, Destination.of(values))

    def after(self, draft: Draft, values: Values) -> Kept:
        """The password once `draft` is in force, as `values`; raises PasswordNeeded.

        Testing and saving both decide by this. The password of the environment stays as it is.
        """
        custom = values.service is Service.CUSTOM
        if custom and not self.from_environment:
            if draft.password:
                return Kept(draft.password, Destination.of(values))
            if draft.remove_password:
                return Kept()
        moved = self.moved(values)
        if moved:
            raise PasswordNeeded(moved, from_environment=self.from_environment)
        if custom and values.username and self.password and not self.from_environment:
            return replace(self, bound=Destination.of(values))
        return self

    def for_use_with(self, values: Values) -> Secret | None:
        """The password to send by `values`; raises PasswordNeeded or Undecryptable."""
        if not values.username:
            return None
        moved = self.moved(values)
        if moved:
            raise PasswordNeeded(moved, from_environment=self.from_environment)
        if self.undecryptable:
            raise Undecryptable
        return self.password


def kept_password(row: Settings, locked: Locked, cipher: Cipher) -> Kept:
    """The password of the environment, else the saved one.

    That of the environment goes only where the environment says: in a field that it leaves open,
    an admin could name a server of their own.
    """
    if locked.password:
        bound = Destination.of(locked.over(Values()))
        return Kept(locked.password, bound, from_environment=True)
    if not row.password_encrypted or not row.password_destination:
        return Kept()
    bound = Destination.from_text(row.password_destination)
    try:
        password = cipher.decrypt(_purpose(bound), row.password_encrypted)
    except Undecryptable:
        return Kept(None, bound, undecryptable=True)
    return Kept(password, bound)


def store(row: Settings, kept: Kept, cipher: Cipher) -> None:
    """Put `kept` into `row`, encrypted under the newest key.

    That of the environment is not stored, and one that can't be read stays: its key may come back.
    """
    if kept.from_environment or kept.undecryptable:
        return
    row.password_encrypted = row.password_destination = None
    if kept.password and kept.bound:
        row.password_encrypted = cipher.encrypt(_purpose(kept.bound), kept.password)
        row.password_destination = kept.bound.to_text()


def _purpose(bound: Destination) -> str:
    """The destination is part of it, so that no change of the database alone moves a password."""
    return f"password for {bound.to_text()}"
