"""Access tokens by client credentials: one request, one answer (RFC 6749, section 4.4)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import quote_plus, urlencode

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.exchange import HTTPAnswer, NotHTTP
from smtp_panel.net.fault import NetworkFault, NetworkKind
from smtp_panel.net.https import BadURL, post
from smtp_panel.net.network import Network
from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import OAuthClient
from smtp_panel.smtp.facts import OAuthReason
from smtp_panel.smtp.fault import Fault, oauth_fault
from smtp_panel.smtp.token_response import Grant, grant_in
from smtp_panel.smtp.transcript import Redactor
from smtp_panel.words import N_, Sentence

# What a broken environment holds goes out as it is, for the endpoint to refuse: the library's error
# about it would quote it.
NO_TEXT = "surrogatepass"
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


def typed_of(client: OAuthClient) -> list[str]:
    """What is entered in the open beside the secret of `client`, and may come back."""
    return [client.client_id, client.token_endpoint, client.scopes]


def fetch(client: OAuthClient, deadline: Deadline, network: Network) -> Grant:
    """A new access token from the client's token endpoint.

    The client names itself in the form, as most endpoints want it, and by HTTP Basic where the
    endpoint asks for that (section 2.3.1). Raises Fault of FaultKind.OAUTH with an OAuthReason,
    and NetworkFault of NetworkKind.LOCAL.
    """
    network = network.looking_up_once()
    answer = _post(client, _form(client, named=True), {}, deadline, network)
    if answer.status == 401 and "basic" in answer.headers.get("www-authenticate", "").lower():
        headers = {"Authorization": _basic_header(client)}
        answer = _post(client, _form(client, named=False), headers, deadline, network)
    found = grant_in(answer, Redactor(secrets_of(client), typed_of(client)))
    if isinstance(found, Fault):
        raise found
    return found


def _form(client: OAuthClient, *, named: bool) -> Secret:
    fields = {"grant_type": "client_credentials"}
    if client.scopes:
        fields["scope"] = client.scopes
    if named:
        fields |= {"client_id": client.client_id, "client_secret": client.client_secret.reveal()}
    return Secret(urlencode(fields, errors=NO_TEXT))


def _basic_header(client: OAuthClient) -> Secret:
    return Secret(f"Basic {base64.b64encode(_basic(client).encode()).decode()}")


def _basic(client: OAuthClient) -> str:
    named = (client.client_id, client.client_secret.reveal())
    return ":".join(quote_plus(each, errors=NO_TEXT) for each in named)


def _post(
    client: OAuthClient,
    form: Secret,
    headers: Mapping[str, Secret],
    deadline: Deadline,
    network: Network,
) -> HTTPAnswer:
    usual = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    try:
        return post(client.token_endpoint, form, {**usual, **headers}, deadline, network)
    except BadURL as error:
        raise oauth_fault(OAuthReason.BAD_URL, error.why) from None
    except NotHTTP:
        raise oauth_fault(OAuthReason.NOT_JSON, Sentence(N_("the answer is no HTTP"))) from None
    except NetworkFault as fault:
        if fault.kind is NetworkKind.LOCAL:
            raise
        reason = _FAILURES.get(fault.kind, OAuthReason.UNREACHABLE)
        raise oauth_fault(reason, fault.error) from None
