"""P3: a failure that is tried out is seen wherever one of a real server would be."""

from __future__ import annotations

import resource
from datetime import datetime, timedelta

from smtp_panel.audit import AuditAction, page
from smtp_panel.loops import loops
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.limits import learn
from smtp_panel.outbox.model import Queued
from smtp_panel.sandbox import FAILURES, named
from smtp_panel.storage import db, utcnow, writing
from tests.outbox.conftest import letter
from tests.servers.processes import wait_until
from tests.web.conftest import ADMIN, NOBODY, SECOND_ADMIN, MakePanel, Panel, Visitor
from tests.web.test_warnings import told as warned


def tried(admin: Visitor, panel: Panel, failure: str) -> None:
    """Press the button of this failure, or with "off" that which ends it, and let the check end."""
    admin.follow(admin.post("/sandbox", failure=failure))
    panel.settle()


def actions(panel: Panel) -> list[tuple[str, str, dict[str, list[str | None]]]]:
    """What the audit log says of failures, newest first."""
    with panel.app.app_context():
        entries = page(db.session(), before=None)
    about = {AuditAction.FAILURE_ON, AuditAction.FAILURE_OFF}
    return [(each.action, each.actor, each.changes) for each in entries if each.action in about]


def test_a_failure_is_met_by_check_test_and_outbox_until_it_is_ended(
    at_work: Panel,
) -> None:
    """P3, W1, M5, T6: and then mail leaves by itself."""
    admin, eve = at_work.admin(), at_work.admin(SECOND_ADMIN)
    admin.page("/sandbox")
    assert not warned(at_work)
    tried(admin, at_work, "wrong-password")
    assert warned(at_work)
    stage = admin.page("/sandbox").one("form", data_failure="wrong-password")["data-stage"]
    diagnosis = at_work.tested(admin).id("diagnosis")
    assert diagnosis["data-stage"] == stage == "auth"
    about = f"/admin/faults/{diagnosis['data-diagnosis']}"
    for told in (diagnosis, admin.page().one(data_warning="page")):
        assert told.one("a", data_why=None)["href"] == about
    assert diagnosis.one("button", data_repair="end-failure")["value"] == "off"

    admin.page("/admin/mail/invitation")
    admin.post("/admin/mail/invitation", language="en")
    wait_until(lambda: eve.page("/admin/outbox").all(data_pause="failing"))
    assert eve.html.one(data_message=None)["data-state"] == "waiting"

    tried(eve, at_work, "off")
    assert not warned(at_work)
    wait_until(at_work.sandbox.messages)
    wait_until(lambda: eve.page("/admin/outbox").all(data_state="sent"))
    assert not eve.html.all(data_pause="failing")
    assert actions(at_work) == [
        (AuditAction.FAILURE_OFF, SECOND_ADMIN, {"failure": ["wrong-password", None]}),
        (AuditAction.FAILURE_ON, ADMIN, {"failure": [None, "wrong-password"]}),
    ]
    log = admin.page("/admin/audit").one("tbody").text
    assert "Failure to try out ended" in log
    assert "Wrong password" in log


def test_the_diagnosis_offers_to_end_the_failure_and_test_again(sandboxed: Panel) -> None:
    """P3, T6: the repair of a service that has no fields; not where another service is at fault."""
    admin = sandboxed.admin()
    admin.page("/sandbox")
    tried(admin, sandboxed, "greylisting")
    assert not sandboxed.tested(admin, **NOBODY, service="custom").all(data_repair="end-failure")
    repair = sandboxed.tested(admin, service="default").one("button", data_repair="end-failure")
    assert repair["formaction"] == "/admin/smtp/test"
    page = sandboxed.tested(admin, **{repair["name"]: repair["value"]})
    assert page.id("test-result")["data-state"] == "passed"
    assert not page.all(data_banner=None)


