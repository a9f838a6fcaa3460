-- The policy stands on Realtime's own table: it is made when it is needed, not before, and taken away when it is not. That table
-- may come later than the setting, or be somebody else's, so the job cleanup tries again.
create or replace function basepool._sync_listen_policy()
returns text
language plpgsql
volatile
set search_path = ''
set lock_timeout = '2s'
as $$
declare
  v_is_on constant boolean := (select s.realtime from basepool.settings as s);
begin
  if v_is_on = exists (
    select from pg_catalog.pg_policies as p where p.schemaname = 'realtime' and p.policyname = 'basepool_users_listen'
  ) then
    return null;
  end if;
  if not v_is_on then
    execute 'drop policy basepool_users_listen on realtime.messages';
  elsif exists (select from pg_catalog.pg_tables as t where t.schemaname = 'realtime' and t.tablename = 'messages') then
    execute basepool._listen_policy();
  end if;
  return null;
exception when others then
  return basepool._printable(sqlerrm);
end
$$;

revoke all on function basepool._sync_listen_policy() from public, anon, authenticated, service_role;

comment on function basepool._sync_listen_policy() is
'Makes the policy of _listen_policy on realtime.messages if settings.realtime is on and the table is there; drops it if it is off.
Returns null, or why that could not be done: Supabase allows it to some roles and in some places only. For configure and the job
cleanup.';
