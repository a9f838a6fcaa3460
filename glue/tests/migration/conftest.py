"""A database as it is before basepool comes, and a `db/` to apply to it."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg
import pytest

from basepool.version import DB_DIR

_PLATFORM = Path(__file__).with_name("platform.sql")


@pytest.fixture
def platform_url(template: str, empty_database_url: str) -> str:
    """The platform's database before basepool; the roles are there because they belong to the whole cluster."""
    with psycopg.connect(empty_database_url) as connection:
        connection.execute(
            "create schema auth; create function auth.uid() returns uuid language sql stable as $$"
            " select (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;"
            " grant usage on schema auth to public"
        )
        connection.execute(_PLATFORM.read_bytes())
    return empty_database_url


@pytest.fixture
def db_dir(tmp_path: Path) -> Path:
    """A copy of db/ that a test may edit."""
    return Path(shutil.copytree(DB_DIR, tmp_path / "db", ignore=shutil.ignore_patterns("tests")))
