-- The round is seen in the order in which the tokens were taken. No index knows that order: what was leased last is in flight, or
-- among those that ended last.
create or replace function basepool._last_leases(p_max integer)
returns jsonb
language sql
stable
set search_path = ''
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'at', r.leased_at, 'token_id', r.token_id, 'generation_id', r.generation_id, 'state', r.state
  ) order by r.leased_at, r.seat_id, r.attempt_no), '[]')
  from (
    select o.* from (
      (
        select s.leased_at, s.token_id, s.generation_id, s.state, s.id as seat_id, s.attempt_no
        from basepool.seats as s where s.attempt_id is not null
        order by s.leased_at desc limit p_max
      )
      union all
      (
        select e.* from (
          select a.leased_at, a.token_id, a.generation_id, a.state, a.seat_id, a.attempt_no
          from basepool.attempts as a
          order by a.finished_at desc limit 500
        ) as e
        order by e.leased_at desc limit p_max
      )
    ) as o
    order by o.leased_at desc, o.seat_id desc, o.attempt_no desc
    limit p_max
  ) as r
$$;

revoke all on function basepool._last_leases(integer) from public, anon, authenticated, service_role;

comment on function basepool._last_leases(integer) is
'The last p_max leases, oldest first: at, token_id, generation_id, state; of those that are over only the 500 that ended last are
looked at.';
