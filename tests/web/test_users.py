"""The page of users: invitations, roles, sessions, removal (SPEC A1, M1, section 11)."""

from __future__ import annotations

import email
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from threading import Barrier
from urllib.parse import quote

import pytest
from sqlalchemy import select, update

from smtp_panel.access import users
from smtp_panel.access.sessions import UserSession
from smtp_panel.access.users import Role, User
from smtp_panel.audit import AuditEntry
from smtp_panel.outbox.model import Body, Lane, Message, Queued
from smtp_panel.storage import db, utcnow, writing
from tests.web.conftest import ADMIN, MEMBER, PASSWORD, SECOND_ADMIN, MakePanel, Panel, Visitor
from tests.web.html import Element

pytestmark = pytest.mark.both_engines

USERS = "/admin/users"
BOB = "bob@example.org"
INVITATION = {"email": BOB, "name": "Bob", "role": "member", "language": "en"}


@dataclass(frozen=True)
class Mailed:
    """A message in the outbox."""

    message: EmailMessage
    recipient: str
    lane: int
    expires_at: datetime | None

    @property
    def text(self) -> str:
        """What its reader reads."""
        body = self.message.get_body(("plain",))
        assert body
        return str(body.get_content())

    @property
    def link(self) -> str:
        """The path of the one-time link in it."""
        found = re.search(r"^http://localhost(/link/\S+)", self.text, re.M)
        assert found
        return found[1]


def mailed(panel: Panel) -> list[Mailed]:
    """What the outbox holds, oldest first."""
    found = select(Body.octets, Queued).join(Queued, Queued.id == Body.message)
    with panel.app.app_context():
        return [
            Mailed(
                email.message_from_bytes(octets, policy=default),
                queued.recipients[0][1],
                queued.lane,
                queued.expires_at,
            )
            for octets, queued in db.session.execute(found.order_by(Queued.id))
        ]


def row(page: Element, who: str) -> Element:
    """The line of somebody in the list."""
    return page.one("tr", data_user=who)


def path_of(admin: Visitor, who: str) -> str:
    """The page about somebody."""
    return row(admin.page(USERS), who).all("a")[0]["href"]


def entries(panel: Panel) -> list[tuple[str, str, str]]:
    """What the audit log says of accounts: what, by whom, to whom."""
    with panel.app.app_context():
        found = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [
            (entry.action, entry.actor, entry.changes["email"][1])
            for entry in found
            if "email" in entry.changes and entry.actor != "test"
        ]


def test_it_lists_everybody_with_role_state_and_when_they_were_here(panel: Panel) -> None:
    """Section 11: `[data-user]`."""
    admin = panel.admin()
    before = utcnow() - timedelta(minutes=2)
    with panel.app.app_context(), writing(db.session) as session:
        session.execute(update(UserSession).values(seen_at=before))
        signed_in = update(User).where(User.signed_in_at.is_not(None))
        session.execute(signed_in.values(signed_in_at=before))
    page = admin.page(USERS)
    found = page.all("tr", data_user=None)
    assert [(each["data-user"], each["data-role"], each["data-state"]) for each in found] == [
        (MEMBER, "member", "active"),
        (SECOND_ADMIN, "admin", "active"),
        (ADMIN, "admin", "active"),
    ]
    assert "you" in row(page, ADMIN).text
    assert "seen 2 minutes ago" in row(page, ADMIN).text
    assert "not seen yet" in row(page, MEMBER).text


def test_it_lists_a_hundred_at_a_time_and_leads_to_those_before(panel: Panel) -> None:
    """A1: the newest first, and nobody twice or left out."""
    invited = [f"{number:03}@example.org" for number in range(100)]
    with panel.app.app_context(), writing(db.session) as session:
        for address in invited:
            session.add(User(email=address, role=Role.MEMBER))
            session.flush()  # so that they come one after the other
    admin = panel.admin()
    newest = admin.page(USERS)
    assert [each["data-user"] for each in newest.all("tr", data_user=None)] == invited[::-1]
    older = admin.page(newest.link("Older accounts"))
    listed = [each["data-user"] for each in older.all("tr", data_user=None)]
    assert listed == [MEMBER, SECOND_ADMIN, ADMIN]
    assert older.link("Newest accounts") == USERS


def listed(page: Element) -> list[str]:
    """Whom the list shows, in its order."""
    return [each["data-user"] for each in page.all("tr", data_user=None)]


