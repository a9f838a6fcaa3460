"""`basepool` commands as processes, without their start-up: one process imports everything once and forks for each, which is
then as if it had been started from a shell, with an environment, a stdin and outputs of its own.

Hundreds of them run in the tests, and half a second of imports each was a tenth of the suite. That the console script and
`python -m basepool` start by themselves is seen where they are installed (test_wheel.py) and in the demo.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import logging
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

_NUMBER = struct.Struct("!i")
_STREAMS = 3


class Started:
    """A command that was started: what subprocess.Popen offers of it."""

    def __init__(self, pid: int, status: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._status = status
        self._lock = threading.Lock()

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status (negative: the signal that ended it). Raises subprocess.TimeoutExpired."""
        with self._lock:
            if self.returncode is None:
                if not select.select([self._status], [], [], timeout)[0]:
                    raise subprocess.TimeoutExpired("basepool", timeout or 0)
                told = os.read(self._status, _NUMBER.size)
                os.close(self._status)
                # who should have told it is gone, and so is all that it had started
                self.returncode = _NUMBER.unpack(told)[0] if told else -signal.SIGKILL
            return self.returncode

    def poll(self) -> int | None:
        """The same if it has ended, else None."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


class _Starter:
    """The other process, seen from here."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None

    def start(self, request: dict[str, Any], streams: Sequence[int]) -> Started:
        body = json.dumps(request).encode()
        status, tells = os.pipe()
        try:
            with self._lock:
                control = self._control or self._begin()
                socket.send_fds(control, [_NUMBER.pack(len(body))], [*streams, tells])
                control.sendall(body)
                pid = _NUMBER.unpack(_receive(control, _NUMBER.size))[0]
        finally:
            os.close(tells)
        return Started(pid, status)

    def _begin(self) -> socket.socket:
        self._control, other = socket.socketpair()
        with other:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.starter", str(other.fileno())],
                pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL,
            )
        atexit.register(self._end, self._control, process)
        return self._control

    @staticmethod
    def _end(control: socket.socket, process: subprocess.Popen[bytes]) -> None:
        control.close()
        process.wait()


_starter = _Starter()


def start(arguments: Sequence[str], variables: dict[str, str], stdin: int, stdout: int, stderr: int) -> Started:
    """Start `basepool` with these arguments, this environment and these file descriptors."""
    request = {"arguments": list(arguments), "variables": variables, "folder": os.getcwd()}
    return _starter.start(request, [stdin, stdout, stderr])


def _receive(control: socket.socket, size: int) -> bytes:
    """So many bytes; fewer where the other side has gone."""
    got = b""
    while len(got) < size and (piece := control.recv(size - len(got))):
        got += piece
    return got


# the other process


def _serve(control: socket.socket) -> None:
    """Fork for each request, and tell how each ended, until nobody asks any more; then nothing is left."""
    # SIGCHLD is read like everything else that comes in
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    tells: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([control.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _tell_of_ends(tells)
        if control.fileno() in ready and not _fork(control, tells):
            for pid in tells:
                os.kill(pid, signal.SIGKILL)
            return


def _fork(control: socket.socket, tells: dict[int, int]) -> bool:
    """Take one request and fork for it; false where nobody is left to ask."""
    size, fds, _, _ = socket.recv_fds(control, _NUMBER.size, _STREAMS + 1)
    if not size:
        return False
    request = json.loads(_receive(control, _NUMBER.unpack(size)[0]))
    pid = os.fork()
    if pid == 0:
        _live(request, fds[:_STREAMS])
    for fd in fds[:_STREAMS]:
        os.close(fd)
    tells[pid] = fds[_STREAMS]
    control.sendall(_NUMBER.pack(pid))
    return True


def _tell_of_ends(tells: dict[int, int]) -> None:
    """Each that has ended, to who waits for it."""
    while tells:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with contextlib.suppress(BrokenPipeError):
            os.write(tells[pid], _NUMBER.pack(os.waitstatus_to_exitcode(status)))
        os.close(tells.pop(pid))


def _live(request: dict[str, Any], streams: Sequence[int]) -> NoReturn:
    """Be that command."""
    from basepool.cli import main

    code: object = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        # where the tests run in the background of a shell, it is ignored, and whoever is started inherits that
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number, fd in enumerate(streams):
            os.dup2(fd, number)
        for fd in map(int, os.listdir("/dev/fd")):
            if fd >= _STREAMS:
                with contextlib.suppress(OSError):
                    os.close(fd)
        os.environ.clear()
        os.environ.update(request["variables"])
        os.chdir(request["folder"])
        random.seed()
        main(request["arguments"])
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
    finally:
        logging.shutdown()
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def _import_all() -> None:
    """What any command needs."""
    import click

    from basepool.cli import cli

    context = click.Context(cli)
    for name in cli.list_commands(context):
        cli.get_command(context, name)
    with contextlib.suppress(ImportError):
        import uvloop  # noqa: F401
    # what is there by now is nobody's garbage
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    _import_all()
    _serve(socket.socket(fileno=int(sys.argv[1])))
