"""Every outage with the real parts, measured: `make outages`, `make outages ARGS='-k 500'` for some.

For each there are a database, a worker, `basepool serve` and a simulated Replicate of its own, and generations come in all the
time. Three figures: how long until somebody who looks is told, how long after its end until a new generation comes to its end,
and how many were lost or bought twice, by the database and by what Replicate has charged.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from uuid import UUID

from pydantic import SecretStr
from rich.console import Console

from basepool.cli.show import table
from basepool.config import Settings
from basepool.database import Database
from basepool.errors import BasepoolError
from basepool.migrate import migrate
from dev import devserver
from tests.outages.catalog import OUTAGES, Outage
from tests.outages.stage import Stage, Stopped, Traffic, staged

_SAID_WITHIN_SECONDS = 10.0
_LOOK_SECONDS = 0.5
_WARM_UP = 50
"""Generations that come to their end before it strikes: from 20 on, how long those of a model take is known."""
_STEADY = 3


@dataclass
class Figures:
    """What was measured of one outage."""

    outage: Outage
    lasted: float = 0
    said_after: float | None = None
    said_by: str = "-"
    again_after: float | None = None
    all_after: float | None = None
    generations: int = 0
    lost: int = 0
    twice: int = 0
    broken: list[str] = field(default_factory=list)

    def misses(self) -> list[str]:
        """The targets that were missed, in words."""
        found = list(self.broken)
        if self.said_after is None:
            found.append("nobody said it")
        elif self.said_after > _SAID_WITHIN_SECONDS:
            found.append(f"said after {self.said_after:.0f} s, not within {_SAID_WITHIN_SECONDS:g}")
        if self.again_after is None:
            found.append("it did not work again")
        if self.lost:
            found.append(f"{self.lost} were lost")
        if self.twice:
            found.append(f"{self.twice} were bought twice")
        return found


class _Witness:
    """Two who look all the time for the on-call: a scheduler at what `basepool status` finds, a monitor at /readyz."""

    def __init__(self, stage: Stage, says: str) -> None:
        self._stage, self._says = stage, re.compile(says, re.I | re.S)
        self._stops = threading.Event()
        self._lock = threading.Lock()
        self._first: tuple[float, str] | None = None
        self._threads = [
            threading.Thread(target=self._watch, args=(name, look), daemon=True)
            for name, look in (("status", self._ask_status), ("/readyz", self._ask_readyz))
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stops.set()
        for thread in self._threads:
            thread.join()

    @property
    def first(self) -> tuple[float, str] | None:
        """When it was said first, and by whom."""
        with self._lock:
            return self._first

    def _watch(self, name: str, look: Callable[[], str]) -> None:
        while not self._stops.wait(_LOOK_SECONDS):
            if self._says.search(look()):
                with self._lock:
                    self._first = self._first or (time.monotonic(), name)
                return

    def _ask_status(self) -> str:
        """What `basepool status` does, without the start of a process."""
        settings = Settings(database_url=SecretStr(self._stage.variables["DATABASE_URL"]), worker_name="on-call")

        async def look() -> str:
            async with Database.open(settings) as database:
                status = await database.get_status()
            return "\n".join(each["says"] for each in status["findings"] or [])

        try:
            return asyncio.run(look())
        except BasepoolError as error:
            return f"{error.code} {error.message}. {error.hint}"

    def _ask_readyz(self) -> str:
        answer = self._stage.ask("/readyz")
        return "serve does not answer" if answer is None else "" if answer.is_success else answer.text


def measure(stage: Stage, outage: Outage, *, lasts: float | None = None, patience: float = 600) -> Figures:
    """Let it strike a stage on which all is well. `lasts`: seconds, in place of the outage's own; `patience`: seconds after
    which something counts as not having happened."""
    figures = Figures(outage)
    told_within = outage.lasts + 30 if lasts is None else patience
    with (
        outage.stands(stage) as look,
        Traffic(stage, outage.name) as traffic,
        _Witness(stage, outage.says) as witness,
    ):
        enough = _WARM_UP if lasts is None else _STEADY
        if not stage.wait(lambda: stage.completed(traffic.accepted) >= enough, patience):
            figures.broken.append("nothing worked before")
            return figures
        if witness.first:
            figures.broken.append("it was said before it was so")
        began = time.monotonic()
        with outage.strikes(stage):
            struck = time.monotonic()
            stage.wait(lambda: witness.first, told_within)
            rest = struck + (outage.lasts if lasts is None else lasts) - time.monotonic()
            if stage.over.wait(max(0, rest)):
                raise Stopped
            said = witness.first
        ended = time.monotonic()
        figures.lasted = ended - began
        if said:
            figures.said_after, figures.said_by = max(0, said[0] - began), said[1]
        # what was submitted while it lasted may have to wait longer than what comes after it
        mark = len(traffic.accepted)
        if stage.wait(lambda: stage.completed(traffic.accepted[mark:]), patience):
            figures.again_after = time.monotonic() - ended
        traffic.stop()
        _count(stage, traffic.accepted, figures, patience)
        figures.broken += look(traffic.accepted)
        if figures.lost == 0:
            figures.all_after = time.monotonic() - ended
    return figures


def _count(stage: Stage, accepted: list[UUID], figures: Figures, patience: float) -> None:
    """When all have come to an end: what was lost by the database's record, what was bought twice by Replicate's."""
    figures.generations = len(accepted)
    active = "select count(*) from public.generations where id = any(%s) and basepool.is_active(status)"
    stage.wait(lambda: stage.rows(active, accepted) == [(0,)], patience)
    figures.lost = len(accepted) - stage.completed(accepted)
    figures.twice = len(stage.replicate.stats()["charged_more_than_once"])
    if figures.lost:
        for status, error, count in stage.rows(
            "select status, error_message, count(*) from public.generations where id = any(%s) and status <> 'completed'"
            " group by 1, 2 order by 3 desc limit 3",
            accepted,
        ):
            figures.broken.append(f"{count} {status}: {error}")


class _Run:
    """Some outages at a time, each on a stage of its own."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._stages: list[Stage] = []
        self._is_over = False

    def one(self, outage: Outage) -> Figures:
        """Measure one, on a server of its own."""
        try:
            with devserver.start() as server:
                migrate(server.url(), echo=lambda *_: None)
                with staged(server, server.url()) as stage:
                    self._stages.append(stage)
                    if self._is_over:
                        raise Stopped
                    figures = measure(stage, outage)
        except Stopped:
            return Figures(outage, broken=["stopped"])
        except Exception as error:  # the others go on
            figures = Figures(outage, broken=[f"{type(error).__name__}: {error}"])
        self._say(f"{outage.name}: {'; '.join(figures.misses()) or 'as it should be'}")
        return figures

    def stop(self) -> None:
        """Let all of them end soon."""
        self._is_over = True
        for stage in self._stages:
            stage.over.set()


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _row(figures: Figures) -> list[str]:
    said = "nobody" if figures.said_after is None else _seconds(figures.said_after)
    lost = [str(number) for number in (figures.generations, figures.lost, figures.twice)]
    again = [_seconds(figures.again_after), _seconds(figures.all_after)]
    return [figures.outage.name, _seconds(figures.lasted), said, figures.said_by, *again, *lost]


