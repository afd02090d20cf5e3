"""SPEC A6: what the shell offers at the Tab key."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from scripts.manual import COMPLETION
from smtp_panel.__main__ import main
from smtp_panel.access import keys
from smtp_panel.access.keys import KeyScope
from smtp_panel.audit import Actor
from smtp_panel.outbox.enqueue import enqueue
from smtp_panel.storage import db, writing
from tests.outbox.conftest import letter
from tests.web.conftest import Panel

ROOT = Path(__file__).parents[2]


def offered(*words: str, begun: str = "") -> list[str]:
    completing = ShellComplete(main, {}, "smtp-panel", "_SMTP_PANEL_COMPLETE")
    return [each.value for each in completing.get_completions([*words], begun)]


def test_a_shell_completes_commands_and_options(tmp_path: Path) -> None:
    """A6: by the line that the manual page names, in bash."""
    command = tmp_path / "smtp-panel"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m smtp_panel "$@"\n')
    command.chmod(0o755)
    script = f"""
        {COMPLETION["bash"].replace("smtp-panel)", f"{command})")}
        COMP_WORDS=(smtp-panel smtp re) COMP_CWORD=2
        _smtp_panel_completion smtp-panel
        echo "${{COMPREPLY[@]}}"
    """
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        ["bash", "-ec", script],
        env=os.environ | path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert {"relay", "resend", "resume"} <= set(ran.stdout.split())


def test_ids_and_names_are_completed_by_what_is_stored(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_PANEL_DATA_DIR", str(panel.config.data_dir))
    monkeypatch.setenv("SMTP_PANEL_DATABASE_URL", panel.config.database_url.reveal())
    panel.admin()
    with panel.app.app_context(), writing(db.session) as session:
        message = letter()
        enqueue(session.connection(), [message])
        key, _ = keys.create(session, "Billing", [KeyScope.SEND], Actor("test"))
        client_id = key.id
    assert offered("smtp", "resend") == [message.id]
    assert offered("smtp", "resend", begun="nothing like it") == []
    assert offered("keys", "revoke") == [client_id]
    assert offered("users", "remove", "--email", begun="ad") == ["ada@example.com"]
    assert offered("smtp", "check", "--node") == ["all"]
    assert offered("smtp", "set", "port=25", begun="serv") == ["service=", "server="]


def test_the_tab_key_makes_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        monkeypatch.setenv("SMTP_PANEL_DATA_DIR", str(folder))
        assert offered("smtp", "resend") == []
    monkeypatch.setenv("SMTP_PANEL_PORT", "wrong")
    assert offered("smtp", "resend") == []
    assert list(tmp_path.iterdir()) == []
