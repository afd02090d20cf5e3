"""Programs of Debian that can't be installed beside each other, each below a root of its own.

scripts/setup.sh unpacks them. Below that root a program finds its configuration, spool and users
where it was built to look for them, and nothing of the machine.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

UNPACKED = Path(__file__).parents[2] / ".venv" / "servers"
LIBRARY = re.compile(r"(/\S+) \(0x")
ROOT_USER = "root:x:0:0::/:/bin/sh\n"
ROOT_GROUP = "root:x:0:\n"
FIRST_ID = 61_000  # of users that nobody else on the machine is


def unpacked(package: str, program: str) -> Path:
    """The program of an unpacked package; FileNotFoundError says how to get it."""
    path = UNPACKED / package / program
    if not path.exists():
        raise FileNotFoundError(f"{package} is not unpacked: scripts/setup.sh test does it")
    return path


def lay_out_root(root: Path, package: str, program: str, users: Iterable[str]) -> None:
    """Put `program`, its libraries and the system users that it asks for below `root`."""
    source = unpacked(package, program)
    _copy(source, root / program)
    for library in libraries(source):
        _copy(library, root / str(library).lstrip("/"))
    ids = {name: FIRST_ID + number for number, name in enumerate(users)}
    passwd = "".join(f"{name}:x:{each}:{each}::/:/bin/false\n" for name, each in ids.items())
    group = "".join(f"{name}:x:{each}:\n" for name, each in ids.items())
    for folder in ("etc", "dev", "tmp", "run", "var/log", "var/spool"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "etc/passwd").write_text(ROOT_USER + passwd)
    (root / "etc/group").write_text(ROOT_GROUP + group)
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n")
    (root / "dev/null").touch()


def libraries(program: Path) -> list[Path]:
    """The shared libraries that the program is linked with, and what loads them."""
    linked = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    if "not found" in linked:
        raise FileNotFoundError(f"{program} lacks libraries:\n{linked}")
    return [Path(each) for each in LIBRARY.findall(linked)]


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
