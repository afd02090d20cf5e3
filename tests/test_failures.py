"""P3: the sandbox fails as it is told, and the panel finds out why."""

from __future__ import annotations

import smtplib
import socket
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from smtp_panel.check.check import Check, OutgoingMessage, Verdict
from smtp_panel.check.steps import StepState
from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.net.network import Network, system_lookup
from smtp_panel.sandbox import FAILURES, Failure, Sandbox, named
from smtp_panel.sandbox.failures import Moment, Unreachable
from smtp_panel.sandbox.server import Greeting
from smtp_panel.smtp.facts import Stage
from smtp_panel.smtp_server import SMTPThread
from smtp_panel.storage import utcnow
from tests.smtp.conversations import nearly_over
from tests.test_sandbox import RECIPIENT, SENDER, TIMEOUT, deliver, endpoint_of, sign_in

README = Path(__file__).parents[1] / "README.md"
SILENT = frozenset({"no-greeting", "no-answer"})
# The step that fails, where it is another than the stage to blame.
STEPS = {
    "no-starttls": Stage.TLS,
    "rate-limit": Stage.MAIL_FROM,
    "quota": Stage.DATA,
    "spam": Stage.DATA,
}
DIAGNOSES: Mapping[str, str | None] = {
    "unknown-name": "dns-name-not-found",
    "closed-port": "connect-refused-on-this-machine",
    "no-greeting": "banner-silent-port",
    "unavailable": "banner-421-not-available",
    "not-smtp": "banner-imap-server",
    "no-starttls": "starttls-not-offered-on-this-machine",
    "certificate-expired": "tls-certificate-expired",
    "certificate-other-name": "tls-ip-address-mismatch",
    "certificate-unknown-authority": "tls-not-by-the-given-authority",
    "tls-too-old": "tls-closed-after-starttls",
    "certificate-ends-soon": None,
    "wrong-password": "auth-credentials-refused",
    "app-password": "auth-app-password-required",
    "oauth-only": "auth-only-xoauth2",
    "no-login": "auth-not-supported",
    "sender-refused": "mail-from-must-equal-user",
    "rate-limit": "policy-gmail-daily-quota",
    "greylisting": "rcpt-greylisted",
    "relay-denied": "rcpt-relay-denied-logged-in",
    "unknown-recipient": "rcpt-user-unknown",
    "mailbox-full": "rcpt-mailbox-full",
    "quota": "policy-gmail-daily-quota",
    "too-large": "mail-from-552-size",
    "spam": "policy-content-rejected",
    "broken-connection": "conversation-broken-off",
    "no-answer": "data-timeout-after-dot",
    "lost": None,
}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the processes of one installation share."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def serving(data_dir: Path) -> Iterator[Sandbox]:
    """The sandbox as the process has it that serves."""
    sandbox = Sandbox(data_dir, 0)
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def other(serving: Sandbox, data_dir: Path) -> Iterator[Sandbox]:
    """The same as another process has it."""
    yield Sandbox(data_dir, 0)
    serving.switch(None, "", 0)


