-- One of a model that fails may be sent, when it is time, to see whether it works again.
create or replace function basepool._try_model(p_holder text, p_generation uuid, p_now timestamptz)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
begin
  update basepool.breakers as b
  set probe_generation = p_generation, probed_at = p_now
  where
    b.name = (
      select o.name from basepool.breakers as o
      where
        o.opened_at is not null and o.name <> '' and 'model ' || o.name = p_holder
        and o.open_until <= p_now and o.probe_generation is null
        and not exists (select from basepool.pauses as p where p.kind = 'model' and p.name = o.name)
      for no key update skip locked
    );
  return found;
end
$$;

revoke all on function basepool._try_model(text, uuid, timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._try_model(text, uuid, timestamptz) is
'Whether p_generation is to try the model that holds it back (p_holder: as queue.parked_for has it): because its breaker alone does,
it is time, and nobody else is at it.';
