"""Fetching an access token, and what can go wrong on the way (SPEC F8, L3, T8, D3)."""

from __future__ import annotations

import base64
import errno
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.exchange import BODY_LIMIT
from smtp_panel.net.fault import NetworkFault, NetworkKind
from smtp_panel.net.guard import Guard
from smtp_panel.net.network import Address, Network, system_connect
from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import OAuthClient
from smtp_panel.smtp.facts import FaultKind, OAuthReason, Stage
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.oauth import fetch
from smtp_panel.smtp.token_response import (
    LIFE_UNTOLD,
    LONGEST_DESCRIPTION,
    LONGEST_WAIT,
)
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartScripted, StartTokenServer
from tests.servers.scripted import Step, close, drip, expect, hang, reset, send
from tests.servers.token_server import CLIENT_SECRET, JSON, Answer, error, token
from tests.smtp.conversations import BETWEEN_LOOKS, LONG, Passing

SHORT = 0.3  # seconds; the deadline where the endpoint never ends
HTML = Answer(body=b"<!DOCTYPE html><title>internal</title>", headers={})
OK = b"HTTP/1.1 200 OK\r\n"
DATE = "Sat, 28 Nov 2026 10:00:00 GMT"


def fault_of(
    client: OAuthClient, deadline: Deadline | None = None, network: Network | None = None
) -> Fault:
    """The fetch, which fails."""
    with pytest.raises(Fault) as caught:
        fetch(client, deadline or Deadline(LONG), network or Network())
    assert (caught.value.kind, caught.value.stage) == (FaultKind.OAUTH, Stage.AUTH)
    return caught.value


def client_of(url: str, **choices: Any) -> OAuthClient:
    """A client of the token endpoint at `url`."""
    usual: dict[str, Any] = {"client_id": "panel", "client_secret": Secret(CLIENT_SECRET)}
    return OAuthClient(**(usual | {"token_endpoint": url} | choices))


def test_it_posts_a_form_and_takes_the_token(token_endpoint: StartTokenServer) -> None:
    """F8: client credentials in the body, as RFC 6749, section 4.4 and Microsoft want it."""
    endpoint = token_endpoint(token("t0k3n"))
    grant = fetch(endpoint.client(), Deadline(LONG), Network())
    assert (grant.token.reveal(), grant.life) == ("t0k3n", 3600)
    assert endpoint.forms == [
        {
            "grant_type": "client_credentials",
            "client_id": "panel",
            "client_secret": CLIENT_SECRET,
            "scope": "mail.send offline",
        }
    ]
    (headers,) = endpoint.headers
    assert headers["request"] == "POST /oauth2/token?v=2 HTTP/1.1"
    assert headers["Host"] in endpoint.url
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_without_scopes_none_are_named(token_endpoint: StartTokenServer) -> None:
    """RFC 6749, section 4.4.2: the scope is optional."""
    endpoint = token_endpoint(token("t0k3n"))
    fetch(endpoint.client(scopes=""), Deadline(LONG), Network())
    assert "scope" not in endpoint.forms[0]


def test_it_names_itself_by_http_basic_where_that_is_asked_for(
    token_endpoint: StartTokenServer,
) -> None:
    """RFC 6749, section 2.3.1: form-encoded first, and once only."""
    asks = Answer(401, {"error": "invalid_client"}, {"WWW-Authenticate": 'Basic realm="x"'})
    endpoint = token_endpoint(asks, token("t0k3n"))
    grant = fetch(endpoint.client(client_id="a:b"), Deadline(LONG), Network())
    assert grant.token.reveal() == "t0k3n"
    sent = base64.b64decode(endpoint.headers[1]["Authorization"].removeprefix("Basic "))
    assert sent == b"a%3Ab:s3cret%2F%2B%C3%A4~"
    assert set(endpoint.forms[1]) == {"grant_type", "scope"}
    refusing = token_endpoint(asks)
    assert fault_of(refusing.client()).reason is OAuthReason.INVALID_CLIENT
    assert len(refusing.forms) == 2


ODD: list[object] = [None, 0, -5, "soon", [], {}, float("nan"), "inf", 10**400]


