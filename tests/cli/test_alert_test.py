"""`smtp alert-test` says what the webhook answered (SPEC W8, A6)."""

from __future__ import annotations

from smtp_panel.secret import Secret
from tests.cli.conftest import Command
from tests.servers.receiver import receiver
from tests.web.conftest import MakePanel, Panel


def test_a_test_alert_says_what_the_webhook_answered(make_panel: MakePanel) -> None:
    """W8: what arrives is no outage; exit code 1 where it was not taken."""
    with receiver() as hook:
        smtp = Command(make_panel(alert_webhook=Secret(hook.url)).app)
        arrived = smtp("alert-test", "--json")
        assert (arrived.code, arrived.json) == (0, {"ok": True})
        assert hook.requests[0].json["type"] == "alert.test"
        hook.status = 404
        refused = smtp("alert-test")
        assert refused.code == 1
        assert "It answered 404." in refused.stderr
        assert hook.url not in refused.stderr
        assert "404 が返されました。" in smtp("alert-test", LANG="ja_JP.UTF-8").stderr


def test_without_a_webhook_it_says_how_there_is_one(panel: Panel) -> None:
    refused = Command(panel.app)("alert-test", "--json")
    assert refused.code == 2
    assert "SMTP_PANEL_ALERT_WEBHOOK" in refused.json["errors"]["panel"]["message"]
