-- What is free of a token that comes back takes its turns from here on. The caller has locked its limiter, so nobody leases it.
create or replace function basepool._join_round(p_token integer)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_stride bigint;
  v_current bigint;
begin
  -- not further back than _open_tokens looks
  select 1000000 / t.weight, greatest(basepool._current_turn(p_token), l.turn - 10000000) into v_stride, v_current
  from public.replicate_tokens as t
  inner join basepool.limiters as l on l.account_id = t.account_id
  where t.id = p_token;
  perform setval(('basepool.turns_' || p_token)::regclass, greatest(1, (v_current + v_stride - 1) / v_stride), false);
  update basepool.seats as s
  set turn = nextval(('basepool.turns_' || p_token)::regclass) * v_stride
  where s.id between p_token * 1000 and p_token * 1000 + 999 and s.attempt_id is null;
end
$$;

revoke all on function basepool._join_round(integer) from public, anon, authenticated, service_role;

comment on function basepool._join_round(integer) is
'Gives the free seats of a token turns of now. Lock the limiter of its account first.';
