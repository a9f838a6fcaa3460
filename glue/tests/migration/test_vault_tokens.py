"""An adopted app reads its tokens from the column until somebody says that it does so no longer."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from basepool.migrate import migrate
from tests.migration.conftest import as_superuser
from tests.support import basepool

_VAULT = Path(__file__).parents[3] / "db" / "tests" / "vault.psql"


@pytest.fixture
def vault_url(platform_url: str) -> str:
    """An adopted database with Vault, as its owner."""
    with psycopg.connect(as_superuser(platform_url)) as connection:
        connection.execute(_VAULT.read_bytes())
        connection.execute(
            "grant usage on schema vault to platform_owner; grant all on all tables in schema vault to platform_owner"
        )
    migrate(platform_url, echo=lambda *_: None)
    return platform_url


def _tokens(url: str) -> list[tuple[int, str]]:
    with psycopg.connect(url) as connection:
        return connection.execute("select id, token from public.replicate_tokens order by id").fetchall()


def test_tokens_are_moved_when_the_owner_says_so(vault_url: str) -> None:
    before = _tokens(vault_url)
    assert all(token.startswith("r8_") for _, token in before)

    # nobody can look here: the tests' server has no pg_stat_statements
    refused = basepool("tokens", "secure", DATABASE_URL=vault_url)
    assert (refused.returncode, _tokens(vault_url)) == (2, before)
    assert "TP050" in refused.stderr
    assert "--yes" in refused.stderr

    done = basepool("tokens", "secure", "--yes", DATABASE_URL=vault_url)
    assert done.returncode == 0, done.stderr
    assert f"{len(before)} tokens were moved into Vault" in done.stdout
    moved = _tokens(vault_url)
    assert [id for id, _ in moved] == [id for id, _ in before]
    assert all(token.startswith("vault:") for _, token in moved)
    with psycopg.connect(vault_url) as connection:
        given = connection.execute("select id, token from public.get_next_replicate_token()").fetchone()
    assert given in before

    undone = basepool("tokens", "secure", "--undo", DATABASE_URL=vault_url)
    assert undone.returncode == 0, undone.stderr
    assert _tokens(vault_url) == before


def test_without_vault_nothing_can_be_moved(platform_url: str) -> None:
    migrate(platform_url, echo=lambda *_: None)
    refused = basepool("tokens", "secure", "--yes", DATABASE_URL=platform_url)
    assert refused.returncode == 2
    assert "TP051" in refused.stderr
