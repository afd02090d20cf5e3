"""Forgot your password? (SPEC A1, L4, section 11)."""

from __future__ import annotations

import pytest

from smtp_panel.outbox.model import Lane
from tests.web.conftest import ADMIN, MAILING, MEMBER, SECOND_ADMIN, MakePanel, Panel
from tests.web.html import parse
from tests.web.test_users import INVITATION, entries, mailed

pytestmark = pytest.mark.both_engines

FORGOT = "/forgot"
STRANGER = "nobody@example.org"


def test_who_has_forgotten_it_gets_a_link_that_works_once_for_an_hour(mailing: Panel) -> None:
    """A1, M1: before other mail; then all other sessions end."""
    member, visitor = mailing.member(), mailing.visitor()
    form = visitor.page(visitor.page("/login").link("Forgot your password?"))
    assert form.one("h1").text == "Forgot your password?"
    page = visitor.follow(visitor.post(FORGOT, email=MEMBER.upper()))
    assert "If there is an account with this address" in page.text

    (mail,) = mailed(mailing)
    assert (mail.recipient, mail.lane) == (MEMBER, Lane.URGENT)
    assert "within 1 hour." in mail.text
    assert mail.expires_at is not None
    visitor.page(mail.link)
    visitor.post(mail.link, password="another password")
    assert visitor.get("/").status_code == 200
    assert member.get("/").status_code == 303
    assert mailing.visitor().get(mail.link).status_code == 410


def test_an_admin_who_reads_what_waits_does_not_get_the_link_of_somebody_else(
    mailing: Panel,
) -> None:
    """M6, A1: it would give them the account; invitations are masked alike, in text and HTML."""
    visitor, admin = mailing.visitor(), mailing.admin()
    visitor.page(FORGOT)
    visitor.post(FORGOT, email=SECOND_ADMIN)
    admin.page("/admin/users")
    admin.post("/admin/users", **INVITATION)
    rows = admin.page("/admin/outbox").all("tr", data_message=None)
    letters = mailed(mailing)
    assert {each.recipient for each in letters} == {SECOND_ADMIN, INVITATION["email"]}

    for row in rows:
        answer = admin.get(f"/admin/outbox/{row['data-message']}/content").text
        assert not any(each.link in answer for each in letters)
        page = parse(answer)
        for part in ("Text", "What the HTML part says"):
            assert "http://localhost/link/***" in page.one("pre", aria_label=part).text
        assert "is masked" in page.one("p", data_masked=None).text
    assert all(visitor.get(each.link).status_code == 200 for each in letters)


def test_the_answer_is_the_same_with_and_without_an_account(mailing: Panel) -> None:
    """A1: nobody learns who has one; no mail goes to a stranger."""
    answers = []
    for email in (MEMBER, STRANGER):
        visitor = mailing.visitor()
        visitor.page(FORGOT)
        response = visitor.post(FORGOT, email=email)
        page = visitor.follow(response).text
        answers.append((response.status_code, response.headers["Location"], response.text, page))
    assert answers[0] == answers[1]
    assert [each.recipient for each in mailed(mailing)] == [MEMBER]


def test_the_work_is_the_same_with_and_without_an_account(mailing: Panel) -> None:
    """A1: so the time tells nothing either; without one all of it is taken back."""
    made = {}
    for email in (MEMBER, STRANGER):
        visitor = mailing.visitor()
        visitor.page(FORGOT)
        with mailing.queries() as queries:
            visitor.post(FORGOT, email=email)
        made[email] = [each.split(" WHERE ")[0] for each in queries if "SAVEPOINT" not in each]
    assert made[MEMBER] == made[STRANGER]
    assert any("one_time_link" in each for each in made[STRANGER])
    assert [each.recipient for each in mailed(mailing)] == [MEMBER]


def test_it_is_in_the_audit_log_who_was_asked_for(mailing: Panel) -> None:
    """V5: without what a stranger typed."""
    visitor = mailing.visitor()
    visitor.page(FORGOT)
    visitor.post(FORGOT, email=MEMBER)
    visitor.page(FORGOT)
    visitor.post(FORGOT, email=STRANGER)
    assert entries(mailing) == [("link.created", "", MEMBER)]
    page = mailing.admin().page("/admin/audit").one("tbody").text
    assert page.count("Password reset asked for") == 2
    assert "There is no such account." in page
    assert STRANGER not in page


def test_what_is_no_address_is_told_at_the_field(mailing: Panel) -> None:
    """V2."""
    visitor = mailing.visitor()
    visitor.page(FORGOT)
    assert visitor.post(FORGOT, email="max").status_code == 422
    assert "not a mail address" in visitor.html.id("email-error").text


def test_it_is_limited_for_an_account_and_for_an_address(make_panel: MakePanel) -> None:
    """L4: known and unknown alike; whoever signed in from this browser before may still ask."""
    panel = make_panel(**MAILING, reset_limit="2 per hour")
    at_home = panel.visitor()
    at_home.sign_in(MEMBER)
    at_home.get("/")
    at_home.post("/logout")

    def asked(email: str, address: str) -> int:
        visitor = panel.visitor()
        visitor.client.environ_base["REMOTE_ADDR"] = address
        visitor.page(FORGOT)
        return visitor.post(FORGOT, email=email).status_code

    assert [asked(MEMBER, f"192.0.2.{number}") for number in range(3)] == [303, 303, 429]
    assert [asked(STRANGER, f"198.51.100.{number}") for number in range(3)] == [303, 303, 429]
    assert [asked(f"{number}@x.example", "203.0.113.1") for number in range(3)] == [303, 303, 429]
    at_home.page(FORGOT)
    assert at_home.post(FORGOT, email=MEMBER).status_code == 303
    assert asked(ADMIN, "203.0.113.9") == 303


@pytest.mark.parametrize("url", ["", "http://localhost"])
def test_where_no_link_can_go_by_mail_it_says_whom_to_ask(panel: Panel, url: str) -> None:
    """Section 11: nothing is taken from a Host header."""
    panel.serve_at(url)
    visitor = panel.visitor()
    page = visitor.page(FORGOT)
    assert "Ask an admin" in page.text
    assert not page.has_id("email")
    visitor.page("/login")
    assert visitor.post(FORGOT, email=MEMBER).status_code == 422
    assert mailed(panel) == []


def test_who_was_only_invited_may_ask_as_well(mailing: Panel) -> None:
    """A1: where the invitation was lost or has expired."""
    admin = mailing.admin()
    admin.page("/admin/users")
    new = {"email": "bob@example.org", "name": "", "role": "member", "language": "ja"}
    admin.post("/admin/users", **new)
    visitor = mailing.visitor()
    visitor.page(FORGOT)
    visitor.post(FORGOT, email="bob@example.org")
    mail = mailed(mailing)[-1]
    assert "パスワード" in mail.message["Subject"]
    visitor.page(mail.link)
    assert visitor.post(mail.link, password="a new password").status_code == 303


def test_a_password_that_is_changed_ends_the_links_to_another(mailing: Panel) -> None:
    """A1: whoever reads old mail finds nothing that works; the owner is told of the change."""
    visitor = mailing.visitor()
    visitor.page(FORGOT)
    visitor.post(FORGOT, email=MEMBER)
    member = mailing.member()
    member.page("/")
    member.post("/password", current="correct horse battery", new="another password")
    reset, told = mailed(mailing)
    assert "was changed" in told.message["Subject"]
    assert visitor.get(reset.link).status_code == 410
