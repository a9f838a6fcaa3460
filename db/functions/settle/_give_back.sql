-- The app retries a row in place: what it runs by itself from then on is not ours to time, to count or to fail.
create or replace function basepool._give_back()
returns trigger
language plpgsql
volatile
set search_path = ''
as $$
begin
  new.queued_at := null;
  return new;
end
$$;

revoke all on function basepool._give_back() from public, anon, authenticated, service_role;

comment on function basepool._give_back() is
'Trigger, before a generation that was over becomes active again, which only the app does: queued_at says that it is the app''s.';
