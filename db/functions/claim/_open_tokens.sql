-- The one place that knows which tokens may be leased: the claim, the explanation and the operator's list all ask here, so
-- that what they say can't differ. Whether one of its seats is free is for the caller to look up.
create or replace function basepool._open_tokens(p_now timestamptz, p_accounts bigint [] default null)
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
language plpgsql
volatile
rows 50
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_delay bigint;
begin
  select extract(epoch from s.send_within) * 1000000 into v_delay from basepool.settings as s;
  return query
    select
      t.id,
      t.account_id,
      t.max_in_flight,
      -- turns are taken in order, so that none that is free lies further back than a claim may leave behind; what lies there
      -- was taken, and is not read even if vacuum can't remove it. One that comes back may have older ones
      case when t.suspended_until is null then l.turn - 11000000 else 0 end,
      least(
        p.permits,
        case
          when t.suspended_until is not null then 1
          when t.has_surplus_seats then t.max_in_flight - (
            select count(*)::integer from basepool.seats as s
            where s.id between t.id * 1000 and t.id * 1000 + 999 and s.attempt_id is not null
          )
          else t.max_in_flight
        end
      ),
      p.permits,
      r.step,
      a.cooldown_until is not null or t.suspended_until is not null
    from public.replicate_tokens as t
    inner join basepool.accounts as a on a.id = t.account_id
    inner join basepool.limiters as l on l.account_id = a.id
    -- offset 0: each is computed once, instead of wherever it is used
    cross join lateral (
      select basepool._creates_per_minute(a.creates_per_minute, a.throttled_per_minute, a.throttled_until, p_now) as per_minute
      offset 0
    ) as c
    cross join lateral (select basepool._burst(c.per_minute, a.burst) as burst offset 0) as b
    cross join lateral (select basepool._time_per_permit(c.per_minute, b.burst, v_delay) as step offset 0) as r
    cross join lateral (
      select
        least(
          case when a.cooldown_until is not null then 1 end,
          basepool._permits_left(l.creates_spent, r.step, b.burst, basepool._microseconds(p_now))
        ) as permits
      offset 0
    ) as p
    where
      (p_accounts is null or t.account_id = any(p_accounts))
      and (t.is_active or t.suspended_until <= p_now)
      and (t.suspended_until is null or t.suspended_until <= p_now)
      and (a.cooldown_until is null or a.cooldown_until <= p_now)
      and p.permits > 0;
end
$$;

revoke all on function basepool._open_tokens(timestamptz, bigint[]) from public, anon, authenticated, service_role;

comment on function basepool._open_tokens(timestamptz, bigint[]) is
'Tokens that may be leased at p_now, as far as the token and its account are concerned. p_accounts: of these accounts; null:
of all. lowest: no free seat has a lower turn; leases: how many it may take; account_leases: how many all tokens of its
account may take together; step: what one costs its limiter, in microseconds; is_probe: it was suspended or cooling, and a
single lease tries it.';
