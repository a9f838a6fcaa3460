-- One worker's silence has one meaning, wherever it is looked at: three heartbeats are missing.
create or replace function basepool._silence_of_workers()
returns interval
language sql
immutable
set search_path = ''
as $$
  select interval '7 seconds'
$$;

revoke all on function basepool._silence_of_workers() from public, anon, authenticated, service_role;

comment on function basepool._silence_of_workers() is
'After how long without a heartbeat a worker counts as silent: dead, cut off, or stuck.';
