"""Access tokens by client credentials: one request, one answer (RFC 6749, section 4.4)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import quote_plus, urlencode

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.fault import NetworkFault, NetworkKind
from smtp_panel.net.https import Answer, BadURL, NotHTTP, post
from smtp_panel.net.network import Network
from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import OAuthClient
from smtp_panel.smtp.facts import OAuthReason
from smtp_panel.smtp.fault import Fault, oauth_fault
from smtp_panel.smtp.token_response import Grant, grant_in
from smtp_panel.smtp.transcript import Redactor

_FAILURES = {  # any other makes the endpoint UNREACHABLE
    NetworkKind.DNS_NOT_FOUND: OAuthReason.NAME_NOT_FOUND,
    NetworkKind.DNS_TEMPORARY: OAuthReason.NAME_TEMPORARY,
    NetworkKind.DNS_NO_ADDRESS: OAuthReason.NAME_NOT_FOUND,
    NetworkKind.TIMEOUT: OAuthReason.TIMEOUT,
    NetworkKind.TLS: OAuthReason.TLS,
    NetworkKind.CERTIFICATE: OAuthReason.CERTIFICATE,
    NetworkKind.BLOCKED: OAuthReason.BLOCKED,
}


def secrets_of(client: OAuthClient) -> list[Secret]:
    """What must not be shown of `client`: its secret, alone and as HTTP Basic sends it."""
    return [client.client_secret, Secret(_basic(client))]


def fetch(client: OAuthClient, deadline: Deadline, network: Network) -> Grant:
    """A new access token from the client's token endpoint.

    The client names itself in the form, as most endpoints want it, and by HTTP Basic where the
    endpoint asks for that (section 2.3.1). Raises Fault of Kind.OAUTH with an OAuthReason, and
    NetworkFault of NetworkKind.LOCAL.
    """
    form = {"grant_type": "client_credentials"}
    if client.scopes:
        form["scope"] = client.scopes
    named = {"client_id": client.client_id, "client_secret": client.client_secret.reveal()}
    answer = _post(client, form | named, {}, deadline, network)
    if answer.status == 401 and "basic" in answer.headers.get("WWW-Authenticate", "").lower():
        basic = base64.b64encode(_basic(client).encode()).decode()
        answer = _post(client, form, {"Authorization": f"Basic {basic}"}, deadline, network)
    found = grant_in(answer, Redactor(secrets_of(client)))
    if isinstance(found, Fault):
        raise found
    return found


def _basic(client: OAuthClient) -> str:
    return f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret.reveal())}"


def _post(
    client: OAuthClient,
    form: Mapping[str, str],
    headers: Mapping[str, str],
    deadline: Deadline,
    network: Network,
) -> Answer:
    usual = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    body = urlencode(form).encode()
    try:
        return post(client.token_endpoint, body, {**usual, **headers}, deadline, network)
    except BadURL as error:
        raise oauth_fault(OAuthReason.BAD_URL, str(error)) from None
    except NotHTTP:
        raise oauth_fault(OAuthReason.NOT_JSON, "the answer is no HTTP") from None
    except NetworkFault as fault:
        if fault.kind is NetworkKind.LOCAL:
            raise
        reason = _FAILURES.get(fault.kind, OAuthReason.UNREACHABLE)
        raise oauth_fault(reason, fault.error) from None
