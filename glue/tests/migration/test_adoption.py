"""The live database is adopted in place: every row stays, what the running app asks for works, and nothing is sent to Replicate
that the app sends itself."""

from __future__ import annotations

from typing import Any, LiteralString

import psycopg
import pytest

from basepool.migrate import migrate

_USER = "00000000-0000-4000-8000-000000000001"
_ROWS: LiteralString = """
select id, user_id, workspace_id, action, model_id, model_name, replicate_model, prompt, settings, status, output_urls
  , replicate_prediction_id, error_message, cost_credits, viewed, is_favorite, created_at, started_at, completed_at
from public.generations order by id
"""
_TOKENS: LiteralString = """
select id, token, is_active, last_used_at, request_count, error_count, last_error, last_error_at, created_at
from public.replicate_tokens order by id
"""


def _rows(url: str, query: LiteralString, *parameters: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query, parameters).fetchall()


@pytest.fixture
def adopted_url(platform_url: str) -> str:
    migrate(platform_url, echo=lambda *_: None)
    return platform_url


def test_no_row_changes(platform_url: str) -> None:
    generations, tokens = _rows(platform_url, _ROWS), _rows(platform_url, _TOKENS)

    migrate(platform_url, echo=lambda *_: None)

    assert len(generations) == 500
    assert len(tokens) == 5
    assert _rows(platform_url, _ROWS) == generations
    assert _rows(platform_url, _TOKENS) == tokens


def test_every_token_starts_in_an_account_of_its_own_with_seats(adopted_url: str) -> None:
    assert _rows(adopted_url, "select count(distinct account_id), count(*) from public.replicate_tokens") == [(5, 5)]
    assert _rows(adopted_url, "select count(*) from basepool.seats group by token_id") == [(10,)] * 5


def test_tokens_with_white_space_around_them_are_known_without_it(platform_url: str) -> None:
    """Their rows stay as they are, two that differ in it only included."""
    with psycopg.connect(platform_url) as connection:
        connection.execute(
            "insert into public.replicate_tokens (token) select unnest(%s::text[])",
            [["r8_odd_token\n", "\ufeffr8_odd_token", "r8_odd_token"]],
        )
    before = _rows(platform_url, _TOKENS)

    migrate(platform_url, echo=lambda *_: None)

    assert _rows(platform_url, _TOKENS) == before
    found = _rows(platform_url, "select secret, token_id from basepool.find_token(E'r8_odd_token\\t')")
    assert found == [("r8_odd_token", before[5][0])]
    secrets = _rows(platform_url, "select token from basepool.get_token_secrets() offset 5")
    assert secrets == [("r8_odd_token",)] * 3
    # what the app does with it works on
    with psycopg.connect(platform_url) as connection:
        connection.execute(
            "insert into public.replicate_tokens (token) values ('r8_odd_token') on conflict (token) do nothing"
        )
        connection.execute(
            "update public.replicate_tokens set is_active = true, last_error = 'x', error_count = error_count + 1"
        )
    assert len(_rows(platform_url, _TOKENS)) == len(before)


def test_what_the_app_runs_itself_is_not_queued(adopted_url: str) -> None:
    with psycopg.connect(adopted_url, autocommit=True) as connection:
        connection.execute("set role service_role")
        connection.execute(
            "insert into public.generations (user_id, action, model_id, model_name, replicate_model, status)"
            " select %s, 'create', 'm', 'M', 'whatever it says', 'pending' from generate_series(1, 9)",
            [_USER],
        )
    assert _rows(adopted_url, "select count(*) from basepool.queue") == [(0,)]


def test_the_apps_own_life_of_a_generation_works(adopted_url: str) -> None:
    with psycopg.connect(adopted_url, autocommit=True) as connection:
        connection.execute("set role service_role")
        token = connection.execute("select id, token from public.get_next_replicate_token()").fetchone()
        assert token is not None
        assert token[1].startswith("r8_")
        row = connection.execute(
            "insert into public.generations (user_id, action, model_id, model_name, replicate_model, prompt, settings)"
            " values (%s, 'create', 'm', 'M', 'a/b', 'x', '{}') returning id",
            [_USER],
        ).fetchone()
        assert row is not None
        connection.execute(
            "update public.generations set status = 'processing', replicate_prediction_id = 'mine' where id = %s", row
        )
        connection.execute(
            "update public.generations set status = 'completed', output_urls = '{https://x/1}'"
            " where replicate_prediction_id = 'mine'"
        )
        ended = connection.execute(
            "select status, started_at is not null, completed_at is not null from public.generations where id = %s", row
        ).fetchone()
        assert ended == ("completed", True, True)


def test_the_apps_functions_answer_as_before(adopted_url: str) -> None:
    assert _rows(adopted_url, "select * from public.get_generation_counts(%s)", _USER) == [(500, 200, 0, 100)]
    assert _rows(adopted_url, "select public.cleanup_old_generations(90)") == [(0,)]
    reviews_query: LiteralString = (
        "select id, is_active, request_count, error_count from replicate_tokens order by request_count desc"
    )
    assert [row[2] for row in _rows(adopted_url, reviews_query)] == [500, 400, 300, 200, 100]


