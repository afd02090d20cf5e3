"""`smtp check` and `smtp test` with --server: no database, exit codes, JSON (section 11, A6)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from smtp_panel.cli.options import BadOptions, Options
from smtp_panel.cli.target import target_of
from smtp_panel.smtp.endpoint import Auth
from smtp_panel.smtp.facts import Stage
from tests.check.test_report import says_back
from tests.cli.conftest import LOGIN, PASSWORD, STDIN, USER, Command, at
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.scripted import Step, close, ehlo, expect, greet, hang, reply, start_tls
from tests.servers.smtpd import Mode

STAGES = ["dns", "connect", "banner", "ehlo", "tls", "auth", "mail_from", "rcpt_to", "data"]
DIAGNOSIS = {
    "id",
    "stage",
    "cause",
    "remedy",
    "field",
    "retryable",
    "scope",
    "server_says",
    "repair",
}
BYE = expect("QUIT", "221 bye")


@pytest.mark.parametrize("mode", ["none", "starttls", "implicit"])
def test_a_check_that_passes_ends_with_0(
    smtp: Command, smtpd: StartSmtpd, ca_file: str, mode: Mode
) -> None:
    """Section 11: one JSON object with ok, verdict and steps; no message is sent."""
    server = smtpd(mode)
    start = [] if mode == "none" else ["--tls", "--tls-start", mode, "--ca-file", ca_file]
    ran = smtp("check", *at(server, *start, *LOGIN), "--json", stdin=STDIN)
    assert ran.code == 0, ran
    found = ran.json
    assert set(found) == {"ok", "verdict", "steps"}
    assert (found["ok"], found["verdict"]) == (True, "connected")
    assert sorted(step["step"] for step in found["steps"]) == sorted(STAGES)
    for step in found["steps"]:
        assert set(step) == {"step", "state", "ms", "detail"}
    states = {step["step"]: step["state"] for step in found["steps"]}
    assert states["auth"] == "passed"
    assert [states[name] for name in ("mail_from", "rcpt_to", "data")] == ["skipped"] * 3
    assert states["tls"] == ("skipped" if mode == "none" else "passed")
    assert len(server.messages) == 0
    assert ran.stderr == ""


def test_the_sender_is_asked_about_where_it_is_given(smtp: Command, smtpd: StartSmtpd) -> None:
    """Section 11."""
    words = at(smtpd("none", auth=()), "--sender", "Panel <no-reply@test.example>", "--json")
    steps = smtp("check", *words).json["steps"]
    assert steps[6]["state"] == "passed"
    assert steps[6]["detail"]["address"] == "no-reply@test.example"


@pytest.mark.parametrize(
    ("given", "sender"),
    [
        (("--sender", "Panel <no-reply@test.example>"), "no-reply@test.example"),
        ((), USER),
    ],
)
def test_a_test_sends_one_message(
    smtp: Command, smtpd: StartSmtpd, given: Sequence[str], sender: str
) -> None:
    """Section 11, T5, T10: to --to and nobody else; accepted is the verdict."""
    server = smtpd("none")
    words = at(server, *LOGIN, *given, "--to", "bob@test.example")
    ran = smtp("test", *words, "--json", stdin=STDIN, SMTP_PANEL_NODE="mill")
    assert (ran.code, ran.json["verdict"]) == (0, "accepted")
    (received,) = server.messages
    assert received.recipients == ("bob@test.example",)
    assert received.sender == sender
    message = received.message
    for part in ("This is a test.", "command line", "Installation: mill", "not saved yet"):
        assert part in received.text
    assert message["Auto-Submitted"] == "auto-generated"
    assert PASSWORD not in str(message)


def test_without_user_name_the_recipient_is_the_sender(smtp: Command, smtpd: StartSmtpd) -> None:
    """Section 11: a message needs one."""
    server = smtpd("none", auth=())
    assert smtp("test", *at(server), "--to", "bob@test.example").code == 0
    assert server.messages[0].sender == "bob@test.example"


@pytest.mark.parametrize(
    ("script", "stage", "told"),
    [
        pytest.param([reply("421 4.7.0 busy"), close()], "banner", (None, True), id="busy"),
        pytest.param([reply("HTTP/1.1 400 Bad"), close()], "banner", ("port", False), id="HTTP"),
        pytest.param([hang()], "banner", (None, True), id="silence"),
        pytest.param([close()], "banner", (None, True), id="closed"),
        pytest.param([greet("AUTH CRAM-MD5"), BYE], "auth", (None, False), id="mechanisms"),
        pytest.param(
            [greet("AUTH PLAIN"), expect("AUTH", "535 5.7.8 no"), BYE],
            "auth",
            ("password", False),
            id="password",
        ),
    ],
)
def test_a_failure_ends_with_1_and_its_diagnosis(
    smtp: Command,
    scripted: StartScripted,
    script: list[Step],
    stage: str,
    told: tuple[str | None, bool],
) -> None:
    """Section 11, D1, D3, T6, T8."""
    seconds = "0.3" if script == [hang()] else "20"
    words = at(scripted(script), *LOGIN, "--timeout", seconds, "--json")
    ran = smtp("check", *words, stdin=STDIN)
    assert ran.code == 1
    found = ran.json
    assert (found["ok"], found["verdict"]) == (False, "failed")
    diagnosis = found["diagnosis"]
    assert set(diagnosis) == DIAGNOSIS
    field, retryable = told
    assert (diagnosis["stage"], diagnosis["retryable"]) == (stage, retryable)
    assert field in {diagnosis["field"], None}
    assert diagnosis["cause"].endswith(".")
    assert diagnosis["remedy"].endswith(".")
    assert found["steps"][-1]["state"] == "failed"


def test_nobody_listens(smtp: Command) -> None:
    """Section 11."""
    words = ("--server", "127.0.0.1", "--port", "1", "--json")
    ran = smtp("check", *words)
    assert (ran.code, ran.json["diagnosis"]["stage"]) == (1, "connect")


@pytest.mark.parametrize("certificate", ["expired", "wrong_name", "untrusted"])
def test_certificates_are_verified(
    smtp: Command, smtpd: StartSmtpd, ca: CertificateAuthority, ca_file: str, certificate: str
) -> None:
    """Section 11, F7: by the file that is named."""
    server = smtpd("starttls", tls=getattr(ca, certificate).context())
    ran = smtp("check", *at(server, "--tls", "--ca-file", ca_file), "--json")
    assert (ran.code, ran.json["diagnosis"]["stage"]) == (1, "tls")


def test_a_lost_end_is_uncertain_and_no_success(smtp: Command, scripted: StartScripted) -> None:
    """T5, D4."""
    server = scripted(
        [
            greet(),
            *(expect(word, "250 ok") for word in ("MAIL", "RCPT")),
            expect("DATA", "354 go on"),
            lambda conversation: conversation.wait_for_end(),
        ]
    )
    words = at(server, "--to", "bob@test.example", "--timeout", "0.5")
    ran = smtp("test", *words, "--json")
    assert (ran.code, ran.json["ok"], ran.json["verdict"]) == (1, False, "uncertain")


def test_the_environment_of_the_machine_counts(smtp: Command, smtpd: StartSmtpd) -> None:
    """Section 11: the EHLO name, and the cloud's rule of port 25 (F10)."""
    words = at(smtpd("none", auth=()), "--json")
    steps = smtp("check", *words, SMTP_PANEL_EHLO_NAME="mill.test.example").json["steps"]
    assert steps[3]["detail"]["name"] == "mill.test.example"
    ran = smtp("check", "--server", "x.example", "--port", "25", "--json", SMTP_PANEL_HOSTING="gcp")
    assert ran.code == 2
    assert ran.json["errors"]["port"]["suggestion"] == "587"
    assert "https://cloud.google.com/compute/docs/" in ran.json["errors"]["port"]["message"]


