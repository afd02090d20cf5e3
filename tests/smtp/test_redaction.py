"""The password appears nowhere, not even where the server repeats it (SPEC F4, T7)."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from smtp_panel.check.check import Check
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.network import Network
from smtp_panel.secret import Secret
from smtp_panel.smtp.auth import Credentials
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.endpoint import Auth
from smtp_panel.smtp.envelope import Envelope
from smtp_panel.smtp.facts import Stage
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.limits import overall
from smtp_panel.smtp.transcript import LINE_KEPT, LINES_KEPT, MASK, Redactor, Transcript
from tests.little_work import little_work
from tests.servers.fixtures import StartScripted, StartSmtpd, StartTokenServer
from tests.servers.scripted import (
    Conversation,
    ScriptedServer,
    Step,
    close,
    expect,
    greet,
    reply,
    send,
    take_message,
)
from tests.servers.token_server import TokenServer, error, token
from tests.smtp.conversations import (
    MAIL,
    RECIPIENT,
    USER,
    diagnosed,
    endpoint_of,
    facts_of,
    failed_at,
    outgoing,
    sent,
    shown,
)

PASSWORDS = [
    "hunter2-S3cret",
    "HUNTER2",
    "qu\"ote'd \\back <b>&amp;",
    "pässwörd-€-🔑",
    "straße",
    "a/b?c=d&e%41+f g#h@i:j",
    " spaces ",
]


def written(password: str) -> list[str]:
    """How a server may repeat a password: plain, in base64 and as in a URL, longest first."""
    octets = password.encode()
    response = b"\0" + USER.encode() + b"\0" + octets
    encoded = (base64.b64encode(part).decode() for part in (response, octets))
    return [password, *encoded, quote(password), quote(password, safe=""), quote_plus(password)]


def forms(password: str) -> set[str]:
    """How a password must not be found, also as JSON, Python and another encoding write it."""
    misread = password.encode().decode("latin-1")
    escaped = password.encode("unicode_escape").decode()
    return {*written(password), escaped, misread, repr(password)[1:-1], repr(misread)[1:-1]}


def assert_hidden(password: str, text: str) -> None:
    """No form of the password is in `text`, in any case."""
    assert not [form for form in forms(password) if form.casefold() in text.casefold()]


def echo(before: bytes, password: str) -> Step:
    """A reply that repeats the password in every form."""
    return send(before + " ".join(written(password)).encode() + b"\r\n")


def hello(password: str) -> list[Step]:
    """Greeting, EHLO and its offer, each with the password in it."""
    return [
        *(echo(b"220 ", password), expect("EHLO"), echo(b"250-", password)),
        *(echo(b"250-AUTH PLAIN ", password), echo(b"250-\xff ", password)),
        echo(b"250 SIZE ", password),
    ]


def log_of(caplog: pytest.LogCaptureFixture) -> str:
    """All that was logged, arguments included."""
    return "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("verb", ["AUTH", "MAIL", "RCPT", "DATA"])
def test_a_server_that_repeats_the_password_shows_it_to_nobody(
    scripted: StartScripted, caplog: pytest.LogCaptureFixture, password: str, verb: str
) -> None:
    """F4, T7: transcript, steps, diagnosis, repr and log, whichever step fails."""
    caplog.set_level(logging.DEBUG)
    refusal = [expect(verb), echo(b"535-5.7.8 ", password), echo(b"535 5.7.8 ", password)]
    accepted = [expect("AUTH", "235 ok"), *MAIL]
    verbs = ["AUTH", "MAIL", "RCPT", "DATA"]
    server = scripted([*hello(password), *accepted[: verbs.index(verb)], *refusal, MAIL[-1]])
    test = sent(endpoint_of(server, password=Secret(password)))
    assert test.diagnosis
    assert MASK in test.diagnosis.server_says
    assert_hidden(password, shown(test))
    assert_hidden(password, log_of(caplog))


@pytest.mark.parametrize("password", PASSWORDS)
def test_an_accepted_message_tells_nothing_either(scripted: StartScripted, password: str) -> None:
    """F4, T7: replies, queue id and challenges of a test that passes."""
    server = scripted(
        [
            *hello(password)[:3],
            send(b"250 AUTH LOGIN\r\n"),
            *(expect("AUTH LOGIN"), echo(b"334 ", password)),
            *(expect(""), echo(b"334-", password), echo(b"334 ", password)),
            *(expect(""), echo(b"235 2.7.0 ", password)),
            *(expect("MAIL"), echo(b"250 ", password)),
            *(expect("RCPT"), echo(b"250 ", password)),
            take_message(),
            echo(b"250 Ok: queued as ", password),
            *(expect("QUIT"), echo(b"221 ", password)),
        ]
    )
    test = sent(endpoint_of(server, password=Secret(password)))
    assert test.steps[Stage.DATA].detail["queue_id"]
    assert_hidden(password, shown(test))


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("before", [b"", b"SSH-", b"220-x\r\n", b"220-\xff", b"x" * 250])
def test_what_is_no_reply_tells_nothing_either(
    scripted: StartScripted, password: str, before: bytes
) -> None:
    """F4, T7: the first octets of a foreign greeting, in the facts as well."""
    server = scripted([echo(before, password), close()])
    assert_hidden(password, shown(sent(endpoint_of(server, password=Secret(password)))))
    assert_hidden(password, repr(facts_of(endpoint_of(server, password=Secret(password)))))


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_login_leaves_no_trace_of_the_password(
    smtpd: StartSmtpd, caplog: pytest.LogCaptureFixture, password: str, mechanism: str
) -> None:
    """F4, T7: right or wrong, and neither does its length."""
    server = smtpd("none", auth=[mechanism], users={USER: password})
    caplog.set_level(logging.DEBUG, logger="smtp_panel")
    for attempt in (password, password + "x"):
        test = sent(endpoint_of(server, password=Secret(attempt)))
        assert_hidden(password, shown(test))
        assert_hidden(password, log_of(caplog))
    assert f"C: AUTH {mechanism}" in test.transcript
    assert f"C: AUTH PLAIN {MASK}" in test.transcript or f"C: {MASK}" in test.transcript


def test_a_mechanism_named_like_the_password_is_not_told(scripted: StartScripted) -> None:
    """F4: even the list of mechanisms is the server's word."""
    script = [send(b"220 x\r\n"), expect("EHLO", "250-x", "250 AUTH hunter2 XOAUTH2"), MAIL[-1]]
    test = sent(endpoint_of(scripted(script), password=Secret("Hunter2")))
    assert diagnosed(test) == "auth-only-xoauth2"
    assert_hidden("hunter2", shown(test))
    assert_hidden("hunter2", " ".join(test.diagnosis.values.values() if test.diagnosis else ()))


