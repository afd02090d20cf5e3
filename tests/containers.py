"""What an image is made of: the instructions of a Containerfile, run in their order.

No engine is needed: each stage is an overlay of this machine's own files in a mount namespace, and
is gone with the process that holds it. Its Python stands for that of the base image.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

STAGE = """
set -e
mount -t tmpfs stage "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o lowerdir=/,upperdir="$1/upper",workdir="$1/work" "$1/root"
mount --rbind /dev "$1/root/dev"
mount -t proc proc "$1/root/proc"
mount -t tmpfs tmp "$1/root/tmp"
chmod 1777 "$1/root/tmp"
chmod 755 "$1/root/root"
echo ready
read -r _
"""
READ_ONLY = """
mount -o remount,ro "$1/root"
for each in $2; do mount -t tmpfs -o "$3" each "$1/root$each"; done
"""
PYTHON = Path(sys.executable).resolve().parent
BASE = {"PATH": f"{PYTHON}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
TIMEOUT = 300  # seconds


@dataclass
class Stage:
    """One stage of an image, whose files are below `root` for a process in its namespace."""

    folder: Path
    holder: subprocess.Popen[str]
    environment: dict[str, str] = field(default_factory=lambda: dict(BASE))
    directory: str = "/"
    user: str = "0"
    volumes: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)

    def inside(self, *words: str, user: str = "0") -> list[str]:
        """`words` as a command that runs in the stage."""
        lookup = f'cd {shlex.quote(self.directory)} && exec "$@"'
        identity = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        root = str(self.folder / "root")
        return [*self._namespace(), "chroot", root, *identity, "sh", "-c", lookup, "sh", *words]

    def run(self, *words: str, user: str = "0", given: bytes | None = None) -> bytes:
        """What a command in the stage prints; AssertionError with its errors where it fails."""
        ran = subprocess.run(
            self.inside(*words, user=user),
            env={**_package_index(), **self.environment},
            input=given,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr.decode()
        return ran.stdout

    def close_files(self, *writable: str, options: str) -> None:
        """From now on nothing can be written but below `writable`, which are empty."""
        words = "sh", "-ec", READ_ONLY, "sh", str(self.folder), " ".join(writable), options
        subprocess.run([*self._namespace(), *words], check=True, timeout=TIMEOUT)

    def _namespace(self) -> list[str]:
        return ["nsenter", f"--mount=/proc/{self.holder.pid}/ns/mnt", "--"]


def instructions(text: str) -> list[tuple[str, str]]:
    """The instructions of a Containerfile, each by its word and what follows."""
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


@contextmanager
def image(containerfile: Path, context: Path, folder: Path) -> Iterator[Stage]:
    """The last stage of an image that is made from the files in `context`."""
    stages: dict[str, Stage] = {}
    with ExitStack() as stack:
        stage = None
        for number, (word, rest) in enumerate(instructions(containerfile.read_text())):
            if word == "FROM":
                own = folder / str(number)
                own.mkdir()
                stage = stages[rest.partition(" AS ")[2]] = stack.enter_context(_stage(own))
            else:
                assert stage, "the first instruction is FROM"
                _follow(stage, word, rest, stages, context)
        assert stage
        yield stage


def _follow(stage: Stage, word: str, rest: str, stages: Mapping[str, Stage], context: Path) -> None:
    match word:
        case "RUN":
            stage.run("sh", "-ec", rest, user=stage.user)
        case "COPY":
            _copy(stage, shlex.split(rest), stages, context)
        case "WORKDIR":
            stage.run("mkdir", "-p", rest)
            stage.directory = rest
        case "ENV":
            name, _, text = rest.partition("=")
            stage.environment[name] = Template(text).substitute(stage.environment)
        case "USER":
            stage.user = rest
        case "VOLUME":
            stage.volumes.append(rest)
        case "CMD":
            stage.command = json.loads(rest)
        case "HEALTHCHECK":
            stage.health = json.loads(rest.partition("CMD ")[2])
        case _:
            assert word == "EXPOSE", word


def _copy(stage: Stage, words: list[str], stages: Mapping[str, Stage], context: Path) -> None:
    """Copy as COPY does: what is in a folder, and a file by its name."""
    *sources, target = words
    if sources[0].startswith("--from="):
        other, source = stages[sources.pop(0).partition("=")[2]], sources[0]
        packed = other.run("tar", "-C", source, "-c", ".")
        stage.run("mkdir", "-p", target)
        stage.run("tar", "-C", target, "-x", "--no-same-owner", given=packed)
        return
    stage.run("mkdir", "-p", target)
    for source in sources:
        path = context / source
        place, name = (path, ".") if path.is_dir() else (path.parent, path.name)
        packed = subprocess.run(
            ["tar", "-C", place, "-c", name], capture_output=True, check=True, timeout=TIMEOUT
        ).stdout
        stage.run("tar", "-C", target, "-x", "--no-same-owner", given=packed)


@contextmanager
def _stage(folder: Path) -> Iterator[Stage]:
    with subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", STAGE, "sh", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "ready\n"
        yield Stage(folder, holder)


def _package_index() -> dict[str, str]:
    """Where pip finds packages on this machine."""
    return {name: text for name, text in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
