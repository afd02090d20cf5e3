"""No frame of a traceback holds a password or a token, wherever a sign-in fails (SPEC F4)."""

from __future__ import annotations

import base64
import socket
import threading
import traceback
from collections.abc import Iterator
from contextlib import suppress
from types import FrameType

import pytest

from smtp_panel.net.deadline import Clock, Deadline
from smtp_panel.net.network import Network
from smtp_panel.secret import Secret
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.endpoint import Auth, Endpoint, OAuthClient
from smtp_panel.smtp.facts import OAuthReason, Stage
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.limits import overall
from smtp_panel.smtp.oauth import fetch
from smtp_panel.smtp.trace import Event
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartScripted, StartTokenServer
from tests.servers.scripted import (
    Conversation,
    Step,
    close,
    expect,
    greet,
    hang,
    reply,
    reset,
    send,
    start_tls,
)
from tests.servers.token_server import error, token
from tests.smtp.conversations import LONG, SOON, USER, endpoint_of

PASSWORD = "hunter2-S3cret-of-some-length"
TOKEN = "eyJ0eXAiOiJKV1Qi.eyJzdWIi0iJ1c2VyIn0.c2lnbmF0dXJl"


def ask_again(conversation: Conversation) -> None:
    """Take every answer for a part of one."""
    while True:
        reply("334 ")(conversation)
        conversation.line()


ENDS: dict[str, Step] = {
    "refused": reply("535 5.7.8 no"),
    "closed": close(),
    "reset": reset(),
    "silent": hang(),
    "nonsense": send(b"\0\xff nonsense\r\n"),
    "asked again and again": ask_again,
}
ASKED = expect("AUTH LOGIN", "334 VXNlcm5hbWU6")
LOGINS: dict[str, tuple[Auth, list[Step]]] = {
    "PLAIN": (Auth.PLAIN, [expect("AUTH PLAIN ")]),
    "LOGIN": (Auth.LOGIN, [expect("AUTH LOGIN")]),
    "the user name of LOGIN": (Auth.LOGIN, [ASKED, expect("")]),
    "the password of LOGIN": (Auth.LOGIN, [ASKED, expect("", "334 UGFzc3dvcmQ6"), expect("")]),
}


def forms(secret: str) -> set[str]:
    """How it may be written: alone, in base64, and in base64 with what comes before it."""
    responses = (secret, f"\0{USER}\0{secret}", f"user={USER}\x01auth=Bearer {secret}\x01\x01")
    encoded = {base64.b64encode(text.encode()).decode() for text in responses}
    inside = {base64.b64encode(bytes(n) + secret.encode()).decode()[6:-6] for n in range(3)}
    return {secret, *encoded, *inside}


def frames(error: BaseException | None) -> Iterator[FrameType]:
    """The frames of the project and of the libraries that saw `error`, and what it came from."""
    while error:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if "/tests/" not in frame.f_code.co_filename:
                yield frame
        error = error.__cause__ or error.__context__


def texts(value: object) -> str:
    """What a tool that reports the locals of a frame shows of `value`."""
    if isinstance(value, memoryview):
        with suppress(ValueError):  # it was released
            value = bytes(value)
    return repr(value)


def assert_not_held(secret: str, caught: BaseException) -> None:
    """No local variable of a frame shows the secret in any form."""
    seen = list(frames(caught))
    assert seen
    held = [
        (frame.f_code.co_qualname, name)
        for frame in seen
        for name, value in frame.f_locals.items()
        if any(form in texts(value) for form in forms(secret))
    ]
    assert held == []


def failing(endpoint: Endpoint, clock: Clock) -> Fault:
    """The Fault of a connection that can't be opened."""
    connection = Connection(endpoint, overall(Deadline(LONG, clock)), Network())
    with pytest.raises(Fault) as caught:
        connection.open()
    connection.close()
    assert caught.value.stage is Stage.AUTH
    return caught.value


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("step", LOGINS)
def test_no_frame_holds_a_password(scripted: StartScripted, step: str, end: str) -> None:
    """F4: plain or in base64, at each step of each mechanism, however it ends."""
    auth, said = LOGINS[step]
    server = scripted([greet("AUTH PLAIN LOGIN"), *said, ENDS[end]])
    endpoint = endpoint_of(server, auth=auth, password=Secret(PASSWORD))
    assert_not_held(PASSWORD, failing(endpoint, server.clock))


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_no_frame_holds_a_token(
    scripted: StartScripted, token_endpoint: StartTokenServer, mechanism: str, end: str
) -> None:
    """F4: nor the secret of the client that fetched it."""
    server = scripted([greet(f"AUTH {mechanism}"), expect(f"AUTH {mechanism} "), ENDS[end]])
    client = token_endpoint(token(TOKEN)).client(client_secret=Secret(PASSWORD))
    endpoint = endpoint_of(server, auth=Auth.OAUTH2, oauth=client, password=None)
    fault = failing(endpoint, server.clock)
    assert_not_held(TOKEN, fault)
    assert_not_held(PASSWORD, fault)


