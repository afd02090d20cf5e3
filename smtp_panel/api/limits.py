"""Whether a limit of the mail server is kept to, by the word of a program (SPEC M5, A5)."""

from __future__ import annotations

from typing import Literal

from flask.typing import ResponseReturnValue

from smtp_panel.access.keys import KeyScope
from smtp_panel.api.bodies import JsonObject, answer
from smtp_panel.api.operation import Operation
from smtp_panel.api.status import Sent, sent_lately
from smtp_panel.api.v1 import asking, blueprint
from smtp_panel.outbox import handling
from smtp_panel.outbox.account_limits import SPANS
from smtp_panel.panel import current_panel
from smtp_panel.storage import db, utcnow, writing

limits = blueprint("limits")


class KeptLimit(JsonObject):
    """Whether the limit for a minute, an hour or a day is to be kept to."""

    span: Literal["minute", "hour", "day"]
    kept: bool


@limits.put("/limits")
@Operation(scopes=(KeyScope.MANAGE,), answers={200: Sent}, body=KeptLimit)
def change(body: KeptLimit) -> ResponseReturnValue:
    """Lift a limit of the mail server, until that names one again, or keep to it again."""
    decide = handling.keep_limit if body.kept else handling.lift_limit
    with writing(db.session) as session:
        account = current_panel().account(session)
        decide(session, account, SPANS[body.span], asking().actor)
    return answer(sent_lately(utcnow()))
