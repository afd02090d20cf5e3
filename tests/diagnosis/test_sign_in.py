"""What stands between this machine and a login: ports, lists, bans, names (SPEC D2, T6)."""

from __future__ import annotations

from typing import Any

import pytest

from smtp_panel.diagnosis.diagnosis import diagnose
from smtp_panel.smtp.facts import Facts
from tests.diagnosis.examples import CLEAR, GMAIL, IMPLICIT, M365, certificate, facts, said, shown

RELAYS = ("smtp.sendgrid.net", "smtp.mailgun.org", "smtp-relay.brevo.com", "mail.smtp2go.com")


@pytest.mark.parametrize(
    "words",
    [
        "525 5.7.1 Unauthorized IP address",
        "535 Authentication failed: IP address 192.0.2.7 is not allowed to use this API key",
        "535 5.7.1 Access denied from this IP. Please add it to your IP allowlist",
        "535 5.7.8 Your IP address is not on the allowed list for this SMTP user",
        "550 5.7.1 Sender IP not in the API key's allow list",
    ],
)
@pytest.mark.parametrize("server", RELAYS)
def test_a_key_that_is_limited_to_addresses_is_not_called_wrong_nor_the_address_bad(
    server: str, words: str
) -> None:
    """T6: this machine's address is added at the relay; no block list is to blame."""
    told = diagnose(said("auth", words, server=server, username="apikey"))
    assert (told.id, told.field) == ("policy-key-limited-to-addresses", None)
    assert "Add this machine's public address" in told.remedy()


@pytest.mark.parametrize(
    ("words", "security", "advice"),
    [
        ("530 Must use SSL on port 465", CLEAR, "Tick TLS / SSL, with How TLS starts on automatic"),
        ("534 5.7.9 Please use port 465 with SSL/TLS", CLEAR, "change Port to 465 (implicit TLS)."),
        ("530 Please use port 465 to send", {}, "Change Port to 465 (implicit TLS), with How TLS"),
        (
            "530 Use port 587 to sign in",
            {"port": 25},
            "Change Port to 587 (STARTTLS), with How TLS",
        ),
        ("530 Not allowed on this port", {}, "Change Port to 465 (implicit TLS), with How TLS"),
    ],
)
def test_the_port_that_the_server_names_is_the_one_to_enter_and_tls_with_it(
    words: str, security: dict[str, Any], advice: str
) -> None:
    """T6: port 465 answers to nothing but TLS, so that the port alone mends nothing."""
    told = diagnose(said("auth", words, **security))
    assert told.field == "port"
    assert advice in told.remedy()


def test_a_port_that_is_named_beside_starttls_leaves_the_choice_of_tls_first() -> None:
    """T6: the port that is entered may stay."""
    told = diagnose(said("ehlo", "550 Encryption needed; use port 465 or STARTTLS", **CLEAR))
    assert told.field == "tls"


@pytest.mark.parametrize(
    ("server", "app_password", "own"),
    [
        ("smtp.strato.de", False, False),
        ("smtp.ionos.de", False, False),
        ("smtp.mail.yahoo.com", True, False),
        ("mail.test.example", False, True),
    ],
)
def test_too_many_failed_logins_speak_of_app_passwords_and_bans_where_there_are_such(
    server: str, app_password: bool, own: bool
) -> None:
    """T6: STRATO has no app passwords, and nobody there lifts a ban for one customer."""
    told = diagnose(said("auth", "421 4.7.0 too many failed logins, try later", server=server))
    assert told.retryable
    assert ("app password" in told.remedy(), "lift the ban" in told.remedy()) == (app_password, own)


@pytest.mark.parametrize("stage", ["auth", "mail_from", "rcpt_to"])
def test_a_country_that_is_closed_is_told_apart_from_an_address_that_is_not_listed(
    stage: str,
) -> None:
    """T6: for the one there is a switch, for the other a list."""
    country = diagnose(said(stage, "535 5.7.1 Access from your country is not allowed"))
    address = diagnose(said(stage, "535 5.7.1 Your IP address is not whitelisted"))
    assert (country.id, address.id) == ("policy-country-closed", "policy-address-not-allowed")
    assert "country" not in address.remedy()


@pytest.mark.parametrize(
    ("server", "names", "right"),
    [
        ("authsmtp.register.it", ("*.securemail.pro",), "authsmtp.securemail.pro"),
        ("smtp-relay.sendinblue.com", ("*.brevo.com", "brevo.com"), "smtp-relay.brevo.com"),
    ],
)
def test_a_certificate_for_other_names_of_the_provider_is_no_hijacked_connection(
    server: str, names: tuple[str, ...], right: str
) -> None:
    """T6: the name is an old one, and the one of today stands beside it."""
    told = diagnose(certificate(62, server=server, chain=(shown("CA", *names),)))
    assert (told.field, right in told.remedy()) == ("server", True)
    foreign = certificate(62, server=server, chain=(shown("CA", "srv1.hosting.example"),))
    assert diagnose(foreign).id != told.id


