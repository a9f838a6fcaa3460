"""Rate limits of an account, on the wall clock."""

from __future__ import annotations

from collections import deque
from typing import Protocol


class Limit(Protocol):
    """Something that lets requests through at a bounded rate. Times are seconds of one monotonic clock."""

    def take(self, now: float) -> float:
        """Let one request through and return 0, or return the seconds until one would be let through."""
        ...

    def remaining(self, now: float) -> int:
        """How many requests would be let through right now."""
        ...

    def reset(self, now: float) -> float:
        """Seconds until there is more room than now; 0 when all of it is free."""
        ...


class SlidingWindow:
    """At most `limit` requests in any `window` seconds; all of them may come at once."""

    def __init__(self, limit: int, window: float) -> None:
        self._limit = limit
        self._window = window
        self._taken: deque[float] = deque()

    def _forget(self, now: float) -> None:
        while self._taken and self._taken[0] <= now - self._window:
            self._taken.popleft()

    def take(self, now: float) -> float:
        """See Limit.take."""
        self._forget(now)
        if len(self._taken) >= self._limit:
            return self._taken[0] + self._window - now
        self._taken.append(now)
        return 0.0

    def remaining(self, now: float) -> int:
        """See Limit.remaining."""
        self._forget(now)
        return self._limit - len(self._taken)

    def reset(self, now: float) -> float:
        """See Limit.reset."""
        self._forget(now)
        return self._taken[0] + self._window - now if self._taken else 0.0


class Spaced:
    """At most `limit` requests in `window` seconds, evenly spaced: a burst of one, as with low credit."""

    def __init__(self, limit: int, window: float) -> None:
        self._interval = window / limit
        self._free_at = float("-inf")

    def take(self, now: float) -> float:
        """See Limit.take."""
        if now < self._free_at:
            return self._free_at - now
        self._free_at = now + self._interval
        return 0.0

    def remaining(self, now: float) -> int:
        """See Limit.remaining."""
        return 1 if now >= self._free_at else 0

    def reset(self, now: float) -> float:
        """See Limit.reset."""
        return max(0.0, self._free_at - now)