GRANT = f'{{"access_token": "{TOKEN}", "token_type": "mac"}}'.encode()
OK = b"HTTP/1.1 200 OK\r\n"
BASIC = b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
PLENTY = b"Content-Length: 999\r\n\r\n"
CHUNK = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(GRANT)
ANSWERS: dict[str, list[Step]] = {
    "closed": [close()],
    "reset": [reset()],
    "silent": [hang()],
    "nonsense": [send(b"\0\xff nonsense\r\n"), close()],
    "refused": [send(b"HTTP/1.1 400 No\r\n\r\n"), close()],
    "a token of another type": [send(OK + b"\r\n" + GRANT), close()],
    "a token and silence": [send(OK + PLENTY + GRANT), hang()],
    "a token and no end": [send(OK + PLENTY + GRANT), close()],
    "a token and too much": [send(OK + b"\r\n" + GRANT + b" " * 70_000), close()],
    "a token and a bad chunk": [send(OK + CHUNK + GRANT + b"\r\n-1\r\n"), close()],
}


def ask_for_basic(conversation: Conversation) -> None:
    """Answer 401 to a client that does not name itself by HTTP Basic."""
    while line := conversation.line():
        if line.startswith("Authorization: Basic "):
            return
    conversation.send(BASIC)
    conversation.wait_for_end()


@pytest.mark.parametrize("by", ["form", "HTTP Basic"])
@pytest.mark.parametrize("end", ANSWERS)
def test_no_frame_holds_what_is_said_to_a_token_endpoint_or_by_it(
    scripted: StartScripted, end: str, by: str
) -> None:
    """F4: the client's secret, and a token that can't be used."""
    asked = [ask_for_basic] if by == "HTTP Basic" else []
    server = scripted([expect("POST"), *asked, *ANSWERS[end]])
    client = OAuthClient(
        client_id="panel",
        client_secret=Secret(PASSWORD),
        token_endpoint=f"http://127.0.0.1:{server.port}/token",
    )
    with pytest.raises(Fault) as caught:
        fetch(client, Deadline(LONG, server.clock), Network())
    for secret in (PASSWORD, f"panel:{PASSWORD}", TOKEN):
        assert_not_held(secret, caught.value)


def test_no_frame_holds_the_form_that_could_not_be_written() -> None:
    """F4: the library's own frames included, which have the octets in hand."""
    ours, theirs = socket.socketpair()
    with theirs:
        network = Network(lambda _name: ["127.0.0.1"], lambda _address: ours)
        client = OAuthClient(
            client_id="panel",
            client_secret=Secret(PASSWORD),
            token_endpoint="http://localhost/token",
            scopes="x" * 10_000_000,
        )
        with pytest.raises(Fault) as caught:
            fetch(client, Deadline(SOON), network)
    assert caught.value.reason is OAuthReason.TIMEOUT
    assert_not_held(PASSWORD, caught.value)


@pytest.mark.parametrize("secure", [False, True])
def test_no_frame_holds_what_could_not_be_written(
    ca: CertificateAuthority, scripted: StartScripted, *, secure: bool
) -> None:
    """F4: the library's own frames included, which have the octets in hand."""
    gate = threading.Event()

    def wait(_conversation: Conversation) -> None:
        assert gate.wait(60)

    tls = [start_tls(ca.good.context())] if secure else []
    server = scripted([*tls, greet("AUTH PLAIN"), wait, reset()])

    def listen(event: Event) -> None:
        if event.stage is Stage.AUTH:
            gate.set()
            server.wait_until_idle()

    endpoint = endpoint_of(
        server, "implicit" if secure else "none", password=Secret(PASSWORD), ca_pem=ca.pem
    )
    connection = Connection(endpoint, overall(Deadline(60.0)), Network(), listen)
    with pytest.raises(Fault) as caught:
        connection.open()
    connection.close()
    assert "write" in {frame.f_code.co_name for frame in frames(caught.value)}
    assert_not_held(PASSWORD, caught.value)


@pytest.mark.parametrize("auth", [Auth.PLAIN, Auth.LOGIN])
def test_no_frame_holds_a_password_that_is_no_text(scripted: StartScripted, auth: Auth) -> None:
    """F4: the library's error about it would quote it."""
    server = scripted([greet("AUTH PLAIN LOGIN"), hang()])
    connection = Connection(
        endpoint_of(server, auth=auth, password=Secret(f"{PASSWORD}\udcff")),
        overall(Deadline(SOON)),
        Network(),
    )
    with pytest.raises(Fault) as caught:
        connection.open()
    connection.close()
    assert_not_held(PASSWORD, caught.value)


def test_no_frame_holds_a_client_secret_that_is_no_text(token_endpoint: StartTokenServer) -> None:
    """F4: the endpoint refuses it, not the library, whose error would quote it."""
    client = token_endpoint(error(401, "invalid_client")).client(
        client_secret=Secret(f"{PASSWORD}\udcff")
    )
    with pytest.raises(Fault) as caught:
        fetch(client, Deadline(60.0), Network())
    assert caught.value.reason is OAuthReason.INVALID_CLIENT
    assert_not_held(PASSWORD, caught.value)
