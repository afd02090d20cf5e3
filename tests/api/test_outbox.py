"""The outbox as programs see and handle it (SPEC A5, M6, NAMES)."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from sqlalchemy import delete

from smtp_panel.access.keys import KeyScope
from smtp_panel.api.lists import MOST
from smtp_panel.outbox.model import Body
from smtp_panel.storage import db, writing
from tests.api.conftest import BOB, EVE, HELLO, MESSAGES, Program, program_of, told_by
from tests.web.conftest import Panel
from tests.web.test_outbox import uncertain


def accepted(manager: Program, **fields: object) -> str:
    """The id of a message that was handed over."""
    found: str = told_by(manager.post(HELLO | fields))["id"]
    return found


def ids(manager: Program, query: str = "") -> list[str]:
    """The messages of the list."""
    return [each["id"] for each in told_by(manager.ask("GET", f"/outbox{query}"))["messages"]]


@pytest.mark.both_engines
def test_it_lists_the_newest_first_by_state_recipient_and_subject(manager: Program) -> None:
    """M6: the filters of the page; what is told of each is that of the page too."""
    bill, note = accepted(manager, subject="Bill 7"), accepted(manager, to=[EVE])
    (newest, oldest) = told_by(manager.ask("GET", "/outbox"))["messages"]
    assert (newest["id"], oldest["id"]) == (note, bill)
    assert oldest | {"created_at": "", "due": "", "id": ""} == {
        "id": "",
        "created_at": "",
        "due": "",
        "state": "waiting",
        "attempts": 0,
        "from": HELLO["from"],
        "subject": "Bill 7",
        "instead": {},
        "recipients": [BOB],
        "recipient_count": 1,
    }
    manager.ask("POST", f"/messages/{bill}/cancel")
    assert ids(manager, "?state=cancelled") == ids(manager, "?q=bill") == [bill]
    assert ids(manager, f"?q={EVE}") == [note]
    assert ids(manager, "?state=sent") == ids(manager, "?q=nothing") == []


@pytest.mark.both_engines
def test_a_recipient_is_found_however_the_address_is_typed(manager: Program) -> None:
    """M6: as a phone begins it, as a mail program shows it, or in its own script."""
    note = accepted(manager, to=["bob@bücher.example", EVE])
    accepted(manager, subject="Meet @ noon")
    for typed in ("Bob@Bücher.example", "BOB@XN--BCHER-KVA.EXAMPLE", f"Eve <{EVE}>", EVE.title()):
        assert ids(manager, f"?{urlencode({'q': typed})}") == [note]
        assert ids(manager, f"?{urlencode({'q': typed, 'state': 'waiting'})}") == [note]
    assert len(ids(manager, "?q=@ noon")) == 1


def test_next_leads_through_every_message_once(manager: Program) -> None:
    """NAMES, cursor: what comes meanwhile moves nothing; the last part has no next."""
    messages = [accepted(manager) for _ in range(MOST + 2)]
    first = told_by(manager.ask("GET", "/outbox"))
    accepted(manager)
    second = told_by(manager.ask("GET", f"/outbox?cursor={first['next']}"))
    assert (len(first["messages"]), len(second["messages"])) == (MOST, 2)
    found = [each["id"] for each in (*first["messages"], *second["messages"])]
    assert found == messages[::-1]
    assert second["next"] is None


@pytest.mark.parametrize("path", ["/outbox", "/audit", "/users"])
@pytest.mark.parametrize("cursor", ["", "x", "%00", "0" * 33, "-1", "%EF%BC%91"])
def test_what_is_no_cursor_is_refused(manager: Program, path: str, cursor: str) -> None:
    """NAMES, errors: 422, which says what to send."""
    answer = manager.ask("GET", f"{path}?cursor={cursor}")
    assert answer.status_code == 422
    assert "next" in told_by(answer)["errors"]["cursor"]


@pytest.mark.parametrize("query", ["state=lost", "q=%00", "before=1", "q=a&q=b"])
def test_a_filter_that_can_not_be_is_refused(manager: Program, query: str) -> None:
    answer = manager.ask("GET", f"/outbox?{query}")
    assert answer.status_code == 422
    assert list(told_by(answer)["errors"]) == [query.partition("=")[0]]


def test_a_message_is_cancelled_and_sent_again(manager: Program) -> None:
    """NAMES: POST resend and cancel answer with what becomes of it; the log names the key."""
    message = accepted(manager)
    for action, state in (("cancel", "cancelled"), ("resend", "waiting")):
        answer = manager.ask("POST", f"/messages/{message}/{action}")
        assert answer.status_code == 200
        assert told_by(answer) == told_by(manager.get(f"{MESSAGES}/{message}"))
        assert told_by(answer)["state"] == state
    entries = told_by(manager.ask("GET", "/audit"))["entries"]
    assert [(each["action"], each["actor"]) for each in entries[:2]] == [
        ("message.resent", manager.actor),
        ("message.cancelled", manager.actor),
    ]
    assert entries[0]["changes"] == {"message": {"old": None, "new": message}}


@pytest.mark.both_engines
def test_what_is_not_possible_is_told(manager: Program) -> None:
    """409 with the reason; 404 for no message."""
    message = accepted(manager)
    for action, words in (("resend", "still waits"), ("count-as-sent", "still waits")):
        answer = manager.ask("POST", f"/messages/{message}/{action}")
        assert answer.status_code == 409
        assert words in told_by(answer)["message"]
    manager.ask("POST", f"/messages/{message}/cancel")
    answer = manager.ask("POST", f"/messages/{message}/cancel")
    assert (answer.status_code, "is cancelled" in told_by(answer)["message"]) == (409, True)
    with manager.panel.app.app_context(), writing(db.session) as session:
        session.execute(delete(Body))
    answer = manager.ask("POST", f"/messages/{message}/resend")
    assert (answer.status_code, "no longer kept" in told_by(answer)["message"]) == (409, True)
    for nothing in ("0" * 32, "%00", "x" * 40):
        assert manager.ask("POST", f"/messages/{nothing}/cancel").status_code == 404


@pytest.mark.parametrize("scope", [KeyScope.SEND, KeyScope.READ])
def test_only_a_key_that_may_manage_changes_anything(panel: Panel, scope: KeyScope) -> None:
    """NAMES, scopes: read is every GET; send sees its own messages by their ids alone."""
    message = accepted(program_of(panel))
    program = program_of(panel, scope)
    assert program.ask("POST", f"/messages/{message}/cancel").status_code == 403
    for path in ("/outbox", "/audit", "/users", "/keys"):
        assert (program.ask("GET", path).status_code == 200) is (scope is KeyScope.READ)


def test_all_that_are_uncertain_are_decided_about(manager: Program) -> None:
    """M3: sent again, or counted as sent; how many are left is told."""
    for decision, state in (("resend", "waiting"), ("count-as-sent", "sent")):
        messages = [uncertain(manager.panel, BOB) for _ in range(2)]
        answer = manager.ask("POST", "/outbox/uncertain", {"decision": decision})
        assert told_by(answer) == {"uncertain": 0}
        states = {told_by(manager.get(f"{MESSAGES}/{each}"))["state"] for each in messages}
        assert states == {state}
    refused = manager.ask("POST", "/outbox/uncertain", {"decision": "drop"})
    assert refused.status_code == 422
    assert "resend, count-as-sent" in told_by(refused)["errors"]["decision"]
