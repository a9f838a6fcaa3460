"""`make demo`, `make up` and `make down`: what they promise is seen, and whatever happens to them, nothing is left running."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest

from dev.devserver import PROJECT, reserved_port
from tests.support import PATIENCE_SECONDS, eventually


class Marked:
    """Processes that carry a mark in their environment, and so do all they start."""

    def __init__(self, folder: Path) -> None:
        self.mark = uuid4().hex
        self.environment = {**os.environ, "BASEPOOL_TEST_MARK": self.mark, "TMPDIR": str(folder)}

    def start(self, *command: str, **variables: str) -> subprocess.Popen[str]:
        """Start a command that carries the mark."""
        return subprocess.Popen(
            command,
            cwd=PROJECT,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # where the tests run in the background, Ctrl-C is ignored by all they start
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
        )

    def alive(self) -> list[str]:
        """The command lines of those that live."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                environment, command = (process / "environ").read_bytes(), (process / "cmdline").read_bytes()
            except OSError:
                continue
            if self.mark.encode() in environment and command:
                found.append(command.replace(b"\0", b" ").decode(errors="replace"))
        return found


@pytest.fixture
def marked(tmp_path: Path) -> Iterator[Marked]:
    if not sys.platform.startswith("linux"):
        pytest.skip("looks for processes in /proc")
    # the server's own user must get in
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == tmp_path.owner() and folder != Path("/") and folder.stat().st_mode & 0o7 == 0:
            folder.chmod(0o755)
    marked = Marked(tmp_path)
    yield marked
    assert marked.alive() == []


def test_the_demo_sees_what_it_promises(marked: Marked) -> None:
    demo = marked.start("make", "demo", DEMO_GENERATIONS="20")
    output, _ = demo.communicate(timeout=5 * PATIENCE_SECONDS)
    assert demo.returncode == 0, output
    assert output.count("  yes   ") == 7
    assert "  no    " not in output
    assert re.search(
        r"the operator's page, while this runs: http://127\.0\.0\.1:\d+/admin/ \(log in: operator \S{16,}\)",
        # it goes over two lines where a terminal is narrow
        " ".join(output.split()),
    )
    # within another make, this one says where it is
    said = [line for line in output.splitlines() if line and not line.startswith("make[")]
    assert said[-1].startswith("To try it in a page: make up, then open http://127.0.0.1:")


@pytest.mark.parametrize(
    ("whom", "how"),
    # what make gets, the demo gets as well, unless it is killed
    [("make", signal.SIGTERM), ("make", signal.SIGINT), ("make", signal.SIGKILL), ("demo", signal.SIGKILL)],
)
def test_a_demo_that_is_killed_half_way_leaves_nothing(marked: Marked, whom: str, how: signal.Signals) -> None:
    command = ["make", "demo"] if whom == "make" else [sys.executable, "-m", "dev.demo"]
    demo = marked.start(*command)
    assert demo.stdout
    eventually(lambda: "submitting" in (demo.stdout.readline() if demo.stdout else ""), "the middle of the demo")
    assert any("postgres" in line for line in marked.alive())
    # a terminal sends Ctrl-C to all of them
    (os.killpg if how == signal.SIGINT else os.kill)(demo.pid, how)
    demo.wait(PATIENCE_SECONDS)
    eventually(lambda: not marked.alive(), "the end of all it had started")
    demo.stdout.close()


def test_up_keeps_running_and_down_ends_it(marked: Marked, tmp_path: Path) -> None:
    """In a folder of its own, so that a stack that is up for development is left alone."""
    with contextlib.ExitStack() as reserved:
        names = ("DEV_DATABASE_PORT", "DEV_SIMULATOR_PORT", "DEV_GALLERY_PORT", "PORT")
        _goes_up_and_down(marked, tmp_path, {name: str(reserved.enter_context(reserved_port())) for name in names})


def _goes_up_and_down(marked: Marked, tmp_path: Path, ports: dict[str, str]) -> None:
    stack = [
        sys.executable,
        "-c",
        f"""
import pathlib, subprocess, sys
from dev import stack
stack.LOCAL = pathlib.Path({str(tmp_path / "local")!r})
stack.STATE, stack.ENVIRONMENT = stack.LOCAL / "stack.json", stack.LOCAL / "stack.env"
stack.main()
""",
    ]
    up = marked.start(*stack, "run", **ports)

    def is_up() -> bool:
        assert up.poll() is None, up.communicate()[0]
        return (tmp_path / "local" / "stack.json").exists()

    eventually(is_up, "the stack")
    with psycopg.connect(f"postgresql://postgres@127.0.0.1:{ports['DEV_DATABASE_PORT']}/postgres") as connection:
        assert connection.execute("select count(*) from basepool.list_tokens()").fetchone() == (5,)
    gallery = httpx.get(f"http://127.0.0.1:{ports['DEV_GALLERY_PORT']}/", follow_redirects=True, trust_env=False)
    assert gallery.is_success
    assert "<h1>Gallery</h1>" in gallery.text
    again = marked.start(*stack, "up", **ports)
    said, _ = again.communicate(timeout=PATIENCE_SECONDS)
    assert "is up already" in said
    [(page, name, secret)] = re.findall(r"operator's page +(\S+) +\(log in: (\S+) (\S+)\)", said)
    form = {"name": name, "secret": secret}
    login = httpx.post(f"{page}login", data=form, headers={"origin": page.removesuffix("/admin/")}, trust_env=False)
    assert (login.status_code, login.headers["location"]) == (303, "/admin/")
    down = marked.start(*stack, "down")
    said, _ = down.communicate(timeout=PATIENCE_SECONDS)
    assert "is down" in said
    assert up.wait(PATIENCE_SECONDS) == 0
    if up.stdout:
        up.stdout.close()
