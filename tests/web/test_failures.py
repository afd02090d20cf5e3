"""P3: a failure that is tried out is seen wherever one of a real server would be."""

from __future__ import annotations

from smtp_panel.audit import AuditAction, page
from smtp_panel.loops import loops
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.limits import learn
from smtp_panel.sandbox import FAILURES, Sandbox, named
from smtp_panel.storage import db, utcnow, writing
from tests.servers.processes import wait_until
from tests.web.conftest import ADMIN, NOBODY, SECOND_ADMIN, MakePanel, Panel, Visitor
from tests.web.test_service import serving
from tests.web.test_warnings import told as warned


def tried(admin: Visitor, panel: Panel, failure: str) -> None:
    """Press the button of this failure, or with "off" that which ends it, and let the check end."""
    admin.follow(admin.post("/sandbox", failure=failure))
    panel.settle()


def actions(panel: Panel) -> list[tuple[AuditAction, str, dict[str, list[str | None]]]]:
    """What the audit log says of failures, newest first."""
    with panel.app.app_context():
        entries = page(db.session(), before=None)
    about = {AuditAction.FAILURE_ON, AuditAction.FAILURE_OFF}
    return [(each.action, each.actor, each.changes) for each in entries if each.action in about]


def sandbox_of(panel: Panel) -> Sandbox:
    """Its sandbox."""
    sandbox = panel.operations.sandbox
    assert sandbox
    return sandbox


def test_a_failure_is_met_by_check_test_and_outbox_until_it_is_ended(
    make_panel: MakePanel,
) -> None:
    """P3, W1, M5, T6: and then mail leaves by itself."""
    with serving(make_panel(sandbox=True)) as panel:
        admin, eve = panel.admin(), panel.admin(SECOND_ADMIN)
        admin.page("/sandbox")
        assert not warned(panel)
        tried(admin, panel, "wrong-password")
        assert warned(panel)
        stage = admin.page("/sandbox").one("form", data_failure="wrong-password")["data-stage"]
        diagnosis = panel.tested(admin).id("diagnosis")
        assert diagnosis["data-stage"] == stage == "auth"
        about = f"/admin/faults/{diagnosis['data-diagnosis']}"
        for told in (diagnosis, admin.page().one(data_warning="page")):
            assert told.one("a", data_why=None)["href"] == about
        assert diagnosis.one("button", data_repair="end-failure")["value"] == "off"

        admin.page("/admin/mail/invitation")
        admin.post("/admin/mail/invitation", language="en")
        wait_until(lambda: eve.page("/admin/outbox").all(data_pause="failing"))
        assert eve.html.one(data_message=None)["data-state"] == "waiting"

        tried(eve, panel, "off")
        assert not warned(panel)
        wait_until(lambda: sandbox_of(panel).messages())
        wait_until(lambda: eve.page("/admin/outbox").all(data_state="sent"))
        assert not eve.html.all(data_pause="failing")
        assert actions(panel) == [
            (AuditAction.FAILURE_OFF, SECOND_ADMIN, {"failure": ["wrong-password", None]}),
            (AuditAction.FAILURE_ON, ADMIN, {"failure": [None, "wrong-password"]}),
        ]
        log = admin.page("/admin/audit").one("tbody").text
        assert "Failure to try out ended" in log
        assert "Wrong password" in log


def test_the_diagnosis_offers_to_end_the_failure_and_test_again(make_panel: MakePanel) -> None:
    """P3, T6: the repair of a service that has no fields; not where another service is at fault."""
    panel = make_panel(sandbox=True)
    sandbox_of(panel).start()
    admin = panel.admin()
    admin.page("/sandbox")
    tried(admin, panel, "greylisting")
    assert not panel.tested(admin, **NOBODY, service="custom").all(data_repair="end-failure")
    repair = panel.tested(admin, service="default").one("button", data_repair="end-failure")
    assert repair["formaction"] == "/admin/smtp/test"
    page = panel.tested(admin, **{repair["name"]: repair["value"]})
    assert page.id("test-result")["data-state"] == "passed"
    assert not page.all(data_banner=None)
    sandbox_of(panel).stop()


def test_every_page_of_an_admin_says_that_the_sandbox_fails_and_ends_it(
    make_panel: MakePanel,
) -> None:
    """P3: on whichever page they are, where they then go on; no member learns of it."""
    panel = make_panel(sandbox=True)
    admin = panel.admin()
    for path in ("/", "/sandbox", "/admin/outbox", "/admin/audit?action=user.created"):
        sandbox_of(panel).switch(named("greylisting"), "ada@example.com", 60)
        banner = admin.page(path).one(data_banner="failure")
        assert "Greylisting" in banner.text
        assert "By ada@example.com" in banner.text
        form = banner.one("form")
        answer = admin.post(form["action"], **form.form(), failure=banner.one("button")["value"])
        assert (answer.status_code, answer.headers["Location"]) == (303, path)
        assert not admin.page(path).all(data_banner=None)
        sandbox_of(panel).switch(named("greylisting"), "ada@example.com", 60)
    assert not panel.member().page("/").all(data_banner=None)


def test_the_banner_costs_no_query(make_panel: MakePanel) -> None:
    """W7."""
    panel = make_panel(sandbox=True)
    admin = panel.admin()
    counts = []
    for failure in (None, named("greylisting")):
        sandbox_of(panel).switch(failure, ADMIN, 60)
        with panel.queries() as made:
            admin.page("/")
        counts.append(len(made))
    assert counts[0] == counts[1]


