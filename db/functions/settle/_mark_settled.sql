-- Whoever ends a generation, it is marked in the same row version, so that the hook is called once per generation, by
-- structure.
create or replace function basepool._mark_settled()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  new.settled_at := basepool.now();
  return new;
end
$$;

revoke all on function basepool._mark_settled() from public, anon, authenticated, service_role;

comment on function basepool._mark_settled() is
'Trigger, before an active generation ends for the first time: sets settled_at. Definer: users may end nothing, but whoever
may need not have rights on basepool.now().';
