"""The mail service that the operator of the installation provides (SPEC S1, S4)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from smtp_panel.config import PREFIX, Config, ConfigError
from smtp_panel.net.tls import TLSVersion
from smtp_panel.settings import rules
from smtp_panel.settings.values import DEFAULT_PORT, Service, Values
from smtp_panel.smtp.endpoint import IMPLICIT_TLS_PORT, Auth, Endpoint, TLSStart

DEFAULT_URL = f"{PREFIX}DEFAULT_URL"
SANDBOX_VARIABLE = f"{PREFIX}SANDBOX"
FROM = f"{PREFIX}DEFAULT_FROM"
LOCAL_PART = "smtp-panel"
LOCAL_SENDER = f"SMTP Panel <{LOCAL_PART}@localhost>"
_TLS = {"on": TLSStart.AUTO, "1": TLSStart.AUTO, "true": TLSStart.AUTO}
_NO_TLS = {"none", "off", "0", "false"}
_PARAMETERS = {"tls", "tls_version", "auth", "from"}
_ADVICE = (
    "Write smtp://user:password@host:port?tls=starttls, with special characters of user and"
    " password percent-encoded (@ as %40, / as %2F, # as %23)."
)


@dataclass(frozen=True)
class DefaultService:
    """The default service: how to connect to it, and the From of its mail."""

    endpoint: Endpoint
    sender: str
    is_sandbox: bool = False


@dataclass(frozen=True)
class Provided:
    """What the operator's variables say: the service of the URL, and the From of the sandbox."""

    by_url: DefaultService | None
    sandbox_sender: str

    def default(self, sandbox: Endpoint | None) -> DefaultService | None:
        """The service in SMTP_PANEL_DEFAULT_URL, else the `sandbox` where one runs, else None."""
        if self.by_url or not sandbox:
            return self.by_url
        return DefaultService(sandbox, self.sandbox_sender, is_sandbox=True)


def provided(config: Config) -> Provided:
    """What the variables of the default service say, read once, for it is asked for often.

    Raises ConfigError for a URL or a From that can't be used, without repeating the URL.
    """
    by_url = _of_url(config) if config.default_url else None
    return Provided(by_url, _sender(FROM, config.default_from or LOCAL_SENDER))


def default_variable(config: Config) -> str:
    """The name of the variable by which the operator provides the default service."""
    return DEFAULT_URL if config.default_url else SANDBOX_VARIABLE


def operator_variable(values: Values, config: Config) -> str:
    """The variable that decides by which server mail of `values` leaves; empty where they do."""
    return "" if values.service is Service.CUSTOM else default_variable(config)


def _of_url(config: Config) -> DefaultService:
    try:
        url = urlsplit(config.default_url.reveal())
        parameters = _parameters(url)
        endpoint = _endpoint(url, parameters, config.ehlo_name)
    except rules.Refused as refused:
        raise ConfigError(DEFAULT_URL, f"can't be used: {refused} {_ADVICE}") from None
    except ValueError:  # the library's errors repeat parts of the DEFAULT_URL
        raise ConfigError(DEFAULT_URL, f"can't be used. {_ADVICE}") from None
    sender = _default_sender(config, parameters, endpoint)
    return DefaultService(endpoint, sender)


def _parameters(url: SplitResult) -> dict[str, str]:
    query = url.query.replace("+", "%2B")  # a plus sign is part of a mail address here
    pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), errors="strict")
    if not {name for name, _ in pairs} <= _PARAMETERS:
        raise ValueError("unknown parameter")
    if url.scheme != "smtp" or url.path not in {"", "/"} or url.fragment:
        raise ValueError("more than a server")
    return dict(pairs)


def _endpoint(url: SplitResult, parameters: Mapping[str, str], ehlo_name: str) -> Endpoint:
    tls = parameters.get("tls", TLSStart.AUTO)
    secured = tls not in _NO_TLS
    start = _TLS.get(tls) or rules.choice(tls, TLSStart) if secured else TLSStart.AUTO
    usual = IMPLICIT_TLS_PORT if start is TLSStart.IMPLICIT else DEFAULT_PORT
    password = unquote(url.password or "", errors="strict")
    auth = rules.choice(parameters.get("auth", Auth.AUTO), Auth)
    if auth is Auth.OAUTH2:
        raise ValueError("a URL has no place for what OAuth 2.0 needs")
    return Endpoint(
        server=rules.mail_server(url.hostname or ""),
        port=rules.port(str(usual if url.port is None else url.port)),
        tls=secured,
        tls_version=rules.choice(parameters.get("tls_version", TLSVersion.V1_2), TLSVersion),
        tls_start=start,
        username=rules.username(unquote(url.username or "", errors="strict")),
        password=rules.secret(password) if password else None,
        auth=auth,
        ehlo_name=ehlo_name,
    )


def _default_sender(config: Config, parameters: Mapping[str, str], endpoint: Endpoint) -> str:
    """The From that the operator set, else the user name if it is an address, else one of ours."""
    if config.default_from:
        return _sender(FROM, config.default_from)
    if parameters.get("from"):
        return _sender(DEFAULT_URL, parameters["from"])
    for address in (endpoint.username, f"{LOCAL_PART}@{endpoint.server}"):
        with suppress(rules.Refused):
            return rules.sender(address)
    return LOCAL_SENDER


def _sender(variable: str, text: str) -> str:
    try:
        return rules.sender(text)
    except rules.Refused as refused:
        raise ConfigError(variable, f"has a From that can't be used: {refused}") from None
