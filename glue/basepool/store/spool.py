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

from basepool.errors import ConfigError

try:
    import fcntl
except ImportError:
    # Windows; there what a dead process has left is known by its age alone
    fcntl = None  # type: ignore[assignment,unused-ignore]

_PREFIX = "basepool-spool-"
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
        _unlock(self._lock)


def _make(parent: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        lock = _lock(folder)
        if lock is not None and folder.is_dir():
            return folder, lock
        # who cleans up has had it at that moment
        if lock is not None:
            _unlock(lock)


def _delete_stale(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            seen = folder.stat()
            is_ours = os.name != "posix" or seen.st_uid == os.getuid()
            is_dead = fcntl is not None or seen.st_mtime < time.time() - _OLD_SECONDS
            if is_ours and is_dead and (lock := _lock(folder)) is not None:
                shutil.rmtree(folder, ignore_errors=True)
                _unlock(lock)


def _lock(folder: Path) -> int | None:
    """A lock on the folder itself, which systemd's cleaning of such folders respects, too. None: somebody who lives has it,
    or it is gone. It ends with the process, however that ends."""
    if fcntl is None:
        return -1
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(opened)
        return None
    return opened


def _unlock(lock: int) -> None:
    if lock >= 0:
        os.close(lock)


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
