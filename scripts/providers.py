"""docs/providers: a page for each provider, and the list of them in docs/administrators.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from smtp_panel.diagnosis.providers import MailServer, Provider, providers
from smtp_panel.diagnosis.specimens import specimen, specimens

DOCS = Path(__file__).resolve().parent.parent / "docs"
FOLDER = DOCS / "providers"
LIST = DOCS / "administrators.md"
KINDS = {
    "mailbox": "Mailboxes at the provider's own domains",
    "hosting": "Mail for your own domain",
    "relay": "Services that send for applications",
}
TLS = {"implicit": "TLS from the first byte", "starttls": "STARTTLS"}
USER_NAMES = {
    "address": "the whole mail address",
    "local": "the part of the mail address before the @",
    "key": "a name or key that the provider makes for sending",
    "other": "as told above",
}
PASSWORDS = {
    "password": "the password of the mailbox",
    "app_password": "one that is made for programs, such as an app password",
    "smtp_password": "one that the provider makes for sending by SMTP",
    "api_key": "an API key or a token",
    "oauth2_only": "none: it takes OAuth 2.0 only",
}
SENDERS = {
    "account": "an address of the account",
    "verified": "an address or a domain that was verified at the provider",
    "any": "any address",
}
SIGN_IN = {"plain": "PLAIN", "login": "LOGIN", "oauth2": "OAuth 2.0"}
UNSURE = "Not certain: what is told here rests on old or thin evidence. A test tells."
NO_SMTP = "It offers no SMTP, so nothing can be entered for it."
BLANKS = "Replace what stands in braces by your own."
OWN_ENVELOPE = (
    "Its envelope sender is one of its own, so that your SPF record does not count for its mail"
    " unless you have set up a return path in your domain there; the DKIM signature counts."
)
KEPT = "The outbox keeps to this{}, unless an admin says otherwise."
TOLD = "The outbox tells this beside its gauge, and lets no mail wait for it."
TABLES = {
    "ispdb": ("Thunderbird's database", "https://github.com/thunderbird/autoconfig"),
    "fairemail": ("FairEmail", "https://github.com/M66B/FairEmail"),
    "deltachat": ("Delta Chat's database", "https://github.com/deltachat/provider-db"),
    "nodemailer": ("Nodemailer", "https://github.com/nodemailer/nodemailer"),
    "mailcore2": ("MailCore 2", "https://github.com/MailCore/mailcore2"),
    "mailspring": ("Mailspring", "https://github.com/Foundry376/Mailspring"),
    "symfony": ("Symfony", "https://github.com/symfony/symfony"),
    "listmonk": ("listmonk", "https://github.com/knadh/listmonk"),
    "emaillinks": (
        "email-provider-links",
        "https://www.npmjs.com/package/@mikkelscheike/email-provider-links",
    ),
    "wappalyzer": ("Wappalyzer", "https://www.wappalyzer.com/"),
}
TEMPLATES = "https://github.com/Domain-Connect/Templates/blob/master"


def write() -> None:
    """Write them all, and remove those of providers that are gone."""
    found = pages()
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.md"):
        if old.name not in found:
            old.unlink()
    for name, text in found.items():
        (FOLDER / name).write_text(text)


def pages() -> Mapping[str, str]:
    """The page of every provider in Markdown, by its file name."""
    return {f"{each.id}.md": "\n".join(_page(each)) for each in providers()}


def table_of_providers() -> str:
    """Every provider with a link to its page, by what it offers and by name."""
    return "\n".join(_list())


def _list() -> Iterator[str]:
    for kind, title in KINDS.items():
        yield f"### {title}\n"
        alike = [each for each in providers() if each.kind == kind]
        for each in sorted(alike, key=lambda each: each.name.casefold()):
            yield f"- [{each.name}](providers/{each.id}.md)"
        yield ""


def _page(provider: Provider) -> Iterator[str]:
    yield f"# {provider.name}\n"
    yield f"{_autolinked(provider.notes['en'])}\n"
    if provider.help:
        yield f"The provider's help page: <{provider.help}>\n"
    if provider.unsure:
        yield f"{UNSURE}\n"
    yield from (_settings(provider) if not provider.no_smtp else [f"{NO_SMTP}\n"])
    if provider.spf or provider.dkim or provider.own_envelope:
        yield from _records(provider)
    if provider.limits:
        yield from _limits(provider)
    yield "## Where this is from\n"
    yield from dict.fromkeys(f"- {_source(each)}" for each in provider.source)
    yield f"\n[All providers](../{LIST.name}#providers)\n"


def _settings(provider: Provider) -> Iterator[str]:
    regions = any(each.region for each in provider.mail_servers)
    yield "## Settings\n"
    yield f"| Mail server | Ports |{' Region |' if regions else ''}"
    yield f"|---|---|{'---|' if regions else ''}"
    for _, of_one in groupby(provider.mail_servers, attrgetter("host", "region", "unsure")):
        yield _server(list(of_one), regions=regions)
    yield ""
    if any("{" in each.host for each in provider.mail_servers):
        yield f"{BLANKS}\n"
    if more := provider.ports - {each.port for each in provider.mail_servers}:
        yield f"- Further ports of the same servers: {', '.join(map(str, sorted(more)))}"
    word = f"the word `{provider.fixed_username}`" if provider.fixed_username else ""
    yield f"- User name: {word or USER_NAMES[provider.username]}"
    yield f"- Password: {PASSWORDS[provider.secret]}"
    yield f"- From: {SENDERS[provider.senders]}"
    yield f"- Ways to sign in: {', '.join(SIGN_IN[each] for each in provider.auth)}"
    if provider.domains:
        yield f"- Mail domains: {_some(provider.domains)}"
    yield f"\nIn a terminal: `flask --app wsgi smtp find {provider.id}`\n"


def _server(alike: list[MailServer], *, regions: bool) -> str:
    """A row for a host, with each of its ports."""
    server = alike[0]
    unsure = " (not certain)" if server.unsure else ""
    region = f" {server.region} |" if regions else ""
    ports = ", ".join(f"{each.port} with {TLS[each.tls]}" for each in alike)
    return f"| `{server.host}`{unsure} | {ports} |{region}"


def _records(provider: Provider) -> Iterator[str]:
    yield "## What the DNS of your own domain says\n"
    if provider.spf:
        first, *others = provider.spf
        yield f"- SPF: the record includes `{first}`, such as `v=spf1 include:{first} ~all`"
        if others:
            yield f"- Other names, of other regions or older: {_some(others)}"
    if provider.own_envelope:
        yield f"- {OWN_ENVELOPE}"
    if provider.dkim:
        yield f"- DKIM selectors: {_some(provider.dkim)}"
    for selector in provider.dkim_cnames:
        cname = provider.dkim_cname(selector, "example.com")
        yield f"- For example.com: `{selector}._domainkey.example.com` `CNAME` `{cname}`"
    yield ""


def _limits(provider: Provider) -> Iterator[str]:
    yield "## What it lets through\n"
    for limit in provider.limits:
        window = f", by a {limit.window} {limit.span}" if limit.window else ""
        varies = "; other accounts may send more" if limit.varies else ""
        most = f"{limit.most:,} {limit.counts} in a {limit.span}, for each {limit.per}"
        yield f"- {most}{window}{varies} (<{limit.source}>, read {limit.read})"
    kept = any(each.holds_for_all for each in provider.limits)
    whose = " for an address at the provider's own domains" if provider.kind == "mailbox" else ""
    yield f"\n{KEPT.format(whose) if kept else TOLD}\n"


def _some(names: Iterable[str]) -> str:
    """The first of them, and how many more there are."""
    first, more = list(names)[:8], list(names)[8:]
    text = ", ".join(f"`{name}`" for name in first)
    return f"{text} and {len(more)} more" if more else text


def _source(source: str) -> str:
    kind, _, what = source.partition(":")
    if kind == "doc":
        link, _, remark = what.partition(" ")
        address = link if "://" in link else f"https://{link}"
        return f"<{address}> {remark}".rstrip()
    if kind == "code":
        return f"Several unrelated public programs or zone files: `{what}`"
    if kind == "faults":
        return _fault(what)
    if kind == "domainconnect":
        return f"[A template for Domain Connect]({TEMPLATES}/{what}.json)"
    name, page = TABLES[kind]
    return f"[{name}]({page}){f', `{what}`' if what else ''}"


def _fault(fault_id: str) -> str:
    """The diagnosis that is, or covers, this fault."""
    page = fault_id if specimen(fault_id) else _covering()[fault_id]
    return f"What its server says: [{page}](../faults/{page}.md)"


@cache
def _covering() -> Mapping[str, str]:
    """The diagnosis of each fault that has none of its own."""
    return {other: each.diagnosis.id for each in specimens().values() for other in each.covers}


def _autolinked(text: str) -> str:
    """`text` with each link (https) as one of Markdown."""
    words = text.split(" ")
    return " ".join(_autolink(word) for word in words)


def _autolink(word: str) -> str:
    before, scheme, rest = word.partition("https://")
    page = rest.rstrip(".,;)")
    return f"{before}<{scheme}{page}>{rest[len(page) :]}" if scheme else word
