"""Sends what the database has to tell about alarms, where it has no pg_net to do it by itself. What is sent, to whom and when
again, it decides."""

from __future__ import annotations

import asyncio

import httpx

from basepool.config import Settings
from basepool.database import Database
from basepool.model import AlertMessage
from basepool.transport import Transport

_MAX_BATCH = 10
_PATIENCE_SECONDS = 10.0
"""For one of them; the lease of a message lasts 45 seconds."""


async def alert_once(database: Database, settings: Settings) -> int:
    """Send one bounded batch; what does not arrive costs itself. Returns how many did. Raises BasepoolError."""
    messages = await database.claim_alert_messages(max=_MAX_BATCH)
    if not messages:
        return 0
    async with httpx.AsyncClient(transport=Transport(_MAX_BATCH), timeout=_PATIENCE_SECONDS) as client:
        outcomes = await asyncio.gather(*(_send(database, client, message) for message in messages))
    return outcomes.count("sent")


async def _send(database: Database, client: httpx.AsyncClient, message: AlertMessage) -> str:
    status, error = None, None
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            answer = await client.post(message.url.get_secret_value(), json=message.body)
        status = answer.status_code
    # without their text, which may quote the URL
    except (TimeoutError, httpx.TimeoutException):
        error = "it did not answer in time"
    except (httpx.HTTPError, httpx.InvalidURL) as failure:
        error = f"it can't be reached ({type(failure).__name__})"
    return await database.record_alert_message(lease=message.lease, http_status=status, error=error)
