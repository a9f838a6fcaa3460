"""What a store is, whatever it is made of."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
USER = GENERATION = re.compile(_UUID)
FILE = re.compile(r"[0-9]{1,9}(?:-thumb)?\.[a-z0-9]{1,16}")
KEY = re.compile(rf"{_UUID}/{_UUID}/{FILE.pattern}")
"""`<user>/<generation>/<nth>.<extension>`, and `<nth>-thumb.webp` beside it: ASCII, because Supabase takes nothing else, and
nothing in it comes from outside. The same file has the same key whoever stores it, so a second copy replaces the first."""
CACHE_SECONDS = 365 * 24 * 3600
CACHE_CONTROL = f"max-age={CACHE_SECONDS}"
"""What is under a key never changes, and whatever is not asked for again costs nobody egress."""


class StoreFailed(Exception):
    """The store could not do it now; later it may."""

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        """`retry_after`: seconds, where the store says so."""
        super().__init__(text)
        self.retry_after = retry_after


class StoreRefused(Exception):
    """The store will never do it. `code`: store_refused, too_large or bad_type."""

    def __init__(self, text: str, code: str = "store_refused") -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Stored:
    """What is in the store, as it is listed."""

    key: str
    size: int


class Store(Protocol):
    """All that keeping a file needs."""

    async def put(self, key: str, file: Path, content_type: str, *, is_inline: bool = True) -> None:
        """Copy `file` there, in place of what may be there already: all of it or nothing, and nothing is left of what was
        broken off. Where a browser would run it (`is_inline` false), it is served for download. Raises StoreFailed,
        StoreRefused."""

    def url(self, key: str) -> str:
        """The link that lasts. Where the store is private, it opens with what public.get_output_urls() adds."""

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete these; what is not there is deleted. Raises StoreFailed, StoreRefused."""


class OpenStore(Store, Protocol):
    """The rest of it: what people ask of a store (`basepool outputs verify|orphans`), and how who has a signed link gets the
    file. A comparison by size alone would take a broken file for a whole one, so there is `read` instead of `head`."""

    is_private: bool

    def files(self) -> AsyncIterator[Stored]:
        """Everything of ours that is there. Raises StoreFailed, StoreRefused."""

    def read(self, key: str) -> AsyncIterator[bytes]:
        """The bytes of one. Raises FileNotFoundError, StoreFailed, StoreRefused."""

    async def link(self, key: str, seconds: int) -> str | None:
        """A link of the store itself, for so long; None where `basepool serve` has the file. Raises StoreFailed,
        StoreRefused."""

    async def close(self) -> None:
        """Let go of its connections."""
