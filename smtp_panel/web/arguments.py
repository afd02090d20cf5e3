"""What a URL asks for, as far as the database can be asked for it: PostgreSQL takes no NUL."""

from __future__ import annotations

from flask import Flask, request
from werkzeug.routing import BaseConverter

from smtp_panel.storage import LARGEST_ID


class RowConverter(BaseConverter):
    """The id of a row, a number: `<row:user_id>`. One that is too large is the largest."""

    regex = "[0-9]{1,40}"

    def to_python(self, value: str) -> int:
        """The number."""
        return min(int(value), LARGEST_ID)


class IdConverter(BaseConverter):
    """The id of a row, a random text such as that of a message: `<id:message_id>`."""

    regex = "[0-9A-Za-z_-]{20,32}"


def init_app(app: Flask) -> None:
    """Let the routes of `app` say which ids they take; another one leads to no route."""
    app.url_map.converters |= {"row": RowConverter, "id": IdConverter}


def text_argument(name: str) -> str:
    """The text of this name, without what no text holds."""
    return "".join(filter(str.isprintable, request.args.get(name, ""))).strip()


def id_argument(name: str) -> int | None:
    """The id of a row; None for what can't be one."""
    number = request.args.get(name, type=int)
    return number if number and 0 < number <= LARGEST_ID else None
