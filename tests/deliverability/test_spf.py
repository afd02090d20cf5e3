"""What is found of SPF: whether mail may leave as it does, and the record to paste (SPEC D5)."""

from __future__ import annotations

from typing import Any

import pytest

from smtp_panel.deliverability.finding import State
from tests.deliverability.looking import ADDRESS, DOMAIN, Zone, only
from tests.servers.fixtures import StartDns

GMAIL = "smtp.gmail.com"
OURS = f"ip4:{ADDRESS}"
BROKEN = "wrong spf-broken permerror"


def zone(*records: str, **more: list[str]) -> Zone:
    """The SPF records of acme.example, and A records of other names."""
    others: Zone = {(name.replace("_", "."), "A"): list(found) for name, found in more.items()}
    return {(DOMAIN, "TXT"): [f'"{each}"' for each in records], **others}


OTHER: Zone = {("other.example", "TXT"): [f'"v=spf1 {OURS} ?all"']}
OPEN: Zone = {
    ("open.example", "TXT"): ['"v=spf1 include:wide.example -all"'],
    ("wide.example", "TXT"): ['"v=spf1 ip4:0.0.0.0/0 -all"'],
}
CIRCLE = {("odd.example", "TXT"): ['"v=spf1 include:acme.example"']}
MANY = [f"a:h{number}.acme.example" for number in range(11)]
THERE: Zone = {(f"h{number}.acme.example", "A"): ["192.0.2.9"] for number in range(11)}


@pytest.mark.parametrize(
    ("found", "expected", "pasted"),
    [
        (zone(f"v=spf1 {OURS} -all"), "good spf-good pass", None),
        (zone("v=spf1 include:other.example -all") | OTHER, "good spf-good pass", None),
        (
            zone("v=spf1 mx -all"),
            "wrong spf-not-allowed fail",
            f"v=spf1 mx {OURS} -all",
        ),
        (
            zone("v=spf1 ip4:192.0.2.1"),
            "wrong spf-not-allowed neutral",
            f"v=spf1 ip4:192.0.2.1 {OURS}",
        ),
        (zone("hello"), "missing spf-missing none", f"v=spf1 {OURS} ~all"),
        ({}, "missing spf-missing none", None),
        (
            zone("v=spf1 -all", "v=spf1 mx"),
            "wrong spf-several permerror",
            f"v=spf1 mx {OURS} ~all",
        ),
        (
            zone("v=spf1 ipv4:1.2.3.4 -all"),
            "wrong spf-broken permerror",
            f"v=spf1 ip4:1.2.3.4 {OURS} -all",
        ),
        (zone("v=spf1 ip:9.9.9.0/24 ip9:1 -all"), BROKEN, f"v=spf1 ip4:9.9.9.0/24 {OURS} -all"),
        (
            zone("v=spf1 include:other.example include:odd.example -all")
            | OTHER
            | {("odd.example", "TXT"): ['"v=spf1 al"']},
            "wrong spf-broken pass",
            "v=spf1 include:other.example -all",
        ),
        (zone("v=spf1 include:odd.example -all") | CIRCLE, BROKEN, f"v=spf1 {OURS} -all"),
        (
            zone(f"v=spf1 -{OURS} mx ~all"),
            "wrong spf-not-allowed fail",
            f"v=spf1 {OURS} -{OURS} mx ~all",
        ),
        (
            zone(f"v=spf1 {' '.join(MANY)} -all") | THERE,
            "wrong spf-lookups permerror",
            f"v=spf1 ip4:192.0.2.9 {OURS} -all",
        ),
        (
            zone("v=spf1 a:x.example a:y.example a:z.example ~all"),
            "wrong spf-void permerror",
            f"v=spf1 {OURS} ~all",
        ),
        (
            zone("v=spf1 mx include:gone.example ?all"),
            "wrong spf-broken permerror",
            f"v=spf1 {OURS} ?all",
        ),
        (
            zone(f"v=spf1 -{OURS} +all"),
            "wrong spf-all fail",
            f"v=spf1 {OURS} -{OURS} ~all",
        ),
        (zone("v=spf1 +all"), "wrong spf-all pass", f"v=spf1 {OURS} ~all"),
        (
            zone("v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all"),
            "wrong spf-all pass",
            f"v=spf1 {OURS} -all",
        ),
        (
            zone("v=spf1 include:open.example include:other.example -all") | OTHER | OPEN,
            "wrong spf-all pass",
            "v=spf1 include:other.example -all",
        ),
        (zone("v=spf1 redirect=open.example") | OPEN, "wrong spf-all pass", f"v=spf1 {OURS} ~all"),
        (zone("v=spf1 redirect=acme.example"), BROKEN, f"v=spf1 {OURS} ~all"),
        (
            zone(f"v=spf1 {OURS} redirect=gone.example"),
            "wrong spf-broken pass",
            f"v=spf1 {OURS} ~all",
        ),
        (
            zone("v=spf1 include:open.example include:gone.example ?all") | OPEN,
            BROKEN.replace("permerror", "pass"),
            f"v=spf1 {OURS} ?all",
        ),
        (zone("v=spf1 a:b ip4:0.0.0.0/0 +all"), BROKEN, f"v=spf1 {OURS} ~all"),
        (
            zone("v=spf1 include:open.example ip9:1 ~all") | OPEN,
            BROKEN,
            f"v=spf1 {OURS} ~all",
        ),
        (
            zone("v=spf1 -all", "v=spf1 ipv4:1.2.3.4 a:b -all"),
            "wrong spf-several permerror",
            f"v=spf1 ip4:1.2.3.4 {OURS} -all",
        ),
    ],
)
def test_of_an_address_that_mail_leaves_from(
    name_server: StartDns, found: Zone, expected: str, pasted: str | None
) -> None:
    """NAMES: the ids; the record as it stands, with what is missing, by which all is right."""
    server = name_server(found)
    finding = only(server, "spf", addresses=(ADDRESS,))
    assert f"{finding.state} {finding.id} {finding.more['result']}" == expected
    assert (finding.record.value if finding.record else None) == pasted
    if finding.record:
        assert (finding.record.name, finding.record.type) == (DOMAIN, "TXT")
        server.zone[DOMAIN, "TXT"] = [f'"{pasted}"']
        assert only(server, "spf", addresses=(ADDRESS,)).state is State.GOOD


