"""The test suite of openspf.org for RFC 7208, from the source distribution of pyspf.

It is fetched for the tests and not kept here; its licence has three clauses, as BSD's.
"""

from __future__ import annotations

import fcntl
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from smtp_panel.net.dns import MX, DNSRecord, Kind
from tests.spf.zone import Zone

PYSPF = (
    "pyspf==2.0.14 --hash=sha256:57a7ef01bda090173aafb6af0106251686ed73f03db4e911fcd34c57fc347186\n"
)
UNPACKED = "pyspf-2.0.14"
KINDS: tuple[Kind, ...] = ("A", "AAAA", "MX", "PTR", "TXT")


@dataclass(frozen=True)
class Case:
    """A question of the suite, the names that it is about, and which answers are right."""

    ip: str
    helo: str
    mail_from: str
    zone: Zone
    results: Sequence[str]
    explanation: str | None


def fetched(folder: Path) -> Path:
    """The unpacked distribution; it is put into `folder`, unless another process has done so."""
    with (folder / "pyspf.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / UNPACKED).exists():
            _fetch(folder)
    return folder / UNPACKED


def cases(distribution: Path) -> dict[str, Case]:
    """The cases by name."""
    with (distribution / "test" / "rfc7208-tests.yml").open("rb") as suite:
        scenarios = list(yaml.load_all(suite, yaml.CSafeLoader))
    return {
        name: _case(case, _zone(scenario["zonedata"]))
        for scenario in scenarios
        for name, case in scenario["tests"].items()
    }


def _fetch(folder: Path) -> None:
    requirements = folder / "pyspf.txt"
    requirements.write_text(PYSPF)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:"]
    where = ["--require-hashes", f"--dest={folder}", f"--requirement={requirements}"]
    subprocess.run([*pip, *where], check=True, capture_output=True)
    with tarfile.open(folder / f"{UNPACKED}.tar.gz") as archive:
        archive.extractall(folder, filter="data")


def _case(case: Mapping[str, Any], zone: Zone) -> Case:
    result = case["result"]
    return Case(
        ip=case["host"],
        helo=case["helo"],
        mail_from=case["mailfrom"],
        zone=zone,
        results=[result] if isinstance(result, str) else result,
        explanation=case.get("explanation"),
    )


def _zone(data: Mapping[str, Sequence[Any]]) -> Zone:
    """The names of a scenario. Where "TIMEOUT" stands, a name answers only what it has."""
    own = {name.lower(): _records(entries) for name, entries in data.items()}
    silent = {
        (name.lower(), kind)
        for name, entries in data.items()
        for kind in KINDS
        if "TIMEOUT" in entries and kind not in own[name.lower()]
    }
    names = {name: own[_end(name, own)] for name in own}
    loops = {(name, kind) for name in names if "CNAME" in own[_end(name, own)] for kind in KINDS}
    return Zone(names, frozenset(silent | loops))


def _end(name: str, names: Mapping[str, Mapping[str, Sequence[DNSRecord]]]) -> str:
    """Where the aliases of `name` lead; one of them where they lead in a circle."""
    for _ in names:
        name = str(names[name].get("CNAME", [name])[0])
    return name


def _records(entries: Sequence[Any]) -> dict[str, list[DNSRecord]]:
    """The records of a name. A record marked SPF is TXT as well where the name has no TXT."""
    given = [pair for entry in entries if entry != "TIMEOUT" for pair in entry.items()]
    kinds = {kind for kind, _ in given}
    found: dict[str, list[DNSRecord]] = {}
    for kind, value in given:
        if kind == "SPF" and "TXT" not in kinds:
            found.setdefault("TXT", []).append(_record("TXT", value))
        elif kind != "SPF" and value != "NONE":
            found.setdefault(kind, []).append(_record(kind, value))
    return found


def _record(kind: str, value: Any) -> DNSRecord:
    if kind == "MX":
        return MX(value[0], value[1].lower())
    if kind == "TXT":
        return b"".join(part.encode() for part in ([value] if isinstance(value, str) else value))
    return str(value).lower().removesuffix(".")
