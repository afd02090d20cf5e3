"""A remedy hands on what the server says to do, and what its provider wants (SPEC T6, D2)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from smtp_panel.diagnosis.diagnosis import Diagnosis, diagnose
from smtp_panel.smtp.facts import Facts
from tests.diagnosis.examples import certificate, facts, oauth, said, shown


@pytest.mark.parametrize(
    ("stage", "reply", "english", "japanese"),
    [
        ("auth", "550 Too many messages. Try again in 92 seconds.", "wait 92 s.", "92 秒待つ"),
        ("mail_from", "550 limit exceeded, reset in 21.99 hours.", "wait 21.99 h.", "21.99 時間"),
        ("rcpt_to", "451 Greylisted, try again in 5 minutes", "wait 5 min.", "5 分待つ"),
        (
            "auth",
            "535 Denied: please accept the new terms of use",
            "asks: “please accept the new terms of use”.",
            "求めていること:“please accept the new terms of use”",
        ),
        (
            "data",
            "550 5.7.1 Blocked, see https://example.net/help?id=1.",
            "page about it: https://example.net/help?id=1",
            "ページ: https://example.net/help?id=1",
        ),
    ],
)
def test_a_remedy_hands_on_the_servers_own_instruction(
    stage: str, reply: str, english: str, japanese: str
) -> None:
    diagnosis = diagnose(said(stage, reply))
    assert english in diagnosis.remedy()
    assert japanese in diagnosis.remedy("ja")


@pytest.mark.parametrize(
    ("known", "hint"),
    [
        (
            {"server": "smtp.resend.com", "username": "ada@test.example"},
            "Resend wants the word resend in User name.",
        ),
        (
            {"server": "smtp.ionos.com", "username": "ada"},
            "IONOS wants the whole mail address in User name.",
        ),
        (
            {"server": "smtp.free.fr", "username": "ada@free.fr"},
            "Free wants only the part before the @ in User name.",
        ),
    ],
)
def test_a_refused_login_says_what_the_provider_wants(known: dict[str, Any], hint: str) -> None:
    assert hint in diagnose(said("auth", "535 Authentication failed", **known)).remedy()


@pytest.mark.parametrize(
    ("words", "span"),
    [
        ("Number messages per hour exceeded. Error:RATE_MSG", "one of an hour"),
        ("Daily message limit exceeded", "one of a day"),
        ("Sending rate exceeded: 5 per second", "one of a minute or less"),
    ],
)
def test_who_has_met_a_limit_is_told_for_how_long_it_holds(words: str, span: str) -> None:
    """D2: an hour is not told as minutes up to a day where the server says that it is an hour."""
    assert span in diagnose(said("data", f"450 4.7.1 {words}")).remedy()


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("try again after Tue, 01 Dec 2026 00:00:00 GMT", "Tue, 01 Dec 2026 00:00:00 GMT"),
        ("sending is blocked until 2026-12-01 08:30 UTC", "2026-12-01 08:30 UTC"),
        ("quota exceeded, resets at 2026-12-01T00:00:00Z.", "2026-12-01T00:00:00Z"),
        ("limit reached, not before 04:00 UTC", "04:00 UTC"),
        ("try again at 2026-11-30 18:00:00 UTC", "2026-11-30 18:00:00 UTC"),
        ("Limit erreicht, gesperrt bis 2026-12-01", "2026-12-01"),
    ],
)
def test_until_when_the_server_says_to_wait_is_handed_on(words: str, moment: str) -> None:
    """T6: a moment that the server names tells more than 'wait'."""
    told = diagnose(said("data", f"451 4.7.0 Daily sending limit exceeded, {words}"))
    assert told.hints.count("until") == 1
    assert moment in told.remedy()
    assert moment in told.remedy("ja")
    past = diagnose(said("data", "550 5.7.1 Account suspended on 2026-11-01 10:00 UTC"))
    assert "until" not in past.hints


@pytest.mark.parametrize(
    ("server", "asked", "in_japanese"),
    [
        (
            "mail.test.example",
            "the administrator of mail.test.example",
            "mail.test.example の管理者",
        ),
        ("smtp.sendgrid.net", "the support of Twilio SendGrid", "SendGrid のサポート"),
        (
            "smtp.office365.com",
            "whoever manages your mail at Microsoft 365 / Exchange Online, or its support",
            "Microsoft 365 / Exchange Online のメールの管理者かサポート",
        ),
        (
            "smtp.gmail.com",
            "whoever manages your mail at Gmail",
            "Gmail のメールの管理者かサポート",
        ),
        (
            "mx01.ionos.de",
            "whoever runs mail for the domain of bob@example.org, at IONOS",
            "IONOS で bob@example.org のドメインのメールを管理している人",
        ),
        (
            "127.0.0.1",
            "whoever runs the mail server on this machine",
            "このマシンのメールサーバーの管理者",
        ),
    ],
)
def test_nobody_is_sent_to_an_administrator_whom_they_can_not_meet(
    server: str, asked: str, in_japanese: str
) -> None:
    """T6: of a provider's server its support is asked, and first the customer's own people."""
    told = diagnose(said("data", "452 4.3.1 Out of memory", server=server))
    assert asked in told.remedy()
    assert in_japanese in told.remedy("ja")


@pytest.mark.parametrize(
    ("server", "giver"),
    [
        ("mail.test.example", "the provider or administrator of mail.test.example"),
        ("localhost", "whoever runs the mail server on this machine"),
        ("smtp.sendgrid.net", "Twilio SendGrid"),
    ],
)
def test_a_login_is_asked_of_whoever_gives_it(server: str, giver: str) -> None:
    """T6: a server of one's own has no provider."""
    told = diagnose(said("mail_from", "530 Authentication required", server=server, username=""))
    assert f"User name and Password as {giver} gives them" in told.remedy()


