"""The dispatch loop. Any number of them may run; what they may take, and when, the database says."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import signal
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from basepool.config import Settings
from basepool.database import Database
from basepool.errors import (
    BasepoolError,
    ConfigError,
    DatabaseNewer,
    DatabaseRefused,
    DatabaseUnreachable,
    NotMigrated,
    PoolUnavailable,
)
from basepool.incidents import Incidents
from basepool.replicate import Replicate
from basepool.store.keep import Keeper
from basepool.store.stores import open_store
from basepool.work.alert import alert_once
from basepool.work.dispatch import MAX_BATCH, cancel_once, claim, submit
from basepool.work.leases import Leases
from basepool.work.probe import probe_once
from basepool.work.reconcile import reconcile_once

logger = logging.getLogger(__name__)

_SEND_SECONDS = 0.002
_SIDE_SECONDS = 1.0
_MAX_SLEEP_SECONDS = 5.0
_MAX_LISTENING_SECONDS = 60.0
_MAX_BACKOFF_SECONDS = 30.0
_BEAT_SECONDS = 2.0
# a worker that is never idle has no hand free whenever it is asked, but for a moment in between
_MOMENT_SECONDS = 3.0
_DOING = {
    "lease": "claims",
    "empty": "has nothing to do",
    "busy": "waits",
    "dead": "has no usable token",
}


class Worker:
    """Claims while it has free hands, sleeps while it has not or nothing can be claimed."""

    def __init__(self, settings: Settings, database: Database, replicate: Replicate) -> None:
        self._settings = settings
        self._database = database
        self._replicate = replicate
        self._leases = Leases(database, settings)
        self._calls: set[asyncio.Task[str]] = set()
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._last_reason: str | None = None
        self._listens = False
        self._incidents = Incidents()
        self._refused: BasepoolError | None = None
        self._doing = "starts"
        self._free_at = time.monotonic()
        self._findings = Incidents()
        self._has_alerts = asyncio.Event()
        self._keeper: Keeper | None = None
        self._is_finishing = False

    def stop(self) -> None:
        """Claim nothing more; `run` returns when the calls under way are done, or its grace time is over."""
        if self._stopping.is_set():
            logger.warning("told to stop twice: not waiting for %s calls", len(self._calls))
            for call in self._calls:
                call.cancel()
        self._stopping.set()
        self._wake.set()
        if self._keeper:
            self._keeper.stop()

    async def run(self, *, until_empty: bool = False) -> None:
        """Work until `stop`; with `until_empty`, until nothing waits and nothing runs. Survives the loss of the database.
        Raises NotMigrated or DatabaseNewer, when its calls have ended, where the database is of a release that does not go with
        ours."""
        sides = [
            asyncio.create_task(self._listen(), name="listen"),
            asyncio.create_task(self._beat(), name="beat"),
            asyncio.create_task(self._alert(), name="alert"),
            *(asyncio.create_task(self._repeat(what, work), name=what) for what, work in self._side_work().items()),
        ]
        keeping = asyncio.create_task(self._keep(), name="keep outputs")
        try:
            async with self._leases.renewing():
                await self._dispatch(until_empty)
                await asyncio.gather(self._drain(), self._keep_the_rest(keeping))
            if self._refused:
                raise self._refused
        finally:
            for side in (*sides, keeping):
                side.cancel()
            await asyncio.gather(*sides, keeping, return_exceptions=True)
            with contextlib.suppress(BasepoolError):
                await self._say_that_it_lives(stops=True)

    async def _dispatch(self, until_empty: bool) -> None:
        failures = 0
        has_looked = False
        while not self._stopping.is_set():
            self._wake.clear()
            free = self._settings.worker_concurrency - len(self._calls)
            if free <= 0:
                self._doing = "waits for a free hand"
                await asyncio.wait(self._calls, return_when=asyncio.FIRST_COMPLETED)
                continue
            self._free_at = time.monotonic()
            try:
                asked = min(free, MAX_BATCH)
                answer = await claim(self._database, self._settings, limit=asked)
            except (NotMigrated, DatabaseNewer) as error:
                # of another release, and no time will mend that
                self._refused = error
                return
            except BasepoolError as error:
                failures += 1
                self._doing = f"can't claim: {error.code} {error.message}"
                self._fails("claiming", error)
                await self._sleep(min(_MAX_SLEEP_SECONDS, 0.5 * 2 ** min(failures, 10)) * (0.5 + random.random() / 2))
                continue
            if failures:
                self._incidents.end("claiming", "claiming works again")
                failures = 0
            self._doing = _DOING[answer.answer] + (f": {answer.reason}" if answer.answer in {"busy", "dead"} else "")
            for lease in answer.leases:
                call = asyncio.create_task(submit(self._database, self._replicate, self._settings, self._leases, lease))
                self._calls.add(call)
                call.add_done_callback(self._done)
            if 0 < len(answer.leases) < asked:
                # nothing else waits, so these are sent before anybody looks again
                await asyncio.sleep(_SEND_SECONDS)
            # a submit notifies from the commit of a claim that found nothing on; what came before is found by looking again
            has_looked = answer.answer != "lease" and not has_looked
            if answer.answer == "lease" or has_looked:
                continue
            if until_empty and answer.answer == "empty" and answer.busy_until is None and await self._is_idle():
                return
            self._say(answer.answer, answer.reason)
            if until_empty and answer.answer == "dead" and not self._calls:
                raise PoolUnavailable(f"no token is usable: {answer.reason}")
            await self._sleep(self._pause(answer.answer, answer.busy_until))

    def _side_work(self) -> dict[str, Callable[[], Awaitable[int]]]:
        """What is done beside the calls; each returns how much there was to do."""
        return {
            "cancelling": lambda: cancel_once(self._database, self._replicate, self._settings),
            "reconciling": self._reconcile,
            "probing": lambda: probe_once(self._database, self._replicate, self._settings),
        }

    async def _reconcile(self) -> int:
        return 0 if (await reconcile_once(self._database, self._replicate, self._settings)).is_idle else 1

    async def _keep(self) -> None:
        """Copy outputs into the store, beside everything else."""
        try:
            store = open_store(self._settings)
        except ConfigError as error:
            # that files wait is a finding
            logger.warning("outputs are not kept: %s %s", error.message, error.hint)
            return
        try:
            while not self._stopping.is_set():
                self._keeper = Keeper(self._database, self._settings, store)
                if self._is_finishing:
                    self._keeper.finish()
                try:
                    await self._keeper.run()
                except ConfigError as error:
                    self._fails("keeping outputs", error)
                except Exception:
                    logger.exception("unexpected")
                if self._is_finishing:
                    return
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), _MAX_SLEEP_SECONDS)
        finally:
            await store.close()

    async def _keep_the_rest(self, keeping: asyncio.Task[None]) -> None:
        """Once nothing is sent any more: what is under way, and unless it was told to stop, what is due."""
        self._is_finishing = True
        if self._keeper:
            if self._stopping.is_set():
                self._keeper.stop()
            else:
                self._keeper.finish()
        await asyncio.wait({keeping})

    async def _is_idle(self) -> bool:
        """Nothing waits here, and nothing runs at Replicate that might have to be tried again."""
        status = await self._database.get_status()
        if self._calls or status["unread"]:
            return False
        return not sum(status["attempts"].values()) and not status["queue"]["waiting"]

    def _pause(self, answer: str, busy_until: datetime | None) -> float:
        """How long to sleep unless somebody notifies: until the database says, or until the next look. Without LISTEN
        nobody notifies, so looks are needed in between."""
        if busy_until is not None:
            seconds = (busy_until - datetime.now(UTC)).total_seconds()
            return min(max(seconds, 0.001), _MAX_LISTENING_SECONDS if self._listens else _MAX_SLEEP_SECONDS)
        return _MAX_SLEEP_SECONDS if answer == "dead" else self._settings.worker_poll_seconds

    def _say(self, answer: str, reason: str | None) -> None:
        """Why nothing can be claimed, once per reason."""
        if answer == "dead" and reason != self._last_reason:
            logger.error("no token is usable: %s", reason)
        elif answer == "busy" and reason != self._last_reason:
            logger.info("waiting: %s", reason)
        self._last_reason = reason

    def _done(self, call: asyncio.Task[str]) -> None:
        self._calls.discard(call)
        if not call.cancelled() and call.exception():
            logger.error("a call ended unexpectedly", exc_info=call.exception())
        self._wake.set()

    async def _beat(self) -> None:
        """Say every few seconds that it lives, and log what it hears to be wrong."""
        while True:
            try:
                await self._say_that_it_lives()
            except (NotMigrated, DatabaseNewer) as error:
                self._refused = error
                self.stop()
                return
            except BasepoolError as error:
                self._fails("heartbeat", error)
            except Exception:
                logger.exception("unexpected")
            else:
                self._incidents.end("heartbeat", "heartbeat works again")
            await asyncio.sleep(_BEAT_SECONDS)

    async def _say_that_it_lives(self, *, stops: bool = False) -> None:
        calls = len(self._calls)
        was_free = time.monotonic() < self._free_at + _MOMENT_SECONDS
        doing = f"stops, {calls} calls are under way" if self._stopping.is_set() else self._doing
        beat = await self._database.heartbeat(
            worker=self._settings.worker_name,
            doing=None if stops else doing,
            hands=self._settings.worker_concurrency,
            hands_free=max(self._settings.worker_concurrency - calls, int(was_free)),
            orders_webhooks=self._settings.public_url is not None,
        )
        if beat.has_alerts:
            self._has_alerts.set()
        findings = beat.findings
        # what this one can't do it says as it happens
        findings.pop(f"cant-claim-{self._settings.worker_name}", None)
        if findings.pop("unread", None) is None:
            self._findings.update(findings, "over")
            return
        # not all could be looked at, so what is missing is not over
        for name, text in findings.items():
            self._findings.begin(name, text)

    async def _alert(self) -> None:
        """Send alarms when a heartbeat has told of some. Beside it: a slow receiver must not keep the heart waiting."""
        while True:
            await self._has_alerts.wait()
            self._has_alerts.clear()
            try:
                await alert_once(self._database, self._settings)
            except BasepoolError as error:
                self._fails("sending alarms", error)
            except Exception:
                logger.exception("unexpected")
            else:
                self._incidents.end("sending alarms", "sending alarms works again")

    async def _drain(self) -> None:
        if not self._calls:
            return
        logger.info("stopping: waiting up to %g s for %s calls", self._settings.worker_grace_seconds, len(self._calls))
        _, left = await asyncio.wait(self._calls, timeout=self._settings.worker_grace_seconds)
        for call in left:
            call.cancel()
        if left:
            logger.warning("stopped with %s calls unanswered; the database finds out what became of them", len(left))
            await asyncio.gather(*left, return_exceptions=True)

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)

    async def _listen(self) -> None:
        """Wake at every NOTIFY. Where that is not to be had (a pooler), the queue is polled all the same."""
        failures = 0
        while True:
            try:
                async for _ in self._database.listen():
                    failures = 0
                    self._listens = True
                    self._wake.set()
            except BasepoolError as error:
                self._listens = False
                failures += 1
                if failures == 1 and not isinstance(error, DatabaseUnreachable):
                    logger.warning(
                        "not listening (%s), polling every %g s", error.message, self._settings.worker_poll_seconds
                    )
            await asyncio.sleep(min(_MAX_BACKOFF_SECONDS, 2.0 ** min(failures, 10)) * (0.5 + random.random() / 2))

    def _fails(self, what: str, error: BasepoolError) -> None:
        """Say so once, unless the database has said it (`Database`)."""
        if not isinstance(error, DatabaseUnreachable | DatabaseRefused):
            self._incidents.begin(what, f"{what} failed: {error.code} {error.message}")

    async def _repeat(self, what: str, work: Callable[[], Awaitable[int]]) -> None:
        """Do `work` every second, at once again while there was some, more slowly while it fails."""
        failures = 0
        while True:
            seconds = _SIDE_SECONDS
            try:
                done = await work()
                failures = 0
                self._incidents.end(what, f"{what} works again")
                seconds = 0.05 if done else _SIDE_SECONDS
            except BasepoolError as error:
                failures += 1
                seconds = min(_MAX_BACKOFF_SECONDS, 2.0 ** min(failures, 10))
                self._fails(what, error)
            except Exception:
                logger.exception("unexpected")
                seconds = _MAX_SLEEP_SECONDS
            await asyncio.sleep(seconds * (0.75 + random.random() / 2))


async def work(settings: Settings, *, until_empty: bool = False) -> None:
    """Run a worker until SIGTERM or SIGINT. Raises DatabaseUnreachable and others at the start only."""
    async with Database.open(settings) as database, Replicate(settings) as replicate:
        # not migrated, or without the rights: better said now than at night
        await database.health()
        worker = Worker(settings, database, replicate)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.stop)
        logger.info("worker %s: up to %s calls at once", settings.worker_name, settings.worker_concurrency)
        await worker.run(until_empty=until_empty)
        logger.info("worker %s: stopped", settings.worker_name)