@pytest.mark.parametrize(
    ("told", "life"),
    [(120, 120), ("3599", 3599), (0.5, 0.5), *((odd, LIFE_UNTOLD) for odd in ODD)],
)
def test_an_odd_life_of_a_token_counts_as_untold(
    token_endpoint: StartTokenServer, told: object, life: float
) -> None:
    """RFC 6749, section 5.1: expires_in is only recommended."""
    endpoint = token_endpoint(token("t0k3n", expires_in=told))
    assert fetch(endpoint.client(), Deadline(LONG), Network()).life == life


AADSTS = "AADSTS7000222: The provided client secret keys for app 'x' are expired."


@pytest.mark.parametrize(
    ("answer", "reason", "told"),
    [
        (
            error(401, "invalid_client", "Unknown client"),
            "invalid_client",
            "invalid_client: Unknown client",
        ),
        (error(400, "invalid_scope", "bad"), "invalid_scope", "invalid_scope: bad"),
        (error(400, "invalid_grant"), "invalid_grant", "invalid_grant"),
        (error(400, "unauthorized_client", "no"), "unauthorized_client", "unauthorized_client: no"),
        (
            error(400, "unsupported_grant_type", "no"),
            "unsupported_grant_type",
            "unsupported_grant_type: no",
        ),
        (
            error(400, "invalid_request", "two\r\n lines\0"),
            "invalid_request",
            "invalid_request: two lines",
        ),
        (
            error(200, "invalid_client", "as GitHub does"),
            "invalid_client",
            "invalid_client: as GitHub does",
        ),
        (error(401, "invalid_client", AADSTS), "expired_secret", f"invalid_client: {AADSTS}"),
        (error(403, "access_denied", "no"), "unauthorized_client", "status 403, access_denied no"),
        (error(400, "<script>", "x"), "refused", "status 400, an error x"),
        (error(503, "temporarily_unavailable"), "busy", "status 503"),
        (error(429, "invalid_client"), "busy", "status 429"),
        (Answer(400, {"error": {"code": 400}}), "refused", "status 400"),
        (error(401, "INVALID_CLIENT", "no"), "invalid_client", "INVALID_CLIENT: no"),
        (
            Answer(401, {"errorCode": "invalid_client", "errorSummary": "as Okta does"}),
            "invalid_client",
            "invalid_client: as Okta does",
        ),
        (
            Answer(403, {"error": {"code": 403, "status": "ACCESS_DENIED", "message": "no"}}),
            "unauthorized_client",
            "status 403, ACCESS_DENIED no",
        ),
        (Answer(404, b"<html>internal"), "not_found", "status 404"),
        (
            Answer(503, b"", {"Retry-After": "120"}),
            "busy",
            "status 503, to be asked again in 120 s",
        ),
        (Answer(503, b"", {"Retry-After": "tomorrow"}), "busy", "status 503"),
        *(
            (Answer(n, b"", {"Location": "/x"}), "redirected", f"status {n}")
            for n in (301, 302, 307)
        ),
        (HTML, "not_json", "status 200, 38 octets"),
        (Answer(body=b"[" * 60_000), "not_json", "status 200, 60000 octets"),
        (Answer(body=b'"\xff"'), "not_json", "status 200, 3 octets"),
        (Answer(body=[1]), "not_json", "status 200, 3 octets"),
        (Answer(204), "not_json", "status 204, 0 octets"),
        (Answer(body={}), "no_token", "no access_token in the answer"),
        (token(""), "no_token", "no access_token in the answer"),
        (token("two words"), "no_token", "no access_token in the answer"),
        (token("x\x01auth=y"), "no_token", "no access_token in the answer"),
        (token("x", access_token=5), "no_token", "no access_token in the answer"),
        (token("x", token_type="mac"), "no_token", "the token is not of the type Bearer"),
    ],
)
def test_each_refusal_has_its_reason(
    token_endpoint: StartTokenServer, answer: Answer, reason: str, told: str
) -> None:
    """D1, L3: the endpoint's own words where it is one, and its kind alone where it is not."""
    endpoint = token_endpoint(answer)
    fault = fault_of(endpoint.client())
    assert (fault.reason, str(fault.error)) == (OAuthReason(reason), told)
    assert len(endpoint.forms) == 1


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (Answer(503, b"", {"Retry-After": "120"}), 120),
        (error(429, "slow_down"), None),
        (Answer(429, b"", {"Retry-After": "Sat, 28 Nov 2026 10:01:30 GMT", "Date": DATE}), 90),
        (Answer(503, b"", {"Retry-After": "Sat, 28 Nov 2026 09:00:00 GMT", "Date": DATE}), None),
        (Answer(503, b"", {"Retry-After": "soon", "Date": DATE}), None),
        (Answer(503, b"", {"Retry-After": "-1"}), None),
        (Answer(503, b"", {"Retry-After": str(LONGEST_WAIT)}), LONGEST_WAIT),
        (Answer(503, b"", {"Retry-After": str(LONGEST_WAIT + 1)}), None),
        (Answer(503, b"", {"Retry-After": "9" * 5000}), None),
        (Answer(400, {"error": "slow_down"}, JSON | {"Retry-After": "7"}), 7),
    ],
)
def test_the_time_that_the_endpoint_asks_for_is_known_in_seconds(
    token_endpoint: StartTokenServer, answer: Answer, seconds: int | None
) -> None:
    """D3, RFC 9110, section 10.2.3: a number or a date, which counts from the answer's own."""
    fault = fault_of(token_endpoint(answer).client())
    assert (fault.reason, fault.retry_after) == (OAuthReason.BUSY, seconds)


