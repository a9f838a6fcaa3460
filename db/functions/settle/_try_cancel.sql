-- One of many: what somebody works on at this moment, what is over, and what the app's hook does not let end cost themselves
-- only.
create or replace function basepool._try_cancel(p_id uuid, out outcome text, out error text)
returns record
language plpgsql
volatile
set search_path = ''
as $$
begin
  if not basepool._try_lock_generation(p_id) then
    outcome := (
      select case when basepool.is_active(g.status) then 'busy' else 'is ' || g.status end from public.generations as g where g.id = p_id
    );
    outcome := coalesce(outcome, 'is gone');
    return;
  end if;
  perform basepool._cancel_generation(p_id);
  outcome := 'cancelled';
exception when others then
  if not basepool._is_of_one_item(sqlstate) then
    raise;
  end if;
  outcome := 'failed';
  error := basepool._printable(sqlerrm);
end
$$;

revoke all on function basepool._try_cancel(uuid) from public, anon, authenticated, service_role;

comment on function basepool._try_cancel(uuid) is
'Cancels a generation without waiting for anybody. outcome: cancelled, busy (somebody holds it), is (its status, where it is
over), is gone, or failed (the app''s hook, or a trigger or rule of the app; what it said is in error).';
