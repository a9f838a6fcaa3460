-- Who reads the column gets a reference once the secrets are in Vault, and every create of his fails. What has been read is known
-- where pg_stat_statements is; it is asked in a way that survives its absence.
create or replace function basepool._token_readers(out says text, out is_known boolean)
language plpgsql
stable
set search_path = ''
as $$
declare
  v_schema constant text := (
    select n.nspname
    from pg_catalog.pg_extension as e
    inner join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
    where e.extname = 'pg_stat_statements'
  );
begin
  is_known := false;
  if v_schema is null then
    return;
  end if;
  execute format(
    $query$
      select
        string_agg(format('%%s, as %%s, %%s times', basepool._quote(s.query), s.userid::regrole, s.calls), '; ' order by s.calls desc)
          filter (where s.nth <= 3 and s.reads)
        , coalesce(bool_and(s.is_shown), true)
      from (
        select
          o.query, o.userid, o.calls, o.query <> '<insufficient privilege>' as is_shown, r.reads
          , row_number() over (partition by r.reads order by o.calls desc) as nth
        from %I.pg_stat_statements as o
        cross join lateral (
          select
            o.query ~* '^\s*(select|with|update|delete|insert)\M' and o.query ~* '\mreplicate_tokens\M'
            -- what reads by way of our functions has the secret still
            and o.query !~* '\mbasepool\.'
            and (
              o.query ~* '\mtoken\M' or o.query ~* '\*\s+from\s+("?\w+"?\.)?"?replicate_tokens\M'
              or o.query ~* '\mreplicate_tokens"?\.\*'
            )
            -- who only brings one reads nothing
            and (o.query !~* '^\s*insert\M' or o.query ~* '\m(select|returning)\M') as reads
        ) as r
        where
          o.dbid = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database()) and o.toplevel
      ) as s
    $query$, v_schema
  ) into says, is_known;
exception when others then
  -- without its library, or not for us to read
  says := null;
  is_known := false;
end
$$;

revoke all on function basepool._token_readers() from public, anon, authenticated, service_role;

comment on function basepool._token_readers() is
'What still reads replicate_tokens.token directly, after pg_stat_statements: the statements that are called most, with who calls
them; null where there is none. is_known: whether all could be looked at. For secure_tokens.';
