"""The kinds of mail in a terminal (SPEC M1, A6)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import Result

from smtp_panel.mail.occasions import KINDS, NOTICES
from tests.cli.conftest import Command
from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import ADMIN, MakePanel, Panel, fields_of


@pytest.fixture
def smtp(panel: Panel) -> Command:
    """The command, where no mail service is set up."""
    return Command(panel.app)


def test_each_kind_is_listed_and_read_in_either_language(smtp: Command) -> None:
    listed = smtp("mail", "--json").json["kinds"]
    assert [each["id"] for each in listed] == [kind.id for kind in KINDS]
    assert listed[1]["about"] in smtp("mail").stdout
    english, japanese = (
        smtp("mail", "invitation", "--language", each, "--json").json for each in ("en", "ja")
    )
    assert english["subject"] != japanese["subject"]
    assert english["text"] in smtp("mail", "invitation").stdout


def test_a_sample_goes_by_the_outbox_where_there_is_a_service(
    panel: Panel, smtp: Command, smtpd: StartSmtpd
) -> None:
    refused = smtp("mail", "invitation", "--to", "bob@test.example", "--json")
    assert refused.code == 1
    assert "no mail service" in refused.json["errors"]["panel"]["message"]
    panel.saved(panel.admin(), **fields_of(smtpd("none")))
    assert smtp("mail", "invitation", "--to", "bob@test.example").code == 0
    (message,) = smtp("queue", "--json").json["messages"]
    assert message["recipients"] == ["bob@test.example"]
    assert list(smtp("mail", "test", "--to", "bob", "--json").json["errors"]) == ["to"]
    assert smtp("mail", "nonsense").code == 2


def test_an_admin_is_told_by_mail_what_is_chosen_for_them(panel: Panel) -> None:
    """SPEC W8, A6."""
    panel.admin()

    def notices(*words: str, email: str = "ada@example.com") -> Result:
        given = ("users", "notices", "--email", email, *words, "--json")
        return panel.app.test_cli_runner().invoke(args=given)

    kinds = sorted(kind.id for kind in NOTICES)
    chosen = [word for each in kinds for word in ("--only", each)]
    for words, told in ((chosen, kinds), (chosen[:2], kinds[:1]), (["--none"], [])):
        assert json.loads(notices(*words).stdout)["notices"] == told
        assert json.loads(notices().stdout)["notices"] == told
    assert notices("--none", "--only", "ends_soon").exit_code == 2
    assert notices(email="nobody@example.com").exit_code == 2


def test_an_invitation_goes_by_mail_or_is_printed_where_it_cant(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """SPEC A1, A6, section 11: as on the page."""
    panel = make_panel(url="http://localhost")

    def users(*words: str) -> Any:
        return json.loads(
            panel.app.test_cli_runner().invoke(args=["users", *words, "--json"]).stdout
        )

    bob = ("--email", "bob@test.example", "--mail")
    assert "/link/" in users("create", *bob)["link"], "no mail service yet"
    panel.saved(panel.admin(), **fields_of(smtpd("none")))
    assert users("reset-link", *bob) == {
        "ok": True,
        "email": "bob@test.example",
        "role": "member",
        "link": None,
    }
    (message,) = Command(panel.app)("queue", "--json").json["messages"]
    assert message["recipients"] == ["bob@test.example"]
    assert message["subject"] == "You are invited to SMTP Panel", "a command line invites nobody"
    to_admin = ("users", "reset-link", "--email", ADMIN, "--mail")
    assert panel.app.test_cli_runner().invoke(args=to_admin).stdout == (
        f"A link is on its way to {ADMIN}. It works once, within 1 hour.\n"
    )
