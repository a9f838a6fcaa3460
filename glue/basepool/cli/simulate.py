"""`basepool simulate`: a stand-in of Replicate on this machine."""

from __future__ import annotations

import errno
import signal
import sys
from typing import IO, Literal

import click
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table

from basepool import errors
from basepool.simulator.config import AccountConfig, SimulatorConfig
from basepool.simulator.faults import KINDS
from basepool.simulator.raw import RawAnswer
from basepool.simulator.server import listen, make_server

_RAW = TypeAdapter(tuple[RawAnswer, ...])
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def seconds_range(text: str) -> tuple[float, float]:
    """`2..5` or `3` as the two ends of a range of seconds. Raises click.BadParameter for anything else."""
    low, separator, high = text.partition("..")
    try:
        first = float(low)
        return first, float(high) if separator else first
    except ValueError:
        raise click.BadParameter(f"{text!r} is neither a number nor a range such as 2..5") from None


@click.command(
    epilog="Example: basepool simulate --fault webhook_lost 0.1 --fault server_error=503 0.05. Faults: "
    + ", ".join(name if kind.value is None else f"{name}={kind.value}" for name, kind in KINDS.items())
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=9100, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--accounts", default=3, show_default=True, type=click.IntRange(1, 1000), help="How many accounts.")
@click.option("--tokens-per-account", default=1, show_default=True, type=click.IntRange(1, 100), help="Tokens of each.")
@click.option("--seed", default=1, show_default=True, help="Tokens, timing and faults follow from it.")
@click.option("--speed", default=1.0, show_default=True, help="How much faster than the clock predictions live.")
@click.option(
    "--start-seconds",
    default="0.2..1",
    show_default=True,
    type=seconds_range,
    metavar="A..B",
    help="Wait before the start.",
)
@click.option(
    "--run-seconds", default="2..5", show_default=True, type=seconds_range, metavar="A..B", help="Length of a run."
)
@click.option(
    "--fault",
    "faults",
    nargs=2,
    type=(str, click.FloatRange(0, 1)),
    multiple=True,
    metavar="FAULT RATE",
    help="Let FAULT strike at RATE (0 to 1); may be repeated.",
)
@click.option(
    "--raw",
    type=click.File("rb"),
    metavar="FILE",
    help="Answer as bytes say: a JSON list as PUT /_sim/raw takes it (see the simulator's README).",
)
@click.option("--limits/--no-limits", default=True, show_default=True, help="Replicate's rate limits.")
@click.option(
    "--http-webhooks",
    default="loopback",
    show_default=True,
    type=click.Choice(["never", "loopback", "any"]),
    help="Where webhooks may go without https.",
)
@click.option("--public-url", help="Where callers reach the simulator, if not at the address they use.")
def simulate(
    host: str,
    port: int,
    accounts: int,
    tokens_per_account: int,
    seed: int,
    speed: float,
    start_seconds: tuple[float, float],
    run_seconds: tuple[float, float],
    faults: tuple[tuple[str, float], ...],
    raw: IO[bytes] | None,
    limits: bool,
    http_webhooks: Literal["never", "loopback", "any"],
    public_url: str | None,
) -> None:
    """Run a stand-in of Replicate until it is interrupted.

    It prints its base URL and the tokens of its accounts. What it is asked, what it would have charged and how it
    misbehaves are under /_sim of the same address.
    """
    try:
        config = SimulatorConfig(
            seed=seed,
            account_count=accounts,
            tokens_per_account=tokens_per_account,
            speed=speed,
            start_seconds=start_seconds,
            run_seconds=run_seconds,
            fault_rates=dict(faults),
            raw=() if raw is None else _RAW.validate_json(raw.read()),
            limits=limits,
            http_webhooks=http_webhooks,
            public_url=public_url,
        )
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "raw"
        option = "--raw" if name.isdecimal() else {"fault_rates": "--fault"}.get(name, f"--{name.replace('_', '-')}")
        raise click.BadParameter(first["msg"].removeprefix("Value error, "), param_hint=option) from None
    try:
        listener = listen(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise errors.PortInUse(
                f"port {port} of {host} is in use", hint="choose another with --port, or stop what listens there"
            ) from None
        raise click.BadParameter(
            f"cannot listen on {host} port {port}: {error.strerror}", param_hint="--host"
        ) from None
    shown_host = f"[{host}]" if ":" in host else host
    _greet(f"http://{shown_host}:{listener.getsockname()[1]}", config.resolved_accounts(), host)
    # The server passes a signal on when it has stopped; both of these are the ordinary end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        make_server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        sys.exit(0)


def _greet(url: str, accounts: tuple[AccountConfig, ...], host: str) -> None:
    """Print where the simulator is and whose tokens it takes."""
    console = Console(soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    for heading in ("account", "kind", "token"):
        table.add_column(heading, no_wrap=True)
    for account in accounts:
        for token in account.tokens:
            table.add_row(account.username, account.type, token)
    console.print(f"Replicate's stand-in answers at {url}", highlight=False)
    console.print(f"REPLICATE_BASE_URL={url}", highlight=False)
    console.print(f"operator: {url}/_sim/state, /_sim/stats\n", highlight=False)
    console.print(table)
    if host not in _LOOPBACK:
        console.print("\nIt listens beyond this machine, and whoever reaches it may control it.", highlight=False)
    sys.stdout.flush()
