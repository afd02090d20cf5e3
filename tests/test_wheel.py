"""The wheel: installed into an environment of its own, it is the whole panel in any folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deployed import ADMIN, PASSWORD, Visitor

ROOT = Path(__file__).parents[1]


class Installed:
    """An environment with the wheel, and of the packages of the tests those that it asks for."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.folder = folder
        self.elsewhere = folder / "elsewhere"
        self.elsewhere.mkdir()
        venv.create(folder / "venv", with_pip=False)
        self.python = folder / "venv" / "bin" / "python"
        self.command = folder / "venv" / "bin" / "smtp-panel"
        pip(f"--python={self.python}", "install", "--no-deps", "--no-index", str(wheel))
        found = self.run(
            self.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"
        )
        packages = Path(found.strip())
        (installed,) = metadata.distributions(name="smtp-panel", path=[str(packages)])
        for each in needed_by(installed).values():
            share(each, packages)

    @property
    def environment(self) -> dict[str, str]:
        """That of the tests, but for what names the panel or its code."""
        dropped = ("SMTP_PANEL_", "PYTHONPATH")
        kept = {name: text for name, text in os.environ.items() if not name.startswith(dropped)}
        return {**kept, "PORT": "0"}

    def run(self, *words: str | Path) -> str:
        """What a command prints that is run elsewhere."""
        ran = subprocess.run(
            words,
            cwd=self.elsewhere,
            env=self.environment | {"PORT": "8000"},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return ran.stdout

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Serve the panel elsewhere until the end of the block, at the URL that it tells."""
        with self._told(self.command, "serve") as said:
            yield said.readline().strip().removeprefix("SMTP Panel is ready at ")

    @contextmanager
    def hosted(self) -> Iterator[str]:
        """Serve the application `host` elsewhere, likewise, with a mail service in its panel."""
        sandbox = {"SMTP_PANEL_SANDBOX": "on"}
        words = self.python, "-m", "flask", "--app", "host", "run", "--port", "0"
        with self._told(*words, **sandbox) as said:
            found = (re.search(r"Running on (http://\S+)", line) for line in said)
            yield next(each[1] for each in found if each)

    @contextmanager
    def _told(self, *words: str | Path, **variables: str) -> Iterator[IO[str]]:
        """What a process prints that runs elsewhere until the end of the block."""
        with subprocess.Popen(
            words,
            cwd=self.elsewhere,
            env=self.environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                assert process.stdout
                yield process.stdout
            finally:
                process.terminate()


def needed_by(one: metadata.Distribution) -> dict[str, metadata.Distribution]:
    """What `one` asks for without any extra, and what those ask for, by name."""
    needed: dict[str, metadata.Distribution] = {}
    asked = [(one, "")]
    while asked:
        asking, extra = asked.pop()
        for requirement in map(Requirement, asking.requires or ()):
            if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
                continue
            found = metadata.distribution(requirement.name)
            if needed.setdefault(canonicalize_name(requirement.name), found) is found:
                asked += [(found, each) for each in {"", *requirement.extras}]
    return needed


def share(package: metadata.Distribution, folder: Path) -> None:
    """Put links to the files of `package` into `folder`."""
    for name in {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
        if not (folder / name).exists():
            (folder / name).symlink_to(Path(str(package.locate_file(name))))


def pip(*words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words],
        check=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("wheel")
    pip(
        "wheel",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
        f"--wheel-dir={folder}",
        str(ROOT),
    )
    (wheel,) = folder.glob("smtp_panel-*.whl")
    return Installed(folder, wheel)


def test_it_serves_pages_styles_and_translations_from_any_folder(installed: Installed) -> None:
    """Section 11, DESIGN: templates, static files and translations are in it."""
    created = installed.run(
        *(installed.command, "users", "create", "--role", "admin", "--email", ADMIN, "--json")
    )
    link = re.search(r"/link/\S+", json.loads(created)["link"])
    assert link
    with installed.serving() as url:
        visitor = Visitor(url)
        visitor.load(link[0])
        page = visitor.send(link[0], password=PASSWORD)
        assert page.one("title").text.startswith("SMTP")
        assert (
            "メールサーバー" in visitor.load("/admin/smtp", headers={"Accept-Language": "ja"}).text
        )
        sheet = page.one("link", rel="stylesheet")["href"]
        assert visitor.ask(sheet).status == 200
    assert (installed.elsewhere / "instance" / "panel.db").exists()


def test_its_commands_are_those_of_the_panel(installed: Installed) -> None:
    """A6: and `serve`; none that a library brings."""
    told = installed.run(installed.command, "--help")
    assert set(re.findall(r"^  (\w+)  ", told, re.MULTILINE)) == {"keys", "serve", "smtp", "users"}
    told = installed.run(installed.command, "smtp", "check", "--help")
    assert "--server" in told
    assert (installed.folder / "venv" / "share" / "man" / "man1" / "smtp-panel.1").is_file()


def test_it_asks_for_what_is_pinned() -> None:
    """Everything that the panel uses, in versions that the pinned one is among."""
    used = (ROOT / "requirements.txt").read_text().split("\n\n")[0]
    pins = [Requirement(line) for line in used.splitlines() if not line.startswith("#")]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {canonicalize_name(r.name): r for r in map(Requirement, project["dependencies"])}
    assert sorted(asked) == sorted(canonicalize_name(pin.name) for pin in pins)
    for pin in pins:
        (version,) = pin.specifier
        assert version.version in asked[canonicalize_name(pin.name)].specifier


def test_an_application_has_it_below_a_path(installed: Installed) -> None:
    """A4: the example, whose people, sessions, tokens, languages and database are its own."""
    shutil.copy(ROOT / "examples" / "host.py", installed.elsewhere)
    with installed.hosted() as url:
        ada, bob = Visitor(url), Visitor(url)
        for visitor, email in ((ada, "ada@example.com"), (bob, "bob@example.com")):
            visitor.load("/mail/admin/smtp")
            assert "/mail/login" in visitor.url
            form = visitor.load("/").one("form")
            visitor.load("/sign-in", form.form() | {"email": email})
        assert "Hello, Ada." in ada.page.text
        page = ada.load("/mail/admin/smtp")
        ada.load("/mail/admin/smtp/test", page.id("smtp-form").form())
        assert ada.page.id("test-result")
        assert bob.ask("/mail/admin/smtp").status == 403

        page = bob.load("/", headers={"Accept-Language": "de"})
        assert re.search(r"Reports of \d\d\.\d\d\.\d{4}", page.text)
        bob.load("/send", page.all("form")[0].form())
        (message,) = ada.load("/mail/admin/outbox").all(data_message=None)
        assert "Your report" in message.text
        while message["data-state"] in {"waiting", "sending"}:
            (message,) = ada.load("/mail/admin/outbox").all(data_message=None)
        assert message["data-state"] == "sent"
        japanese = ada.load("/mail/admin/smtp", headers={"Accept-Language": "ja"})
        assert "メールサーバー" in japanese.text
        assert "Sales of the week" in ada.load("/mail/admin/schedules/new").text
        paths = {cookie.name: cookie.path for cookie in ada.cookies}
        assert paths == {"session": "/", f"smtp_panel_{urlsplit(url).port}": "/mail"}

        home = ada.load("/")
        ada.load("/sign-out", home.all("form")[1].form())
        ada.load("/mail/admin/smtp")
        assert "/mail/login" in ada.url
