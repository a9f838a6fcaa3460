-- Only a complete list that was begun late enough proves that there is nothing; everything else is looked for again.
create or replace function basepool.conclude_search(p_search bigint, p_is_complete boolean, p_error text default null)
returns setof uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_now timestamptz := basepool.now();
  v_search basepool.searches;
begin
  update basepool.searches as s
  set ended_at = v_now, is_complete = p_is_complete, error = left(p_error, 500)
  where s.id = p_search and s.ended_at is null
  returning s.* into v_search;
  if not found then
    return;
  end if;
  -- who is at an attempt at this moment knows more than that
  update basepool.seats as s
  set error = 'looking for it failed: ' || v_search.error
  where
    v_search.error is not null
    and s.id in (
      select o.id from basepool.seats as o
      inner join basepool.lost_attempts as l on o.id = basepool._seat_of(l.attempt_id) and o.attempt_id = l.attempt_id
      where l.search_id = p_search
      for no key update of o skip locked
    );

  return query
    with ended as (
      update basepool.lost_attempts as l
      set
        is_absent = p_is_complete and l.doubt_prediction_id is null and v_search.started_at >= o.provable_at,
        search_at = greatest(v_now + interval '1 second', least(
          v_now + interval '2 seconds' * power(2, least(l.searches, 20)),
          v_now + s.check_at_most_every,
          -- not to wait longer than necessary for what a search can prove only then
          case when v_search.started_at < o.provable_at then o.provable_at end,
          case when v_now < o.over_at then o.over_at end
        ))
      from (
        select i.attempt_id, w.provable_at, w.over_at
        from basepool.lost_attempts as i
        cross join lateral basepool._when_certain(i.lost_at) as w
        where i.search_id = p_search
        order by i.attempt_id
        for update of i
      ) as o
      cross join basepool.settings as s
      where l.attempt_id = o.attempt_id
      returning l.attempt_id, l.is_absent, v_now >= o.over_at as is_past_deadline
    )

    select e.attempt_id from ended as e where e.is_absent or e.is_past_deadline order by e.attempt_id;
end
$$;

revoke all on function basepool.conclude_search(bigint, boolean, text) from public, anon, authenticated, service_role;
grant execute on function basepool.conclude_search(bigint, boolean, text) to basepool_glue;

comment on function basepool.conclude_search(bigint, boolean, text) is
'Ends a search. p_is_complete: whether every page was seen; p_error: why not. Returns the attempts that Replicate provably never
had, or whose deadline has passed: report record_not_found for each. What was neither found nor proved absent is searched for
again, at growing intervals. A search that has ended already proves nothing and returns none.';
