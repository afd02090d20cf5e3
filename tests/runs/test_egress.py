"""The addresses from which the installation connects (SPEC F11)."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtp_panel.check.steps import Step, StepState
from smtp_panel.runs.egress import Egress, EgressOrigin, egress, repeated_address, seen_by
from smtp_panel.smtp.facts import Stage

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
    return [Step(stage, StepState.PASSED, 1.0, detail) for stage, detail in details.items()]


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
    address = repeated_address(greeted, "m.example")
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
            Egress(EgressOrigin.LOCAL, ("10.0.0.5",)),
        ),
        (steps("8.8.4.4"), Egress(EgressOrigin.LOCAL, ("8.8.4.4",))),
        (steps("127.0.0.1", greeted="m.example Hello [203.0.113.7]"), None),
        ([Step(Stage.CONNECT, StepState.FAILED, 1.0, {"error": "refused"})], None),
        ([Step(Stage.CONNECT, StepState.RUNNING)], None),
        ([], None),
    ],
)
def test_the_mail_servers_word_counts_more_than_ones_own(
    walked: list[Step], seen: Egress | None
) -> None:
    """F11: and what did not leave this machine tells nothing."""
    assert seen_by(walked) == seen


@pytest.mark.parametrize(
    ("seen", "private"),
    [
        (Egress(EgressOrigin.LOCAL, ("10.0.0.5",)), True),
        (Egress(EgressOrigin.LOCAL, ("8.8.4.4",)), False),
        (Egress(EgressOrigin.ANSWERED, ("10.1.2.3",)), False),
        (Egress(EgressOrigin.UNKNOWN), False),
    ],
)
def test_an_address_of_a_private_network_needs_a_word_where_no_server_has_seen_it(
    seen: Egress, *, private: bool
) -> None:
    """F11: there may be NAT between."""
    assert seen.private is private


def test_what_the_operator_states_counts_alone() -> None:
    """F11"""
    stated = (ip_address("203.0.113.7"), ip_network("2001:db8::/64"))
    told = egress(stated, [Egress(EgressOrigin.LOCAL, ("10.0.0.5",))])
    assert told == Egress(EgressOrigin.STATED, ("203.0.113.7", "2001:db8::/64"))


def test_the_addresses_of_all_machines_are_told_and_none_twice() -> None:
    """F11: as if they were seen at one end alone, where that is so for one of them."""
    nothing = Egress(EgressOrigin.UNKNOWN)
    answered = Egress(EgressOrigin.ANSWERED, ("203.0.113.7",))
    local = Egress(EgressOrigin.LOCAL, ("10.0.0.5",))
    assert egress((), [nothing, nothing]) == nothing
    assert egress((), [answered, nothing, answered]) == answered
    both = egress((), [local, answered])
    assert both == Egress(EgressOrigin.LOCAL, ("10.0.0.5", "203.0.113.7"))
    assert both.private
