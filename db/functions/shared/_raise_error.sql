-- What went wrong with an item of a set is an error again for who passed that item alone.
create or replace function basepool._raise_error(p_error jsonb)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  raise exception using
    errcode = p_error ->> 'code',
    message = basepool._printable(p_error ->> 'message'),
    detail = coalesce(p_error ->> 'detail', ''),
    hint = coalesce(p_error ->> 'hint', '');
end
$$;

revoke all on function basepool._raise_error(jsonb) from public, anon, authenticated, service_role;

comment on function basepool._raise_error(jsonb) is
'Raises an error of an item: code (SQLSTATE), message, detail, hint.';
