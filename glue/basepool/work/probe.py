"""Suspended tokens come back by themselves: shortly before one is due, Replicate is asked whether it knows it again."""

from __future__ import annotations

import asyncio
import logging

from basepool.config import Settings
from basepool.database import Database
from basepool.model import TokenSecret
from basepool.replicate import Rejected, Replicate, TransportFailed

logger = logging.getLogger(__name__)

_BATCH = 10


async def probe_once(database: Database, replicate: Replicate, settings: Settings) -> int:
    """Ask about the suspended tokens that are due, up to a batch. Returns how many. Raises BasepoolError."""
    probes = await database.claim_probes(max=_BATCH)
    await asyncio.gather(*(_probe(database, replicate, probe) for probe in probes))
    return len(probes)


async def _probe(database: Database, replicate: Replicate, probe: TokenSecret) -> None:
    try:
        if probe.token is None:
            raise TransportFailed("unusable", probe.problem or "it has no secret")
        await replicate.account(probe.token)
    except Rejected as error:
        outcome = await database.record_probe(token_id=probe.token_id, http_status=error.status, body=error.body)
    except TransportFailed as error:
        outcome = await database.record_probe(token_id=probe.token_id, http_status=None, body=str(error))
    else:
        outcome = await database.record_probe(token_id=probe.token_id, http_status=200, body="")
    logger.info("token %s was asked about: %s", probe.token_id, outcome)
