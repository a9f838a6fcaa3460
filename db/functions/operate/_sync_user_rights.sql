-- What users may write of their generations is taken from them when the owner says so, and given back as it was. A policy needs
-- the table for itself: it is asked for a tenth of a second at a time, so that nobody waits behind us for longer.
create or replace function basepool._sync_user_rights()
returns void
language plpgsql
volatile
set search_path = ''
set lock_timeout = '100ms'
as $$
declare
  v_until constant timestamptz := clock_timestamp() + interval '5 seconds';
  v_is_on constant boolean := (select s.enforce_user_rights from basepool.settings as s);
  v_tables constant oid[] := array['public.generations'::regclass, 'public.replicate_tokens'::regclass];
  v_statement text;
begin
  if v_is_on = basepool._enforces_user_rights() then
    return;
  end if;
  loop
    begin
      -- behind this nobody waits who reads or writes, and an autovacuum, which waits for nobody's tenths, makes way for it
      perform set_config('lock_timeout', '10s', true);
      lock table only public.generations, public.replicate_tokens in share update exclusive mode;
      perform set_config('lock_timeout', '100ms', true);
      lock table only public.generations in access exclusive mode;
      lock table only public.replicate_tokens in access exclusive mode nowait;
      exit;
    exception when lock_not_available or deadlock_detected then
      if clock_timestamp() > v_until then
        raise exception using
          errcode = 'TP040',
          message = 'public.generations is in use: what users may write of it stays as it is',
          hint = 'Nothing was changed. See basepool status for who holds it, and try again.';
      end if;
      perform pg_sleep(0.05 + 0.1 * random());
    end;
  end loop;

  if v_is_on then
    insert into basepool.user_rights (kind, statement)
    select 'restore', r.statement
    from (
      select 1 as position, format('alter table public.%I disable row level security', c.relname) as statement
      from pg_catalog.pg_class as c
      where c.oid = any(v_tables) and not c.relrowsecurity
      union all
      select 2, format('drop policy if exists %I on public.generations', n.name)
      from unnest(array['users_see_their_own', 'users_submit_their_own', 'users_mark_their_own']) as n (name)
      where not exists (
        select from pg_catalog.pg_policy as p where p.polrelid = 'public.generations'::regclass and p.polname = n.name
      )
      union all
      select 3
        , format('grant %s%s on public.%I to %s%s', g.privilege_type, ' (' || quote_ident(g.column_name) || ')', g.relname
          , case when g.grantee = 0 then 'public' else g.grantee::regrole::text end
          , case when g.is_grantable then ' with grant option' else '' end)
      from (
        select c.relname, null as column_name, a.*
        from pg_catalog.pg_class as c
        cross join lateral aclexplode(c.relacl) as a
        where c.oid = any(v_tables)
        union all
        select c.relname, t.attname, a.*
        from pg_catalog.pg_class as c
        inner join pg_catalog.pg_attribute as t on t.attrelid = c.oid and not t.attisdropped
        cross join lateral aclexplode(t.attacl) as a
        where c.oid = any(v_tables)
      ) as g
      where g.grantee = 0 or g.grantee::regrole::text in ('anon', 'authenticated')
    ) as r
    order by r.position;
    for v_statement in select r.statement from basepool.user_rights as r where r.kind = 'enforce' order by r.position loop
      execute v_statement;
    end loop;
    return;
  end if;

  drop policy users_insert_only_pending on public.generations;
  -- who has had nothing else, because the tables are ours, has what the app's users would have; policies bound it
  if exists (select from basepool.user_rights as r where r.kind = 'restore') or (select s.adopted from basepool.settings as s) then
    revoke all on public.generations, public.replicate_tokens from public, anon, authenticated;
    for v_statement in select r.statement from basepool.user_rights as r where r.kind = 'restore' order by r.position loop
      execute v_statement;
    end loop;
    delete from basepool.user_rights as r where r.kind = 'restore';
  else
    grant select, insert, update on public.generations to authenticated;
  end if;
end
$$;

revoke all on function basepool._sync_user_rights() from public, anon, authenticated, service_role;

comment on function basepool._sync_user_rights() is
'Takes from users what settings.enforce_user_rights takes, by the statements of basepool.user_rights, after noting there what they
had; or gives exactly that back. Does nothing where it is so already. Raises TP040 when one of the tables can''t
be had within some seconds. For configure.';
