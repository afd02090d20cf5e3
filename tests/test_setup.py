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
NPM = 'echo "npm install packages of $PWD" >>"$ASKED"\nexit "${NPM_FAILS:-0}"\n'
# What is asked of apt-get and dpkg-deb for a package that is unpacked.
APT_GET = """#!/bin/sh
echo "apt-get install $*" >>"$ASKED"
for last; do :; done
case "$*" in *download*) touch "$last.deb" ;; esac
"""
DPKG_DEB = """#!/bin/sh
case "$1" in
-x) mkdir "$3" ;;
-f) echo "exim4-base (>= 4.96), debconf (>= 0.5) | debconf-2.0, libone1 (>= 2), libtwo2 | libtwo" ;;
esac
"""
INSTALLED = "#!/bin/sh\nprintf installed\n"


COPIED = (
    *("scripts/setup.sh", "requirements.txt", "tests/requirements.txt"),
    *("tests/interop/package.json", "tests/interop/package-lock.json"),
)


class Copy:
    """A copy of the project's set-up with an environment and commands that only take notes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.commands = folder / "commands"
        self.asked = folder / "asked"
        for name in COPIED:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
        self.command(".venv/bin/python", RECORDER)
        (folder / ".venv" / "installed-chromium").touch()

    def on_debian(self, dpkg_query: str = INSTALLED) -> None:
        """Put commands of Debian and npm in place that only take notes."""
        self.command("commands/dpkg-query", dpkg_query)
        self.command("commands/apt-get", APT_GET)
        self.command("commands/dpkg-deb", DPKG_DEB)
        self.command("commands/node", "#!/bin/sh\n")
        self.command("commands/npm", NPM)

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
    assert re.search(r"sudo apt-get install .*postfix dovecot-core .*fonts-noto-cjk", result.stderr)


def test_packages_that_are_there_are_let_alone(copy: Copy) -> None:
    copy.on_debian()
    result = copy.set_up("test")
    assert result.returncode == 0, result.stderr
    node = str(copy.folder / ".venv/servers/node")
    unpacked = ["exim4-daemon-light", "opensmtpd"]
    assert copy.installs() == ["tests/requirements.txt", *unpacked, node]
    assert copy.set_up("test").returncode == 0
    assert copy.installs() == []


def test_servers_that_exclude_each_other_are_unpacked_and_their_libraries_installed(
    copy: Copy,
) -> None:
    copy.on_debian('#!/bin/sh\ncase "$*" in *libtwo2) ;; *) printf installed ;; esac\n')
    copy.command("commands/id", "#!/bin/sh\necho 1000\n")
    result = copy.set_up("test")
    assert result.returncode == 1
    assert result.stderr.endswith("sudo apt-get install libtwo2\n")
    copy.on_debian()
    assert copy.set_up("test").returncode == 0
    assert (copy.folder / ".venv/servers/exim4-daemon-light").is_dir()
    assert (copy.folder / ".venv/servers/opensmtpd").is_dir()
    assert not (copy.folder / ".venv/servers/part").exists()


def test_a_server_that_cannot_be_downloaded_is_named(copy: Copy) -> None:
    copy.on_debian()
    copy.command("commands/apt-get", OLD)
    copy.command("commands/id", "#!/bin/sh\necho 1000\n")
    result = copy.set_up("test")
    assert result.returncode == 1
    assert "need the Debian package exim4-daemon-light" in result.stderr


def test_node_packages_are_installed_once_all_of_them_could_be(copy: Copy) -> None:
    copy.on_debian()
    assert copy.set_up("test", NPM_FAILS="1").returncode == 1
    copy.installs()
    assert copy.set_up("test").returncode == 0
    assert copy.installs() == [str(copy.folder / ".venv/servers/node")]


def test_a_machine_without_node_is_told(copy: Copy) -> None:
    copy.on_debian("#!/bin/sh\n")
    copy.command("commands/node", OLD)
    copy.command("commands/id", "#!/bin/sh\necho 1000\n")
    result = copy.set_up("test")
    assert result.returncode == 1
    assert result.stderr.endswith(" nodejs npm\n")


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
