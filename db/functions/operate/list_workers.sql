-- Who works, and who was heard of and is silent.
create or replace function basepool.list_workers()
returns table (
  name text,
  version text,
  schema_version integer,
  since timestamptz,
  heard_at timestamptz,
  is_silent boolean,
  doing text,
  hands integer,
  hands_free integer,
  busy_since timestamptz
)
language sql
stable
security definer
set search_path = ''
as $$
  select
    w.name, w.version, w.schema_version, w.since, w.heard_at, w.heard_at < c.now - basepool._silence_of_workers()
    , w.doing, w.hands, w.hands_free, w.busy_since
  from basepool.workers as w
  cross join (select basepool.now() as now) as c
  order by w.name
$$;

revoke all on function basepool.list_workers() from public, anon, authenticated, service_role;
grant execute on function basepool.list_workers() to basepool_glue;

comment on function basepool.list_workers() is
'The workers, one row each: release, since when it works, its last heartbeat, is_silent (it should have been heard of since),
what it does, its hands and how many are free, and since when none is.';
