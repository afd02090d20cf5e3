"""Which domains count as one for DMARC, by the records above them (RFC 9989, 4.10)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from smtp_panel.deliverability.organisations import WayUp
from tests.deliverability.looking import Zone, found_by, lookup_by, only
from tests.servers.fixtures import StartDns

NEWS = "news.acme.example"


def policies(records: Mapping[str, str]) -> Zone:
    """The DMARC records of these domains, and what else a domain has that is there."""
    there: Zone = {(name, "A"): ["8.8.4.4"] for name in (NEWS, "acme.example")}
    return there | {
        (f"_dmarc.{name}", "TXT"): [f'"v=DMARC1; {tags}"'] for name, tags in records.items()
    }


@pytest.mark.parametrize(
    ("records", "organisation"),
    [
        ({"mail.example.com": "p=none", "example.com": "p=none"}, "example.com"),
        ({"mail.example.com": "p=none; psd=n", "example.com": "p=none"}, "mail.example.com"),
        ({"com": "p=none; psd=y"}, "example.com"),
        ({"example.com": "p=none; psd=y"}, "mail.example.com"),
        ({"mail.example.com": "p=none; psd=u"}, "mail.example.com"),
        ({"a.mail.example.com": "p=none; psd=y", "com": "p=none"}, "a.mail.example.com"),
        ({}, "a.mail.example.com"),
    ],
)
def test_the_organisation_is_what_the_records_on_the_way_up_say(
    name_server: StartDns, records: Mapping[str, str], organisation: str
) -> None:
    """Its own examples among them."""
    way = WayUp.from_domain("a.mail.example.com", lookup_by(name_server(policies(records))))
    assert way.organisation == organisation


def test_no_way_has_more_than_eight_names(name_server: StartDns) -> None:
    """So that a name of many labels makes nobody ask without end."""
    server = name_server({})
    long = "a.b.c.d.e.f.g.h.i.j.mail.example.com"
    WayUp.from_domain(long, lookup_by(server))
    asked = [name for name, kind in server.asked if kind == "TXT"]
    assert len(asked) == 8
    assert {f"_dmarc.{long}", "_dmarc.g.h.i.j.mail.example.com", "_dmarc.com"} <= {*asked}


def test_a_record_for_a_part_alone_parts_it_from_the_rest(name_server: StartDns) -> None:
    """D5: what is offered to paste mends it."""
    server = name_server(policies({NEWS: "p=reject"}))
    about = {"domain": NEWS, "mail_from": "x@bounce.acme.example"}

    apart = only(server, "dmarc", **about)

    assert (apart.id, apart.more["aligned"]) == ("dmarc-unaligned", False)
    assert "Publish a record for acme.example as well" in str(apart.found)
    assert apart.record
    assert apart.record.name == "_dmarc.acme.example"
    server.zone[apart.record.name, "TXT"] = [f'"{apart.record.value}"']
    assert only(server, "dmarc", **about).id == "dmarc-good"


def test_what_parts_them_with_a_record_above_is_told_without_another(name_server: StartDns) -> None:
    """A part that calls itself an organisation is one."""
    server = name_server(policies({NEWS: "p=reject; psd=n", "acme.example": "p=none"}))
    apart = only(server, "dmarc", domain=NEWS, mail_from="x@acme.example")
    assert (apart.id, apart.record) == ("dmarc-unaligned", None)


def test_a_record_that_can_not_be_looked_up_is_not_offered_anew(name_server: StartDns) -> None:
    """D5: 'could not look up' is not 'has none'; the other checks are told all the same."""
    other = "other.acme.example"
    server = name_server(policies(dict.fromkeys((NEWS, other), "p=reject; psd=n")))
    server.failing.add("_dmarc.acme.example")
    apart = only(server, "dmarc", domain=NEWS, mail_from=f"x@{other}")
    assert (apart.id, apart.record) == ("dmarc-unaligned", None)


@pytest.mark.parametrize(
    ("envelope", "place"), [(NEWS, f"_dmarc.{NEWS}"), ("acme.example", "_dmarc.acme.example")]
)
def test_a_first_record_is_offered_where_it_stands_for_all_of_the_mail(
    name_server: StartDns, envelope: str, place: str
) -> None:
    """D5: once it is published, mail is aligned."""
    server = name_server(policies({}))
    about = {"domain": NEWS, "mail_from": f"x@{envelope}"}
    missing = only(server, "dmarc", **about)
    assert missing.record
    assert missing.record.name == place
    server.zone[place, "TXT"] = [f'"{missing.record.value}"']
    assert only(server, "dmarc", **about).more["aligned"] is True


def test_what_could_not_be_looked_up_above_makes_nothing_wrong(name_server: StartDns) -> None:
    """D5: the list of public suffixes stands in for it."""
    server = name_server(policies({NEWS: "p=reject"}))
    server.failing.add("_dmarc.acme.example")
    about = {"domain": NEWS, "mail_from": "x@acme.example"}
    assert only(server, "dmarc", **about).id == "dmarc-good"


def test_reports_to_a_part_that_is_not_the_same_have_to_be_taken_there(
    name_server: StartDns,
) -> None:
    """RFC 9990, external destinations: else none is sent; what is offered lets them come."""
    server = name_server(policies({NEWS: "p=reject; rua=mailto:d@acme.example"}))
    about = {"domain": NEWS, "mail_from": f"x@{NEWS}"}
    _, note = found_by(server, "dmarc", **about)
    assert (note.id, note.found.params["host"]) == ("dmarc-reports", "acme.example")
    assert note.record
    server.zone[note.record.name, "TXT"] = [f'"{note.record.value}"']
    assert only(server, "dmarc", **about).id == "dmarc-good"
    del server.zone[note.record.name, "TXT"]
    server.zone["_dmarc.acme.example", "TXT"] = ['"v=DMARC1; p=none"']
    assert only(server, "dmarc", **about).id == "dmarc-good"


@pytest.mark.parametrize(
    ("domain", "suffix", "tags"),
    [("acme.example", "example", "p=none; psd=y"), ("acme.github.io", "github.io", "p=none")],
)
def test_where_a_public_suffix_alone_has_a_record_one_of_the_domain_is_offered(
    name_server: StartDns, domain: str, suffix: str, tags: str
) -> None:
    """D5: what is offered is theirs to publish."""
    server = name_server({**policies({suffix: tags}), (domain, "A"): ["8.8.4.4"]})
    missing = only(server, "dmarc", domain=domain, mail_from=f"x@{domain}")
    assert missing.id == "dmarc-missing"
    assert missing.record
    assert missing.record.name == f"_dmarc.{domain}"
