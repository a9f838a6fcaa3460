-- Where users may still write what only the server should, somebody has to see who does, or the rights are never taken.
create or replace function basepool._diagnose_users()
returns table (name text, severity text, says text, remedy text, fix text)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_schema constant text := (
    select quote_ident(n.nspname)
    from pg_catalog.pg_extension as e
    inner join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
    where e.extname = 'pg_stat_statements'
  );
  v_uses text;
  v_count bigint;
begin
  if not (
    has_any_column_privilege('authenticated', 'public.generations', 'update')
    and has_column_privilege('authenticated', 'public.generations', 'status', 'update')
  ) then
    return;
  end if;
  if v_schema is null then
    v_uses := 'who does so can''t be seen: pg_stat_statements is not installed';
  else
    begin
      execute format(
        $query$
          with written as (
            select
              regexp_replace(btrim(s.query), '\s+', ' ', 'g') as query, s.calls
              , substring(s.query from '(?i)\mset\s(.*?)(?:\m(?:from|where|returning)\M|$)') as changes
              , s.query ~* '\mdelete\s+from\s' as deletes
            from %s.pg_stat_statements as s
            inner join pg_catalog.pg_database as d on d.oid = s.dbid and d.datname = current_database()
            inner join pg_catalog.pg_roles as r on r.oid = s.userid and r.rolname = 'authenticated'
            where s.query ~* '\m(?:update(?:\s+only)?|delete\s+from)\s+(?:"?public"?\.)?"?generations"?\M'
          ),

          used as (
            select w.query, w.calls
            from written as w
            where
              w.deletes
              or exists (
                select from regexp_matches(w.changes, '(?:^|,)\s*\(?"?([a-z_][a-z0-9_]*)"?\s*(?:=|,|\))', 'g') as c (name)
                where c.name[1] not in ('viewed', 'viewed_at', 'is_favorite')
              )
          )

          select
            sum(u.calls)::bigint
            , string_agg(format('%%s times: %%s', u.calls, basepool._printable(u.query)), '; ' order by u.calls desc) filter (where u.nth <= 5)
          from (select o.*, row_number() over (order by o.calls desc) as nth from used as o) as u
        $query$, v_schema
      ) into v_count, v_uses;
      v_uses := case when v_count is null then 'pg_stat_statements knows of nobody who does'
        else format('%s times since pg_stat_statements was reset: %s', v_count, v_uses) end;
    exception when object_not_in_prerequisite_state or insufficient_privilege or undefined_table or undefined_column then
      v_uses := format('who does so can''t be seen: %s', sqlerrm);
    end;
  end if;
  return query
    select
      'user-rights', 'warning'
      , 'signed-in users may write any column of their generations: status, cost_credits, output_urls; ' || v_uses
      , case when v_count is null then 'When nobody does: basepool settings set enforce_user_rights true.'
        else 'Have the server write these as service_role; then basepool settings set enforce_user_rights true.' end
      , null::text;
end
$$;

revoke all on function basepool._diagnose_users() from public, anon, authenticated, service_role;

comment on function basepool._diagnose_users() is
'user-rights, while authenticated may update the status of generations: which of its statements use what enforce_user_rights takes
away (updates of columns beside viewed, viewed_at, is_favorite, and deletes), as pg_stat_statements has them, normalised. For diagnose.';
