"""Mail server (SPEC F1, F13)."""

from __future__ import annotations

import ipaddress
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtp_panel.settings.rules import mail_server
from tests.settings.rules.refusals import ANY_TEXT, accepts_or_refuses, mostly, refusal

LABEL = "a" * 63
LONGEST = f"{LABEL}.{LABEL}.{LABEL}.{'a' * 61}"

ACCEPTED = {
    "a host name": ("smtp.example.com", "smtp.example.com"),
    "capitals": ("SMTP.Example.COM", "smtp.example.com"),
    "white space around": ("\t smtp.example.com \n", "smtp.example.com"),
    "no-break space around": ("\u00a0smtp.example.com\u3000", "smtp.example.com"),
    "byte order mark": ("\ufeffsmtp.example.com", "smtp.example.com"),
    "zero-width space": ("smtp.example.com\u200b", "smtp.example.com"),
    "bidi marks of a copied name": ("\u202asmtp.example.com\u202c", "smtp.example.com"),
    "trailing dot": ("smtp.example.com.", "smtp.example.com"),
    "full-width letters": ("ｓｍｔｐ．ｅｘａｍｐｌｅ．ｃｏｍ", "smtp.example.com"),
    "ideographic full stop": ("smtp。example。com", "smtp.example.com"),
    "single label": ("localhost", "localhost"),
    "underscore": ("mail_server", "mail_server"),
    "underscore beside IDN": ("mail_1.bücher.example", "mail_1.xn--bcher-kva.example"),
    "leading underscore": ("_smtp.example.com", "_smtp.example.com"),
    "IDN": ("smtp.bücher.example", "smtp.xn--bcher-kva.example"),
    "IDN in Japanese": ("メール.例え.テスト", "xn--4dkua4c.xn--r8jz45g.xn--zckzah"),
    "sharp s is kept": ("faß.example", "xn--fa-hia.example"),
    "ASCII form of an IDN": ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    "digits first": ("1and1.example", "1and1.example"),
    "IPv4": ("192.0.2.25", "192.0.2.25"),
    "IPv4 in full-width digits": ("１９２.0.2.25", "192.0.2.25"),
    "IPv4 in brackets": ("[192.0.2.25]", "192.0.2.25"),
    "IPv4 with a trailing dot": ("192.0.2.25.", "192.0.2.25"),
    "IPv6": ("2001:DB8:0:0::25", "2001:db8::25"),
    "IPv6 in brackets": ("[::1]", "::1"),
    "label of 63": (f"{LABEL}.example", f"{LABEL}.example"),
    "name of 253": (LONGEST, LONGEST),
}

