"""What a step of the ladder tells of a login by OAuth 2.0 (SPEC T4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask

from smtp_panel.smtp.facts import Stage
from smtp_panel.telling.ladder import FACTS, SUMMARIES

PASSWORD = {"offered": ["PLAIN", "LOGIN"], "mechanism": "LOGIN"}
TOKEN = {"offered": ["XOAUTH2"], "mechanism": "XOAUTH2", "token_seconds": 3599}


@pytest.mark.parametrize(
    ("met", "language", "told"),
    [
        (PASSWORD, "en", [("Offered", "PLAIN LOGIN")]),
        (
            TOKEN | {"token": "fetched"},
            "en",
            [("Access token", "fetched just now, valid for 59 min"), ("Offered", "XOAUTH2")],
        ),
        (
            TOKEN | {"token": "cached", "token_seconds": 61},
            "en",
            [("Access token", "from the cache, valid for 1 min"), ("Offered", "XOAUTH2")],
        ),
        (
            TOKEN | {"token": "cached"},
            "ja",
            [
                ("アクセストークン", "キャッシュを使用（有効期間は残り 59 分）"),
                ("サーバーが提供", "XOAUTH2"),
            ],
        ),
    ],
)
def test_the_login_tells_where_its_token_came_from(
    app: Flask, met: Mapping[str, Any], language: str, told: list[tuple[str, str]]
) -> None:
    """T4: fetched or from the cache, and for how long it is valid; never the token."""
    with app.test_request_context(headers={"Cookie": f"smtp_panel_language={language}"}):
        assert FACTS[Stage.AUTH](met) == told
        assert SUMMARIES[Stage.AUTH](met) == met["mechanism"]