@pytest.mark.parametrize(
    "about", ["åsa", "ÅSA", "Berg", "asa.berg@", " asa.berg@example.org ", "_a"]
)
def test_it_finds_people_by_a_part_of_their_name_or_address(panel: Panel, about: str) -> None:
    """A1: without JavaScript, in capitals or not, and `%` and `_` mean themselves."""
    with panel.app.app_context(), writing(db.session) as session:
        session.add(User(email="asa.berg@example.org", name="Åsa Berg_A", role=Role.MEMBER))
        session.flush()
        session.add_all(User(email=f"{n}@example.org", role=Role.MEMBER) for n in range(20))
    admin = panel.admin()
    assert admin.page(USERS).id("q")["value"] == ""
    found = admin.page(f"{USERS}?q={quote(about)}")
    assert listed(found) == ["asa.berg@example.org"]
    assert found.id("q")["value"] == about.strip()


def test_a_search_goes_on_to_older_accounts_and_says_when_it_finds_nobody(panel: Panel) -> None:
    """A1: hundreds of accounts, and the way back to all of them."""
    with panel.app.app_context(), writing(db.session) as session:
        session.add_all(User(email=f"{n}@old.example", role=Role.MEMBER) for n in range(101))
        session.add(User(email=BOB, role=Role.MEMBER))
    admin = panel.admin()
    newest = admin.page(f"{USERS}?q=old.example")
    older = admin.page(newest.link("Older accounts"))
    assert (len(listed(newest)), len(listed(older))) == (100, 1)
    assert listed(admin.page(older.link("Newest accounts"))) == listed(newest)
    nobody = admin.page(f"{USERS}?q=nobody")
    assert "Nobody here has this in their name or address." in nobody.text
    assert nobody.link("Show all") == USERS


def test_an_invitation_goes_out_with_the_account_and_lets_its_owner_in(mailing: Panel) -> None:
    """A1, M1: one transaction, before other mail, and not after the link has ended."""
    admin = mailing.admin()
    admin.page(USERS)
    page = admin.follow(admin.post(USERS, **INVITATION))
    assert "is on its way" in page.text

    (mail,) = mailed(mailing)
    assert (mail.recipient, mail.lane) == (BOB, Lane.URGENT)
    assert mail.message["Subject"] == f"{ADMIN} invites you to SMTP Panel"
    assert mail.message["From"] == "Acme <news@acme.example>"
    assert "within 72 hours" in mail.text
    assert mail.expires_at is not None
    headings = [each.text for each in page.all("h2")]
    assert headings == ["Platform", "Invitation", "Sessions", "Account"]
    assert row(admin.page(USERS), BOB)["data-state"] == "invited"
    assert entries(mailing) == [("user.created", ADMIN, BOB), ("link.created", ADMIN, BOB)]

    bob = mailing.visitor()
    assert "everywhere else" not in bob.page(mail.link).text  # for he is signed in nowhere yet
    bob.post(mail.link, password=PASSWORD)
    assert bob.page("/").id("name")["value"] == "Bob"
    assert row(admin.page(USERS), BOB)["data-state"] == "active"


def test_while_no_mail_leaves_an_invitation_is_not_said_to_be_on_its_way(mailing: Panel) -> None:
    """M5, W3: it waits, and the admin who is waited for learns it."""
    admin = mailing.admin()
    admin.page("/admin/outbox")
    admin.post("/admin/outbox/pause")
    admin.page(USERS)
    page = admin.follow(admin.post(USERS, **INVITATION))
    assert f"The mail to {BOB} waits in the outbox" in page.text
    assert "on its way" not in page.text
    assert len(mailed(mailing)) == 1


def test_an_invitation_speaks_the_language_that_was_chosen_for_it(mailing: Panel) -> None:
    """M1."""
    admin = mailing.admin()
    admin.page(USERS)
    admin.post(USERS, **INVITATION | {"language": "ja"})
    (mail,) = mailed(mailing)
    assert "招待" in mail.message["Subject"]
    assert mail.link


