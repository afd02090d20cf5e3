"""From a name to its addresses, once and before the deadline."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from itertools import zip_longest

from smtp_panel.net.deadline import Deadline, TimedOut
from smtp_panel.net.fault import NetworkFault, NetworkKind
from smtp_panel.net.network import NameLookup
from smtp_panel.words import N_, Quoted, Sentence

MOST_ASKED = 256  # look-ups at once in this process, more than tests may be under way
_TOO_MANY = N_("%(number)s look-ups of names are under way")
_free = threading.BoundedSemaphore(MOST_ASKED)


def resolve(name: str, deadline: Deadline, lookup: NameLookup) -> tuple[str, ...]:
    """The addresses of `name`, in the order in which to dial them.

    An IP address is returned as it is, without a look-up. Raises the resolver's OSError, and
    NetworkFault where this machine can't ask it.
    """
    with suppress(ValueError):
        return (str(ipaddress.ip_address(name)),)
    return interleaved(_ask(name, deadline, lookup))


def interleaved(addresses: Sequence[str]) -> tuple[str, ...]:
    """`addresses` with IPv6 and IPv4 alternating, the first one's family first (RFC 8305, 4)."""
    families: dict[bool, list[str]] = {}
    for address in dict.fromkeys(addresses):
        families.setdefault(":" in address, []).append(address)
    turns = zip_longest(*families.values())
    return tuple(address for turn in turns for address in turn if address)


def _ask(name: str, deadline: Deadline, lookup: NameLookup) -> list[str]:
    """Ask the system's resolver in a thread of its own, for it knows no deadline of ours.

    A thread that is too slow is left to end by the resolver's own time limit. There are at most
    MOST_ASKED of them: raises NetworkFault where as many are at work, or no thread can be had.
    """
    if not _free.acquire(blocking=False):
        raise NetworkFault(NetworkKind.LOCAL, Sentence(_TOO_MANY, {"number": str(MOST_ASKED)}))
    answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def work() -> None:
        try:
            answers.put(lookup(name))
        except ValueError:  # no name at all: too long a label, a NUL
            answers.put(socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
        except OSError as error:
            answers.put(error)
        finally:
            _free.release()

    try:
        threading.Thread(target=work, name="resolve", daemon=True).start()
    except RuntimeError as error:  # can't start new thread
        _free.release()
        raise NetworkFault(NetworkKind.LOCAL, Quoted(str(error))) from None
    try:
        answer = answers.get(timeout=deadline.remaining())
    except queue.Empty:
        raise TimedOut(N_("the name server did not answer")) from None
    if isinstance(answer, OSError):
        raise answer
    return answer