def test_the_address_to_allow_is_the_one_that_the_server_sees() -> None:
    """T6: in a private network, such as that of containers, the public address is no use."""
    known = {"username": "", "port": 25}
    refused = "554 5.7.1 <unknown[172.18.0.4]>: Client host rejected: Access denied"
    assert "saw this machine as 172.18.0.4" in diagnose(said("rcpt_to", refused, **known)).remedy()
    inside = said("rcpt_to", "554 5.7.1 Relay access denied", addresses=("10.0.0.7",), **known)
    assert "the address of this machine in that network" in diagnose(inside).remedy()
    outside = said("rcpt_to", "554 5.7.1 Relay access denied", addresses=("192.0.2.7",), **known)
    assert "private network" not in diagnose(outside).remedy()


def test_a_block_list_is_not_told_as_another_mail_server() -> None:
    listed = "554 5.7.1 Client host [192.0.2.1] blocked using mail.lists.example.org"
    assert "another mail server" not in diagnose(said("rcpt_to", listed)).remedy()
    probed = "450 4.1.1 connect to mx.example.org[192.0.2.4]:25: Connection refused"
    assert "another mail server" not in diagnose(said("rcpt_to", probed)).remedy()


def test_nothing_is_wished_for_that_is_there_already() -> None:
    known = {"server": "smtp.resend.com", "username": "resend"}
    refused = diagnose(said("auth", "535 API key not found", **known))
    assert "wants the word" not in refused.remedy()


def test_a_provider_is_called_by_its_name_and_else_the_provider() -> None:
    """T6: whom to ask is named where it is known, and is no gap in the sentence where it is not."""
    suspended = "550 Your account has been suspended"
    assert "Sign in at Mailgun, " in diagnose(
        said("data", suspended, server="smtp.mailgun.org")
    ).remedy("en")
    unknown = diagnose(said("data", suspended))
    assert "Sign in at the provider, " in unknown.remedy("en")
    assert "プロバイダーにログイン" in unknown.remedy("ja")


def test_only_a_relay_that_verifies_senders_says_so() -> None:
    refused = "550 5.7.1 Client does not have permissions to send as this sender"
    relay = diagnose(said("mail_from", refused, server="smtp.postmarkapp.com"))
    mailbox = diagnose(said("mail_from", refused, server="smtp.gmail.com"))
    assert "verified there" in relay.remedy()
    assert "verified there" not in mailbox.remedy()


def test_what_is_handed_on_is_stored_with_the_diagnosis() -> None:
    diagnosis = diagnose(said("auth", "550 Too many messages. Try again in 92 seconds."))
    again = Diagnosis.from_json(diagnosis.to_json())
    assert again == diagnosis
    older = {name: value for name, value in diagnosis.to_json().items() if name != "hints"}
    assert "92" not in Diagnosis.from_json(older).remedy()


