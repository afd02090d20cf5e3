"""`smtp deliverability`: what the DNS says of mail from a domain (SPEC D5, NAMES)."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Command
from tests.servers.dns import DnsServer
from tests.servers.fixtures import StartDns
from tests.web.conftest import NOBODY, MakePanel

ADDRESS = "192.0.2.7"
RIGHT = {
    ("acme.example", "MX"): ["10 mx.acme.example."],
    ("mx.acme.example", "A"): [ADDRESS],
    ("acme.example", "TXT"): [f'"v=spf1 ip4:{ADDRESS} -all"'],
    ("_dmarc.acme.example", "TXT"): ['"v=DMARC1; p=reject"'],
    ("7.2.0.192.in-addr.arpa", "PTR"): ["mx.acme.example."],
}
SENDER = ("--sender", "Acme <news@acme.example>", "--ip", ADDRESS)
CHECKS = ["spf", "dkim", "dmarc", "mx", "ptr", "mta_sts", "tls_rpt", "bimi"]


@pytest.fixture
def server(name_server: StartDns) -> DnsServer:
    """The DNS, in which all is right."""
    return name_server(RIGHT)


def test_where_all_is_right_the_exit_code_is_0(smtp: Command, server: DnsServer) -> None:
    """Section 11: no database; every check, in JSON."""
    ran = smtp("deliverability", *SENDER, "--json", SMTP_PANEL_DNS=server.variable)
    assert (ran.code, ran.stderr) == (0, "")
    assert (ran.json["ok"], ran.json["domain"]) == (True, "acme.example")
    findings = {each["check"]: each for each in ran.json["findings"]}
    assert list(findings) == CHECKS
    for each in findings.values():
        assert each["found"]
        assert each["expected"]
        assert each["why"]
        assert each["state"] in {"good", "note"}
    spf, dmarc = findings["spf"], findings["dmarc"]
    assert findings["ptr"]["state"] == "good"
    assert (spf["id"], spf["result"], spf["lookups"]) == ("spf-good", "pass", 0)
    assert spf["void_lookups"] == 0
    assert (dmarc["policy"], dmarc["aligned"]) == ("reject", True)


def test_every_address_that_is_given_has_to_be_named(smtp: Command, server: DnsServer) -> None:
    """D5: one that is written as IPv6 is meant as it is in the DNS."""
    words = (*SENDER, "--ip", "::ffff:198.51.100.1", "--json")
    spf, *_ = smtp("deliverability", *words, SMTP_PANEL_DNS=server.variable).json["findings"]
    assert spf["id"] == "spf-not-allowed"
    assert spf["record"]["value"] == f"v=spf1 ip4:{ADDRESS} ip4:198.51.100.1 -all"


def test_what_is_wrong_comes_with_the_record_to_paste(smtp: Command, server: DnsServer) -> None:
    """NAMES: name, type, value, and its strings; exit code 1."""
    del server.zone["_dmarc.acme.example", "TXT"]
    ran = smtp("deliverability", *SENDER, "--json", SMTP_PANEL_DNS=server.variable)
    assert (ran.code, ran.json["ok"]) == (1, False)
    (dmarc,) = (each for each in ran.json["findings"] if each["check"] == "dmarc")
    value = "v=DMARC1; p=none; rua=mailto:postmaster@acme.example"
    assert dmarc["record"] == {
        "name": "_dmarc.acme.example",
        "type": "TXT",
        "value": value,
        "strings": [value],
    }
    assert (dmarc["policy"], dmarc["aligned"]) == (None, True)
    shown = smtp("deliverability", *SENDER, SMTP_PANEL_DNS=server.variable).stdout
    assert f'    _dmarc.acme.example  TXT  "{value}"\n' in shown
    assert "DMARC needs a change." in shown
    assert "Publish this record:" in shown


def test_each_record_is_shown_as_it_is_entered(smtp: Command, server: DnsServer) -> None:
    """Strings in quotes, names as they are; what a record gives up is said before it."""
    server.zone["many.example", "TXT"] = [f'"v=spf1 {"a:x.example " * 10}-all"']
    server.zone["spf.migadu.com", "TXT"] = ['"v=spf1 ip4:192.0.2.0/24 -all"']
    record = '"v=spf1 include:many.example include:spf.migadu.com -all"'
    server.zone["acme.example", "TXT"] = [record]
    words = ("--sender", "news@acme.example", "--server", "smtp.migadu.com")
    shown = smtp("deliverability", *words, SMTP_PANEL_DNS=server.variable).stdout
    key, spf = "key1.acme.example._domainkey.migadu.com", "v=spf1 include:spf.migadu.com -all"
    assert f"    key1._domainkey.acme.example  CNAME  {key}\n" in shown
    assert f'    acme.example  TXT  "{spf}"\n' in shown
    assert "If nothing sends by include:many.example any more" in shown


def test_what_could_not_be_looked_up_is_no_success(smtp: Command, server: DnsServer) -> None:
    """D5: nobody knows, which is neither right nor missing."""
    server.failing |= {name for name, _ in RIGHT}
    ran = smtp("deliverability", *SENDER, "--json", SMTP_PANEL_DNS=server.variable)
    assert (ran.code, ran.json["ok"]) == (1, False)
    states = {each["check"]: each["state"] for each in ran.json["findings"]}
    assert states["spf"] == states["dmarc"] == states["mx"] == states["ptr"] == "unknown"


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("--sender", "acme"),
        ("--sender", "root@localhost"),
        ("--ip", "8.8.4"),
        ("--mail-from", "news@"),
        ("--server", "https://x.example"),
        ("--selector", "a b"),
    ],
)
def test_what_can_be_no_such_thing_is_told(smtp: Command, option: str, text: str) -> None:
    """A6: exit code 2, and which option it is."""
    words = {"--sender": "news@acme.example", option: text}
    given = [each for pair in words.items() for each in pair]
    ran = smtp("deliverability", *given, "--json")
    assert ran.code == 2
    (wrong,) = ran.json["errors"].values()
    assert wrong["option"] == option


def test_without_a_sender_it_is_that_of_the_settings_in_force(
    make_panel: MakePanel, server: DnsServer
) -> None:
    """The envelope sender and the rest are those as well."""
    panel = make_panel(dns=(("127.0.0.1", server.port),))
    smtp = Command(panel.app)
    refused = smtp("deliverability", "--json")
    assert refused.code == 2
    assert "--sender" in refused.json["errors"]["panel"]["message"]
    saved = {"sender": "news@acme.example", "envelope_sender": "x@other.example"}
    panel.saved(panel.admin(), **NOBODY | saved)
    told = smtp("deliverability", "--json").json
    assert told["domain"] == "acme.example"
    ids = [each["id"] for each in told["findings"]]
    assert "dmarc-unaligned" in ids
    assert "spf-missing" in ids


def test_the_server_and_selectors_are_asked_about(smtp: Command, server: DnsServer) -> None:
    """NAMES: the options; the record to paste in the words of the terminal."""
    words = ("--sender", "news@acme.example", "--server", "smtp.gmail.com", "--selector", "s9")
    ran = smtp("deliverability", *words, SMTP_PANEL_DNS=server.variable, LC_ALL="ja_JP.UTF-8")
    assert server.asked["s9._domainkey.acme.example", "TXT"] == 1
    assert f'TXT  "v=spf1 ip4:{ADDRESS} include:_spf.google.com -all"' in ran.stdout
    assert not ran.lines[0].isascii()
