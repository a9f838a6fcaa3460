"""The peers: what each is pinned to, and how it gets here from its registry. Nothing of theirs is in this repository."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass, replace
from pathlib import Path

from bench.harness import LOCAL, Bench, Failed
from bench.peers.driver import Rate, Task
from dev.devserver import PROJECT

# the same driver and loop for all that let one choose
_ASYNCPG = ("asyncpg==0.32.0", "uvloop==0.23.0")
_PSYCOPG = ("psycopg[binary,pool]==3.3.9",)
_PG = ("pg@8.23.1",)
# npm has Node itself, a package per platform; both peers need this one or a newer
_NODE = (22, 18)
_NODE_VERSION = "22.23.3"
_PEERS_DIR = LOCAL / "peers"
_NODE_DIR = _PEERS_DIR / "node"
_LIMIT_SECONDS = 180
_REASON_LENGTH = 200


@dataclass(frozen=True)
class Peer:
    """Somebody else's queue: its driver in bench/peers, its pins (its own first), and what it can do."""

    name: str
    driver: str
    pins: tuple[str, ...]
    finish: str = "finish"
    """The driver's name of the operation."""
    submits_batches: bool = True
    finishes_singly: bool = True
    finishes_batches: bool = True

    @property
    def folder(self) -> Path:
        """Where it is installed."""
        return _PEERS_DIR / Path(self.driver).stem

    @property
    def is_python(self) -> bool:
        """Else it runs on Node."""
        return self.driver.endswith(".py")


PEERS = (
    Peer("pgmq, archive", "pgmq.py", ("pgmq==1.1.4", *_ASYNCPG)),
    Peer("pgmq, delete", "pgmq.py", ("pgmq==1.1.4", *_ASYNCPG), finish="finish-delete"),
    Peer("graphile-worker", "graphile_worker.mjs", ("graphile-worker@0.18.0", *_PG)),
    Peer("pg-boss", "pg_boss.mjs", ("pg-boss@12.38.0", *_PG)),
    Peer("PgQueuer", "pgqueuer.py", ("pgqueuer==1.6.0", *_ASYNCPG), finishes_singly=False),
    Peer("procrastinate", "procrastinate.py", ("procrastinate==3.10.0", *_PSYCOPG), finishes_batches=False),
    Peer("Absurd", "absurd.py", ("absurd-sdk==0.5.1", "absurdctl==0.5.1", *_PSYCOPG), submits_batches=False),
)


def installed(bench: Bench) -> list[Peer]:
    """Install what is not there yet. Who can't be had is left out, with a note that says why."""
    here = []
    for peer in PEERS:
        try:
            _install(bench, peer)
        except Failed as error:
            bench.results.note(f"{peer.name} is left out: {error}")
        else:
            here.append(peer)
    return here


def pins() -> list[str]:
    """The peers' versions, for the report."""
    return list(dict.fromkeys(re.sub("==|@", " ", peer.pins[0]) for peer in PEERS))


def drive(peer: Peer, task: Task) -> Rate:
    """Run a peer's driver. Raises Failed."""
    if task.operation == "finish":
        task = replace(task, operation=peer.finish)
    if peer.is_python:
        command = [str(peer.folder / "bin" / "python"), "-m", f"bench.peers.{Path(peer.driver).stem}"]
    else:
        command = [str(_node()), str(PROJECT / "bench" / "peers" / peer.driver)]
    environment = {**os.environ, "BENCH_NODE": str(peer.folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [*command, task.arguments()],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_LIMIT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"not done after {_LIMIT_SECONDS} s") from None
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["it said nothing"]
        raise Failed(next((line for line in lines if re.match(r"[\w.]*(Error|Exception)\b", line)), lines[-1]))
    return Rate(**json.loads(done.stdout.strip().splitlines()[-1]))


def _install(bench: Bench, peer: Peer) -> None:
    """Into an environment of its own. Raises Failed."""
    if peer.is_python:
        _install_python(bench, peer.folder, peer.pins)
        return
    if shutil.which("npm") is None:
        raise Failed("npm is not here; install Node")
    if _node() is None:
        _install_node(bench, _NODE_DIR, (f"node-{_platform()}@{_NODE_VERSION}",))
        if _node() is None:
            raise Failed(f"Node {_NODE[0]}.{_NODE[1]} or newer is not here")
    _install_node(bench, peer.folder, peer.pins)


def _install_python(bench: Bench, folder: Path, pins: tuple[str, ...]) -> None:
    mark = "\n".join([sys.version, *pins])
    if not _is_marked(folder, mark):
        bench.say(f"installing {pins[0]}")
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        _run(folder, str(folder / "bin" / "pip"), "install", "--disable-pip-version-check", "--quiet", *pins)
        _mark(folder, mark)


def _install_node(bench: Bench, folder: Path, pins: tuple[str, ...]) -> None:
    mark = "\n".join(pins)
    if not _is_marked(folder, mark):
        bench.say(f"installing {pins[0]}")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text("{}")
        _run(folder, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *pins)
        _mark(folder, mark)


def _run(folder: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        # the first says what, npm's first only a code
        reason = next(
            (line for line in lines if "error" in line.lower() and " code " not in line), f"{command[0]} failed"
        )
        raise Failed(reason[:_REASON_LENGTH])


def _is_marked(folder: Path, mark: str) -> bool:
    file = folder / ".installed"
    return file.exists() and file.read_text() == mark


def _mark(folder: Path, mark: str) -> None:
    (folder / ".installed").write_text(mark)


def _node() -> str | None:
    """A Node that is new enough: the machine's, or the one from npm."""
    ours = _NODE_DIR / "node_modules" / f"node-{_platform()}" / "bin" / "node"
    return next((node for node in (shutil.which("node"), str(ours)) if node and _is_new_enough(node)), None)


def _is_new_enough(node: str) -> bool:
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return False
    found = re.match(r"v(\d+)\.(\d+)", done.stdout)
    return found is not None and (int(found[1]), int(found[2])) >= _NODE


def _platform() -> str:
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"{platform.system().lower()}-{machine}"