# The text, what the message must name, and what is offered.
REFUSED: dict[str, tuple[str, str, str | None]] = {
    "nothing": ("", "smtp.example.com", None),
    "white space alone": (" \t\u3000", "smtp.example.com", None),
    "URL": ("https://smtp.example.com:587/", "“https://”", "smtp.example.com"),
    "URL with a path": ("http://smtp.example.com/a?b#c", "“http://”", "smtp.example.com"),
    "URL with IPv6": ("smtp://[2001:db8::25]:587", "“smtp://”", "2001:db8::25"),
    "scheme without slashes": ("ssl:smtp.example.com", "“ssl:”", "smtp.example.com"),
    "scheme of PHP": ("tls://smtp.example.com", "“tls://”", "smtp.example.com"),
    "no scheme but slashes": ("//smtp.example.com", "“//”", "smtp.example.com"),
    "port": ("smtp.example.com:587", "“:587”", "smtp.example.com"),
    "port behind brackets": ("[::1]:25", "“:25”", "::1"),
    "brackets of Postfix": ("[smtp.example.com]:587", "“:587”", "smtp.example.com"),
    "name in brackets": ("[smtp.example.com]", "“[”", "smtp.example.com"),
    "two ports": ("smtp.example.com:465:587", "“:”", None),
    "colon": ("smtp.example.com:", "“:”", "smtp.example.com"),
    "path": ("smtp.example.com/mail", "“/mail”", "smtp.example.com"),
    "trailing slash": ("smtp.example.com/", "“/”", "smtp.example.com"),
    "query": ("smtp.example.com?tls=1", "“?tls=1”", "smtp.example.com"),
    "mail address": ("user@smtp.example.com", "“@”", "smtp.example.com"),
    "user at a single label": ("user@host", "“@”", "host"),
    "user info": ("user:word@smtp.example.com", "“@”", "smtp.example.com"),
    "space inside": ("smtp. example.com", "U+0020 SPACE", "smtp.example.com"),
    "tab inside": ("smtp.\texample.com", "U+0009", "smtp.example.com"),
    "no-break space inside": ("smtp.example\u00a0.com", "SPACE", "smtp.example.com"),
    "port after a space": ("smtp.example.com 587", "SPACE", "smtp.example.com"),
    "line break": ("smtp.example.com\r\nx", "line break", "smtp.example.comx"),
    "NUL": ("smtp.exa\0mple.com", "U+0000", "smtp.example.com"),
    "bidi override": ("smtp.\u202eexample.com", "RIGHT-TO-LEFT OVERRIDE", "smtp.example.com"),
    "lone surrogate": ("smtp\ud800.example.com", "U+D800", "smtp.example.com"),
    "IPv6 zone": ("2001:db8::1%eth0", "“%eth0”", "2001:db8::1"),
    "zone of a link-local address": ("fe80::1%eth0", "“%eth0”", None),
    "no IPv6": ("2001:db8::g", "“:”", None),
    "too many groups": ("1:2:3:4:5:6:7:8:9", "“1:2:3:4:5:6:7:8:9”", None),
    "a number": ("1234", "“1234”", None),
    "a number over 255": ("256.1.1.1", "“256.1.1.1”", None),
    "zeros in front": ("010.000.0.1", "“010.000.0.1”", "10.0.0.1"),
    "three numbers": ("1.2.3", "“1.2.3”", None),
    "five numbers": ("1.2.3.4.5", "“1.2.3.4.5”", None),
    "what resolvers read as hexadecimal": ("0x7f.1", "“0x7f.1”", None),
    "hexadecimal alone": ("0x7f000001", "“0x7f000001”", None),
    "ends in a number": ("smtp.example.1", "“smtp.example.1”", None),
    "two dots": ("smtp..example.com", "dot", "smtp.example.com"),
    "dot first": (".smtp.example.com", "dot", "smtp.example.com"),
    "dot alone": (".", "dot", None),
    "hyphen first": ("-smtp.example.com", "“-smtp”", "smtp.example.com"),
    "hyphen last": ("smtp-.example.com", "“smtp-”", "smtp.example.com"),
    "comma for dot": ("smtp.example,com", "“,”", "smtp.example.com"),
    "special character": ("smtp!.example.com", "“!”", "smtp.example.com"),
    "percent": ("smtp%20.example.com", "“%”", "smtp20.example.com"),
    "emoji": ("💩.example", "“💩”", None),
    "label of 64": (f"{LABEL}a.example", "63", None),
    "IDN label of 64": (f"{'ü' * 63}.example", "too long", None),
    "name of 254": (f"{LONGEST}a", "253", None),
    "enormous": ("a." * 1_000_000, "too long", None),
    "grows enormous": ("\ufdfa" * 1000, "too long", None),
}


@pytest.mark.parametrize(("text", "tidy"), ACCEPTED.values(), ids=ACCEPTED)
def test_it_accepts_and_tidies_a_host_name_or_address(text: str, tidy: str) -> None:
    """F1, F13"""
    assert mail_server(text) == tidy


@pytest.mark.parametrize(("text", "named", "offered"), REFUSED.values(), ids=REFUSED)
def test_it_names_what_is_no_host_name_and_offers_the_rest(
    text: str, named: str, offered: str | None
) -> None:
    """F1"""
    refused = refusal(mail_server, text)
    assert named in str(refused) or named == "too long"
    assert refused.suggestion == offered


def test_it_repeats_no_password_that_stands_in_a_url() -> None:
    """F4: the user info of a pasted URL is not repeated."""
    refused = refusal(mail_server, "smtp://ada:correct-horse@smtp.example.com/?x=1")
    assert "correct-horse" not in str(refused)
    assert refused.suggestion == "smtp.example.com"


@settings(derandomize=True, deadline=None, max_examples=500)
@given(st.one_of(ANY_TEXT, mostly("ab1.-_:[]/@% ü。")))
def test_any_text_is_refused_or_can_be_dialled(text: str) -> None:
    """F1: nothing but Refused is raised, and what is accepted the socket library takes."""
    server = accepts_or_refuses(mail_server, text)
    if server is not None:
        assert isinstance(server, str)
        assert mail_server(server) == server
        assert is_address(server) or is_host_name(server)
        # The socket library encodes what it dials by its own IDNA; ours passes through unchanged.
        assert server.encode("idna") == server.encode("ascii")


def is_address(server: str) -> bool:
    try:
        return str(ipaddress.ip_address(server)) == server
    except ValueError:
        return False


def is_host_name(server: str) -> bool:
    labels = server.split(".")
    return len(server) <= 253 and all(
        re.fullmatch(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", label) for label in labels
    )
