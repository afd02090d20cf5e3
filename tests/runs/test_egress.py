"""The addresses from which the installation connects (SPEC F11)."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from smtp_panel.check.check import Check
from smtp_panel.check.steps import State, Step
from smtp_panel.runs.egress import Egress, EgressOrigin, egress, repeated_address, seen_by
from smtp_panel.runs.model import Run
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.facts import Stage
from smtp_panel.storage import utcnow
from tests.runs.runs import begun

pytestmark = pytest.mark.both_engines

ANSWERS = {
    "Gmail": ("smtp.gmail.com at your service, [203.0.113.7]", "203.0.113.7"),
    "Exchange": ("BN1PR.outlook.office365.com Hello [203.0.113.7]", "203.0.113.7"),
    "Exim": ("mail.example Hello panel.example [203.0.113.7]", "203.0.113.7"),
    "Sendmail": ("m.example Hello p.example [203.0.113.7], pleased to meet you", "203.0.113.7"),
    "IPv6": ("smtp.gmail.com at your service, [2001:db8::7]", "2001:db8::7"),
    "tagged IPv6": ("m.example Hello [IPv6:2001:DB8::7]", "2001:db8::7"),
    "IPv6 that holds IPv4": ("m.example Hello [::ffff:203.0.113.7]", "203.0.113.7"),
    "in parentheses": ("mx.example Hello p.example (203.0.113.7)", "203.0.113.7"),
    "what we said and what was seen": ("m.example Hello [10.0.0.5] [203.0.113.7]", "203.0.113.7"),
    "a private one": ("m.example Hello x [10.1.2.3]", "10.1.2.3"),
    "only what we said": ("m.example Hello [10.0.0.5]", None),
    "the server's own": ("[198.51.100.1] at your service", None),
    "loopback": ("m.example Hello localhost [127.0.0.1]", None),
    "a name alone": ("mail.example", None),
    "a time": ("m.example ESMTP ready at 10:30:15", None),
    "a version": ("m.example running 1.2.3", None),
    "nothing": ("", None),
}


def steps(local: str, **ehlo: str) -> list[Step]:
    """Those of a conversation from the address `local`."""
    details: dict[Stage, dict[str, Any]] = {
        Stage.CONNECT: {"address": "198.51.100.1:587", "failed": [], "local": local},
        Stage.EHLO: {"name": "[10.0.0.5]", "offered": [], "size_limit": None, **ehlo},
    }
    return [Step(stage, State.PASSED, 1.0, detail) for stage, detail in details.items()]


def note(engine: Engine, minutes_ago: int, walked: list[Step]) -> None:
    """Write down a run that ended after these steps."""
    run_id = begun(engine, Check(Endpoint(server="x.example", port=25)))
    then = utcnow() - timedelta(minutes=minutes_ago)
    with Session(engine) as session, session.begin():
        written = {"steps": [step.to_json() for step in walked], "started_at": then}
        session.execute(update(Run).where(Run.id == run_id).values(**written))


@pytest.mark.parametrize(("greeted", "address"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_to_ehlo_often_repeats_the_clients_address(
    greeted: str, address: str | None
) -> None:
    """F11"""
    assert repeated_address(greeted, said="[10.0.0.5]") == address


@settings(derandomize=True, deadline=None)
@given(st.text() | st.text("[]0123456789abcdef:. IPv6:", max_size=80).map("m.example ".__add__))
def test_whatever_a_server_answers_is_an_address_or_none(greeted: str) -> None:
    """F11"""
    address = repeated_address(greeted)
    assert address is None or ip_address(address)


@pytest.mark.parametrize(
    ("walked", "seen"),
    [
        (
            steps("10.0.0.5", greeted="m.example Hello [203.0.113.7]"),
            Egress(EgressOrigin.ANSWERED, ("203.0.113.7",)),
        ),
        (
            steps("10.0.0.5", greeted="m.example"),
            Egress(EgressOrigin.LOCAL, ("10.0.0.5",), private=True),
        ),
        (steps("8.8.4.4"), Egress(EgressOrigin.LOCAL, ("8.8.4.4",))),
        (steps("127.0.0.1", greeted="m.example Hello [203.0.113.7]"), None),
        ([Step(Stage.CONNECT, State.FAILED, 1.0, {"error": "refused"})], None),
        ([Step(Stage.CONNECT, State.RUNNING)], None),
        ([], None),
    ],
)
def test_the_mail_servers_word_counts_more_than_ones_own(
    walked: list[Step], seen: Egress | None
) -> None:
    """F11: and what did not leave this machine tells nothing."""
    assert seen_by(walked) == seen


def test_the_newest_run_that_left_this_machine_tells(engine: Engine) -> None:
    """F11"""
    with Session(engine) as session:
        assert egress(session, ()) == Egress(EgressOrigin.UNKNOWN)
    note(engine, 3, steps("10.0.0.4"))
    note(engine, 2, steps("10.0.0.5"))
    note(engine, 1, steps("127.0.0.1"))
    note(engine, 0, [])
    with Session(engine) as session:
        assert egress(session, ()).addresses == ("10.0.0.5",)


def test_what_the_operator_states_counts_alone(engine: Engine) -> None:
    """F11"""
    note(engine, 0, steps("10.0.0.5"))
    stated = (ip_address("203.0.113.7"), ip_network("2001:db8::/64"))
    with Session(engine) as session:
        told = egress(session, stated)
    assert told == Egress(EgressOrigin.STATED, ("203.0.113.7", "2001:db8::/64"))
