"""Lives of a worker or a receiver that end with SIGKILL: `python -m tests.chaos.nursery`, one line of JSON on stdin per life.

The process imports everything once and forks, so a life costs no start-up time. `crash_at` names a boundary between two
steps, `before` or `after` a call to the database or to Replicate; the process kills itself there, at the `nth` time. What
production runs is not changed for it: the calls are wrapped here.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import random
import select
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import uvicorn

from basepool import config, log
from basepool.database import Database
from basepool.replicate import Replicate
from basepool.store import keep
from basepool.store.base import StoreFailed, StoreRefused
from basepool.store.fetch import fetch
from basepool.store.files import FileStore
from basepool.web.app import create_app
from basepool.work.worker import work

WORKER_CALLS = (
    "claim_generations",
    "record_answers",
    "apply_predictions",
    "claim_checks",
    "claim_searches",
    "match_predictions",
    "conclude_search",
    "record_not_found",
    "claim_cancellations",
    "record_cancellation",
    "record_check_failed",
    "expire_leases",
    "renew_leases",
    "claim_output_files",
    "record_output_files",
    "fetch",
    "put",
    "create",
    "get",
    "cancel",
    "list",
)
_QUICK_SECONDS = 0.5
_BEGIN_SECONDS = 30.0
RECEIVER_CALLS = ("get_webhook_secrets", "apply_predictions")
WORKER_BOUNDARIES = tuple(f"{side} {call}" for call in WORKER_CALLS for side in ("before", "after"))
RECEIVER_BOUNDARIES = tuple(f"{side} {call}" for call in RECEIVER_CALLS for side in ("before", "after"))


_STORE_FAILS, _STORE_HANGS, _STORE_LOSES_ANSWER = 0.1, 0.03, 0.05
_HANGS_SECONDS = 3.0


def is_refused(key: str) -> bool:
    """Whether the store refuses this one, always: one generation in forty."""
    return int(key.split("/")[1].replace("-", ""), 16) % 40 == 0


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _arm(crash_at: str, nth: int, ready: int) -> None:
    """Let this process kill itself at the boundary, and tell the nursery when it comes to its first."""
    seen: Counter[str] = Counter()

    def passed(boundary: str) -> None:
        if not seen:
            os.write(ready, b".")
        seen[boundary] += 1
        if boundary == crash_at and seen[boundary] >= nth:
            _die()

    rows = Database._rows

    async def rows_or_death(self: Database, function: str, **arguments: Any) -> Any:
        name = function.split(".")[1]
        passed(f"before {name}")
        result = await rows(self, function, **arguments)  # type: ignore[arg-type]
        passed(f"after {name}")
        return result

    Database._rows = rows_or_death  # type: ignore[assignment, method-assign]

    def wrap(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        async def call_or_death(*arguments: Any, **named: Any) -> Any:
            passed(f"before {name}")
            try:
                return await call(*arguments, **named)
            finally:
                passed(f"after {name}")

        return call_or_death

    for name in ("create", "get", "cancel"):
        setattr(Replicate, name, wrap(name, getattr(Replicate, name)))
    pages = Replicate.list

    async def pages_or_death(*arguments: Any) -> AsyncIterator[Any]:
        passed("before list")
        async for page in pages(*arguments):
            yield page
            passed("after list")

    Replicate.list = pages_or_death  # type: ignore[assignment, method-assign]
    keep.fetch = wrap("fetch", fetch)  # type: ignore[attr-defined]
    put = FileStore.put

    async def put_or_not(self: FileStore, key: str, *arguments: Any, **named: Any) -> None:
        """The store fails now and then, before or after it has taken a file, hangs, and does not want some at all."""
        chance = random.random()
        if is_refused(key):
            raise StoreRefused("it does not want this one")
        if chance < _STORE_HANGS:
            await asyncio.sleep(_HANGS_SECONDS)
        if chance < _STORE_FAILS:
            raise StoreFailed("not now")
        await put(self, key, *arguments, **named)
        if chance > 1 - _STORE_LOSES_ANSWER:
            raise StoreFailed("nobody knows")

    FileStore.put = wrap("put", put_or_not)  # type: ignore[method-assign]


def _live(life: dict[str, Any], ready: int) -> None:
    os.environ.update(life["environment"])
    with open(os.environ["NURSERY_LOG"], "a") as output:
        os.dup2(output.fileno(), 2)
    random.seed()
    _arm(life["crash_at"], life["nth"], ready)
    settings = config.load()
    log.configure(settings)
    if life["role"] == "worker":
        asyncio.run(work(settings))
    else:
        uvicorn.run(create_app(settings), host="127.0.0.1", port=settings.port, log_level="critical")


def _seconds_to_begin(waiting: int) -> float:
    """Until it writes, or has ended."""
    began = time.monotonic()
    select.select([waiting], [], [], _BEGIN_SECONDS)
    return time.monotonic() - began


def main() -> None:
    """A life per line: {role, environment, crash_at, nth, seconds, pause}. Answers each with {crashed} when it is over."""
    for line in sys.stdin:
        life = json.loads(line)
        waiting, ready = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                _live(life, ready)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        os.close(ready)
        # how long it takes to begin says how slow the machine is, and a life has to be long enough to come to something
        slowness = max(1.0, _seconds_to_begin(waiting) / _QUICK_SECONDS) if life["role"] == "worker" else 1.0
        os.close(waiting)
        began = time.monotonic()
        ends_at = began + life["seconds"] * slowness
        pause = life.get("pause")
        ended = (0, 0)
        while ended[0] == 0 and time.monotonic() < ends_at:
            time.sleep(0.01)
            if pause and time.monotonic() > began + pause[0]:
                # what a suspended machine does: nothing, and then it goes on as if nothing had been
                os.kill(pid, signal.SIGSTOP)
                time.sleep(pause[1])
                os.kill(pid, signal.SIGCONT)
                pause = None
            ended = os.waitpid(pid, os.WNOHANG)
        at_boundary = ended[0] != 0 and os.WIFSIGNALED(ended[1])
        failed = ended[0] != 0 and not at_boundary
        if ended[0] == 0:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        print(json.dumps({"at_boundary": at_boundary, "failed": failed}), flush=True)


if __name__ == "__main__":
    main()
