"""The test message: one that an administrator can show around (SPEC T10)."""

from __future__ import annotations

import email
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from flask import Flask

from smtp_panel.check.check import Check, OutgoingMessage, Verdict
from smtp_panel.check.steps import Step, StepState
from smtp_panel.mail.trial import TrialMessage
from smtp_panel.secret import Secret
from smtp_panel.settings.saved import Addresses
from smtp_panel.smtp.endpoint import Endpoint, TLSStart
from smtp_panel.smtp.facts import Stage
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartSmtpd
from tests.smtp.conversations import PASSWORD, USER, endpoint_of

SECRET = "hunter2-S3cret"
ENDPOINT = Endpoint(
    server="smtp.example.com",
    port=587,
    username="login-name",
    password=Secret(SECRET),
    tls_start=TLSStart.STARTTLS,
)
STEPS = {Stage.TLS: Step(Stage.TLS, StepState.PASSED, 1.0, {"version": "TLSv1.3"})}


def addresses(sender: str) -> Addresses:
    """What the settings say of this From."""
    return Addresses(sender=sender, envelope_sender="no-reply@example.com")


def mail_of(app: Flask, **values: Any) -> TrialMessage:
    """A test that Ada pressed."""
    usual: dict[str, Any] = {
        "app": app,
        "endpoint": ENDPOINT,
        "addresses": addresses("Example Panel <no-reply@example.com>"),
        "presser": "ada@example.org",
        "installation": "https://panel.example.com/admin",
        "language": "en",
        "unsaved": False,
        "at": datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
    }
    return TrialMessage(**(usual | values))


def composed(mail: TrialMessage, steps: dict[Stage, Step] | None = None) -> EmailMessage:
    """The message as its reader's program has it."""
    content = mail.compose(STEPS if steps is None else steps)
    return email.message_from_bytes(content, policy=default)


def bodies(message: EmailMessage) -> list[str]:
    """The text and the HTML, tags removed; where a line may break there is no blank."""
    found = [message.get_body((kind,)) for kind in ("plain", "html")]
    texts = [part.get_content().replace("<wbr>", "") for part in found if part is not None]
    return [re.sub(r"<[^>]*>", " ", text) for text in texts]


def test_it_says_that_it_is_a_test_who_pressed_when_from_where_and_how_it_went(app: Flask) -> None:
    """T10: in both parts alike, and to nobody but the presser."""
    message = composed(mail_of(app))
    assert message["To"] == "ada@example.org"
    assert message["From"] == "Example Panel <no-reply@example.com>"
    assert "test" in message["Subject"].lower()
    assert message["Auto-Submitted"] == "auto-generated"
    texts = bodies(message)
    assert len(texts) == 2
    for text in texts:
        for said in (
            *("This is a test", "ada@example.org", "Mar 4, 2026 05:06:07 UTC"),
            *("https://panel.example.com/admin", "smtp.example.com", "587"),
            *("TLS 1.3 (STARTTLS)", "saved"),
        ):
            assert said in text
        assert "not saved" not in text


def test_it_speaks_the_pressers_language(app: Flask) -> None:
    """T10: subject, text, HTML and date."""
    message = composed(mail_of(app, language="ja"))
    assert re.search(r"[ぁ-んァ-ヶ]", message["Subject"])
    for text in bodies(message):
        assert "2026年3月4日" in text
        assert "メールサーバー" in text
        assert "This is a test" not in text
    html = message.get_body(("html",))
    assert html is not None
    assert 'lang="ja"' in html.get_content()


def test_it_says_whether_the_settings_are_saved(app: Flask) -> None:
    """T3: a test uses the draft."""
    for text in bodies(composed(mail_of(app, unsaved=True))):
        assert "not saved yet" in text


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "It works for 7 days, without signing in"), ("ja", "7 日間有効、ログイン不要")],
)
def test_it_has_a_link_that_tells_the_sender_that_it_arrived(
    app: Flask, language: str, said: str
) -> None:
    """T5, T10: alone on its line in the text, where mail programs make a link of it."""
    link = "https://panel.example.com/arrived/x-Y_z.AbC"
    message = composed(mail_of(app, link=link, language=language))
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert link in text.get_content().splitlines()
    assert said in text.get_content()
    assert f'<a href="{link}">' in html.get_content()
    assert "Nothing needs to be done." not in text.get_content()
    assert link not in str(message["Subject"])


def test_without_a_link_it_is_as_good(app: Flask) -> None:
    """T10: a test by the command line has no database to note an arrival in."""
    for text in bodies(composed(mail_of(app))):
        assert "arrived" not in text
        assert "7 days" not in text
        assert "Nothing needs to be done." in text
    assert "\n\n\n" not in bodies(composed(mail_of(app)))[0]


@pytest.mark.parametrize(
    ("start", "tls", "said"),
    [
        (TLSStart.IMPLICIT, True, "TLS 1.3 (Implicit TLS)"),
        (TLSStart.STARTTLS, True, "TLS 1.3 (STARTTLS)"),
        (TLSStart.AUTO, False, ""),
    ],
)
def test_it_says_by_which_tls_it_went(app: Flask, start: TLSStart, tls: bool, said: str) -> None:
    """T10: and names no version where there was none."""
    endpoint = Endpoint(server="smtp.example.com", port=2525, tls_start=start, tls=tls)
    steps = STEPS if tls else {Stage.TLS: Step(Stage.TLS, StepState.SKIPPED)}
    for text in bodies(composed(mail_of(app, endpoint=endpoint), steps)):
        assert said in text
        assert ("1.3" in text) is tls


def test_it_holds_no_secret_and_no_user_name(app: Flask) -> None:
    """T10, F4: it can be shown around."""
    mail = mail_of(app)
    content = mail.compose(STEPS).decode()
    message = composed(mail)
    for text in (content, repr(mail), *bodies(message)):
        assert SECRET not in text
    for text in (content, *bodies(message)):
        assert "login-name" not in text


def test_markup_in_a_value_is_text(app: Flask) -> None:
    """M8: in the HTML part as well."""
    mail = mail_of(app, installation="https://x/?a=<b>&c=\"d'")
    html = composed(mail).get_body(("html",))
    plain = composed(mail).get_body(("plain",))
    assert html is not None
    assert plain is not None
    assert "<b>" not in html.get_content()
    assert "https://x/?a=<b>&c=\"d'" in plain.get_content()


def test_it_arrives_with_what_the_conversation_showed(
    app: Flask, ca: CertificateAuthority, smtpd: StartSmtpd
) -> None:
    """T3, T10: composed when TLS and login are known, and sent over that very connection."""
    server = smtpd("implicit")
    endpoint = endpoint_of(server, "implicit", ca_pem=ca.pem)
    mail = mail_of(app, endpoint=endpoint, addresses=addresses(USER))
    test = Check(mail.endpoint, USER, OutgoingMessage("ada@example.org", mail.compose))
    test.run()
    assert test.verdict is Verdict.ACCEPTED
    received = server.messages[0]
    assert received.recipients == ("ada@example.org",)
    assert received.content.isascii()
    for text in bodies(received.message):
        assert "TLS 1.3 (Implicit TLS)" in text
        assert str(server.port) in text
        assert PASSWORD not in text