@pytest.mark.parametrize("field", ["client_id", "scopes"])
def test_a_guess_in_another_field_is_not_answered(
    token_endpoint: StartTokenServer, field: str
) -> None:
    """F4: what is shown is the same for a right one and for a wrong one, where it returns."""

    def told(guess: str) -> str:
        url = token_endpoint(error(400, "invalid_scope", f"There is no {guess} here.")).url
        entered = {field: f"mail.send {guess}"}
        fault = fault_of(client_of(url, client_secret=Secret("hunter2"), **entered))
        return str(fault.error).replace(guess, "GUESS")

    assert told("hunter2") == told("hunter3") == "invalid_scope: There is no GUESS here."


def test_what_the_endpoint_says_is_cut_and_without_the_secret(
    token_endpoint: StartTokenServer,
) -> None:
    """F4: as it stands, and as HTTP Basic sends it; no half of it at the cut."""
    basic = base64.b64encode(b"panel:s3cret%2F%2B%C3%A4~").decode()
    echo = f"{CLIENT_SECRET} {basic} " + "x" * (LONGEST_DESCRIPTION - 20) + CLIENT_SECRET
    told = str(fault_of(token_endpoint(error(401, "invalid_client", echo)).client()).error)
    assert "s3c" not in told
    assert basic[:8] not in told
    assert len(told) <= len("invalid_client: ") + LONGEST_DESCRIPTION