def test_the_warning_that_comes_and_goes_brings_the_banner_along(make_panel: MakePanel) -> None:
    """W2, P3: on a page that is open, without a reload; to that page one comes back."""
    panel = make_panel(sandbox=True)
    admin = panel.admin()
    sandbox_of(panel).switch(named("greylisting"), ADMIN, 60)
    admin.client.environ_base["HTTP_HX_CURRENT_URL"] = "http://localhost/admin/outbox?state=sent#x"
    assert admin.get("/admin/warning?seen=paused", htmx=True).status_code == 200
    swapped = admin.html.id("failure")
    assert "hx-swap-oob" in swapped
    banner = swapped.one(data_banner="failure")
    assert banner.one(name="next")["value"] == "/admin/outbox?state=sent"


def test_the_banner_of_an_open_page_goes_with_the_failure(make_panel: MakePanel) -> None:
    """P3: also where no warning goes with it, and for whoever has signed out."""
    panel = make_panel(sandbox=True)
    admin = panel.admin()
    sandbox_of(panel).switch(named("greylisting"), ADMIN, 60)
    asks = admin.page("/").one(data_banner="failure")["hx-get"]
    assert admin.get(asks, htmx=True).status_code == 204
    sandbox_of(panel).switch(named("spam"), ADMIN, 60)
    assert "Taken for spam" in admin.get(asks, htmx=True).text
    sandbox_of(panel).switch(named("spam"), ADMIN, 0)
    for someone in (admin, panel.visitor(), panel.member()):
        answer = someone.get(asks, htmx=True)
        assert (answer.status_code, answer.text.strip()) == (200, "")


def test_a_failure_ends_by_itself(make_panel: MakePanel) -> None:
    """P3, W4: a check follows, so that no warning stays for long; the log says so."""
    panel = make_panel(sandbox=True)
    sandbox_of(panel).start()
    admin = panel.admin()
    admin.page("/sandbox")
    tried(admin, panel, "wrong-password")
    sandbox_of(panel).switch(named("wrong-password"), ADMIN, 0)  # and now its time is over
    assert warned(panel)
    (ending,) = (each for each in loops(panel.operations) if each.name == "sandbox")
    for _ in range(2):
        ending.work()
        panel.settle()
    assert not warned(panel)
    entry = (AuditAction.FAILURE_OFF, "sandbox", {"failure": ["wrong-password", None]})
    assert actions(panel)[:-1] == [entry]
    assert "the sandbox, by itself" in admin.page("/admin/audit").one("tbody").text
    sandbox_of(panel).stop()


def test_a_certificate_that_ends_soon_is_told_and_is_no_warning(make_panel: MakePanel) -> None:
    """P3, W6: mail leaves meanwhile."""
    panel = make_panel(sandbox=True)
    sandbox_of(panel).start()
    admin = panel.admin()
    admin.page("/sandbox")
    tried(admin, panel, "certificate-ends-soon")
    page = admin.page()
    assert "3 days left" in page.one(data_ending="server").text
    assert not page.all(data_warning=None)
    tried(admin, panel, "off")
    assert not admin.page().all(data_ending=None)
    sandbox_of(panel).stop()


def test_the_page_says_where_the_sandbox_is_though_nobody_finds_it(make_panel: MakePanel) -> None:
    """S4, P3: by stage, each failure once, and the one that is on is marked."""
    panel = make_panel(sandbox=True)
    sandbox_of(panel).start()
    place = sandbox_of(panel).address
    sandbox_of(panel).switch(named("closed-port"), ADMIN, 60)
    page = panel.admin().page("/sandbox")
    assert place in page.one("p", **{"class": "lead"}).text
    offered = {form["data-failure"]: form["data-stage"] for form in page.all(data_failure=None)}
    assert offered == {each.id: each.stage or "" for each in FAILURES}
    pressed = page.all("button", name="failure", aria_pressed="true")
    assert [button["value"] for button in pressed] == ["closed-port"]
    sandbox_of(panel).stop()


def test_what_was_learnt_from_a_failure_ends_with_it(make_panel: MakePanel) -> None:
    """M5: else mail would wait for hours for a daily limit that was tried out."""
    panel = make_panel(sandbox=True)
    sandbox_of(panel).start()
    admin = panel.admin()
    admin.page("/sandbox")
    tried(admin, panel, "quota")
    with panel.app.app_context(), writing(db.session) as session:
        account = panel.operations.account(session).key
        size = LimitKind.SIZE, 1_000_000
        learn(session.connection(), *size, account=account, now=utcnow(), says="")
    assert admin.page("/admin/outbox").all(data_limit="size")
    tried(admin, panel, "off")
    assert not admin.page("/admin/outbox").all(data_limit="size")
    sandbox_of(panel).stop()


def test_an_unknown_failure_changes_nothing(make_panel: MakePanel) -> None:
    panel = make_panel(sandbox=True)
    admin = panel.admin()
    admin.page("/sandbox")
    for fields in ({"failure": "nonsense"}, {"failure": ""}, {}):
        assert admin.post("/sandbox", **fields).status_code == 400
    assert sandbox_of(panel).tried() is None
    assert actions(panel) == []


def test_without_a_sandbox_nothing_can_be_tried_out(panel: Panel) -> None:
    """S4: production never starts it unasked."""
    admin = panel.admin()
    admin.page()
    assert admin.post("/sandbox", failure="greylisting").status_code == 404
    assert not admin.page("/").has_id("failure")
