-- A model is paused, or fails, whatever version of it is asked for.
create or replace function basepool._model_name(p_model text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return split_part(p_model, ':', 1);
end
$$;

revoke all on function basepool._model_name(text) from public, anon, authenticated, service_role;

comment on function basepool._model_name(text) is
'The model without its version: owner/name, deployments/owner/name, or a bare version.';
