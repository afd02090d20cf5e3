"""Why no settings are found, in sentences that say what to do."""

from __future__ import annotations

from smtp_panel.finding import table
from smtp_panel.finding.records import Records
from smtp_panel.words import N_, Marked, Sentence

NO_NAME = N_(
    "No provider is called “%(query)s”. Type your whole mail address, your domain, or another word"
    " of the name. The name of a mail server is typed into Mail server."
)
NO_DOMAIN = N_("There is no domain %(domain)s. Check its spelling.")
MISSPELT = N_("There is no domain %(domain)s. Perhaps %(meant)s is meant.")
NO_MAIL = N_(
    "%(domain)s takes no mail: its MX record says so. If it sends any, whoever looks after the"
    " domain knows by which server."
)
NOT_ASKED = N_(
    "%(domain)s could not be looked up (%(why)s). Look again in a moment, or see that this machine"
    " can reach its name server."
)
WRONG_SERVICES = N_(
    "The SRV records of %(domain)s name no server that can be reached. Whoever looks after the"
    " domain should put them right, and knows the mail server."
)
NO_SERVICE = N_(
    "%(domain)s has no mail server for programs such as this one: its SRV records say so. Let the"
    " usual names be tried, or ask whoever looks after the domain."
)
UNKNOWN = N_(
    "Neither the table of providers nor the DNS tells by which server %(domain)s sends. Let the"
    " usual names be tried, or ask whoever looks after the domain."
)
FILTERED = N_(
    "Mail for %(domain)s goes by %(host)s, which passes it on to mailboxes elsewhere. Let the usual"
    " names be tried, or ask whoever looks after the domain."
)
LIKE_ANOTHER = N_(
    "Neither the table of providers nor the DNS tells by which server %(domain)s sends. Perhaps"
    " %(meant)s is meant; if not, let the usual names be tried, or ask whoever looks after the"
    " domain."
)
TO_BE_TRIED = frozenset({NO_SERVICE, UNKNOWN, FILTERED, LIKE_ANOTHER})  # by which more may be found
NONE_ANSWERS = N_(
    "Neither the table of providers nor the DNS tells by which server %(domain)s sends, and no mail"
    " server answers at %(names)s. Ask whoever looks after the domain."
)
# Filters and forwarders, by the suffix of their hosts: they take the mail, and have no mailboxes.
PASS_ON = (
    *("pphosted.com", "ppe-hosted.com", "mimecast.com", "barracudanetworks.com", "iphmx.com"),
    *("messagelabs.com", "trendmicro.com", "hornetsecurity.com", "antispameurope.com"),
    *("antispamcloud.com", "mailspamprotection.com", "mx.cloudflare.net", "improvmx.com"),
    *(f"eforward{number}.registrar-servers.com" for number in range(1, 6)),
)


def reason_for(domain: str, records: Records) -> Sentence:
    """Why nothing is offered for `domain`, where nothing is."""
    if records.takes_no_mail:
        return Sentence(NO_MAIL, {"domain": domain})
    if records.failed:
        return Sentence(NOT_ASKED, {"domain": domain, "why": records.failed.why})
    if not records.exists:
        return _unless_meant(domain, NO_DOMAIN, MISSPELT)
    if records.services.wrong or records.services.declined:
        said = WRONG_SERVICES if records.services.wrong else NO_SERVICE
        return Sentence(said, {"domain": domain})
    if records.hosts and _passes_on(records.hosts[0]):
        return Sentence(FILTERED, {"domain": domain, "host": records.hosts[0]})
    return _unless_meant(domain, UNKNOWN, LIKE_ANOTHER)


def _unless_meant(domain: str, message: Marked, misspelt: Marked) -> Sentence:
    """`message`, or `misspelt` where the domain may be a slip of the pen from another."""
    if meant := table.likely_meant(domain):
        return Sentence(misspelt, {"domain": domain, "meant": meant})
    return Sentence(message, {"domain": domain})


def _passes_on(host: str) -> bool:
    return any(f".{host}".endswith(f".{suffix}") for suffix in PASS_ON)
