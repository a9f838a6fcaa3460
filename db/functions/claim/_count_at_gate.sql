-- What counts against the limit of a model in flight: what was let through the gate, is in flight, or may still run at Replicate.
create or replace function basepool._count_at_gate(p_pattern text)
returns integer
language sql
stable
set search_path = ''
as $$
  -- in one statement: what is claimed meanwhile is seen in one place
  select sum(c.count)::integer
  from (
    select count(*) from basepool.queue as q where q.gate = p_pattern and q.run_after is null
    union all
    select sum(s.count)
    from (select o.model, count(*) from basepool.seats as o where o.attempt_id is not null group by o.model) as s
    where (basepool._find_model(s.model)).pattern = p_pattern
    union all
    select count(*) from basepool.cancellations as c
    where c.over_at > basepool.now() and (basepool._find_model(c.model)).pattern = p_pattern
  ) as c (count)
$$;

revoke all on function basepool._count_at_gate(text) from public, anon, authenticated, service_role;

comment on function basepool._count_at_gate(text) is
'How many generations of the model p_pattern in basepool.models count against its max_in_flight.';
