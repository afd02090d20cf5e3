"""Certificate authority and Pinned certificate (SPEC F12)."""

from __future__ import annotations

import hashlib
import ssl
import textwrap
from collections.abc import Callable

import pytest
import trustme
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from smtp_panel.settings.rules import authorities, certificates_in, pinned
from smtp_panel.settings.rules.certificates import BEGIN, END
from tests.servers.certificates import CertificateAuthority
from tests.settings.rules.refusals import ANY_TEXT, accepts_or_refuses, refusal

Rule = Callable[[str], str]

BOTH = pytest.mark.parametrize("rule", [authorities, pinned])
PEM = trustme.CA(organization_name="Example CA").cert_pem.bytes().decode().strip()
OTHER = trustme.CA().cert_pem.bytes().decode().strip()

UNTIDY = {
    "as it is": PEM,
    "white space around": f"\n\n {PEM}\n",
    "carriage returns": PEM.replace("\n", "\r\n"),
    "indented": textwrap.indent(PEM, "    "),
    "in one line": PEM.replace("\n", " "),
    "line breaks written out": PEM.replace("\n", "\\n"),
    "words around": f"# 認証局\nsubject=O = Example CA\n{PEM}\nthe end",
}
REFUSED = {
    "a word": ("trust me", "no certificate"),
    "base64 alone": (PEM.removeprefix(BEGIN).removesuffix(END), "no certificate"),
    "an end without a beginning": (PEM.removeprefix(BEGIN), "no certificate"),
    "a beginning without an end": (PEM.removesuffix(END), "damaged"),
    "a line lost": ("\n".join(PEM.splitlines()[:3] + PEM.splitlines()[4:]), "damaged"),
    "nothing between": (f"{BEGIN}\n{END}", "damaged"),
    "no base64": (f"{BEGIN}\né!\n{END}", "damaged"),
    "no certificate between": (f"{BEGIN}\nAAAA\n{END}", "damaged"),
    "a good and a bad one": (f"{PEM}\n{BEGIN}\nAAAA\n{END}", "damaged"),
}


@BOTH
@pytest.mark.parametrize("text", UNTIDY.values(), ids=UNTIDY)
def test_it_reads_pem_text_however_it_was_pasted(rule: Rule, text: str) -> None:
    """F12"""
    assert rule(text) == PEM


@BOTH
@pytest.mark.parametrize(("text", "named"), REFUSED.values(), ids=REFUSED)
def test_it_refuses_what_is_no_certificate(rule: Rule, text: str, named: str) -> None:
    """F12"""
    refused = refusal(rule, text)
    assert named in str(refused)
    assert refused.suggestion is None


@BOTH
def test_it_may_be_empty(rule: Rule) -> None:
    """F12"""
    assert rule(" \n") == ""


@BOTH
def test_it_refuses_a_private_key(rule: Rule, ca: CertificateAuthority) -> None:
    """F12: nobody is to keep one here."""
    refused = refusal(rule, ca.self_signed.pem.decode())
    assert "private key" in str(refused)
    assert not refused.sentence.params


def test_there_may_be_several_authorities_each_once() -> None:
    """F12: and TLS takes them as they are kept."""
    tidy = authorities(f"{PEM}\n\n{OTHER}\n{PEM}")
    assert tidy == f"{PEM}\n{OTHER}"
    assert len(ssl.create_default_context(cadata=tidy).get_ca_certs()) == 2


def test_one_certificate_alone_can_be_pinned() -> None:
    """F12"""
    assert "2 certificates" in str(refusal(pinned, f"{PEM}\n{OTHER}"))


def test_what_is_too_long_is_not_read() -> None:
    """F12: 32 KiB of authorities, 8 of a certificate."""
    assert "32768" in str(refusal(authorities, f"{PEM}\n" * 100))
    assert "8192" in str(refusal(pinned, BEGIN * 1000))
    assert authorities(f"{PEM}\n" * 40) == PEM


def test_a_certificate_is_told_by_its_fingerprint_issuer_and_end() -> None:
    """F12"""
    (facts,) = certificates_in(PEM)
    certificate = x509.load_pem_x509_certificate(PEM.encode())
    octets = ssl.PEM_cert_to_DER_cert(PEM)
    assert facts.issuer == facts.subject == "Example CA"
    assert facts.fingerprint.replace(":", "").lower() == hashlib.sha256(octets).hexdigest()
    assert facts.not_after == certificate.not_valid_after_utc.timestamp()
    assert certificates_in("") == []


def test_a_certificate_without_a_common_name_is_told_by_its_host(ca: CertificateAuthority) -> None:
    """F12"""
    pem = ca.good.pem.decode()
    (facts,) = certificates_in(f"{BEGIN}{pem.split(BEGIN)[1]}")
    assert facts.subject == "localhost"


@BOTH
@settings(derandomize=True, deadline=None)
@given(ANY_TEXT | st.binary(max_size=60).map(lambda octets: f"{BEGIN}{octets.hex()}{END}"))
def test_any_text_is_refused_or_can_be_trusted(rule: Rule, text: str) -> None:
    """F12"""
    assert not accepts_or_refuses(rule, text)


@pytest.mark.filterwarnings("ignore")  # the library minds numbers and lengths that it lets pass
@pytest.mark.parametrize("octet", [0, 3, 127, 255])
def test_a_certificate_with_a_changed_octet_never_raises_anything_else(
    ca: CertificateAuthority, octet: int
) -> None:
    """F12: a part that is looked at later is looked at here."""
    for pem in (PEM, BEGIN + ca.good.pem.decode().split(BEGIN)[1].strip()):
        octets = ssl.PEM_cert_to_DER_cert(pem)
        for place in range(len(octets)):
            changed = octets[:place] + bytes([octet]) + octets[place + 1 :]
            tidy = accepts_or_refuses(pinned, ssl.DER_cert_to_PEM_cert(changed))
            assert tidy is None or certificates_in(str(tidy))
