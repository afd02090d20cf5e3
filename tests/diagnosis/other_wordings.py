"""Refusals that are not in the list of faults: other providers, other words, other languages.

Each group has one outcome: the entry, the stage (None: where it was said), the field, whether to
try again, and the refusals, as "stage reply".
"""

from __future__ import annotations

from typing import Any, NamedTuple

from smtp_panel.smtp.facts import Facts
from tests.diagnosis.examples import CLEAR, GMAIL, M365, NO_LOGIN, said

NETEASE = {"server": "smtp.163.com"}
MX_QQ = {"server": "mx3.qq.com", **NO_LOGIN}
GB = "gb18030"


def at(server: str) -> dict[str, Any]:
    """A server of this name."""
    return {"server": server}


def misread(words: str, charset: str) -> str:
    """Words in this character set as they look when read as Latin-1."""
    return words.encode(charset).decode("latin-1")


class Outcome(NamedTuple):
    """What a group of refusals comes to."""

    id: str
    stage: str | None
    field: str | None
    retryable: bool
    refusals: list[tuple[str, dict[str, Any]] | str]


def cases() -> list[tuple[Outcome, Facts]]:
    """Every refusal, with its outcome."""
    found = []
    for outcome in OUTCOMES:
        for refusal in outcome.refusals:
            words, known = (refusal, {}) if isinstance(refusal, str) else refusal
            stage, _, reply = words.partition(" ")
            found.append((outcome, said(stage, reply, **known)))
    return found


