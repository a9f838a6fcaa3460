-- "Why is this generation not running?", answered from what the claim itself goes by.
create or replace function basepool._explain_generation(p_id uuid)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now timestamptz := basepool.now();
  v_status text;
  v_queue basepool.queue;
  v_seat basepool.seats;
  v_lost basepool.lost_attempts;
  v_position integer;
  v_free integer;
  v_pool record;
  v_hold record;
  v_state text;
  v_result jsonb;
begin
  select g.status into v_status from public.generations as g where g.id = p_id;
  select q.* into v_queue from basepool.queue as q where q.generation_id = p_id;
  select s.* into v_seat from basepool.seats as s where s.generation_id = p_id;

  if v_status is null then
    return null;
  elsif not basepool.is_active(v_status) then
    v_result := basepool._explain_outputs(p_id);
    return jsonb_build_object('status', v_status, 'waits_for', 'nothing') || coalesce(v_result, '{}')
      || jsonb_build_object('reason', concat_ws('; ', 'it has ended', v_result ->> 'reason'));
  elsif exists (select from basepool.unsettled as u where u.generation_id = p_id) then
    return (
      select jsonb_build_object(
        'status', v_status,
        'waits_for', 'hook',
        'reason', format('Replicate has ended it (%s), and it can''t be settled (TP024): the app''s own function fails', u.status),
        'error', u.reason,
        'tried_again_at', u.again_at
      )
      from basepool.unsettled as u where u.generation_id = p_id
    );
  elsif v_seat.attempt_id is not null then
    select l.* into v_lost from basepool.lost_attempts as l where l.attempt_id = v_seat.attempt_id;
    select jsonb_build_object('status', v_status) || case v_seat.state
      when 'submitting' then jsonb_build_object('waits_for', 'answer', 'reason', 'it is being sent to Replicate')
      when 'running' then jsonb_build_object('waits_for', 'result', 'reason', 'it runs at Replicate')
      else jsonb_build_object(
        'waits_for', 'certainty',
        'reason', case
          when v_lost.doubt_prediction_id is not null then format(
            'Replicate''s answer was lost; prediction %s may be it, so it is not sent again before its deadline'
            , v_lost.doubt_prediction_id
          )
          else 'Replicate''s answer was lost; it may exist, so it is looked for and not sent again before it is known not to'
        end,
        'earliest_start', case when v_lost.doubt_prediction_id is null then w.provable_at else w.over_at end
      )
    end
    into v_result
    from basepool._when_certain(v_lost.lost_at) as w;
    return v_result;
  elsif v_queue.generation_id is null then
    return jsonb_build_object(
      'status', v_status, 'waits_for', 'nobody', 'reason', 'it is not on the queue: who inserted it sends it, or the cleanup ends it'
    );
  end if;
  select h.* into v_hold
  from public.generations as g
  cross join lateral basepool._explain_hold(g.user_id, g.replicate_model) as h
  where g.id = p_id;
  if v_hold.waits_for is not null then
    return jsonb_build_object('status', v_status) || to_jsonb(v_hold);
  elsif v_queue.run_after = 'infinity' and v_queue.parked_for is null then
    return jsonb_build_object(
      'status', v_status, 'waits_for', 'model', 'reason', 'as many of its model are in flight as may be'
      , 'position', (
        select 1 + count(*) from basepool.queue as b
        where
          b.gate = v_queue.gate and b.run_after = 'infinity'
          and (b.priority > v_queue.priority or b.priority = v_queue.priority and (b.tag, b.place) < (v_queue.tag, v_queue.place))
      )
    );
  elsif v_queue.run_after > v_now and v_queue.parked_for is null then
    return jsonb_build_object(
      'status', v_status, 'waits_for', 'retry', 'reason', 'it is tried again then', 'earliest_start', v_queue.run_after
    );
  end if;

  -- far back in a long queue nobody needs the exact number
  select 1 + count(*) into v_position
  from (
    select from basepool.queue as b
    where
      b.run_after is null
      and (b.priority > v_queue.priority or b.priority = v_queue.priority
        and (b.tag, b.place) < (v_queue.tag, v_queue.place))
    limit 10000
  ) as before;
  select coalesce(sum(c.free), 0) into v_free from basepool._token_capacity(v_now) as c;
  if v_free > 0 then
    return jsonb_build_object('status', v_status, 'position', v_position, 'earliest_start', v_now) || case
      when v_position <= v_free
        then jsonb_build_object(
          'waits_for', 'worker',
          'reason', 'a token is free; ' || basepool._explain_workers(v_now),
          'workers', (
            select string_agg(format('%s: %s', w.name, case
              when w.is_silent then 'silent since ' || to_char(w.heard_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')
              else format('%s, %s of %s hands free', w.doing, w.hands_free, w.hands)
            end), '; ' order by w.name)
            from basepool.list_workers() as w
          )
        )
      else jsonb_build_object('waits_for', 'turn', 'reason', format('%s are before it', v_position - 1))
    end;
  end if;

  select p.* into v_pool from basepool._explain_pool(v_now) as p;
  select c.state into v_state
  from basepool._token_capacity(v_now) as c
  order by
    array_position(array['limited', 'cooling', 'spent', 'full', 'probing', 'breaker', 'paused', 'suspended'], c.state), c.token_id
  limit 1;
  return jsonb_build_object(
    'status', v_status,
    'position', v_position,
    'waits_for', case
      when v_pool.answer = 'dead' then 'pool'
      else case v_state
        when 'limited' then 'rate' when 'cooling' then 'cooldown' when 'spent' then 'budget' when 'full' then 'slot'
        when 'paused' then 'pause' when 'breaker' then 'breaker' else 'recovery'
      end
    end,
    'reason', case
      when v_pool.answer = 'dead' then 'no token is usable'
      else case v_state
        when 'limited' then 'the creates allowed per minute are used up'
        when 'cooling' then 'Replicate asked for a pause'
        when 'spent' then 'the budget of the day is used up'
        when 'full' then 'all places are taken'
        when 'paused' then 'nothing is sent for the time being'
        when 'breaker' then 'Replicate fails; it is tried until it works again'
        else 'a token is being tried again'
      end
    end,
    'earliest_start', v_pool.busy_until,
    'pool', v_pool.reason
  );
end
$$;

revoke all on function basepool._explain_generation(uuid) from public, anon, authenticated, service_role;

comment on function basepool._explain_generation(uuid) is
'What a generation waits for, as JSON: see public.explain_generation; pool and workers say why, one by one. Null where there is
none.';