@pytest.mark.parametrize(
    ("known", "where"),
    [
        ({"server": "smtp.mail.me.com", "port": 465}, "smtp.mail.me.com, Port 587"),
        ({"server": "smtp.icloud.com", "port": 587}, "smtp.mail.me.com, Port 587"),
        ({"server": "smtp.eu.mailgun.org", "port": 2526}, "smtp.eu.mailgun.org, Port 587"),
        ({"server": "ex2.mail.ovh.net", "port": 2525}, "ex2.mail.ovh.net, Port 587"),
        ({"server": "next-smtp.useplunk.com", "port": 2525}, "next-smtp.useplunk.com, Port 2465"),
    ],
)
def test_who_enters_another_port_or_host_of_a_provider_is_told_the_right_one(
    known: dict[str, Any], where: str
) -> None:
    for failure in (facts("connect", "refused", **known), facts("connect", "timeout", **known)):
        diagnosis = diagnose(failure)
        assert f"takes mail at {where}." in diagnosis.remedy()
        assert not diagnosis.retryable


@pytest.mark.parametrize(
    ("server", "port"),
    [("smtp.gmail.com", 587), ("ex2.mail.ovh.net", 587), ("acme.mxrouting.net", 587)],
    ids=["named", "with a number", "with a word"],
)
def test_nobody_is_sent_to_the_server_and_port_that_are_there_already(
    server: str, port: int
) -> None:
    """D2: also where a part of the server's name is the customer's own."""
    silent = diagnose(facts("connect", "timeout", server=server, port=port))
    assert "takes mail at" not in silent.remedy()


def test_a_remedy_names_whom_the_server_says_to_write_to_and_nobody_of_the_message() -> None:
    refused = (
        "554 IP=203.0.113.5 - A problem occurred. (Ask your postmaster or contact tosa@t.test)"
    )
    assert "whom to write to: tosa@t.test" in diagnose(said("banner", refused)).remedy()
    ours = said("rcpt_to", "550 I could not send it, ask bob@example.org for another address")
    assert "whom to write to" not in diagnose(ours).remedy()


def test_a_page_without_its_scheme_is_handed_on_as_well() -> None:
    refused = said("banner", "501 Connection rejected, please visit www.filter.test/support.")
    assert "page about it: www.filter.test/support" in diagnose(refused).remedy()


def test_the_name_of_the_server_is_no_page_about_its_refusal() -> None:
    refused = said("banner", "521 www.test.example does not accept mail", server="www.test.example")
    assert "page" not in diagnose(refused).remedy()


def test_what_the_token_endpoint_or_a_refusal_of_the_token_says_to_do_is_handed_on() -> None:
    busy = diagnose(oauth("busy", "status 429, to be asked again in 30 s", retry_after=30))
    assert "wait 30 s." in busy.remedy()
    words = "535 5.7.139 no, visit https://mail.test/smtp_auth for more"
    assert (
        "page about it: https://mail.test/smtp_auth"
        in diagnose(oauth("token_refused", words)).remedy()
    )


def test_an_address_in_the_words_of_a_token_endpoint_or_a_scope_is_no_page_to_read() -> None:
    scope = "invalid_scope: AADSTS1002012: scope https://outlook.test/SMTP.Send is not valid"
    assert "page about it" not in diagnose(oauth("invalid_scope", scope)).remedy()
    refused = oauth("token_refused", "535 5.7.8 no (status 400, scope https://mail.google.com/)")
    assert "page about it" not in diagnose(refused).remedy()


def test_a_provider_with_hosts_for_its_regions_is_not_reduced_to_one() -> None:
    wrong = facts("dns", "dns_not_found", server="email-smtp.eu-east-1.amazonaws.com")
    assert "hosts such as email-smtp." in diagnose(wrong).remedy()


@pytest.mark.parametrize(
    ("server", "meant"),
    [
        ("smtp.gmial.com", "If Gmail is meant: it takes mail at smtp.gmail.com."),
        ("smtp.gmail.con", "If Gmail is meant: it takes mail at smtp.gmail.com."),
        ("smtp.office356.com", "it takes mail at smtp.office365.com."),
        ("smtp.yaho.com", "it takes mail at smtp.mail.yahoo.com."),
        ("smpt.ionos.de", "If IONOS is meant: it takes mail at smtp.ionos.de."),
    ],
)
def test_a_name_that_leads_nowhere_is_compared_with_those_of_the_providers(
    server: str, meant: str
) -> None:
    for failure in (facts("dns", "dns_not_found", server=server), timed_out(server)):
        assert meant in diagnose(failure).remedy()
    assert "のつもりであれば" in diagnose(timed_out(server)).remedy("ja")


