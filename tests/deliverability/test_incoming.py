"""What is found of MTA-STS, TLS-RPT and BIMI (SPEC D5)."""

from __future__ import annotations

import json
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask_babel import force_locale

from smtp_panel.deliverability.finding import Finding, Record, State
from smtp_panel.deliverability.incoming import find_sts, read_policy
from smtp_panel.deliverability.question import Question
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.guard import Guard
from smtp_panel.net.network import Address, Network, system_connect
from smtp_panel.telling.deliverability import finding_in_words
from tests.deliverability.looking import DOMAIN, SECONDS, Zone, lookup_by, only
from tests.little_work import little_work
from tests.servers.certificates import CertificateAuthority
from tests.servers.dns import HOST, DnsServer
from tests.servers.fixtures import StartDns, StartTokenServer
from tests.servers.token_server import Answer, TokenServer

STS: Zone = {
    ("_mta-sts.acme.example", "TXT"): ['"v=STSv1; id=20261128;"'],
    (DOMAIN, "MX"): ["10 mx.acme.example."],
}
POLICY = "version: STSv1\r\nmode: enforce\r\nmx: mx.acme.example\r\nmax_age: 604800\r\n"


@pytest.fixture
def web(
    ca: CertificateAuthority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ssl.SSLContext:
    """TLS for the web server of mta-sts.acme.example, whose authority this machine trusts."""
    file = tmp_path / "trusted.pem"
    file.write_text(ca.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return ca.made_out_for("mta-sts.acme.example").context()


def port_of(server: TokenServer) -> int:
    port = urlsplit(server.url).port
    assert port
    return port


def sts(dns: DnsServer, port: int, guard: Guard | None = None) -> Finding:
    """What is found of MTA-STS where the domain's web server listens at this port of loopback."""

    def connect(address: Address) -> Any:
        return system_connect(Address(address.host, port))

    network = Network(web_guard=guard or Guard(), lookup=lambda _: [HOST], connect=connect)
    question = Question(domain=DOMAIN, mail_from=f"a@{DOMAIN}")
    (finding,) = find_sts(question, network, lookup_by(dns), Deadline(SECONDS))
    return finding


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(200, POLICY.encode()), "good mta-sts-good"),
        (Answer(200, POLICY.replace("mx: mx", "mx: *").encode()), "good mta-sts-good"),
        (Answer(200, POLICY.replace("mx: mx", "mx: other").encode()), "wrong mta-sts-hosts"),
        (Answer(200, b"<html>hello</html>"), "wrong mta-sts-policy"),
        (Answer(404, b"no"), "wrong mta-sts-unreached"),
    ],
)
def test_the_policy_is_fetched_and_has_to_name_the_hosts_of_the_mx(
    name_server: StartDns,
    token_endpoint: StartTokenServer,
    web: ssl.SSLContext,
    answer: Answer,
    expected: str,
) -> None:
    """RFC 8461."""
    finding = sts(name_server(STS), port_of(token_endpoint(answer, tls=web)))
    assert f"{finding.state} {finding.id}" == expected


def test_a_policy_that_can_not_be_had_is_wrong_and_none_at_all_is_a_note(
    name_server: StartDns,
) -> None:
    """It is about mail to the domain; where this network is at fault nobody knows."""
    assert sts(name_server(STS), 1).id == "mta-sts-unreached"
    missing = only(name_server({}), "mta_sts")
    assert (missing.state, missing.id) == (State.NOTE, "mta-sts-missing")
    assert sts(name_server(STS), 1, Guard(block_private=True)).id == "mta-sts-unknown"
    broken: Zone = {("_mta-sts.acme.example", "TXT"): ['"v=STSv1"']}
    assert only(name_server(broken), "mta_sts").id == "mta-sts-broken"


def test_the_record_follows_the_policy_that_is_to_be_served(name_server: StartDns) -> None:
    """D5: what to serve and what to paste; mode testing refuses no mail (RFC 8461, 3.2 and 5)."""
    server = name_server({(DOMAIN, "MX"): ["10 mx.acme.example."]})
    missing = only(server, "mta_sts")
    assert missing.record
    assert (missing.record.name, missing.record.type) == ("_mta-sts.acme.example", "TXT")
    assert missing.record.value == "v=STSv1; id=1"
    expected = str(missing.expected)
    assert "version: STSv1 / mode: testing / mx: mx.acme.example / max_age: 86400" in expected
    assert only(name_server({}), "mta_sts").record is None


@pytest.mark.parametrize(
    ("records", "pasted"),
    [
        (["v=STSv1"], "v=STSv1; id=1"),
        (["v=STSv1; id=2026-11-29"], "v=STSv1; id=1"),
        (["v=STSv1; id=0", "v=STSv1; id=a b"], "v=STSv1; id=0"),
    ],
)
def test_in_place_of_records_that_can_not_be_read_one_is_offered(
    name_server: StartDns, records: list[str], pasted: str
) -> None:
    """RFC 8461, 3.1: one record, with an id of letters and digits."""
    server = name_server({("_mta-sts.acme.example", "TXT"): [f'"{each}"' for each in records]})
    broken = only(server, "mta_sts")
    assert broken.id == "mta-sts-broken"
    assert broken.record
    assert broken.record.value == pasted


