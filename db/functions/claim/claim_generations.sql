-- The heart: pairs the fairest waiting generations with tokens. Short, and never waits for Replicate. Lock order: tokens
-- and accounts (waits only while nothing is held), then queue and generations (skips what is locked), so no deadlock.
-- Several small statements, each with a snapshot of its own: what was locked is read again before it is used.
create or replace function basepool.claim_generations(p_worker text, p_max integer)
returns table (
  answer text,
  busy_until timestamptz,
  reason text,
  attempt_id uuid,
  generation_id uuid,
  attempt_no integer,
  token_id integer,
  account_id bigint,
  token text,
  route text,
  target text,
  input jsonb,
  cancel_after_seconds integer,
  submit_timeout_seconds integer,
  send_within_seconds double precision
)
language plpgsql
volatile
security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_now timestamptz := basepool.now();
  v_settings basepool.settings;
  v_locked integer[];
  v_tokens integer[];
  v_slots integer[];
  v_starts bigint[];
  v_generations uuid[];
  v_attempts uuid[];
begin
  if p_max is null or p_max not between 1 and 1000 then
    raise exception using
      errcode = 'PT400',
      message = format('p_max is %s', coalesce(p_max::text, 'null')),
      hint = 'Claim between 1 and 1000 generations at a time.';
  end if;
  if coalesce(p_worker, '') = '' then
    raise exception using
      errcode = 'PT400',
      message = 'p_worker is empty',
      hint = 'Name the worker, for example host:pid; attempts are shown with it.';
  end if;
  select s.* into v_settings from basepool.settings as s;

  update basepool.queue as q
  set run_after = null
  from (
    select d.generation_id from basepool.queue as d
    where d.run_after <= v_now
    order by d.run_after
    limit 1000
    for update skip locked
  ) as due
  where q.generation_id = due.generation_id;

  if not exists (select from basepool.queue as q where q.run_after is null) then
    return query
      select 'empty', min(q.run_after), 'nothing waits'
        || case when count(*) > 0 then format(', %s will be tried again later', count(*)) else '' end
      , null::uuid, null::uuid, null::integer, null::integer, null::bigint, null::text, null::text, null::text, null::jsonb
      , null::integer, null::integer, null::double precision
      from basepool.queue as q;
    return;
  end if;

  v_locked := basepool._choose_tokens(p_max);
  v_now := basepool.now();
  if v_locked = '{}' then
    return query
      select p.answer, p.busy_until, p.reason
      , null::uuid, null::uuid, null::integer, null::integer, null::bigint, null::text, null::text, null::text, null::jsonb
      , null::integer, null::integer, null::double precision
      from basepool._explain_pool(v_now) as p;
    return;
  end if;

  -- every free slot of the locked tokens, in the order of their turns; an account's budget is shared by its tokens
  select array_agg(l.token_id order by l.start, l.token_id), array_agg(l.slot_no order by l.start, l.token_id)
    , array_agg(l.start order by l.start, l.token_id)
  into v_tokens, v_slots, v_starts
  from (
    select p.token_id, p.slot_no, p.start
    from (
      select c.token_id, s.slot_no, c.account_free, c.start + s.nth * c.stride as start
        , row_number() over (partition by c.account_id order by c.start + s.nth * c.stride, c.token_id) as nth_of_account
      from basepool._token_capacity(v_now) as c
      cross join lateral (
        select f.slot_no, row_number() over (order by f.slot_no) - 1 as nth
        from basepool.slots as f
        where f.token_id = c.token_id and f.slot_no <= c.max_in_flight
          and not exists (
            select from basepool.attempts as a
            where a.token_id = f.token_id and a.slot_no = f.slot_no and a.slot_no is not null
          )
        order by f.slot_no
        limit c.free
      ) as s
      where c.token_id = any(v_locked)
    ) as p
    where p.nth_of_account <= p.account_free
    order by p.start, p.token_id
    limit p_max
  ) as l;

  select array_agg(w.generation_id) into v_generations
  from (
    select q.generation_id
    from basepool.queue as q
    inner join public.generations as g on g.id = q.generation_id
    where q.run_after is null and g.status = 'pending'
    order by q.priority desc, q.tag, q.generation_id
    limit coalesce(cardinality(v_tokens), 0)
    for update of q, g skip locked
  ) as w;
  if v_generations is null then
    return query
      select 'empty', null::timestamptz, 'others are claiming what waits'
      , null::uuid, null::uuid, null::integer, null::integer, null::bigint, null::text, null::text, null::text, null::jsonb
      , null::integer, null::integer, null::double precision;
    return;
  end if;

  with paired as (
    select *
    from unnest(v_generations, v_tokens, v_slots) as p (generation_id, token_id, slot_no)
    where p.generation_id is not null
  ),

  leased as (
    insert into basepool.attempts as a
      (generation_id, attempt_no, token_id, account_id, slot_no, state, worker, model, queue_tag, queued_at, leased_at
      , answer_due_at)
    select
      p.generation_id
      , (select count(*) + 1 from basepool.attempts as b where b.generation_id = p.generation_id)
      , p.token_id, t.account_id, p.slot_no, 'submitting', p_worker, g.replicate_model, q.tag, q.queued_at, v_now
      , v_now + v_settings.lease_time
    from paired as p
    inner join public.replicate_tokens as t on t.id = p.token_id
    inner join public.generations as g on g.id = p.generation_id
    inner join basepool.queue as q on q.generation_id = p.generation_id
    returning a.id
  )

  select array_agg(l.id) into v_attempts from leased as l;

  -- leaving pending takes the row off the queue (trigger dequeue_generation)
  update public.generations as g
  set
    status = 'processing', started_at = coalesce(g.started_at, v_now), replicate_token_index = a.token_id
    , replicate_prediction_id = null
  from basepool.attempts as a
  where a.id = any(v_attempts) and g.id = a.generation_id;

  update public.replicate_tokens as t
  set
    turn = l.last_start + 1000000 / t.weight, last_turn = l.last_start, last_used_at = v_now
    , request_count = coalesce(t.request_count, 0) + l.leases
    -- a suspended token is being probed: the next probe has to wait for this one
    , suspended_until = case
      when t.suspended_until is not null then greatest(t.suspended_until, v_now + 2 * v_settings.submit_timeout)
    end
  from (
    select p.token_id, max(p.start) as last_start, count(*)::integer as leases
    from unnest(v_generations, v_tokens, v_starts) as p (generation_id, token_id, start)
    where p.generation_id is not null
    group by p.token_id
  ) as l
  where t.id = l.token_id;

  update basepool.accounts as c
  set
    creates_spent_until = basepool._spend_permits(
      c.creates_spent_until
      , basepool._creates_per_minute(c, v_now), c.burst, v_settings.send_within, l.leases, v_now
    )
    , cooldown_until = case
      when c.cooldown_until is not null then greatest(c.cooldown_until, v_now + v_settings.submit_timeout)
    end
  from (
    select a.account_id, count(*)::integer as leases from basepool.attempts as a where a.id = any(v_attempts) group by 1
  ) as l
  where c.id = l.account_id;

  return query
    select 'lease', null::timestamptz, null::text, a.id, a.generation_id, a.attempt_no, a.token_id, a.account_id
      , basepool._read_secret(t.token), m.route, m.target, g.replicate_input
      , extract(epoch from v_settings.cancel_after)::integer, extract(epoch from v_settings.submit_timeout)::integer
      , extract(epoch from v_settings.send_within)::double precision
    from unnest(v_attempts) as v (id)
    inner join basepool.attempts as a on a.id = v.id
    inner join public.generations as g on g.id = a.generation_id
    inner join public.replicate_tokens as t on t.id = a.token_id
    cross join lateral basepool._parse_model(a.model) as m;
end
$$;

revoke all on function basepool.claim_generations(text, integer) from public, anon, authenticated, service_role;
grant execute on function basepool.claim_generations(text, integer) to basepool_glue;

comment on function basepool.claim_generations(text, integer) is
'Takes up to p_max (1 to 1000) of the generations that wait, pairs each with a token and writes its attempt. p_worker: who
claims. Returns one row per lease (answer lease): what to send (route, target, input, Cancel-After in seconds), with which
token, within how many seconds it must be over, and within how many it must be sent, or else be given back (record_rejected with
unsent:). When nothing can be claimed, exactly one row: empty (nothing waits; busy_until: when the
next retry is due), busy (limits or cooldown; busy_until: the earliest time that may change, null when only the end of a
prediction can) or dead (reason: why no token is usable; busy_until: when the next suspended one is probed). Raises PT400.';