@pytest.mark.parametrize(
    ("server", "sending"),
    [
        ("smtp.eu.mailgun.com", "smtp.eu.mailgun.org"),
        ("smtp.eu.mailgn.org", "smtp.eu.mailgun.org"),
        ("smtp.mailgun.com", "smtp.mailgun.org"),
        ("smtp.brevo.com", "smtp-relay.brevo.com"),
        ("mx.zoho.eu", "smtp.zoho.eu"),
        ("mx.zoho.com.au", "smtp.zoho.com.au"),
        ("mx.zoho.com", "smtp.zoho.com"),
        ("mx.yandex.ru", "smtp.yandex.ru"),
        ("api.eu.sparkpost.com", "smtp.eu.sparkpostmail.com"),
        ("email.eu-west-1.amazonaws.com", "email-smtp.eu-west-1.amazonaws.com"),
        ("mx00.ionos.co.uk", "smtp.ionos.co.uk"),
        ("mx1.mail.ovh.ca", "smtp.mail.ovh.ca"),
        ("acme-com.mail.protection.outlook.com", "smtp.office365.com"),
        ("smtp.zoho.de", "smtp.zoho.eu"),
    ],
)
def test_a_wrong_host_of_a_provider_leads_to_that_of_the_same_region(
    server: str, sending: str
) -> None:
    """D2: an account is known in its own region alone; no other provider's host is offered."""
    for failure in (facts("dns", "dns_not_found", server=server), timed_out(server)):
        remedy = diagnose(failure).remedy()
        assert {*re.findall(r"\b[\w-]+(?:\.[\w-]+)+", remedy)} - {server} == {sending}


def test_a_name_with_another_ending_than_that_of_a_provider_is_compared_as_well() -> None:
    """D2: where DNS does not know it; one that exists is somebody else's."""
    unknown = facts("dns", "dns_not_found", server="in-v3.mailjet.net")
    assert "If Mailjet is meant: it takes mail at in-v3.mailjet.com." in diagnose(unknown).remedy()
    for name in ("mandrill", "postmark"):
        remedy = diagnose(facts("dns", "dns_not_found", server=f"smtp.{name}.com")).remedy()
        assert f"is meant: it takes mail at smtp.{name}app.com." in remedy
    assert "is meant" not in diagnose(timed_out("in-v3.mailjet.net")).remedy()
    assert "is meant" not in diagnose(facts("dns", "dns_not_found", server="a.test.de")).remedy()


def test_a_provider_that_does_not_answer_is_told_with_its_other_ports() -> None:
    """T6: which a hosting company may let through."""
    silent = diagnose(timed_out("smtp.fastmail.com"))
    assert "Fastmail takes mail there at Port 465 (implicit TLS) as well" in silent.remedy()
    assert "「ポート」465" in silent.remedy("ja")
    assert "as well" not in diagnose(timed_out("smtp.example.com")).remedy()


@pytest.mark.parametrize(
    ("words", "addresses"),
    [("Network is unreachable", ("192.0.2.5",)), ("Network is unreachable", ("2001:db8::5",))],
)
def test_no_other_port_is_named_where_none_can_help(words: str, addresses: tuple[str, ...]) -> None:
    """T6: without a route, or without IPv6, nothing leads to the server."""
    known = {"error": words, "addresses": addresses}
    cut_off = diagnose(facts("connect", "unreachable", server="smtp.fastmail.com", **known))
    assert cut_off.field is None
    assert "as well, which may be let through" not in cut_off.remedy()


@pytest.mark.parametrize("kind", ["timeout", "refused"])
def test_a_private_address_to_which_a_name_led_is_told(kind: str) -> None:
    """T6: split DNS or a missing VPN is seen by it at once."""
    inside = {"addresses": ("10.20.0.15",)}
    led = diagnose(facts("connect", kind, server="mail.example.com", **inside))
    assert "The name led to 10.20.0.15, which is a private address" in led.remedy()
    assert "プライベートアドレス 10.20.0.15" in led.remedy("ja")
    for server in ("10.20.0.15", "mailserver", "mail.corp.local"):
        known = diagnose(facts("connect", kind, server=server, **inside))
        assert "The name led" not in known.remedy()


def test_of_several_addresses_the_one_that_shows_another_certificate_is_told() -> None:
    """T6: an AAAA record may lead to a machine that is not the mail server."""
    elsewhere = (shown("R11", "web01.hoster.example"),)
    both = ("2001:db8::25", "203.0.113.40")
    wrong = certificate(62, chain=elsewhere, addresses=both, reached=both[0])
    for language in ("en", "ja"):
        assert "2001:db8::25" in diagnose(wrong).remedy(language)
        alone = replace(wrong, addresses=both[:1])
        assert "2001:db8::25" not in diagnose(alone).remedy(language)


