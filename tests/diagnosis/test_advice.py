"""What is advised where the provider or the server at the other end is known (SPEC T6)."""

from __future__ import annotations

from typing import Any

import pytest

from smtp_panel.diagnosis.diagnosis import diagnose
from smtp_panel.smtp.facts import Facts
from tests.diagnosis.examples import CLEAR, IMPLICIT, NO_LOGIN, facts, said, tls

MX: dict[str, Any] = {**NO_LOGIN, "port": 25}
IMPLICIT_587: dict[str, Any] = {**IMPLICIT, "port": 587}
LOCAL = "www-data@srv-web01"


@pytest.mark.parametrize(
    ("server", "wanted"),
    [
        ("smtp.sendgrid.net", "the literal word apikey"),
        ("smtp.fastmail.com", "app password"),
        ("smtp.protonmail.ch", "SMTP token"),
        ("smtp.mail.me.com", "app-specific password"),
        ("smtp.postmarkapp.com", "Server API token"),
        ("smtp.mail.yahoo.com", "app password"),
    ],
)
@pytest.mark.parametrize(
    "failure",
    [
        "mail_from 530 5.7.1 Authentication required",
        "rcpt_to 550 5.7.1 Relaying denied",
        "mail_from 550 No",
        "rcpt_to 550 No",
    ],
)
def test_who_has_not_logged_in_is_told_what_the_provider_takes(
    server: str, wanted: str, failure: str
) -> None:
    """T6: as who has, with a wrong password."""
    stage, _, reply = failure.partition(" ")
    diagnosis = diagnose(said(stage, reply, server=server, **NO_LOGIN))
    assert wanted in diagnosis.remedy()
    assert "login" in diagnosis.cause()
    assert "administrator" not in diagnosis.remedy()


@pytest.mark.parametrize("server", ["smtp.sendgrid.net", "smtp.strato.de"])
def test_a_service_that_takes_a_message_for_spam_is_not_asked_first(server: str) -> None:
    """T6: the message can be changed at once, and says more than its support."""
    refused = diagnose(said("data", "550 5.7.1 Message rejected as spam", server=server))
    assert refused.id == "policy-content-rejected-by-provider"
    assert refused.remedy().startswith("Send real text")
    own = diagnose(said("data", "550 5.7.1 Message rejected as spam"))
    assert own.id == "policy-content-rejected"


@pytest.mark.parametrize(
    "reply",
    [
        "535 5.7.8 Error: Your message looks like spam. You need to use web for sending or prove"
        " you are not a robot using the following link http://ya.cc/_aZ3F",
        "535 5.7.8 This account's mail looks like spam",
    ],
)
def test_an_account_held_for_spam_is_not_sent_for_an_app_password(reply: str) -> None:
    """T6: the password was not refused."""
    held = diagnose(said("auth", reply, server="smtp.yandex.com"))
    assert (held.id, held.field, held.scope) == ("policy-account-held-for-spam", None, "service")
    assert "app password" not in held.remedy()
    assert "less" in held.remedy()


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.7.1 The IP you're using to send mail is not authorized to send email directly to our"
        " servers. Please use the SMTP relay at your service provider instead.",
        "550 Your IP is listed in Spamhaus PBL",
        "550 5.7.1 Residential address, use the mail server of your provider",
        "550 5.7.1 Dial-up IP rejected",
    ],
)
def test_who_may_not_hand_mail_over_directly_is_sent_to_a_submission_server(reply: str) -> None:
    """T6: no list takes the address of a home line off for long."""
    for stage in ("mail_from", "data"):
        refused = diagnose(said(stage, reply, **MX))
        assert (refused.id, refused.field) == ("policy-dynamic-address", "server")
        assert refused.remedy().startswith("Enter in Mail server the submission server")


@pytest.mark.parametrize(
    "reply",
    [
        "550 Verification failed for <www-data@srv-web01> Unrouteable address Sender verify failed",
        "550 5.1.0 <www-data@srv-web01> sender rejected",
        "550 5.1.0 <www-data@srv-web01>: Sender address rejected: User unknown",
    ],
)
def test_a_sender_at_the_bare_name_of_a_machine_is_told_as_such(reply: str) -> None:
    """T6: no mailbox can be made there."""
    refused = diagnose(said("rcpt_to", reply, sender=LOCAL, **MX))
    assert refused.id == "mail-from-domain-incomplete"
    whole = diagnose(said("rcpt_to", "550 5.1.0 sender rejected", **MX))
    assert whole.id != "mail-from-domain-incomplete"


