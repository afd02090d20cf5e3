"""The addresses that the installation sends from, and what the mail server says to each.

An address that a program uses may be one that the server does not let this login send from, which
shows only once a message fails. So each is tried by MAIL FROM and RCPT TO, and nothing is sent.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from smtp_panel.access import limits
from smtp_panel.audit import Actor
from smtp_panel.check.senders import SenderAnswer, ask_senders
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.network import Network
from smtp_panel.outbox.listing import senders_lately
from smtp_panel.panel import Panel
from smtp_panel.runs import asked_senders
from smtp_panel.runs.runner import GRACE, note_test
from smtp_panel.runs.threads import Busy, in_thread
from smtp_panel.schedules import runs
from smtp_panel.settings.default_service import operator_variable
from smtp_panel.settings.network import network_for
from smtp_panel.settings.rules import Refused, sender_address
from smtp_panel.settings.saved import Saved, addresses_for, endpoint_for, seconds_for
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.limits import overall
from smtp_panel.smtp.tokens import Tokens
from smtp_panel.storage import db, utcnow, writing
from smtp_panel.words import N_

MOST = 20  # addresses
AT_MOST = N_(
    "There may be more: %(most)s addresses are asked at most, those of the settings and then those"
    " of most messages."
)
log = logging.getLogger(__name__)


class NoServer(Refused):
    """No mail server is saved, so none can be asked."""

    def __init__(self) -> None:
        super().__init__(N_("No mail service is set up. Set one up on the SMTP page first."))


class Use(StrEnum):
    """What an address is used for."""

    FROM = "from"
    ENVELOPE_SENDER = "envelope_sender"
    REPLY_TO = "reply_to"
    SCHEDULES = "schedules"
    PROGRAMS = "programs"


@dataclass(frozen=True, slots=True)
class SenderInUse:
    """An address, and what it is used for."""

    address: str
    uses: tuple[Use, ...]


def senders_in_use(session: Session, panel: Panel, saved: Saved) -> list[SenderInUse]:
    """The addresses by the `saved` settings, and those of messages that were accepted lately.

    At most MOST, those of the settings first. Raises NoDefaultService.
    """
    found: dict[str, list[Use]] = {}
    for address, use in _used(session, panel, saved):
        if address:
            found.setdefault(address, []).append(use)
    every = [SenderInUse(address, tuple(dict.fromkeys(uses))) for address, uses in found.items()]
    return every[:MOST]


def _used(session: Session, panel: Panel, saved: Saved) -> Iterator[tuple[str, Use]]:
    addresses = addresses_for(saved, panel.default)
    sender = sender_address(addresses.sender)
    yield sender, Use.FROM
    for address in runs.senders(session):
        yield address or sender, Use.SCHEDULES
    yield addresses.envelope_sender, Use.ENVELOPE_SENDER
    yield sender_address(addresses.reply_to), Use.REPLY_TO
    for address in senders_lately(session.connection()):
        if address != sender:
            yield address, Use.PROGRAMS


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderQuestion:
    """What there is to ask the server of the settings of `version`, in at most so many `seconds`.

    `recipient` is named to it, and gets nothing. `operator_variable` sets the default service,
    where that is in force.
    """

    endpoint: Endpoint
    network: Network
    tokens: Tokens
    version: int
    seconds: float
    senders: Sequence[SenderInUse]
    recipient: str
    operator_variable: str

    def answers(self) -> Iterator[SenderAnswer]:
        """What the server says to each, as it says it."""
        limits, network = overall(Deadline(self.seconds)), self.network.looking_up_once()
        connect = partial(Connection, self.endpoint, limits, network, tokens=self.tokens)
        answers = ask_senders(connect, [each.address for each in self.senders], self.recipient)
        variable = self.operator_variable
        return (each.of_operator(variable) if variable else each for each in answers)


def question(session: Session, panel: Panel, recipient: str) -> SenderQuestion:
    """What there is to ask by the settings in force; without a `recipient` From is named as one.

    Raises NoDefaultService, SecretNeeded, SecretLost, and NoServer where none is saved.
    """
    saved = panel.saved(session)
    endpoint = endpoint_for(saved, config=panel.config, default=panel.default)
    if not endpoint.server:
        raise NoServer
    senders = senders_in_use(session, panel, saved)
    return SenderQuestion(
        endpoint=endpoint,
        network=network_for(saved, panel.config),
        tokens=panel.tokens,
        version=saved.version,
        seconds=seconds_for(saved, panel.config),
        senders=senders,
        recipient=recipient or senders[0].address,
        operator_variable=operator_variable(saved, panel.config),
    )


def begin(panel: Panel, by: Actor, recipient: str) -> None:
    """Ask the server in the background; `asked_senders.last_asked` tells how far it is.

    It counts as a test (SPEC L1). Raises what `question` raises, Busy and LimitReached; nothing is
    asked then.
    """
    asking = question(db.session(), panel, recipient)
    with panel.runner.reserve() as slot:
        limits.charge_actor("test", by)
        with writing(db.session) as session:
            note_test(session, asking.endpoint, by)
            token = asked_senders.begin(
                session,
                settings_version=asking.version,
                server=asking.endpoint.server,
                by=by.name,
                node=panel.config.node_name,
                ends_by=utcnow() + timedelta(seconds=asking.seconds) + GRACE,
            )
        _answer_later(slot.pop_all(), panel.outbox.engine, token, asking)


def _answer_later(slot: ExitStack, engine: Engine, token: str, asking: SenderQuestion) -> None:
    def work() -> None:
        with slot:
            _note_answers(engine, token, asking.answers())

    try:
        in_thread(work, "check senders")
    except Busy:
        slot.close()
        raise


def _note_answers(engine: Engine, token: str, answers: Iterable[SenderAnswer]) -> None:
    """Write the answers to the question with this `token` as they come, and that it is all."""
    found: list[SenderAnswer] = []
    for each in answers:
        found.append(each)
        _write(engine, token, found, None)
    _write(engine, token, found, utcnow())


def _write(
    engine: Engine, token: str, found: list[SenderAnswer], ended_at: datetime | None
) -> None:
    try:
        with Session(engine) as own, writing(own) as session:
            asked_senders.answer(session, token, found, ended_at)
    except SQLAlchemyError:
        log.warning("what the server says to senders can't be written")