HUGE = b"Content-Length: 99999999\r\n\r\n" + b"x" * (BODY_LIMIT + 1)
SIX = b"Transfer-Encoding: chunked\r\n\r\n6\r\n{}    \r\n"


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([close()], "unreachable"),
        ([reset()], "unreachable"),
        ([send(b"220 mail.test.example ESMTP\r\n"), close()], "not_json"),
        ([send(b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n\r\n"), close()], "not_json"),
        ([send(OK + b"a: b\r\n" * 200 + b"\r\n{}"), close()], "no_token"),
        ([send(OK + b"a: b\r\n" * 20_000 + b"\r\n{}"), close()], "not_json"),
        ([send(OK + b"Content-Length: 50\r\n\r\n{"), close()], "not_json"),
        ([send(OK + SIX), close()], "not_json"),
        ([send(OK + SIX + b"0\r\n\r\n"), close()], "no_token"),
        ([send(OK + SIX + b"-2\r\n"), close()], "not_json"),
        ([send(OK + SIX + b"-1\r\n" + b"x" * 10**6), hang()], "not_json"),
        ([send(OK + SIX + b"fffffffff\r\n" + b"x" * 10**6), hang()], "not_json"),
        ([send(OK + HUGE), hang()], "not_json"),
        ([send(b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000), hang()], "not_json"),
    ],
)
def test_whatever_answers_has_a_reason(
    scripted: StartScripted, steps: list[Step], reason: str
) -> None:
    """D1, T8: endless, torn and foreign answers, with a bounded memory."""
    server = scripted([expect("POST"), *steps])
    fault = fault_of(client_of(f"http://127.0.0.1:{server.port}/token"))
    assert fault.reason is OAuthReason(reason)


CONTINUE = drip(b"HTTP/1.1 100 Continue\r\n\r\n", 0.01)


@pytest.mark.parametrize(
    ("scheme", "steps"),
    [
        ("http", [CONTINUE]),
        ("https", [CONTINUE]),
        ("http", [send(OK), drip(b"x-header: x\r\n", 0.01)]),
        ("http", [send(OK + b"\r\n"), drip(b" ", 0.01)]),
        ("https", [send(OK + b"Transfer-Encoding: chunked\r\n\r\n"), drip(b"1\r\n \r\n", 0.01)]),
    ],
)
def test_the_deadline_is_over_all_that_the_endpoint_does(
    scripted: StartScripted,
    ca: CertificateAuthority,
    trusted: CertificateAuthority,
    scheme: str,
    steps: list[Step],
) -> None:
    """T8: a time limit for each read would be no limit for a dripping server."""
    tls = ca.good.context() if scheme == "https" else None
    server = scripted([expect("POST"), *steps], tls=tls)
    clock = Passing()
    url = f"{scheme}://127.0.0.1:{server.port}/"
    fault = fault_of(client_of(url), Deadline(LONG, clock))
    assert fault.reason is OAuthReason.TIMEOUT
    assert LONG < clock.now < LONG + 3 * BETWEEN_LOOKS


def test_an_endpoint_that_says_nothing_is_over_at_the_deadline(scripted: StartScripted) -> None:
    """T8: and told as silent."""
    server = scripted([expect("POST"), hang()])
    fault = fault_of(client_of(f"http://127.0.0.1:{server.port}/"), Deadline(LONG, server.clock))
    assert fault.reason is OAuthReason.TIMEOUT


@pytest.mark.parametrize("step", [hang(), drip(b"\x16", 0.01)])
def test_a_handshake_that_never_ends_ends_with_the_deadline(
    scripted: StartScripted, step: Step
) -> None:
    """T8: the same for TLS."""
    server = scripted([step])
    fault = fault_of(client_of(f"https://127.0.0.1:{server.port}/"), Deadline(SHORT))
    assert fault.reason in {OAuthReason.TIMEOUT, OAuthReason.TLS}


def test_https_is_verified_with_the_systems_store(
    token_endpoint: StartTokenServer, ca: CertificateAuthority, trusted: CertificateAuthority
) -> None:
    """F8: SSL_CERT_FILE is honoured."""
    endpoint = token_endpoint(token("t0k3n"), tls=ca.good.context())
    assert fetch(endpoint.client(), Deadline(LONG), Network()).token.reveal() == "t0k3n"


@pytest.mark.parametrize("shown", ["untrusted", "expired", "wrong_name", "self_signed"])
def test_a_certificate_that_is_not_trusted_gets_no_secret(
    token_endpoint: StartTokenServer,
    ca: CertificateAuthority,
    trusted: CertificateAuthority,
    shown: str,
) -> None:
    """F8: verification is never left out."""
    endpoint = token_endpoint(token("t0k3n"), tls=getattr(ca, shown).context())
    fault = fault_of(endpoint.client())
    assert fault.reason is OAuthReason.CERTIFICATE
    assert "certificate verify failed" in str(fault.error)
    assert endpoint.forms == []


def test_a_server_without_tls_is_a_matter_of_tls(token_endpoint: StartTokenServer) -> None:
    """D1: https asked of http."""
    endpoint = token_endpoint(token("t0k3n"))
    url = endpoint.url.replace("http", "https")
    assert fault_of(endpoint.client(token_endpoint=url)).reason is OAuthReason.TLS


class Elsewhere(RuntimeError):
    """Something was dialled that must not be."""


def network_of(*addresses: str, connect: Callable[..., socket.socket] | None = None) -> Network:
    """A network in which every name has these addresses."""

    def refuse(address: Address) -> socket.socket:
        raise Elsewhere(str(address))

    return Network(lookup=lambda _name: list(addresses), connect=connect or refuse)


@pytest.mark.parametrize(
    "url",
    [
        *("http://login.example/token", "ftp://login.example/", "login.example/token", ""),
        *("https://", "https:///token", "https://user:pw@login.example/", "https://a b/"),
        *("https://login.example:99999/", "https://login.example:0/", "https://[::1/"),
        *("https://login.example/\r\nX: y", "https://löwe.example/", "javascript:alert(1)"),
    ],
)
def test_what_is_no_https_address_gets_no_secret(url: str) -> None:
    """F8, L3: http is for this machine alone, whatever the name says."""
    fault = fault_of(client_of(url), network=network_of("192.0.2.1"))
    assert fault.reason is OAuthReason.BAD_URL


def test_http_is_for_names_of_this_machine(token_endpoint: StartTokenServer) -> None:
    """F8: a token endpoint beside the panel, and every address counts."""
    endpoint = token_endpoint(token("t0k3n"))
    client = endpoint.client(token_endpoint=endpoint.url.replace("127.0.0.1", "localhost"))
    both = Network(lookup=lambda _name: ["::1", "127.0.0.1"])
    assert fetch(client, Deadline(LONG), both).token.reveal() == "t0k3n"
    fault = fault_of(client, network=network_of("127.0.0.1", "192.0.2.1"))
    assert fault.reason is OAuthReason.BAD_URL


def test_http_is_for_whoever_the_operator_allows_it() -> None:
    """L3: else a form posts to whatever listens on this machine; nothing is looked up for it."""
    network = Network(lookup=lambda _name: pytest.fail("looked up"), http=False)
    fault = fault_of(client_of("http://localhost/token"), network=network)
    assert fault.reason is OAuthReason.BAD_URL


def test_the_address_that_was_resolved_is_the_one_that_is_dialled(
    token_endpoint: StartTokenServer, ca: CertificateAuthority, trusted: CertificateAuthority
) -> None:
    """L3: one look-up, so that a name that moves moves nothing; Host and SNI stay the name."""
    endpoint = token_endpoint(token("t0k3n"), tls=ca.good.context())
    port = int(endpoint.url.split(":")[2].split("/")[0])
    asked: list[str] = []
    dialled: list[Address] = []

    def lookup(name: str) -> list[str]:
        asked.append(name)
        return ["192.0.2.7"]

    def connect(address: Address) -> socket.socket:
        dialled.append(address)
        return system_connect(Address("127.0.0.1", port))

    client = endpoint.client(token_endpoint="https://mail.test.example/token")
    fetch(client, Deadline(LONG), Network(lookup, connect))
    assert asked == ["mail.test.example"]
    assert dialled == [Address("192.0.2.7", 443)]
    assert endpoint.headers[0]["Host"] == "mail.test.example"


def test_who_is_asked_by_http_basic_is_who_has_asked_for_it(
    token_endpoint: StartTokenServer,
) -> None:
    """L1, L3: else one attempt would reach other addresses with each of its requests."""
    asks = Answer(401, {"error": "invalid_client"}, {"WWW-Authenticate": 'Basic realm="x"'})
    endpoint = token_endpoint(asks, token("t0k3n"))
    moving = iter([["127.0.0.1"]])
    network = Network(lookup=lambda _name: next(moving, ["127.0.0.2"]))
    client = endpoint.client(token_endpoint=endpoint.url.replace("127.0.0.1", "localhost"))
    assert fetch(client, Deadline(LONG), network).token.reveal() == "t0k3n"


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "name_not_found"),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "name_temporary"),
        (socket.gaierror(socket.EAI_SYSTEM, "System error"), "name_temporary"),
        (ConnectionRefusedError(111, "Connection refused"), "unreachable"),
        (OSError(101, "Network is unreachable"), "unreachable"),
        (TimeoutError("timed out"), "timeout"),
    ],
)
def test_what_the_network_does_has_its_reason(problem: OSError, reason: str) -> None:
    """D1: a name that is not found, a closed port, no route, silence."""

    def fail(*_arguments: object) -> Any:
        raise problem

    network = network_of("192.0.2.1", connect=fail)
    if isinstance(problem, socket.gaierror):
        network = Network(lookup=fail)
    fault = fault_of(client_of("https://login.example/token"), network=network)
    assert (fault.reason, str(fault.error)) == (OAuthReason(reason), str(problem))


