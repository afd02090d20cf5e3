"""The panel of this process, and the other applications in it, which send by it (SPEC A4, M2).

A panel that is mounted under a path of a Flask application is an application of its own, and knows
nothing of its host but that both are in one process. So the panel is the process's: that which was
made last, where there are several.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable

from flask import Flask

EXTENSION = "smtp_panel"

# Weak, so that what a host gives up is gone.
_panels: weakref.WeakValueDictionary[str, Flask] = weakref.WeakValueDictionary()
_senders: weakref.WeakSet[Flask] = weakref.WeakSet()


def mount(panel: Flask) -> None:
    """Let the applications of this process that have no panel send by `panel`."""
    _panels[EXTENSION] = panel


def panel_for(app: Flask) -> Flask | None:
    """The application whose panel sends the mail of `app`: its own, or that of the process."""
    return app if EXTENSION in app.extensions else _panels.get(EXTENSION)


def note_sender(app: Flask) -> None:
    """Note that `app` sends mail."""
    _senders.add(app)


def senders(panel: Flask) -> Iterable[Flask]:
    """The applications whose mail is sent by `panel`, its own first."""
    others = [app for app in _senders if app is not panel and panel_for(app) is panel]
    return [panel, *others]
