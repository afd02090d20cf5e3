"""Domain names as people read them."""

from __future__ import annotations

import re
from contextlib import suppress

import idna

_ENCODED = re.compile(r"\bxn--[a-z0-9-]+", re.IGNORECASE)


def readable(text: str) -> str:
    """`text` with each label of a name in the script that its ASCII form stands for (RFC 5890).

    What stands for none is left as it is.
    """
    return _ENCODED.sub(lambda label: _decoded(label[0]), text)


def _decoded(label: str) -> str:
    with suppress(idna.IDNAError):
        return idna.ulabel(label)
    return label
