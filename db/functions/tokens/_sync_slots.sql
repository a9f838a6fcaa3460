-- max_in_flight is as many rows as it says. Slots that are in use when it is lowered stay until they are free.
create or replace function basepool._sync_slots()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  insert into basepool.slots (token_id, slot_no)
  select new.id, s.slot_no from generate_series(1, new.max_in_flight) as s (slot_no)
  on conflict do nothing;
  delete from basepool.slots as s
  where
    s.token_id = new.id
    and s.slot_no > new.max_in_flight
    and not exists (
      select from basepool.attempts as a
      where a.token_id = s.token_id and a.slot_no = s.slot_no and a.slot_no is not null
    );
  return null;
end
$$;

revoke all on function basepool._sync_slots() from public, anon, authenticated, service_role;

comment on function basepool._sync_slots() is
'Trigger, after insert or a change of max_in_flight on public.replicate_tokens: makes the rows of basepool.slots agree.
Definer: the app has no rights on slots.';
