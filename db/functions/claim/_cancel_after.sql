-- A model may be given less time than others. Never more: how long a prediction lasts at most is relied on where none is known.
create or replace function basepool._cancel_after(p_model text, p_most interval)
returns integer
language plpgsql
stable
set search_path = ''
as $$
declare
  v_model basepool.models;
begin
  if exists (select from basepool.models as m where m.timeout is not null) then
    v_model := basepool._find_model(p_model);
  end if;
  return extract(epoch from least(v_model.timeout, p_most))::integer;
end
$$;

revoke all on function basepool._cancel_after(text, interval) from public, anon, authenticated, service_role;

comment on function basepool._cancel_after(text, interval) is
'Cancel-After for a prediction of p_model, in seconds: the timeout of basepool.models, at most p_most (settings.cancel_after).';
