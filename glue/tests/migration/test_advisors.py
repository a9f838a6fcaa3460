"""What Supabase's linters look for (https://supabase.com/docs/guides/database/database-advisors; `db lint` of its CLI runs
plpgsql_check): a database of ours gives them nothing to say but what docs/adoption.md says, and an adopted one nothing more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dev.devserver import DevServer
from tests.migration.conftest import as_superuser

_ADOPTION = Path(__file__).parents[3] / "docs" / "adoption.md"
_OF_EXTENSIONS = "exists (select from pg_depend as d where d.objid = {}.oid and d.deptype = 'e')"
_SCHEMAS = "n.nspname in ('public', 'basepool')"
_TABLES = f"""
pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace and {_SCHEMAS}
where c.relkind in ('r', 'p') and not {_OF_EXTENSIONS.format("c")}"""
_FUNCTIONS = f"""
pg_proc as p inner join pg_namespace as n on n.oid = p.pronamespace and {_SCHEMAS}
where not {_OF_EXTENSIONS.format("p")}"""
_POLICIES = f"""
pg_policies as p inner join pg_class as c on c.oid = format('%I.%I', p.schemaname, p.tablename)::regclass
inner join pg_namespace as n on n.oid = c.relnamespace and {_SCHEMAS}
where true"""

_LOOKS = {
    "has no primary key": """
      select c.oid::regclass::text from {tables}
      and not exists (select from pg_index as i where i.indrelid = c.oid and i.indisprimary)""",
    "has row level security and no policy": """
      select c.oid::regclass::text from {tables}
      and c.relrowsecurity and not exists (select from pg_policy as p where p.polrelid = c.oid)""",
    "is shown by the API without row level security": """
      select c.oid::regclass::text from {tables} and n.nspname = 'public' and not c.relrowsecurity""",
    "has a policy and no row level security": """
      select c.oid::regclass::text from {tables}
      and not c.relrowsecurity and exists (select from pg_policy as p where p.polrelid = c.oid)""",
    "is a foreign key without an index": """
      select k.conrelid::regclass || '.' || k.conname from pg_constraint as k
      where k.contype = 'f' and k.conrelid in (select c.oid from {tables}) and not exists (
        select from pg_index as i where i.indrelid = k.conrelid and i.indisvalid
        and (string_to_array(i.indkey::text, ' ')::smallint[])[1:cardinality(k.conkey)] = k.conkey
      )""",
    "is an index twice": """
      select string_agg(i.indexrelid::regclass::text, ', ' order by i.indexrelid::regclass::text) from pg_index as i
      where i.indrelid in (select c.oid from {tables})
      group by i.indrelid, regexp_replace(pg_get_indexdef(i.indexrelid), ' INDEX .* USING ', ' USING ') having count(*) > 1""",
    "asks who it is for every row": """
      select p.tablename || '.' || p.policyname from {policies} and c.relrowsecurity
      and (p.qual ~ '(auth\\.\\w+|current_setting)\\(' and p.qual !~* 'select (auth\\.\\w+|current_setting)\\('
        or p.with_check ~ '(auth\\.\\w+|current_setting)\\(' and p.with_check !~* 'select (auth\\.\\w+|current_setting)\\(')""",
    "lets everybody write": """
      select p.tablename || '.' || p.policyname from {policies} and p.cmd <> 'SELECT' and p.permissive = 'PERMISSIVE'
      and 'true' in (p.qual, p.with_check) and not ('service_role' = all(p.roles))""",
    "is one of several policies that let in": """
      select p.tablename || ' ' || r.name || ' ' || k.command from pg_policies as p
      cross join unnest(array['anon', 'authenticated']) as r (name)
      cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) as k (command)
      where p.schemaname in ('public', 'basepool') and p.permissive = 'PERMISSIVE'
      and p.roles && array['public', r.name]::name[] and p.cmd in ('ALL', k.command)
      group by p.schemaname, p.tablename, r.name, k.command having count(*) > 1""",
    "has more rights than the users who may call it": """
      select p.proname::text from {functions} and n.nspname = 'public' and p.prosecdef
      and (has_function_privilege('anon', p.oid, 'execute') or has_function_privilege('authenticated', p.oid, 'execute'))""",
    "is a view with its owner's rights, or of data as they were": """
      select c.relname::text from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace and {schemas}
      where c.relkind = 'm' or c.relkind = 'v' and coalesce('security_invoker=true' = any(c.reloptions), false) is not true""",
    "takes whatever search_path it is called with": """
      select p.proname::text from {functions}
      and not exists (select from unnest(p.proconfig) as c (said) where c.said like 'search_path=%')
      -- the app's own, kept for the way back
      and p.proname not like 'replaced\\_%'""",
}
_PARTS = {"tables": _TABLES, "functions": _FUNCTIONS, "policies": _POLICIES, "schemas": _SCHEMAS}
_BODIES = """
select p.proname, c.level, c.message from pg_proc as p
inner join pg_language as l on l.oid = p.prolang and l.lanname = 'plpgsql'
cross join lateral plpgsql_check_function_tb(p.oid, fatal_errors := false) as c
where p.pronamespace in ('public'::regnamespace, 'basepool'::regnamespace) and p.prorettype <> 'trigger'::regtype
"""


def _found(url: str) -> set[tuple[str, str]]:
    with psycopg.connect(as_superuser(url)) as connection:
        return {
            (name, says)
            for says, query in _LOOKS.items()
            for (name,) in connection.execute(query.format(**_PARTS).encode()).fetchall()
        }


def _said() -> set[tuple[str, str]]:
    """Those that the page names."""
    [text] = re.findall(r"\*\*Not pinned\*\* are (.*?)\n\n", _ADOPTION.read_text(encoding="utf-8"), re.S)
    return {(name, "takes whatever search_path it is called with") for name in re.findall(r"`(\w+)`", text)}


@pytest.fixture(scope="module")
def new_url(server: DevServer, template: str) -> Iterator[str]:
    """A database as migrate makes it, with nothing of Supabase's in it."""
    yield server.create_database("advised", template)
    server.drop_database("advised")


def test_of_a_new_database_they_say_what_the_page_says(new_url: str) -> None:
    assert _found(new_url) == _said()


def test_of_an_adopted_one_they_say_no_more_than_before(platform_url: str, adopted_url: str) -> None:
    assert _found(adopted_url) - _found(platform_url) <= _said()


def test_the_looks_find_something(platform_url: str) -> None:
    """What piles up in a platform's database: a look that finds nothing anywhere would show nothing."""
    found = {says for _, says in _found(platform_url)}
    assert {
        "is an index twice",
        "asks who it is for every row",
        "takes whatever search_path it is called with",
    } <= found


def test_no_body_names_what_need_not_be_there(new_url: str) -> None:
    """Neither pg_cron nor pg_net, Vault, Realtime or the app's hook."""
    with psycopg.connect(new_url) as connection:
        connection.execute("create extension plpgsql_check")
        assert connection.execute(_BODIES).fetchall() == []
        connection.rollback()
