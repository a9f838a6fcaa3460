-- the policy on Realtime's table comes and goes with the setting, and lets nobody at another's topic
begin;
select plan(19);
\ir ../../helpers.psql

create function pg_temp.policies() returns bigint
language sql as $$ select count(*) from pg_policies as p where p.schemaname = 'realtime' $$;
create function pg_temp.finding() returns text
language sql as $$ select f.says from basepool._list_findings(basepool.now()) as f where f.name = 'realtime' $$;
-- what Realtime does when user number n joins a topic
create function pg_temp.may_join(p_n integer, p_topic text) returns boolean
language plpgsql as $$
declare
  v_may boolean;
begin
  insert into realtime.messages (topic, extension) values (p_topic, 'broadcast');
  perform set_config('realtime.topic', p_topic, true);
  perform pg_temp.sign_in(p_n);
  v_may := exists (select from realtime.messages as m where m.topic = p_topic);
  perform pg_temp.sign_out();
  return v_may;
end
$$;

-- where there is no Realtime
select lives_ok($$ select basepool.configure('{"realtime": true}') $$, 'on without Realtime');
select is(pg_temp.finding(), null, 'which is nothing to speak of: notifications take its place');

-- it comes later
\ir ../../realtime.psql
select is(pg_temp.policies(), 0::bigint, 'Realtime came after the setting');
select alike(pg_temp.finding(), '%lacks the policy basepool_users_listen. In Supabase''s SQL editor: create policy %;'
  , 'status says what is missing, and how to make it');
select basepool.run_job('cleanup');
select is(pg_temp.policies(), 1::bigint, 'the cleanup has made it');
select is(pg_temp.finding(), null, 'nothing is wrong');
select is(basepool._sync_listen_policy(), null, 'once is enough');

select ok(pg_temp.may_join(1, 'generations:' || pg_temp.user_id(1)), 'his own topic');
select ok(not pg_temp.may_join(1, 'generations:' || pg_temp.user_id(2)), 'not another''s');
select ok(not pg_temp.may_join(1, 'generations:'), 'not nobody''s');
select ok(not pg_temp.may_join(1, 'generations:' || pg_temp.user_id(1) || ':more'), 'not one that only begins so');
select ok(not pg_temp.may_join(1, 'rooms:1'), 'no topic of the app');
select is(
  (select array_agg(p.cmd || ' ' || array_to_string(p.roles, ' ')) from pg_policies as p
  where p.schemaname = 'realtime')
  , array['SELECT authenticated'], 'to listen, and not to send'
);

-- off and on
select basepool.configure('{"realtime": false}');
select is(pg_temp.policies(), 0::bigint, 'it goes with the setting');
select basepool.configure('{"realtime": true}');
select is(pg_temp.policies(), 1::bigint, 'and comes with it');

-- where we may not
drop policy basepool_users_listen on realtime.messages;
create role not_the_owner;
grant usage on schema basepool to not_the_owner;
grant execute on function basepool._sync_listen_policy(), basepool._listen_policy(), basepool._check_realtime() to not_the_owner;
grant execute on function basepool._printable(text) to not_the_owner;
grant select on basepool.settings to not_the_owner;
create policy all_of_it on basepool.settings for select to not_the_owner using (true);
select set_config('role', 'not_the_owner', true);
select matches((select r.problem from basepool._check_realtime() as r), 'not_the_owner may not use the schema realtime');
select set_config('role', 'none', true);
grant usage on schema realtime to not_the_owner;
select set_config('role', 'not_the_owner', true);
select is(basepool._sync_listen_policy(), 'must be owner of table messages', 'why it could not be made');
select matches((select r.problem from basepool._check_realtime() as r), 'not_the_owner may not write to realtime.messages');
select set_config('role', 'none', true);
alter role not_the_owner bypassrls;
grant insert on realtime.messages to not_the_owner;
select set_config('role', 'not_the_owner', true);
select matches((select r.problem from basepool._check_realtime() as r), 'lacks the policy');
select set_config('role', 'none', true);

select * from finish();
rollback;
