"""Everything on one machine: Postgres with pg_cron, a Replicate simulator, `basepool serve` and `basepool work`; for
development also the gallery of `examples/`, and what stands in for Supabase under it.

`python -m dev.stack up` keeps it running for development, its data in `.local/`; `down` stops it. The demo uses the same
stack in a temporary folder. Nothing here outlives its parent, however that dies.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import httpx
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from rich.console import Console
from rich.table import Table

from basepool.errors import BasepoolError, ConfigError, PortInUse, SetupError
from basepool.migrate import migrate
from basepool.simulator.config import SimulatorConfig
from basepool.simulator.server import SimulatorServer
from dev import devserver
from dev.devserver import PROJECT, DevServer, dies_with_parent, is_taken, reserved_port
from dev.supabase import SupabaseServer

LOCAL = PROJECT / ".local"
STATE = LOCAL / "stack.json"
ENVIRONMENT = LOCAL / "stack.env"
GALLERY_PORT = 8001
"""Where `make up` serves the gallery, unless DEV_GALLERY_PORT says otherwise."""

_GALLERY_USER = "5a1b0c4e-0000-4000-8000-000000000001"
_START_SECONDS = 180.0
_STOP_SECONDS = 20.0

Say = Callable[[str], None]


class Stack:
    """The running parts. Use `running_stack`."""

    def __init__(self, server: DevServer, simulator: SimulatorServer, folder: Path, port: int) -> None:
        self.server = server
        self.simulator = simulator
        self.folder = folder
        self.outputs = (folder / "outputs").absolute()
        """What is kept."""
        self.url = f"http://127.0.0.1:{port}"
        self.page_url = f"{self.url}/admin/"
        """The operator's page."""
        self.operator = ("operator", secrets.token_urlsafe(18))
        """Who may log in there, by which secret; of this run alone."""
        self.owner_url = server.url()
        self.environment = {
            "DATABASE_URL": server.url(user="basepool_glue"),
            "REPLICATE_BASE_URL": simulator.url,
            "PUBLIC_URL": self.url,
            "PORT": str(port),
            "CRON_SECRET": secrets.token_urlsafe(24),
            "DISPATCH_SECRET": secrets.token_urlsafe(24),
            "OPERATOR_SECRET": secrets.token_urlsafe(24),
            "OPERATORS": ":".join(self.operator),
            "WORKER_GRACE_SECONDS": "5",
            "STORE_URL": self.outputs.as_uri(),
            "STORE_SPOOL": str(folder / "spool"),
            "STORE_SOURCES": "127.0.0.1",
        }
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def basepool(self, *arguments: str, stdin: str | None = None) -> str:
        """Run one `basepool` command in this stack and return what it printed. Raises SetupError if it failed."""
        done = subprocess.run(
            [sys.executable, "-m", "basepool", *arguments],
            env={**os.environ, **self.environment},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise SetupError(f"basepool {' '.join(arguments)} failed: {done.stderr.strip()}")
        return done.stdout

    def launch(self, *arguments: str) -> None:
        """Start a `basepool` command that keeps running; its output goes to a file."""
        with open(self.folder / f"{arguments[0]}.log", "ab") as output:
            self._children[arguments[0]] = subprocess.Popen(
                [sys.executable, "-m", "basepool", *arguments],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=dies_with_parent(),  # noqa: PLW1509
            )

    def check(self) -> None:
        """Raises SetupError when a part has died, with its last words."""
        for name, child in self._children.items():
            if child.poll() is not None:
                words = (self.folder / f"{name}.log").read_text(errors="replace").strip().splitlines()[-3:]
                raise SetupError(f"basepool {name} ended: {' / '.join(words) or 'it said nothing'}")

    def wait_until_ready(self) -> None:
        """Returns when `serve` can do its work. Raises SetupError."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            self.check()
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/readyz", trust_env=False).is_success:
                    return
            time.sleep(0.1)
        raise SetupError(f"basepool serve was not ready within {_START_SECONDS:.0f} seconds")

    def stop(self) -> None:
        """Stop what `launch` started: gracefully, then not."""
        for child in self._children.values():
            child.terminate()
        deadline = time.monotonic() + _STOP_SECONDS
        for child in self._children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._children.clear()


@contextlib.contextmanager
def running_stack(
    simulator_config: SimulatorConfig,
    *,
    say: Say,
    folder: Path | None = None,
    database_port: int | None = None,
    simulator_port: int = 0,
    serve_port: int | None = None,
    max_in_flight: int = 10,
) -> Iterator[Stack]:
    """Start everything, yield it, stop everything. `folder` keeps data and logs (default: a temporary one); ports default
    to free ones; `max_in_flight`: seats of each token; `say` hears of each step. Raises BasepoolError."""
    with contextlib.ExitStack() as cleanup:
        if folder is None:
            folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="basepool-")))
            data_dir = None
        else:
            data_dir = folder / "postgres"
            folder.mkdir(parents=True, exist_ok=True)
        say("starting Postgres with pg_cron")
        server = cleanup.enter_context(devserver.start(data_dir, port=database_port))
        say("applying the migrations")
        migrate(server.url(), echo=lambda *_: None)
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("alter role {} login").format(sql.Identifier("basepool_glue")))
        say("starting the Replicate simulator")
        try:
            simulator = cleanup.enter_context(SimulatorServer(simulator_config, port=simulator_port))
        except OSError:
            raise PortInUse(f"port {simulator_port} is in use") from None
        stack = Stack(server, simulator, folder, serve_port or cleanup.enter_context(reserved_port()))
        cleanup.callback(stack.stop)
        say("adding the tokens: Replicate is asked whose they are")
        known = _token_count(server.url())
        if known == 0:
            stack.basepool(
                "tokens",
                "add",
                "--max-in-flight",
                str(max_in_flight),
                stdin="".join(f"{t}\n" for t in simulator.tokens),
            )
        say("starting basepool serve and basepool work")
        stack.launch("serve")
        stack.launch("work")
        stack.wait_until_ready()
        yield stack


def call(connection: psycopg.Connection[Any], function: str, *arguments: Any, **named: Any) -> Any:
    """Call an SQL function that returns one value, for example call(c, "basepool.get_status")."""
    query = sql.SQL("select {}({})").format(
        sql.Identifier(*function.split(".")),
        sql.SQL(", ").join(
            [
                *(sql.Placeholder() for _ in arguments),
                *(
                    sql.SQL("{} => {}").format(sql.Identifier(name), sql.Literal(value))
                    for name, value in named.items()
                ),
            ]
        ),
    )
    row = connection.execute(query, arguments).fetchone()
    return row[0] if row else None


def die_with_make() -> None:
    """Ends this process when the `make` that started it is killed, even with -9."""
    if sys.platform.startswith("linux") and "MAKELEVEL" in os.environ:
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def stop_on_signals() -> None:
    """SIGTERM and SIGHUP unwind like Ctrl-C, so that what was started is stopped."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)


def _token_count(url: str) -> int:
    with psycopg.connect(url) as connection:
        return len(call(connection, "basepool.get_status")["tokens"])


# make up, make down


@click.group(help="The development stack: `make up` and `make down`.")
def main() -> None:
    """The command line of this module."""


@main.command(help="Keep the stack running in the background; data in .local/.")
def up() -> None:
    """Start the supervisor in the background and wait until everything answers."""
    if state := _state():
        _show(state, "is up already")
        return
    LOCAL.mkdir(exist_ok=True)
    STATE.unlink(missing_ok=True)
    with open(LOCAL / "stack.log", "wb") as output:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "dev.stack", "run"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={name: value for name, value in os.environ.items() if name not in {"MAKELEVEL", "MAKEFLAGS", "MFLAGS"}},
        )
    deadline = time.monotonic() + 2 * _START_SECONDS
    while not (state := _state()):
        if supervisor.poll() is not None or time.monotonic() > deadline:
            sys.stderr.write((LOCAL / "stack.log").read_text(errors="replace"))
            raise SystemExit(2)
        time.sleep(0.1)
    _show(state, "is up")


