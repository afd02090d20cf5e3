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

FROM = "billing@acme.example"
TEXT = "Hello\n.\nGoodbye"  # with a line that ends a message where dots are not stuffed

MSMTP = """host {host}
port {port}
auth plain
tls {tls}
tls_starttls on
tls_certcheck off
user {user}
password {password}
from {sender}
"""
NODEMAILER = """
const [host, port, user, pass, from, to, subject, text] = process.argv.slice(1);
require('nodemailer')
  .createTransport({ host, port: +port, auth: { user, pass }, tls: { rejectUnauthorized: false } })
  .sendMail({ from, to, subject, text })
  .catch((error) => { console.error(error.message); process.exit(1); });
"""
PHPMAILER = """
require '/usr/share/php/libphp-phpmailer/autoload.php';
[, $host, $port, $user, $password, $from, $to, $subject, $text] = $argv;
$mail = new PHPMailer\\PHPMailer\\PHPMailer(true);
$mail->isSMTP();
[$mail->Host, $mail->Port, $mail->SMTPAutoTLS, $mail->SMTPAuth] = [$host, (int) $port, false, true];
[$mail->Username, $mail->Password, $mail->CharSet] = [$user, $password, 'UTF-8'];
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


def msmtp(relayed: Relayed, folder: Path, tls: str = "off") -> None:
    file = folder / "msmtprc"
    where = {"host": HOST, "port": relayed.port, "tls": tls, "sender": FROM}
    file.write_text(MSMTP.format(user=relayed.client_id, password=relayed.secret, **where))
    file.chmod(0o600)
    given = f"To: {BOB}\nSubject: {SUBJECT}\n\n{TEXT}\n"
    run("msmtp", f"--file={file}", "--read-recipients", given=given)


def msmtp_with_tls(relayed: Relayed, folder: Path) -> None:
    msmtp(relayed, folder, "on")


def mail(relayed: Relayed, _folder: Path) -> None:
    """What Debian's `mail` is where it is s-nail."""
    login = f"smtp://{relayed.client_id}:{relayed.secret}@{HOST}:{relayed.port}"
    options = ("v15-compat", "smtp-auth=plain", f"from={FROM}")
    settings = [word for each in (*options, f"mta={login}") for word in ("-S", each)]
    environment = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    run("s-nail", "-n", *settings, "-s", SUBJECT, BOB, given=TEXT, environment=environment)


def nodemailer(relayed: Relayed, _folder: Path) -> None:
    run(node(), "-e", NODEMAILER, *_words(relayed), environment=dict(ENVIRONMENT))


def phpmailer(relayed: Relayed, _folder: Path) -> None:
    run("php", "-r", PHPMAILER, *_words(relayed))


def _words(relayed: Relayed) -> list[str]:
    login = [HOST, str(relayed.port), relayed.client_id, relayed.secret]
    return [*login, FROM, BOB, SUBJECT, TEXT]


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
