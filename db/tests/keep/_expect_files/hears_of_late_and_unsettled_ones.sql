-- however something comes to be completed, its files are waited for: late, or when the app's hook works again
begin;
select plan(6);
\ir ../../helpers.psql
\ir ../outputs.psql

select pg_temp.add_tokens(1);
create temporary table late as select pg_temp.start(1) as attempt;
select basepool.record_submitted(l.attempt, pg_temp.prediction('p1', 'processing')) from late as l;
select pg_temp.pass('2 hours');
select basepool.run_job('cleanup');
select is((select g.status from public.generations as g), 'failed', 'it was stuck');
select basepool.apply_prediction(
  l.attempt
  , pg_temp.prediction('p1', 'succeeded', null, '"https://replicate.delivery/x/0.png"')
  || jsonb_build_object('completed_at', basepool.now() - interval '58 minutes'), 'poll'
) from late as l;
select results_eq(
  $$select g.status, f.deadline - basepool.now() from public.generations as g
  inner join basepool.output_files as f on f.generation_id = g.id$$,
  $$values ('completed', interval '-3 minutes')$$, 'what was bought is delivered, and there is little time'
);
select is((select count(*) from basepool.claim_output_files('keeper', 5)), 1::bigint, 'it is tried all the same');

create function public.on_generation_settled(p_generation uuid, p_outcome text) returns void
language plpgsql as $$begin raise 'closed'; end$$;
revoke all on function public.on_generation_settled(uuid, text) from public, anon, authenticated, service_role;
delete from basepool.output_files;
select basepool.apply_predictions(jsonb_build_array(jsonb_build_object(
  'attempt', pg_temp.start(2), 'source', 'poll'
  , 'prediction', pg_temp.prediction('p2', 'succeeded', null, '"https://replicate.delivery/x/0.png"')
  || jsonb_build_object('completed_at', basepool.now())
)));
select is_empty('select from basepool.output_files', 'the hook fails: it has not ended');
create or replace function public.on_generation_settled(p_generation uuid, p_outcome text) returns void
language sql as 'select';
select pg_temp.pass('10 minutes');
select basepool.settle_again();
select is((select f.deadline - basepool.now() from basepool.output_files as f), '45 minutes', 'it has; the clock ran on');
select is((select count(*) from public.generations as g
where g.status = 'completed'), 2::bigint, 'both are completed');

select * from finish();
rollback;
