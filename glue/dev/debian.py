"""The database suite against the PostgreSQL of another Debian: `make test-on SUITE=trixie`, or `python -m dev.debian trixie`.

Its server runs in a Debian that is thrown away afterwards: a container where docker or podman works, or else a tree that
debootstrap or mmdebstrap makes, which takes root. Only the server and its extensions are that Debian's; Python and pg_prove are
this machine's, so one whose own Python is too new for the package gets its PostgreSQL tested as well.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from basepool.errors import BasepoolError, SetupError, UsageError
from dev import pgtap
from dev.devserver import OPTIONS, dies_with_parent
from dev.stack import die_with_make, stop_on_signals

_INSTALL_SECONDS = 1800.0
_MISSING = """\
error TP021: this machine can't run another Debian
  hint: Install one of these, then try again:

    docker or podman                  for any user who may start containers
    debootstrap or mmdebstrap         as root: apt-get install debootstrap debian-archive-keyring

  Or run the suite on this machine's own PostgreSQL: make test-sql
"""

# In the other Debian: the newest PostgreSQL that has pg_cron there, as its own user, without a cluster of Debian's making.
_SERVER = """\
set -eu
# for a test, an old copy of the archive is as good as today's
apt-get update -qq -o Acquire::Check-Valid-Until=false
version=$(apt-cache search --names-only '^postgresql-[0-9]+-cron$' | sed 's/^postgresql-//; s/-cron.*//' | sort -n | tail -n 1)
[ -n "$version" ] || { echo 'this Debian has no PostgreSQL with pg_cron'; exit 1; }
mkdir -p /etc/postgresql-common
echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
apt-get install -y -qq --no-install-recommends \\
  "postgresql-$version" "postgresql-$version-cron" "postgresql-$version-pgtap"
as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"; }
cd /var/lib/postgresql
bin=/usr/lib/postgresql/$version/bin
as_postgres "$bin/initdb" -D data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync
# a container hears of the tests from its gateway; only this machine's loopback reaches it
echo 'host all all all trust' >>data/pg_hba.conf
exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$bin/postgres" -D data -F "$@"
"""

# What a tree's processes live in, and all that goes when the first of them does: processes, mounts, shared memory.
_ROOM = ("unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child", "--propagation", "private")

# The tree gets the few file systems that a container has.
_ENTER = """\
set -eu
root=$1 script=$2
shift 2
cp /etc/resolv.conf "$root/etc/resolv.conf"
mkdir -p "$root/dev/shm"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev/shm"
exec chroot "$root" /bin/sh -c "$script" server "$@"
"""


def main() -> int:
    """Run the suite there. Returns pg_prove's exit status."""
    suite, targets = "".join(sys.argv[1:2]), sys.argv[2:]
    if not re.fullmatch("[a-z]+", suite):
        raise UsageError(f"{suite!r} is not a Debian", "Name one, for example make test-on SUITE=trixie.")
    runner = _find_runner()
    if not runner:
        sys.stderr.write(_MISSING)
        return 2
    die_with_make()
    stop_on_signals()
    try:
        with _running_server(runner, suite) as url:
            print(f"== pgTAP on Debian {suite}, {_version(url)}", flush=True)
            return pgtap.run(url, targets)
    except KeyboardInterrupt:
        print("stopped; nothing is left running", file=sys.stderr)
        return 130


def _find_runner() -> str | None:
    """What can run another Debian here: docker, podman, debootstrap or mmdebstrap."""
    for name in ("docker", "podman"):
        # the command alone is not enough: docker needs its daemon
        if shutil.which(name) and subprocess.run([name, "info"], check=False, capture_output=True).returncode == 0:
            return name
    if os.geteuid() == 0 and shutil.which("unshare") and shutil.which("chroot"):
        return next(filter(shutil.which, ("debootstrap", "mmdebstrap")), None)
    return None


@contextlib.contextmanager
def _running_server(runner: str, suite: str) -> Iterator[str]:
    """The URL of a server in that Debian, as its superuser. Raises SetupError with what it said last."""
    with contextlib.ExitStack() as cleanup:
        log = cleanup.enter_context(tempfile.TemporaryFile())
        try:
            port = _free_port()
            start = _container if runner in ("docker", "podman") else _tree
            command = cleanup.enter_context(start(runner, suite, port, log.fileno()))
            print(f"installing PostgreSQL of Debian {suite} with {runner}", flush=True)
            server = _start(command, log.fileno())
            cleanup.callback(_end, server)
            url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
            _wait_until_it_answers(server, url)
        except SetupError:
            sys.stderr.writelines(f"{line}\n" for line in _last_words(log.fileno()))
            raise
        yield url


