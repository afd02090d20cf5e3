"""Holds against a test whatever the browser complains about while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

# Chromium writes a line for each answer of 400 and above, which is judged by its status here.
BY_STATUS = "Failed to load resource"
LEFT = "net::ERR_ABORTED"  # the visitor went on to another page before the answer came


class Watch:
    """Collects console messages, errors, violations of the policy, and requests that failed."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self._expected: set[int] = set()
        self._seen: set[int] = set()

    def expect(self, *statuses: int) -> None:
        """The test makes the panel answer with each of these: that is no complaint."""
        self._expected |= set(statuses)

    @contextmanager
    def offline(self, context: BrowserContext) -> Iterator[None]:
        """Cut `context` off from the panel until the block ends; what it says then is its right."""
        before = list(self.complaints)
        context.set_offline(True)
        yield
        context.set_offline(False)
        self.complaints = before

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
        if not message.text.startswith(BY_STATUS):
            self.complaints.append(f"console: {message.type} {message.text}")

    def _on_error(self, error: WebError) -> None:
        self.complaints.append(f"script: {error.error}")

    def _on_failed(self, request: Request) -> None:
        if request.failure != LEFT:
            self.complaints.append(f"request: {request.url} {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self._seen.add(response.status)
        if response.status >= 400 and response.status not in self._expected:
            self.complaints.append(f"response: {response.status} {response.url}")
