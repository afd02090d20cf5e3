"""What is in deploy/ for containers: the image, and the services with a database (SPEC A8)."""

from __future__ import annotations

import fnmatch
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest
import yaml

from smtp_panel.config import Config
from tests.containers import Stage, image, instructions
from tests.deployed import DEPLOY, ROOT, listens, until
from tests.servers.ports import HOST, free_ports

CONTAINERFILE = DEPLOY / "Containerfile"
OWNER = "10001"


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that .dockerignore lets into the image."""
    folder = tmp_path_factory.mktemp("context")
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    for name in (line.removeprefix("!") for line in lines if line.startswith("!")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, target)
    return folder


@pytest.fixture(scope="module")
def built(context: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The image, made by its own instructions."""
    if os.geteuid() or not all(map(shutil.which, ("unshare", "nsenter", "setpriv"))):
        pytest.skip("an image is made by root, with unshare, nsenter and setpriv of util-linux")
    with image(CONTAINERFILE, context, tmp_path_factory.mktemp("image")) as stage:
        yield stage


def test_the_image_serves_as_nobody_and_writes_to_its_volume_alone(built: Stage) -> None:
    """A8: non-root, a root file system that is read-only, one volume."""
    assert (built.user, built.volumes) == (OWNER, ["/data"])
    options = f"uid={OWNER},gid={OWNER},mode=700"
    assert built.run("stat", "--format=%u:%g:%a", "/data") == f"{OWNER}:{OWNER}:700\n".encode()
    built.close_files("/tmp", *built.volumes, options=options)
    where = built.run("python3", "-c", "import smtp_panel; print(smtp_panel.__file__)")
    assert where.startswith(b"/opt/smtp-panel/")
    (port,) = free_ports(1)
    built.environment["PORT"] = str(port)
    command = built.inside(*built.command, user=built.user)
    with subprocess.Popen(command, env=built.environment, stderr=subprocess.PIPE) as serving:
        try:
            until(lambda: listens(port), serving)
            with build_opener(ProxyHandler({})).open(f"http://{HOST}:{port}/login") as page:
                assert page.status == 200
            built.run(*built.health, user=built.user)
            link = ("flask", "--app", "wsgi", "users", "create", "--email", "ada@example.com")
            assert b"/link/" in built.run(*link, user=built.user)
        finally:
            serving.send_signal(signal.SIGTERM)
            errors = serving.communicate(timeout=60)[1].decode()
    assert serving.returncode == 0, errors
    assert "Read-only file system" not in errors
    assert built.run("stat", "--format=%u", "/data/panel.db") == f"{OWNER}\n".encode()


def test_the_image_is_of_files_that_are_in_the_project() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    allowed = [line.removeprefix("!") for line in lines if line.startswith("!")]
    assert [name for name in allowed if not (ROOT / name).exists()] == []
    copied = [
        rest.split() for word, rest in instructions(CONTAINERFILE.read_text()) if word == "COPY"
    ]
    files = {
        name for words in copied for name in words[:-1] if "/" not in name[:1] and "=" not in name
    }
    assert all(any(fnmatch.fnmatch(name, each) for each in [*allowed, "."]) for name in files)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """compose.yaml, as it is read."""
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return read


def test_the_services_name_what_is_there(services: dict[str, Any]) -> None:
    for service in services["services"].values():
        assert set(service.get("secrets", [])) <= services["secrets"].keys()
        assert set(service["networks"]) <= services["networks"].keys()
        assert set(service.get("depends_on", {})) <= services["services"].keys()
        volumes = {each.partition(":")[0] for each in service.get("volumes", [])}
        assert volumes <= services["volumes"].keys()
    for name in ("panel", "worker"):
        service = services["services"][name]
        build = service["build"]
        assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == CONTAINERFILE
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["hostname"] == name


def test_the_services_start_by_what_the_file_says_to_do(
    services: dict[str, Any], tmp_path: Path
) -> None:
    """Section 11: the commands that stand there make the secrets, and the panel takes them."""
    text = (DEPLOY / "compose.yaml").read_text()
    head = [line.removeprefix("#   ") for line in text.splitlines() if line.startswith("#   ")]
    (tmp_path / "deploy").mkdir()
    script = "\n".join(head[: next(i for i, line in enumerate(head) if line.startswith("chown"))])
    subprocess.run(
        ["sh", "-ec", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        check=True,
        timeout=60,
    )
    for name, place in services["secrets"].items():
        made = tmp_path / "deploy" / place["file"]
        assert made.stat().st_mode & 0o077 == 0, name
    for name in ("panel", "worker"):
        variables = {
            key: value.replace("/run/secrets/", f"{tmp_path}/deploy/secrets/")
            for key, value in services["services"][name]["environment"].items()
        }
        config = Config.from_environ(variables)
        assert config.database_url.reveal().startswith("postgresql://smtp_panel:")
        assert config.worker is (name == "worker")
        gateway = services["networks"]["inside"]["ipam"]["config"][0]["gateway"]
        assert [str(each) for each in config.trusted_proxies] == [f"{gateway}/32"]
