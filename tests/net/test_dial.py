"""Several addresses are tried in turn, and the first that answers is taken (SPEC T4, T8)."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import pytest

from smtp_panel.check.check import Verdict
from smtp_panel.check.steps import StepState
from smtp_panel.net.deadline import Clock, Deadline
from smtp_panel.net.dial import OVERTAKEN, dial
from smtp_panel.net.fault import NetworkKind
from smtp_panel.net.network import Address, Network, system_connect
from smtp_panel.net.resolve import interleaved
from smtp_panel.net.tls import TLSVersion
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.facts import Stage
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import hang
from tests.smtp.conversations import (
    LONG,
    SUBMISSION,
    checked,
    diagnosed,
    endpoint_of,
    nearly_over,
    sent,
)

NAME = "mail.test.example"
V4, V6 = "127.0.0.1", "::1"


@contextmanager
def listening(host: str = V4, port: int = 0, *, full: bool = False) -> Iterator[Address]:
    """A port that takes connections, or, when it is `full`, lets them wait for ever."""
    with ExitStack() as stack:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(0 if full else 16)
        address = Address(host, listener.getsockname()[1])
        for _ in range(4 if full else 0):
            stack.enter_context(system_connect(address))
        yield address


@contextmanager
def dead(host: str = V4) -> Iterator[Address]:
    """A port that nobody listens on, and nobody else takes meanwhile."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as holder:
        holder.bind((host, 0))
        yield Address(host, holder.getsockname()[1])


def dialled(
    addresses: Sequence[Address], clock: Clock = time.monotonic
) -> tuple[Address | None, list[str]]:
    """The address that was connected to, and what became of the others, in order."""
    result = dial(addresses, Network(), Deadline(LONG, clock))
    if result.connection:
        assert result.address
        assert result.connection.getpeername()[:2] == (result.address.host, result.address.port)
        result.connection.close()
    words = {address: str(fault.error) for address, fault in result.failed.items()}
    return result.address, [words[address] for address in addresses if address in words]


REFUSED = "[Errno 111] Connection refused"


@pytest.mark.parametrize("first", [V4, V6])
@pytest.mark.parametrize("second", [V4, V6])
def test_a_dead_address_is_followed_by_the_next(first: str, second: str) -> None:
    """T4: in either family, and what became of the first is told."""
    with dead(first) as gone, listening(second) as there:
        assert dialled([gone, there]) == (there, [REFUSED])


@pytest.mark.parametrize("second", [V4, V6])
def test_an_address_that_does_not_answer_is_overtaken(second: str) -> None:
    """T8: the next is tried beside it, and nobody waits for the first any longer."""
    with listening(full=True) as silent, listening(second) as there:
        assert dialled([silent, there]) == (there, [str(OVERTAKEN)])


def test_one_refuses_one_is_silent_and_one_answers() -> None:
    """T4: each is told, in the order in which they were dialled."""
    with dead(V6) as gone, listening(full=True) as silent, listening() as there:
        assert dialled([gone, silent, there]) == (there, [REFUSED, str(OVERTAKEN)])
        assert dialled([silent, gone, there]) == (there, [str(OVERTAKEN), REFUSED])


def test_the_first_address_is_given_a_head_start() -> None:
    """RFC 8305, section 5: where it answers at once no other is dialled."""
    asked: list[Address] = []

    def connect(address: Address) -> socket.socket:
        asked.append(address)
        return system_connect(address)

    with listening() as first, listening() as second:
        result = dial([first, second], Network(connect=connect), Deadline(LONG))
        assert result.connection
        result.connection.close()
        assert (result.address, asked, result.failed) == (first, [first], {})


def test_all_addresses_may_be_dead() -> None:
    """T8: each attempt is told, and the whole is over at the deadline."""
    with dead(V6) as one, dead() as other:
        assert dialled([one, other]) == (None, [REFUSED, REFUSED])
        with listening(full=True) as silent:
            assert dialled([one, silent, other], nearly_over(waits=3)) == (
                None,
                [REFUSED, "timed out", REFUSED],
            )


def test_every_other_connection_is_closed() -> None:
    """T8: a race leaves nothing behind."""
    made: list[socket.socket] = []

    def connect(address: Address) -> socket.socket:
        made.append(system_connect(address))
        return made[-1]

    with listening(full=True) as silent, dead() as gone, listening() as there:
        result = dial([silent, gone, there], Network(connect=connect), Deadline(LONG))
        assert [each.fileno() < 0 for each in made] == [True, True, False]
        assert result.connection is made[-1]
        made[-1].close()
        assert (
            dial(
                [silent, gone], Network(connect=connect), Deadline(LONG, nearly_over(waits=2))
            ).connection
            is None
        )
        assert all(each.fileno() < 0 for each in made)


@pytest.mark.parametrize(
    ("found", "order"),
    [
        (["::1", "::2", "::3", "1.1.1.1"], ("::1", "1.1.1.1", "::2", "::3")),
        (["1.1.1.1", "1.1.1.2", "::1"], ("1.1.1.1", "::1", "1.1.1.2")),
        (["1.1.1.1", "1.1.1.1", "::1"], ("1.1.1.1", "::1")),
        (["::1"], ("::1",)),
        ([], ()),
    ],
)
def test_the_families_take_turns(found: list[str], order: tuple[str, ...]) -> None:
    """RFC 8305, section 4: beginning with the one that the system prefers."""
    assert interleaved(found) == order


