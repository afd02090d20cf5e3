"""The people who may sign in, as programs see and handle them (SPEC A1, A5)."""

from __future__ import annotations

from typing import Any

import pytest

from smtp_panel.access.keys import KeyScope
from smtp_panel.access.users import Role, User
from smtp_panel.api.lists import MOST
from smtp_panel.storage import db, writing
from tests.api.conftest import Program, program_of, told_by
from tests.web.conftest import ADMIN, MakePanel, Panel
from tests.web.test_users import mailed

EVE = "eve@test.example"


def invited(manager: Program, **fields: object) -> int:
    """The id of somebody who was invited."""
    answer = manager.ask("POST", "/users", {"email": EVE, **fields})
    assert answer.status_code == 201, answer.text
    found: int = told_by(answer)["id"]
    return found


def known(manager: Program, email: str) -> dict[str, Any]:
    """What is told of the account with this mail address."""
    everybody: list[dict[str, Any]] = told_by(manager.ask("GET", "/users"))["users"]
    (found,) = [each for each in everybody if each["email"] == email]
    return found


@pytest.mark.both_engines
def test_somebody_is_invited_becomes_an_admin_and_is_removed(manager: Program) -> None:
    """A1: what the page of users can do; the log names the key."""
    eve = f"/users/{invited(manager, name='Eve', language='ja')}"
    told = told_by(manager.ask("GET", eve))
    assert [told[name] for name in ("email", "name", "role", "state", "language")] == [
        EVE, "Eve", "member", "invited", "ja",
    ]  # fmt: skip
    assert told["link_until"]
    assert told in told_by(manager.ask("GET", "/users"))["users"]
    assert told_by(manager.ask("POST", f"{eve}/role", {"role": "admin"}))["role"] == "admin"
    assert manager.ask("DELETE", eve).status_code == 204
    assert manager.ask("GET", eve).status_code == 404
    entries = told_by(manager.ask("GET", "/audit"))["entries"]
    assert [(each["action"], each["actor"]) for each in entries[:2]] == [
        ("user.removed", manager.actor),
        ("user.role_changed", manager.actor),
    ]


def test_next_leads_through_everybody_once(manager: Program) -> None:
    """A2: a proxy may let thousands in; who comes meanwhile moves nothing."""
    with manager.panel.app.app_context(), writing(db.session) as session:
        names = [f"u{number}" for number in range(MOST)]
        session.add_all(User(external_id=name, role=Role.MEMBER) for name in names)
    first = told_by(manager.ask("GET", "/users"))
    invited(manager)
    second = told_by(manager.ask("GET", f"/users?cursor={first['next']}"))
    assert [each["known_as"] for each in first["users"]] == names[::-1]
    rest = [each["known_as"] for each in second["users"]]
    assert ADMIN in rest
    assert EVE not in rest
    assert second["next"] is None


def test_a_link_is_told_once_where_none_goes_by_mail(manager: Program) -> None:
    """Section 11, SMTP_PANEL_URL: as page and command line show it; it opens the panel."""
    told = told_by(manager.ask("POST", "/users", {"email": EVE}))
    assert told["hours"] == 72
    again = told_by(manager.ask("POST", f"/users/{told['id']}/link"))["link"]
    assert again != told["link"]
    path = again.removeprefix("http://localhost")
    assert manager.panel.app.test_client().get(path).status_code == 200
    token = path.rpartition("/")[2]
    for listed in ("/users", "/audit", f"/users/{told['id']}"):
        assert token not in manager.ask("GET", listed).text


def test_a_link_that_goes_by_mail_is_in_no_answer(mailing: Panel) -> None:
    """A1: the invitation goes to whoever is invited, in their language, and to nobody else."""
    manager = program_of(mailing, KeyScope.MANAGE)
    told = told_by(manager.ask("POST", "/users", {"email": EVE, "language": "ja"}))
    assert told["link"] is None
    (mail,) = mailed(mailing)
    assert (mail.message["To"], "招待" in mail.message["Subject"]) == (EVE, True)


def test_sessions_end(manager: Program) -> None:
    """A1: of everybody in every browser."""
    browser = manager.panel.admin().client
    admin = known(manager, ADMIN)
    assert admin["sessions"] == 1
    told = told_by(manager.ask("POST", f"/users/{admin['id']}/end-sessions"))
    assert told["sessions"] == 0
    assert browser.get("/admin/smtp").status_code == 303


def test_the_last_admin_stays_an_admin(manager: Program) -> None:
    """A1: 409, which says what to do first."""
    for other in told_by(manager.ask("GET", "/users"))["users"]:
        if other["email"] != ADMIN:
            manager.ask("DELETE", f"/users/{other['id']}")
    one = f"/users/{known(manager, ADMIN)['id']}"
    for answer in (
        manager.ask("DELETE", one),
        manager.ask("POST", f"{one}/role", {"role": "member"}),
    ):
        assert answer.status_code == 409
        assert "somebody else" in told_by(answer)["message"]
    assert told_by(manager.ask("GET", one))["role"] == "admin"


def test_invitations_count_for_the_key(make_panel: MakePanel) -> None:
    """L4: as on the page for an account; that a person can invite is not changed by it."""
    manager = program_of(make_panel(invite_limit="2 per minute"), KeyScope.MANAGE)
    user = invited(manager)
    assert manager.ask("POST", f"/users/{user}/link").status_code == 200
    answer = manager.ask("POST", "/users", {"email": "max@test.example"})
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (429, True)
    other = program_of(manager.panel, KeyScope.MANAGE)
    assert other.ask("POST", f"/users/{user}/link").status_code == 200


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"email": "eve"}, "email"),
        ({"email": ADMIN}, "email"),
        ({"role": "owner"}, "role"),
        ({"language": "tlh"}, "language"),
        ({"name": "x" * 201}, "name"),
    ],
)
def test_who_can_not_be_invited_is_told_by_field(
    manager: Program, fields: dict[str, object], wrong: str
) -> None:
    answer = manager.ask("POST", "/users", {"email": EVE, **fields})
    assert answer.status_code == 422
    assert list(told_by(answer)["errors"]) == [wrong]


@pytest.mark.both_engines
def test_nobody_is_404(manager: Program) -> None:
    for number in ("999", str(2**80), "9" * 5000):
        assert manager.ask("GET", f"/users/{number}").status_code == 404
        assert manager.ask("DELETE", f"/users/{number}").status_code == 404
        assert manager.ask("POST", f"/users/{number}/link").status_code == 404
