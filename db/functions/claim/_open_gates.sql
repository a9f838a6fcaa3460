-- A model whose predictions in flight are limited has a gate before the queue: who waits at it can't be claimed, and costs no claim
-- anything. What was let through, is in flight, or may still run at Replicate is counted while the model's row is locked, so that
-- however many claim at once, it is never more than the limit. Nobody is waited for: who has the row does the same.
create or replace function basepool._open_gates()
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_gate record;
  v_taken integer;
  v_opened integer;
  v_count integer := 0;
begin
  if not exists (select from basepool.queue as q where q.gate is not null) then
    return 0;
  end if;
  for v_gate in
    select m.pattern, m.max_in_flight from basepool.models as m
    where
      m.max_in_flight is not null
      and exists (
        select from basepool.queue as q where q.gate = m.pattern and q.run_after = 'infinity' and q.parked_for is null
      )
    order by m.pattern
    for no key update skip locked
  loop
    -- after the lock: what is claimed meanwhile is seen in one place
    v_taken := basepool._count_at_gate(v_gate.pattern);
    update basepool.queue as q
    set run_after = null, tag = greatest(q.tag, m.floor)
    from (
      select o.generation_id from basepool.queue as o
      where o.gate = v_gate.pattern and o.run_after = 'infinity' and o.parked_for is null
      order by o.priority desc, o.tag, o.place
      limit greatest(0, v_gate.max_in_flight - v_taken)
      for update skip locked
    ) as first
    cross join basepool.marks as m
    where q.generation_id = first.generation_id and m.priority = q.priority;
    get diagnostics v_opened = row_count;
    v_count := v_count + v_opened;
  end loop;
  return v_count;
end
$$;

revoke all on function basepool._open_gates() from public, anon, authenticated, service_role;

comment on function basepool._open_gates() is
'Lets as many of the generations that wait at a gate through as basepool.models.max_in_flight leaves room for, the fairest first.
Returns how many. Part of claims.';