def test_where_no_mail_can_go_the_page_shows_the_link_this_once(panel: Panel) -> None:
    """Section 11: without a mail service, or a known address, the page shows the link."""
    admin = panel.admin()
    assert "No mail service is set up" in admin.page(USERS).text
    response = admin.post(USERS, **INVITATION)
    link = re.findall(r"http://localhost(/link/[\w-]+)", response.text)[0]
    assert mailed(panel) == []
    bob = panel.visitor()
    bob.page(link)
    assert bob.post(link, password=PASSWORD).status_code == 303
    assert link not in admin.get(USERS).text

    path = path_of(admin, BOB)
    assert "/link/" in admin.post(f"{path}/link").text
    assert {each["value"] for each in admin.html.all("input", name="next")} == {path}


def test_no_link_goes_by_mail_where_nobody_knows_the_address_of_the_panel(mailing: Panel) -> None:
    """Section 11: it would have to be taken from a Host header."""
    mailing.serve_at("")
    admin = mailing.admin()
    assert "SMTP_PANEL_URL" in admin.page(USERS).text
    assert "/link/" in admin.post(USERS, **INVITATION).text
    assert mailed(mailing) == []


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"email": "bob"}, "email", "not a mail address"),
        ({"email": f"{BOB}\r\nBcc: eve@example.org"}, "email", "not a mail address"),
        ({"email": MEMBER.upper()}, "email", "already"),
        ({"name": "x" * 201}, "name", "at most 200"),
    ],
)
def test_what_is_wrong_with_an_invitation_stands_at_its_field(
    mailing: Panel, typed: dict[str, str | None], field: str, words: str
) -> None:
    """V2: and what was typed stays; nothing is sent."""
    admin = mailing.admin()
    admin.page(USERS)
    response = admin.post(USERS, **INVITATION | {"role": "admin"} | typed)
    assert response.status_code == 422
    assert words in admin.html.id(f"{field}-error").text
    assert admin.html.id("role").one("option", selected=None)["value"] == "admin"
    assert mailed(mailing) == []
    assert entries(mailing) == []


def test_an_invitation_is_sent_again_with_another_link(mailing: Panel) -> None:
    """A1: the first link ends."""
    admin = mailing.admin()
    admin.page(USERS)
    page = admin.follow(admin.post(USERS, **INVITATION))
    assert (
        page.one("form", action=f"{path_of(admin, BOB)}/link").text == "Send the invitation again"
    )
    admin.post(f"{path_of(admin, BOB)}/link")
    first, second = mailed(mailing)
    assert first.message["Subject"] == second.message["Subject"]
    assert mailing.visitor().get(first.link).status_code == 410
    assert mailing.visitor().get(second.link).status_code == 200


def test_an_admin_sends_a_reset_link_and_the_old_password_holds_until_it_is_used(
    mailing: Panel,
) -> None:
    """A1, M1: then the sessions end, and the account's owner is told."""
    admin, member = mailing.admin(), mailing.member()
    admin.post(f"{path_of(admin, MEMBER)}/link")
    (mail,) = mailed(mailing)
    assert (mail.recipient, mail.lane) == (MEMBER, Lane.URGENT)
    assert ADMIN in mail.text
    assert "within 1 hour." in mail.text
    assert member.get("/").status_code == 200

    there = mailing.visitor()
    there.page(mail.link)
    there.post(mail.link, password="another password")
    assert member.get("/").status_code == 303
    assert there.get("/").status_code == 200
    _, told = mailed(mailing)
    assert (told.recipient, told.message["Subject"]) == (
        MEMBER,
        "Your password for SMTP Panel was changed",
    )
    assert "http://localhost/forgot" in told.text


def test_invitations_are_no_way_to_send_mail_to_strangers(make_panel: MakePanel) -> None:
    """L4: counted for each admin; what was typed stays."""
    panel = make_panel(invite_limit="2 per hour")
    admin = panel.admin()
    admin.page(USERS)
    for number in range(2):
        assert admin.post(USERS, **INVITATION | {"email": f"{number}@x.example"}).status_code == 200
    admin.page(USERS)
    response = admin.post(USERS, **INVITATION)
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 3000
    assert admin.html.id("email")["value"] == BOB
    assert admin.post(f"{path_of(admin, MEMBER)}/link").status_code == 429
    assert panel.admin(SECOND_ADMIN).post(f"{path_of(admin, MEMBER)}/link").status_code == 400
    with panel.app.app_context():
        assert users.find(db.session, BOB) is None


