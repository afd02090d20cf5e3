"""What a view of /api/v1 takes and gives, stated once beside it (SPEC A5).

The guard reads there which keys may come in, the view gets what was sent as the types that are
named there, and the description (`api.openapi`) is made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeAlias

from flask.typing import ResponseReturnValue

from smtp_panel.access.keys import KeyScope
from smtp_panel.api import bodies
from smtp_panel.api.bodies import JsonObject
from smtp_panel.panel import current_panel

STATED = "operation"  # an attribute of a view
LARGEST_BODY = 64 * 1024  # octets

View: TypeAlias = Callable[..., ResponseReturnValue]
Model: TypeAlias = type[JsonObject]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """The decorator of a view. What it names reaches the view as `body`, `query` and `headers`.

    A key needs one of `scopes`; where there are none, everybody may ask. `answers` has the type of
    each answer by its status, None for one without a body, and `gives` the headers that they have.
    `refuses` are statuses of errors beside those that follow from the rest. A body holds at most
    LARGEST_BODY octets, or SMTP_PANEL_API_MAX_BYTES where it is `large`; where it is `optional`,
    none is the same as `{}`. `leads_to` is the endpoint that shows what was made, by its `id`.
    """

    scopes: tuple[KeyScope, ...] = ()
    answers: Mapping[int, Model | None] = field(default_factory=dict)
    body: Model | None = None
    query: Model | None = None
    headers: Model | None = None
    gives: tuple[str, ...] = ()
    refuses: tuple[int, ...] = ()
    large: bool = False
    optional: bool = False
    leads_to: str = ""

    def __call__(self, view: View) -> View:
        """`view`, which is called with what was sent, checked."""

        @wraps(view)
        def checked(**path: Any) -> ResponseReturnValue:
            return view(**path, **self._sent())

        vars(checked)[STATED] = self
        return checked

    @staticmethod
    def of(view: Callable[..., object]) -> Operation | None:
        """What is stated beside `view`."""
        found: Operation | None = vars(view).get(STATED)
        return found

    def _sent(self) -> dict[str, JsonObject]:
        """What this request sends; raises an HTTPException where it is not as stated."""
        sent: dict[str, JsonObject] = {}
        if self.query:
            sent["query"] = bodies.query(self.query)
        if self.headers:
            sent["headers"] = bodies.headers(self.headers)
        if self.body:
            most = current_panel().config.api_max_bytes if self.large else LARGEST_BODY
            sent["body"] = bodies.body(self.body, most, optional=self.optional)
        return sent
