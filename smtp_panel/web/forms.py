"""The base of the small forms of the panel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from wtforms import Form


class PanelForm(Form):
    """A form as browsers send one: texts only, never a file and never JSON.

    It has no token of its own, for CSRFProtect asks for one with whatever is sent.
    """

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        """What was sent; or, of a page that asks for it, `data`."""
        super().__init__(formdata=request.form if data is None else None, data=data)
