-- The one place that knows which tokens may be leased: the claim, the explanation and the operator's list all ask here, so
-- that what they say can't differ. Whether one of its seats is free is for the caller to look up.
create or replace function basepool._open_tokens(p_now timestamptz, p_delay bigint)
returns table (
  token_id integer,
  account_id bigint,
  max_in_flight integer,
  lowest bigint,
  leases integer,
  account_leases integer,
  step bigint,
  is_probe boolean,
  creates_spent bigint,
  latest_turn bigint,
  stride integer
)
language sql
stable
rows 50
begin atomic
  select
    r.id,
    r.account_id,
    r.max_in_flight,
    -- turns are taken in order, so that none that is free lies further back than a claim may leave behind; what lies there
    -- was taken, and is not read even if vacuum can't remove it. One that comes back may have older ones
    case when r.suspended_until is null then r.turn - 11000000 else 0 end as lowest,
    least(
      r.permits,
      case
        when r.suspended_until is not null then 1
        when r.has_surplus_seats
          then r.max_in_flight - (
            select count(*)::integer from basepool.seats as s
            where s.id between r.id * 1000 and r.id * 1000 + 999 and s.attempt_id is not null
          )
        else r.max_in_flight
      end
    ) as leases,
    r.permits,
    r.step,
    r.cooldown_until is not null or r.suspended_until is not null as is_probe,
    r.creates_spent,
    r.turn,
    r.stride
  from (
    -- what _permits_left says, written out: with such arguments it would be called instead of inlined
    select
      r.*,
      least(
        case when r.cooldown_until is not null then 1 end,
        (r.burst * r.step - greatest(0, r.creates_spent - r.now)) / r.step
      )::integer as permits
    from (
      select
        t.id,
        t.account_id,
        t.max_in_flight,
        t.suspended_until,
        t.has_surplus_seats,
        1000000 / t.weight as stride,
        a.cooldown_until,
        l.creates_spent,
        l.turn,
        c.burst,
        basepool._microseconds(p_now) as now,
        basepool._time_per_permit(m.limit_now, c.burst, p_delay) as step
      from public.replicate_tokens as t
      inner join basepool.accounts as a on t.account_id = a.id
      inner join basepool.limiters as l on a.id = l.account_id
      cross join lateral (
        select basepool._creates_per_minute(a.creates_per_minute, a.throttled_per_minute, a.throttled_until, p_now) as limit_now
      ) as m
      cross join lateral (
        select case
          when a.throttled_until > p_now then basepool._burst(m.limit_now, least(a.burst, a.throttled_burst))
          else a.creates_at_once
        end as burst
      ) as c
      where
        (t.is_active or t.suspended_until <= p_now)
        and (t.suspended_until is null or t.suspended_until <= p_now)
        and (a.cooldown_until is null or a.cooldown_until <= p_now)
        and (a.probing_until is null or a.probing_until <= p_now)
        and (a.paused_until is null or a.paused_until <= p_now)
        and (a.over_budget_until is null or a.over_budget_until <= p_now)
      -- each of these is worked out once, however often it is used
      offset 0 -- noqa: AM09
    ) as r
    where r.creates_spent <= r.now + (r.burst - 1) * r.step
  ) as r;
end;

revoke all on function basepool._open_tokens(timestamptz, bigint) from public, anon, authenticated, service_role;

comment on function basepool._open_tokens(timestamptz, bigint) is
'Tokens that may be leased at p_now, as far as the token and its account are concerned. p_delay: the longest time until a
create is sent, in microseconds. lowest: no free seat has a lower turn; leases: how many it may take; account_leases: how many
all tokens of its account may take together; step: what one costs its limiter, in microseconds; is_probe: it was suspended or
cooling, and a single lease tries it; creates_spent, latest_turn: what its limiter says; stride: from one of its turns to the
next. Inlined.';
