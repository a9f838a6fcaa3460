"""A folder as a store, served by `basepool serve`.

Not obstore's LocalStore: it takes no attributes, so the type of a file would not be kept with it anyway, and what a killed
process has begun to write stays beside the files under names like theirs. Here that is in a spool, which the next process
deletes.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from basepool.errors import ConfigError
from basepool.store.base import FILE, GENERATION, KEY, USER, Stored, StoreFailed, StoreRefused
from basepool.store.spool import Spool
from basepool.store.upload import read_blocks

T = TypeVar("T")

_NEW = ".new"
_BATCH = 1000


class FileStore:
    """A folder. Whoever reads it sees whole files only."""

    def __init__(self, root: Path, base_url: str, *, is_private: bool) -> None:
        """`base_url`: what the links begin with. Nothing is made before the first file comes."""
        self.root = root
        self.is_private = is_private
        self._base_url = base_url
        self._spool: Spool | None = None

    async def put(self, key: str, file: Path, content_type: str, *, is_inline: bool = True) -> None:
        """See Store. What type it is `serve` finds out from the file, as it was found out before."""
        spool = self._opened()
        await _in_thread(lambda: self._put(spool, key, file))

    def url(self, key: str) -> str:
        """See Store."""
        return f"{self._base_url}/{key}"

    async def delete(self, keys: Sequence[str]) -> None:
        """See Store."""
        await _in_thread(lambda: self._delete(keys))

    async def files(self) -> AsyncIterator[Stored]:
        """See OpenStore."""
        found = self._files()
        while batch := await _in_thread(lambda: list(itertools.islice(found, _BATCH))):
            for each in batch:
                yield each

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """See OpenStore."""
        with open(self.path(key), "rb") as source:  # noqa: ASYNC230
            async for block in read_blocks(source):
                yield block

    async def link(self, key: str, seconds: int) -> str | None:
        """None: `serve` has it."""
        return None

    async def close(self) -> None:
        """See OpenStore."""
        if self._spool is not None:
            self._spool.close()
            self._spool = None

    def path(self, key: str) -> Path:
        """Where it is. Raises StoreRefused for what is no key, so that none leads elsewhere."""
        if not KEY.fullmatch(key):
            raise StoreRefused(f"{key[:100]!r} is no key")
        return self.root / key

    def _opened(self) -> Spool:
        if self._spool is None:
            try:
                self._spool = Spool(self.root / _NEW, "STORE_URL")
            except ConfigError as error:
                # a disk that is away now may come back
                raise StoreFailed(error.message) from None
        return self._spool

    def _put(self, spool: Spool, key: str, file: Path) -> None:
        target = self.path(key)
        with spool.file() as new:
            shutil.copyfile(file, new)
            new.chmod(0o644)
            # else the machine that goes down now takes the file with it, though the database has it as stored
            _write_through(new)
            changed = [target.parent]
            while not changed[-1].exists():
                changed.append(changed[-1].parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(new, target)
        for folder in changed:
            _write_through(folder)

    def _delete(self, keys: Sequence[str]) -> None:
        for key in keys:
            path = self.path(key)
            path.unlink(missing_ok=True)
            # folders of a generation and of a user that have nothing left
            for folder in (path.parent, path.parent.parent):
                with contextlib.suppress(OSError):
                    folder.rmdir()

    def _files(self) -> Iterator[Stored]:
        for user in _folders(self.root, USER):
            for generation in _folders(user, GENERATION):
                for name in _names(generation, FILE):
                    with contextlib.suppress(FileNotFoundError):
                        yield Stored(f"{user.name}/{generation.name}/{name}", (generation / name).stat().st_size)


def _folders(parent: Path, pattern: re.Pattern[str]) -> Iterator[Path]:
    return (parent / name for name in _names(parent, pattern))


def _names(folder: Path, pattern: re.Pattern[str]) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if pattern.fullmatch(name))
    except (FileNotFoundError, NotADirectoryError):
        # deleted meanwhile, or never made
        return []


def _write_through(path: Path) -> None:
    if os.name != "posix":
        return
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


async def _in_thread(work: Callable[[], T]) -> T:
    """Where nobody waits for a disk. Raises StoreFailed."""
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise StoreFailed(f"the folder of the store: {error.strerror or type(error).__name__}") from None
