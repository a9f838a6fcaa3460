-- Who did what, a page at a time.
create or replace function basepool.page_audit(p_cursor text default null, p_limit integer default 50)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
set lock_timeout = '400ms'
set enable_seqscan = off
set enable_sort = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_limit constant integer := basepool._page_limit(p_limit);
  v_before constant bigint := substring(p_cursor from '^audit~([0-9]{1,18})$')::bigint;
  v_rows jsonb;
begin
  if p_cursor is not null and v_before is null then
    raise exception using
      errcode = 'PT400',
      message = format('p_cursor is no place in this list: %s', basepool._quote(p_cursor)),
      hint = 'Pass next of the page before, or null for the first page.';
  end if;
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', r.id, 'at', r.at, 'actor', r.actor, 'login', r.login, 'role', r.role, 'application', r.application
    , 'action', r.action, 'target', r.target, 'details', r.details
  ) order by r.id desc), '[]')
  into v_rows
  from (
    select a.* from basepool.audit as a
    where a.id < coalesce(v_before, 9223372036854775807)
    order by a.id desc
    limit v_limit + 1
  ) as r;
  return jsonb_build_object(
    'rows', case when jsonb_array_length(v_rows) > v_limit then v_rows - v_limit else v_rows end
    , 'next', case when jsonb_array_length(v_rows) > v_limit then 'audit~' || (v_rows -> (v_limit - 1) ->> 'id') end
  );
end
$$;

revoke all on function basepool.page_audit(text, integer) from public, anon, authenticated, service_role;
grant execute on function basepool.page_audit(text, integer) to basepool_glue, basepool_operator;

comment on function basepool.page_audit(text, integer) is
'basepool.audit, newest first: {rows, next}. A row: id, at, actor (the operator, null: login is who), login, role, application,
action, target, details. p_limit: 1 to 100; p_cursor: next of the page before. Raises PT400.';
