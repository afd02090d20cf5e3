"""Static files with a hash of their content in the URL, so that browsers may keep them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

A_YEAR = 365 * 24 * 3600  # seconds


def init_app(app: Flask) -> None:
    """Let `url_for("static", filename=...)` name the content, and let only that be kept."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = A_YEAR
    folder = Path(app.static_folder or "")

    @cache
    def digest(filename: str) -> str:
        return hashlib.sha256((folder / filename).read_bytes()).hexdigest()[:16]

    @app.url_defaults
    def name_content(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values["v"] = digest(values["filename"])

    @app.after_request
    def keep_what_is_named(response: Response) -> Response:
        asked_for = request.endpoint == "static" and request.method in {"GET", "HEAD"}
        if asked_for and response.status_code in {200, 304}:  # and the file is one of these
            named = request.args.get("v") == digest((request.view_args or {})["filename"])
            response.cache_control.public = True
            response.cache_control.max_age = A_YEAR if named else 0
            response.cache_control.immutable = named
        return response
