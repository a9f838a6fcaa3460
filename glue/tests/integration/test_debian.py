"""`make test-on`: what it says where it can't, and that nothing is left then. What it does where it can takes a network,
minutes, and root or containers, so it is for a person to run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dev.devserver import PROJECT


def _test_on(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dev.debian", *arguments],
        env={**os.environ, **variables},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("arguments", [(), ("15",), ("trixie/../sid",), ("Trixie",), ("--help",)])
def test_what_is_no_debian_is_refused(arguments: tuple[str, ...]) -> None:
    done = _test_on(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("error TP020: ")
    assert "SUITE=trixie" in done.stderr
    assert done.stdout == ""


def test_a_machine_that_can_not_is_told_what_is_missing(tmp_path: Path) -> None:
    # a docker without its daemon is no docker
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\nexit 1\n")
    docker.chmod(0o755)
    done = _test_on("trixie", PATH=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith("error TP021: ")
    for remedy in ("docker or podman", "debootstrap or mmdebstrap", "make test-sql"):
        assert remedy in done.stderr
    assert len(done.stderr.splitlines()) < 24
    assert done.stdout == ""


def test_a_debian_that_can_not_be_had_ends_with_what_was_said_and_leaves_nothing(tmp_path: Path) -> None:
    """docker answers, but has no such image: its last words are shown, and the container is removed whatever became of it."""
    docker = tmp_path / "docker"
    docker.write_text(
        f'#!/bin/sh\necho "$1" >>{tmp_path}/calls\n[ "$1" != run ] || {{ echo "no such image"; exit 125; }}\n'
    )
    docker.chmod(0o755)
    done = _test_on("nowhere", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert done.returncode == 2
    assert "no such image\nerror TP021: " in done.stderr
    assert (tmp_path / "calls").read_text().split() == ["info", "run", "rm"]
