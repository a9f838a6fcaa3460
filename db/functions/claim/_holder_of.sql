-- What holds a generation back that is next: asked of each that a claim meets while anything is held back.
create or replace function basepool._holder_of(p_generation uuid, p_user uuid)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  v_model constant text := (
    select basepool._model_name(g.replicate_model) from public.generations as g where g.id = p_generation
  );
begin
  return (
    select h.holder
    from (
      select p.kind || ' ' || p.name as holder from basepool.pauses as p
      where (p.kind, p.name) in (('user', p_user::text), ('model', v_model))
      union all
      select 'model ' || b.name from basepool.breakers as b where b.opened_at is not null and b.name <> '' and b.name = v_model
    ) as h
    order by h.holder desc
    limit 1
  );
end
$$;

revoke all on function basepool._holder_of(uuid, uuid) from public, anon, authenticated, service_role;

comment on function basepool._holder_of(uuid, uuid) is
'What a generation of p_user is to be parked for (queue.parked_for), or null where nothing but the pool could hold it back.';
