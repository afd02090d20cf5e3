"""Why a step failed, in the reader's language (SPEC T6)."""

from __future__ import annotations

import ast
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

import smtp_panel
from smtp_panel.check.check import Check
from smtp_panel.check.steps import Step
from smtp_panel.diagnosis.diagnosis import Diagnosis, diagnose
from smtp_panel.net import resolve as resolving
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.exchange import HTTPAnswer
from smtp_panel.net.fault import NetworkFault
from smtp_panel.net.guard import ALWAYS, PRIVATE, Guard
from smtp_panel.net.network import Address, Network
from smtp_panel.net.resolve import resolve
from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import Endpoint, Security
from smtp_panel.smtp.facts import Facts, FaultKind, OAuthReason, Stage
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.token_response import grant_in
from smtp_panel.smtp.transcript import Redactor
from smtp_panel.telling.diagnoses import diagnosis_json, step_json
from smtp_panel.telling.errors import error_in_words
from smtp_panel.telling.ladder import row
from smtp_panel.words import N_, Marked, Said, Sentence
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import expect, greet
from tests.smtp.conversations import checked, endpoint_of, sent

ROOM = Path(smtp_panel.__file__).parent
ENDPOINT = Endpoint(server="mail.test.example", port=587)
OF_A_LIBRARY = "Name or service not known"
GUARDED = Network(lookup=lambda _: ["127.0.0.1"], guard=Guard(block_private=True))
BLOCKED = "アドレス 127.0.0.1 への接続は禁止されています: ループバック"


def in_japanese(app: Flask, said: Said) -> str:
    """What a Japanese reader is told."""
    with app.test_request_context(), force_locale("ja"):
        return error_in_words(said)


def stored(step: Step) -> Step:
    """`step` as it comes out of the database."""
    return Step.from_json(json.loads(json.dumps(step.to_json())))


def rung(app: Flask, step: Step) -> list[str]:
    """What the page tells a Japanese reader of `step`."""
    with app.test_request_context(), force_locale("ja"):
        shown = row(step.step, stored(step))
        return [shown.summary, *(text for _, text in shown.facts)]


def cut_off(scripted: StartScripted) -> Check:
    """A check of a server that hangs up over MAIL."""
    return checked(endpoint_of(scripted([greet(), expect("MAIL")]), username=""))


def fails_with(error: OSError) -> Network:
    """A network in which every connection fails so."""

    def connect(_address: Address) -> socket.socket:
        raise error

    return Network(lookup=lambda _: ["127.0.0.1"], connect=connect)


def test_what_the_panel_says_of_a_step_is_told_in_the_readers_language(app: Flask) -> None:
    """T6, L3: with the values that are filled in, which may be words of ours themselves."""
    check = checked(ENDPOINT, network=GUARDED)
    assert rung(app, check.steps[Stage.CONNECT]) == [BLOCKED, BLOCKED]


@pytest.mark.parametrize("name", [*ALWAYS, *PRIVATE])
def test_every_kind_of_address_that_is_blocked_has_a_name_in_the_readers_language(
    app: Flask, name: Marked
) -> None:
    """L3, T6."""
    assert not in_japanese(app, Sentence(name)).isascii()


def test_a_library_that_speaks_in_our_words_is_quoted(app: Flask) -> None:
    """T6: what it means by them we do not know."""
    check = checked(ENDPOINT, network=fails_with(TimeoutError("timed out")))
    assert rung(app, check.steps[Stage.CONNECT]) == ["timed out", "timed out"]


