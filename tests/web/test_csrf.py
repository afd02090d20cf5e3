"""No form is taken without the token of the page that it stood on."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from smtp_panel.audit import AuditEntry
from smtp_panel.settings.model import Settings
from smtp_panel.storage import db
from tests.web.conftest import NOBODY, PASSWORD, MakePanel, Panel, Visitor
from tests.web.html import parse
from tests.web.test_access import routes

# These change the looks of one browser and nothing else, so they ask for none.
PREFERENCES = {"preferences.language", "preferences.theme"}
FIELDS = {"email": "eve@example.com", "password": PASSWORD, "current": PASSWORD, "new": "x" * 9}
TOKENS = [None, "", "broken", "x" * 5000, "IjQi.aBcDeF.signature", "\0é"]


def entries(panel: Panel) -> int:
    """How many entries the audit log has."""
    with panel.app.app_context():
        return db.session.scalar(select(func.count(AuditEntry.id))) or 0


@pytest.mark.parametrize("token", TOKENS)
def test_no_view_takes_a_form_without_a_valid_token(
    make_panel: MakePanel, token: str | None
) -> None:
    panel = make_panel(sandbox=True)
    admin, before = panel.admin(), entries(panel)
    walked = 0
    for method, path, endpoint in routes(panel.app):
        if method == "POST" and endpoint not in PREFERENCES:
            response = admin.post(path, **(NOBODY | FIELDS | {"csrf_token": token}))
            assert response.status_code in {400, 410}, endpoint
            walked += 1
    assert walked == 44
    assert entries(panel) == before
    with panel.app.app_context():
        assert db.session.scalar(select(Settings)) is None


def test_a_token_of_another_session_is_none(panel: Panel) -> None:
    admin, other = panel.admin(), panel.admin()
    other.page()
    admin.page()
    assert admin.save(**NOBODY, csrf_token=other.token).status_code == 400


@pytest.mark.parametrize(
    "referrer", ["", "http://[", "https://localhost:99999/", "https://evil.test"]
)
def test_over_https_a_form_comes_from_a_page_of_this_site(panel: Panel, referrer: str) -> None:
    """Whatever stands there in place of one."""
    client, there = panel.visitor().client, "https://localhost"
    page = parse(client.get("/login", base_url=there).text)
    fields = FIELDS | {"csrf_token": page.one("input", name="csrf_token")["value"]}
    headers = {"Referer": referrer}
    response = client.post("/login", data=fields, base_url=there, headers=headers)
    assert response.status_code == 400
    assert "This page was open for too long" in response.text


@pytest.mark.parametrize("address", ["/logout", "/sessions/end", "/sessions/end-others"])
def test_nobody_is_signed_out_by_another_site(panel: Panel, address: str) -> None:
    admin, there = panel.admin(), panel.admin()
    number = admin.page("/").all("li", data_session=None)[0]["data-session"]
    assert admin.post(address, csrf_token=None, session=number).status_code == 400
    assert admin.get("/").status_code == there.get("/").status_code == 200


@pytest.mark.parametrize("address", ["/admin/smtp", "/admin/smtp/test"])
def test_what_was_typed_stays_when_the_token_is_broken(panel: Panel, address: str) -> None:
    """V2: the page has a new token, so that pressing once more is enough."""
    admin = panel.admin()
    admin.page()
    response = admin.press(address, **NOBODY, username="typed", tls=None, csrf_token="broken")
    assert response.status_code == 400
    page = admin.html
    place = "test-result" if address.endswith("test") else "form-alert"
    assert "This page was open for too long" in page.id(place).text
    form = page.id("smtp-form").form()
    assert (form["username"], form["server"], form.get("tls")) == ("typed", NOBODY["server"], None)
    assert admin.press(address).status_code == 303


def _signing_in(visitor: Visitor) -> tuple[str, str]:
    visitor.get("/login?next=/admin/audit")
    visitor.post("/login", email="ada@example.com", password=PASSWORD, csrf_token="broken")
    return "email", "ada@example.com"


def _own_name(visitor: Visitor) -> tuple[str, str]:
    visitor.get("/")
    visitor.post("/profile", name="Ada", language="ja", csrf_token="broken")
    return "name", "Ada"


def _new_key(visitor: Visitor) -> tuple[str, str]:
    visitor.get("/admin/keys")
    visitor.post("/admin/keys", name="Billing", csrf_token="broken")
    return "name", "Billing"


def _staging(visitor: Visitor) -> tuple[str, str]:
    visitor.get("/admin/staging")
    visitor.post("/admin/staging", address="max@example.com", csrf_token="broken")
    return "address", "max@example.com"


def _schedule(visitor: Visitor) -> tuple[str, str]:
    visitor.get("/admin/schedules/new")
    visitor.post("/admin/schedules/new", name="Sales of the week", csrf_token="broken")
    return "name", "Sales of the week"


@pytest.mark.parametrize("fill_in", [_signing_in, _own_name, _new_key, _staging, _schedule])
def test_the_other_forms_keep_what_was_typed_too(panel: Panel, fill_in: object) -> None:
    assert callable(fill_in)
    visitor = panel.visitor() if fill_in is _signing_in else panel.admin()
    name, typed = fill_in(visitor)
    assert visitor.html.id(name)["value"] == typed
    assert "This page was open for too long" in visitor.html.text


@pytest.mark.parametrize(
    ("page", "button"),
    [
        ("/admin/outbox?state=failed", "/admin/outbox/pause"),
        ("/admin/mail/test", "/admin/mail/test"),
        ("/admin/users", "/admin/users/1/end-sessions"),
        ("/admin/keys", f"/admin/keys/{'0' * 20}/revoke"),
        ("/admin/staging", "/admin/staging/off"),
        ("/admin/senders", "/admin/senders"),
        ("/admin/schedules/1", "/admin/schedules/1/run"),
        ("/", "/password"),
        ("/admin/audit", "/logout"),
    ],
)
def test_a_button_of_a_page_from_before_says_that_it_did_nothing_and_leads_back(
    panel: Panel, page: str, button: str
) -> None:
    """The admin has signed in anew in another tab since."""
    admin = panel.admin()
    headers = {"Referer": f"http://localhost{page}"}
    response = admin.client.post(button, data={"csrf_token": "broken"}, headers=headers)
    assert response.status_code == 400
    main = parse(response.text).id("main")
    assert "This page was open for too long" in main.one("h1").text
    assert "nothing was done" in main.text
    assert main.one("a")["href"] == page


@pytest.mark.parametrize("page", ["/admin/senders", "/admin/deliverability"])
def test_a_fragment_of_a_page_from_before_loads_the_page_anew(panel: Panel, page: str) -> None:
    """An error page would be swapped into the page, which has the old token still."""
    admin = panel.admin()
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://localhost{page}"}
    response = admin.client.post(page, headers=headers)
    assert (response.status_code, response.text) == (400, "")
    assert response.headers["HX-Redirect"] == page
    assert "This page was open for too long" in admin.page(page).text


def test_a_suggestion_is_not_taken_over_for_another_site(panel: Panel) -> None:
    """F9: no other site fills in the form."""
    admin = panel.admin()
    response = admin.save(take="server=evil.example", csrf_token=None)
    assert response.status_code == 400
    assert admin.html.id("server")["value"] == ""


ELSEWHERE = [
    pytest.param({"Sec-Fetch-Site": "same-site"}, id="a sibling"),
    pytest.param({"Sec-Fetch-Site": "cross-site"}, id="another site"),
    pytest.param({"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"}, id="it claims"),
    pytest.param({"Origin": "http://evil.localhost"}, id="a sibling, in an older browser"),
    pytest.param({"Origin": "https://localhost"}, id="another scheme"),
    pytest.param({"Origin": "http://localhost:81"}, id="another port"),
    pytest.param({"Origin": "null"}, id="it hides"),
    pytest.param({}, id="nothing is said"),
]
FORMS = [
    ("/admin/smtp", "server"),
    ("/admin/smtp/test", "server"),
    ("/profile", "name"),
    ("/login", "email"),
]


@pytest.mark.parametrize("headers", ELSEWHERE)
@pytest.mark.parametrize(("address", "name"), FORMS)
def test_what_another_site_filled_in_is_not_shown_as_ones_own(
    panel: Panel, headers: dict[str, str], address: str, name: str
) -> None:
    """Else one more press, which has a token then, would follow it."""
    visitor = panel.visitor() if address == "/login" else panel.admin()
    planted = {"server": "evil.example", "name": "evil.example", "email": "evil.example"}
    response = visitor.client.post(address, data=planted, headers=headers)
    assert response.status_code == 400
    assert "evil.example" not in response.text
    assert parse(response.text).id(name)["value"] == ""


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}]
)
@pytest.mark.parametrize(("address", "name"), FORMS)
def test_what_was_typed_here_is(
    panel: Panel, headers: dict[str, str], address: str, name: str
) -> None:
    """V2."""
    visitor = panel.visitor() if address == "/login" else panel.admin()
    response = visitor.client.post(address, data={name: "typed.example"}, headers=headers)
    assert response.status_code == 400
    assert parse(response.text).id(name)["value"] == "typed.example"


def test_who_may_not_see_a_page_does_not_see_it_for_want_of_a_token(panel: Panel) -> None:
    """N2: guards come first."""
    for address in ("/admin/smtp", "/admin/smtp/test"):
        assert panel.member().client.post(address).status_code == 403
        assert panel.visitor().client.post(address).status_code == 303


@pytest.mark.parametrize("path", ["/nothing", "/link/unknown", "/admin/smtp", "/arrived/x"])
def test_a_stranger_gets_no_session_where_there_is_no_form(panel: Panel, path: str) -> None:
    """A page that may be asked for by anybody leaves no cookie behind."""
    assert "Set-Cookie" not in panel.visitor().get(path).headers


def test_htmx_may_send_the_token_in_a_header(panel: Panel) -> None:
    admin = panel.admin()
    admin.page()
    admin.client.environ_base["HTTP_X_CSRFTOKEN"] = admin.token
    assert admin.save(**NOBODY, csrf_token=None).status_code == 303
