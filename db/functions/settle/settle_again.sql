-- What could not be settled is tried again: a hook that is mended shall not wait for a person to say so.
create or replace function basepool.settle_again(p_max integer default 50)
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_row basepool.unsettled;
  v_name constant text := (select s.settled_hook from basepool.settings as s);
  v_hook constant regprocedure := basepool._find_hook(v_name);
  v_count integer := 0;
begin
  for v_row in
    select u.* from basepool.unsettled as u
    where u.again_at <= v_now
    order by u.again_at
    limit p_max
    for update skip locked
  loop
    begin
      if v_row.outcome is not null then
        perform basepool._call_hook(
          v_name, v_hook, v_row.generation_id, v_row.outcome, case when v_hook::text like '%,jsonb)' then v_row.details end
        );
        v_count := v_count + 1;
      elsif basepool._try_lock_generation(v_row.generation_id) then
        if v_row.status = 'completed' then
          perform basepool._complete_generation(v_row.generation_id, v_row.prediction, v_row.token_id, v_row.leased_at);
        else
          perform basepool._settle_generation(v_row.generation_id, v_row.status, v_row.error_message, v_row.prediction);
        end if;
        v_count := v_count + 1;
      elsif basepool.is_active((select g.status from public.generations as g where g.id = v_row.generation_id)) then
        -- somebody works on it at this moment
        continue;
      end if;
      delete from basepool.unsettled as u where u.generation_id = v_row.generation_id;
    exception when sqlstate 'TP024' then
      update basepool.unsettled as u
      set tries = u.tries + 1, reason = sqlerrm
        , again_at = v_now + least(interval '1 minute', interval '5 seconds' * power(2, least(u.tries, 10)))
      where u.generation_id = v_row.generation_id;
      -- a user who is gone may be what it fails for
      if v_row.outcome is not null and v_row.since < v_now - interval '1 day' then
        raise warning 'the hook never heard that % was deleted: %', v_row.generation_id, sqlerrm;
        delete from basepool.unsettled as u where u.generation_id = v_row.generation_id;
      end if;
    end;
  end loop;
  if v_count > 0 then
    -- it works again: nobody waits for his pause to end
    update basepool.unsettled as u set again_at = v_now
    from (
      select o.generation_id from basepool.unsettled as o
      where o.again_at > v_now
      order by o.again_at limit p_max for update skip locked
    ) as others
    where u.generation_id = others.generation_id and u.since < v_now;
  end if;
  return v_count;
end
$$;

revoke all on function basepool.settle_again(integer) from public, anon, authenticated, service_role;
grant execute on function basepool.settle_again(integer) to basepool_glue;

comment on function basepool.settle_again(integer) is
'Settles up to p_max of the generations in basepool.unsettled that are due. Returns how many were settled. Raises nothing where
the hook still fails: it is tried again, at pauses that double up to a minute, for a day where the generation was deleted. Part of the job cleanup, too.';
