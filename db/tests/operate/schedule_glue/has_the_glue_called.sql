-- the jobs of the glue in pg_cron, their secret nowhere but in its place, and one call a second for what is queued
begin;
select plan(22);
\ir ../../helpers.psql

select throws_ok(
  $$select basepool.schedule_glue('https://gen.example.com', 'a secret of the glue')$$, 'TP049'
  , 'pg_cron and pg_net are not both installed in this database'
);
\ir ../../net.psql
select throws_ok(
  $$select basepool.schedule_glue('https://gen.example.com')$$, 'TP049', 'the secret that the glue asks for is not known here'
);
select throws_ok(format('select basepool.schedule_glue(%L, ''a secret of the glue'')', u.url), 'PT400', null, u.why)
from (
  values
  (null, 'no URL'), ('gen.example.com', 'no scheme'), ('http://gen.example.com', 'without TLS')
  , ('https://x?y=1', 'with parameters')
  , ('https://user:password@gen.example.com', 'with a password'), ('ftp://gen.example.com', 'another scheme')
) as u (url, why);
select throws_ok(
  $$select basepool.schedule_glue('https://gen.example.com', 'short')$$, 'PT400'
  , 'the secret has less than 16 characters, or some that no header takes'
);

create temporary table said as select basepool.schedule_glue('https://gen.example.com/', 'a secret of the glue') as answer;
select is((select s.answer ->> 'url' from said as s), 'https://gen.example.com', 'without the last slash');
select set_eq(
  $$select c.jobname::text, c.command::text from cron.job as c where c.jobname like 'basepool-glue-%'$$,
  $$select 'basepool-glue-' || j.name, format('select basepool._call_glue(%L)', j.name) from basepool.jobs as j
  where j.runs_in = 'glue'$$,
  'each job of the glue'
);
select basepool.schedule_glue('https://gen.example.com');
select is(
  (select count(*) from cron.job as c
where c.jobname like 'basepool-glue-%'), (select count(*) from basepool.glue_calls), 'once'
);

-- nothing waits, so that nothing is sent
select is(basepool._call_glue('dispatch'), null, 'dispatch is not called');
select is(basepool._call_glue('store'), null, 'nor is store');
select isnt(basepool._call_glue('reconcile'), null, 'reconcile is');
select is(
  (select r.url || ' ' || (r.headers ->> 'Authorization') || ' ' || r.timeout_milliseconds from net.http_request_queue as r)
  , 'https://gen.example.com/api/cron/reconcile Bearer a secret of the glue 5000', 'as web/app.py wants it'
);

create function pg_temp.calls() returns bigint
language sql as $$
  select count(*) from net.http_request_queue as r where r.url like '%/dispatch'
$$;
select pg_temp.submit_many(3);
select is(pg_temp.calls(), 1::bigint, 'what is queued is dispatched at once, and once in a second');
select pg_temp.pass('1 second');
select pg_temp.submit(4);
select is(pg_temp.calls(), 2::bigint, 'and in the next one');
insert into public.generations (user_id, action, model_id, model_name, replicate_model, replicate_input)
select
pg_temp.user_id(5),
'create',
'm',
'M',
'a/b',
'{}'
from pg_temp.pass('1 second');
select is(pg_temp.calls(), 3::bigint, 'a plain insert, too');
drop function net.http_post;
select pg_temp.pass('1 second');
set local client_min_messages = error;
select lives_ok('select pg_temp.submit(6)', 'a submit does not fail with pg_net');

select is(basepool.unschedule_glue(), (select count(*)::integer from basepool.jobs as j
where j.runs_in = 'glue'), 'all of it ends');
select is_empty(
  $$select c.jobname::text from cron.job as c where c.jobname like 'basepool-glue-%'
  union all
  select c.job from basepool.glue_calls as c
  union all
  select t.tgname from pg_trigger as t where t.tgname = 'call_glue'$$,
  'jobs, calls, trigger'
);

select * from finish();
rollback;
