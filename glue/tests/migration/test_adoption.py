"""The live database is adopted in place by an owner who is no superuser: every row stays, all that the app has made stays,
what it asks for works (test_app_queries.py), and nothing is sent to Replicate that the app sends itself."""

from __future__ import annotations

import json
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql

from basepool.migrate import migrate
from dev import devserver
from dev.devserver import DevServer
from tests.migration.conftest import OWNER, create_platform

_USER = "00000000-0000-4000-8000-00000000000a"
_TABLES: LiteralString = """
select c.relname, array_agg(a.attname order by a.attnum)::text[]
from pg_class as c inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'm') group by c.relname
"""
_TOKENS: LiteralString = """
select id, token, is_active, last_used_at, request_count, error_count, last_error, last_error_at, created_at
from public.replicate_tokens order by id
"""
# what the app has made, as text; what ours replace is not among its functions
_MADE: LiteralString = """
select 'index ' || indexdef from pg_indexes where schemaname = 'public'
union all
select format('constraint %s.%s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) from pg_constraint
where connamespace = 'public'::regnamespace
union all
select 'policy ' || to_jsonb(p)::text from pg_policies as p where schemaname = 'public'
union all
select 'trigger ' || pg_get_triggerdef(t.oid) from pg_trigger as t inner join pg_class as c on c.oid = t.tgrelid
where not t.tgisinternal and c.relnamespace = 'public'::regnamespace
union all
select pg_get_functiondef(oid) || proacl::text from pg_proc
where pronamespace = 'public'::regnamespace and proname not in ('get_next_replicate_token', 'get_generation_counts')
union all
select format('column %s.%s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull
  , pg_get_expr(d.adbin, d.adrelid))
from pg_attribute as a inner join pg_class as c on c.oid = a.attrelid
left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0
union all
select format('%s of %s is %s', relkind, oid::regclass, relowner::regrole) from pg_class
where relnamespace = 'public'::regnamespace
union all
select format('event trigger %s %s', evtname, evtenabled) from pg_event_trigger
"""
_OPEN_TO_STRANGERS: LiteralString = """
select f.oid::regprocedure::text from pg_proc as f inner join pg_namespace as n on n.oid = f.pronamespace
where n.nspname in ('public', 'basepool') and has_schema_privilege('anon', n.oid, 'usage')
and has_function_privilege('anon', f.oid, 'execute')
union all
select c.oid::regclass::text from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in ('public', 'basepool') and has_schema_privilege('anon', n.oid, 'usage')
and case c.relkind
  when 'S' then has_sequence_privilege('anon', c.oid, 'usage, select, update')
  when 'i' then false
  else has_table_privilege('anon', c.oid, 'select, insert, update, delete')
end
"""


def _rows(url: str, query: LiteralString, *parameters: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query, parameters or None).fetchall()


def _contents(url: str, tables: dict[str, list[str]]) -> dict[str, list[str]]:
    """Every row of each table, as far as `tables` names its columns."""
    with psycopg.connect(url) as connection:
        return {
            table: [
                row
                for (row,) in connection.execute(
                    sql.SQL("select row({})::text from public.{} order by 1").format(
                        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table)
                    )
                )
            ]
            for table, columns in tables.items()
        }


def test_the_platform_is_as_it_was_described(platform_url: str) -> None:
    [[indexes, *rest]] = _rows(
        platform_url,
        """
        select (select count(*) from pg_indexes where tablename = 'generations')
          , (select rolsuper from pg_roles where rolname = current_user)
          , count(distinct created_at) = count(*)
          , count(distinct status)
          , count(distinct action)
          , count(*) filter (where is_keyframe_segment and status = 'pending' and created_at < now() - interval '1 hour') > 9
          , count(*) filter (where status = 'processing' and started_at > created_at + interval '1 day') > 9
          , count(*) filter (where settings ? 'flow_id') > 9
        from public.generations
        """,
    )
    assert (indexes, rest) == (34, [False, True, 6, 14, True, True, True])


