"""Which host is this very machine."""

from __future__ import annotations

import pytest

from smtp_panel.net.address import is_loopback


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("panel.localhost", True),
        ("localhost.localdomain", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("notlocalhost", False),
        ("localhost.example", False),
        ("127.0.0.1.example", False),
        ("192.0.2.1", False),
        ("", False),
    ],
)
def test_this_machine_is_known_by_its_names_and_its_addresses(host: str, *, expected: bool) -> None:
    """RFC 6761, section 6.3; SPEC L3, D2."""
    assert is_loopback(host) is expected
