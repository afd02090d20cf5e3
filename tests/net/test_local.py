"""What this machine itself lacks is told as that, and not as the mail server's (SPEC D1, T8)."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Iterator

import pytest

from smtp_panel.net import resolve as resolving
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.fault import NetworkFault, NetworkKind
from smtp_panel.net.network import Address, NameLookup, Network
from smtp_panel.net.resolve import MOST_ASKED, resolve
from smtp_panel.smtp.endpoint import Endpoint
from tests.smtp.conversations import checked, diagnosed

NAME = "mail.test.example"


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS])
def test_a_lack_of_files_or_memory_is_this_machines(number: int) -> None:
    def connect(_address: Address) -> socket.socket:
        raise OSError(number, os.strerror(number))

    network = Network(lookup=lambda _name: ["192.0.2.1"], connect=connect)
    check = checked(Endpoint(server=NAME, port=587), network=network)
    assert diagnosed(check) == "connect-local-resources"
    assert check.diagnosis
    assert (check.diagnosis.retryable, check.diagnosis.field) == (True, None)
    assert os.strerror(number) in check.diagnosis.server_says


def test_a_machine_without_threads_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_thread)
    for _ in range(2 * MOST_ASKED):
        with pytest.raises(NetworkFault, match="local") as caught:
            resolve(NAME, Deadline(1.0), lambda _name: [])
        assert caught.value.error == "can't start new thread"


@pytest.fixture
def slow_resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameLookup]:
    """Answers at the end of the test, two at once at most."""
    monkeypatch.setattr(resolving, "_free", threading.BoundedSemaphore(2))
    answer = threading.Event()

    def lookup(_name: str) -> list[str]:
        answer.wait()
        return ["192.0.2.1"]

    yield lookup
    answer.set()
    for thread in threading.enumerate():
        if thread.name == "resolve":
            thread.join()


def test_look_ups_that_get_no_answer_do_not_pile_up(slow_resolver: NameLookup) -> None:
    """Each leaves its thread behind until the resolver gives up; past the bound none begins."""
    for _ in range(2):
        with pytest.raises(TimeoutError):
            resolve(NAME, Deadline(0.01), slow_resolver)
    with pytest.raises(NetworkFault) as caught:
        resolve(NAME, Deadline(0.01), slow_resolver)
    assert caught.value.kind is NetworkKind.LOCAL