def test_a_bound_of_ours_is_no_reply_of_a_server(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T6: though the sentence begins with a number of three digits."""
    monkeypatch.setattr(resolving, "_free", threading.BoundedSemaphore(0))
    with pytest.raises(NetworkFault) as caught:
        resolve("mail.test.example", Deadline(1.0), lambda _: [])
    assert in_japanese(app, caught.value.error) == "256 件の名前解決が進行中です"


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (503, b"", "ステータス 503（30 秒後に再試行）"),
        (302, b"", "ステータス 302"),
        (200, b"<html>", "ステータス 200、6 バイト"),
        (418, b'{"error": "odd"}', "ステータス 418、odd（30 秒後に再試行）"),
        (400, b'{"error": "?!"}', "ステータス 400、エラー（30 秒後に再試行）"),
        (
            400,
            b'{"error": "?!", "error_description": "Sorry"}',
            "ステータス 400、エラー Sorry（30 秒後に再試行）",
        ),
    ],
)
def test_a_token_endpoint_that_refuses_is_told_about_in_the_readers_language(
    app: Flask, status: int, body: bytes, told: str
) -> None:
    """T6, F8: its own words stay as they are."""
    found = grant_in(HTTPAnswer(status, {"retry-after": "30"}, body, True), Redactor())
    assert isinstance(found, Fault)
    assert in_japanese(app, found.error) == told


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_a_server_said_stays_as_it_was(app: Flask, language: str) -> None:
    """T6: whatever it says, and be it in our words."""
    with app.test_request_context(), force_locale(language):
        for words in ("535 timed out", "503 STARTTLS not offered", "550 x (_ssl.c:1)", "451 none"):
            assert error_in_words(words) == words


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_library_is_quoted_without_what_only_a_programmer_reads(
    app: Flask, language: str
) -> None:
    """T6: neither a number of an error nor a line of its source."""
    with app.test_request_context(), force_locale(language):
        assert error_in_words(f"[Errno -2] {OF_A_LIBRARY}") == OF_A_LIBRARY
        assert error_in_words("[SSL] self-signed (_ssl.c:1006)") == "[SSL] self-signed"


def test_programs_read_english(app: Flask, scripted: StartScripted) -> None:
    """SPEC 11: in the shape that steps and diagnoses had before."""
    check = cut_off(scripted)
    assert check.diagnosis
    step = stored(check.steps[Stage.MAIL_FROM])
    with app.test_request_context(), force_locale("ja"):
        told, why = step_json(step), diagnosis_json(check.diagnosis, "ja")
    assert told == {
        "step": "mail_from",
        "state": "failed",
        "ms": step.ms,
        "detail": {"error": "connection closed by the server"},
    }
    assert why["server_says"] == "connection closed by the server"
    assert "sentence" not in why


def test_a_diagnosis_that_was_stored_tells_it_in_the_readers_language(
    app: Flask, scripted: StartScripted
) -> None:
    """T6: as the pages of the outbox and of the senders show it."""
    check = cut_off(scripted)
    assert check.diagnosis
    diagnosis = Diagnosis.from_json(json.loads(json.dumps(check.diagnosis.to_json())))
    assert diagnosis == check.diagnosis
    assert in_japanese(app, diagnosis.says) == "サーバーが接続を閉じました"


def test_a_cause_quotes_the_panel_in_the_language_in_which_it_is_told(app: Flask) -> None:
    """T6: a Japanese sentence has no English one in it."""
    closed = Sentence(N_("closed without an answer"))
    facts = Facts(
        stage=Stage.AUTH,
        kind=FaultKind.OAUTH,
        reason=OAuthReason.UNREACHABLE,
        server="mail.test.example",
        port=587,
        security=Security.STARTTLS,
        error=closed,
    )
    diagnosis = diagnose(facts)
    assert "“closed without an answer”" in diagnosis.cause()
    with app.test_request_context(), force_locale("ja"):
        assert "“応答なしに接続が閉じられました”" in diagnosis_json(diagnosis, "ja")["cause"]


def test_what_an_older_version_has_stored_is_shown_as_it_is(
    app: Flask, scripted: StartScripted
) -> None:
    """T6: it kept the words alone, which may be anybody's."""
    check = cut_off(scripted)
    assert check.diagnosis
    step, diagnosis = check.steps[Stage.MAIL_FROM].to_json(), check.diagnosis.to_json()
    del step["said"], diagnosis["sentence"]
    assert rung(app, Step.from_json(step)) == ["connection closed by the server"]
    says = Diagnosis.from_json(diagnosis).says
    assert in_japanese(app, says) == "connection closed by the server"


def test_what_a_server_puts_into_a_sentence_of_ours_can_be_printed_and_holds_no_secret(
    app: Flask, scripted: StartScripted
) -> None:
    """F4, T7: in what is stored as well as in what is shown."""
    server = scripted([greet("AUTH HUNTER2-X SECOND"), expect("QUIT", "221 bye")])
    check = sent(endpoint_of(server, password=Secret("hunter2")))
    assert check.diagnosis
    assert "mechanisms offered: ***-X SECOND" in check.diagnosis.server_says
    kept = json.dumps([check.steps_json(), check.diagnosis.to_json()])
    assert "hunter2" not in kept.lower()
    shown = rung(app, check.steps[Stage.AUTH])
    assert shown[0] == "サーバーが提供する認証方式: ***-X SECOND"


def calls() -> Iterator[tuple[str, ast.expr]]:
    """What each function of the package is called by, and its first argument."""
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                yield node.func.id, node.args[0]


def written_out(given: ast.expr) -> str:
    """What of an argument stands in the source, outside of what is filled in."""
    parts = given.values if isinstance(given, ast.JoinedStr) else [given]
    return "".join(str(each.value) for each in parts if isinstance(each, ast.Constant))


def test_no_words_of_ours_are_passed_off_as_somebody_elses() -> None:
    """T6: types let an error have marked texts and quotations only; this keeps both honest."""
    for name, given in calls():
        if name == "N_":
            assert isinstance(given, ast.Constant), ast.unparse(given)
        if name == "Quoted":
            assert not any(map(str.isalpha, written_out(given))), ast.unparse(given)