@main.command(help="Stop what `make up` started; the data stays.")
def down() -> None:
    """Stop the supervisor and wait until it has gone."""
    state = _state()
    if not state:
        click.echo("basepool is not up")
        return
    os.kill(state["pid"], signal.SIGTERM)
    deadline = time.monotonic() + 2 * _STOP_SECONDS
    while _state():
        if time.monotonic() > deadline:
            os.kill(state["pid"], signal.SIGKILL)
            STATE.unlink(missing_ok=True)
        time.sleep(0.1)
    click.echo("basepool is down; its data stays in .local/postgres")


@main.command(hidden=True, help="The supervisor that `up` leaves behind.")
def run() -> None:
    """Runs the stack until it is told to stop."""
    stop_on_signals()
    settings = SimulatorConfig(account_count=5)
    try:
        gallery_port = _free_port("DEV_GALLERY_PORT", GALLERY_PORT)
        with (
            running_stack(
                settings,
                say=click.echo,
                folder=LOCAL,
                database_port=_free_port("DEV_DATABASE_PORT", 54329),
                simulator_port=_free_port("DEV_SIMULATOR_PORT", 9100),
                serve_port=_free_port("PORT", 8000),
            ) as stack,
            _gallery(stack, gallery_port) as gallery,
        ):
            ENVIRONMENT.touch(mode=0o600)
            ENVIRONMENT.write_text("".join(f"{name}={value}\n" for name, value in stack.environment.items()))
            STATE.touch(mode=0o600)
            STATE.write_text(
                json.dumps(
                    {
                        "pid": os.getpid(),
                        "database": stack.owner_url,
                        "glue": stack.url,
                        "simulator": stack.simulator.url,
                        "gallery": gallery.url,
                        "page": stack.page_url,
                        "login": " ".join(stack.operator),
                    }
                )
            )
            while True:
                stack.check()
                time.sleep(1)
    except KeyboardInterrupt:
        pass
    except BasepoolError as error:
        click.echo(f"error {error.code}: {error.message}\n  hint: {error.hint}", err=True)
        raise SystemExit(2) from None
    finally:
        STATE.unlink(missing_ok=True)
        ENVIRONMENT.unlink(missing_ok=True)


