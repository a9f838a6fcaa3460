-- The pool as one sees it: every place, who sits there, and the round in which the tokens were taken.
create or replace function basepool.page_pool()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
set lock_timeout = '400ms'
set jit = off
as $$
declare
  v_most_seats constant integer := 5000;
  v_now constant timestamptz := basepool.now();
  v_delay constant bigint := basepool._longest_delay();
  v_seats_of_each integer;
begin
  select greatest(20, v_most_seats / greatest(1, count(*)::integer)) into v_seats_of_each from public.replicate_tokens as t;
  return (
    with capacity as materialized (
      select c.*, t.name, t.is_active, t.max_in_flight, t.request_count, t.error_count, t.last_error, t.last_used_at
      from basepool._token_capacity(v_now) as c
      inner join public.replicate_tokens as t on t.id = c.token_id
    ),

    -- of one with more places than fit on a screen, those that are taken come first
    numbered as (
      select s.*, row_number() over (partition by s.token_id order by s.attempt_id is null, s.id) as n
      from basepool.seats as s
    ),

    seats as materialized (
      select
        s.token_id
        , jsonb_agg(jsonb_build_object(
          'seat_id', s.id, 'state', case when s.attempt_id is null then 'free' else s.state end
        ) || case when s.attempt_id is null then '{}' else jsonb_build_object(
          'generation_id', s.generation_id, 'since', s.leased_at
          -- there are thousands, and a model has hardly another name
          , 'model', case
            when s.model ~ '^[A-Za-z0-9_./:-]+$' and length(s.model) <= 200 then s.model else basepool._printable(s.model)
          end
        ) end order by s.id) as shown
      from numbered as s
      where s.n <= v_seats_of_each
      group by s.token_id
    ),

    tokens as materialized (
      select
        c.account_id
        , sum(c.in_flight) as in_flight
        , jsonb_agg(jsonb_build_object(
          'token_id', c.token_id, 'name', basepool._printable(c.name), 'is_active', coalesce(c.is_active, false)
          , 'state', c.state, 'reason', basepool._printable(c.reason), 'back_at', c.back_at, 'in_flight', c.in_flight
          , 'free', c.free, 'max_in_flight', c.max_in_flight, 'seats', coalesce(s.shown, '[]')
          , 'requests', coalesce(c.request_count, 0), 'errors', coalesce(c.error_count, 0)
          , 'last_error', basepool._printable(c.last_error), 'last_used_at', c.last_used_at
        ) order by c.token_id) as shown
      from capacity as c
      left join seats as s on s.token_id = c.token_id
      group by c.account_id
    )

    select jsonb_build_object(
      'at', v_now
      , 'accounts', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'account_id', a.id, 'username', basepool._printable(a.username), 'credit', a.credit
          , 'creates_per_minute', m.per_minute
          , 'permits_left', basepool._permits_left(
            l.creates_spent, basepool._time_per_permit(m.per_minute, b.burst, v_delay), b.burst, basepool._microseconds(v_now)
          )
          , 'permits_most', b.burst
          , 'cooldown_until', a.cooldown_until, 'cooldown_reason', basepool._printable(a.cooldown_reason)
          , 'paused_until', case when a.paused_until > v_now then nullif(a.paused_until, 'infinity') end
          , 'is_paused', coalesce(a.paused_until > v_now, false), 'pause_reason', basepool._printable(a.pause_reason)
          , 'in_flight', t.in_flight, 'tokens', t.shown
        ) order by a.id), '[]')
        from tokens as t
        inner join basepool.accounts as a on a.id = t.account_id
        inner join basepool.limiters as l on l.account_id = a.id
        cross join lateral (
          select basepool._creates_per_minute(a.creates_per_minute, a.throttled_per_minute, a.throttled_until, v_now) as per_minute
        ) as m
        cross join lateral (
          select basepool._burst(
            m.per_minute, case when a.throttled_until > v_now then least(a.burst, a.throttled_burst) else a.burst end
          ) as burst
        ) as b
      )
      , 'leases', basepool._last_leases(50)
    )
  );
end
$$;

revoke all on function basepool.page_pool() from public, anon, authenticated, service_role;
grant execute on function basepool.page_pool() to basepool_glue, basepool_operator;

comment on function basepool.page_pool() is
'The pool as the operator''s page shows it: {at, accounts, leases}. An account: account_id, username, credit, creates_per_minute (as
it is now), permits_left of permits_most (creates that it may make at this moment), cooldown_until, cooldown_reason, is_paused,
paused_until, pause_reason, in_flight, tokens. A token: token_id, name, is_active, state, reason, back_at, in_flight, free,
max_in_flight, seats (seat_id, state: free, submitting, running, unknown; generation_id, model, since; of a large pool not all of
those that are free), requests, errors, last_error, last_used_at. leases: _last_leases.';
