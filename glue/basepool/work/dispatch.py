"""From the database to Replicate and back: claim, call, record. No database connection is held while HTTP is under way,
and nothing is decided here: what an answer means is for the database to say."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from basepool.config import Settings
from basepool.database import Database
from basepool.errors import BasepoolError, DatabaseRefused, DatabaseUnreachable, LeaseLost, is_fault_of_database
from basepool.model import Claim, Inquiry, Lease
from basepool.replicate import Rejected, Replicate, TransportFailed
from basepool.work.leases import Leases

logger = logging.getLogger(__name__)
T = TypeVar("T")

MAX_BATCH = 50
_RECORD_TRIES = 10
_CANCEL_BATCH = 20


@dataclass
class Outcome:
    """What one cycle did."""

    claimed: int = 0
    submitted: int = 0
    rejected: int = 0
    unknown: int = 0
    answer: str = "empty"
    reason: str | None = None


def webhook_url(settings: Settings, lease: Lease) -> str | None:
    """Where Replicate announces what becomes of this lease: the URL carries the attempt, so that a prediction whose
    answer was lost is known again. None where nobody can be reached."""
    if settings.public_url is None:
        return None
    return f"{settings.public_url}/webhooks/replicate?attempt={lease.attempt_id}"


async def dispatch_once(database: Database, replicate: Replicate, settings: Settings, *, limit: int) -> Outcome:
    """Claim up to `limit` generations, send them, record the answers. Raises BasepoolError if the claim fails."""
    answer = await claim(database, settings, limit=limit)
    outcome = Outcome(claimed=len(answer.leases), answer=answer.answer, reason=answer.reason)
    leases = Leases(database, settings)
    async with leases.renewing():
        for result in await asyncio.gather(
            *(submit(database, replicate, settings, leases, lease) for lease in answer.leases)
        ):
            outcome.submitted += result == "submitted"
            outcome.rejected += result == "rejected"
            outcome.unknown += result == "unknown"
    return outcome


async def claim(database: Database, settings: Settings, *, limit: int) -> Claim:
    """Claim up to `limit` generations for this worker."""
    return await database.claim_generations(worker=settings.worker_name, max=min(limit, MAX_BATCH))


async def submit(database: Database, replicate: Replicate, settings: Settings, leases: Leases, lease: Lease) -> str:
    """Send one lease and record what Replicate said: submitted, rejected or unknown. Does not raise: an answer that can't
    be recorded is found out later by the database."""
    with leases.hold(lease.attempt_id):
        return await _submit(database, replicate, settings, lease)


async def _submit(database: Database, replicate: Replicate, settings: Settings, lease: Lease) -> str:
    url = webhook_url(settings, lease)
    try:
        prediction = await replicate.create(lease, url)
    except Rejected as error:
        rejection: tuple[str, int | None, str] = ("http", error.status, error.body)
    except TransportFailed as error:
        rejection = ("transport", None, str(error))
    except Exception as error:
        # a fault of ours: whether it was sent is not known
        logger.exception("attempt %s: creating failed", lease.attempt_id)
        rejection = ("transport", None, f"reset: {type(error).__name__}")
    else:
        try:
            recorded = await _record(
                lambda: _record_submitted(database, lease, prediction, has_webhook=url is not None), lease
            )
        except BasepoolError as error:
            # accepted, but not as a prediction that we could know again: the same as no answer
            logger.error("attempt %s: recording failed: %s %s", lease.attempt_id, error.code, error.message)
            rejection = ("transport", None, f"reset: the answer can't be recorded: {error.message}")
        else:
            logger.info("generation %s: submitted with token %s (%s)", lease.generation_id, lease.token_id, recorded)
            return "submitted"
    source, status, body = rejection
    verdict = None
    try:
        verdict = await _record(
            lambda: database.record_rejected(attempt=lease.attempt_id, source=source, status=status, body=body), lease
        )
    except BasepoolError as error:
        logger.error("attempt %s: recording failed: %s %s", lease.attempt_id, error.code, error.message)
    if verdict is None:
        return "unknown"
    logger.warning(
        "generation %s: %s with token %s, rule %s: %s",
        lease.generation_id,
        f"HTTP {status}" if status else body.split(" ", 1)[0].rstrip(":"),
        lease.token_id,
        verdict.rule,
        verdict.decision,
    )
    return "unknown" if verdict.decision == "find_out" else "rejected"


async def _record_submitted(database: Database, lease: Lease, prediction: dict[str, Any], *, has_webhook: bool) -> str:
    try:
        return await database.record_submitted(attempt=lease.attempt_id, prediction=prediction, has_webhook=has_webhook)
    except LeaseLost as error:
        # it exists and costs money: it is kept, to be cancelled, or for an equal one that waits
        logger.warning("attempt %s: %s", lease.attempt_id, error.message)
        return await database.apply_prediction(attempt=lease.attempt_id, prediction=prediction, source="late")


async def _record(work: Callable[[], Awaitable[T]], lease: Lease) -> T | None:
    """Record an answer, patiently: it is in hand, and a database that restarts comes back. Gives up in the end; the
    database then finds out by itself, from webhook or reconcile. Raises BasepoolError where it is the answer's fault."""
    for number in range(_RECORD_TRIES):
        try:
            return await work()
        except (DatabaseUnreachable, DatabaseRefused):
            await asyncio.sleep(min(10, 0.2 * 2**number) * (0.5 + random.random()))
        except LeaseLost as error:
            logger.warning("attempt %s: %s", lease.attempt_id, error.message)
            return None
    logger.error("attempt %s: the database did not come back, its answer is left to be found out", lease.attempt_id)
    return None


async def cancel_once(database: Database, replicate: Replicate, settings: Settings) -> int:
    """Cancel at Replicate what is to be cancelled there. Returns how many were dealt with. Raises BasepoolError."""
    inquiries = await database.claim_cancellations(max=_CANCEL_BATCH)
    await asyncio.gather(*(_cancel(database, replicate, inquiry) for inquiry in inquiries))
    return len(inquiries)


async def _cancel(database: Database, replicate: Replicate, inquiry: Inquiry) -> None:
    if inquiry.token is None:
        await database.record_cancellation(
            attempt=inquiry.attempt_id, http_status=None, error="no token of the account can be used"
        )
        return
    try:
        prediction = await replicate.cancel(inquiry.token, inquiry.prediction_id)
    except Rejected as error:
        await database.record_cancellation(
            attempt=inquiry.attempt_id, http_status=error.status, error=f"HTTP {error.status}: {error.body[:200]}"
        )
    except TransportFailed as error:
        await database.record_cancellation(attempt=inquiry.attempt_id, http_status=None, error=str(error))
    else:
        try:
            await database.apply_prediction(attempt=inquiry.attempt_id, prediction=prediction, source="cancel")
        except BasepoolError as error:
            if is_fault_of_database(error):
                raise
            # it was cancelled all the same
            logger.warning(
                "attempt %s: the answer to its cancel can't be applied: %s", inquiry.attempt_id, error.message
            )
        await database.record_cancellation(attempt=inquiry.attempt_id, http_status=200)
        logger.info("prediction %s: cancelled at Replicate", inquiry.prediction_id)