def _gallery(stack: Stack, port: int) -> SupabaseServer:
    """The page of examples/gallery, for a user who is told of what changes. Use it as a context manager."""
    with psycopg.connect(stack.owner_url, autocommit=True) as connection:
        call(connection, "basepool.configure", Jsonb({"realtime": True}))
    return SupabaseServer(stack.owner_url, secrets.token_urlsafe(24), user=_GALLERY_USER, port=port)


def _free_port(variable: str, default: int) -> int:
    """The port that `variable` names. Raises PortInUse and ConfigError, which name the variable."""
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ConfigError(f"{variable} is {text!r}", f"Set {variable} to a number from 1 to 65535.")
    if is_taken(int(text)):
        raise PortInUse(f"port {text} is in use", f"Stop what listens there, or set {variable} to another port.")
    return int(text)


def _state() -> dict[str, Any] | None:
    try:
        state: dict[str, Any] = json.loads(STATE.read_text())
    except (OSError, ValueError):
        return None
    return state if _is_alive(state["pid"]) else None


def _is_alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _show(state: dict[str, Any], what: str) -> None:
    console = Console(highlight=False, width=max(100, Console().width))
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_row("Postgres", state["database"])
    table.add_row("basepool serve", state["glue"])
    table.add_row("Replicate simulator", f"{state['simulator']}/_sim/stats")
    # of a stack that an older checkout has started it is not known
    table.add_row("gallery, in a browser", state.get("gallery", "none"))
    if "page" in state:
        table.add_row("operator's page", f"{state['page']}  (log in: {state['login']})")
    table.add_row("logs", ".local/serve.log  .local/work.log")
    console.print(f"basepool {what}")
    console.print(table)
    console.print("\nTry: [bold]set -a; . .local/stack.env; set +a; .venv/bin/basepool status[/bold]   Stop: make down")


if __name__ == "__main__":
    main()
