"""The way to the server: which door it has, how it is called, who vouches for it (SPEC T6)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from smtp_panel.diagnosis.diagnosis import diagnose
from smtp_panel.diagnosis.providers import providers
from smtp_panel.net.tls import TLSVersion
from smtp_panel.smtp.facts import Facts
from tests.diagnosis.examples import (
    CLEAR,
    IMPLICIT,
    NO_LOGIN,
    certificate,
    facts,
    foreign,
    said,
    shown,
    tls,
)

ICLOUD = {"server": "smtp.mail.me.com"}


@pytest.mark.parametrize(
    "server",
    [
        *("smtphost.corp.contoso.example", "relay.intern.firma.example", "smtp.ad.school.example"),
        *("mail.firma.lan", "postfix.mail.svc.cluster.local", "smtp.home.arpa", "mx.acme.internal"),
    ],
)
def test_a_name_within_a_network_sends_nobody_to_a_providers_documentation(server: str) -> None:
    """T6: only the DNS of that network knows it."""
    unknown = diagnose(facts("dns", "dns_not_found", server=server))
    assert "documents" not in unknown.remedy()
    assert unknown.field == "server"


def test_a_port_closed_on_the_way_leads_to_the_other_one_of_the_provider() -> None:
    """T6: the field is marked, and the port named first."""
    known = IMPLICIT | {"server": "smtp.fastmail.com"}
    silent = diagnose(facts("connect", "timeout", **known))
    assert silent.field == "port"
    assert silent.remedy().startswith("Change Port to 587 (STARTTLS), ")
    assert silent.remedy("ja").startswith(
        "「ポート」を、Fastmail がそこでメールを受け付けている 587"
    )


@pytest.mark.parametrize("server", ["owa.test.example", "webmail.test.example"])
def test_a_server_that_spoke_smtp_is_not_taken_for_a_webmail(server: str) -> None:
    """T6: what was seen outweighs what a name is guessed to mean."""
    greeted = {"server": server, "greeting": "mail.test.example ESMTP"}
    alert, newest = "TLSV1_ALERT_PROTOCOL_VERSION", {"tls_version": TLSVersion.V1_3}
    assert diagnose(tls(alert, **greeted, **newest)).id == "tls-version-too-high"
    assert diagnose(facts("tls", "closed", **greeted)).id == "tls-closed-after-starttls"
    unseen = tls(alert, server=server, **newest, **IMPLICIT)
    assert diagnose(unseen).id == "tls-version-too-high"


def test_a_handshake_that_the_server_breaks_off_is_about_ciphers_or_its_certificate() -> None:
    """T6: without a certificate, or without its key, no cipher is left either."""
    alert = diagnose(tls("SSLV3_ALERT_HANDSHAKE_FAILURE"))
    assert "no cipher in common" in alert.cause()
    assert "certificate or key is missing" in alert.cause()
    assert "no shared cipher" in alert.remedy()


@pytest.mark.parametrize(("port", "other"), [(587, "465"), (465, "587")])
def test_nobody_is_sent_to_the_port_that_was_refused(port: int, other: str) -> None:
    """T6: the other submission port, or the one that the server is to open."""
    refused = diagnose(facts("connect", "refused", port=port))
    assert refused.remedy().startswith(
        f"Change Port to another one that the server has, such as {other}"
    )
    assert f"{port} (" not in refused.remedy()


@pytest.mark.parametrize("kind", ["refused", "timeout"])
def test_no_server_of_a_provider_is_called_a_web_site_or_a_name_within_a_network(kind: str) -> None:
    """D2: some take mail at their bare domain, such as posteo.de."""
    told = {
        host: diagnose(facts("connect", kind, server=host, port=port)).id
        for provider in providers()
        for host, port in provider.servers
    }
    wrong = {"connect-bare-domain", "connect-refused-internal", "connect-internal-silent"}
    assert {host for host, entry in told.items() if entry in wrong} == set()


@pytest.mark.parametrize("kind", ["refused", "timeout"])
@pytest.mark.parametrize("server", ["mustermann-gmbh.example", "www.firma.co.uk"])
def test_a_domain_that_leads_to_a_web_site_is_told_as_one(server: str, kind: str) -> None:
    """T6: what stands in Mail server is to be changed, not the port."""
    closed = diagnose(facts("connect", kind, server=server))
    assert (closed.id, closed.field) == ("connect-bare-domain", "server")


@pytest.mark.parametrize("server", ["poczta.int.pl", "smtp.local.ch", "mail.home.pl"])
def test_a_domain_is_not_taken_for_a_name_within_a_network(server: str) -> None:
    """T6: only what stands before a domain tells that, or an ending that nobody registers."""
    assert diagnose(facts("dns", "dns_not_found", server=server)).id != "dns-internal-name"


@pytest.mark.parametrize("server", ["mail.firma.co.uk", "home.ddns.net", "192.0.2.7", "mail.lan"])
def test_a_host_is_not_told_as_a_bare_domain(server: str) -> None:
    """T6: nor is a name that one gets for a machine at home."""
    assert diagnose(facts("connect", "timeout", server=server)).id != "connect-bare-domain"


@pytest.mark.parametrize(
    "failure",
    [
        tls("WRONG_VERSION_NUMBER", **IMPLICIT | ICLOUD | {"port": 587}),
        facts("banner", "timeout", **IMPLICIT | ICLOUD | {"port": 587}),
        foreign("* OK Dovecot", **ICLOUD | {"port": 143}),
        foreign("SSH-2.0", **ICLOUD | {"port": 22}),
        facts("banner", "closed", **ICLOUD | {"port": 993}),
        facts("connect", "refused", **ICLOUD | {"port": 578}),
        facts("connect", "timeout", **ICLOUD | {"port": 456}),
        facts("starttls", "not_offered", **ICLOUD | {"port": 25}),
        said("starttls", "540 no", **ICLOUD | {"port": 25}),
    ],
)
def test_no_port_is_advised_that_the_provider_lacks(failure: Any) -> None:
    """T6: iCloud takes mail on 587 alone."""
    diagnosis = diagnose(failure)
    assert "465" not in diagnosis.remedy()
    assert "465" not in diagnosis.remedy("ja")


@pytest.mark.parametrize("server", ["mailserver", "smtp.mail.svc", "nas.local"])
def test_a_name_within_a_network_that_the_certificate_lacks_is_led_to_the_right_one(
    server: str,
) -> None:
    """T6: no public authority makes out a certificate for the name of a container."""
    other = diagnose(certificate(62, server=server, chain=(shown("R11", "mail.lab.example"),)))
    assert other.field == "server"
    assert "alias" in other.remedy()
    assert "certificate that includes" not in other.remedy()


@pytest.mark.parametrize(
    ("issuer", "authority"),
    [
        ("mail.school.example", "CA, Zimbra Collaboration Server"),
        ("CA", "Zimbra Collaboration Server"),
        ("Univention Corporate Server Root CA (ID=abc)", ""),
        ("Proxmox Virtual Environment", ""),
        ("mail.example.org", "mailcow"),
        ("mail.example.org", "iRedMail"),
        ("rcgen self signed cert", ""),
        ("Caddy Local Authority - ECC Intermediate", ""),
    ],
)
@pytest.mark.parametrize("code", [18, 19, 20])
def test_an_authority_that_the_mail_software_made_is_told_as_its_own(
    issuer: str, authority: str, code: int
) -> None:
    """T6: neither a company's authority nor a proxy that reads along."""
    diagnosis = diagnose(certificate(code, chain=(shown(issuer, authority=authority),)))
    assert diagnosis.id == "tls-authority-of-the-software"
    assert issuer in diagnosis.cause()
    assert authority in diagnosis.cause()


