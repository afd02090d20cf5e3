"""From a name to its addresses, once and before the deadline."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from itertools import zip_longest

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.network import Lookup


def resolve(name: str, deadline: Deadline, lookup: Lookup) -> tuple[str, ...]:
    """The addresses of `name` in the order of dialling; raises OSError of the resolver.

    An address is its own, without a question to anyone.
    """
    with suppress(ValueError):
        return (str(ipaddress.ip_address(name)),)
    return interleaved(_ask(name, deadline, lookup))


def interleaved(addresses: Sequence[str]) -> tuple[str, ...]:
    """`addresses` with families in turn, beginning with the first's (RFC 8305, section 4)."""
    families: dict[bool, list[str]] = {}
    for address in dict.fromkeys(addresses):
        families.setdefault(":" in address, []).append(address)
    turns = zip_longest(*families.values())
    return tuple(address for turn in turns for address in turn if address)


def _ask(name: str, deadline: Deadline, lookup: Lookup) -> list[str]:
    """The system's resolver knows no deadline of ours, so it works in a thread of its own.

    The thread is left behind, for at most the resolver's own time limit, when it is too slow.
    """
    answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def work() -> None:
        try:
            answers.put(lookup(name))
        except ValueError:  # no name at all: too long a label, a NUL
            answers.put(socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
        except OSError as error:
            answers.put(error)

    threading.Thread(target=work, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.remaining())
    except queue.Empty:
        raise TimeoutError("the name server did not answer") from None
    if isinstance(answer, OSError):
        raise answer
    return answer