def test_a_user_writes_what_he_wrote_until_the_owner_says_otherwise(adopted_url: str) -> None:
    """The app's flow editor writes as the signed-in user."""
    flow = "update public.generations set status = 'processing', replicate_prediction_id = 'flow' where id = %s"
    rights: LiteralString = """
      select c.relname, a.* from pg_class as c cross join lateral aclexplode(c.relacl) as a
      where c.oid in ('public.generations'::regclass, 'public.replicate_tokens'::regclass) order by 1, 3, 4, 2
    """
    before = _rows(adopted_url, rights)
    policies: LiteralString = "select policyname, cmd, qual, with_check from pg_policies order by tablename, policyname"
    policies_before = _rows(adopted_url, policies)
    with psycopg.connect(adopted_url, autocommit=True) as connection:
        connection.execute("select set_config('request.jwt.claims', %s, false)", [f'{{"sub": "{_USER}"}}'])
        connection.execute("set role authenticated")
        row = connection.execute(
            "insert into public.generations"
            " (user_id, action, model_id, model_name, replicate_model, prompt, status, replicate_input)"
            " values (%s, 'create', 'm', 'M', 'a/b', 'x', 'pending', '{}') returning id",
            [_USER],
        ).fetchone()
        assert row is not None
        connection.execute(flow, row)
        connection.execute("update public.generations set status = 'failed', error_message = 'x' where id = %s", row)

        connection.execute("reset role")
        connection.execute("select basepool.configure('{\"enforce_user_rights\": true}')")
        connection.execute("set role authenticated")
        connection.execute("update public.generations set viewed = true, is_favorite = true")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(flow, row)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select token from public.replicate_tokens")

        connection.execute("reset role")
        connection.execute("select basepool.configure('{\"enforce_user_rights\": false}')")
        connection.execute("set role authenticated")
        connection.execute(flow, row)
    assert _rows(adopted_url, rights) == before
    assert _rows(adopted_url, policies) == policies_before


def test_rights_are_not_taken_while_somebody_holds_the_table(adopted_url: str) -> None:
    """Whoever comes while we wait for it waits for moments."""
    with psycopg.connect(adopted_url) as holder, psycopg.connect(adopted_url, autocommit=True) as connection:
        holder.execute("select count(*) from public.generations")
        with pytest.raises(psycopg.Error) as refused:
            connection.execute("select basepool.configure('{\"enforce_user_rights\": true}')")
        assert refused.value.sqlstate == "TP040"
        assert connection.execute("select enforce_user_rights from basepool.settings").fetchone() == (False,)
        holder.rollback()
        connection.execute("select basepool.configure('{\"enforce_user_rights\": true}')")
        assert connection.execute("select enforce_user_rights from basepool.settings").fetchone() == (True,)


def test_a_submit_runs_beside_the_apps_own_generations(adopted_url: str) -> None:
    user = "00000000-0000-4000-8000-000000000002"
    with psycopg.connect(adopted_url, autocommit=True) as connection:
        submitted = connection.execute(
            "select public.submit_generation('a/b', '{\"prompt\": \"x\"}', p_user_id => %s)", [user]
        ).fetchone()
        leases = connection.execute("select answer, generation_id from basepool.claim_generations('t', 9)").fetchall()
        assert submitted is not None
        assert leases == [("lease", submitted[0])]


def test_a_disabled_token_stays_disabled(adopted_url: str) -> None:
    with psycopg.connect(adopted_url, autocommit=True) as connection:
        states = connection.execute("select token_id, state from basepool.list_tokens() order by 1").fetchall()
    assert [state for _, state in states] == ["ready"] * 4 + ["disabled"]


def test_outputs_are_kept_when_somebody_says_so(adopted_url: str) -> None:
    """The app makes copies of its own; those are left alone then, too."""
    source = "https://replicate.delivery/x/1.png"
    with psycopg.connect(adopted_url) as connection:
        run = "update public.generations set status = %s, output_urls = %s, completed_at = now() where id = %s"
        [[own, copied]] = connection.execute(
            "select min(id::text), max(id::text) from public.generations where status = 'completed'"
        ).fetchall()
        connection.execute(run, ["completed", [source], own])
        connection.execute(run, ["completed", ["https://app.supabase.co/storage/v1/1.webp"], copied])
        assert connection.execute("select keep_outputs from basepool.settings").fetchall() == [(False,)]
        assert connection.execute("select count(*) from basepool.output_files").fetchall() == [(0,)]

        assert connection.execute("select basepool.keep_outputs('1 hour')").fetchall() == [(1,)]
        assert connection.execute("select generation_id::text, source_url from basepool.output_files").fetchall() == [
            (own, source)
        ]
        connection.execute("delete from public.generations where id = %s", [own])
        assert connection.execute("select count(*) from basepool.output_files").fetchall() == [(0,)]
