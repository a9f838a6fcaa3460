"""What has been silent for too long is asked for at Replicate, with a token of its own account."""

from __future__ import annotations

import asyncio
import logging

from glue.config import Settings
from glue.db import Database, Inquiry
from glue.replicate import Rejected, Replicate, TransportFailed

logger = logging.getLogger(__name__)

_BATCH = 50


async def reconcile_once(database: Database, replicate: Replicate, settings: Settings) -> int:
    """Mark unanswered calls as unknown and ask for silent predictions, up to a batch. Returns how many were asked for.
    Raises BasepoolError."""
    await database.expire_leases()
    inquiries = await database.claim_checks(worker=settings.worker_name, max=_BATCH)
    await asyncio.gather(*(_check(database, replicate, inquiry) for inquiry in inquiries))
    return len(inquiries)


async def _check(database: Database, replicate: Replicate, inquiry: Inquiry) -> None:
    if inquiry.token is None:
        await database.record_check_failed(
            attempt=inquiry.attempt_id, http_status=None, error="the account has no token left"
        )
        return
    try:
        prediction = await replicate.get(inquiry.token, inquiry.prediction_id)
    except Rejected as error:
        await database.record_check_failed(
            attempt=inquiry.attempt_id, http_status=error.status, error=f"HTTP {error.status}: {error.body[:200]}"
        )
    except TransportFailed as error:
        await database.record_check_failed(attempt=inquiry.attempt_id, http_status=None, error=str(error))
    else:
        outcome = await database.apply_prediction(attempt=inquiry.attempt_id, prediction=prediction, source="poll")
        logger.debug("prediction %s: %s (%s)", inquiry.prediction_id, prediction.get("status"), outcome)
