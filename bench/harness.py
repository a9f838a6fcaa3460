"""What every question shares: a durable server, contestants that take turns, samples that are kept as JSON."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, LiteralString, Self

import asyncpg
import psutil
import psycopg
from psycopg import sql

from basepool.errors import BasepoolError, SetupError
from dev import devserver
from dev.devserver import PROJECT

LOCAL = PROJECT / ".local" / "bench"

# The same for every contestant: enough memory and WAL that no checkpoint falls into a measurement, costs of an SSD.
SETTINGS = {
    "synchronous_commit": "on",
    "shared_buffers": "1GB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "random_page_cost": "1.1",
}


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    name: Literal["full", "quick"]
    rounds: int
    seconds: float
    """How long one rate is measured."""
    claims: int
    """Claims per median of server times."""
    finished: tuple[int, ...]
    """Depths of history at which a claim is measured."""
    attempts: tuple[int, ...]
    """Depths of history at which status and roll-up are measured."""
    waiting: tuple[int, ...]
    lives_beside_snapshot: int
    lives: int
    """Lives whose WAL and writes are counted."""
    generations: int
    """Generations that go through the whole system."""
    webhooks: int
    arrivals: int


FULL = Sizes(
    name="full",
    rounds=3,
    seconds=5.0,
    claims=40,
    finished=(10_000, 1_000_000, 10_000_000),
    attempts=(10_000, 1_000_000, 5_000_000),
    waiting=(1_000, 100_000),
    lives_beside_snapshot=25_000,
    lives=5_000,
    generations=5_000,
    webhooks=5_000,
    arrivals=60,
)
QUICK = Sizes(
    name="quick",
    rounds=1,
    seconds=1.0,
    claims=15,
    finished=(10_000, 200_000),
    attempts=(10_000, 200_000),
    waiting=(1_000, 20_000),
    lives_beside_snapshot=2_500,
    lives=500,
    generations=400,
    webhooks=500,
    arrivals=15,
)


@dataclass(frozen=True)
class Chart:
    """One figure of a question: a table and a plot."""

    key: str
    title: str
    unit: str
    better: Literal["higher", "lower"]
    axis: str | None = None
    """What the cases count, where they are numbers: the plot then has lines instead of bars."""


Measured = dict[tuple[str, str], float]
"""(chart's key, case) → value."""


@dataclass(frozen=True)
class Contestant:
    """Who is measured: called once a round, returns what it has measured."""

    name: str
    measure: Callable[[], Measured]


@dataclass(frozen=True)
class Question:
    """One file of bench/questions. `stages` yields the contestants that are measured beside each other; what it has built for
    them is there until it is asked for the next."""

    title: str
    asks: str
    charts: tuple[Chart, ...]
    stages: Callable[[Bench], Iterator[list[Contestant]]]


@dataclass(frozen=True)
class Sample:
    """One value."""

    question: str
    chart: str
    case: str
    contestant: str
    round: int
    value: float


@dataclass
class Results:
    """A whole run, as it is kept."""

    about: dict[str, Any]
    samples: list[Sample] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Something a reader must know: who was left out, and why."""
        if text not in self.notes:
            self.notes.append(text)

    def write(self, path: Path) -> None:
        """Keep it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> Results:
        """What `write` has kept."""
        kept = json.loads(path.read_text())
        return cls(kept["about"], [Sample(**sample) for sample in kept["samples"]], kept["notes"])


class Failed(Exception):
    """A contestant could not be measured; the others are."""


# of one contestant or one question; the others are measured all the same
_FAILURES = (Failed, AssertionError, BasepoolError, psycopg.Error, asyncpg.PostgresError)


class Bench:
    """The server of this run, and what has been measured on it."""

    def __init__(self, sizes: Sizes, say: Callable[[str], None]) -> None:
        LOCAL.mkdir(parents=True, exist_ok=True)
        # held while this process lives: a second run would take the server's data away, and measure this one
        self._lock = (LOCAL / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError("another benchmark is running here", "Wait until it is done.") from None
        self.sizes = sizes
        self.say = say
        self._data = LOCAL / "postgres"
        shutil.rmtree(self._data, ignore_errors=True)
        self.server = devserver.start(self._data, settings=SETTINGS, durable=True)
        self.results = Results(_describe(self.server, sizes))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.server.stop()
        shutil.rmtree(self._data, ignore_errors=True)

    def url(self, database: str, user: str = "postgres") -> str:
        """A connection string."""
        return self.server.url(user=user, dbname=database)

    def connect(self, database: str) -> psycopg.Connection[Any]:
        """A connection of the owner, in autocommit."""
        return psycopg.connect(self.url(database), autocommit=True)

    def create(self, database: str, template: str = "template1") -> str:
        """A database made anew, and its URL. Copied as files: a copy of ten million rows is not to go through the WAL."""
        self.drop(database)
        with self.connect("postgres") as connection:
            connection.execute(
                sql.SQL("create database {} template {} strategy file_copy").format(
                    sql.Identifier(database), sql.Identifier(template)
                )
            )
        return self.url(database)

    def drop(self, *databases: str) -> None:
        """Drop databases, whoever is connected to them."""
        for database in databases:
            self.server.drop_database(database)

    def settle(self, database: str) -> None:
        """Fresh statistics and nothing left to be written: the same start for everybody."""
        with self.connect(database) as connection:
            connection.execute("vacuum analyze")
            connection.execute("checkpoint")

    def ask(self, name: str, question: Question) -> None:
        """Measure all contestants of a question, round by round, and keep the samples."""
        try:
            for contestants in question.stages(self):
                for number in range(self.sizes.rounds):
                    # whoever went first goes last in the next round
                    turn = number % len(contestants)
                    for contestant in contestants[turn:] + contestants[:turn]:
                        self._measure(name, contestant, number)
        except _FAILURES as error:
            self._note_failure(f"{name} was broken off", error)

    def _measure(self, name: str, contestant: Contestant, number: int) -> None:
        began = time.monotonic()
        try:
            measured = contestant.measure()
        except _FAILURES as error:
            self._note_failure(f"{name}: {contestant.name} was not measured", error)
            return
        self.results.samples += [
            Sample(name, chart, case, contestant.name, number, value) for (chart, case), value in measured.items()
        ]
        shown = ", ".join(f"{case} {value:,.4g}" for (_, case), value in measured.items())
        self.say(f"{name}: round {number + 1}, {contestant.name} ({time.monotonic() - began:.1f} s): {shown}")

    def _note_failure(self, what: str, error: Exception) -> None:
        text = f"{what}: {' '.join(str(error).split()) or type(error).__name__}"
        self.results.note(text)
        self.say(text)

    def pgbench(self, database: str, script: str, clients: int) -> float:
        """Transactions per second of a pgbench script."""
        file = LOCAL / "pgbench.sql"
        file.write_text(script)
        command = [str(devserver.find_bindir() / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--file={file}"]
        command += [f"--client={clients}", f"--jobs={min(clients, 2)}", f"--time={max(1, round(self.sizes.seconds))}"]
        command += ["--host=127.0.0.1", f"--port={self.server.port}", "--username=postgres", database]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0 or not (found := re.search(r"tps = ([\d.]+)", done.stdout)):
            raise Failed(done.stderr.strip()[-300:])
        return float(found[1])


def value(connection: psycopg.Connection[Any], query: LiteralString, *parameters: Any) -> Any:
    """The one value of a query."""
    row = connection.execute(query, parameters).fetchone()
    return row[0] if row else None


def _describe(server: devserver.DevServer, sizes: Sizes) -> dict[str, Any]:
    with psycopg.connect(server.url()) as connection:
        version = value(connection, "show server_version")
    return {
        "sizes": sizes.name,
        "rounds": sizes.rounds,
        "seconds": sizes.seconds,
        "began": time.strftime("%Y-%m-%d %H:%M:%S"),
        "commit": _commit(),
        "postgres": version,
        "settings": SETTINGS,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "flushes_per_second": _flushes_per_second(),
        "busy_before": psutil.cpu_percent(interval=2.0),
    }


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"


def _processor() -> str:
    with_name = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*:\s*(.+)$", with_name.read_text(), re.M) if with_name.exists() else None
    return found[1] if found else platform.processor()


def _flushes_per_second() -> int:
    """How often a second this disk makes 8 kB durable: the ceiling of commits that don't share one."""
    flush = getattr(os, "fdatasync", os.fsync)
    flushes = 0
    file = LOCAL / "flushed"
    with file.open("wb", buffering=0) as opened:
        end = time.monotonic() + 1
        while time.monotonic() < end:
            opened.seek(0)
            opened.write(bytes(8192))
            flush(opened.fileno())
            flushes += 1
    file.unlink()
    return flushes