@pytest.mark.parametrize(
    ("stage", "reply", "entry"),
    [
        ("ehlo", "501 5.5.4 Invalid domain name", "ehlo-name-refused"),
        ("rcpt_to", "550 5.7.1 Helo command rejected: need fully-qualified", "rcpt-helo-need-fqdn"),
        ("rcpt_to", "554 <app.test.example>: Helo command rejected: in DBL", "ehlo-name-listed"),
        ("ehlo", "550 Blocked, app.test.example listed in dbl.example.org", "ehlo-name-listed"),
        ("mail_from", "554 app.test.example listed in multi.surbl.org", "ehlo-name-listed"),
    ],
)
def test_the_name_that_was_refused_at_ehlo_is_told(stage: str, reply: str, entry: str) -> None:
    """T6: an administrator may never have chosen one."""
    refused = diagnose(said(stage, reply))
    assert (refused.id, refused.field) == (entry, "ehlo_name")
    for language in ("en", "ja"):
        assert "EHLO app.test.example" in refused.cause(language)


def test_who_hands_mail_to_a_mail_exchanger_is_told_where_its_provider_takes_it_from_programs() -> (
    None
):
    """T6: a home's address is on block lists, and no delisting mends it for long."""
    listed = said("banner", "554 No SMTP service. IP address is block listed.", port=25)
    for server, sending in (("mx00.ionos.de", "smtp.ionos.de"), ("mx00.gmx.net", "mail.gmx.net")):
        assert f"{sending}, Port 465" in diagnose(replace(listed, server=server)).remedy()


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        ("mail_from", "530 5.7.0 Authentication required"),
        ("mail_from", "554 Transaction failed"),
        ("rcpt_to", "550 5.7.1 Relaying denied"),
        ("rcpt_to", "550 Requested action not taken (mi01)"),
        ("auth", "502 5.5.1 Unrecognized command"),
        ("auth", "554 Not here"),
    ],
)
def test_no_login_and_no_other_port_is_advised_where_mail_only_comes_in(
    stage: str, reply: str
) -> None:
    """T6: a mail exchanger takes no submission, at whatever port and with whatever password."""
    login = {} if stage == "auth" else {"username": ""}
    for server in ("mx01.ionos.de", "mx1.hostinger.com", "in1-smtp.messagingengine.com"):
        told = diagnose(said(stage, reply, server=server, port=25, **login))
        assert (told.field, "takes mail at" in told.remedy()) == ("server", True)
        assert "change mail server" in told.remedy()[:70].lower()
        assert "「メールサーバー」" in told.remedy("ja")[:40]


