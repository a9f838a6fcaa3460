"""`basepool simulate`."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import httpx
import pytest
from click.testing import CliRunner

from basepool import errors
from basepool.cli.simulate import simulate
from basepool.simulator import SimulatorConfig
from tests.support import PATIENCE_SECONDS

COMMAND = [sys.executable, "-c", "from basepool.cli.simulate import simulate; simulate()"]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_stopped(stop: signal.Signals) -> None:
    arguments = ["--port", "0", "--accounts", "2", "--seed", "5", "--fault", "fail=E003", "0.5", "--run-seconds", "3"]
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            state = httpx.get(f"{url}/_sim/state", timeout=PATIENCE_SECONDS).json()
            assert state["faults"]["rates"] == {"fail=E003": 0.5}
            assert state["config"]["run_seconds"] == [3, 3]
            process.send_signal(stop)
            # Not communicate(): it would miss what readline() has taken from the pipe already.
            shown = process.stdout.read()
            assert process.wait(timeout=PATIENCE_SECONDS) == 0
        finally:
            process.kill()
        assert process.stderr is not None
        assert process.stderr.read() == ""
    for account in SimulatorConfig(seed=5, account_count=2).resolved_accounts():
        assert f"{account.username}    {account.type}" in shown
        assert account.tokens[0] in shown


def test_a_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = CliRunner().invoke(simulate, ["--port", str(taken.getsockname()[1])])
    assert isinstance(result.exception, errors.PortInUse)
    assert result.exception.code == "TP015"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--fault", "nothing", "0.5"], "unknown fault 'nothing'"),
        (["--fault", "throttled", "2"], "2.0 is not in the range"),
        (["--run-seconds", "soon"], "neither a number nor a range"),
        (["--run-seconds", "5..2"], "the first number must not be above the second"),
        (["--speed", "0"], "greater than 0"),
        (["--host", "not an address"], "cannot listen on"),
    ],
)
def test_options_that_make_no_sense(arguments: list[str], complaint: str) -> None:
    result = CliRunner().invoke(simulate, arguments)
    assert result.exit_code == 2
    assert complaint in result.output
