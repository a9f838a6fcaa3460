"""Who may say what became of a prediction: only the account that runs it, proved by its signature."""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import SecretStr
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError

_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
_TOLERANCE_SECONDS = 300
_MAX_ID_LENGTH = 256


class BadSignature(Exception):
    """Not signed with any of the secrets, or not now."""


class _Webhook(Webhook):
    """Signs bytes: what is genuine need not be UTF-8, and the library would not even look at it."""

    def sign(self, msg_id: str, timestamp: datetime, data: str) -> str:
        """`data`: the body, decoded with surrogateescape."""
        signed = f"{msg_id}.{int(timestamp.timestamp())}.{data}".encode("utf-8", "surrogateescape")
        return "v1," + base64.b64encode(hmac.digest(self._whsecret, signed, "sha256")).decode()


def check_headers(headers: Mapping[str, str]) -> None:
    """What can be told of a signature without the body it signs: it is all there, well-formed and of now. The library looks at
    the same again, when the body is there. Raises BadSignature."""
    given = {name: headers.get(name, "") for name in _HEADERS}
    if missing := [name for name, value in given.items() if not value]:
        raise BadSignature(f"header {missing[0]} is missing")
    id, timestamp, signature = given.values()
    if len(id) > _MAX_ID_LENGTH:
        raise BadSignature(f"header webhook-id is longer than {_MAX_ID_LENGTH} characters")
    try:
        age = time.time() - float(timestamp)
    except ValueError:
        raise BadSignature("header webhook-timestamp is no number of seconds") from None
    # in this form NaN is refused, too
    if not age <= _TOLERANCE_SECONDS:
        raise BadSignature("the timestamp is too old")
    if age < -_TOLERANCE_SECONDS:
        raise BadSignature("the timestamp is too new")
    if not any(each.startswith("v1,") for each in signature.split(" ")):
        raise BadSignature("the signature is malformed")


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[SecretStr]) -> str:
    """Check that one of `secrets` (whsec_…) signed the raw `body` within five minutes of now, in constant time, and return
    the webhook-id. The headers have been checked. Raises BadSignature. Source:
    https://replicate.com/docs/topics/webhooks/verify-webhook."""
    given = {name: headers[name] for name in _HEADERS}
    text = body.decode("utf-8", "surrogateescape")
    problem = "no secret is known for this account"
    for secret in secrets:
        try:
            _Webhook(secret.get_secret_value()).verify(text, given, json_parse=False)
        except WebhookVerificationError as error:
            problem = str(error)
        except (ValueError, EmptyWebhookSecretError):
            # the library raises these for a header or a body that is not even well-formed, and for a secret that is none
            problem = "the signature is malformed"
        else:
            return given["webhook-id"]
    raise BadSignature(problem)
