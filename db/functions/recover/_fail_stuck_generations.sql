-- The review's cleanup, in one small batch, and only after Replicate was asked: what has finished there is completed by the
-- answer. What somebody is working on at this moment is left for the next run; what can't be settled does not hold up the
-- others.
create or replace function basepool._fail_stuck_generations(p_max integer default 500)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now timestamptz := basepool.now();
  v_settings basepool.settings;
  v_generation uuid;
  v_count integer := 0;
begin
  select s.* into v_settings from basepool.settings as s;

  for v_generation in
    select g.id
    from public.generations as g
    left join basepool.seats as s on s.generation_id = g.id
    left join basepool.lost_attempts as l on l.attempt_id = s.attempt_id
    left join basepool.searches as o on o.id = l.search_id
    where
      basepool.is_active(g.status) and g.created_at <= v_now - v_settings.stuck_after
      -- how it ends is known
      and not exists (select from basepool.unsettled as u where u.generation_id = g.id)
      and (
        s.id is null
        or coalesce(s.heard_at, o.started_at) >= g.created_at + v_settings.stuck_after
        or g.created_at <= v_now - v_settings.stuck_after - v_settings.stuck_grace
      )
    order by g.created_at
    limit p_max
  loop
    begin
      continue when not basepool._try_lock_generation(v_generation);
      if basepool._settle_generation(v_generation, 'failed', v_settings.stuck_message) then
        perform basepool._cancel_attempts(v_generation, 'stuck for longer than ' || v_settings.stuck_after);
        v_count := v_count + 1;
      end if;
    exception when sqlstate 'TP024' then
      raise warning 'generation % stays as it is: %', v_generation, sqlerrm;
    end;
  end loop;

  -- the others are asked about first
  update basepool.seats as s
  set check_at = v_now
  from (
    select o.id
    from public.generations as g
    inner join basepool.seats as o on o.generation_id = g.id and o.state = 'running'
    where basepool.is_active(g.status) and g.created_at <= v_now - v_settings.stuck_after
    order by g.created_at
    limit p_max
    for no key update of o skip locked
  ) as running
  where s.id = running.id;

  update basepool.lost_attempts as l
  set search_at = least(l.search_at, v_now)
  from (
    select o.attempt_id
    from public.generations as g
    inner join basepool.seats as s on s.generation_id = g.id and s.state = 'unknown'
    inner join basepool.lost_attempts as o on o.attempt_id = s.attempt_id
    where basepool.is_active(g.status) and g.created_at <= v_now - v_settings.stuck_after
    order by g.created_at
    limit p_max
    for update of o skip locked
  ) as lost
  where l.attempt_id = lost.attempt_id;
  return v_count;
end
$$;

revoke all on function basepool._fail_stuck_generations(integer) from public, anon, authenticated, service_role;

comment on function basepool._fail_stuck_generations(integer) is
'Fails up to p_max generations that have been pending or processing for longer than settings.stuck_after, with
settings.stuck_message; frees their seats and has their predictions cancelled. One that Replicate has is asked about first,
and failed when it still runs, or unasked after settings.stuck_grace more. Returns how many. Part of the job cleanup. For the
owner and basepool.run_job.';
