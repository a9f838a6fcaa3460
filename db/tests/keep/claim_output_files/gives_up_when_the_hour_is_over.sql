-- what is late is tried twice; then it is expired, with what went wrong last, and makes room for those after it
begin;
select plan(9);
\ir ../../helpers.psql
\ir ../outputs.psql

select pg_temp.add_tokens(1);
create temporary table own as select pg_temp.complete(1, p_age => '2 hours') as id;
create temporary table leases as select pg_temp.claim() as id;
select is((select pg_temp.record(pg_temp.failed(l.id, 'source_failed', 'HTTP 500')) from leases as l), 'waiting', 'once is not it');
select pg_temp.pass('6 seconds');
select is((select pg_temp.record(pg_temp.failed(pg_temp.claim(), 'store_failed', 'HTTP 503'))), 'failed', 'twice is');
select results_eq(
  $$select f.error_code, f.error, f.failed_at = basepool.now() from basepool.output_files as f$$,
  $$values ('expired', 'HTTP 503', true)$$, 'there is no time left'
);

-- nobody was there to try
create temporary table dead as
select pg_temp.complete(1 + s.n, p_age => '30 minutes') as id from generate_series(1, 5) as s (n);
update basepool.output_files as f set tries = 2, error = 'HTTP 404' from dead as d
where f.generation_id = d.id;
create temporary table alive as select pg_temp.complete(9) as id;
select pg_temp.pass('29 minutes 59 seconds');
select is((select count(*) from basepool.claim_output_files('keeper', 1)), 1::bigint, 'there is hope until then');
select pg_temp.pass('31 seconds');
create temporary table claimed as select c.* from basepool.claim_output_files('keeper', 1) as c;
select results_eq('select c.generation_id from claimed as c', 'select a.id from alive as a', 'past all that are dead');
select results_eq(
  $$select pg_temp.file_state(d.id), count(*) from dead as d group by 1$$, $$values ('failed', 5::bigint)$$, 'which are given up'
);
select set_eq(
  $$select f.error_code || ': ' || f.error from basepool.output_files as f inner join dead as d on d.id = f.generation_id$$,
  array['expired: HTTP 404', 'expired: worker keeper fell silent'], 'with what was wrong'
);
select is(
  (select count(*) from public.generations as g
where g.status = 'completed' and g.output_urls[1] like 'https://replicate.delivery/%'), 7::bigint
  , 'they stay completed, and keep their links'
);
-- once nobody will copy it any more there is no more to wait for
select pg_temp.record(pg_temp.stored(c.lease)) from claimed as c;
select pg_temp.pass('2 hours');
select is_empty($$select from basepool.claim_output_files('keeper', 9)$$, 'all is over');

select * from finish();
rollback;
