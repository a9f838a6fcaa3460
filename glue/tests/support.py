"""What the tests of processes and HTTP share: `basepool` as a real process, and waiting for what must come to pass."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import IO, Any, Self, TypeVar
from uuid import UUID, uuid4

import httpx
import psycopg
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from psycopg.types.json import Jsonb
from standardwebhooks.webhooks import Webhook

from dev.devserver import reserved_port
from tests.starter import start

T = TypeVar("T")

PATIENCE_SECONDS = 180.0
"""How long a busy machine may take for what a quiet one does at once. Nothing waits that long unless a test fails."""


def user(number: int) -> UUID:
    """User number `number`."""
    return UUID(int=0x5A1B0C4E00004000800000000000 << 16 | number)


def eventually(look: Callable[[], T | None], what: str = "it", seconds: float = PATIENCE_SECONDS) -> T:
    """The first true value of `look()`; fails when there is none within `seconds`, and where the machine is so busy that we
    hardly come to look, within as many looks as a tenth of a second each would be."""
    deadline, looks = time.monotonic() + seconds, 0
    while not (seen := look()):
        looks += 1
        assert time.monotonic() < deadline or looks < 10 * seconds, f"{what} did not happen within {seconds:g} s"
        time.sleep(0.02)
    return seen


def explore(machine: type[RuleBasedStateMachine], url: str, examples: int) -> None:
    """Run a state machine, which takes its `connection` to the database `url` and leaves it as it was: the same examples every
    time, 30 steps each. They share it, so that what was planned once is not planned again."""
    with psycopg.connect(url) as connection:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            type("Here", (machine,), {"connection": connection}),
            settings=settings(
                max_examples=examples,
                stateful_step_count=30,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                derandomize=True,
            ),
        )


WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def signed(body: bytes, secret: str = WEBHOOK_SECRET) -> dict[str, str]:
    """The headers that Replicate sends with a webhook, of now."""
    id, at = f"msg_{uuid4().hex}", datetime.now(UTC)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(id, at, body.decode()),
        "content-type": "application/json",
    }


def environment(**variables: str) -> dict[str, str]:
    """The environment of a `basepool` process: `variables`, and what Python needs."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | variables


def basepool(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run one `basepool` command to its end."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as complained:
        given.write(stdin.encode())
        given.seek(0)
        process = start(arguments, environment(**variables), given.fileno(), printed.fileno(), complained.fileno())
        try:
            code = process.wait(2 * PATIENCE_SECONDS)
        finally:
            process.kill()
        return subprocess.CompletedProcess(arguments, code, _text(printed), _text(complained))


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


class Process:
    """A `basepool` command that keeps running. What it logs goes to a file: a pipe nobody reads would stop it."""

    def __init__(self, arguments: tuple[str, ...], variables: dict[str, str]) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        with open(os.devnull, "r+b") as nothing:
            self._process = start(
                arguments, environment(**variables), nothing.fileno(), nothing.fileno(), self._log.fileno()
            )
        self.pid = self._process.pid
        self.send_signal = self._process.send_signal
        self.poll = self._process.poll
        self.wait = self._process.wait

    def said(self) -> str:
        """What it has logged so far."""
        return os.pread(self._log.fileno(), 1_000_000, 0).decode()

    def end(self) -> None:
        """Kill it if it still runs."""
        self._process.kill()
        self._process.wait()
        self._log.close()


@contextlib.contextmanager
def running(*arguments: str, **variables: str) -> Iterator[Process]:
    """A `basepool` command that keeps running; killed at the end if it still does."""
    process = Process(arguments, variables)
    try:
        yield process
    finally:
        process.end()


@contextlib.contextmanager
def serving_process(**variables: str) -> Iterator[tuple[str, Process]]:
    """`basepool serve` on a port of its own, and its URL, once it answers. `PUBLIC_URL` is set to it."""
    with reserved_port() as port:
        url = f"http://127.0.0.1:{port}"
        with running("serve", PORT=str(port), PUBLIC_URL=url, **variables) as process:

            def answers() -> bool:
                assert process.poll() is None, process.said()
                # httpx reads all certificates before each look
                with contextlib.suppress(OSError, httpx.TransportError), socket.create_connection(("127.0.0.1", port)):
                    return httpx.get(f"{url}/healthz", trust_env=False).is_success
                return False

            eventually(answers, "basepool serve's answer")
            yield url, process


@contextlib.contextmanager
def serving(**variables: str) -> Iterator[str]:
    """The same, of which only the URL matters."""
    with serving_process(**variables) as (url, _):
        yield url


class Owner:
    """The database as its owner sees it."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What `query` returns."""
        cursor = self._connection.execute(query.encode(), parameters)
        return cursor.fetchall() if cursor.description else []

    def value(self, query: str, *parameters: Any) -> Any:
        """The one value that `query` returns."""
        [[value]] = self.rows(query, *parameters)
        return value

    def submit(self, number: int, prompt: str = "a cat", model: str = "acme/painter") -> UUID:
        """Submit for user `number`."""
        return UUID(
            str(
                self.value(
                    "select public.submit_generation(%s, %s, p_user_id => %s)",
                    model,
                    Jsonb({"prompt": prompt}),
                    user(number),
                )
            )
        )

    def claim(self) -> dict[str, Any]:
        """Claim one generation as a worker would, and return the lease."""
        cursor = self._connection.execute("select * from basepool.claim_generations('tester', 1)")
        assert cursor.description
        [row] = cursor.fetchall()
        return dict(zip([column.name for column in cursor.description], row, strict=True))

    def statuses(self) -> dict[str, int]:
        """How many generations have which status."""
        return dict(self.rows("select status, count(*) from public.generations group by status"))
