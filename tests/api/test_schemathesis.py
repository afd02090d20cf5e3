"""The API is what its description says, whatever is sent (SPEC A5)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from smtp_panel.access.keys import KeyScope
from tests.api.conftest import program_of
from tests.api.served import served
from tests.api.test_openapi import DESCRIPTION
from tests.web.conftest import ADMIN, MakePanel

SETTINGS = Path(__file__).with_name("schemathesis.toml")
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
SECONDS = 120  # for a machine that is busy
# Enough for all that is sent, of which each save, test and wrong key counts.
UNLIMITED = "100000 per minute"
LIMITS = ("save_limit", "test_limit", "login_limit", "invite_limit")


def test_schemathesis_finds_nothing(make_panel: MakePanel, tmp_path: Path) -> None:
    """Right data and wrong, in bodies, parameters and headers, judged by all of its checks.

    The mail server and the name server are a port of this machine at which nobody listens.
    """
    limits = dict.fromkeys(LIMITS, UNLIMITED)
    sender = "panel@test.example"
    nobody = {"allowed_ports": (1,), "dns": (("127.0.0.1", 1),)}
    panel = make_panel(server="127.0.0.1", sender=sender, **nobody, **limits)
    program = program_of(panel, KeyScope.MANAGE, maker=ADMIN)
    with served(panel.app) as there:
        examined = subprocess.run(
            [
                *(SCHEMATHESIS, "--config-file", SETTINGS, "run", there.url + DESCRIPTION),
                *("--auth", f"{program.client_id}:{program.secret}", "--no-color"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    assert examined.returncode == 0, examined.stdout + examined.stderr