def test_another_host_of_a_provider_may_take_a_login() -> None:
    """D2: not every name that is missing in the table is one at which mail comes in."""
    words = "554 5.7.1 Client host rejected: This mail server requires authentication"
    told = diagnose(said("rcpt_to", words, server="smtp.locaweb.com.br", username=""))
    assert (told.id, told.field) == ("mail-from-authentication-required", "username")


def test_a_mail_exchanger_offers_no_login_after_tls_either() -> None:
    """T6: TLS / SSL is not what is missing there."""
    clear = {"port": 25, "offered": ("STARTTLS", "SIZE")} | CLEAR
    told = diagnose(facts("auth", "not_offered", server="mx01.ionos.de", **clear))
    assert (told.id, told.field) == ("auth-host-not-for-sending", "server")


WEB_PAGE = "HTTP/1.1 200 OK\r\nServer: Kestrel"
MX = {"port": 25, "username": ""} | CLEAR


@pytest.mark.parametrize(
    ("entry", "field", "failure"),
    [
        ("dns-ending-unknown", "server", facts("dns", "dns_not_found", server="relay.mail")),
        ("dns-ending-unknown", "server", facts("dns", "dns_not_found", server="smtp.firma.con")),
        ("dns-name-not-found", "server", facts("dns", "dns_not_found", server="smtp.firma.com")),
        (
            "connect-mail-exchanger-silent",
            "server",
            facts("connect", "timeout", server="gmail-smtp-in.l.google.com", **MX),
        ),
        (
            "connect-mail-exchanger-silent",
            "server",
            facts("connect", "refused", server="mx.firma.example", **MX),
        ),
        (
            "tls-certificate-without-names",
            None,
            certificate(62, chain=(replace(shown("Corp CA"), names=()),)),
        ),
        ("banner-web-page-of-a-catcher", "port", foreign(WEB_PAGE, server="smtp4dev", port=80)),
        ("starttls-not-offered-by-bridge", "tls", facts("starttls", "not_offered", port=1025)),
        (
            "starttls-not-offered-by-relay",
            "tls",
            facts("starttls", "not_offered", port=1025, username=""),
        ),
        (
            "starttls-not-offered-inside",
            "tls",
            facts("starttls", "not_offered", addresses=("10.0.0.5",)),
        ),
        (
            "tls-implicit-at-catcher",
            "tls",
            tls("WRONG_VERSION_NUMBER", **IMPLICIT | {"port": 1025, "username": ""}),
        ),
        (
            "tls-wrong-version-number",
            "tls_start",
            tls("WRONG_VERSION_NUMBER", **IMPLICIT | {"port": 1025}),
        ),
        ("tls-self-signed-inside", None, certificate(18, server="protonmail-bridge")),
        ("tls-self-signed-inside", None, certificate(18, addresses=("10.0.0.9",))),
        ("tls-self-signed", None, certificate(18, server="mail.firma.example")),
        (
            "tls-internal-name-mismatch",
            "server",
            certificate(64, server="192.168.1.5", addresses=("192.168.1.5",)),
        ),
        ("tls-ip-address-mismatch", "server", certificate(64, server="192.0.2.5")),
        (
            "dns-bare-domain-without-address",
            "server",
            facts("dns", "dns_no_address", server="firma.example"),
        ),
        (
            "connect-timeout-port-25-blocked",
            "port",
            facts("connect", "timeout", server="smtplw.com.br", port=25),
        ),
    ],
)
def test_what_stands_in_the_settings_is_told_for_what_it_is(
    entry: str, field: str | None, failure: Facts
) -> None:
    """T6: a name, a port or a program that is known for its own ways."""
    diagnosis = diagnose(failure)
    assert (diagnosis.id, diagnosis.field) == (entry, field)


