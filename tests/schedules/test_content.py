"""Where content comes from, and what is told when there is none (SPEC M1)."""

from __future__ import annotations

import pytest

from smtp_panel.config import Config
from smtp_panel.schedules import content
from smtp_panel.schedules.content import LARGEST, NoContent, of_url
from smtp_panel.settings.network import network_for_content
from tests.servers.fixtures import StartScripted, StartTokenServer
from tests.servers.ports import free_ports
from tests.servers.scripted import drip, expect, send
from tests.servers.token_server import Answer

TEXT = {"Content-Type": "text/plain; charset=iso-8859-1"}
# As Flask gives a file (RFC 6266, section 4.3, prefers the second name).
BOTH_NAMES = {
    "Content-Disposition": "attachment; filename=Umsatze.pdf; filename*=UTF-8''Ums%C3%A4tze.pdf"
}
PACKED = {"Content-Type": "text/csv", "Content-Encoding": "gzip"}
HTTP = network_for_content(Config(http_content=True))
pytestmark = pytest.mark.usefixtures("application")


@pytest.mark.parametrize(
    ("answer", "text", "html"),
    [
        (Answer(200, "Zürich".encode("latin-1"), TEXT), "Zürich", None),
        (Answer(200, b"<p>7</p>", {"Content-Type": "text/html"}), None, "<p>7</p>"),
        (Answer(200, b"7", {"Content-Type": "text/plain; charset=no"}), "7", None),
        (Answer(200, b"7", {"Content-Type": "text/plain; charset=idna"}), "7", None),
        (Answer(200, b"a-b", {"Content-Type": "text/plain; charset=punycode"}), "a-b", None),
        (Answer(200, b"7", {"Content-Type": "Text/Plain; Charset=undefined"}), "7", None),
    ],
)
def test_text_from_a_web_address_is_the_message(
    token_endpoint: StartTokenServer, answer: Answer, text: str | None, html: str | None
) -> None:
    server = token_endpoint(answer)
    message = of_url(server.url, {"X-Key": "7"}, HTTP)
    assert (message.body, message.html, message.attachments) == (text, html, [])
    assert server.headers[0]["request"] == "GET /oauth2/token?v=2 HTTP/1.1"
    assert server.headers[0]["X-Key"] == "7"
    assert server.headers[0]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"Content-Type": "application/pdf"}, "token"),
        ({"Content-Disposition": 'attachment; filename="../Umsatz 7.pdf"'}, "Umsatz 7.pdf"),
        ({"Content-Disposition": "attachment; filename=.."}, "report.bin"),
        (TEXT | {"Content-Disposition": "attachment; filename*=UTF-8''%E2%82%AC.txt"}, "€.txt"),
        ({"Content-Disposition": f'filename="{"7" * 300}.csv"'}, f"{'7' * 96}.csv"),
        (BOTH_NAMES, "Umsätze.pdf"),
        (
            {"Content-Disposition": "attachment; filename=Umsätze.pdf".encode().decode("latin-1")},
            "Umsätze.pdf",
        ),
    ],
)
def test_anything_else_is_a_file_in_it(
    token_endpoint: StartTokenServer, headers: dict[str, str], name: str
) -> None:
    (file,) = of_url(token_endpoint(Answer(200, b"%PDF-1.7", headers)).url, {}, HTTP).attachments
    assert (file.filename, file.data) == (name, b"%PDF-1.7")


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Application/PDF; x", "application/pdf"),
        ("message/rfc822", "application/octet-stream"),
        ("multipart/mixed; boundary=7", "application/octet-stream"),
        ("pdf", "application/octet-stream"),
        ("image/é", "application/octet-stream"),
    ],
)
def test_a_file_is_of_a_type_that_holds_one(
    token_endpoint: StartTokenServer, said: str, kind: str
) -> None:
    """What is of message or multipart may not be encoded (RFC 2046, 5.1 and 5.2)."""
    server = token_endpoint(Answer(200, b"%PDF-1.7", {"Content-Type": said}))
    assert [each.content_type for each in of_url(server.url, {}, HTTP).attachments] == [kind]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(403), "refused the request (403). Check the header and its secret."),
        (Answer(404), "has no such page (404). Check the web address."),
        (Answer(302, headers={"Location": "/login"}), "sends to another address (302)."),
        (Answer(500, b"secret words"), "answered with the status 500. Look at its log."),
        (Answer(200), "gave nothing. Look at its log."),
        (Answer(200, b"\x1f\x8b\x08", PACKED), "compressed its answer (gzip)"),
        (Answer(200, b"x" * (LARGEST + 1)), "gave more than 15 MB."),
    ],
)
def test_an_answer_that_is_no_content_is_told(
    token_endpoint: StartTokenServer, answer: Answer, error: str
) -> None:
    """L3: by its status, and by no word of it."""
    with pytest.raises(NoContent) as caught:
        of_url(token_endpoint(answer).url, {}, HTTP)
    assert error in str(caught.value)
    assert "secret words" not in str(caught.value)


def test_a_web_address_that_never_comes_to_an_end_is_waited_for_no_longer(
    scripted: StartScripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T8: each octet comes in time, and all of them would not."""
    monkeypatch.setattr(content, "SECONDS", 0.1)
    head = send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    server = scripted([expect("GET"), head, drip(b"7", 0.01)])
    with pytest.raises(NoContent, match=r"took longer than 0\.1 seconds"):
        of_url(f"http://127.0.0.1:{server.port}/", {}, HTTP)


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("https://169.254.169.254/latest/meta-data", "The operator allows no connection"),
        ("http://192.0.2.1/", "can't be used any more"),
        ("http://127.0.0.1:{closed}/", "could not be reached"),
    ],
)
def test_it_is_guarded_like_any_other_target(url: str, error: str) -> None:
    """L3: also where the row was written by other means than the form."""
    with pytest.raises(NoContent, match=error):
        of_url(url.format(closed=free_ports(1)[0]), {}, HTTP)


def test_without_the_operator_s_word_there_is_no_http(token_endpoint: StartTokenServer) -> None:
    """L3: SMTP_PANEL_HTTP_CONTENT."""
    server = token_endpoint(Answer(200, b"7", TEXT))
    with pytest.raises(NoContent, match="can't be used any more"):
        of_url(server.url, {}, network_for_content(Config()))
    assert server.headers == []
