"""Who did something, in words: what is no person is called by what it is."""

from __future__ import annotations

from flask_babel import gettext

from smtp_panel.words import N_

# By the name of the actor; people, and keys, have names of their own.
ACTORS = {
    "environment": N_("environment"),
    "command line": N_("command line"),
    "proxy": N_("the proxy"),
    "host application": N_("the host application"),
    "schedules": N_("the schedules"),
    "automatic return": N_("automatic return"),
    "sandbox": N_("the sandbox, by itself"),
}


def actor_in_words(name: str) -> str:
    """The actor of this `name` in the reader's language."""
    return gettext(ACTORS[name]) if name in ACTORS else name
