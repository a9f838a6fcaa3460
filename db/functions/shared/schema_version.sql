-- A glue and a database of different releases work together within a range, and refuse each other beyond it: here it stands, for
-- both. The glue reads this file to know its own.
create or replace function basepool.schema_version()
returns table (version integer, oldest integer)
language sql
immutable
security definer
set search_path = ''
as $$
  select 1 as version, 1 as oldest
$$;

revoke all on function basepool.schema_version() from public, anon, authenticated, service_role;
grant execute on function basepool.schema_version() to basepool_glue, basepool_operator;

comment on function basepool.schema_version() is
'Which functions this database has for the glue, and the oldest version of the glue that they still serve (and the oldest
database that a glue of this version works with). version rises when a function that the glue calls is added or changes its
arguments or its result; oldest when what was kept for those before is dropped. For the glue, at its start.';
