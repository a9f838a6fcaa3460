"""Items that are collected for one call: who goes with whom, and what each is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from basepool.errors import BasepoolError, DatabaseUnreachable, InvalidInput
from basepool.together import MAX_ITEMS, Together


class _Call:
    """A call that waits until it is let go; `bad` items spoil it, as what Postgres can't read does."""

    def __init__(self, *, fails: bool = False, bad: str = "") -> None:
        self.seen: list[int] = []
        self.go = asyncio.Event()
        self._fails = fails
        self._bad = bad

    async def __call__(self, items: Sequence[str]) -> list[str | BasepoolError]:
        self.seen.append(len(items))
        await self.go.wait()
        if self._fails:
            raise DatabaseUnreachable("it is down")
        if self._bad and any(item in self._bad.split() for item in items):
            raise InvalidInput("not JSON")
        return [f"{item} done" for item in items]


async def _add(together: Together[str], count: int) -> list[asyncio.Task[str]]:
    tasks = [asyncio.create_task(together.add(str(n))) for n in range(count)]
    await asyncio.sleep(0)
    return tasks


async def test_one_alone_goes_at_once_and_the_others_together() -> None:
    call = _Call()
    call.go.set()
    together = Together(call)
    assert await together.add("first") == "first done"
    assert await asyncio.gather(*await _add(together, 500)) == [f"{n} done" for n in range(500)]
    assert call.seen == [1, MAX_ITEMS, MAX_ITEMS, 100]


async def test_halves_find_the_bad_ones_and_spare_the_others() -> None:
    call = _Call(bad="17 130")
    call.go.set()
    results = await asyncio.gather(*await _add(Together(call), MAX_ITEMS), return_exceptions=True)
    assert [n for n, result in enumerate(results) if isinstance(result, InvalidInput)] == [17, 130]
    assert len(call.seen) < 40


async def test_when_nobody_gets_through_whoever_waits_is_told() -> None:
    call = _Call(fails=True)
    tasks = await _add(Together(call), 20 * MAX_ITEMS)
    while len(call.seen) < 4:
        await asyncio.sleep(0.01)
    call.go.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(result) for result in results} == {DatabaseUnreachable}
    assert len(call.seen) == 4


async def test_who_has_gone_keeps_nobody_from_his_answer() -> None:
    call = _Call()
    tasks = await _add(Together(call), 10)
    await asyncio.sleep(0)
    tasks[3].cancel()
    call.go.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results].count(str) == 9
    assert isinstance(results[3], asyncio.CancelledError)


async def test_what_is_given_up_is_not_waited_for_for_ever() -> None:
    together = Together(_Call())
    tasks = await _add(together, 3 * MAX_ITEMS)
    await asyncio.sleep(0)
    await together.close()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(result) for result in results} == {asyncio.CancelledError}