@pytest.mark.parametrize(
    ("entry", "reply"),
    [
        ("banner-access-denied", "554 5.7.1 Access denied"),
        ("banner-access-denied", "550 Sorry, administratively denied. (#5.7.1)"),
        ("banner-access-denied", "554 Zugriff verweigert"),
        ("banner-dynamic-address", "554 Refused. Your reverse DNS entry contains your IP address"),
        ("banner-dynamic-address", "550 5.7.1 reject IP in client name dyn-7.isp.example"),
        ("banner-reverse-dns", "554 5.7.1 reject [192.0.2.7] missing PTR record"),
        ("banner-server-short-of-means", "421 Too much load; please try again later."),
        ("banner-server-trouble", "421 unable to figure out my IP addresses (#4.3.0)"),
        ("banner-access-denied", "550 Administrative prohibition"),
        ("banner-address-not-listed", "554 Only VPN clients may connect"),
        ("banner-address-not-listed", "554 Not an open relay, go away"),
        ("banner-reverse-dns", "550 Your host name doesn't match with your IP address"),
        ("banner-server-licence", "421 mail.test.example: Please upgrade your subscription"),
        ("banner-server-trouble", "421 Unable to accept connection: certificate error"),
        ("banner-spoke-too-early", "554 5.5.0 Error: SMTP protocol synchronization"),
        ("banner-banned-address", "421 IP blocked by cPHulk for excessive failed logins"),
        ("banner-banned-address", '550 "Your IP is banned for dictionary attack"'),
        ("banner-554-poor-reputation", "550 Polaczenie z tego adresu IP jest zablokowane"),
        ("banner-554-poor-reputation", "554 IP adresiniz engellendi"),
        ("banner-dynamic-address", "554 Conexao recusada: IP dinamico nao permitido"),
        ("banner-banned-address", "421 4.7.0 Intrusion prevention: 192.0.2.7 is blocked"),
        ("banner-421-reputation", "421 Too many spams from your IP (192.0.2.7)"),
        ("auth-gateway-to-exchange", "421 Unable to connect to OWA at x, status code 503"),
        ("auth-gateway-to-exchange", "421 Connect exception: ConnectException Connection refused"),
    ],
)
def test_a_greeting_that_says_why_it_refuses_is_heard(entry: str, reply: str) -> None:
    """T6: what the server says goes before what a refused greeting usually means."""
    assert diagnose(said("banner", reply, **MX)).id == entry