@pytest.mark.parametrize(("used", "pasted"), [("20261128", "20261129"), ("a" * 32, "a" * 31 + "2")])
def test_a_policy_that_changes_wants_another_id(
    name_server: StartDns,
    token_endpoint: StartTokenServer,
    web: ssl.SSLContext,
    used: str,
    pasted: str,
) -> None:
    """RFC 8461, 3.1: others ask for the policy again once the id is another."""
    zone = STS | {("_mta-sts.acme.example", "TXT"): [f'"v=STSv1; id={used}"']}
    other = Answer(200, POLICY.replace("mx: mx", "mx: other").encode())
    finding = sts(name_server(zone), port_of(token_endpoint(other, tls=web)))
    assert finding.id == "mta-sts-hosts"
    assert finding.record
    assert finding.record.value == f"v=STSv1; id={pasted}"


@pytest.mark.parametrize(
    ("records", "expected", "pasted"),
    [
        (["rua=mailto:tls@acme.example"], "good tls-rpt-good", None),
        (["rua=acme.example"], "wrong tls-rpt-broken", "mailto:postmaster@acme.example"),
        (["rua=x", "rua=mailto:a@b.example"], "wrong tls-rpt-broken", "mailto:a@b.example"),
        (["rua=MAILTO:a@b.example , https://b.example/r"], "good tls-rpt-good", None),
        (["rua=mailto:a@b.example,b.example"], "wrong tls-rpt-broken", "mailto:a@b.example"),
        (["rua=https:"], "wrong tls-rpt-broken", "mailto:postmaster@acme.example"),
        ([], "note tls-rpt-missing", "mailto:postmaster@acme.example"),
    ],
)
def test_where_reports_on_tls_go(
    name_server: StartDns, records: list[str], expected: str, pasted: str | None
) -> None:
    """RFC 8460; where there is none that can be read, one is offered to paste."""
    quoted = [f'"v=TLSRPTv1; {each}"' for each in records]
    finding = only(name_server({("_smtp._tls.acme.example", "TXT"): quoted}), "tls_rpt")
    assert f"{finding.state} {finding.id}" == expected
    value = f"v=TLSRPTv1; rua={pasted}" if pasted else None
    assert (finding.record.value if finding.record else None) == value


def test_in_a_domain_that_does_not_exist_there_is_nothing_to_publish(
    name_server: StartDns,
) -> None:
    assert only(name_server({}), "tls_rpt").record is None


def test_why_a_policy_can_not_be_had_is_told_in_the_readers_language(
    app: Flask, name_server: StartDns
) -> None:
    """D5, T6: also where it was stored."""
    found = sts(name_server(STS), 1, Guard(block_private=True))
    stored = Finding.from_json(json.loads(json.dumps(found.to_json())))
    with app.test_request_context(), force_locale("ja"):
        told = finding_in_words(stored).found
    assert "アドレス 127.0.0.1 への接続は禁止されています: ループバック" in told


def test_a_logo_is_never_more_than_a_note(name_server: StartDns) -> None:
    """D5."""
    server = name_server(
        {("default._bimi.acme.example", "TXT"): ['"v=BIMI1; l=https://a.example"']}
    )
    assert (only(server, "bimi").state, only(server, "bimi").id) == (State.NOTE, "bimi-there")
    assert only(name_server({}), "bimi").id == "bimi-missing"
    server.failing.add("default._bimi.acme.example")
    unknown = only(server, "bimi")
    assert (unknown.state, unknown.id) == (State.NOTE, "bimi-unknown")


def test_what_could_not_be_looked_up_is_not_missing(name_server: StartDns) -> None:
    """D5."""
    server = name_server({})
    server.failing |= {"_mta-sts.acme.example", "_smtp._tls.acme.example"}
    assert only(server, "mta_sts").id == "mta-sts-unknown"
    assert only(server, "tls_rpt").id == "tls-rpt-unknown"


def test_a_policy_without_end_for_hosts_without_end_is_read_with_little_work() -> None:
    """T8: each host was held against each line, which took 20 s for what one answer can hold."""
    hosts = [f"mx{number}.acme.example" for number in range(2000)]
    names = [f"mx: mx{number}.else.example" for number in range(2000)]
    changed = Record("_mta-sts.acme.example", "TXT", "v=STSv1; id=2")
    for last, state in (("mx: a.example", State.WRONG), ("mx: *.acme.example.", State.GOOD)):
        lines = ["version: STSv1", "mode: enforce", *names, last, "max_age: 604800"]
        with little_work():
            found = read_policy("", "\r\n".join(lines), hosts, changed)
        assert found.state is state
