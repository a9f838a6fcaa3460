"""Whether the database can do its work, for /readyz: answered within a second, whatever has happened to it."""

from __future__ import annotations

import asyncio
import logging
import math
import time

from basepool.database import Database
from basepool.errors import BasepoolError, DatabaseUnreachable

logger = logging.getLogger(__name__)

_PATIENCE_SECONDS = 0.7
# strangers may ask as often as they like, and each look is a connection
_KEEP_SECONDS = 0.2
_CRON_IS_SILENT = "pg_cron runs no jobs: does it run, and in this database?"


class Readiness:
    """One look at a time, shared by all who ask meanwhile and shortly after. One that hangs is not given up: when it ends, the
    database is back or known to be gone; and there is never more than one."""

    def __init__(self, database: Database) -> None:
        """Nothing is asked before the first `check`."""
        self._database = database
        self._look: asyncio.Task[None] | None = None
        self._looked_at = -math.inf
        self._problem: BasepoolError | None = None
        self._warnings: list[str] = []

    async def check(self) -> list[str]:
        """What is wrong although it can work, if the database is there, migrated and writable. Raises BasepoolError."""
        if self._look is None or (self._look.done() and time.monotonic() > self._looked_at + _KEEP_SECONDS):
            self._look = asyncio.create_task(self._take())
        await asyncio.wait({self._look}, timeout=_PATIENCE_SECONDS)
        if self._look.done():
            self._look.result()
        else:
            self._tell(
                DatabaseUnreachable(
                    "the database does not answer",
                    "It is overloaded or frozen, or somebody holds a lock: basepool status, pg_locks.",
                )
            )
        if self._problem:
            raise self._problem
        return self._warnings

    async def close(self) -> None:
        """Give up what is under way."""
        if self._look:
            self._look.cancel()

    async def _take(self) -> None:
        try:
            health = await self._database.health_of_new_connection()
        except BasepoolError as error:
            self._tell(error)
        else:
            self._warnings = [_CRON_IS_SILENT] if health["cron_is_silent"] else []
            self._tell(None if health["ok"] else DatabaseUnreachable("the database is read-only", "It is a standby."))
        self._looked_at = time.monotonic()

    def _tell(self, problem: BasepoolError | None) -> None:
        """One line when it begins, one when it ends."""
        if problem and not self._problem:
            logger.error("not ready: %s %s", problem.code, problem.message)
        elif self._problem and not problem:
            logger.warning("ready again")
        self._problem = problem
