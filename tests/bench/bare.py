"""The yardstick: a bare Flask page with one template, on the panel's own server."""

from __future__ import annotations

from flask import Flask, render_template

from smtp_panel.server import Server

app = Flask(__name__)


@app.get("/")
def page() -> str:
    """One template with a title and ten fields."""
    return render_template("page.html", title="SMTP", names=range(10))


def main() -> None:
    """Serve on a free port, and print it."""
    server = Server(app, "127.0.0.1", 0)
    server.serve(lambda: None, lambda: print(server.url, flush=True))


if __name__ == "__main__":
    main()
