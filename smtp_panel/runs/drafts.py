"""Compares a draft with the saved settings, and with the draft that was tested last."""

from __future__ import annotations

import hashlib
import json

from itsdangerous import Signer
from sqlalchemy import select
from sqlalchemy.orm import Session

from smtp_panel.audit import Actor
from smtp_panel.diagnosis.repair import field_text
from smtp_panel.runs.asked import runs_of
from smtp_panel.runs.model import Run, RunKind, RunState
from smtp_panel.settings.draft import Draft
from smtp_panel.settings.fields import SECRETS, VALUES, unused
from smtp_panel.settings.model import Tested
from smtp_panel.settings.saved import Saved
from smtp_panel.settings.secrets import Secrets
from smtp_panel.settings.values import Values


def texts_of(values: Values) -> dict[str, str]:
    """The texts by which a form would send `values`, without secrets."""
    return {name: field_text(getattr(values, name)) for name in VALUES}


def texts_of_draft(draft: Draft) -> dict[str, str]:
    """The texts by which a form would send `draft`, without secrets."""
    removed = {f"remove_{name}": "1" if draft.removes(name) else "" for name in SECRETS}
    return texts_of(draft) | removed


def is_saved(saved: Saved, draft: Draft) -> bool:
    """Whether `draft` is the same as the saved settings."""
    for name in SECRETS:
        typed = draft.typed(name)
        if draft.removes(name) or (typed and typed != saved.secrets[name].secret):
            return False
    looked_at = set(VALUES).difference(unused(draft))
    return all(getattr(draft, name) == getattr(saved, name) for name in looked_at)


def secrets_digest(secrets: Secrets, key: str) -> str:
    """What tells the same `secrets` from others, and nothing about them without the `key`."""
    known = {name: each.secret.reveal() if each.secret else None for name, each in secrets.items()}
    signer = Signer(key, salt="tested secrets", digest_method=hashlib.sha256)
    return signer.get_signature(json.dumps(known, sort_keys=True)).decode()


def last_outcome(session: Session, by: Actor, draft: Draft, digest: str) -> Tested:
    """How the last test `by` this account or key ended; UNTESTED if that was of something else.

    It was of the same where its draft was, and its secrets, whose `secrets_digest` is `digest`.
    One of all nodes has passed where it has from each.
    """
    theirs = Run.user_id == by.user_id, Run.key_id == by.key_id
    last = session.scalar(
        select(Run)
        .where(Run.kind == RunKind.TEST, *theirs, Run.state != RunState.RUNNING)
        .order_by(Run.started_at.desc())
        .limit(1)
    )
    if last is None or (last.draft, last.secrets_digest) != (texts_of_draft(draft), digest):
        return Tested.UNTESTED
    runs = runs_of(session, last.batch) if last.batch else [last]
    passed = all(run.state is RunState.PASSED for run in runs)
    return Tested.PASSED if passed else Tested.FAILED
