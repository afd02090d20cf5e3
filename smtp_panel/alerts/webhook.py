"""One road that alerts take: a web server of the operator's, told by Standard Webhooks (SPEC W8).

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask_babel import force_locale
from standardwebhooks import Webhook as Signer

from smtp_panel.alerts.event import AlertEvent
from smtp_panel.alerts.shapes import Format, format_for, shaped
from smtp_panel.alerts.told import NotTold
from smtp_panel.config import Config
from smtp_panel.net import https
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.exchange import NotHTTP
from smtp_panel.net.fault import NetworkFault, NetworkKind
from smtp_panel.net.network import Network
from smtp_panel.secret import Secret
from smtp_panel.storage import utcnow
from smtp_panel.words import N_, Sentence

SECONDS = 10.0  # for an answer; what it says is not of interest
AGENT = "SMTP-Panel"
FAULTS = {
    NetworkKind.TIMEOUT: N_("It did not answer in time."),
    NetworkKind.REFUSED: N_("Nobody listens there: the connection was refused."),
    NetworkKind.DNS_NOT_FOUND: N_("The name of the host is not known."),
    NetworkKind.DNS_NO_ADDRESS: N_("The name of the host has no address."),
    NetworkKind.CERTIFICATE: N_("Its certificate is not trusted."),
    NetworkKind.BLOCKED: N_("Its address is one that the panel never connects to."),
}
UNREACHABLE = N_("It can't be reached.")
NOT_HTTP = N_("What answers there is not a web server.")
NOT_ALLOWED = N_("Its URL must begin with https://, unless it is on this machine.")
ANSWERED = N_("It answered %(status)s.")


@dataclass(frozen=True, slots=True)
class Webhook:
    """The receiver at `url`, which takes alerts in a `format`; without a `secret` none is signed.

    People read them there in `language`. The operator chose it, so that it may be in a private
    network.
    """

    url: Secret
    secret: Secret
    format: Format
    language: str

    def post(self, key: str, event: AlertEvent, network: Network | None = None) -> None:
        """Tell of `event`, under the `key` by which the receiver knows a repetition.

        Takes at most 10 seconds. Raises NotTold unless the answer is 2xx; no redirect is followed.
        """
        with force_locale(self.language):
            body = json.dumps(shaped(event, self.format))
        try:
            answer = https.post(
                self.url.reveal(),
                Secret(body),
                self._headers(key, body),
                Deadline(SECONDS),
                network or Network(),
            )
        except NetworkFault as fault:
            raise NotTold(Sentence(FAULTS.get(fault.kind, UNREACHABLE))) from None
        except NotHTTP:
            raise NotTold(Sentence(NOT_HTTP)) from None
        except https.BadURL:
            raise NotTold(Sentence(NOT_ALLOWED)) from None
        if not 200 <= answer.status < 300:
            raise NotTold(Sentence(ANSWERED, {"status": str(answer.status)}))

    def _headers(self, key: str, body: str) -> dict[str, str]:
        now = utcnow()
        headers = {
            "User-Agent": AGENT,
            "Content-Type": "application/json",
            "webhook-id": key,
            "webhook-timestamp": str(int(now.timestamp())),
        }
        if self.secret:
            signer = Signer(self.secret.reveal())
            headers["webhook-signature"] = signer.sign(key, now, body)
        return headers


def webhook_of(config: Config) -> Webhook | None:
    """The receiver that the operator names; None where there is none."""
    if not config.alert_webhook:
        return None
    host = urlsplit(config.alert_webhook.reveal()).hostname or ""
    chosen = config.alert_format
    wanted = format_for(host) if chosen == "auto" else Format(chosen)
    return Webhook(config.alert_webhook, config.alert_secret, wanted, config.alert_language)
