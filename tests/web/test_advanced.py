"""What is folded away: addresses, time, trust, and the addresses to allow (SPEC F11, F12, F14)."""

from __future__ import annotations

from ipaddress import ip_address
from itertools import product

import pytest
import trustme

from smtp_panel.check.steps import Step, StepState
from smtp_panel.runs.model import Run
from smtp_panel.smtp.facts import Stage
from smtp_panel.storage import db, writing
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import ADMIN, NOBODY, Fields, MakePanel, Panel, fields_of
from tests.web.test_fields import error_of

ADVANCED: Fields = {
    "envelope_sender": "bounce@test.example",
    "reply_to": "Help <help@test.example>",
    "ehlo_name": "panel.test.example",
    "time_limit": "30",
}
OTHER = trustme.CA().cert_pem.bytes().decode()

ENDED = "This certificate has ended."


def certificate_of(pem: bytes) -> str:
    """The first certificate in a server's PEM text, without its key."""
    begin = b"-----BEGIN CERTIFICATE-----"
    return (begin + pem.split(begin)[1]).decode()


def test_it_takes_effect_in_a_test(panel: Panel, smtpd: StartSmtpd) -> None:
    """F12: envelope sender in MAIL FROM, From and Reply-To in the message, the name in EHLO."""
    server = smtpd("none")
    result = panel.tested(panel.admin(), **fields_of(server) | ADVANCED).id("test-result")
    assert result["data-state"] == "passed"
    assert "EHLO panel.test.example" in result.text
    received = server.messages.to(ADMIN)
    assert received.sender == "bounce@test.example"
    message = received.message
    assert message["From"] == "Panel <no-reply@test.example>"
    assert message["Reply-To"] == "Help <help@test.example>"
    with panel.app.app_context():
        run = db.session.query(Run).one()
        assert 39 <= (run.ends_by - run.started_at).total_seconds() <= 41  # 10 of grace


def test_it_takes_effect_in_the_check_of_what_was_saved(panel: Panel, smtpd: StartSmtpd) -> None:
    """F12"""
    admin = panel.admin()
    page = panel.saved(admin, **fields_of(smtpd("none")) | ADVANCED)
    assert page.id("smtp-status").one("b").text == "Healthy"
    with panel.app.app_context():
        run = db.session.query(Run).one()
        details = {step.step: step.detail for step in run.ladder()}
    assert details[Stage.MAIL_FROM]["address"] == "bounce@test.example"
    assert details[Stage.EHLO]["name"] == "panel.test.example"
    assert details[Stage.EHLO]["greeted"] == "mail.test.example"
    for name, text in ADVANCED.items():
        assert page.id(name)["value"] == text
    assert "open" in page.id("advanced")


def test_what_is_left_empty_shows_what_counts_then(make_panel: MakePanel) -> None:
    """F12"""
    page = make_panel(ehlo_name="mail.example", test_timeout=7.5).admin().page()
    assert page.id("ehlo_name")["placeholder"] == "mail.example"
    assert page.id("time_limit")["placeholder"] == "7.5"
    assert "readonly" not in page.id("ehlo_name")
    assert "open" not in page.id("advanced")
    assert "placeholder" not in page.id("reply_to")


@pytest.mark.parametrize(
    ("name", "typed", "offered"),
    [
        ("envelope_sender", "Ada <ada@b.example>", "ada@b.example"),
        ("reply_to", "O'Brien <o@b.example>", "OBrien <o@b.example>"),
        ("ehlo_name", "192.0.2.7", "[192.0.2.7]"),
        ("time_limit", "20 s", "20"),
        ("ca_pem", "/etc/ssl/ca.pem", None),
        ("pinned", "AB:CD", None),
    ],
)
def test_a_wrong_value_is_told_beside_its_field_unfolded(
    panel: Panel, name: str, typed: str, offered: str | None
) -> None:
    """F12, V2"""
    admin = panel.admin()
    assert admin.save(**NOBODY | {name: typed}).status_code == 422
    page = admin.html
    assert error_of(page, name)
    assert [field["id"] for field in page if "autofocus" in field] == [name]
    assert page.id("smtp-form").form()[name] == typed
    assert "open" in page.id("advanced")
    assert ("open" in page.id("pin")) == (name == "pinned")
    buttons = page.id(f"{name}-error").all("button", name="take")
    assert [button["value"] for button in buttons] == ([f"{name}={offered}"] if offered else [])


def test_an_authority_is_trusted_in_place_of_the_systems(
    panel: Panel, smtpd: StartSmtpd, ca: CertificateAuthority
) -> None:
    """F12: the certificate of the server is verified all the same."""
    admin, fields = panel.admin(), fields_of(smtpd("starttls"), tls=True)
    for pem, state in (("", "failed"), (OTHER, "failed"), (f" {ca.pem}\n{OTHER}", "passed")):
        page = panel.tested(admin, **fields | {"ca_pem": pem})
        assert page.id("test-result")["data-state"] == state
    page = panel.saved(admin, **fields | {"ca_pem": ca.pem})
    assert page.id("smtp-form").form()["ca_pem"] == ca.pem.strip()
    assert page.id("smtp-status").one("b").text == "Healthy"


