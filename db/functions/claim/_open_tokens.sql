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
  is_probe boolean
)
language sql
stable
rows 50
begin atomic
  select
    t.id,
    t.account_id,
    t.max_in_flight,
    -- turns are taken in order, so that none that is free lies further back than a claim may leave behind; what lies there
    -- was taken, and is not read even if vacuum can't remove it. One that comes back may have older ones
    case when t.suspended_until is null then l.turn - 11000000 else 0 end as lowest,
    least(
      p.permits,
      case
        when t.suspended_until is not null then 1
        when t.has_surplus_seats
          then t.max_in_flight - (
            select count(*)::integer from basepool.seats as s
            where s.id between t.id * 1000 and t.id * 1000 + 999 and s.attempt_id is not null
          )
        else t.max_in_flight
      end
    ) as leases,
    p.permits,
    r.step,
    a.cooldown_until is not null or t.suspended_until is not null as is_probe
  from public.replicate_tokens as t
  inner join basepool.accounts as a on t.account_id = a.id
  inner join basepool.limiters as l on a.id = l.account_id
  cross join lateral (
    select basepool._creates_per_minute(a.creates_per_minute, a.throttled_per_minute, a.throttled_until, p_now) as per_minute
  ) as m
  cross join lateral (
    select
      m.per_minute,
      case when a.throttled_until > p_now then basepool._burst(m.per_minute, a.burst) else a.creates_at_once end as burst
  ) as c
  cross join lateral (select basepool._time_per_permit(c.per_minute, c.burst, p_delay) as step) as r
  -- what _permits_left says, written out: with such arguments it would be called instead of inlined
  cross join lateral (
    select
      least(
        case when a.cooldown_until is not null then 1 end,
        (c.burst * r.step - greatest(0, l.creates_spent - basepool._microseconds(p_now))) / r.step
      )::integer as permits
  ) as p
  where
    (t.is_active or t.suspended_until <= p_now)
    and (t.suspended_until is null or t.suspended_until <= p_now)
    and (a.cooldown_until is null or a.cooldown_until <= p_now)
    and l.creates_spent <= basepool._microseconds(p_now) + (c.burst - 1) * r.step;
end;

revoke all on function basepool._open_tokens(timestamptz, bigint) from public, anon, authenticated, service_role;

comment on function basepool._open_tokens(timestamptz, bigint) is
'Tokens that may be leased at p_now, as far as the token and its account are concerned. p_delay: the longest time until a
create is sent, in microseconds. lowest: no free seat has a lower turn; leases: how many it may take; account_leases: how many
all tokens of its account may take together; step: what one costs its limiter, in microseconds; is_probe: it was suspended or
cooling, and a single lease tries it. Inlined.';