@pytest.mark.parametrize("server", ["authsmtp.register.it", "smtp.tem.scw.cloud"])
def test_another_name_of_a_provider_gets_what_is_known_of_the_provider(server: str) -> None:
    """P2, D2: a refused login says what Register.it, or Scaleway, wants."""
    told = diagnose(said("auth", "535 5.7.8 Authentication failed", server=server, **IMPLICIT))
    assert told.values["provider"] in {"Register.it", "Scaleway Transactional Email"}
    assert told.values["provider"] in told.cause()


@pytest.mark.parametrize("server", ["smtp.gmail.com", "mail.test.example"])
def test_an_antivirus_that_could_not_reach_the_server_is_no_trouble_of_the_server(
    server: str,
) -> None:
    """T6: Avast's mail shield answers so."""
    words = "421 Cannot establish SSL with SMTP server 192.0.2.7:465, SSL_connect error 1"
    told = diagnose(said("banner", words, server=server, **IMPLICIT))
    assert told.id == "banner-proxy-in-between"


def test_who_is_on_a_block_list_at_a_submission_port_is_not_sent_to_another_server() -> None:
    """T6: that is what stands there already; one that mail comes in at is another matter."""
    words = "554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org"
    assert diagnose(said("banner", words)).field is None
    assert diagnose(said("banner", words, port=25, username="")).field == "server"


def test_a_name_that_a_server_bans_at_its_greeting_is_told_as_that_name() -> None:
    """T6: a firewall of the server remembers it from before."""
    told = diagnose(said("banner", "550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)"))
    assert (told.field, "EHLO app.test.example" in told.cause()) == ("ehlo_name", True)


def test_a_name_without_a_domain_is_first_taken_for_that_of_a_container() -> None:
    """T6: nobody can enter a domain with the name of a container."""
    remedy = diagnose(facts("dns", "dns_not_found", server="mailcow-postfix-1")).remedy()
    assert remedy.index("container network") < remedy.index("the whole name with its domain")


@pytest.mark.parametrize(
    "reply",
    [
        "550 HELO host must match rDNS",
        "517 HELO localhost: DNS lookup failed",
        "550 HELO must match DNS name [app.test.example]",
    ],
)
def test_a_server_that_compares_the_ehlo_name_with_the_dns_refuses_that_name(reply: str) -> None:
    """T6: neither the reverse DNS alone nor a fault of the server is meant."""
    assert diagnose(said("ehlo", reply)).field == "ehlo_name"


def test_a_rule_of_an_intrusion_detection_is_a_ban_and_no_list_of_others() -> None:
    """T6: it is lifted by whoever runs the server, and passes."""
    told = diagnose(said("banner", "421 Try again later. Your IP has been blocked by IDS rule"))
    assert (told.field, told.retryable) == ("password", True)


@pytest.mark.parametrize(
    ("greeting", "entry"),
    [
        ("mailpit ESMTP Mailpit", "auth-at-catcher"),
        ("mail.test.example Kerio Connect 10.0 ESMTP ready", "auth-mailbox-of-an-own-server"),
        ("mail.test.example ESMTP MailEnable Service", "auth-mailbox-of-an-own-server"),
    ],
)
def test_a_refused_login_names_what_the_software_of_the_server_wants(
    greeting: str, entry: str
) -> None:
    """D2: its greeting tells which it is."""
    told = diagnose(said("auth", "535 5.7.8 Authentication failed", greeting=greeting))
    assert told.id == entry
    assert "app password" not in told.remedy()


def test_a_user_that_a_relay_has_switched_off_is_sent_to_its_console_and_no_mailbox() -> None:
    """T6: a relay has no mailbox with IMAP and POP3."""
    told = diagnose(said("auth", "535 SMTP user is disabled", server="mail.smtp2go.com"))
    assert ("console of SMTP2GO" in told.remedy(), "IMAP" in told.remedy()) == (True, False)


def test_a_ban_is_spoken_of_once_and_only_where_the_login_is_to_blame() -> None:
    """T6: a limit on right logins is none."""
    limit = diagnose(said("auth", "450 4.7.1 Error: too many AUTH commands from 192.0.2.7"))
    assert "lift the ban" not in limit.remedy()


def test_what_was_tried_by_plain_is_not_told_as_a_choice_of_somebody() -> None:
    """T6: automatic tries it as well."""
    refused = diagnose(said("auth", "504 5.3.3 AUTH mechanism PLAIN not available"))
    assert "chosen" not in refused.cause()


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("the user account is disabled. [x]", "unblock its sign-in"),
        ("policy requires multi-factor authentication", "Choose OAuth 2.0"),
        ("the request did not meet the criteria", "Entra sign-in log"),
    ],
)
def test_why_microsoft_lets_somebody_not_sign_in_is_told_by_its_words(
    words: str, advice: str
) -> None:
    """T6: a disabled account, a second factor and another rule are mended at different places."""
    told = diagnose(said("auth", f"535 5.7.139 Authentication unsuccessful, {words}", **M365))
    assert (advice in told.remedy(), told.field != "password") == (True, True)


