-- Realtime swallows its errors, and so do we: nobody would notice that nothing is told.
create or replace function basepool._check_realtime(out problem text, out remedy text)
language plpgsql
stable
set search_path = ''
as $$
declare
  v_messages oid;
begin
  if not (select s.realtime from basepool.settings as s) or to_regnamespace('realtime') is null then
    return;
  end if;
  if not has_schema_privilege('realtime', 'usage') then
    problem := format('nobody is told of changes: %I may not use the schema realtime', current_user);
    remedy := format('As its owner: grant usage on schema realtime to %I;', current_user);
    return;
  end if;
  v_messages := to_regclass('realtime.messages');
  if v_messages is null then
    return;
  elsif not has_table_privilege(v_messages, 'insert') or pg_catalog.row_security_active(v_messages) then
    problem := format('nobody is told of changes: %I may not write to realtime.messages', current_user);
    remedy := format('As its owner: grant insert on realtime.messages to %I; and it must bypass row level security.', current_user);
  elsif not exists (
    select from pg_catalog.pg_policy as p where p.polrelid = v_messages and p.polname = 'basepool_users_listen'
  ) then
    problem := 'users can''t listen to changes: realtime.messages lacks the policy basepool_users_listen';
    remedy := format('In Supabase''s SQL editor: %s;', basepool._listen_policy());
  end if;
end
$$;

revoke all on function basepool._check_realtime() from public, anon, authenticated, service_role;

comment on function basepool._check_realtime() is
'What keeps users from being told by Realtime while settings.realtime is on, and what to do: the schema, the table or the policy.
Nulls where all is well, or there is no Realtime. For _list_findings.';
