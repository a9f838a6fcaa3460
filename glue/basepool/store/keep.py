"""Keeps outputs: claims those that are due, nearest deadline first, copies each from its source into the store, and says
what came of it. What follows from that is for the database to say."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp

from basepool.config import Settings
from basepool.database import Database
from basepool.errors import BasepoolError, is_fault_of_database
from basepool.incidents import Incidents
from basepool.model import OutputFile
from basepool.redaction import describe, redact
from basepool.store import kinds, pictures
from basepool.store.base import Store, StoreFailed, StoreRefused
from basepool.store.fetch import Fetched, NotFetched, fetch
from basepool.store.spool import Budget, Spool
from basepool.store.upload import make_session

logger = logging.getLogger(__name__)

_MAX_CLAIM = 100
_MAX_RESULTS = 1000
_DELETED_AT_ONCE = 100
# those that end together are recorded, and those after them claimed, together
_GATHER_SECONDS = 0.02
_RENEW_SECONDS = 1.0
_DELETE_SECONDS = 2.0
_MAX_BACKOFF_SECONDS = 30.0
_RECORD_TRIES = 2
_INTERRUPTED = {"outcome": "failed", "code": "interrupted", "error": "its worker stopped"}

Heard = Callable[["Kept"], None]


@dataclasses.dataclass
class Kept:
    """What was done."""

    claimed: int = 0
    stored: int = 0
    waiting: int = 0
    failed: int = 0
    lost: int = 0
    deleted: int = 0


class Keeper:
    """Copies as many at once as it has hands, renews the leases of those, and records them in sets; deletes from the store
    what is to go. Any number of them may run."""

    def __init__(self, database: Database, settings: Settings, store: Store, heard: Heard | None = None) -> None:
        """Nothing is done before `run`. `heard` is called whenever something was recorded."""
        self._database = database
        self._settings = settings
        self._store = store
        self._heard = heard or (lambda _: None)
        self._copies: dict[UUID, asyncio.Task[None]] = {}
        # whose leases are renewed: copies, and those whose results are still to be recorded
        self._held: set[UUID] = set()
        self._results: list[dict[str, Any]] = []
        self._has_results = asyncio.Event()
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._finishing = False
        self._budget = Budget(settings.store_bytes)
        self._incidents = Incidents()
        self.kept = Kept()

    def stop(self) -> None:
        """Claim nothing more; `run` returns when the copies under way are done, or its grace time is over. Told twice, it
        does not wait for them."""
        if self._stopping.is_set():
            for copy in self._copies.values():
                copy.cancel()
        self._stopping.set()
        self._wake.set()

    def finish(self) -> None:
        """Let `run` return as soon as nothing is due any more."""
        self._finishing = True
        self._wake.set()

    async def run(self, *, until: float | None = None) -> Kept:
        """Keep what is due until `stop`; with `until`, a moment of the loop's clock, no longer than that, and no longer
        than there is something. What is not done by then goes on with whoever comes next. Survives the loss of the
        database, but with `until` raises BasepoolError. Raises ConfigError where there is no folder to write to."""
        spool = await asyncio.to_thread(Spool, self._settings.effective_store_spool, "STORE_SPOOL")
        session = make_session(self._settings.store_concurrency)
        sides = [
            asyncio.create_task(self._renew(), name="renew leases of files"),
            asyncio.create_task(self._record_always(), name="record files"),
        ]
        if until is None:
            sides.append(asyncio.create_task(self._delete_always(), name="delete files"))
        try:
            if until is not None:
                await self._delete_once()
            await self._claim_always(spool, session, until)
            await self._drain(until)
        finally:
            await self._give_up(sides)
            await session.close()
            await asyncio.to_thread(spool.close)
        return self.kept

    async def _claim_always(self, spool: Spool, session: aiohttp.ClientSession, until: float | None) -> None:
        loop = asyncio.get_running_loop()
        failures = 0
        while not self._stopping.is_set() and (until is None or loop.time() < until):
            self._wake.clear()
            asked = min(self._settings.store_concurrency - len(self._copies), _MAX_CLAIM)
            files: list[OutputFile] = []
            if asked > 0:
                try:
                    files = await self._database.claim_output_files(worker=self._settings.worker_name, max=asked)
                except BasepoolError as error:
                    if until is not None:
                        raise
                    failures += 1
                    self._say_once("claiming files", error)
                    await self._sleep(min(_MAX_BACKOFF_SECONDS, 0.5 * 2 ** min(failures, 10)), until)
                    continue
                self._incidents.end("claiming files", "claiming files works again")
                failures = 0
            for file in files:
                self._start(spool, session, file)
            if len(files) < asked:
                # nothing else is due; who ends meanwhile makes no room that anybody needs
                if not self._copies and not self._results and (until is not None or self._finishing):
                    return
                self._wake.clear()
                is_ending = until is not None or self._finishing
                await self._sleep(0.1 if is_ending else self._settings.worker_poll_seconds, until, wakes=is_ending)
            else:
                await self._sleep(_MAX_BACKOFF_SECONDS, until, wakes=True)
                await asyncio.sleep(_GATHER_SECONDS)

    async def _sleep(self, seconds: float, until: float | None, *, wakes: bool = False) -> None:
        """For so long, but not beyond `until` or `stop`; with `wakes`, until a copy has ended."""
        if until is not None:
            seconds = min(seconds, max(0.0, until - asyncio.get_running_loop().time()))
        waited_for = self._wake if wakes else self._stopping
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(waited_for.wait(), seconds)

    def _start(self, spool: Spool, session: aiohttp.ClientSession, file: OutputFile) -> None:
        self.kept.claimed += 1
        self._held.add(file.lease)
        copy = asyncio.create_task(self._copy(spool, session, file))
        self._copies[file.lease] = copy
        copy.add_done_callback(lambda _: self._ended(file.lease))

    def _ended(self, lease: UUID) -> None:
        self._copies.pop(lease, None)
        self._wake.set()

    async def _drain(self, until: float | None) -> None:
        """Wait for copies under way, for the grace time, or until the moment until which there is time."""
        if not self._copies:
            return
        seconds = self._settings.worker_grace_seconds
        if until is not None:
            seconds = max(0.0, until - asyncio.get_running_loop().time())
        await asyncio.wait(self._copies.values(), timeout=seconds)

    async def _give_up(self, sides: list[asyncio.Task[None]]) -> None:
        """Say of all that is under way that it is not, so that the next one begins with it at once."""
        copies = list(self._copies.values())
        for copy in copies:
            copy.cancel()
        await asyncio.gather(*copies, return_exceptions=True)
        for side in sides:
            side.cancel()
        await asyncio.gather(*sides, return_exceptions=True)
        for _ in range(_RECORD_TRIES):
            try:
                await self._record()
                return
            except BasepoolError as error:
                # their leases run out, and somebody takes them over
                logger.debug("files could not be recorded: %s %s", error.code, error.message)
                await asyncio.sleep(_RENEW_SECONDS)

    # one copy

    async def _copy(self, spool: Spool, session: aiohttp.ClientSession, file: OutputFile) -> None:
        """Copy one, and leave its result to be recorded. Does not raise, but when it is cancelled."""
        result: dict[str, Any] = _INTERRUPTED
        try:
            result = {"outcome": "stored", **await self._keep(spool, session, file)}
        except NotFetched as error:
            result = _failed(error.code, str(error), error.retry_after)
        except StoreFailed as error:
            result = _failed("store_failed", str(error), error.retry_after)
        except StoreRefused as error:
            result = _failed(error.code, str(error))
        except OSError as error:
            # most likely there is no place left for files on their way
            result = _failed("store_failed", f"the spool: {error.strerror or type(error).__name__}")
        except Exception as error:
            logger.exception("generation %s: keeping file %s failed", file.generation_id, file.nth)
            result = _failed("store_failed", f"a fault of ours: {describe(error)}")
        finally:
            self._results.append(
                {"lease": str(file.lease), "generation_id": str(file.generation_id), "nth": file.nth, **result}
            )
            self._has_results.set()

    async def _keep(self, spool: Spool, session: aiohttp.ClientSession, file: OutputFile) -> dict[str, Any]:
        """What there is to say of one that is in the store now."""
        with self._budget.share() as share, spool.file() as path, spool.file(".webp") as thumb:
            fetched = await fetch(session, file.source_url, path, share, self._settings, file.max_bytes)
            kind = kinds.settle(kinds.sniff(fetched.head), fetched.extension, fetched.declared)
            picture = await pictures.make_thumbnail(path, kind, thumb)
            key = f"{file.key_hint}.{kind.extension}"
            await self._store.put(key, path, kind.content_type, is_inline=kind.is_inline)
            said = self._said(key, kind, fetched)
            if picture is not None:
                said |= {"width": picture.width, "height": picture.height, "seconds": picture.seconds}
            if picture is not None and picture.has_thumbnail:
                said |= await self._keep_thumbnail(file, thumb)
            return said

    async def _keep_thumbnail(self, file: OutputFile, thumb: Path) -> dict[str, Any]:
        key = f"{file.key_hint}-thumb.webp"
        try:
            await self._store.put(key, thumb, "image/webp")
        except StoreRefused as error:
            # a bucket for films takes no pictures; the film is there all the same
            logger.warning(
                "generation %s: the thumbnail of file %s: %s", file.generation_id, file.nth, redact(str(error))
            )
            return {}
        return {"thumb_key": key, "thumb_url": self._store.url(key)}

    def _said(self, key: str, kind: kinds.Kind, fetched: Fetched) -> dict[str, Any]:
        return {
            "key": key,
            "url": self._store.url(key),
            "is_private": self._settings.store_visibility == "private",
            "size": fetched.size,
            "sha256": fetched.sha256,
            "content_type": kind.content_type,
        }

    # beside the copies

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            if not (asked := set(self._held)):
                continue
            try:
                kept = await self._database.renew_output_files(leases=list(asked))
            except BasepoolError as error:
                # they run out then, and somebody else copies the same under the same key
                logger.debug("leases of files could not be renewed: %s %s", error.code, error.message)
                continue
            for lease in asked - kept:
                if copy := self._copies.get(lease):
                    logger.warning("the lease of a file was lost: it is not copied any further")
                    copy.cancel()

    async def _record_always(self) -> None:
        failures = 0
        while True:
            await self._has_results.wait()
            await asyncio.sleep(_GATHER_SECONDS)
            try:
                await self._record()
                failures = 0
            except BasepoolError as error:
                failures += 1
                self._say_once("recording files", error)
                await asyncio.sleep(min(_MAX_BACKOFF_SECONDS, 0.2 * 2 ** min(failures, 10)) * (0.5 + random.random()))

    async def _record(self) -> None:
        """Record all that there is. Raises BasepoolError where it may be recorded later; nothing is forgotten then."""
        while self._results:
            results = self._results[:_MAX_RESULTS]
            try:
                await self._record_some(results)
            except BasepoolError as error:
                if is_fault_of_database(error):
                    raise
                # one of them can't be read: it shall not keep the others
                for each in results:
                    await self._record_alone(each)
            self._incidents.end("recording files", "recording files works again")
            del self._results[: len(results)]
            self._held.difference_update(UUID(each["lease"]) for each in results)
            self._heard(self.kept)
        self._has_results.clear()
        self._wake.set()

    async def _record_alone(self, result: dict[str, Any]) -> None:
        try:
            await self._record_some([result])
        except BasepoolError as error:
            if is_fault_of_database(error):
                raise
            logger.error(
                "generation %s: what became of file %s can't be recorded: %s %s",
                result["generation_id"],
                result["nth"],
                error.code,
                error.message,
            )

    async def _record_some(self, results: list[dict[str, Any]]) -> None:
        rows = await self._database.record_output_files(results=results)
        for result, row in zip(results, rows, strict=True):
            outcome = row["outcome"]
            setattr(self.kept, outcome, getattr(self.kept, outcome) + 1)
            said = "" if result["outcome"] == "stored" else f" ({result['code']}: {result['error']})"
            level = logging.WARNING if outcome == "failed" else logging.INFO
            logger.log(
                level, "generation %s: file %s is %s%s", result["generation_id"], result["nth"], outcome, redact(said)
            )

    async def _delete_always(self) -> None:
        failures = 0
        while True:
            seconds = _DELETE_SECONDS
            try:
                deleted = await self._delete_once()
                self._incidents.end("deleting files", "deleting files works again")
                failures = 0
                seconds = 0.05 if deleted else _DELETE_SECONDS
            except BasepoolError as error:
                failures += 1
                self._say_once("deleting files", error)
                seconds = min(_MAX_BACKOFF_SECONDS, 2.0 ** min(failures, 10))
            except Exception:
                logger.exception("unexpected")
            await asyncio.sleep(seconds * (0.75 + random.random() / 2))

    async def _delete_once(self) -> int:
        """Delete a batch of those whose generations are gone. Returns how many there were. Raises BasepoolError."""
        rows = await self._database.claim_deleted_files(max=_DELETED_AT_ONCE)
        if not rows:
            return 0
        keys = [[key for key in (row["key"], row["thumb_key"]) if key] for row in rows]
        errors: list[str | None] = [None] * len(rows)
        try:
            await self._store.delete([key for some in keys for key in some])
        except (StoreFailed, StoreRefused):
            # one by one, so that one that can't be deleted does not keep the others
            for number, some in enumerate(keys):
                try:
                    await self._store.delete(some)
                except (StoreFailed, StoreRefused) as error:
                    errors[number] = redact(str(error))
        await self._database.record_deleted_files(
            results=[
                {"generation_id": str(row["generation_id"]), "nth": row["nth"], "ok": error is None, "error": error}
                for row, error in zip(rows, errors, strict=True)
            ]
        )
        self.kept.deleted += errors.count(None)
        return len(rows)

    def _say_once(self, what: str, error: BasepoolError) -> None:
        """Unless the database has said it."""
        if not is_fault_of_database(error):
            self._incidents.begin(what, f"{what} failed: {error.code} {error.message}")


def _failed(code: str, text: str, retry_after: float | None = None) -> dict[str, Any]:
    return {"outcome": "failed", "code": code, "error": redact(text)[:1000], "retry_after": retry_after}


async def keep_once(database: Database, settings: Settings, store: Store, *, deadline: float) -> dict[str, int]:
    """Keep what is due and delete what is to go, until the loop's clock shows `deadline` at most. Raises BasepoolError."""
    return dataclasses.asdict(await Keeper(database, settings, store).run(until=deadline))
