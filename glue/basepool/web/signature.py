"""Who may say what became of a prediction: only the account that runs it, proved by its signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import SecretStr
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError

_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


class BadSignature(Exception):
    """Not signed with any of the secrets, or not now."""


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[SecretStr]) -> str:
    """Check that one of `secrets` (whsec_…) signed the raw `body` within five minutes of now, in constant time, and return
    the webhook-id. Raises BadSignature. Source: https://replicate.com/docs/topics/webhooks/verify-webhook."""
    if missing := [name for name in _HEADERS if not headers.get(name)]:
        raise BadSignature(f"header {missing[0]} is missing")
    given = {name: headers[name] for name in _HEADERS}
    problem = "no secret is known for this account"
    for secret in secrets:
        try:
            Webhook(secret.get_secret_value()).verify(body, given, json_parse=False)
        except WebhookVerificationError as error:
            problem = str(error)
        except (ValueError, EmptyWebhookSecretError):
            # the library raises these for a header or a body that is not even well-formed, and for a secret that is none
            problem = "the signature is malformed"
        else:
            return given["webhook-id"]
    raise BadSignature(problem)
