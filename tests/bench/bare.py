"""The yardstick of answers in JSON: a route of Flask that does nothing else, on our server."""

from __future__ import annotations

from flask import Flask

from smtp_panel.server import Server

app = Flask(__name__)


@app.get("/status")
def status() -> dict[str, object]:
    """As much as the panel tells of how mail stands."""
    return {"is_valid": True, "message": "", "nodes": [{"name": "a"}], "waiting": 0}


def main() -> None:
    """Serve on a free port, and print the address."""
    server = Server(app, "127.0.0.1", 0)
    server.serve(lambda: None, lambda: print(server.url, flush=True))


if __name__ == "__main__":
    main()
