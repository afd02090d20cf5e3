"""Failures as they are met in the wild, each with the catalogue entry that it belongs to."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from smtp_panel.net.certificates import Certificate
from smtp_panel.net.tls import TLSVersion
from smtp_panel.smtp.endpoint import Security
from smtp_panel.smtp.facts import Facts, FaultKind, Handover, OAuthReason, PasswordTrait, Stage

_REPLY = re.compile(r"(\d{3}) (?:([245]\.\d+\.\d+) )?(.*)", re.DOTALL)


def facts(stage: str, kind: str = "reply", **known: Any) -> Facts:
    """A failure at `stage`, at a server of no known provider, with STARTTLS and a login."""
    usual = {
        "server": "smtp.test.example",
        "port": 587,
        "security": Security.STARTTLS,
        "ehlo_name": "app.test.example",
        "username": "ada@test.example",
        "sender": "app@test.example",
        "recipient": "bob@example.org",
    }
    return Facts(stage=Stage(stage), kind=FaultKind(kind), **{**usual, **known})


def said(stage: str, reply: str, **known: Any) -> Facts:
    """A refusal at `stage`, written as the server sends it: "535 5.7.8 No"."""
    match = _REPLY.fullmatch(reply)
    assert match, reply
    return facts(stage, code=int(match[1]), enhanced=match[2], text=match[3], **known)


CLEAR = {"security": Security.NONE}
IMPLICIT = {"security": Security.IMPLICIT, "port": 465}
NO_LOGIN = {"username": ""}
GMAIL = {"server": "smtp.gmail.com"}
GMX = {"server": "mail.gmx.net"}
M365 = {"server": "smtp.office365.com"}
SES = {"server": "email-smtp.eu-west-1.amazonaws.com", "username": "AKIAEXAMPLE"}
TLS_LINES = {"offered": ("STARTTLS",), "offered_tls": ("AUTH PLAIN LOGIN",)}


def shown(issuer: str, *names: str, until: float = 0, authority: str = "") -> Certificate:
    """A certificate that `issuer` made out for `names`, else for the server of `facts`."""
    return Certificate(
        subject="smtp.test.example",
        issuer=issuer,
        names=names or ("smtp.test.example",),
        not_before=0,
        not_after=until,
        fingerprint="",
        pem="",
        authority=authority,
    )


def certificate(code: int, **known: Any) -> Facts:
    """A certificate that OpenSSL refuses with this X509_V_ERR number."""
    return facts("tls", "certificate", verify_code=code, **known)


def tls(reason: str, **known: Any) -> Facts:
    """A handshake that OpenSSL ends for `reason`."""
    words = reason.lower().replace("_", " ")
    return facts("tls", "tls", tls_reason=reason, error=f"[SSL: {reason}] {words}", **known)


def foreign(raw: str, **known: Any) -> Facts:
    """A service that does not speak SMTP."""
    return facts("banner", "not_smtp", raw=raw, **known)


def oauth(reason: str, error: str = "", **known: Any) -> Facts:
    """A login by OAuth that fails for this reason, in these words."""
    return facts("auth", "oauth", reason=OAuthReason(reason), error=error, **known)


EXAMPLES: list[tuple[str, Facts]] = [
    ("oauth-client-missing", oauth("no_client")),
    ("oauth-endpoint-not-https", oauth("bad_url", "it does not begin with https://")),
    ("oauth-endpoint-blocked", oauth("blocked", "169.254.169.254 is refused")),
    (
        "oauth-endpoint-name-temporary",
        oauth("name_temporary", "[Errno -3] Temporary failure in name resolution"),
    ),
    (
        "oauth-endpoint-name-not-found",
        oauth("name_not_found", "[Errno -2] Name or service not known"),
    ),
    (
        "oauth-endpoint-certificate-of-another-name",
        oauth(
            "certificate",
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch,"
            " certificate is not valid for 'sso.test'. (_ssl.c:1000)",
        ),
    ),
    (
        "oauth-endpoint-certificate",
        oauth(
            "certificate", "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed"
        ),
    ),
    (
        "oauth-endpoint-tls-too-old",
        oauth("tls", "[SSL: TLSV1_ALERT_PROTOCOL_VERSION] tlsv1 alert protocol version"),
    ),
    ("oauth-endpoint-tls", oauth("tls", "[SSL: WRONG_VERSION_NUMBER] wrong version number")),
    ("oauth-endpoint-timeout", oauth("timeout", "timed out")),
    (
        "oauth-endpoint-on-this-machine",
        oauth(
            "unreachable",
            "[Errno 111] Connection refused",
            token_endpoint="http://localhost:8080/token",
        ),
    ),
    ("oauth-endpoint-unreachable", oauth("unreachable", "[Errno 111] Connection refused")),
    (
        "oauth-authorization-endpoint",
        oauth("not_json", "status 200", token_endpoint="https://id.test/oauth2/v2.0/authorize"),
    ),
    ("oauth-endpoint-redirects", oauth("redirected", "status 302")),
    (
        "oauth-endpoint-of-another-provider-for-google",
        oauth(
            "unauthorized_client",
            "unauthorized_client: AADSTS700016: Application with identifier 'x' was not found",
            token_endpoint="https://login.microsoftonline.com/x/oauth2/v2.0/token",
            **GMAIL,
        ),
    ),
    (
        "oauth-endpoint-of-another-provider",
        oauth(
            "unsupported_grant_type",
            "unsupported_grant_type: Invalid grant_type: client_credentials",
            token_endpoint="https://oauth2.googleapis.com/token",
            **M365,
        ),
    ),
    (
        "oauth-endpoint-of-another-region",
        oauth(
            "invalid_client",
            "invalid_client",
            server="smtp.zoho.eu",
            token_endpoint="https://accounts.zoho.com/oauth/v2/token",
        ),
    ),
    ("oauth-endpoint-not-json", oauth("not_json", "status 200, 5012 octets")),
    ("oauth-no-token", oauth("no_token", "no access_token in the answer")),
    ("oauth-endpoint-rate-limit", oauth("busy", "status 429, to be asked again in 60 s")),
    ("oauth-endpoint-busy", oauth("busy", "status 503, to be asked again in 120 s")),
    (
        "oauth-expired-secret",
        oauth(
            "expired_secret",
            "invalid_client: AADSTS7000222: The provided client secret keys are expired.",
        ),
    ),
    (
        "oauth-m365-secret-id-for-value",
        oauth("invalid_client", "invalid_client: AADSTS7000215: Invalid client secret provided."),
    ),
    (
        "oauth-m365-consent-missing",
        oauth("invalid_grant", "invalid_grant: AADSTS65001: The user has not consented to use x"),
    ),
    (
        "oauth-m365-permission-missing",
        oauth("invalid_grant", "invalid_grant: AADSTS650056: Misconfigured application"),
    ),
    ("oauth-m365-not-assigned", oauth("invalid_grant", "AADSTS501051: 'x' is not assigned to 'y'")),
    (
        "oauth-m365-conditional-access",
        oauth("invalid_grant", "invalid_grant: AADSTS53003: blocked by Conditional Access"),
    ),
    (
        "oauth-m365-application-disabled",
        oauth("unauthorized_client", "unauthorized_client: AADSTS7000112: 'x'(y) is disabled."),
    ),
    (
        "oauth-m365-exchange-off",
        oauth("invalid_scope", "status 400, invalid_resource AADSTS500014: is disabled"),
    ),
    (
        "oauth-m365-public-client",
        oauth("invalid_client", "invalid_client: AADSTS700025: Client is public so neither"),
    ),
    (
        "oauth-m365-no-service-principal",
        oauth("unauthorized_client", "unauthorized_client: AADSTS7000229: missing principal"),
    ),
    (
        "oauth-m365-application-not-found",
        oauth(
            "unauthorized_client",
            "unauthorized_client: AADSTS700016: Application with identifier 'x' was not found",
        ),
    ),
    (
        "oauth-m365-endpoint-of-version-1",
        oauth(
            "invalid_request",
            "invalid_request: AADSTS900144: The request body must contain the following"
            " parameter: 'resource'.",
        ),
    ),
    (
        "oauth-m365-tenant-blocked",
        oauth("invalid_request", "AADSTS5000224: We are sorry, this resource is not available."),
    ),
    (
        "oauth-m365-tenant-not-found",
        oauth("invalid_request", "invalid_request: AADSTS90002: Tenant 'x' not found."),
    ),
    ("oauth-scopes-empty", oauth("invalid_scope", "invalid_scope: The scope is missing.")),
    (
        "oauth-m365-resource-unknown",
        oauth(
            "invalid_scope", "AADSTS500011: The resource principal named https://x was not found"
        ),
    ),
    (
        "oauth-m365-scope",
        oauth(
            "invalid_scope",
            "invalid_scope: AADSTS1002012: The provided value for scope x is not valid.",
            scopes="x",
        ),
    ),
    (
        "oauth-personal-microsoft-account",
        oauth("token_refused", "535 5.7.3 Authentication unsuccessful", username="ada@outlook.com"),
    ),
    (
        "oauth-google-no-client-credentials",
        oauth(
            "unsupported_grant_type",
            "unsupported_grant_type: Invalid grant_type: client_credentials",
            **GMAIL,
        ),
    ),
    (
        "oauth-address-not-allowed",
        oauth("unauthorized_client", "status 403, access_denied IP address is not allowed"),
    ),
    (
        "oauth-audience",
        oauth("refused", "status 400, invalid_target: The requested resource is invalid"),
    ),
    (
        "oauth-secret-not-allowed",
        oauth("invalid_client", "Client secret credential is blocked by the management policy"),
    ),
    ("oauth-client-disabled", oauth("invalid_grant", "invalid_grant: account suspended")),
    (
        "oauth-client-unknown",
        oauth("invalid_client", "invalid_client: The OAuth client was not found."),
    ),
    (
        "oauth-client-credentials-off",
        oauth("unauthorized_client", "Client not enabled to retrieve service account"),
    ),
    ("oauth-token-out-of-date", oauth("token_refused", "535 5.7.8 OAuth token expired.")),
    ("oauth-clock-skew", oauth("invalid_grant", "invalid_grant: Token used too early")),
    (
        "oauth-client-secret-missing",
        oauth("invalid_client", "invalid_client: AADSTS7000218: must contain 'client_secret'."),
    ),
    (
        "oauth-client-authentication-method",
        oauth(
            "invalid_client", "invalid_client: client_secret_post not allowed, use private_key_jwt"
        ),
    ),
    (
        "oauth-invalid-client",
        oauth("invalid_client", "invalid_client: Client authentication failed"),
    ),
    (
        "oauth-policy",
        oauth("unauthorized_client", "status 400, access_denied Policy evaluation failed"),
    ),
    ("oauth-invalid-scope", oauth("invalid_scope", "invalid_scope: Unknown scope mail")),
    (
        "oauth-unauthorized-client",
        oauth("unauthorized_client", "unauthorized_client: Client not enabled for grant"),
    ),
    ("oauth-grant-not-supported", oauth("unsupported_grant_type", "unsupported_grant_type")),
    ("oauth-invalid-grant", oauth("invalid_grant", "invalid_grant: Token has been revoked")),
    ("oauth-endpoint-behind-a-proxy", oauth("invalid_request", "invalid_request: HTTPS required")),
    (
        "oauth-client-id-not-taken",
        oauth("invalid_request", "invalid_request: The client_id parameter is malformed"),
    ),
    ("oauth-invalid-request", oauth("invalid_request", "invalid_request: a parameter is doubled")),
    ("oauth-kept-token-refused", oauth("cached_token", "535 5.7.8 no")),
    ("oauth-endpoint-not-found", oauth("not_found", "status 404")),
    ("oauth-endpoint-web-proxy", oauth("refused", "status 407")),
    ("oauth-endpoint-forbidden", oauth("refused", "status 403")),
    ("oauth-endpoint-refused", oauth("refused", "status 400, server_mood bad")),
    ("dns-name-malformed", facts("dns", "dns_not_found", server="smtp..example.org")),
    ("dns-provider-without-smtp", facts("dns", "dns_not_found", server="smtp.tutanota.com")),
    ("dns-provider-not-found", facts("dns", "dns_not_found", **GMAIL)),
    ("dns-name-of-provider", facts("dns", "dns_not_found", server="mailjet")),
    ("dns-name-without-domain", facts("dns", "dns_not_found", server="postfix")),
    ("dns-container-host", facts("dns", "dns_not_found", server="host.docker.internal")),
    (
        "dns-kubernetes-service",
        facts("dns", "dns_not_found", server="postfix.mail.svc.cluster.local"),
    ),
    ("dns-local-name", facts("dns", "dns_not_found", server="nas.local")),
    ("dns-internal-name", facts("dns", "dns_not_found", server="mail.corp.local")),
    ("dns-ending-unknown", facts("dns", "dns_not_found", server="relay.mail")),
    (
        "dns-amazon-ses-region",
        facts("dns", "dns_not_found", server="email-smtp.eu-east-1.amazonaws.com"),
    ),
    (
        "dns-no-such-host-of-provider",
        facts("dns", "dns_not_found", server="smtp.sendgrid.com"),
    ),
    ("dns-name-not-found", facts("dns", "dns_not_found", error="[Errno -2] Name not known")),
    ("dns-name-without-domain-unanswered", facts("dns", "dns_temporary", server="mailhost")),
    (
        "dns-resolver-failed",
        facts(
            "dns", "dns_temporary", error="[Errno -4] Non-recoverable failure in name resolution"
        ),
    ),
    ("dns-temporary-failure-container", facts("dns", "dns_temporary", error="[Errno -3]")),
    ("dns-bare-domain-without-address", facts("dns", "dns_no_address", server="test.example")),
    ("dns-no-address-associated", facts("dns", "dns_no_address", error="[Errno -5]")),
    (
        "connect-no-address-of-a-server",
        facts("connect", "refused", server="0.0.0.0", addresses=("0.0.0.0",)),
    ),
    (
        "dns-name-filtered",
        facts("connect", "blocked", error="address 0.0.0.0 is blocked", addresses=("0.0.0.0",)),
    ),
    ("policy-address-blocked", facts("connect", "blocked", error="address 10.0.0.5 is private")),
    (
        "policy-port-blocked",
        facts("connect", "blocked", error="port 6379 is not allowed", port=6379),
    ),
    (
        "connect-firewall-of-this-machine",
        facts("connect", "error", error="[Errno 1] Operation not permitted"),
    ),
    (
        "connect-selinux-permission-denied",
        facts("connect", "error", error="[Errno 13] Permission denied"),
    ),
    ("input-webmail-host", facts("banner", "timeout", server="webmail.example.com", port=991)),
    ("connect-refused-imap-host-entered", facts("connect", "refused", server="imap.web.de")),
    (
        "connect-relay-of-the-web-hosting",
        facts("connect", "timeout", server="relay-hosting.secureserver.net", port=25),
    ),
    ("connect-google-mx", facts("connect", "timeout", server="smtp.google.com")),
    (
        "input-mx-host-with-587",
        facts("connect", "timeout", server="x-com.mail.protection.outlook.com"),
    ),
    (
        "connect-cloudflare-proxy",
        facts("connect", "timeout", addresses=("104.21.32.1", "172.67.150.10", "2606:4700::6")),
    ),
    ("connect-web-proxy", facts("connect", "refused", addresses=("185.199.108.153",))),
    ("connect-host-not-for-sending", facts("connect", "timeout", server="smtp.yahoo.com")),
    ("input-port-typo", facts("connect", "refused", port=578)),
    (
        "connect-refused-by-cpanel-smtp-restrictions",
        facts("connect", "refused", error="[Errno 111] refused", **GMAIL),
    ),
    (
        "connect-provider-other-port",
        facts("connect", "timeout", server="smtp.gmail.com", port=2525),
    ),
    ("connect-port-of-another-service", facts("connect", "timeout", port=143)),
    ("input-port-typo-of-465", facts("connect", "refused", port=456)),
    ("connect-refused-at-this-port-alone", facts("connect", "refused", open_port=465)),
    ("connect-refused-on-this-machine", facts("connect", "refused", server="localhost", port=25)),
    (
        "connect-name-of-this-machine",
        facts("connect", "refused", server="mail.example.com", addresses=("127.0.1.1",)),
    ),
    (
        "connect-tailnet",
        facts("connect", "timeout", server="mail.tail0.ts.net", addresses=("100.101.12.7",)),
    ),
    ("connect-kubernetes-service", facts("connect", "refused", server="postfix.mail.svc")),
    ("connect-container-host-silent", facts("connect", "timeout", server="172.17.0.1", port=25)),
    ("connect-fake-address", facts("connect", "timeout", addresses=("198.18.0.45",), **GMAIL)),
    ("connect-ses-endpoint-inside", facts("connect", "timeout", addresses=("10.0.3.41",), **SES)),
    (
        "connect-provider-leads-inside",
        facts("connect", "timeout", addresses=("10.0.0.1",), **GMAIL),
    ),
    (
        "connect-no-route-to-private",
        facts(
            "connect",
            "unreachable",
            server="10.20.0.5",
            addresses=("10.20.0.5",),
            error="[Errno 101] Network is unreachable",
        ),
    ),
    (
        "connect-internal-turned-back",
        facts(
            "connect",
            "unreachable",
            server="10.20.0.5",
            addresses=("10.20.0.5",),
            error="[Errno 113] No route to host",
        ),
    ),
    (
        "connect-container-host-refused",
        facts("connect", "refused", server="172.17.0.1", port=25),
    ),
    ("connect-refused-internal", facts("connect", "refused", server="172.17.0.9", port=25)),
    (
        "connect-mail-exchanger-silent",
        facts("connect", "timeout", port=25, server="mx1.test.example"),
    ),
    ("connect-bare-domain", facts("connect", "refused", server="test.example")),
    ("connect-refused-submission", facts("connect", "refused", error="[Errno 111] refused")),
    ("connect-refused-wrong-port", facts("connect", "refused", port=2525)),
    (
        "connect-ipv6-alone",
        facts(
            "connect",
            "unreachable",
            addresses=("2001:db8::7",),
            error="[Errno 101] Network is unreachable",
        ),
    ),
    (
        "connect-no-way-out",
        facts(
            "connect",
            "unreachable",
            addresses=("192.0.2.7",),
            error="[Errno 101] Network is unreachable",
            **GMAIL,
        ),
    ),
    (
        "connect-no-address-of-its-own",
        facts(
            "connect",
            "unreachable",
            addresses=("192.0.2.7",),
            error="[Errno 99] Cannot assign requested address",
        ),
    ),
    (
        "connect-ipv6-cannot-assign",
        facts("connect", "unreachable", error="[Errno 99] Cannot assign requested address"),
    ),
    (
        "connect-public-name-leads-inside",
        facts("connect", "timeout", server="mail.example.org", addresses=("192.168.178.10",)),
    ),
    ("connect-internal-silent", facts("connect", "timeout", server="10.0.0.25", port=25)),
    (
        "connect-port-closed-on-the-way",
        facts("connect", "timeout", **IMPLICIT, server="smtp.gmail.com"),
    ),
    ("connect-timeout-port-25-blocked", facts("connect", "timeout", port=25)),
    (
        "connect-local-resources",
        facts("connect", "local", error="[Errno 24] Too many open files"),
    ),
    (
        "connect-turned-back",
        facts(
            "connect",
            "unreachable",
            addresses=("192.0.2.7",),
            error="[Errno 113] No route to host",
        ),
    ),
    (
        "connect-unreachable-to-provider",
        facts("connect", "unreachable", error="[Errno 113] No route to host", **GMAIL),
    ),
    (
        "connect-network-unreachable",
        facts("connect", "unreachable", error="[Errno 113] No route to host"),
    ),
    ("connect-timeout-to-provider", facts("connect", "timeout", **GMAIL)),
    ("connect-timeout-firewall", facts("connect", "timeout", error="timed out")),
    ("connect-cut-to-provider", facts("connect", "closed", **GMAIL)),
    ("connect-reset", facts("connect", "closed", error="[Errno 104] Connection reset by peer")),
    (
        "connect-hosting-redirects-smtp-to-itself",
        said(
            "auth",
            "535 Incorrect authentication data",
            server="smtp.mailgun.org",
            greeting="host.example.com ESMTP Exim 4.85 #2",
        ),
    ),
    (
        "banner-answered-in-between",
        foreign("HTTP/1.1 302 Found\r\nLocation: http://portal.test/", **GMAIL),
    ),
    (
        "banner-web-page-of-a-catcher",
        facts("banner", "timeout", server="mailpit", port=8025, **CLEAR),
    ),
    ("banner-http-server", foreign("HTTP/1.1 400 Bad Request\r\nServer: nginx", port=80)),
    ("banner-ssh-server", foreign("SSH-2.0-OpenSSH_9.6\r\n", port=22)),
    ("banner-imap-server", foreign("* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n", port=143)),
    ("banner-pop3-server", foreign("+OK Dovecot ready.\r\n", port=110)),
    ("banner-mysql-server", foreign("J\x00\x00\x00\n8.0.36\x00", port=3306)),
    (
        "ehlo-ftp-server",
        said(
            "ehlo",
            "530 Please login with USER and PASS.",
            greeting="(vsFTPd 3.0.5)",
            raw="220 (vsFTPd 3.0.5)\r\n",
        ),
    ),
    ("banner-tls-expected", foreign("\x15\x03\x01\x00\x02\x02\x46", port=2465)),
    ("starttls-chosen-on-465", facts("banner", "timeout", port=465)),
    ("banner-greeting-never-received-465", facts("banner", "closed", port=465, **CLEAR)),
    ("banner-port-of-another-service", facts("banner", "timeout", port=993)),
    ("banner-not-smtp", foreign("hello, I am a game server\n", port=4000)),
    (
        "banner-exim-synchronization-error",
        said("banner", "554 SMTP synchronization error"),
    ),
    ("banner-spoke-too-early", said("ehlo", "554 5.5.1 early talker")),
    ("banner-proxy-header-wanted", said("banner", "421 PROXY protocol header missing")),
    (
        "auth-gateway-to-exchange",
        said(
            "auth",
            "535 Authentication failed Unable to connect to OWA at https://mail.test/owa,"
            " status code 503, check configuration",
        ),
    ),
    (
        "banner-proxy-in-between",
        said("banner", "421 Cannot connect to SMTP server 203.0.113.10, connect error 10060"),
    ),
    (
        "auth-client-certificate-required",
        said("auth", "535 5.7.8 Error: authentication failed: client certificate required"),
    ),
    (
        "auth-on-another-port-with-tls",
        said("auth", "530 5.7.0 Please use port 465 with SSL", **CLEAR),
    ),
    (
        "auth-on-another-port",
        said("auth", "550 SMTP authentication is disabled on port 25, use port 587", port=25),
    ),
    (
        "banner-421-reputation",
        said("banner", "421 4.7.0 temporarily deferred due to unexpected volume or complaints"),
    ),
    ("rcpt-421-too-many-errors", said("rcpt_to", "421 4.7.0 mail.test Error: too many errors")),
    ("banner-server-licence", said("banner", "554 License expired, mail is not accepted")),
    (
        "banner-message-quota",
        said("banner", "554 You've reached your daily relay quota"),
    ),
    (
        "banner-421-too-many-connections",
        said("banner", "421 Too many concurrent SMTP connections"),
    ),
    (
        "banner-banned-address",
        said("banner", "421 4.7.1 Intrusion prevention active for [203.0.113.5]", **NO_LOGIN),
    ),
    (
        "banner-banned-after-logins",
        said("banner", "554 5.7.1 Too many authentication failures from your IP, banned"),
    ),
    (
        "ehlo-name-listed",
        said("rcpt_to", "554 5.7.1 Helo command [app.test.example] blocked using dbl.example.org"),
    ),
    ("banner-reverse-dns", said("banner", "554 5.7.1 No PTR record for your address")),
    (
        "banner-reverse-dns-for-now",
        said("banner", "421 4.4.3 PTR record lookup error for [198.51.100.9]"),
    ),
    (
        "banner-dynamic-address",
        said("banner", "554 IP=203.0.113.5 - Dialup/transient IP not allowed"),
    ),
    ("banner-greylisted", said("banner", "421 4.7.1 Greylisted, come back later")),
    ("banner-country-closed", said("banner", "550 Access from your country is blocked by GeoIP")),
    (
        "banner-mail-exchanger-closed",
        said(
            "banner",
            "554 5.7.1 You are not allowed to connect.",
            server="mx1.example.org",
            port=25,
            **NO_LOGIN,
        ),
    ),
    (
        "banner-address-not-listed",
        said("banner", "554 5.7.1 Your IP address is not allowed to connect"),
    ),
    ("banner-domain-listed", said("banner", "554 5.7.1 Domain listed in dbl.spamhaus.org")),
    (
        "banner-address-refused-by-provider",
        said("banner", "554 HL:IPB 163 smtp8", server="smtp.163.com", **IMPLICIT),
    ),
    (
        "banner-listed-where-people-sign-in",
        said("banner", "554 5.7.1 Client host [192.0.2.7] blocked using zen.spamhaus.org"),
    ),
    (
        "banner-delisting-offered",
        said(
            "banner",
            "550 5.7.606 Access denied, banned sending IP [192.0.2.7]. To request removal visit x",
            port=25,
        ),
    ),
    ("banner-on-own-list", said("banner", "571 Access denied by GWIA: blocked.txt", **NO_LOGIN)),
    (
        "banner-554-poor-reputation",
        said(
            "banner",
            "554 Your access has been rejected due to the sending MTA's poor reputation",
            port=25,
        ),
    ),
    (
        "banner-server-short-of-means",
        said("banner", "452 4.3.1 Insufficient system resources (UsedDiskSpace[C:])"),
    ),
    (
        "exchange-online-trouble",
        said("auth", "451 4.7.0 Temporary server error. Please try again later. PRX4", **M365),
    ),
    (
        "exchange-proxy-trouble",
        said("data", "451 4.7.0 Temporary server error. Please try again later. PRX4"),
    ),
    (
        "banner-server-trouble",
        said("ehlo", "451 4.3.5 <app>: Helo command rejected: Server configuration error"),
    ),
    ("banner-service-switched-off", said("banner", "554 SMTP service has been disabled here")),
    (
        "banner-421-at-mail-exchanger",
        said("banner", "421 mwinf Service refuse", server="smtp-in.orange.fr", port=25),
    ),
    ("banner-421-not-available", said("banner", "421 4.3.0 Service not available")),
    (
        "banner-tls-at-once-unknown",
        said("banner", "530 5.7.0 Must issue a STARTTLS command first", **IMPLICIT),
    ),
    ("banner-tls-from-the-start", said("banner", "501 this port requires TLS", port=465)),
    ("banner-tls-needed", said("banner", "554 5.7.1 TLS required here", **CLEAR)),
    ("banner-refused-for-provider", said("banner", "521 connection rejected", **GMAIL)),
    (
        "banner-name-held-against",
        said("banner", "550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)"),
    ),
    ("banner-access-denied", said("banner", "554 5.7.1 Access denied")),
    ("banner-554-no-service", said("banner", "554 No SMTP service here")),
    ("banner-silent-provider", facts("banner", "timeout", **GMAIL)),
    ("banner-closed-after-tls", facts("banner", "closed", **IMPLICIT)),
    ("banner-closed-without-greeting", facts("banner", "closed")),
    ("banner-drip-fed", facts("banner", "timeout", raw="220 slow and st")),
    ("banner-silent-server", facts("banner", "timeout")),
    ("banner-silent-port", facts("banner", "timeout", port=5870)),
    (
        "banner-masked-by-cisco-inspection",
        facts("starttls", "not_offered", greeting="*" * 62, offered=("XXXXXXXA", "SIZE")),
    ),
    ("starttls-masked-by-inspection", facts("starttls", "not_offered", offered=("XXXXXXXA",))),
    (
        "ehlo-lmtp-server",
        said("ehlo", "500 5.5.1 Unknown command", greeting="x.test LMTP Dovecot ready", port=24),
    ),
    (
        "mail-from-google-relay-closes",
        said(
            "mail_from",
            "421 4.7.0 Try again later, closing connection.",
            server="smtp-relay.gmail.com",
        ),
    ),
    ("ehlo-421-gmail-relay", said("ehlo", "421 4.7.0 Try again later (EHLO) z2 - gsmtp")),
    (
        "tls-version-refused",
        said("auth", "421 4.7.66 TLS 1.0 and 1.1 are not supported. Please upgrade"),
    ),
    (
        "ehlo-name-of-the-server",
        said("ehlo", "554 5.7.1 <app.test.example>: Helo command rejected: You are not me"),
    ),
    ("ehlo-name-refused", said("ehlo", "501 Syntactically invalid EHLO argument(s)")),
    (
        "rcpt-helo-need-fqdn",
        said("rcpt_to", "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified"),
    ),
    (
        "ehlo-name-protocol-error",
        said("rcpt_to", "550 5.5.1 Protocol error", ehlo_name="localhost", **NO_LOGIN),
    ),
    ("ehlo-out-of-turn", said("ehlo", "503 5.5.1 Bad sequence of commands")),
    ("ehlo-not-supported-helo-only", said("ehlo", "502 5.5.1 Command not implemented")),
    ("ehlo-421-not-available", said("ehlo", "421 4.3.2 Service shutting down")),
    ("ehlo-refused", said("ehlo", "554 5.7.0 Not today")),
    ("ehlo-dropped-for-name", facts("ehlo", "closed", ehlo_name="localhost")),
    ("ehlo-dropped", facts("ehlo", "closed", ehlo_name="app.example.com")),
    ("ehlo-silent", facts("ehlo", "timeout")),
    (
        "starttls-not-offered-by-catcher",
        facts("starttls", "not_offered", greeting="box Mailpit ESMTP Service ready", port=2500),
    ),
    (
        "starttls-not-offered-by-relay",
        facts("starttls", "not_offered", offered=("SIZE",), port=25, **NO_LOGIN),
    ),
    ("starttls-taken-away", facts("starttls", "not_offered", offered=("SIZE",), **GMAIL)),
    ("starttls-not-offered-by-bridge", facts("starttls", "not_offered", port=1025)),
    (
        "starttls-not-offered-on-this-machine",
        facts("starttls", "not_offered", server="localhost", port=25),
    ),
    (
        "starttls-not-offered-inside",
        facts("starttls", "not_offered", server="exch01.corp.test.example"),
    ),
    ("starttls-not-offered", facts("starttls", "not_offered", offered=("SIZE", "AUTH PLAIN"))),
    ("starttls-command-refused", said("starttls", "554 5.7.1 STARTTLS denied by policy")),
    ("starttls-introduction-forgotten", said("starttls", "503 5.5.2 Send HELO/EHLO first")),
    ("starttls-active-already", said("starttls", "503 5.5.1 Error: TLS already active")),
    ("starttls-malformed", said("starttls", "501 5.5.4 Syntax error in parameters or arguments")),
    (
        "starttls-without-certificate",
        said("starttls", "554 5.7.3 Unable to initialize security subsystem"),
    ),
    (
        "starttls-454-local-problem",
        said("starttls", "454 4.7.0 TLS not available due to local problem"),
    ),
    (
        "starttls-unknown-to-relay",
        said("starttls", "500 5.3.3 Unrecognized command", port=25, **NO_LOGIN),
    ),
    ("starttls-502-not-available", said("starttls", "502 TLS not available")),
    ("starttls-cut-in-between", facts("starttls", "closed", **GMAIL)),
    ("starttls-dropped", facts("starttls", "closed")),
    (
        "starttls-injected-plaintext",
        facts("tls", "tls", error="plaintext was sent ahead of the TLS handshake"),
    ),
    ("starttls-220-then-plaintext", tls("WRONG_VERSION_NUMBER")),
    ("tls-inspected", certificate(20, chain=(shown("Avast Web/Mail Shield Root"),))),
    (
        "tls-provider-of-private-authority",
        certificate(20, chain=(shown("Example Corp Issuing CA 2"),), **GMAIL),
    ),
    ("tls-pinned-certificate-changed", facts("tls", "pin", error="another certificate")),
    (
        "tls-implicit-at-catcher",
        tls("WRONG_VERSION_NUMBER", **IMPLICIT | NO_LOGIN | {"port": 1025}),
    ),
    ("tls-clear-text-in-between", tls("WRONG_VERSION_NUMBER", **IMPLICIT | GMAIL)),
    (
        "tls-implicit-at-provider",
        tls("WRONG_VERSION_NUMBER", **IMPLICIT | GMAIL | {"port": 587}),
    ),
    ("tls-wrong-version-number", tls("WRONG_VERSION_NUMBER", security=Security.IMPLICIT)),
    ("tls-implicit-on-starttls-port", facts("tls", "timeout", security=Security.IMPLICIT)),
    (
        "tls-certificate-without-names",
        certificate(62, chain=(replace(shown("Corp CA"), names=()),)),
    ),
    (
        "tls-wildcard-of-one-label",
        certificate(
            62, server="a.eu.smtp.test.example", chain=(shown("R11", "*.smtp.test.example"),)
        ),
    ),
    (
        "tls-internal-name-mismatch",
        certificate(62, server="mailserver", chain=(shown("R11", "mail.test.example"),)),
    ),
    ("tls-ip-address-mismatch", certificate(64, server="203.0.113.7")),
    (
        "tls-other-name-of-the-provider",
        certificate(62, server="authsmtp.register.it", chain=(shown("CA", "*.securemail.pro"),)),
    ),
    ("tls-mismatch-because-connection-hijacked", certificate(62, **GMAIL)),
    ("tls-name-of-this-machine", certificate(62, server="localhost", port=25)),
    ("tls-hostname-mismatch", certificate(62, error="Hostname mismatch")),
    ("tls-clock-wrong", certificate(10, **GMAIL)),
    (
        "tls-issuer-expired",
        certificate(10, at=5, chain=(shown("R3", until=9), shown("Root X1", until=4))),
    ),
    ("tls-root-expired-here", certificate(10, at=5, chain=(shown("Root X3", until=9),))),
    ("tls-certificate-expired", certificate(10)),
    ("tls-certificate-not-yet-valid", certificate(9)),
    ("tls-certificate-revoked", certificate(23)),
    ("tls-issuer-is-no-authority", certificate(79, error="invalid CA certificate")),
    ("tls-authority-too-far-down", certificate(25, error="path length constraint exceeded")),
    ("tls-critical-extension-unknown", certificate(34, error="unhandled critical extension")),
    (
        "tls-certificate-incomplete",
        certificate(92, error="CA cert does not include key usage extension"),
    ),
    ("tls-certificate-unusable", certificate(26)),
    ("tls-self-signed-on-this-machine", certificate(18, server="127.0.0.1", port=1025)),
    (
        "tls-default-certificate-of-web-proxy",
        certificate(18, chain=(shown("TRAEFIK DEFAULT CERT"),)),
    ),
    ("tls-certificate-of-a-router", certificate(18, chain=(shown("fritz.box", "fritz.box"),))),
    (
        "tls-expired-and-not-trusted",
        certificate(19, at=2.0, chain=(shown("mail.test.example", until=1),)),
    ),
    (
        "tls-authority-of-the-software",
        certificate(19, chain=(shown("CA", authority="Zimbra Collaboration Server"),)),
    ),
    (
        "tls-default-certificate-of-the-system",
        certificate(20, server="192.168.1.5", chain=(shown("Synology Inc. CA", "synology"),)),
    ),
    ("tls-self-signed-inside", certificate(18, server="exch01.corp.test.example")),
    ("tls-self-signed-by-the-machine", certificate(18, chain=(shown("WX-EX2", "WX-EX2"),))),
    ("tls-self-signed", certificate(18)),
    (
        "tls-cloudflare-origin",
        certificate(
            20, chain=(shown("CloudFlare Origin SSL Certificate Authority", "*.x.example"),)
        ),
    ),
    (
        "tls-authority-not-for-the-public",
        certificate(20, chain=(shown("(STAGING) Artificial Apricot R3"),)),
    ),
    (
        "tls-public-authority-shut-out",
        certificate(20, own_authority=True, chain=(shown("R12", authority="Let's Encrypt"),)),
    ),
    (
        "tls-not-by-the-given-authority",
        certificate(20, own_authority=True, chain=(shown("Test Root CA G2"),)),
    ),
    ("tls-self-signed-in-chain", certificate(19)),
    ("tls-no-ca-bundle-in-container", certificate(20, **M365)),
    ("tls-root-unknown-here", certificate(20, chain=(shown("R10"), shown("ISRG Root X1")))),
    ("tls-intermediate-left-out", certificate(20, chain=(shown("R11"),))),
    ("tls-missing-intermediate", certificate(20)),
    (
        "tls-given-authority-unreadable",
        facts("tls", "tls", error="no start line: cadata does not contain a certificate"),
    ),
    ("tls-signature-not-accepted", tls("BAD_SIGNATURE_ALGORITHM")),
    ("tls-chain-too-weak", certificate(68, chain=(shown("Example Corp CA"),))),
    ("tls-chain-key-too-short", certificate(67, chain=(shown("Example Corp CA"),))),
    ("tls-certificate-key-too-weak", certificate(66)),
    ("tls-key-exchange-too-weak", tls("DH_KEY_TOO_SMALL")),
    ("tls-unrecognized-name", tls("TLSV1_UNRECOGNIZED_NAME")),
    ("tls-client-certificate-required", tls("TLSV13_ALERT_CERTIFICATE_REQUIRED")),
    ("tls-legacy-renegotiation", tls("UNSAFE_LEGACY_RENEGOTIATION_DISABLED")),
    ("tls-garbled-on-the-way", tls("DECRYPTION_FAILED_OR_BAD_RECORD_MAC", **GMAIL)),
    ("tls-too-many-certificates", tls("EXCESSIVE_MESSAGE_SIZE")),
    ("tls-server-error", tls("TLSV1_ALERT_INTERNAL_ERROR")),
    (
        "tls-version-too-high",
        tls("TLSV1_ALERT_PROTOCOL_VERSION", tls_version=TLSVersion.V1_3),
    ),
    ("tls-no-version-here", tls("NO_PROTOCOLS_AVAILABLE", **GMAIL)),
    (
        "tls-version-of-provider",
        tls("SSLV3_ALERT_HANDSHAKE_FAILURE", tls_version=TLSVersion.V1_3, **GMAIL),
    ),
    ("tls-nothing-in-common-with-provider", tls("UNSUPPORTED_PROTOCOL", **GMAIL)),
    ("tls-alert-protocol-version", tls("TLSV1_ALERT_PROTOCOL_VERSION")),
    ("tls-stronger-ciphers-wanted", tls("TLSV1_ALERT_INSUFFICIENT_SECURITY")),
    ("tls-no-common-cipher", tls("SSLV3_ALERT_HANDSHAKE_FAILURE")),
    ("tls-cut-in-between", facts("tls", "closed", **GMAIL)),
    ("tls-closed-by-relay", facts("tls", "closed", port=25, username="")),
    ("tls-reset-in-handshake", facts("tls", "closed", error="Connection reset by peer")),
    ("tls-closed-after-starttls", facts("tls", "closed")),
    ("tls-closed-in-handshake", facts("tls", "closed", **IMPLICIT)),
    ("tls-silent", facts("tls", "timeout")),
    ("tls-authority-not-for-this-name", certificate(47, error="permitted subtree violation")),
    (
        "tls-certificate-refused",
        certificate(43, error="no explicit policy"),
    ),
    ("tls-ended-by-server", tls("TLSV1_ALERT_NO_RENEGOTIATION")),
    ("tls-handshake-failed", tls("INVALID_ENCODING")),
    (
        "policy-m365-mailbox-closed",
        said(
            "data",
            "430 4.2.0 STOREDRV; mailbox logon failure;"
            " STOREDRV.Submission.Exception:ConnectionFailedTransientException.MapiExceptionL"
            "ogonFailed",
            **M365,
        ),
    ),
    (
        "data-refused-behind-bridge",
        said(
            "data",
            "554 5.0.0 Error: transaction failed, blame it on the weather: 422 POST"
            " https://mail-api.proton.me/mail/v4/messages: The address is disabled (Code=2028,"
            " Status=422)",
            server="127.0.0.1",
        ),
    ),
    ("data-neither-yes-nor-no", said("data", "354 go on", handover=Handover.FINISHED)),
    (
        "refused-earlier-for-now",
        said("data", "554 5.5.1 Error: no valid recipients", refusals=("450 4.2.0 greylisted",)),
    ),
    (
        "refused-earlier",
        said("data", "554 5.5.1 Error: no valid recipients", refusals=("550 5.1.1 no such user",)),
    ),
    ("data-no-valid-recipients", said("data", "554 5.5.1 Error: no valid recipients")),
    (
        "data-too-slow",
        said("data", "421 mail.test: SMTP incoming data timeout - closing connection"),
    ),
    (
        "mail-from-451-waiting-for-client",
        said("mail_from", "451 4.4.2 Timeout waiting for data from client"),
    ),
    ("data-552-line-too-long", said("data", "552 message line is too long")),
    (
        "data-bare-cr",
        said("data", "552 5.2.0 Message contains bare CR and is violating 822.bis section 2.3"),
    ),
    ("data-bare-lf-521", said("data", "521 5.5.2 mail.test Error: bare <LF> received")),
    ("data-mail-loop", said("data", "554 5.4.6 Too many hops")),
    ("data-duplicate", said("data", "550 5.7.1 Duplicate message")),
    ("data-empty", said("data", "554 No message text")),
    (
        "data-envelope-differs",
        said("data", "550 5.7.1 From header domain is not aligned with envelope sender"),
    ),
    ("data-reply-to", said("data", "550 5.7.1 Reply-To domain differs from From domain")),
    ("data-date", said("data", "554 5.7.1 Date header is 3 hours in the future")),
    ("data-display-name", said("data", "550 5.7.1 Display name contains another address")),
    ("data-unsubscribe", said("data", "550 5.7.1 List-Unsubscribe header required")),
    (
        "data-eight-bit",
        said("data", "554 5.6.1 Body type not supported by Remote Host (8BITMIME)"),
    ),
    ("data-header-address", said("data", "554 Transaction failed: Missing final '@domain'")),
    ("data-structure", said("data", "554 5.6.0 Corrupt message content")),
    (
        "data-missing-message-id",
        said("data", "550 5.7.1 [x] Messages missing a valid Message-ID header are not accepted"),
    ),
    ("mail-from-552-size", said("mail_from", "552 5.3.4 Message size exceeds fixed limit")),
    (
        "rcpt-one-without-spf",
        said("rcpt_to", "452 4.5.3 only one recipient allowed without spf pass", **NO_LOGIN),
    ),
    ("rcpt-too-many-recipients", said("rcpt_to", "452 4.5.3 Too many recipients")),
    ("data-250-treated-as-error", said("data", "250 Accepted")),
    ("data-354-never-comes", facts("data", "timeout")),
    ("data-closed-mid-body", facts("data", "closed", handover=Handover.SENDING)),
    ("data-closed-after-dot", facts("data", "closed", handover=Handover.FINISHED)),
    ("data-timeout-after-dot", facts("data", "timeout", handover=Handover.FINISHED)),
    (
        "rcpt-m365-direct-send-off",
        said(
            "data",
            "550 5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization"
            " from unauthorized sources",
            **NO_LOGIN,
        ),
    ),
    (
        "rcpt-domain-for-tests",
        said("data", "550 Invalid `to` field. Please use our testing email address instead of x."),
    ),
    (
        "policy-verifier-refused",
        said(
            "rcpt_to",
            "450 4.1.1 <bob@example.org>: Recipient address rejected: unverified address: host"
            " mx.example.org[192.0.2.1] said: 554 5.7.1 Client host blocked using zen.spamhaus.org",
        ),
    ),
    (
        "policy-key-limited-to-addresses",
        said("auth", "525 5.7.1 Unauthorized IP address", server="smtp-relay.brevo.com"),
    ),
    (
        "policy-authentication-unchecked",
        said("mail_from", "451 4.7.24 SPF check: temporary error in processing during lookup"),
    ),
    (
        "policy-record-faulty",
        said("data", "550 5.7.24 SPF permanent error: too many DNS lookups", **NO_LOGIN),
    ),
    ("policy-arc", said("data", "550 5.7.29 ARC validation failure")),
    (
        "policy-authentication-level",
        said("data", "550 5.7.515 Access denied, Spf= Fail , Dkim= Fail , DMARC= None", **NO_LOGIN),
    ),
    (
        "policy-sender-of-mailbox-provider",
        said(
            "data",
            "550 5.7.1 Sender prohibited by SPF",
            server="smtp.mailchannels.net",
            username="host",
            sender="ada@gmail.com",
        ),
    ),
    (
        "policy-dmarc-record-missing",
        said(
            "data", "421 4.7.40 rate limited because the sending domain doesn't have a DMARC record"
        ),
    ),
    (
        "policy-dmarc-of-this-machine",
        said("data", "550 5.7.26 Unauthenticated email due to domain's DMARC policy", **NO_LOGIN),
    ),
    (
        "policy-dmarc",
        said(
            "data", "550 5.7.26 Unauthenticated email is not accepted due to domain's DMARC policy"
        ),
    ),
    (
        "policy-provider-wants-records",
        said(
            "mail_from",
            "503 5.3.2 Cannot send mail: check SPF or DKIM records",
            server="smtp.purelymail.com",
            **IMPLICIT,
        ),
    ),
    (
        "policy-spf-of-this-machine",
        said("mail_from", "550 5.7.23 Rejected: Sender Policy Framework violation", **NO_LOGIN),
    ),
    (
        "policy-spf",
        said(
            "data",
            "550 5.7.23 The message was rejected because of Sender Policy Framework violation",
        ),
    ),
    ("policy-dkim-altered", said("data", "550 5.7.1 DKIM: body hash did not verify")),
    (
        "policy-own-domain-from-outside",
        said(
            "data",
            "550 Rejected by header based Anti-Spoofing policy: ada@example.org",
            sender="ada@example.org",
            **NO_LOGIN,
        ),
    ),
    ("mail-from-forged-without-login", said("mail_from", "550 Spoofed MAIL FROM", **NO_LOGIN)),
    (
        "policy-anti-spoofing",
        said("rcpt_to", "550 Rejected by header based Anti-Spoofing policy: app@test.example"),
    ),
    (
        "policy-not-signed-by-this-machine",
        said("data", "550 5.7.20 No passing DKIM signature found", **NO_LOGIN),
    ),
    ("policy-dkim", said("data", "550 5.7.1 DKIM signature required")),
    (
        "policy-gmail-no-spf-dkim",
        said("data", "550 5.7.26 This mail is unauthenticated, at least one of SPF or DKIM."),
    ),
    (
        "policy-external-forwarding",
        said(
            "data",
            "550 5.7.520 Access denied, your organization does not allow external forwarding",
        ),
    ),
    (
        "policy-mail-policy-of-organisation",
        said("data", "554 5.2.3 MailPolicy violation Error delivering to mailboxes"),
    ),
    (
        "policy-blocked-by-organisation",
        said("rcpt_to", "550 5.7.513 Client host blocked by example.org using Customer Block list"),
    ),
    (
        "policy-mail-flow-rule",
        said(
            "data",
            "550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization"
            " policy",
        ),
    ),
    (
        "policy-gmx-held-back",
        said("rcpt_to", "550 mailbox unavailable Failure sending mail. Try again later.", **GMX),
    ),
    (
        "policy-connection-used-up",
        said("data", "421 4.2.0 Too many messages in this session; open a new connection"),
    ),
    (
        "policy-m365-concurrent-connections",
        said("auth", "432 4.3.2 Concurrent connections limit exceeded.", **M365),
    ),
    ("service-not-active", said("auth", "421 4.3.2 Service not active", **M365)),
    (
        "auth-personal-microsoft-account",
        said(
            "auth",
            "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.",
            server="smtp-mail.outlook.com",
            username="ada@outlook.com",
        ),
    ),
    (
        "auth-m365-smtp-auth-disabled-tenant",
        said("auth", "535 5.7.139 SmtpClientAuthentication is disabled for the Tenant.", **M365),
    ),
    (
        "auth-m365-smtp-auth-disabled-mailbox",
        said("auth", "535 5.7.139 SmtpClientAuthentication is disabled for the Mailbox.", **M365),
    ),
    (
        "auth-key-wanted",
        said(
            "auth",
            "535 Authentication failed: Basic authentication is disabled, use an API key",
            server="smtp.sendgrid.net",
        ),
    ),
    (
        "auth-m365-basic-auth-disabled",
        said("auth", "535 5.7.139 Authentication unsuccessful, basic authentication is disabled."),
    ),
    (
        "auth-m365-security-defaults",
        said("auth", "535 5.7.139 user is locked by your organization's security defaults", **M365),
    ),
    (
        "auth-davmail-second-factor",
        said("auth", "535 Authentication failed AADSTS50076: multi-factor", port=1025),
    ),
    ("auth-m365-second-factor", said("auth", "535 5.7.3 AADSTS50076: multi-factor", **M365)),
    (
        "auth-m365-sign-in-blocked",
        said("auth", "535 5.7.139 Authentication unsuccessful, account is disabled", **M365),
    ),
    (
        "auth-google-organisation-bars",
        said("auth", "535 5.7.8 App passwords are disabled for your organization", **GMAIL),
    ),
    (
        "auth-m365-conditional-access",
        said("auth", "535 5.7.139 the request did not meet the criteria", **M365),
    ),
    (
        "auth-several-causes",
        said(
            "auth",
            "535 Login fail. Account is abnormal, service is not open, password is incorrect",
        ),
    ),
    (
        "account-password-expired",
        said("rcpt_to", "554 5.7.1 <bob@example.org>: Recipient rejected: Password expired"),
    ),
    (
        "auth-locked-or-expired",
        said("auth", "535 5.7.139 the account is locked or password has expired.", **M365),
    ),
    (
        "auth-account-locked",
        said("auth", "535 5.7.0 authentication failed, account locked: PasswordAttempts"),
    ),
    (
        "policy-limit-of-client",
        said("auth", "450 4.7.1 Error: too many AUTH commands from 203.0.113.5"),
    ),
    (
        "auth-too-many-logins",
        said("auth", "454 4.7.0 Too many login attempts, please try again later.", **GMAIL),
    ),
    (
        "auth-too-many-bad-at-service",
        said("auth", "421 Too many auth failures, try again later", server="smtp.resend.com"),
    ),
    (
        "auth-hmailserver-too-many-bad",
        said("auth", "535 Authentication failed. Too many invalid logon attempts."),
    ),
    (
        "auth-failures-rate-limited",
        said("auth", "451 4.3.2 Temporary authentication failure (rate-limit)"),
    ),
    ("auth-yahoo-too-many-bad", said("auth", "535 5.7.0 (#AUTH005) Too many bad auth attempts.")),
    ("policy-hours", said("auth", "535 5.7.8 SMTP access is limited to office hours")),
    (
        "policy-sendgrid-credits",
        said("auth", "451 Authentication failed: Maximum credits exceeded"),
    ),
    ("policy-server-licence", said("rcpt_to", "550 5.7.1 License limit exceeded: too many users")),
    ("policy-part-archived", said("rcpt_to", "550 5.7.1 Your server has been archived")),
    (
        "policy-ses-sender-not-verified",
        said("data", "554 Message rejected: Email address is not verified: app@test.example"),
    ),
    (
        "policy-ses-sandbox-recipient",
        said("data", "554 Message rejected: Email address is not verified: bob@example.org"),
    ),
    (
        "policy-key-of-another-domain",
        said("data", "530 API key is restricted to sending domain: a.example"),
    ),
    (
        "policy-api-key-restricted",
        said("data", "550 access forbidden: the API key does not have the required scope"),
    ),
    (
        "policy-ses-access-denied",
        said("data", "554 Access denied: User `arn:x' is not authorized: `ses:SendRawEmail'"),
    ),
    (
        "policy-mailgun-sandbox",
        said("data", "421 Domain x is not allowed to send: Sandbox subdomains are for test"),
    ),
    (
        "policy-domain-not-verified",
        said("data", "550 You can only send testing emails to your own email address"),
    ),
    (
        "policy-approval-pending",
        said(
            "data",
            "550 5.7.1 While your account is pending approval, all recipient addresses must share "
            "the same domain as the 'From' address.",
        ),
    ),
    (
        "policy-mailgun-test-account",
        said(
            "data",
            "550 Free accounts are for test purposes only. Please upgrade or add the address",
        ),
    ),
    (
        "policy-part-of-service-missing",
        said("data", "554 Configuration set does not exist: <mail-events> does not exist."),
    ),
    (
        "policy-spamhaus-open-resolver",
        said("rcpt_to", "554 5.7.1 blocked using zen.spamhaus.org; Error: open resolver"),
    ),
    ("auth-mailbox-full", said("auth", "535 5.7.8 authentication failed: user over quota")),
    ("rcpt-mailbox-full", said("rcpt_to", "552 5.2.2 Mailbox full")),
    (
        "policy-payment-due",
        said("auth", "525 5.7.13 login is disabled for account: payment overdue"),
    ),
    ("policy-subscription-ended", said("rcpt_to", "550 5.7.1 Your subscription has expired")),
    ("policy-credits-used-up", said("data", "550 5.7.1 Not enough credits to send this message")),
    ("mail-from-disposable", said("mail_from", "550 sender is a disposable address")),
    ("rcpt-disposable", said("rcpt_to", "550 Disposable email addresses are not allowed")),
    (
        "policy-account-held-for-spam",
        said("auth", "535 5.7.8 Error: authentication failed: Your message looks like spam."),
    ),
    (
        "policy-zoho-outgoing-blocked",
        said("data", "554 5.1.8 Email Outgoing Blocked", server="smtp.zoho.com"),
    ),
    (
        "policy-zoho-unusual-activity",
        said("data", "550 5.4.6 Unusual sending activity detected.", server="smtp.zoho.in"),
    ),
    (
        "policy-unusual-activity",
        said("data", "550 5.4.6 Unusual sending activity detected. Please try after sometime"),
    ),
    (
        "policy-domain-slowed-down",
        said("data", "421 4.7.28 An unusual rate of mail originating from your DKIM domain x"),
    ),
    (
        "policy-gmail-unsolicited-rate",
        said("data", "421 4.7.0 Our system has detected an unusual rate of unsolicited mail"),
    ),
    (
        "rcpt-receives-too-much",
        said("data", "550 5.2.121 Recipient's hourly message receive limit exceeded"),
    ),
    (
        "policy-too-many-failures",
        said(
            "rcpt_to", "550 Domain test.example has exceeded the max defers and failures per hour"
        ),
    ),
    (
        "policy-google-relay-quota",
        said("mail_from", "550 5.7.1 Daily SMTP relay limit exceeded for customer."),
    ),
    (
        "auth-rate-limited",
        said("auth", "451 4.7.1 Your IP is temporarily rate-limited, try again in 300 seconds"),
    ),
    ("policy-gmail-daily-quota", said("data", "550 5.4.5 Daily user sending quota exceeded.")),
    ("data-postal-from-not-valid", said("data", "530 From/Sender name is not valid")),
    (
        "data-sendgrid-sender-identity",
        said("data", "550 The from address does not match a verified Sender Identity."),
    ),
    (
        "policy-bounce-domain-unverified",
        said("data", "554 Sender domain x has MAIL FROM domain status pending", **SES),
    ),
    (
        "policy-m365-domain-not-accepted",
        said("data", "550 5.7.750 Client blocked from sending from unregistered domains.", **M365),
    ),
    (
        "policy-domain-without-its-records",
        said(
            "data",
            "550 Domain test.example is not allowed to send: The domain is unverified and requires"
            " DNS configuration.",
            server="smtp.mailgun.org",
        ),
    ),
    (
        "policy-postmark-sender-signature",
        said(
            "data",
            "550 5.7.1 The 'From' address you supplied is not a Sender Signature on your account",
        ),
    ),
    (
        "policy-m365-tenant-held-back",
        said("data", "550 5.7.708 Access denied, traffic not accepted from this IP", **M365),
    ),
    (
        "policy-not-in-plan",
        said("auth", "535 5.7.8 SMTP sending is only available to paid accounts"),
    ),
    ("policy-being-set-up", said("auth", "535 5.7.8 Mailbox is still being provisioned")),
    (
        "policy-sign-in-wanted",
        said("data", "550 5.3.4 To continue sending messages, please sign in to your account."),
    ),
    (
        "policy-account-not-activated",
        said("mail_from", "502 5.7.0 Your SMTP account is not yet activated"),
    ),
    (
        "policy-m365-restricted-sender",
        said("data", "550 5.1.8 Access denied, bad outbound sender AS(42004)", **M365),
    ),
    ("policy-sending-switched-off", said("data", "554 5.7.1 Disabled by user from hPanel")),
    (
        "auth-shared-mailbox",
        said("auth", "535 5.7.139 the account is a shared mailbox and sign-in is blocked", **M365),
    ),
    (
        "policy-sender-without-mailbox",
        said("data", "554 5.2.0 STOREDRV.Submission.Exception:MapiExceptionUnknownUser", **M365),
    ),
    (
        "policy-account-compromised",
        said("auth", "535 5.7.1 This account appears to be compromised and has been locked"),
    ),
    (
        "login-at-next-server",
        said(
            "rcpt_to",
            "450 4.1.1 <bob@example.org>: Recipient address rejected: unverified address: SASL"
            " authentication failed; server smtp.isp.example[192.0.2.9] said: 535 5.7.8 Error",
        ),
    ),
    (
        "policy-rule-of-organisation",
        said(
            "data",
            "550 5.7.1 The user or domain that you are sending to (or from) has a policy that"
            " prohibited the mail that you sent. Please contact your domain administrator",
            **GMAIL,
        ),
    ),
    ("policy-account-suspended", said("auth", "535 Your account has been suspended")),
    (
        "policy-reverse-dns-unchecked",
        said("rcpt_to", "450 4.7.25 Temporary failure of the reverse DNS lookup"),
    ),
    (
        "policy-reverse-dns-inside",
        said(
            "rcpt_to",
            "450 4.7.25 Client host rejected: cannot find your hostname, [172.19.0.1]",
            **NO_LOGIN,
        ),
    ),
    (
        "policy-reverse-dns",
        said("rcpt_to", "450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.1]"),
    ),
    (
        "policy-link-listed",
        said("data", "554 5.7.1 The URL in this message is listed by dbl.spamhaus.org"),
    ),
    ("policy-domain-too-new", said("mail_from", "550 5.7.1 Newly registered domain")),
    (
        "policy-domain-reputation",
        said("data", "550 5.7.1 very low reputation of the sending domain"),
    ),
    ("mail-from-blacklisted", said("mail_from", "554 5.7.1 Sender is on our local blacklist")),
    ("policy-not-a-mail-server", said("mail_from", "554 smtpport check error", **NO_LOGIN)),
    (
        "policy-dynamic-address",
        said("mail_from", "550 5.7.1 Mail from dynamic IP addresses is not accepted", **NO_LOGIN),
    ),
    (
        "policy-infected-address",
        said(
            "mail_from",
            "553 5.7.1 [BL23] Connections not accepted from IP addresses on Spamhaus XBL",
            **NO_LOGIN,
        ),
    ),
    (
        "policy-address-distrusted-by-receiver",
        said(
            "mail_from",
            "553 5.7.1 [BL21] Connections not accepted, the ip is in Spamhaus's list",
            server="mta6.am0.yahoodns.net",
            port=25,
            username="",
        ),
    ),
    (
        "policy-spamhaus-listed",
        said("rcpt_to", "550 5.7.1 Service unavailable, Client host [x] blocked using Spamhaus"),
    ),
    (
        "policy-through-gateway-only",
        said("rcpt_to", "421 4.7.0 IP not in whitelist for RCPT domain, closing connection."),
    ),
    (
        "policy-gmail-relay-invalid-credentials",
        said("mail_from", "550 5.7.1 Invalid credentials for relay [192.0.2.1]."),
    ),
    ("policy-country-closed", said("auth", "535 5.7.8 Access from your country is not allowed")),
    (
        "policy-exchange-connector-closed",
        said("rcpt_to", "550 5.7.1 Client does not have permissions to submit to this server"),
    ),
    ("auth-not-needed", said("auth", "503 5.5.1 Authentication not required from your network")),
    (
        "policy-address-not-allowed",
        said("auth", "535 5.7.8 Your IP address is not in the list of allowed addresses"),
    ),
    ("policy-encryption-wanted", said("data", "550 5.7.1 Message encryption required by policy")),
    (
        "policy-data-protection",
        said("data", "550 5.7.1 Message rejected: data control list matched (credit card numbers)"),
    ),
    ("policy-virus-found", said("data", "554 5.7.0 Reject, id=1-01 - INFECTED: Eicar-Test")),
    (
        "policy-content-dangerous",
        said("data", "552 5.7.0 Blocked because its content presents a potential security issue"),
    ),
    ("policy-attachment-refused", said("data", "554 5.7.0 Reject, id=1-01 - BANNED: setup.exe")),
    (
        "rcpt-relay-denied-by-gateway-inbound",
        said("rcpt_to", "550 Relaying denied", server="cluster1.eu.messagelabs.com", **NO_LOGIN),
    ),
    (
        "rcpt-relay-denied-by-gateway",
        said(
            "rcpt_to",
            "554 5.7.1 Relay access denied",
            server="outbound-us1.ppe-hosted.com",
            **NO_LOGIN,
        ),
    ),
    (
        "policy-gateway-of-recipient",
        said("rcpt_to", "550 permanent failure for one or more recipients (bob@x.test:blocked)"),
    ),
    (
        "policy-distrust-of-this-machine",
        said(
            "data",
            "550 5.7.1 Gmail has detected that this message is likely unsolicited mail.",
            **NO_LOGIN,
            server="gmail-smtp-in.l.google.com",
            port=25,
        ),
    ),
    ("policy-turned-away", said("rcpt_to", "550 Shoo! Go away!")),
    ("policy-milter", said("data", "550 5.7.1 Command rejected")),
    ("policy-list-of-filter", said("data", "550 5.7.1 Matched map: FORCE_REJECT")),
    ("policy-rule-for-now", said("rcpt_to", "450 Reject due to policy violations.")),
    (
        "policy-rule-on-recipient",
        said("rcpt_to", "554 5.7.1 <bob@example.org>: rejected by local policy"),
    ),
    ("policy-rule-on-sender", said("rcpt_to", "550 Administrative prohibition")),
    (
        "policy-refused-by-mailbox-provider",
        said(
            "data",
            "554 5.7.1 Message rejected under suspicion of SPAM",
            server="smtp.yandex.ru",
            username="ada",
        ),
    ),
    ("policy-local-rule", said("data", "550 5.7.0 Local Policy Violation - Reject Id sp-1")),
    (
        "policy-yahoo-delivery",
        said("data", "554 6.6.0 Error sending message for delivery.", server="smtp.mail.yahoo.com"),
    ),
    ("policy-held-for-review", said("data", "554 5.7.1 Message quarantined awaiting moderator")),
    ("policy-being-scanned", said("data", "451 4.7.1 Deferred for sandbox analysis of attachment")),
    (
        "policy-words-taken-for-spam",
        said("data", "550 5.7.1 No SPAM please! (B-TEXT)", server="smtp.strato.de"),
    ),
    (
        "policy-content-rejected-by-provider",
        said("data", "554 5.7.1 Spam message rejected", server="smtp.hostinger.com"),
    ),
    ("policy-content-rejected", said("data", "550 5.7.1 message content rejected")),
    ("auth-538-encryption-required", said("auth", "538 5.7.11 Encryption required", **CLEAR)),
    (
        "starttls-required-530",
        said("auth", "530 5.7.0 Must issue a STARTTLS command first. x - gsmtp", **CLEAR),
    ),
    ("auth-password-missing", facts("auth", "credentials_missing")),
    ("auth-user-name-missing", facts("auth", "credentials_missing", **NO_LOGIN)),
    (
        "auth-not-offered-before-tls",
        facts("auth", "not_offered", offered=("STARTTLS",), **CLEAR),
    ),
    (
        "auth-only-xoauth2",
        facts("auth", "not_offered", mechanisms=("XOAUTH2",), offered_tls=("AUTH XOAUTH2",)),
    ),
    (
        "auth-mechanism-not-offered-plain",
        facts("auth", "not_offered", mechanisms=("PLAIN",), offered_tls=("AUTH PLAIN",)),
    ),
    (
        "auth-mechanism-not-offered",
        facts("auth", "not_offered", mechanisms=("LOGIN",), offered_tls=("AUTH LOGIN",)),
    ),
    (
        "auth-only-client-certificate",
        facts("auth", "not_offered", mechanisms=("EXTERNAL",), **TLS_LINES),
    ),
    (
        "auth-only-ntlm-gssapi",
        facts("auth", "not_offered", mechanisms=("NTLM",), offered_tls=("AUTH=NTLM",)),
    ),
    ("auth-already-made", said("auth", "503 5.5.1 Already authenticated")),
    (
        "auth-token-too-long",
        said("auth", "500 5.5.2 Error: line too long", mechanism="OAUTHBEARER"),
    ),
    ("auth-line-too-long", said("auth", "500 5.5.6 Authentication Exchange line is too long")),
    ("auth-asked-on", said("auth", "334 PDE4OTYuNjk3MTcwOTUyQHNtdHAudGVzdD4=")),
    ("auth-exchange-broken-off", said("auth", "501 5.5.2 AUTH: bad protocol / cancel")),
    (
        "auth-at-catcher",
        facts("auth", "not_offered", server="mailpit", port=1025, greeting="mailpit ESMTP Mailpit"),
    ),
    (
        "auth-m365-504-direct-send-with-user",
        said(
            "auth",
            "504 5.7.4 Unrecognized authentication type",
            server="x.mail.protection.outlook.com",
            port=25,
        ),
    ),
    (
        "auth-host-not-for-sending",
        said(
            "auth",
            "535 Authentication not allowed on IBSMTP Servers. IB401",
            server="smtp.secureserver.net",
        ),
    ),
    ("auth-not-on-this-port", said("auth", "503 5.5.1 AUTH not enabled on this port", port=25)),
    (
        "auth-not-on-port-25",
        facts("auth", "not_offered", port=25, server="mx.example.org", offered_tls=("SIZE",)),
    ),
    ("auth-not-supported", facts("auth", "not_offered", offered_tls=("SIZE",))),
    ("auth-503-not-advertised", said("auth", "503 AUTH command used when not advertised", **CLEAR)),
    (
        "auth-xoauth2-not-taken",
        said("auth", "504 5.7.4 Unrecognized authentication type", mechanism="XOAUTH2", **M365),
    ),
    (
        "auth-m365-504-plain-refused",
        said("auth", "504 5.7.4 Unrecognized authentication type", **M365),
    ),
    ("auth-only-login-offered", said("auth", "504 no", mechanisms=("LOGIN",))),
    (
        "auth-proton-bridge",
        said("auth", "504 5.7.4 Unsupported authentication mechanism", mechanisms=("PLAIN",)),
    ),
    ("auth-mechanism-refused", said("auth", "504 5.7.4 Unrecognized authentication type")),
    (
        "auth-xoauth2-malformed",
        oauth("token_refused", "501 5.5.124 Invalid XOAUTH2 auth data", **M365),
    ),
    ("auth-password-retired", said("auth", "534 5.7.9 Please use OAuth; passwords are retired")),
    ("auth-pop-before-smtp", said("auth", "535 5.5.1 Only after a successful POP login")),
    (
        "auth-oauth-proxy-not-authorised",
        said(
            "auth",
            "535 5.7.8  Authentication credentials invalid. Email OAuth 2.0 Proxy: Login"
            " failed for account a@b.example: Authorisation request timed out",
        ),
    ),
    (
        "auth-oauth-proxy-configuration",
        said(
            "auth",
            "535 5.7.8  Authentication credentials invalid. Email OAuth 2.0 Proxy: Login"
            " failed for account a@b.example - please check your internet connection and"
            " retry",
        ),
    ),
    (
        "auth-oauth-proxy-password",
        said(
            "auth",
            "535 5.7.8  Authentication credentials invalid. Email OAuth 2.0 Proxy: Login"
            " failed - the password for account a@b.example is incorrect",
        ),
    ),
    (
        "auth-gateway-signed-out",
        said("auth", "535 Authentication failed: O365 token expired"),
    ),
    ("auth-token-refused", said("auth", "535 5.7.8 The access token has expired")),
    ("auth-other-region", said("auth", "535 Authentication Failed for user, invalid data centre")),
    (
        "auth-account-without-mailbox",
        said("auth", "535 5.7.3 Authentication unsuccessful: account is not mail-enabled"),
    ),
    (
        "auth-windows-name-wanted",
        said(
            "auth", r"535 Authentication failed: invalid user or password, retry with domain\user"
        ),
    ),
    ("auth-local-part-wanted", said("auth", "535 5.7.8 user name must not contain domain")),
    (
        "auth-full-address-wanted",
        said("auth", "535 5.7.0 Please use your full email address as username", username="ada"),
    ),
    ("auth-clock-skew", said("auth", "535 5.7.8 GSSAPI error: Clock skew too great")),
    (
        "auth-directory-password",
        said("auth", "535 5.7.8 LdapErr: DSID-0C090334, AcceptSecurityContext error, data 52e, v1"),
    ),
    (
        "auth-directory-account-closed",
        said("auth", "535 5.7.8 LDAP: AcceptSecurityContext error, data 533, v1db1"),
    ),
    (
        "auth-directory-logon-restricted",
        said("auth", "535 5.7.8 LDAP: AcceptSecurityContext error, data 531, v1db1"),
    ),
    ("auth-login-service-broken", said("auth", "535 5.7.8 authentication failed: Server failed")),
    (
        "auth-gmail-web-login",
        said("auth", "534 5.7.14 Please log in via your web browser", **GMAIL),
    ),
    (
        "auth-gmail-app-password-required",
        said("auth", "534 5.7.9 Application-specific password required.", **GMAIL),
    ),
    ("auth-password-change-needed", said("auth", "535 5.7.12 Your password has expired")),
    ("auth-password-changed", said("auth", "535 5.7.8 SMTP password was rotated in May")),
    (
        "auth-terms-not-accepted",
        said("auth", "535 5.7.8 Error: authentication failed: Please accept EULA first."),
    ),
    ("auth-web-login", said("auth", "534 5.7.9 Please log in with your web browser")),
    (
        "auth-password-too-weak",
        said("auth", "535 5.7.0 authentication rejected: your password is too simple"),
    ),
    (
        "auth-authorization-code-needed",
        said(
            "auth",
            "535 Login Fail. Please enter your authorization code to login",
            server="smtp.qq.com",
        ),
    ),
    (
        "auth-two-step-sign-in-first",
        said("auth", "535 5.7.8 2-Step Verification must be turned on to use app passwords"),
    ),
    (
        "auth-app-password-required",
        said("auth", "535 5.7.0 NEOBHODIM parol prilozheniya / Application password is REQUIRED"),
    ),
    (
        "auth-barred-by-policy-of-the-relay",
        said("auth", "535 Access denied by VPC endpoint policy", **SES),
    ),
    (
        "auth-user-of-the-relay-switched-off",
        said("auth", "535 5.7.8 SMTP user is disabled", server="mail.smtp2go.com"),
    ),
    (
        "auth-smtp-switched-off",
        said("auth", "535 5.7.8 Error: This user does not have access rights to this service"),
    ),
    (
        "auth-postal-credential",
        said("auth", "535 Invalid credential", greeting="x ESMTP Postal/4F2A1B", username="acme/a"),
    ),
    (
        "auth-exchange-of-ones-own-windows-name",
        said(
            "auth",
            "535 5.7.3 Authentication unsuccessful",
            server="ex1.corp.example",
            username=r"CORP\ada",
            greeting="ex1.corp.example Microsoft ESMTP MAIL Service ready at Fri, 2 Oct 2026",
        ),
    ),
    (
        "auth-exchange-of-ones-own",
        said(
            "auth",
            "535 5.7.3 Authentication unsuccessful",
            greeting="EX1.corp.test Microsoft ESMTP MAIL Service ready at Fri, 2 Oct 2026",
        ),
    ),
    (
        "auth-mimecast",
        said(
            "auth",
            "535 Incorrect authentication data - https://community.mimecast.com/docs/DOC-1369#535",
        ),
    ),
    (
        "auth-own-server-full-address",
        said(
            "auth",
            "535 5.7.8 Error: authentication failed:",
            greeting="mail.test.example ESMTP Postcow",
            username="ada",
        ),
    ),
    (
        "auth-user-name-malformed",
        said("auth", "535 Incorrect authentication data", username="Ada <ada@test.example>"),
    ),
    (
        "auth-sakura-full-address-user-name",
        said("auth", "535 5.7.0 authentication failed", server="x.sakura.ne.jp"),
    ),
    (
        "auth-address-wanted-by-provider",
        said("auth", "535 Invalid credentials", server="smtp.ionos.de", username="ada"),
    ),
    ("auth-proton-token", said("auth", "535 5.7.8 no", server="smtp.protonmail.ch")),
    (
        "auth-aliyun-client-password",
        said("auth", "526 Authentication failure[0]", server="smtp.qiye.aliyun.com"),
    ),
    (
        "auth-bridge-signed-out",
        said(
            "auth",
            "454 4.7.0 account is logged out, use the app to login again",
            server="127.0.0.1",
            port=1025,
        ),
    ),
    (
        "auth-proton-bridge-password",
        said("auth", "535 5.7.8 no", greeting="127.0.0.1 ESMTP ProtonMail Bridge"),
    ),
    (
        "auth-mechanism-not-installed",
        said("auth", "535 5.7.8 Error: authentication failed: no mechanism available"),
    ),
    (
        "auth-xoauth2-for-now",
        said("auth", "454 4.7.0 Temporary authentication failure", mechanism="XOAUTH2", **M365),
    ),
    ("auth-454-temporary", said("auth", "454 4.7.0 Temporary authentication failure")),
    (
        "auth-app-password-with-spaces",
        said(
            "auth",
            "535 5.7.8 Username and Password not accepted.",
            password=frozenset({PasswordTrait.IN_GROUPS}),
            **GMAIL,
        ),
    ),
    (
        "auth-gmail-bad-credentials",
        said("auth", "535 5.7.8 Username and Password not accepted.\nx - gsmtp", **GMAIL),
    ),
    (
        "auth-azure-role",
        said("auth", "535 5.7.139 no role assignment", server="smtp.azurecomm.net"),
    ),
    (
        "auth-azure-user-name",
        said("auth", "535 5.7.3 Authentication unsuccessful", server="smtp.azurecomm.net"),
    ),
    (
        "auth-azure-client-secret",
        said(
            "auth",
            "535 5.7.3 Authentication unsuccessful",
            server="smtp.azurecomm.net",
            username="mail.1111-22.3333-44",
        ),
    ),
    (
        "auth-oauth-only-provider",
        said("auth", "535 5.7.3 Authentication unsuccessful", server="smtp-mail.outlook.com"),
    ),
    (
        "auth-m365-credentials-incorrect",
        said("auth", "535 5.7.139 the user credentials were incorrect.", **M365),
    ),
    (
        "auth-icloud-app-password",
        said("auth", "535 5.7.8 Error: authentication failed", server="smtp.mail.me.com"),
    ),
    ("auth-zoho-data-centre", said("auth", "535 Authentication Failed", server="smtp.zoho.com")),
    ("auth-app-password-provider", said("auth", "535 5.7.8 no", server="smtp.fastmail.com")),
    (
        "auth-sendgrid-username-must-be-apikey",
        said("auth", "535 Authentication failed: Bad username", server="smtp.sendgrid.net"),
    ),
    ("auth-fixed-user-name", said("auth", "535 Invalid username", server="smtp.resend.com")),
    (
        "auth-sendgrid-bad-key",
        said(
            "auth",
            "535 Authentication failed: The provided authorization grant is invalid",
            server="smtp.sendgrid.net",
            username="apikey",
        ),
    ),
    (
        "auth-user-name-of-another",
        said(
            "auth",
            "535 Authentication failed Authenticated username ada does not match eve",
            username="eve",
        ),
    ),
    (
        "auth-user-name-refused",
        said("auth", "535 5.7.8 Authentication failed. ServerId is incorrect"),
    ),
    (
        "auth-ses-temporary-key",
        said(
            "auth",
            "535 Authentication Credentials Invalid",
            **{**SES, "username": "ASIAIOSFODNN7EXAMPLE"},
        ),
    ),
    (
        "auth-ses-iam-user-name",
        said("auth", "535 Authentication Credentials Invalid", **{**SES, "username": "mailer"}),
    ),
    (
        "auth-trailing-space-in-password",
        said(
            "auth",
            "535 Authentication Credentials Invalid",
            password=frozenset({PasswordTrait.WHITE_SPACE_AT_END}),
            **SES,
        ),
    ),
    (
        "auth-odd-blank-in-password",
        said("auth", "535 5.7.8 No", password=frozenset({PasswordTrait.ODD_BLANK})),
    ),
    (
        "auth-key-may-not-send",
        said("auth", "535 5.7.8 Permission denied", server="smtp.tem.scw.cloud", username="14ca"),
    ),
    ("auth-ses-account-password", said("auth", "535 Authentication Credentials Invalid", **SES)),
    (
        "auth-mailgun-login",
        said("auth", "535 5.7.0 Mailgun is not loving your login or password"),
    ),
    (
        "auth-postmark-account-token",
        said("auth", "535 5.7.8 authentication failed", server="smtp.postmarkapp.com"),
    ),
    (
        "auth-brevo-smtp-key",
        said("auth", "535 5.7.0 Invalid login or password", server="smtp-relay.brevo.com"),
    ),
    (
        "auth-mailjet-key-pair",
        said("auth", "535 Authentication failed", server="in-v3.mailjet.com"),
    ),
    (
        "auth-gmx-protocols-disabled",
        said("auth", "535 Authentication credentials invalid", server="mail.gmx.net"),
    ),
    (
        "auth-key-invalid",
        said("auth", "535 API key is invalid", server="smtp.resend.com", username="resend"),
    ),
    (
        "auth-sender-address-password",
        said("auth", "526 Authentication failure[0]", server="smtpdm.aliyun.com"),
    ),
    (
        "auth-api-key-service",
        said("auth", "535 Authentication failed", server="smtp.resend.com", username="resend"),
    ),
    (
        "auth-xoauth2-not-offered",
        oauth("not_offered", "mechanisms offered: PLAIN LOGIN", mechanisms=("PLAIN", "LOGIN")),
    ),
    (
        "auth-xoauth2-azure-scope",
        oauth(
            "token_refused",
            "535 5.7.3 Authentication unsuccessful",
            server="smtp.azurecomm.net",
            scopes="https://outlook.office365.com/.default",
        ),
    ),
    (
        "auth-xoauth2-azure-refused",
        oauth(
            "token_refused",
            "535 5.7.3 Authentication unsuccessful",
            server="smtp.azurecomm.net",
            scopes="https://communication.azure.com/.default",
        ),
    ),
    (
        "auth-xoauth2-m365-scope",
        oauth(
            "token_refused",
            "535 5.7.3 Authentication unsuccessful [x.outlook.com]",
            scopes="https://graph.microsoft.com/.default",
            **M365,
        ),
    ),
    (
        "auth-xoauth2-m365-refused",
        oauth("token_refused", "535 5.7.3 Authentication unsuccessful [x.outlook.com]", **M365),
    ),
    (
        "auth-xoauth2-334-json",
        oauth(
            "token_refused",
            "535 5.7.8 Username and Password not accepted."
            " (status 400, scope https://mail.google.com/)",
            **GMAIL,
        ),
    ),
    (
        "auth-xoauth2-insufficient-scope",
        oauth("token_refused", "535 5.7.8 no (status insufficient_scope, scope mail.send)"),
    ),
    (
        "auth-xoauth2-audience",
        oauth("token_refused", "535 5.7.8 Authentication failed: token audience mismatch"),
    ),
    (
        "auth-xoauth2-refused",
        oauth("token_refused", "535 5.7.8 Error: authentication failed (status invalid_token)"),
    ),
    ("oauth-failed", facts("auth", "oauth", error="surprise")),
    ("auth-534-mechanism-too-weak", said("auth", "534 5.7.9 mechanism is too weak")),
    (
        "auth-nonascii-user-name",
        said("auth", "535 5.7.8 authentication failed", username="usér@test.example"),
    ),
    (
        "auth-nonascii-535",
        said("auth", "535 Authentication failed", password=frozenset({PasswordTrait.NON_ASCII})),
    ),
    (
        "auth-godaddy",
        said("auth", "535 Authentication Failed", server="smtpout.secureserver.net"),
    ),
    ("auth-titan", said("auth", "535 5.7.8 Error: auth failed", server="smtp.titan.email")),
    (
        "auth-mailbox-password",
        said("auth", "535 5.7.8 authentication failed", server="smtp.strato.de"),
    ),
    (
        "auth-mail-program-at-provider",
        said("auth", "535 5.7.1 Login failed", server="smtp.rambler.ru"),
    ),
    (
        "auth-sasl-generic-failure",
        said("auth", "535 5.7.8 Error: authentication failed: generic failure"),
    ),
    (
        "auth-user-name-without-domain",
        said("auth", "535 5.7.8 Error: authentication failed", username="ada"),
    ),
    ("auth-drop-hides-535", facts("auth", "closed", refusals=("504 no", "535 5.7.8 no"))),
    ("auth-drop-app-password", facts("auth", "closed", server="smtp.mail.yahoo.com")),
    ("auth-drop-on-bad-password", facts("auth", "closed")),
    ("auth-silent-provider", facts("auth", "timeout", **GMAIL)),
    ("auth-hangs", facts("auth", "timeout")),
    (
        "auth-mailbox-of-an-own-server",
        said(
            "auth",
            "535 5.7.8 Error: authentication failed: (reason unavailable)",
            greeting="mail.test.example ESMTP Postcow",
        ),
    ),
    ("auth-credentials-refused", said("auth", "535 Incorrect authentication data")),
    ("message-requires-tls", said("rcpt_to", "550 5.7.30 REQUIRETLS support required")),
    (
        "mail-from-530-starttls-first",
        said("mail_from", "530 5.7.0 Must issue a STARTTLS command first.", **CLEAR),
    ),
    ("rcpt-next-server-not-protected", said("data", "451 4.7.5 MTA-STS of example.org fails")),
    (
        "certificate-of-next-server",
        said(
            "mail_from", "454 4.7.5 Certificate name mismatch: TLS peer certificate does not match"
        ),
    ),
    (
        "m365-wrong-region",
        said("mail_from", "451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35"),
    ),
    ("mail-from-login-lapsed", said("mail_from", "535 5.7.3 The session has expired")),
    ("mail-from-login-refused-late", said("data", "550 API key is invalid or revoked")),
    ("mail-from-login-not-passed-on", said("mail_from", "530 5.7.1 Authentication required")),
    (
        "mail-from-login-not-counted",
        said("mail_from", "530 5.7.1 Authentication required", port=25),
    ),
    ("mail-from-incoming-only", said("rcpt_to", "553 no smtp MX only")),
    (
        "mail-from-bridge-login",
        said(
            "mail_from",
            "530 5.7.0 Authentication required",
            server="127.0.0.1",
            port=1025,
            greeting="220 127.0.0.1 ESMTP Service Ready",
            **NO_LOGIN,
        ),
    ),
    (
        "mail-from-no-login-at-this-port",
        said(
            "mail_from",
            "530 5.7.0 Authentication required",
            offered=("SIZE",),
            port=25,
            **CLEAR,
            **NO_LOGIN,
        ),
    ),
    (
        "mail-from-authentication-required",
        said("mail_from", "530 5.7.0 Authentication Required.", **NO_LOGIN),
    ),
    ("data-zoho-relaying-empty-from", said("data", "553 Relaying disallowed as @")),
    (
        "mail-from-domain-not-linked",
        said("mail_from", "501 5.1.7 The specified sender domain has not been linked."),
    ),
    (
        "mail-from-domain-lockdown",
        said("data", "550 5.7.1 This sender is not authorized to send from test.example"),
    ),
    (
        "mail-from-domain-wanted",
        said("mail_from", "553 Sender address must be of the domain corp.example"),
    ),
    (
        "mail-from-not-approved",
        said(
            "mail_from",
            "535 Authorization failed: Envelope From address ada@test.example not authorized",
            server="smtp.email.eu-frankfurt-1.oci.oraclecloud.com",
            username="ocid1.user.oc1..a@ocid1.tenancy.oc1..b.xy.com",
        ),
    ),
    (
        "mail-from-own-users-only",
        said("mail_from", "553 Local user only", server="smtp.163.com", **NO_LOGIN),
    ),
    (
        "mail-from-not-without-login",
        said("mail_from", "550 5.7.60 Client does not have permissions to send as", **NO_LOGIN),
    ),
    (
        "mail-from-own-address-refused",
        said(
            "mail_from",
            "553 5.7.1 Sender address rejected: not owned by auth user",
            sender="ada@test.example",
        ),
    ),
    (
        "mail-from-own-mailbox-only",
        said(
            "mail_from",
            "554 5.7.1 The sender address is unauthorized x - nsmtp",
            server="smtp.naver.com",
            username="ada",
        ),
    ),
    (
        "mail-from-other-domain",
        said("data", "550 5.7.1 Sender domain not allowed.", sender="visitor@gmail.com"),
    ),
    (
        "mail-from-not-of-account",
        said(
            "mail_from",
            "553 5.7.1 Sender address rejected: not owned by user jdoe",
            username="jdoe",
        ),
    ),
    (
        "mail-from-send-as",
        said("data", "550 5.7.60 Client does not have permissions to send as this sender"),
    ),
    (
        "mail-from-must-equal-user",
        said("mail_from", "553 Mail from must equal authorized user"),
    ),
    (
        "mail-from-less-protected-than-before",
        said("mail_from", "550 5.7.3 Security level check failed", **NO_LOGIN),
    ),
    (
        "mail-from-smtputf8-missing",
        facts("mail_from", "not_offered", error="SMTPUTF8 not offered"),
    ),
    (
        "mail-from-unverified-for-now",
        said("rcpt_to", "451 Could not complete sender verify callout"),
    ),
    (
        "mail-from-domain-incomplete",
        said(
            "mail_from",
            "553 5.5.4 <root@localhost>... Real domain name required for sender address",
            sender="root@localhost",
        ),
    ),
    (
        "mail-from-sender-mailbox-unknown",
        said("rcpt_to", "550 5.1.0 <ada@test.example>: Sender address rejected: User unknown"),
    ),
    (
        "mail-from-sender-domain-takes-no-mail",
        said("mail_from", "556 5.1.10 Sender domain test.example has a null MX"),
    ),
    ("mail-from-sender-not-verified", said("rcpt_to", "550 Sender verify failed")),
    (
        "rcpt-sender-domain-not-found",
        said("rcpt_to", "450 4.1.8 <x>: Sender address rejected: Domain not found"),
    ),
    ("mail-from-501-bad-sender-syntax", said("mail_from", "501 5.1.7 Bad sender address syntax")),
    ("command-not-understood", said("rcpt_to", "503 5.5.1 RCPT without MAIL")),
    (
        "mail-from-unknown-without-login",
        said("mail_from", "550 5.1.1 <ada@test.example>: User unknown", **NO_LOGIN),
    ),
    ("mail-from-mailbox-unavailable", said("mail_from", "550 Request failed; Mailbox unavailable")),
    (
        "rcpt-port-25-sender-denied",
        said("rcpt_to", "554 5.7.1 <a@b>: Sender address rejected: Access denied", port=25),
    ),
    ("server-short-of-means", said("mail_from", "452 4.3.1 Insufficient system resources")),
    ("server-filter-down", said("data", "451 4.7.1 Service unavailable - try again later")),
    ("server-set-up-wrongly", said("rcpt_to", "451 4.3.5 Server configuration problem")),
    ("server-look-up-down", said("rcpt_to", "451 4.3.0 <a@b.test>: Temporary lookup failure")),
    ("server-queue-file", said("data", "451 4.3.0 Error: queue file write error")),
    (
        "server-can-not-store",
        said(
            "data", "554 Your message was received but it could not be saved. Please retry later."
        ),
    ),
    (
        "mail-from-domain-switched-off",
        said("mail_from", "451 4.3.0 domain of smtp mail from is temporarily disabled"),
    ),
    ("server-can-not-sign", said("data", "451 4.3.0 DKIM signing failed")),
    (
        "next-server-not-in-dns",
        said("data", "451 4.4.0 DNS query failed. The error was: SMTPSEND.DNS.NonExistentDomain"),
    ),
    ("server-trouble", said("rcpt_to", "451 Temporary local problem - please try later")),
    ("mail-from-sender-blocked", said("mail_from", "550 5.7.1 Remetente bloqueado")),
    (
        "mail-from-own-sender-rejected",
        said(
            "mail_from",
            "550 5.1.0 <ada@test.example> sender rejected",
            sender="ada@test.example",
        ),
    ),
    (
        "mail-from-blocked-for-hours",
        said("mail_from", "550 5.7.1 SENDER REJECTED", server="authsmtp.securemail.pro"),
    ),
    ("mail-from-sender-rejected", said("mail_from", "550 5.7.1 Sender rejected")),
    ("conversation-broken-off", facts("rcpt_to", "closed")),
    ("rcpt-greylisted", said("rcpt_to", "450 4.2.0 <x>: Recipient address rejected: Greylisted")),
    (
        "rcpt-client-host-logged-in",
        said("rcpt_to", "554 5.7.1 <unknown[203.0.113.5]>: Client host rejected: Access denied"),
    ),
    (
        "rcpt-m365-partner-connector",
        said(
            "rcpt_to",
            "550 5.7.51 Recipient has a partner connector with RestrictDomainsToIPAddresses",
            **NO_LOGIN,
        ),
    ),
    (
        "rcpt-m365-no-connector",
        said("rcpt_to", "550 5.7.64 TenantAttribution; Relay Access Denied", **NO_LOGIN),
    ),
    ("rcpt-moved", said("rcpt_to", "551 User not local; please try <bob@other.example>")),
    ("rcpt-reverse-alias", said("data", "550 SL E524 Wrong use of reverse-alias")),
    (
        "rcpt-relay-denied-without-name",
        said(
            "rcpt_to", "550 5.7.1 Relaying denied. IP name lookup failed [192.0.2.254]", **NO_LOGIN
        ),
    ),
    (
        "rcpt-relay-denied-inside",
        said(
            "rcpt_to",
            "550 5.7.1 10.1.2.3 is not allowed to relay",
            server="relay.corp.test.example",
            port=25,
            **NO_LOGIN,
        ),
    ),
    (
        "rcpt-relay-denied-without-any-login",
        said(
            "rcpt_to", "550 5.7.1 Unable to relay", offered=("SIZE",), port=25, **CLEAR, **NO_LOGIN
        ),
    ),
    ("rcpt-relay-denied-454", said("rcpt_to", "454 4.7.1 Relay access denied", **NO_LOGIN)),
    ("rcpt-domain-not-allowed", said("rcpt_to", "550 domain of forward path is not allowed")),
    (
        "rcpt-relay-denied-at-port-25",
        said("rcpt_to", "554 5.7.1 <bob@example.org>: Relay access denied", port=25),
    ),
    (
        "rcpt-relay-denied-to-this-account",
        said("rcpt_to", "554 5.7.1 Relay access denied", sender="ada@test.example"),
    ),
    ("rcpt-relay-denied-logged-in", said("rcpt_to", "554 5.7.1 Relay access denied")),
    (
        "rcpt-sakura-foreign-ip-filter",
        said("rcpt_to", "550 5.7.1 <x>... Command rejected", server="x.sakura.ne.jp"),
    ),
    ("rcpt-trap", said("rcpt_to", "550 5.7.1 You are sending to a spam trap")),
    (
        "policy-account-seen-as-spam",
        said("rcpt_to", "550 spam message rejected", server="smtp.mail.ru", port=465),
    ),
    ("policy-seen-as-spam", said("rcpt_to", "554 5.7.1 Rejected as spam source")),
    (
        "rcpt-yahoo-450-mailbox-unavailable",
        said("rcpt_to", "450 Requested mail action not taken: mailbox unavailable."),
    ),
    (
        "rcpt-suppressed",
        said("data", "550 You tried to send to a recipient that has been marked as inactive."),
    ),
    ("rcpt-smtputf8-missing", said("rcpt_to", "553 5.6.7 SMTPUTF8 needed")),
    ("rcpt-address-malformed", said("rcpt_to", "501 5.1.3 Bad recipient address syntax")),
    ("rcpt-next-server-unreachable", said("rcpt_to", "550 no route to host")),
    (
        "rcpt-domain-takes-no-mail",
        said(
            "rcpt_to",
            "556 5.1.10 <x>: Recipient address rejected: Domain x.example does not accept mail"
            " (nullMX)",
        ),
    ),
    ("rcpt-domain-unknown", said("rcpt_to", "550 5.4.310 DNS domain example.org does not exist")),
    (
        "rcpt-unverified-for-now",
        said("rcpt_to", "450 4.1.1 <x>: Recipient address rejected: unverified address"),
    ),
    (
        "rcpt-confirmation-wanted",
        said("rcpt_to", "550 5.7.1 Confirm your message at https://verify.example.org/c"),
    ),
    (
        "rcpt-unknown-or-closed",
        said(
            "rcpt_to",
            "550 Mailbox unavailable or access denied [x] IP: 192.0.2.1",
            server="mx3.qq.com",
        ),
    ),
    (
        "rcpt-wants-signed-in-senders",
        said("rcpt_to", "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup", **NO_LOGIN),
    ),
    (
        "rcpt-list-not-expanded",
        said("rcpt_to", "524 5.2.4 Mailing list expansion problem: <bob@example.org>"),
    ),
    ("rcpt-restricted", said("rcpt_to", "550 5.7.129 RESOLVER.RST.NotAuthorized")),
    (
        "rcpt-sender-mailbox-unknown",
        said("data", "550 Local mailbox app@test.example is unavailable: user not found"),
    ),
    (
        "rcpt-unknown-at-microsoft",
        said(
            "rcpt_to",
            "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
            server="example-org.mail.protection.outlook.com",
        ),
    ),
    ("rcpt-unrouteable", said("rcpt_to", "550 Unrouteable address")),
    ("rcpt-user-unknown", said("rcpt_to", "550 5.1.1 <x>: User unknown in local table")),
    (
        "mail-from-access-list",
        said("mail_from", "550 5.7.1 Access denied", port=25, **NO_LOGIN),
    ),
    ("mail-from-refused-without-login", said("mail_from", "550 Command rejected", **NO_LOGIN)),
    ("rcpt-refused-without-login", said("rcpt_to", "554 5.7.1 Access denied", **NO_LOGIN)),
    ("out-of-room-552", said("rcpt_to", "552 Requested mail action aborted")),
    ("quit-closed-python", facts("quit", "closed")),
]

# Other wordings of the same faults, as servers in the wild put them.
VARIANTS: list[tuple[str, Facts]] = [
    (
        "auth-xoauth2-not-taken",
        oauth("token_refused", "554 5.7.8 Authentication mechanism not supported."),
    ),
    (
        "auth-too-many-logins",
        said("auth", "454 4.7.0 Too many login attempts", mechanism="XOAUTH2"),
    ),
    ("oauth-client-id-not-taken", oauth("refused", "status 400, an error client_id is missing")),
    (
        "auth-too-many-logins",
        oauth(
            "token_refused", "454 4.7.0 Too many login attempts, please try again later.", **GMAIL
        ),
    ),
    ("oauth-invalid-client", oauth("refused", "status 401, Unauthorized")),
    (
        "auth-xoauth2-audience",
        oauth("token_refused", "535 5.7.8 JWT signature verification failed", scopes="openid"),
    ),
    (
        "auth-xoauth2-audience",
        oauth(
            "token_refused", "535 5.7.8 missing username claim 'email' in token", scopes="openid"
        ),
    ),
    (
        "oauth-client-unknown",
        oauth("invalid_client", "invalid_client: Invalid value for 'client_id' parameter."),
    ),
    ("mail-from-blacklisted", said("data", "554 5.7.1 Matched map: SENDER_FROM_BLACKLIST")),
    ("server-filter-down", said("data", "451 4.5.0 virus_scan FAILED: ALL VIRUS SCANNERS FAILED")),
    ("server-trouble", said("mail_from", "451 4.4.0 Lost connection to relay server")),
    (
        "mail-from-authentication-required",
        said(
            "rcpt_to",
            "550 Your IP is not allowed to send mail as a@b.example without authentication",
            **NO_LOGIN,
        ),
    ),
    (
        "mail-from-authentication-required",
        said("mail_from", "550 5.7.0 Sender address must use authentication", **NO_LOGIN),
    ),
    (
        "mail-from-authentication-required",
        said(
            "rcpt_to",
            "554 5.7.1 SMTP AUTH is required, or it is a spoofed sender address",
            **NO_LOGIN,
        ),
    ),
    (
        "mail-from-must-equal-user",
        said("data", "550 5.7.0 Authentication credentials do not match From: header"),
    ),
    (
        "mail-from-must-equal-user",
        said("rcpt_to", "554 5.0.0 Error: transaction failed: invalid return path"),
    ),
    (
        "policy-exchange-connector-closed",
        said(
            "mail_from", "550 5.7.1 Client does not have permissions to submit mail to this server"
        ),
    ),
    (
        "policy-address-not-allowed",
        said(
            "rcpt_to",
            "553 you are trying to use me as a relay, but I have not been configured to let you",
        ),
    ),
    (
        "policy-limit-of-client",
        said("rcpt_to", "452 #4.5.3 Too many recipients from your host this hour"),
    ),
    ("policy-local-rule", said("data", "554 mail server permanently rejected message (#5.3.0)")),
    ("policy-account-suspended", said("rcpt_to", "535 Mail server has been suspended")),
    (
        "auth-user-name-refused",
        said(
            "auth",
            "535 5.7.8 Email OAuth 2.0 Proxy: No config file entry found for account a@b.example",
        ),
    ),
    (
        "auth-oauth-proxy-password",
        said(
            "auth",
            "535 5.7.8 Authentication credentials invalid. Email OAuth 2.0 Proxy: "
            "Login failed - the password for account a@b.example is incorrect",
        ),
    ),
    (
        "mail-from-sender-mailbox-unknown",
        said("rcpt_to", "550 Verification failed for <ada@test.example> No Such User Here"),
    ),
    (
        "rcpt-user-unknown",
        said(
            "rcpt_to",
            "550 5.1.1 <ada@test.example>: Recipient address rejected: User unknown",
            recipient="ada@test.example",
        ),
    ),
    ("policy-spf", said("data", "550 5.7.23 Rejected: Sender Policy Framework violation")),
    (
        "mail-from-send-as",
        said("mail_from", "550 5.7.60 Client does not have permissions to send as this sender"),
    ),
    ("server-short-of-means", said("data", "452 4.3.1 Out of memory")),
    (
        "starttls-454-local-problem",
        said("starttls", "554 5.3.3 TLS cannot be started at this time: no certificate"),
    ),
    ("starttls-without-certificate", said("starttls", "554 5.7.3 No certificate to present")),
    ("auth-too-many-logins", said("auth", "421 4.7.0 Too many logins from this account")),
    ("auth-too-many-logins", said("auth", "535 Login rate limit exceeded for ada@test.example")),
    ("auth-too-many-logins", said("auth", "550 用户登录过于频繁", server="smtp.163.com")),
    ("auth-yahoo-too-many-bad", said("auth", "454 4.7.0 Too many failed login attempts", **GMAIL)),
    ("auth-yahoo-too-many-bad", said("auth", "421 4.7.0 Too many login attempts, go away")),
    (
        "auth-personal-microsoft-account",
        said(
            "auth",
            "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.",
            username="ada@hotmail.co.uk",
            **M365,
        ),
    ),
    (
        "auth-personal-microsoft-account",
        facts(
            "auth",
            "not_offered",
            server="smtp-mail.outlook.com",
            username="ada@live.com",
            mechanisms=("XOAUTH2",),
        ),
    ),
    (
        "auth-m365-basic-auth-disabled",
        said(
            "auth",
            "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.",
            server="smtp-mail.outlook.com",
        ),
    ),
    (
        "auth-mailbox-password",
        said("auth", "535 Authentication credentials invalid", server="smtp.ionos.de"),
    ),
    (
        "auth-address-wanted-by-provider",
        said("auth", "535 5.7.3 Authentication unsuccessful", username="ada", **M365),
    ),
    (
        "auth-m365-credentials-incorrect",
        said("auth", "535 5.7.3 Authentication unsuccessful", username="CORP\\ada", **M365),
    ),
    (
        "auth-gmail-bad-credentials",
        said("auth", "535 5.7.8 Username and Password not accepted", username="ada", **GMAIL),
    ),
    (
        "auth-proton-bridge-password",
        said("auth", "535 no", server="bridge", greeting="127.0.0.1 ESMTP ProtonMail Bridge"),
    ),
    (
        "tls-certificate-expired",
        certificate(10, at=5, chain=(shown("R3", until=4), shown("Root X1", until=4))),
    ),
    (
        "tls-hostname-mismatch",
        certificate(
            62, server="a.smtp.test.example", chain=(shown("R11", "*.other.example", "x.example"),)
        ),
    ),
    ("dns-container-host", facts("dns", "dns_temporary", server="host.containers.internal")),
    ("dns-container-host", facts("dns", "dns_not_found", server="gateway.docker.internal")),
    ("dns-kubernetes-service", facts("dns", "dns_not_found", server="smtp.mail.svc")),
    ("dns-internal-name", facts("dns", "dns_not_found", server="mail.service.consul")),
    ("dns-internal-name", facts("dns", "dns_not_found", server="relay.tail1234.ts.net")),
    (
        "connect-tailnet",
        facts("connect", "timeout", server="mail.example.com", addresses=("100.101.2.3",)),
    ),
    (
        "connect-refused-internal",
        facts("connect", "refused", server="mail.example.com", addresses=("fd12::5", "10.0.0.5")),
    ),
    (
        "connect-timeout-firewall",
        facts("connect", "timeout", addresses=("104.21.32.1", "192.0.2.7")),
    ),
    (
        "input-mx-host-with-587",
        facts("connect", "timeout", server="mx1.example.com", addresses=("162.159.205.11",)),
    ),
    (
        "connect-timeout-firewall",
        facts("connect", "timeout", server="x.cloudflare.net", addresses=("162.159.205.11",)),
    ),
    ("banner-silent-server", facts("banner", "timeout", **IMPLICIT)),
    (
        "connect-refused-on-this-machine",
        facts(
            "connect",
            "unreachable",
            server="localhost",
            error="[Errno 99] Cannot assign requested address",
        ),
    ),
    ("auth-credentials-refused", said("auth", "535 5.7.8 authentication failed: UGFzc3dvcmQ6")),
    ("auth-credentials-refused", said("auth", "550 5.7.1 Login denied")),
    ("auth-m365-credentials-incorrect", said("auth", "535 5.7.3 Authentication unsuccessful")),
    ("data-250-treated-as-error", said("auth", "250 ok")),
    ("auth-only-login-offered", said("auth", "504 PLAIN authentication is not permitted")),
    ("starttls-220-then-plaintext", tls("RECORD_LAYER_FAILURE")),
    ("tls-client-certificate-required", tls("TLSV1_ALERT_ACCESS_DENIED")),
    ("tls-client-certificate-required", tls("SSLV3_ALERT_UNSUPPORTED_CERTIFICATE")),
    ("tls-wrong-version-number", tls("RECORD_LAYER_FAILURE", security=Security.IMPLICIT)),
    ("tls-wrong-version-number", tls("HTTPS_PROXY_REQUEST", security=Security.IMPLICIT)),
    ("auth-not-supported", said("auth", '500 Error: command "AUTH" not recognized')),
    ("auth-not-supported", said("auth", "503 5.5.1 Error: authentication not enabled")),
    ("auth-not-supported", said("auth", "550 Authentication is not configured")),
    ("auth-503-not-advertised", said("auth", "503 Error: authentication not enabled", **CLEAR)),
    (
        "banner-tls-expected",
        facts("ehlo", "not_smtp", raw="220 mail.test\r\n\x15\x03\x03\x00\x02\x02\x46", **CLEAR),
    ),
    # OAuth: what other providers and endpoints say.
    (
        "oauth-invalid-client",
        oauth("invalid_client", "failed (e.g., unknown client, no client authentication included)"),
    ),
    (
        "oauth-invalid-client",
        oauth(
            "invalid_client",
            "Client authentication failed (e.g., unknown client, no client authentication).",
        ),
    ),
    (
        "oauth-client-authentication-method",
        oauth(
            "invalid_client",
            "Client authentication failed (e.g., unknown client, no client authentication). The "
            "OAuth 2.0 Client supports client authentication method 'client_secret_basic'",
        ),
    ),
    (
        "oauth-invalid-client",
        oauth("invalid_grant", "AADSTS7000014: The value for 'client_secret' is not valid."),
    ),
    ("oauth-endpoint-busy", oauth("refused", "status 400, server_error")),
    (
        "oauth-endpoint-rate-limit",
        oauth("invalid_request", "AADSTS90055: too many incoming requests."),
    ),
    ("oauth-endpoint-busy", oauth("invalid_grant", "A transient error has occurred. Try again.")),
    (
        "oauth-client-unknown",
        oauth("invalid_client", "A valid OAuth client could not be found for client_id: w_sN"),
    ),
    (
        "oauth-m365-permission-missing",
        oauth("invalid_client", "AADSTS650056: Misconfigured application."),
    ),
    (
        "oauth-m365-tenant-not-found",
        oauth("invalid_request", "AADSTS9001023: not supported over the /common endpoint."),
    ),
    (
        "oauth-m365-tenant-not-found",
        oauth("invalid_request", "AADSTS90038: Tenant x belongs to the National Cloud y."),
    ),
    (
        "oauth-m365-application-not-found",
        oauth("unauthorized_client", "AADSTS700011: Application was not found in directory x"),
    ),
    (
        "oauth-client-unknown",
        oauth("unauthorized_client", "Application with identifier 'x' was not found."),
    ),
    (
        "oauth-m365-public-client",
        oauth("invalid_grant", "The OAuth 2.0 Client is marked as public"),
    ),
    (
        "oauth-client-credentials-off",
        oauth("unauthorized_client", "not allowed to use authorization grant 'client_credentials'"),
    ),
    ("oauth-client-secret-missing", oauth("invalid_client", "must include a 'client_secret'")),
    (
        "oauth-client-credentials-off",
        oauth("invalid_client", "Service accounts are not enabled for this client"),
    ),
    (
        "oauth-endpoint-not-json",
        oauth("invalid_request", "AADSTS900561: The endpoint only accepts POST requests."),
    ),
    (
        "oauth-invalid-request",
        oauth("invalid_grant", "AADSTS9002313: Request is malformed or invalid."),
    ),
    ("oauth-endpoint-not-found", oauth("refused", "status 400, Realm does not exist")),
    ("oauth-m365-not-assigned", oauth("invalid_grant", "AADSTS50105: 'x' is not assigned")),
    ("oauth-m365-tenant-not-found", oauth("invalid_request", "AADSTS50128: Invalid domain name")),
    ("oauth-endpoint-busy", oauth("invalid_grant", "AADSTS50196: a client request loop")),
    ("oauth-unauthorized-client", oauth("refused", "forbidden: application is not authorized")),
    ("oauth-invalid-client", oauth("invalid_client", "status 401")),
    ("oauth-invalid-client", oauth("invalid_client", "invalid_client")),
    (
        "oauth-m365-application-disabled",
        oauth(
            "unauthorized_client",
            "unauthorized_client: AADSTS7000112: Application 'x' (y) is disabled.",
        ),
    ),
    (
        "oauth-m365-tenant-not-found",
        oauth("refused", "status 400, invalid_tenant AADSTS900021: 'x' is not a tenant"),
    ),
    (
        "oauth-scopes-empty",
        oauth(
            "invalid_request",
            "invalid_request: AADSTS900144: The request body must contain: 'scope'.",
        ),
    ),
    (
        "oauth-m365-resource-unknown",
        oauth(
            "invalid_scope",
            "status 400, invalid_resource AADSTS500011: The resource principal not found",
        ),
    ),
    ("oauth-scopes-empty", oauth("invalid_request", "invalid_request: scope is required")),
    ("oauth-audience", oauth("invalid_scope", "status 400, invalid_target")),
    (
        "oauth-unauthorized-client",
        oauth("unauthorized_client", "status 403, access_denied consent is missing"),
    ),
    ("oauth-endpoint-rate-limit", oauth("busy", "status 429")),
    ("oauth-endpoint-busy", oauth("busy", "status 500")),
    (
        "oauth-endpoint-busy",
        oauth("busy", "status 400, temporarily_unavailable AADSTS90033: later"),
    ),
    (
        "auth-xoauth2-m365-refused",
        oauth("token_refused", "535 5.7.3 Authentication unsuccessful", server="relay.test"),
    ),
    ("auth-xoauth2-m365-refused", oauth("token_refused", "535 5.7.139 no", **M365)),
    (
        "auth-m365-smtp-auth-disabled-mailbox",
        oauth("token_refused", "535 5.7.139 SmtpClientAuthentication is disabled.", **M365),
    ),
    (
        "auth-m365-conditional-access",
        oauth("token_refused", "535 5.7.139 the request did not meet the criteria", **M365),
    ),
    ("auth-xoauth2-malformed", said("auth", "501 5.5.124 Invalid XOAUTH2 auth data", **M365)),
    ("auth-xoauth2-334-json", said("auth", "334 eyJzdGF0dXMiOiI0MDAifQ==", **GMAIL)),
    (
        "auth-xoauth2-334-json",
        oauth("token_refused", "535 no (status 400, scope https://mail.google.com/)"),
    ),
    ("auth-xoauth2-refused", oauth("token_refused", "the connection was closed")),
    ("banner-421-not-available", said("banner", "450 Busy")),
    ("ehlo-name-refused", said("ehlo", "550 Access denied - Invalid HELO name")),
    (
        "rcpt-helo-need-fqdn",
        said("rcpt_to", "450 4.7.1 <x>: Helo command rejected: Host not found"),
    ),
    ("ehlo-name-refused", facts("starttls", "not_offered", refusals=("550 Invalid HELO name",))),
    (
        "ehlo-not-supported-helo-only",
        facts("starttls", "not_offered", refusals=("502 5.5.1 Command not implemented",)),
    ),
    ("mail-from-552-size", said("mail_from", "452 4.3.4 Message size exceeds fixed limit")),
    ("mail-from-552-size", said("data", "552 5.2.3 Your message exceeded the size limits")),
    (
        "mail-from-authentication-required",
        said("mail_from", "530 5.7.57 Client not authenticated to send mail", **NO_LOGIN),
    ),
    (
        "mail-from-authentication-required",
        said("mail_from", "550 Authentication is required for relay", **NO_LOGIN),
    ),
    (
        "mail-from-authentication-required",
        said("mail_from", "502 5.7.0 Please authenticate first", **NO_LOGIN),
    ),
    (
        "mail-from-must-equal-user",
        said("mail_from", "550 Requested action not taken\nSender address is not allowed."),
    ),
    ("mail-from-must-equal-user", said("mail_from", "550 5.7.0 From is not one of your addresses")),
    (
        "mail-from-send-as",
        said("data", "550 5.7.60 SMTP; Client does not have permissions"),
    ),
    ("mail-from-must-equal-user", said("data", "553 Relaying disallowed as test@example.com")),
    (
        "mail-from-must-equal-user",
        said("rcpt_to", "553 5.7.1 <a@b>: Sender address rejected: not owned by user x"),
    ),
    (
        "mail-from-501-bad-sender-syntax",
        said("mail_from", "501 Invalid MAIL FROM address provided"),
    ),
    ("rcpt-greylisted", said("data", "451 4.7.1 Try again later")),
    ("rcpt-relay-denied-454", said("rcpt_to", "550 relay not permitted", **NO_LOGIN)),
    ("rcpt-relay-denied-454", said("rcpt_to", "550 5.7.54 SMTP; Unable to relay", **NO_LOGIN)),
    ("rcpt-relay-denied-454", said("rcpt_to", "550 Invalid recipient", **NO_LOGIN)),
    ("rcpt-relay-denied-454", said("rcpt_to", "550 Invalid recipient: <b@c.d>", **NO_LOGIN)),
    ("rcpt-relay-denied-454", said("rcpt_to", "553 not in my list of rcpthosts", **NO_LOGIN)),
    ("rcpt-relay-denied-454", said("rcpt_to", "550 I cannot deliver mail for <x>", **NO_LOGIN)),
    (
        "rcpt-relay-denied-454",
        said("rcpt_to", "554 5.7.1 <x>: Client host rejected: Access denied", **NO_LOGIN),
    ),
    ("rcpt-user-unknown", said("rcpt_to", "550 No such user here")),
    ("policy-gmail-daily-quota", said("data", "454 Throttling failure: Daily message quota")),
    ("policy-account-suspended", said("data", "554 Message rejected: Sending paused for this")),
    ("starttls-required-530", said("auth", "530 5.7.7 sending without SSL/TLS is not", **CLEAR)),
    ("starttls-injected-plaintext", facts("starttls", "unasked", error="250 ahead of its time")),
    ("starttls-502-not-available", said("starttls", "500 5.3.3 Unrecognized command")),
    ("tls-self-signed", facts("tls", "certificate", error="self-signed certificate (_ssl.c:1)")),
    ("ehlo-ftp-server", foreign("220 ProFTPD Server ready.\r\n", port=21)),
    ("auth-asked-on", said("auth", "334 T25lLVRpbWUgUGFzc3dvcmQ6", mechanisms=("LOGIN",))),
    (
        "oauth-audience",
        oauth(
            "refused",
            "status 403, access_denied: Service not enabled within domain: https://mail.example",
        ),
    ),
    (
        "oauth-audience",
        oauth(
            "refused",
            "status 400, invalid_target: The requested resource is invalid, unknown, or malformed",
        ),
    ),
    (
        "oauth-audience",
        oauth(
            "refused",
            "status 403, access_denied: Service not enabled within domain:"
            " https://mail.example.com",
        ),
    ),
    (
        "oauth-invalid-scope",
        oauth(
            "refused", "status 403, access_denied: Client has not been granted scopes: send:mail"
        ),
    ),
    (
        "oauth-client-authentication-method",
        oauth("refused", "status 400, invalid_dpop_proof: DPoP proof is missing"),
    ),
    (
        "oauth-unauthorized-client",
        oauth("refused", "status 400, consent_required: Admin consent is required for application"),
    ),
    (
        "oauth-client-unknown",
        oauth(
            "invalid_client",
            "status 400, invalid_client: MSIS9607: The 'client_id' parameter in the request is"
            " invalid. No registered client is found with this identifier.",
        ),
    ),
    (
        "oauth-m365-tenant-not-found",
        oauth(
            "invalid_request",
            "status 400, invalid_request: AADSTS900382: Confidential Client is not supported in"
            " Cross Cloud request.",
        ),
    ),
    (
        "oauth-token-out-of-date",
        oauth("token_refused", "535 5.7.8 Error: authentication failed: token has expired"),
    ),
    (
        "oauth-unauthorized-client",
        oauth("refused", "status 401, The client application is not assigned to any role for SMTP"),
    ),
    (
        "oauth-unauthorized-client",
        oauth("invalid_client", "status 400, invalid_client: this client is not allowed here"),
    ),
    (
        "oauth-m365-permission-missing",
        oauth(
            "invalid_request",
            "status 400, invalid_request: AADSTS90023: No applicable permissions were found for"
            " this user.",
        ),
    ),
    (
        "oauth-invalid-grant",
        oauth("invalid_grant", "status 400, invalid_grant: Invalid resource owner credentials"),
    ),
    (
        "connect-no-address-of-a-server",
        facts("connect", "blocked", error="address :: is unspecified", server="::"),
    ),
    (
        "auth-xoauth2-m365-refused",
        oauth(
            "token_refused",
            "535 5.7.3 Authentication unsuccessful [x.outlook.com]",
            scopes="https://outlook.office365.com/.default",
            **M365,
        ),
    ),
    (
        "auth-xoauth2-m365-scope",
        oauth(
            "token_refused",
            "535 5.7.3 Authentication unsuccessful",
            server="relay.test",
            scopes="https://management.azure.com/.default",
        ),
    ),
    ("tls-version-too-high", tls("UNSUPPORTED_PROTOCOL", tls_version=TLSVersion.V1_3, **GMAIL)),
    ("dns-provider-without-smtp", facts("connect", "timeout", server="smtp.hey.com")),
    (
        "banner-web-page-of-a-catcher",
        foreign("HTTP/1.1 400 Bad Request", server="mailcatcher", port=1080),
    ),
    ("tls-default-certificate-of-the-system", certificate(18, chain=(shown("Plesk", "Plesk"),))),
    ("tls-default-certificate-of-the-system", certificate(18, chain=(shown("debian", "debian"),))),
    ("tls-self-signed", certificate(18, chain=(shown("mail.example.org"),))),
    *(
        ("oauth-scopes-empty", oauth(reason, words))
        for reason, words in (
            ("invalid_scope", "status 400, invalid_scope: Empty or missing scope not allowed"),
            ("invalid_request", "invalid_request: Missing required parameter: scope"),
        )
    ),
    *(
        ("auth-not-supported", facts("auth", "not_offered", port=25, server=server))
        for server in ("10.0.0.25", "mailrelay", "relay.corp.local")
    ),
    (
        "auth-m365-504-direct-send-with-user",
        facts("auth", "not_offered", port=25, server="x.mail.protection.outlook.com"),
    ),
    *(
        ("connect-port-of-another-service", facts("connect", kind, port=port))
        for kind, port in (("refused", 993), ("timeout", 443))
    ),
    ("auth-exchange-broken-off", said("auth", "501 5.5.2 Error: Cannot decode base64 response")),
    (
        "auth-gateway-to-exchange",
        said("banner", "421 DavMail configuration exception: Connect exception: x", port=1025),
    ),
    ("tls-garbled-on-the-way", tls("SSLV3_ALERT_BAD_RECORD_MAC")),
    (
        "policy-account-compromised",
        said(
            "auth",
            "535 Login to your account has been disabled for security reasons, please reset your"
            " password at https://a.test/",
        ),
    ),
    (
        "auth-user-name-malformed",
        said("auth", "535 5.7.8 Error: authentication failed", username="ada@a.test@a.test"),
    ),
    (
        "auth-smtp-switched-off",
        said("auth", "535 5.7.8 Dostep do poczty przez programy zewnetrzne jest wylaczony."),
    ),
    (
        "auth-user-name-refused",
        said("auth", "535 5.7.8 Authentication is not allowed for user root", username="root"),
    ),
    ("auth-exchange-broken-off", said("auth", "501 5.5.4 Syntax: AUTH mechanism")),
    *(
        ("policy-subscription-ended", said("auth", f"535 5.7.0 {words}"))
        for words in (
            "Servizio scaduto: rinnovare il dominio",
            "Your mailbox licence has expired",
            "Ihr Vertrag ist abgelaufen",
            "La suscripcion ha caducado",
            "Votre abonnement a expire",
            "Срок действия услуги истек",
            "您的套餐已到期",
            "ご契約が終了しています",
        )
    ),
    (
        "auth-login-service-broken",
        said(
            "auth",
            "535 5.7.8 Error: authentication failed: connection to database server at 10.0.0.5"
            " refused",
        ),
    ),
    *(
        ("banner-server-trouble", said("banner", f"421 4.3.0 {words}"))
        for words in (
            "fatal: no SASL authentication mechanisms",
            "Service unavailable - virus scanner not running",
        )
    ),
    ("connect-fake-address", facts("banner", "closed", addresses=("198.18.0.45",))),
    (
        "oauth-m365-consent-missing",
        oauth(
            "invalid_grant", "AADSTS90099: The application has not been authorized in the tenant"
        ),
    ),
    (
        "oauth-google-no-client-credentials",
        oauth("invalid_client", "invalid_client: The OAuth client was not found.", **GMAIL),
    ),
    (
        "auth-nonascii-535",
        said(
            "auth",
            "501 5.5.2 Invalid UTF-8 in authentication data",
            password=frozenset({PasswordTrait.NON_ASCII}),
        ),
    ),
    (
        "auth-smtp-switched-off",
        said("auth", "535 5.7.0 This mailbox type can only be used with webmail"),
    ),
    (
        "policy-account-suspended",
        said("auth", "535 5.7.1 Account temporarily suspended. Contact the service desk"),
    ),
    (
        "banner-country-closed",
        said("banner", "550 5.7.1 Connections from outside Japan are not accepted"),
    ),
    (
        "auth-web-login",
        said(
            "auth",
            "535 5.7.0 This device has not been authorized for this account. Approve it in your"
            " settings.",
        ),
    ),
    *(
        ("banner-banned-after-logins", said("banner", f"554 {words}"))
        for words in (
            "Su IP ha sido bloqueada por intentos de acceso fallidos",
            "IP bloquee apres plusieurs tentatives de connexion echouees",
            "IP bloccato dopo diversi tentativi falliti",
        )
    ),
    ("ehlo-name-refused", said("ehlo", "550 5.7.1 Your HELO name looks like a dynamic hostname")),
    (
        "banner-tls-at-once-unknown",
        said("auth", "530 5.7.0 Must issue a STARTTLS command first", **IMPLICIT),
    ),
    (
        "auth-user-name-refused",
        said("auth", "535 5.7.8 Domain test.example is not configured on this server"),
    ),
    (
        "oauth-invalid-scope",
        oauth(
            "unauthorized_client",
            "status 400, access_denied You are not allowed to access any of the requested scopes.",
        ),
    ),
    (
        "oauth-audience",
        oauth(
            "unauthorized_client", "status 403, access_denied Service not found: https://mail.test"
        ),
    ),
    ("oauth-endpoint-busy", oauth("refused", "status 200, general_error")),
    (
        "oauth-m365-tenant-not-found",
        oauth("invalid_request", "invalid_request: AADSTS50049: NoSuchInstanceForDiscovery"),
    ),
    (
        "oauth-client-secret-missing",
        oauth("invalid_client", "invalid_client: No client credentials found."),
    ),
    (
        "auth-web-login",
        said(
            "auth", "535 Unusual sign-in activity detected. Verify your identity at https://a.test/"
        ),
    ),
    (
        "auth-credentials-refused",
        said("auth", "535 5.7.8 Login incorrect. Please check your settings"),
    ),
    (
        "starttls-required-530",
        said(
            "auth",
            "530 5.7.0 Anmeldung nur ueber verschluesselte Verbindung (TLS) moeglich",
            **CLEAR,
        ),
    ),
    ("policy-subscription-ended", said("auth", "535 5.7.1 The domain test.example has expired")),
    ("policy-not-in-plan", said("auth", "550 SMTP is a premium feature")),
    ("banner-address-not-listed", said("banner", "554 5.7.1 This relay is for internal use only")),
    (
        "auth-other-region",
        said("auth", "535 5.7.8 This server is being retired. Please use smtp.new.test.example"),
    ),
]
