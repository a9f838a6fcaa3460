"""A Postgres of our own for demo, development and tests: testing.postgresql with pg_cron, as root and as a user.

It listens on 127.0.0.1 only and trusts whoever connects there: a development server, never one for production.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
import psycopg
import testing.postgresql  # type: ignore[import-untyped]
from psycopg import sql

from basepool.errors import PortInUse, SetupError

PROJECT = Path(__file__).parents[2]
_SERVER_USER = "postgres"
_PR_SET_PDEATHSIG = 1
_START_SECONDS = 180.0
OPTIONS = {
    "shared_preload_libraries": "pg_cron",
    "cron.database_name": "postgres",
    # no connection of its own through TCP: a cloned cluster would keep the old port
    "cron.use_background_workers": "on",
    "max_worker_processes": "20",
    "max_connections": "200",
    "listen_addresses": "127.0.0.1",
    # nobody uses one, and its path would be too long in many a TMPDIR
    "unix_socket_directories": "",
    "logging_collector": "off",
}
"""What every development server is started with."""


def find_bindir() -> Path:
    """Where initdb and postgres are, of a server that has pg_cron. Raises SetupError (TP021)."""
    noted = PROJECT / ".local" / "pg_bindir"
    candidates = [Path(noted.read_text().strip())] if noted.is_file() else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
    candidates += sorted(Path("/opt/homebrew/opt").glob("postgresql@*/bin"), reverse=True)
    candidates += sorted(Path("/usr/local/opt").glob("postgresql@*/bin"), reverse=True)
    if found := shutil.which("initdb"):
        candidates.append(Path(found).resolve().parent)
    for bindir in candidates:
        if (bindir / "initdb").exists() and _has_pg_cron(bindir):
            return bindir
    raise SetupError("there is no PostgreSQL with pg_cron here", "Run make setup.")


def _has_pg_cron(bindir: Path) -> bool:
    config = bindir / "pg_config"
    command = [str(config)] if config.exists() else ["pg_config"]
    try:
        share = subprocess.run([*command, "--sharedir"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        share = f"/usr/share/postgresql/{bindir.parent.name}"
    shares = [Path(share), Path(f"/usr/share/postgresql/{bindir.parent.name}")]
    return any((path / "extension" / "pg_cron.control").exists() for path in shares)


def dies_with_parent(signal_number: int = signal.SIGTERM) -> Callable[[], None]:
    """For Popen's preexec_fn: the child gets `signal_number` when this process dies, however it dies. Linux only;
    elsewhere a child outlives a parent that was killed with -9."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def arm() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal_number)
        if os.getppid() != parent:
            os._exit(1)

    return arm


