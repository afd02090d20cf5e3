"""`smtp staging`: where everything goes that is not to reach its recipients."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from flask_babel import gettext

from smtp_panel.cli.command import json_option, say
from smtp_panel.cli.panel import COMMAND_LINE, BadInput, panel
from smtp_panel.cli.sandbox import NO_SANDBOX
from smtp_panel.cli.values import OptionReader
from smtp_panel.outbox import staging as switch
from smtp_panel.outbox.staging import SANDBOX, Staging
from smtp_panel.panel import current_panel
from smtp_panel.storage import db, writing
from smtp_panel.telling.actors import actor_in_words
from smtp_panel.telling.language import when
from smtp_panel.words import N_

ON = N_("Staging is on by %(who)s since %(since)s: all mail goes to %(place)s.")
BUT = N_("Recipients at %(domains)s have theirs all the same.")


@click.command("staging")
@click.argument("off", type=click.Choice(["off"]), required=False, help="End it.")
@click.option("--to", metavar="ADDRESS", help="Send everything to this address.")
@click.option("--sandbox", is_flag=True, help="Send everything to the sandbox.")
@click.option("--except", "excepted", metavar="DOMAIN", multiple=True, help="Except mail to it.")
@json_option
@with_appcontext
def staging(
    off: str | None, to: str | None, sandbox: bool, excepted: tuple[str, ...], as_json: bool
) -> None:
    """Send everything to one address, or to the sandbox; `off` ends that.

    Without any of them it prints how that stands.
    """
    with panel():
        if sum(map(bool, (off, to is not None, sandbox))) > 1:
            raise click.UsageError(gettext("Choose one of --to, --sandbox and off."))
        if excepted and not (to is not None or sandbox):
            raise click.UsageError(gettext("--except goes with --to or --sandbox."))
        if off:
            with writing(db.session) as session:
                switch.turn_off(session, COMMAND_LINE)
        elif sandbox or to is not None:
            _turn_on(to, excepted)
        on = switch.load(db.session.connection())
        say(_sentence(on), as_json=as_json, **_facts(on))


def _turn_on(to: str | None, excepted: tuple[str, ...]) -> None:
    if to is None and current_panel().sandbox is None:
        raise BadInput(gettext(NO_SANDBOX))
    reading = OptionReader()
    address = reading.read("to", switch.address, to)
    domains = reading.read("except", switch.exceptions, " ".join(excepted))
    reading.end()
    with writing(db.session) as session:
        switch.turn_on(session, address or SANDBOX, domains or (), COMMAND_LINE)


def _facts(on: Staging | None) -> dict[str, object]:
    if on is None:
        return {"staging": False}
    return {
        "staging": True,
        "to": on.address,
        "except": sorted(on.exceptions),
        "by": on.by,
        "since": on.since,
    }


def _sentence(on: Staging | None) -> str:
    if on is None:
        return gettext("Staging is off: mail goes to its recipients.")
    place = gettext("the sandbox") if on.to_sandbox else on.address
    told = gettext(ON, who=actor_in_words(on.by), since=when(on.since), place=place)
    if not on.exceptions:
        return told
    return f"{told} {gettext(BUT, domains=', '.join(sorted(on.exceptions)))}"
