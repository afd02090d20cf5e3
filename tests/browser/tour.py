"""A walk through every page and state, for tests that look at each of them in the same way.

It goes by ids, so that it leads through every language, and without the sizes of things.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event

from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from smtp_panel.access.users import Role
from smtp_panel.outbox.model import MessageState
from smtp_panel.storage import writing
from tests.browser.installation import ADMIN, PASSWORD, Installation
from tests.browser.mail import database, ended
from tests.browser.smtp_page import FROM, SECRET, USERNAME
from tests.deliverability.examples import looked
from tests.servers.scripted import Conversation, ScriptedServer
from tests.servers.smtpd import SubmissionServer

MEMBER = "max@example.com"
STATUSES = (403, 404, 409, 410, 422, 429, 401)  # the tour is answered with each of these
SETTINGS = {"sandbox": "on", "relay": "on", "test_limit": "4 per minute"}

Stops = Iterator[str]


class Pause:
    """A step of a scripted server that says nothing until it is told to end."""

    def __init__(self) -> None:
        self.end = Event()

    def __call__(self, conversation: Conversation) -> None:
        """Wait, then hang up."""
        self.end.wait(60)
        conversation.close()


@dataclass
class Tour:
    """The walk of one visitor through an installation by SETTINGS without an admin.

    `good` takes mail, `silent` plays `pause`.
    """

    page: Page
    panel: Installation
    good: SubmissionServer
    silent: ScriptedServer
    pause: Pause

    def __iter__(self) -> Stops:
        """The name of each stop; the page stands there until the next one is asked for."""
        parts: list[Callable[[], Stops]] = [
            self._link, self._default, self._wrong, self._folded, self._test, self._warning,
            self._refused, self._outbox, self._staging, self._deliverability, self._schedules,
            self._mail, self._users, self._keys, self._senders, self._faults, self._own_page,
            self._visitor,
        ]  # fmt: skip
        for part in parts:
            yield from part()

    def _link(self) -> Stops:
        self.page.goto(self.panel.link)
        yield "set-up link"
        self._fill(email=ADMIN, password="short")
        self._press("button.main")
        self._see("#password-error")
        yield "set-up link, wrong password"
        self._fill(password=PASSWORD)
        self._press("button.main")
        self._see("#smtp-form")
        self.page.goto(self.panel.link)
        yield "set-up link, used"

    def _default(self) -> Stops:
        self._go("/sandbox")
        yield "sandbox, empty"
        self._go("/admin/smtp")
        self._see("#smtp-status [data-state=healthy]")
        yield "default service"
        self._press("#admin-menu summary")
        yield "menu"
        self._press("#test")
        self._see("#test-result[data-state=passed]")
        yield "default service, passed"
        self._go("/sandbox")
        yield "sandbox"
        self._press("table a")
        self._see("#raw")
        self._unfold("main details")
        yield "sandbox, message"

    def _wrong(self) -> Stops:
        self._go("/admin/smtp")
        self._press("#service-custom")
        yield "custom service"
        self._fill(server="https://smtp.example.com/", port="0587", sender="O'Brien <a@b.example>")
        self._fill(password="blank ")
        self._press("#save")
        self._see("#server-error")
        self._press("#more summary")
        yield "errors"

    def _folded(self) -> Stops:
        self._unfold("form details")
        self.page.select_option("#auth", "oauth2")
        self._fill(client_secret="blank ", token_endpoint="id.example/{tenant}", scopes='"mail"')
        self._fill(envelope_sender="x", reply_to="x", ehlo_name="10.0.0.5", time_limit="300")
        self._fill(ca_pem="x", pinned="x")
        self._press("#save")
        self._see("#pinned-error")
        yield "OAuth 2.0 and advanced, errors"
        self._fill(envelope_sender="", reply_to="", ehlo_name="", time_limit="")
        self._fill(ca_pem="", pinned="")
        self.page.select_option("#auth", "auto")

    def _test(self) -> Stops:
        self._fill(server=self.silent.host, port=str(self.silent.port), sender=FROM)
        self._fill(username=USERNAME, password=SECRET)
        self._press("#test")
        self._see("[data-step=banner][data-state=running]")
        yield "running"
        self.pause.end.set()
        self._see("#test-result[data-state=failed]")
        self._unfold("#test-result details")
        yield "failed"
        self._fill(port=str(self.good.port))
        self._press("#test")
        self._see("#test-result[data-state=passed]")
        self._unfold("#test-result details")
        yield "passed, not saved"

    def _warning(self) -> Stops:
        self._fill(password="wrong")
        self._press("#confirm")
        self._press("#save")
        self._see("[data-warning=page]")
        self._see("[data-awaited]")
        self._unfold("#warning-page details")
        yield "warning"
        self._fill(port="1", password="")
        self._press("#save")
        self._see("#password-error")
        yield "password needed"
        self._fill(port=str(self.good.port))
        self._press("#tls")
        yield "without TLS"
        self._press("#tls")

    def _refused(self) -> Stops:
        with self.page.context.new_page() as other:
            other.goto(f"{self.panel.url}/admin/smtp")
            other.fill("#sender", "other@example.com")
            other.click("#save")
            expect(other.locator("#form-alert .success")).to_be_visible()
        self._press("#save")
        self._see("#form-alert .warning")
        yield "conflict"
        self._press("#test")
        self._see("#test-result[data-state=failed]")
        self._press("#test")
        self._see("#test-result [role=alert]")
        yield "limit"
        cookies = self.page.context.cookies()
        self.page.context.clear_cookies()
        self._press("#save")
        self._see("#form-alert a")
        yield "session ended"
        self.page.context.add_cookies([
            {"name": each["name"], "value": each["value"], "url": self.panel.url}
            for each in cookies
        ])  # fmt: skip

    def _schedules(self) -> Stops:
        self._go("/admin/schedules")
        yield "schedules, empty"
        self._go("/admin/schedules/new")
        self._fill(cron="30 7 1 * *", zone="Asia/Tokyo")
        expect(self.page.locator("#next-runs")).to_contain_text("07:30 JST")  # while typing
        self._fill(url="https://app.example/sales.pdf", recipients="bob@test.example, x")
        self._press("button.main")
        self._see("#recipients-error")
        yield "schedule, errors"
        self._fill(name="Sales", recipients="bob@test.example", subject="Sales")
        self._press("button.main")
        self._see("#next-runs")
        self._unfold("main details")
        yield "schedule"
        self._go("/admin/schedules")
        yield "schedules"

    def _outbox(self) -> Stops:
        ended(self.panel, MessageState.UNCERTAIN)
        failed = ended(self.panel, MessageState.FAILED)
        self._go("/admin/outbox")
        self._press("form[action$='/pause'] button")
        self._see("[data-paused=page]")
        self._unfold("main details")
        yield "outbox"
        self._press("form[action$='/resume'] button")
        self._go(f"/admin/outbox/{failed}")
        yield "outbox, message"
        self._go(f"/admin/outbox/{failed}/content")
        self._unfold("main details")
        yield "outbox, content"

    def _staging(self) -> Stops:
        self._go("/admin/staging")
        self._fill(address="qa", exceptions="/")
        self._press("main button.main")
        self._see("#exceptions-error")
        yield "staging, errors"
        self._fill(address="qa@test.example", exceptions="acme.example test.example")
        self._press("main button.main")
        self._see("[data-staging]")
        yield "staging"
        self._press("form[action$='/off'] button")

    def _deliverability(self) -> Stops:
        with writing(Session(database(self.panel))) as session:
            looked(session)
        self._go("/admin/deliverability")
        self._fill(selector="a b")
        self._press("#dkim-key button:not([name])")
        self._see("#selector-error")
        self._unfold("main details")
        yield "deliverability, error"

    def _mail(self) -> Stops:
        self._go("/admin/mail")
        yield "kinds of mail"
        self._go("/admin/mail/mail_failing")
        yield "kind of mail"

    def _users(self) -> Stops:
        self._go("/admin/users")
        self._fill(email="max")
        self._press("main button.main")
        self._see("#email-error")
        yield "users, wrong invitation"
        self._fill(email="bob@example.org")
        self._press("main button.main")
        self._see("p.warning")  # that it waits, for mail is failing
        yield "user"
        self._press("main a[href$='/remove']")
        self._see("main button.main")
        yield "user, to be removed"

    def _keys(self) -> Stops:
        self._go("/admin/keys")
        self._press("button.main")
        self._see("#name-error")
        yield "API keys, error"
        self._fill(name="Billing")
        self._press("button.main")
        self._see("#client_secret")
        self._unfold("main details")
        yield "API keys"
        self._go("/admin/relay")
        self._see("[data-relay-port]")
        self._unfold("main details")
        yield "relay"

    def _senders(self) -> Stops:
        self._go("/admin/senders")
        self._see("[data-sender]")
        yield "senders"

    def _faults(self) -> Stops:
        self._go("/admin/faults?q=greylist")
        self._see(".faults a")
        yield "what can go wrong"
        self._press(".faults a")
        self._see("h1")
        yield "a failure that is known"

    def _own_page(self) -> Stops:
        self._go("/admin/audit")
        yield "audit log"
        self._go("/nowhere")
        yield "not found"
        self._go("/")
        yield "own page"
        self._fill(current=PASSWORD, new="short")
        self._press("form[action$='/password'] button")
        self._see("#new-error")
        yield "own page, wrong password"
        self._press("form[action$='/profile'] button")
        self._see("p.success")
        yield "own page, saved"

    def _visitor(self) -> Stops:
        self._press("header button")
        self._see("#password")
        yield "sign-in"
        self._press("main a[href$='/forgot']")
        self._see("h1")
        yield "password forgotten"
        self._go("/login")
        self._fill(email=MEMBER, password="wrong")
        self._press("button.main")
        self._see(".note.error")
        yield "sign-in, wrong password"
        self.panel.add_user(MEMBER, Role.MEMBER)
        self._fill(password=PASSWORD)
        self._press("button.main")
        self._see("#language")
        self._go("/admin/smtp")
        yield "admins only"

    def _go(self, path: str) -> None:
        self.page.goto(self.panel.url + path)

    def _fill(self, **values: str) -> None:
        for name, text in values.items():
            self.page.fill(f"#{name}", text)

    def _press(self, selector: str) -> None:
        self.page.locator(selector).first.click()

    def _see(self, selector: str) -> None:
        expect(self.page.locator(selector).first).to_be_visible()

    def _unfold(self, selector: str) -> None:
        folded = self.page.locator(f"{selector}:not([open]) > summary")
        for _ in range(folded.count()):
            folded.first.click()