def show(measured: list[Figures]) -> None:
    """The table, and below it what was missed."""
    out = Console(width=132, highlight=False, markup=False)
    numbers = ("lasted", "said after", "works again after", "all done after", "generations", "lost", "twice")
    shown = table("outage (all in seconds)", *numbers[:2], "by", *numbers[2:], right=numbers)
    for each in measured:
        shown.add_row(*_row(each))
    out.print(shown)
    for each in measured:
        for miss in each.misses():
            out.print(f"  MISSED: {each.outage.name}: {miss}")
    missed = sum(bool(each.misses()) for each in measured)
    out.print(f"\n{len(measured)} outages, {f'{missed} missed a target' if missed else 'all as they should be'}")


def main() -> int:
    """All of them, with the table. Exit status 1 when a target is missed."""
    arguments = argparse.ArgumentParser(prog="make outages", description=__doc__)
    arguments.add_argument("-k", dest="part", default="", help="only those whose name contains this")
    arguments.add_argument("--at-once", type=int, default=2 * (os.cpu_count() or 1), help="how many at a time")
    arguments.add_argument("--markdown", action="store_true", help="the rows of docs/operations.md as well")
    given = arguments.parse_args()
    chosen = [outage for outage in OUTAGES if given.part in outage.name]
    # what they log is what the outage does to them
    for name in ("basepool", "psycopg", "uvicorn"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    run = _Run(lambda text: print(f"  {time.strftime('%H:%M:%S')}  {text}", flush=True))
    print(f"{len(chosen)} outages, {given.at_once} at a time", flush=True)
    with ThreadPoolExecutor(given.at_once) as pool:
        try:
            measured = list(pool.map(run.one, chosen))
        except KeyboardInterrupt:
            run.stop()
            pool.shutdown(cancel_futures=True)
            return 130
    show(measured)
    if given.markdown:
        for each in measured:
            print(f"| {' | '.join(_row(each))} |")
    return 1 if any(each.misses() for each in measured) else 0


if __name__ == "__main__":
    sys.exit(main())
