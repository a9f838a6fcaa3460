-- The app's own function hears of every end, once, in the transaction that settles it. What was deleted is gone all the same: no
-- function of the app's may keep a user from being deleted, so that what it does not hear now it is told later.
create or replace function basepool._announce_settled()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_name constant text := (select s.settled_hook from basepool.settings as s);
  v_hook constant regprocedure := basepool._find_hook(v_name);
  v_has_details constant boolean := v_hook::text like '%,jsonb)';
  v_outcome text;
  v_details jsonb;
begin
  if v_hook is null and v_name is null then
    return null;
  end if;
  if tg_op = 'DELETE' then
    -- one that had ended at Replicate was only not settled yet
    delete from basepool.unsettled as u where u.generation_id = old.id returning u.status into v_outcome;
  end if;
  if v_outcome is null and (tg_op = 'DELETE' or new.status = 'cancelled') then
    v_outcome := 'cancelled ' || case when basepool._has_begun(old.id) then 'after' else 'before' end || ' start';
  end if;
  v_outcome := coalesce(v_outcome, new.status);
  if tg_op = 'UPDATE' then
    if v_has_details then
      v_details := basepool._settlement_details(new, v_outcome);
    end if;
    perform basepool._call_hook(v_name, v_hook, new.id, v_outcome, v_details);
    return null;
  end if;

  v_details := basepool._settlement_details(old, v_outcome);
  begin
    perform basepool._call_hook(v_name, v_hook, old.id, v_outcome, case when v_has_details then v_details end);
  exception when sqlstate 'TP024' then
    insert into basepool.unsettled (generation_id, status, outcome, details, reason, since, again_at)
    values (old.id, 'cancelled', v_outcome, v_details, sqlerrm, basepool.now(), basepool.now() + interval '5 seconds');
  end;
  return null;
end
$$;

revoke all on function basepool._announce_settled() from public, anon, authenticated, service_role;

comment on function basepool._announce_settled() is
'Trigger, after a generation was marked as settled, or was deleted while it was active: calls the hook, settings.settled_hook or
public.on_generation_settled where the app has one, with (generation, outcome) or (generation, outcome, details). outcome:
completed, failed, cancelled before start (nothing was sent that may cost) or cancelled after start; details:
_settlement_details. Raises TP024, but for what was deleted, which is noted in basepool.unsettled. Definer: the function is
called with the same rights whoever settles.';
