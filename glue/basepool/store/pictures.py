"""What is seen of a file: how large it is, how long, and a thumbnail. A file that breaks or hangs its decoder costs itself."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib.util
import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from basepool.store import draw
from basepool.store.kinds import Kind

_log = logging.getLogger(__name__)

# each draws one file at a time, and is mostly busy with the CPU
_HANDS = max(1, min(os.cpu_count() or 1, 4))
# for a child that should have ended itself, and for the first start on a busy machine
_GRACE_SECONDS = 10.0


@dataclass(frozen=True)
class Limits:
    """What the decoding of one file may use up."""

    seconds: float = 20.0
    memory_bytes: int = 768 * 1024 * 1024
    """Address space, of which libraries and threads take 150 MB."""
    pixels: int = 300_000_000
    """Of width times height, in the original. The largest WebP has 268 million."""


@dataclass(frozen=True)
class Picture:
    """What was found out about a file: pixels of the original as it is shown, that is after any rotation that it asks for, and
    how many seconds it plays. None is not known, or of another kind of file."""

    width: int | None
    height: int | None
    seconds: float | None
    has_thumbnail: bool


DEFAULT_LIMITS = Limits()


async def make_thumbnail(source: Path, kind: Kind, target: Path, limits: Limits = DEFAULT_LIMITS) -> Picture | None:
    """Draw the file `source`, which is of `kind`, as a WebP of at most 512 x 512 pixels into `target`: a picture, or the first
    frame of an animation or (with the extra `video`) of a film. `target` is written only if the result has_thumbnail.

    None if nothing is known of the file: its kind has no picture, or it can't be decoded within `limits`, which is logged."""
    if not _can_draw(kind):
        return None
    job = _Job(
        {
            "source": str(source.absolute()),
            "target": str(target.absolute()),
            "extension": kind.extension,
            "group": kind.group,
            **asdict(limits),
        },
        limits.seconds + _GRACE_SECONDS,
    )
    try:
        found = await asyncio.wrap_future(_executor().submit(job.run))
    except asyncio.CancelledError:
        job.stop()
        raise
    picture = _picture(found)
    if picture is None or not picture.has_thumbnail:
        # it may have been written in part
        target.unlink(missing_ok=True)
    if reason := found.get("reason"):
        # libraries put into it what they read
        said = "".join(each if each.isprintable() else " " for each in str(reason))[:200]
        _log.warning("no thumbnail of %s (%s): %s", source.name, kind.content_type, said)
    return picture


def _can_draw(kind: Kind) -> bool:
    return kind.extension in draw.LOADERS or (kind.extension in draw.DEMUXERS and _has_av())


@functools.cache
def _has_av() -> bool:
    return importlib.util.find_spec("av") is not None


@functools.cache
def _executor() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_HANDS, thread_name_prefix="draw")


def _picture(found: dict[str, Any]) -> Picture | None:
    """What was said of a file, as far as it can be true."""
    width, height, seconds = (_positive(found.get(name)) for name in ("width", "height", "seconds"))
    has_size = width is not None and height is not None
    if not has_size and seconds is None:
        return None
    return Picture(
        int(width) if width and has_size else None,
        int(height) if height and has_size else None,
        seconds,
        found.get("has_thumbnail") is True,
    )


def _positive(value: object) -> float | None:
    return value if isinstance(value, int | float) and 0 < value < 2**31 else None


class _Drawer:
    """A process that draws one file after the other, until it is closed or this process ends."""

    def __init__(self) -> None:
        """It is given nothing of this process' environment, which has secrets in it, and is its own process group: who ends it
        ends its children, and Ctrl-C is not meant for it."""
        self._process = subprocess.Popen(
            # isolated, so that nothing in the current folder is imported; by its path, because basepool need not be installed
            [sys.executable, "-I", draw.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={
                "LANG": "C.UTF-8",
                "VIPS_BLOCK_UNTRUSTED": "1",
                "VIPS_CONCURRENCY": "1",
                # each thread would reserve 64 MB of the address space that is limited
                "MALLOC_ARENA_MAX": "1",
            },
            start_new_session=True,
        )

    def is_alive(self) -> bool:
        """Whether it can take a request."""
        return self._process.poll() is None

    def draw(self, request: dict[str, Any], seconds: float) -> dict[str, Any] | None:
        """The answer to a request; None if the process ended, or had to be ended because it took longer than `seconds`."""
        assert self._process.stdin
        assert self._process.stdout
        timer = threading.Timer(seconds, self.close)
        timer.start()
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        except (OSError, ValueError):
            return None
        finally:
            timer.cancel()
        return answer

    def close(self) -> None:
        """End it and what it is doing."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


_idle: queue.LifoQueue[_Drawer] = queue.LifoQueue()


def _take_drawer() -> _Drawer:
    with contextlib.suppress(queue.Empty):
        while True:
            drawer = _idle.get_nowait()
            if drawer.is_alive():
                return drawer
    return _Drawer()


class _Job:
    """One file that is drawn: a thread of this process waits for a process of its own."""

    def __init__(self, request: dict[str, Any], seconds: float) -> None:
        self._request = request
        self._seconds = seconds
        self._drawer: _Drawer | None = None
        self._is_stopped = False
        self._lock = threading.Lock()

    def run(self) -> dict[str, Any]:
        """What was found out about the file."""
        try:
            with self._lock:
                if self._is_stopped:
                    return {}
                self._drawer = drawer = _take_drawer()
        except OSError as error:
            return {"reason": f"no process could be started: {error}"}
        answer = drawer.draw(self._request, self._seconds)
        with self._lock:
            self._drawer = None
        if answer is not None:
            _idle.put(drawer)
            return answer
        drawer.close()
        return {"reason": "the process that drew it ended"}

    def stop(self) -> None:
        """End it at once: nothing is written any more."""
        with self._lock:
            self._is_stopped = True
            if self._drawer is not None:
                self._drawer.close()
