"""The page of senders: each address is tried, and nothing is sent (SPEC L1, T6)."""

from __future__ import annotations

import pytest
from flask_mail import Message

from smtp_panel.mail.front import Mail
from smtp_panel.operations.senders import MOST
from smtp_panel.outbox.enqueue import MailObject
from smtp_panel.runs import asked_senders
from smtp_panel.secret import Secret
from smtp_panel.storage import db, utcnow, writing
from tests.cli.conftest import Command
from tests.servers.certificates import CertificateAuthority
from tests.servers.postfix import Postfix
from tests.web.conftest import NOBODY, MakePanel, Panel, Visitor
from tests.web.test_schedules import made, work
from tests.web.test_test_email import on

SENDERS = "/admin/senders"
FROM, BOSS, PROGRAM = "no-reply@test.example", "boss@test.example", "shop@test.example"


def states(admin: Visitor) -> dict[str, str]:
    """The state of each sender on the page."""
    rows = admin.page(SENDERS).all("tr", data_sender=None)
    return {row["data-sender"]: row["data-state"] for row in rows}


def asked(panel: Panel, admin: Visitor) -> dict[str, str]:
    """The states after the server was asked."""
    admin.page(SENDERS)
    admin.follow(admin.post(SENDERS))
    panel.settle()
    return states(admin)


def uses(admin: Visitor) -> dict[str, str]:
    """What each sender is used for, on the page."""
    rows = admin.page(SENDERS).all("tr", data_sender=None)
    return {row["data-sender"]: row.all("td")[1].text for row in rows}


def accept(panel: Panel, sender: str) -> None:
    with panel.app.app_context(), writing(db.session):
        mail = MailObject(sender=sender, recipients=["eve@test.example"], octets=b"a: b\r\n\r\n")
        panel.operations.intake.accept(mail)


def test_each_address_in_use_is_tried_and_nothing_is_sent(
    panel: Panel, postfix: Postfix, trusted: CertificateAuthority
) -> None:
    """From, envelope sender, Reply-To and what programs send from, at a real Postfix."""
    admin = panel.admin()
    panel.saved(admin, **on(postfix), envelope_sender=BOSS, reply_to="help@test.example")
    accept(panel, PROGRAM)
    before = postfix.log.count("status=")

    pending = dict.fromkeys((FROM, BOSS, "help@test.example", PROGRAM), "pending")
    assert states(admin) == pending
    assert asked(panel, admin) == dict.fromkeys(pending, "taken") | {BOSS: "refused"}

    (refused,) = admin.html.all("tr", data_sender=BOSS)
    assert "Envelope sender" in refused.text
    assert "does not let this account send as boss@test.example" in refused.text
    assert refused.one("a", data_why=None)["href"] == "/admin/faults/mail-from-must-equal-user"
    assert "Sender address rejected: not owned by user ada@test.example" in refused.text
    assert postfix.log.count("status=") == before


def test_the_command_line_asks_as_well(
    panel: Panel, postfix: Postfix, trusted: CertificateAuthority
) -> None:
    """NAMES: smtp senders --json; exit code 1 where one is not taken."""
    panel.saved(panel.admin(), **on(postfix))
    smtp = Command(panel.app)
    told = smtp("senders", "--json")
    assert (told.code, told.json["ok"]) == (0, True)
    (only,) = told.json["senders"]
    assert (only["address"], only["state"], only["uses"]) == (
        FROM, "taken", ["from", "envelope_sender"],
    )  # fmt: skip
    accept(panel, BOSS)
    told = smtp("senders", "--json")
    assert told.code == 1
    assert told.json["senders"][1]["diagnosis"]["id"] == "mail-from-must-equal-user"
    lines = smtp("senders").lines
    assert f"{FROM}: Taken" in lines
    assert f"{BOSS}: Refused" in lines


def test_of_the_default_service_it_says_who_sets_it(make_panel: MakePanel) -> None:
    """T6, S1: there is no field to change then."""
    panel = make_panel(
        default_url=Secret("smtp://ada:x@127.0.0.1:1"), default_from="ada@test.example"
    )
    admin = panel.admin()
    assert asked(panel, admin) == {"ada@test.example": "unknown"}
    assert "SMTP_PANEL_DEFAULT_URL" in admin.html.id("senders").text


def test_without_a_mail_service_there_is_nobody_to_ask(panel: Panel) -> None:
    """The page and the command say what to do."""
    admin = panel.admin()
    assert "Set one up on the SMTP page" in admin.page(SENDERS).text
    assert "Set one up on the SMTP page" in admin.post(SENDERS).text
    refused = Command(panel.app)("senders", "--json")
    assert refused.code == 2
    assert "Set one up" in refused.json["errors"]["panel"]["message"]
    refused = Command(panel.app)("senders", "--to", "nobody", "--json")
    assert (refused.code, refused.json["errors"]["to"]["option"]) == (2, "--to")


def test_a_server_that_can_not_be_reached_leaves_them_unknown(panel: Panel) -> None:
    """D5: what could not be asked is not refused."""
    admin = panel.admin()
    panel.saved(admin, **NOBODY)
    assert asked(panel, admin) == {"ada@example.com": "unknown"}
    assert "Not known" in admin.html.id("senders").text


@pytest.mark.both_engines
def test_schedules_send_from_the_settings_or_as_their_last_message(panel: Panel) -> None:
    """NAMES: what each address is used for stands beside it; content may name its own sender."""
    admin = panel.admin()
    panel.saved(admin, **NOBODY)
    assert uses(admin) == {"ada@example.com": "From · Envelope sender"}
    sales = Message(body="Seven.", sender=f"Sales <{BOSS}>")
    Mail(panel.app).content("sales")(lambda: sales)
    made(admin)
    assert uses(admin) == {"ada@example.com": "From · Schedules · Envelope sender"}
    admin.post("/admin/schedules/1/run")
    work(panel)
    assert uses(admin) == {
        "ada@example.com": "From · Envelope sender",
        BOSS: "Schedules · Messages accepted lately",
    }


def test_where_there_may_be_more_than_are_asked_it_says_so(panel: Panel) -> None:
    """L1: twenty at most, so that nobody takes the table for the whole."""
    admin = panel.admin()
    panel.saved(admin, **NOBODY)
    for number in range(MOST - 2):
        accept(panel, f"program{number}@test.example")
    assert len(states(admin)) == MOST - 1
    assert "There may be more" not in admin.html.id("senders").text
    accept(panel, PROGRAM)
    assert len(states(admin)) == MOST
    assert "There may be more: 20 addresses are asked" in admin.html.id("senders").text
    assert "There may be more" in Command(panel.app)("senders").stdout


def test_it_counts_as_a_test(make_panel: MakePanel) -> None:
    """L1, L2: past the limit 429 says when to ask again."""
    panel = make_panel(test_limit="1 per minute")
    admin = panel.admin()
    panel.saved(admin, **NOBODY)
    asked(panel, admin)
    admin.htmx = True
    refused = admin.post(SENDERS)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert "Too many attempts" in refused.text
    assert "form-alert" in refused.text
    assert admin.test(**NOBODY).status_code == 429


@pytest.mark.both_engines
def test_of_those_who_ask_for_the_first_time_at_once_each_is_answered(panel: Panel) -> None:
    """A8: none finds that another was faster to make the row."""
    about = {"settings_version": 1, "server": "mail.example", "by": "", "node": ""}
    panel.at_once(lambda session: asked_senders.begin(session, **about, ends_by=utcnow()))
    with panel.app.app_context():
        assert asked_senders.last_asked(db.session())
