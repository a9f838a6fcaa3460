"""The processes of the product, as a user starts them, and what CPU time each has taken."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import httpx
import psutil

from bench.harness import LOCAL, Bench, Failed
from dev.devserver import PROJECT, dies_with_parent

_START_SECONDS = 30.0
_STOP_SECONDS = 20.0


class Process:
    """A Python module that keeps running; what it logs is in .local/bench."""

    def __init__(self, name: str, arguments: tuple[str, ...], variables: dict[str, str]) -> None:
        self._log = LOCAL / f"{name}.log"
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=PROJECT,
                env={**os.environ, **variables},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=dies_with_parent(),  # noqa: PLW1509
            )

    def check(self) -> None:
        """Raises Failed when it has ended, with its last words."""
        if self._process.poll() is not None:
            words = self._log.read_text(errors="replace").strip().splitlines()[-3:]
            raise Failed(" / ".join(words) or "a process ended without a word")

    def cpu_seconds(self) -> float:
        """User and system time so far."""
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    def cpu_seconds_of_all(self) -> float:
        """The same with its children, and with those of theirs that have ended."""
        process = psutil.Process(self._process.pid)
        total = 0.0
        for each in [process, *process.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                times = each.cpu_times()
                total += times.user + times.system
                total += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
        return total

    def stop(self) -> None:
        """Gracefully, then not."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def running(
    module: str, *arguments: str, name: str, answers_at: str | None = None, **variables: str
) -> Iterator[Process]:
    """`python -m module`, ready to work: it answers at that URL."""
    process = Process(name, (module, *arguments), variables)
    try:
        if answers_at:
            until(lambda: _answers(process, answers_at), _START_SECONDS, f"{name}'s answer")
        yield process
    finally:
        process.stop()


def _answers(process: Process, url: str) -> bool:
    process.check()
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(url, trust_env=False).status_code < 500
    return False


def until(look: Callable[[], bool], seconds: float, what: str, pause: float = 0.05) -> None:
    """Wait until `look()`. Raises Failed."""
    deadline = time.monotonic() + seconds
    while not look():
        if time.monotonic() > deadline:
            raise Failed(f"{what} did not come within {seconds:.0f} s")
        time.sleep(pause)


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def server_cpu_seconds(bench: Bench) -> float:
    """All of Postgres so far: the postmaster, its children, and those that have ended (Linux only)."""
    postmaster = psutil.Process(bench.server.pid)
    times = postmaster.cpu_times()
    total = times.user + times.system + getattr(times, "children_user", 0) + getattr(times, "children_system", 0)
    for child in postmaster.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            own = child.cpu_times()
            total += own.user + own.system
    return float(total)