def test_what_this_machine_lacks_is_no_matter_of_the_endpoint() -> None:
    """D1: too many open files are told as such, as for the mail server."""

    def fail(_address: Address) -> socket.socket:
        raise OSError(errno.EMFILE, "Too many open files")

    network = network_of("192.0.2.1", connect=fail)
    with pytest.raises(NetworkFault) as caught:
        fetch(client_of("https://login.example/token"), Deadline(LONG), network)
    assert caught.value.kind is NetworkKind.LOCAL


@pytest.mark.parametrize(
    ("url", "address", "guard"),
    [
        ("https://login.example/", "169.254.169.254", Guard()),
        ("https://login.example/", "::ffff:169.254.169.254", Guard()),
        ("https://login.example/", "10.0.0.1", Guard(block_private=True)),
        ("http://localhost/", "127.0.0.1", Guard(block_private=True)),
        ("https://login.example:8443/", "192.0.2.1", Guard(ports=(587,))),
    ],
)
def test_an_endpoint_that_the_guard_refuses_is_not_dialled(
    url: str, address: str, guard: Guard
) -> None:
    """L3: guarded like any other target; were it dialled, Elsewhere would be raised."""
    network = replace(network_of(address), web_guard=guard)
    assert fault_of(client_of(url), network=network).reason is OAuthReason.BLOCKED


