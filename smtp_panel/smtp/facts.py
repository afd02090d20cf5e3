"""What is known about a failure: gathered by the connection, and read by the diagnosis."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from smtp_panel.net.certificates import Chain
from smtp_panel.net.tls import TLSVersion
from smtp_panel.smtp.endpoint import Security
from smtp_panel.words import Said

NEGATIVE = frozenset({4, 5})  # the first digit of a refusal; RFC 5321, section 4.2.1


class Stage(StrEnum):
    """The step of the conversation that a failure belongs to."""

    INPUT = "input"
    DNS = "dns"
    CONNECT = "connect"
    BANNER = "banner"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    TLS = "tls"
    AUTH = "auth"
    MAIL_FROM = "mail_from"
    RCPT_TO = "rcpt_to"
    DATA = "data"
    QUIT = "quit"
    POLICY = "policy"


class FaultKind(StrEnum):
    """How a step failed, as the socket, the TLS library or the server let us know.

    UNASKED: the server answered a command that was not sent; TOO_LARGE: the message is larger than
    the server takes; OAUTH: no access token could be had, or the server takes none or refused it,
    for an OAuthReason; BLOCKED: the panel does not connect there; LOCAL: this
    machine lacks open files, memory or threads; PIN: the server's certificate is not the one that
    is pinned.
    """

    REPLY = "reply"
    TIMEOUT = "timeout"
    CLOSED = "closed"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    DNS_NOT_FOUND = "dns_not_found"
    DNS_TEMPORARY = "dns_temporary"
    DNS_NO_ADDRESS = "dns_no_address"
    CERTIFICATE = "certificate"
    TLS = "tls"
    NOT_SMTP = "not_smtp"
    UNASKED = "unasked"
    NOT_OFFERED = "not_offered"
    TOO_LARGE = "too_large"
    CREDENTIALS_MISSING = "credentials_missing"
    OAUTH = "oauth"
    BLOCKED = "blocked"
    LOCAL = "local"
    PIN = "pin"
    ERROR = "error"


class OAuthReason(StrEnum):
    """Why there is no login by OAuth 2.0.

    The first group is met before the token endpoint is asked, the second on the way there, the
    third is its answer: those of RFC 6749, section 5.2 by its words, and BUSY, NOT_FOUND and
    REFUSED for all that has none. In the last group the mail server takes no token (NOT_OFFERED),
    refused a new one, or hung up over a cached one.
    """

    NO_CLIENT = "no_client"
    BAD_URL = "bad_url"

    BLOCKED = "blocked"
    NAME_NOT_FOUND = "name_not_found"
    NAME_TEMPORARY = "name_temporary"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    CERTIFICATE = "certificate"

    REDIRECTED = "redirected"
    NOT_JSON = "not_json"
    NO_TOKEN = "no_token"  # noqa: S105  (a reason)
    INVALID_CLIENT = "invalid_client"
    EXPIRED_SECRET = "expired_secret"  # noqa: S105  (a reason)
    INVALID_GRANT = "invalid_grant"
    INVALID_REQUEST = "invalid_request"
    INVALID_SCOPE = "invalid_scope"
    UNAUTHORIZED_CLIENT = "unauthorized_client"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    BUSY = "busy"
    NOT_FOUND = "not_found"
    REFUSED = "refused"

    NOT_OFFERED = "not_offered"
    TOKEN_REFUSED = "token_refused"  # noqa: S105  (a reason)
    CACHED_TOKEN = "cached_token"  # noqa: S105  (a reason)


class Handover(StrEnum):
    """How far the content of the message got when something failed."""

    NOT_BEGUN = "not_begun"
    SENDING = "sending"
    FINISHED = "finished"


class PasswordTrait(StrEnum):
    """What may make a right password look wrong; nothing else about a password is told."""

    NON_ASCII = "non_ascii"
    WHITE_SPACE_AT_END = "white_space_at_end"
    ODD_BLANK = "odd_blank"
    IN_GROUPS = "in_groups"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known about one failure.

    `text` is the reply's text, its lines joined by newlines, codes removed and secrets redacted;
    `enhanced` an RFC 3463 code such as "5.7.8"; `raw` the first bytes of the connection read as
    latin-1; `offered` and `offered_tls` the EHLO lines before and after TLS; `mechanisms` the SASL
    mechanisms in force; `mechanism` the one by which a login was refused; `refusals` earlier
    refusals of the same conversation, such as "535 5.7.8 no"; `password` what is odd about it;
    `answers` how TLS started where that was tried at the same port afterwards and worked;
    `open_port` another one at the same address, where that was tried and worked; `scopes` those
    asked for with a token at the `token_endpoint`; `ehlo_name` that by which this machine
    introduced itself; `tls_version` the lowest that is accepted here; `own_authority` whether an
    authority that was entered is trusted in place of all that this machine knows; `verify_code`
    OpenSSL's X509_V_ERR number; `tls_reason` its reason, such as "WRONG_VERSION_NUMBER"; `chain`
    the certificates that the server showed, its own first, where its certificate was refused;
    `addresses` those to which its name led; `reached` the one of them that was connected to; `at`
    the time, in seconds since 1970; `reason` why there is no login by OAuth; `retry_after` the
    seconds after which the token endpoint wants to be asked again; `error` how it failed, in our
    words, the library's or the token endpoint's.
    """

    stage: Stage
    kind: FaultKind
    server: str
    port: int
    security: Security
    tls_version: TLSVersion = TLSVersion.V1_2
    own_authority: bool = False
    addresses: tuple[str, ...] = ()
    reached: str = ""
    ehlo_name: str = ""
    username: str = ""
    password: frozenset[PasswordTrait] = frozenset()
    scopes: str = ""
    token_endpoint: str = ""
    sender: str = ""
    recipient: str = ""
    reason: OAuthReason | None = None
    retry_after: int | None = None
    code: int | None = None
    enhanced: str | None = None
    text: str = ""
    error: Said = ""
    greeting: str = ""
    raw: str = field(default="", repr=False)
    offered: tuple[str, ...] = ()
    offered_tls: tuple[str, ...] = ()
    mechanisms: tuple[str, ...] = ()
    mechanism: str = ""
    refusals: tuple[str, ...] = ()
    answers: Security | None = None
    open_port: int | None = None
    handover: Handover = Handover.NOT_BEGUN
    verify_code: int | None = None
    tls_reason: str = ""
    chain: Chain = ()
    at: float = 0

    @property
    def may_have_been_sent(self) -> bool:
        """Whether the server may have taken the message all the same (SPEC D4).

        So it is from the final dot on until a 4yz or 5yz says no; everything else that may follow,
        silence and nonsense included, leaves it open. The one place that decides this.
        """
        said_no = self.kind is FaultKind.REPLY and (self.code or 0) // 100 in NEGATIVE
        return self.handover is Handover.FINISHED and not said_no
