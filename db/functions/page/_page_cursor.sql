-- Where a list goes on is written into the URL of a page, and may come back as anything.
create or replace function basepool._page_cursor(p_cursor text, p_list text, out at timestamptz, out id uuid)
language plpgsql
stable
set search_path = ''
as $$
declare
  v_parts constant text [] := regexp_match(
    p_cursor, '^([a-z_]+)~(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)~([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$'
  );
begin
  at := basepool._read_time(v_parts[2]);
  id := v_parts[3]::uuid;
  if p_cursor is not null and (at is null or v_parts[1] is distinct from p_list) then
    raise exception using
      errcode = 'PT400',
      message = format('p_cursor is no place in this list: %s', basepool._quote(p_cursor)),
      hint = 'Pass next of the page before, with the same filter, or null for the first page.';
  end if;
end
$$;

revoke all on function basepool._page_cursor(text, text) from public, anon, authenticated, service_role;

comment on function basepool._page_cursor(text, text) is
'The time and the id after which the list p_list goes on, from what _next_cursor wrote; nulls for null. Raises PT400 for what is no
place in that list.';
