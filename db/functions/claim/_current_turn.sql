-- Where the round is now. A token that joins or comes back starts there: it does not catch up on what it missed.
create or replace function basepool._current_turn(p_without integer default null)
returns bigint
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_delay constant bigint := basepool._longest_delay();
begin
  return coalesce(
    (
      select min(s.turn)
      from basepool._open_tokens(v_now, v_delay) as o
      cross join lateral (
        select f.turn from basepool.seats as f
        where f.token_id = o.token_id and f.attempt_id is null and f.turn >= o.lowest
        order by f.turn
        limit 1
      ) as s
      where o.token_id is distinct from p_without
    ),
    (select max(l.turn) + 1000000 from basepool.limiters as l),
    0
  );
end
$$;

revoke all on function basepool._current_turn(integer) from public, anon, authenticated, service_role;

comment on function basepool._current_turn(integer) is
'The virtual time at which a token that is new or comes back (p_without) gets its first lease.';
