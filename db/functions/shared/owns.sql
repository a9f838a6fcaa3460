-- Both sides ask this before they run a generation, so that no two do. The answer was given when it came in (_admit_generation).
create or replace function basepool.owns(p_generation uuid)
returns boolean
language sql
stable
set search_path = ''
as $$
  select exists (select from public.generations as g where g.id = p_generation and g.queued_at is not null)
$$;

revoke all on function basepool.owns(uuid) from public, anon, authenticated, service_role;
grant execute on function basepool.owns(uuid) to authenticated, service_role;

comment on function basepool.owns(uuid) is
'Whether basepool runs a generation, or ran it; then nobody else may. False for the app''s own, for those that were given back, and
for what the caller can''t see: row level security decides that. The same as generations.queued_at, which is what an app reads through
PostgREST. For service_role, and for what the owner lets users call: they have no usage of the schema.';
