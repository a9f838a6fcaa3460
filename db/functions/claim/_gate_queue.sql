-- A limit that is set, changed or taken away counts for what waits already.
create or replace function basepool._gate_queue()
returns trigger
language plpgsql
volatile
set search_path = ''
as $$
begin
  update basepool.queue as q
  set
    gate = n.gate
    , run_after = case
      when q.parked_for is not null then q.run_after
      when n.gate is null then nullif(q.run_after, 'infinity')
      else coalesce(q.run_after, 'infinity')
    end
  from (
    select o.generation_id, basepool._gate_of(g.replicate_model) as gate
    from basepool.queue as o
    inner join public.generations as g on g.id = o.generation_id
    for update of o skip locked
  ) as n
  where q.generation_id = n.generation_id and q.gate is distinct from n.gate;
  perform basepool._wake_workers();
  return null;
end
$$;

revoke all on function basepool._gate_queue() from public, anon, authenticated, service_role;

comment on function basepool._gate_queue() is
'Trigger, after basepool.models was changed: moves what waits to the gate of its model, or away from it.';
