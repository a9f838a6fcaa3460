-- The forecast: what is leased by a time is what seats, limits and workers let through until then, whichever is least. All of
-- it grows with time, so the time at which it reaches what waits is found by halving.
create or replace function basepool._forecast(p_now timestamptz, p_changes jsonb, p_queue jsonb)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_horizon constant double precision := 30 * 86400;
  v_waiting constant double precision := (p_queue ->> 'about')::double precision;
  v_seconds constant double precision := nullif((p_queue ->> 'seconds_each')::double precision, 0);
  v_submit constant double precision := nullif((p_queue ->> 'submit_seconds')::double precision, 0);
  v_hands integer := coalesce((p_changes ->> 'hands')::integer, (
    select sum(w.hands)::integer from basepool.workers as w where w.heard_at > p_now - basepool._silence_of_workers()
  ), (
    -- who is called for each has as many as it takes
    select 1000000 from basepool.glue_schedule
  ));
  v_accounts bigint[];
  v_starts double precision[];
  v_seats integer[];
  v_free integer[];
  v_permits double precision[];
  v_rates double precision[];
  v_by_seats double precision;
  v_by_creates double precision;
  v_by_workers double precision;
  v_now_rate double precision;
  v_bound text;
  v_from double precision := 0;
  v_to double precision := v_horizon;
  v_middle double precision;
  v_leased double precision;
  v_drained double precision;
  v_gate record;
  v_budget record;
  v_left double precision;
begin
  select
    array_agg(o.account_id order by o.starts, o.account_id), array_agg(o.starts order by o.starts, o.account_id)
    , array_agg(o.seats order by o.starts, o.account_id), array_agg(o.free order by o.starts, o.account_id)
    , array_agg(o.permits order by o.starts, o.account_id), array_agg(o.per_minute order by o.starts, o.account_id)
  into v_accounts, v_starts, v_seats, v_free, v_permits, v_rates
  from basepool._pool_outlook(p_now, p_changes) as o;

  -- what is leased a minute once it runs; of an account either its seats or its limit count
  select
    sum(r.seats * 60 / v_seconds) filter (where r.seats * 60 / v_seconds <= r.rate)
    , sum(r.rate) filter (where v_seconds is null or r.seats * 60 / v_seconds > r.rate)
  into v_by_seats, v_by_creates
  from (
    select u.account_id, sum(u.seats) as seats, min(u.rate) as rate
    from unnest(v_accounts, v_starts, v_seats, v_rates) as u (account_id, starts, seats, rate)
    where u.starts <= 0
    group by u.account_id
  ) as r;
  v_by_workers := v_hands * 60 / v_submit;
  v_now_rate := coalesce(v_by_seats, 0) + coalesce(v_by_creates, 0);
  v_bound := case
    when v_accounts is null then 'no token'
    when v_now_rate = 0 then 'no token yet'
    when v_hands is null or v_hands = 0 then 'workers'
    when v_by_workers < v_now_rate then 'workers'
    when coalesce(v_by_seats, 0) >= coalesce(v_by_creates, 0) then 'seats'
    else 'creates per minute'
  end;
  if v_hands is null or v_hands = 0 then
    v_now_rate := 0;
  else
    v_now_rate := least(v_now_rate, v_by_workers);
  end if;

  if v_waiting = 0 then
    v_drained := 0;
  elsif v_accounts is not null and v_hands > 0 then
    for v_half in 1..48 loop
      v_middle := (v_from + v_to) / 2;
      v_leased := least(
        coalesce(v_hands + v_hands * v_middle / v_submit, v_waiting), (
          select sum(a.leased)
          from (
            select least(
              sum(case when v_middle < u.starts then 0 when v_seconds > 0 then u.free + u.seats * (v_middle - u.starts) / v_seconds
                else v_waiting end)
              , sum(u.permits) filter (where v_middle >= u.starts)
              + min(u.rate) * greatest(0, v_middle - min(u.starts)) / 60
            ) as leased
            from unnest(v_accounts, v_starts, v_seats, v_free, v_permits, v_rates)
              as u (account_id, starts, seats, free, permits, rate)
            group by u.account_id
          ) as a
        )
      );
      if v_leased >= v_waiting then
        v_to := v_middle;
      else
        v_from := v_middle;
      end if;
    end loop;
    v_drained := case when v_to < v_horizon then v_to end;
  end if;

  -- a model's own limit
  for v_gate in
    select g.* from jsonb_to_recordset(p_queue -> 'gates')
      as g (pattern text, waiting integer, max_in_flight integer, in_flight integer, seconds double precision)
  loop
    v_left := (v_gate.waiting - greatest(0, v_gate.max_in_flight - v_gate.in_flight)) * v_gate.seconds / v_gate.max_in_flight;
    if v_left > v_drained then
      v_drained := v_left;
      v_bound := 'the limit of ' || v_gate.pattern;
    end if;
  end loop;

  -- what is left of today's budget, in generations; beyond it nothing is claimed until midnight
  select min(l.left) as left, min(l.until) as until into v_budget
  from (
    select
      least(
        (b.budget_seconds - b.seconds - b.expected_seconds) / nullif((p_queue ->> 'predict_seconds')::numeric, 0)
        -- in money by what a second has cost today
        , (b.budget_usd - b.usd - b.expected_usd) / nullif(
          (p_queue ->> 'predict_seconds')::numeric * b.usd / nullif(b.seconds, 0), 0
        )
      ) as left
      , b.until
    from basepool._list_budgets(p_now) as b
    where b.account_id is null
  ) as l;
  if v_budget.left < v_waiting and v_drained > 0 then
    v_left := greatest(0, v_budget.left) / v_waiting;
    -- today's part, and the rest from midnight on
    if v_drained * v_left < extract(epoch from v_budget.until - p_now) then
      v_drained := extract(epoch from v_budget.until - p_now) + v_drained * (1 - v_left);
      v_bound := 'budget';
    end if;
  end if;

  return jsonb_build_object(
    'per_minute', round(v_now_rate::numeric, 1)
    , 'drained_at', p_now + v_drained * interval '1 second'
    , 'done_at', p_now + (v_drained + coalesce(v_seconds, 0)) * interval '1 second'
    , 'bound_by', v_bound
    , 'seats', (select coalesce(sum(u.seats), 0) from unnest(v_starts, v_seats) as u (starts, seats) where u.starts <= 0)
    , 'hands', coalesce(v_hands, 0)
  );
end
$$;

revoke all on function basepool._forecast(timestamptz, jsonb, jsonb) from public, anon, authenticated, service_role;

comment on function basepool._forecast(timestamptz, jsonb, jsonb) is
'When what waits at p_now (p_queue: _queue_outlook) will have been leased with p_changes (checked already): {per_minute (leases,
once it runs), drained_at (null: not within 30 days), done_at (when the last has ended, too), bound_by, seats, hands}. By a time
t an account has leased the least of: its free seats and all its seats times t by the seconds that one keeps a seat; what its
limiter gives at once and its creates per minute times t. A token that cools down begins when that ends. All together no more
than the workers'' hands can send. bound_by: seats, creates per minute, workers, budget, the limit of (a model), no token, no
token yet. Retries, new generations and the spread of durations are not in it.';
