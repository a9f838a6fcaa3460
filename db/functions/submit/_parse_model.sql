-- Replicate has three routes for a create, and which one it is follows from how the model is written. What is no model is for the
-- caller to refuse, or to let fail alone.
create or replace function basepool._parse_model(
  p_model text,
  out route text,
  out target text,
  out fault text
)
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_name constant text := '[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9][A-Za-z0-9_.-]*';
begin
  -- settings.max_name_bytes may not be more
  if octet_length(p_model) > 2000 then
    fault := format('the model''s name is %s bytes long', octet_length(p_model));
  elsif p_model ~ ('^' || v_name || '$') and p_model not like 'deployments/%' then
    route := 'models';
    target := p_model;
  elsif p_model ~ ('^deployments/' || v_name || '$') then
    route := 'deployments';
    target := substr(p_model, length('deployments/') + 1);
  elsif p_model ~ ('^(' || v_name || ':)?[0-9a-f]{64}$') then
    route := 'predictions';
    target := p_model;
  else
    fault := format('unknown model syntax: %s', basepool._quote(p_model));
  end if;
end
$$;

revoke all on function basepool._parse_model(text) from public, anon, authenticated, service_role;

comment on function basepool._parse_model(text) is
'How a model is reached at Replicate. p_model: owner/name, owner/name:<version>, <version> or deployments/owner/name. Returns
route (models, predictions or deployments) and target (owner/name, or the version to send), or fault, why it is none. A name that
the route models does not serve goes by another one: _try_other_route. Source: Replicate''s OpenAPI document, the three POST
…/predictions paths.';
