"""What the reply states goes before what such a refusal usually means (SPEC T6)."""

from __future__ import annotations

import pytest

from smtp_panel.diagnosis.diagnosis import diagnose
from smtp_panel.smtp.endpoint import Security
from tests.diagnosis.examples import IMPLICIT, certificate, facts, oauth, said, shown

GATEWAY = {"server": "imss.test.example", "port": 25, "username": ""}
NO_AUTH = {**GATEWAY, "security": Security.NONE, "offered": ("PIPELINING", "SIZE 30000000")}
STRATO = {"server": "smtp.strato.de"}


@pytest.mark.parametrize(
    ("code", "entry", "advice"),
    [
        ("B-URL", "policy-link-listed", "Take that link out"),
        ("B-TEXT", "policy-words-taken-for-spam", "Change the text"),
        ("B-SCORE", "policy-words-taken-for-spam", "Change the text"),
        ("B-EX", "policy-words-taken-for-spam", "Change the text"),
        ("B-ATTACH", "policy-attachment-refused", "without that attachment"),
    ],
)
def test_what_the_filter_of_a_provider_found_is_told_by_its_code(
    code: str, entry: str, advice: str
) -> None:
    """D2: STRATO documents what each stands for."""
    reply = f"550 5.7.1 Refused by local policy. No SPAM please! ({code})"
    refused = diagnose(said("data", reply, **STRATO))
    assert (refused.id, refused.scope) == (entry, "message")
    assert advice in refused.remedy()


def test_a_block_of_hours_is_waited_for_and_its_cause_looked_for() -> None:
    """D2: Register.it documents it; another sender is blocked like this one."""
    reply = "550 5.7.1 <app@test.example>: SENDER REJECTED"
    blocked = diagnose(said("mail_from", reply, server="authsmtp.securemail.pro", **IMPLICIT))
    assert (blocked.id, blocked.field) == ("mail-from-blocked-for-hours", None)
    assert "four hours" in blocked.cause()
    assert diagnose(said("mail_from", reply)).id == "mail-from-sender-rejected"


@pytest.mark.parametrize(
    ("server", "reply"),
    [
        ("smtp.purelymail.com", "503 5.3.2 Cannot send mail from a.example: check SPF or DKIM"),
        ("smtp.mailbox.org", "550 5.7.1 Domain a.example has no valid DKIM record"),
        ("smtp.migadu.com", "550 5.7.1 SPF record for a.example does not include our servers"),
    ],
)
def test_the_records_that_the_senders_own_provider_wants_are_no_receivers(
    server: str, reply: str
) -> None:
    """T6: they are set for that provider, and checked again there."""
    held = diagnose(said("mail_from", reply, server=server, **IMPLICIT))
    assert held.id == "policy-provider-wants-records"
    assert "itself" in held.cause()
    mx = diagnose(said("data", "550 5.7.26 unauthenticated, SPF did not pass", **GATEWAY))
    assert mx.id == "policy-spf-of-this-machine"


@pytest.mark.parametrize(
    "reply",
    [
        "530 API key is restricted to sending domain: a.example. From must use this domain.",
        "550 5.7.1 The token is only valid for a.example",
        "403 API key does not allow sending from b.example",
        "550 Key is bound to sender news@a.example",
        "550 The API key is not authorized to send from b.example domain",
    ],
)
def test_a_key_that_is_bound_to_a_domain_does_not_lack_the_right_to_send(reply: str) -> None:
    """T6: From at that domain, or another key, mends it."""
    bound = diagnose(said("data", reply, server="smtp.emailit.com", username="emailit"))
    assert (bound.id, bound.field) == ("policy-key-of-another-domain", "sender")


def test_a_key_without_the_right_to_send_is_told_as_such() -> None:
    """T6: it is no matter of From."""
    lacking = said("auth", "535 API key is missing the mail.send permission")
    assert diagnose(lacking).id == "policy-api-key-restricted"


@pytest.mark.parametrize(
    "reply",
    [
        "550 Verification failed for <app@test.example>\nThe mail server does not recognize"
        " app@test.example as a valid sender.\nSender verify failed",
        "550 Sender verify failed",
        "550 Sender verification failed",
        "550 Sender address could not be verified",
        "550 Callback setup failed while verifying <app@test.example>",
    ],
)
def test_a_sender_that_was_asked_for_in_vain_may_lack_its_mailbox(reply: str) -> None:
    """T6: the DNS of a domain that exists is looked through for nothing."""
    unverified = diagnose(said("rcpt_to", reply))
    assert (unverified.id, unverified.field) == ("mail-from-sender-not-verified", "sender")
    assert unverified.remedy().startswith("Change From to an address that has a mailbox")


@pytest.mark.parametrize(
    "reply",
    [
        "550 <app@test.example>: Sender address rejected: undeliverable address: Host or domain"
        " name not found",
        "553 5.1.8 Domain of sender address app@test.example does not exist",
        "550 Sender verify failed: domain test.example does not exist",
    ],
)
def test_a_domain_that_the_reply_blames_is_told_as_the_cause(reply: str) -> None:
    """T6: no mailbox is to be made there."""
    assert diagnose(said("mail_from", reply)).id == "rcpt-sender-domain-not-found"


