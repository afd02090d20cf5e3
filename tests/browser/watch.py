"""Holds against a test whatever the browser complains about while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

# Chromium writes a line for each answer of 400 and above, which is judged by its status here.
BY_STATUS = "Failed to load resource"
OFFLINE = "net::ERR_INTERNET_DISCONNECTED"
CUT_OFF = "Failed to fetch"  # what fetch says of it, and htmx with it
LEFT = "net::ERR_ABORTED"  # the visitor went on to another page before the answer came
# The visitor was quicker than a page that loads: the focus stays where they put it.
QUICKER = "Autofocus processing was blocked because a document already has a focused element."
# Or the visitor's address leads to another place of the page.
ELSEWHERE = "Autofocus processing was blocked because a document's URL has a fragment '#main'."


class Watch:
    """Collects console messages, errors, violations of the policy, and requests that failed."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self._expected: set[int] = set()
        self._seen: set[int] = set()
        self._offline = False

    def expect(self, *statuses: int) -> None:
        """The test makes the panel answer with each of these: that is no complaint."""
        self._expected |= set(statuses)

    @contextmanager
    def offline(self, context: BrowserContext) -> Iterator[None]:
        """Cut `context` off from the panel until the block ends.

        What the browser says of that is its right, and may come late.
        """
        self._offline = True
        context.set_offline(True)
        yield
        context.set_offline(False)

    def follow(self, context: BrowserContext) -> None:
        """Mind all pages of `context`."""
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("requestfailed", self._on_failed)
        context.on("response", self._on_response)

    def verify(self) -> None:
        """Fail where there was a complaint, or where an expected answer never came."""
        assert not self.complaints, self.complaints
        assert self._seen == self._expected, f"expected {self._expected}, saw {self._seen}"

    def _on_console(self, message: ConsoleMessage) -> None:
        text = message.text
        cut_off = self._offline and CUT_OFF in text
        if not text.startswith(BY_STATUS) and text not in (QUICKER, ELSEWHERE) and not cut_off:
            self.complaints.append(f"console: {message.type} {text}")

    def _on_error(self, error: WebError) -> None:
        self.complaints.append(f"script: {error.error}")

    def _on_failed(self, request: Request) -> None:
        if request.failure != LEFT and not (self._offline and request.failure == OFFLINE):
            self.complaints.append(f"request: {request.url} {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self._seen.add(response.status)
        if response.status >= 400 and response.status not in self._expected:
            self.complaints.append(f"response: {response.status} {response.url}")