def test_a_password_that_is_a_word_of_the_protocol_still_signs_in(
    scripted: StartScripted,
) -> None:
    """F4: secrets are removed from what is shown, not from what is understood."""
    script = [
        *(send(b"220 x\r\n"), expect("EHLO", "250-x", "250 AUTH PLAIN")),
        *(expect("AUTH PLAIN ", "235 ok"), *MAIL),
    ]
    test = sent(endpoint_of(scripted(script), password=Secret("plain")))
    assert test.steps[Stage.DATA].detail["queue_id"] == "4RmX2k1dJz"
    assert test.steps[Stage.AUTH].detail["offered"] == [MASK]


TOKENS_SENT = ["eyJ0eXAiOiJKV1Qi.eyJzdWIi0iJ1c2VyIn0.c2lnbmF0dXJl-_", "ya29.a/b+c==", "x" * 900]


def refused_by_oauth(
    server: ScriptedServer, tokens: TokenServer, secret: str, caplog: pytest.LogCaptureFixture
) -> str:
    """All that a test leaves that fails at its login by OAuth, log included."""
    caplog.set_level(logging.DEBUG)
    client = tokens.client(client_secret=Secret(secret))
    endpoint = endpoint_of(server, auth=Auth.OAUTH2, oauth=client)
    connection = Connection(endpoint, overall(Deadline(5.0)), Network())
    with pytest.raises(Fault) as caught:
        connection.open()
    facts = connection.facts(caught.value, Envelope(USER, (RECIPIENT,)))
    connection.close()
    test = sent(endpoint)
    assert failed_at(test) is Stage.AUTH
    left = (shown(test), facts, vars(caught.value), connection, client, log_of(caplog))
    return "\n".join(map(str, left)) + repr(left)


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
@pytest.mark.parametrize("value", TOKENS_SENT)
def test_a_server_that_repeats_the_token_shows_it_to_nobody(
    scripted: StartScripted,
    token_endpoint: StartTokenServer,
    caplog: pytest.LogCaptureFixture,
    *,
    mechanism: str,
    value: str,
) -> None:
    """F4, T7: also in the JSON of its challenge, wherever base64 puts it."""
    said = {"status": value, "scope": f"a {value} b", "more": [value, f"x{value}"]}
    challenge = base64.b64encode(json.dumps(said).encode())
    asked = [] if len(value) < 300 else [expect(f"AUTH {mechanism}", "334 ")]
    given = expect("" if asked else f"AUTH {mechanism} ")
    script = [
        *(greet(f"AUTH {mechanism}"), *asked, given, send(b"334 " + challenge + b"\r\n")),
        *(expect(""), echo(b"535-5.7.8 ", value), echo(b"535 5.7.8 ", value), MAIL[-1]),
    ]
    left = refused_by_oauth(scripted(script), token_endpoint(token(value)), "s3cret-+", caplog)
    assert "access token fetched" in left
    assert_hidden(value, left)
    for line in left.split():
        with contextlib.suppress(ValueError):
            assert value.encode() not in base64.b64decode(line)


