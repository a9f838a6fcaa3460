-- The one place that knows when a token may be leased: the claim, the explanation and the operator's list all ask here,
-- so that what they say can't differ.
create or replace function basepool._token_capacity(p_now timestamptz)
returns table (
  token_id integer,
  account_id bigint,
  start bigint,
  first_start bigint,
  stride bigint,
  max_in_flight integer,
  in_flight integer,
  free integer,
  account_free integer,
  per_minute integer,
  state text,
  back_at timestamptz,
  reason text
)
language sql
volatile
set search_path = ''
as $$
  with flight as (
    select a.token_id, count(*)::integer as leases
    from basepool.attempts as a
    where a.slot_no is not null
    group by a.token_id
  ),

  -- what the account allows, whichever of its tokens asks
  budgets as (
    select
      a.id,
      a.username,
      a.cooldown_until,
      a.cooldown_reason,
      a.creates_spent_until,
      a.burst,
      l.per_minute,
      case
        when a.cooldown_until > p_now then 0
        when a.cooldown_until is not null then least(1, p.permits)
        else p.permits
      end as permits,
      p.step
    from basepool.accounts as a
    cross join lateral (select basepool._creates_per_minute(a, p_now) as per_minute) as l
    cross join lateral (
      select
        basepool._permits_left(a.creates_spent_until, l.per_minute, a.burst, d.send_within, p_now) as permits,
        basepool._seconds_per_permit(l.per_minute, a.burst, d.send_within) * interval '1 second' as step
      -- a scalar, because a join with a table of one row that was never analyzed looks so dear that the plan is compiled (JIT)
      from (select (select s.send_within from basepool.settings as s) as send_within) as d
    ) as p
  ),

  tokens as (
    select
      t.*,
      b.username,
      b.cooldown_until,
      b.cooldown_reason,
      b.creates_spent_until,
      b.burst,
      b.per_minute,
      b.permits,
      b.step,
      coalesce(f.leases, 0) as leases,
      max(t.last_turn) over () as pool_turn,
      case
        when not coalesce(t.is_active, false) and t.suspended_until is null and coalesce(f.leases, 0) > 0 then 'draining'
        when not coalesce(t.is_active, false) and t.suspended_until is null then 'disabled'
        when t.suspended_until > p_now and exists (
          select from basepool.attempts as a
          where a.token_id = t.id and a.slot_no is not null and a.leased_at > t.suspended_at
        ) then 'probing'
        when t.suspended_until > p_now then 'suspended'
        when b.cooldown_until > p_now then 'cooling'
        when coalesce(f.leases, 0) >= t.max_in_flight then 'full'
        when b.permits = 0 then 'limited'
        else 'ready'
      end as now_state
    from public.replicate_tokens as t
    inner join budgets as b on b.id = t.account_id
    left join flight as f on f.token_id = t.id
  ),

  -- under many claims at once a token may fall behind because its row was locked, and catches up; one that fell behind for
  -- another reason (it was full) must not get it all back in a burst, so what is made good is bounded
  rounds as (
    select t.*, greatest(t.turn, t.pool_turn - 10 * (1000000 / t.weight)) as next_start
    from tokens as t
  )

  select
    t.id,
    t.account_id,
    t.next_start,
    min(t.next_start) filter (where t.now_state = 'ready') over (),
    1000000 / t.weight,
    t.max_in_flight,
    t.leases,
    case
      when t.now_state <> 'ready' then 0
      when t.suspended_until is not null then 1
      else least(t.max_in_flight - t.leases, t.permits)
    end,
    t.permits,
    t.per_minute,
    t.now_state,
    case t.now_state
      when 'suspended' then t.suspended_until
      when 'probing' then t.suspended_until
      when 'cooling' then t.cooldown_until
      -- the limiter grants the next request when its timestamp is one burst, less one step, ahead
      when 'limited' then t.creates_spent_until - (basepool._burst(t.per_minute, t.burst) - 1) * t.step
    end,
    case t.now_state
      when 'draining' then format('disabled, %s still in flight', t.leases)
      when 'disabled' then 'disabled by an operator'
      when 'suspended' then coalesce(t.suspended_reason, 'suspended')
      when 'cooling' then coalesce(t.cooldown_reason, 'cooling down')
      when 'probing' then 'one lease probes whether it works again'
      when 'full' then format('all %s slots are busy', t.max_in_flight)
      when 'limited' then format('account has used its %s creates a minute', t.per_minute)
    end
  from rounds as t
$$;

revoke all on function basepool._token_capacity(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._token_capacity(timestamptz) is
'What every token can take at p_now. One row per token: start and stride (virtual time of its next lease and between leases),
first_start (the lowest start of those that are ready), free (leases it can take), account_free (leases all tokens of its
account can take together), state (ready, full, limited, cooling, probing, suspended, draining, disabled), back_at (when that
ends, if time ends it), reason.';
