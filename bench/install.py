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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.harness import LOCAL, Bench, Failed
from bench.peers.driver import Rate, Task
from dev.devserver import PROJECT

PYTHON_PACKAGES = (
    "pgmq==1.1.4",
    "pgqueuer==1.6.0",
    "procrastinate==3.10.0",
    "absurd-sdk==0.5.1",
    "absurdctl==0.5.1",
    "asyncpg==0.32.0",
    "psycopg[binary,pool]==3.3.9",
    "uvloop==0.23.0",
)
NODE_PACKAGES = ("graphile-worker@0.18.0", "pg-boss@12.38.0", "pg@8.23.1")
# the registry has Node itself, a package per platform; both peers need this one or a newer
_NODE = (22, 18)
_NODE_VERSION = "22.23.3"
_VENV = LOCAL / "venv"
_NODE_DIR = LOCAL / "node"
_LIMIT_SECONDS = 180


@dataclass(frozen=True)
class Peer:
    """Somebody else's queue: its name, its driver in bench/peers, its package's name, and what it can do one at a time or in
    batches of many."""

    name: str
    driver: str
    package: str
    finish: str = "finish"
    submits_batches: bool = True
    finishes_singly: bool = True
    finishes_batches: bool = True


PEERS = (
    Peer("pgmq, archive", "pgmq.py", "pgmq"),
    Peer("pgmq, delete", "pgmq.py", "pgmq", finish="finish-delete"),
    Peer("graphile-worker", "graphile_worker.mjs", "graphile-worker"),
    Peer("pg-boss", "pg_boss.mjs", "pg-boss"),
    Peer("PgQueuer", "pgqueuer.py", "pgqueuer", finishes_singly=False),
    Peer("procrastinate", "procrastinate.py", "procrastinate", finishes_batches=False),
    Peer("Absurd", "absurd.py", "absurd-sdk", submits_batches=False),
)


def installed(bench: Bench) -> list[Peer]:
    """Install what is not there yet. Who can't be had is left out, with a note that says why."""
    reasons: dict[str, str] = {}
    for ending, install in ((".py", _install_python), (".mjs", _install_node)):
        try:
            install(bench)
        except Failed as error:
            reasons[ending] = str(error)
    for peer in PEERS:
        if reason := reasons.get(Path(peer.driver).suffix):
            bench.results.note(f"{peer.name} is left out: {reason}")
    return [peer for peer in PEERS if Path(peer.driver).suffix not in reasons]


def versions() -> dict[str, str]:
    """What the peers are pinned to."""
    pins = dict(re.split("==|@", pin, maxsplit=1) for pin in (*PYTHON_PACKAGES, *NODE_PACKAGES))
    return {peer.name: f"{peer.package} {pins[peer.package]}" for peer in PEERS}


def drive(peer: Peer, task: Task) -> Rate:
    """Run a peer's driver. Raises Failed."""
    file = PROJECT / "bench" / "peers" / peer.driver
    if task.operation == "finish":
        task = replace(task, operation=peer.finish)
    if file.suffix == ".py":
        command = [str(_VENV / "bin" / "python"), "-m", f"bench.peers.{file.stem}", task.arguments()]
    else:
        command = [str(_node() or "node"), str(file), task.arguments()]
    environment = {**os.environ, "BENCH_NODE": str(_NODE_DIR), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command,
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
        raise Failed(" / ".join(done.stderr.strip().splitlines()[-3:]) or "it said nothing")
    return Rate(**json.loads(done.stdout.strip().splitlines()[-1]))


def _install_python(bench: Bench) -> None:
    _install_once(
        bench,
        _VENV,
        [sys.version, *PYTHON_PACKAGES],
        lambda: venv.create(_VENV, with_pip=True),
        [str(_VENV / "bin" / "pip"), "install", "--disable-pip-version-check", "--quiet", *PYTHON_PACKAGES],
    )


def _install_node(bench: Bench) -> None:
    if shutil.which("npm") is None:
        raise Failed("npm is not here; install Node")
    packages = list(NODE_PACKAGES)
    if not _is_new_enough(shutil.which("node")):
        packages.append(f"node-{_platform()}@{_NODE_VERSION}")
    _install_once(
        bench,
        _NODE_DIR,
        packages,
        lambda: (_NODE_DIR / "package.json").write_text("{}"),
        ["npm", "install", "--silent", "--ignore-scripts", "--no-save", *packages],
    )
    if _node() is None:
        raise Failed(f"Node {_NODE[0]}.{_NODE[1]} or newer is not here")


def _install_once(
    bench: Bench, folder: Path, pins: Sequence[str], begin: Callable[[], object], command: Sequence[str]
) -> None:
    """Run `command` in `folder` unless these pins are installed there. Raises Failed."""
    stamp = folder / ".installed"
    if stamp.exists() and stamp.read_text() == "\n".join(pins):
        return
    bench.say(f"installing the peers in {folder.relative_to(PROJECT)}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    begin()
    done = subprocess.run(list(command), cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise Failed(words[-1] if words else f"{command[0]} failed")
    stamp.write_text("\n".join(pins))


def _node() -> Path | None:
    """A Node that is new enough: the machine's, or the one from the registry."""
    ours = _NODE_DIR / "node_modules" / f"node-{_platform()}" / "bin" / "node"
    candidates = [shutil.which("node"), str(ours) if ours.exists() else None]
    return next((Path(path) for path in candidates if path and _is_new_enough(path)), None)


def _is_new_enough(node: str | None) -> bool:
    if node is None:
        return False
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"v(\d+)\.(\d+)", done.stdout)
    return bool(found) and (int(found[1]), int(found[2])) >= _NODE  # type: ignore[index]


def _platform() -> str:
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"{platform.system().lower()}-{machine}"
