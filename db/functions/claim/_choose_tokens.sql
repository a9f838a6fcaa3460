-- Round-robin through FOR UPDATE SKIP LOCKED. A row that is merely locked is not "no token": then this waits for one, holding
-- nothing. The limiter's lock makes the free seats of its account's tokens ours: whoever ends a lease only adds some. No
-- subtransaction: its lock and the caller's update of the same row would make a multixact of every claim.
create or replace function basepool._choose_tokens(
  p_max integer,
  out seats integer [],
  out tokens integer [],
  out accounts bigint [],
  out turns bigint [],
  out steps bigint [],
  out has_probe boolean
)
language plpgsql
volatile
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_delay bigint;
  v_now timestamptz;
  v_accounts bigint[];
  v_firsts bigint[];
  v_until bigint;
  v_ours bigint[];
  v_held bigint[] := array[]::bigint[];
  v_one record;
begin
  if p_max = 1 then
    v_one := basepool._choose_token();
    if v_one.seat_id is not null then
      seats := array[v_one.seat_id];
      tokens := array[v_one.token_id];
      accounts := array[v_one.account_id];
      turns := array[v_one.turn];
      steps := array[v_one.step];
      has_probe := v_one.is_probe;
      return;
    end if;
    v_held := array_remove(array[v_one.account_id], null);
  end if;

  v_delay := basepool._longest_delay();
  for v_try in 1..1000 loop
    -- whose turn it is; nothing is locked yet
    v_now := basepool.now();
    select array_agg(r.account_id), array_agg(r.first),
      -- nobody gets further ahead of the round than his share of p_max just because others' rows are locked; whoever has
      -- fallen behind for another reason holds up nobody
      coalesce(min(r.first) filter (where r.first >= r.current - 10000000), min(r.first))
        + 1000000 * (p_max / greatest(1, count(*)) + 1)
    into v_accounts, v_firsts, v_until
    from (
      select o.account_id, min(s.turn) as first, max(max(o.lowest)) over () + 11000000 as current
      from basepool._open_tokens(v_now, v_delay) as o
      cross join lateral (
        select f.turn from basepool.seats as f
        where
          f.token_id = o.token_id and f.attempt_id is null and f.turn >= o.lowest
          and f.id < f.token_id * 1000 + o.max_in_flight
        order by f.turn
        limit 1
      ) as s
      where o.leases > 0
      group by o.account_id
    ) as r;
    if v_accounts is null then
      return;
    end if;

    -- one after the other, in the order of their turns, until there are enough: no more is locked, nor read
    select coalesce(array_agg(o.account_id), '{}') into v_ours
    from (
      select l.account_id
      from (
        select r.* from unnest(v_accounts, v_firsts) as r (account_id, first)
        where r.first <= v_until or r.account_id = any(v_held)
        order by r.first, r.account_id
        offset 0
      ) as r
      cross join lateral (
        select i.account_id from basepool.limiters as i where i.account_id = r.account_id for no key update skip locked
      ) as l
      limit p_max
    ) as o;

    -- others may have leased between our snapshot and our lock, so look again, at what is ours now
    v_now := basepool.now();
    select array_agg(c.id), array_agg(c.token_id), array_agg(c.account_id), array_agg(c.turn), array_agg(c.step)
      , bool_or(c.is_probe)
    into seats, tokens, accounts, turns, steps, has_probe
    from (
      select c.*
      from (
        select s.id, o.token_id, o.account_id, s.turn, o.step, o.is_probe, o.account_leases
          , row_number() over (partition by o.account_id order by s.turn, s.id) as nth_of_account
        from basepool._open_tokens(v_now, v_delay) as o
        cross join lateral (
          select f.id, f.turn from basepool.seats as f
          where
            f.token_id = o.token_id and f.attempt_id is null and f.turn >= o.lowest
            -- one that we had to wait for may be ahead by now; it is good for its next turn
            and f.turn <= case
              when o.account_id = any(v_held) then greatest(v_until, v_firsts[array_position(v_accounts, o.account_id)])
              else v_until
            end
            and f.id < f.token_id * 1000 + o.max_in_flight
          order by f.turn
          limit least(o.leases, p_max)
        ) as s
        where o.account_id = any(v_ours)
      ) as c
      where c.nth_of_account <= c.account_leases
      order by c.turn, c.id
      limit p_max
    ) as c;
    if seats is not null then
      return;
    end if;

    if v_ours = '{}' and v_held = '{}' then
      -- a random one of those whose turn it is, so that waiting claims do not all queue for the same
      select array_agg(w.account_id) into v_held
      from (
        select r.account_id from unnest(v_accounts, v_firsts) as r (account_id, first)
        where r.first <= v_until
        order by random()
        limit 1
      ) as w;
      perform from basepool.limiters as l where l.account_id = any(v_held) for no key update;
    else
      -- locked in vain: others were faster. They are done in a moment; whoever holds something waits for no lock
      v_held := v_held || v_ours;
      perform pg_catalog.pg_sleep(0.001);
    end if;
  end loop;
end
$$;

revoke all on function basepool._choose_tokens(integer) from public, anon, authenticated, service_role;

comment on function basepool._choose_tokens(integer) is
'Locks the limiters of up to p_max accounts that can take a lease now, and returns up to p_max free seats of their tokens in
round-robin order, each with what a lease of it costs its limiter (steps); has_probe: whether one of them tries what was
suspended or cooling. Null only when no token can take a lease; waits while those that can are locked by others.';
