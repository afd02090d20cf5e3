"""Looker's parameter `fields`."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.exceptions import BadRequest

from smtp_panel.api.looker.fields import only, wanted
from smtp_panel.api.looker.status import SHAPE

WHOLE = {
    "is_valid": False,
    "node_count": 1,
    "node_status": [{"is_valid": False, "message": "No", "hostname": "a"}],
}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", WHOLE),
        (" ", WHOLE),
        ("node_status,node_count,is_valid", WHOLE),
        ("is_valid", {"is_valid": False}),
        ("node_count, is_valid", {"is_valid": False, "node_count": 1}),
        ("node_status()", {"node_status": WHOLE["node_status"]}),
        (
            "is_valid,node_status(hostname)",
            {"is_valid": False, "node_status": [{"hostname": "a"}]},
        ),
        (
            "node_status( hostname , message ),",
            {"node_status": [{"hostname": "a", "message": "No"}]},
        ),
    ],
)
def test_only_what_is_named_is_told(text: str, told: dict[str, Any]) -> None:
    assert only(wanted(text, SHAPE), WHOLE) == told


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("valid", "is_valid, node_count, node_status"),
        ("node_status(node)", "is_valid, message, hostname"),
        ("is_valid(x)", "is_valid, node_count, node_status"),
        ("is_valid(", "is_valid,node_count,node_status"),
        ("a b", "is_valid,node_count,node_status"),
        ("node_status(hostname(x))", "is_valid,node_count,node_status"),
        (",", "is_valid,node_count,node_status"),
    ],
)
def test_what_there_is_not_is_told_with_what_there_is(text: str, named: str) -> None:
    with pytest.raises(BadRequest) as refused:
        wanted(text, SHAPE)
    assert named in str(refused.value.description)
