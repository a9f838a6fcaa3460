-- The review's cleanup, in one small batch, and only after Replicate was asked: what has finished there is completed by the
-- answer. What somebody is working on at this moment is left for the next run; what can't be settled does not hold up the
-- others. What the app runs itself is judged by what the app does: its retries begin anew, its keyframe jobs wait for one another.
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
  v_has_tokens constant boolean := exists (select from public.replicate_tokens);
  v_before timestamptz;
begin
  select s.* into v_settings from basepool.settings as s;
  v_before := v_now - v_settings.stuck_after;

  -- about these nobody needs to ask any more, or the app has tried again
  delete from basepool.app_checks as c
  where c.generation_id = any(array(
    select o.generation_id
    from basepool.app_checks as o
    where not exists (
      select from public.generations as g
      where
        g.id = o.generation_id and g.replicate_prediction_id = o.prediction_id and basepool.is_active(g.status)
        and greatest(g.created_at, g.started_at) <= v_before
    )
    for update skip locked
  ));
  if v_has_tokens then
    insert into basepool.app_checks (generation_id, prediction_id, since, again_at)
    select g.id, g.replicate_prediction_id, v_now, v_now
    from public.generations as g
    where
      basepool.is_active(g.status) and g.created_at <= v_before and g.queued_at is null
      and greatest(g.created_at, g.started_at) <= v_before
      and basepool._may_be_at_replicate(g.replicate_model, g.replicate_prediction_id)
      and not exists (select from basepool.app_checks as c where c.generation_id = g.id)
    order by g.created_at
    limit p_max
    on conflict (generation_id) do nothing;
  end if;

  for v_generation in
    select g.id
    from public.generations as g
    left join basepool.seats as s on s.generation_id = g.id
    left join basepool.lost_attempts as l on l.attempt_id = s.attempt_id
    left join basepool.searches as o on o.id = l.search_id
    left join basepool.app_checks as c on c.generation_id = g.id
    where
      basepool.is_active(g.status) and g.created_at <= v_before
      -- how it ends is known
      and not exists (select from basepool.unsettled as u where u.generation_id = g.id)
      and case
        when g.queued_at is not null then
          s.id is null
          or coalesce(s.heard_at, o.started_at) >= g.created_at + v_settings.stuck_after
          or g.created_at <= v_before - v_settings.stuck_grace
        else
          greatest(g.created_at, g.started_at) <= v_before
          and case
            when c.generation_id is not null then c.since <= v_now - v_settings.stuck_grace
            else not (v_has_tokens and basepool._may_be_at_replicate(g.replicate_model, g.replicate_prediction_id))
          end
          and not (
            (g.action::text = 'video_keyframes' or g.status <> 'processing')
            and basepool._keyframes_go_on(g.user_id, g.settings ->> 'keyframe_group_id', g.created_at, v_before)
          )
      end
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
    where basepool.is_active(g.status) and g.created_at <= v_before
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
    where basepool.is_active(g.status) and g.created_at <= v_before
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
and failed when it still runs, or unasked after settings.stuck_grace more. Of those that the app runs itself (queued_at is null) the
time counts from the last start; one whose prediction an account of ours may have is asked about first (claim_app_checks), for
settings.stuck_grace from then on; who waits for the segments of a keyframe job is not stuck as long as one of them goes on. Returns
how many. Part of the job cleanup. For the
owner and basepool.run_job.';