@pytest.mark.parametrize(
    ("entry", "stage", "reply"),
    [
        (
            "banner-reverse-dns",
            "ehlo",
            "554 Temporarily rejected. Reverse DNS failed, x.co/bounce",
        ),
        ("ehlo-name-refused", "ehlo", "417 DNS lookup on HELO app.test.example failed."),
        ("ehlo-name-refused", "ehlo", "550 5.7.1 You are not app.test.example"),
        ("starttls-454-local-problem", "starttls", "554 TLS is not currently available"),
    ],
)
def test_an_introduction_that_is_refused_for_a_reason_is_told_with_it(
    entry: str, stage: str, reply: str
) -> None:
    """T6: also where other words of the reply sound like another reason."""
    assert diagnose(said(stage, reply)).id == entry


def test_a_name_is_compared_with_all_names_of_a_provider() -> None:
    """D2: as it is looked for, so it is misspelt."""
    unknown = facts("dns", "dns_not_found", server="smtp.outlook365.com")
    assert "takes mail at smtp.office365.com." in diagnose(unknown).remedy()


def test_several_ports_read_as_a_list() -> None:
    """T6: the likeliest first."""
    silent = diagnose(facts("connect", "timeout", server="smtp.sendgrid.net", port=587))
    assert "Change Port to 2525 or 465 (implicit TLS), " in silent.remedy()
    silent = diagnose(facts("connect", "timeout", server="email-smtp.us-east-1.amazonaws.com"))
    assert "2587, 2465 (implicit TLS) or 465 (implicit TLS), " in silent.remedy()


@pytest.mark.parametrize(
    ("name", "sending"),
    [
        ("smtp.gmail.com", "smtp.gmail.com"),
        ("ssl0.ovh.net", "ssl0.ovh.net"),
        ("*.one.com", "send.one.com"),
        ("*.mail.protection.outlook.com", "smtp.office365.com"),
    ],
)
def test_a_certificate_of_a_known_provider_tells_where_that_one_takes_mail(
    name: str, sending: str
) -> None:
    """T6: an alias in a domain of one's own leads there, and no certificate is for it."""
    alias = certificate(62, server="mail.firma.example", chain=(shown("R11", name),))
    assert f"takes mail at {sending}." in diagnose(alias).remedy()
    other = certificate(62, server="mail.firma.example", chain=(shown("R11", "srv1.host.example"),))
    assert "takes mail at" not in diagnose(other).remedy()


def test_another_port_is_named_where_a_server_is_silent() -> None:
    """T6: the network may let it through."""
    silent = diagnose(facts("connect", "timeout", server="mail.firma.example", port=465))
    assert "such as 587 (STARTTLS)," in silent.remedy()


@pytest.mark.parametrize(("typed", "meant"), [(578, 587), (5587, 587), (456, 465), (466, 465)])
def test_a_slip_of_the_port_is_told_by_the_one_that_was_meant(typed: int, meant: int) -> None:
    """T6: and by no other."""
    refused = diagnose(facts("connect", "refused", port=typed))
    assert set(re.findall(r"\d{3,}", refused.remedy())) == {str(meant)}


def test_clear_text_where_a_provider_has_tls_from_the_start_comes_from_in_between() -> None:
    """D2: no other way of starting TLS mends it."""
    known = IMPLICIT | {"server": "smtp.gmail.com"}
    answered = diagnose(tls("WRONG_VERSION_NUMBER", **known))
    assert answered.id == "tls-clear-text-in-between"
    assert "STARTTLS" not in answered.remedy()


def test_a_closed_port_25_leads_to_those_that_the_provider_has() -> None:
    """T6: not to one that relay services have in general."""
    known = {"port": 25, "server": "smtp-relay.gmail.com"}
    assert "2525" not in diagnose(facts("connect", "timeout", **known)).remedy()


def test_ports_with_tls_from_the_first_byte_are_told_as_such() -> None:
    """T6: automatic begins in clear text at each but 465."""
    silent = diagnose(facts("connect", "timeout", server="mail.smtp2go.com"))
    listed = "80, 2525, 8025, 443 (implicit TLS), 8465 (implicit TLS) or 465 (implicit TLS), "
    assert listed in silent.remedy()
    for port in (443, 8465):
        waiting = diagnose(facts("banner", "timeout", server="mail.smtp2go.com", port=port))
        assert (waiting.id, waiting.field) == ("starttls-chosen-on-465", "tls_start")
    web = diagnose(facts("banner", "timeout", port=443))
    assert web.id == "banner-port-of-another-service"


