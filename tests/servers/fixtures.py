"""The servers as fixtures."""

from __future__ import annotations

import os
import ssl
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from tests.servers.certificates import CertificateAuthority
from tests.servers.dns import DnsServer, Zone, dns_server
from tests.servers.postfix import Postfix, missing_packages, postfix_server
from tests.servers.postgresql import PostgreSQL, postgresql_server, program
from tests.servers.receiver import Receiver, receiver
from tests.servers.scripted import ScriptedServer, Step
from tests.servers.smtpd import MECHANISMS, USERS, Mode, SubmissionServer, aiosmtpd_server
from tests.servers.token_server import Answer, TokenServer, token_server


class StartSmtpd(Protocol):
    """Starts an aiosmtpd server that ends with the test."""

    def __call__(
        self,
        mode: Mode,
        *,
        tls: ssl.SSLContext | None = None,
        auth: Collection[str] = MECHANISMS,
        users: Mapping[str, str] = USERS,
        size_limit: int = 10_000_000,
    ) -> SubmissionServer:
        """See `aiosmtpd_server`; `tls` is one with a good certificate unless it is given."""


class StartScripted(Protocol):
    """Starts a scripted server that ends with the test."""

    def __call__(
        self, script: Sequence[Step], *, tls: ssl.SSLContext | None = None
    ) -> ScriptedServer:
        """See `ScriptedServer`."""


class StartDns(Protocol):
    """Starts a name server that ends with the test."""

    def __call__(self, zone: Zone) -> DnsServer:
        """See `DnsServer`."""


class StartTokenServer(Protocol):
    """Starts a token endpoint that ends with the test."""

    def __call__(self, *answers: Answer, tls: ssl.SSLContext | None = None) -> TokenServer:
        """See `token_server`."""


@pytest.fixture(scope="session")
def ca() -> CertificateAuthority:
    """The authority whose certificates the test servers show."""
    return CertificateAuthority()


@pytest.fixture
def trusted(
    ca: CertificateAuthority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> CertificateAuthority:
    """The authority of the test servers, which the system's store has meanwhile, and no other."""
    store = tmp_path / "store.pem"
    store.write_text(ca.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(store))
    return ca


@pytest.fixture(scope="session")
def postfix(ca: CertificateAuthority) -> Iterator[Postfix]:
    """Postfix and Dovecot, started when first asked for and shared by the tests of a process."""
    if missing := missing_packages():
        pytest.fail(f"Postfix is not installed: apt-get install {' '.join(missing)}", pytrace=False)
    if os.geteuid() != 0:
        pytest.skip("Postfix' master process can only be started by root")
    with postfix_server(ca.good) as server:
        yield server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """PostgreSQL, started when first asked for and shared by the tests of a process."""
    if program("postgres") is None:
        pytest.fail("PostgreSQL is not installed: apt-get install postgresql", pytrace=False)
    with postgresql_server() as cluster:
        yield cluster


@pytest.fixture
def smtpd(ca: CertificateAuthority) -> Iterator[StartSmtpd]:
    """Starts aiosmtpd servers: `smtpd("starttls")`, `smtpd("none", auth=())`."""
    with ExitStack() as stack:

        def start(
            mode: Mode,
            *,
            tls: ssl.SSLContext | None = None,
            auth: Collection[str] = MECHANISMS,
            users: Mapping[str, str] = USERS,
            size_limit: int = 10_000_000,
        ) -> SubmissionServer:
            context = tls or ca.good.context()
            server = aiosmtpd_server(
                mode, tls=context, auth=auth, users=users, size_limit=size_limit
            )
            return stack.enter_context(server)

        yield start


@pytest.fixture
def scripted() -> Iterator[StartScripted]:
    """Starts scripted servers: `scripted([reply("421 busy"), close()])`."""
    with ExitStack() as stack:

        def start(script: Sequence[Step], *, tls: ssl.SSLContext | None = None) -> ScriptedServer:
            return stack.enter_context(ScriptedServer(script, tls=tls))

        yield start


@pytest.fixture
def name_server() -> Iterator[StartDns]:
    """Starts name servers: `name_server({("example", "MX"): ["10 mail.example."]})`."""
    with ExitStack() as stack:

        def start(zone: Zone) -> DnsServer:
            return stack.enter_context(dns_server(zone))

        yield start


@pytest.fixture
def token_endpoint() -> Iterator[StartTokenServer]:
    """Starts token endpoints: `token_endpoint(token("t0k3n"))`."""
    with ExitStack() as stack:

        def start(*answers: Answer, tls: ssl.SSLContext | None = None) -> TokenServer:
            return stack.enter_context(token_server(*answers, tls=tls))

        yield start


@pytest.fixture
def hook() -> Iterator[Receiver]:
    """A receiver of alerts."""
    with receiver() as running:
        yield running
