-- Whether a generation has to wait until there is room for its model.
create or replace function basepool._gate_of(p_model text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  v_model basepool.models;
begin
  if exists (select from basepool.models as m where m.max_in_flight is not null) then
    v_model := basepool._find_model(p_model);
  end if;
  return case when v_model.max_in_flight is not null then v_model.pattern end;
end
$$;

revoke all on function basepool._gate_of(text) from public, anon, authenticated, service_role;

comment on function basepool._gate_of(text) is
'The pattern in basepool.models that limits how many of p_model are in flight; null for none.';
