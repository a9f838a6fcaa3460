-- what users may write is taken from them when the owner says so, and given back exactly as it was
begin;
select plan(24);
\ir ../../helpers.psql

-- who has what on the two tables and their columns, but for the owner and the app's server
create function pg_temp.rights() returns text []
language sql as $$
  select array_agg(r.right_of order by r.right_of)
  from (
    select concat_ws(' ', c.relname, a.grantee::regrole, a.privilege_type, a.is_grantable) as right_of
    from pg_class as c cross join lateral aclexplode(c.relacl) as a
    where c.oid in ('public.generations'::regclass, 'public.replicate_tokens'::regclass)
    union all
    select concat_ws(' ', c.relname, t.attname, a.grantee::regrole, a.privilege_type, a.is_grantable)
    from pg_class as c inner join pg_attribute as t on t.attrelid = c.oid cross join lateral aclexplode(t.attacl) as a
    where c.oid in ('public.generations'::regclass, 'public.replicate_tokens'::regclass)
  ) as r
$$;
create function pg_temp.policies() returns text []
language sql as $$
  select array_agg(p.policyname::text order by p.policyname) from pg_policies as p
  where p.schemaname = 'public' and p.tablename in ('generations', 'replicate_tokens') and p.policyname <> 'nobody'
$$;
create temporary table were (rights text [], policies text []);

-- a new database: the state that the other tests know
insert into were select
pg_temp.rights(),
pg_temp.policies();
select ok(basepool._enforces_user_rights(), 'users of a new database may write little');
select basepool.configure('{"enforce_user_rights": true}');
select is(pg_temp.rights(), (select w.rights from were as w), 'saying it again changes nothing');
select is((select count(*) from basepool.user_rights as r
where r.kind = 'restore'), 0::bigint, 'and notes nothing');
select basepool.configure('{"enforce_user_rights": false}');
select ok(not basepool._enforces_user_rights(), 'the owner of a new one can let them');
select ok(has_table_privilege('authenticated', 'public.generations', 'update'), 'write');
select ok(not has_table_privilege('anon', 'public.generations', 'select'), 'but no stranger');
select matches(
  (select f.says from basepool._list_findings(basepool.now()) as f
where f.name = 'user-rights'), 'enforce_user_rights true'
  , 'status says so as long as it lasts'
);
select basepool.configure('{"enforce_user_rights": true}');
select is(pg_temp.rights(), (select w.rights from were as w), 'there and back is the same');
select is(pg_temp.policies(), (select w.policies from were as w), 'policies, too');
select is_empty(
  $$select from basepool._list_findings(basepool.now()) as f where f.name = 'user-rights'$$, 'nothing to say any more'
);
select basepool.configure('{"enforce_user_rights": false}');
select basepool.configure('{"enforce_user_rights": true}');
select is(pg_temp.rights(), (select w.rights from were as w), 'as often as one likes');

-- one that was adopted, with rights of its own, odd ones included
select basepool.configure('{"enforce_user_rights": false}');
update basepool.settings set adopted = true;
delete from basepool.user_rights
where kind = 'restore';
create role "odd Role";
drop policy users_see_their_own on public.generations;
drop policy users_mark_their_own on public.generations;
create policy "Users can do all" on public.generations for select using (auth.uid() = user_id);
alter table public.replicate_tokens disable row level security;
revoke all on public.generations, public.replicate_tokens from public, anon, authenticated;
grant all on public.generations to anon, authenticated;
grant select (prompt) on public.generations to public;
grant select on public.generations to "odd Role";
grant select, insert on public.replicate_tokens to authenticated with grant option;
grant update (name) on public.replicate_tokens to anon;
truncate were;
insert into were select
pg_temp.rights(),
pg_temp.policies();
select results_eq(
  $$select c.name, c.was, c.value from basepool.configure('{"enforce_user_rights": true}') as c$$,
  $$values ('enforce_user_rights', 'false', 'true')$$, 'the owner has decided'
);
select ok(not has_table_privilege('anon', 'public.generations', 'select'), 'strangers have nothing');
select ok(not has_any_column_privilege('anon', 'public.generations', 'select'), 'of no column');
select ok(not has_table_privilege('authenticated', 'public.replicate_tokens', 'select'), 'tokens are nobody''s');
select ok(has_table_privilege('odd Role', 'public.generations', 'select'), 'roles of the app''s own are its own affair');
select ok(
  (select c.relrowsecurity from pg_class as c
where c.oid = 'public.replicate_tokens'::regclass), 'row level security is on'
);
select is(
  pg_temp.policies()
  , array['Users can do all', 'users_insert_only_pending', 'users_mark_their_own', 'users_submit_their_own']
  , 'a command that had no policy has ours; the app''s stay'
);
select pg_temp.submit_many(2);
select pg_temp.sign_in(1);
select throws_ok(
  $$update public.generations set status = 'completed'$$, '42501', 'permission denied for table generations'
  , 'it is as in a new database'
);
select lives_ok('update public.generations set viewed = true', 'marks are his');
select pg_temp.sign_out();
select basepool.configure('{"enforce_user_rights": false}');
select is(pg_temp.rights(), (select w.rights from were as w), 'back is as it was, grant options and columns included');
select is(pg_temp.policies(), (select w.policies from were as w), 'no policy of ours stays');
select ok(
  not (select c.relrowsecurity from pg_class as c
where c.oid = 'public.replicate_tokens'::regclass), 'even what was open'
);
select is((select count(*) from basepool.user_rights as r
where r.kind = 'restore'), 0::bigint, 'nothing is noted any more');

select * from finish();
rollback;
