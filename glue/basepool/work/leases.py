"""Leases are short, so that a dead worker's calls are found out soon. Who lives renews them while its calls are under way."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import UUID

from basepool.config import Settings
from basepool.database import Database
from basepool.errors import BasepoolError

logger = logging.getLogger(__name__)

# the database writes only what is past a third of its time, so this costs next to nothing
_RENEW_SECONDS = 1.0


class Leases:
    """The calls of this process that are under way."""

    def __init__(self, database: Database, settings: Settings) -> None:
        """Nothing is renewed before `renewing` is entered."""
        self._database = database
        self._worker = settings.worker_name
        self._held: set[UUID] = set()
        self._lost: set[UUID] = set()

    @contextlib.contextmanager
    def hold(self, attempt: UUID) -> Iterator[None]:
        """Renew the lease on `attempt` while this is entered."""
        self._held.add(attempt)
        try:
            yield
        finally:
            self._held.discard(attempt)
            self._lost.discard(attempt)

    @asynccontextmanager
    async def renewing(self) -> AsyncIterator[None]:
        """Renew what is held, as long as this is entered."""
        task = asyncio.create_task(self._renew(), name="renew leases")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            if not (asked := list(self._held)):
                continue
            try:
                kept = await self._database.renew_leases(worker=self._worker, attempts=asked)
            except BasepoolError as error:
                # they run out then, and the answers are found out; the calls go on
                logger.debug("leases could not be renewed: %s %s", error.code, error.message)
                continue
            if lost := (set(asked) - kept - self._lost) & self._held:
                self._lost |= lost
                logger.warning("%s leases were lost: others find out what became of those calls", len(lost))
