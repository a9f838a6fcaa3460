-- What _page_cursor reads.
create or replace function basepool._next_cursor(p_list text, p_at timestamptz, p_id uuid)
returns text
language sql
stable
set search_path = ''
as $$
  select format('%s~%s~%s', p_list, to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), p_id)
$$;

revoke all on function basepool._next_cursor(text, timestamptz, uuid) from public, anon, authenticated, service_role;

comment on function basepool._next_cursor(text, timestamptz, uuid) is
'The place after a row of the list p_list, as text: its time, and its id, because many may have the same time.';
