-- Rights are lost and given by statements that say nothing of us: a restore without owners, default privileges, a grant on all.
create or replace function basepool._diagnose_rights()
returns table (name text, severity text, says text, remedy text, fix text)
language sql
stable
set search_path = ''
as $$
  with owner as (
    select n.nspowner as id, pg_catalog.pg_get_userbyid(n.nspowner) as name
    from pg_catalog.pg_namespace as n where n.nspname = 'basepool'
  ),

  -- without those of extensions
  functions as materialized (
    select
      p.oid as id, p.oid::regprocedure::text as signature, n.nspname as schema, p.proname as name, p.proowner
      , p.prosecdef as is_definer, coalesce(obj_description(p.oid, 'pg_proc'), '') as comment
    from pg_catalog.pg_proc as p
    inner join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    where n.nspname = 'basepool'
    and not exists (select from pg_catalog.pg_depend as d where d.objid = p.oid and d.deptype = 'e')
    union all
    select p.oid, p.oid::regprocedure::text, 'public', p.proname, p.proowner, p.prosecdef, ''
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'public'::regnamespace and p.proname = any(array[
      'submit_generation', 'submit_generations', 'cancel_generation', 'explain_generation', 'get_generation_changes'
      , 'get_output_urls', 'get_generation_counts', 'get_next_replicate_token'
    ])
  ),

  tables as materialized (
    select c.oid as id, c.oid::regclass::text as name, c.relrowsecurity as has_rls
    from pg_catalog.pg_class as c
    where
      c.relkind in ('r', 'p')
      and (
        c.relnamespace = 'basepool'::regnamespace
        or c.oid in ('public.generations'::regclass, 'public.replicate_tokens'::regclass)
      )
  ),

  -- by those of public, with the rights of who calls them
  called (name, role) as (
    values
    ('cancel_own_generation', 'authenticated'), ('cancel_own_generation', 'service_role')
    , ('explain_own_generation', 'authenticated'), ('explain_own_generation', 'service_role')
    , ('get_own_output_urls', 'authenticated'), ('get_own_output_urls', 'service_role'), ('get_own_changes', 'authenticated')
  ),

  -- what is definer and says of nobody else, the glue calls
  needed as (
    select f.id, f.signature, 'basepool_glue' as role from functions as f
    where f.schema = 'basepool' and f.is_definer and f.name not like '\_%' and f.comment !~ 'Definer:\s'
    union all
    select f.id, f.signature, r.role
    from functions as f
    cross join (values ('authenticated'), ('service_role')) as r (role)
    where f.schema = 'public' and f.name like any(array['submit%', 'cancel%', 'explain%', 'get_output_urls', 'get_generation_counts'])
    union all
    select f.id, f.signature, c.role from called as c inner join functions as f on f.schema = 'basepool' and f.name = c.name
  )

  select
    'missing-right', 'problem', format('%s may not execute %s', n.role, n.signature), 'Give it the right back.'
    , format('grant execute on function %s to %I', n.signature, n.role)
  from needed as n
  where not has_function_privilege(n.role, n.id, 'execute')
  union all
  select 'missing-right', 'problem', 'basepool_glue may not use the schema basepool', 'Give it the right back.'
    , 'grant usage on schema basepool to basepool_glue'
  where not has_schema_privilege('basepool_glue', 'basepool', 'usage')
  union all
  select 'missing-right', 'problem', format('basepool_glue may not connect to the database %s', current_database())
    , 'Give it the right back.', format('grant connect on database %I to basepool_glue', current_database())
  where not has_database_privilege('basepool_glue', current_database(), 'connect')
  union all
  select 'glue-login', 'warning', 'the role basepool_glue can''t log in, so the glue runs as another role, or not at all'
    , 'Let it log in, and give it a password with \password in psql.', 'alter role basepool_glue login'
  where not (select r.rolcanlogin from pg_catalog.pg_roles as r where r.rolname = 'basepool_glue')
  union all
  select
    'foreign-owner', 'problem'
    , format('%s belongs to %s and not to %s, who owns the schema: it works with the rights of the wrong role', f.signature
      , pg_catalog.pg_get_userbyid(f.proowner), o.name)
    , 'Give it to the owner of the schema.', format('alter function %s owner to %I', f.signature, o.name)
  from functions as f
  cross join owner as o
  where f.proowner <> o.id and f.is_definer
  union all
  select
    'exposed-function', 'problem', format('%s may execute %s', r.role, f.signature), 'Take the right away.'
    , format('revoke all on function %s from public, %I', f.signature, r.role)
  from functions as f
  cross join (values ('anon'), ('authenticated')) as r (role)
  where
    has_function_privilege(r.role, f.id, 'execute') and has_schema_privilege(r.role, f.schema, 'usage')
    and (r.role = 'anon' or f.schema = 'basepool')
    -- what users' own functions and policies call
    and f.name not in ('is_active', 'owns') and (f.name, r.role) not in (select c.name, c.role from called as c)
  union all
  select
    'exposed-table', 'problem', format('%s may %s %s', r.role, lower(p.kind), t.name), 'Take the right away.'
    , format('revoke all on %s from public, %I', t.name, r.role)
  from tables as t
  cross join (values ('anon'), ('authenticated'), ('service_role'), ('basepool_glue')) as r (role)
  cross join lateral (
    select string_agg(k.kind, ', ' order by k.nth) as kind
    from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) with ordinality as k (kind, nth)
    where has_table_privilege(r.role, t.id, k.kind)
  ) as p
  where p.kind is not null and t.name like 'basepool.%'
  union all
  select
    'row-level-security', 'problem', format('row level security is off on %s: whoever has a right on it has it on all rows', t.name)
    , 'Switch it on.', format('alter table %s enable row level security', t.name)
  from tables as t
  where not t.has_rls
  union all
  -- what is made tomorrow
  select
    'default-privileges', case when d.defaclnamespace = 'basepool'::regnamespace then 'problem' else 'warning' end
    , format(
      'each new %s of %s in %s is open to %s by default', k.kind, pg_catalog.pg_get_userbyid(d.defaclrole)
      , coalesce('schema ' || nullif(d.defaclnamespace, 0)::regnamespace::text, 'any schema'), g.roles
    )
    , 'Take it back, and give each new object its rights by itself; what is there already keeps those it has.'
    , format(
      'alter default privileges for role %s%s revoke all on %ss from %s', d.defaclrole::regrole
      , coalesce(' in schema ' || nullif(d.defaclnamespace, 0)::regnamespace::text, ''), k.kind, g.roles
    )
  from pg_catalog.pg_default_acl as d
  inner join (values ('f', 'function'), ('r', 'table'), ('S', 'sequence')) as k (type, kind) on k.type = d.defaclobjtype::text
  cross join owner as o
  cross join lateral (
    select string_agg(distinct coalesce(r.rolname, 'public'), ', ') as roles
    from aclexplode(d.defaclacl) as a
    left join pg_catalog.pg_roles as r on r.oid = a.grantee
    where a.grantee = 0 or r.rolname in ('anon', 'authenticated')
  ) as g
  where
    g.roles is not null and d.defaclrole = o.id
    and (d.defaclnamespace in (0, 'public'::regnamespace, 'basepool'::regnamespace))
    -- that everybody executes functions is what Postgres itself begins with
    and not (d.defaclobjtype = 'f' and d.defaclnamespace = 0 and g.roles = 'public')
  union all
  -- the wide row in the WAL once more, for each listener
  select
    'realtime-publication', 'warning'
    , format('public.generations is in the publication %s: each change of a wide row is decoded for everybody', p.pubname)
    , 'Take it out, and have users told by basepool settings set realtime true.'
    , format('alter publication %I drop table public.generations', p.pubname)
  from pg_catalog.pg_publication_tables as p
  where p.schemaname = 'public' and p.tablename = 'generations' and p.pubname = 'supabase_realtime'
  order by 1, 3
$$;

revoke all on function basepool._diagnose_rights() from public, anon, authenticated, service_role;

comment on function basepool._diagnose_rights() is
'Who lacks a right and who has one too many, as basepool.diagnose has it: missing-right, glue-login, foreign-owner,
exposed-function, exposed-table, row-level-security, default-privileges, realtime-publication. For diagnose.';
