"""Mail of the outbox passes real servers, and is read back as it was (SPEC M7, M8)."""

from __future__ import annotations

import os
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from smtp_panel.outbox.enqueue import MailObject
from smtp_panel.outbox.model import MessageState
from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import TLSStart
from tests.interop.servers import SERVERS, Server
from tests.outbox.conftest import Hand
from tests.servers.certificates import CertificateAuthority
from tests.servers.roads import CLEAR, PASSWORD, USERNAME, Road

TO = "parts@test.example"
TEXT = "Grüße, こんにちは 🙂\n.\n..two dots\n" + "long " * 400 + "\n"
FILE = bytes(range(256)) * 40
SECURE = Road("starttls", "TLSv1.3")
# What a signer wrote, in whatever folding, case and order it chose: one octet changed and it fails.
SIGNATURE = (
    b"DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=test.example; s=sel;\r\n"
    b"\tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n"
    b" h=From :To:  Subject;\r\n\tb=dGVzdA==\r\n"
)


@pytest.fixture(params=SERVERS, ids=lambda server: server.name)
def server(request: pytest.FixtureRequest) -> Server:
    """One of the servers."""
    wanted: Server = request.param
    if wanted.needs_root and os.geteuid() != 0:
        pytest.skip(f"{wanted.name} can only be started by root")
    return wanted


def signed() -> bytes:
    """A message with text, HTML and a file, and the signature above it."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = USERNAME, TO, "Grüße von こんにちは"
    message["Message-ID"] = "<parts@test.example>"
    message["Date"] = "Sat, 28 Nov 2026 12:00:00 +0000"
    message.set_content(TEXT)
    message.add_alternative(f"<p>{TEXT}</p>", subtype="html")
    message.add_attachment(FILE, maintype="application", subtype="zip", filename="表.zip")
    return SIGNATURE + message.as_bytes()


def test_what_was_signed_arrives_octet_for_octet_with_all_its_parts(
    hand: Hand, ca: CertificateAuthority, server: Server
) -> None:
    """SPEC M8: nothing of ours comes between whoever signed a message and whoever reads it."""
    octets = signed()
    mail = MailObject(sender=USERNAME, recipients=[TO], octets=octets)
    hand.outbox.accept(mail)
    road = SECURE if SECURE in server.roads else CLEAR
    signs_in = {"username": USERNAME, "password": Secret(PASSWORD)} if road is SECURE else {}
    with server.start(ca.good, [road]) as running:
        hand.deliver(
            running.ports[road],
            tls=road is SECURE,
            tls_start=TLSStart.AUTO,
            ca_pem=ca.pem,
            **signs_in,
        )
        received = running.inbox.to(TO)

    assert hand.state(mail.id) is MessageState.SENT
    assert received.content.endswith(octets)
    text, html = received.message.get_body(("plain",)), received.message.get_body(("html",))
    assert text
    assert html
    assert text.get_content().splitlines() == TEXT.splitlines()
    assert html.get_content().splitlines() == f"<p>{TEXT}</p>".splitlines()
    (file,) = received.message.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("表.zip", FILE)
