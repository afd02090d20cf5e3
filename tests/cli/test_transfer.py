"""`smtp export` and `smtp import`: settings on their way to another installation (SPEC A6)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from smtp_panel.app import panel_app
from tests.cli.conftest import PASSWORD, STDIN, Command
from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import MakePanel, Panel, fields_of


@pytest.fixture
def exported(make_panel: MakePanel, smtpd: StartSmtpd, tmp_path: Path) -> Path:
    """The settings of another installation, in a file."""
    other = make_panel()
    other.saved(other.admin(), **fields_of(smtpd("none")), reply_to="desk@example.com")
    ran = Command(other.app)("export")
    assert ran.code == 0
    assert PASSWORD not in ran.stdout
    file = tmp_path / "settings.json"
    file.write_text(ran.stdout)
    return file


@pytest.fixture
def second(exported: Path, make_panel: MakePanel) -> Panel:
    """An installation of its own, in which nothing is saved."""
    folder = exported.parent / "second"
    folder.mkdir()
    return make_panel(data_dir=folder)


def export(panel: Panel) -> str:
    return Command(panel.app)("export").stdout


def test_settings_are_the_same_in_another_installation(exported: Path, second: Panel) -> None:
    """A6, F9: but for the password, which is given beside it."""
    ran = Command(second.app)("import", str(exported), "--password-stdin", "--json", stdin=STDIN)
    assert (ran.code, ran.json["version"]) == (0, 1)
    assert export(second) == exported.read_text()
    again = Command(second.app)("import", str(exported), "--dry-run")
    assert (again.code, again.stdout) == (0, "Nothing differs.\n")


def test_what_would_change_is_told_and_nothing_is_changed(exported: Path, second: Panel) -> None:
    before = export(second)
    command = Command(second.app)
    told = command("import", str(exported), "--dry-run", "--json").json["changes"]
    assert told["reply_to"] == {"from": "", "to": "desk@example.com", "locked": False}
    assert "reply_to: - -> desk@example.com" in command("import", str(exported), "--dry-run").lines
    assert export(second) == before


def test_a_saved_password_goes_to_no_other_server_by_an_import(
    exported: Path, second: Panel
) -> None:
    """F9."""
    here = ("server=127.0.0.1", "port=9", "sender=a@example.com", "username=u")
    Command(second.app)("set", *here, "--password-stdin", stdin=STDIN)
    before = export(second)
    for dry_run in ((), ("--dry-run",)):
        ran = Command(second.app)("import", str(exported), *dry_run, "--json")
        assert (ran.code, list(ran.json["errors"])) == (2, ["password"])
    assert export(second) == before


def test_what_the_environment_locks_stays(exported: Path, second: Panel) -> None:
    """F14."""
    app = panel_app(replace(second.config, reply_to="locked@example.com"))
    ran = Command(app)("import", str(exported), "--dry-run")
    assert any("SMTP_PANEL_REPLY_TO" in line for line in ran.lines)
    assert Command(app)("import", str(exported), "--password-stdin", stdin=STDIN).code == 0
    assert json.loads(Command(app)("export").stdout)["settings"]["reply_to"] == "locked@example.com"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": "smtp-panel-settings-1", "settings": {"password": "x"}}',
        '{"format": "smtp-panel-settings-1", "settings": {"port": 25}}',
        '{"format": "other", "settings": {}}',
        pytest.param("[" * 100_000, id="nested too deep"),
    ],
)
def test_what_is_no_export_is_refused(panel: Panel, tmp_path: Path, text: str) -> None:
    file = tmp_path / "settings.json"
    file.write_text(text)
    ran = Command(panel.app)("import", str(file), "--json")
    assert ran.code == 2
    assert "smtp export" in json.dumps(ran.json["errors"])


def test_a_file_that_is_not_there_is_told(panel: Panel, tmp_path: Path) -> None:
    ran = Command(panel.app)("import", str(tmp_path / "nothing.json"), "--json")
    assert ran.code == 2
    assert "nothing.json: No such file" in json.dumps(ran.json["errors"])
