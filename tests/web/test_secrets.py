"""A password appears nowhere: not in the database, a log, a page, a header or a transcript (F4)."""

from __future__ import annotations

import base64
import html
import json
import logging
import secrets
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest

from smtp_panel.secret import Secret
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.scripted import Conversation, Step, close, expect, greet
from tests.web.conftest import ADMIN, MEMBER, PASSWORD, SECOND_ADMIN, MakePanel, Panel, Visitor
from tests.web.test_broken_storage import read_only

USER = "ada@test.example"


def forms_of(secret: str) -> Iterator[bytes]:
    """A secret as it could be written: plain, base64 (alone and in AUTH PLAIN), for URLs, HTML."""
    octets = secret.encode()
    yield octets
    yield secret.encode("utf-16-le")
    yield base64.b64encode(octets).rstrip(b"=")
    yield base64.urlsafe_b64encode(octets).rstrip(b"=")
    yield base64.b64encode(f"\0{USER}\0{secret}".encode()).rstrip(b"=")
    yield quote(secret, safe="").encode()
    yield quote_plus(secret).encode()
    yield json.dumps(secret)[1:-1].encode()
    yield html.escape(secret).encode()
    yield repr(octets)[2:-1].encode()


def echo(secret: str) -> list[Step]:
    """A server that repeats the password in its refusal, in each form that it may know it in."""

    def refuse(conversation: Conversation) -> None:
        given = conversation.line().removeprefix("AUTH PLAIN ")
        plain = base64.b64decode(given).split(b"\0")[2].decode()
        assert plain == secret
        in_base64 = base64.b64encode(plain.encode()).decode()
        said = [plain, in_base64, quote(plain), given, plain.upper()]
        lines = [f"535-5.7.8 wrong: {each}\r\n" for each in said]
        conversation.send("".join([*lines, "535 5.7.8 so no\r\n"]).encode())

    return [greet("AUTH PLAIN"), refuse, expect("QUIT", "221 bye"), close()]


def exercise(panel: Panel, secret: str, wrong: str, ports: tuple[int, int]) -> None:
    """Do all that can be done with a password, at a good server and one that repeats it."""
    good, echoing = map(str, ports)
    admin = panel.admin()
    where = {"server": "127.0.0.1", "port": good, "sender": USER, "username": USER, "tls": None}
    assert panel.tested(admin, **where, password=wrong).id("test-result")["data-state"] == "failed"
    assert panel.tested(admin, password=secret).id("test-result")["data-state"] == "passed"
    assert panel.saved(admin, password=secret).has_id("remove_password")
    assert panel.tested(admin).id("test-result")["data-state"] == "passed"
    for slip in ({"server": "https://x"}, {"csrf_token": "broken"}):
        assert admin.save(password=secret, **slip).status_code >= 400
        assert admin.test(password=secret, **slip).status_code >= 400
    admin.page()
    panel.saved(panel.admin(SECOND_ADMIN), sender="eve@example.com")
    assert admin.save(password=secret, sender="x@y.example").status_code == 409
    echoed = panel.tested(admin, port=echoing, password=secret)
    assert "***" in echoed.id("transcript-text").text
    assert "***" in echoed.one(data_diagnosis=None).one("q").text
    panel.saved(admin, port=echoing, password=secret)
    with read_only(panel):
        assert admin.save(password=secret + secret).status_code == 503
    for path in ("/admin/audit", "/admin/smtp", "/"):
        assert admin.get(path).status_code == 200
    exercise_client_secret(panel, admin, secret, wrong)
    panel.app.extensions.pop("smtp_panel")
    assert admin.post("/admin/smtp", password=secret).status_code == 500


def exercise_client_secret(panel: Panel, admin: Visitor, secret: str, wrong: str) -> None:
    """Do all that can be done with the secret of OAuth 2.0."""
    oauth = {"auth": "oauth2", "client_id": "panel", "token_endpoint": "https://127.0.0.1:1/token"}
    panel.tested(admin, **oauth, port="1", password=wrong, client_secret=wrong)
    page = panel.saved(admin, **oauth, port="1", client_secret=secret)
    assert page.has_id("remove_client_secret")
    for slip in ({"client_id": "other"}, {"scopes": "é"}, {"csrf_token": "broken"}):
        assert admin.save(client_secret=f"{secret}\0", **slip).status_code >= 400
        assert admin.test(client_secret=secret, **slip | {"port": "0"}).status_code >= 400
    admin.page()
    panel.saved(admin, client_secret=wrong)
    panel.saved(admin, remove_client_secret="1")
    admin.page("/admin/audit")