def lookup(name: str) -> list[str]:
    """As the DNS has it, be there one or not: no such name exists (RFC 6761, section 6.4)."""
    if name.endswith(".invalid"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return system_lookup(name)


def trial(sandbox: Sandbox, failure: Failure | None) -> Check:
    """A test by the default service, which is the sandbox."""
    check = Check(
        endpoint_of(sandbox),
        SENDER,
        OutgoingMessage(RECIPIENT, lambda _: b"Subject: A test\r\n\r\n"),
        clock=nearly_over() if failure and failure.id in SILENT else time.monotonic,
        network=Network(lookup=lookup),
    )
    check.run()
    return check


@pytest.mark.parametrize("failure", FAILURES, ids=lambda each: each.id)
def test_a_test_fails_at_the_stage_that_the_failure_names(other: Sandbox, failure: Failure) -> None:
    """P3: whichever process it is that was told, and with the diagnosis of that day."""
    other.switch(failure, "ada@test.example", 60)
    check = trial(other, failure)
    failed = [stage for stage, step in check.steps.items() if step.state is StepState.FAILED]
    expected = STEPS.get(failure.id, failure.stage)
    assert failed == ([expected] if expected else [])
    found: Diagnosis | None = check.diagnosis
    assert (found and found.id) == DIAGNOSES[failure.id]
    assert (found and found.stage) == failure.stage
    assert (check.verdict is Verdict.UNCERTAIN) == (failure.id == "no-answer")


def test_what_is_accepted_and_lost_arrives_nowhere(other: Sandbox) -> None:
    """T5: accepted is not arrived."""
    before = other.messages()
    other.switch(named("lost"), "", 60)
    assert trial(other, None).verdict is Verdict.ACCEPTED
    assert other.messages() == before


def test_a_certificate_is_verified_as_ever(serving: Sandbox, other: Sandbox) -> None:
    """P3: the bad ones are trusted while they are shown, and never else."""
    good = endpoint_of(other).ca_pem
    trusted = {}
    for failure in FAILURES:
        other.switch(failure, "", 60)
        trusted[failure.id] = endpoint_of(serving).ca_pem
    others = {id_ for id_, pem in trusted.items() if pem != good}
    assert others == {"certificate-expired", "certificate-other-name", "certificate-ends-soon"}
    other.switch(None, "", 0)
    assert endpoint_of(serving).ca_pem == good


@pytest.mark.parametrize("turned", ["on", "off"])
def test_a_connection_from_before_is_ended_at_its_next_message(other: Sandbox, turned: str) -> None:
    """P3: else the outbox would go on by it as if nothing had changed."""
    failure = named("greylisting")
    if turned == "off":
        other.switch(failure, "", 60)
    with sign_in(endpoint_of(other)) as client:
        other.switch(failure if turned == "on" else None, "", 60)
        code, _ = client.mail(SENDER)
        assert code == 421
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.noop()


def test_silence_in_place_of_a_greeting_ends_with_the_failure() -> None:
    """P3: the outbox, which has the patience of RFC 5321, learns of it at once."""
    lasts = iter([True, True, False])
    listener = socket.create_server(("127.0.0.1", 0))
    server = SMTPThread(listener, lambda _: Greeting("", lambda: next(lasts)))
    server.start()
    with socket.create_connection(("127.0.0.1", server.port), TIMEOUT) as connection:
        assert connection.recv(1) == b""
    assert list(lasts) == []
    server.stop()


def test_silence_after_a_message_ends_with_the_failure(other: Sandbox) -> None:
    """P3: here as well."""
    other.switch(named("no-answer"), "", 60)
    with sign_in(endpoint_of(other)) as client:
        client.mail(SENDER)
        client.rcpt(RECIPIENT)
        client.docmd("DATA")
        client.send(b".\r\n")
        other.switch(None, "", 0)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.getreply()


def test_a_failure_is_over_in_time_though_nobody_ends_it(other: Sandbox) -> None:
    """P3: for every process at once, by the clock."""
    other.switch(named("wrong-password"), "ada@test.example", 60)
    tried = other.tried()
    assert tried
    assert (tried.failure.id, tried.by, other.is_overdue) == (
        "wrong-password", "ada@test.example", False
    )  # fmt: skip
    other.switch(named("wrong-password"), "ada@test.example", 0)
    assert other.tried() is None
    assert other.is_overdue
    deliver(other, b"Subject: it works\n\n")
    other.switch(None, "", 0)
    assert not other.is_overdue


def test_a_failure_that_was_turned_on_by_a_clock_ahead_is_over_once_that_is_right(
    tmp_path: Path,
) -> None:
    """P3: nobody waits for the clock to come to where it was."""
    sandbox = Sandbox(tmp_path, 0, lambda: utcnow() + timedelta(hours=1))
    sandbox.switch(named("wrong-password"), "", 60)
    assert sandbox.tried()
    sandbox = Sandbox(tmp_path, 0)
    assert sandbox.tried() is None
    assert sandbox.is_overdue


def test_a_failure_outlives_a_restart_until_its_time_is_over(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path, 0)
    sandbox.start()
    sandbox.switch(named("wrong-password"), "", 60)
    sandbox.stop()
    sandbox.start()
    found = trial(sandbox, None).diagnosis
    assert found
    assert found.stage is Stage.AUTH
    sandbox.stop()


def test_a_failure_of_another_version_is_none(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path, 0)
    sandbox.switch(named("wrong-password"), "", 60)
    file = tmp_path / "sandbox" / "failure.json"
    file.write_text(file.read_text().replace("wrong-password", "of-tomorrow"))
    assert sandbox.tried() is None


def test_each_failure_is_of_one_kind_and_has_a_name_of_its_own() -> None:
    """P3: a plain choice; a certificate, a reply or a place, and never two of them."""
    assert len({each.name for each in FAILURES}) == len({each.id for each in FAILURES}) == 27
    for each in FAILURES:
        kinds = [
            each.says,
            each.offers,
            each.silent_at,
            each.hangs_up_at,
            each.flaw,
            each.unreachable,
        ]
        assert sum(map(bool, kinds)) == 1, each.id
    assert {each.unreachable for each in FAILURES} >= set(Unreachable)
    assert Moment.GREETING in {moment for each in FAILURES for moment in each.says}
    assert f"There are {len(FAILURES) - 1} other failures" in README.read_text()
