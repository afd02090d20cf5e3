"""Chromium, and how it is started."""

from __future__ import annotations

import shutil

from playwright.sync_api import Browser, Playwright

# Without a window to draw, Debian's headless shell takes half the time of the whole browser.
PROGRAMS = ("chromium-headless-shell", "chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def launch(playwright: Playwright) -> Browser:
    """The machine's Chromium where there is one, else Playwright's own."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    return playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