def test_where_no_mail_server_runs_on_this_machine_that_of_the_provider_is_named_first() -> None:
    """T6: localhost is what stands there before anybody enters a server."""
    for port in (587, 25):
        refused = diagnose(facts("connect", "refused", server="localhost", port=port, **NO_LOGIN))
        assert refused.remedy().startswith("If no mail server is meant to run here, enter in")
        assert "mostly 25" in refused.remedy()


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("mailjet", "in-v3.mailjet.com"),
        ("Gmail", "smtp.gmail.com"),
        ("gmx", "mail.gmx.net"),
        ("office365", "smtp.office365.com"),
        ("strato", "smtp.strato.de"),
        ("zoho", "smtp.zoho.com"),
    ],
)
def test_the_name_of_a_provider_leads_to_its_server(name: str, host: str) -> None:
    """T6: it is no container's."""
    unknown = diagnose(facts("dns", "dns_not_found", server=name))
    assert unknown.id == "dns-name-of-provider"
    assert f"it takes mail at {host}." in unknown.remedy()


@pytest.mark.parametrize("name", ["mailhog", "postfix", "smtp", "mailcow", "mail"])
def test_what_containers_are_called_is_no_provider(name: str) -> None:
    """T6: it has to be in the same network."""
    unknown = diagnose(facts("dns", "dns_not_found", server=name))
    assert unknown.id == "dns-name-without-domain"


@pytest.mark.parametrize(
    "reply",
    [
        "554 m1.prod.mesa1.secureserver.net : DED : You've reached your daily relay quota",
        "421 4.7.0 Daily message limit reached for 203.0.113.5",
        "554 Monthly email quota exceeded for this IP",
        "421 4.7.0 Rate limit: 100 messages per hour exceeded",
        "550 Sending quota of your plan is exhausted",
        "421 mail volume limit for your IP reached",
    ],
)
@pytest.mark.parametrize("stage", ["banner", "ehlo"])
def test_a_number_of_messages_that_is_used_up_is_no_limit_of_connections(
    stage: str, reply: str
) -> None:
    """T6: fewer connections do not help, nor does a wait of minutes."""
    used_up = diagnose(said(stage, reply))
    assert (used_up.id, used_up.stage) == ("banner-message-quota", stage)
    assert "minutes" not in used_up.remedy()


@pytest.mark.parametrize(
    "reply",
    [
        "421 4.7.0 Too many concurrent connections from 203.0.113.9",
        "421 Too many connections in the last hour from your address",
        "421 Too many mail connections, limit reached",
    ],
)
def test_a_limit_of_connections_is_no_number_of_messages(reply: str) -> None:
    """T6: several messages over one connection help."""
    assert diagnose(said("banner", reply)).id == "banner-421-too-many-connections"


@pytest.mark.parametrize(
    ("stage", "reply", "entry"),
    [
        (
            "banner",
            "421 smtp.strato.de : No SMTP service (MBL-B) ",
            "banner-address-refused-by-provider",
        ),
        ("ehlo", "550 5.7.1 Refused by local policy (MBL-R)", "banner-address-refused-by-provider"),
        ("rcpt_to", "550 5.7.1 Refused by local policy. (MBL-B)", "policy-spamhaus-listed"),
    ],
)
def test_the_list_on_which_a_provider_has_the_address_is_told_by_its_code(
    stage: str, reply: str, entry: str
) -> None:
    """D2: MBL is the block list of STRATO; no wait takes the address off it."""
    listed = diagnose(said(stage, reply, server="smtp.strato.de"))
    assert (listed.id, listed.field) == (entry, None)
    assert "delisted" in listed.remedy()


def test_a_bad_rate_of_deliveries_is_told_as_that_of_the_address() -> None:
    """D2: so IONOS, GMX and WEB.DE document it."""
    words = (
        "421 kundenserver.de Nemesis ESMTP Service not available Reject due to policy violations"
    )
    assert diagnose(said("banner", words, server="smtp.ionos.de")).id == "banner-421-reputation"
    french = "554 5.7.1 Service refuse. Adresse IP bloquee. OFR_102"
    blocked = diagnose(said("banner", french, server="smtp-in.orange.fr", **NO_LOGIN))
    assert blocked.id == "banner-554-poor-reputation"
