"""docs/api.md: what it says can be typed (SPEC A5)."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from scripts.readme import API, operations, with_part
from smtp_panel.access.keys import KeyScope
from tests.api.conftest import program_of
from tests.api.served import served
from tests.web.conftest import Panel

# What stands in the text for what is there in this test.
INSTEAD = {"https://panel.example.com": "", "smtp.example.com": "127.0.0.1"}


def commands(panel_url: str) -> str:
    """All commands of the document as one script, for the panel at this URL."""
    text = "\n".join(re.findall(r"^```sh\n(.*?)^```", API.read_text(), re.DOTALL | re.MULTILINE))
    for told, there in INSTEAD.items():
        assert told in text
        text = text.replace(told, there or panel_url)
    return text


def test_the_table_has_every_operation(panel: Panel) -> None:
    """`make readme` writes it."""
    assert with_part(API.read_text(), "operations", operations(panel.app)) == API.read_text()


def test_what_it_tells_to_type_works(panel: Panel, tmp_path: Path) -> None:
    """Signing in, a message once, a dry run with ETag and If-Match, a test that is followed."""
    program = program_of(panel, KeyScope.MANAGE)
    with served(panel.app) as server:
        typed = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands(server.url)],
            env=os.environ | {"CLIENT_ID": program.client_id, "CLIENT_SECRET": program.secret},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert typed.returncode == 0, typed.stdout + typed.stderr
    for answered in ('"is_valid"', '"state":"waiting"', '"dry_run":true', '"steps"'):
        assert answered in typed.stdout
