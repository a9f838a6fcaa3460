"""What goes wrong for a while is said when it begins and when it ends, once each, as an error: production logs nothing less.
What lasts longer than a day is said again each day."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

logger = logging.getLogger(__name__)
_DAY_SECONDS = 86_400.0


@contextmanager
def unsaid() -> Iterator[None]:
    """Says nothing of them meanwhile: for a command, which ends with the error itself."""
    was_disabled, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = was_disabled


class Incidents:
    """Those of one process that are under way, each under a name."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        self._said_at: dict[str, float] = {}

    def __bool__(self) -> bool:
        """Whether any is under way."""
        return bool(self._since)

    def begin(self, name: str, text: str) -> None:
        """Say `text`, unless `name` has begun already and it was said within a day."""
        now = time.monotonic()
        if name not in self._said_at or now - self._said_at[name] >= _DAY_SECONDS:
            self._since.setdefault(name, now)
            self._said_at[name] = now
            logger.error("%s", text)

    def end(self, name: str, text: str) -> None:
        """Say that `name` is over, if it had begun."""
        self._said_at.pop(name, None)
        if (since := self._since.pop(name, None)) is not None:
            logger.error("%s, after %.0f s", text, time.monotonic() - since)

    def update(self, current: Mapping[str, str], over: str) -> None:
        """Begin what is in `current` (texts by name), and end, as `over` says, whatever is there no more."""
        for name in set(self._since) - set(current):
            self.end(name, f"{over}: {name}")
        for name, text in current.items():
            self.begin(name, text)