def test_fields_that_the_environment_locks_are_those_of_the_panel(
    smtp: Command, smtpd: StartSmtpd
) -> None:
    """F14: --server is about another one."""
    words = at(smtpd("none", auth=()), "--json")
    assert smtp("check", *words, SMTP_PANEL_PORT="tcp://10.0.0.1:80", SMTP_PANEL_SERVER="x").json[
        "ok"
    ]


def test_a_notice_is_no_error(smtp: Command) -> None:
    """F10."""
    words = ("--server", "127.0.0.1", "--port", "25", "--timeout", "0.1")
    notices = smtp("check", *words, "--json", SMTP_PANEL_HOSTING="azure").json["notices"]
    assert "not recommended on Azure" in notices["port"]
    assert "https://learn.microsoft.com/azure/" in notices["port"]
    ran = smtp("check", *words, SMTP_PANEL_HOSTING="azure")
    assert "not recommended on Azure" in " ".join(ran.stderr.split())


@pytest.mark.parametrize(
    ("words", "field", "option", "suggestion"),
    [
        (("--server", "https://smtp.example.com/"), "server", "--server", "smtp.example.com"),
        (("--server", ""), "server", "--server", None),
        (("--port", "0587"), "port", "--port", "587"),
        (("--port", "70000"), "port", "--port", None),
        (("--port", ""), "port", "--port", None),
        (("--tls-version", "TLSv1.2"), "tls_version", "--tls-version", "1.2"),
        (("--tls-version", "9"), "tls_version", "--tls-version", None),
        (("--tls-start", "ssl"), "tls_start", "--tls-start", None),
        (("--auth", "cram"), "auth", "--auth", None),
        (("--sender", "O'Brien <o@x.example>"), "sender", "--sender", "OBrien <o@x.example>"),
        (("--sender", ""), "sender", "--sender", None),
        (("--username", "a\nb"), "username", "--username", "ab"),
        (("--timeout", "soon"), "timeout", "--timeout", None),
        (("--timeout", "0"), "timeout", "--timeout", None),
        (("--ca-file", "/no/such/file"), "ca_pem", "--ca-file", None),
        (("--ca-file", __file__), "ca_pem", "--ca-file", None),
        (("--password-stdin",), "password", "--password-stdin", None),
        (("--auth", "oauth2"), "client_id", "--client-id", None),
        (("--auth", "oauth2"), "client_secret", "--client-secret-stdin", None),
        (("--auth", "oauth2"), "token_endpoint", "--token-endpoint", None),
        (
            ("--token-endpoint", "x", "--auth", "oauth2"),
            *("token_endpoint", "--token-endpoint", "https://x"),
        ),
        (("--client-id", "x"), "client_id", "--client-id", None),
        (("--password-stdin", "--client-secret-stdin"), "password", "--password-stdin", None),
    ],
)
def test_bad_input_ends_with_2_and_names_the_option(
    smtp: Command, words: Sequence[str], field: str, option: str, suggestion: str | None
) -> None:
    """Section 11, section 3: the rules of the form, with the better value."""
    usual = () if "--server" in words else ("--server", "127.0.0.1")
    ran = smtp("check", *usual, *words, "--json")
    assert ran.code == 2
    assert ran.json["ok"] is False
    error = ran.json["errors"][field]
    assert (error["option"], error["suggestion"]) == (option, suggestion)
    people = smtp("check", *usual, *words)
    assert (people.code, people.stdout) == (2, "")
    assert f"{option}: {error['message']}" in people.stderr
    if suggestion:
        assert f"Try {option} " in people.stderr