def test_what_a_provider_wants_as_the_password_is_called_as_the_provider_calls_it() -> None:
    """T6: so that the admin finds it in the settings of the account."""
    refused = diagnose(said("auth", "535 5.7.0 Incorrect password", server="smtp.mail.att.net"))
    assert "AT&T calls what Password takes “secure mail key”." in refused.remedy()
    assert "“secure mail key”" in refused.remedy("ja")
    other = diagnose(said("auth", "535 5.7.0 Incorrect password", server="smtp.fastmail.com"))
    assert "calls what" not in other.remedy()


def test_a_request_ends_before_the_mark_of_the_server() -> None:
    full = said("mail_from", "550 5.7.1 Please contact your owner of mail policies x1 - gsmtp")
    assert diagnose(full).remedy().endswith("owner of mail policies”.")


def timed_out(server: str) -> Facts:
    """No connection to `server`."""
    return facts("connect", "timeout", server=server)


@pytest.mark.parametrize(
    "server",
    ["smtp.example.com", "smtp.gmail.com", "mail.wpp.pl", "mailhost", "192.0.2.1", "smtp.gmail.de"],
)
def test_a_name_like_none_of_theirs_is_not(server: str) -> None:
    assert "is meant" not in diagnose(timed_out(server)).remedy()


def test_a_name_that_answers_is_taken_as_it_is() -> None:
    refused = said("banner", "554 5.7.1 Access denied", server="smtp.gmial.com")
    assert "is meant" not in diagnose(refused).remedy()


@pytest.mark.parametrize("stage", ["banner", "ehlo", "auth", "mail_from"])
def test_another_server_that_is_named_is_handed_on_with_a_warning(stage: str) -> None:
    """T6: and no field is changed for it, for whoever stands in between may have named it."""
    moved = diagnose(said(stage, "550 5.7.1 Closed down, please use smtp2.example.net instead"))
    assert "The server names another mail server, smtp2.example.net: make sure" in moved.remedy()
    assert "別のメールサーバー smtp2.example.net" in moved.remedy("ja")
    assert not moved.offer


def test_a_page_that_a_request_names_is_told_once() -> None:
    """T6: the server's own instruction stands in the remedy, and not a second time beside it."""
    remedy = diagnose(
        said("auth", "535 Please change your password at https://example.net/pw")
    ).remedy()
    assert remedy.count("https://example.net/pw") == 1


def test_a_code_of_microsoft_entra_comes_with_the_page_that_explains_it() -> None:
    refused = diagnose(oauth("invalid_grant", "invalid_grant: AADSTS9999999: Something new."))
    page = "https://login.microsoftonline.com/error?code=9999999"
    assert refused.remedy().endswith(page)
    assert refused.remedy("ja").endswith(page)


def test_a_certificate_for_other_names_is_told_by_some_of_them() -> None:
    """T6: so that the admin sees whose server answered."""
    mine = facts("tls", "certificate", verify_code=62)
    other = replace(shown("R11"), names=("a.example", "b.example", "c.example", "d.example"))
    cause = diagnose(replace(mine, chain=(other,))).cause()
    assert cause.endswith("but for a.example, b.example, c.example.")
    assert diagnose(mine).cause().endswith("but for other names.")


def test_a_page_that_a_token_endpoint_sends_to_is_handed_on_and_no_scope() -> None:
    expired = "invalid_client: expired. Visit the portal to make a new one: https://aka.example/new"
    assert "https://aka.example/new" in diagnose(oauth("invalid_client", expired)).remedy()
    scope = "invalid_scope: https://mail.example/send is not valid"
    assert "https://mail.example" not in diagnose(oauth("invalid_scope", scope)).remedy()


def test_a_refused_login_says_what_its_provider_wants_of_everybody() -> None:
    """T6: what the page says beforehand stands in the remedy as well, in the language of each."""
    refused = diagnose(said("auth", "535 Login failed", server="smtp.rambler.ru"))
    assert "Switch on access for mail programs in the mail settings first" in refused.remedy()
    assert "メールソフト" in refused.remedy("ja")
    again = Diagnosis.from_json(refused.to_json())
    assert again.remedy() == refused.remedy()
    unknown = diagnose(said("auth", "535 Login failed")).remedy()
    assert unknown.endswith("which of the two it refused, and why.")


