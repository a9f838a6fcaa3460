-- refused, not found, failing, unreachable, not called at all; but not what outlived pg_net's time
begin;
select plan(13);
\ir ../../helpers.psql

select is_empty('select * from basepool._glue_findings(basepool.now())', 'nobody is to call it');
\ir ../../net.psql
select basepool.schedule_glue('https://gen.example.com', 'a secret of the glue');
-- a call, and its answer
create function pg_temp.say(
  p_status integer, p_error text default null, p_timed_out boolean default false, p_job text default 'reconcile'
) returns text
language plpgsql as $$
declare
  v_request bigint;
begin
  perform pg_temp.pass('1 minute');
  update basepool.glue_calls set called_at = basepool.now();
  v_request := basepool._call_glue(p_job);
  insert into net._http_response (id, status_code, error_msg, timed_out, created)
  values (v_request, p_status, p_error, p_timed_out, basepool.now());
  return (select f.says from basepool._glue_findings(basepool.now()) as f);
end
$$;
create function pg_temp.prefix() returns text
language sql as $$ select 'the glue at https://gen.example.com is not called as it should be: ' $$;

select is(pg_temp.say(200), null, 'well');
select is(
  pg_temp.say(401), pg_temp.prefix() || 'it does not know the secret: its CRON_SECRET and what schedule_glue has differ', 'refused'
);
select is(pg_temp.say(200, null, false, 'probe') is null, false, 'as long as that is the last answer');
select is(pg_temp.say(404), pg_temp.prefix() || 'there is no /api/cron at that URL', 'elsewhere');
select is(pg_temp.say(500), pg_temp.prefix() || 'reconcile answers 500', 'it fails');
select is(pg_temp.say(308), pg_temp.prefix() || 'it sends callers elsewhere (308), and pg_net does not follow', 'moved');
select is(
  pg_temp.say(null, 'Couldn''t connect to server'), pg_temp.prefix() || 'reconcile: Couldn''t connect to server', 'unreachable'
);
select is(pg_temp.say(null, 'Timeout of 5000 ms reached. Total time: 5001.2 ms', true), null, 'it goes on without pg_net');
select is(
  (select f.says from basepool._list_findings(basepool.now()) as f
where f.name = 'glue-not-called'), null, 'so that all is well'
);
select pg_temp.pass('6 minutes');
select matches(
  (select f.says from basepool._list_findings(basepool.now()) as f
where f.name = 'glue-not-called')
  , 'pg_cron has not called \w+ for 6 minutes', 'nobody calls'
);
select basepool.schedule_glue('https://gen.example.com');
select is_empty('select * from basepool._glue_findings(basepool.now())', 'it has just begun');
select basepool._call_glue('reconcile') from generate_series(1, 3);
select is(
  (select f.says from basepool._glue_findings(basepool.now()) as f)
  , pg_temp.prefix() || 'pg_net answers nothing: is its worker up? select net.worker_restart()', 'pg_net is down'
);

select * from finish();
rollback;