def test_no_row_changes_and_what_the_app_has_made_stays(platform_url: str) -> None:
    tables = dict(_rows(platform_url, _TABLES))
    contents, made = _contents(platform_url, tables), {text for (text,) in _rows(platform_url, _MADE)}
    open_before = {name for (name,) in _rows(platform_url, _OPEN_TO_STRANGERS)}

    migrate(platform_url, echo=lambda *_: None)

    assert len(tables) == 10
    assert len(contents["generations"]) > 1300
    assert all(contents.values())
    after = _contents(platform_url, tables)
    assert [table for table in tables if after[table] != contents[table]] == []
    assert made - {text for (text,) in _rows(platform_url, _MADE)} == set()
    # Supabase gives strangers whatever is new in public
    assert {name for (name,) in _rows(platform_url, _OPEN_TO_STRANGERS)} <= open_before


def test_it_is_adopted_once(platform_url: str) -> None:
    lines: list[str] = []
    migrate(platform_url, echo=lambda *_: None)

    migrate(platform_url, echo=lines.append)

    assert "nothing to do" in lines[-1]


def test_every_token_starts_in_an_account_of_its_own_with_seats(adopted_url: str) -> None:
    assert _rows(adopted_url, "select count(distinct account_id), count(*) from public.replicate_tokens") == [(7, 7)]
    assert _rows(adopted_url, "select count(*) from basepool.seats group by token_id") == [(10,)] * 7


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
    assert found == [("r8_odd_token", before[7][0])]
    secrets = _rows(platform_url, "select token from basepool.get_token_secrets() offset 7")
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


def test_a_token_that_is_there_is_refused_by_name(adopted_url: str) -> None:
    with psycopg.connect(adopted_url, autocommit=True) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute("select basepool.add_token(token) from public.replicate_tokens where id = 1")
    assert refused.value.sqlstate == "TP006"
    assert len(_rows(adopted_url, _TOKENS)) == 7


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


@pytest.mark.parametrize("caller", ["owner", "user"])
def test_a_submit_runs_beside_the_apps_own_generations(adopted_url: str, caller: str) -> None:
    """A user's, too, where the app's policies call functions of its own that look for its tables on the search path."""
    with psycopg.connect(adopted_url, autocommit=True) as connection:
        [user] = connection.execute("insert into public.users default values returning id").fetchone() or [None]
        key = "once"
        if caller == "user":
            claims = json.dumps({"sub": str(user), "role": "authenticated"})
            connection.execute("select set_config('request.jwt.claims', %s, false)", [claims])
            connection.execute("set role authenticated")
        submit: LiteralString = (
            "select public.submit_generation('a/b', '{\"prompt\": \"x\"}', p_user_id => %s, p_idempotency_key => %s)"
        )
        submitted = [connection.execute(submit, [user, key]).fetchone() for _ in range(2)]
        connection.execute("reset role")
        leases = connection.execute("select answer, generation_id from basepool.claim_generations('t', 9)").fetchall()
        assert submitted[0] is not None
        assert submitted == [submitted[0]] * 2
        assert leases == [("lease", submitted[0][0])]


def test_a_disabled_token_stays_disabled(adopted_url: str) -> None:
    states = _rows(adopted_url, "select token_id, state from basepool.list_tokens() order by 1")
    assert [state for _, state in states] == ["ready"] * 6 + ["disabled"]


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


@pytest.fixture
def own_server() -> Any:
    with devserver.start() as server:
        yield server


def test_the_apps_cron_jobs_stay_beside_ours(own_server: DevServer) -> None:
    """On a server that no superuser has prepared for basepool."""
    with psycopg.connect(own_server.url(), autocommit=True) as connection:
        connection.execute("create extension pg_cron")
    url = create_platform(own_server, "postgres")
    jobs: LiteralString = (
        "select jobname, schedule, command, username from cron.job where jobname not like 'basepool-%' order by 1"
    )
    before = _rows(url, jobs)

    migrate(url, echo=lambda *_: None)

    assert [name for name, *_ in before] == ["cleanup-old-generations", "refresh-admin-stats"]
    assert _rows(url, jobs) == before
    assert _rows(
        url, "select count(*) > 3, min(username), max(username) from cron.job where jobname like 'basepool-%'"
    ) == [(True, OWNER, OWNER)]
    [[command]] = _rows(url, "select command from cron.job where jobname = 'basepool-cleanup'")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(command.encode())
        connection.execute("select basepool.run_job('prune')")