@pytest.mark.parametrize("to", ["", "bob", "bob@", "a@b.example, c@d.example", "Bob <>"])
def test_a_recipient_is_one_address(smtp: Command, to: str) -> None:
    """Section 11: nothing is sent to what is none, and that is no matter of who sends."""
    ran = smtp("test", "--server", "127.0.0.1", "--to", to, "--json")
    assert (ran.code, list(ran.json["errors"])) == (2, ["to"])
    assert "that mail comes from" not in ran.json["errors"]["to"]["message"]


@pytest.mark.parametrize(
    "words",
    [
        ("check", "--server", "x", "--colour"),
        ("check", "--server", "x", "y"),
        ("check", "--port"),
        ("check", "--server", "x", "--password", "secret"),
        ("test", "--server", "x"),
    ],
)
def test_what_is_no_option_ends_with_2_too(smtp: Command, words: Sequence[str]) -> None:
    """Section 11: with --json, one object all the same; a password is no option's value."""
    ran = smtp(*words)
    assert ran.code == 2
    assert ran.stdout == ""
    told = smtp(words[0], "--json", *words[1:])
    assert told.code == 2
    assert told.json["errors"]["usage"]["message"]
    assert ran.stderr.count("Traceback") == 0


def test_a_variable_that_counts_and_cannot_be_used_is_bad_input(smtp: Command) -> None:
    """Section 11."""
    ran = smtp("check", "--server", "x", SMTP_PANEL_TEST_TIMEOUT="soon")
    assert ran.code == 2
    assert "SMTP_PANEL_TEST_TIMEOUT" in ran.stderr


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_password_is_read_without_the_newline_at_its_end(
    smtp: Command, smtpd: StartSmtpd, end: str
) -> None:
    """Section 11."""
    words = at(smtpd("none"), *LOGIN, "--json")
    assert smtp("check", *words, stdin=f"{PASSWORD}{end}").code == 0
    assert smtp("check", *words, stdin=f"{PASSWORD}\n{end}\n").code == 1