@pytest.mark.parametrize(
    ("server", "reply"),
    [
        (
            "d1.a.ess.barracudanetworks.com",
            "550 permanent failure for one or more recipients (bob@example.org:blocked)",
        ),
        ("eu-smtp-inbound-1.mimecast.com", "550 Administrative prohibition - envelope blocked"),
        ("mx1.hc1.iphmx.com", "554 Denied by policy"),
        ("mxa-00112233.gslb.pphosted.com", "550 5.7.1 Rejected due to policy restriction"),
    ],
)
@pytest.mark.parametrize("stage", ["rcpt_to", "data"])
def test_the_policy_of_a_gateway_is_not_told_as_the_mailboxs(
    server: str, reply: str, stage: str
) -> None:
    """T6: only its administrator sees what it did, and can let the mail through."""
    blocked = diagnose(said(stage, reply, server=server, **MX))
    assert (blocked.id, blocked.field) == ("policy-gateway-of-recipient", None)
    assert "gateway" in blocked.cause()


def test_what_a_gateway_quotes_of_the_server_behind_it_goes_first() -> None:
    """T6: the recipient does not exist there."""
    reply = "550 permanent failure for one or more recipients (bob@x.test:550 5.1.1 user unknown)"
    server = "d1.a.ess.barracudanetworks.com"
    assert diagnose(said("data", reply, server=server, **MX)).id == "rcpt-user-unknown"


def _mechanisms(*names: str, **known: Any) -> Facts:
    lines = (f"AUTH {' '.join(names)}", "STARTTLS")
    return facts("auth", "not_offered", mechanisms=names, offered=lines, **known)


def test_a_login_that_comes_with_tls_is_not_given_up_before_it() -> None:
    """T6: in clear text many servers offer what sends no password alone."""
    offered = ("CRAM-MD5", "DIGEST-MD5", "NTLM")
    first = diagnose(_mechanisms(*offered, **CLEAR))
    assert (first.id, first.field) == ("auth-not-offered-before-tls", "tls")
    assert diagnose(_mechanisms(*offered)).id == "auth-only-ntlm-gssapi"
    assert diagnose(_mechanisms("PLAIN", **CLEAR)).field == "auth"


@pytest.mark.parametrize("server", ["smtp.web.de", "mail.gmx.net"])
def test_a_rule_of_policy_is_no_missing_mailbox(server: str) -> None:
    """T6: United Internet puts both into one reply."""
    reply = "550 Requested action not taken: mailbox unavailable Reject due to policy restrictions"
    assert diagnose(said("data", reply, server=server)).id == "policy-refused-by-mailbox-provider"


def test_a_code_of_netease_for_two_senders_is_told_as_one_about_from() -> None:
    """T6: it stands for an envelope sender that is another than From."""
    refused = diagnose(said("data", "554 DT:SUM 163 smtp2,x", server="smtp.163.com"))
    assert (refused.id, refused.field) == ("mail-from-own-mailbox-only", "sender")


def test_the_relay_of_google_that_does_not_know_this_machine_is_told_so() -> None:
    """T6: it takes mail without a login from the addresses that were entered there."""
    reply = "550 5.7.0 Mail relay denied [203.0.113.5]. Invalid credentials for relay"
    denied = diagnose(said("mail_from", reply, server="smtp-relay.gmail.com", **NO_LOGIN))
    assert (denied.id, denied.field) == ("policy-gmail-relay-invalid-credentials", None)


def test_no_gap_is_left_where_nothing_is_known_of_the_provider() -> None:
    """T6: the sentences read on."""
    for stage in ("mail_from", "rcpt_to", "data"):
        refused = diagnose(said(stage, "550 5.7.1 Relaying denied", **NO_LOGIN))
        for language in ("en", "ja"):
            assert "  " not in refused.remedy(language)


def test_a_wrong_host_of_a_provider_leads_to_the_port_that_was_right() -> None:
    """T6: one thing is to be changed."""
    for port in (587, 465):
        slip = diagnose(facts("dns", "dns_not_found", server="smpt.gmail.com", port=port))
        assert f"takes mail at smtp.gmail.com, Port {port}." in slip.remedy()


def test_what_is_asked_of_programs_is_not_handed_on_to_people() -> None:
    """T6: nobody can enter LHLO anywhere."""
    refused = diagnose(said("ehlo", "500 5.5.1 This is a LMTP server, use LHLO", port=2525))
    assert "itself asks" not in refused.remedy()


