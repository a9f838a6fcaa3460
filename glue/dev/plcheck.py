"""plpgsql_check over every PL/pgSQL function: sqlfluff sees their bodies as one opaque string. `python -m dev.plcheck`."""

from __future__ import annotations

import sys

import psycopg

from basepool.errors import BasepoolError
from basepool.migrate import migrate
from dev import devserver

_FINDINGS = """
select p.oid::regprocedure::text, r.lineno, r.level, r.message, r.hint
from pg_catalog.pg_proc as p
inner join pg_catalog.pg_language as l on l.oid = p.prolang and l.lanname = 'plpgsql'
left join pg_catalog.pg_trigger as t on t.tgfoid = p.oid
cross join lateral plpgsql_check_function_tb(p.oid, coalesce(t.tgrelid, 0), fatal_errors := false) as r
where
  p.pronamespace in ('basepool'::regnamespace, 'public'::regnamespace)
  and not exists (select from pg_catalog.pg_depend as d where d.objid = p.oid and d.deptype = 'e')
order by 1, 2
"""

# The interface of Supabase's Vault (https://supabase.com/docs/guides/database/vault), which is not here: plpgsql_check looks
# into dynamic statements too, and these are checked against what they will meet.
_VAULT = """
create schema vault;
create table vault.secrets (id uuid primary key, name text, description text, secret text);
create view vault.decrypted_secrets as select id, name, description, secret, secret as decrypted_secret from vault.secrets;
create function vault.create_secret(
  new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null
) returns uuid language sql as 'select null::uuid';
"""

# The one function of Supabase's Realtime that is called (https://github.com/supabase/realtime); the rest is only looked for.
_REALTIME = """
create schema realtime;
create function realtime.send(payload jsonb, event text, topic text, private boolean default true)
returns void language sql as '';
"""

# Of Supabase's pg_net (https://github.com/supabase/pg_net), and the trigger that schedule_glue makes.
_NET = """
create schema net;
create table net._http_response (
  id bigint, status_code integer, content_type text, headers jsonb, content text, timed_out boolean, error_msg text
  , created timestamptz
);
create function net.http_post(
  url text, body jsonb default '{}', params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds int default 0
) returns bigint language sql as 'select null::bigint';
create trigger call_glue after insert on basepool.queue for each statement execute function basepool._call_glue_at_once();
"""

# The app's own function, of the form that docs/operations.md asks for.
_HOOK = """
create function public.on_generation_settled(generation uuid, outcome text) returns void language sql as '';
create function public.on_generation_settled(generation uuid, outcome text, details jsonb) returns void language sql as '';
"""


def main() -> int:
    """Check all functions of a freshly migrated database. Returns 1 if there is anything to say about one."""
    with devserver.start() as server:
        migrate(server.url(), echo=lambda *_: None)
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("create extension plpgsql_check")
            connection.execute(_VAULT)
            connection.execute(_REALTIME)
            connection.execute(_NET)
            connection.execute(_HOOK)
            findings = connection.execute(_FINDINGS).fetchall()
    for function, line, level, message, hint in findings:
        print(f"{function}:{line}: {level}: {message} {hint or ''}".rstrip())
    return 1 if findings else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BasepoolError as error:
        sys.exit(f"error {error.code}: {error.message}\n  hint: {error.hint}")
