"""A real pgbouncer in transaction mode in front of a test's server."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from dev.devserver import dies_with_parent, reserved_port
from tests.support import PATIENCE_SECONDS

_CONFIG = """\
[databases]
* = host=127.0.0.1 port={server_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users.txt
pool_mode = transaction
default_pool_size = 10
max_client_conn = 500
# a server that comes back is used at once
server_login_retry = 1
logfile = {folder}/pgbouncer.log
"""
# newer ones know the prepared statements of their clients; what goes through this one must do without
_KEEPS_NO_STATEMENTS = "max_prepared_statements = 0\n"
_FIRST_TO_KEEP_STATEMENTS = (1, 21)


class Pooler:
    """Use as a context manager; `url` turns a connection string of the server into one that goes through the pooler."""

    def __init__(self, server_port: int) -> None:
        self._held = contextlib.ExitStack()
        self.port = self._held.enter_context(reserved_port())
        self._folder = Path(tempfile.mkdtemp(prefix="basepool-pooler-"))
        (self._folder / "users.txt").write_text('"postgres" ""\n"basepool_glue" ""\n')
        config = _CONFIG.format(server_port=server_port, port=self.port, folder=self._folder)
        self._program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
        if self._version() >= _FIRST_TO_KEEP_STATEMENTS:
            config += _KEEPS_NO_STATEMENTS
        (self._folder / "pgbouncer.ini").write_text(config)
        self._server_port = server_port
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, direct: str) -> str:
        """The same database, through the pooler."""
        return direct.replace(f":{self._server_port}/", f":{self.port}/")

    def _version(self) -> tuple[int, int]:
        said = subprocess.run([self._program, "--version"], capture_output=True, text=True, check=True).stdout
        [(major, minor)] = re.findall(r"PgBouncer (\d+)\.(\d+)", said)
        return int(major), int(minor)

    def __enter__(self) -> Self:
        user: list[str] = []
        if os.geteuid() == 0:
            # it refuses to run as root
            account = pwd.getpwnam("postgres")
            for path in (self._folder, *self._folder.iterdir()):
                os.chown(path, account.pw_uid, account.pw_gid)
            user = ["-u", "postgres"]
        self._process = subprocess.Popen(
            [self._program, "-q", *user, str(self._folder / "pgbouncer.ini")],
            stderr=subprocess.DEVNULL,
            preexec_fn=dies_with_parent() if not user else None,  # noqa: PLW1509
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            assert self._process.poll() is None, "pgbouncer did not start"
            assert time.monotonic() < deadline, "pgbouncer does not listen"
            time.sleep(0.05)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._held.close()
        shutil.rmtree(self._folder, ignore_errors=True)