def test_a_catcher_that_says_what_it_is_is_no_relay() -> None:
    """T6: it delivers nothing."""
    greeted = {"greeting": "mailpit Mailpit ESMTP Service ready", "port": 1025}
    refused = diagnose(facts("starttls", "not_offered", **greeted, **NO_LOGIN))
    assert refused.id == "starttls-not-offered-by-catcher"


def test_a_provider_that_begins_in_clear_text_is_not_taken_for_a_catcher() -> None:
    """T6: it has STARTTLS at this port."""
    early = diagnose(tls("WRONG_VERSION_NUMBER", server="smtp.mail.me.com", **IMPLICIT_587))
    assert (early.id, early.field) == ("tls-implicit-at-provider", "tls_start")
    assert "unticked" not in early.remedy()


def test_a_recipient_that_microsoft_365_does_not_know_may_be_elsewhere() -> None:
    """T6: mailboxes on a server of the company's own are unknown there until that is set up."""
    reply = "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)"
    unknown = diagnose(said("rcpt_to", reply, server="a-de.mail.protection.outlook.com", **MX))
    assert (unknown.id, unknown.scope) == ("rcpt-unknown-at-microsoft", "recipient")
    assert diagnose(said("rcpt_to", reply)).id == "rcpt-user-unknown"


@pytest.mark.parametrize("stage", ["mail_from", "rcpt_to"])
def test_who_is_logged_in_at_a_provider_is_not_sent_to_its_submission_server(stage: str) -> None:
    """T6: that is where the mail was taken for spam."""
    spam = said(stage, "550 spam message rejected", server="smtp.mail.ru", port=465)
    assert diagnose(spam).id == "policy-account-seen-as-spam"
    assert "submission" not in diagnose(spam).remedy()


def test_a_mailbox_provider_that_suspects_a_message_for_now_says_what_to_change() -> None:
    """T6: and the same message may pass later."""
    reply = "421 4.7.0 Our system has detected that this message is suspicious. - gsmtp"
    held = diagnose(said("data", reply, server="smtp.gmail.com"))
    assert (held.id, held.retryable) == ("policy-refused-by-mailbox-provider", True)
    assert not diagnose(said("data", "550 5.7.1 Spam", server="smtp.gmail.com")).retryable


def test_the_page_of_one_provider_is_told_to_nobody_else() -> None:
    """T6: Zoho alone lifts its blocks there."""
    reply = "550 5.4.6 Unusual sending activity detected. Please try after sometime."
    assert "UnblockMe" in diagnose(said("data", reply, server="smtp.zoho.in")).remedy()
    assert "Zoho" not in diagnose(said("data", reply, server="smtp.yandex.ru")).remedy()


def test_who_has_not_logged_in_at_azure_is_not_told_that_the_user_name_is_wrong() -> None:
    """T6: there is none."""
    reply = "530 5.7.57 Client not authenticated"
    refused = diagnose(said("mail_from", reply, server="smtp.azurecomm.net", **NO_LOGIN))
    assert refused.id == "mail-from-authentication-required"


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.7.1 [192.0.2.5 18] Our system has detected that this message is likely suspicious"
        " due to the very low reputation of the sending domain. To best protect our users from"
        " spam, the message has been blocked.",
        "550 5.7.1 Sender domain has poor reputation",
        "554 5.7.1 Sender domain example.org has a bad reputation (Talos)",
        "550 5.7.1 The reputation of your domain is too low",
        "554 5.7.1 Email rejected per SPAM policy, domain reputation",
    ],
)
def test_the_reputation_of_a_domain_is_no_list_that_takes_it_off(reply: str) -> None:
    """T6: another address of the same domain, or the receiver's support, does not help."""
    refused = diagnose(said("data", reply, server="aspmx.l.google.com", **MX))
    assert (refused.id, refused.stage) == ("policy-domain-reputation", "policy")
    assert (refused.field, refused.scope, refused.retryable) == (None, "sender", False)
    assert "DKIM" in refused.remedy()
    assert "support of" not in refused.remedy()


def test_the_reputation_of_an_address_or_a_list_is_still_told_as_that() -> None:
    """D2."""
    address = "550 5.7.1 likely suspicious due to the very low reputation of the sending IP address"
    assert diagnose(said("data", address, **MX)).id == "policy-spamhaus-listed"
    listed = "554 5.7.1 Sender address [app@test.example] blocked using dbl.spamhaus.org"
    assert diagnose(said("data", listed, **MX)).id == "mail-from-blacklisted"
    held = "421 4.7.0 suspicious due to the low reputation of the sending domain"
    assert diagnose(said("data", held, **MX)).retryable


