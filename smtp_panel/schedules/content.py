"""Content of a schedule: what a web address gives, or why there is nothing to send (SPEC M1)."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from contextlib import suppress
from email.message import Message as Headers
from email.utils import collapse_rfc2231_value
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from flask_mail import Attachment, Message

from smtp_panel.mail.files import file_type
from smtp_panel.mail.headers import decode
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.exchange import HTTPAnswer, NotHTTP
from smtp_panel.net.fault import NetworkFault, NetworkKind
from smtp_panel.net.https import BadURL, get
from smtp_panel.net.network import Network
from smtp_panel.secret import Secret
from smtp_panel.words import N_, Marked, Sentence

SECONDS = 60.0  # for a web address, from the look-up of its name to the last octet
LONGEST_CODING = 40  # characters that are shown
LONGEST_NAME = 100  # characters of a file's name; encoded it has to stay within a line
LARGEST = 15 * 1024 * 1024  # octets; as base64 in a message, 20 MiB

_NOT_REACHED = N_("%(host)s could not be reached. Check that it runs, and check the web address.")
_UNREACHED = {  # by what happened; any other is _NOT_REACHED
    NetworkKind.DNS_NOT_FOUND: N_("The name %(host)s is not known. Check the web address."),
    NetworkKind.DNS_NO_ADDRESS: N_("The name %(host)s has no address. Check the web address."),
    NetworkKind.DNS_TEMPORARY: N_(
        "The name %(host)s could not be looked up. Look at the name server of this machine."
    ),
    NetworkKind.TIMEOUT: N_(
        "%(host)s took longer than %(seconds)s seconds. Let it prepare the report beforehand."
    ),
    NetworkKind.CERTIFICATE: N_(
        "The certificate of %(host)s is not trusted. Renew it, or let this machine trust it."
    ),
    NetworkKind.TLS: N_("%(host)s does not speak TLS there. Check the port of the web address."),
    NetworkKind.BLOCKED: N_(
        "The operator allows no connection to %(host)s at that port. Ask them, or use another"
        " address."
    ),
    NetworkKind.LOCAL: N_("This machine has no files, memory or threads left for a connection."),
}
_STATUSES = {
    401: N_("%(host)s refused the request (401). Check the header and its secret."),
    403: N_("%(host)s refused the request (403). Check the header and its secret."),
    404: N_("%(host)s has no such page (404). Check the web address."),
    410: N_("%(host)s no longer has this page (410). Check the web address."),
}
_REDIRECT = N_(
    "%(host)s sends to another address (%(status)s). Enter that one; if it is a page to sign in on,"
    " check the header and its secret."
)
_STATUS = N_("%(host)s answered with the status %(status)s. Look at its log.")
_TOO_LARGE = N_("%(host)s gave more than %(most)s MB. Let it give less, or a link to the rest.")
_EMPTY = N_("%(host)s gave nothing. Look at its log.")
_PACKED = N_(
    "%(host)s compressed its answer (%(coding)s), although it was asked not to. Turn compression"
    " off for this web address."
)
_NO_HTTP = N_("%(host)s does not speak HTTP there. Check the port of the web address.")
_BAD_URL = N_("The web address can't be used any more. Edit the schedule and enter it again.")


class NoContent(Exception):
    """There is nothing to send; a `sentence` says why, and what to do."""

    def __init__(self, message: Marked, **params: str | Sentence) -> None:
        self.sentence = Sentence(message, params)
        super().__init__(str(self.sentence))


def of_url(url: str, headers: Mapping[str, str | Secret], network: Network) -> Message:
    """What `url` gives: text and HTML as the message itself, anything else as a file in it.

    Raises NoContent.
    """
    host = urlsplit(url).netloc
    asked = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "SMTP-Panel", **headers}
    try:
        answer = get(url, asked, Deadline(SECONDS), network, LARGEST)
    except NetworkFault as fault:
        words = _UNREACHED.get(fault.kind, _NOT_REACHED)
        raise NoContent(words, host=host, seconds=f"{SECONDS:g}") from None
    except NotHTTP:
        raise NoContent(_NO_HTTP, host=host) from None
    except BadURL:
        raise NoContent(_BAD_URL) from None
    _refuse(answer, host)
    return _message(answer, url)


def _refuse(answer: HTTPAnswer, host: str) -> None:
    if answer.status != 200:
        usual = _REDIRECT if 300 <= answer.status < 400 else _STATUS
        words = _STATUSES.get(answer.status, usual)
        raise NoContent(words, host=host, status=str(answer.status))
    if not answer.whole:
        raise NoContent(_TOO_LARGE, host=host, most=str(LARGEST // 1024**2))
    if not answer.body:
        raise NoContent(_EMPTY, host=host)
    coding = answer.headers.get("content-encoding", "identity")
    if coding.lower() != "identity":
        raise NoContent(_PACKED, host=host, coding=coding[:LONGEST_CODING])


def _message(answer: HTTPAnswer, url: str) -> Message:
    headers = Headers()
    for name in ("Content-Type", "Content-Disposition"):
        headers[name] = _read(answer.headers.get(name.lower(), ""))
    kind = headers["Content-Type"].partition(";")[0].strip().lower()
    if kind in {"text/plain", "text/html"} and headers.get_content_disposition() != "attachment":
        text = decode(answer.body, headers.get_content_charset())
        return Message(body=text) if kind == "text/plain" else Message(html=text)
    kind = file_type(kind)
    name = _file_name(_name_given(headers) or unquote(urlsplit(url).path), kind)
    return Message(body=name, attachments=[Attachment(name, kind, answer.body)])


def _read(header: str) -> str:
    """A header as it was meant: many a server writes UTF-8."""
    with suppress(UnicodeError):
        return header.encode("latin-1").decode()
    return header


def _name_given(headers: Headers) -> str:
    """The name of a file; where there are two, that of any script (RFC 6266, section 4.3)."""
    options = headers.get_params([], "Content-Disposition")
    names = [value for name, value in options if name.lower() == "filename"]
    return collapse_rfc2231_value(max(names, key=lambda name: isinstance(name, tuple), default=""))


def _file_name(found: str, kind: str) -> str:
    """The last part of a path, of what can be seen of it; of a long one the end, for its suffix."""
    seen = "".join(filter(str.isprintable, found.replace("\\", "/")))
    name = PurePosixPath(seen).name[-LONGEST_NAME:].strip(".")
    return name or f"report{mimetypes.guess_extension(kind) or ''}"
