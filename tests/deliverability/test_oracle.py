"""What is found of a domain is what checkdmarc finds, which reads the RFCs on its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dns.nameserver
import dns.resolver
import pytest
from checkdmarc.dmarc import check_dmarc
from checkdmarc.mta_sts import MTASTSPolicySyntaxError, parse_mta_sts_policy
from checkdmarc.smtp_tls_reporting import check_smtp_tls_reporting
from checkdmarc.spf import check_spf
from checkdmarc.utils import DNS_CACHE, DNSExceptionNXDOMAIN, get_a_records, get_mx_record_set

from smtp_panel.deliverability.finding import Record, State
from smtp_panel.deliverability.incoming import read_policy
from tests.deliverability.looking import DOMAIN, Zone, found_by, only
from tests.servers.dns import HOST, DnsServer
from tests.servers.fixtures import StartDns

POLICY = f"_dmarc.{DOMAIN}"
# Findings of a record that a receiver can't use; what others say of SPF is about who may send.
USELESS = {"spf-broken", "spf-several", "spf-missing", "spf-lookups", "spf-void"}
AROUND: Zone = {
    ("h.example", "A"): ["8.8.4.4"],
    ("h.example", "AAAA"): ["2001:4860:4860::8844"],
    ("h.example", "MX"): ["10 h.example."],
    ("many.example", "MX"): [f"10 m{number}.example." for number in range(11)],
}

SPF: dict[str, tuple[str, Sequence[str]]] = {
    "good": ("v=spf1 ip4:8.8.4.4 include:b.example -all", ["v=spf1 a:h.example ?all"]),
    "10": (f"v=spf1 {'a:h.example ' * 5}include:b.example", [f"v=spf1{' mx:h.example' * 4}"]),
    "11": (f"v=spf1 {'a:h.example ' * 5}include:b.example", [f"v=spf1{' mx:h.example' * 5}"]),
    "redirect": ("v=spf1 redirect=b.example", ["v=spf1 mx:h.example -all"]),
    "redirect beside all": ("v=spf1 a:h.example redirect=b.example -all", []),
    "behind all": ("v=spf1 -all a:h.example include:h.example", []),
    "2 void": ("v=spf1 a:v1.example mx:v2.example -all", []),
    "3 void": ("v=spf1 a:v1.example include:b.example -all", ["v=spf1 a:v2.example a:v3.example"]),
    "no record": ("another text", []),
    "misspelt": ("v=spf1 ipv4:8.8.4.4 -all", []),
    "no address": ("v=spf1 ip4:8.8.4.400 -all", []),
    "no macro": ("v=spf1 exists:%{z}.h.example -all", []),
    "misspelt behind include": ("v=spf1 include:b.example -all", ["v=spf1 al"]),
    "include of nothing": ("v=spf1 include:b.example -all", []),
    "redirect to nothing": ("v=spf1 redirect=b.example", []),
    "several behind include": ("v=spf1 include:b.example -all", ["v=spf1 -all", "v=spf1 a"]),
    "circle": ("v=spf1 include:b.example -all", [f"v=spf1 include:{DOMAIN} -all"]),
    "macros": ("v=spf1 exists:%{i}.h.example include:b.%{d1} -all", ["v=spf1 -all"]),
    "11 mail servers": ("v=spf1 mx:many.example -all", []),
    "everybody": ("v=spf1 +all", []),
}
DMARC = {
    "none": "v=DMARC1; p=none",
    "quarantine": "v=DMARC1;p=quarantine;",
    "reject": "v=DMARC1; p=reject; pct=50; adkim=s; aspf=s",
    "capitals": "v=DMARC1; P=Reject",
    "blanks": "v = DMARC1 ; p = reject",
    "another tag": "v=DMARC1; p=reject; x=y",
    "no such mode": "v=DMARC1; p=reject; aspf=x",
    "no such policy": "v=DMARC1; p=refuse",
    "no semicolon": "v=DMARC1 p=reject",
    "no such version": "v=dmarc1; p=reject",
    "version behind": "p=reject; v=DMARC1",
    "a blank before": " v=DMARC1; p=reject",
    "no text": "",
}


THERE: Zone = {(DOMAIN, "TXT"): ['"hello"']}
MX: dict[str, Zone] = {
    "good": {(DOMAIN, "MX"): ["10 h.example."]},
    "two": {(DOMAIN, "MX"): ["20 H.EXAMPLE.", "10 v4.example."]},
    "no address": {(DOMAIN, "MX"): ["10 gone.example."]},
    "no address of one": {(DOMAIN, "MX"): ["10 gone.example.", "20 h.example."]},
    "numbers": {(DOMAIN, "MX"): ["10 8.8.4.4."]},
    "null": {(DOMAIN, "MX"): ["0 ."]},
    "null beside another": {(DOMAIN, "MX"): ["0 .", "10 h.example."]},
    "none, with an address": {(DOMAIN, "A"): ["8.8.4.4"]},
    "none": THERE,
    "no domain": {},
}


STS = {
    "enforced": "version: STSv1\nmode: enforce\nmx: mx.acme.example\nmax_age: 604800\n",
    "other line ends": "version:STSv1\r\nmode:testing\r\nmx:*.acme.example\r\nmax_age:1\r\n\r\n",
    "none": "version: STSv1\nmode: none\nmax_age: 86400",
    "mode twice": "version: STSv1\nmode: testing\nmode: x\nmx: mx.acme.example\nmax_age: 1",
    "another field": "version: STSv1\nmode: testing\nmx: mx.acme.example\nmax_age: 1\nx: y",
    "no age": "version: STSv1\nmode: enforce\nmx: mx.acme.example\n",
    "too old": "version: STSv1\nmode: enforce\nmx: mx.acme.example\nmax_age: 31557601\n",
    "no number": "version: STSv1\nmode: enforce\nmx: mx.acme.example\nmax_age: 1 week\n",
    "negative": "version: STSv1\nmode: enforce\nmx: mx.acme.example\nmax_age: -1\n",
    "another version": "version: STSv2\nmode: enforce\nmx: mx.acme.example\nmax_age: 1\n",
    "no such mode": "version: STSv1\nmode: Enforce\nmx: mx.acme.example\nmax_age: 1\n",
    "no host": "version: STSv1\nmode: enforce\nmax_age: 1\n",
    "any host": "version: STSv1\nmode: enforce\nmx: *\nmax_age: 1\n",
    "a blank in it": "version: STSv1\nmode: enforce\nmx: mx.*.example\nmax_age: 1\n",
    "no field": "version: STSv1\nmode: enforce\nmx: mx.acme.example\nmax_age: 1\nhello\n",
    "a page": "<html>hello</html>",
}
TLS_RPT = {
    "mail": "v=TLSRPTv1; rua=mailto:a@b.example",
    "capitals": "v=TLSRPTv1;rua=MAILTO:a@b.example;",
    "web": "v=TLSRPTv1; rua=https://b.example/reports?x=1",
    "both": "v=TLSRPTv1; rua=mailto:a@b.example , https://b.example/",
    "another tag": "v=TLSRPTv1; rua=mailto:a@b.example; x=y",
    "nobody": "v=TLSRPTv1; rua=mailto:",
    "no host": "v=TLSRPTv1; rua=https:",
    "in the clear": "v=TLSRPTv1; rua=http://b.example",
    "one that is none": "v=TLSRPTv1; rua=mailto:a@b.example,b.example",
    "a size": "v=TLSRPTv1; rua=mailto:a@b.example!10m",
    "nowhere": "v=TLSRPTv1; x=y",
}


def resolver(server: DnsServer) -> dns.resolver.Resolver:
    """What checkdmarc asks; it keeps answers from one domain to the next."""
    DNS_CACHE.clear()
    asking = dns.resolver.Resolver(configure=False)
    asking.nameservers = [dns.nameserver.Do53Nameserver(HOST, server.port)]
    return asking


def txt(name: str, texts: Sequence[str]) -> Zone:
    return {(name, "TXT"): [f'"{text}"' for text in texts]} if any(texts) else {}


@pytest.mark.parametrize("case", SPF)
def test_spf_is_read_as_checkdmarc_reads_it(name_server: StartDns, case: str) -> None:
    """SPEC D5: whether receivers can use the record, and how many look-ups it needs."""
    record, behind = SPF[case]
    server = name_server(AROUND | txt(DOMAIN, [record]) | txt("b.example", behind))
    theirs = check_spf(DOMAIN, resolver=resolver(server))

    ours = only(server, "spf", addresses=("8.8.4.4",))

    assert (ours.id not in USELESS) == theirs["valid"], theirs
    if theirs["valid"]:
        counted = theirs["dns_lookups"], theirs["void_dns_lookups"]
        assert (ours.more["lookups"], ours.more["void_lookups"]) == counted


@pytest.mark.parametrize("case", DMARC)
def test_dmarc_is_read_as_checkdmarc_reads_it(name_server: StartDns, case: str) -> None:
    """SPEC D5: whether receivers can use the record, and its policy."""
    server = name_server(AROUND | txt(POLICY, [DMARC[case]]) | txt(DOMAIN, ["v=spf1 -all"]))
    theirs: Any = check_dmarc(DOMAIN, resolver=resolver(server))

    ours, *_ = found_by(server, "dmarc")

    assert (ours.state not in {State.WRONG, State.MISSING}) == theirs["valid"], theirs
    if theirs["valid"]:
        assert ours.more["policy"] == theirs["tags"]["p"]["value"]


@pytest.mark.parametrize("case", MX)
def test_an_mx_is_read_as_checkdmarc_reads_it(name_server: StartDns, case: str) -> None:
    """SPEC D5: whether mail for the domain has a host to go to, and by which fault it has none."""
    hosts: Zone = {("v4.example", "A"): ["8.8.4.4"], ("gone.example", "TXT"): ['"moved"']}
    server = name_server(AROUND | hosts | MX[case])

    assert only(server, "mx").id == their_mx(resolver(server))


def their_mx(asking: dns.resolver.Resolver) -> str:
    """The finding that what checkdmarc knows of the MX comes to."""
    try:
        found: Any = get_mx_record_set(DOMAIN, resolver=asking)
    except DNSExceptionNXDOMAIN:
        return "mx-no-domain"
    if found["null_mx"]:
        return "mx-null"
    if found["warnings"]:
        return "mx-address" if "IP address" in found["warnings"][0] else "mx-null-beside"
    if not found["record_count"]:
        return "mx-implicit" if get_a_records(DOMAIN, resolver=asking) else "mx-missing"
    alive = [get_a_records(each["hostname"], resolver=asking) for each in found["hosts"]]
    return "mx-good" if all(alive) else "mx-dead"


@pytest.mark.parametrize(
    "records",
    [
        {"mail.acme.example": "v=DMARC1; p=reject"},
        {"acme.example": "v=DMARC1; p=reject", "mail.acme.example": "v=DMARC1; p=none"},
        {"acme.example": "v=DMARC1; p=none", "mail.acme.example": "v=DMARC1; p=reject; psd=n"},
        {"a.mail.acme.example": "v=DMARC1; p=none", "acme.example": "v=DMARC1; p=reject"},
        {"example": "v=DMARC1; p=reject; psd=y"},
        {"example": "v=DMARC1; p=none; psd=y", "mail.acme.example": "v=DMARC1; p=reject"},
        {},
    ],
)
def test_dmarc_is_found_on_the_way_up_as_checkdmarc_finds_it(
    name_server: StartDns, records: dict[str, str]
) -> None:
    """RFC 9989, 4.10; what a public suffix alone has is as good as missing to the domain."""
    zone = {(f"_dmarc.{name}", "TXT"): [f'"{record}"'] for name, record in records.items()}
    server = name_server(zone | {("a.mail.acme.example", "A"): ["8.8.4.4"]})
    theirs: Any = check_dmarc("a.mail.acme.example", resolver=resolver(server))

    ours, *_ = found_by(server, "dmarc", domain="a.mail.acme.example", mail_from="")

    found = theirs["valid"] and theirs["location"] != "example"
    assert (ours.state is not State.MISSING) == found, theirs
    if found:
        below = theirs["location"] != "a.mail.acme.example"
        assert ours.more["policy"] == theirs["tags"]["sp" if below else "p"]["value"]


def test_dmarc_of_a_sub_domain_is_that_of_its_organisation(name_server: StartDns) -> None:
    """RFC 7489, 6.6.3: by the Public Suffix List; sp= where there is one."""
    records = txt("_dmarc.acme.co.uk", ["v=DMARC1; p=reject; sp=quarantine"])
    server = name_server(records | {("news.acme.co.uk", "A"): ["8.8.4.4"]})
    theirs: Any = check_dmarc("news.acme.co.uk", resolver=resolver(server))

    ours, *_ = found_by(server, "dmarc", domain="news.acme.co.uk", mail_from="a@acme.co.uk")

    assert theirs["location"] == "acme.co.uk"
    assert ours.more == {"policy": theirs["tags"]["sp"]["value"], "aligned": True, "reports": []}


@pytest.mark.parametrize("case", STS)
def test_a_policy_of_mta_sts_is_read_as_checkdmarc_reads_it(case: str) -> None:
    """RFC 8461, 3.2: whether senders can use it."""
    try:
        parse_mta_sts_policy(STS[case])
    except MTASTSPolicySyntaxError:
        usable = False
    else:
        usable = True
    found = read_policy("", STS[case], ["mx.acme.example"], Record("", "TXT", ""))
    assert (found.id == "mta-sts-good") == usable


@pytest.mark.parametrize("case", TLS_RPT)
def test_tls_rpt_is_read_as_checkdmarc_reads_it(name_server: StartDns, case: str) -> None:
    """RFC 8460, 3: whether there is somewhere that reports can go to."""
    server = name_server(txt(f"_smtp._tls.{DOMAIN}", [TLS_RPT[case].replace(";", "\\;")]))
    theirs = check_smtp_tls_reporting(DOMAIN, resolver=resolver(server))
    assert (only(server, "tls_rpt").state is State.GOOD) == theirs["valid"], theirs