def test_every_page_of_an_admin_says_that_the_sandbox_fails_and_ends_it(
    make_panel: MakePanel,
) -> None:
    """P3: on whichever page they are, where they then go on; no member learns of it."""
    panel = make_panel(sandbox=True)
    admin = panel.admin()
    for path in ("/", "/sandbox", "/admin/outbox", "/admin/audit?action=user.created"):
        panel.sandbox.switch(named("greylisting"), "ada@example.com", 60)
        banner = admin.page(path).one(data_banner="failure")
        assert "Greylisting" in banner.text
        assert "By ada@example.com" in banner.text
        form = banner.one("form")
        answer = admin.post(form["action"], **form.form(), failure=banner.one("button")["value"])
        assert (answer.status_code, answer.headers["Location"]) == (303, path)
        assert not admin.page(path).all(data_banner=None)
        panel.sandbox.switch(named("greylisting"), "ada@example.com", 60)
    assert not panel.member().page("/").all(data_banner=None)


def test_the_banner_costs_no_query(make_panel: MakePanel) -> None:
    """W7."""
    panel = make_panel(sandbox=True)
    admin = panel.admin()
    counts = []
    for failure in (None, named("greylisting")):
        panel.sandbox.switch(failure, ADMIN, 60)
        with panel.queries() as made:
            admin.page("/")
        counts.append(len(made))
    assert counts[0] == counts[1]


def test_the_warning_that_comes_and_goes_brings_the_banner_along(make_panel: MakePanel) -> None:
    """W2, P3: on a page that is open, without a reload; to that page one comes back."""
    panel = make_panel(sandbox=True)
    admin = panel.admin()
    panel.sandbox.switch(named("greylisting"), ADMIN, 60)
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
    panel.sandbox.switch(named("greylisting"), ADMIN, 60)
    asks = admin.page("/").one(data_banner="failure")["hx-get"]
    assert admin.get(asks, htmx=True).status_code == 204
    panel.sandbox.switch(named("spam"), ADMIN, 60)
    assert "Taken for spam" in admin.get(asks, htmx=True).text
    panel.sandbox.switch(named("spam"), ADMIN, 0)
    for someone in (admin, panel.visitor(), panel.member()):
        answer = someone.get(asks, htmx=True)
        assert (answer.status_code, answer.text.strip()) == (200, "")


def test_a_failure_ends_by_itself(sandboxed: Panel) -> None:
    """P3, W4: a check follows, so that no warning stays for long; the log says so."""
    admin = sandboxed.admin()
    admin.page("/sandbox")
    tried(admin, sandboxed, "wrong-password")
    sandboxed.sandbox.switch(named("wrong-password"), ADMIN, 0)  # and now its time is over
    assert warned(sandboxed)
    (ending,) = (each for each in loops(sandboxed.operations) if each.name == "sandbox")
    for _ in range(2):
        ending.work()
        sandboxed.settle()
    assert not warned(sandboxed)
    entry = (AuditAction.FAILURE_OFF, "sandbox", {"failure": ["wrong-password", None]})
    assert actions(sandboxed)[:-1] == [entry]
    assert "the sandbox, by itself" in admin.page("/admin/audit").one("tbody").text


def test_a_certificate_that_ends_soon_is_told_and_is_no_warning(sandboxed: Panel) -> None:
    """P3, W6: mail leaves meanwhile."""
    admin = sandboxed.admin()
    admin.page("/sandbox")
    tried(admin, sandboxed, "certificate-ends-soon")
    page = admin.page()
    assert "3 days left" in page.one(data_ending="server").text
    assert not page.all(data_warning=None)
    tried(admin, sandboxed, "off")
    assert not admin.page().all(data_ending=None)


