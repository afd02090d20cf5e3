"""Packages of npm, where scripts/setup.sh installs them, and Node.js to run them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.servers.roots import UNPACKED

MODULES = UNPACKED / "node" / "node_modules"
ENVIRONMENT: Mapping[str, str] = {"NODE_PATH": str(MODULES)}


def node() -> str:
    """The path of Node.js; FileNotFoundError says how to get it."""
    path = shutil.which("node")
    if path is None or not MODULES.exists():
        raise FileNotFoundError("Node.js or its packages are missing: scripts/setup.sh test")
    return path


def module(name: str) -> Path:
    """The folder of an installed package."""
    return MODULES / name


def package_version(name: str) -> str:
    """The version of an installed package."""
    version: str = json.loads((module(name) / "package.json").read_text())["version"]
    return version
