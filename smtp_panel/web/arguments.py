"""What the query of a URL asks for, as far as the database can be asked for it."""

from __future__ import annotations

from flask import request

from smtp_panel.storage import LARGEST_ID


def text_argument(name: str) -> str:
    """The text of this name, without what no text holds; PostgreSQL takes no NUL."""
    return "".join(filter(str.isprintable, request.args.get(name, ""))).strip()


def id_argument(name: str) -> int | None:
    """The id of a row; None for what can't be one."""
    number = request.args.get(name, type=int)
    return number if number and 0 < number <= LARGEST_ID else None
