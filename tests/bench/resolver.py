"""A name server 20 ms away that knows one domain with all that belongs to sending mail."""

from __future__ import annotations

import signal

from smtp_panel.net.dns import Kind
from tests.servers.dns import dns_server

DOMAIN = "acme.example"
ADDRESS = "8.8.4.4"  # one that is global, from which mail leaves
ROUND_TRIP = 0.020  # seconds
ZONE = {
    (DOMAIN, "TXT"): [
        '"v=spf1 include:one.example include:two.example a mx exists:%{i}.x.acme.example -all"'
    ],
    ("one.example", "TXT"): ['"v=spf1 include:first.one.example include:next.one.example ~all"'],
    ("first.one.example", "TXT"): ['"v=spf1 ip4:198.51.100.0/24 ~all"'],
    ("next.one.example", "TXT"): ['"v=spf1 ip4:203.0.113.0/24 mx:two.example ~all"'],
    ("two.example", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 ~all"'],
    ("two.example", "MX"): ["10 mail.two.example."],
    ("mail.two.example", "A"): [ADDRESS],
    (DOMAIN, "A"): ["198.51.100.1"],
    (DOMAIN, "MX"): [f"10 mail.{DOMAIN}.", "20 mail.two.example."],
    (f"mail.{DOMAIN}", "A"): ["198.51.100.2"],
    (f"_dmarc.{DOMAIN}", "TXT"): ['"v=DMARC1; p=reject; rua=mailto:dmarc@two.example"'],
    (f"{DOMAIN}._report._dmarc.two.example", "TXT"): ['"v=DMARC1"'],
    ("4.4.8.8.in-addr.arpa", "PTR"): ["mail.two.example."],
    (f"_smtp._tls.{DOMAIN}", "TXT"): [f'"v=TLSRPTv1; rua=mailto:tls@{DOMAIN}"'],
}
# The longest chain of questions of which each needs the answer to the one before.
CHAIN: tuple[tuple[str, Kind], ...] = (
    (DOMAIN, "TXT"),
    ("one.example", "TXT"),
    ("next.one.example", "TXT"),
    ("two.example", "MX"),
    ("mail.two.example", "A"),
)


def main() -> None:
    """Answer on a free port until SIGTERM, and print the port."""
    with dns_server(ZONE) as server:
        server.delay = ROUND_TRIP
        print(server.port, flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
