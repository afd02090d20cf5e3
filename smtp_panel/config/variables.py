"""Every `SMTP_PANEL_*` variable, declared once: name, type, default, meaning, secret or not."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from smtp_panel.config import kinds, urls
from smtp_panel.config.declaring import (
    PREFIX,
    Variable,
    setting,
    unknown_names,
    values_in,
    variables_of,
)
from smtp_panel.config.error import ConfigError
from smtp_panel.config.kinds import AddressOrNetwork
from smtp_panel.config.locked_fields import LockedFields
from smtp_panel.config.proxies import ProxyVariables
from smtp_panel.secret import Secret

NO_SECRET = Secret("")


@dataclass(frozen=True, kw_only=True)
class _Variables:
    """All but those of proxies, and the fields that the environment locks."""

    data_dir: Path = setting(
        kinds.PATH, Path("instance"), "folder of the database, the keys, the limits and the sandbox"
    )
    url: str = setting(
        urls.PUBLIC_URL,
        "",
        "where people reach the panel, such as `https://panel.example.com`: links in mail are built"
        " from it, and requests for other hosts are refused; empty: any host is answered, and links"
        " go by mail only where `make run` serves, which takes its own address",
    )
    database_url: Secret = setting(
        urls.DATABASE_URL,
        NO_SECRET,
        "`sqlite:///path` or `postgresql://user:password@host/name`; empty: `panel.db` in the data"
        " folder",
    )
    redis_url: Secret = setting(
        urls.REDIS_URL, NO_SECRET, "`redis://host:port/0` to count the limits for many machines"
    )
    secret_key: Secret = setting(
        kinds.SIGNING_KEYS,
        NO_SECRET,
        "signs the sessions and the links in test mail, at least 32 characters; several, newest"
        " first, separated by commas; empty: made at first start in the data folder",
    )
    keys: Secret = setting(
        kinds.FERNET_KEYS,
        NO_SECRET,
        "Fernet keys that encrypt saved secrets, newest first, separated by commas; empty: one"
        " is made at first start in the data folder",
    )
    admin_email: str = setting(kinds.MAIL_ADDRESS, "", "mail address of the first admin")
    admin_password: Secret = setting(kinds.SECRET, NO_SECRET, "password of the first admin")
    default_url: Secret = setting(
        urls.SERVICE_URL,
        NO_SECRET,
        "the default mail service: `smtp://user:password@host:port?tls=starttls`, tls one of"
        " `starttls`, `implicit`, `none`; also `&tls_version=1.2` and `&from=ADDRESS`",
    )
    default_from: str = setting(
        kinds.LINE,
        "",
        "From of the default mail service; empty: its user name where that is a mail address, else"
        " `smtp-panel` at its server",
    )
    sandbox: bool = setting(
        kinds.ON_OFF, False, "a mail server on loopback that shows its mail in the panel"
    )
    sandbox_port: int = setting(kinds.whole(0, 65535), 0, "port of the sandbox; 0: a free one")
    sandbox_failure_seconds: float = setting(
        kinds.seconds(1, 86400),
        600.0,
        "seconds after which a failure that the sandbox is told to show ends by itself",
    )
    hosting: str = setting(
        kinds.choice("auto", "gcp", "azure", "aws", "other"),
        "auto",
        "the cloud this machine runs in, for the rules of port 25",
    )
    save_limit: str = setting(
        kinds.LIMIT, "10 per minute; 60 per hour", "how often one admin may save"
    )
    test_limit: str = setting(
        kinds.LIMIT, "6 per minute; 60 per hour", "how often one admin may test"
    )
    save_limit_all: str = setting(
        kinds.LIMIT_OR_NONE,
        "",
        "how often all admins together may save; empty: 3 times as often as one",
    )
    test_limit_all: str = setting(
        kinds.LIMIT_OR_NONE,
        "",
        "how often all admins together may test; empty: 3 times as often as one",
    )
    login_limit: str = setting(
        kinds.LIMIT,
        "10 per minute; 60 per hour",
        "how often signing in may be tried from one address, and to one account",
    )
    reset_limit: str = setting(
        kinds.LIMIT,
        "5 per hour",
        "how often a new password may be asked for from one address, and for one account",
    )
    invite_limit: str = setting(
        kinds.LIMIT, "10 per minute; 60 per hour", "how often one admin may send people a link"
    )
    test_timeout: float = setting(
        kinds.seconds(1, 120), 20.0, "seconds that one test may take, whatever the server does"
    )
    check_seconds: float = setting(
        kinds.seconds(1, 86400),
        600.0,
        "seconds from one check of a node to the next; while mail is broken it checks sooner",
    )
    metrics_token: Secret = setting(
        kinds.SECRET,
        NO_SECRET,
        "lets Prometheus read `/metrics` as `Authorization: Bearer`; empty: only admins and API"
        " keys may",
    )
    alert_webhook: Secret = setting(
        urls.WEB_URL,
        NO_SECRET,
        "where to tell that mail is broken, and that it works again: an `https` URL (or `http` on"
        " this machine) that takes a POST of JSON",
    )
    alert_secret: Secret = setting(
        kinds.WEBHOOK_SECRET,
        NO_SECRET,
        "signs what goes there, by Standard Webhooks: `whsec_` and base64; empty: unsigned",
    )
    alert_format: str = setting(
        kinds.choice("auto", "standard", "slack", "teams"),
        "auto",
        "what goes there: `standard`, or what Slack or Teams takes; `auto`: by the name of the"
        " host",
    )
    alert_language: str = setting(
        kinds.choice("en", "ja"),
        "en",
        "the language of what is written there for people: English or Japanese",
    )
    ping_url: Secret = setting(
        urls.WEB_URL,
        NO_SECRET,
        "asked by GET after each check that finds mail working, so that a service that misses it"
        " raises the alarm",
    )
    test_pool: int = setting(
        kinds.whole(1, 1000), 64, "tests that may be under way at once, in each process"
    )
    worker: bool = setting(
        kinds.ON_OFF,
        True,
        "send mail from the outbox in each serving process; `off` where `smtp worker` does",
    )
    uncertain: str = setting(
        kinds.choice("ask", "resend", "sent"),
        "ask",
        "what to do with a message where the connection broke after it was handed over and before"
        " the server answered: `ask` an admin, `resend` (it may arrive twice), or count it as"
        " `sent` (it may not arrive)",
    )
    keep_messages_days: int = setting(
        kinds.whole(1, 3650),
        30,
        "days that the outbox shows a message that was sent, given up or cancelled; one that is"
        " uncertain is kept until somebody decides",
    )
    api_max_bytes: int = setting(
        kinds.whole(1024, 1 << 30),
        36 << 20,
        "octets of a request that hands over a message, files in Base64 included",
    )
    relay: bool = setting(
        kinds.ON_OFF,
        False,
        "a mail server on loopback for programs that know nothing but SMTP: what they send goes"
        " through the outbox; user name and password are client ID and secret of an API key",
    )
    relay_host: str = setting(
        kinds.LISTEN_ADDRESS,
        "127.0.0.1",
        "IP address at which the relay listens; elsewhere than on loopback keys come by TLS alone",
    )
    relay_port: int = setting(
        kinds.whole(0, 65535), 0, "port of the relay; 0: a free one, the same after a restart"
    )
    relay_tls_cert: str = setting(
        kinds.LINE, "", "file with the relay's certificate chain as PEM; empty: one of its own"
    )
    relay_tls_key: str = setting(
        kinds.LINE, "", "file with the key of that certificate; empty: it is in the same file"
    )
    relay_max_bytes: int = setting(
        kinds.whole(1024, 1 << 30), 25 << 20, "octets of a message that the relay takes"
    )
    relay_max_recipients: int = setting(
        kinds.whole(1, 10_000), 100, "recipients of a message that the relay takes"
    )
    relay_from: str = setting(
        kinds.choice("saved", "program"),
        "saved",
        "whom relayed mail is from: the From of the settings, with the program's own as Reply-To,"
        " or what the `program` wrote",
    )
    relay_paused_seconds: int = setting(
        kinds.whole(0, 31_536_000),
        3600,
        "seconds that sending may have been paused, or the mail server failed, until the relay"
        " takes no more",
    )
    block_private: bool = setting(
        kinds.ON_OFF, False, "refuse mail servers on loopback and in private networks"
    )
    allowed_ports: tuple[int, ...] = setting(
        kinds.PORTS, (), "ports at which mail servers may be reached; empty: all"
    )
    http_token_endpoint: bool = setting(
        kinds.ON_OFF, False, "let a token endpoint on this machine be http and not https"
    )
    http_content: bool = setting(
        kinds.ON_OFF, False, "let schedules fetch content on this machine by http and not https"
    )
    session_hours: int = setting(kinds.whole(1, 8760), 12, "hours after which to sign in again")
    ehlo_name: str = setting(
        kinds.EHLO_NAME,
        "",
        "name given in EHLO where the page names none; empty: the address that the connection has",
    )
    dns: tuple[tuple[str, int], ...] = setting(
        kinds.NAME_SERVERS,
        (),
        "name servers to ask for what a domain says of its mail, such as `127.0.0.1:5353`; the"
        " address of a mail server comes from the system always; empty: those of the system",
    )
    watch_seconds: int = setting(
        kinds.whole(1, 31_536_000),
        86_400,
        "seconds between two looks at what the DNS says of the From domain; a tenth more or less",
    )
    egress_ips: tuple[AddressOrNetwork, ...] = setting(
        kinds.ADDRESSES,
        (),
        "addresses from which mail servers see this installation connect; empty: what the last"
        " check or test has seen",
    )
    node: str = setting(
        kinds.NODE, "", "name of this machine in warnings and figures; empty: its host name"
    )


@dataclass(frozen=True, kw_only=True)
class Config(LockedFields, ProxyVariables, _Variables):
    """What the operator of the installation decided. Each field is `SMTP_PANEL_` + its name."""

    @property
    def node_name(self) -> str:
        """The name of this process among others: `node`, else the name of the machine."""
        return self.node or socket.gethostname()

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Config:
        """Read the variables in `environ`; raise ConfigError for the first that can't be used."""
        config = cls(**values_in(cls, environ))
        _refuse_half_an_admin(config)
        return config

    @classmethod
    def variables(cls) -> list[Variable]:
        """Every variable in the order of declaration, for the table in the documentation."""
        return variables_of(cls)


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """A sentence for each variable in `environ` that looks like one of ours and is none."""
    return unknown_names(Config, environ)


def _refuse_half_an_admin(config: Config) -> None:
    advice = "is missing: mail address and password of the first admin go together."
    if config.admin_email and not config.admin_password:
        raise ConfigError(f"{PREFIX}ADMIN_PASSWORD", advice)
    if config.admin_password and not config.admin_email:
        raise ConfigError(f"{PREFIX}ADMIN_EMAIL", advice)
