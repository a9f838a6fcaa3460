-- What is to be bought is the owner's to say; a deployment costs its owner even while it idles, and is private.
create or replace function basepool._check_model(p_model text)
returns basepool.models
language plpgsql
stable
set search_path = ''
as $$
declare
  v_found constant basepool.models := basepool._find_model(p_model);
begin
  if v_found.pattern is null and (p_model like 'deployments/%' or exists (select from basepool.models)) then
    raise exception using
      errcode = 'PT403',
      message = format('the model %s is not offered', basepool._quote(p_model)),
      hint = 'Choose another one. The owner lists models with basepool models set.';
  elsif not v_found.enabled then
    raise exception using
      errcode = 'PT403',
      message = format('the model %s is not offered at present', basepool._quote(p_model)),
      hint = 'Choose another one. The owner enables it with basepool models set.';
  end if;
  return v_found;
end
$$;

revoke all on function basepool._check_model(text) from public, anon, authenticated, service_role;

comment on function basepool._check_model(text) is
'The row of basepool.models for p_model, nulls where there is none at all. Raises PT403 when it is not listed, or not enabled.';
