"""Programs that people use send by the relay as they are (SPEC M2)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.relay.conftest import BOB, Relayed
from tests.servers.npm import ENVIRONMENT, node
from tests.servers.ports import HOST

FROM = "program@example.com"
TEXT = "Hello\n.\nGoodbye"  # with a line that ends a message where dots are not stuffed

NODEMAILER = """
const nodemailer = require('nodemailer');
const [from, to, subject, text] = process.argv.slice(1);
const transport = {example};
transport
  .sendMail({ from, to, subject, text })
  .catch((error) => { console.error(error.message); process.exit(1); });
"""
PHPMAILER = """
require '/usr/share/php/libphp-phpmailer/autoload.php';
[, $from, $to, $subject, $text] = $argv;
$mail = new PHPMailer\\PHPMailer\\PHPMailer(true);
{example}
$mail->CharSet = 'UTF-8';
$mail->setFrom($from);
$mail->addAddress($to);
[$mail->Subject, $mail->Body] = [$subject, $text];
$mail->send();
"""
SUBJECT = "Grüße"


def run(
    program: str, *words: str, given: str = "", environment: dict[str, str] | None = None
) -> None:
    if shutil.which(program) is None:
        pytest.fail(f"{program} is not installed", pytrace=False)
    ran = subprocess.run(
        [program, *words],
        input=given.encode(),
        capture_output=True,
        timeout=60,
        check=False,
        env=environment,
    )
    assert ran.returncode == 0, (ran.stdout + ran.stderr).decode()


def swaks(relayed: Relayed, _folder: Path, *tls: str) -> None:
    login = ("--auth-user", relayed.client_id, "--auth-password", relayed.secret)
    where = ("--server", f"{HOST}:{relayed.port}", "--from", FROM, "--to", BOB)
    run("swaks", *where, *tls, *login, "--h-Subject", SUBJECT, "--body", TEXT.replace("\n", "\\n"))


def swaks_with_tls(relayed: Relayed, folder: Path) -> None:
    swaks(relayed, folder, "--tls")


def msmtp(relayed: Relayed, folder: Path, *further: str) -> None:
    file = folder / "msmtprc"
    file.write_text("\n".join([example(relayed, "msmtp"), *further, ""]))
    file.chmod(0o600)
    given = f"To: {BOB}\nSubject: {SUBJECT}\n\n{TEXT}\n"
    run("msmtp", f"--file={file}", "--read-recipients", given=given)


def msmtp_with_tls(relayed: Relayed, folder: Path) -> None:
    msmtp(relayed, folder, "tls on", "tls_certcheck off")


def mail(relayed: Relayed, _folder: Path) -> None:
    """What Debian's `mail` is where it is s-nail."""
    login = f"smtp://{relayed.client_id}:{relayed.secret}@{HOST}:{relayed.port}"
    options = ("v15-compat", "smtp-auth=plain", f"from={FROM}")
    settings = [word for each in (*options, f"mta={login}") for word in ("-S", each)]
    environment = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    run("s-nail", "-n", *settings, "-s", SUBJECT, BOB, given=TEXT, environment=environment)


def nodemailer(relayed: Relayed, _folder: Path) -> None:
    script = NODEMAILER.replace("{example}", example(relayed, "nodemailer"))
    run(node(), "-e", script, FROM, BOB, SUBJECT, TEXT, environment=dict(ENVIRONMENT))


def phpmailer(relayed: Relayed, _folder: Path) -> None:
    script = PHPMAILER.replace("{example}", example(relayed, "phpmailer"))
    run("php", "-r", script, FROM, BOB, SUBJECT, TEXT)


def example(relayed: Relayed, program: str) -> str:
    """What the page says to write into `program`, with the key in its place."""
    page = relayed.panel.admin().page("/admin/relay")
    text = "".join(map(str, page.id(f"relay-{program}").children))
    return text.replace("CLIENT_ID", relayed.client_id).replace("CLIENT_SECRET", relayed.secret)


@pytest.mark.parametrize(
    "send",
    [swaks, swaks_with_tls, msmtp, msmtp_with_tls, mail, nodemailer, phpmailer],
    ids=lambda send: send.__name__,
)
def test_a_program_sends_by_the_relay(
    relayed: Relayed, tmp_path: Path, send: Callable[[Relayed, Path], None]
) -> None:
    """M2: in any language, by its own SMTP settings."""
    send(relayed, tmp_path)
    ((message, people),) = relayed.queued()
    assert (message.subject, people) == (SUBJECT, [BOB])
    content = relayed.only()
    assert content["From"] == "Acme <news@acme.example>"
    assert content["Reply-To"].addresses[0].addr_spec == FROM
    assert content.get_content().splitlines()[:3] == TEXT.splitlines()