@pytest.mark.parametrize(
    ("server", "meant"),
    [
        ("stmp.daum.net", "smtp.daum.net"),
        ("smpt.web.de", "smtp.web.de"),
        ("mial.firma.example", "mail.firma.example"),
        ("smt.firma.example", "smtp.firma.example"),
        ("smtpp.firma.example", "smtp.firma.example"),
    ],
)
def test_a_slip_in_the_first_part_of_a_name_is_told(server: str, meant: str) -> None:
    """T6: what is misspelt is easily overlooked."""
    unknown = diagnose(facts("dns", "dns_not_found", server=server))
    assert f"{meant} may be meant" in unknown.remedy()
    assert meant in unknown.remedy("ja")


@pytest.mark.parametrize(
    "server", ["smtp.firma.example", "mail2.firma.example", "mx.firma.example"]
)
def test_a_name_that_is_called_as_mail_servers_are_is_no_slip(server: str) -> None:
    """T6."""
    assert "may be meant" not in diagnose(facts("dns", "dns_not_found", server=server)).remedy()


@pytest.mark.parametrize(
    ("server", "meant"),
    [
        ("stmp.daum.net", "smtp.daum.net"),
        ("smtp.hanmail.net", "smtp.daum.net"),
        ("smtp.hanmail.com", "smtp.daum.net"),
        ("smtp.mail.web.de", "smtp.web.de"),
        ("smpt.web.de", "smtp.web.de"),
        ("smtp.naver.net", "smtp.naver.com"),
    ],
)
def test_a_name_of_a_network_leads_to_the_provider_whose_domain_it_is(
    server: str, meant: str
) -> None:
    """P2, T6: Naver's network answers for Daum, GMX's for WEB.DE; their passwords are others."""
    unknown = diagnose(facts("dns", "dns_not_found", server=server))
    assert f"takes mail at {meant}" in unknown.remedy()


@pytest.mark.parametrize(
    ("words", "server"),
    [
        ("User's mailbox has moved to Microsoft 365", "smtp.office365.com"),
        ("mailbox was migrated to Zoho.", "smtp.zoho.com"),
    ],
)
def test_where_a_mailbox_has_moved_is_told_with_the_server_there(words: str, server: str) -> None:
    """T6: the server names the other provider, whose mail server is known."""
    moved = diagnose(said("auth", f"535 {words}", server="smtpout.secureserver.net"))
    assert (moved.id, moved.field) == ("auth-other-region", "server")
    assert server in moved.remedy()
    assert "moved-to" not in diagnose(said("auth", "535 mailbox has moved to mail2")).hints


@pytest.mark.parametrize("left", ["2 attempts remaining before lockout", "Noch 2 Versuche"])
def test_few_attempts_that_are_left_are_a_warning(left: str) -> None:
    """T6: the next wrong password locks the account."""
    refused = diagnose(said("auth", f"535 5.7.8 Username or password incorrect, {left}"))
    assert refused.field == "password"
    assert "be sure of the password before the next attempt" in refused.remedy()


def test_who_writes_to_the_own_domain_is_told_that_its_mailboxes_may_be_elsewhere() -> None:
    """D2: a web host that has the domain as well takes itself for the home of its mail."""
    refused = "550 5.1.1 No Such User Here"
    inside = diagnose(said("rcpt_to", refused, recipient="info@test.example"))
    assert "Email Routing" in inside.remedy()
    assert "Email Routing" in inside.remedy("ja")
    assert "Email Routing" not in diagnose(said("rcpt_to", refused)).remedy()
    stranger = diagnose(said("rcpt_to", refused, recipient="info@test.example", username=""))
    assert "Email Routing" not in stranger.remedy()


def test_who_meets_a_limit_of_no_known_span_is_told_the_usual_ones() -> None:
    """T6: and nobody is told them beside the server's own."""
    unnamed = diagnose(said("data", "451 4.7.1 Sending limit exceeded"))
    assert "limit-unnamed" in unnamed.hints
    for words in ("Daily sending limit exceeded", "Sending limit exceeded, retry in 5 minutes"):
        assert "does not say" not in diagnose(said("data", f"451 4.7.1 {words}")).remedy()
    counted = diagnose(
        said("data", "451 4.7.1 You exceeded the number of emails you can send in 24 hours")
    )
    assert "limit-day" in counted.hints