@pytest.mark.parametrize("reply", ["domain test.example is newly registered", "newly seen domain"])
def test_a_new_domain_is_told_to_wait_and_no_list_is_named(reply: str) -> None:
    """T6: it grows older by itself."""
    refused = diagnose(said("mail_from", f"550 5.7.1 {reply}", **MX))
    assert (refused.id, refused.scope) == ("policy-domain-too-new", "sender")
    assert "list" not in refused.cause()


@pytest.mark.parametrize(
    "server", ["smtp.ionos.com", "smtp.web.de", "mx00.gmx.net", "mail.gmx.net"]
)
@pytest.mark.parametrize("code", ["hd", "hi"])
def test_a_fault_of_the_header_that_a_link_tells_by_its_code_is_told(
    server: str, code: str
) -> None:
    """D2: GMX, WEB.DE, mail.com and IONOS write the reason as c= into the address of the page."""
    words = "554 Transaction failed Reject due to policy restrictions. For explanation visit"
    refused = diagnose(
        said("data", f"{words} https://{server}/x?ip=192.0.2.5&c={code}", server=server)
    )
    assert (refused.id, refused.scope) == ("data-missing-message-id", "message")
    assert "Date, To" in refused.remedy()


def test_a_missing_header_is_no_missing_text() -> None:
    """D2."""
    for header in ("a To header", "the Date: field", "valid Message-ID"):
        refused = diagnose(said("data", f"554 5.7.1 Your message is missing {header}"))
        assert refused.id == "data-missing-message-id", header


def test_the_code_of_yahoo_for_a_domain_that_nothing_vouches_for_is_told_as_dmarc() -> None:
    """D2: its page of error codes says so, its words do not."""
    words = "554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com"
    refused = diagnose(said("data", words, server="mta6.am0.yahoodns.net", **MX))
    assert (refused.id, refused.scope) == ("policy-dmarc-of-this-machine", "sender")


@pytest.mark.parametrize(
    ("server", "inbound"),
    [
        ("cluster1.eu.messagelabs.com", True),
        ("eu-smtp-inbound-1.mimecast.com", True),
        ("mx1-us1.ppe-hosted.com", True),
        ("mxa-0012ab01.gslb.pphosted.com", True),
        ("d12345a.ess.barracudanetworks.com", True),
        ("d1.a.ess.barracudanetworks.com", True),
        ("mx1.hc1.iphmx.com", True),
        ("acme.in.tmes.trendmicro.eu", True),
        ("mx-01-eu-west-1.prod.hydra.sophos.com", True),
        ("mx01.hornetsecurity.com", True),
        ("eu-smtp-outbound-1.mimecast.com", False),
        ("acme.relay.tmes.trendmicro.eu", False),
        ("d1.o.ess.barracudanetworks.com", False),
        ("outbound-us1.ppe-hosted.com", False),
    ],
)
def test_the_host_of_a_gateway_for_incoming_mail_leads_to_that_for_outgoing(
    server: str, inbound: bool
) -> None:
    """T6: the portal of the filter names another one, and registering is not enough."""
    refused = diagnose(said("rcpt_to", "550 5.7.1 Relaying denied", server=server, **MX))
    wanted = "rcpt-relay-denied-by-gateway" + ("-inbound" if inbound else "")
    assert refused.id == wanted
    assert refused.remedy().startswith("Change Mail server") is inbound


@pytest.mark.parametrize(
    ("server", "reply"),
    [
        (
            "mta6.am0.yahoodns.net",
            "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.5, because the ip is in"
            " Spamhaus's list; see http://postmaster.yahoo.com/550-bl23",
        ),
        (
            "aspmx.l.google.com",
            "550 5.7.1 likely suspicious due to the very low reputation of the sending IP address",
        ),
        (
            "outlook-com.olc.protection.outlook.com",
            "550 5.7.1 Unfortunately, messages from [192.0.2.5] weren't sent. Please contact your"
            " Internet service provider since part of their network is on our block list (S3150).",
        ),
    ],
)
def test_nobody_is_sent_to_the_support_of_a_large_receiver(server: str, reply: str) -> None:
    """T6: it has a page for senders at most, and a submission server helps at once."""
    refused = diagnose(said("mail_from", reply, server=server, **MX))
    assert (refused.id, refused.scope) == ("policy-address-distrusted-by-receiver", "service")
    assert refused.remedy().startswith("Best send with a login through your provider's")
    assert "support" not in refused.remedy()
