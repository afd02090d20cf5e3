"""Port, TLS and choices (SPEC F5, F6, F7, F8, F10)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtp_panel.net.tls import TLSVersion
from smtp_panel.settings.hosting import Hosting
from smtp_panel.settings.rules import Notice, Refused, choice, port, port_on, switch, tls_version
from smtp_panel.smtp.endpoint import Auth
from tests.settings.rules.refusals import ANY_TEXT, accepts_or_refuses, mostly, refusal

MODERN = (TLSVersion.V1_2, TLSVersion.V1_3)

PORTS = {"1": 1, "25": 25, "587": 587, " 587": 587, "587 \u00a0": 587, "65535": 65535}

REFUSED_PORTS: dict[str, tuple[str, str | None]] = {
    "": ("587", None),
    "  ": ("587", None),
    "0": ("1 to 65535", None),
    "00000000": ("1 to 65535", None),
    "65536": ("1 to 65535", None),
    "70000": ("1 to 65535", None),
    "9" * 500: ("1 to 65535", None),
    "9" * 5000: ("1000", None),
    "0587": ("zero", "587"),
    "00000587": ("zero", "587"),
    "+25": ("“+”", "25"),
    "-1": ("“-”", None),
    "٣": ("“٣”", "3"),
    "５８７": ("“５”", "587"),
    "²": ("“²”", None),
    "58.7": ("“.”", None),
    "1e3": ("“e”", None),
    "5 87": ("U+0020 SPACE", "587"),
    "587\0": ("U+0000", None),
    "smtp": ("“s”", None),
    "5\ud800": ("U+D800", None),
}


@pytest.mark.parametrize(("text", "number"), PORTS.items())
def test_it_accepts_a_port_in_ascii_digits(text: str, number: int) -> None:
    """F5, F13"""
    assert port(text) == number


@pytest.mark.parametrize("text", REFUSED_PORTS)
def test_it_says_what_is_no_port_and_offers_the_tidy_one(text: str) -> None:
    """F5"""
    named, offered = REFUSED_PORTS[text]
    refused = refusal(port, text)
    assert named in str(refused)
    assert refused.suggestion == offered


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.one_of(ANY_TEXT, mostly("0123456789+ ")))
def test_any_text_is_refused_or_a_port(text: str) -> None:
    """F5"""
    number = accepts_or_refuses(port, text)
    if number is not None:
        assert isinstance(number, int)
        assert 1 <= number <= 65535
        assert port(str(number)) == number


def test_it_refuses_port_25_on_google_cloud() -> None:
    """F10"""
    with pytest.raises(Refused, match="Google Cloud blocks port 25") as caught:
        port_on(25, Hosting.GCP)
    assert caught.value.suggestion == "587"
    assert caught.value.link == "https://cloud.google.com/compute/docs/tutorials/sending-mail"


def test_it_allows_port_25_on_azure_with_a_notice() -> None:
    """F10"""
    notice = port_on(25, Hosting.AZURE)
    assert isinstance(notice, Notice)
    assert "not recommended" in str(notice)
    assert "may fail" in str(notice)
    page = "azure/virtual-network/troubleshoot-outbound-smtp-connectivity"
    assert notice.link == f"https://learn.microsoft.com/{page}"


@pytest.mark.parametrize(
    ("number", "hosting"),
    [(25, Hosting.AWS), (25, Hosting.OTHER), (587, Hosting.GCP), (465, Hosting.AZURE)],
)
def test_it_has_nothing_to_say_of_other_ports_and_places(number: int, hosting: Hosting) -> None:
    """F10"""
    assert port_on(number, hosting) is None


@pytest.mark.parametrize("version", [TLSVersion.AUTO, *MODERN])
def test_it_accepts_the_tls_versions_of_this_machine(version: TLSVersion) -> None:
    """F6"""
    assert tls_version(f" {version}\n", MODERN) is version


def test_it_refuses_a_tls_version_that_this_machine_lacks() -> None:
    """F6"""
    refused = refusal(lambda text: tls_version(text, MODERN), "1.0")
    assert str(refused) == ("This machine does not support TLS 1.0. It supports TLS 1.2, TLS 1.3.")


@pytest.mark.parametrize(
    ("text", "offered"),
    [("TLSv1.2", "1.2"), ("TLS 1.3", "1.3"), ("tlsv1_1", "1.1"), ("SSLv23", None), ("", None)],
)
def test_it_refuses_what_is_no_tls_version(text: str, offered: str | None) -> None:
    """F6"""
    refused = refusal(lambda text: tls_version(text, tuple(TLSVersion)), text)
    assert "auto, 1.0, 1.1, 1.2, 1.3" in str(refused)
    assert refused.suggestion == offered


def test_it_reads_a_choice_whatever_its_case() -> None:
    """F8, F13"""
    assert choice(" PLAIN ", Auth) is Auth.PLAIN


def test_it_refuses_what_is_no_choice() -> None:
    """F8"""
    refused = refusal(lambda text: choice(text, Auth), "cram-md5")
    assert str(refused) == (
        "“cram-md5” is not one of the choices. Choose one of: auto, plain, login, oauth2."
    )


@pytest.mark.parametrize(
    ("text", "ticked"),
    [("1", True), ("on", True), ("TRUE", True), ("", False), ("0", False), ("off", False)],
)
def test_it_reads_a_check_box(text: str, ticked: bool) -> None:
    """F6"""
    assert switch(text) is ticked


@settings(derandomize=True, deadline=None)
@given(ANY_TEXT)
def test_any_text_is_refused_or_a_choice(text: str) -> None:
    """F6, F8"""
    accepts_or_refuses(switch, text)
    accepts_or_refuses(lambda each: choice(each, Auth), text)
    accepts_or_refuses(lambda each: tls_version(each, MODERN), text)
