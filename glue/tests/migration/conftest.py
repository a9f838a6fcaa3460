"""A database as it is before basepool comes, and a `db/` to apply to it."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from basepool.migrate import migrate
from basepool.version import DB_DIR
from dev.devserver import DevServer

OWNER = "platform_owner"
"""Whom the platform's database belongs to: no superuser."""

_PLATFORM = Path(__file__).with_name("platform.sql")
# what is active is as old in each copy as it was in the first, or it would grow past a limit of time while the tests run
_AGAIN_AS_OLD = """
update public.generations as g set created_at = g.created_at + n.later, started_at = g.started_at + n.later
from (select now() - interval '10 seconds' - max(created_at) as later from public.generations) as n
where g.status in ('pending', 'queued', 'processing')
"""
_numbers = itertools.count(1)


def create_platform(server: DevServer, name: str, rows: int | None = None) -> str:
    """Make the platform's database in `server`, where it is not there yet, with so many generations beside those of keyframe
    jobs, and return its URL as its owner."""
    if name != "postgres":
        server.create_database(name)
    with psycopg.connect(server.url(dbname=name)) as connection:
        if rows is not None:
            connection.execute("select set_config('platform.rows', %s, false)", [str(rows)])
        connection.execute(_PLATFORM.read_bytes())
    return server.url(OWNER, name)


def copy_platform(server: DevServer, name: str, template: str) -> str:
    """Copy a database of the platform, and return the copy's URL as its owner."""
    server.create_database(name, template)
    with psycopg.connect(server.url(dbname=name)) as connection:
        connection.execute(sql.SQL("alter database {} owner to {}").format(sql.Identifier(name), sql.Identifier(OWNER)))
        connection.execute(_AGAIN_AS_OLD)
    return server.url(OWNER, name)


def as_superuser(url: str) -> str:
    """The same database for what its owner may not do, as Supabase does it for him."""
    return url.replace(f"//{OWNER}@", "//postgres@")


@pytest.fixture(scope="session")
def platform_template(server: DevServer, template: str) -> str:
    """The name of the platform's database, which is only ever copied."""
    create_platform(server, "platform")
    return "platform"


@pytest.fixture(scope="session")
def adopted_template(server: DevServer, platform_template: str) -> str:
    """The name of the same database with basepool in it, as migrate leaves it."""
    migrate(copy_platform(server, "adopted", platform_template), echo=lambda *_: None)
    return "adopted"


@pytest.fixture
def platform_url(server: DevServer, platform_template: str) -> Iterator[str]:
    """The platform's database before basepool, as its owner."""
    name = f"platform_{next(_numbers)}"
    yield copy_platform(server, name, platform_template)
    server.drop_database(name)


@pytest.fixture
def adopted_url(server: DevServer, adopted_template: str) -> Iterator[str]:
    """The platform's database after migrate, as its owner."""
    name = f"adopted_{next(_numbers)}"
    yield copy_platform(server, name, adopted_template)
    server.drop_database(name)


@pytest.fixture
def db_dir(tmp_path: Path) -> Path:
    """A copy of db/ that a test may edit."""
    return Path(shutil.copytree(DB_DIR, tmp_path / "db", ignore=shutil.ignore_patterns("tests")))
