"""What comes in while the database is busy goes to it together: one call and one commit for many, each with its own answer."""

from __future__ import annotations

import asyncio
import functools
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from basepool.errors import BasepoolError, is_fault_of_database

R = TypeVar("R")

MAX_ITEMS = 200
_MAX_BYTES = 8_000_000
_MAX_CALLS = 4
# a call that waits for a lock of somebody else's must not keep those after it waiting
_PATIENCE_SECONDS = 0.1
_GATHER_SECONDS = 0.002


class Together(Generic[R]):
    """Collects items for `call`, which takes a list of them and returns a result or an error for each. What comes when nothing
    is under way is sent at once; what comes meanwhile goes with the next call."""

    def __init__(self, call: Callable[[Sequence[str]], Awaitable[Sequence[R | BasepoolError]]]) -> None:
        self._call = call
        self._waiting: deque[tuple[str, asyncio.Future[R]]] = deque()
        self._sender: asyncio.Task[None] | None = None
        self._calls: set[asyncio.Task[None]] = set()

    async def add(self, item: str) -> R:
        """What became of `item`. Raises its own error, or that of the call."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send())
        return await answer

    async def close(self) -> None:
        """Give up what waits and what is under way."""
        for _, answer in self._waiting:
            answer.cancel()
        self._waiting.clear()
        tasks = [task for task in (self._sender, *self._calls) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self) -> None:
        while self._waiting:
            taken = self._take()
            call = asyncio.create_task(self._answer(taken))
            self._calls.add(call)
            call.add_done_callback(functools.partial(self._over, taken))
            await asyncio.wait({call}, timeout=_PATIENCE_SECONDS)
            if len(taken) > 1:
                # they came together, and those who are answered now may come together again
                await asyncio.sleep(_GATHER_SECONDS)
            while len(self._calls) >= _MAX_CALLS:
                await asyncio.wait(self._calls, return_when=asyncio.FIRST_COMPLETED)

    def _take(self) -> list[tuple[str, asyncio.Future[R]]]:
        taken = [self._waiting.popleft()]
        size = len(taken[0][0])
        while self._waiting and len(taken) < MAX_ITEMS and (size := size + len(self._waiting[0][0])) <= _MAX_BYTES:
            taken.append(self._waiting.popleft())
        return taken

    async def _answer(self, taken: Sequence[tuple[str, asyncio.Future[R]]]) -> None:
        results: Sequence[R | Exception]
        try:
            results = await self._results([item for item, _ in taken])
        except BasepoolError as error:
            if is_fault_of_database(error) and len(self._calls) >= _MAX_CALLS:
                # nobody gets through to it: whoever waits is told, too
                taken = [*taken, *self._waiting]
                self._waiting.clear()
            results = [error] * len(taken)
        except Exception as error:
            results = [error] * len(taken)
        for (_, answer), result in zip(taken, results, strict=True):
            if answer.done():
                # its caller has gone
                continue
            if isinstance(result, Exception):
                answer.set_exception(result)
            else:
                answer.set_result(result)

    def _over(self, taken: Sequence[tuple[str, asyncio.Future[R]]], call: asyncio.Task[None]) -> None:
        self._calls.discard(call)
        for _, answer in taken:
            # of those that were given up, before or after it began
            answer.cancel()

    async def _results(self, items: Sequence[str]) -> Sequence[R | BasepoolError]:
        try:
            return await self._call(items)
        except BasepoolError as error:
            if is_fault_of_database(error):
                raise
            # one of them was not even read: halves find out which, and spare the others
            if len(items) == 1:
                return [error]
            half = len(items) // 2
            return [*await self._results(items[:half]), *await self._results(items[half:])]
