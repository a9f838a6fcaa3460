"""Where files are on their way: each copy has a file of its own, in a folder that goes with its process.

A copy is whole here before the store hears of it: the small picture needs a whole file, the store never sees a source that lies
or ends early, an upload knows its length and can be repeated, and one that is broken off leaves nothing to be cleaned up there.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from basepool.errors import ConfigError

try:
    import fcntl
except ImportError:
    # Windows; there what a dead process has left is found by its age alone
    fcntl = None  # type: ignore[assignment,unused-ignore]

_PREFIX = "basepool-spool-"
_LOCK = "lock"
_OLD_SECONDS = 24 * 3600.0


class Spool:
    """A folder in `parent`, locked as long as the process lives. What dead ones have left there is deleted when it is
    opened."""

    def __init__(self, parent: Path, variable: str) -> None:
        """Raises ConfigError, which names `variable`, where nothing can be written."""
        try:
            parent.mkdir(parents=True, exist_ok=True)
            _delete_stale(parent)
            self.folder, self._lock = _make(parent)
        except OSError as error:
            raise ConfigError(
                f"{variable}: nothing can be written to {parent}: {error.strerror}",
                f"Set {variable} to a folder on a disk that has room.",
            ) from None

    @contextlib.contextmanager
    def file(self, suffix: str = "") -> Iterator[Path]:
        """The path of a file that is not there yet, and no more afterwards."""
        path = self.folder / f"{uuid.uuid4().hex}{suffix}"
        try:
            yield path
        finally:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Delete it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


def _make(parent: Path) -> tuple[Path, IO[bytes]]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        lock = open(folder / _LOCK, "wb")  # noqa: SIM115
        # who cleans up may have had it at that moment
        if _take(lock) and folder.is_dir():
            return folder, lock
        lock.close()


def _delete_stale(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if os.name == "posix" and folder.stat().st_uid != os.getuid():
                continue
            try:
                lock = open(folder / _LOCK, "r+b")  # noqa: SIM115
            except FileNotFoundError:
                # it is being made at this moment, or was not made to the end
                if folder.stat().st_mtime < time.time() - _OLD_SECONDS:
                    shutil.rmtree(folder, ignore_errors=True)
                continue
            with lock:
                is_old = (folder / _LOCK).stat().st_mtime < time.time() - _OLD_SECONDS
                if _take(lock) if fcntl else is_old:
                    shutil.rmtree(folder, ignore_errors=True)


def _take(lock: IO[bytes]) -> bool:
    """Whether nobody else who lives has it. The lock ends with the process, however that ends."""
    if not fcntl:
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class Budget:
    """How many bytes all copies together may have on their way. Who needs more waits for others to end; the one that began
    first never does, or all might wait for each other."""

    def __init__(self, limit: int) -> None:
        """Nothing is taken yet."""
        self._limit = limit
        self._taken: dict[int, int] = {}
        self._last = 0
        self._changed = asyncio.Event()

    @property
    def taken(self) -> int:
        """Bytes of all copies under way."""
        return sum(self._taken.values())

    @contextlib.contextmanager
    def share(self) -> Iterator[Share]:
        """What one copy takes, until the block is left."""
        self._last += 1
        number = self._last
        self._taken[number] = 0
        try:
            yield Share(self, number)
        finally:
            del self._taken[number]
            self._changed.set()
            self._changed = asyncio.Event()

    async def _take(self, number: int, size: int) -> None:
        while (more := size - self._taken[number]) > 0:
            if self.taken + more <= self._limit or number == min(self._taken):
                self._taken[number] = size
                return
            await self._changed.wait()


class Share:
    """Of a Budget, what one copy takes."""

    def __init__(self, budget: Budget, number: int) -> None:
        self._budget = budget
        self._number = number

    async def grow(self, size: int) -> None:
        """Have `size` bytes in all from now on; waits while there is no room for them."""
        await self._budget._take(self._number, size)
