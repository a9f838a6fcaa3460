-- How every token stands, for people: the claim goes by _open_tokens, and so does this.
create or replace function basepool._token_capacity(p_now timestamptz)
returns table (
  token_id integer,
  account_id bigint,
  in_flight integer,
  free integer,
  state text,
  back_at timestamptz,
  reason text
)
language sql
volatile
set search_path = ''
as $$
  with flight as (
    select s.token_id, count(*)::integer as leases, max(s.leased_at) as last_lease
    from basepool.seats as s
    where s.attempt_id is not null
    group by s.token_id
  ),

  tokens as (
    select
      t.*,
      a.cooldown_until,
      a.cooldown_reason,
      a.probing_until,
      case when b.open_until > p_now then b.open_until end as broken_until,
      b.error as breaker_error,
      case
        when h.kind is not null then coalesce(h.until, 'infinity')
        when a.paused_until > p_now then a.paused_until
      end as paused_until,
      case
        when h.kind is not null then 'the pool is ' || basepool._describe_pause(h.since, h.until, h.reason, h.paused_by)
        when a.paused_until > p_now
          then 'its account is ' || basepool._describe_pause(a.paused_at, a.paused_until, a.pause_reason, a.paused_by)
      end as pause,
      a.over_budget_until,
      a.over_budget_reason,
      l.creates_spent,
      m.per_minute,
      basepool._time_per_permit(m.per_minute, u.burst, basepool._longest_delay()) as step,
      u.burst,
      coalesce(f.leases, 0) as in_flight,
      o.token_id is not null as is_open,
      greatest(0, least(o.leases, t.max_in_flight - coalesce(f.leases, 0))) as free,
      basepool._token_state(
        p_now, t.is_active, t.suspended_at, t.suspended_until, a.cooldown_until, a.over_budget_until, a.probing_until
        , h.kind is not null or a.paused_until > p_now, b.opened_at is not null, f.leases > 0, f.last_lease
        , f.leases >= t.max_in_flight, o.token_id is not null
      ) as now_state
    from public.replicate_tokens as t
    inner join basepool.accounts as a on a.id = t.account_id
    inner join basepool.limiters as l on l.account_id = a.id
    cross join lateral (
      select basepool._creates_per_minute(a.creates_per_minute, a.throttled_per_minute, a.throttled_until, p_now) as per_minute
    ) as m
    cross join lateral (
      select basepool._burst(
        m.per_minute, case when a.throttled_until > p_now then least(a.burst, a.throttled_burst) else a.burst end
      ) as burst
    ) as u
    left join basepool.pauses as h on h.kind = 'pool' and (h.until is null or h.until > p_now)
    left join basepool.breakers as b on b.name = '' and b.opened_at is not null
    left join flight as f on f.token_id = t.id
    left join basepool._open_tokens(p_now, basepool._longest_delay()) as o on o.token_id = t.id
  )

  select
    t.id,
    t.account_id,
    t.in_flight,
    case when t.now_state = 'ready' then t.free else 0 end,
    t.now_state,
    case t.now_state
      when 'suspended' then t.suspended_until
      when 'probing' then greatest(t.suspended_until, t.probing_until)
      when 'cooling' then t.cooldown_until
      when 'paused' then nullif(t.paused_until, 'infinity')
      when 'breaker' then t.broken_until
      when 'spent' then t.over_budget_until
      -- the limiter grants the next request when its state is one burst, less one step, ahead
      when 'limited' then to_timestamp((t.creates_spent - (t.burst - 1) * t.step) / 1000000.0)
    end,
    case t.now_state
      when 'draining' then format('disabled, %s still in flight', t.in_flight)
      when 'disabled' then 'disabled by an operator'
      when 'suspended' then coalesce(t.suspended_reason, 'suspended')
      when 'paused' then t.pause
      when 'breaker' then 'Replicate fails, one create at a time tries it: ' || basepool._printable(t.breaker_error)
      when 'cooling' then coalesce(t.cooldown_reason, 'cooling down')
      when 'spent' then t.over_budget_reason
      when 'probing' then 'one lease probes whether it works again'
      when 'full' then format('all %s seats are taken', t.max_in_flight)
      when 'limited' then format('account has used its %s creates a minute', t.per_minute)
    end
  from tokens as t
$$;

revoke all on function basepool._token_capacity(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._token_capacity(timestamptz) is
'What every token can take at p_now. One row per token: in_flight, free (leases it can take), state (ready, full, limited,
cooling, spent, probing, breaker, paused, suspended, draining, disabled), back_at (when that ends, if time ends it), reason.';