def test_a_password_that_is_no_text_is_not_repeated(smtp: Command) -> None:
    """F4."""
    ran = smtp("check", "--server", "x", *LOGIN, stdin=b"s\xffcret")
    assert ran.code == 2
    assert "UTF-8" in ran.stderr
    assert "cret" not in ran.stderr


@pytest.mark.parametrize("more", [(), ("--json",), ("--transcript",), ("--report",)])
def test_nothing_of_the_password_is_printed(
    smtp: Command, scripted: StartScripted, more: Sequence[str]
) -> None:
    """F4, T7: whatever the server repeats, and whatever is asked for."""
    password = f"{secrets.token_urlsafe(12)}+/ä"
    server = scripted([greet("AUTH PLAIN"), says_back, BYE, close()])
    words = at(server, *LOGIN, "--transcript", *more)
    ran = smtp("check", *words, stdin=password)
    assert ran.code == 1
    printed = "".join((ran.stdout + ran.stderr).split())
    assert password not in printed
    assert password.upper() not in printed
    assert "***" in printed


def test_transcript_and_report_are_told_where_they_are_asked_for(
    smtp: Command, smtpd: StartSmtpd
) -> None:
    """T7."""
    words = at(smtpd("none"), *LOGIN)
    found = smtp("check", *words, "--json", "--transcript", "--report", stdin=STDIN).json
    assert "C: AUTH PLAIN ***" in found["transcript"]
    assert found["report"].startswith("SMTP Panel report\n")
    assert USER not in found["report"]
    ran = smtp("check", *words, "--report", stdin=STDIN)
    assert ran.stdout.startswith("SMTP Panel report\n")
    assert "Authenticate" in ran.stderr