OUTCOMES = [
    Outcome(
        "rcpt-unrouteable",
        None,
        None,
        False,
        [
            "rcpt_to 550 Unrouteable address",
        ],
    ),
    Outcome(
        "rcpt-wants-signed-in-senders",
        None,
        None,
        False,
        [
            "rcpt_to 550 5.7.133 sender is not authenticated for group",
            (
                "data 550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication"
                " required",
                {**NO_LOGIN, **at("test-example.mail.protection.outlook.com")},
            ),
            "rcpt_to 550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; "
            "authentication required; Delivery restriction check failed because "
            "the sender was not authenticated when sending to this group",
            ("rcpt_to 550 5.7.1 RESOLVER.RST.AuthRequired; authentication required", NO_LOGIN),
            "rcpt_to 550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication"
            " required",
        ],
    ),
    Outcome(
        "policy-anti-spoofing",
        "policy",
        None,
        False,
        [
            "data 550 Rejected by header based Anti-Spoofing policy",
        ],
    ),
    Outcome(
        "policy-data-protection",
        "policy",
        None,
        False,
        [
            "data 554 5.7.1 Blocked by DLP policy: credit card number detected",
        ],
    ),
    Outcome(
        "server-short-of-means",
        None,
        None,
        True,
        [
            "mail_from 452 space shortage, please try later",
            "mail_from 452 4.3.1 Insufficient system resources"
            " (UsedDiskSpace[D:\\Exchange\\Mailbox])",
        ],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            "rcpt_to 550 5.7.1 Email rejected: recipient quota of sender reached (100/day)",
        ],
    ),
    Outcome(
        "policy-data-protection",
        "policy",
        None,
        False,
        [
            "data 550 5.7.1 Message rejected by the agent: missing classification label",
        ],
    ),
    Outcome(
        "mail-from-blacklisted",
        None,
        "sender",
        False,
        [
            "mail_from 550 5.7.1 Domain of sender is on the local reject list of this server",
        ],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        [
            "rcpt_to 554 5.7.1 Recipient rejected by sieve script: closed",
            "rcpt_to 550 5.7.1 Sender ada@test.example is not a member of the list"
            " staff@example.org",
        ],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        [
            "data 550 5.7.1 Bayes poison detected",
        ],
    ),
    Outcome(
        "server-filter-down",
        None,
        None,
        True,
        [
            "data 451 4.3.2 ClamAV: unable to contact daemon",
            "data 451 4.7.1 rspamd: connection refused by upstream",
        ],
    ),
    Outcome(
        "mail-from-501-bad-sender-syntax",
        None,
        "sender",
        False,
        [
            "mail_from 550 5.1.7 The sender address contains invalid characters",
        ],
    ),
    Outcome(
        "data-552-line-too-long",
        None,
        None,
        False,
        [
            "data 550 5.6.0 Lines longer than 998 characters found",
        ],
    ),
    Outcome(
        "policy-address-not-allowed",
        "policy",
        None,
        False,
        [
            "auth 550 5.7.1 Mail client login is forbidden outside the office network",
        ],
    ),
    Outcome(
        "policy-attachment-refused",
        "policy",
        None,
        False,
        [
            "data 554 5.7.1 Invalid attachment name: invoice.pdf.exe",
        ],
    ),
    Outcome(
        "mail-from-sender-mailbox-unknown",
        None,
        "sender",
        False,
        [
            "mail_from 550 Absenderadresse existiert nicht auf diesem Server",
            "mail_from 550 5.1.0 Address app@test.example does not exist in this domain;"
            " create the mailbox first",
        ],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        [
            "mail_from 553 5.7.1 Your account is only allowed to use the envelope sender"
            " ada@test.example",
        ],
    ),
    Outcome(
        "server-filter-down",
        None,
        None,
        True,
        [
            "data 450 4.7.0 Message deferred: content scanner queue is full",
            "data 451 4.7.1 Antivirus database out of date, refusing mail",
        ],
    ),
    Outcome(
        "server-look-up-down",
        None,
        None,
        True,
        [
            "rcpt_to 451 4.3.0 MySQL error: too many connections",
        ],
    ),
    Outcome(
        "policy-own-domain-from-outside",
        "policy",
        None,
        False,
        [
            (
                "rcpt_to 550 5.7.1 Sender and recipient domains are identical but the client"
                " is not allowed",
                {**NO_LOGIN, "recipient": "info@test.example"},
            ),
        ],
    ),
    Outcome(
        "server-short-of-means",
        None,
        None,
        True,
        [
            "mail_from 452 4.3.1 Недостаточно места на диске сервера",
        ],
    ),
    Outcome(
        "policy-reverse-dns",
        "policy",
        None,
        False,
        [
            ("rcpt_to 550 5.7.1 Nao foi possivel verificar o DNS reverso do seu IP", NO_LOGIN),
        ],
    ),
    Outcome(
        "rcpt-domain-not-allowed",
        None,
        None,
        False,
        [
            "rcpt_to 553 5.7.1 Das Versenden an externe Empfänger ist für dieses Konto gesperrt",
            "rcpt_to 550 5.7.1 Envoi refusé : destinataires externes non autorisés",
            "rcpt_to 550 社外へのメール送信は許可されていません",
            "rcpt_to 550 禁止向外域发送邮件",
        ],
    ),
    Outcome(
        "policy-attachment-refused",
        "policy",
        None,
        False,
        [
            "data 554 5.3.0 Content filter: archive nested too deeply, cannot scan",
        ],
    ),
    Outcome(
        "server-set-up-wrongly",
        None,
        None,
        True,
        [
            "data 550 server configuration error",
            "rcpt_to 450 4.7.1 <bob@example.org>: Recipient address rejected: Policy server did"
            " not respond",
        ],
    ),
    Outcome(
        "server-trouble",
        None,
        None,
        True,
        [
            "data 554 Internal server error",
            "data 550 Internal error reading data",
            "mail_from 421 unable to read controls (#4.3.0)",
        ],
    ),
    Outcome(
        "policy-limit-of-client",
        "policy",
        None,
        True,
        [
            "rcpt_to 554 5.7.1 Too many messages from your IP address in the last hour",
            "rcpt_to 452 #4.7.1 Too many recipients received this hour from 10.0.3.17",
            "mail_from 421 4.4.2 Message submission rate for this client has exceeded the"
            " configured limit",
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            "rcpt_to 550 User ada is not allowed to send mail: blocked_usernames",
        ],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            "data 552 5.2.2 Quota d'envoi depasse pour l'utilisateur ada@test.example,"
            " reessayez demain",
        ],
    ),
    Outcome(
        "rcpt-mailbox-full",
        None,
        None,
        True,
        [
            ("rcpt_to 550 user has exceeded quota, bouncing mail", NO_LOGIN),
            "rcpt_to 552 5.2.2 <bob@example.org> would be over the allowed quota",
        ],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        [
            "mail_from 511 sorry, can't find a valid MX for sender domain (#5.1.1 - chkuser)",
        ],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        True,
        [
            "rcpt_to 421 Refused. The domain of your sender address has no mail exchanger (MX).",
        ],
    ),
    Outcome(
        "rcpt-unverified-for-now",
        None,
        None,
        True,
        [
            "rcpt_to 451 Could not complete recipient verify callout",
        ],
    ),
    Outcome(
        "policy-address-not-allowed",
        "policy",
        None,
        False,
        [
            (
                "rcpt_to 550 5.7.1 <app@test.example>: Sender IP 203.0.113.7 is not registered"
                " as an outbound server",
                NO_LOGIN,
            ),
        ],
    ),
    Outcome(
        "rcpt-domain-not-allowed",
        None,
        None,
        False,
        [
            "rcpt_to 554 5.7.1 <ada@test.example>: Sender address rejected: account may only"
            " send to internal recipients",
        ],
    ),
    Outcome(
        "policy-attachment-refused",
        "policy",
        None,
        False,
        [
            "data 554 5.7.1 Zalacznik o niedozwolonym typie (exe) zostal odrzucony",
        ],
    ),
    Outcome(
        "login-at-next-server",
        None,
        None,
        False,
        [
            "rcpt_to 550 5.4.6 Unable to relay: authentication failed; server smtp.isp.example"
            " said: 535 5.7.8",
        ],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        [("auth 550 User has no permission", NETEASE)],
    ),
    Outcome(
        "mail-from-send-as",
        None,
        "sender",
        False,
        [
            "data 554 5.2.252 SendAsDenied; ada@x not allowed to send as bob@y",
            "data 554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException",
        ],
    ),
    Outcome(
        "policy-dmarc-of-this-machine",
        "policy",
        "sender",
        False,
        [
            (
                "data 554 5.7.9 Message not accepted for policy reasons.",
                {**NO_LOGIN, "server": "mta5.am0.yahoodns.net", "port": 25},
            ),
        ],
    ),
    Outcome(
        "policy-domain-too-new",
        "policy",
        None,
        False,
        ["rcpt_to 554 5.7.1 Rejected: sender domain example.org is newly registered"],
    ),
    Outcome(
        "policy-domain-reputation",
        "policy",
        None,
        False,
        ["data 550 5.7.1 suspicious due to the very low reputation of the sending domain."],
    ),
    Outcome(
        "policy-spamhaus-listed",
        "policy",
        None,
        False,
        [("mail_from 554 5.7.1 Your mail server 192.0.2.1 is rejected by UDNSBL", NO_LOGIN)],
    ),
    Outcome(
        "rcpt-unverified-for-now",
        None,
        None,
        True,
        [
            "rcpt_to 451 4.4.0 Primary target IP address responded with: 421 Connection timed out",
        ],
    ),
    Outcome("server-trouble", None, None, True, ["data 550 5.3.0 can't create (user) output file"]),
    Outcome(
        "mail-from-552-size", None, None, False, ["data 552 Taille limite du message atteinte"]
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        [
            "rcpt_to 553 5.7.1 Sorry, this address is for internal use",
            "rcpt_to 554 5.7.1 Recipient address rejected: Sender is not in address book of ada",
        ],
    ),
    Outcome(
        "mail-from-sender-rejected",
        None,
        "sender",
        False,
        [("rcpt_to 550 Denied: email address is on SenderFilterConfig list", NO_LOGIN)],
    ),
    Outcome(
        "server-filter-down",
        None,
        None,
        True,
        [
            "data 451 4.6.0 Message could not be processed by the content filter in time",
        ],
    ),
    Outcome(
        "mail-from-smtputf8-missing",
        None,
        "sender",
        False,
        ["data 553 5.6.7 Downgrade needed but not possible"],
    ),
    Outcome(
        "general-mail_from-reply",
        None,
        "sender",
        False,
        [
            "mail_from 550 5.7.1 You may only send from your primary domain",
            ("mail_from 550 RFC 1035 violation: recursive CNAME records for a.test", NO_LOGIN),
        ],
    ),
    Outcome(
        "general-rcpt_to-reply",
        "policy",
        None,
        False,
        ["rcpt_to 550 5.7.1 Outgoing mail to this TLD is not permitted on this plan"],
    ),
    Outcome(
        "policy-reverse-dns",
        "policy",
        None,
        False,
        [
            "mail_from 550 5.7.1 No connections from servers without a valid sender domain",
        ],
    ),
    Outcome(
        "server-trouble", None, None, True, ["rcpt_to 451 Could not load DRD for domain (a.test)"]
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        [
            "rcpt_to 550 5.7.1 Recipient doesn't want your mail",
            "rcpt_to 550 this account is protected by Mailblocks",
            "data 554 5.7.1 has restricted sms e-mail",
        ],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            "rcpt_to 550 MAX RCPT TO DAILY LIMIT",
            "data 554 5.7.1 <DATA>: Data command rejected: only 10 messages per day",
            "mail_from 550 5.7.1 Hourly recipient limit is 300",
        ],
    ),
    Outcome(
        "rcpt-unverified-for-now",
        None,
        None,
        True,
        [
            "data 451 4.3.0 This message could not be delivered due to a recipient error. "
            "Please try again later.",
            "data 421 Mailbox domain problem - Retry later",
        ],
    ),
    Outcome(
        "policy-gmail-unsolicited-rate",
        "policy",
        None,
        True,
        [
            (
                "rcpt_to 450 Requested action not taken: mx2, IwENCg.4588S3, dnsbl.sorbs.net, "
                "please try again",
                NO_LOGIN,
            ),
        ],
    ),
    Outcome(
        "rcpt-domain-unknown",
        None,
        None,
        False,
        [
            "rcpt_to 550 DNS error when resolving MX server for example.org: Domain name not found",
        ],
    ),
    Outcome(
        "rcpt-smtputf8-missing",
        None,
        None,
        False,
        [
            "rcpt_to 553 5.6.7 SMTPUTF8 is required for non-ASCII recipients",
            "rcpt_to 550 Internationalized email addresses are not supported here",
        ],
    ),
    Outcome(
        "mail-from-login-lapsed",
        None,
        None,
        True,
        [
            "mail_from 550 Login credentials no longer valid. Please re-authenticate.",
            "mail_from 530 5.7.0 Session expired, please log in again",
            "mail_from 535 5.7.3 The access token has expired",
        ],
    ),
    Outcome(
        "policy-rule-on-recipient",
        "policy",
        None,
        False,
        [
            "rcpt_to 552 5.1.1 <bob@example.org> Mailbox delivery failure policy error",
            "rcpt_to 553 sorry, your envelope recipient is in my badrcptto list (#5.7.1)",
        ],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        [
            ("rcpt_to 550 Route does not accept incoming messages", NO_LOGIN),
            "data 550 SL E517 unverified mailbox",
        ],
    ),
    Outcome(
        "rcpt-address-malformed",
        None,
        None,
        False,
        [
            "rcpt_to 550 A valid address is required.",
        ],
    ),
    Outcome(
        "policy-blocked-by-organisation",
        "policy",
        None,
        False,
        [
            ("rcpt_to 550 5.7.1 IP address blacklisted by recipient", NO_LOGIN),
        ],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        [
            "data 550 Incorrect sender header (Check your FROM) #1",
            "data 554 5.7.1 Unauthorized From header",
        ],
    ),
    Outcome(
        "mail-from-smtputf8-missing",
        None,
        "sender",
        False,
        [
            "mail_from 533 no support for internationalised mailbox name",
        ],
    ),
    Outcome(
        "policy-connection-used-up",
        "policy",
        None,
        True,
        [
            "mail_from 452 4.5.3 Too many recipients: Too many messages sent",
        ],
    ),
    Outcome(
        "policy-country-closed",
        "policy",
        None,
        False,
        [
            (
                "rcpt_to 554 5.7.1 Blocked using ee.lists.test, by geographical location",
                NO_LOGIN,
            ),
            ("mail_from 550 Country of origin is blocked by this server", NO_LOGIN),
        ],
    ),
    Outcome(
        "rcpt-greylisted",
        None,
        None,
        True,
        [
            (
                "rcpt_to 421 4.7.1 Host blocked using grey.rbl - Greylisting in action, please "
                "try again later",
                NO_LOGIN,
            ),
        ],
    ),
    Outcome(
        "rcpt-unverified-for-now",
        None,
        None,
        True,
        [
            "rcpt_to 427 Socks Connect to UNREACHABLE host",
            "rcpt_to 451 <bob@example.org>... example.org : Name server timeout",
            "rcpt_to 450 Network is unreachable",
        ],
    ),
    Outcome("server-can-not-store", None, None, True, ["data 554 5.3.0 Message can not be queued"]),
    Outcome(
        "server-can-not-store",
        None,
        None,
        True,
        ["data 554 Your message was received but it could not be saved. Please retry later."],
    ),
    Outcome(
        "rcpt-address-malformed",
        None,
        None,
        False,
        [
            "rcpt_to 501 5.5.2 bad chars in command",
        ],
    ),
    Outcome(
        "rcpt-next-server-not-protected",
        None,
        None,
        True,
        [
            "data 451 4.7.1 TLS is required but unavailable or failed (MTA-STS)",
        ],
    ),
    Outcome(
        "mail-from-501-bad-sender-syntax",
        None,
        "sender",
        False,
        [
            "mail_from 550 IP addresses are not allowed as a From: Address. Provide a valid From.",
        ],
    ),
    Outcome(
        "rcpt-unverified-for-now",
        None,
        None,
        True,
        [
            "rcpt_to 451 I wasn't able to establish an SMTP connection, in the queue too long",
            "rcpt_to 450 4.4.318 Closed abruptly (SuspiciousRemoteServerError)",
            "rcpt_to 451 4.4.0 DNS resolving error",
            "rcpt_to 450 no route for current request",
        ],
    ),
    Outcome(
        "policy-address-not-allowed",
        "policy",
        None,
        False,
        [
            (
                "mail_from 421 4.3.2 Your IP(192.0.2.7) is filtered. Register your IP to a.test",
                NO_LOGIN,
            )
        ],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        [
            ("rcpt_to 550 You are registered as spammer (by user's reject list)", NO_LOGIN),
        ],
    ),
    Outcome(
        "rcpt-moved",
        None,
        None,
        False,
        [
            (
                "rcpt_to 551 address bob@example.org has been replaced by robert@example.org",
                NO_LOGIN,
            ),
            "rcpt_to 550 5.1.6 User moved to robert@example.org",
        ],
    ),
    Outcome(
        "policy-unusual-activity",
        "policy",
        None,
        True,
        [
            "mail_from 550 You have exceeded the number of posts without solving a captcha.",
        ],
    ),
    Outcome(
        "mail-from-552-size",
        None,
        None,
        False,
        [
            "data 554 Transaction failed due to too many MIME parts",
        ],
    ),
    Outcome(
        "data-zoho-relaying-empty-from",
        None,
        "sender",
        False,
        [
            "rcpt_to 550 Legitimate bounces are never sent to more than one recipient.",
        ],
    ),
    Outcome(
        "rcpt-unverified-for-now",
        None,
        None,
        True,
        [
            "rcpt_to 450 could not find a gateway for bob@example.org",
            "rcpt_to 450 host not found, try again",
        ],
    ),
    Outcome(
        "policy-spamhaus-listed",
        "policy",
        None,
        False,
        [
            ("mail_from 550 ip in prison", NO_LOGIN),
        ],
    ),
    Outcome(
        "rcpt-receives-too-much",
        None,
        None,
        True,
        [
            ("rcpt_to 450 account disabled temporarly for exceeding receiving limits", NO_LOGIN),
        ],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        [
            ("rcpt_to 550 mail receiving disabled", NO_LOGIN),
            (
                "rcpt_to 550 Due to extended inactivity new mail is not accepted for this mailbox.",
                NO_LOGIN,
            ),
            "rcpt_to 550 can't accept user... (#5.7.1)",
        ],
    ),
    Outcome(
        "rcpt-address-malformed",
        None,
        None,
        False,
        [
            "rcpt_to 550 5.1.0 recipient addresses in single label domains not accepted",
        ],
    ),
    Outcome(
        "rcpt-next-server-not-protected",
        None,
        None,
        True,
        [
            "rcpt_to 454 4.7.4 TLS required but not supported",
        ],
    ),
    Outcome(
        "policy-reverse-dns",
        "policy",
        None,
        False,
        [
            ("mail_from 550 unresolvable relay host name [192.0.2.4]", NO_LOGIN),
        ],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        [
            ("mail_from 550 5.7.1 test.example is a dead domain", NO_LOGIN),
        ],
    ),
    Outcome(
        "policy-local-rule",
        "policy",
        None,
        False,
        [
            "data 550 message bounced due to organizational settings",
        ],
    ),
    Outcome(
        "data-closed-mid-body",
        None,
        None,
        True,
        [
            "data 554 message ended early",
            "data 451 4.3.0 Unexpected end of data",
        ],
    ),
    Outcome(
        "policy-m365-concurrent-connections",
        "policy",
        None,
        True,
        ["mail_from 452 exceeding outbound thread limit"],
    ),
    Outcome(
        "rcpt-mailbox-full",
        None,
        None,
        True,
        [
            "rcpt_to 552 Benutzer hat zuviele Mails auf dem Server",
            "rcpt_to 452 User has exhausted allowed storage space",
        ],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        [
            "rcpt_to 550 No such mail drop defined.",
            "rcpt_to 550 Podane konto jest zablokowane administracyjnie lub nieaktywne",
            "rcpt_to 550 Questo indirizzo e' bloccato per inutilizzo",
            "rcpt_to 550 El usuario esta en estado: inactivo",
            "rcpt_to 550 Esta casilla ha expirado por falta de uso",
            "rcpt_to 550 Adressat unbekannt oder Mailbox deaktiviert",
            "rcpt_to 550 O destinatario esta bloqueado",
            "rcpt_to 550 Cette boite est inactive",
            "rcpt_to 550 De mailbox is opgeheven",
            "rcpt_to 550 Почтовый ящик заблокирован",
            "rcpt_to 550 <bob@example.org> was not found in LDAP server",
            "rcpt_to 550 Unable to find alias user",
            "rcpt_to 550 Administrative prohibition - unable to validate recipient",
        ],
    ),
    Outcome(
        "rcpt-domain-unknown",
        None,
        None,
        False,
        [
            "rcpt_to 550 Sorry, I couldn't find any host named example.org. (#5.1.2)",
        ],
    ),
    Outcome(
        "rcpt-unverified-for-now",
        None,
        None,
        True,
        [
            "rcpt_to 451 can't connect to mail.example.org",
        ],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        [
            "data 554 Wiadomosc zostala odrzucona przez system antyspamowy",
        ],
    ),
    Outcome(
        "policy-attachment-refused",
        "policy",
        None,
        False,
        ["data 554 5.5.7 e-mail Rejected Content Attachment"],
    ),
    Outcome(
        "mail-from-sender-rejected",
        None,
        "sender",
        False,
        ["rcpt_to 552 5.2.2 Sender/Recipient rejected"],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        [
            "data 554 5.6.9 Rejected by custom Compliance Filter Rule",
            "data 550 5.7.1 Rejected, as it appears to have been sent by an automated system",
        ],
    ),
    Outcome(
        "certificate-of-next-server",
        None,
        None,
        False,
        ["data 554 5.6.5 TLS encryption required by customer rule"],
    ),
    Outcome(
        "data-zoho-relaying-empty-from",
        None,
        "sender",
        False,
        ["rcpt_to 550 5.5.3 Recipient address rejected: Multi-recipient bounce"],
    ),
    Outcome("command-not-understood", None, None, False, ["data 550 esmtp: protocol deviation"]),
    Outcome("rcpt-unverified-for-now", None, None, True, ["rcpt_to 426 connection timed out"]),
    Outcome(
        "policy-link-listed",
        "policy",
        None,
        False,
        ["data 550 Письмо отклонено: в теле обнаружена ссылка из черного списка"],
    ),
    Outcome(
        "mail-from-blacklisted",
        None,
        "sender",
        False,
        [
            "mail_from 553 发件人域名被收件方列入黑名单",
            "rcpt_to 550 Der Absender steht auf einer Sperrliste",
        ],
    ),
    Outcome(
        "mail-from-incoming-only",
        None,
        "server",
        False,
        [
            "rcpt_to 553 Requested action not taken: no smtp MX only",
            "mail_from 550 This host is for inbound mail only",
        ],
    ),
    Outcome(
        "rcpt-next-server-unreachable",
        "rcpt_to",
        None,
        False,
        [
            "rcpt_to 550 host name lookup failure",
            "rcpt_to 550 no route to host",
            "rcpt_to 550 5.4.316 Message expired, connection refused",
            "data 554 5.4.7 Delivery expired (message too old)",
        ],
    ),
    Outcome(
        "rcpt-yahoo-450-mailbox-unavailable",
        None,
        None,
        True,
        ["data 432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded"],
    ),
    Outcome(
        "policy-rule-for-now",
        "policy",
        None,
        True,
        [
            "rcpt_to 450 Reject due to policy violations.",
            "rcpt_to 550 5.5.0 Service refuse. Veuillez essayer plus tard. service refused",
            "rcpt_to 421 Service refused, please try later. OFR_999 [999]",
        ],
    ),
    Outcome(
        "policy-not-a-mail-server",
        "policy",
        None,
        False,
        [("mail_from 554 smtpport check error", NO_LOGIN)],
    ),
    Outcome(
        "policy-spamhaus-listed",
        "policy",
        None,
        False,
        [
            "data 554 Comcast block for spam",
            "data 550 eKqgqwhco - <ada@test.example> sender rejected AUP#CDRBL",
            ("mail_from 550 Requested mail action not taken: IP is Hangup", NO_LOGIN),
            ("mail_from 550 Sorry, no access for this ip", NO_LOGIN),
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        ["rcpt_to 550 5.7.1 <a.test[192.0.2.1]>: Client host rejected: Blacklisted user: ada"],
    ),
    Outcome(
        "mail-from-sender-rejected",
        None,
        "sender",
        False,
        [
            "mail_from 550 Requested mail action not taken: Fake sender",
            ("mail_from 550 Sorry, no access for this domain", NO_LOGIN),
        ],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        [
            "data 551 not our user",
            "data 525 5.7.13 Disabled recipient address",
            "data 551 not our customer",
            "rcpt_to 550 Requested action not taken: User hangup",
            "rcpt_to 550 Recipient verification problem",
        ],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        ["rcpt_to 550 Requested action not taken: User in blacklist"],
    ),
    Outcome(
        "policy-gmail-daily-quota", "policy", None, True, ["data 552 too many same size mails"]
    ),
    Outcome(
        "data-missing-message-id",
        None,
        None,
        False,
        ["data 553 user address required", "data 554 Format restriction violation."],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        ["auth 535 5.7.8 Account not provisioned for SMTP"],
    ),
    Outcome(
        "auth-password-change-needed",
        None,
        "password",
        False,
        ["auth 535 5.7.8 Error: authentication failed: expired password"],
    ),
    Outcome("auth-mechanism-refused", None, "auth", False, ["auth 535 5.7.8 NTLM only"]),
    Outcome(
        "policy-country-closed",
        "policy",
        None,
        False,
        ["mail_from 550 5.7.1 Blocked by geo-IP"],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        ["mail_from 554 5.7.1 Daily recipient limit exceeded"],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        [
            "data 550 5.7.1 From: header must contain your login address",
            "mail_from 550 This mail address does not belong to your account",
        ],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        ["data 554 5.7.1 Rejected: no MX for sender domain"],
    ),
    Outcome(
        "policy-attachment-refused",
        "policy",
        None,
        False,
        ["data 550 5.7.1 Macro in Office document blocked"],
    ),
    Outcome(
        "rcpt-relay-denied-454",
        None,
        "username",
        False,
        [("mail_from 550 5.7.1 Relaying denied", NO_LOGIN)],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        ["mail_from 550 5.7.1 Sender domain not hosted here"],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        ["auth 535 5.7.8 Error: authentication failed: outgoing emails disabled"],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        [
            "auth 535 5.7.8 Login only permitted via webmail",
            "auth 535 5.7.8 認証に失敗しました。SMTP認証が有効になっていません",
        ],
    ),
    Outcome(
        "auth-client-certificate-required",
        None,
        "port",
        False,
        ["auth 535 5.7.8 TLS client certificate does not match user"],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        ["data 554 5.7.1 Mail rejected by rspamd: score 18.2/15"],
    ),
    Outcome(
        "policy-dmarc-record-missing",
        "policy",
        "sender",
        False,
        ["data 550 Nachricht abgelehnt: Absenderdomain ohne DMARC-Eintrag"],
    ),
    Outcome(
        "server-trouble",
        None,
        None,
        True,
        ["data 451 qq trouble creating files in queue (#4.3.0)"],
    ),
    Outcome(
        "data-bare-lf-521",
        None,
        None,
        False,
        ["data 451 See http://pobox.com/~djb/docs/smtplf.html."],
    ),
    Outcome(
        "rcpt-address-malformed",
        None,
        None,
        False,
        ["rcpt_to 501 <bob>: recipient address must contain a domain"],
    ),
    Outcome(
        "command-not-understood",
        None,
        None,
        False,
        [
            "mail_from 554 SMTP synchronization error",
            "data 554 Too many syntax or protocol errors",
        ],
    ),
    Outcome(
        "policy-api-key-restricted",
        None,
        "password",
        False,
        ["auth 535 5.7.1 Authentication failed: app password does not allow SMTP"],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        ["data 550 Your message was rejected because the From domain is not hosted here"],
    ),
    Outcome(
        "auth-exchange-broken-off",
        None,
        "auth",
        False,
        [("auth 535 5.5.4 Optional Argument not permitted for that AUTH mode", GMAIL)],
    ),
    Outcome(
        "rcpt-next-server-not-protected",
        None,
        None,
        True,
        [
            (
                "data 450 4.7.321 starttls-not-supported: Destination mail server must support "
                "TLS to receive mail.",
                M365,
            )
        ],
    ),
    Outcome(
        "policy-gmail-unsolicited-rate",
        "policy",
        None,
        True,
        ["mail_from 550 5.7.508 Access denied, [2001:db8::1] has exceeded permitted limits"],
    ),
    Outcome(
        "rcpt-suppressed",
        None,
        None,
        False,
        [
            "data 550 Not delivering to a user who marked your messages as spam",
            "data 554 5.7.1 Recipient has opted out (unsubscribed)",
            "rcpt_to 554 5.7.1 recipient address was suppressed due to customer policy",
            ("data 406 Inactive recipient", at("smtp.postmarkapp.com")),
        ],
    ),
    Outcome(
        "policy-postmark-sender-signature",
        "policy",
        "sender",
        False,
        [
            (
                "mail_from 550 5.7.1 Invalid sending domain <test.example>",
                at("smtp.sparkpostmail.com"),
            ),
            "mail_from 550 5.7.1 Sender address rejected: not a Mailjet validated sender",
        ],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        ["data 452 4.4.2 Too many recipients received this hour"],
    ),
    Outcome(
        "auth-other-region",
        None,
        "server",
        False,
        ["auth 535 5.7.8 Your mailbox has been migrated to Microsoft 365."],
    ),
    Outcome(
        "auth-exchange-broken-off",
        None,
        "auth",
        False,
        [
            "auth 535 5.7.8 Error: authentication failed: another step is needed in authentication",
            "auth 535 5.7.8 Error: authentication failed: bad encoding",
        ],
    ),
    Outcome(
        "auth-mechanism-refused",
        None,
        "auth",
        False,
        [
            "auth 535 5.7.8 Error: authentication failed: no secret in database",
        ],
    ),
    Outcome(
        "auth-mechanism-not-installed",
        None,
        "auth",
        False,
        [
            "auth 535 5.7.0 SASL(-4): no mechanism available: Couldn't find mech PLAIN",
            "auth 535 5.7.0 authentication failed: no mechanism available",
            "auth 454 4.7.0 No worthy mechs found",
        ],
    ),
    Outcome(
        "auth-454-temporary",
        None,
        None,
        True,
        ["auth 535 5.7.8 LDAP: Can't contact LDAP server"],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        [
            (
                "auth 554 5.7.0 (#AUTH012) Service not available for this account",
                at("smtp.aol.com"),
            ),
            "auth 550 5.7.1 SMTP AUTH is only allowed for internal users",
        ],
    ),
    Outcome(
        "policy-api-key-restricted",
        None,
        "password",
        False,
        ["auth 535 5.7.8 Authentication failed: SMTP access disabled for this API key"],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        [
            "rcpt_to 550 <bob@example.org>: Recipient address rejected: Sender is not in the "
            "allowed list for this recipient",
            "rcpt_to 550 5.7.1 Sending to example.org is disabled by administrator",
        ],
    ),
    Outcome(
        "rcpt-domain-not-allowed",
        None,
        None,
        False,
        ["rcpt_to 550 5.7.1 External recipients are blocked for this account"],
    ),
    Outcome(
        "policy-reverse-dns",
        "policy",
        None,
        False,
        [
            "data 421 4.7.23 The sending IP address for this message doesn't have a PTR record. To "
            "protect our users from spam, your email has been rate limited.",
        ],
    ),
    Outcome(
        "policy-domain-slowed-down",
        "policy",
        None,
        True,
        [
            "data 421 4.7.28 Gmail has detected an unusual rate of mail originating from your DKIM "
            "domain test.example",
        ],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        True,
        ["data 451 Message temporarily deferred due to unresolvable RFC.5321 from domain."],
    ),
    Outcome(
        "policy-connection-used-up",
        "policy",
        None,
        True,
        ["data 421 Max message per connection reached, closing transmission channel"],
    ),
    Outcome(
        "policy-spamhaus-listed",
        "policy",
        None,
        False,
        [
            "data 553 5.7.2 [TSS11] All messages from 192.0.2.1 will be permanently deferred",
            "rcpt_to 550 sender IP address rejected",
            "mail_from 554 IP=192.0.2.1 - A problem occurred. (Ask your postmaster for help) (BL)",
            "rcpt_to 550 server access forbidden by your IP",
            "mail_from 550 #5.7.1 Your access to submit messages to this e-mail system has been "
            "rejected.",
        ],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        [
            "rcpt_to 550 refused due to recipient preferences",
            "rcpt_to 550 You have been blocked by the recipient",
            "rcpt_to 550 user refuses to receive this mail",
        ],
    ),
    Outcome(
        "rcpt-mailbox-full",
        None,
        None,
        True,
        ["rcpt_to 550 not sufficient disk space", "rcpt_to 550 the user's space has been used up"],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        [
            "data 550 message was rejected for possible spam/virus content",
            "data 550 The message was rejected due to classification as bulk mail",
            "data 554 5.6.0 This message has been scored as spam with a probability of 90%",
        ],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        [
            "data 554 delivery error: dd bob@example.org is no longer valid.",
            "rcpt_to 550 bob@example.org is not a known user",
            "rcpt_to 550 mailbox currently suspended",
            "rcpt_to 550 no existe ese usuario",
        ],
    ),
    Outcome(
        "policy-account-not-activated",
        "policy",
        None,
        False,
        [
            "data 421 Domain x is not allowed to send: Please activate your Mailgun account.",
            "auth 535 5.7.8 Authentifizierung fehlgeschlagen (Postfach nicht aktiviert)",
            "mail_from 550 5.7.1 Domain test.example is not allowed to send: Please activate your "
            "account",
            "auth 535 5.7.8 Your account has not been verified. Check your inbox",
            (
                "data 550 5.7.0 Your account is under validation. You can send when it is approved",
                at("smtp-relay.brevo.com"),
            ),
        ],
    ),
    Outcome(
        "mail-from-530-starttls-first",
        None,
        "tls",
        False,
        [
            (
                "data 421 4.7.29 Your email has been rate limited because this message wasn't "
                "sent over a TLS connection. Gmail requires all bulk senders to use TLS/SSL",
                CLEAR,
            )
        ],
    ),
    Outcome(
        "rcpt-next-server-not-protected",
        None,
        None,
        True,
        ["rcpt_to 454 4.7.5 TLSA record mismatch: DANE validation failed for next hop"],
    ),
    Outcome(
        "policy-address-not-allowed",
        "policy",
        None,
        False,
        ["mail_from 550 5.7.1 You may not send from outside the corporate network"],
    ),
    Outcome(
        "policy-not-in-plan",
        "policy",
        None,
        False,
        ["auth 535 5.7.8 Free plan does not include SMTP"],
    ),
    Outcome(
        "auth-web-login",
        None,
        None,
        False,
        [
            "auth 535 5.7.8 Login from new location blocked, check your inbox to approve",
            "auth 535 5.7.8 Captcha required",
        ],
    ),
    Outcome(
        "auth-app-password-required",
        None,
        "password",
        False,
        ["auth 535 5.7.8 OTP required"],
    ),
    Outcome(
        "auth-password-too-weak",
        None,
        "password",
        False,
        ["auth 535 5.7.8 password must be at least 12 characters"],
    ),
    Outcome(
        "auth-yahoo-too-many-bad",
        None,
        "password",
        True,
        ["auth 535 5.7.8 Your IP 192.0.2.1 has been blocked for 60 minutes"],
    ),
    Outcome(
        "auth-454-temporary",
        None,
        None,
        True,
        ["auth 535 5.7.8 Authentication failed: account is in maintenance, please wait"],
    ),
    Outcome(
        "auth-credentials-refused",
        None,
        "password",
        False,
        [
            "auth 535 5.7.8 Kullanıcı adı veya şifre hatalı",
            "auth 535 5.7.8 Hibás felhasználónév vagy jelszó",
            "auth 535 5.7.8 Feil brukernavn eller passord",
            "auth 535 5.7.8 Invalid password or account disabled",
            "auth 535 5.0.0 Mot de passe incorrect ou compte bloqué",
            "auth 535 Falsches Passwort oder Konto gesperrt",
        ],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        [
            "rcpt_to 550 Alıcı bulunamadı",
            "rcpt_to 550 Mottagaren finns inte",
            "rcpt_to 550 Schránka neexistuje",
            "rcpt_to 550 A címzett nem létezik",
        ],
    ),
    Outcome(
        "policy-unusual-activity",
        "policy",
        None,
        True,
        [
            "data 550 5.4.6 Unusual sending activity detected.",
            "rcpt_to 550 Suspicious outgoing activity noticed, please try after some time",
        ],
    ),
    Outcome(
        "policy-spf",
        "policy",
        "sender",
        False,
        [
            "rcpt_to 550 5.7.1 <bob@example.org>: Recipient address rejected: Please see "
            "http://www.openspf.net/Why?s=mfrom;id=ada%40test.example;ip=192.0.2.1",
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            "mail_from 401 4.7.1 Your account has been temporarily blocked. Please contact us",
        ],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            "rcpt_to 450 4.2.2 jfe010: Limit exceeded: too many messages",
            "rcpt_to 450 4.7.1 Recipient address rejected: Policy Rejection- Quota Exceeded",
        ],
    ),
    Outcome(
        "auth-user-name-refused",
        None,
        "username",
        False,
        [
            "auth 535 Authentication failed: No such account.",
            'auth 535 Please use "mailer" as the username',
        ],
    ),
    Outcome(
        "auth-not-on-this-port",
        None,
        "port",
        False,
        ["auth 535 Authentication not allowed on IBSMTP Servers."],
    ),
    Outcome(
        "auth-sender-address-password",
        None,
        "password",
        False,
        [("auth 526 Authentication failure", at("smtpdm-ap-southeast-1.aliyuncs.com"))],
    ),
    Outcome(
        "auth-mailbox-full",
        "policy",
        None,
        True,
        [("data 554 5.2.0 STOREDRV.Submission.Exception:MapiExceptionMailboxFull", M365)],
    ),
    Outcome(
        "auth-m365-smtp-auth-disabled-tenant",
        None,
        None,
        False,
        [
            (
                "mail_from 530 5.7.57 Client not authenticated. Error: 535 5.7.139 "
                "SmtpClientAuthentication is disabled for the Tenant",
                M365,
            )
        ],
    ),
    Outcome(
        "policy-spamhaus-listed",
        "policy",
        None,
        False,
        ["mail_from 550 mail not accepted from blacklisted IP address [192.0.2.1]"],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        [
            "auth 535 5.7.8 Error: authentication failed: Account disabled for SMTP",
            "auth 535 5.7.8 Authentication failed: SMTP access denied by access policy",
        ],
    ),
    Outcome(
        "auth-password-change-needed",
        None,
        "password",
        False,
        ["auth 535 5.7.8 Error: authentication failed: must change password"],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        [
            ("rcpt_to 550 #5.1.0 Address rejected.", NO_LOGIN),
            ("rcpt_to 550 Invalid Recipient - https://example.net/docs/1369", NO_LOGIN),
        ],
    ),
    Outcome(
        "auth-exchange-broken-off",
        None,
        "auth",
        False,
        [
            "auth 554 5.7.8 Error: authentication failed: bad protocol / cancel",
            "auth 501 5.7.0 Authentication aborted",
            "auth 501 5.5.2 Syntax error in parameters or arguments",
        ],
    ),
    Outcome(
        "auth-fixed-user-name",
        None,
        "username",
        False,
        [("auth 535 5.7.8 Sorry.", at("smtp.eu.sparkpostmail.com"))],
    ),
    Outcome(
        "auth-credentials-refused",
        None,
        "password",
        False,
        [
            "auth 535 5.7.8 Error: authentication failed: authentication failure",
            "auth 535 5.7.1 authentication failed",
            "auth 535 Authentication failed - Invalid user or password",
            "auth 535 #5.7.0 Invalid login",
            "auth 535 5.7.8 Sorry",
            "auth 535 authorization failed (#5.7.0)",
            "auth 550 5.7.1 Authentication failed: wrong user/password",
            "auth 501 5.7.0 Invalid username or password",
            "auth 535 5.7.0 authentication rejected",
            "auth 535 5.7.0 Error: authentication failed: UGFzc3dvcmQ6",
            "auth 535 Authentifizierung fehlgeschlagen",
            "auth 550 Benutzername oder Passwort falsch",
            "auth 535 5.7.8 Échec de l'authentification : mot de passe incorrect",
            "auth 550 Usuario o contraseña incorrectos",
            "auth 535 Autenticazione fallita",
            "auth 550 Falha na autenticação: senha incorreta",
            "auth 550 Ongeldige gebruikersnaam of wachtwoord",
            "auth 550 Nieprawidłowy login lub hasło",
            "auth 550 Неверный логин или пароль",
            "auth 550 認証に失敗しました",
            "auth 550 ユーザー名またはパスワードが正しくありません",
            "auth 550 用户名或密码错误",
            "auth 550 登录失败",
            "auth 550 인증에 실패했습니다",
            ("auth 550 " + misread("Неверный пароль", "cp1251"), {}),
            ("auth 550 " + misread("パスワードが違います", "shift_jis"), {}),
        ],
    ),
    Outcome(
        "auth-user-name-without-domain",
        None,
        "password",
        False,
        [
            ("auth 535 5.7.8 Error: authentication failed", {"username": "info"}),
            ("auth 535 Incorrect authentication data", {"username": "web1p2"}),
        ],
    ),
    Outcome(
        "auth-gmail-bad-credentials",
        None,
        "password",
        False,
        [("auth 535 5.7.8 Username and Password not accepted. Learn more", GMAIL)],
    ),
    Outcome(
        "auth-authorization-code-needed",
        None,
        "password",
        False,
        [
            ("auth 535 Error: authentication failed", NETEASE),
            ("auth 535 Login Fail. Please enter your authorization code to login.", {}),
            ("auth 535 Error: " + misread("请使用授权码登录。详情请看", GB), at("smtp.qq.com")),
            ("auth 535 " + misread("用户无权登陆", GB), at("smtp.126.com")),
        ],
    ),
    Outcome(
        "auth-app-password-required",
        None,
        "password",
        False,
        [
            "auth 534 5.7.9 Please use an app password; two-factor authentication is on",
            "auth 535 5.7.8 App password required for this account",
            "auth 535 Multi-factor authentication is enabled, use an application password",
            "auth 535 Bitte verwenden Sie ein App-Passwort",
            "auth 535 Utilisez un mot de passe d'application",
            "auth 535 Use una contraseña de aplicación",
            "auth 535 Требуется пароль приложения",
            "auth 535 アプリパスワードを使用してください",
            "auth 535 애플리케이션 비밀번호를 사용하세요",
        ],
    ),
    Outcome(
        "auth-app-password-provider",
        None,
        "password",
        False,
        [
            ("auth 535 5.7.8 Error: authentication failed: Invalid user", at("smtp.yandex.ru")),
            ("auth 535 5.7.0 Incorrect username or password", at("smtp.fastmail.com")),
            ("auth 535 5.7.1 Username and Password not accepted", at("smtp.naver.com")),
        ],
    ),
    Outcome(
        "auth-api-key-service",
        None,
        "password",
        False,
        [
            ("auth 535 5.7.8 Error: authentication failed", at("smtp.mandrillapp.com")),
            (
                "auth 535 5.7.8 Sorry.",
                at("smtp.eu.sparkpostmail.com") | {"username": "SMTP_Injection"},
            ),
            ("auth 535 5.7.8 no", at("smtp.tem.scw.cloud")),
            ("auth 535 Authentication credentials invalid", at("smtp.mailersend.net")),
        ],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        [
            "auth 535 5.7.8 SMTP access is disabled for this mailbox",
            "auth 535 SMTP AUTH is not enabled for this user",
            "auth 550 5.7.1 Please enable IMAP/SMTP in your mail settings",
            "auth 535 5.7.3 User is not authorized to use SMTP service",
            "auth 535 SMTP-Versand ist nicht freigeschaltet",
            "auth 535 Доступ по SMTP отключен",
            "auth 550 SMTP服务未开启",
        ],
    ),
    Outcome(
        "auth-m365-basic-auth-disabled",
        None,
        "auth",
        False,
        [("auth 550 5.7.30 Basic authentication is not supported for Client Submission.", M365)],
    ),
    Outcome(
        "auth-m365-smtp-auth-disabled-tenant",
        None,
        None,
        False,
        [("auth 535 5.7.139 SmtpClientAuthentication is disabled for the Tenant.", M365)],
    ),
    Outcome(
        "auth-m365-security-defaults",
        None,
        "auth",
        False,
        [("auth 535 5.7.139 user is locked by your organization's security defaults", M365)],
    ),
    Outcome(
        "auth-password-change-needed",
        None,
        "password",
        False,
        [
            "auth 535 5.7.8 Password has expired",
            "auth 432 4.7.12 A password transition is needed",
            "auth 535 Ihr Passwort ist abgelaufen",
        ],
    ),
    Outcome(
        "auth-yahoo-too-many-bad",
        None,
        "password",
        True,
        [
            "auth 535 5.7.8 Too many failed login attempts",
            "auth 535 Zu viele Anmeldeversuche",
            "auth 535 Trop de tentatives de connexion",
        ],
    ),
    Outcome(
        "auth-too-many-logins",
        None,
        None,
        True,
        [("auth 454 4.7.0 Too many login attempts, please try again later. x - gsmtp", GMAIL)],
    ),
    Outcome(
        "auth-zoho-data-centre",
        None,
        "password",
        False,
        [
            ("auth 535 Authentication Failed", at("smtp.zoho.eu")),
            ("auth 535 Authentication Failed", at("smtppro.zoho.in")),
        ],
    ),
    Outcome(
        "auth-yahoo-too-many-bad",
        None,
        "password",
        True,
        [
            "auth 421 4.7.0 Too many authentication failures",
            ("auth 451 Requested mail action not taken: too much fail authentication", NETEASE),
            "auth 450 4.7.1 Account temporarily locked",
        ],
    ),
    Outcome(
        "auth-454-temporary",
        None,
        None,
        True,
        [
            "auth 454 4.3.0 Internal authentication error",
            "auth 435 Unable to authenticate at present",
            "auth 421 4.3.2 Server shutting down",
            "auth 451 4.3.0 Temporary server error. Please try again later",
        ],
    ),
    Outcome(
        "exchange-proxy-trouble",
        None,
        None,
        True,
        ["auth 451 4.7.0 Temporary server error. Please try again later. PRX4"],
    ),
    Outcome(
        "auth-mechanism-refused",
        None,
        "auth",
        False,
        [
            "auth 504 5.5.4 Unrecognized authentication type",
            "auth 535 5.7.8 Unsupported authentication mechanism",
            "auth 501 5.5.4 Unknown authentication method",
        ],
    ),
    Outcome(
        "auth-not-supported",
        None,
        "username",
        False,
        ["auth 502 5.5.1 Command not implemented", "auth 500 unrecognized command"],
    ),
    Outcome(
        "starttls-required-530",
        "starttls",
        "tls",
        False,
        [
            ("auth 530 5.7.0 STARTTLS is required to send mail", CLEAR),
            ("auth 554 5.7.3 Unable to initialize security subsystem, use TLS", CLEAR),
            ("auth 550 Verschlüsselung erforderlich", CLEAR),
            ("auth 550 Le chiffrement est obligatoire", CLEAR),
            ("auth 550 暗号化された接続が必要です", CLEAR),
        ],
    ),
    Outcome(
        "auth-538-encryption-required",
        None,
        "tls",
        False,
        [("auth 523 Encryption needed to use mechanism", CLEAR)],
    ),
    Outcome(
        "mail-from-530-starttls-first",
        None,
        "tls",
        False,
        [
            ("mail_from 530 5.7.1 Must issue a STARTTLS command first", CLEAR | NO_LOGIN),
            ("mail_from 451 4.7.1 Encryption required", CLEAR | NO_LOGIN),
            ("rcpt_to 550 5.7.10 Session encryption is required", CLEAR | NO_LOGIN),
            ("mail_from 550 5.7.0 Требуется шифрование", CLEAR | NO_LOGIN),
        ],
    ),
    Outcome(
        "mail-from-authentication-required",
        None,
        "username",
        False,
        [
            (f"mail_from {words}", NO_LOGIN)
            for words in (
                "530 SMTP authentication is required.",
                "530 5.7.0 Authentication required",
                "550 5.7.1 Authentication required",
                "503 5.5.4 Error: send AUTH command first",
                "503 This mail server requires authentication when attempting to send",
                "550 Please turn on SMTP Authentication in your mail client.",
                "535 5.7.1 Not authenticated",
                "535 5.7.1 Username and password required",
                "553 5.7.1 Sender address rejected: not logged in",
                "553 sorry, you must check your mail first (#5.7.1)",
                "530 5.7.3 Client was not authenticated",
                "550 5.7.57 SMTP; Client was not authenticated to send anonymous mail",
                "451 4.7.1 Please authenticate yourself",
                "550 Anmeldung erforderlich",
                "550 Authentification requise",
                "550 Se requiere autenticación",
                "550 Autenticazione richiesta",
                "550 Autenticação necessária",
                "550 Authenticatie vereist",
                "550 Wymagana autoryzacja",
                "550 Требуется авторизация",
                "550 SMTP認証が必要です",
                "550 需要身份验证",
            )
        ],
    ),
    Outcome(
        "rcpt-relay-denied-454",
        None,
        "username",
        False,
        [
            (f"rcpt_to {words}", NO_LOGIN)
            for words in (
                "554 5.7.1 <bob@example.org>: Relay access denied",
                "550 5.7.1 Unable to relay",
                "550 5.7.1 Unable to relay for bob@example.org",
                "553 5.3.0 <bob@example.org>... Relaying not allowed",
                "451 4.7.1 Relaying denied",
                "553 we don't relay (#5.7.1)",
                "571 Delivery not authorized, relaying denied",
                "550 Relaying mail to example.org is not allowed",
                "551 This mail server does not handle mail for example.org",
                "550 not local host example.org, not a gateway: relay not permitted",
                "550 Weiterleitung verweigert",
                "550 Relais refusé",
                "550 Reenvío no permitido",
                "550 Inoltro negato",
                "550 Retransmissão não permitida",
                "550 Doorsturen niet toegestaan",
                "550 Przekazywanie zabronione",
                "550 Пересылка запрещена",
                "550 中継は許可されていません",
                "550 拒绝中继",
            )
        ],
    ),
    Outcome(
        "rcpt-relay-denied-logged-in",
        None,
        "sender",
        False,
        ["rcpt_to 554 5.7.1 <x>: Relay access denied", "rcpt_to 550 relay not permitted"],
    ),
    Outcome(
        "rcpt-refused-without-login",
        None,
        "username",
        False,
        [("rcpt_to 550 5.7.1 Access denied", NO_LOGIN), ("rcpt_to 554 xyzzy", NO_LOGIN)],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        [
            "mail_from 553 5.7.1 <ada@x>: Sender address rejected: not owned by user ada",
            "mail_from 553 5.7.1 Sender address rejected: not owned by auth user.",
            "mail_from 550 5.7.1 Sender address not allowed for this user",
            "mail_from 501 mail from address must be same as authorization user",
            "mail_from 550 5.7.1 You are not authorized to send from this address",
            "mail_from 550 not local sender over smtp",
            "mail_from 554 5.7.1 Sender address does not belong to logged in user",
            "mail_from 550 5.7.0 Sender address is not owned by user",
            "data 550 5.7.1 From address is not allowed for this account",
            "mail_from 550 Absenderadresse nicht erlaubt",
            "mail_from 550 L'expéditeur n'est pas autorisé",
            "mail_from 550 El remitente no está autorizado",
            "mail_from 550 Mittente non autorizzato",
            "mail_from 550 Remetente não autorizado",
            "mail_from 550 Afzender niet toegestaan",
            "mail_from 550 Адрес отправителя не принадлежит пользователю",
            "mail_from 550 差出人アドレスが認証ユーザーと一致しません",
            "mail_from 553 发件人必须与登录用户一致",
            "mail_from 440 mail from account doesn't conform with authentication",
        ],
    ),
    Outcome(
        "policy-postmark-sender-signature",
        "policy",
        "sender",
        False,
        [
            "mail_from 550 The domain test.example is not verified. Please add and verify it",
            "data 550 Domain not verified",
            "data 550 5.7.1 Unconfigured Sending Domain <test.example>",
            "mail_from 554 5.7.1 Sender domain must be verified",
            "data 550 5.7.1 The sender address is not validated",
            "data 550 Absenderdomain nicht verifiziert",
            "mail_from 550 Отправитель не подтвержден",
        ],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        [
            "mail_from 550 5.1.8 <ada@x>: Sender address rejected: Domain not found",
            "mail_from 553 5.1.8 <ada@x>... Domain of sender address does not exist",
            "mail_from 501 Domain of sender address x does not resolve",
        ],
    ),
    Outcome(
        "mail-from-501-bad-sender-syntax",
        None,
        "sender",
        False,
        [
            "mail_from 501 <ada>: sender address must contain a domain",
            "mail_from 553 5.1.7 Malformed address",
            "mail_from 555 5.5.2 Syntax error in mail from",
        ],
    ),
    Outcome(
        "mail-from-sender-rejected",
        None,
        "sender",
        False,
        [
            "mail_from 554 5.7.1 <ada@x>: Sender address rejected: Access denied",
            "mail_from 550 Absender abgelehnt",
            "mail_from 550 Отправитель отклонен",
        ],
    ),
    Outcome(
        "mail-from-sender-blocked",
        "policy",
        "sender",
        False,
        [
            "mail_from 550 5.7.1 Sender blocked",
        ],
    ),
    Outcome(
        "rcpt-greylisted",
        None,
        None,
        True,
        [
            "rcpt_to 451 4.7.1 Greylisting in action, please come back later",
            "rcpt_to 450 4.2.0 Greylisted for 300 seconds",
            "rcpt_to 550 5.7.1 Greylisted, try again in 5 minutes",
            "data 451 4.7.1 Grey-listed, retry later",
            "rcpt_to 451 DT:SPM please try again",
            "rcpt_to 450 4.7.1 You are greylisted",
            "rcpt_to 451 Graue Liste, bitte später",
            "rcpt_to 451 Liste grise, réessayez plus tard",
            "rcpt_to 451 В сером списке, попробуйте позже",
            "rcpt_to 451 グレイリストにより一時拒否",
            "rcpt_to 451 灰名单，请稍后再试",
        ],
    ),
    Outcome(
        "server-trouble",
        None,
        None,
        True,
        [
            "rcpt_to 451 Temporary local problem - please try later",
            "data 421 4.3.2 Service not available, closing transmission channel",
            "mail_from 450 4.3.2 System is busy, please try again later",
            "rcpt_to 451 Внутренняя ошибка сервера",
            "rcpt_to 451 系统繁忙",
        ],
    ),
    Outcome(
        "mail-from-451-waiting-for-client",
        None,
        None,
        True,
        [
            "data 421 4.4.2 mail.test Error: timeout exceeded",
            "mail_from 421 SMTP command timeout - closing connection",
            "rcpt_to 451 Idle too long",
        ],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        [
            "rcpt_to 550 5.1.1 The email account that you tried to reach does not exist.",
            "rcpt_to 550 5.4.1 Recipient address rejected: Access denied.",
            "rcpt_to 550 No such person at this address.",
            "rcpt_to 511 sorry, no mailbox here by that name (#5.1.1)",
            "rcpt_to 550 Empfänger unbekannt",
            "rcpt_to 550 Utilisateur inconnu",
            "rcpt_to 550 El usuario no existe",
            "rcpt_to 550 Destinatario sconosciuto",
            "rcpt_to 550 Usuário desconhecido",
            "rcpt_to 550 Gebruiker onbekend",
            "rcpt_to 550 Użytkownik nie istnieje",
            "rcpt_to 550 Пользователь не найден",
            "rcpt_to 550 ユーザーが存在しません",
            "rcpt_to 550 用户不存在",
        ],
    ),
    Outcome(
        "rcpt-unverified-for-now",
        None,
        None,
        True,
        [
            "rcpt_to 450 4.1.1 <x>: Recipient address rejected: User unknown",
        ],
    ),
    Outcome(
        "rcpt-mailbox-full",
        None,
        None,
        True,
        [
            "rcpt_to 452 4.2.2 The email account that you tried to reach is over quota",
            "rcpt_to 552 Mailbox is full",
            "rcpt_to 554 Quota exceeded (mailbox for user is full)",
            "data 552 5.2.2 Over quota",
            "rcpt_to 552 Postfach voll",
            "rcpt_to 552 Boîte pleine",
            "rcpt_to 552 Buzón lleno",
            "rcpt_to 552 Casella piena",
            "rcpt_to 552 Ящик переполнен",
            "rcpt_to 552 メールボックスがいっぱいです",
            "rcpt_to 552 邮箱已满",
        ],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        [
            "rcpt_to 550 5.7.124 not in the allowed senders list",
            "rcpt_to 550 You are not allowed to post to this list",
        ],
    ),
    Outcome(
        "mail-from-552-size",
        None,
        None,
        False,
        [
            "data 552 5.3.4 Message too big for system",
            "mail_from 552 message exceeds fixed maximum message size",
            "mail_from 523 the message size exceeds the recipient's size limit",
            "data 554 Message too large",
            "data 552 Nachricht zu groß",
            "data 552 Message trop volumineux",
            "data 552 Mensaje demasiado grande",
            "data 552 Письмо слишком большое",
            "data 552 メッセージサイズが制限を超えています",
            "data 552 邮件过大",
        ],
    ),
    Outcome(
        "rcpt-too-many-recipients",
        None,
        None,
        True,
        ["rcpt_to 452 4.5.3 Error: too many recipients", "rcpt_to 550 5.5.3 Too many recipients"],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            ("data 550 5.4.5 Daily SMTP relay sending quota exceeded.", GMAIL),
            "auth 535 5.7.0 Limit exceeded",
            "data 550 Domain x has exceeded the max emails per hour (200/200 (100%)) allowed",
            "rcpt_to 450 4.7.1 Error: too many messages from 203.0.113.1, rate limited",
            "mail_from 452 4.3.1 You have reached your daily sending limit",
            "data 554 5.7.1 Rate limit exceeded",
            "mail_from 421 4.7.0 Message rate limit exceeded",
            "rcpt_to 550 Sender frequency limited",
            "data 550 5.7.1 Hourly email limit reached for this account",
            "mail_from 550 Sie haben das Tageslimit erreicht: Versandlimit überschritten",
            "mail_from 550 Limite d'envoi atteinte",
            "mail_from 550 Límite de envío superado",
            "mail_from 550 Limite di invio raggiunto",
            "mail_from 550 Limite de envio atingido",
            "mail_from 550 Limiet bereikt",
            "mail_from 550 Przekroczono limit wiadomości",
            "mail_from 550 Превышен лимит отправки писем",
            "mail_from 550 送信数の上限に達しました",
            "mail_from 550 发信频率超过限制",
        ],
    ),
    Outcome(
        "policy-gmail-unsolicited-rate",
        "policy",
        None,
        True,
        ["data 421 4.7.0 [TSS04] Messages from 203.0.113.1 temporarily deferred"],
    ),
    Outcome(
        "policy-m365-concurrent-connections",
        "policy",
        None,
        True,
        [
            "mail_from 421 4.7.0 Too many concurrent SMTP connections",
            "auth 454 4.7.0 Connection limit exceeded",
            "mail_from 421 Zu viele Verbindungen",
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            "auth 535 5.7.13 User account disabled",
            "rcpt_to 550 Outgoing mail from ada@test.example has been suspended.",
            "auth 535 Your account has been suspended",
            "mail_from 550 5.7.1 Account is locked due to suspicious activity",
            "auth 525 5.7.13 User Account Disabled",
            "data 550 Sending is paused for this account, account under review",
            "auth 535 Konto gesperrt",
            "auth 535 Compte suspendu",
            "auth 535 Cuenta bloqueada",
            "auth 535 Аккаунт заблокирован",
            "auth 535 アカウントが停止されています",
            "auth 550 账号被锁定",
            ("auth 550 " + misread("帐号已被冻结", GB), {}),
        ],
    ),
    Outcome(
        "policy-gmail-no-spf-dkim",
        "policy",
        None,
        False,
        [
            "data 550 5.7.26 This mail is unauthenticated: neither SPF nor DKIM passed",
            "data 550 5.7.1 The sender must authenticate with SPF or DKIM",
        ],
    ),
    Outcome(
        "policy-dmarc",
        "policy",
        "sender",
        False,
        [
            "data 550 5.7.1 Email rejected per DMARC policy for test.example",
            "data 550 5.7.26 Unauthenticated email is not accepted due to domain's DMARC policy",
            "data 550 5.7.509 Access denied, sending domain does not pass DMARC verification",
        ],
    ),
    Outcome(
        "policy-authentication-level",
        "policy",
        "sender",
        False,
        [
            "data 550 5.7.515 Access denied, sending domain does not meet the required"
            " authentication level",
        ],
    ),
    Outcome(
        "policy-spf",
        "policy",
        "sender",
        False,
        [
            "mail_from 550 5.7.23 SPF validation failed",
            ("data 550 5.7.27 The sender's SPF did not pass", GMAIL),
            "rcpt_to 550 5.7.1 Recipient rejected: sender not allowed by its SPF record",
        ],
    ),
    Outcome(
        "policy-dkim",
        "policy",
        None,
        False,
        [
            "rcpt_to 550 5.7.20 No passing DKIM signature found",
            "data 550 5.7.1 DKIM verification failed",
        ],
    ),
    Outcome(
        "tls-version-refused",
        "tls",
        "tls_version",
        False,
        [
            "auth 530 5.7.0 TLS version not supported, please use TLS 1.2 or newer",
            "ehlo 421 4.7.1 Insecure connection, TLS 1.2 required",
            "mail_from 550 5.7.0 Outdated TLS versions are refused here",
        ],
    ),
    Outcome(
        "auth-account-locked",
        None,
        None,
        False,
        [
            "auth 535 5.7.8 Your account is locked, ask the administrator",
            ("auth 535 5.7.139 Authentication unsuccessful, account is locked.", M365),
        ],
    ),
    Outcome(
        "mail-from-blacklisted",
        None,
        "sender",
        False,
        ["rcpt_to 550 5.7.1 Your email address has been blacklisted: sender on blacklist"],
    ),
    Outcome(
        "command-not-understood",
        None,
        None,
        False,
        [
            "mail_from 503 5.5.2 Need EHLO first",
            "mail_from 555 5.5.4 Unsupported option: SIZE=700",
            "data 503 5.5.1 Bad sequence of commands",
        ],
    ),
    Outcome(
        "auth-454-temporary",
        None,
        None,
        True,
        [
            "auth 550 5.3.0 Internal error in authentication backend",
            "auth 535 5.7.8 LDAP server unavailable",
        ],
    ),
    Outcome(
        "policy-key-limited-to-addresses",
        "policy",
        None,
        False,
        [("auth 525 5.7.1 Unauthorized IP address", at("smtp-relay.brevo.com"))],
    ),
    Outcome(
        "policy-country-closed",
        "policy",
        None,
        False,
        ["auth 535 Access from your country is not allowed"],
    ),
    Outcome(
        "policy-address-not-allowed",
        "policy",
        None,
        False,
        ["auth 550 5.7.1 Your IP address 203.0.113.5 is not in the list of allowed addresses"],
    ),
    Outcome(
        "policy-local-rule",
        "policy",
        None,
        False,
        [
            "data 554 Reject due to policy restrictions",
            "data 550 5.7.1 [CS01] Message rejected due to local policy",
        ],
    ),
    Outcome(
        "policy-rule-on-sender",
        "policy",
        None,
        False,
        [
            "rcpt_to 550 Administrative prohibition",
            "mail_from 554 5.7.1 Rejected by local policy",
        ],
    ),
    Outcome(
        "policy-spamhaus-listed",
        "policy",
        None,
        False,
        [
            "rcpt_to 554 5.7.1 Service unavailable; Client host blocked using bl.spamcop.net",
            "mail_from 550 5.7.606 Access denied, banned sending IP [203.0.113.1]",
            "rcpt_to 550 5.7.1 Message rejected: your IP is listed in Barracuda",
            "rcpt_to 554 DT:RBL 163 smtp",
            "data 554 5.7.1 Poor reputation of sending host",
            "rcpt_to 550 Ihre IP steht auf einer Sperrliste",
            "rcpt_to 550 Votre adresse IP est sur liste noire",
            "rcpt_to 550 Ваш IP в черном списке",
            "rcpt_to 550 ブラックリストに登録されています",
            "rcpt_to 550 您的IP在黑名单中",
        ],
    ),
    Outcome(
        "policy-reverse-dns",
        "policy",
        None,
        False,
        [
            "mail_from 550 5.7.25 The sending IP does not have a PTR record",
            "rcpt_to 550 Reverse DNS lookup failed",
            "rcpt_to 554 5.7.1 Fix reverse DNS for 203.0.113.1",
            "rcpt_to 550 逆引きができません",
        ],
    ),
    Outcome(
        "policy-address-not-allowed",
        "policy",
        None,
        False,
        [
            "auth 535 5.7.1 Your IP address is not whitelisted",
            "mail_from 550 5.7.1 Client IP not in allowed list",
        ],
    ),
    Outcome(
        "policy-country-closed",
        "policy",
        None,
        False,
        [
            "auth 550 Access from your country is blocked",
            "auth 535 国外からのアクセスは制限されています",
        ],
    ),
    Outcome(
        "policy-virus-found",
        "policy",
        None,
        False,
        [
            "data 550 5.7.1 Virus found in message",
            "data 550 5.7.1 This message contains malware (Eicar-Test-Signature)",
            "data 554 Nachricht enthält Viren",
        ],
    ),
    Outcome(
        "policy-attachment-refused",
        "policy",
        None,
        False,
        [
            "data 552 5.7.0 Our system detected an illegal attachment on your message",
            "data 550 Dateianhang nicht erlaubt",
            "data 554 附件禁止发送",
        ],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        [
            "data 554 5.7.1 Message rejected under suspicion of SPAM",
            "data 554 sorry, message looks like SPAM to me",
            "data 550 Письмо отклонено: похоже на спам",
            "data 554 DT:SPM 163 smtp, junk",
            "data 550 spam message rejected",
            "data 550 Mail content denied.",
            "data 554 Сообщение отклонено как спам",
            "data 554 迷惑メールと判定されました",
            "data 554 反垃圾邮件拒收",
        ],
    ),
    Outcome(
        "data-missing-message-id",
        "data",
        None,
        False,
        [
            "data 550 5.7.1 Messages missing a valid address in From: header are not accepted",
            "data 554 5.6.0 Message is not RFC 5322 compliant",
            "data 550 5.6.0 Lack of Date header",
            "data 550 Multiple From headers",
        ],
    ),
    Outcome(
        "data-mail-loop",
        "data",
        None,
        False,
        ["data 554 5.4.14 Hop count exceeded - possible mail loop", "data 554 too many hops"],
    ),
    Outcome(
        "ehlo-name-refused",
        "ehlo",
        "ehlo_name",
        False,
        [
            "ehlo 550 HELO/EHLO localhost is invalid",
            "ehlo 504 5.5.2 <x>: Helo command rejected: need fully-qualified hostname",
            "ehlo 450 4.7.1 Helo command rejected: Host not found",
        ],
    ),
    Outcome(
        "banner-554-poor-reputation",
        None,
        "server",
        False,
        ["banner 554 IP=203.0.113.1 - A problem occurred. Your IP is blocked"],
    ),
    Outcome(
        "banner-listed-where-people-sign-in",
        None,
        None,
        False,
        ["banner 550 5.7.1 203.0.113.1 listed at zen.spamhaus.org"],
    ),
    Outcome(
        "banner-dynamic-address",
        None,
        "server",
        False,
        ["banner 554 5.7.1 Dynamic IP ranges are not welcome"],
    ),
    Outcome(
        "banner-421-too-many-connections",
        None,
        None,
        True,
        [
            "banner 421 4.7.0 Too many connections from your IP",
            "banner 554 Too many connections",
            "banner 421 4.7.0 Connection rate limit exceeded",
        ],
    ),
    Outcome(
        "banner-421-not-available",
        None,
        None,
        True,
        ["banner 421 4.3.2 All server ports are busy", "banner 450 4.3.2 Try again later"],
    ),
    Outcome(
        "banner-access-denied",
        None,
        None,
        False,
        ["banner 554 5.7.1 Access denied"],
    ),
    Outcome(
        "banner-service-switched-off",
        None,
        "server",
        False,
        ["banner 521 this server does not accept mail"],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            "data 452 4.2.2 You have reached your daily sending limit of 300 emails",
            "rcpt_to 452 4.5.3 送信通数制限を超えました",
            "data 554 5.7.1 Superato il numero massimo di email inviabili per ora",
            "rcpt_to 550 5.2.0 OFR_515 Mail rejete. Volume d'emails trop important.",
        ],
    ),
    Outcome(
        "policy-gmail-unsolicited-rate",
        "policy",
        None,
        True,
        [
            "data 421 4.7.0 This message is suspicious due to the very low reputation of the "
            "sending IP address. Mail from your IP address has been temporarily rate limited.",
            "mail_from 421 RP-001 (X) Unfortunately, some messages from 203.0.113.5 weren't sent.",
        ],
    ),
    Outcome(
        "policy-spamhaus-listed",
        "policy",
        None,
        False,
        [
            "mail_from 553 5.7.1 [TSS09] All messages from 203.0.113.5 will be permanently "
            "deferred; Retrying will NOT succeed.",
            "rcpt_to 554 Blocked - see https://ipcheck.example.net/?ip=203.0.113.5",
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            "auth 535 Account temporarily blocked. Please contact support",
            "data 550 5.7.705 Access denied, tenant has exceeded threshold",
        ],
    ),
    Outcome(
        "policy-postmark-sender-signature",
        "policy",
        "sender",
        False,
        [
            "data 550 5.7.1 Sender not valid: ada@test.example. Validate your sender",
            "mail_from 550 5.1.0 ada@test.example isn't a validated sender.",
            "mail_from 550 This domain is not associated with your account",
            "mail_from 550 5.7.1 Sender domain test.example isn't linked to this project",
            "mail_from 550 5.7.1 test.example: domain has not been added to your organization",
        ],
    ),
    Outcome(
        "policy-key-limited-to-addresses",
        "policy",
        None,
        False,
        [("auth 535 The IP address used is not on the allow list", at("smtp.sendgrid.net"))],
    ),
    Outcome(
        "policy-country-closed",
        "policy",
        None,
        False,
        ["mail_from 550 5.7.1 国外IPアドレスからの送信は制限されています"],
    ),
    Outcome(
        "policy-local-rule",
        "policy",
        None,
        False,
        [
            "data 550 Requested action not taken: mailbox unavailable For explanation visit x",
        ],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        [
            "mail_from 501 5.5.4 You are not allowed to send from this address.",
            "mail_from 501 5.7.0 Unauthorized use of sender address",
            "mail_from 553 5.7.1 O remetente não pertence ao usuário autenticado",
        ],
    ),
    Outcome(
        "mail-from-unverified-for-now",
        None,
        "sender",
        True,
        [
            "rcpt_to 450 4.1.7 <x>: Sender address rejected: unverified address: Address "
            "verification in progress",
        ],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        [
            "mail_from 517 MX records for test.example violate section 3.3.9 of RFC 1035.",
        ],
    ),
    Outcome(
        "command-not-understood",
        None,
        None,
        False,
        ["data 503 5.5.0 <DATA>: Improper use of SMTP command pipelining"],
    ),
    Outcome(
        "auth-exchange-broken-off",
        None,
        "auth",
        False,
        ["auth 501 5.5.2 Cannot decode response"],
    ),
    Outcome(
        "rcpt-domain-unknown",
        None,
        None,
        False,
        [
            "rcpt_to 554 5.1.2 Host unknown",
        ],
    ),
    Outcome("rcpt-mailbox-full", None, None, True, ["rcpt_to 552 Quota exceeded"]),
    Outcome(
        "rcpt-greylisted",
        None,
        None,
        True,
        [("rcpt_to 452 4.2.2 Greylisted, please try again in a few moments.", NO_LOGIN)],
    ),
    Outcome("rcpt-user-unknown", None, None, False, ["rcpt_to 550 5.1.2 Mailbox does not exist."]),
    Outcome(
        "rcpt-unverified-for-now",
        None,
        None,
        True,
        ["rcpt_to 451 4.4.3 Unable to verify address at this time."],
    ),
    Outcome(
        "policy-connection-used-up",
        "policy",
        None,
        True,
        ["mail_from 452 4.7.28 mail.test Session exceeded transfer quota."],
    ),
    Outcome(
        "rcpt-too-many-recipients", None, None, True, ["rcpt_to 452 Split transaction, retry soon"]
    ),
    Outcome(
        "policy-being-scanned",
        "policy",
        None,
        True,
        ["data 451 4.7.1 Awaiting deep scan - try again later"],
    ),
    Outcome(
        "data-missing-message-id", None, None, False, ["data 550 5.7.7 Failed to parse message."]
    ),
    Outcome(
        "server-short-of-means",
        None,
        None,
        True,
        ["data 452 4.3.1 Mail system full, try again later."],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            ("data 550 5.2.2 SubmissionQuotaExceeded", M365),
            "data 450 4.7.1 <END-OF-MESSAGE>: End-of-data rejected: Number messages per hour"
            " exceeded. Error:RATE_MSG",
        ],
    ),
    Outcome(
        "policy-m365-restricted-sender",
        "policy",
        None,
        False,
        [("data 550 5.7.501 Access denied, spam abuse detected", M365)],
    ),
    Outcome(
        "policy-domain-slowed-down",
        "policy",
        None,
        True,
        [
            (
                "data 421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating"
                " from your SPF domain [test.example 36].",
                NO_LOGIN,
            )
        ],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        [
            "mail_from 501 5.7.1 Return path doesn't match authenticated user",
            "mail_from 553 5.7.1 <x>: Sender address rejected: sender unknown to this account",
        ],
    ),
    Outcome(
        "mail-from-authentication-required",
        None,
        "username",
        False,
        [("mail_from 571 we do not trust your address; authenticate", NO_LOGIN)],
    ),
    Outcome(
        "policy-seen-as-spam",
        "policy",
        None,
        False,
        [("mail_from 554 Sending address not accepted due to spam filter", NO_LOGIN)],
    ),
    Outcome(
        "mail-from-501-bad-sender-syntax",
        None,
        "sender",
        False,
        ["mail_from 550 The address is not valid."],
    ),
    Outcome(
        "mail-from-own-mailbox-only",
        None,
        "sender",
        False,
        [
            ("data 554 5.0.0 Error: transaction failed: invalid sender", at("smtp.qq.com")),
            ("mail_from 550 5.7.1 non-local sender verification failed", at("smtp.mail.ru")),
            (
                "mail_from 550 5.7.1 Sender address rejected: user used foreign address",
                at("poczta.o2.pl"),
            ),
        ],
    ),
    Outcome(
        "rcpt-relay-denied-454",
        None,
        "username",
        False,
        [("rcpt_to 550 not relaying to that domain", NO_LOGIN)],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            "rcpt_to 554 5.7.1 Superato il numero massimo di destinatari giornalieri",
            "rcpt_to 550 5.7.1 Prekrocen denni limit odeslanych zprav",
            "rcpt_to 450 Requested mail action not taken: mailbox unavailable. Sender limit"
            " exceeded.",
        ],
    ),
    Outcome(
        "mail-from-not-approved",
        None,
        "sender",
        False,
        [
            (
                "mail_from 550 5.7.0 Your account is not allowed to send emails from this domain",
                at("smtp.eu.mailgun.org"),
            )
        ],
    ),
    Outcome(
        "rcpt-suppressed",
        None,
        None,
        False,
        ["rcpt_to 550 Unable to send to this recipient: it previously hard bounced"],
    ),
    Outcome(
        "policy-sender-of-mailbox-provider",
        "policy",
        "sender",
        False,
        [
            (
                "data 550 The gmail.com domain is not verified. Please, add and verify your domain",
                {**at("smtp.resend.com"), "sender": "ada@gmail.com"},
            )
        ],
    ),
    Outcome(
        "mail-from-sender-domain-takes-no-mail",
        None,
        "sender",
        False,
        ["mail_from 501 5.1.8 Domain in MAIL FROM does not have any MX records"],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            "rcpt_to 451 4.7.1 max number of new/first-time recipients (200) over past 24h reached,"
            " try increasing per-account setting MaxFirstTimeRecipientsPerDay"
        ],
    ),
    Outcome(
        "rcpt-relay-denied-454",
        None,
        "username",
        False,
        [("rcpt_to 550 5.1.1 not accepting email for domain", NO_LOGIN)],
    ),
    Outcome(
        "rcpt-address-malformed",
        None,
        None,
        False,
        ["rcpt_to 501 5.1.2 Malformed destination domain (IDNA conversion failed)"],
    ),
    Outcome(
        "mail-from-530-starttls-first",
        None,
        "tls",
        False,
        [("mail_from 550 5.7.3 Security level check failed", {**NO_LOGIN, **CLEAR})],
    ),
    Outcome(
        "server-filter-down",
        None,
        None,
        True,
        ["data 451 4.4.0 clamd connect error: Connection refused (111)"],
    ),
    Outcome(
        "policy-reverse-dns",
        "policy",
        None,
        False,
        [("mail_from 550 5.7.1 host [203.0.113.4] from unknown TLD", NO_LOGIN)],
    ),
    Outcome("rcpt-user-unknown", None, None, False, ["rcpt_to 550 SL E515 Email not exist"]),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            "data 550 5.7.1 Message refused: your account has been temporarily limited after"
            " sending too much spam. Reset your password",
            "data 550 5.7.1 Your message has been refused because the account sends too many"
            " messages considered as spam, contact support",
            "mail_from 550 5.7.1 Envio suspenso: conta com comportamento suspeito",
        ],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            "rcpt_to 550 5.7.1 일일 발송 한도를 초과했습니다",
            "data 550 5.7.0 Too many emails per second. Please upgrade your plan"
            " https://mail.example/billing",
            "rcpt_to 550 今日发信数量已达上限",
            "rcpt_to 550 5.7.1 Kuota pengiriman per jam telah terlampaui",
        ],
    ),
    Outcome(
        "rcpt-address-malformed",
        None,
        None,
        False,
        ["rcpt_to 501 Invalid RCPT TO address provided"],
    ),
    Outcome(
        "data-missing-message-id",
        None,
        None,
        False,
        ["data 554 Transaction failed: Missing start boundary"],
    ),
    Outcome(
        "policy-part-of-service-missing",
        "policy",
        None,
        False,
        ["data 550 5.7.1 Message stream 'broadcasts' does not accept messages via this token"],
    ),
    Outcome(
        "server-trouble",
        None,
        None,
        True,
        [
            "mail_from 451 4.4.0 DNS query failed",
            "data 554 5.2.0 STOREDRV.Submission.Exception:StoreDriverAgentTransientException",
        ],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        [
            "mail_from 550 Requested action not taken: mailbox unavailable Sender address is not"
            " allowed. For explanation visit https://postmaster.example.de/",
            "mail_from 550 5.7.1 De afzender hoort niet bij de ingelogde gebruiker",
            "mail_from 550 5.7.1 A felado nem egyezik a bejelentkezett felhasznaloval",
            "mail_from 550 5.7.1 Der Absender passt nicht zum angemeldeten Benutzer",
        ],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        ["data 554 5.7.1 Mensagem recusada: conteudo suspeito"],
    ),
    Outcome(
        "policy-link-listed",
        "policy",
        None,
        False,
        ["data 550 5.7.1 メール本文に禁止されたURLが含まれています"],
    ),
    Outcome(
        "policy-dmarc",
        "policy",
        "sender",
        False,
        ["data 550 Sender's policy prohibits this message: Reject"],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        [("data 550 Domain may not exist or DNS check failed [x IP: 192.0.2.1].", NO_LOGIN)],
    ),
    Outcome(
        "policy-rule-on-recipient",
        "policy",
        None,
        False,
        ["rcpt_to 554 5.7.1 <bob@example.org>: Recipient address rejected: Access denied"],
    ),
    Outcome(
        "policy-not-in-plan",
        "policy",
        None,
        False,
        ["mail_from 552 5.7.1 Sender denied: your hosting plan does not allow outgoing mail"],
    ),
    Outcome(
        "policy-held-for-review",
        "policy",
        None,
        False,
        ["data 554 5.7.1 message quarantined by administrator policy"],
    ),
    Outcome(
        "rcpt-relay-denied-454",
        None,
        "username",
        False,
        [
            ("rcpt_to 550 5.7.1 This relay only delivers to internal recipients", NO_LOGIN),
            (
                "rcpt_to 550 5.7.1 Recipient rejected because sender IP 10.0.0.5 not in relay list",
                NO_LOGIN,
            ),
        ],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        ["rcpt_to 550 5.7.1 Rejected because your domain has no valid MX record"],
    ),
    Outcome(
        "ehlo-name-of-the-server",
        None,
        "ehlo_name",
        False,
        [("mail_from 550 5.7.1 Access denied, HELO name is in our domain", NO_LOGIN)],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        [
            "data 554 5.7.1 Body contains blocked word",
            "data 550 5.7.1 TooManyLinks: message rejected",
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            "data 554 Error: This email address has lost rights to send email from the system",
            "mail_from 550 5.7.1 Your account has been blocked from sending, too many bounces",
        ],
    ),
    Outcome(
        "auth-mailbox-full", "policy", None, True, ["mail_from 452 4.2.2 Mailbox of sender is full"]
    ),
    Outcome("rcpt-restricted", None, None, False, ["rcpt_to 550 5.7.1 Recipient has blocked you"]),
    Outcome(
        "data-missing-message-id",
        None,
        None,
        False,
        [
            "data 550 5.7.1 The From header contains more than one address",
            "data 554 Invalid domain name: 'bad_domain'",
        ],
    ),
    Outcome(
        "policy-payment-due",
        "policy",
        None,
        False,
        ["data 550 5.7.1 Billing problem: sending disabled until invoice is paid"],
    ),
    Outcome(
        "policy-key-of-another-domain",
        None,
        "sender",
        False,
        ["mail_from 550 5.7.1 API key is limited to domain other.example"],
    ),
    Outcome(
        "rcpt-domain-takes-no-mail",
        None,
        None,
        False,
        [
            "rcpt_to 556 5.1.10 <x>: Recipient address rejected: Domain example.org does not "
            "accept mail (nullMX)",
        ],
    ),
    Outcome(
        "rcpt-receives-too-much",
        None,
        None,
        True,
        [
            "rcpt_to 550 5.2.1 The user you are trying to contact is receiving mail at a rate that "
            "prevents additional messages from being delivered.",
        ],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        [
            "rcpt_to 550 5.7.193 UnifiedGroupAgent; Delivery failed because the sender isn't a "
            "group member",
        ],
    ),
    Outcome(
        "mail-from-login-not-passed-on",
        None,
        None,
        False,
        ["rcpt_to 550 5.7.1 Relaying denied. Proper authentication required."],
    ),
    Outcome(
        "command-not-understood",
        None,
        None,
        False,
        ["mail_from 501 5.5.4 Syntax error in parameters: BODY=8BITMIME"],
    ),
    Outcome(
        "mail-from-blacklisted",
        None,
        "sender",
        False,
        ["mail_from 553 sorry, your envelope sender is in my badmailfrom list (#5.7.1)"],
    ),
    Outcome(
        "mail-from-530-starttls-first",
        None,
        "tls",
        False,
        [("mail_from 550 5.7.29 This message does not have TLS", CLEAR)],
    ),
    Outcome(
        "policy-credits-used-up",
        "policy",
        None,
        False,
        ["data 554 5.7.1 Account has a negative balance; service is suspended"],
    ),
    Outcome(
        "policy-gmail-unsolicited-rate",
        "policy",
        None,
        True,
        ["mail_from 550 Ip frequency limited."],
    ),
    Outcome(
        "policy-country-closed",
        "policy",
        None,
        False,
        ["auth 535 Accesso dall'estero non consentito"],
    ),
    Outcome(
        "policy-postmark-sender-signature",
        "policy",
        "sender",
        False,
        ["mail_from 550 5.7.1 The specified sender domain has not been linked to this resource"],
    ),
    Outcome(
        "auth-web-login",
        None,
        None,
        False,
        ["auth 535 5.7.8 Unusual login activity detected. Verify via browser"],
    ),
    Outcome(
        "policy-authentication-unchecked",
        "policy",
        None,
        True,
        ["data 451 4.7.1 DMARC: temporary failure looking up the policy, DNS timeout"],
    ),
    Outcome(
        "mail-from-unverified-for-now",
        None,
        "sender",
        True,
        ["mail_from 451 4.1.8 Sender address rejected: domain lookup failed, DNS timeout"],
    ),
    Outcome(
        "rcpt-unverified-for-now",
        None,
        None,
        True,
        ["rcpt_to 451 4.4.1 Unable to contact the mail host of example.org"],
    ),
    Outcome(
        "mail-from-blacklisted",
        None,
        "sender",
        False,
        [
            "mail_from 550 5.7.1 Service unavailable, MailFrom domain is listed in Spamhaus.",
            "data 550 5.7.1 Rejected due to having a domain present in the Spamhaus DBL",
            "data 550 Rejected by header based manually Blocked Senders: ada@test.example",
        ],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        [
            "data 550 Local mailbox bob@example.org is unavailable: account is disabled",
            "data 554 delivery error: dd Sorry, your message to bob@example.org cannot be "
            "delivered. This mailbox is disabled",
        ],
    ),
    Outcome(
        "rcpt-mailbox-full",
        None,
        None,
        True,
        ["rcpt_to 552 5.2.2 Mailbox size limit exceeded"],
    ),
    Outcome(
        "policy-mail-policy-of-organisation",
        "policy",
        None,
        False,
        ["data 554 5.2.3 MailPolicy violation Error delivering to mailboxes"],
    ),
    Outcome(
        "rcpt-address-malformed",
        None,
        None,
        False,
        ["rcpt_to 553 5.1.2 The recipient address <.@x> is not a valid RFC-5321 address."],
    ),
    Outcome(
        "rcpt-receives-too-much",
        None,
        None,
        True,
        ["rcpt_to 421 4.7.1 Messages to bob@example.org deferred due to excessive volume."],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        [
            "rcpt_to 554 5.7.1 <bob@example.org>: Recipient address rejected: BLOCK-SEND-ER.",
            ("rcpt_to 550 Envelope blocked - User Entry", NO_LOGIN),
        ],
    ),
    Outcome(
        "rcpt-unverified-for-now",
        None,
        None,
        True,
        [("rcpt_to 451 Invalid Recipient", NO_LOGIN)],
    ),
    Outcome(
        "rcpt-yahoo-450-mailbox-unavailable",
        None,
        None,
        True,
        [
            "rcpt_to 550 Requested action not taken: mailbox unavailable Failure sending mail. "
            "Try again later",
        ],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        ["data 550 the From: header address is not the same as the authenticated user"],
    ),
    Outcome(
        "command-not-understood",
        None,
        None,
        False,
        [
            "mail_from 503 Error: nested MAIL command",
            "rcpt_to 503 sender not yet given",
            "data 502 5.5.1 Unimplemented",
        ],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        [
            "mail_from 550 Requested action not taken: mailbox unavailable invalid DNS MX or "
            "A/AAAA resource record",
        ],
    ),
    Outcome(
        "auth-mailbox-full",
        "policy",
        None,
        True,
        ["data 554 5.2.0 QuotaExceededException; the sender mailbox is over the quota"],
    ),
    Outcome(
        "auth-password-change-needed",
        None,
        "password",
        False,
        [
            (
                "auth 535 5.7.139 Authentication unsuccessful, the user credentials have expired.",
                M365,
            )
        ],
    ),
    Outcome(
        "policy-key-of-another-domain",
        None,
        "sender",
        False,
        ["data 550 This API key is restricted to only send emails from example.com"],
    ),
    Outcome(
        "policy-domain-not-verified",
        "policy",
        "sender",
        False,
        ["data 554 5.7.1 Demo domains can only be used to send emails to account owners."],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        [
            "mail_from 550 5.7.1 Mail from ada@test.example is not permitted from this account",
            "mail_from 530 5.7.0 Authentication required, but the authenticated account does not "
            "match the sender address",
            "mail_from 553 Local user only,163 smtp5",
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            "mail_from 550 Envío bloqueado: la cuenta ha sido comprometida",
            "auth 550 5.7.1 Your account has been locked due to suspected abuse.",
        ],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        ["rcpt_to 452 Too many recipients received this hour"],
    ),
    Outcome(
        "policy-address-not-allowed",
        "policy",
        None,
        False,
        ["auth 550 5.7.1 Client does not have permission to use AUTH from this network"],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        ["auth 535 5.7.8 Access denied: IMAP only account"],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        [
            "mail_from 550 5.7.1 Sender domain test.example has no valid MX or A record",
            "mail_from 550 5.1.0 <ada@test.example> sender rejected : invalid sender domain",
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        ["mail_from 554 5.7.1 Outbound email blocked: contact billing@example.com"],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        ["data 550 5.7.1 The user does not have permission to send on behalf of root@test.example"],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        ["data 554 5.7.1 Nachricht wegen unzulässiger Inhalte abgelehnt"],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        ["data 421 4.7.0 Too much mail from your account today"],
    ),
    Outcome(
        "rcpt-domain-not-allowed",
        None,
        None,
        False,
        ["rcpt_to 550 5.7.1 You are not allowed to send to external recipients"],
    ),
    Outcome(
        "data-sendgrid-sender-identity",
        None,
        "sender",
        False,
        [
            (
                "data 550 Unauthorized from address. Domain example.org has not been authenticated",
                at("smtp.sendgrid.net"),
            ),
        ],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        ["rcpt_to 559 Invalid rcptto [@sm070102]"],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        ["rcpt_to 550 5.1.1 The mailbox you are trying to reach was moved or closed"],
    ),
    Outcome(
        "policy-link-listed",
        "policy",
        None,
        False,
        ["data 550 5.7.1 The message contains a link to a known phishing site"],
    ),
    Outcome(
        "data-bare-lf-521",
        "data",
        None,
        False,
        ["data 550 5.6.0 Lone CR or LF in body (see RFC2822 section 2.3)"],
    ),
    Outcome(
        "policy-subscription-ended",
        "policy",
        None,
        False,
        ["data 550 5.7.0 Your monthly plan has expired, please renew your subscription"],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        ["mail_from 550 Hemos detectado un envío masivo desde su cuenta; envío suspendido"],
    ),
    Outcome(
        "policy-gmail-unsolicited-rate",
        "policy",
        None,
        True,
        ["mail_from 421 4.7.1 Intrusion prevention active for [203.0.113.5]"],
    ),
    Outcome(
        "rcpt-greylisted",
        None,
        None,
        True,
        [
            "rcpt_to 451 Internal resource temporarily unavailable - "
            "https://community.mimecast.com/docs/DOC-1369",
        ],
    ),
    Outcome(
        "server-trouble",
        None,
        None,
        True,
        [
            "rcpt_to 451 4.3.0 Internal resource temporarily unavailable",
        ],
    ),
    Outcome(
        "server-filter-down",
        None,
        None,
        True,
        [
            "data 451 4.7.1 Content scanner malfunction: milter unavailable",
        ],
    ),
    Outcome(
        "server-filter-down",
        None,
        None,
        True,
        [
            "data 451 4.7.1 clamav: antivirus not ready",
        ],
    ),
    Outcome(
        "server-filter-down",
        None,
        None,
        True,
        [
            "data 451 4.7.1 Temporary rejected: antivirus engine not ready",
        ],
    ),
    Outcome(
        "auth-client-certificate-required",
        None,
        "port",
        False,
        [
            "auth 535 5.7.8 Error: authentication failed: client certificate required",
            "rcpt_to 554 5.7.1 <bob@example.com>: Relay access denied "
            "(missing or invalid client certificate)",
        ],
    ),
    Outcome(
        "auth-full-address-wanted",
        None,
        "username",
        False,
        [
            "auth 535 5.7.8 user name must contain a domain",
        ],
    ),
    Outcome(
        "auth-password-change-needed",
        None,
        "password",
        False,
        [
            "auth 535 5.7.8 Password has been leaked and must be changed before sending mail",
        ],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        [
            "auth 535 5.7.8 authentication failed. IMAP/SMTP setting is off",
            (
                "auth 535 5.7.1 Application not allowed: Your Workspace administrator"
                " has disabled SMTP access for this user",
                at("smtp.gmail.com"),
            ),
            ("auth 554 5.7.8 Access Restricted", at("smtp.zoho.in")),
        ],
    ),
    Outcome(
        "auth-app-password-required",
        None,
        "password",
        False,
        [
            (
                "auth 535 5.7.0 (#AUTH005) Unable to authenticate: Please generate an app password",
                at("smtp.mail.yahoo.com"),
            ),
        ],
    ),
    Outcome(
        "auth-account-locked",
        None,
        None,
        False,
        [
            "auth 535 5.7.8 アカウントがロックされています。管理者にお問い合わせください",
        ],
    ),
    Outcome(
        "policy-api-key-restricted",
        None,
        "password",
        False,
        [
            "auth 535 5.7.8 Incorrect username or password: app password does not have SMTP access",
        ],
    ),
    Outcome(
        "policy-country-closed",
        "policy",
        None,
        False,
        ["auth 535 5.7.8 Acceso SMTP bloqueado desde su país"],
    ),
    Outcome(
        "policy-connection-used-up",
        "policy",
        None,
        True,
        [
            "data 421 4.2.0 Too many messages in this session; open a new connection",
            "mail_from 421 4.5.3 Too many messages on the same connection",
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            "data 552 5.2.2 Account disabled: Business Verification pending",
        ],
    ),
    Outcome(
        "rcpt-too-many-recipients",
        None,
        None,
        True,
        [
            "rcpt_to 452 4.5.3 Domain policy size per transaction exceeded,"
            " please try this recipient in a separate transaction.",
        ],
    ),
    Outcome(
        "mail-from-sender-not-verified",
        None,
        "sender",
        False,
        [
            "rcpt_to 550 Sender verify failed",
            "rcpt_to 550 Callback setup failed while verifying <ada@example.org>: "
            "The initial connection, or a HELO or MAIL FROM:<> command was rejected",
        ],
    ),
    Outcome(
        "rcpt-domain-unknown",
        None,
        None,
        True,
        [
            "rcpt_to 450 4.1.2 <bob@example.com>: Recipient address rejected: Domain not found",
            "rcpt_to 450 Domínio do destinatário não encontrado",
        ],
    ),
    Outcome(
        "data-missing-message-id",
        None,
        None,
        False,
        [
            "data 550 5.7.0 Message discarded: null byte in message not allowed",
        ],
    ),
    Outcome(
        "auth-terms-not-accepted",
        None,
        None,
        False,
        [
            (
                "auth 535 5.7.8 Error: authentication failed: Please accept EULA first. 1710000000",
                at("smtp.yandex.ru"),
            ),
        ],
    ),
    Outcome(
        "auth-on-another-port",
        None,
        "port",
        False,
        ["banner 554 5.7.1 Please use the submission port 587 with authentication"],
    ),
    Outcome(
        "banner-banned-after-logins",
        None,
        "password",
        True,
        [
            "banner 554 5.7.0 Your IP has been blocked by Fail2Ban",
            "banner 550 203.0.113.5 is blocked by CSF, contact the hosting provider",
            "ehlo 550 203.0.113.5 is blocked by LFD",
        ],
    ),
    Outcome(
        "banner-country-closed",
        None,
        None,
        False,
        ["banner 450 4.7.1 Service unavailable; connections from your country are blocked"],
    ),
    Outcome(
        "auth-on-another-port",
        None,
        "port",
        False,
        [
            "auth 550 5.7.1 Authentication not allowed on this interface",
        ],
    ),
    Outcome(
        "data-missing-message-id",
        None,
        None,
        False,
        [
            "data 550 5.1.20 Multiple From addresses are not allowed without Sender address",
            "data 554 Transaction failed: Address contains illegal characters in user name",
            "data 554 Transaction failed: Expected disposition, got null",
            "data 550 5.3.4 Headers too large (32768 max)",
        ],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        [
            "rcpt_to 550 5.7.1 Unable to deliver: sending to this domain is "
            "blocked by your administrator",
        ],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        [
            "rcpt_to 550 5.2.1 Mailbox disabled for this recipient",
        ],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        [
            "rcpt_to 550 5.7.1 Sender rejected: MX of example.org points to a loopback address",
        ],
    ),
    Outcome(
        "policy-rule-on-sender",
        "policy",
        None,
        False,
        [
            "mail_from 550 Administratively prohibited",
        ],
    ),
    Outcome(
        "policy-rule-of-organisation",
        "policy",
        None,
        False,
        [
            "data 554 5.7.1 The user or domain that you are sending to (or from) "
            "has a policy that prohibited the mail",
        ],
    ),
    Outcome(
        "policy-attachment-refused",
        "policy",
        None,
        False,
        [
            "data 554 5.7.1 Password protected archive cannot be scanned",
        ],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        [
            "data 550 5.7.1 message contains too many URLs",
        ],
    ),
    Outcome(
        "server-trouble",
        None,
        None,
        True,
        [
            "data 452 Za mało miejsca na dysku serwera",
        ],
    ),
    Outcome(
        "mail-from-451-waiting-for-client",
        None,
        None,
        True,
        [
            "data 452 Timeout waiting for data from client.",
        ],
    ),
    Outcome(
        "mail-from-login-not-passed-on",
        None,
        None,
        False,
        ["rcpt_to 550 You are not allowed to send mail to others, please authenticate"],
    ),
    Outcome(
        "ehlo-refused",
        None,
        "ehlo_name",
        False,
        ["ehlo 554 5.7.0 Nothing for you here"],
    ),
    Outcome(
        "banner-spoke-too-early",
        None,
        None,
        True,
        [
            "banner 554 5.5.0 SMTP protocol violation: you talk too soon",
            "ehlo 550 Protocol error: client talked before the greeting",
            "ehlo 554 SMTP synchronization error",
        ],
    ),
    Outcome(
        "banner-tls-from-the-start",
        "starttls",
        "tls_start",
        False,
        [
            "banner 530 5.7.0 Must issue a STARTTLS command first",
            "ehlo 501 This port requires TLS",
            "starttls 501 this port requires TLS",
        ],
    ),
    Outcome(
        "starttls-required-530",
        "starttls",
        "tls",
        False,
        [("ehlo 550 5.7.10 Encryption needed; use port 465 or STARTTLS", CLEAR)],
    ),
    Outcome(
        "ehlo-name-refused",
        None,
        "ehlo_name",
        False,
        ["ehlo 550 HELO should be a FQDN or address literal (See RFC 2821 4.1.1.1)"],
    ),
    Outcome(
        "banner-address-not-listed",
        None,
        None,
        False,
        [
            "banner 554 5.7.1 This relay is reserved for registered hosts only",
            "banner 550 host 203.0.113.7 is not listed in access control list",
            "ehlo 554 5.7.1 Your IP address is not whitelisted",
        ],
    ),
    Outcome(
        "banner-server-licence",
        None,
        None,
        False,
        [
            "banner 421 Kerio Connect license has expired, mail is not accepted",
            "ehlo 554 5.3.0 Subscription expired, server stopped",
        ],
    ),
    Outcome(
        "banner-country-closed",
        None,
        None,
        False,
        ["banner 554 5.7.1 Connections from your country are not accepted"],
    ),
    Outcome(
        "banner-greylisted",
        None,
        None,
        True,
        ["banner 450 4.7.1 Your host is not yet whitelisted, please come back in 10 minutes"],
    ),
    Outcome(
        "banner-server-trouble",
        None,
        None,
        True,
        [
            "banner 421 4.3.0 cannot open SMTP log file",
            "banner 421 Certificate of this server expired, service suspended",
            "ehlo 421 4.2.1 Filter subsystem restarting",
        ],
    ),
    Outcome(
        "auth-on-another-port",
        None,
        "port",
        False,
        [
            "banner 554 5.7.1 Submission restricted to port 465 since 2024-01-01",
            "starttls 502 5.7.0 TLS disabled on port 25, use 587",
        ],
    ),
    Outcome(
        "banner-country-closed",
        None,
        None,
        False,
        [
            "banner 550 You are connecting from a TOR exit node",
            "banner 554 Conexion rechazada: su pais esta bloqueado",
            "banner 550 海外からの接続は許可されていません",
        ],
    ),
    Outcome(
        "banner-421-not-available",
        None,
        None,
        True,
        ["banner 554 5.3.2 Please try again later", "banner 554 Server not yet ready"],
    ),
    Outcome(
        "ehlo-421-not-available",
        None,
        None,
        True,
        ["starttls 421 Connection dropped by IPS", "ehlo 554 Please try again later"],
    ),
    Outcome(
        "tls-version-refused",
        "tls",
        "tls_version",
        False,
        ["starttls 550 5.7.1 Only TLSv1.3 clients accepted"],
    ),
    Outcome(
        "policy-spamhaus-listed",
        "policy",
        None,
        False,
        [
            "mail_from 501 <ada@test.example>... no access from mail server [192.0.2.55]"
            " which is an open relay.",
            "mail_from 550 Insecure Mail Relay",
        ],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        ["data 550 5.2.0 Mail rejete. Mail rejected. OFR_506 [506]"],
    ),
    Outcome(
        "policy-reverse-dns",
        "policy",
        None,
        False,
        [
            "data 550 domain [test.example] mismatches client ip 192.0.2.225.",
            "mail_from 450 service permits 2 unverifyable sending IPs"
            " - mail.test.example is not 203.0.113.222",
        ],
    ),
    Outcome(
        "policy-spf",
        "policy",
        "sender",
        False,
        ["data 554 INVALID IP FOR SENDING MAIL OF DOMAIN test.example"],
    ),
    Outcome(
        "data-missing-message-id",
        None,
        None,
        False,
        [
            "data 554 5.7.0 Header error",
            "data 550 5.7.1 can't determine Purported Responsible Address",
        ],
    ),
    Outcome(
        "data-552-line-too-long",
        None,
        None,
        False,
        ["data 500 Line limit exceeded"],
    ),
    Outcome(
        "command-not-understood",
        None,
        None,
        False,
        ["data 550 Protocol violation"],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        ["mail_from 550 5.1.7 No such domain test.example."],
    ),
    Outcome(
        "policy-spamhaus-listed",
        "policy",
        None,
        False,
        [
            "rcpt_to 550 5.7.1 Client host 192.0.2.55 blocked using 87.blocklist.zap;"
            " Mail from IP banned.",
            "rcpt_to 554 5.7.1 Service unavailable; Client host [192.0.2.55] blocked using"
            " cm-csi-v11; Cloudmark Poor Reputation Sender Blacklist",
            "mail_from 553 5.7.1 [TSS07] Connections will not be accepted from 192.0.2.55,"
            " because the ip is in Spamhaus's list",
        ],
    ),
    Outcome(
        "mail-from-blacklisted",
        None,
        "sender",
        False,
        [
            "data 554 5.7.1 Service unavailable; Sender address [user@test.example] blocked using"
            " dbl.spamhaus.org",
        ],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            ("data 552 Not enough sending quota", at("smtpdm.aliyun.com")),
            "mail_from 550 5.7.1 Insufficient message quota",
            "data 554 Your daily quota is used up",
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            ("mail_from 551 Main account unavailable", at("smtpdm.aliyun.com")),
            "auth 535 5.7.0 Sub-account restricted",
            "data 554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException; Failed to process"
            " message due to a permanent exception with message Cannot submit message.",
        ],
    ),
    Outcome(
        "mail-from-552-size",
        None,
        None,
        False,
        [
            "rcpt_to 552 Too much mail data",
            "data 557 The length of DATA content is achieved the maximum threshold",
            "data 552 Body size is over 10240 kB",
        ],
    ),
    Outcome(
        "rcpt-too-many-recipients",
        None,
        None,
        True,
        [
            "rcpt_to 556 The number of RCPTs is over size",
            "rcpt_to 451 4.3.0 Multiple destination domains per transaction is unsupported."
            " Please try again.",
            "data 554 Number of recipients exceeds what is allowed",
        ],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        ["mail_from 550 5.5.3 Mail from not owned by user. LPN105_421"],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        ["mail_from 550 5.7.1 Sender's MX record not allowed", "rcpt_to 554 Sender MX rejected"],
    ),
    Outcome(
        "mail-from-501-bad-sender-syntax",
        None,
        "sender",
        False,
        ["mail_from 501 5.1.0 Emetteur invalide. Invalid Sender. OFR004_405 [405]"],
    ),
    Outcome(
        "auth-web-login",
        None,
        None,
        False,
        [
            "auth 535 Please confirm that you are not a robot",
        ],
    ),
    Outcome(
        "policy-account-held-for-spam",
        "policy",
        None,
        False,
        [
            (
                "auth 535 5.7.8 Error: authentication failed: Your message looks like spam. You"
                " need to use web for sending or prove you are not a robot using the link",
                at("smtp.yandex.ru"),
            ),
        ],
    ),
    Outcome(
        "policy-gateway-of-recipient",
        "policy",
        None,
        False,
        [
            "data 550 permanent failure for one or more recipients (bob@example.org:blocked)",
            "rcpt_to 550 permanent failure for one or more recipients (bob@example.com:blocked)",
        ],
    ),
    Outcome(
        "rcpt-unverified-for-now",
        None,
        None,
        True,
        [
            "rcpt_to 450 4.4.1 <bob@example.org>: The recipient's server was temporarily"
            " unavailable to accept your message",
            "data 421 4.3.0 Upstream error, see the page of the service",
            "data 451 Could not connect to the destination host",
        ],
    ),
    Outcome(
        "rcpt-domain-unknown",
        None,
        None,
        False,
        [
            "rcpt_to 550 Host does not accept mail",
        ],
    ),
    Outcome(
        "rcpt-domain-takes-no-mail",
        None,
        None,
        False,
        [
            "rcpt_to 556 This domain doesn't receive mail",
        ],
    ),
    Outcome(
        "command-not-understood",
        None,
        None,
        False,
        ["mail_from 451 4.5.0 SMTP protocol violation, see RFC 2821"],
    ),
    Outcome(
        "data-250-treated-as-error",
        None,
        None,
        True,
        ["banner 250 2.0.0 Ok: queued as B4C8112124D", "ehlo 221 2.0.0 Bye"],
    ),
    Outcome(
        "banner-421-reputation",
        None,
        None,
        True,
        [
            "banner 554 192.0.2.1 has been blocked for the day, for attempting to mail too many"
            " invalid recipients. IB113",
            "banner 554 192.0.2.1 has been temporarily blocked for attempting to send too many"
            " messages containing content judged to be spam by the internet community. IB110",
            "ehlo 550 Too many bounces from your host, try again later",
        ],
    ),
    Outcome(
        "starttls-taken-away",
        None,
        "port",
        False,
        [
            (
                "starttls 502 5.5.1 Error: command not implemented",
                at("gmail-smtp-in.l.google.com") | {"port": 25, "username": ""},
            ),
            ("starttls 500 Unrecognized command", GMAIL),
        ],
    ),
    Outcome(
        "server-trouble",
        None,
        None,
        True,
        [
            "rcpt_to 550 5.7.1 RBL query failed",
        ],
    ),
    Outcome(
        "server-filter-down",
        None,
        None,
        True,
        [
            "mail_from 451 4.7.1 DNSBL lookup timeout, please retry",
        ],
    ),
    Outcome(
        "banner-server-licence",
        None,
        None,
        False,
        ["banner 554 5.3.0 mailfilter: out of licences, mail service halted"],
    ),
    Outcome(
        "auth-on-another-port",
        None,
        "port",
        False,
        ["banner 554 Access denied: use authenticated submission on port 587"],
    ),
    Outcome(
        "policy-postmark-sender-signature",
        "policy",
        "sender",
        False,
        [
            "auth 535 Authentication failed: domain example.org is not verified",
            "mail_from 550 5.7.1 Subdomain mail.example.org is not authorized for this account",
        ],
    ),
    Outcome(
        "policy-mailgun-test-account",
        "policy",
        None,
        False,
        [
            "rcpt_to 554 5.7.1 Sandbox mode: you can only send to verified addresses",
            "data 550 Your demo account may deliver only to confirmed recipients",
        ],
    ),
    Outcome(
        "auth-key-invalid",
        None,
        "password",
        False,
        [
            "auth 535 5.7.8 Personal access token expired",
            "auth 535 Server token not found",
            "auth 550 Invalid API token",
        ],
    ),
    Outcome(
        "auth-app-password-required",
        None,
        "password",
        False,
        [
            (
                "auth 534 5.7.9 Please use OAuth or an app password. See https://help.yahoo.com/kb",
                at("smtp.mail.yahoo.com"),
            )
        ],
    ),
    Outcome(
        "auth-user-name-refused",
        None,
        "username",
        False,
        [
            "auth 535 5.7.8 Login with alias addresses is not allowed, use the primary address",
            "auth 535 Aliases cannot log in",
        ],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        ["mail_from 451 4.7.1 Warm-up limit for new IP reached: 50 messages per hour"],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        ["mail_from 550 5.7.1 Der Absender ist für dieses Postfach nicht freigeschaltet"],
    ),
    Outcome(
        "auth-yahoo-too-many-bad",
        None,
        "password",
        True,
        ["auth 550 Too many invalid logins. Try again later"],
    ),
    Outcome(
        "general-rcpt_to-reply",
        None,
        None,
        True,
        [
            "rcpt_to 554 Frobnication pending, try again in a while",
        ],
    ),
    Outcome(
        "rcpt-yahoo-450-mailbox-unavailable",
        None,
        None,
        True,
        [
            "rcpt_to 550 5.7.1 Recipient address rejected: User bob@example.org temporary locked."
            " Please try again later!",
        ],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        [
            ("rcpt_to 550 Mail is rejected by recipients", NO_LOGIN),
            "rcpt_to 554 5.7.1 Sender address rejected: Blocked by this recipient",
        ],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        [("rcpt_to 550 #5.1.0 Address rejected bob@example.org", NO_LOGIN)],
    ),
    Outcome(
        "policy-gmail-unsolicited-rate",
        "policy",
        None,
        True,
        [
            "rcpt_to 421 4.7.0: Sender IP rejected: sending IP has insufficient reputation."
            " Please retry later.",
            "data 550 5.7.2 Sender IP rejected: spam rate exceeded",
        ],
    ),
    Outcome(
        "policy-spamhaus-listed",
        "policy",
        None,
        False,
        [
            ("rcpt_to 554 5.7.1 <a.test[192.0.2.1]>: Client host rejected: #216 lpn", NO_LOGIN),
            "mail_from 554 Your IP address is flooding our SMTP server with abusive requests",
        ],
    ),
    Outcome(
        "policy-too-many-failures",
        "policy",
        None,
        True,
        ["rcpt_to 554 Your IP is sending excessive rejected recipients."],
    ),
    Outcome(
        "rcpt-helo-need-fqdn",
        None,
        "ehlo_name",
        False,
        ["mail_from 550 5.7.1 Service unavailable, Helo domain is listed in Spamhaus. (S8001)"],
    ),
    Outcome(
        "mail-from-501-bad-sender-syntax",
        None,
        "sender",
        False,
        ["rcpt_to 550 5.5.2 <x@y>: Sender address rejected: need fully-qualified address"],
    ),
    Outcome(
        "policy-domain-reputation",
        "policy",
        None,
        False,
        [
            "data 551 5.7.1 Due to the very low reputation of the sending domain, this message has"
            " been blocked (Code 2)."
        ],
    ),
    Outcome(
        "mail-from-authentication-required",
        None,
        "username",
        False,
        [("rcpt_to 550 Unauthenticated mail not allowed from this range", NO_LOGIN)],
    ),
    Outcome(
        "rcpt-receives-too-much",
        None,
        None,
        True,
        ["rcpt_to 450 4.2.1 The recipient has exceeded message rate limit. Try again later."],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            "data 554 5.7.1 Votre compte a dépassé le nombre de messages autorisés par heure",
            "mail_from 450 4.7.1 Saatlik gönderim limitiniz dolmuştur",
        ],
    ),
    Outcome(
        "policy-mailgun-test-account",
        "policy",
        None,
        False,
        [
            "data 450 Reached trial accounts unique recipients limit. #MS42225",
        ],
    ),
    Outcome(
        "policy-m365-concurrent-connections",
        "policy",
        None,
        True,
        [
            "rcpt_to 450 too frequent connects from 198.37.147.135, please try again later.",
            "mail_from 421 You are connecting too often",
        ],
    ),
    Outcome(
        "rcpt-helo-need-fqdn",
        None,
        "ehlo_name",
        False,
        ["rcpt_to 550 HELO is neither FQDN nor address literal (See RFC 2821 4.1.1.1)"],
    ),
    Outcome(
        "mail-from-sender-mailbox-unknown",
        None,
        "sender",
        False,
        [
            "rcpt_to 550 5.1.0 <ada@test.example>: Sender address rejected: User unknown in virtual"
            " mailbox table"
        ],
    ),
    Outcome(
        "data-mail-loop",
        "rcpt_to",
        None,
        False,
        ["rcpt_to 554 5.0.0 MX list for example.org. points back to mail.example.com"],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        [
            "rcpt_to 503 5.7.1 Incorrect Authentication for Specified Email Address",
            "mail_from 550 5.7.1 Remetente não confere com o usuário autenticado",
        ],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        ["auth 535 5.7.0 Błąd. Włącz dostęp przez programy pocztowe w ustawieniach"],
    ),
    Outcome(
        "auth-on-another-port",
        None,
        "port",
        False,
        [
            "mail_from 550 5.7.1 25番ポートは利用できません。587番ポートをご利用ください",
            "mail_from 550 5.7.1 Bitte Port 587 verwenden",
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            "auth 535 5.7.0 不正利用の疑いがあるため、メール送信を停止しています",
            "mail_from 550 5.7.1 Отправка писем с домена отключена, обратитесь в поддержку",
        ],
    ),
    Outcome(
        "auth-web-login",
        None,
        None,
        False,
        [("auth 535 Error: 帐号首次登录需要在网页端激活", at("smtp.exmail.qq.com"))],
    ),
    Outcome(
        "mail-from-authentication-required",
        None,
        "username",
        False,
        [
            ("rcpt_to 550 No se permite el envío a destinatarios sin autenticación", NO_LOGIN),
            ("rcpt_to 550 Versand ohne Anmeldung ist nicht gestattet", NO_LOGIN),
        ],
    ),
    Outcome(
        "auth-credentials-refused",
        None,
        "password",
        False,
        ["auth 421 4.7.0 Wrong password, closing connection", "auth 454 Invalid user or password"],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        ["data 550 5.7.1 Rejected: SPF=pass DKIM=pass DMARC=pass, but content seems phishing"],
    ),
    Outcome(
        "policy-spamhaus-listed",
        "policy",
        None,
        False,
        ["mail_from 550 5.7.1 SPF pass; client 192.0.2.5 listed in bl.spamcop.net"],
    ),
    Outcome(
        "banner-554-poor-reputation",
        "banner",
        "server",
        False,
        ["banner 450 Temporary denial of connection for zombie matches"],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        ["auth 554 5.1.8 Sender Address Blocked"],
    ),
    Outcome(
        "auth-mechanism-refused",
        None,
        "auth",
        False,
        ["auth 504 LOGIN authentication mechanism not supported"],
    ),
    Outcome(
        "auth-user-name-refused",
        None,
        "username",
        False,
        ["auth 535 account with this name does not exist"],
    ),
    Outcome(
        "rcpt-relay-denied-454",
        None,
        "username",
        False,
        [("rcpt_to 550 Delivery is not allowed to this address.", NO_LOGIN)],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        [
            "rcpt_to 541 5.4.1 Mail rejected by destination domain",
            "rcpt_to 550 5.7.1 Policy rejection on the target address",
        ],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        [
            "rcpt_to 525 5.7.13 Disabled recipient address",
            "rcpt_to 550 'bob@example.org' is not a registered gateway user",
        ],
    ),
    Outcome(
        "rcpt-suppressed",
        None,
        None,
        False,
        ["data 554 Message rejected: Address blacklisted."],
    ),
    Outcome(
        "policy-postmark-sender-signature",
        "policy",
        "sender",
        False,
        ["data 554 5.0.0 FailedOperation.NotAuthenticatedSender"],
    ),
    Outcome(
        "mail-from-501-bad-sender-syntax",
        None,
        "sender",
        False,
        ["mail_from 552 mail from invalid."],
    ),
    Outcome(
        "policy-spamhaus-listed",
        "policy",
        None,
        False,
        [
            ("mail_from 550 Requested mail action not taken: Invalid IP", NO_LOGIN),
            ("mail_from 550 The sender 203.0.113.4 is banned", NO_LOGIN),
        ],
    ),
    Outcome(
        "rcpt-relay-denied-454",
        None,
        "username",
        False,
        [("rcpt_to 550 Requested action not taken: Local user only", NO_LOGIN)],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        ["rcpt_to 553 private list access denied."],
    ),
    Outcome(
        "rcpt-address-malformed",
        None,
        None,
        False,
        ["rcpt_to 550 Restricted characters in address"],
    ),
    Outcome(
        "auth-credentials-refused",
        None,
        "password",
        False,
        [
            "auth 535 Autenticazione fallita: nome utente o password errati",
            "auth 535 Nieprawidłowa nazwa użytkownika lub hasło",
        ],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        ["mail_from 553 L'adresse d'expédition n'est pas autorisée pour ce compte"],
    ),
    Outcome("rcpt-mailbox-full", None, None, True, ["rcpt_to 452 Posta kutusu dolu"]),
    Outcome(
        "policy-spamhaus-listed",
        "policy",
        None,
        False,
        [
            ("rcpt_to 550 5.7.1 <x>: Recipient address rejected: ERS-Customized-Block.", NO_LOGIN),
            "data 553 error after MAIL FROM:<ada@test.example> SIZE=2022: 5.7.1 the IP is listed",
        ],
    ),
    Outcome(
        "rcpt-domain-unknown",
        None,
        None,
        False,
        ["rcpt_to 550 Invalid DNS MX or A/AAAA resource record"],
    ),
    Outcome(
        "data-missing-message-id",
        None,
        None,
        False,
        ["data 550 Reject due to policy restrictions (header based)"],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        [
            "rcpt_to 550 <bob@example.org> is currently suspended",
            "rcpt_to 550 vdeliver: invalid or unknown virtual user",
            "rcpt_to 550 sorry, your envelope recipient has been denied",
            "rcpt_to 550 Boîte du destinataire archivée",
        ],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        [
            "data 550 by non-member to a members-only list",
            "data 550 The address used to send your message is not subscribed to this group",
        ],
    ),
    Outcome(
        "auth-clock-skew",
        None,
        None,
        True,
        ["auth 454 4.7.0 Temporary authentication failure: Clock skew too great"],
    ),
    Outcome(
        "auth-directory-account-closed",
        "policy",
        None,
        False,
        ["auth 535 5.7.8 AcceptSecurityContext error, data 701"],
    ),
    Outcome(
        "auth-account-locked",
        None,
        None,
        False,
        ["auth 535 5.7.8 authentication failed: LDAP error 49, AcceptSecurityContext, data 775"],
    ),
    Outcome(
        "auth-password-change-needed",
        None,
        "password",
        False,
        ["auth 535 5.7.8 authentication failed (data 773, v2580)"],
    ),
    Outcome(
        "auth-user-name-refused",
        None,
        "username",
        False,
        ["auth 535 5.7.8 LdapErr: AcceptSecurityContext error, data 525, v3839"],
    ),
    Outcome(
        "auth-login-service-broken",
        None,
        None,
        True,
        ["auth 535 5.7.8 pam_authenticate: Permission denied"],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        ["auth 535 5.7.8 UserDisabled", "auth 535 5.7.8 Contul este suspendat"],
    ),
    Outcome(
        "auth-too-many-logins",
        None,
        None,
        True,
        ["auth 535 auth failed (this user authenticate too many times)"],
    ),
    Outcome(
        "auth-credentials-refused",
        None,
        "password",
        False,
        [
            "auth 535 5.7.8 Chyba: neplatné přihlašovací údaje",
            "auth 550 5.7.1 Autentikointi epäonnistui",
            "auth 535 Kimlik doğrulama başarısız",
            "auth 535 Felaktigt lösenord",
            "auth 535 Sikertelen azonosítás",
            "auth 535 Đăng nhập thất bại",
            "auth 535 Невірний пароль",
        ],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        [
            "auth 535 5.7.0 Zugriff verweigert: SMTP-Versand für dieses Postfach nicht freigegeben",
            "auth 535 5.7.8 Konto nie posiada uprawnień do wysyłania poczty przez SMTP",
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        ["auth 535 5.7.8 アカウントの有効期限が切れています", "auth 535 帐号已过期"],
    ),
    Outcome(
        "policy-account-not-activated",
        "policy",
        None,
        False,
        ["auth 535 5.7.8 Учётная запись не активирована, подтвердите номер телефона"],
    ),
    Outcome(
        "auth-user-name-refused",
        None,
        "username",
        False,
        ["auth 535 Invalid domain; this domain is not hosted here"],
    ),
    Outcome(
        "banner-greylisted",
        None,
        None,
        True,
        ["auth 535 5.7.8 Your IP has been greylisted for authentication, try again in 60 seconds"],
    ),
    Outcome(
        "auth-454-temporary",
        None,
        None,
        True,
        ["auth 553 5.3.0 AUTH refused, mail server in read only mode"],
    ),
    Outcome(
        "starttls-malformed",
        None,
        "tls_start",
        False,
        ["starttls 454 4.5.0 SMTP protocol violation, no pipelining after STARTTLS"],
    ),
    Outcome(
        "auth-client-certificate-required",
        None,
        "port",
        False,
        ["auth 535 5.7.8 Certificate of the user is required"],
    ),
    Outcome(
        "policy-country-closed",
        "policy",
        None,
        False,
        ["auth 535 5.7.1 Sólo se permite el envío desde España"],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        [
            "auth 535 5.7.8 SMTP access denied for this account",
            "auth 535 auth disabled",
            "auth 535 5.7.8 Geen toegang tot SMTP voor deze gebruiker",
            "auth 535 5.7.8 Brukeren har ikke tilgang til SMTP",
        ],
    ),
    Outcome(
        "banner-address-not-listed",
        None,
        None,
        False,
        ["banner 554 5.7.1 Connection refused - IP not authorized"],
    ),
    Outcome(
        "policy-country-closed",
        "policy",
        None,
        False,
        ["auth 535 5.7.8 해외 로그인 차단"],
    ),
    Outcome(
        "auth-password-change-needed",
        None,
        "password",
        False,
        [
            "auth 535 Su contraseña ha caducado",
            "auth 535 5.7.8 Password scaduta",
            "auth 535 5.7.8 비밀번호가 만료되었습니다",
        ],
    ),
    Outcome(
        "auth-login-service-broken",
        None,
        None,
        True,
        ["auth 535 5.7.8 [SASL] user lookup failed: no route to host"],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        ["auth 535 5.7.1 Your account is pending deletion"],
    ),
    Outcome(
        "policy-account-compromised",
        "policy",
        "password",
        False,
        ["auth 550 5.7.0 Account hijacked, change password"],
    ),
    Outcome(
        "auth-local-part-wanted",
        None,
        "username",
        False,
        ["auth 535 5.7.8 Username must not contain @"],
    ),
    Outcome(
        "ehlo-refused",
        None,
        "ehlo_name",
        False,
        ["ehlo 530 Authorization required, contact postmaster"],
    ),
    Outcome(
        "starttls-454-local-problem",
        None,
        None,
        True,
        ["starttls 550 5.7.0 STARTTLS temporarily disabled due to maintenance"],
    ),
    Outcome(
        "auth-client-certificate-required",
        None,
        "port",
        False,
        ["auth 535 5.7.8 TLS certificate invalid"],
    ),
    Outcome(
        "auth-login-service-broken", None, None, True, ["auth 550 LDAP failure detected [D06B]"]
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        ["auth 535 5.7.1 Accesso consentito solo tramite client autorizzati"],
    ),
    Outcome(
        "policy-country-closed",
        "policy",
        None,
        False,
        ["auth 535 5.7.8 国外IPアドレスからのSMTP認証は制限されています"],
    ),
    Outcome(
        "auth-app-password-required",
        None,
        "password",
        False,
        ["auth 535 5.7.8 Kod doğrulama gerekli, uygulama şifresi kullanın"],
    ),
    Outcome(
        "banner-dynamic-address",
        None,
        "server",
        False,
        ["ehlo 550 5.7.1 Hostname looks dynamic, use your ISP relay"],
    ),
    Outcome(
        "policy-server-licence",
        "policy",
        None,
        False,
        ["auth 535 5.7.8 SMTP relay seat limit reached for your licence"],
    ),
    Outcome(
        "banner-554-poor-reputation",
        None,
        "server",
        False,
        ["banner 550 Your host has been banned", "ehlo 554 You are banned here"],
    ),
    Outcome(
        "banner-address-not-listed",
        None,
        None,
        False,
        ["banner 421 Connections not accepted from 198.51.100.9"],
    ),
    Outcome(
        "banner-proxy-header-wanted",
        None,
        "port",
        False,
        [
            "banner 421 PROXY timed out",
            "ehlo 503 Required PROXY negotiation failed",
            "banner 421 PROXY not allowed from 198.51.100.9",
        ],
    ),
    Outcome(
        "auth-not-on-this-port",
        None,
        "port",
        False,
        ["auth 503 5.5.1 AUTH is only allowed on the submission port"],
    ),
    Outcome(
        "auth-454-temporary",
        None,
        None,
        True,
        ["auth 535 5.7.8 auth_pop3: unable to connect to pop.test.example"],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        ["data 550 5.7.1 From must belong to the authenticated account"],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        [
            "mail_from 550 5.7.1 sender <ada@test.example> has an invalid top-level domain",
        ],
    ),
    Outcome(
        "general-data-reply",
        None,
        None,
        False,
        ["data 550 Never send your password to others"],
    ),
    Outcome(
        "policy-reverse-dns-unchecked",
        "policy",
        None,
        True,
        [
            "rcpt_to 450 4.7.25 Reverse DNS lookup timed out",
            "mail_from 451 temporary PTR lookup failure",
        ],
    ),
    Outcome(
        "data-zoho-relaying-empty-from",
        None,
        "sender",
        False,
        [
            "rcpt_to 550 5.7.1 This list takes no mail with a null sender",
            "mail_from 550 Empty envelope sender refused",
        ],
    ),
    Outcome(
        "policy-spamhaus-listed",
        "policy",
        None,
        False,
        ["rcpt_to 550 5.7.1 Rejected: 198.51.100.9 is a source of backscatter"],
    ),
    Outcome(
        "auth-yahoo-too-many-bad",
        None,
        "password",
        True,
        ["auth 535 5.7.8 Too many failed logins, wait a while"],
    ),
    Outcome(
        "banner-listed-where-people-sign-in",
        None,
        None,
        False,
        ["banner 554 ACL spam: client host [192.0.2.7] blocked using a DNS list"],
    ),
    Outcome(
        "auth-line-too-long",
        None,
        "password",
        False,
        [
            "auth 500 5.5.6 Response limit exceeded",
            "auth 500 5.5.6 Authentication exchange line is too long",
        ],
    ),
    Outcome(
        "auth-exchange-broken-off",
        None,
        "auth",
        False,
        ["auth 500 5.5.6 Bad challenge response", "auth 501 Negotiation aborted"],
    ),
    Outcome(
        "policy-address-not-allowed",
        "policy",
        None,
        False,
        ["auth 503 5.7.0 Access denied for host.test.example[192.0.2.7]"],
    ),
    Outcome(
        "auth-mechanism-refused",
        None,
        "auth",
        False,
        ["auth 500 Unknown AUTH mechanism LOGIN", "auth 502 Auth method not implemented"],
    ),
    Outcome(
        "auth-user-name-refused",
        None,
        "username",
        False,
        ["auth 454 4.7.0 unknown user"],
    ),
    Outcome(
        "auth-user-name-refused",
        None,
        "username",
        False,
        ["auth 535 5.7.8 Unable to parse the user name"],
    ),
    Outcome(
        "auth-login-service-broken",
        None,
        None,
        True,
        ["auth 535 checkpw: connection lost"],
    ),
    Outcome(
        "policy-api-key-restricted",
        None,
        "password",
        False,
        ["auth 535 Login failed: insufficient scope"],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        ["rcpt_to 554 5.7.1 <bob@example.org>: Throttled, quota exceeded"],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        ["rcpt_to 554 5.7.1 <bob@example.org>: From is not same as the login"],
    ),
    Outcome(
        "mail-from-530-starttls-first",
        None,
        "tls",
        False,
        [("mail_from 554 Refused: not enough security on this connection", CLEAR)],
    ),
    Outcome(
        "general-rcpt_to-reply",
        None,
        None,
        False,
        ["rcpt_to 551 5.7.1 Invalid routing information for that domain"],
    ),
    Outcome(
        "rcpt-yahoo-450-mailbox-unavailable",
        None,
        None,
        True,
        ["rcpt_to 450 4.2.0 <bob@example.org> User temporarily unavailable"],
    ),
    Outcome(
        "auth-exchange-broken-off",
        "auth",
        "auth",
        False,
        [
            "auth 500 5.5.0 No password was given",
            "auth 502 Bad userdata",
            "auth 550 smtpd: protocol deviation in AUTH",
        ],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        ["data 550 Wrong sender header (REMOTE)", "data 554 5.7.1 Disallowed From header"],
    ),
    Outcome(
        "out-of-room-552",
        None,
        None,
        False,
        ["mail_from 552 5.2.0 Refused", "mail_from 552 Non accettato"],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        ["mail_from 552 This account was deactivated. Please contact us"],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        ["mail_from 552 Sender address does not belong to your account"],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        ["rcpt_to 552 This group only accepts mail from its members"],
    ),
    Outcome(
        "auth-credentials-refused",
        "auth",
        "password",
        False,
        [
            "auth 534 Wrong user name or password",
            "auth 535 5.7.8 Credenciales incorrectas",
            "auth 535 contraseña rechazada por el servidor SMTP",
        ],
    ),
    Outcome(
        "auth-already-made",
        "auth",
        None,
        False,
        [
            "auth 503 5.5.1 Authentication already done",
            "auth 503 5.5.2 AUTH command already issued",
        ],
    ),
    Outcome(
        "data-mail-loop",
        "data",
        None,
        True,
        ["data 450 4.4.6 Loop in the routing of this message"],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            "rcpt_to 550 5.7.705 Service denied, the tenant is over the threshold",
            "rcpt_to 550 Your account has been blocked, please contact support",
            "rcpt_to 554 5.7.1 Outbound email is blocked: write to billing@example.com",
            "rcpt_to 550 5.7.1 Account locked because of suspicious activity",
            "rcpt_to 553 This account was hacked and has been disabled",
            "rcpt_to 550 Envío suspendido: la cuenta ha sido comprometida",
        ],
    ),
    Outcome(
        "rcpt-user-unknown",
        "rcpt_to",
        None,
        False,
        [
            "rcpt_to 550 5.2.1 This account has been disabled",
            "rcpt_to 550 5.7.1 The recipient's account is suspended, ask billing",
            "rcpt_to 550 Your message was not delivered: this mailbox is disabled",
        ],
    ),
    Outcome(
        "auth-credentials-refused",
        "auth",
        "password",
        False,
        [
            "auth 454 Mot de passe incorrect",
            "auth 451 Usuario o contraseña incorrectos",
            "auth 454 Senha inválida",
            "auth 454 Неверный пароль",
            "auth 534 Nieprawidłowe hasło",
        ],
    ),
    Outcome(
        "banner-421-not-available",
        "banner",
        None,
        True,
        [
            "banner 421 4.7.1 The blocklist lookup timed out, try again",
        ],
    ),
    Outcome(
        "ehlo-421-not-available",
        "ehlo",
        None,
        True,
        ["ehlo 451 4.7.1 DNSBL timeout"],
    ),
    Outcome(
        "policy-reverse-dns-unchecked",
        "policy",
        None,
        True,
        ["ehlo 450 Temporary failure of the PTR lookup"],
    ),
    Outcome(
        "auth-smtp-switched-off",
        "auth",
        None,
        False,
        [
            "auth 535 5.7.8 This user is not permitted to use SMTP",
            "auth 535 5.7.0 POP, IMAP and SMTP access must be enabled in the web interface",
        ],
    ),
    Outcome(
        "auth-password-retired",
        "auth",
        "auth",
        False,
        [
            "auth 535 5.7.8 Legacy authentication is disabled",
            "auth 535 5.7.8 Basic auth has been turned off by your organisation",
        ],
    ),
    Outcome(
        "auth-mechanism-refused",
        "auth",
        "auth",
        False,
        ["auth 535 5.7.8 PLAIN is disabled", "auth 535 CRAM-MD5 not allowed here"],
    ),
    Outcome(
        "auth-other-region",
        "auth",
        "server",
        False,
        ["auth 535 5.7.8 Please use smtp2.example.net instead"],
    ),
    Outcome(
        "policy-not-in-plan",
        "policy",
        None,
        False,
        ["auth 535 5.7.8 Your subscription does not include SMTP"],
    ),
    Outcome(
        "auth-web-login",
        "auth",
        None,
        False,
        [
            "auth 535 5.7.8 Unusual sign-in; confirm that it is you",
        ],
    ),
    Outcome(
        "policy-account-not-activated",
        "policy",
        None,
        False,
        ["auth 535 5.7.8 E-mail address not confirmed yet"],
    ),
    Outcome(
        "auth-454-temporary",
        "auth",
        None,
        True,
        ["auth 535 5.7.8 Maintenance mode, logins are off"],
    ),
    Outcome(
        "auth-user-name-refused",
        "auth",
        "username",
        False,
        [
            "auth 535 5.7.8 This mailbox has been deleted",
            "auth 535 5.7.8 User unknown",
        ],
    ),
    Outcome(
        "banner-421-not-available",
        "banner",
        None,
        True,
        ["banner 421 The antivirus scanner is not ready yet"],
    ),
    Outcome("ehlo-name-refused", "ehlo", "ehlo_name", False, ["ehlo 550 You are not localhost"]),
    Outcome(
        "ehlo-name-of-the-server",
        "ehlo",
        "ehlo_name",
        False,
        ["ehlo 554 Forged HELO: that is my own host name"],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        ["mail_from 553 Send with the address that you logged in with"],
    ),
    Outcome(
        "rcpt-relay-denied-logged-in",
        None,
        "sender",
        False,
        ["rcpt_to 554 Relaying is only permitted for local clients"],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        ["mail_from 550 The message count for today is used up"],
    ),
    Outcome(
        "command-not-understood",
        "mail_from",
        None,
        False,
        ["mail_from 501 Parameter BODY is not recognised", "mail_from 501 8BITMIME not supported"],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        ["rcpt_to 550 Only members may post", "rcpt_to 550 Only subscribers can send to this list"],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        ["data 554 5.7.1 The score of 9.1 is over the limit", "data 554 Score 12 exceeds limit 8"],
    ),
    Outcome(
        "rcpt-domain-unknown",
        "rcpt_to",
        None,
        False,
        [
            "rcpt_to 550 5.7.1 recipient <bob@example.org> from unknown TLD",
            "rcpt_to 554 The recipient has an invalid top-level domain",
        ],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        ["rcpt_to 550 5.7.1 recipient <bob@example.org> black listed"],
    ),
    Outcome(
        "banner-reverse-dns-for-now",
        "banner",
        None,
        True,
        [
            "banner 421 4.4.3 PTR record lookup error for [198.51.100.9]",
            "banner 450 4.7.25 Reverse DNS lookup failed temporarily for 203.0.113.4",
        ],
    ),
    Outcome(
        "ehlo-name-refused",
        "ehlo",
        "ehlo_name",
        False,
        ["ehlo 550 5.7.1 EHLO example.com: reserved domain (RFC 2606)"],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        ["mail_from 550 5.7.1 The sender's domain is reserved (RFC 2606)"],
    ),
    Outcome(
        "policy-attachment-refused",
        "policy",
        None,
        False,
        ["data 550 5.7.0 A blocked MIME part was found (application/x-sh)"],
    ),
    Outcome(
        "data-zoho-relaying-empty-from",
        None,
        "sender",
        False,
        ["data 550 5.7.1 Bounce of a message that did not originate here"],
    ),
    Outcome(
        "auth-only-login-offered",
        None,
        "auth",
        False,
        ["auth 503 5.3.3 AUTH mechanism PLAIN not available"],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        ["auth 535 5.7.8 Authentication failed: user not in allowed group smtp-users"],
    ),
    Outcome(
        "policy-account-not-activated",
        "policy",
        None,
        False,
        [
            "auth 535 5.7.8 Error: authentication failed: authentication failure: user account"
            " is pending email verification"
        ],
    ),
    Outcome(
        "auth-password-change-needed",
        None,
        "password",
        False,
        ["auth 530 5.7.0 Account requires password reset; sign in at portal first"],
    ),
    Outcome(
        "auth-account-without-mailbox",
        None,
        "username",
        False,
        [
            (
                "auth 535 5.7.139 Authentication unsuccessful, the mailbox must be licensed for"
                " SMTP AUTH. [AM0PR01]",
                at("smtp.office365.com"),
            )
        ],
    ),
    Outcome(
        "policy-spf",
        "policy",
        "sender",
        False,
        ["mail_from 550 5.7.1 Sender ID (PRA) Not Permitted"],
    ),
    Outcome(
        "rcpt-m365-no-connector",
        "policy",
        None,
        False,
        [
            (
                "mail_from 550 5.7.1 Your domain is not authorised to relay through this tenant"
                " connector. ATTR36",
                {**NO_LOGIN, "server": "contoso-com.mail.protection.outlook.com", "port": 25},
            )
        ],
    ),
    Outcome(
        "policy-domain-slowed-down",
        "policy",
        None,
        True,
        [
            (
                "mail_from 421 4.7.28 Gmail has detected an unusual rate of mail originating"
                " from your SPF domain [test.example]. Mail is rate limited",
                at("smtp-relay.gmail.com"),
            )
        ],
    ),
    Outcome(
        "command-not-understood",
        None,
        None,
        False,
        ["mail_from 503 5.5.1 Error: already in a transaction; send RSET"],
    ),
    Outcome(
        "data-mail-loop",
        None,
        None,
        False,
        [
            "rcpt_to 554 5.4.6 Routing loop detected for recipient bob@example.org",
            ("rcpt_to 550 5.4.6 too many hops, this message is looping", NO_LOGIN),
        ],
    ),
    Outcome(
        "policy-rule-for-now",
        "policy",
        None,
        True,
        [
            (
                "rcpt_to 450 4.7.1 <bob@example.org>: Recipient address rejected: Policy"
                " Rejection- Please try later.",
                NO_LOGIN,
            )
        ],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        [
            (
                "data 554 Message not allowed - [PH01] Email not accepted for policy reasons."
                " Please visit https://postmaster.yahooinc.com/error-codes",
                NO_LOGIN,
            )
        ],
    ),
    Outcome(
        "policy-yahoo-delivery",
        "policy",
        "sender",
        False,
        [("data 554 6.6.0 Error sending message for delivery.", at("smtp.mail.yahoo.com"))],
    ),
    Outcome(
        "auth-credentials-refused",
        None,
        "password",
        False,
        [
            "auth 535 5.7.0 Error: authentication failed: Password mismatch, 2 attempts left"
            " before lockout"
        ],
    ),
    Outcome(
        "policy-hours",
        "policy",
        None,
        True,
        [
            "auth 535 5.7.8 Authentication rejected: SMTP access is limited to the office hours"
            " 08:00-18:00"
        ],
    ),
    Outcome(
        "policy-api-key-restricted",
        None,
        "password",
        False,
        [
            (
                "auth 535 Authentication failed: sub-user is not permitted to send; assign the"
                " Mail Send scope",
                {"server": "smtp.sendgrid.net", "username": "apikey"},
            )
        ],
    ),
    Outcome(
        "auth-user-name-refused",
        None,
        "username",
        False,
        ["auth 535 5.7.8 Error: authentication failed: realm not found: test.example"],
    ),
    Outcome(
        "auth-password-change-needed",
        None,
        "password",
        False,
        [
            "auth 550 5.7.1 Authentication denied: password is on the list of known breached"
            " passwords"
        ],
    ),
    Outcome(
        "policy-account-not-activated",
        "policy",
        None,
        False,
        [
            "mail_from 550 5.7.1 Sending from this domain requires a signed data processing"
            " agreement"
        ],
    ),
    Outcome(
        "mail-from-authentication-required",
        None,
        "username",
        False,
        [
            (
                "mail_from 550 5.7.1 <ada@test.example>: Sender address rejected: not logged in"
                " as owner",
                NO_LOGIN,
            )
        ],
    ),
    Outcome(
        "policy-spamhaus-listed",
        "policy",
        None,
        False,
        [
            (
                "mail_from 550 5.7.1 Mail from your autonomous system AS64500 is not accepted here",
                NO_LOGIN,
            )
        ],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        ["mail_from 554 5.7.1 Domain test.example: DNSSEC validation of MX failed"],
    ),
    Outcome(
        "rcpt-relay-denied-logged-in",
        None,
        "sender",
        False,
        [
            "rcpt_to 550 5.7.1 Recipient bob@example.org rejected: your organisation's outbound"
            " policy forbids external recipients"
        ],
    ),
    Outcome(
        "rcpt-unverified-for-now",
        None,
        None,
        True,
        [
            "rcpt_to 450 4.1.1 <bob@example.org>: Recipient address rejected: unverified"
            " address: connect to mx.example.org[192.0.2.4]:25: Connection refused"
        ],
    ),
    Outcome(
        "policy-rule-on-recipient",
        "policy",
        None,
        False,
        ["rcpt_to 550 5.7.0 Local Policy Violation - recipient domain blocked by administrator"],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        ["rcpt_to 550 5.7.1 Mail to EU recipients is paused for your account pending GDPR review"],
    ),
    Outcome(
        "data-reply-to",
        None,
        None,
        False,
        ["data 550 5.7.1 Reply-To domain differs from From domain; suspected phishing"],
    ),
    Outcome(
        "data-date", None, None, False, ["data 554 5.7.1 Date header is 3 hours in the future"]
    ),
    Outcome(
        "policy-held-for-review",
        "policy",
        None,
        False,
        ["data 554 5.7.1 Message quarantined awaiting moderator approval"],
    ),
    Outcome(
        "policy-dkim-altered",
        "policy",
        None,
        False,
        ["data 550 5.7.1 DKIM: body hash did not verify"],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        ["data 421 4.7.0 Message deferred: sending IP pool is warming up"],
    ),
    Outcome(
        "mail-from-501-bad-sender-syntax",
        None,
        "sender",
        False,
        [
            "data 550 5.7.1 Sender address in header (root@localhost) is not a valid internet"
            " address"
        ],
    ),
    Outcome(
        "starttls-required-530",
        "starttls",
        "tls",
        False,
        [
            (
                "auth 530 Error: A secure connection is requiered(such as ssl).",
                {**CLEAR, "server": "smtp.qq.com", "port": 25},
            )
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        ["auth 535 5.7.0 Account is dormant. Log in to webmail to reactivate"],
    ),
    Outcome(
        "policy-m365-concurrent-connections",
        "policy",
        None,
        True,
        ["auth 421 4.7.0 Too many concurrent logins for this account"],
    ),
    Outcome(
        "auth-mechanism-refused",
        None,
        "auth",
        False,
        [
            "auth 535 5.7.8 Error: authentication failed: client_encrypted password hash"
            " unsupported (scram only)"
        ],
    ),
    Outcome(
        "auth-yahoo-too-many-bad",
        None,
        "password",
        True,
        ["auth 451 4.7.1 Authentication throttled, 600 seconds remaining"],
    ),
    Outcome(
        "auth-directory-password",
        None,
        "password",
        False,
        [
            "auth 535 5.7.8 Error: authentication failed: Kerberos: preauth failed"
            " (KDC_ERR_PREAUTH_FAILED)"
        ],
    ),
    Outcome(
        "auth-password-changed",
        None,
        "password",
        False,
        ["auth 535 5.7.8 Bad credentials: SMTP password of the domain was rotated on 2026-11-02"],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        [
            (
                "mail_from 553 mybox.dslhost.example does not exist",
                {"sender": "root@mybox.dslhost.example"},
            )
        ],
    ),
    Outcome(
        "policy-reverse-dns", "policy", None, False, ["mail_from 550 5.7.1 Sender IP must resolve"]
    ),
    Outcome(
        "rcpt-relay-denied-454",
        None,
        "username",
        False,
        [
            (
                "rcpt_to 550 5.7.1 Mailserver is not configured to receive mail to bob@example.org",
                {**NO_LOGIN, "port": 25},
            )
        ],
    ),
    Outcome(
        "rcpt-receives-too-much",
        None,
        None,
        True,
        ["rcpt_to 451 4.2.0 User over delivery frequency, please try later"],
    ),
    Outcome(
        "rcpt-confirmation-wanted",
        None,
        None,
        False,
        [
            "rcpt_to 550 5.7.1 To reach this recipient confirm your message at"
            " https://verify.example.org/c/81"
        ],
    ),
    Outcome(
        "rcpt-relay-denied-logged-in",
        None,
        "sender",
        False,
        ["rcpt_to 551 5.7.1 Forwarding to remote hosts disabled"],
    ),
    Outcome(
        "rcpt-suppressed",
        None,
        None,
        False,
        [
            "rcpt_to 550 5.7.1 Address bob@example.org is blocked by the Do-Not-Mail register of"
            " this account"
        ],
    ),
    Outcome(
        "policy-link-listed",
        "policy",
        None,
        False,
        [
            "data 554 5.7.1 This message has been blocked because it contains FortiSpamshield"
            " blocking URL(s)"
        ],
    ),
    Outcome("mail-from-552-size", None, None, False, ["data 554 5.3.4 Header exceeds 32 KB"]),
    Outcome(
        "data-unsubscribe",
        None,
        None,
        False,
        ["data 550 5.7.1 Emails without unsubscribe link are not permitted on this plan"],
    ),
    Outcome(
        "policy-postmark-sender-signature",
        "policy",
        "sender",
        False,
        [
            "data 554 5.7.1 Your message could not be relayed: domain test.example is not in the"
            " list of sender domains for this smarthost"
        ],
    ),
    Outcome(
        "policy-being-scanned",
        "policy",
        None,
        True,
        ["data 451 4.7.1 Message has been deferred for sandbox analysis of attachment"],
    ),
    Outcome(
        "rcpt-relay-denied-454",
        None,
        "username",
        False,
        [
            (
                "rcpt_to 553 sorry, relaying denied from your location [66.163.179.83] (#5.7.1)",
                {**NO_LOGIN, "port": 25},
            )
        ],
    ),
    Outcome(
        "policy-reverse-dns",
        "policy",
        None,
        False,
        [("rcpt_to 553 RP:RDN 163 mx1,PsCowABXgD0", {**NO_LOGIN, "port": 25})],
    ),
    Outcome(
        "auth-key-invalid",
        None,
        "password",
        False,
        ["auth 535 5.7.8 bad token for ada@test.example"],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        True,
        ["mail_from 451 From:domain must resolve"],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        [
            "auth 535 5.7.0 This server allows only INBUXA webmail and JMAP apps. This mail app"
            " can't send."
        ],
    ),
    Outcome(
        "auth-454-temporary",
        None,
        None,
        True,
        [
            (
                "auth 454 4.7.0 unknown error",
                {"server": "127.0.0.1", "port": 1025, "mechanisms": ("PLAIN",)},
            )
        ],
    ),
    Outcome(
        "mail-from-sender-domain-takes-no-mail",
        None,
        "sender",
        False,
        [
            "mail_from 550 5.7.27 Sender address has null MX",
            "mail_from 550 5.7.27 sender domain is not configured to receive mail",
        ],
    ),
    Outcome(
        "server-short-of-means",
        None,
        None,
        True,
        [
            "mail_from 452 4.3.1 Insufficient system storage",
            "data 554 5.3.0 Disk full, cannot store message",
            "data 452 4.4.5 Insufficient disk space; try again later",
            "mail_from 452 4.3.1 Not enough disk space",
            "rcpt_to 451 Spool partition is full",
            "data 451 4.3.2 Message queue is full, please slow down",
        ],
    ),
    Outcome(
        "policy-m365-restricted-sender",
        "policy",
        None,
        False,
        [
            "data 550 5.1.8 Access denied, bad outbound sender AS(42004)",
        ],
    ),
    Outcome(
        "mail-from-sender-mailbox-unknown",
        None,
        "sender",
        False,
        [
            "rcpt_to 550 5.1.7 <x>: Sender address rejected: undeliverable address: No such user",
        ],
    ),
    Outcome(
        "policy-content-dangerous",
        "policy",
        None,
        False,
        ["data 552 5.7.0 This message was blocked because its content presents a security issue"],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        ["rcpt_to 554 5.7.1 <bob@example.org>: Recipient address rejected: Not Authorized"],
    ),
    Outcome(
        "rcpt-greylisted",
        None,
        None,
        True,
        [
            (
                "rcpt_to 451 4.7.1 <bob@example.org>: Recipient address rejected: Intentional"
                " policy rejection, please try again later",
                {**NO_LOGIN, "port": 25},
            )
        ],
    ),
    Outcome(
        "rcpt-sender-domain-not-found",
        None,
        "sender",
        False,
        ["mail_from 550 No MX for your FROM address"],
    ),
    Outcome(
        "rcpt-domain-unknown",
        None,
        None,
        False,
        [
            "rcpt_to 550 The mail server could not deliver mail to bob@example.org. The account"
            " or domain may not exist, they may be blacklisted, or missing the proper dns"
            " entries.",
        ],
    ),
    Outcome(
        "policy-external-forwarding",
        "policy",
        None,
        False,
        [
            (
                "rcpt_to 550 5.7.520 Access denied, Your organization does not allow external"
                " forwarding. Please contact your administrator for further assistance. AS(7555)",
                at("smtp.office365.com"),
            )
        ],
    ),
    Outcome(
        "rcpt-yahoo-450-mailbox-unavailable",
        None,
        None,
        True,
        ["rcpt_to 456 Address temporarily unavailable."],
    ),
    Outcome(
        "auth-not-on-this-port",
        None,
        "port",
        False,
        [
            (
                "auth 550 5.7.1 Authentication is not enabled on this SMTP virtual server",
                {"port": 25},
            )
        ],
    ),
    Outcome(
        "command-not-understood",
        None,
        None,
        False,
        [
            (
                "mail_from 554 5.7.1 Client host rejected: improper command pipelining after EHLO",
                NO_LOGIN,
            )
        ],
    ),
    Outcome(
        "auth-credentials-refused",
        None,
        "password",
        False,
        [
            "auth 435 4.7.8 Error: authentication failed:",
            "auth 454 4.7.8 Error: authentication failed: UGFzc3dvcmQ6",
            "auth 451 4.7.8 Authentication credentials invalid",
            "auth 435 Incorrect authentication data",
            "auth 421 Login failed.",
        ],
    ),
    Outcome(
        "auth-api-key-service",
        None,
        "password",
        False,
        [("auth 435 4.7.8 Error: authentication failed:", at("smtp.mandrillapp.com"))],
    ),
    Outcome(
        "auth-454-temporary",
        None,
        None,
        True,
        [
            "auth 454 4.7.0 authentication failed: connection lost to authentication server",
            "auth 454 4.3.0 Authentication failed, try again later",
            "auth 454 Authentication failed, temporary problem",
            "auth 451 Could not validate credentials at this time",
            "auth 454 4.7.0 Authentication failure",
        ],
    ),
    Outcome(
        "policy-limit-of-client",
        "policy",
        None,
        True,
        [
            "auth 450 4.7.1 Error: too many AUTH commands from 203.0.113.5",
            "auth 421 4.7.0 mail.test Error: too many AUTH commands from 2001:db8::5",
            "mail_from 450 4.7.1 Error: too much mail from 203.0.113.5",
            "rcpt_to 450 4.7.1 Error: too many recipients from 203.0.113.5",
        ],
    ),
    Outcome(
        "server-queue-file",
        None,
        None,
        True,
        ["data 451 4.3.0 Error: queue file write error"],
    ),
    Outcome(
        "server-set-up-wrongly",
        None,
        None,
        True,
        [
            "mail_from 451 4.3.5 Server configuration error",
            "rcpt_to 451 4.3.5 Server configuration error - try again later",
        ],
    ),
    Outcome(
        "server-look-up-down",
        None,
        None,
        True,
        [
            "rcpt_to 451 4.3.0 Temporary lookup failure",
            "mail_from 451 4.3.0 <ada@test.example>: Temporary lookup failure",
        ],
    ),
    Outcome(
        "server-filter-down",
        None,
        None,
        True,
        [
            "data 451 4.7.1 Service unavailable - try again later (clamav)",
            "rcpt_to 451 4.7.1 Service unavailable - try again later",
        ],
    ),
    Outcome(
        "policy-distrust-of-this-machine",
        "policy",
        None,
        False,
        [
            (
                "data 550 5.7.1 Message rejected as spam",
                {**NO_LOGIN, "server": "mx1.test.example", "port": 25},
            ),
        ],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        [("data 550 5.7.1 Message rejected as spam", {**NO_LOGIN, "server": "relay", "port": 25})],
    ),
    Outcome(
        "mail-from-501-bad-sender-syntax",
        None,
        "sender",
        False,
        ["data 550 Invalid `from` field. The email address needs to follow the format"],
    ),
    Outcome(
        "auth-proton-bridge-password",
        None,
        "password",
        False,
        [
            (
                "auth 454 4.7.0 invalid username or password",
                {"server": "127.0.0.1", "port": 1025, "username": "ada@proton.me"},
            ),
            (
                "auth 535 5.7.8 invalid username or password",
                {
                    "server": "bridge",
                    "port": 1025,
                    "greeting": "127.0.0.1 ESMTP Service Ready",
                },
            ),
        ],
    ),
    Outcome(
        "auth-m365-credentials-incorrect",
        None,
        "password",
        False,
        [
            (
                "auth 535 5.7.3 Authentication unsuccessful",
                {
                    "server": "mail.test.example",
                    "greeting": "A1.outlook.office365.com Microsoft ESMTP MAIL Service ready",
                },
            ),
        ],
    ),
    Outcome(
        "auth-credentials-refused",
        None,
        "password",
        False,
        [
            "auth 550 5.7.0 Code d'authentification invalide OFR 305",
            "auth 550 Identifiants incorrects",
            "auth 550 Invalid authentication token",
            "auth 554 5.7.0 The authentication code is wrong",
        ],
    ),
    Outcome(
        "auth-terms-not-accepted",
        None,
        None,
        False,
        [
            "auth 535 5.7.8 You have not yet accepted our terms of service",
            "auth 550 The terms of use must be accepted at first",
            "auth 535 Terms of service not accepted",
            "auth 535 The user has not accepted the terms of service",
        ],
    ),
    Outcome(
        "banner-mail-exchanger-closed",
        None,
        None,
        False,
        [
            (
                "banner 554 5.7.1 Client host rejected: Access denied",
                {**at("mx.example.net"), **NO_LOGIN, "port": 25},
            ),
        ],
    ),
    Outcome(
        "banner-address-not-listed",
        None,
        None,
        False,
        [
            (
                "banner 554 5.7.1 You are not allowed to connect.",
                {**at("relay.corp.example"), **NO_LOGIN, "port": 25},
            ),
        ],
    ),
    Outcome(
        "policy-own-domain-from-outside",
        "policy",
        None,
        False,
        [
            (
                "rcpt_to 550 5.7.1 Sender spoofed: our domain is not sent from outside",
                {**NO_LOGIN, "sender": "alerts@example.org"},
            ),
        ],
    ),
    Outcome(
        "mail-from-domain-incomplete",
        None,
        "sender",
        False,
        [
            (
                "rcpt_to 450 4.1.8 <a@cloud.local>: Sender address rejected: Domain not found",
                {"sender": "a@cloud.local"},
            ),
            (
                "mail_from 451 4.1.8 Domain of sender address a@nas.lan does not resolve",
                {"sender": "a@nas.lan"},
            ),
            (
                "mail_from 553 5.1.8 Domain of sender address root@server does not exist",
                {"sender": "root@server"},
            ),
        ],
    ),
    Outcome(
        "rcpt-m365-direct-send-off",
        "policy",
        None,
        False,
        [
            (
                "mail_from 550 5.7.68 TenantInboundAttribution; Direct Send not allowed for this"
                " organization from unauthorized sources",
                {**at("example-com.mail.protection.outlook.com"), **NO_LOGIN, "port": 25},
            ),
        ],
    ),
    Outcome(
        "mail-from-own-mailbox-only",
        None,
        "sender",
        False,
        [
            (
                "mail_from 550 5.1.0 Emetteur invalide. Invalid Sender. OFR_415 [415]",
                {**at("smtp.orange.fr"), "username": "ada@orange.fr"},
            ),
        ],
    ),
    Outcome(
        "mail-from-domain-incomplete",
        None,
        "sender",
        False,
        [
            (
                "mail_from 550 5.1.0 Invalid sender",
                {**at("smtp.orange.fr"), "username": "ada@orange.fr", "sender": "ada@home"},
            ),
        ],
    ),
    Outcome(
        "rcpt-helo-need-fqdn",
        None,
        "ehlo_name",
        False,
        [
            ("mail_from 553 5.5.4 <app>... Domain name required for HELO", NO_LOGIN),
            "auth 550 5.7.1 HELO required FQDN",
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            ("auth 535 Authentication failed. Restricted user", at("smtp.mail.ru")),
            (
                "auth 535 5.7.8 Error: authentication failed: account locked for spam",
                at("ssl0.ovh.net"),
            ),
            (
                "rcpt_to 550 Your account example has an outgoing mail suspension."
                " Message discarded.",
                at("mail.bluehost.example"),
            ),
            (
                "mail_from 550 5.7.1 Wysylka z tego konta zostala zablokowana."
                " Skontaktuj sie z BOK",
                at("smtp.wp.pl"),
            ),
            ("data 550 MI:SPB 163 smtp8 http://mail.163.com/help", at("smtp.163.com")),
            ("mail_from 541 This account isn't allowed to send email", at("smtp.mxhichina.com")),
            (
                "auth 535 5.7.1 API key temporarily blocked, contact support",
                at("in-v3.mailjet.com"),
            ),
            (
                "data 550 5.7.1 [RCPT-SPAM] blocked. Sender alice has been blocked for"
                " sending spam",
                at("smtp.mailchannels.net"),
            ),
        ],
    ),
    Outcome(
        "data-missing-message-id",
        None,
        None,
        False,
        [
            (
                "data 554 Transaction failed\nReject due to policy restrictions.\nFor"
                " explanation visit"
                " http://postmaster.gmx.com/en/error-messages?ip=203.0.113.4&c=hi",
                at("mail.gmx.net"),
            ),
        ],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            (
                "rcpt_to 450 Requested mail action not taken: mailbox unavailable\nMail"
                " send limit exceeded.\nFor explanation visit"
                " http://postmaster.gmx.com/en/error-messages?c=sl",
                at("mail.gmx.net"),
            ),
            (
                "rcpt_to 450 Requested mail action not taken: mailbox unavailable\nMail"
                " send limit exceeded.",
                at("smtp.ionos.de"),
            ),
            (
                "rcpt_to 554 5.7.1 <bob@example.org>: Recipient address rejected:"
                " Sendelimit ueberschritten (HR-LIMIT)",
                at("smtp.strato.de"),
            ),
            ("rcpt_to 550 5.1.0 iemL1p01Z0hMcT901emQ77 policy violation", at("smtps.aruba.it")),
            ("data 550 Daily sending frequency over limitation", at("smtp.exmail.qq.com")),
            (
                "data 554 HL:ITC 163 smtp8 http://mail.163.com/help/help_spam_16.htm",
                at("smtp.163.com"),
            ),
            ("mail_from 553 MI:MCL request too much", at("smtp.163.com")),
            (
                "rcpt_to 504 the number of RCPT attempts is achieved the maximum threshold",
                at("smtp.mxhichina.com"),
            ),
            (
                "rcpt_to 505 the total of RCPTs is achieved the maximum threshold",
                at("smtp.mxhichina.com"),
            ),
            (
                "rcpt_to 550 5.1.0 cNkj1y0022zrrQM01NkjaD policy violation, see"
                " https://support.forpsi.com/kb/a4071",
                at("smtp.forpsi.com"),
            ),
        ],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        [
            (
                "data 554 Transaction failed\nUnallocated header.From domain.\nFor"
                " explanation visit https://www.ionos.com/help/",
                at("smtp.ionos.de"),
            ),
            (
                "mail_from 553 5.3.0 <alerts@example.org>... 550 Sender not allowed to"
                " relay from this domain",
                at("smtpout.secureserver.net"),
            ),
            (
                "data 550 Message contains invalid header: From header must match the"
                " authenticated sender",
                at("mail.bluehost.example"),
            ),
            (
                "mail_from 550 5.7.1 Nadawca nie jest zgodny z zalogowanym uzytkownikiem",
                at("serwer1234567.home.pl"),
            ),
            ('mail_from 501 "MAIL FROM" is non-local account', at("smtp.mxhichina.com")),
        ],
    ),
    Outcome(
        "mail-from-own-mailbox-only",
        None,
        "sender",
        False,
        [
            (
                "mail_from 550 5.7.1 Remetente diferente do usuario autenticado",
                at("smtp.terra.com.br"),
            ),
        ],
    ),
    Outcome(
        "mail-from-own-mailbox-only",
        None,
        "sender",
        False,
        [
            (
                "mail_from 550 5.7.1 Sender alerts@example.com rejected: not a Telstra address",
                at("smtp.telstra.com"),
            ),
        ],
    ),
    Outcome(
        "mail-from-own-mailbox-only",
        None,
        "sender",
        False,
        [
            (
                "rcpt_to 554 5.1.0 cox AUP#CXSNDR Sender address is not a Cox address",
                at("smtp.cox.net"),
            ),
        ],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        [
            (
                "auth 535 5.7.8 Error: authentication failed: Authentification SMTP non activee",
                at("smtp.free.fr"),
            ),
            (
                "auth 535 5.7.0 accesso non consentito: abilita l'accesso da client di posta",
                at("smtp.libero.it"),
            ),
            (
                "auth 535 5.7.8 Zewnetrzne programy pocztowe sa wylaczone dla tego konta",
                at("poczta.interia.pl"),
            ),
            (
                "auth 535 5.7.8 authentication failed: IMAP/SMTP service is not activated",
                at("smtp.daum.net"),
            ),
            (
                "auth 535 5.7.8 Error: authentication failed: enable access for mail clients",
                at("smtp.rambler.ru"),
            ),
        ],
    ),
    Outcome(
        "auth-yahoo-too-many-bad",
        None,
        "password",
        True,
        [
            ("auth 526 Authentication failure[1]", at("smtp.mxhichina.com")),
        ],
    ),
    Outcome(
        "mail-from-552-size",
        None,
        None,
        False,
        [
            (
                "data 510 The length of Attach is achieved the maximum threshold",
                at("smtp.mxhichina.com"),
            ),
        ],
    ),
    Outcome(
        "policy-unusual-activity",
        "policy",
        None,
        True,
        [
            ("data 454 Transient reject by behaviour spam", at("smtp.mxhichina.com")),
        ],
    ),
    Outcome(
        "rcpt-suppressed",
        None,
        None,
        False,
        [
            ("rcpt_to 554 invalid rcpt: address in invalid address list", at("smtpdm.aliyun.com")),
        ],
    ),
    Outcome(
        "policy-not-in-plan",
        "policy",
        None,
        False,
        [
            (
                "auth 535 Authentication failed. POP/SMTP access is available to"
                " Rediffmail Plus subscribers only",
                at("smtp.rediffmail.com"),
            ),
        ],
    ),
    Outcome(
        "policy-key-limited-to-addresses",
        "policy",
        None,
        False,
        [
            (
                "auth 535 5.7.0 IP address is not allowlisted for this account",
                at("smtp.mailgun.org"),
            )
        ],
    ),
    Outcome(
        "policy-mailgun-test-account",
        "policy",
        None,
        False,
        [
            (
                "data 450 Trial accounts can only send emails to the administrator's"
                " email. #MS42225",
                at("smtp.mailersend.net"),
            ),
        ],
    ),
    Outcome(
        "policy-domain-not-verified",
        "policy",
        "sender",
        False,
        [
            (
                "data 451 Unverified domains are only allowed to send to 1 recipient. #MS42207",
                at("smtp.mailersend.net"),
            ),
        ],
    ),
    Outcome(
        "auth-azure-client-secret",
        None,
        "password",
        False,
        [
            (
                "auth 535 5.7.8 Authentication failed: invalid client secret, AADSTS7000215",
                {**at("smtp.azurecomm.net"), "username": "mail.1111.2222"},
            ),
        ],
    ),
    Outcome(
        "policy-too-many-failures",
        "policy",
        None,
        True,
        [
            (
                "data 550 5.7.1 [BR] Our system has detected an excessively high"
                " number of invalid recipients originating from your account.",
                at("smtp.mailchannels.net"),
            ),
        ],
    ),
    Outcome(
        "policy-address-not-allowed",
        "policy",
        None,
        False,
        [("data 450 WM:BLI 163 smtp8", at("smtp.163.com"))],
    ),
    Outcome(
        "banner-421-too-many-connections",
        None,
        None,
        True,
        [
            ("banner 421 HL:IFC 163 smtp8", at("smtp.163.com")),
            ("banner 421 HL:ICC 163 smtp8", at("smtp.163.com")),
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            (
                "rcpt_to 550 5.7.1 Suspended for abuse. Contact abuse@dreamhost.com",
                at("smtp.dreamhost.com"),
            ),
        ],
    ),
    Outcome(
        "policy-refused-by-mailbox-provider",
        "policy",
        None,
        False,
        [
            ("data 550 5.2.0 Messaggio rifiutato: contenuto sospetto", at("smtp.libero.it")),
        ],
    ),
    Outcome(
        "auth-454-temporary",
        None,
        None,
        True,
        [
            (
                "auth 454 4.7.0 Temporary authentication failure: Connection lost to"
                " authentication server",
                at("smtp.protonmail.ch"),
            ),
        ],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            (
                "rcpt_to 452 4.1.1 <bob@example.org> requested action aborted: try"
                " again later CXTHRT: account limited due to volume",
                at("smtp.cox.net"),
            ),
        ],
    ),
    Outcome(
        "rcpt-unknown-or-closed",
        None,
        None,
        False,
        [
            (
                "rcpt_to 550 Mailbox unavailable or access denied [Mxyz IP:"
                " 203.0.113.4]. https://service.mail.qq.com",
                at("smtp.qq.com"),
            ),
        ],
    ),
    Outcome(
        "auth-authorization-code-needed",
        None,
        "password",
        False,
        [
            ("auth 535 Error: authentication failed, system busy", at("smtp.exmail.qq.com")),
            ("auth 535 Login fail. System is busy, please try later", at("smtp.qq.com")),
        ],
    ),
    Outcome(
        "policy-credits-used-up",
        "policy",
        None,
        False,
        [
            "auth 535 5.7.0 The email limit is reached. Please upgrade your plan"
            " https://mail.example/billing",
            "data 550 5.7.1 You have reached your monthly limit, upgrade your plan",
        ],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        [
            "mail_from 501 5.7.1 <vorstand@test.example>... Permission denied",
            "data 554 5.0.0 Error: transaction failed: unknown sender address",
        ],
    ),
    Outcome(
        "policy-unusual-activity",
        "policy",
        None,
        True,
        [
            (
                "mail_from 451 4.7.1 Sorry, the service is currently unavailable. Please"
                " come back later.",
                at("smtp.yandex.ru"),
            ),
        ],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        ["mail_from 550 5.1.0 Sender unknown to this account"],
    ),
    Outcome(
        "auth-oauth-proxy-not-authorised",
        None,
        None,
        False,
        [
            "auth 535 5.7.8 Authentication credentials invalid. Email OAuth 2.0 Proxy: Login"
            " failed for"
            " account ada@test.example: No-GUI authorisation request failed or timed out",
        ],
    ),
    Outcome(
        "auth-key-wanted",
        None,
        "password",
        False,
        [
            (
                "auth 535 Basic username/password authentication is no longer supported",
                at("smtp.sendgrid.net"),
            ),
        ],
    ),
    Outcome(
        "mail-from-authentication-required",
        None,
        "username",
        False,
        [
            (
                "rcpt_to 554 5.7.1 <unknown[203.0.113.9]>: Client host rejected: Para envio"
                " de mensagens"
                " e necessaria autenticacao",
                NO_LOGIN,
            ),
            (
                "mail_from 530 5.7.1 Vous devez etre connecte: obligatoire l'authentification",
                NO_LOGIN,
            ),
        ],
    ),
    Outcome(
        "auth-postal-credential",
        None,
        "password",
        False,
        [
            ("auth 535 Invalid credential", {"username": "agency/webapp", "port": 25}),
            ("auth 535 Denied", {"username": "agency/webapp"}),
        ],
    ),
    Outcome(
        "auth-mailbox-password",
        None,
        "password",
        False,
        [
            (
                "auth 535 5.7.8 Error: authentication failed: generic failure",
                at("secure.emailsrvr.com"),
            ),
        ],
    ),
    Outcome(
        "auth-host-not-for-sending",
        None,
        "server",
        False,
        [("auth 503 5.5.1 AUTH not enabled", at("mx1.emailsrvr.com"))],
    ),
    Outcome(
        "auth-mail-program-at-provider",
        None,
        "password",
        False,
        [
            ("auth 535 5.7.0 (#AUTH010) Login failed", at("smtp.mail.yahoo.co.jp")),
            ("auth 535 5.7.8 Usuario ou senha invalidos", at("smtps.uol.com.br")),
        ],
    ),
    Outcome(
        "auth-password-change-needed",
        None,
        "password",
        False,
        ["auth 535 5.7.8 Error: authentication failed: passphrase expired, has to be reset"],
    ),
    Outcome(
        "auth-account-locked",
        None,
        None,
        False,
        ["auth 535 5.7.8 Error: authentication failed: passphrase locked"],
    ),
    Outcome(
        "auth-534-mechanism-too-weak",
        None,
        "auth",
        False,
        ["auth 535 5.7.8 Error: authentication failed: mechanism too weak for this user"],
    ),
    Outcome(
        "auth-mechanism-refused",
        None,
        "auth",
        False,
        [
            "auth 535 5.7.8 Error: authentication failed: user exists, but no verifier for user",
            "auth 535 5.7.8 Error: authentication failed: One time use of a plaintext"
            " password will enable requested mechanism for user",
        ],
    ),
    Outcome(
        "auth-454-temporary",
        None,
        None,
        True,
        ["auth 535 5.7.8 Error: authentication failed: transient failure (e.g., weak key)"],
    ),
    Outcome(
        "auth-login-service-broken",
        None,
        None,
        True,
        [
            "auth 535 5.7.8 Error: authentication failed: SASL library is not initialized",
            "auth 535 5.7.8 authentication failed: error:0A000086:SSL routines::certificate"
            " verify failed (ldaps)",
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        ["auth 535 5.7.8 Error: authentication failed: [AUTHORIZATIONFAILED] Disabled user"],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        [
            "auth 535 5.7.1 Your account is not authorized to use SMTP. Missing email-send"
            " permission.",
            "auth 535 5.7.8 Error: authentication failed: authorization failure",
            (
                "auth 535 5.7.8 Bitte aktivieren Sie POP3/IMAP/SMTP in den Einstellungen",
                at("smtp.web.de"),
            ),
            "auth 535 5.7.8 Accesso non consentito da client esterni: abilitare l'accesso"
            " nelle impostazioni",
        ],
    ),
    Outcome(
        "auth-not-on-port-25",
        None,
        "port",
        False,
        [
            (
                "auth 503 5.5.1 AUTH not allowed.",
                {"server": "mail.stalwart.example", "port": 25},
            ),
        ],
    ),
    Outcome(
        "auth-key-invalid",
        None,
        "password",
        False,
        [
            ("auth 450 API key is invalid", {"server": "smtp.resend.com", "username": "resend"}),
            (
                "auth 535 5.7.8 Invalid username or password: SMTP credential not found in"
                " this region",
                at("smtp.email.eu-frankfurt-1.oci.oraclecloud.com"),
            ),
        ],
    ),
    Outcome(
        "auth-account-without-mailbox",
        None,
        "username",
        False,
        ["auth 535 5.7.3 Authentication unsuccessful; User is not mail enabled"],
    ),
    Outcome(
        "auth-user-name-refused",
        None,
        "username",
        False,
        [
            (
                "auth 535 Authentication failed for Ada: User not listed in public Name and"
                " Address Book",
                {"username": "ada"},
            ),
            "auth 535 Authentication failed - SMTP authentication not allowed for domain alias",
            ("auth 535 5.7.8 Identifiant inconnu", {"username": "ada"}),
        ],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        ["auth 535 5.7.8 Authentication credentials invalid, access to SMTP denied by rights"],
    ),
    Outcome(
        "auth-yahoo-too-many-bad",
        None,
        "password",
        True,
        [
            "auth 535 account access temporarily restricted",
            "auth 535 5.7.8 Konto gesperrt wegen zu vieler Fehlversuche, bitte in 30 Minuten"
            " erneut versuchen",
        ],
    ),
    Outcome(
        "auth-mailbox-of-an-own-server",
        None,
        "password",
        False,
        ["auth 535 Authentication failed. Restarting authentication process."],
    ),
    Outcome(
        "auth-mechanism-refused",
        None,
        "auth",
        False,
        ["auth 504 5.5.4 CRAM-MD5 authentication is not enabled on this connector"],
    ),
    Outcome(
        "policy-not-in-plan",
        "policy",
        None,
        False,
        [
            (
                "auth 535 5.7.8 Your Fastmail plan does not include access for third-party clients",
                at("smtp.fastmail.com"),
            ),
        ],
    ),
    Outcome(
        "policy-address-not-allowed",
        "policy",
        None,
        False,
        ["auth 535 5.7.8 Error: authentication failed: Access denied for client outside NICNET"],
    ),
    Outcome(
        "auth-full-address-wanted",
        None,
        "username",
        False,
        [
            (
                "auth 535 5.7.8 メールアドレス全体をユーザー名に指定してください",
                {"username": "taro"},
            ),
            ("auth 535 用户名请填写完整邮箱地址", {"username": "wang"}),
        ],
    ),
    Outcome(
        "auth-already-made",
        None,
        None,
        False,
        [
            "auth 503 5.5.0 User has previously authenticated. Further authentication is not"
            " required!"
        ],
    ),
    Outcome(
        "mail-from-authentication-required",
        None,
        "username",
        False,
        [
            ("mail_from 553 5.7.1 Musíte se nejprve přihlásit", NO_LOGIN),
            ("mail_from 550 Kimlik doğrulaması gerekli", NO_LOGIN),
            ("rcpt_to 550 5.7.1 Du måste logga in för att skicka", NO_LOGIN),
            ("rcpt_to 550 5.7.1 Bejelentkezés szükséges", NO_LOGIN),
        ],
    ),
    Outcome(
        "auth-m365-basic-auth-disabled",
        None,
        "auth",
        False,
        [
            (
                "auth 535 5.7.139 Authentication unsuccessful, BasicAuthBlocked, Contact"
                " your administrator.",
                M365,
            )
        ],
    ),
    Outcome(
        "policy-payment-due",
        "policy",
        None,
        False,
        ["auth 535 5.7.8 Mailbox is disabled for SMTP due to non-payment"],
    ),
    Outcome(
        "policy-address-not-allowed",
        "policy",
        None,
        False,
        [("auth 535 Authentication failed, your account is IP-restricted", at("smtp.zoho.eu"))],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            (
                "auth 535 5.7.8 Unable to authenticate: Agent is disabled",
                {"server": "smtp.zeptomail.in", "username": "emailapikey"},
            ),
            ("auth 535 5.7.1 Authentication failed: 休眠アカウントです", at("smtp.nifty.com")),
        ],
    ),
    Outcome(
        "auth-user-name-refused",
        None,
        "username",
        False,
        [("auth 535 5.7.8 Unknown SMTP user", {"server": "mail.smtp2go.com", "username": "acme"})],
    ),
    Outcome(
        "policy-account-not-activated",
        "policy",
        None,
        False,
        [("auth 535 5.7.0 Project not activated for SMTP", at("smtp.tem.scaleway.com"))],
    ),
    Outcome(
        "policy-api-key-restricted",
        None,
        "password",
        False,
        [
            (
                "auth 535 5.7.8 Access denied: IAM permission TransactionalEmailSmtpCreate missing",
                at("smtp.tem.scaleway.com"),
            )
        ],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        [
            (
                "auth 526 Authentication failure: domain admin disabled third-party client",
                at("smtp.qiye.aliyun.com"),
            )
        ],
    ),
    Outcome(
        "auth-yahoo-too-many-bad",
        None,
        "password",
        True,
        [("auth 535 authentication failed, exceed max login failures", at("smtp.qiye.163.com"))],
    ),
    Outcome(
        "auth-web-login",
        None,
        None,
        False,
        [
            (
                "auth 535 5.7.8 Login denied, please login web mail to active your account",
                at("smtp.sina.com"),
            )
        ],
    ),
    Outcome(
        "auth-account-locked",
        None,
        None,
        False,
        [
            "auth 535 5.7.8 Błąd logowania: konto zablokowane po 5 nieudanych próbach",
            "auth 535 5.7.8 Account blocked after 5 failed attempts",
        ],
    ),
    Outcome(
        "auth-line-too-long",
        None,
        "password",
        False,
        ["auth 535 5.7.8 Password too long (max 72 bytes)"],
    ),
    Outcome(
        "auth-mechanism-refused",
        None,
        "auth",
        False,
        ["auth 500 5.3.3 Unrecognized authentication type"],
    ),
    Outcome(
        "auth-mailbox-full",
        "policy",
        None,
        True,
        [("data 451 Error : ErrorQuotaExceeded", {"server": "davmail", "port": 1025})],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            "rcpt_to 451 4.7.1 max number of new/first-time recipients (200) over past 24h"
            " reached, try increasing",
        ],
    ),
    Outcome(
        "auth-mailbox-password",
        None,
        "password",
        False,
        [
            ("auth 554 5.7.1 Authentication failed", at("smtp.hostinger.com")),
            ("auth 421 4.7.0 Authentication failed, closing connection", at("smtp.hostinger.com")),
        ],
    ),
    Outcome(
        "auth-mail-program-at-provider",
        None,
        "password",
        False,
        [("auth 550 5.7.1 Authentication failed", at("smtp.seznam.cz"))],
    ),
    Outcome(
        "auth-exchange-broken-off",
        None,
        "auth",
        False,
        [("auth 503 5.5.1 Bad sequence of commands", GMAIL)],
    ),
    Outcome(
        "auth-mailbox-password",
        None,
        "password",
        False,
        [
            (
                "auth 535 5.7.3 Authentication unsuccessful",
                {
                    "server": "ex4.mail.ovh.net",
                    "greeting": "ex4.mail.ovh.net Microsoft ESMTP MAIL Service ready",
                },
            ),
        ],
    ),
    Outcome(
        "auth-mechanism-refused",
        None,
        "auth",
        False,
        ["auth 535 Unable to use this auth type"],
    ),
    Outcome(
        "auth-api-key-service",
        None,
        "password",
        False,
        [
            (
                "auth 535 Invalid password, please try again or go to"
                " https://forwardemail.net/my-account",
                at("smtp.forwardemail.net"),
            ),
        ],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            (
                "data 550 5.7.232 Your message can't be sent because your trial tenant has"
                " exceeded its daily limit",
                M365,
            ),
        ],
    ),
    Outcome(
        "auth-local-part-wanted",
        None,
        "username",
        False,
        ["auth 535 5.7.8 Use login without @test.example"],
    ),
    Outcome(
        "auth-directory-password",
        None,
        "password",
        False,
        ["auth 535 5.7.8 authentication failed: Kerberos: Preauthentication failed"],
    ),
    Outcome(
        "auth-login-service-broken",
        None,
        None,
        True,
        [
            (
                "auth 535 5.7.8 authentication failed: Kerberos: Server not found in database",
                {"username": "app"},
            ),
        ],
    ),
    Outcome(
        "auth-user-name-refused",
        None,
        "username",
        False,
        [
            (
                "auth 535 5.7.8 Incorrect username or password - use your mailbox name"
                " (firma1), not the address",
                at("smtp.domeneshop.no"),
            ),
            "auth 535 5.7.8 authentication failed: SMTP-Auth nur mit Postfachnamen (web123p4)",
            ("auth 535 5.7.8 Conta inexistente", at("smtp.sapo.pt")),
        ],
    ),
    Outcome(
        "auth-other-region",
        None,
        "server",
        False,
        [
            "auth 550 5.7.1 Please use the correct SMTP server for your contract: smtp.test.es",
            (
                "auth 535 5.7.8 Authentication failed: domain mg.test.example not found in"
                " this region",
                at("smtp.mailgun.org"),
            ),
        ],
    ),
    Outcome(
        "starttls-required-530",
        "starttls",
        "tls",
        False,
        [("auth 535 5.7.8 Sorry, authentication is required to be encrypted", CLEAR)],
    ),
    Outcome(
        "policy-country-closed",
        "policy",
        None,
        False,
        [
            "auth 535 5.7.8 Anmeldung aus dem Ausland ist deaktiviert",
            "auth 535 5.7.8 Ulkomailta kirjautuminen on estetty",
            "auth 535 5.7.8 Inloggen vanuit het buitenland is geblokkeerd",
        ],
    ),
    Outcome(
        "policy-credits-used-up",
        "policy",
        None,
        False,
        ["auth 535 5.7.8 Saldo insuficiente para envio"],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        [
            (
                "auth 535 5.7.8 Login ou senha incorretos. Ative o acesso SMTP nas configurações",
                at("smtp.terra.com.br"),
            ),
        ],
    ),
    Outcome(
        "auth-yahoo-too-many-bad",
        None,
        "password",
        True,
        ["auth 554 5.7.1 Too many attempts with wrong password, account locked for 1 hour"],
    ),
    Outcome(
        "mail-from-authentication-required",
        None,
        "username",
        False,
        [
            ("data 554 5.7.1 Message rejected: authenticate with SMTP AUTH", NO_LOGIN),
            ("mail_from 550 5.1.0 You need to check your mail (POP) before sending", NO_LOGIN),
        ],
    ),
    Outcome(
        "auth-key-invalid",
        None,
        "password",
        False,
        [
            (
                "auth 535 Authentication Failed: Send mail token is invalid or deleted",
                {"server": "smtp.zeptomail.com", "username": "emailapikey"},
            ),
        ],
    ),
    Outcome(
        "policy-payment-due",
        "policy",
        None,
        False,
        [("auth 526 Authentication failure: account arrears", at("smtpdm.aliyun.com"))],
    ),
    Outcome(
        "auth-several-causes",
        None,
        "password",
        False,
        [("auth 535 登录失败：账号异常或密码错误或登录频率限制", at("smtp.qq.com"))],
    ),
    Outcome(
        "auth-mail-program-at-provider",
        None,
        "password",
        False,
        [
            (
                "auth 535 5.7.0 失敗しました。Yahoo! JAPAN IDとパスワードをご確認ください",
                at("smtp.mail.yahoo.co.jp"),
            ),
        ],
    ),
    Outcome(
        "policy-address-not-allowed",
        "policy",
        None,
        False,
        [("auth 535 5.7.8 SMTP認証が許可されていないIPアドレスです", at("www123.sakura.ne.jp"))],
    ),
    Outcome(
        "auth-password-change-needed",
        None,
        "password",
        False,
        [
            (
                "auth 535 5.7.8 Logowanie zablokowane - zmien haslo w ustawieniach",
                at("smtp.poczta.onet.pl"),
            )
        ],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        [("auth 535 5.7.1 Konto nie posiada aktywnej uslugi SMTP", at("poczta.interia.pl"))],
    ),
    Outcome(
        "policy-api-key-restricted",
        None,
        "password",
        False,
        [
            (
                "auth 535 Unauthorized: this API key is not allowed to use SMTP",
                at("in-v3.mailjet.com"),
            )
        ],
    ),
    Outcome(
        "auth-yahoo-too-many-bad",
        None,
        "password",
        True,
        ["auth 535 5.7.8 Authentication failed: IP address locked out by brute force protection"],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        ["mail_from 550 5.7.1 SMTP AUTH not allowed for this account"],
    ),
    Outcome(
        "policy-postmark-sender-signature",
        "policy",
        "sender",
        False,
        [
            (
                "mail_from 553 Invalid sender: domain mailbox not found",
                at("smtp.zeptomail.com") | {"username": "emailapikey"},
            )
        ],
    ),
    Outcome(
        "rcpt-relay-denied-logged-in",
        None,
        "sender",
        False,
        ["rcpt_to 550 Refused. Sending to remote addresses (relaying) is not allowed."],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        ["rcpt_to 556 Address unavailable."],
    ),
    Outcome(
        "mail-from-unverified-for-now",
        None,
        "sender",
        True,
        ["mail_from 417 DNS lookup failure: test.example. Try again later."],
    ),
    Outcome(
        "rcpt-unverified-for-now",
        None,
        None,
        True,
        ["rcpt_to 417 DNS lookup failure: example.org. Try again later."],
    ),
    Outcome(
        "mail-from-501-bad-sender-syntax",
        None,
        "sender",
        False,
        ["data 554 5.0.0 Error: transaction failed: From field must contain exactly one address"],
    ),
    Outcome(
        "banner-domain-listed",
        None,
        None,
        False,
        ["banner 554 5.7.1 Domain listed in dbl.spamhaus.org"],
    ),
    Outcome(
        "banner-access-denied",
        None,
        None,
        False,
        ["ehlo 550 5.7.1 Access denied", "ehlo 550 Access denied"],
    ),
    Outcome(
        "auth-gateway-signed-out",
        None,
        None,
        False,
        [
            "auth 535 Authentication failed: O365 token expired",
            (
                "auth 535 Refresh token expired",
                {"greeting": "localhost DavMail 6.2 SMTP ready at Mon"},
            ),
        ],
    ),
    Outcome(
        "auth-credentials-refused",
        None,
        "password",
        False,
        [
            (
                "auth 535 5.7.3 Authentication failed",
                {"greeting": "gw.test.example GroupWise Internet Agent 18.3 Ready"},
            )
        ],
    ),
    Outcome(
        "auth-credentials-refused",
        None,
        "password",
        False,
        ["auth 535 5.7.8 Proxy: Backend login failed"],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [("auth 535 Your account has been temporarily blocked", at("in-v3.mailjet.com"))],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            (
                "data 554 5.5.0 MI:STC .For more information, please visit",
                at("smtphz.qiye.163.com"),
            ),
            ("mail_from 550 MI:STC 163 smtp8", NETEASE),
        ],
    ),
    Outcome(
        "mail-from-501-bad-sender-syntax",
        None,
        "sender",
        False,
        [("mail_from 550 MI:IMF 163 smtp8", NETEASE)],
    ),
    Outcome("policy-dmarc", "policy", "sender", False, [("data 550 MI:DMA 163 smtp8", NETEASE)]),
    Outcome(
        "ehlo-name-refused", None, "ehlo_name", False, [("ehlo 550 MI:NHD 163 smtp8", NETEASE)]
    ),
    Outcome(
        "rcpt-421-too-many-errors",
        None,
        None,
        True,
        [("mail_from 450 MI:CEL 163 smtp8", NETEASE), ("rcpt_to 451 RP:CCL 163 smtp8", NETEASE)],
    ),
    Outcome(
        "rcpt-too-many-recipients",
        None,
        None,
        True,
        [("rcpt_to 550 Requested mail action not taken: too much recipient", NETEASE)],
    ),
    Outcome(
        "policy-spamhaus-listed",
        "policy",
        None,
        False,
        [
            ("data 550 Suspected bounce attacks. https://service.mail.qq.com/detail/122/57", MX_QQ),
            ("data 550 Suspected spam ip. https://service.mail.qq.com/detail/122/66", MX_QQ),
            (
                "data 550 5.5.0 Service refuse. Veuillez essayer plus tard. service refused, please"
                " try later. LPN007_510",
                {"server": "smtpz4.laposte.net", **NO_LOGIN},
            ),
        ],
    ),
    Outcome(
        "rcpt-receives-too-much",
        None,
        None,
        True,
        [("rcpt_to 550 The frequency of receiving messages is limited", MX_QQ)],
    ),
    Outcome(
        "rcpt-relay-denied-by-gateway",
        None,
        None,
        False,
        [
            (
                "rcpt_to 553 you are trying to use me [server-9.bemta-5.messagelabs.com] as a"
                " relay, but I have not been configured to let you [203.0.113.5, acme.example] do"
                " this.",
                {"server": "cluster5out.eu.messagelabs.com", **NO_LOGIN},
            ),
            (
                "rcpt_to 550 5.7.1 <bob@example.org>: Recipient address rejected: Access denied by"
                " policy",
                {"server": "acme.relay.tmes.trendmicro.com", **NO_LOGIN},
            ),
        ],
    ),
    Outcome(
        "rcpt-helo-need-fqdn",
        None,
        "ehlo_name",
        False,
        [
            (
                "data 554 5.7.1 <DATA>: Data command rejected: Blocked - Suspicious HELO"
                " [[192.168.1.4]] and missing reverse DNS [177.133.180.68]",
                {"ehlo_name": "[192.168.1.4]"},
            )
        ],
    ),
    Outcome(
        "policy-milter",
        "policy",
        None,
        False,
        [
            "mail_from 550 5.7.1 Command rejected",
            "rcpt_to 554 5.7.1 <bob@example.org>: Command rejected",
        ],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            ("rcpt_to 450 4.7.1 please do not try more than once per 5 minutes", NO_LOGIN),
            "rcpt_to 450 4.7.1 sorry, max 30 requests per hour",
            ("rcpt_to 554 5.7.1 sorry, max 1.5mb per 10 minutes", NO_LOGIN),
        ],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        False,
        ["rcpt_to 554 5.7.1 <bob@example.org> Access to <bob@example.org> not allowed"],
    ),
    Outcome(
        "rcpt-restricted",
        None,
        None,
        True,
        [
            (
                "rcpt_to 412 You are not whitelisted by this recipient, please try again later.",
                NO_LOGIN,
            )
        ],
    ),
    Outcome(
        "account-password-expired",
        None,
        "password",
        False,
        [
            "rcpt_to 554 5.7.1 <bob@example.org>: Recipient address rejected: Password expired or"
            " never changed, please change your password in webmail before sending email",
        ],
    ),
    Outcome(
        "policy-spamhaus-listed",
        "policy",
        None,
        False,
        [("data 550 Connection denied. https://service.mail.qq.com/detail/122/171", MX_QQ)],
    ),
    Outcome(
        "data-bare-lf-521",
        None,
        None,
        False,
        ["data 451 Bare line-feed; see http://haraka.github.io/barelf/"],
    ),
    Outcome(
        "server-filter-down", None, None, True, ["data 432 Mail filters temporarily unavailable."]
    ),
    Outcome("data-mail-loop", None, None, False, ["data 550 SL E525 Alias loop"]),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        ["data 554 5.7.1 This message does not meet our delivery requirements"],
    ),
    Outcome(
        "service-not-active",
        None,
        None,
        True,
        ["mail_from 421 maintenance - please try again later"],
    ),
    Outcome(
        "auth-yahoo-too-many-bad",
        None,
        "password",
        True,
        ["mail_from 455 4.3.0 Too many authentication errors, disconnecting."],
    ),
    Outcome(
        "mail-from-blacklisted",
        None,
        "sender",
        False,
        [("rcpt_to 554 5.7.0 Domain listed as spam source", NO_LOGIN)],
    ),
    Outcome(
        "auth-credentials-refused",
        None,
        "password",
        False,
        ["auth 535 5.7.0 Invalid login or password OFR_515 [515]"],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        ["rcpt_to 550 5.5.0 Boite du destinataire inconnue LPN007_401"],
    ),
    Outcome(
        "policy-sending-switched-off",
        "policy",
        None,
        False,
        [
            "auth 535 5.7.1 Authentication failed: user disabled for external access",
            "auth 535 5.7.8 Error: authentication failed: Sending disabled for mailbox",
            ("data 554 5.7.1 Disabled by user from hPanel", at("smtp.hostinger.com")),
        ],
    ),
    Outcome(
        "policy-dmarc-of-this-machine",
        "policy",
        "sender",
        True,
        [
            (
                "data 421 4.7.32 Your email has been rate limited because the From: header"
                " (RFC5322) in this message isn't aligned with either the authenticated SPF or DKIM"
                " organizational domain.",
                NO_LOGIN,
            ),
        ],
    ),
    Outcome(
        "data-missing-message-id",
        None,
        None,
        False,
        ["data 550 5.7.1 Reject, id=1-2 - BAD-HEADER: MIME error"],
    ),
    Outcome(
        "policy-payment-due",
        "policy",
        None,
        False,
        [
            "mail_from 554 5.7.1 <ada@test.example>: Sender address rejected: your account is not"
            " paid, sending is limited"
        ],
    ),
    Outcome(
        "rcpt-domain-for-tests",
        None,
        None,
        False,
        ["rcpt_to 501 5.1.5 Recipient address reserved by RFC 2606"],
    ),
    Outcome(
        "mail-from-sender-blocked",
        "policy",
        "sender",
        False,
        ["mail_from 550 5.7.1 Sender rejected, spam suspected [OVH]"],
    ),
    Outcome(
        "banner-421-not-available",
        None,
        None,
        True,
        ["banner 421 Too busy; please try again later"],
    ),
    Outcome(
        "banner-domain-listed",
        None,
        None,
        False,
        [
            (
                "rcpt_to 554 5.7.1 <bob@example.org>: Recipient address rejected: Blacklisted"
                " reverse DNS name of server IP address",
                NO_LOGIN,
            ),
        ],
    ),
    Outcome(
        "policy-attachment-refused",
        "policy",
        None,
        False,
        ["data 554 5.7.1 Blacklisted file extension detected"],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        ["data 554 5.7.1 Blacklisted word in the subject"],
    ),
    Outcome(
        "policy-connection-used-up",
        "policy",
        None,
        True,
        ["rcpt_to 452 4.5.1 Temporary failure: Too many messages sent"],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        ["mail_from 550 Sorry, your account has been frozen due to too many messages sent"],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        ["mail_from 550 5.7.1 Sender identity mismatch: you must use your own address"],
    ),
    Outcome(
        "mail-from-blacklisted",
        None,
        "sender",
        False,
        [
            (
                "data 554 5.7.1 Blocked: see https://www.spamhaus.org/query/domain/acme.example",
                NO_LOGIN,
            )
        ],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        [("auth 535 the email account of SMTP is closed [98]", at("smtp.sina.com"))],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            "auth 535 5.7.8 El buzón está desactivado",
            "auth 535 5.7.8 Caixa postal bloqueada pelo administrador",
            "auth 535 5.7.8 Hesabınız askıya alındı",
        ],
    ),
    Outcome(
        "auth-password-retired",
        None,
        "auth",
        False,
        [
            "auth 535 5.7.8 OAuth authentication required for this mailbox",
            "auth 550 5.7.1 Access denied: your organization blocks legacy protocols",
        ],
    ),
    Outcome(
        "auth-key-invalid",
        None,
        "password",
        False,
        ["auth 535 5.7.8 Token expired, regenerate your SMTP password in the control panel"],
    ),
    Outcome(
        "auth-web-login",
        None,
        None,
        False,
        ["auth 535 5.7.8 Login temporarily disabled due to suspicious activity"],
    ),
    Outcome(
        "policy-not-in-plan",
        "policy",
        None,
        False,
        ["auth 535 5.7.8 SMTP relay is not part of your plan"],
    ),
    Outcome(
        "auth-full-address-wanted",
        None,
        "username",
        False,
        ["auth 535 The 'user' should contain the 'domain'"],
    ),
    Outcome("server-can-not-store", None, None, True, ["data 451 Rejected - No data saved."]),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        [("rcpt_to 550 Recipient not in route list.", NO_LOGIN)],
    ),
    Outcome(
        "rcpt-suppressed",
        None,
        None,
        False,
        ["rcpt_to 550 5.7.1 Your recipient bob@example.org has unsubscribed"],
    ),
    Outcome(
        "auth-user-name-refused",
        None,
        "username",
        False,
        ["auth 535 5.7.8 Login with e-mail alias is not possible"],
    ),
    Outcome(
        "auth-454-temporary",
        None,
        None,
        True,
        ["auth 535 5.7.8 Maintenance: login disabled until 04:00 UTC"],
    ),
    Outcome(
        "auth-password-change-needed",
        None,
        "password",
        False,
        ["auth 535 5.7.8 Your password has been found in a data breach and was disabled"],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            "data 550 5.7.1 Outbound spam threshold exceeded; sending from this mailbox is blocked"
            " for 24 hours",
        ],
    ),
    Outcome(
        "mail-from-blacklisted",
        None,
        "sender",
        False,
        ["data 554 5.7.1 Outbound message rejected: sender reputation too low (score 12)"],
    ),
    Outcome(
        "rcpt-domain-not-allowed",
        None,
        None,
        False,
        ["rcpt_to 550 5.7.1 Recipient domain example.org is blocked by administrator"],
    ),
    Outcome(
        "policy-content-rejected",
        "policy",
        None,
        False,
        ["data 550 5.7.1 The number of links exceeds the limit for new accounts"],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            "mail_from 554 5.7.0 Ihr E-Mail-Konto wurde fuer den Versand voruebergehend gesperrt.",
            "data 550 5.7.1 Der Mailversand wurde wegen Spam-Verdachts gesperrt",
        ],
    ),
    Outcome(
        "auth-key-may-not-send",
        None,
        "password",
        False,
        [
            ("auth 535 5.7.8 insufficient permissions: write emails", at("smtp.tem.scw.cloud")),
        ],
    ),
    Outcome(
        "policy-mailgun-test-account",
        "policy",
        None,
        False,
        ["data 450 4.7.1 Trial accounts can only send emails to the administrator's email."],
    ),
    Outcome(
        "rcpt-domain-not-allowed",
        None,
        None,
        False,
        [
            "rcpt_to 550 5.7.1 High Volume Email accounts can send to internal recipients only",
            "rcpt_to 550 5.7.1 This account may only send to internal recipients",
            "rcpt_to 550 5.7.1 External recipients are not supported",
        ],
    ),
    Outcome(
        "policy-part-of-service-missing",
        "policy",
        None,
        False,
        ["data 550 5.7.1 The message stream 'inbound' does not support sending."],
    ),
    Outcome(
        "rcpt-suppressed",
        None,
        None,
        False,
        ["rcpt_to 550 5.7.1 recipient bob@example.org is in your blocklist"],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        [
            (
                "auth 535 5.7.8 IMAP/SMTP access is restricted for your organization by the"
                " administrator",
                at("smtp.zoho.com"),
            ),
            (
                "auth 535 Authentifizierung fehlgeschlagen: POP3/IMAP-Zugriff ist nicht aktiviert",
                at("smtp.web.de"),
            ),
        ],
    ),
    Outcome(
        "auth-web-login",
        None,
        None,
        False,
        [
            ("auth 535 账号异常，请登录网页版邮箱完成安全验证", NETEASE),
            "auth 535 5.7.8 Ungewöhnliche Anmeldung, bitte melden Sie sich im Browser an",
            "auth 535 5.7.8 Connexion inhabituelle. Connectez-vous à votre espace client",
        ],
    ),
    Outcome(
        "auth-mail-program-at-provider",
        None,
        "password",
        False,
        [
            (
                "auth 535 5.7.0 Identifiant ou mot de passe incorrect. Votre compte sera verrouillé"
                " après 3 tentatives",
                at("smtp.sfr.fr"),
            ),
        ],
    ),
    Outcome(
        "policy-refused-by-mailbox-provider",
        "policy",
        None,
        False,
        [
            (
                "data 554 Transaction failed : Cannot send message due to possible abuse",
                at("smtp.mail.yahoo.com"),
            ),
        ],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        [("auth 535 Error: 管理员已禁止该帐号使用SMTP服务", at("smtp.exmail.qq.com"))],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        [
            "mail_from 550 5.7.0 Sie sind nicht berechtigt, mit diesem Absender zu senden.",
            "mail_from 550 5.7.1 Vous n'êtes pas autorisé à envoyer avec cet expéditeur",
            "mail_from 550 5.7.1 No puede enviar correo con este remitente, no tiene permiso",
            "mail_from 550 5.7.1 Non è possibile inviare con questo mittente",
            "mail_from 550 5.7.1 Niet gemachtigd om met deze afzender te verzenden",
            "mail_from 550 5.7.1 Nie masz uprawnien do wysylania z tego adresu",
            "rcpt_to 550 5.7.1 <app@test.example>: Sender address rejected: Must be authenticated"
            " to use this domain",
        ],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        [
            "data 550 5.7.1 La casella e' stata temporaneamente inibita all'invio. Modificare la"
            " password",
        ],
    ),
    Outcome(
        "policy-not-in-plan",
        "policy",
        None,
        False,
        [
            (
                "data 550 Email template required: plain content sending is not enabled for your"
                " account",
                at("smtp.qcloudmail.com"),
            ),
        ],
    ),
    Outcome(
        "policy-credits-used-up",
        "policy",
        None,
        False,
        [
            (
                "mail_from 550 Subuser x is not allowed to relay mail: credit allocation is zero",
                at("smtp.sendgrid.net"),
            ),
        ],
    ),
    Outcome(
        "auth-other-region",
        None,
        "server",
        False,
        [("auth 535 Domain x.example does not exist in this region", at("smtp.mailgun.org"))],
    ),
    Outcome(
        "policy-part-of-service-missing",
        "policy",
        None,
        False,
        ["data 550 5.7.1 ip_pool 'marketing' does not exist"],
    ),
    Outcome(
        "policy-account-suspended",
        "policy",
        None,
        False,
        ["data 550 5.7.1 Sending is disabled: your bounce rate (12%) is above the threshold"],
    ),
    Outcome(
        "policy-bounce-domain-unverified",
        "policy",
        None,
        False,
        ["mail_from 550 5.7.1 Custom Return-Path domain is not verified (CNAME missing)"],
    ),
    Outcome(
        "policy-postmark-sender-signature",
        "policy",
        "sender",
        False,
        ["mail_from 550 5.7.1 domain test.example status is revoked"],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        [
            "rcpt_to 550 5.7.1 Der Absender app@test.example ist für dieses Postfach nicht"
            " zugelassen"
        ],
    ),
    Outcome(
        "auth-mailbox-full",
        "policy",
        None,
        True,
        [
            "rcpt_to 554 5.7.1 Votre boite mail a dépassé son quota, l'envoi est désactivé",
            "data 552 5.2.2 Ihr Postfach ist voll, Versand nicht möglich",
        ],
    ),
    Outcome(
        "policy-mailgun-test-account",
        "policy",
        None,
        False,
        ["data 450 4.7.1 You have reached the maximum of unique recipients for trial accounts"],
    ),
    Outcome(
        "auth-shared-mailbox",
        "auth",
        "username",
        False,
        ["auth 535 5.7.8 Shared mailboxes cannot log in"],
    ),
    Outcome(
        "auth-google-organisation-bars",
        None,
        None,
        False,
        [
            (
                "auth 534 5.7.9 Access blocked by your organization's context-aware access policy",
                GMAIL,
            ),
            ("auth 535 5.7.8 Gmail service is turned off for this user", GMAIL),
        ],
    ),
    Outcome(
        "auth-other-region",
        None,
        "server",
        False,
        [
            (
                "auth 535 The provided API key does not belong to the EU region",
                at("smtp.eu.sendgrid.net"),
            ),
        ],
    ),
    Outcome(
        "policy-payment-due",
        "policy",
        None,
        False,
        [
            "data 550 5.7.1 Please add a payment method to your account to continue sending",
            "mail_from 550 5.7.1 Service suspendu pour défaut de paiement",
        ],
    ),
    Outcome(
        "policy-mailgun-test-account",
        "policy",
        None,
        False,
        [
            "rcpt_to 550 5.7.1 Exceeded sandbox limit of 5 messages for this account",
        ],
    ),
    Outcome(
        "auth-user-name-refused",
        None,
        "username",
        False,
        [
            ("auth 535 5.7.8 project ID is not a valid UUID", at("smtp.tem.scw.cloud")),
        ],
    ),
    Outcome(
        "auth-app-password-required",
        None,
        "password",
        False,
        [
            "auth 535 5.7.8 authentication failed: account requires application passcode",
        ],
    ),
    Outcome(
        "auth-account-without-mailbox",
        None,
        "username",
        False,
        [
            "auth 535 5.7.8 User is not provisioned for mail in this organization",
        ],
    ),
    Outcome(
        "auth-yahoo-too-many-bad",
        None,
        "password",
        True,
        [
            "auth 535 too many login failures, account locked 2 hours",
        ],
    ),
    Outcome(
        "policy-sending-switched-off",
        "policy",
        None,
        False,
        [
            (
                "mail_from 550 SMTP-Versand fuer dieses Postfach deaktiviert",
                {"sender": "ada@test.example"},
            ),
        ],
    ),
    Outcome(
        "policy-gmail-daily-quota",
        "policy",
        None,
        True,
        [
            "rcpt_to 550 5.7.1 Nombre maximum de destinataires par jour atteint. OFR_512",
            "rcpt_to 550 5.7.1 Numero massimo di messaggi al giorno superato",
            "rcpt_to 550 5.7.1 This mailbox has no SMTP relays left",
        ],
    ),
    Outcome(
        "auth-smtp-switched-off",
        None,
        None,
        False,
        [
            "auth 535 5.7.0 L'accesso da programmi di posta non e' attivo per questa casella",
            "auth 535 5.7.8 enable third-party email access in Titan settings",
            "auth 535 5.7.8 Der Zugriff durch externe Programme ist nicht freigeschaltet",
            "auth 535 5.7.8 L'accès par les logiciels de messagerie est désactivé",
        ],
    ),
    Outcome(
        "mail-from-must-equal-user",
        None,
        "sender",
        False,
        [
            "mail_from 550 5.1.0 Mittente diverso dall'utente autenticato",
            "mail_from 550 5.7.1 Remitente diferente del usuario autenticado",
        ],
    ),
    Outcome(
        "banner-address-not-listed",
        None,
        None,
        False,
        [
            (
                "banner 421 4.7.0 IP not in whitelist for RCPT domain, closing connection.",
                {**NO_LOGIN, "server": "gmail-smtp-in.l.google.com", "port": 25},
            ),
        ],
    ),
    Outcome(
        "rcpt-domain-not-allowed",
        None,
        None,
        False,
        [
            (
                "rcpt_to 550 5.7.1 Versand an externe Empfaenger ist fuer den Absender"
                " app@test.example nicht freigegeben. Bitte wenden Sie sich an den IT-Service.",
                NO_LOGIN,
            ),
        ],
    ),
    Outcome(
        "rcpt-user-unknown",
        None,
        None,
        False,
        ["rcpt_to 550 Empfaenger ungueltig", "rcpt_to 550 Empfaengeradresse nicht verfuegbar"],
    ),
    Outcome(
        "policy-connection-used-up",
        "policy",
        None,
        True,
        ["mail_from 451 Requested action aborted\nMails per session limit exceeded."],
    ),
    Outcome(
        "ehlo-name-refused",
        None,
        "ehlo_name",
        False,
        ["ehlo 501 5.5.2 <203.0.113.5>: Helo command rejected: invalid ip address"],
    ),
    Outcome(
        "data-header-address",
        None,
        None,
        False,
        [
            "data 550 Message headers fail syntax check:\n"
            '"From: Acme: Sales <sales@test.example>" is malformed',
        ],
    ),
]
