-- A seat that becomes free gets the next turn of its token. A sequence gives it out, so that no row is locked or written for
-- it, however many predictions end at once. A token that was full joins the round where it is, ten rounds back at most.
create or replace function basepool._next_turn(p_token integer, p_stride bigint, p_current bigint)
returns bigint
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_turns constant regclass := ('basepool.turns_' || p_token)::regclass;
  v_number bigint := nextval(v_turns);
begin
  -- no token has more turns waiting than seats: then its weight has changed
  if v_number * p_stride not between p_current - 10000000 and p_current + 10000000 + 1000 * p_stride then
    v_number := setval(v_turns, greatest(1, p_current / p_stride));
  end if;
  return v_number * p_stride;
end
$$;

revoke all on function basepool._next_turn(integer, bigint, bigint) from public, anon, authenticated, service_role;

comment on function basepool._next_turn(integer, bigint, bigint) is
'The next turn of a token. p_stride: 1000000 / weight; p_current: where the round is.';