def test_oauth_is_planned_with_its_client(smtp: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """F8, section 11: client id, secret by standard input, token endpoint, scopes."""
    runner: FlaskCliRunner = smtp.app.test_cli_runner()
    typed = Options(
        server="smtp.example.com",
        username=USER,
        auth="oauth2",
        client_id="id",
        client_secret_stdin=True,
        token_endpoint="https://login.example.com/token",
        scopes="a b",
    )
    with runner.isolation(input="the secret\n"), smtp.app.app_context():
        endpoint = target_of(typed).endpoint
    assert endpoint.auth is Auth.OAUTH2
    assert endpoint.oauth
    assert endpoint.oauth.client_secret.reveal() == "the secret"
    assert endpoint.oauth.token_endpoint == "https://login.example.com/token"
    assert (endpoint.oauth.client_id, endpoint.oauth.scopes) == ("id", "a b")
    assert endpoint.password is None


def test_the_defaults_are_those_of_the_form(smtp: Command) -> None:
    """Section 11, F6: port 587, TLS 1.2 by STARTTLS, automatic authentication, 20 seconds."""
    with smtp.app.app_context():
        planned = target_of(Options(server="smtp.example.com"))
    endpoint = planned.endpoint
    assert (endpoint.port, endpoint.tls, endpoint.tls_version) == (587, True, "1.2")
    assert (endpoint.tls_start, endpoint.auth, planned.seconds) == ("auto", "auto", 20)


def test_options_without_a_server_are_told(smtp: Command) -> None:
    """Section 11: beside the saved settings they would do nothing."""
    with smtp.app.app_context(), pytest.raises(BadOptions, match="--port, --no-tls"):
        target_of(Options(port="25", tls=False))


def test_no_silent_fall_back_to_clear_text(smtp: Command, smtpd: StartSmtpd) -> None:
    """F7."""
    server = smtpd("none")
    ran = smtp("check", *at(server, "--tls", *LOGIN), "--timeout", "2", "--json", stdin=STDIN)
    assert ran.code == 1
    assert ran.json["steps"][-1]["step"] == Stage.TLS
    assert server.logins == []


def test_a_change_that_would_work_is_told_as_options(
    smtp: Command, smtpd: StartSmtpd, ca: CertificateAuthority, tmp_path: Path
) -> None:
    """T6: and as field and text for programs."""
    server = smtpd("starttls")
    trusted = tmp_path / "ca.pem"
    trusted.write_text(ca.pem)
    words = at(
        server, "--tls", "--tls-start", "implicit", "--ca-file", str(trusted), "--timeout", "2"
    )
    ran = smtp("check", *words)
    assert f"it works: --tls --port {server.port} --tls-start starttls" in " ".join(
        ran.stdout.split()
    )
    changes = {"port": str(server.port), "tls": "1", "tls_start": "starttls"}
    repair = smtp("check", *words, "--json").json["diagnosis"]["repair"]
    assert repair == {"id": "starttls", "changes": changes}


def test_what_a_server_says_does_not_steer_the_terminal(
    smtp: Command, scripted: StartScripted, ca: CertificateAuthority
) -> None:
    """T4: escape sequences of a hostile server are shown as text or not at all."""
    server = scripted(
        [
            reply("220 \x1b[2Jhi"),
            ehlo("STARTTLS"),
            expect("STARTTLS", "220 \x1b]0;title\x07"),
            start_tls(ca.untrusted.context()),
        ]
    )
    ran = smtp("check", *at(server, "--tls"), "--transcript")
    assert "\x1b" not in ran.stdout
    assert "\x07" not in ran.stdout


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({"SMTP_PANEL_BLOCK_PRIVATE": "on"}, "blocked: loopback"),
        ({"SMTP_PANEL_ALLOWED_PORTS": "587"}, "not among those that the operator allows"),
    ],
)
def test_the_operators_guard_holds_for_options_too(
    smtp: Command, smtpd: StartSmtpd, env: dict[str, str], told: str
) -> None:
    """L3: by the environment alone, for no database is asked."""
    server = smtpd("none", auth=())
    ran = smtp("check", *at(server), **env)
    assert ran.code == 1
    assert told in " ".join(ran.stdout.split())
    assert server.connections == 0