@pytest.mark.parametrize("secret", PASSWORDS)
def test_an_endpoint_that_repeats_the_client_secret_shows_it_to_nobody(
    scripted: StartScripted,
    token_endpoint: StartTokenServer,
    caplog: pytest.LogCaptureFixture,
    secret: str,
) -> None:
    """F4, T7: in every form, and as HTTP Basic sends it."""
    basic = base64.b64encode(f"panel:{quote_plus(secret)}".encode()).decode()
    words = " ".join((*written(secret), basic))
    server = scripted([greet("AUTH XOAUTH2"), MAIL[-1]])
    for answer in (error(401, "invalid_client", words), error(400, f"bad {secret}", words)):
        left = refused_by_oauth(server, token_endpoint(answer), secret, caplog)
        assert MASK in left
        assert_hidden(secret, left)
        assert basic not in left


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("after", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("secret", ["hunter2-S3cret", "pässwörd-€-🔑", "12345678"])
def test_a_secret_is_found_wherever_base64_puts_it(secret: str, before: str, after: str) -> None:
    """T7: a server may encode it together with other words."""
    encoded = base64.b64encode(f"{before}{secret}{after}".encode()).decode()
    left = Redactor([Secret(secret)])(encoded)
    assert MASK in left
    assert len(left) <= len(MASK) + 12  # what encodes the other words


def repeat_all(conversation: Conversation) -> None:
    """Answer each command in its own words, and in capitals; refuse the recipient."""
    while line := conversation.line():
        verb = line.partition(" ")[0]
        code = {"AUTH": 235, "QUIT": 221, "RCPT": 550}.get(verb, 250)
        offer = "AUTH PLAIN" if verb == "EHLO" else line.upper()
        reply(f"{code}-to {line}, ada@test.example at mail.test.example", f"{code} {offer}")(
            conversation
        )


TYPED = ["server", "ehlo_name", "username", "sender", "recipient"]


def typed(guess: str, server: ScriptedServer, field: str, saved: str) -> str:
    """What is shown of a test in which a guess is typed into this field."""
    fields = {name: f"{name}.test.example" for name in TYPED}
    fields |= {name: f"{name}@test.example" for name in ("username", "sender", "recipient")}
    fields[field] = fields[field].replace("test", guess)
    who: dict[str, Any] = {name: fields[name] for name in ("server", "ehlo_name", "username")}
    check = Check(
        endpoint_of(server, password=Secret(saved), **who),
        sender=fields["sender"],
        message=outgoing(recipient=fields["recipient"]),
        network=Network(lookup=lambda _name: [server.host]),
    )
    check.run()
    assert failed_at(check) is Stage.RCPT_TO
    left = f"{check.transcript} {[step.detail for step in check.steps.values()]} {check.diagnosis}"
    return left.replace(guess, "GUESS").replace(guess.upper(), "GUESS")


@pytest.mark.parametrize("field", TYPED)
def test_a_guess_in_another_field_is_not_answered(scripted: StartScripted, field: str) -> None:
    """F4: what is shown is the same for a right one and for a wrong one, also where it returns."""
    server = scripted([send(b"220 x\r\n"), repeat_all])
    right, wrong = (typed(guess, server, field, "hunter2") for guess in ("hunter2", "hunter3"))
    assert "GUESS" in right
    assert right == wrong


def test_what_was_typed_for_one_message_spares_nothing_in_the_next(
    scripted: StartScripted,
) -> None:
    """F4, D4: a connection that is kept gathers no addresses, and hides all that is secret."""
    refused = [MAIL[0], expect("RCPT", "550 no hunter2.example here"), expect("RSET", "250 ok")]
    server = scripted([greet("AUTH PLAIN"), expect("AUTH", "235 ok"), *refused, *refused[:2]])
    endpoint = endpoint_of(server, password=Secret("hunter2"))
    connection = Connection(endpoint, overall(Deadline(5.0)), Network())
    connection.open()
    texts = []
    for recipient in ("a@hunter2.example", "b@test.example"):
        receipt = connection.send(Envelope("ada@test.example", (recipient,)), None)
        assert receipt.failure
        assert f"S: 550 {receipt.failure.text}" in str(receipt.transcript)
        texts.append(receipt.failure.text)
    connection.close()
    assert texts == ["no hunter2.example here", f"no {MASK}.example here"]


@pytest.mark.parametrize("word", ["connected", "offered", "EHLO", "starttls", "127.0.0.1"])
def test_a_password_that_is_a_word_of_ours_hides_none(scripted: StartScripted, word: str) -> None:
    """F4: a gap in a sentence that everybody knows would tell what stands there."""
    server = scripted([greet("SIZE 1000"), MAIL[-1]])
    check = sent(endpoint_of(server, "starttls", password=Secret(word)))
    ours = "\n".join(line for line in check.transcript.splitlines() if not line.startswith("S: "))
    assert f"connected to 127.0.0.1:{server.port}" in ours
    assert "C: EHLO [127.0.0.1]" in ours
    assert check.diagnosis
    assert check.diagnosis.server_says == "STARTTLS not offered"
    assert check.steps[Stage.CONNECT].detail["address"] == f"127.0.0.1:{server.port}"


def test_the_secret_itself_is_hidden_beside_a_guess_that_returns() -> None:
    """F4: only where it lies in what was typed, not where it begins before or ends behind it."""
    redact = Redactor(
        [Secret("hunter2-S3cret")], ["x.hunter2-s3cret.example", "is hunter", "cret!"]
    )
    assert redact("hello x.hunter2-s3cret.example") == "hello x.hunter2-s3cret.example"
    assert redact("x.hunter2-S3cret.example: hunter2-S3cret") == f"x.hunter2-S3cret.example: {MASK}"
    assert redact("it is hunter2-S3cret!") == f"it is {MASK}!"
    assert redact("x.hunter2-S3cret.exam") == f"x.{MASK}.exam"


@pytest.mark.parametrize(
    ("entered", "said"),
    [
        ("ada@hunter2.example", "550 no MX for hunter2.example"),
        ("hunter2@test.example", "550 5.1.1 hunter2... User unknown"),
        ("mail.send hunter2", "no such scope: hunter2"),
    ],
)
def test_what_was_typed_is_known_by_its_parts_too(entered: str, said: str) -> None:
    """F4: servers speak of those alone."""
    assert Redactor([Secret("hunter2")], [entered])(said) == said


def test_a_short_password_is_found_as_a_word_only() -> None:
    """F4: as a part of others it is met by chance, and each gap would tell what it is."""
    redact = Redactor([Secret("smtp")])
    assert (
        redact("ESMTP at smtp.test: wrong password smtp")
        == f"ESMTP at {MASK}.test: wrong password {MASK}"
    )
    assert Redactor([Secret("a")])("250 a mail, ready") == f"250 {MASK} mail, ready"
    assert Redactor([Secret("-a-")])("x-a-y") == f"x{MASK}y"


def test_nothing_that_holds_a_password_prints_it() -> None:
    """F4: repr of endpoint, credentials and check."""
    who = Credentials(USER, Secret("hunter2"))
    endpoint = endpoint_of(type("At", (), {"host": "127.0.0.1", "port": 1})())
    for thing in (who, Check(endpoint), Connection(endpoint, overall(Deadline(1.0)), Network())):
        assert "hunter2" not in repr(thing)
        assert "correct horse" not in repr(thing)


def test_the_longest_form_is_replaced_as_a_whole() -> None:
    """T7: base64 of the whole response, not only of the part that is the password."""
    redact = Redactor([Secret("abc"), Secret("abcdef")])
    assert redact("abcdef abc xyz") == f"{MASK} {MASK} xyz"
    assert Redactor()("abc") == Redactor([Secret("")])("abc") == "abc"


def test_a_long_secret_is_replaced_to_its_end_and_no_further() -> None:
    """T7: a token of 2000 characters; also where only its beginning is repeated."""
    value = "aB3-._]^\\" * 200
    redact = Redactor([Secret(value)])
    assert redact(f"the token {value}, expired") == f"the token {MASK}, expired"
    assert redact(f"'{value.upper()}' and '{value[:100]}'") == f"'{MASK}' and '{MASK}'"


def test_a_transcript_is_bounded_and_printable() -> None:
    """T7, T8: a talkative server costs little."""
    transcript = Transcript(Redactor())
    for number in range(LINES_KEPT + 10):
        transcript.received(f"{number} \x1b[31m " + "x" * LINE_KEPT)
    lines = str(transcript).splitlines()
    assert len(lines) == LINES_KEPT + 1
    assert lines[-1] == "*  10 more lines left out"
    assert all(line.isprintable() for line in lines)
    assert max(map(len, lines)) < LINE_KEPT + 20


def test_a_secret_is_removed_before_a_line_is_cut() -> None:
    """T7: no half of a password stands at the cut."""
    transcript = Transcript(Redactor([Secret("hunter2")]))
    transcript.received("x" * (LINE_KEPT - 3) + "hunter2")
    assert "hun" not in str(transcript)


def test_a_password_that_is_the_user_name_is_spared_with_little_work() -> None:
    """T8: a reply that repeats it 3,000 times took as many looks for each of them."""
    text = "test " * 3_000
    with little_work():
        assert Redactor([Secret("test")], ["test"])(text) == text
