"""The set-up of `make run` and `make test`: only what is missing, and clear where it can't."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
OLD = "#!/bin/sh\nexit 1\n"
# Stands in for an environment's Python: notes what it is asked for, and fails to install if told.
RECORDER = """#!/bin/sh
echo "$*" >>"$ASKED"
case "$*" in *install*) exit "${PIP_FAILS:-0}" ;; esac
"""


class Copy:
    """A copy of the project's set-up with an environment and commands that only take notes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.commands = folder / "commands"
        self.asked = folder / "asked"
        for name in ("scripts/setup.sh", "requirements.txt", "tests/requirements.txt"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
        self.command(".venv/bin/python", RECORDER)

    def command(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def set_up(self, what: str, **environment: str) -> subprocess.CompletedProcess[str]:
        search = f"{self.commands}:{os.environ['PATH']}"
        return subprocess.run(
            [self.folder / "scripts" / "setup.sh", what],
            env={"PATH": search, "ASKED": str(self.asked), **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def installs(self) -> list[str]:
        """What was asked to be installed since the last look."""
        lines = self.asked.read_text().splitlines()
        self.asked.write_text("")
        return [line.rpartition(" ")[2] for line in lines if " install " in line]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def test_a_second_start_installs_nothing(copy: Copy) -> None:
    assert copy.set_up("run").returncode == 0
    assert copy.installs() == ["requirements.txt"]
    assert copy.set_up("run").returncode == 0
    assert copy.installs() == []


def test_changed_requirements_are_installed(copy: Copy) -> None:
    copy.set_up("run")
    copy.installs()
    with (copy.folder / "requirements.txt").open("a") as file:
        file.write("another==1.0\n")
    copy.set_up("run")
    assert copy.installs() == ["requirements.txt"]


def test_an_interrupted_set_up_goes_on(copy: Copy) -> None:
    assert copy.set_up("run", PIP_FAILS="1").returncode != 0
    copy.installs()
    assert copy.set_up("run").returncode == 0
    assert copy.installs() == ["requirements.txt"]


def test_a_machine_without_a_new_enough_python_is_told(copy: Copy) -> None:
    copy.command(".venv/bin/python", OLD)
    for name in ("python3", *(f"python3.{minor}" for minor in range(11, 15))):
        copy.command(f"commands/{name}", OLD)
    result = copy.set_up("run")
    assert result.returncode == 1
    assert "needs Python 3.11 or newer" in result.stderr


def test_who_may_not_install_packages_is_told_which(copy: Copy) -> None:
    copy.command("commands/dpkg-query", OLD)
    copy.command("commands/id", "#!/bin/sh\necho 1000\n")
    result = copy.set_up("test")
    assert result.returncode == 1
    assert re.search(
        r"sudo apt-get install .*postfix dovecot-core redis-server fonts-noto-cjk$",
        result.stderr.strip(),
    )


def test_packages_that_are_there_are_let_alone(copy: Copy) -> None:
    copy.command("commands/dpkg-query", "#!/bin/sh\nprintf installed\n")
    copy.command("commands/apt-get", 'echo "apt-get install $*" >>"$ASKED"\n')
    (copy.folder / ".venv" / "installed-chromium").touch()
    result = copy.set_up("test")
    assert result.returncode == 0, result.stderr
    assert copy.installs() == ["tests/requirements.txt"]


def pins(*files: str) -> dict[str, Requirement]:
    lines = [line for file in files for line in (ROOT / file).read_text().splitlines()]
    requirements = [Requirement(line) for line in lines if line and line[0] not in "#-"]
    return {canonicalize_name(each.name): each for each in requirements}


@pytest.mark.parametrize(
    "files",
    [("requirements.txt",), ("requirements.txt", "tests/requirements.txt")],
    ids=["run", "test"],
)
def test_everything_that_is_installed_is_pinned(files: tuple[str, ...]) -> None:
    pinned = pins(*files)
    assert all(str(each.specifier).startswith("==") for each in pinned.values())
    needed = {
        canonicalize_name(requirement.name)
        for name, each in pinned.items()
        if each.marker is None or each.marker.evaluate()
        for requirement in map(Requirement, metadata.requires(name) or [])
        for extra in ("", *each.extras)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra})
    }
    assert sorted(needed - pinned.keys()) == []


def test_every_pin_is_what_the_tests_run_with() -> None:
    pinned = pins("requirements.txt", "tests/requirements.txt")
    wrong = [
        name
        for name, each in pinned.items()
        if each.marker is None or each.marker.evaluate()
        if metadata.version(name) not in each.specifier
    ]
    assert wrong == []