@pytest.mark.parametrize(
    "reply",
    [
        "550 domain of forward path is not allowed",
        "554 5.7.1 <bob@example.org>: Relay access denied",
        "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
    ],
)
def test_no_login_is_advised_where_the_server_offers_none(reply: str) -> None:
    """T6: the EHLO reply rules it out; the address of this machine counts."""
    denied = diagnose(said("rcpt_to", reply, **NO_AUTH))
    assert (denied.id, denied.field) == ("rcpt-relay-denied-without-any-login", None)
    assert denied.remedy().startswith("Have the administrator of imss.test.example let")
    for offered in ("AUTH PLAIN LOGIN", "STARTTLS"):
        known = {**NO_AUTH, "offered": ("PIPELINING", offered)}
        assert diagnose(said("rcpt_to", reply, **known)).id == "rcpt-relay-denied-454"


@pytest.mark.parametrize(
    "reply", ["530 5.7.0 Authentication required", "550 5.7.1 Client was not authenticated"]
)
def test_a_login_that_is_wanted_and_not_offered_is_looked_for_at_another_port(reply: str) -> None:
    """T6: at this one it fails whatever stands in User name."""
    wanted = diagnose(said("mail_from", reply, **NO_AUTH))
    assert (wanted.id, wanted.field) == ("mail-from-no-login-at-this-port", "port")
    known = {**NO_AUTH, "offered": ("PIPELINING", "AUTH PLAIN")}
    assert diagnose(said("mail_from", reply, **known)).field == "username"


def test_hmailserver_is_told_by_its_words() -> None:
    """T6: it wants the whole address, and has no app passwords."""
    words = "535 Authentication failed. Too many invalid logon attempts."
    banned = diagnose(said("auth", words, username="zabbix"))
    assert (banned.id, banned.field) == ("auth-hmailserver-too-many-bad", "username")
    assert "app password" not in banned.remedy()


@pytest.mark.parametrize(
    "server",
    [
        "smtp.email.eu-frankfurt-1.oci.oraclecloud.com",
        "email-smtp.eu-west-1.amazonaws.com",
        "smtp.sendgrid.net",
        "smtp.eu.mailgun.org",
    ],
)
def test_who_has_credentials_of_its_own_is_not_told_to_want_an_app_password(server: str) -> None:
    """D2: they are made in its console."""
    held = diagnose(said("auth", "421 Too many auth failures, try again later", server=server))
    assert (held.id, held.retryable) == ("auth-too-many-bad-at-service", True)
    assert "app password" not in held.remedy()


@pytest.mark.parametrize("code", ["50076", "50079", "50074"])
def test_a_second_factor_that_microsoft_wants_is_named(code: str) -> None:
    """T6: at DavMail it is given there."""
    reply = f"535 Authentication failed AADSTS{code}: you must use multi-factor authentication"
    bridge = diagnose(said("auth", reply, server="davmail.intern.example", port=1025))
    assert bridge.id == "auth-davmail-second-factor"
    direct = diagnose(said("auth", reply, server="smtp.office365.com"))
    assert (direct.id, direct.field) == ("auth-m365-second-factor", "auth")


@pytest.mark.parametrize(
    "words",
    [
        "AADSTS50126: Error validating credentials due to invalid username or password.",
        "AADSTS50053: The account is locked, you have tried to sign in too many times",
        "AADSTS50055: The password is expired.",
    ],
)
def test_a_password_that_microsoft_refuses_is_no_rule_of_access(words: str) -> None:
    """T6: the code says what it is."""
    refused = diagnose(said("auth", f"535 Authentication failed {words}", port=1025))
    assert refused.id != "auth-m365-conditional-access"


def test_a_token_that_the_mail_server_holds_out_of_date_is_no_matter_of_this_clock() -> None:
    """T6: one machine made it and another judged it."""
    for words in ("535 5.7.8 OAuth token expired.", "535 5.7.8 token not yet valid (nbf)"):
        late = diagnose(oauth("token_refused", words))
        assert (late.id, late.field) == ("oauth-token-out-of-date", None)
    own = oauth("invalid_client", "AADSTS700024: Client assertion is not within its valid time.")
    assert diagnose(own).id == "oauth-clock-skew"


@pytest.mark.parametrize("code", [18, 19, 20, 21])
def test_an_untrusted_certificate_for_another_name_tells_both(code: int) -> None:
    """T6: with the authority trusted the next attempt would fail by the name."""
    other = certificate(code, server="10.10.220.199", chain=(shown("A CA", "mx.dark.example"),))
    both = "made out for mx.dark.example, and not for 10.10.220.199"
    assert both in diagnose(other).remedy()
    own = certificate(code, chain=(shown("A CA", "smtp.test.example"),))
    assert "made out for" not in diagnose(own).remedy()


def test_the_certificate_that_a_windows_machine_made_for_itself_is_told_as_such() -> None:
    """T6: a public one is mostly there, and only to be assigned."""
    known = {"chain": (shown("WX-P-EX2", "WX-P-EX2", "wx-p-ex2.firma.example"),)}
    machine = diagnose(certificate(18, server="mail.firma.example", **known))
    assert machine.id == "tls-self-signed-by-the-machine"
    assert "Enable-ExchangeCertificate" in machine.remedy()


def test_a_relay_that_hangs_up_at_tls_may_have_a_filter_before_it() -> None:
    """T6: then its own TLS is looked at for nothing."""
    ended = diagnose(facts("tls", "closed", port=25, username=""))
    assert "firewall or mail filter in between" in ended.cause()
