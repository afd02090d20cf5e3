"""Tests of the mail path: here, on a chosen node, or on all of them (SPEC T1-T3, A8).

What is asked of a node is a row that it claims. It reads and judges the draft by its own rules,
for it may know other TLS versions, stand in another cloud, or have other fields locked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from smtp_panel.access import limits
from smtp_panel.audit import Actor
from smtp_panel.check.check import Check, OutgoingMessage
from smtp_panel.mail.trial import TrialMessage
from smtp_panel.panel import Panel
from smtp_panel.runs import arrival, asked
from smtp_panel.runs.asked import ANSWER_SECONDS, OtherVersion, Request
from smtp_panel.runs.drafts import is_saved, secrets_digest, texts_of_draft
from smtp_panel.runs.model import Run, RunKind
from smtp_panel.runs.runner import GRACE, new_run, note_test
from smtp_panel.runs.threads import Busy
from smtp_panel.secret import Secret
from smtp_panel.settings.cipher import Undecryptable
from smtp_panel.settings.draft import Draft
from smtp_panel.settings.fields import SECRETS, VALUES
from smtp_panel.settings.locked import locked
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.saved import Saved, addresses_for, endpoint_for
from smtp_panel.settings.secrets import secrets_after
from smtp_panel.status.standing import standing
from smtp_panel.storage import db, utcnow, writing
from smtp_panel.words import N_, Marked, Sentence

ALL_NODES = "all"
SILENT = N_(
    "%(node)s did not answer within %(seconds)s seconds. See that the panel runs there, then test"
    " again."
)
BUSY = N_("As many tests as possible are under way on %(node)s. Test again in a few seconds.")
OTHER_KEYS = N_(
    "%(node)s can't read what was asked of it, for it has other keys. Set SMTP_PANEL_KEYS to the"
    " same on every machine, then test again."
)
OTHER_VERSION = N_(
    "%(node)s runs another version of the panel, which can't read what was asked of it. Bring both"
    " machines to the same version, then test again."
)
NOT_ALIVE = N_("There is no node %(node)s at the moment. Choose one that is alive: %(alive)s.")
NONE_ALIVE = N_("No node is running, so none can be asked.")


class NoSuchNode(Exception):
    """The node is none of those that are `alive`."""

    def __init__(self, node: str, alive: Sequence[str]) -> None:
        named = {"node": node, "alive": ", ".join(alive)}
        self.sentence = Sentence(NOT_ALIVE, named) if alive else Sentence(NONE_ALIVE)
        super().__init__(str(self.sentence))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A check that can be walked here, and what its row says."""

    check: Check
    about: dict[str, Any]


def begin(panel: Panel, draft: Draft, by: Actor, *, language: str, recipient: str = "") -> Run:
    """Start a test of `draft` from here; returns its row, which tells how far it is.

    One message goes to the mail address `recipient`, without one to whoever asks. Where the URL of
    `panel` is known, it has a link that tells of its arrival. Raises SecretNeeded, SecretLost,
    NoDefaultService, Busy and LimitReached; nothing is sent then.
    """
    request = _request(RunKind.TEST, draft, by, recipient, language)
    trial = _trial(panel, request, draft)
    with panel.runner.reserve() as slot:
        limits.charge_actor("test", by)
        with writing(db.session) as session:
            note_test(session, trial.check.endpoint, by)
            run = new_run(session, request.kind, trial.check, **trial.about)
        panel.runner.start(slot.pop_all(), run.id, trial.check, panel.record)
    return run


def ask(
    panel: Panel,
    draft: Draft,
    by: Actor,
    node: str,
    *,
    language: str,
    recipient: str = "",
    kind: RunKind = RunKind.TEST,
) -> Sequence[Run]:
    """Ask `node`, or ALL_NODES, for a test of `draft`; returns a row for each, by name.

    A node begins within a second or so, or its run ends with a sentence (`Run.refused`) after
    ANSWER_SECONDS. Follow them by `runs.asked.runs_of(session, id)`, where the id is that of the
    one run, or with ALL_NODES the `batch` that they share. Each node connects, so that each counts
    as an attempt (SPEC L1). For a test of the saved settings the draft is `as_draft(saved)`. With
    RunKind.CHECK no message is sent. Raises NoSuchNode, KeyUnavailable and what `begin` raises but
    Busy; nothing is asked then.
    """
    request = _request(kind, draft, by, recipient, language)
    trial = _trial(panel, request, draft)
    nodes = _chosen(node)
    limits.charge_actor("test", by, times=len(nodes))
    batch = asked.new_batch() if node == ALL_NODES else None
    with writing(db.session) as session:
        runs = [_ask(session, panel, request, trial, node=name, batch=batch) for name in nodes]
        if request.sends:
            note_test(session, trial.check.endpoint, by, ", ".join(nodes))
    return runs


def as_draft(saved: Saved) -> Draft:
    """The draft that stands for the `saved` settings as they are."""
    return Draft(**{name: getattr(saved, name) for name in VALUES})