def test_another_trust_asks_for_the_password_again_and_so_does_the_systems(panel: Panel) -> None:
    """F9: whoever can get a certificate from any authority is someone else."""
    admin = panel.admin()
    saved = NOBODY | {"username": "ada", "password": "x", "tls": "1"}
    panel.saved(admin, **saved)
    for name, pem in product(("ca_pem", "pinned"), (OTHER, "")):
        assert admin.save(**{name: pem}).status_code == 422
        assert error_of(admin.html, "password").startswith("Enter the password again")
        page = panel.saved(admin, **{name: pem}, password="x")
        assert page.has_id("remove_password")


def test_a_pinned_certificate_is_told_by_its_facts(panel: Panel, ca: CertificateAuthority) -> None:
    """F12: fingerprint, issuer, end, and what pinning means."""
    admin = panel.admin()
    assert "Only this very certificate" not in admin.page().text
    page = panel.saved(admin, **NOBODY | {"tls": "1", "pinned": certificate_of(ca.good.pem)})
    assert "Only this very certificate is accepted, whatever its name and dates." in page.text
    terms, texts = page.all("dt"), page.all("dd")
    facts = {term.text: text.text for term, text in zip(terms, texts, strict=True)}
    assert facts["Certificate of"] == "localhost"
    assert facts["Issued by"].startswith("trustme")
    assert len(facts["Fingerprint (SHA-256)"].split(":")) == 32
    assert "days left" in facts["Valid until"]
    assert ENDED not in page.text
    page = panel.saved(admin, pinned="")
    assert "Fingerprint" not in page.text


def test_the_end_of_a_pinned_certificate_is_warned_of(
    panel: Panel, ca: CertificateAuthority
) -> None:
    """F12: it is accepted all the same."""
    pem = certificate_of(ca.expired.pem)
    page = panel.saved(panel.admin(), **NOBODY | {"tls": "1", "pinned": pem})
    assert ENDED in page.text


def test_the_audit_log_names_a_certificate_by_its_fingerprint(
    panel: Panel, ca: CertificateAuthority
) -> None:
    """V5"""
    admin = panel.admin()
    panel.saved(admin, **NOBODY | ADVANCED | {"tls": "1", "pinned": ca.pem})
    log = admin.page("/admin/audit").one("tbody").text
    assert "Pinned certificate" in log
    assert "(SHA-256 " in log
    assert "BEGIN CERTIFICATE" not in log
    assert "Envelope sender" in log


def test_what_the_environment_sets_is_locked(make_panel: MakePanel) -> None:
    """F14"""
    names = {**ADVANCED, "ca_pem": OTHER, "pinned": OTHER}
    del names["ehlo_name"]
    page = make_panel(**names).admin().page()
    for name in names:
        assert "readonly" in page.id(name)
        assert page.id(f"{name}-help").text == f"Set by SMTP_PANEL_{name.upper()}"
    assert page.id("reply_to")["value"] == "Help <help@test.example>"


def note_connection(panel: Panel, local: str, greeted: str) -> None:
    """Let the last test have connected from the address `local`."""
    steps = [
        Step(Stage.CONNECT, StepState.PASSED, 1.0, {"local": local}),
        Step(Stage.EHLO, StepState.PASSED, 1.0, {"name": f"[{local}]", "greeted": greeted}),
    ]
    with panel.app.app_context(), writing(db.session) as session:
        run = session.query(Run).one()
        run.steps = [step.to_json() for step in steps]
        panel.operations.record(session, run)


def test_the_addresses_to_allow_are_those_that_the_operator_states(make_panel: MakePanel) -> None:
    """F11: copyable, with their origin."""
    stated = (ip_address("203.0.113.7"), ip_address("2001:db8::7"))
    page = make_panel(egress_ips=stated).admin().page()
    assert page.id("egress-addresses").text == "203.0.113.7 2001:db8::7"
    assert "Set by SMTP_PANEL_EGRESS_IPS" in page.id("egress").text
    assert page.one("button", data_copy="egress-addresses")["type"] == "button"


def test_else_they_are_what_the_last_check_or_test_has_seen(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """F11: and the page says which of the two, and that NAT may be between."""
    admin = panel.admin()
    assert "Not known yet" in admin.page().id("egress").text
    panel.tested(admin, **fields_of(smtpd("none")))
    assert "Not known yet" in admin.page().id("egress").text
    note_connection(panel, "10.0.0.5", "mail.example Hello [10.0.0.5] [203.0.113.7]")
    page = admin.page()
    assert page.id("egress-addresses").text == "203.0.113.7"
    assert "Seen by the mail server" in page.id("egress").text
    note_connection(panel, "10.0.0.5", "mail.example")
    page = admin.page()
    assert page.id("egress-addresses").text == "10.0.0.5"
    assert "leads through NAT" in page.id("egress").text
    note_connection(panel, "8.8.4.4", "mail.example")
    assert "NAT" not in admin.page().id("egress").text
    assert ADMIN not in page.id("egress").text