@pytest.mark.parametrize(
    ("record", "state", "name", "pasted"),
    [
        ("v=spf1 include:_spf.google.com ~all", "good", "spf-good", None),
        ("v=spf1 redirect=_spf.google.com", "good", "spf-good", None),
        ("v=spf1 ip4:192.0.2.0/24 -all", "good", "spf-good", None),
        ("v=spf1 exists:%{i}.map.example -all", "good", "spf-good", None),
        (
            "v=spf1 include:_spf.google.com +all", "wrong", "spf-all",
            "v=spf1 include:_spf.google.com ~all",
        ),
        (
            "v=spf1 -include:_spf.google.com ?all", "wrong", "spf-not-allowed",
            "v=spf1 include:_spf.google.com -include:_spf.google.com ?all",
        ),
        (
            "v=spf1 mx ~all", "wrong", "spf-not-allowed",
            "v=spf1 mx include:_spf.google.com ~all",
        ),
        ("nothing", "missing", "spf-missing", "v=spf1 include:_spf.google.com ~all"),
    ],
)  # fmt: skip
def test_of_a_provider_its_documented_name_is_wanted(
    name_server: StartDns, record: str, state: str, name: str, pasted: str | None
) -> None:
    """D5: mail leaves from the provider's addresses, which it keeps under that name.

    A record that names those in another way is right as well.
    """
    google: Zone = {
        ("_spf.google.com", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 ~all"'],
        ("192.0.2.0.map.example", "A"): ["127.0.0.2"],
    }
    server = name_server(zone(record) | google)
    finding = only(server, "spf", server=GMAIL)
    assert (finding.state, finding.id) == (state, name)
    assert (finding.record.value if finding.record else None) == pasted
    assert (finding.more["result"] == "pass") == (state == "good" or name == "spf-all")
    if finding.record:
        server.zone[DOMAIN, "TXT"] = [f'"{pasted}"']
        assert only(server, "spf", server=GMAIL).state is State.GOOD


def test_the_record_to_paste_names_each_address_that_needs_it(name_server: StartDns) -> None:
    """D5: whatever decides against it, and no more than that."""
    server = name_server(zone("v=spf1 -ip4:8.8.8.0/24 ip4:8.8.4.0/24 ?ip4:9.9.9.9 -all"))
    about = {"addresses": (ADDRESS, "9.9.9.9", "8.8.8.8")}
    finding = only(server, "spf", **about)
    assert finding.record
    better = "v=spf1 ip4:8.8.8.8 -ip4:8.8.8.0/24 ip4:8.8.4.0/24 ip4:9.9.9.9 ?ip4:9.9.9.9 -all"
    assert finding.record.value == better
    server.zone[DOMAIN, "TXT"] = [f'"{better}"']
    assert only(server, "spf", **about).state is State.GOOD


def test_each_end_of_a_network_has_to_be_named(name_server: StartDns) -> None:
    server = name_server(zone("v=spf1 ip4:8.8.4.0/25 -all"))
    assert only(server, "spf", addresses=("8.8.4.0/25",)).state is State.GOOD
    finding = only(server, "spf", addresses=("8.8.4.0/24",))
    assert finding.id == "spf-not-allowed"
    assert finding.record
    assert finding.record.value == "v=spf1 ip4:8.8.4.0/25 ip4:8.8.4.0/24 -all"


def test_an_address_for_which_the_record_leads_nowhere_is_not_allowed(
    name_server: StartDns,
) -> None:
    """As services have it that look each address up; the address comes before that then."""
    record = "v=spf1 mx include:%{i}.map.example -all"
    finding = only(name_server(zone(record)), "spf", addresses=(ADDRESS,))
    assert (finding.id, finding.more["result"]) == ("spf-not-allowed", "permerror")
    assert finding.record
    assert finding.record.value == f"v=spf1 mx {OURS} include:%{{i}}.map.example -all"


def test_a_mail_server_of_nobody_that_is_known_may_send_from_elsewhere(
    name_server: StartDns,
) -> None:
    """So its address, if it is not named, is a note and no fault; of a private one nothing is."""
    found = zone("v=spf1 -all", relay_example=[ADDRESS], inside_example=["10.0.0.1"])
    server = name_server(found)
    note = only(server, "spf", server="relay.example")
    assert (note.state, note.id) == (State.NOTE, "spf-not-named")
    assert note.record
    assert note.record.value == f"v=spf1 {OURS} -all"
    assert only(server, "spf", server="inside.example").id == "spf-no-address"
    assert only(server, "spf", server=ADDRESS).id == "spf-not-named"


def test_a_mail_server_that_could_not_be_looked_up_is_not_one_of_which_nothing_is_known(
    name_server: StartDns,
) -> None:
    """D5: 'could not look up' is never 'has none'; the address that is known is judged."""
    server = name_server(zone("v=spf1 -all", relay_example=["8.8.8.8"]))
    server.failing.add("relay.example")
    finding = only(server, "spf", server="relay.example")
    assert (finding.state, finding.id) == (State.UNKNOWN, "spf-unknown")
    assert finding.found.params == {"host": "relay.example"}
    assert only(server, "ptr", server="relay.example").id == "ptr-unknown"
    assert only(server, "spf", server="relay.example", addresses=(ADDRESS,)).state is State.WRONG
    assert only(server, "spf", server="postfix").id == "spf-no-address"


def test_a_provider_takes_mail_elsewhere_than_it_sends_from(name_server: StartDns) -> None:
    """So the addresses at which it does are not offered to be named."""
    server = name_server(zone("v=spf1 -all") | {("smtp.web.de", "A"): [ADDRESS]})
    note = only(server, "spf", server="smtp.web.de")
    assert (note.state, note.id, note.record) == (State.NOTE, "spf-no-address", None)


@pytest.mark.parametrize("record", ["v=spf1 -all", "v=spf1 +all", "hello", "v=spf1 a:b"])
@pytest.mark.parametrize("server", ["email-smtp.us-east-1.amazonaws.com", "smtp.resend.com"])
def test_a_provider_with_an_envelope_sender_of_its_own_needs_no_record_here(
    name_server: StartDns, server: str, record: str
) -> None:
    """RFC 7208, 2.4: receivers ask for the domain in MAIL FROM, which is the provider's then.

    A record that lets everybody send, or that nobody can read, is wrong all the same.
    """
    theirs: Zone = {("amazonses.com", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 -all"']}
    finding = only(name_server(zone(record) | theirs), "spf", server=server)
    if record in {"v=spf1 +all", "v=spf1 a:b"}:
        assert finding.state is State.WRONG
    else:
        assert (finding.state, finding.id) == (State.NOTE, "spf-own-envelope")
        assert finding.record is None


def test_a_record_that_is_mended_there_does_not_take_such_a_provider_in(
    name_server: StartDns,
) -> None:
    """D5: it would cost a look-up, and let nobody's mail through."""
    server = name_server(zone("v=spf1 mx a:x.example a:y.example ip4:192.0.2.1 -all"))
    finding = only(server, "spf", server="email-smtp.us-east-1.amazonaws.com")
    assert finding.record
    assert (finding.id, finding.record.value) == ("spf-void", "v=spf1 ip4:192.0.2.1 -all")


def test_a_return_path_that_was_set_up_at_such_a_provider_is_asked_for(
    name_server: StartDns,
) -> None:
    """Who names an envelope sender of another domain than From has it in force."""
    about = {"server": "email-smtp.us-east-1.amazonaws.com", "mail_from": "x@bounce.acme.example"}
    server = name_server({("bounce.acme.example", "TXT"): ['"v=spf1 -all"']})
    finding = only(server, "spf", **about)
    assert finding.id == "spf-not-allowed"
    assert finding.record
    assert finding.record.value == "v=spf1 include:amazonses.com -all"


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 include:gone.example -all",
        "v=spf1 redirect=acme.example",
        "v=spf1 ipv4:1.2.3.400 -all",
        "v=spf1 a:x.example a:y.example a:z.example ~all",
        "v=spf1 include:open.example ~all",
        "v=spf1 +all",
    ],
)
def test_no_record_is_offered_that_names_nobody(name_server: StartDns, record: str) -> None:
    """D5: by it all mail would be refused, from wherever it leaves."""
    finding = only(name_server(zone(record) | OPEN), "spf")
    assert (finding.state, finding.record) == (State.WRONG, None)


def test_where_nothing_is_known_of_the_way_it_is_told_who_knows_it(name_server: StartDns) -> None:
    """D5: a record that was guessed would have mail refused."""
    finding = only(name_server(zone("hello")), "spf")
    assert (finding.id, finding.record) == ("spf-missing", None)
    assert "Ask whoever runs your mail server" in finding.found.message


COSTLY: Zone = {
    ("five.example", "TXT"): [f'"v=spf1 {" ".join(MANY[:5])} ~all"'],
    ("six.example", "TXT"): [f'"v=spf1 {" ".join(MANY[5:])} ~all"'],
    ("_spf.google.com", "TXT"): [f'"v=spf1 {" ".join(MANY[:3])} ip4:192.0.2.0/24 ~all"'],
}


@pytest.mark.parametrize(
    ("record", "about", "pasted", "without"),
    [
        (
            "mx a:h0.acme.example " * 6,
            {"addresses": (ADDRESS,)},
            f"v=spf1 mx a:h0.acme.example {OURS} ~all",
            [],
        ),
        (
            "-a:h1.acme.example/24 mx include:five.example a:h2.acme.example"
            " ?a:h3.acme.example ptr",
            {"addresses": (ADDRESS,)},
            "v=spf1 -ip4:192.0.2.0/24 ip6:2001:4860::1 include:five.example ip4:192.0.2.9"
            f" ?ip4:192.0.2.9 ptr {OURS} ~all",
            [],
        ),
        (
            "include:five.example include:six.example include:_spf.google.com",
            {"server": GMAIL},
            "v=spf1 include:five.example include:_spf.google.com ~all",
            ["include:six.example"],
        ),
        (
            "include:five.example include:six.example",
            {"addresses": ("192.0.2.9",)},
            "v=spf1 include:five.example ~all",
            ["include:six.example"],
        ),
        ("include:five.example include:six.example", {}, None, []),
        ("include:five.example include:six.example", {"server": "mx.example"}, None, []),
    ],
)  # fmt: skip
def test_a_record_with_too_many_look_ups_is_offered_with_fewer(
    name_server: StartDns,
    record: str,
    about: dict[str, Any],
    pasted: str | None,
    without: list[str],
) -> None:
    """D5: first what names the same; then what costs most is given up, if no mail leaves by it."""
    found = zone(f"v=spf1 {record} ~all") | COSTLY | THERE | {(DOMAIN, "MX"): ["10 mx.example."]}
    server = name_server(found | {("mx.example", "AAAA"): ["2001:4860::1"]})
    finding = only(server, "spf", **about)
    assert finding.id == "spf-lookups"
    assert (finding.record.value if finding.record else None) == pasted
    assert finding.more["without"] == without
    if pasted:
        server.zone[DOMAIN, "TXT"] = [f'"{pasted}"']
        assert only(server, "spf", **about).state is State.GOOD


def test_what_could_not_be_looked_up_is_not_missing(name_server: StartDns) -> None:
    """D5: of the domain itself, and of what its record leads to."""
    server = name_server(zone("v=spf1 include:slow.example -all"))
    server.failing.add("slow.example")
    finding = only(server, "spf", addresses=(ADDRESS,))
    assert (finding.state, finding.id) == (State.UNKNOWN, "spf-unknown")
    assert finding.more["result"] == "temperror"
    server.failing.add(DOMAIN)
    assert only(server, "spf").state is State.UNKNOWN


def test_names_that_do_not_exist_any_more_are_told_wherever_they_stand(
    name_server: StartDns,
) -> None:
    """D5: void look-ups; a record of others is not the domain's to mend."""
    behind: Zone = {("b.example", "TXT"): ['"v=spf1 a:x.example mx:y.example ~all"']}
    server = name_server(zone("v=spf1 include:b.example exists:z.example -all") | behind)
    finding = only(server, "spf", addresses=(ADDRESS,))
    assert finding.id == "spf-void"
    assert finding.found.params["terms"] == "a:x.example, mx:y.example, exists:z.example"


def test_look_ups_that_depend_on_the_message_count_as_well(name_server: StartDns) -> None:
    """D5: so many as a receiver needs who judges mail from there."""
    void = "exists:%{i}.x.example a:y.example exists:%{i}.z.example"
    finding = only(name_server(zone(f"v=spf1 {void} -all")), "spf", addresses=(ADDRESS,))
    assert (finding.id, finding.more["result"]) == ("spf-void", "permerror")
    assert (finding.more["lookups"], finding.more["void_lookups"]) == (3, 3)

    behind: Zone = {(f"{ADDRESS}.x.example", "TXT"): [f'"v=spf1 {" ".join(MANY)} -all"']}
    server = name_server(zone("v=spf1 include:%{i}.x.example -all") | behind | THERE)
    finding = only(server, "spf", addresses=(ADDRESS,))
    assert (finding.id, finding.more["lookups"]) == ("spf-lookups", 11)


def test_of_a_domain_that_does_not_exist_it_is_said_which_field_to_look_at(
    name_server: StartDns,
) -> None:
    """D5: without an envelope sender it is the domain of From."""
    finding = only(name_server({}), "spf")
    assert (finding.id, finding.record) == ("spf-missing", None)
    assert "or From where there is none" in finding.found.message


def test_the_record_is_that_of_the_envelope_sender(name_server: StartDns) -> None:
    """RFC 7208, 2.4: receivers ask for the domain in MAIL FROM, not for that in From."""
    bounces = {("bounce.example", "TXT"): [f'"v=spf1 {OURS} -all"']}
    server = name_server(zone("v=spf1 -all") | bounces)
    about = {"mail_from": "x@bounce.example", "addresses": (ADDRESS,)}
    assert only(server, "spf", **about).state is State.GOOD


def test_what_each_term_costs_is_told(name_server: StartDns) -> None:
    """D5: look-ups and void look-ups counted, as a tree."""
    found = zone("v=spf1 include:a.example mx exists:gone.example -all") | {
        ("a.example", "TXT"): ['"v=spf1 a:h0.acme.example ?all"'],
        (DOMAIN, "MX"): ["10 h0.acme.example."],
    }
    more = only(name_server(found | THERE), "spf", addresses=(ADDRESS,)).more
    assert (more["lookups"], more["void_lookups"]) == (4, 1)
    costs = {each["term"]: each["cost"] for each in more["tree"]["branches"]}
    assert costs == {"include:a.example": 2, "mx": 1, "exists:gone.example": 1, "-all": 0}
    assert more["tree"]["branches"][0]["tree"]["domain"] == "a.example"
