-- whatever Realtime does, what settles is settled, and nothing is left behind
begin;
select plan(9);
\ir ../../helpers.psql
\ir ../../realtime.psql

create function pg_temp.commit() returns void
language plpgsql as $$
begin
  set constraints basepool.send_changes immediate;
  set constraints basepool.send_changes deferred;
end
$$;
select basepool.configure('{"realtime": true}');
set local client_min_messages = error;

-- as Supabase's: it warns
alter table realtime.messages add constraint no_more check (false) not valid;
select pg_temp.submit_many(3);
select lives_ok('select pg_temp.commit()', 'a message that can''t be written');
select is_empty('select * from basepool.unsent_changes', 'is forgotten');

-- one that raises
create or replace function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void
language plpgsql as $$ begin raise exception 'no'; end $$;
select pg_temp.submit_many(3, 10);
select lives_ok('select pg_temp.commit()', 'a send that raises');
select is_empty('select * from basepool.unsent_changes', 'is not tried for each of them');

-- one that takes its time
create or replace function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void
language plpgsql as $$
begin
  perform pg_sleep(0.6);
  insert into realtime.messages (topic, extension) values (topic, 'broadcast');
end
$$;
alter table realtime.messages drop constraint no_more;
select pg_temp.submit_many(5, 20);
select lives_ok('select pg_temp.commit()', 'a send that takes its time');
select cmp_ok((select count(*) from realtime.messages), '<=', 2::bigint, 'keeps nobody longer than a second or so');
select is_empty('select * from basepool.unsent_changes', 'the others are not told');

-- somebody else's function of that name, and none
drop function realtime.send(jsonb, text, text, boolean);
create function realtime.send(json, text) returns void language sql as '';
select pg_temp.submit_many(2, 30);
select lives_ok('select pg_temp.commit()', 'a Realtime without it');
drop schema realtime cascade;
select pg_temp.submit_many(2, 40);
select lives_ok('select pg_temp.commit()', 'no Realtime');

select * from finish();
rollback;
