-- Replicate has three routes for a create, and which one it is follows from how the model is written.
create or replace function basepool._parse_model(
  p_model text,
  out route text,
  out target text
)
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_name constant text := '[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9][A-Za-z0-9_.-]*';
begin
  if p_model ~ ('^' || v_name || '$') and p_model not like 'deployments/%' then
    route := 'models';
    target := p_model;
  elsif p_model ~ ('^deployments/' || v_name || '$') then
    route := 'deployments';
    target := substr(p_model, length('deployments/') + 1);
  elsif p_model ~ ('^(' || v_name || ':)?[0-9a-f]{64}$') then
    route := 'predictions';
    target := p_model;
  else
    raise exception using
      errcode = 'PT400',
      message = format('unknown model syntax: %s', coalesce(quote_literal(left(p_model, 200)), 'null')),
      hint = 'Write owner/name, owner/name:<64 hex digits>, <64 hex digits> or deployments/owner/name.';
  end if;
end
$$;

revoke all on function basepool._parse_model(text) from public, anon, authenticated, service_role;

comment on function basepool._parse_model(text) is
'How a model is reached at Replicate. p_model: owner/name, owner/name:<version>, <version> or deployments/owner/name. Returns
route (models, predictions or deployments) and target (owner/name, or the version to send). A name that the route models does
not serve goes by another one: _try_other_route. Raises PT400. Source: Replicate''s
OpenAPI document, the three POST …/predictions paths.';
