"""Who makes a request, as far as the connection tells."""

from __future__ import annotations

from flask import request


def client_address() -> str:
    """The address that a request comes from, by trusted proxies; empty where none is known."""
    return request.remote_addr or ""