@contextlib.contextmanager
def reserved_port() -> Iterator[int]:
    """A port of 127.0.0.1 that is given to nobody else meanwhile. Whoever names it may listen there, with SO_REUSEADDR as
    servers do; until then nobody answers. Linux only: elsewhere two sockets can't share a port, so it is only free at first."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        port = int(holder.getsockname()[1])
        if not sys.platform.startswith("linux"):
            holder.close()
        yield port


class _Postgres(testing.postgresql.Postgresql):  # type: ignore[misc]
    """testing.postgresql for root as well: PostgreSQL refuses to run as root, so it runs as the user postgres."""

    child_process: subprocess.Popen[bytes] | None

    @property
    def _prefix(self) -> list[str]:
        if os.geteuid() != 0:
            return []
        # --pdeathsig is set after the change of user, which would clear it
        return [
            "setpriv",
            f"--reuid={_SERVER_USER}",
            f"--regid={_SERVER_USER}",
            "--init-groups",
            "--inh-caps=-all",
            "--pdeathsig=QUIT",
            "--",
        ]

    def initialize_database(self) -> None:
        if os.geteuid() == 0:
            user = pwd.getpwnam(_SERVER_USER)
            for path in (self.base_dir, os.path.join(self.base_dir, "data"), os.path.join(self.base_dir, "tmp")):
                os.chown(path, user.pw_uid, user.pw_gid)
        if os.path.exists(os.path.join(self.base_dir, "data", "PG_VERSION")):
            return
        command = [*self._prefix, self.initdb, "-D", os.path.join(self.base_dir, "data"), "-U", "postgres"]
        command += [
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8" if sys.platform.startswith("linux") else "--locale=C",
        ]
        done = subprocess.run([*command, "--no-sync"], check=False, capture_output=True, text=True, cwd="/")
        if done.returncode != 0:
            raise SetupError(f"initdb failed: {done.stderr.strip().splitlines()[-1:]}", "Run make setup.")

    def get_server_commandline(self) -> list[str]:
        return self._prefix + [str(part) for part in super().get_server_commandline()]

    def start(self) -> None:
        if self.child_process:
            return
        self.prestart()
        with open(os.path.join(self.base_dir, "postgres.log"), "ab") as output:
            self.child_process = subprocess.Popen(
                self.get_server_commandline(),
                stdout=output,
                stderr=output,
                cwd="/",
                # Ctrl-C in the terminal is for us; the server is stopped when we have let go of it
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGQUIT) if os.geteuid() != 0 else None,  # noqa: PLW1509
            )
        try:
            self.wait_booting()
        except Exception:
            self.stop()
            raise

    def wait_booting(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self.is_server_available():
            if self.child_process is None or self.child_process.poll() is not None or time.monotonic() > deadline:
                lines = [line for line in self.read_bootlog().splitlines() if "FATAL" in line or "ERROR" in line]
                raise SetupError(f"Postgres did not start: {lines[-1] if lines else 'it said nothing'}")
            time.sleep(0.05)

    def read_bootlog(self) -> str:
        return Path(self.base_dir, "postgres.log").read_text(errors="replace")

    def is_server_available(self) -> bool:
        try:
            psycopg.connect(**{**self.dsn(), "database": None, "dbname": "postgres"}, connect_timeout=10).close()
        except psycopg.Error:
            return False
        return True


class DevServer:
    """A running development server; `stop` it, or use it as a context manager."""

    def __init__(self, server: _Postgres, held: contextlib.ExitStack) -> None:
        self._server = server
        self._held = held

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return int(self._server.settings["port"])

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        return int(self._server.server_pid)

    def url(self, user: str = "postgres", dbname: str = "postgres") -> str:
        """A connection string. pg_cron is in the database `postgres` only."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{dbname}"

    def create_database(self, name: str, template: str = "template1") -> str:
        """Create a database from a template and return its URL. It has no pg_cron: that lives in one database."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(
                sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        return self.url(dbname=name)

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def crash(self) -> None:
        """kill -9 of the whole server, as when the machine goes; `restart` brings it back."""
        postmaster = psutil.Process(self.pid)
        # a backend that outlives its postmaster still answers the statement that it was just given
        postmaster.suspend()
        for child in postmaster.children():
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        postmaster.kill()
        if self._server.child_process:
            self._server.child_process.wait()
        self._server.child_process = None

    def restart(self) -> None:
        """Start it again on the same data and port, after `crash`."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self._server.start()
                return
            except SetupError:
                # children of the killed postmaster still hold the shared memory for a moment
                self._server.child_process = None
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def stop(self) -> None:
        """Stop it and, if it was a throw-away one, remove its data. May be called twice."""
        self._server.stop(signal.SIGINT)
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def start(
    data_dir: Path | None = None,
    *,
    port: int | None = None,
    settings: dict[str, str] | None = None,
    durable: bool = False,
) -> DevServer:
    """Start a server. `data_dir` keeps its data (without it, everything is in a temporary folder and goes with it); `port`:
    default a free one; `settings`: server options; `durable`: with fsync, for tests that crash it. Raises SetupError,
    PortInUse."""
    bindir = find_bindir()
    if os.geteuid() == 0:
        _check_root(data_dir)
    if port is not None and is_taken(port):
        raise PortInUse(f"port {port} is in use", "Stop what listens there, or choose another one.")
    options = {**OPTIONS, **(settings or {})}
    arguments = " ".join([*([] if durable else ["-F"]), *(f"-c {name}={value}" for name, value in options.items())])
    if data_dir is None:
        base_dir = tempfile.mkdtemp(prefix="basepool-pg-")
    else:
        data_dir.mkdir(parents=True, exist_ok=True)
        base_dir = str(data_dir.resolve())
    with contextlib.ExitStack() as held:
        server = _Postgres(
            base_dir=base_dir,
            initdb=str(bindir / "initdb"),
            postgres=str(bindir / "postgres"),
            postgres_args=arguments,
            # kept over a crash, too
            port=held.enter_context(reserved_port()) if port is None else port,
        )
        # testing.postgresql removes only folders it has made itself
        server._use_tmpdir = data_dir is None
        return DevServer(server, held.pop_all())


def _check_root(data_dir: Path | None) -> None:
    try:
        user = pwd.getpwnam(_SERVER_USER)
    except KeyError:
        raise SetupError("there is no user postgres for the server to run as", "Run make setup.") from None
    if data_dir is None:
        return
    folder: Path = data_dir.resolve()
    for parent in folder.parents:
        if parent.exists():
            mode = parent.stat()
            if not (mode.st_mode & 0o001 or mode.st_uid == user.pw_uid):
                raise SetupError(
                    f"the user postgres can't reach {folder}: {parent} is closed to others",
                    f"Run chmod o+x {parent}, move the project elsewhere, or work as a normal user.",
                )


def is_taken(port: int) -> bool:
    """Whether something listens there on this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