def places_of(panel: Panel, caplog: pytest.LogCaptureFixture) -> dict[str, bytes]:
    """Where a secret could have been left: every answer, every log record, every file."""
    records = [f"{vars(record)} {record.getMessage()}" for record in caplog.records]
    return {
        "log": "\n".join([caplog.text, *records]).encode(),
        "repr": repr(panel).encode(),
        **{f"answer {number}": answer for number, answer in enumerate(panel.answers)},
        **{
            file.name: file.read_bytes()
            for file in panel.config.data_dir.rglob("*")
            if file.is_file()
        },
    }


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Logs at their most talkative, but for that of the test servers, which know the password."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.ERROR, "mail.log")
    return caplog


def test_a_password_is_nowhere_to_be_found(
    make_panel: MakePanel,
    smtpd: StartSmtpd,
    scripted: StartScripted,
    everything_logged: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """F4, T7, V5, V6: whatever is done with it, and whatever the server says back."""
    secret, wrong = (f"{secrets.token_hex(8)} ü/+&<'\"% {secrets.token_hex(8)}" for _ in "ab")
    panel = make_panel(save_limit="100 per minute", test_limit="100 per minute")
    server, echoing = smtpd("none", users={USER: secret}), scripted(echo(secret))
    exercise(panel, secret, wrong, (server.port, echoing.port))
    places = places_of(panel, everything_logged)
    places["output"] = "".join(capfd.readouterr()).encode()
    assert {"panel.db", "panel.db-wal", "limits.db", "fernet.key"} <= places.keys()
    assert len(panel.answers) > 25
    for name, content in places.items():
        for password in (secret, wrong):
            assert not any(form in content for form in forms_of(password)), name


def test_the_secrets_of_the_environment_are_nowhere_to_be_found(
    make_panel: MakePanel, smtpd: StartSmtpd, everything_logged: pytest.LogCaptureFixture
) -> None:
    """F4, F14, S4: that of the default service and a locked one."""
    secret = f"{secrets.token_hex(8)} ü/+&<% {secrets.token_hex(8)}"
    server = smtpd("none", users={USER: secret})
    url = f"smtp://{quote(USER)}:{quote(secret, safe='')}@127.0.0.1:{server.port}?tls=none"
    locked = {"server": "127.0.0.1", "port": str(server.port), "username": USER, "tls": "0"}
    both = {name: Secret(secret) for name in ("password", "client_secret")}
    panel = make_panel(default_url=Secret(url), **both, **locked)
    panel.start()
    admin = panel.admin()
    for service in ("default", "custom"):
        page = panel.tested(admin, service=service, sender=USER)
        assert page.id("test-result")["data-state"] == "passed"
        panel.saved(admin, service=service, sender=USER)
    admin.page("/admin/audit")
    for name, content in places_of(panel, everything_logged).items():
        assert not any(form in content for form in forms_of(secret)), name


def test_the_password_of_an_account_is_nowhere_to_be_found(
    panel: Panel, everything_logged: pytest.LogCaptureFixture
) -> None:
    """A1: signing in, changing it, and getting it wrong."""
    secret = f"{secrets.token_hex(8)} ü/+&<% {secrets.token_hex(8)}"
    member, visitor = panel.member(), panel.visitor()
    member.page("/")
    assert member.post("/password", current=PASSWORD, new=secret).status_code == 303
    assert visitor.sign_in(MEMBER, secret).status_code == 303
    visitor.page("/")
    assert visitor.post("/password", current=f"{secret}x", new=f"{secret}y").status_code == 422
    assert panel.visitor().sign_in(ADMIN, secret).status_code == 422
    for name, content in places_of(panel, everything_logged).items():
        assert not any(form in content for form in forms_of(secret)), name