def test_the_port_of_https_is_open_whatever_ports_mail_may_use() -> None:
    """L3: the operator's list is of mail ports."""
    network = replace(network_of("192.0.2.1"), web_guard=Guard(ports=(587,)))
    with pytest.raises(Elsewhere):
        fetch(client_of("https://login.example/"), Deadline(LONG), network)


def test_a_name_without_addresses_is_a_matter_of_the_name() -> None:
    """D1: as for the mail server."""
    fault = fault_of(client_of("https://login.example/"), network=network_of())
    assert fault.reason is OAuthReason.NAME_NOT_FOUND
    assert str(fault.error) == "the name has no address"


WORDS = [
    *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 ", b"401", b"\r\n", b"\r\n\r\n", b"Content-Length: 5"),
    *(b"Transfer-Encoding: chunked", b"5\r\n", b"-1\r\n", b'{"access_token":', b'"x"}', b"\0"),
    *(b"Content-Length: -9", b"\xff", b": ", b"WWW-Authenticate: Basic", b"0\r\n\r\n", b"[[{"),
]


@settings(max_examples=100, derandomize=True, deadline=None, database=None)
@given(st.one_of(st.binary(max_size=60), st.lists(st.sampled_from(WORDS)).map(b"".join)))
def test_any_answer_ends_in_a_token_or_a_fault(octets: bytes) -> None:
    """D1, T8: whatever comes, nothing else is raised."""

    def connect(_address: Address) -> socket.socket:
        ours, theirs = socket.socketpair()
        theirs.sendall(octets)
        theirs.shutdown(socket.SHUT_WR)
        kept.append(theirs)
        return ours

    kept: list[socket.socket] = []
    try:
        fetch(client_of("http://localhost/"), Deadline(LONG), network_of("::1", connect=connect))
    except Fault as fault:
        met = fault.kind
    else:
        met = FaultKind.OAUTH
    finally:
        for end in kept:
            end.close()
    assert met is FaultKind.OAUTH