def test_the_ladder_tells_each_attempt(scripted: StartScripted) -> None:
    """T4: addresses tried, also in the transcript."""
    server = scripted(SUBMISSION)
    network = Network(lookup=lambda _: ["127.0.0.2", server.host])
    test = sent(endpoint_of(server, server=NAME), network=network)
    assert test.verdict is Verdict.ACCEPTED
    met = test.steps[Stage.CONNECT].detail
    assert test.steps[Stage.DNS].detail["addresses"] == ["127.0.0.2", "127.0.0.1"]
    assert met["address"] == f"127.0.0.1:{server.port}"
    assert met["failed"] == [{"address": f"127.0.0.2:{server.port}", "error": REFUSED}]
    assert f"127.0.0.2:{server.port} failed: {REFUSED}" in test.transcript


def test_the_ladder_tells_each_attempt_when_all_fail() -> None:
    """T4, T8: also where there was time for none of them."""
    with listening(full=True) as silent, dead_at(silent.port):
        network = Network(lookup=lambda _: ["127.0.0.2", silent.host])
        check = checked(
            Endpoint(server=NAME, port=silent.port), network=network, clock=nearly_over(waits=2)
        )
    step = check.steps[Stage.CONNECT]
    assert step.state is StepState.FAILED
    assert step.to_json()["detail"]["failed"] == [
        {"address": f"127.0.0.2:{silent.port}", "error": REFUSED},
        {"address": str(silent), "error": "timed out"},
    ]


@contextmanager
def dead_at(port: int) -> Iterator[None]:
    """127.0.0.2 refuses at this port."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.2", port))
        yield


def test_of_several_dead_addresses_the_one_that_says_most_is_told() -> None:
    """D2: a machine without IPv6 has no route there; that is not why IPv4 was refused."""
    v4, v6 = "192.0.2.1", "2001:db8::1"
    numbers = {v4: errno.ECONNREFUSED, v6: errno.ENETUNREACH, "169.254.1.1": 0}

    def connect(address: Address) -> socket.socket:
        raise OSError(numbers[address.host], "words of the system")

    endpoint = Endpoint(server=NAME, port=587)
    for addresses in ([v4, v6], [v6, v4], ["169.254.1.1", v6, v4]):
        network = Network({NAME: addresses}.__getitem__, connect)
        check = checked(endpoint, network=network)
        assert diagnosed(check) == "connect-refused-submission"
        assert "[2001:db8::1]:587 failed" in check.transcript
    blocked = dial([Address("169.254.1.1", 587), Address(v6, 587)], network, Deadline(LONG))
    assert blocked.fault.kind is NetworkKind.BLOCKED


@pytest.mark.parametrize("closed", [6, 7, 576])
def test_of_many_addresses_of_one_name_only_six_are_reached(closed: int) -> None:
    """L1: else one test that is counted would look at hundreds of ports; the others are counted."""
    reached: list[Address] = []

    def connect(address: Address) -> socket.socket:
        reached.append(address)
        raise OSError(errno.ECONNREFUSED, "Connection refused")

    hosts = [f"192.0.2.{n % 256}" if n < 256 else f"2001:db8::{n:x}" for n in range(closed)]
    network = Network(lookup=lambda _: hosts, connect=connect)
    check = checked(Endpoint(server=NAME, port=587), network=network, find_repair=True)
    assert len({address.host for address in reached}) == 6
    met = check.steps[Stage.CONNECT].detail
    assert [each["address"] for each in met["failed"]] == list(map(str, reached))
    assert met.get("not_tried", 0) == closed - 6
    assert (closed > 6) == ("not tried" in check.transcript)


def test_the_search_for_repairs_reaches_one_address_four_times_at_most() -> None:
    """L1: where the attempt reached none, the first, and no more than six connections in all."""
    reached: list[Address] = []

    def connect(address: Address) -> socket.socket:
        reached.append(address)
        raise OSError(errno.ECONNREFUSED, "Connection refused")

    network = Network(lookup=lambda _: ["192.0.2.1", "192.0.2.2", "192.0.2.3"], connect=connect)
    endpoint = Endpoint(server=NAME, port=2525, tls_version=TLSVersion.V1_3)
    checked(endpoint, network=network, find_repair=True)
    attempt, search = reached[:3], reached[3:]
    assert [address.port for address in attempt] == [2525] * 3
    assert {address.host for address in search} == {"192.0.2.1"}
    assert 0 < len(search) <= 6 - len(attempt)


def test_the_search_for_repairs_goes_where_the_attempt_arrived(scripted: StartScripted) -> None:
    """L1: the second address, where the first one did not answer."""
    server = scripted([hang()])
    reached: list[str] = []

    def connect(address: Address) -> socket.socket:
        reached.append(address.host)
        if address.host == V6:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        return system_connect(Address(server.host, server.port))

    network = Network(lookup=lambda _: [V6, V4], connect=connect)
    endpoint = endpoint_of(server, server=NAME)
    checked(endpoint, network=network, find_repair=True, seconds=2.0)
    assert reached[:2] == [V6, V4]
    assert set(reached[2:]) == {V4}
    assert len(reached[2:]) <= 4
