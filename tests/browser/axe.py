"""axe-core, the accessibility checker, on a page as it stands."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What colours and widths change; the rest of a page is the same in each.
LOOKS = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
# In the frame of a message nothing runs, and axe neither.
FINDINGS = """async (only) => {
  const found = await axe.run({ runOnly: only, iframes: false });
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`);
}"""


def axe(page: Page) -> list[str]:
    """What axe finds on the page as it stands."""
    return _found(page, {"type": "tag", "values": TAGS})


def axe_on_looks(page: Page) -> list[str]:
    """What axe finds anew where a page that it has seen is shown in another way."""
    return _found(page, {"type": "rule", "values": LOOKS})


def _found(page: Page, only: dict[str, object]) -> list[str]:
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE.read_text())
    return list(page.evaluate(FINDINGS, only))