def answer(panel: Panel) -> None:
    """Begin what is asked of this node, and end what this node has asked of others in vain."""
    for each in asked.waiting(db.session):
        if each.node == panel.config.node_name:
            _begin(panel, each)
    end_overdue(panel)


def end_overdue(panel: Panel) -> None:
    """End what this node has asked of others in vain, and say so."""
    here, now = panel.config.node_name, utcnow()
    for each in asked.waiting(db.session):
        if asked.is_overdue(each, here, now):
            _end(each, SILENT)


def _chosen(node: str) -> list[str]:
    known = sorted(each.node for each in standing(db.session()).nodes)
    if not known or node not in (ALL_NODES, *known):
        raise NoSuchNode(node, known)
    return known if node == ALL_NODES else [node]


def _request(kind: RunKind, draft: Draft, by: Actor, recipient: str, language: str) -> Request:
    typed = {name: secret.reveal() for name in SECRETS if (secret := draft.typed(name))}
    return Request(
        kind=kind,
        texts=texts_of_draft(draft) | typed,
        by=by,
        recipient=recipient or by.name,
        language=language,
    )


def _trial(panel: Panel, request: Request, draft: Draft) -> Trial:
    """The check of `draft` by the settings in force here; raises what `endpoint_for` raises."""
    saved = panel.saved(db.session())
    unsaved = not is_saved(saved, draft)
    key = panel.app.config["SECRET_KEY"]
    token = arrival.new_token(key)
    secrets = secrets_after(saved.secrets, draft, locked(panel.config).over(draft))
    endpoint = endpoint_for(saved, draft, config=panel.config, default=panel.default)
    addresses = addresses_for(draft, panel.default)
    mail = TrialMessage(
        app=panel.app,
        endpoint=endpoint,
        addresses=addresses,
        presser=request.by.name,
        recipient=request.recipient,
        installation=panel.url or panel.config.node_name,
        language=request.language,
        unsaved=unsaved,
        at=utcnow(),
        link=arrival.link(panel.url, token) if panel.url else "",
    )
    message = OutgoingMessage(mail.recipient, mail.compose) if request.sends else None
    about = {
        "node": panel.config.node_name,
        "user_id": request.by.user_id,
        "key_id": request.by.key_id,
        "recipient": request.recipient if message else "",
        "settings_version": None if unsaved else saved.version,
        "draft": texts_of_draft(draft),
        "password_typed": draft.types_a_secret,
        "secrets_digest": secrets_digest(secrets, key),
        "arrival_hash": Secret(token).digest() if message and panel.url else None,
    }
    check = panel.check_of(draft, endpoint, addresses.envelope_sender, message)
    return Trial(check=check, about=about)


def _ask(
    session: Session, panel: Panel, request: Request, trial: Trial, *, node: str, batch: str | None
) -> Run:
    """The row of a run that `node` is to begin; its message, and so its link, is not known yet."""
    about = trial.about | {"node": node, "batch": batch, "arrival_hash": None}
    run = new_run(session, request.kind, trial.check, **about)
    run.ends_by += timedelta(seconds=ANSWER_SECONDS)
    asked.ask(session, run, request, panel.cipher, by=panel.config.node_name)
    return run


def _begin(panel: Panel, each: Row[Any]) -> None:
    """Walk what is asked of this node."""
    try:
        slot = panel.runner.reserve()
    except Busy:
        _end(each, BUSY)
        return
    with slot:
        with writing(db.session) as session:
            claimed = asked.claim(session, each.run_id)
            trial = _claimed_trial(panel, *claimed) if claimed else None
        if trial:
            panel.runner.start(slot.pop_all(), each.run_id, trial.check, panel.record)


def _claimed_trial(panel: Panel, run: Run, encrypted: str) -> Trial | None:
    """The check that `run` asks for, with its row brought up to date; None where it is refused."""
    try:
        request = asked.request_of(run, encrypted, panel.cipher)
        trial = _trial(panel, request, _draft_of(panel, request))
    except Undecryptable:
        run.refuse(Refused(OTHER_KEYS, {"node": run.node}))
        return None
    except OtherVersion:
        run.refuse(Refused(OTHER_VERSION, {"node": run.node}))
        return None
    except Refused as refused:
        run.refuse(refused)
        return None
    for name, value in trial.about.items():
        setattr(run, name, value)
    run.stages = [stage.value for stage in trial.check.stages()]
    run.ends_by = utcnow() + timedelta(seconds=trial.check.seconds) + GRACE
    return trial


def _draft_of(panel: Panel, request: Request) -> Draft:
    """The draft as this node reads it; raises the first thing that is wrong with it here."""
    checked = panel.read(request.texts)
    if checked.draft is None:
        raise next(iter(checked.errors.values()))
    return checked.draft


def _end(each: Row[Any], why: Marked) -> None:
    """End a run that nobody has begun, and say why."""
    with writing(db.session) as session:
        if claimed := asked.claim(session, each.run_id):
            run, _ = claimed
            run.refuse(Refused(why, {"node": run.node, "seconds": str(ANSWER_SECONDS)}))
