-- Only a complete list that was begun late enough proves that there is nothing; everything else is looked for again.
create or replace function basepool.conclude_search(
  p_account bigint,
  p_started_at timestamptz,
  p_is_complete boolean,
  p_error text default null
)
returns setof uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_now timestamptz := basepool.now();
begin
  update basepool.accounts as c set search_until = null where c.id = p_account and c.search_until is not null;
  return query
    with ended as (
      update basepool.attempts as a
      set
        is_absent = p_is_complete and a.doubt_prediction_id is null and p_started_at >= a.lost_at + s.absence_after,
        error = coalesce('looking for it failed: ' || left(p_error, 500), a.error),
        search_at = v_now + greatest(interval '1 second', least(
          interval '2 seconds' * power(2, least(a.searches, 20)),
          s.check_at_most_every,
          -- not to wait longer than necessary for what a search can prove only then
          case when p_started_at < a.lost_at + s.absence_after then a.lost_at + s.absence_after - v_now end,
          case when v_now < a.lost_at + s.cancel_after then a.lost_at + s.cancel_after - v_now end
        ))
      from basepool.settings as s
      where
        a.id in (
          select o.id from basepool.attempts as o
          where o.account_id = p_account and o.search_at is not null and o.searched_at = p_started_at
          order by o.id
          for update
        )
      returning a.id, a.is_absent, v_now >= a.lost_at + s.cancel_after as is_past_deadline
    )

    select e.id from ended as e where e.is_absent or e.is_past_deadline order by e.id;
end
$$;

revoke all on function basepool.conclude_search(bigint, timestamptz, boolean, text)
from public, anon, authenticated, service_role;
grant execute on function basepool.conclude_search(bigint, timestamptz, boolean, text) to basepool_glue;

comment on function basepool.conclude_search(bigint, timestamptz, boolean, text) is
'Ends the search that began at p_started_at. p_is_complete: whether every page was seen; p_error: why not. Returns the attempts
that Replicate provably never had, or whose deadline has passed: report record_not_found for each. What was neither found nor
proved absent is searched for again, at growing intervals.';
