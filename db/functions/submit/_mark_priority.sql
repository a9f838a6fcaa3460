-- Claims go through the marks, the highest priority first: one that has no mark would never be looked at.
create or replace function basepool._mark_priority()
returns trigger
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into basepool.marks (priority) values (new.priority) on conflict do nothing;
  return null;
end
$$;

revoke all on function basepool._mark_priority() from public, anon, authenticated, service_role;

comment on function basepool._mark_priority() is
'Trigger, after a user was given a priority: makes its row in basepool.marks.';
