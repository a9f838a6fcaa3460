-- A change is only noted where it happens: what is told, and to whom, is known when the transaction commits.
create or replace function basepool._note_change()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  if (select s.realtime from basepool.settings as s) and new.user_id is not null then
    insert into basepool.unsent_changes (transaction_id, user_id, generation_id)
    values (pg_catalog.pg_current_xact_id(), new.user_id, new.id)
    -- it has changed before in this transaction
    on conflict do nothing;
  end if;
  return null;
end
$$;

revoke all on function basepool._note_change() from public, anon, authenticated, service_role;

comment on function basepool._note_change() is
'Trigger, after a generation came in or its status or links changed: notes it in basepool.unsent_changes if settings.realtime is on;
else it is one look at the settings. Definer: whoever changes a generation has no rights on either.';
