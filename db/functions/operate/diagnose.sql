-- One place to ask whether all is as it should be: what runs wrong at this moment, and what only waits to go wrong.
create or replace function basepool.diagnose()
returns table (name text, severity text, says text, remedy text, fix text)
language plpgsql
volatile
security definer
set search_path = ''
set lock_timeout = '1s'
as $$
#variable_conflict use_column
declare
  v_part text;
  v_parts constant text[] := array['indexes', 'rights', 'triggers', 'policies', 'users', 'pool', 'findings'];
  v_found bigint;
begin
  foreach v_part in array v_parts loop
    begin
      if v_part = 'findings' then
        return query
          select
            f.name, case when f.name like 'budget%' or f.name = 'unread' then 'warning' else 'problem' end
            , f.says, 'See docs/operations.md#what-is-wrong.', null::text
          from basepool._list_findings(basepool.now()) as f
          order by f.name;
      else
        return query execute format('select d.* from basepool.%I() as d', '_diagnose_' || v_part);
      end if;
      get diagnostics v_found = row_count;
      if v_found = 0 then
        return query select v_part, 'ok', format('nothing is wrong with the %s', v_part), null::text, null::text;
      end if;
    exception when lock_not_available or insufficient_privilege then
      return query
        select v_part, 'warning', format('the %s could not be looked at: %s', v_part, sqlerrm), 'Try again later.', null::text;
    end;
  end loop;
end
$$;

revoke all on function basepool.diagnose() from public, anon, authenticated, service_role;
grant execute on function basepool.diagnose() to basepool_glue;

comment on function basepool.diagnose() is
'All that can be checked from inside the database, one row each: name of the check; severity: ok, warning or problem; says: what is;
remedy: what to do (null where all is well); fix: a statement of SQL that does it, without a semicolon, for the owner to look at and
run (null where there is none; a comment where it is no more than a hint). What _list_findings says is in it, so that no other place
need be asked. Changes nothing. For basepool doctor.';