def test_the_page_says_where_the_sandbox_is_though_nobody_finds_it(sandboxed: Panel) -> None:
    """S4, P3: by stage, each failure once, and the one that is on is marked."""
    place = sandboxed.sandbox.address
    sandboxed.sandbox.switch(named("closed-port"), ADMIN, 60)
    page = sandboxed.admin().page("/sandbox")
    assert place in page.one("p", **{"class": "lead"}).text
    offered = {form["data-failure"]: form["data-stage"] for form in page.all(data_failure=None)}
    assert offered == {each.id: each.stage or "" for each in FAILURES}
    pressed = page.all("button", name="failure", aria_pressed="true")
    assert [button["value"] for button in pressed] == ["closed-port"]
    assert page.id("does-closed-port").text.startswith("On now. "), "T9: never only colour"
    assert page.text.count("On now.") == 1


def test_what_was_learnt_from_a_failure_ends_with_it(sandboxed: Panel) -> None:
    """M5: else mail would wait for hours for a daily limit that was tried out."""
    admin = sandboxed.admin()
    admin.page("/sandbox")
    tried(admin, sandboxed, "quota")
    with sandboxed.app.app_context(), writing(db.session) as session:
        account = sandboxed.operations.account(session).key
        met = LimitKind.PER_CONNECTION, 5
        learn(session.connection(), *met, account=account, now=utcnow(), says="")
    assert admin.page("/admin/outbox").all(data_limit="per_connection")
    tried(admin, sandboxed, "off")
    assert not admin.page("/admin/outbox").all(data_limit="per_connection")


def test_only_what_the_sandbox_has_put_off_follows_at_once(sandboxed: Panel) -> None:
    """M4, P3: another server is left the time that it wants."""
    admin, later = sandboxed.admin(), utcnow() + timedelta(hours=1)
    message = sandboxed.operations.intake.accept(letter())

    def put_off() -> datetime:
        """When it is due, though it was put off, once a failure has been tried out and ended."""
        with sandboxed.app.app_context(), writing(db.session) as session:
            session.get_one(Queued, message).due = later
        admin.page("/sandbox")
        for failure in ("greylisting", "off"):
            tried(admin, sandboxed, failure)
        with sandboxed.app.app_context():
            return db.session.get_one(Queued, message).due

    assert put_off() < later
    sandboxed.saved(admin, **NOBODY, service="custom")
    assert put_off() == later
    admin.page("/admin/staging")
    admin.post("/admin/staging", to="sandbox")
    assert put_off() < later


def test_an_unknown_failure_changes_nothing(make_panel: MakePanel) -> None:
    panel = make_panel(sandbox=True)
    admin = panel.admin()
    admin.page("/sandbox")
    for fields in ({"failure": "nonsense"}, {"failure": ""}, {}):
        assert admin.post("/sandbox", **fields).status_code == 400
    assert panel.sandbox.tried() is None
    assert actions(panel) == []


def test_without_a_sandbox_nothing_can_be_tried_out(panel: Panel) -> None:
    """S4: production never starts it unasked."""
    admin = panel.admin()
    admin.page()
    assert admin.post("/sandbox", failure="greylisting").status_code == 404
    assert not admin.page("/").has_id("failure")


def test_a_failure_that_finds_no_room_on_the_disk_is_told_with_what_to_do(sandboxed: Panel) -> None:
    """P3: it is no fault of the program, and nothing fails."""
    admin = sandboxed.admin()
    admin.page("/sandbox")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))
    try:
        response = admin.post("/sandbox", failure="wrong-password")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert response.status_code == 503
    assert "Make sure that the disk has space" in response.text
    assert not admin.page("/sandbox").all(data_banner="failure")
    assert not actions(sandboxed)


def test_what_a_power_cut_leaves_of_a_file_is_none(make_panel: MakePanel) -> None:
    """S4, P3: pages are there, and what is empty is written anew."""
    panel = make_panel(sandbox=True)
    folder = panel.config.data_dir / "sandbox"
    folder.mkdir()
    for name in ("service.json", "failure.json"):
        (folder / name).write_bytes(b"")
    admin = panel.admin()
    assert not admin.page().all(data_banner="failure")
    panel.sandbox.start()
    tried(admin, panel, "wrong-password")
    assert admin.page("/sandbox").all(data_banner="failure")
