-- What the app has on its tables runs inside our functions, too, and there without a search_path: whatever it names without a
-- schema is not found, and the generation can't end. Its text says so before it happens.
create or replace function basepool._diagnose_triggers()
returns table (name text, severity text, says text, remedy text, fix text)
language sql
stable
set search_path = ''
set jit = off
as $$
  with recursive

  -- where names without a schema are found as a rule
  path as materialized (
    select n.oid as id, n.nspname as schema, min(s.nth) as nth
    from (
      select 'public' as schema, 1 as nth
      union all
      select 'extensions', 2
      union all
      select btrim(e.schema, ' "'), 3
      from pg_catalog.pg_db_role_setting as r
      cross join lateral unnest(r.setconfig) as c (said)
      cross join lateral unnest(string_to_array(substr(c.said, 13), ',')) as e (schema)
      where
        c.said like 'search\_path=%'
        and r.setdatabase in (0, (select d.oid from pg_catalog.pg_database as d where d.datname = current_database()))
    ) as s
    inner join pg_catalog.pg_namespace as n on n.nspname = s.schema
    where n.nspname not in ('basepool', 'pg_catalog')
    group by n.oid, n.nspname
  ),

  functions as materialized (
    select
      p.oid as id
      , format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)) as signature
      , exists (select from unnest(p.proconfig) as c (said) where c.said like 'search\_path=%') as has_path
      , case
        -- a statement that is put together is in a string
        when p.prosrc ~* '\mexecute\M' then b.text
        else regexp_replace(b.text, '''(''''|[^''])*''', '''''', 'g')
      end as text
    from pg_catalog.pg_proc as p
    inner join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    inner join pg_catalog.pg_language as l on l.oid = p.prolang
    cross join lateral (
      select regexp_replace(regexp_replace(lower(p.prosrc), '/\*.*?\*/', ' ', 'g'), '--[^\n]*', ' ', 'g') as text
    ) as b
    where
      l.lanname in ('plpgsql', 'sql') and p.prosqlbody is null
      and n.nspname not in ('basepool', 'pg_catalog', 'information_schema')
      and not exists (
        select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
      )
  ),

  triggers as materialized (
    select t.tgrelid as relation, t.tgfoid as function
    from pg_catalog.pg_trigger as t where not t.tgisinternal and t.tgenabled <> 'D'
  ),

  ours (id) as (
    values (to_regclass('public.generations')), (to_regclass('public.replicate_tokens'))
  ),

  reached as (
    select f.id
    from functions as f
    where
      f.id in (select t.function from triggers as t inner join ours as o on o.id = t.relation)
      -- what a default, a check or an index calls, or a policy that a submit meets
      or exists (
        select from pg_catalog.pg_depend as d
        left join pg_catalog.pg_attrdef as a on d.classid = 'pg_catalog.pg_attrdef'::regclass and a.oid = d.objid
        left join pg_catalog.pg_constraint as c on d.classid = 'pg_catalog.pg_constraint'::regclass and c.oid = d.objid
        left join pg_catalog.pg_index as i on d.classid = 'pg_catalog.pg_class'::regclass and i.indexrelid = d.objid
        left join pg_catalog.pg_policy as p
          on d.classid = 'pg_catalog.pg_policy'::regclass and p.oid = d.objid and p.polcmd in ('a', '*')
        inner join ours as o on o.id = coalesce(a.adrelid, c.conrelid, i.indrelid, p.polrelid)
        where d.refclassid = 'pg_catalog.pg_proc'::regclass and d.refobjid = f.id
      )
    union
    select n.id
    from reached as r
    inner join functions as f on f.id = r.id and not f.has_path
    cross join lateral (
      -- what it calls by its full name: what it calls without one is mended with itself
      select p.oid as id
      from regexp_matches(f.text, '([a-z_][a-z0-9_$]*)"?\.\s*"?([a-z_][a-z0-9_$]*)"?\s*\(', 'g') as m (part)
      inner join pg_catalog.pg_namespace as s on s.nspname = m.part[1]
      inner join pg_catalog.pg_proc as p on p.pronamespace = s.oid and p.proname = m.part[2]
      union all
      -- what hangs on the tables that it writes
      select t.function
      from regexp_matches(
        f.text
        , '\m(?:insert\s+into|update|delete\s+from)\s+(?:only\s+)?(?:"?([a-z_][a-z0-9_$]*)"?\s*\.\s*)?"?([a-z_][a-z0-9_$]*)'
        , 'g'
      ) as m (part)
      inner join pg_catalog.pg_class as c on c.relname = m.part[2]
      inner join pg_catalog.pg_namespace as s on s.oid = c.relnamespace and s.nspname = coalesce(m.part[1], 'public')
      inner join triggers as t on t.relation = c.oid
    ) as n
  ),

  suspects as materialized (
    select f.id, f.signature, f.text from functions as f inner join reached as r on r.id = f.id where not f.has_path
  ),

  -- every word that stands for a relation or a type, or is called, and has no schema before it
  words as (
    select s.id, 'relation' as kind, m.part[1] as word
    from suspects as s
    cross join lateral regexp_matches(
      s.text
      , '\m(?:from|join|into|update|only|table|truncate)\s+"?([a-z_][a-z0-9_$]*)"?(?![a-z0-9_$"]|\s*\.)', 'g'
    ) as m (part)
    union
    select s.id, 'relation', m.part[1]
    from suspects as s
    cross join lateral regexp_matches(
      s.text, '(?:^|[^a-z0-9_$.")])"?([a-z_][a-z0-9_$]*)"?(?:\.[a-z_][a-z0-9_$]*)?%(?:row)?type\M', 'g'
    ) as m (part)
    union
    select s.id, 'type', m.part[1]
    from suspects as s
    cross join lateral regexp_matches(
      s.text
      , '(?:::\s*|\m[a-z_][a-z0-9_$]*\s+(?:constant\s+)?)"?([a-z_][a-z0-9_$]*)"?(?:\s*\[\s*\])*\s*(?:;|:=|\)|,|=)'
      , 'g'
    ) as m (part)
    where m.part[1] not in ('new', 'old', 'null', 'end')
    union
    select s.id, 'function', m.part[1]
    from suspects as s
    cross join lateral regexp_matches(s.text, '(?:^|[^a-z0-9_$."])"?([a-z_][a-z0-9_$]*)"?\s*\(', 'g') as m (part)
  ),

  found as (
    select distinct on (w.id, w.word)
      w.id, w.word, p.schema, p.nth
    from words as w
    inner join suspects as s on s.id = w.id
    cross join path as p
    where
      -- a common table expression of that name is none of these
      s.text !~ ('\m' || replace(w.word, '$', '\$') || '\s+as\s+(?:(?:not\s+)?materialized\s*)?\(')
      and case w.kind
        when 'relation' then
          exists (select from pg_catalog.pg_class as c where c.relnamespace = p.id and c.relname = w.word)
          and not exists (
            select from pg_catalog.pg_class as c
            where c.relnamespace = 'pg_catalog'::regnamespace and c.relname = w.word
          )
        when 'type' then
          exists (select from pg_catalog.pg_type as t where t.typnamespace = p.id and t.typname = w.word)
          and not exists (
            select from pg_catalog.pg_type as t
            where t.typnamespace = 'pg_catalog'::regnamespace and t.typname = w.word
          )
        else
          exists (select from pg_catalog.pg_proc as c where c.pronamespace = p.id and c.proname = w.word)
          and not exists (
            select from pg_catalog.pg_proc as c
            where c.pronamespace = 'pg_catalog'::regnamespace and c.proname = w.word
          )
      end
    order by w.id, w.word, p.nth
  )

  select
    'trigger-search-path' as name, 'problem' as severity
    , format(
      '%s names %s without a schema and has no search_path of its own: where basepool changes a row it fails, and the row stays as'
      ' it was', s.signature, w.words
    ) as says
    , 'Give it the search_path that it counts on.' as remedy
    , format('alter function %s set search_path = %s', s.signature, w.path) as fix
  from suspects as s
  cross join lateral (
    select
      string_agg(distinct f.word, ', ' order by f.word) as words
      , (
        select string_agg(format('%I', p.schema), ', ' order by p.nth, p.schema)
        from path as p where p.schema in (select o.schema from found as o where o.id = s.id)
      ) as path
    from found as f
    where f.id = s.id
  ) as w
  where w.words is not null
  order by 3
$$;

revoke all on function basepool._diagnose_triggers() from public, anon, authenticated, service_role;

comment on function basepool._diagnose_triggers() is
'Functions of the app that run when a row of generations or replicate_tokens changes (called by a trigger, a default, a check, an
index or a policy for inserts, by one of these by its full name, or by a trigger on a table that they write), that name a table, a type or a function without
its schema and have no search_path of their own, as basepool.diagnose has it: trigger-search-path. By their text: what stands in a
string is looked at only where statements are put together. For diagnose; what migrate looks at before the first statement is its body.';
