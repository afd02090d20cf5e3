"""What the address in From is, beside the user name, the recipient and the server."""

from __future__ import annotations

from functools import cache

from smtp_panel.diagnosis.providers import domain_of, of_server, providers
from smtp_panel.smtp.facts import Facts


def of_recipients_domain(facts: Facts) -> bool:
    """Whether sender and recipient are at one domain."""
    return domain_of(facts.sender) == domain_of(facts.recipient)


def own(facts: Facts) -> bool:
    """Whether the sender is the address in the user name."""
    return "@" in facts.sender and facts.sender.lower() == facts.username.lower()


def foreign(facts: Facts) -> bool:
    """Whether the sender is a whole address, and at another domain than the user name's.

    A user name without one is at the domains of the mailbox provider whose server it is.
    """
    domain, own = domain_of(facts.sender), {domain_of(facts.username)}
    if facts.username and "@" not in facts.username:
        mailboxes = (each for each in of_server(facts.server) if each.kind == "mailbox")
        own = {name for each in mailboxes for name in each.domains}
    return "." in domain and bool(own - {""}) and domain not in own


def of_mailbox_elsewhere(facts: Facts) -> bool:
    """Whether the sender is an address such as ada@gmail.com, and the server another provider's."""
    owner = _mailbox_domains().get(domain_of(facts.sender))
    return owner is not None and owner not in {each.id for each in of_server(facts.server)}


@cache
def _mailbox_domains() -> dict[str, str]:
    """The id of each provider of mailboxes, by its own domains."""
    mailboxes = (each for each in providers() if each.kind == "mailbox")
    return {domain: each.id for each in mailboxes for domain in each.domains}
