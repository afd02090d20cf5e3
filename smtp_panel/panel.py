"""One installation and its operations: save, check, test (SPEC V1, T1-T3, W2)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cached_property

from flask import Flask, current_app
from sqlalchemy.orm import Session

from smtp_panel.access import limits
from smtp_panel.alerts import notices
from smtp_panel.audit import Actor
from smtp_panel.check.check import Check, OutgoingMessage
from smtp_panel.config import Config
from smtp_panel.mail.mounted import EXTENSION
from smtp_panel.net.tls import supported_versions
from smtp_panel.outbox import account_limits, pause, staging
from smtp_panel.outbox.account import Account, account_by
from smtp_panel.outbox.at_once import NotSent, hand_over
from smtp_panel.outbox.enqueue import MailObject
from smtp_panel.outbox.intake import Intake
from smtp_panel.outbox.learning import learn_from
from smtp_panel.outbox.outbox import Outbox
from smtp_panel.outbox.route import Route, route_by
from smtp_panel.runs.drafts import last_outcome, secrets_digest, texts_of
from smtp_panel.runs.egress import Egress, egress
from smtp_panel.runs.model import Run, RunKind, RunState
from smtp_panel.runs.runner import Runner, new_run
from smtp_panel.runs.threads import Busy
from smtp_panel.sandbox import Sandbox
from smtp_panel.settings import confirmation, earlier
from smtp_panel.settings.change import without_effect
from smtp_panel.settings.checks import check_of
from smtp_panel.settings.cipher import Cipher
from smtp_panel.settings.default_service import DefaultService, Provided
from smtp_panel.settings.draft import Checked, Draft, DraftReader, NoDefaultService, check
from smtp_panel.settings.hosting import Hosting
from smtp_panel.settings.locked import FieldLocked, locked
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.saved import Addresses, Saved, addresses_for, endpoint_for, load
from smtp_panel.settings.secrets import SecretLost, SecretNeeded
from smtp_panel.settings.service import Environment, check_save, save
from smtp_panel.settings.values import Values
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.tokens import Tokens
from smtp_panel.status import service as status
from smtp_panel.status.model import Health, NodeStatus
from smtp_panel.status.standing import standing
from smtp_panel.storage import db, reading, utcnow, writing
from smtp_panel.words import N_

PutInForce = Callable[[Session], Saved]  # puts settings in force, in a transaction
Begun = tuple[str, Check]  # a check that is about to be walked, and the id of its row


@dataclass(frozen=True, kw_only=True)
class Panel:
    """The parts of one installation, and its operations, for page and command line alike."""

    app: Flask
    config: Config
    cipher: Cipher
    hosting: Hosting
    provided: Provided
    sandbox: Sandbox | None
    runner: Runner
    outbox: Outbox
    url: str  # where people reach it, empty where that is not known
    tokens: Tokens = field(default_factory=Tokens)

    @property
    def default(self) -> DefaultService | None:
        """The service that the operator provides."""
        return self.provided.default(self.sandbox.endpoint() if self.sandbox else None)

    def egress(self, nodes: Collection[NodeStatus]) -> Egress:
        """The addresses from which this installation, of these nodes, connects."""
        return egress(self.config.egress_ips, [node.egress for node in nodes])

    def saved(self, session: Session) -> Saved:
        """The settings in force."""
        return load(session, self.config, self.cipher, self.default)

    def reader(self) -> DraftReader:
        """A reader for one draft of the settings."""
        http = self.config.http_token_endpoint
        return DraftReader(self.hosting, locked(self.config), http_token_endpoint=http)

    def read(self, texts: Mapping[str, str]) -> Checked:
        """The draft in the texts of a form, or what is wrong with them."""
        has_default = self.default is not None
        return check(texts, self.reader(), supported=supported_versions(), has_default=has_default)

    def read_change(self, saved: Saved, texts: Mapping[str, str]) -> Checked:
        """The `saved` settings with `texts` in the fields that those name, or what is wrong.

        A field that the environment fixes can be sent as it is, and not otherwise; nor can one be
        changed that is not used.
        """
        before = texts_of(saved)
        checked = self.read({**before, **texts})
        refused: dict[str, Refused] = {
            name: FieldLocked(variable)
            for name, variable in saved.locked.items()
            if name in texts and texts[name] != before.get(name, "")
        }
        if checked.draft:
            refused = without_effect(checked.draft, before, texts) | refused
        draft = None if refused else checked.draft
        return checked._replace(draft=draft, errors={**checked.errors, **refused})

    @property
    def environment(self) -> Environment:
        """What the operator provides to the settings."""
        return Environment(self.config, self.cipher, self.default)

    def save(
        self, draft: Draft, by: Actor, base_version: int | None, *, confirm: bool = False
    ) -> Saved:
        """Save `draft`, then check it in the background; see `settings.confirmation` for `confirm`.

        A draft that is refused does not count as an attempt (SPEC L1). Raises what
        `settings.service.save` raises, NoWayBack and LimitReached; nothing is saved then.
        """
        if confirm:
            confirmation.check(draft)
        after = check_save(db.session(), draft, self.environment, base_version)
        limits.charge_actor("save", by)
        digest = secrets_digest(after.secrets, self.app.config["SECRET_KEY"])

        def work(session: Session) -> Saved:
            tested = last_outcome(session, by, draft, digest)
            saved = save(session, draft, self.environment, base_version, by=by, tested=tested)
            if confirm:
                confirmation.ask(session, saved, by, utcnow())
            return saved

        return self.change(work, by, base_version)

    def go_back(self, by: Actor, base_version: int | None) -> Saved:
        """Put the last settings that worked in force again, then check them in the background.

        It counts as a save where it is one. Raises what `earlier.go_back` raises, and LimitReached.
        """
        refused = standing(db.session()).refused
        earlier.check(db.session(), self.environment, base_version, refused=refused)
        limits.charge_actor("save", by)

        def work(session: Session) -> Saved:
            return earlier.go_back(session, self.environment, base_version, by=by, refused=refused)

        return self.change(work, by, base_version)

    def change(self, work: PutInForce, by: Actor, base_version: int | None) -> Saved:
        """Put other settings in force by `work`, tell the admins, and let mail and a check try."""

        def work_and_tell(session: Session) -> Saved:
            saved = work(session)
            notices.settings_saved(session, self, saved.version, base_version, by)
            return saved

        return self.try_anew(work_and_tell)

    def try_anew(self, work: PutInForce) -> Saved:
        """Do `work` in a transaction, then let mail that rests, and a check, try at once."""
        with writing(db.session) as session:
            saved = work(session)
            pause.try_now(session.connection(), utcnow())
            begun = self._begin_check(session, saved)
        self._walk(begun)
        return saved

    def check_saved(self) -> None:
        """Check the settings in force in the background, as a node does at its start."""
        with writing(db.session) as session:
            begun = self._begin_check(session, self.saved(session))
        self._walk(begun)

    def route(self) -> Route | None:
        """How mail leaves by the settings in force; None where nothing can be sent by them."""
        with Session(self.outbox.engine) as session:
            # First, for it does no harm if the rest is of a later one.
            generation = pause.generation(session.connection())
            saved, staged = self.saved(session), staging.load(session.connection())
        return route_by(
            saved,
            staged,
            generation,
            config=self.config,
            default=self.default,
            sandbox=self.sandbox.endpoint() if self.sandbox else None,
            tokens=self.tokens,
        )

    def account(self, session: Session) -> Account:
        """Whose mail it is to the server that the settings in force name."""
        return account_by(self.saved(session), self.default)

    def delivered(self, route: Route) -> None:
        """Keep the settings in force as those that work, for a message has left by `route`."""
        if not route.to_sandbox:
            with Session(self.outbox.engine) as own, writing(own) as session:
                earlier.keep(session, self.environment, route.version, sent=True)

    @property
    def addresses(self) -> Addresses:
        """The addresses in mail by the settings in force; empty ones where there is no service."""
        with reading(self.outbox.engine) as session, suppress(NoDefaultService):
            return addresses_for(self.saved(session), self.default)
        return Addresses(sender="", envelope_sender="")

    @cached_property
    def intake(self) -> Intake:
        """What accepts mail for the outbox."""
        return Intake(self.outbox, self._largest)

    def _largest(self) -> int | None:
        """Octets of a message that the server of the settings in force is known to take."""
        with reading(self.outbox.engine) as session:
            return account_limits.largest(session.connection(), self.account(session), utcnow())

    def send_now(self, mail: MailObject) -> None:
        """Hand `mail` over without the outbox; raises NotSent."""
        route = self.route()
        if route is None:
            raise NotSent(N_("No mail service is set up"))
        hand_over(mail, route)

    def record(self, session: Session, run: Run) -> None:
        """Let the status of this node say what `run`, a finished check or test, has found."""
        if run.settings_version is not None and run.state is RunState.PASSED:
            sent = run.kind is RunKind.TEST
            earlier.keep(session, self.environment, run.settings_version, sent=sent)
            saved = self.saved(session)
            account = account_by(saved, self.default)
            learn_from(session.connection(), run, account, utcnow(), version=saved.version)
        # Rows are locked in the order in which `change` does, so that neither waits for the other.
        status.note_egress(session, self.config.node_name, run)
        if run.settings_version is not None:
            status.record(session, self.config.node_name, run)

    def _begin_check(self, session: Session, saved: Saved) -> Begun | None:
        """Add the run of a check of `saved`, or the health that says why it can't be checked."""
        node, default, health = self.config.node_name, self.default, Health.UNCONFIGURED
        try:
            endpoint = endpoint_for(saved, config=self.config, default=default)
            sender = addresses_for(saved, default).envelope_sender
        except (SecretNeeded, SecretLost):
            health, endpoint = Health.SECRET_LOST, None
        except NoDefaultService:
            endpoint = None
        if endpoint is None or not endpoint.server:
            status.record_health(session, node, health, saved.version)
            return None
        check = self.check_of(saved, endpoint, sender)
        draft = texts_of(saved) | {"server": endpoint.server}
        run = new_run(
            session, RunKind.CHECK, check, node=node, settings_version=saved.version, draft=draft
        )
        status.begin(session, node, run)
        return run.id, check

    def _walk(self, begun: Begun | None) -> None:
        """Run a check whose row is committed. It needs no slot, for it belongs to a save."""
        if begun:
            run_id, check = begun
            with suppress(Busy):  # no thread can be had: the node begins another check soon
                self.runner.start(ExitStack(), run_id, check, self.record)

    def check_of(
        self,
        values: Values,
        endpoint: Endpoint,
        sender: str,
        message: OutgoingMessage | None = None,
    ) -> Check:
        """A check of `values`, which lead to `endpoint`; with a `message` a test."""
        return check_of(
            values,
            endpoint,
            sender,
            self.config,
            message=message,
            find_repair=message is not None,
            tokens=self.tokens,
        )


def current_panel() -> Panel:
    """The panel of the application that answers this request."""
    found: Panel = current_app.extensions[EXTENSION]
    return found
