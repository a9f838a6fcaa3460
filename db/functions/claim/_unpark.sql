-- What was held back waits with the others again, in its old order. It does not catch up: a user's are as far apart as if they were
-- submitted now, so that a thousand of them do not come before another user's first.
create or replace function basepool._unpark(p_kind text, p_name text)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_count integer;
begin
  update basepool.queue as q
  set
    -- where its model has a gate, it waits there again
    run_after = case when q.gate is not null then 'infinity'::timestamptz end, parked_for = null
    , tag = greatest(n.tag, n.floor + (n.nth - 1) * n.stride)
  from (
    select
      o.generation_id, o.tag, m.floor, 1000000 / coalesce(u.weight, 1) as stride
      , row_number() over (partition by o.user_id order by o.tag, o.place) as nth
    from (
      select d.* from basepool.queue as d
      where d.parked_for = p_kind || ' ' || p_name
      for update skip locked
    ) as o
    inner join basepool.marks as m on m.priority = o.priority
    left join basepool.user_limits as u on u.user_id = o.user_id
  ) as n
  where q.generation_id = n.generation_id;
  get diagnostics v_count = row_count;
  if v_count > 0 then
    perform basepool._wake_workers();
  end if;
  return v_count;
end
$$;

revoke all on function basepool._unpark(text, text) from public, anon, authenticated, service_role;

comment on function basepool._unpark(text, text) is
'Puts what was parked for the user or the model (p_kind) p_name back to the others that wait. Returns how many.';
