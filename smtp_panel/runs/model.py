"""One check or test: what was asked, the ladder so far, and how it ended."""

from __future__ import annotations

import datetime
import secrets
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from smtp_panel.check.check import Verdict
from smtp_panel.check.steps import Step, StepState
from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.newer import read_known
from smtp_panel.settings.rules import Refused
from smtp_panel.smtp.facts import Stage
from smtp_panel.storage import Base, KnownOf, UTCDateTime, utcnow
from smtp_panel.words import Sentence


class RunKind(StrEnum):
    """What a run is.

    TEST sends a message, CHECK only walks the connection, and SEARCH tries where a mail server may
    be.
    """

    CHECK = "check"
    TEST = "test"
    SEARCH = "search"


class RunState(StrEnum):
    """Whether a run is under way, or how it ended."""

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"


class Run(Base):
    """A check of the saved settings, a test of a draft for one admin, or a search for settings.

    `user_id` or `key_id` is of whoever tests. It is walked on `node`; runs that were asked of
    several nodes at once share a `batch`. `settings_version` is that of the saved settings, None
    for a draft that is not saved; `draft` holds the fields of the form without secrets, and
    `secrets_digest` tells whether those were the same, see `drafts.secrets_digest`; `steps` and
    `diagnosis` are JSON data, and so is `refusal`, why the node could not begin. Of a search
    `steps` are its tries and `found` what it found, as JSON data; see `finding.search`.
    `arrival_hash` is that of the link in a test message, `arrived_at` when it was opened first.
    """

    __tablename__ = "check_run"
    __table_args__ = (Index("ix_check_run_kind_started_at", "kind", "started_at"),)

    id: Mapped[str] = mapped_column(
        String(32), primary_key=True, default=lambda: secrets.token_urlsafe(16)
    )
    kind: Mapped[RunKind] = mapped_column(KnownOf(RunKind, 10, RunKind.CHECK))
    state: Mapped[RunState] = mapped_column(
        KnownOf(RunState, 10, RunState.FAILED), default=RunState.RUNNING
    )
    verdict: Mapped[Verdict | None] = mapped_column(KnownOf(Verdict, 20))
    node: Mapped[str] = mapped_column(String(255), default="", server_default="")
    batch: Mapped[str | None] = mapped_column(String(32), index=True)
    user_id: Mapped[int | None]
    key_id: Mapped[str | None] = mapped_column(String(32))
    recipient: Mapped[str] = mapped_column(default="")
    settings_version: Mapped[int | None]
    draft: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    password_typed: Mapped[bool] = mapped_column(default=False)
    stages: Mapped[list[str]] = mapped_column(JSON, default=list)
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    diagnosis: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    found: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    transcript: Mapped[str] = mapped_column(Text, default="")
    started_at: Mapped[datetime.datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    ends_by: Mapped[datetime.datetime] = mapped_column(UTCDateTime)
    secrets_digest: Mapped[str | None] = mapped_column(String(64))
    arrival_hash: Mapped[str | None] = mapped_column(String(64), index=True, unique=True)
    arrived_at: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)

    def ladder(self) -> list[Step]:
        """The steps that have begun, in their order."""
        return list(read_known(Step.from_json, self.steps))

    def order(self) -> list[Stage]:
        """The steps that it takes, as far as this version knows them."""
        return [Stage(stage) for stage in self.stages if stage in {*Stage}]

    @property
    def reached(self) -> Stage:
        """The last stage that it passed; of a check that is no test MAIL FROM at the furthest."""
        passed = {StepState.PASSED, StepState.WARNED}
        stages = (step.step for step in self.ladder() if step.state in passed)
        return max(stages, key=tuple(Stage).index, default=Stage.INPUT)

    @property
    def size_limit(self) -> int | None:
        """How many octets of a message the server takes, by its last answer to EHLO, if it says."""
        told = [step.detail["size_limit"] for step in self.ladder() if "size_limit" in step.detail]
        return told[-1] if told else None

    def explanation(self) -> Diagnosis | None:
        """Why it failed."""
        return Diagnosis.stored(self.diagnosis)

    def refuse(self, why: Refused) -> None:
        """End it before it began."""
        self.state, self.verdict = RunState.FAILED, Verdict.FAILED
        self.refusal = why.sentence.to_json()

    @property
    def refused(self) -> Sentence | None:
        """Why it could not begin."""
        return Sentence.from_json(self.refusal) if self.refusal else None

    def abandoned(self, now: datetime.datetime) -> bool:
        """Whether its time is over without a result, because its process ended."""
        return self.state is RunState.RUNNING and now > self.ends_by
