-- _choose_tokens for one. Turns grow, so that only the seats of the token that is furthest behind are looked at, and of no other
-- whose next turn can't be before its. Usually nobody is in the way, either: then what was seen holds, if the limiter, once
-- locked, is as it was seen. Else it is looked once more, with one limiter in hand.
create or replace function basepool._choose_token(
  out seat_id integer,
  out token_id integer,
  out account_id bigint,
  out turn bigint,
  out step bigint,
  out is_probe boolean
)
language plpgsql
volatile
set search_path = ''
-- tokens, accounts and limiters are read side by side, each once, and not one by one
set enable_mergejoin = on
set enable_nestloop = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_delay constant bigint := basepool._longest_delay();
  v_now timestamptz;
  v_open record;
  v_best record;
  v_seat integer;
  v_turn bigint;
  v_until bigint;
  v_tried bigint[];
  v_locked bigint;
  v_is_as_seen boolean;
begin
  for v_look in 1..2 loop
    v_now := basepool.now();
    v_until := null;
    v_tried := array[]::bigint[];
    seat_id := null;
    turn := null;
    for v_open in
      select o.*, lead(o.soonest) over (order by o.soonest, o.token_id) as following
      from (
        select o.*, o.latest_turn + o.stride as soonest, count(*) over (partition by o.account_id) > 1 as has_sibling
        from basepool._open_tokens(v_now, v_delay) as o
        where o.leases > 0
      ) as o
      order by o.soonest, o.token_id
    loop
      select f.id, f.turn into v_seat, v_turn
      from basepool.seats as f
      where
        f.token_id = v_open.token_id and f.attempt_id is null and f.turn >= v_open.lowest
        and f.id < v_open.token_id * 1000 + v_open.max_in_flight
      order by f.turn
      limit 1;
      if v_turn < coalesce(turn, v_turn + 1) then
        v_best := v_open;
        seat_id := v_seat;
        turn := v_turn;
      end if;
      -- of several tokens of an account any may be the one that is behind
      exit when v_open.has_sibling;
      continue when seat_id is null or turn > v_open.following;

      -- nobody gets further ahead of the round just because others' rows are locked; one that was waited for is good for its
      -- next turn
      v_until := coalesce(v_until, turn + 1000000);
      exit when cardinality(v_tried) = 8 or (turn > v_until and v_best.account_id is distinct from account_id);
      v_tried := v_tried || v_best.account_id;
      select l.account_id, l.creates_spent = v_best.creates_spent and l.turn = v_best.latest_turn into v_locked, v_is_as_seen
      from basepool.limiters as l
      where l.account_id = v_best.account_id
      for no key update skip locked;
      account_id := coalesce(v_locked, account_id);
      if v_is_as_seen then
        token_id := v_best.token_id;
        step := v_best.step;
        is_probe := v_best.is_probe;
        return;
      end if;
      exit when v_locked is not null;
      seat_id := null;
      turn := null;
    end loop;

    if account_id is null and v_tried <> '{}' then
      -- a random one of those whose turn it is, so that waiting claims do not all queue for the same
      account_id := v_tried[1 + floor(random() * cardinality(v_tried))];
      perform from basepool.limiters as l where l.account_id = _choose_token.account_id for no key update;
    end if;
    exit when account_id is null;
  end loop;
  seat_id := null;
end
$$;

revoke all on function basepool._choose_token() from public, anon, authenticated, service_role;

comment on function basepool._choose_token() is
'The seat whose turn it is, as _choose_tokens returns it, its limiter locked. seat_id is null when that is not easily said, or
no token can take a lease; the limiter of account_id is locked then, if there is one: look with _choose_tokens.';
