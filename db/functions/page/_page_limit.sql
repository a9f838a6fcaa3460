-- How many rows a page may ask for is the same for every list.
create or replace function basepool._page_limit(p_limit integer)
returns integer
language plpgsql
immutable
set search_path = ''
as $$
begin
  if p_limit not between 1 and 100 then
    raise exception using
      errcode = 'PT400',
      message = format('p_limit is %s', p_limit),
      hint = 'Ask for 1 to 100 rows at a time, and for the next ones with the cursor.';
  end if;
  return coalesce(p_limit, 50);
end
$$;

revoke all on function basepool._page_limit(integer) from public, anon, authenticated, service_role;

comment on function basepool._page_limit(integer) is
'p_limit, or 50 for null. Raises PT400 for what is not 1 to 100.';
