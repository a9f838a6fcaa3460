"""What an outage strikes: a database, a worker, `basepool serve` and a simulated Replicate, with generations coming in."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import psycopg
from psycopg.types.json import Jsonb

from basepool.simulator import SimulatorConfig, SimulatorServer
from dev.devserver import DevServer, reserved_port
from tests.outages.wire import Wire
from tests.stand_ins import SupabaseStorage
from tests.support import PATIENCE_SECONDS, Process, basepool, eventually, user

T = TypeVar("T")

MODELS = ("acme/painter", "acme/sculptor")
HANDS = 6
_PACE_SECONDS = 0.25
_STEP_SECONDS = 0.05
_SUBMIT = "select public.submit_generation(%s, %s, p_user_id => %s, p_idempotency_key => %s)"


class Stopped(Exception):
    """Somebody has pressed Ctrl-C."""


class Stage:
    """The running parts, and how to take them away. Use `staged`."""

    def __init__(self, server: DevServer, url: str, replicate: SimulatorServer, wire: Wire, port: int) -> None:
        self.server, self.url, self.replicate, self.wire = server, url, replicate, wire
        self.over = threading.Event()
        """Ends all waiting."""
        self.public_url = f"http://127.0.0.1:{port}"
        self.variables = {
            "DATABASE_URL": url.replace("//postgres@", "//basepool_glue@"),
            "REPLICATE_BASE_URL": wire.url,
            "PUBLIC_URL": self.public_url,
            "PORT": str(port),
            "BASEPOOL_ENV": "production",
            "WORKER_CONCURRENCY": str(HANDS),
        }
        self._monitor = httpx.Client(trust_env=False, timeout=5, headers={"connection": "close"})
        self.storage = SupabaseStorage()
        """Where outputs go, for the outages of a store."""
        self.serve: Process | None = None
        self.worker: Process | None = None
        self._workers = 0

    # the parts

    def start_worker(self, **variables: str) -> None:
        """Start a worker with a name of its own."""
        self._workers += 1
        self.worker = Process(("work",), self.variables | {"WORKER_NAME": f"worker-{self._workers}"} | variables)

    def stop_worker(self) -> None:
        """Tell it to stop, and wait until it has."""
        assert self.worker
        self.worker.send_signal(15)
        self.worker.wait(PATIENCE_SECONDS)
        self.worker.end()

    def start_serve(self) -> None:
        """Start `basepool serve`, and wait until it answers."""
        self.serve = Process(("serve",), self.variables)
        eventually(lambda: self.ask("/healthz") is not None, "basepool serve's answer")

    def close(self) -> None:
        """End what runs."""
        for process in (self.worker, self.serve):
            if process:
                process.end()
        self._monitor.close()

    def command(self, *arguments: str) -> None:
        """What an operator types."""
        done = basepool(*arguments, **self.variables)
        assert done.returncode == 0, done.stderr

    # what is seen

    def ask(self, path: str) -> httpx.Response | None:
        """What `basepool serve` answers, if it does."""
        with contextlib.suppress(httpx.TransportError):
            return self._monitor.get(self.public_url + path)
        return None

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What `query` returns, as the owner, over a connection of its own: the last one may have died with the server."""
        with psycopg.connect(self.url, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(query.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def completed(self, ids: list[UUID]) -> int:
        """How many of them have come to a good end; none, where the database does not say."""
        try:
            [(count,)] = self.rows(
                "select count(*) from public.generations where id = any(%s) and status = 'completed'", ids
            )
        except psycopg.Error:
            return 0
        return int(count)

    def wait(self, look: Callable[[], T | None], seconds: float) -> T | None:
        """The first true value of `look()` within `seconds`, else None."""
        deadline = time.monotonic() + seconds
        while not (seen := look()):
            if self.over.wait(_STEP_SECONDS):
                raise Stopped
            if time.monotonic() > deadline:
                return None
        return seen


class Traffic:
    """Generations that come in all the time, each of a user of its own. An app sends each until it is acknowledged, with a key
    that makes it one however often it is sent."""

    def __init__(self, stage: Stage, name: str) -> None:
        self._stage, self._name = stage, name
        self._thread = threading.Thread(target=self._run, name=f"traffic of {name}", daemon=True)
        self._stops = threading.Event()
        self.accepted: list[UUID] = []
        """Those that the database has acknowledged, in order."""
        self.refused: Counter[str] = Counter()
        """How often a submit was not acknowledged, by what was said."""
        self.broke: Exception | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """No more of them."""
        self._stops.set()
        self._thread.join()
        if self.broke:
            raise self.broke

    def _run(self) -> None:
        number = 0
        try:
            while not self._stops.wait(_PACE_SECONDS):
                number += 1
                # one that was begun is sent until it is there
                while not (id := self._submit(number)):
                    if self._stops.wait(_PACE_SECONDS) or self._stage.over.is_set():
                        return
                self.accepted.append(id)
        except Exception as error:
            self.broke = error

    def _submit(self, number: int) -> UUID | None:
        prompt = Jsonb({"prompt": f"{self._name}, number {number}"})
        arguments = (MODELS[number % len(MODELS)], prompt, user(number), f"{self._name} {number}")
        try:
            with psycopg.connect(
                self._stage.url, autocommit=True, connect_timeout=2, options="-c statement_timeout=3000"
            ) as connection:
                [row] = connection.execute(_SUBMIT, arguments).fetchall()
                return UUID(str(row[0]))
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.refused[str(error).strip().splitlines()[0]] += 1
            return None


@contextlib.contextmanager
def staged(server: DevServer, url: str, settings: dict[str, Any] | None = None) -> Iterator[Stage]:
    """Everything running, on a migrated database `url` of `server`; `settings` of basepool.configure()."""
    config = SimulatorConfig(
        account_count=3, speed=5, start_seconds=(0.2, 1), run_seconds=(1, 3), charge_failed=False, data_kept_seconds=100_000
    )  # fmt: skip
    with contextlib.ExitStack() as stack:
        replicate = stack.enter_context(SimulatorServer(config))
        wire = stack.enter_context(Wire(urlsplit(replicate.url).port or 0))
        stage = Stage(server, url, replicate, wire, stack.enter_context(reserved_port()))
        stack.callback(stage.close)
        stage.rows("alter role basepool_glue login")
        # Replicate's files are none of its outages
        stage.rows("select basepool.configure(%s)", Jsonb({"keep_outputs": False} | (settings or {})))
        for account in replicate.state()["accounts"]:
            stage.rows(
                "select basepool.add_token(%s, %s, %s, %s)",
                account["tokens"][0]["token"],
                account["username"],
                account["type"],
                account["webhook_secret"],
            )
        stage.start_serve()
        stage.start_worker()
        yield stage
