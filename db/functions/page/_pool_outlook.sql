-- What each account can take from now on, as it is or as it would be: what the forecast adds up.
create or replace function basepool._pool_outlook(p_now timestamptz, p_changes jsonb)
returns table (
  account_id bigint,
  starts double precision,
  seats integer,
  free integer,
  permits double precision,
  per_minute double precision
)
language sql
volatile
set search_path = ''
as $$
  select
    p.account_id, p.starts, sum(p.seats)::integer, sum(p.free)::integer
    -- what the limiter gives at once counts once, with those that start first
    , case when row_number() over (partition by p.account_id order by p.starts) = 1 then min(p.permits) else 0 end
    , min(p.rate)
  from (
    select
      t.account_id
      , case
        when (w.is_active and c.state <> 'paused') or c.state in ('ready', 'full', 'limited') then 0
        else extract(epoch from c.back_at - p_now)
      end as starts
      , w.max_in_flight as seats
      , greatest(0, w.max_in_flight - c.in_flight) as free
      , greatest(0, (b.burst * b.step - greatest(0, l.creates_spent - basepool._microseconds(p_now)))::double precision / b.step) as permits
      , 60000000.0 / b.step as rate
    from basepool._token_capacity(p_now) as c
    inner join public.replicate_tokens as t on t.id = c.token_id
    inner join basepool.accounts as a on a.id = t.account_id
    inner join basepool.limiters as l on l.account_id = a.id
    cross join lateral (
      select
        (p_changes #>> array['tokens', t.id::text, 'is_active'])::boolean as is_active
        , coalesce((p_changes #>> array['tokens', t.id::text, 'max_in_flight'])::integer, t.max_in_flight) as max_in_flight
        , basepool._creates_per_minute(
          coalesce((p_changes #>> array['creates_per_minute', a.id::text])::integer, a.creates_per_minute)
          , a.throttled_per_minute, a.throttled_until, p_now
        ) as limit_now
    ) as w
    cross join lateral (
      select
        u.burst, basepool._time_per_permit(w.limit_now, u.burst, basepool._longest_delay()) as step
      from (
        select basepool._burst(
          w.limit_now, case when a.throttled_until > p_now then least(a.burst, a.throttled_burst) else a.burst end
        ) as burst
      ) as u
    ) as b
    where
      coalesce(w.is_active, c.state not in ('disabled', 'draining'))
      -- whether Replicate accepts it again nobody knows, and what is paused is another's word
      and (c.state <> 'suspended' or w.is_active)
      and (c.state <> 'paused' or c.back_at is not null)
  ) as p
  where p.starts is not null
  group by p.account_id, p.starts, p.permits
$$;

revoke all on function basepool._pool_outlook(timestamptz, jsonb) from public, anon, authenticated, service_role;

comment on function basepool._pool_outlook(timestamptz, jsonb) is
'What the accounts can take from p_now on with p_changes (as page_what_if takes them, checked already), a row per account and
time at which its tokens begin: starts (seconds from now), seats, free (of them now), permits (creates at once now), per_minute
(creates that its limit lasts for, of the account as a whole). Suspended tokens and paused ones without an end are not counted.';
