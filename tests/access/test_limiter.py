"""Why attempts are counted by `limits.charge` and not by the decorators of Flask-Limiter.

A refused attempt must count for nobody (SPEC L1, L4). The decorators take their limits one after
the other: those that still had room are charged although a later one refuses. In one order a person
who knocks on uses up what all may do together, in the other they pay for what others have used up.
Should a newer version count all or none, this fails and the decorators will do.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask, request
from flask_limiter import Limiter

from smtp_panel.access import limits
from smtp_panel.access.limits import LimitReached, charge
from smtp_panel.config import Config


def statuses(*order: str) -> dict[str, list[int]]:
    """What ada and then bob get, each of whom may ask thrice an hour and both together `all` times.

    The limits stand in this order above the view: `one: 3`, `all: 4`.
    """
    app = Flask("panel")
    limiter = Limiter(lambda: "all", app=app, strategy="moving-window", storage_uri="memory://")

    def asking() -> str:
        return str((request.view_args or {})["admin"])

    def page(admin: str) -> str:
        return admin

    view: Callable[..., str] = page
    for each in reversed(order):
        who, _, most = each.partition(": ")
        limit = limiter.limit(f"{most} per hour", key_func=asking if who == "one" else None)
        view = limit(view)
    app.add_url_rule("/<admin>", view_func=view)
    client = app.test_client()
    return {
        admin: [client.get(f"/{admin}").status_code for _ in range(5)] for admin in ("ada", "bob")
    }


def test_a_decorator_charges_everybody_for_what_it_refuses_to_one() -> None:
    """L1: ada's fourth attempt is refused, and still it was the last that bob had."""
    told = statuses("one: 3", "all: 4"), statuses("all: 4", "one: 3")
    assert {tuple(each["ada"]) for each in told} == {(200, 200, 200, 429, 429)}
    assert [each["bob"][0] for each in told].count(429) == 1


def test_what_is_refused_is_charged_to_nobody(tmp_path: Path) -> None:
    """L1: the same limits, counted all or none."""
    app = Flask("panel")
    config = Config(data_dir=tmp_path, test_limit="3 per hour", test_limit_all="4 per hour")
    limits.init_app(app, config)
    passed = []
    with app.app_context():
        for admin in ["ada"] * 9 + ["bob"]:
            try:
                charge("test", admin)
            except LimitReached:
                continue
            passed.append(admin)
    assert passed == ["ada", "ada", "ada", "bob"]