@pytest.mark.parametrize(
    ("failure", "entry"),
    [
        (facts("starttls", "closed", **GMAIL), "starttls-cut-in-between"),
        (
            facts("connect", "timeout", addresses=("10.0.0.1",), **GMAIL),
            "connect-provider-leads-inside",
        ),
        (
            said("banner", "554 5.7.1 Sophos Firewall: SMTP connection blocked by policy", **GMAIL),
            "banner-refused-for-provider",
        ),
    ],
)
def test_what_a_provider_that_everybody_reaches_does_not_do_was_done_in_between(
    failure: Facts, entry: str
) -> None:
    """T6: nobody at Gmail looks into a log for one customer, and its certificate is no question."""
    told = diagnose(failure)
    assert told.id == entry
    assert "administrator of the mail server" not in told.remedy()


def test_a_way_to_amazon_within_a_network_of_ones_own_may_be_meant_so() -> None:
    """D2: it has endpoints within its customers' networks (PrivateLink)."""
    server = "email-smtp.eu-west-1.amazonaws.com"
    told = diagnose(facts("connect", "timeout", server=server, addresses=("10.0.0.1",)))
    assert told.id == "connect-ses-endpoint-inside"
    assert "security group" in told.remedy()


@pytest.mark.parametrize(
    "reply",
    [
        "550 Authentication failed: account is limited to webmail",
        "535 5.7.8 Error: authentication failed: mail access for this mailbox is disabled",
    ],
)
def test_a_mailbox_for_the_webmail_alone_has_met_no_limit_and_is_not_suspended(reply: str) -> None:
    """T6: SMTP is not enabled for it."""
    assert diagnose(said("auth", reply)).id == "auth-smtp-switched-off"


def test_a_server_that_says_how_an_address_is_taken_off_its_list_is_followed_first() -> None:
    """T6: Microsoft takes off whoever asks at its page."""
    words = "550 5.7.606 Access denied, banned sending IP [192.0.2.7]. To request removal from this"
    mx = {"server": "firma-example.mail.protection.outlook.com", "port": 25, "username": ""}
    told = diagnose(said("banner", f"{words} list please visit https://sender.office.com/", **mx))
    assert told.field is None
    assert told.remedy().startswith("Ask for the removal")
    assert "https://sender.office.com/" in told.remedy()


def test_right_logins_that_are_too_many_are_not_called_wrong() -> None:
    """T6: a rate counts them all."""
    told = diagnose(said("auth", "550 5.7.1 auth rate limit exceeded"))
    assert (told.field, told.retryable) == (None, True)


def test_a_server_for_those_in_its_vpn_is_not_the_wrong_server() -> None:
    """T6: the way to it is the wrong one."""
    words = "554 5.7.1 mail server is for authorised customers only, connect from VPN"
    assert diagnose(said("banner", words)).id == "banner-address-not-listed"


@pytest.mark.parametrize(
    ("server", "right"),
    [
        ("smtp.sendgrid.com", "smtp.sendgrid.net"),
        ("smtp.hotmail.com", "smtp-mail.outlook.com"),
        ("stmp.gmail.com", "smtp.gmail.com"),
        ("smtp.zoho.de", "smtp.zoho.eu"),
    ],
)
def test_a_host_that_a_provider_does_not_have_is_told_with_the_one_that_it_has(
    server: str, right: str
) -> None:
    """T6: no DNS record is gone, and nobody has to be asked."""
    told = diagnose(facts("dns", "dns_not_found", server=server))
    assert (told.field, right in told.remedy()) == ("server", True)
    assert "DNS record" not in told.remedy()


@pytest.mark.parametrize(
    "server", ["relay-1.eu-west-1.elb.amazonaws.com", "vps-1a2b.vps.ovh.net", "mail.firma.example"]
)
def test_a_machine_of_a_customer_is_no_host_that_a_provider_lacks(server: str) -> None:
    """D2: its name is below the provider's, and its record may well be gone."""
    assert diagnose(facts("dns", "dns_not_found", server=server)).id == "dns-name-not-found"


@pytest.mark.parametrize("server", ["localhost", "127.0.0.1", "::1"])
def test_no_certificate_is_wanted_for_a_connection_that_stays_on_the_machine(server: str) -> None:
    """T6: nobody is between the panel and a mail server beside it."""
    told = diagnose(facts("starttls", "not_offered", server=server, port=25))
    assert told.field == "tls"
    assert told.remedy().startswith("Untick TLS / SSL")
    assert "certificate" not in told.remedy()
