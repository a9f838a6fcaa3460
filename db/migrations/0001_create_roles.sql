-- The schema PostgREST never exposes, the role the glue connects as, and, where Supabase has not made them already,
-- the roles and auth.uid() that Supabase has. Roles belong to the whole cluster, so another database may be creating
-- them at this moment: an existing role is as good as our own.

create schema if not exists basepool;
comment on schema basepool is
'The generation backend: queue, token pool, limits, jobs. Not exposed by PostgREST. What begins with _ is for functions of this
schema only. What basepool_glue may execute is security definer, because that role reads no table.';

create table basepool.replaced (
  position integer generated always as identity primary key,
  kind text not null,
  name text not null,
  restore text
);

comment on table basepool.replaced is
'What there was before us of what we add to or change, for the way back (db/uninstall.sql). The app''s functions are beside it, as
basepool.replaced_*; what is taken from users is in basepool.user_rights.';
comment on column basepool.replaced.restore is
'The statement that brings back what was there; null: it is there, and to be left alone.';

alter table basepool.replaced enable row level security;

insert into basepool.replaced (kind, name, restore)
select
  'schema right',
  r.name,
  format('revoke usage on schema public from %I', r.name)
from unnest(array['anon', 'authenticated', 'service_role']) as r (name)
where not exists (
  select from pg_catalog.pg_namespace as n
  cross join lateral aclexplode(n.nspacl) as a
  where n.nspname = 'public' and a.privilege_type = 'USAGE' and a.grantee = to_regrole(r.name)::oid
);

-- a role that is there takes no right to create one; on Supabase, where nobody is a superuser, all but ours are
do $roles$
declare
  v_role record;
begin
  for v_role in
    select r.name, r.options
    from (
      values
      ('anon', 'nologin noinherit'), ('authenticated', 'nologin noinherit'), ('service_role', 'nologin noinherit bypassrls'),
      ('basepool_glue', 'nologin'), ('basepool_operator', 'nologin'), ('basepool_metrics', 'nologin')
    ) as r (name, options)
    where not exists (select from pg_catalog.pg_roles as p where p.rolname = r.name)
  loop
    begin
      execute format('create role %I %s', v_role.name, v_role.options);
    exception when duplicate_object or unique_violation then null;
    end;
  end loop;
end
$roles$;

do $auth$
begin
  if to_regprocedure('auth.uid()') is null then
    insert into basepool.replaced (kind, name, restore) values ('function', 'auth.uid', 'drop function if exists auth.uid()');
    if to_regnamespace('auth') is null then
      insert into basepool.replaced (kind, name, restore) values ('schema', 'auth', 'drop schema if exists auth');
    end if;
    create schema if not exists auth;
    create function auth.uid()
    returns uuid
    language sql
    stable
    set search_path = ''
    as $$
      select coalesce(
        nullif(current_setting('request.jwt.claim.sub', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
      )::uuid
    $$;
    comment on function auth.uid() is
      'The user of the request, from the JWT that PostgREST verified. Stands in for Supabase''s function of this name.';
    grant usage on schema auth to anon, authenticated, service_role;
    grant execute on function auth.uid() to anon, authenticated, service_role;
  end if;
end
$auth$;

revoke all on schema basepool from public;
grant usage on schema basepool to basepool_glue, basepool_operator, service_role;
grant usage on schema public to anon, authenticated, service_role;
