"""The running app is answered after adoption what it was answered before, errors included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from basepool.migrate import migrate
from dev.devserver import DevServer
from tests.migration.conftest import copy_platform
from tests.migration.queries import QUERIES, Answer, answers, differences

ON_PURPOSE = {
    "call: get_next_replicate_token user": "it handed the secrets of the pool to whoever asked",
    "call: get_next_replicate_token stranger": "it handed the secrets of the pool to whoever asked",
    "call: get_generation_counts stranger": "strangers have no generations to count",
    "tokens: insert a short one": "what can't be a token is refused by name: TP007",
    "tokens: insert with spaces": "what can't be a token is refused by name: TP007",
    "tokens: insert an empty one": "what can't be a token is refused by name: TP007",
    "tokens: insert null": "an error either way: TP007 says what is wrong with it",
    "tokens: replace by a known one": "an error either way: TP006 says what is wrong with it",
}
"""What is answered differently from the first day on, and why."""

WHEN_ENFORCED = {
    "flow editor: insert+set prediction id, processing": "status and prediction id are the server's to write",
    "flow editor: failure path": "status and error are the server's to write",
    "flow editor: completes by itself": "status and outputs are the server's to write",
    "flow editor: directly processing": "what a user inserts is a wish",
    "flow editor: writes its cost": "what it costs is the server's to write",
    "flow editor: insert with columns of its own": "marks are set once it is there",
    "flow editor: insert with time": "when it began is the server's to write",
    "user: renames his prompt": "what was asked for stays",
    "user: moves to a workspace": "what was asked for stays",
    "tokens: authenticated select": "the pool is the server's",
    "user: deletes": "what runs is cancelled, not deleted",
    "user: writes a token": "the pool is the server's",
    "stranger: health select generations": "strangers have no generations",
    "stranger: count": "strangers have no generations",
    "stranger: updates": "strangers have no generations",
    "stranger: tokens": "strangers have no tokens",
}
"""What is answered differently once the owner has set enforce_user_rights, and why."""

_FIND_NOTHING = (
    "stranger",
    "api: patch nothing",
    "api: upsert of a prediction",
    "flows: of another",
    "call: get_generation_counts of nobody",
    "call: get_generation_counts stranger",
    "tokens: authenticated",
    "tokens: insert on ",
    "user: deletes",
    "user: not a member",
    "user: writes",
    "webhook: unknown",
)


class Adoption:
    """One database and its answers: before migrate, after it, and with the users' rights taken away."""

    def __init__(self, url: str) -> None:
        self.before = answers(url)
        migrate(url, echo=lambda *_: None)
        self.adopted = answers(url)
        self.enforced: dict[str, list[Answer]] | None = None
        with psycopg.connect(url, autocommit=True) as connection:
            if connection.execute(
                "select 1 from information_schema.columns"
                " where table_schema = 'basepool' and column_name = 'enforce_user_rights'"
            ).fetchone():
                connection.execute("select basepool.configure('{\"enforce_user_rights\": true}')")
                self.enforced = answers(url)


@pytest.fixture(scope="module")
def adoption(server: DevServer, platform_template: str) -> Iterator[Adoption]:
    yield Adoption(copy_platform(server, "asked", platform_template))
    server.drop_database("asked")


def _say(found: dict[str, tuple[Any, Any]]) -> str:
    return "\n".join(f"{name}:\n  before {before}\n  after  {after}" for name, (before, after) in found.items())


def test_the_rows_are_there_that_the_queries_ask_for(adoption: Adoption) -> None:
    """A query that finds nothing shows nothing."""
    empty = [
        name
        for name, given in adoption.before.items()
        if not name.startswith(_FIND_NOTHING)
        and not any("error" in one or (one["count"] > 0 and any(map(any, one["rows"] or [[True]]))) for one in given)
    ]
    assert len(adoption.before) == len(QUERIES)
    assert empty == []


def test_the_app_is_answered_as_before(adoption: Adoption) -> None:
    found = differences(adoption.before, adoption.adopted)
    assert found.keys() == ON_PURPOSE.keys(), _say(found)


def test_with_the_users_rights_taken_away_only_what_they_were_for_differs(adoption: Adoption) -> None:
    if adoption.enforced is None:
        pytest.skip("users' rights are taken away by migrate itself")
    found = differences(adoption.before, adoption.enforced)
    assert found.keys() == ON_PURPOSE.keys() | WHEN_ENFORCED.keys(), _say(found)
