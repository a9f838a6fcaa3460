"""What has been silent for too long is asked for at Replicate, with a token of its own account; what was lost is looked for
in the account's list of predictions, before anything is paid twice. What the app has made by itself and has not ended is
asked for as well, before the cleanup fails it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from dataclasses import dataclass
from uuid import UUID

from basepool.config import Settings
from basepool.database import Database
from basepool.errors import BasepoolError, LeaseLost, is_fault_of_database
from basepool.model import AppCheck, Inquiry, Search
from basepool.replicate import Batch, Rejected, Replicate, TransportFailed

logger = logging.getLogger(__name__)

_BATCH = 50
_SEARCHES = 5
# of 100 each: more than an account may create by default (600 a minute) in the longest time that one search is about
_MAX_PAGES = 100


@dataclass
class Reconciled:
    """What one run did."""

    asked: int = 0
    searched: int = 0
    found: int = 0
    absent: int = 0
    expired: int = 0
    settled: int = 0

    @property
    def is_idle(self) -> bool:
        """Whether there was nothing to do."""
        return not (self.asked or self.searched or self.expired or self.settled)


async def reconcile_once(database: Database, replicate: Replicate, settings: Settings) -> Reconciled:
    """Mark unanswered calls as unknown, settle what could not be settled before, ask for silent predictions and look for lost
    ones, up to a batch of each. Raises BasepoolError."""
    done = Reconciled(expired=await database.expire_leases(), settled=await database.settle_again())
    inquiries = await database.claim_checks(max=_BATCH)
    checks = await database.claim_app_checks(max=_BATCH)
    searches = await database.claim_searches(worker=settings.worker_name, max=_SEARCHES)
    done.asked, done.searched = len(inquiries) + len(checks), len(searches)
    # one that can't be recorded must not keep the others from it; the first error is for the caller
    results = await asyncio.gather(
        *(_check(database, replicate, inquiry) for inquiry in inquiries),
        *(_check_for_app(database, replicate, check) for check in checks),
        *(_search(database, replicate, search, done) for search in searches),
        return_exceptions=True,
    )
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return done


async def _check(database: Database, replicate: Replicate, inquiry: Inquiry) -> None:
    if inquiry.token is None:
        await database.record_check_failed(
            attempt=inquiry.attempt_id, http_status=None, error="no token of the account can be used"
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
        try:
            outcome = await database.apply_prediction(attempt=inquiry.attempt_id, prediction=prediction, source="poll")
        except BasepoolError as failed:
            if is_fault_of_database(failed):
                raise
            await database.record_check_failed(
                attempt=inquiry.attempt_id, http_status=200, error=f"the answer can't be applied: {failed.message}"
            )
            return
        logger.debug("prediction %s: %s (%s)", inquiry.prediction_id, prediction.get("status"), outcome)


async def _check_for_app(database: Database, replicate: Replicate, check: AppCheck) -> None:
    record = functools.partial(database.record_app_check, generation=check.generation_id, account=check.account_id)
    try:
        prediction = await replicate.get(check.token, check.prediction_id)
    except Rejected as error:
        outcome = await record(http_status=error.status, error=f"HTTP {error.status}: {error.body[:200]}")
    except TransportFailed as error:
        outcome = await record(error=str(error))
    else:
        try:
            outcome = await record(prediction=prediction)
        except BasepoolError as failed:
            if is_fault_of_database(failed):
                raise
            outcome = await record(http_status=200, error=f"the answer can't be applied: {failed.message}")
    logger.debug("prediction %s of generation %s: %s", check.prediction_id, check.generation_id, outcome)


async def _search(database: Database, replicate: Replicate, search: Search, done: Reconciled) -> None:
    """List what the account has made in the time in question; what is whose, and what is proved, the database says."""
    error: str | None = None
    is_complete = False
    if search.token is None:
        error = "no token of the account can be used"
    else:
        pages = 0
        try:
            async with contextlib.aclosing(
                replicate.list(search.token, search.created_after, search.created_before)
            ) as batches:
                async for batch in batches:
                    pages += batch.begins_page
                    if pages > _MAX_PAGES:
                        error = f"more than {_MAX_PAGES} pages"
                        break
                    await _match(database, replicate, search, batch, done)
                else:
                    is_complete = True
        except Rejected as refused:
            error = f"HTTP {refused.status}: {refused.body[:200]}"
        except TransportFailed as failed:
            error = str(failed)
    gone = await database.conclude_search(search=search.search_id, is_complete=is_complete, error=error)
    for attempt in gone:
        with contextlib.suppress(LeaseLost):
            decision = await database.record_not_found(attempt=attempt, search=search.search_id)
            done.absent += 1
            logger.warning("attempt %s: Replicate does not have it (%s)", attempt, decision)


async def _match(database: Database, replicate: Replicate, search: Search, batch: Batch, done: Reconciled) -> None:
    assert search.token
    # outputs and logs are large and say nothing about whose it is
    asked = [{key: value for key, value in each.items() if key not in {"output", "logs"}} for each in batch.predictions]
    by_id = {each["id"]: each for each in batch.predictions if isinstance(each.get("id"), str)}
    pairs: list[tuple[UUID, str]] = await database.match_predictions(
        search=search.search_id, predictions=asked, begins_page=batch.begins_page
    )
    for attempt, prediction_id in pairs:
        try:
            prediction = by_id[prediction_id]
            if not prediction.is_whole:
                # the list has no room for what is large, and it was paid for
                prediction = await replicate.get(search.token, prediction_id)
            outcome = await database.apply_prediction(attempt=attempt, prediction=prediction, source="search")
        except BasepoolError as error:
            # its own webhook is being applied at this moment, or its end can't be settled now; it is looked for again
            logger.info("attempt %s: %s %s", attempt, error.code, error.message)
            continue
        except (Rejected, TransportFailed) as error:
            logger.info("attempt %s: asking for prediction %s failed: %s", attempt, prediction_id, error)
            continue
        done.found += outcome != "unchanged"
        logger.warning("attempt %s: found as prediction %s (%s)", attempt, prediction_id, outcome)
