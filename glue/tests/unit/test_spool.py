"""Files on their way are bounded, and go with whoever had them, however he ends."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from basepool.errors import ConfigError
from basepool.store.spool import Budget, Spool
from dev.devserver import PROJECT
from tests.support import PATIENCE_SECONDS

_DIES = """
import os, sys
from pathlib import Path
from basepool.store.spool import Spool
spool = Spool(Path(sys.argv[1]), "STORE_SPOOL")
with spool.file() as path:
    path.write_bytes(b"x" * 1000)
    print(path, flush=True)
    os.kill(os.getpid(), 9)
"""


def test_a_file_is_there_as_long_as_it_is_needed(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "STORE_SPOOL")
    with spool.file(".webp") as one, spool.file() as other:
        assert one.suffix == ".webp"
        assert one != other
        assert not one.exists()
        one.write_bytes(b"x")
        assert one.stat().st_uid == os.getuid()
        assert one.parent.stat().st_mode & 0o077 == 0
    assert not one.exists()
    spool.close()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_has_left_the_next_one_deletes(tmp_path: Path) -> None:
    living = Spool(tmp_path, "STORE_SPOOL")
    with living.file() as kept:
        kept.write_bytes(b"x")
        died = subprocess.run(
            [sys.executable, "-c", _DIES, str(tmp_path)],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(PROJECT / "glue")},
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        left = Path(died.stdout.strip())
        assert died.returncode == -9, died.stderr
        assert left.exists()
        Spool(tmp_path, "STORE_SPOOL").close()
        assert not left.parent.exists()
        # who lives keeps his
        assert kept.exists()
    living.close()


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigError, match="STORE_SPOOL"):
        Spool(tmp_path / "file", "STORE_SPOOL")


async def test_copies_together_take_no_more_than_there_is_for_them() -> None:
    budget = Budget(100)
    most = 0

    async def copy(size: int) -> None:
        nonlocal most
        with budget.share() as share:
            for part in range(10, size + 1, 10):
                await share.grow(part)
                most = max(most, budget.taken)
                await asyncio.sleep(0)

    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(*(copy(60) for _ in range(20)))
    # the one that began first goes on, whatever the others have
    assert 60 < most <= 100 + 60
    assert budget.taken == 0


async def test_one_that_is_larger_than_all_there_is_comes_through_too() -> None:
    budget = Budget(100)
    with budget.share() as first, budget.share() as second:
        await second.grow(90)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await first.grow(1000)
        waiting = asyncio.ensure_future(second.grow(95))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        waiting.cancel()
    assert budget.taken == 0
