"""Where the panel does not connect to, whoever asks (SPEC L3)."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from smtp_panel.check.check import Verdict
from smtp_panel.net.guard import Guard
from smtp_panel.net.network import Address, Network
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.facts import Stage
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import expect, greet
from tests.smtp.conversations import checked, endpoint_of, failed_at

ENDPOINT = Endpoint(server="mail.test.example", port=587)
LAX, STRICT = Guard(), Guard(block_private=True)

ALWAYS = {
    "169.254.169.254": "cloud metadata",
    "100.100.100.200": "cloud metadata",
    "168.63.129.16": "cloud metadata",
    "fd00:ec2::254": "cloud metadata",
    "169.254.0.1": "link-local",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "febf::1": "link-local",
    "224.0.0.1": "multicast",
    "239.255.255.255": "multicast",
    "ff02::1": "multicast",
    "0.0.0.0": "unspecified",
    "0.1.2.3": "unspecified",
    "::": "unspecified",
    "255.255.255.255": "broadcast",
    # The same in IPv6: mapped, compatible, translated, NAT64, NAT64 of one's own, 6to4, Teredo.
    "::ffff:169.254.169.254": "cloud metadata",
    "::169.254.169.254": "cloud metadata",
    "::ffff:0:169.254.169.254": "cloud metadata",
    "64:ff9b::169.254.169.254": "cloud metadata",
    "64:ff9b:1::169.254.169.254": "cloud metadata",
    "64:ff9b:1:a9fe:a9:fe00::": "cloud metadata",
    "64:ff9b:1:2:a9:fea9:fe00:0": "cloud metadata",
    "2002:a9fe:a9fe::1": "cloud metadata",
    "2001:0:a9fe:a9fe::1": "cloud metadata",
    "2001:0:c000:201:0:0:5601:5601": "cloud metadata",
    "::ffff:0.0.0.0": "unspecified",
    "::ffff:224.0.0.1": "multicast",
}
PRIVATE = {
    "127.0.0.1": "loopback",
    "127.255.255.255": "loopback",
    "::1": "loopback",
    "10.0.0.1": "private",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.168.1.1": "private",
    "fc00::1": "unique local",
    "fdff::1": "unique local",
    "100.64.0.1": "shared",
    "100.127.255.255": "shared",
    "240.0.0.1": "reserved",
    "::ffff:127.0.0.1": "loopback",
    "::127.0.0.1": "loopback",
    "64:ff9b::10.1.2.3": "private",
    "64:ff9b:1::192.168.1.1": "private",
    "2002:7f00:1::": "loopback",
    "2002:c0a8:101::": "private",
}
PUBLIC = [
    *("8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "169.253.0.1"),
    *("2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "64:ff9b:1::8.8.8.8"),
    *("2002:808:808::1", "2001:4860:4860::8888"),
]


@pytest.mark.parametrize("address", ALWAYS)
@pytest.mark.parametrize("guard", [LAX, STRICT])
def test_some_addresses_are_refused_always(guard: Guard, address: str) -> None:
    """L3: link-local, multicast and cloud metadata, however they are written."""
    assert str(guard.refusal(address, 587)) == f"address {address} is blocked: {ALWAYS[address]}"


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused_where_the_operator_says_so(address: str) -> None:
    """L3: an internal relay is a good mail server elsewhere."""
    assert str(STRICT.refusal(address, 587)) == f"address {address} is blocked: {PRIVATE[address]}"
    assert LAX.refusal(address, 587) is None


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_let_through(address: str) -> None:
    """L3: the neighbours of a range are not meant, nor what translates a public address."""
    assert STRICT.refusal(address, 587) is None


@pytest.mark.parametrize("address", ["", "mail.test.example", "127.1", "0x7f000001", "1.2.3.4/8"])
def test_what_is_no_address_is_refused(address: str) -> None:
    """L3: nothing is dialled that would be looked up once more."""
    assert str(LAX.refusal(address, 587)) == f"address {address!r} is none"


def test_only_the_ports_that_the_operator_lists_are_dialled() -> None:
    """L3: a list that is empty lists them all."""
    guard = Guard(ports=(465, 587))
    assert guard.refusal("8.8.8.8", 587) is None
    refusal = guard.refusal("8.8.8.8", 22)
    assert str(refusal) == "port 22 is not among those that the operator allows"


def never(address: Address) -> socket.socket:
    """A network on which nothing may be dialled."""
    raise AssertionError(f"{address} was dialled")


@pytest.mark.parametrize(
    ("address", "guard", "words"),
    [
        ("169.254.169.254", LAX, "address 169.254.169.254 is blocked: cloud metadata"),
        ("::ffff:127.0.0.1", STRICT, "address ::ffff:127.0.0.1 is blocked: loopback"),
        ("127.0.0.1", Guard(ports=(25,)), "port 587 is not among those that the operator allows"),
    ],
)
def test_nothing_is_dialled_that_is_refused(address: str, guard: Guard, words: str) -> None:
    """L3: the ladder says so, and why."""
    network = Network(lambda _: [address], never, guard)
    check = checked(ENDPOINT, network=network)
    assert (failed_at(check), check.verdict) == (Stage.CONNECT, Verdict.FAILED)
    assert str(check.steps[Stage.CONNECT].detail["error"]) == words
    assert check.diagnosis
    assert not check.diagnosis.retryable
    assert check.diagnosis.server_says == words


def test_an_address_that_is_written_as_a_number_is_refused_as_what_it_is() -> None:
    """L3: the system's resolver takes 2852039166 for 169.254.169.254."""
    check = checked(replace(ENDPOINT, server="2852039166"))
    assert str(check.steps[Stage.CONNECT].detail["error"]).endswith("cloud metadata")


def test_of_several_addresses_the_allowed_ones_are_dialled(scripted: StartScripted) -> None:
    """L3, T4: and the ladder tells which were refused."""
    server = scripted([greet(), expect("QUIT", "221 bye")])
    network = Network(lookup=lambda _: ["169.254.169.254", server.host, "fe80::1"])
    endpoint = endpoint_of(server, server="mail.test.example", username="")
    check = checked(endpoint, sender="", network=network)
    assert check.verdict is Verdict.CONNECTED
    met = check.steps[Stage.CONNECT].detail
    assert met["address"] == f"{server.host}:{server.port}"
    assert {str(each["error"]) for each in met["failed"]} == {
        "address 169.254.169.254 is blocked: cloud metadata",
        "address fe80::1 is blocked: link-local",
    }
    assert "fe80::1 is blocked: link-local" in check.transcript


def test_a_name_that_changes_its_address_can_not_move_the_connection(
    scripted: StartScripted,
) -> None:
    """L3: what was looked up and let through is what is dialled; nobody asks a second time."""
    server = scripted([greet(), expect("QUIT", "221 bye")])
    answers = iter([[server.host], ["169.254.169.254"]])
    dialled: list[str] = []

    def connect(address: Address) -> socket.socket:
        dialled.append(address.host)
        return Network().connect(address)

    network = Network(lambda _: next(answers), connect)
    endpoint = endpoint_of(server, server="mail.test.example", username="")
    assert checked(endpoint, sender="", network=network).verdict is Verdict.CONNECTED
    assert dialled == [server.host]
    assert next(answers) == ["169.254.169.254"]
