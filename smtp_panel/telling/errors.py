"""Why a step failed, in words: what the panel itself says of it is translated (SPEC T6)."""

from __future__ import annotations

import re

from flask_babel import gettext

from smtp_panel.words import N_

# What the conversation, the network and the guard say of their own, as they say it.
OURS = (
    N_("connection closed by the server"),
    N_("the connection was closed"),
    N_("the connection was given up"),
    N_("the server waits for no other message"),
    N_("the server answered before it was asked"),
    N_("the answer is no SMTP reply"),
    N_("timed out"),
    N_("deadline exceeded"),
    N_("given up, another was faster"),
    N_("the name has no address"),
    N_("the name server did not answer"),
    N_("%(number)s look-ups of names are under way"),
    N_("port %(port)s is not among those that the operator allows"),
    N_("address %(address)s is none"),
    N_("address %(address)s is blocked: %(words)s"),
    N_("cloud metadata"),
    N_("link-local"),
    N_("multicast"),
    N_("unspecified"),
    N_("broadcast"),
    N_("loopback"),
    N_("private"),
    N_("unique local"),
    N_("shared"),
    N_("reserved"),
    N_("%(keyword)s not offered"),
    N_("mechanisms offered: %(words)s"),
    N_("none"),
    N_("message of %(size)s octets exceeds the size limit of %(limit)s octets"),
    N_("plaintext was sent ahead of the TLS handshake"),
    N_("a new version is agreed in the second handshake only"),
    N_("the certificate is not the one that is pinned"),
    N_("a user name without a password"),
    N_("user name or password can't be written in UTF-8"),
    N_("OAuth 2.0 without a user name"),
    N_("it does not begin with https://"),
    N_("it is no URL of a web server"),
    N_("the answer is no HTTP"),
    N_("closed without an answer"),
    N_("no access_token in the answer"),
    N_("the token is not of the type Bearer"),
    N_("%(words)s, to be asked again in %(seconds)s s"),
    N_("status %(status)s, %(octets)s octets"),
    N_("status %(status)s"),
)

_PLACE = re.compile(r"%\\\((\w+)\\\)s")
_OF_A_PROGRAMMER = re.compile(r"^\[Errno -?\d+\] | \(_ssl\.c:\d+\)$")


def _pattern(template: str) -> re.Pattern[str]:
    """What `template` becomes once it is filled in: `words` with several words, others with one."""
    return re.compile(
        _PLACE.sub(
            lambda place: f"(?P<{place[1]}>{'.+' if place[1] == 'words' else '[^ ]+'})",
            re.escape(template),
        )
    )


_PATTERNS = {template: _pattern(template) for template in OURS}


def error_in_words(error: str) -> str:
    """`error` of a step in the reader's language, where it is ours.

    What a server said, or a library, stays in its words, without the numbers of the library.
    """
    if is_reply(error):
        return error
    for template, pattern in _PATTERNS.items():
        if found := pattern.fullmatch(error):
            filled = {name: error_in_words(text) for name, text in found.groupdict().items()}
            return gettext(template, **filled)
    return _OF_A_PROGRAMMER.sub("", error)


def is_reply(words: str) -> bool:
    """Whether `words` are a server's reply, which begins with its code."""
    return words[:3].isdecimal()