def test_a_role_holds_from_the_next_request_on(panel: Panel) -> None:
    """A1."""
    admin, member = panel.admin(), panel.member()
    assert member.get(USERS).status_code == 403
    path = path_of(admin, MEMBER)
    admin.page(path)
    assert "The role is changed" in admin.follow(admin.post(f"{path}/role", role="admin")).text
    assert member.get(USERS).status_code == 200
    admin.post(f"{path}/role", role="member")
    assert member.get(USERS).status_code == 403
    assert admin.post(f"{path}/role", role="root").status_code == 422
    assert entries(panel) == [("user.role_changed", ADMIN, MEMBER)] * 2


def test_the_sessions_of_somebody_are_ended(panel: Panel) -> None:
    """A1: theirs, and nobody else's."""
    admin, member = panel.admin(), panel.member()
    path = path_of(admin, MEMBER)
    assert "Signed in in 1 browser." in admin.page(path).text
    page = admin.follow(admin.post(f"{path}/end-sessions"))
    assert "Signed in nowhere." in page.text
    assert member.get("/").status_code == 303
    assert entries(panel) == [("user.signed_out", ADMIN, MEMBER)]


def test_who_is_removed_is_out_at_once_and_can_be_invited_again(panel: Panel) -> None:
    """A1: after a page that asks; the audit log stays."""
    admin, member = panel.admin(), panel.member()
    path = path_of(admin, MEMBER)
    assert MEMBER in admin.page(f"{path}/remove").one("h1").text
    assert f"The account {MEMBER} is removed." in admin.follow(admin.post(f"{path}/remove")).text
    assert member.get("/").status_code == 303
    assert admin.get(path).status_code == 404
    admin.page(USERS)
    assert "meantime" in admin.follow(admin.post(f"{path}/end-sessions")).text
    assert admin.post(USERS, **INVITATION | {"email": MEMBER}).status_code == 200
    assert entries(panel)[0] == ("user.removed", ADMIN, MEMBER)


def test_who_removes_their_own_account_is_told_before_and_out_after(panel: Panel) -> None:
    """A1."""
    admin = panel.admin()
    path = path_of(admin, ADMIN)
    assert "your own account" in admin.page(f"{path}/remove").text
    assert admin.post(f"{path}/remove").status_code == 303
    assert admin.get(USERS).headers["Location"].startswith("/login")
    assert f"The account {ADMIN} is removed." in admin.page("/login").text


def test_the_last_admin_who_can_sign_in_stays_one(mailing: Panel) -> None:
    """A1: somebody who is only invited can't take their place."""
    admin = mailing.admin()
    admin.page(USERS)
    admin.post(USERS, **INVITATION | {"role": "admin"})
    admin.post(f"{path_of(admin, SECOND_ADMIN)}/remove")
    path = path_of(admin, ADMIN)
    for what in ("role", "remove"):
        admin.page(path)
        response = admin.post(f"{path}/{what}", role="member")
        assert response.status_code == 422
        assert "This is the last admin who can sign in" in response.text
        assert admin.html.has_id("role-error") == (what == "role")
    assert admin.get(USERS).status_code == 200


def test_two_admins_who_remove_each_other_at_once_leave_one(panel: Panel) -> None:
    """A1: on both engines."""
    pair = {ADMIN: panel.admin(), SECOND_ADMIN: panel.admin(SECOND_ADMIN)}
    paths = {who: path_of(pair[ADMIN], who) for who in pair}
    for each in pair.values():
        each.page(USERS)
    together = Barrier(2)

    def remove(who: str, other: str) -> int:
        together.wait()
        return pair[who].post(f"{paths[other]}/remove").status_code

    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(remove, (ADMIN, SECOND_ADMIN), (SECOND_ADMIN, ADMIN)))
    with panel.app.app_context():
        left = db.session.scalars(select(User.email).where(User.role == "admin")).all()
    assert len(left) == 1
    assert answers.count(303) >= 1


def test_the_token_of_an_invitation_is_written_down_nowhere(mailing: Panel) -> None:
    """A1, V5: only its hash is, and the mail that waits."""
    admin = mailing.admin()
    admin.page(USERS)
    admin.post(USERS, **INVITATION)
    token = mailed(mailing)[0].link.rpartition("/")[2]
    assert token.encode() not in b"".join(mailing.answers)
    with mailing.app.app_context():
        assert token not in str([vars(each) for each in db.session.scalars(select(AuditEntry))])
        assert token not in str([vars(each) for each in db.session.scalars(select(Message))])
