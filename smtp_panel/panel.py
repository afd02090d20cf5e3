"""One installation and its operations: save, check, test (SPEC V1, T1-T3, W2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial

from flask import Flask, current_app
from sqlalchemy.orm import Session

from smtp_panel.check.check import Check, Letter
from smtp_panel.config import Config
from smtp_panel.mail.test_message import TestMail
from smtp_panel.net.tls import supported_versions
from smtp_panel.runs import arrival
from smtp_panel.runs.drafts import is_saved, tested, texts_of, texts_of_draft
from smtp_panel.runs.egress import Egress, egress
from smtp_panel.runs.model import Run, RunKind
from smtp_panel.runs.runner import Place, Runner, new_run
from smtp_panel.sandbox import Sandbox
from smtp_panel.settings import rules
from smtp_panel.settings.cipher import Cipher
from smtp_panel.settings.default_service import DefaultService, default_service
from smtp_panel.settings.draft import Checked, Draft, NoDefaultService, check
from smtp_panel.settings.hosting import Hosting
from smtp_panel.settings.kept import SecretLost, SecretNeeded
from smtp_panel.settings.locked import locked, variable
from smtp_panel.settings.reach import network_for
from smtp_panel.settings.saved import Saved, addresses_for, endpoint_for, load, seconds_for
from smtp_panel.settings.service import save
from smtp_panel.settings.values import Service, Values
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.status import service as status
from smtp_panel.status.model import Health
from smtp_panel.storage import db, utcnow, writing

Admit = Callable[[], None]
EXTENSION = "smtp_panel"


class Panel:
    """What belongs to one installation, and the operations, the same for whoever asks for them."""

    def __init__(
        self,
        app: Flask,
        config: Config,
        cipher: Cipher,
        hosting: Hosting,
        sandbox: Sandbox | None,
    ) -> None:
        self._app = app
        self.config = config
        self._cipher = cipher
        self._hosting = hosting
        self.sandbox = sandbox
        with app.app_context():
            self.runner = Runner(db.engine, config.test_pool)

    @property
    def default(self) -> DefaultService | None:
        """The service that the operator provides."""
        return default_service(self.config, self.sandbox.endpoint() if self.sandbox else None)

    @property
    def default_origin(self) -> str:
        """The variable that provides the default service."""
        return variable("default_url" if self.config.default_url else "sandbox")

    @property
    def usual(self) -> Mapping[str, str]:
        """What counts where a field is empty, by field."""
        seconds = f"{self.config.test_timeout:g}"
        return {"ehlo_name": self.config.ehlo_name, "time_limit": seconds}

    def egress(self, session: Session) -> Egress:
        """The addresses from which this installation connects."""
        return egress(session, self.config.egress_ips)

    def saved(self, session: Session) -> Saved:
        """The settings in force."""
        return load(session, self.config, self._cipher, self.default)

    def read(self, texts: Mapping[str, str]) -> Checked:
        """The draft in the texts of a form, or what is wrong with them."""
        return check(
            texts,
            supported=supported_versions(),
            hosting=self._hosting,
            has_default=self.default is not None,
            locked=locked(self.config),
        )

    def save(
        self,
        draft: Draft,
        *,
        user_id: int,
        actor: str,
        address: str,
        base_version: int | None,
        admit: Admit,
    ) -> Saved:
        """Save `draft`, then check it in the background.

        `admit` is called once all is known to be right, and may refuse by an exception of its
        own. Raises what `settings.service.save` raises; nothing is saved then.
        """
        with writing(db.session) as session:
            saved = save(
                session,
                draft,
                config=self.config,
                cipher=self._cipher,
                actor=actor,
                address=address,
                base_version=base_version,
                tested=tested(session, user_id, draft),
                default=self.default,
            )
            admit()
            start = self._prepare_check(session, saved)
        start()
        return saved

    def check_saved(self) -> None:
        """Check the settings in force in the background, as a node does at its start."""
        with writing(db.session) as session:
            start = self._prepare_check(session, self.saved(session))
        start()

    def reserve(self) -> Place:
        """A place for a test; raises Busy."""
        return self.runner.reserve()

    def test(
        self,
        draft: Draft,
        *,
        place: Place,
        user_id: int,
        presser: str,
        installation: str,
        language: str,
        admit: Admit,
    ) -> Run:
        """Start a test of `draft`: one message to `presser`. Gives its row, or frees `place`.

        Raises SecretNeeded, SecretLost and NoDefaultService, and what `admit` raises.
        """
        try:
            with writing(db.session) as session:
                saved, default = self.saved(session), self.default
                endpoint = endpoint_for(saved, draft, config=self.config, default=default)
                addresses = addresses_for(draft, default)
                unsaved = not is_saved(saved, draft)
                admit()
                token = arrival.new_token(self._app.config["SECRET_KEY"])
                mail = TestMail(
                    app=self._app,
                    endpoint=endpoint,
                    sender_name=rules.sender_name(addresses.sender),
                    sender=rules.sender_address(addresses.sender),
                    reply_to_name=rules.sender_name(addresses.reply_to),
                    reply_to=rules.sender_address(addresses.reply_to),
                    presser=presser,
                    installation=installation,
                    language=language,
                    unsaved=unsaved,
                    at=utcnow(),
                    link=arrival.link(installation, token),
                )
                letter = Letter(presser, mail.compose)
                test = self._check(draft, endpoint, addresses.envelope_sender, letter)
                run = new_run(
                    session,
                    RunKind.TEST,
                    test,
                    user_id=user_id,
                    recipient=presser,
                    settings_version=None if unsaved else saved.version,
                    draft=texts_of_draft(draft),
                    password_typed=draft.types_a_secret,
                    arrival_hash=arrival.digest(token),
                )
        except BaseException:
            place.release()
            raise
        self.runner.start(place, run.id, test, self._record)
        return run

    def _prepare_check(self, session: Session, saved: Saved) -> Callable[[], None]:
        """Ask for a check in the transaction of `session`; the result starts it."""
        node = self.config.node_name
        try:
            default = self.default
            endpoint = endpoint_for(saved, config=self.config, default=default)
            sender = addresses_for(saved, default).envelope_sender
        except NoDefaultService:
            return _nothing_to_check(session, node, Health.UNCONFIGURED, saved.version)
        except (SecretNeeded, SecretLost):
            return _nothing_to_check(session, node, Health.SECRET_LOST, saved.version)
        if not endpoint.server:
            return _nothing_to_check(session, node, Health.UNCONFIGURED, saved.version)
        check = self._check(saved, endpoint, sender)
        run = new_run(
            session,
            RunKind.CHECK,
            check,
            settings_version=saved.version,
            draft=texts_of(saved) | {"server": endpoint.server},
        )
        status.begin(session, node, run)
        run_id = run.id
        return partial(self.runner.start, nullcontext(), run_id, check, self._record)

    def _check(
        self, values: Values, endpoint: Endpoint, sender: str, letter: Letter | None = None
    ) -> Check:
        return Check(
            endpoint,
            sender,
            letter,
            seconds=seconds_for(values, self.config),
            mend=letter is not None and values.service is Service.CUSTOM,
            fixed=locked(self.config).names,
            network=network_for(values, self.config),
        )

    def _record(self, session: Session, run: Run) -> None:
        if run.settings_version is not None:
            status.record(session, self.config.node_name, run)


def current_panel() -> Panel:
    """The panel of the application that answers this request."""
    found: Panel = current_app.extensions[EXTENSION]
    return found


def _nothing_to_check(
    session: Session, node: str, health: Health, version: int
) -> Callable[[], None]:
    status.record_health(session, node, health, version)
    return lambda: None
