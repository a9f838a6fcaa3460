-- A set that is none is its caller's fault; what is wrong with one item is said about that item.
create or replace function basepool._check_items(p_items jsonb, p_name text default 'items')
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if jsonb_typeof(p_items) is distinct from 'array' or jsonb_array_length(p_items) > 1000 then
    raise exception using
      errcode = 'PT400',
      message = format('p_%s is not a JSON array of at most 1000 %s', p_name, p_name),
      hint = 'Pass [{...}, ...].';
  end if;
end
$$;

revoke all on function basepool._check_items(jsonb, text) from public, anon, authenticated, service_role;

comment on function basepool._check_items(jsonb, text) is
'Raises PT400 unless p_items is an array of at most 1000; p_name is what they are called in the error.';