@contextlib.contextmanager
def _container(runner: str, suite: str, port: int, log: int) -> Iterator[list[str]]:
    """The command that runs the server in a container."""
    name = f"basepool-test-on-{os.getpid()}"
    options = [*_options(), "-c", "listen_addresses=*", "-p", "5432"]
    try:
        yield [
            *(runner, "run", "--rm", "--name", name, "--shm-size", "256m"),
            *("--publish", f"127.0.0.1:{port}:5432", "--env", "DEBIAN_FRONTEND=noninteractive"),
            *(f"docker.io/library/debian:{suite}", "/bin/sh", "-c", _SERVER, "server", *options),
        ]
    finally:
        subprocess.run([runner, "rm", "--force", name], check=False, stdout=log, stderr=log)


@contextlib.contextmanager
def _tree(runner: str, suite: str, port: int, log: int) -> Iterator[list[str]]:
    """The command that runs the server in a tree of files, which `runner` makes."""
    # not in TMPDIR: a tree has devices and programs, which a file system for temporary files may refuse
    folder = Path(tempfile.mkdtemp(prefix="basepool-debian-", dir="/var/tmp"))
    # the folder is closed to others, who have no business with the setuid programs of the tree
    tree = folder / "root"
    tree.mkdir(mode=0o755)
    try:
        print(f"making a Debian {suite} with {runner}", flush=True)
        arguments = ["--variant=minbase", suite, str(tree), *_mirror()]
        scripts = Path("/usr/share/debootstrap/scripts")
        if runner == "debootstrap" and not (scripts / suite).exists():
            # one that is younger than this debootstrap is made like the youngest it knows
            arguments.append(str(scripts / "sid"))
        if runner == "mmdebstrap":
            arguments.append("--aptopt=Acquire::Check-Valid-Until false")
        # in a room of its own as well: what it mounts is gone when it is stopped half-way
        making = _start([*_ROOM, runner, *arguments], log)
        try:
            if making.wait() != 0:
                raise SetupError(f"{runner} can't make a Debian {suite}", "Is there one? What it said last is above.")
        finally:
            _end(making)
        yield [
            *(*_ROOM, "env", "--ignore-environment", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"),
            *("DEBIAN_FRONTEND=noninteractive", "/bin/sh", "-c", _ENTER, "enter", str(tree), _SERVER),
            *(*_options(), "-p", str(port)),
        ]
    finally:
        _remove(folder)


def _mirror() -> list[str]:
    """Where this machine's own packages come from, if it is a Debian; the tool knows a mirror otherwise."""
    with contextlib.suppress(OSError):
        command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        return done.stdout.split()[:1]
    return []


def _options() -> list[str]:
    """What a development server is started with."""
    return [part for name, value in OPTIONS.items() for part in ("-c", f"{name}={value}")]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + _INSTALL_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(psycopg.Error):
            psycopg.connect(url, connect_timeout=2).close()
            return
        if server.poll() is not None:
            raise SetupError("PostgreSQL could not be installed or started there", "What it said last is above.")
        time.sleep(0.5)
    raise SetupError(f"PostgreSQL did not answer there within {_INSTALL_SECONDS / 60:.0f} minutes", "Try again.")


def _version(url: str) -> str:
    with psycopg.connect(url) as connection:
        return f"PostgreSQL {connection.info.parameter_status('server_version')}"


def _start(command: list[str], log: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        # Ctrl-C in the terminal is for us
        start_new_session=True,
        preexec_fn=dies_with_parent(signal.SIGKILL),  # noqa: PLW1509
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """At once: unshare is deaf to anything gentler, a container is removed by name, and nothing in them is to be kept."""
    process.kill()
    process.wait()


def _remove(folder: Path) -> None:
    deadline = time.monotonic() + 30
    while folder.exists():
        try:
            shutil.rmtree(folder)
        except OSError:
            # what was killed may still write for a moment
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _last_words(log: int) -> list[str]:
    size = os.fstat(log).st_size
    return os.pread(log, 20_000, max(0, size - 20_000)).decode(errors="replace").splitlines()[-15:]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BasepoolError as error:
        print(f"error {error.code}: {error.message}\n  hint: {error.hint}", file=sys.stderr)
        sys.exit(2)
